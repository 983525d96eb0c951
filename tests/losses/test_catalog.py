"""Names, spellings and storage of losses."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.laws.cases import CLASS_LOSSES, LOSSES

from scarce.errors import ScarceError
from scarce.losses import CATALOG, SigmoidLoss, SoftmaxLoss, from_dict, get, parse
from scarce.losses.adjustment import CountScale, LogPrior
from scarce.losses.modulation import LDAM, Focal
from scarce.losses.weighting import Balanced, EffectiveNumber, InverseSqrt

NAMES = {
    *("cross_entropy", "weighted_cross_entropy", "focal", "class_balanced", "balanced_softmax"),
    *("logit_adjusted", "vs_loss", "ldam", "asymmetric", "poly", "generalized_cross_entropy", "brier"),
    *("detached_focal", "poly_focal", "asymmetric_detached", "cdt", "mse"),
}


def test_the_catalogue_has_the_names_that_people_search_for():
    assert set(CATALOG) == NAMES
    for name, entry in CATALOG.items():
        assert entry.name == name
        assert 10 < len(entry.summary) < 80


def test_the_catalogue_says_what_each_of_its_parameters_means():
    for entry in CATALOG.values():
        assert set(entry.meanings) == set(entry.parameters)


def test_the_catalogue_knows_which_losses_wait_for_the_class_counts():
    waiting = {"weighted_cross_entropy", "class_balanced", "balanced_softmax", "logit_adjusted"}
    assert {name for name, entry in CATALOG.items() if entry.needs_counts} == waiting | {
        *("vs_loss", "cdt", "ldam")
    }


NEW_LOSS = """
from scarce.losses.catalog import CATALOG, Entry, get
from scarce.losses.modulation import Focal

