"""What a method may be called, and what it may be: words, losses, samplers, treatments."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np
import pytest
from tests.trial.tables import table

from scarce.data.dataset import Dataset
from scarce.errors import ScarceError
from scarce.learners.base import Treatment
from scarce.losses import SigmoidLoss, get
from scarce.losses.modulation import Focal
from scarce.resampling import BalancedBagging, OverSampler, UnderSampler
from scarce.trial.arms import parse_arms
from scarce.trial.config import TrialConfig
from scarce.trial.methods import read
from scarce.trial.run import run_trial

NAMES = {
    "undersample": "undersample:ratio=10",
    "undersample:ratio=2.50": "undersample:ratio=2.5",
    "undersample:ratio=1234567.5": "undersample:ratio=1234567.5",
    "undersample:rate=.1": "undersample:rate=0.1",
    "oversample": "oversample:ratio=1",
    "oversample:ratio=1e+1": "oversample:ratio=10",
    "balanced_bagging": "balanced_bagging:n=10",
    "balanced_bagging:n=5+focal": "balanced_bagging:n=5+focal",
    "focal:gamma=1+undersample:ratio=10": "undersample:ratio=10+focal:gamma=1",
    " undersample : ratio = 3 + poly: epsilon=2 ": "undersample:ratio=3+poly:epsilon=2",
    "undersample+cross_entropy": "undersample:ratio=10",
    "poly:epsilon=1e+0+undersample:ratio=3": "undersample:ratio=3+poly:epsilon=1e+0",
    "focal:gamma=+1": "focal:gamma=+1",
    "control": "control",
    "cross_entropy": "control",
}


@pytest.mark.parametrize(("text", "name"), NAMES.items(), ids=NAMES.keys())
def test_a_method_has_one_name(text, name):
    assert read(text).name == name
    assert read(read(text).name) == read(text)


SAMPLERS = {
    "smote:k=5": "smote",
    "smote:k=3": "smote:k=3",
    "smote:ratio=10+focal:gamma=1": "smote:ratio=10+focal:gamma=1",
    "enn:k=3,kind_sel=mode": "enn:kind_sel=mode",
    "nearmiss:version=1": "nearmiss",
    "borderline_smote:kind=borderline-2": "borderline_smote:kind=borderline-2",
}


@pytest.mark.parametrize(("text", "name"), SAMPLERS.items(), ids=SAMPLERS.keys())
def test_a_sampler_of_imbalanced_learn_has_one_name(text, name):
    pytest.importorskip("imblearn")
    assert read(text).name == name
    assert read(name) == read(text)


def test_the_negatives_left_for_each_positive_are_called_ratio_everywhere():
    pytest.importorskip("imblearn")
    target = (np.arange(1_000) < 20).astype(np.uint8)
    features = np.random.default_rng(0).normal(size=(1_000, 2))
    for name in ("undersample", "oversample", "smote", "nearmiss", "borderline_smote", "cluster_centroids"):
        drawn = read(f"{name}:ratio=4").treatment.sampling.draw(features, target, (), 0)
        negatives, positives = np.bincount(drawn.target)
        assert negatives / positives == pytest.approx(4.0, rel=0.01), name


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        (
            "undersample+oversample",
            "it has 2 samplings",
            "join one sampling and one loss, undersample:ratio=10+focal:gamma=1, and put a comma",
        ),
        (
            "focal+brier+undersample",
            "it has 2 losses",
            "join one sampling and one loss, undersample:ratio=10+focal:gamma=1, and put a comma",
        ),
        (
            "undersampel:ratio=3",
            "there is no loss and no sampling 'undersampel'",
            "did you mean 'undersample'?",
        ),
        ("smoot+focal", "there is no loss and no sampling 'smoot'", "did you mean 'smote'?"),
        (
            "oversample:ratio=0",
            "its ratio is no number above 0",
            "write oversample:ratio=1, the negatives left",
        ),
        ("oversample:share=2", "there is no 'share' in it", "it has ratio"),
        ("oversample:ratio", "'ratio' is not name=value", "write it as undersample:ratio=10 is"),
        ("oversample:ratio=1,ratio=2", "'ratio' is given twice", "write it as undersample:ratio=10 is"),
        (
            "balanced_bagging:n=1",
            "its n is not one",
            "write balanced_bagging:n=10, a whole number from 2 to 100",
        ),
        (
            "balanced_bagging:n=2.5",
            "its n is not one",
            "write balanced_bagging:n=10, a whole number from 2 to 100",
        ),
    ],
)
def test_a_method_that_cannot_be_read_is_refused_in_two_lines(text, reason, hint):
    with pytest.raises(ScarceError) as caught:
        read(text)
    assert caught.value.two_lines().startswith(
        f"error[E323]: cannot read the method {text!r}: {reason}\nhint: {hint}"
    )


def test_a_word_like_nothing_is_answered_by_all_there_is():
    with pytest.raises(ScarceError) as caught:
        read("xyzzy")
    hint = caught.value.two_lines().split("\nhint: ")[1]
    for name in ("focal", "logit_adjusted", "undersample", "balanced_bagging", "smote", "brier"):
        assert name in hint


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("smote:q=3", "smote has no parameter 'q'\nhint: it has k, ratio"),
        ("tomek:ratio=3", "tomek has no parameter 'ratio'\nhint: write tomek, it has none"),
        ("smote:ratio=0", "its ratio is no number above 0\nhint: write it as undersample:ratio=10 is"),
    ],
)
def test_a_parameter_that_a_sampler_does_not_have_is_refused(text, lines):
    pytest.importorskip("imblearn")
    with pytest.raises(ScarceError) as caught:
        read(text)
    name = text if "its ratio" in lines else text.partition(":")[0]
    assert caught.value.two_lines() == f"error[E323]: cannot read the method {name!r}: {lines}"


@dataclass(frozen=True)
class EveryOther:
    """A sampling of one's own: half of the rows."""

    exact = True

    def draw(self, features, target, categorical, seed):
        from scarce.learners.base import Sampled

        rows = np.arange(0, target.size, 2)
        return Sampled(rows, None, target[rows], 0.0)


