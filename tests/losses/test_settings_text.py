"""Settings in words: as they are where they are short, and the first of them where they are many."""

from __future__ import annotations

import numpy as np
import pytest

from scarce.losses import SigmoidLoss, SoftmaxLoss, get
from scarce.losses.modulation import LDAM, Focal
from scarce.losses.settings_text import brief


@pytest.mark.parametrize(
    "value",
    [None, 1, 2.5, "two", "it's", (), (1.0,), (1, "a"), [], [[1, 2], [3, 4]], {}, {"a": (1, 2)}, Focal(2.0)],
    ids=repr,
)
def test_a_short_value_is_told_as_python_does(value):
    assert brief(value) == repr(value)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (tuple(range(11)), "(0, 1, 2, 3, ... 11 in all)"),
        (range(2000), "[0, 1, 2, 3, ... 2,000 in all]"),
        (np.ones((12, 2)), "[[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0], ... 12 in all]"),
        (np.float64(0.5), "0.5"),
        (dict.fromkeys(range(11), 1), "{0: 1, 1: 1, 2: 1, 3: 1, ... 11 in all}"),
        (LDAM(margins=(1.0,) * 11), "LDAM(largest=15.0, margins=(1.0, 1.0, 1.0, 1.0, ... 11 in all))"),
    ],
    ids=["tuple", "range", "array", "number", "mapping", "modulation"],
)
def test_a_long_value_is_told_by_its_first_entries(value, told):
    assert brief(value) == told


@pytest.mark.parametrize("tell", [repr, str, SoftmaxLoss.describe], ids=["repr", "str", "describe"])
def test_a_loss_over_100000_classes_is_told_in_a_line(tell):
    names = [f"word {k}" for k in range(100_000)]
    numbers = np.ones(100_000)
    settings = {"class_weight": numbers, "logit_shift": numbers, "logit_scale": numbers, "classes": names}
    assert len(tell(SoftmaxLoss(**settings))) < 800
    assert len(tell(get("ldam", kind="softmax", class_counts=numbers).resolve(numbers))) < 800


def test_a_loss_is_told_as_it_is_written():
    loss = SigmoidLoss(Focal(2.0), class_weight=[1, 9])
    assert eval(repr(loss), {"SigmoidLoss": SigmoidLoss, "Focal": Focal}) == loss
    assert repr(SoftmaxLoss()).endswith("classes=None, axis=-1, background=0)")
