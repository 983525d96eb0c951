"""Folds: stratified, with copies and groups on one side, or forward in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.data.folds.dealing import deal
from scarce.decision.enough_positives import TO_CALL_BETTER, TO_SPLIT
from scarce.errors import ScarceError

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.data.dataset import Dataset

    IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Split:
    """One fold: where to learn and where to look.

    Attributes
    ----------
    repeat, fold : int
        Counted from 0.
    train, test : ndarray of int64
        Row numbers in ascending order.
    """

    repeat: int
    fold: int
    train: IntArray
    test: IntArray


def splits(dataset: Dataset, folds: int = 5, repeats: int = 1, seed: int = 0) -> list[Split]:
    """Return the folds of every repeat.

    Without a time, each row is tested once a repeat, the positives are spread as evenly as copies and groups
    allow, and rows of a unit (`Dataset.units`) are on one side. With a time, the rows are cut by time into
    ``folds + 1`` blocks with about the same number of positives; fold i learns from blocks 0 to i and tests
    on block i + 1, so that the first block is never tested and every test row is later than every training
    row. With entities each block is tested in two halves of its entities, so that one half can be learnt
    from before the other is tested: twice as many splits. With a delay of labels, rows whose label was not
    known when the block began are not learnt from.

    Parameters
    ----------
    dataset : Dataset
    folds : int
        At least 2; `fold_count` says to how many it is reduced, and `split_notes` why.
    repeats : int
        Repeats with other shuffles; 1 where there is a time, since there is nothing to shuffle.
    seed : int
        The same seed gives the same folds on every machine.

    Returns
    -------
    list of Split
        Repeat by repeat, fold by fold.

    Raises
    ------
    ScarceError
        E311 under 2 positives or negatives, E312 where copies or groups leave them in one unit, E313 where
        times do, E314 where a period shares its groups or copies with all that could be learnt from, E374 and
        E375 where a delay of labels or the entities leave no period to test.

    Notes
    -----
    Rows before the test block that belong to a unit of it are in neither of the two.

    Examples
    --------
    >>> from scarce.data import embedded
    >>> demo = embedded.load()
    >>> sorted(int(demo.target[split.test].sum()) for split in splits(demo, folds=5))
    [98, 98, 98, 99, 99]
    """
    if dataset.time is not None:
        return _forward(dataset, dataset.time, fold_count(dataset, folds), seed)
    count = fold_count(dataset, folds)
    found: list[Split] = []
    for repeat in range(repeats):
        rng = np.random.default_rng([seed, repeat])
        fold_of = deal(dataset.units, dataset.target, count, rng)
        for fold in range(count):
            test = fold_of == fold
            found.append(Split(repeat, fold, np.flatnonzero(~test), np.flatnonzero(test)))
    return found


def fold_count(dataset: Dataset, folds: int) -> int:
    """Return how many folds the data allows, at most `folds`.

    Each fold needs a positive and a negative unit to test on, and with a time each block does.

    Parameters
    ----------
    dataset : Dataset
    folds : int

    Returns
    -------
    int
        At least 2 without a time; with one, the test periods, at least 1.

    Raises
    ------
    ScarceError
        E311 to E314, E374 and E375, as `splits`.
    """
    for label, value in zip(dataset.labels, (0, 1), strict=True):
        rows = dataset.target == value
        if rows.sum() < TO_SPLIT:
            raise ScarceError(
                "E311",
                label=label,
                count=int(rows.sum()),
                source=dataset.name,
                least=TO_SPLIT,
                enough=TO_CALL_BETTER,
            )
    if dataset.time is not None:
        periods = len(_period_starts(dataset, dataset.time, folds + 1))
        if periods < 1:
            raise too_few_periods(dataset, 1) or ScarceError("E313", source=dataset.name)
        return min(folds, periods)
    available = min(len(np.unique(dataset.units[dataset.target == value])) for value in (0, 1))
    if available < TO_SPLIT:
        raise ScarceError("E312", source=dataset.name)
    return min(folds, available)


def halves(dataset: Dataset) -> int:
    """Return in how many parts each period is tested: halves of its entities where there are entities."""
    return 1 if dataset.entity is None else 2


def too_few_periods(dataset: Dataset, least: int) -> ScarceError | None:
    """Return what to raise where entities or a delay of labels leave fewer test periods; None without."""
    if dataset.label_delay:
        return ScarceError("E374", source=dataset.name, periods=least)
    if dataset.entity is None:
        return None
    joined, options = "", "--entity"
    if dataset.group is not None:
        joined, options = ", where those that share a value of --group are one", "--group or --entity"
    return ScarceError("E375", source=dataset.name, periods=least, joined=joined, options=options)


def split_notes(dataset: Dataset, folds: int = 5, repeats: int = 1) -> list[str]:
    """Say what `splits` does other than it was asked to.

    Parameters
    ----------
    dataset : Dataset
    folds, repeats : int

    Returns
    -------
    list of str
    """
    notes: list[str] = []
    count = fold_count(dataset, folds)
    if count < folds:
        notes.append(f"{count} folds instead of {folds}: {_scarcest(dataset)} do not give more")
    if dataset.time is not None:
        notes.append(
            f"split by time into {count + 1} blocks: each but the first is tested once by what came before; "
            "the first of these calibrates the later ones, which are scored"
        )
        if dataset.entity is not None:
            notes.append(
                "each block is tested in two halves of its entities, by models that learnt from the other "
                "half and from entities that are not in the block"
            )
        if repeats > 1:
            notes.append(f"1 repeat instead of {repeats}: a split by time has nothing to shuffle")
    return notes


def _scarcest(dataset: Dataset) -> str:
    """Return what limits the number of folds, in words."""
    units = [len(np.unique(dataset.units[dataset.target == value])) for value in (0, 1)]
    value = int(units[1] <= units[0])
    kind, rows = ("negative", "positive")[value], int((dataset.target == value).sum())
    if dataset.group is None or dataset.time is not None:
        return f"{rows:,} {kind} rows"
    return f"{kind} rows in {units[value]} groups"


def _forward(dataset: Dataset, time: npt.NDArray[np.float64], periods: int, seed: int) -> list[Split]:
    starts = _period_starts(dataset, time, periods + 1)
    block = np.searchsorted(starts, time, side="right")
    rng = np.random.default_rng([seed, 0])
    found: list[Split] = []
    for period, start in enumerate(starts, start=1):
        rows = np.flatnonzero(block == period)
        half = np.zeros(rows.size, dtype=np.int64)
        if dataset.entity is not None:
            half = deal(dataset.units[rows], dataset.target[rows], halves(dataset), rng)
        known = (block < period) & (time <= start - dataset.label_delay)
        for part in range(halves(dataset)):
            test = rows[half == part]
            train = known & ~np.isin(dataset.units, dataset.units[test])
            if np.unique(dataset.target[train]).size < 2:
                raise ScarceError("E314", source=dataset.name, period=period)
            found.append(Split(0, len(found), np.flatnonzero(train), test))
    return found


def _period_starts(dataset: Dataset, time: npt.NDArray[np.float64], blocks: int) -> npt.NDArray[np.float64]:
    """Return the times at which the test periods begin, at most one fewer than blocks."""
    starts = _block_starts(dataset.target, time, blocks)
    while starts.size and not (_tested_by_halves(dataset, time, starts) and _known(dataset, time, starts)):
        starts = _block_starts(dataset.target, time, starts.size)
    return starts


def _tested_by_halves(dataset: Dataset, time: npt.NDArray[np.float64], starts: IntArray) -> bool:
    """Whether every period has two units with positives and two with negatives, where there are entities."""
    if dataset.entity is None:
        return True
    block = np.searchsorted(starts, time, side="right")
    width = int(dataset.units.max()) + 1
    for value in (0, 1):
        rows = dataset.target == value
        pairs = np.unique(block[rows] * width + dataset.units[rows])
        if (np.bincount(pairs // width, minlength=starts.size + 1)[1:] < 2).any():
            return False
    return True


def _known(dataset: Dataset, time: npt.NDArray[np.float64], starts: npt.NDArray[np.float64]) -> bool:
    """Whether every block has rows of both classes whose labels are known when the next begins."""
    block = np.searchsorted(starts, time, side="right")
    early = block < starts.size
    early[early] = time[early] <= starts[block[early]] - dataset.label_delay
    counts = (np.bincount(block[early & (dataset.target == v)], minlength=starts.size) for v in (0, 1))
    return all((count > 0).all() for count in counts)


def _block_starts(
    target: npt.NDArray[np.uint8], time: npt.NDArray[np.float64], blocks: int
) -> npt.NDArray[np.float64]:
    """Return the times at which all blocks but the first begin; every block has both classes.

    Blocks hold about the same number of positives, not of rows: a test block without a positive says nothing.
    """
    moments, position = np.unique(time, return_inverse=True)
    positives = np.cumsum(np.bincount(position, weights=target))
    negatives = np.cumsum(np.bincount(position, weights=1 - target))
    for count in range(min(blocks, int(positives[-1])), 1, -1):
        wanted = positives[-1] * np.arange(1, count) / count
        last = np.searchsorted(positives, wanted - 0.5)  # the moment that completes each block's share
        ends = np.concatenate([[-1], last, [len(moments) - 1]])
        if _all_have(positives, ends) and _all_have(negatives, ends):
            return moments[last + 1]
    return moments[:0]


def _all_have(running: npt.NDArray[np.float64], ends: IntArray) -> bool:
    return bool((np.diff(np.append(0.0, running)[ends + 1]) > 0).all())
