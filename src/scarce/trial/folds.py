"""The folds of a trial: how many, when each label is known, and whether both classes weigh in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.data.folds.splitting import halves, splits, too_few_periods
from scarce.decision.enough_positives import LEAST_SHARE
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from scarce.data.dataset import Dataset
    from scarce.data.folds.splitting import Split


def splits_of(dataset: Dataset, folds: int, repeats: int, seed: int) -> list[Split]:
    """Return the splits; by time one more than asked, as the first only serves to calibrate the second."""
    if dataset.time is None:
        return splits(dataset, folds, repeats, seed)
    found = splits(dataset, folds + 1, 1, seed)
    periods = len(found) // halves(dataset)
    if periods < 3:
        few = ScarceError("E303", source=dataset.name, folds=periods)
        raise too_few_periods(dataset, 3) or few
    return found


def known_by(dataset: Dataset, folds: Sequence[Split]) -> npt.NDArray[np.int64]:
    """Return the first period that begins after each row and with its label known."""
    time = np.asarray(dataset.time)
    starts = np.array([time[split.test].min() for split in folds]).reshape(-1, halves(dataset)).min(axis=1)
    known = np.searchsorted(starts, time + dataset.label_delay, side="left")
    return np.maximum(known, np.searchsorted(starts, time, side="right"))


def check_weight(dataset: Dataset, fold: int, part: str, rows: npt.NDArray[np.int64]) -> None:
    """Raise E316 where the rows of a class weigh next to nothing in what a fold learns from or tests."""
    weight = dataset.row_weight
    if weight is None:
        return
    sums = np.bincount(dataset.target[rows], weights=weight[rows], minlength=2)
    held = np.bincount(dataset.target[rows], minlength=2)  # no rows of a class: that is not their weights
    light = np.flatnonzero((sums <= LEAST_SHARE * sums.sum()) & (held > 0))
    if light.size:
        raise ScarceError("E316", label=dataset.labels[light[0]], part=part, fold=fold + 1)


def fold_of(folds: Sequence[Split], n_rows: int) -> npt.NDArray[np.int64]:
    """Return the fold that tests each row in each repeat; -1 where none does."""
    found = np.full((1 + max(split.repeat for split in folds), n_rows), -1, dtype=np.int64)
    for split in folds:
        found[split.repeat, split.test] = split.fold
    return found
