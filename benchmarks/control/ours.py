"""The one place that calls the trial: for its control's log-odds, and for a model that meets new rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scarce.trial.config import TrialConfig
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from scarce.data.dataset import Dataset


@dataclass(frozen=True)
class Control:
    """What a trial says of its control, shape (n_repeats, n_rows) each; and its name and seconds."""

    log_odds: npt.NDArray[np.float64]
    fold_of: npt.NDArray[np.int64]
    chosen: str
    seconds: float


def control(dataset: Dataset, folds: int, repeats: int, journal: Path | None = None) -> Control:
    """Return the control of a trial without treatments; finished fits come back from the journal."""
    if journal is not None:
        journal.mkdir(parents=True, exist_ok=True)
    result, _ = run_trial(dataset, _config(folds, repeats), journal=journal)
    (arm,) = result.arms
    return Control(arm.log_odds, result.fold_of, arm.summary, arm.seconds)


def expected_positives(learnt: Dataset, new: Dataset) -> float:
    """Return how many positives the saved model expects among new rows."""
    _, model = run_trial(learnt, _config(5, 1))
    return float(model.posterior(new.features).sum())


def _config(folds: int, repeats: int) -> TrialConfig:
    return TrialConfig(methods=("control",), folds=folds, repeats=repeats, replicates=50)