CATALOG["steep"] = Entry(
    "steep",
    "focal by another name",
    lambda steepness=3.0, kink=1.0: {"modulation": Focal(steepness * kink)},
    own={"steepness": "At least 0; how steep it is."},
)
"""


def test_a_loss_with_new_parameters_is_one_entry_of_the_catalogue():
    program = NEW_LOSS + "print(get('steep', steepness=1.5).describe())"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "sigmoid focal(gamma=1.5)\n"


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_loss_of_the_catalogue_computes(name):
    for kind in CATALOG[name].kinds:
        counts = {"class_counts": [90, 10]} if CATALOG[name].needs_counts else {}
        loss = get(name, kind=kind, **counts)
        logits, target = ([0.3], [1]) if kind == "sigmoid" else ([[0.0, 0.3]], [1])
        assert np.isfinite(loss.value(logits, target)).all()
        assert loss.kind == kind


@pytest.mark.parametrize(
    ("text", "loss"),
    [
        ("focal", SigmoidLoss(Focal(2.0))),
        ("focal:gamma=3", SigmoidLoss(Focal(3.0))),
        (" focal : gamma = 3 ", SigmoidLoss(Focal(3.0))),
        ("focal:alpha=.25", SigmoidLoss(Focal(2.0), class_weight=(0.75, 0.25))),
        ("cross_entropy:class_weight=inverse_sqrt", SigmoidLoss(class_weight=InverseSqrt())),
        ("cross_entropy:class_weight=1;9", SigmoidLoss(class_weight=(1.0, 9.0))),
        ("weighted_cross_entropy", SigmoidLoss(class_weight=Balanced())),
        ("weighted_cross_entropy:class_weight=effective", SigmoidLoss(class_weight=EffectiveNumber())),
        (
            "class_balanced:beta=.99,normalize=classes",
            SigmoidLoss(Focal(0.0), class_weight=EffectiveNumber(0.99, "classes")),
        ),
        (
            "vs_loss:tau=.5,gamma=.3",
            SigmoidLoss(logit_shift=LogPrior(0.5), logit_scale=CountScale(0.3)),
        ),
        ("ldam:max_margin=.25,scale=8", SigmoidLoss(LDAM(2.0), logit_scale=8.0)),
        ("focal:ignore_index=-1,reduction=sum", SigmoidLoss(Focal(2.0), ignore_index=-1, reduction="sum")),
        ("focal:label_smoothing=.1", SigmoidLoss(Focal(2.0), label_smoothing=0.1)),
    ],
)
def test_a_spelling_is_its_loss(text, loss):
    assert parse(text) == loss


@pytest.mark.parametrize("text", ["focal:", "focal:=3", "focal:gamma=", "focal:gamma=3,,"])
def test_a_broken_spelling_is_refused(text):
    with pytest.raises(ScarceError) as caught:
        parse(text)
    assert caught.value.code == "E524"


@given(st.text(max_size=30))
def test_no_spelling_breaks_the_parser(text):
    try:
        parse(text)
    except ScarceError as error:
        assert error.code.startswith("E5")  # noqa: PT017 - most texts are no loss, and some are


ALL = {f"sigmoid {name}": loss for name, loss in LOSSES.items()}
ALL |= {f"softmax {name}": loss for name, loss in CLASS_LOSSES[3].items()}
ALL |= {name: get(name) for name in sorted(NAMES)}


@pytest.mark.parametrize("name", ALL)
def test_a_loss_survives_json(name):
    loss = ALL[name]
    assert from_dict(json.loads(json.dumps(loss.to_dict()))) == loss


@pytest.mark.parametrize("name", ALL)
def test_a_loss_says_in_a_line_what_it_is(name):
    line = ALL[name].describe()
    assert line.startswith((f"sigmoid {ALL[name].modulation.name}", f"softmax {ALL[name].modulation.name}"))
    assert "\n" not in line


def test_descriptions_hold_what_differs_from_the_default():
    assert get("focal", gamma=3.0).describe() == "sigmoid focal(gamma=3)"
    weighted = get("weighted_cross_entropy", kind="softmax", class_counts=[9, 1], reduction="mean")
    assert weighted.describe() == (
        "softmax cross_entropy, class_weight=balanced(normalize=rows), reduction=mean, class_counts=[9, 1]"
    )


STORED = get("focal", class_weight="balanced").to_dict()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "probit"}, "its kind is not one of sigmoid, softmax"),
        ({"kind": ["sigmoid"]}, "its kind is not one of sigmoid, softmax"),
        ({"modulation": None}, "the modulation is NoneType, not a mapping"),
        ({"modulation": {"name": "os.system"}}, "there is no 'os.system'"),
        ({"modulation": {"name": "focal", "delta": 1}}, "focal has no setting 'delta'"),
        ({"class_weight": {"name": "eval"}}, "there is no 'eval'"),
        ({"extra": 1}, "the loss has no setting 'extra'"),
        ({"ignore_index": "1"}, "ignore_index is '1', not a whole number"),
        ({"modulation": {"name": "ldam", "margins": 3}}, "'int' object is not iterable"),
    ],
)
def test_a_strangers_file_is_refused(change, reason):
    with pytest.raises(ScarceError) as caught:
        from_dict(STORED | change)
    assert caught.value.code == "E518"
    assert caught.value.values["reason"] == reason


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(STORED)), JSON)
def test_nothing_but_a_coded_error_comes_of_a_broken_file(key, value):
    try:
        from_dict(STORED | {key: value})
    except ScarceError as error:
        assert error.code.startswith("E5")  # noqa: PT017 - some replacements are good settings


def test_resolving_twice_changes_nothing():
    loss = get("vs_loss").resolve([90.0, 10.0])
    assert loss.resolve([90.0, 10.0]) == loss
    assert hash(loss) == hash(get("vs_loss").resolve([90.0, 10.0]))


def test_counts_given_at_once_are_counts_resolved_later():
    at_once = get("class_balanced", kind="softmax", class_counts=[700, 200, 100])
    later = get("class_balanced", kind="softmax").resolve([700, 200, 100])
    z = [[0.1, -0.2, 0.4]]
    assert at_once.value(z, [2]) == later.value(z, [2])
    assert at_once.posterior(z).tolist() == later.posterior(z).tolist()


def test_losses_compare_by_what_they_compute():
    assert SigmoidLoss(class_weight=np.array([1.0, 2.0])) == SigmoidLoss(class_weight=(1, 2))
    assert SoftmaxLoss() != SigmoidLoss()


@pytest.mark.parametrize("entry", CATALOG.values(), ids=CATALOG)
@pytest.mark.parametrize("word", ["1_000", "nan", "x", "inf", "1e300", "1;2", "x;y"])
def test_a_parameter_that_cannot_be_used_is_a_coded_error(entry, word):
    for kind in entry.kinds:
        for name in (*entry.parameters, *(item.name for item in fields(SigmoidLoss))):
            with contextlib.suppress(ScarceError):
                parse(f"{entry.name}:{name}={word}", kind=kind)