OBJECTS = {
    "focal:gamma=3": SigmoidLoss(modulation=Focal(3.0)),
    "weighted_cross_entropy": get("weighted_cross_entropy"),
    "brier": get("brier"),
    "SigmoidLoss(class_weight=(1.0, 9.0))": SigmoidLoss(class_weight=[1.0, 9.0]),
    "undersample:ratio=3": UnderSampler(ratio=3.0),
    "oversample:ratio=2": OverSampler(2.0),
    "balanced_bagging:n=4": BalancedBagging(4),
    "EveryOther()": EveryOther(),
    "undersample:ratio=3+focal:gamma=1": Treatment(get("focal", gamma=1.0), UnderSampler(ratio=3.0)),
    "control": Treatment(SigmoidLoss()),
}


@pytest.mark.parametrize(("name", "method"), OBJECTS.items(), ids=OBJECTS.keys())
def test_an_object_is_a_method_and_has_its_name(name, method):
    assert read(method).name == name
    assert json.loads(json.dumps(TrialConfig((method,)).to_dict()))["methods"] == [name]


def test_words_and_objects_that_mean_the_same_are_one_arm():
    methods = [
        "focal",
        "focal:gamma=2",
        get("focal"),
        "undersample",
        UnderSampler(ratio=10.0),
        "mse",
        "brier",
    ]
    assert [arm.name for arm in parse_arms(methods, 0.01)] == [
        "control",
        "focal",
        "undersample:ratio=10",
        "mse",
    ]


def test_a_sampler_object_of_imbalanced_learn_is_a_method():
    over_sampling = pytest.importorskip("imblearn.over_sampling")
    method = over_sampling.SMOTE(k_neighbors=3)
    assert read(method).name == "SMOTE(k_neighbors=3)"
    assert read(Treatment(get("focal"), method)).name == "SMOTE(k_neighbors=3)+focal:gamma=2"


