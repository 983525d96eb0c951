"""Treatments run where they can act: on the best learner that takes them, beside its own plain arm."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from tests.trial.tables import table

from scarce.data.dataset import Dataset
from scarce.errors import ScarceError
from scarce.trial.config import TrialConfig
from scarce.trial.run import run_trial

SMALL = {"folds": 3, "max_rounds": 30, "replicates": 50}


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return Dataset.prepare(table(900), target="fraud", drop=["day", "customer", "weight"])


@pytest.fixture(scope="module")
def tried(dataset: Dataset):
    return run_trial(dataset, TrialConfig(("focal:gamma=2",), ("linear", "forest"), **SMALL))


def test_a_loss_runs_on_a_learner_that_takes_losses(tried) -> None:
    result, _ = tried
    focal = next(arm for arm in result.arms if arm.treatment)
    assert (focal.name, focal.learner) == ("focal:gamma=2", "linear")
    assert result.control.learner in ("blend", "linear", "forest")


@pytest.fixture(scope="module")
def tried_on_a_chessboard():
    """Labels that no line tells apart: the control is a forest, the loss runs on the linear learner."""
    rng = np.random.default_rng(3)
    x = rng.uniform(-1.0, 1.0, (900, 2))
    odds = np.where(x.prod(axis=1) > 0.0, 0.5, 0.02)
    fraud = np.where(rng.random(900) < odds, "yes", "no")
    board = Dataset.prepare(pa.table({"a": x[:, 0], "b": x[:, 1], "fraud": fraud}), target="fraud")
    return run_trial(board, TrialConfig(("focal:gamma=2",), ("linear", "forest"), **SMALL))


def test_beside_the_linear_control_there_is_no_second_plain_arm(tried) -> None:
    result, _ = tried
    assert result.control.learner == "linear"
    assert len(result.arms) == 2
    assert result.beside_plain == ()


def test_its_own_plain_arm_stands_beside_it(tried_on_a_chessboard) -> None:
    result, _ = tried_on_a_chessboard
    assert result.control.learner != "linear"
    plain = next(arm for arm in result.arms if arm.name == "linear")
    assert plain.treatment == ""
    (beside,) = result.beside_plain
    focal = next(arm for arm in result.arms if arm.treatment)
    primary = result.primary.name
    expected = focal.estimates[primary].value - plain.estimates[primary].value
    assert beside.value == pytest.approx(expected)
    assert any(
        text.startswith("Beside plain linear, on which the treatments run")
        for text in result.verdict.sentences
    )


def test_the_choice_is_told_with_all_candidates(tried) -> None:
    result, _ = tried
    assert [one.name for one in result.candidates] == ["blend", "linear", "forest"]
    assert sum(one.chosen for one in result.candidates) == 1
    sentence = next(text for text in result.verdict.sentences if text.startswith("The control is "))
    assert all(name in sentence for name in ("linear", "forest"))


def test_a_method_that_no_learner_takes_is_refused_before_any_training(dataset: Dataset) -> None:
    with pytest.raises(ScarceError) as caught:
        run_trial(dataset, TrialConfig(("focal:gamma=2",), ("forest",), **SMALL))
    assert caught.value.two_lines() == (
        "error[E306]: none of the learners forest can train 'focal:gamma=2'\n"
        "hint: name one that can: --learners lightgbm takes every method"
    )


@pytest.mark.parametrize("name", ["control", "blend", "brier"])
def test_a_learner_cannot_be_called_what_another_arm_is(dataset: Dataset, name: str) -> None:
    """Scores are kept by name: one of the two would be read for the other."""
    outside = (name, LogisticRegression())
    with pytest.raises(ScarceError, match="another arm is called so") as caught:
        run_trial(dataset, TrialConfig(("brier",), (outside, "linear"), **SMALL))
    assert caught.value.code == "E305"


def test_methods_that_nobody_named_are_those_that_the_learners_take(dataset: Dataset) -> None:
    result, _ = run_trial(dataset, TrialConfig((), ("forest",), **SMALL))
    names = [arm.name for arm in result.arms]
    assert "weighted_cross_entropy" in names
    assert not any("focal" in name for name in names)
    (note,) = (note for note in result.notes if note.startswith("not tried"))
    assert "focal:gamma=1" in note
    assert "weighted_cross_entropy" not in note


def test_anyones_classifier_can_be_an_arm_and_is_not_saved(dataset: Dataset) -> None:
    outside = ("mine", LogisticRegression(max_iter=1000))
    result, model = run_trial(dataset, TrialConfig(("control",), (outside,), **SMALL))
    assert model is None
    assert result.control.learner == "mine"
    assert result.config["learners"] == ["mine"]
    assert (
        "No model file can hold control: its scores and its rule are in the report."
        in result.verdict.sentences
    )
    assert result.control.estimates["average_precision"].value > 3 * dataset.prevalence


def test_a_trial_is_the_same_however_many_fits_run_side_by_side(dataset: Dataset) -> None:
    from scarce.bundle.serialization import to_bytes

    config = TrialConfig(("focal:gamma=1", "undersample:ratio=3"), ("linear", "forest", "lightgbm"), **SMALL)
    one, three = (run_trial(dataset, config, jobs=jobs) for jobs in (1, 3))
    assert to_bytes(one[1]) == to_bytes(three[1])
    for mine, other in zip(one[0].arms, three[0].arms, strict=True):
        assert mine.recovered.tobytes() == other.recovered.tobytes()


def test_what_a_learner_cannot_undo_is_said_of_each_arm(dataset: Dataset) -> None:
    methods = ("undersample:ratio=3", "weighted_cross_entropy", "focal:gamma=1")
    told = {}
    for learner in ("lightgbm", "linear"):
        result, _ = run_trial(dataset, TrialConfig(methods, (learner,), **SMALL))
        told[learner] = {arm.name: arm.details for arm in result.arms}
        assert not any("exactly" in arm.summary for arm in result.arms)
    drawn, weighted, focal = methods
    assert "no formula" in told["lightgbm"][drawn]["sampling"]
    assert "no formula" in told["lightgbm"][weighted]["weighting"]
    assert told["linear"][drawn]["sampling"] == "undone exactly in the log-odds"
    for learner, name in (("linear", weighted), ("lightgbm", focal), ("lightgbm", "control")):
        assert not {"sampling", "weighting"} & set(told[learner][name])
