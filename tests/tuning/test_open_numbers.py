"""A number that is still to be chosen, given to what needs it: one error, which names the search."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from scarce.boosting.lightgbm import objective, train
from scarce.errors import ScarceError
from scarce.losses import CATALOG, get, parse
from scarce.losses.domains import CAN_BE_OPEN
from scarce.tuning.grid import USUAL, WEIGHTS

OPEN = [
    (kind, name, number)
    for name, entry in CATALOG.items()
    for kind in entry.kinds
    for number in CAN_BE_OPEN
    if number in entry.parameters and (kind, number) != ("softmax", "alpha")
]


def refusal(make) -> ScarceError:
    with pytest.raises(ScarceError) as refused:
        make()
    assert refused.value.code == "E913"
    return refused.value


def boosted():
    X = np.random.default_rng(0).normal(size=(60, 2))
    return train({}, lightgbm.Dataset(X, np.arange(60) % 5 == 0), "focal:gamma=auto")


def test_the_numbers_are_those_that_a_search_chooses():
    assert set(CAN_BE_OPEN) == {*USUAL, *WEIGHTS}


@pytest.mark.parametrize(("kind", "name", "number"), OPEN)
def test_a_loss_needs_its_numbers(kind, name, number):
    error = refusal(lambda: get(name, kind=kind, **{number: "auto"}))
    assert error.two_lines() == (
        f"error[E913]: {number}='auto' is still to be chosen, and a loss needs its numbers\n"
        "hint: scarce.tune(train, ...) chooses it; for a table FocalClassifier('focal:gamma=auto') or scarce "
        "tune"
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: parse("focal:gamma=auto"),
        lambda: get("cross_entropy", class_weight="auto"),
        lambda: objective("focal:gamma=auto"),
        boosted,
    ],
)
def test_so_it_is_in_words_and_in_boosting(make):
    refusal(make)


def test_so_it_is_in_xgboost():
    xgboost = pytest.importorskip("xgboost", reason="XGBoost is not installed: pip install 'scarce[xgboost]'")
    from scarce.boosting.xgboost import objective, train

    rows = xgboost.DMatrix(np.arange(60.0).reshape(-1, 1), np.arange(60) % 5 == 0)
    refusal(lambda: train({}, rows, "focal:gamma=auto"))
    refusal(lambda: objective("focal:gamma=auto"))


def test_so_it_is_in_pytorch():
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'scarce[torch]'")
    import scarce.torch

    refusal(lambda: scarce.torch.FocalLoss("auto"))
    refusal(lambda: scarce.torch.SigmoidFocalLoss(alpha="auto"))
    refusal(lambda: scarce.torch.CrossEntropyLoss(class_weight="auto"))


def test_so_it_is_in_jax():
    pytest.importorskip("jax", reason="JAX is not installed: pip install 'scarce[jax]'")
    import scarce.jax

    zeros = np.zeros(3, np.float32)
    refusal(lambda: scarce.jax.sigmoid_focal(zeros, zeros, gamma="auto"))
    refusal(lambda: scarce.jax.sigmoid_focal(zeros, zeros, alpha="auto"))


def test_what_cannot_be_chosen_is_outside_its_domain_as_any_word_is():
    for settings in ({"beta": "auto"}, {"gamma": "high"}):
        with pytest.raises(ScarceError) as refused:
            get("class_balanced", **settings)
        assert refused.value.code == "E501"
