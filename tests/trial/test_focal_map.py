"""A map's figures are those of trials with the same methods, and of sums over their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.trial.tables import table

from scarce.data.any_table import table_of
from scarce.data.dataset import Dataset
from scarce.errors import ScarceError
from scarce.trial.config import TrialConfig
from scarce.trial.focal_map import GAMMAS, POWERS, FocalMapResult, find_map
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from pathlib import Path

    from scarce.trial.result import TrialResult

SMALL = {"folds": 3, "max_rounds": 20, "replicates": 50}
ROLES = ["amount", "day", "customer", "weight"]


def prepared(**roles: str) -> Dataset:
    drop = [name for name in ROLES if name not in roles.values()]
    return Dataset.prepare(table_of(table(900, intercept=-2.5), None), target="fraud", drop=drop, **roles)


@pytest.fixture(scope="module")
def found() -> FocalMapResult:
    return find_map(prepared(), TrialConfig(**SMALL))


@pytest.fixture(scope="module")
def trial(found: FocalMapResult) -> TrialResult:
    methods = tuple(cell.method for cell in found.cells if cell.gamma in (0.0, 2.0))
    return run_trial(prepared(), TrialConfig(methods=methods, learners=("lightgbm",), **SMALL))[0]


def test_the_cells_are_every_gamma_with_every_weight(found: FocalMapResult) -> None:
    assert [(cell.power, cell.gamma) for cell in found.cells] == [(w, g) for w in POWERS for g in GAMMAS]
    ratio = (found.rows - found.positives) / found.positives
    for cell in found.cells:
        assert cell.weight == pytest.approx(ratio**cell.power, rel=1e-3)
        assert cell.alpha == pytest.approx(cell.weight / (1.0 + cell.weight))


def test_the_figures_are_those_of_a_trial_with_the_same_methods(
    found: FocalMapResult, trial: TrialResult
) -> None:
    cells = {cell.method: cell for cell in found.cells}
    positive = trial.target == 1
    assert len(trial.arms) == 6
    for arm in trial.arms:
        cell = cells[arm.name]
        assert cell.average_precision == arm.estimates["average_precision"]
        assert cell.recall == arm.estimates["recall_at_precision"]
        assert cell.log_loss.calibrated == pytest.approx(arm.estimates["log_loss"].value, rel=1e-12)
        assert cell.ratio.calibrated == pytest.approx(arm.estimates["calibration_ratio"].value, rel=1e-12)
        for stage in ("raw", "recovered"):
            p = 1.0 / (1.0 + np.exp(-getattr(arm, stage)[0]))
            losses = -np.log(np.where(positive, p, 1.0 - p))
            assert getattr(cell.log_loss, stage) == pytest.approx(losses.mean(), rel=1e-9)
            assert getattr(cell.ratio, stage) == pytest.approx(p.mean() / positive.mean(), rel=1e-12)


def test_the_share_on_easy_negatives_is_that_of_a_sum_over_the_trials_rows(
    found: FocalMapResult, trial: TrialResult
) -> None:
    control = trial.arms[0]
    plain = 1.0 / (1.0 + np.exp(-control.log_odds[0]))
    easy = (trial.target == 0) & (plain < trial.prevalence)
    assert found.easy_share == pytest.approx(easy.sum() / (trial.target == 0).sum())
    cells = {cell.method: cell for cell in found.cells}
    for arm in trial.arms:
        cell = cells[arm.name]
        own = 1.0 / (1.0 + np.exp(-arm.raw[0]))
        for p, shares in ((plain, cell.at_plain), (own, cell.at_own)):
            right = np.where(trial.target == 1, p, 1.0 - p)
            weight = np.where(trial.target == 1, cell.weight, 1.0)
            losses = -weight * (1.0 - right) ** cell.gamma * np.log(right)
            assert shares.loss == pytest.approx(losses[easy].sum() / losses.sum(), rel=1e-3)


def test_with_the_model_held_fixed_easy_negatives_fade_as_gamma_and_the_weight_grow(
    found: FocalMapResult,
) -> None:
    by_weight = np.array([[cell.at_plain.loss for cell in cells] for cells in found.by_weight])
    assert (np.diff(by_weight, axis=0) < 0.0).all()
    assert (np.diff(by_weight, axis=1) < 0.0).all()


def test_a_second_map_says_the_same_from_its_journal(tmp_path: Path, found: FocalMapResult) -> None:
    config = TrialConfig(**SMALL)
    first = find_map(prepared(), config, journal=tmp_path / "fits", jobs=1)
    fits = sorted((tmp_path / "fits").glob("*.fit"))
    assert len(fits) == 3 * len(first.cells)
    written = [path.stat().st_mtime_ns for path in fits]
    again = find_map(prepared(), config, journal=tmp_path / "fits")
    assert [path.stat().st_mtime_ns for path in fits] == written
    assert first.to_dict() == again.to_dict() == found.to_dict()


def test_with_sampled_rows_a_row_is_as_easy_as_the_population_makes_it() -> None:
    """Negatives that stand for eight rows train as they are: what they weigh is no part of the loss."""
    sampled = find_map(prepared(weight="weight"), TrialConfig(**SMALL), learner="linear")
    as_they_are = find_map(prepared(), TrialConfig(**SMALL), learner="linear")
    assert sampled.prevalence < as_they_are.prevalence / 4
    for one, other in zip(sampled.cells, as_they_are.cells, strict=True):
        assert one.weight == other.weight
        assert one.at_plain.loss == pytest.approx(other.at_plain.loss, rel=0.2)


def test_costs_and_other_methods_change_nothing(found: FocalMapResult) -> None:
    other = TrialConfig(methods=("class_balanced",), learners=("forest",), margin="5%", **SMALL)
    assert find_map(prepared(cost="fn=100,fp=1"), other).to_dict() == found.to_dict()


def test_folds_in_time_are_judged_from_the_second_period_on() -> None:
    found = find_map(prepared(time="day"), TrialConfig(**SMALL), learner="linear")
    assert found.rows < 900
    assert all(np.isfinite(cell.ratio.calibrated) for cell in found.cells)


@pytest.mark.parametrize("limit", [0.0, 1.0, -1.0])
def test_a_limit_that_is_no_share_is_refused(limit: float) -> None:
    with pytest.raises(ScarceError) as caught:
        find_map(prepared(), TrialConfig(**SMALL), easy_below=limit)
    assert caught.value.code == "E301"


def test_another_limit_calls_other_rows_easy(found: FocalMapResult) -> None:
    wider = find_map(prepared(), TrialConfig(**SMALL), easy_below=0.9)
    assert wider.easy_share > found.easy_share
    assert wider.cells[0].at_own.loss > found.cells[0].at_own.loss


def test_a_learner_that_takes_no_loss_is_refused() -> None:
    with pytest.raises(ScarceError) as caught:
        find_map(prepared(), TrialConfig(**SMALL), learner="forest")
    assert caught.value.code == "E306"
