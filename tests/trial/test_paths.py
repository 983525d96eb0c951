"""Where a training ends: chosen by other folds' rows, and the same as a fit that goes there at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.trial.tables import table

from scarce.data.dataset import Dataset
from scarce.progress import SILENT
from scarce.trial.config import TrialConfig
from scarce.trial.crossfit import crossfit
from scarce.trial.design import Design
from scarce.trial.journal import FoldTrace, Journal
from scarce.trial.paths import LEAST_STEPS, PATIENCE, Trace, chosen_step, most_numbers, shrunk_log_loss

TARGET = (np.arange(200) % 10 == 0).astype(float)
ONES = np.ones(200)


def outputs(quality: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=200)
    return -2.0 + quality * (2.0 * TARGET - 1.0) + noise


def seen(qualities: list[float]) -> Trace:
    trace = Trace(TARGET, ONES)
    for step, quality in enumerate(qualities):
        if not trace(float(step), outputs(quality), outputs(quality)):
            break
    return trace


def test_a_path_goes_on_while_it_gets_better_and_ends_when_it_does_not() -> None:
    assert len(seen([0.1 * k for k in range(20)]).steps) == 20
    assert len(seen([*[0.1 * k for k in range(15)], *[0.5] * 20]).steps) == 15 + PATIENCE
    assert len(seen([1.0, 2.0, *[0.5] * 20]).steps) == LEAST_STEPS


def test_a_path_ends_when_the_work_is_given_up() -> None:
    trace = Trace(TARGET, ONES, lambda: True)
    assert not trace(1.0, outputs(1.0), outputs(1.0))


def test_a_wrong_calibration_is_no_loss() -> None:
    """A line undoes a shift and a scale within its prior, and a step is not chosen for being calibrated."""
    good = outputs(2.0)
    assert shrunk_log_loss(good + 0.3, TARGET, ONES) == pytest.approx(
        shrunk_log_loss(good, TARGET, ONES), rel=0.05
    )
    assert shrunk_log_loss(outputs(0.5), TARGET, ONES) > 1.2 * shrunk_log_loss(good + 0.3, TARGET, ONES)


def test_weights_count_rows() -> None:
    twice = np.r_[TARGET, TARGET], np.ones(400)
    scores = outputs(1.0)
    doubled = shrunk_log_loss(np.r_[scores, scores], *twice)
    assert shrunk_log_loss(scores, TARGET, 2.0 * ONES) == pytest.approx(doubled, rel=0.05)


def test_only_outputs_next_to_the_best_step_are_kept_of_many_rows() -> None:
    rows = 100_000
    target = (np.arange(rows) % 50 == 0).astype(float)
    trace = Trace(target, np.ones(rows))
    noise = np.random.default_rng(0).normal(size=rows)
    for step, quality in enumerate([*np.linspace(0.3, 3.0, 10), 2.9, 2.8]):
        trace(float(step), noise, -3.0 + quality * (2 * target - 1.0) + noise)
    assert list(trace.logits) == list(range(3, 12))  # the best is step 9
    assert len(trace.logits) * rows <= most_numbers(rows)


def test_no_fold_chooses_its_own_step() -> None:
    """Move one fold's losses about as one likes: its own step stays where the others put it."""
    dataset = Dataset.prepare(table(600), target="fraud", drop=["day", "customer", "weight"])
    config = TrialConfig(("control",), ("lightgbm",), folds=3, max_rounds=40, replicates=50)
    design = Design.of(dataset, config)
    (arm,) = design.candidates
    first = crossfit(design, [arm], Journal(None, {}), SILENT)[arm.name]
    bent = FoldTrace.of

    def worse(trace: Trace, seconds: float) -> FoldTrace:
        found = bent(trace, seconds)
        if trace.target.size == design.splits[0].test.size and np.array_equal(
            trace.target, dataset.target[design.splits[0].test]
        ):
            return replace(found, losses=100.0 * np.sort(found.losses))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FoldTrace, "of", staticmethod(worse))
        second = crossfit(design, [arm], Journal(None, {}), SILENT)[arm.name]
    assert second.steps[0] == first.steps[0]
    assert second.steps[1:] != first.steps[1:]


def test_an_earlier_fold_is_not_told_its_step_by_a_later_one() -> None:
    dataset = Dataset.prepare(table(), target="fraud", time="day", drop=["customer", "weight"])
    design = Design.of(dataset, TrialConfig(("control",), ("lightgbm",), folds=3))
    assert [design.judged.speaks(other, 2) for other in range(4)] == [True, True, False, False]


def test_the_step_of_least_loss_is_the_first_of_equals() -> None:
    assert chosen_step((1.0, 2.0, 3.0), [[2.0, 1.0, 1.0], [5.0, 4.0, 4.0]]) == 2.0
