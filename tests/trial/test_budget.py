"""A trial under a budget, by a clock that tests turn: what is stopped, what is said, what is kept."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.trial.tables import table

from scarce.bundle.serialization import to_bytes
from scarce.data.dataset import Dataset
from scarce.errors import ScarceError, ScarceWarning
from scarce.progress import SILENT
from scarce.trial import crossfit, hurried
from scarce.trial.config import TrialConfig
from scarce.trial.deadline import Deadline, seconds_of, written
from scarce.trial.design import Design
from scarce.trial.hurried import Hurried, order_of
from scarce.trial.journal import Journal
from scarce.trial.losses import Losses
from scarce.trial.race import first_folds
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from pathlib import Path

METHODS = ("focal:gamma=1", "brier", "weighted_cross_entropy")
CONFIG = TrialConfig(METHODS, ("lightgbm",), folds=4, max_rounds=5, replicates=50)
A_FIT = 10.0  # seconds, by the clock of these tests
FIXED = 3.0 + A_FIT * 1.25  # what comes after the training; scoring so few rows takes no time


class Turned:
    """A clock that stands still but for the fits: each takes as long as its arm's."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return Dataset.prepare(table(1500), "fraud", drop=("day", "customer", "weight"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Turned:
    """Return a clock by which every fit that is made takes `A_FIT` seconds."""
    turned = Turned()
    made = crossfit.FoldWork.trace

    def timed(self, arm, step, halted):
        turned.now += A_FIT
        return dataclasses.replace(made(self, arm, step, halted), seconds=A_FIT)

    monkeypatch.setattr(crossfit.FoldWork, "trace", timed)
    monkeypatch.setattr(hurried, "suspects", lambda dataset: [])
    return turned


def tried(dataset: Dataset, seconds: float, clock: Turned, journal: Path | None = None, **changed):
    config = dataclasses.replace(CONFIG, budget=seconds, **changed)
    deadline = Deadline(seconds, clock.now, clock)
    return run_trial(dataset, config, journal=journal, jobs=1, deadline=deadline)


ALL = 4 * 4 * A_FIT + FIXED + 1.0


def test_with_time_enough_the_result_is_that_without_a_budget(dataset, clock) -> None:
    result, model = tried(dataset, 2 * ALL, clock)
    plain, same = run_trial(dataset, CONFIG, jobs=1)
    assert result.stopped == ()
    assert repr(result.verdict) == repr(plain.verdict)
    assert result.notes == plain.notes
    for arm, other in zip(result.arms, plain.arms, strict=True):
        assert arm.log_odds.tobytes() == other.log_odds.tobytes()
    assert "budget" not in plain.config
    card = {**model.card, "config": same.card["config"]}  # which tells the budget
    assert to_bytes(dataclasses.replace(model, card=card)) == to_bytes(same)


@pytest.mark.parametrize("share", [0.45, 0.6, 0.8, 0.95])
def test_the_budget_is_kept_and_nothing_goes_on_that_does_not_fit(dataset, clock, share: float) -> None:
    result, model = tried(dataset, share * ALL, clock)
    assert clock.now <= share * ALL - FIXED
    assert model is not None
    assert 0 < len(result.stopped) <= 3
    assert {arm.name for arm in result.arms} | {one.name for one in result.stopped} == {"control", *METHODS}
    assert all(np.isfinite(arm.log_odds).all() for arm in result.arms)


def test_all_treatments_race_on_the_first_folds_where_there_is_time_for_these(dataset, clock) -> None:
    result, _ = tried(dataset, 0.85 * ALL, clock)
    assert result.stopped
    assert {one.folds for one in result.stopped} == {2}


def test_what_is_stopped_is_undecided_and_said_so(dataset, clock) -> None:
    result, _ = tried(dataset, 0.6 * ALL, clock)
    (note,) = (text for text in result.notes if text.startswith("W315"))
    for one in result.stopped:
        assert f"{one.name} stopped after {one.folds} of 4 folds" in note
    (sentence,) = (text for text in result.verdict.sentences if text.startswith("Undecided (stopped"))
    assert all(one.name in sentence for one in result.stopped)
    assert "all" not in result.verdict.headline


def test_a_second_trial_says_the_same_however_much_time_it_has(dataset, clock, tmp_path: Path) -> None:
    first, model = tried(dataset, 0.6 * ALL, clock, tmp_path)
    before = clock.now
    again, same = tried(dataset, 0.6 * ALL, clock, tmp_path)
    assert clock.now == before  # every fit came back
    assert again.stopped == first.stopped
    assert repr(again.verdict) == repr(first.verdict)
    assert again.notes == first.notes
    assert to_bytes(same) == to_bytes(model)