@pytest.mark.parametrize("method", [3, None, object, ["focal"]], ids=repr)
def test_what_is_no_method_is_refused(method):
    with pytest.raises(ScarceError) as caught:
        read(method)
    first, second = caught.value.two_lines().split("\n")
    assert first.startswith("error[E325]: ")
    assert first.endswith("is no method")
    assert second.startswith("hint: write a name, such as focal:gamma=2, or give a SigmoidLoss")


def test_two_treatments_of_one_name_are_not_taken_for_one():
    class Twin:
        exact = True
        draw = EveryOther.draw

        def __repr__(self):
            return "Twin()"

    with pytest.raises(ScarceError, match="another treatment has the same name") as caught:
        parse_arms([Treatment(SigmoidLoss(), Twin()), Twin()], 0.1)
    assert caught.value.code == "E323"


@dataclass(frozen=True)
class Noting:
    """A sampling that takes all rows, and notes which it was given."""

    ids: list = field(default_factory=list, compare=False, repr=False)

    exact = True

    def draw(self, features, target, categorical, seed):
        if features.shape[1]:
            self.ids.append(set(features[:, 0]))
        return UnderSampler(rate=1.0).draw(features, target, categorical, seed)


def test_samplings_of_every_kind_run_in_a_trial_beside_losses():
    pytest.importorskip("imblearn")
    data = table(900).drop_columns(["weight", "day", "customer"])
    dataset = Dataset.prepare(data, target="fraud", positive="yes")
    methods = ("smote+focal:gamma=1", "tomek", OverSampler(5.0), "undersample:ratio=3+focal:gamma=1")
    result, _ = run_trial(dataset, TrialConfig(methods, folds=3, max_rounds=20, replicates=50))
    assert [arm.name for arm in result.arms[1:]] == [
        "smote+focal:gamma=1",
        "tomek",
        "oversample:ratio=5",
        "undersample:ratio=3+focal:gamma=1",
    ]
    for arm in result.arms:
        assert np.isfinite(arm.log_odds).all()
        assert arm.estimates["calibration_ratio"].value == pytest.approx(1.0, abs=0.2)
    assert "no formula" in result.arms[1].details["sampling"]
    assert "of " in result.arms[3].details["positives_drawn"]


def test_a_sampling_is_given_training_rows_alone():
    data = table(600).drop_columns(["weight", "day", "customer"])
    first = np.arange(600) + np.random.default_rng(0).random(600)  # tells the rows apart
    data = data.set_column(0, "x0", [first])
    dataset = Dataset.prepare(data, target="fraud", positive="yes")
    noting = Noting()
    result, _ = run_trial(dataset, TrialConfig((noting,), folds=3, max_rounds=5, replicates=50))
    tested = [set(first[result.fold_of[0] == fold]) for fold in range(3)]
    assert len(noting.ids) >= 3
    met = {fold for ids in noting.ids for fold in range(3) if not ids & tested[fold]}
    assert met == {0, 1, 2}
    for ids in noting.ids:
        assert any(not ids & rows for rows in tested)


def test_a_sampling_that_knows_nothing_of_weights_is_refused_where_they_vary():
    pytest.importorskip("imblearn")
    data = table(600)
    varied = data.set_column(
        data.column_names.index("weight"), "weight", [np.random.default_rng(0).uniform(1.0, 2.0, 600)]
    )
    config = TrialConfig(("smote",), folds=2, max_rounds=5, replicates=50)
    with pytest.raises(ScarceError) as caught:
        run_trial(Dataset.prepare(varied, target="fraud", weight="weight"), config)
    assert caught.value.two_lines() == (
        "error[E326]: smote knows nothing of row weights, and those here vary within a class\n"
        "hint: leave it out of --methods, or take undersample:ratio=10; or leave out --weight"
    )
