"""Arms with open numbers: who speaks for whom, what it costs, and that the same is found again."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.trial.tables import table

from scarce.bundle.serialization import to_bytes
from scarce.data.dataset import Dataset
from scarce.errors import ScarceError
from scarce.progress import SILENT
from scarce.trial import crossfit as fitting
from scarce.trial import hurried, open_arms
from scarce.trial.config import TrialConfig
from scarce.trial.crossfit import crossfit
from scarce.trial.deadline import Deadline
from scarce.trial.design import Design
from scarce.trial.gains import gains
from scarce.trial.journal import Journal
from scarce.trial.methods import PLAIN, read, simplest
from scarce.trial.open_arms import choose_numbers, most_fits
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from pathlib import Path

GAMMA = "focal:gamma=auto"
CONFIG = TrialConfig((GAMMA,), ("lightgbm",), folds=5, max_rounds=15, replicates=50)
PLAIN_TABLE = {"drop": ("day", "customer", "weight")}
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "rows": (PLAIN_TABLE, {}),
    "repeats": (PLAIN_TABLE, {"repeats": 2, "folds": 3}),
    "groups": ({"drop": ("day", "weight"), "group": "customer"}, {"folds": 3}),
    "weights": ({"drop": ("day", "customer"), "weight": "weight"}, {"folds": 3}),
    "time": ({"drop": ("customer", "weight"), "time": "day"}, {}),
    "costs": (PLAIN_TABLE | {"cost": "fn=amount,fp=5"}, {"folds": 3, "tune_by": "expected_cost"}),
    "ranking": (PLAIN_TABLE, {"folds": 3, "tune_by": "average_precision"}),
    "two numbers": (PLAIN_TABLE, {"folds": 3, "methods": ("focal:gamma=auto,class_weight=auto",)}),
    "a sampling": (PLAIN_TABLE, {"folds": 3, "methods": ("undersample:ratio=3+focal:gamma=auto",)}),
}


def prepared(kind: str) -> tuple[Dataset, TrialConfig]:
    roles, options = KINDS[kind]
    return Dataset.prepare(table(1200), "fraud", **roles), dataclasses.replace(CONFIG, **options)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any gain count, or the plain loss would stay on these tables and nothing would show."""
    monkeypatch.setattr(open_arms, "LEVEL", 1.0)


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list to which every fit that is made adds its arm's treatment."""
    made: list[str] = []
    trace = fitting.FoldWork.trace

    def noted(self, arm, step, halted):
        made.append(repr(arm.treatment))
        return trace(self, arm, step, halted)

    monkeypatch.setattr(fitting.FoldWork, "trace", noted)
    return made


def settled(kind: str) -> tuple[Design, Any, Any]:
    """Return a design, its open arm on its first learner, and what the plain arm says."""
    design = Design.of(*prepared(kind))
    plain, (arm,) = design.candidates[0], design.treatments
    scores = crossfit(design, [plain], Journal(None, {}), SILENT)
    return design, dataclasses.replace(arm, learner=plain.learner), scores[plain.name]


def opened(result: Any) -> Any:
    """Return the arm whose numbers were open."""
    (arm,) = (one for one in result.arms if "chosen" in one.details)
    return arm


def chosen(design: Design, arm: Any, plain: Any) -> open_arms.Chosen:
    return choose_numbers(design, arm, plain, Journal(None, {}), SILENT, 0)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("kind", KINDS)
def test_each_fold_says_what_an_arm_of_its_own_numbers_says(kind: str) -> None:
    design, arm, plain = settled(kind)
    found = chosen(design, arm, plain)
    last, *of_splits = found.arm.chosen
    assert any(simplest(read(name).treatment) != PLAIN for name in of_splits)
    closed = {}
    for name in {last, *of_splits}:
        treatment = simplest(read(name).treatment)
        one = dataclasses.replace(arm, name=name, treatment=treatment, open=None)
        said = crossfit(design, [one], Journal(None, {}), SILENT, a="closed one")
        closed[name] = plain if treatment == PLAIN else said[name]
    for number, split in enumerate(design.splits):
        rows, of = (split.repeat, split.test), closed[of_splits[number]]
        assert found.scores.recovered[rows].tobytes() == of.recovered[rows].tobytes()
        assert found.scores.raw[rows].tobytes() == of.raw[rows].tobytes()
        assert found.scores.steps[number] == of.steps[number]
    assert found.arm.treatment == simplest(read(last).treatment)
    assert found.arm.name == arm.name
    assert found.scores.step == closed[last].step