def test_with_another_budget_the_choice_is_made_anew_and_the_fits_are_reused(
    dataset, clock, tmp_path: Path
) -> None:
    first, _ = tried(dataset, 0.6 * ALL, clock, tmp_path)
    more, _ = tried(dataset, ALL, clock, tmp_path)
    assert first.stopped
    assert more.stopped == ()
    assert more.fits[1] == first.fits[0]
    assert run_trial(dataset, CONFIG, journal=tmp_path)[0].fits == (16, 16)


def test_one_plain_model_is_trained_whatever_the_budget(dataset, clock) -> None:
    with pytest.warns(ScarceWarning, match="the budget of 5s was too short") as told:
        result, model = tried(dataset, 5.0, clock)
    assert {one.message.code for one in told} == {"W317"}
    assert [arm.name for arm in result.arms] == ["control"]
    assert [one.folds for one in result.stopped] == [0, 0, 0]
    assert model is not None


def test_learners_that_there_is_no_time_for_are_left_out_and_named(dataset, clock) -> None:
    learners = ("linear", "lightgbm")
    result, _ = tried(dataset, 12 * A_FIT, clock, learners=learners)
    (note,) = (text for text in result.notes if text.startswith("W316"))
    untried = [one.name for one in result.candidates if np.isnan(one.log_loss)]
    assert untried
    assert all(name in note for name in untried)
    assert "Clearly behind" not in " ".join(result.verdict.sentences)
    assert clock.now <= 12 * A_FIT


def design(dataset: Dataset) -> Design:
    return Design.of(dataset, TrialConfig(METHODS, ("linear", "forest", "lightgbm"), folds=4))


@pytest.mark.parametrize(("left", "entered"), [(1e9, 3), (1.0, 1)])
def test_of_raced_learners_as_many_enter_as_there_is_time_for(dataset, left: float, entered: int) -> None:
    plan = design(dataset)
    pace = Hurried(plan, Journal(None, {}), SILENT, 1, Deadline(left, 0.0, lambda: 0.0))
    ranked = [(arm, A_FIT) for arm in plan.candidates]
    names = pace.entered(ranked)
    assert len(names) == entered
    assert names[0] == "linear"  # the first that takes every treatment


def test_a_slow_learner_does_not_bar_quick_ones_that_did_worse(dataset) -> None:
    plan = design(dataset)
    pace = Hurried(plan, Journal(None, {}), SILENT, 1, Deadline(600.0, 0.0, lambda: 0.0))
    linear, forest, boosted = plan.candidates
    assert pace.entered([(linear, 1.0), (forest, 1000.0), (boosted, 1.0)]) == ["linear", "lightgbm"]


def test_those_clearly_behind_stop_first() -> None:
    rng = np.random.default_rng(0)
    base = rng.random(10_000)
    noisy, steady = base + rng.normal(0.2, 30.0, base.size), base + rng.normal(0.1, 0.1, base.size)
    losses = Losses(np.stack([base, steady, noisy]), float(base.size))
    assert losses.differences[2] > losses.differences[1] > 0.0
    assert order_of(losses, skip=1) == [1, 0]


def test_the_first_folds_are_judged_by_one_another(dataset) -> None:
    plan = design(dataset)
    part = first_folds(plan, 2)
    assert part.judged.scored_folds == [(0, 0), (0, 1)]
    rows = np.flatnonzero(part.judged.fold_of[0] >= 0)
    assert np.array_equal(rows, np.sort(np.concatenate([split.test for split in plan.splits[:2]])))


@pytest.mark.parametrize(
    "text", ["", "m", "30", "30 parsecs", "0m", "-5s", "infm", "1e400h", "nan s", True, None]
)
def test_what_is_no_time_is_refused(text: object) -> None:
    with pytest.raises(ScarceError) as refused:
        seconds_of(text)
    assert refused.value.code == "E381"


@pytest.mark.parametrize("seconds", [0.25, 1.0, 90.0, 100.0, 1800.0, 5400.0, 86_400.0, 1.23456789])
def test_a_time_is_read_as_it_is_written(seconds: float) -> None:
    assert seconds_of(written(seconds)) == seconds


def test_a_choice_that_was_kept_is_not_made_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {"data": 1})
    assert journal.decided(lambda: ["a", "b"], budget=1.0) == ["a", "b"]
    assert journal.decided(lambda: ["c"], budget=1.0) == ["a", "b"]
    assert journal.decided(lambda: ["c"], budget=2.0) == ["c"]
    (path, *_) = sorted(tmp_path.glob("*.choice"))
    for entry in tmp_path.glob("*.choice"):
        entry.write_bytes(entry.read_bytes()[:-1])
    assert Journal(tmp_path, {"data": 1}).decided(lambda: ["d"], budget=1.0) == ["d"]
    assert path.exists()