def nonsense(design: Design, arm: Any, plain: Any, folds: set[int], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what is chosen where all fits say something else of the rows of some folds."""

    def moved(trace: Any) -> Any:
        rng = np.random.default_rng(0)
        noise = rng.normal(size=trace.logits.shape)
        return dataclasses.replace(trace, losses=trace.losses[::-1].copy(), logits=noise, log_odds=noise)

    def trained(*args: Any, **kwargs: Any) -> Any:
        of = fitting.trained_pairs(*args, **kwargs)
        return {key: moved(trace) if key[2] in folds else trace for key, trace in of.items()}

    rows = np.isin(design.judged.fold_of[0], list(folds))
    target = design.judged.target.copy()
    target[rows] = np.random.default_rng(1).permutation(target[rows])
    altered = dataclasses.replace(design, judged=dataclasses.replace(design.judged, target=target))
    traces = [
        moved(trace) if split.fold in folds else trace
        for split, trace in zip(design.splits, plain.traces, strict=True)
    ]
    with monkeypatch.context() as patch:
        patch.setattr(open_arms, "trained_pairs", trained)
        return chosen(altered, arm, dataclasses.replace(plain, traces=tuple(traces))).arm.chosen


@pytest.mark.usefixtures("eager")
def test_what_a_fold_says_does_not_change_its_own_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    design, arm, plain = settled("rows")
    last, *of_splits = chosen(design, arm, plain).arm.chosen
    changed = []
    for split in design.splits:
        other, *others = nonsense(design, arm, plain, {split.fold}, monkeypatch)
        assert others[split.fold] == of_splits[split.fold]
        changed += [other != last, others != of_splits]
    assert any(changed)  # it does change those of others


@pytest.mark.usefixtures("eager")
def test_in_time_only_earlier_periods_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    design, arm, plain = settled("time")
    _, *of_splits = chosen(design, arm, plain).arm.chosen
    assert set(of_splits[:2]) == {"focal:gamma=0"}  # there is nobody to speak for them
    assert set(of_splits[2:]) - {"focal:gamma=0"}
    n_folds, changed = len(design.splits), []
    for first in range(1, n_folds):
        _, *others = nonsense(design, arm, plain, set(range(first, n_folds)), monkeypatch)
        assert others[: first + 1] == of_splits[: first + 1]
        changed.append(others != of_splits)
    assert any(changed)


@pytest.mark.usefixtures("eager")
def test_labels_that_come_late_do_not_speak_before_they_are_known() -> None:
    roles = {"drop": ("customer", "weight"), "time": "day", "label_delay": 4}
    dataset = Dataset.prepare(table(1200), "fraud", **roles)
    design = Design.of(dataset, CONFIG)
    known_by = design.judged.known_by
    split = design.splits[3]
    part = open_arms._of_splits(design, design.splits[:3], split)
    scored = part.judged.fold_of[0] >= 0
    assert scored.any()
    assert (known_by[scored] <= split.fold).all()
    assert (known_by[np.isin(design.judged.fold_of[0], [0, 1, 2])] > split.fold).any()


@pytest.mark.parametrize("folds", [3, 5])
@pytest.mark.parametrize("level", [0.1, 1.0])
@pytest.mark.parametrize("method", [GAMMA, "logit_adjusted:tau=auto", "cross_entropy:class_weight=auto"])
def test_one_number_costs_four_times_one_arm_at_most(
    method: str, level: float, folds: int, fits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_arms, "LEVEL", level)
    dataset, _ = prepared("rows")
    config = dataclasses.replace(CONFIG, methods=(method,), folds=folds)
    design = Design.of(dataset, config)
    run_trial(dataset, config)
    own = [treatment for treatment in fits if treatment != repr(PLAIN)]
    assert folds < len(own) <= most_fits(design, design.treatments[0]) <= 4 * folds


@pytest.mark.usefixtures("eager")
def test_any_number_of_jobs_a_journal_and_an_interruption_change_nothing(
    tmp_path: Path, fits, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, config = prepared("rows")
    config = dataclasses.replace(config, seed=2)  # where another gamma is chosen

    def said(**how: Any) -> tuple[Any, ...]:
        result, model = run_trial(dataset, config, **how)
        arm = opened(result)
        return arm.details, arm.log_odds.tobytes(), arm.raw.tobytes(), arm.steps, to_bytes(model)

    first = said(jobs=1)
    assert set(first[0]["chosen_for_folds"]) - {"focal:gamma=0"}
    n_fits = len(fits)
    assert said(jobs=3) == first
    assert said(jobs=2, journal=tmp_path / "whole") == first
    del fits[:]
    assert said(jobs=2, journal=tmp_path / "whole") == first
    assert fits == []
    trace = fitting.FoldWork.trace
    for done in (3, 7, n_fits - 3):
        journal, left = tmp_path / str(done), [done]

        def stopped(self, arm, step, halted, left=left):
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            return trace(self, arm, step, halted)

        with monkeypatch.context() as patch:
            patch.setattr(fitting.FoldWork, "trace", stopped)
            with pytest.raises(KeyboardInterrupt):
                said(jobs=1, journal=journal)
        del fits[:]
        assert said(jobs=2, journal=journal) == first
        assert len(fits) == n_fits - done


@pytest.mark.usefixtures("eager")
def test_a_journal_of_a_trial_without_open_arms_serves_and_changes_nothing(tmp_path: Path) -> None:
    dataset, config = prepared("rows")
    fresh, _ = run_trial(dataset, config)
    run_trial(dataset, dataclasses.replace(config, methods=("brier",)), journal=tmp_path)
    again, _ = run_trial(dataset, config, journal=tmp_path)
    assert again.fits[1] > 0
    assert opened(again).details == opened(fresh).details
    assert opened(again).log_odds.tobytes() == opened(fresh).log_odds.tobytes()


def test_where_the_plain_loss_stays_the_arm_says_the_same_and_is_equivalent() -> None:
    dataset, config = prepared("rows")
    result, _ = run_trial(dataset, config)
    arm = opened(result)
    plain = next(one for one in result.arms if one.learner == arm.learner and not one.treatment)
    assert set(arm.details["chosen_for_folds"]) == {"focal:gamma=0"}
    assert arm.log_odds.tobytes() == plain.log_odds.tobytes()
    (gain,) = gains(dataset, config, result)
    assert (gain.difference.outcome, gain.difference.value) == ("equivalent", 0.0)
    said = "Chosen for focal:gamma=auto: gamma=0, and by the others for each of the 5 folds."
    assert said in result.verdict.sentences


def test_the_control_is_chosen_among_as_many_fits_as_a_number_is(fits) -> None:
    """A learner that is alone is tried in several settings; treatments run on the best of them."""
    dataset, config = prepared("rows")
    result, _ = run_trial(dataset, config)
    family = ["lightgbm", "lightgbm:small", "lightgbm:large", "lightgbm:loose"]
    assert [one.name for one in result.candidates] == ["blend", *family]
    alone = {one.name: one.log_loss for one in result.candidates[1:]}
    assert opened(result).learner == min(alone, key=alone.__getitem__)
    (gain,) = gains(dataset, config, result)
    assert (gain.plain_fits, gain.plain_models) == (20, 4)
    assert fits.count(repr(PLAIN)) == gain.plain_fits >= gain.fits == len(fits) - gain.plain_fits
    assert result.config["learners"] == ["lightgbm"]


@pytest.mark.parametrize(
    ("learners", "methods", "tried"),
    [
        (("lightgbm",), ("focal:gamma=1",), 1),
        (("linear",), (GAMMA,), 1),
        (("linear", "lightgbm:small"), (GAMMA,), 5),
        (("forest",), ("cross_entropy:class_weight=auto",), 3),
        (("linear", "forest", "lightgbm", "xgboost"), (GAMMA,), 4),
    ],
)
def test_other_settings_are_tried_where_numbers_are_open_and_few_learners_named(
    learners: tuple[str, ...], methods: tuple[str, ...], tried: int
) -> None:
    if "xgboost" in learners:
        pytest.importorskip("xgboost")
    dataset, config = prepared("rows")
    design = Design.of(dataset, dataclasses.replace(config, methods=methods, learners=learners))
    assert len(design.candidates) == tried
    assert tuple(one.name for one in design.candidates[: len(learners)]) == learners


def test_costs_must_be_there_to_choose_by_them() -> None:
    dataset, _ = prepared("rows")
    with pytest.raises(ScarceError, match="tune_by is expected_cost") as refused:
        Design.of(dataset, dataclasses.replace(CONFIG, tune_by="expected_cost"))
    assert refused.value.code == "E301"
    with pytest.raises(ScarceError, match="tune_by is mcc"):
        dataclasses.replace(CONFIG, tune_by="mcc")


def test_the_metric_that_chooses_is_the_one_asked_for() -> None:
    assert TrialConfig(tune_by="average_precision").to_dict()["tune_by"] == "average_precision"
    for kind, name in (("rows", "log_loss"), ("costs", "expected_cost"), ("ranking", "average_precision")):
        design, arm, plain = settled(kind)
        assert open_arms._Fits(design, arm, plain, Journal(None, {}), SILENT, 0).metric.name == name


class Turned:
    """A clock that stands still but for the fits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


A_FIT = 10.0


@pytest.mark.parametrize(("seconds", "made"), [(130.0, False), (320.0, True)])
def test_numbers_are_chosen_where_the_budget_has_time_for_it(
    seconds: float, made: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clock, trace = Turned(), fitting.FoldWork.trace

    def timed(self, arm, step, halted):
        clock.now += A_FIT
        return dataclasses.replace(trace(self, arm, step, halted), seconds=A_FIT)

    monkeypatch.setattr(fitting.FoldWork, "trace", timed)
    monkeypatch.setattr(hurried, "suspects", lambda dataset: [])
    dataset, config = prepared("rows")
    config = dataclasses.replace(
        config, methods=("brier", GAMMA), learners=("linear",), folds=4, budget=seconds
    )
    how = {"journal": tmp_path, "jobs": 1}
    result, _ = run_trial(dataset, config, **how, deadline=Deadline(seconds, clock.now, clock))
    assert clock.now <= seconds
    names = [arm.name for arm in result.arms]
    assert (GAMMA in names) is made
    assert [(one.name, one.folds) for one in result.stopped] == ([] if made else [(GAMMA, 0)])
    if not made:
        assert any(f"{GAMMA} stopped after 0 of 4 folds" in note for note in result.notes)
    before = clock.now
    again, _ = run_trial(dataset, config, **how, deadline=Deadline(seconds, clock.now, clock))
    assert clock.now == before
    assert (again.stopped, [arm.name for arm in again.arms]) == (result.stopped, names)
