"""How well one column alone ranks the target: learnt on some rows, judged on others.

A column's rows are counted in cells: its gaps and its values, or ranges of its numbers. The share of
positives of a cell, as the other folds have it, is what the cell's rows are ranked by; so a value tells
something only if it told the same elsewhere, whatever the number of values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.evaluation.reliability import wilson

if TYPE_CHECKING:
    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]
    FloatArray = npt.NDArray[np.float64]

FOLDS = 5
_RARE = 10
_PARTS = 4
_FINEST = 4**7
_LEVEL = 0.95
_SURE = 0.65
_LIFT = 30.0


@dataclass(frozen=True, eq=False)
class Ranking:
    """What a column's order of the rows is worth, counted from the top.

    Attributes
    ----------
    positives, rows : ndarray of float64
        Positive rows and all rows down to each score.
    """

    positives: FloatArray
    rows: FloatArray

    @property
    def average_precision(self) -> float:
        """Mean share of positives among the rows down to each positive."""
        found = np.diff(self.positives, prepend=0.0)
        return float((found * self.positives / self.rows).sum() / self.positives[-1])

    @property
    def low(self) -> float:
        """Lower end of the average precision's interval, as if each positive had been found or not."""
        low, _ = wilson(np.array([self.average_precision]), self.positives[-1:], _LEVEL)
        return float(low[0])

    @property
    def auc(self) -> float:
        """Chance that a positive stands above a negative, ties half."""
        positives = np.diff(self.positives, prepend=0.0)
        negatives = np.diff(self.rows, prepend=0.0) - positives
        below = negatives.sum() - np.cumsum(negatives) + negatives / 2.0
        return float((positives * below).sum() / (positives.sum() * negatives.sum()))

    @property
    def lift(self) -> float:
        """How many times the odds of chance the average precision's are."""
        chance = self.positives[-1] / self.rows[-1]
        return float(_odds(self.average_precision) / _odds(chance))

    @property
    def settled(self) -> float:
        """Share of the positives in the largest upper part that surely holds hardly anything else."""
        return _settled(self.positives, self.rows, self.positives[-1], self.rows[-1])


@dataclass(frozen=True, eq=False)
class SortedColumn:
    """A column's rows in the order of its values, those without one last.

    Attributes
    ----------
    start : ndarray of int64
        Where each different value begins, ascending.
    filled : int
        Number of rows with a value.
    positive : ndarray of bool, shape (n_rows,)
    fold : ndarray of int64, shape (n_rows,)
        0 to `FOLDS` - 1.
    """

    start: IntArray
    filled: int
    positive: npt.NDArray[np.bool_]
    fold: IntArray

    @property
    def sizes(self) -> IntArray:
        """Number of rows of each value."""
        return np.diff(self.start, append=self.filled)

    @property
    def found(self) -> IntArray:
        """Number of positives of each value."""
        return np.add.reduceat(self.positive[: self.filled].astype(np.int64), self.start)

    @property
    def cuts(self) -> int:
        """How often, from one value to the next, the label that most rows have changes."""
        return int(np.count_nonzero(np.diff(2 * self.found > self.sizes)))

    def counts(self, cell_of_value: IntArray, size: int) -> tuple[IntArray, IntArray]:
        """Return the positives and the rows of each fold in each of `size` cells and, last, in the gaps."""
        cell = np.full(len(self.fold), size)
        cell[: self.filled] = np.repeat(cell_of_value, self.sizes)
        place = self.fold * (size + 1) + cell
        shape = (FOLDS, size + 1)
        positives = np.bincount(place[self.positive], minlength=FOLDS * (size + 1)).reshape(shape)
        return positives, np.bincount(place, minlength=FOLDS * (size + 1)).reshape(shape)


def by_value(column: SortedColumn) -> Ranking:
    """Rank rows by the value they hold, if another row holds it too.

    Parameters
    ----------
    column : SortedColumn

    Returns
    -------
    Ranking

    Notes
    -----
    A gap is a value, and so are together all values that one row holds. Those under ten rows lean on one
    another.
    """
    repeated = column.sizes > 1
    several = int(repeated.sum())
    positives, rows = column.counts(np.where(repeated, np.cumsum(repeated) - 1, several), several + 1)
    learnt, among = _others(positives), _others(rows)
    base = _base(learnt, among)
    rare = rows.sum(axis=0) < _RARE
    together = _leaning(learnt[:, rare].sum(1, keepdims=True), among[:, rare].sum(1, keepdims=True), base)
    return _ranked(_leaning(learnt, among, np.where(rare, together, base)), positives, rows)


def settled_by_one(column: SortedColumn) -> float:
    """Return the share of the positives in the one value that surely holds hardly anything else.

    Parameters
    ----------
    column : SortedColumn

    Returns
    -------
    float

    Notes
    -----
    It must hold ten of them, and surely more than as many rows on either side of it together, as a mark such
    as -1 among amounts does, and no value at the peak of a measurement.
    """
    found, size, end = column.found, column.sizes, column.start + column.sizes
    ends, met = np.append(0, end), np.append(0, np.cumsum(found))
    up_to = np.interp([column.start - size, end + size], ends, met)
    here = np.maximum(up_to[1] - up_to[0], 1.0)
    most, _ = wilson(found / here, here, _LEVEL)
    alone = (found >= _RARE) & (most > 0.5)
    return _settled(found[alone], column.sizes[alone], column.positive.sum(), len(column.positive))


def settled_by_gaps(column: SortedColumn) -> float:
    """Return the share of the positives in the rows without a value, or in those with one.

    It is 0 unless these rows surely hold hardly anything else, as where a value is filled in for positives
    alone.

    Parameters
    ----------
    column : SortedColumn

    Returns
    -------
    float
    """
    starts = np.unique([0, column.filled])
    starts = starts[starts < len(column.positive)]
    found = np.add.reduceat(column.positive.astype(np.int64), starts)
    sizes = np.diff(starts, append=len(column.positive))
    return _settled(found, sizes, column.positive.sum(), len(column.positive))


def by_order(column: SortedColumn) -> Ranking:
    """Rank rows by the range of values they are in: ranges within ranges, down to single values.

    Parameters
    ----------
    column : SortedColumn

    Returns
    -------
    Ranking

    Notes
    -----
    Ranges hold equal numbers of rows, whatever their labels. Each leans on the one that it is a quarter of,
    so that a narrow range without rows elsewhere knows as much as the wider one.
    """
    size = _PARTS
    while size < min(_FINEST, column.filled):
        size *= _PARTS
    positives, rows = column.counts(column.start * size // max(column.filled, 1), size)
    learnt, among = _others(positives), _others(rows)
    rate = _base(learnt, among)
    gap = _leaning(learnt[:, size:], among[:, size:], rate)
    width = _PARTS
    while width <= size:
        within = (FOLDS, width, size // width)
        wider = np.repeat(rate, width // rate.shape[1], axis=1)
        rate = _leaning(
            learnt[:, :size].reshape(within).sum(2), among[:, :size].reshape(within).sum(2), wider
        )
        width *= _PARTS
    return _ranked(np.concatenate([rate, gap], axis=1), positives, rows)


def _others(counts: IntArray) -> IntArray:
    return counts.sum(axis=0) - counts


def _base(positives: IntArray, rows: IntArray) -> FloatArray:
    """Return the share of positives in the other folds; 0 where they hold no row, as with one group only."""
    return positives.sum(axis=1, keepdims=True) / np.maximum(rows.sum(axis=1, keepdims=True), 1)


def _leaning(positives: IntArray, rows: IntArray, rate: FloatArray) -> FloatArray:
    """Return the share of positives as if one more row had been seen, at the wider cell's rate."""
    return (positives + rate) / (rows + 1.0)


def _ranked(score: FloatArray, positives: IntArray, rows: IntArray) -> Ranking:
    met = rows > 0
    falling, group = np.unique(-score[met], return_inverse=True)
    found = np.bincount(group, weights=positives[met], minlength=len(falling))
    among = np.bincount(group, weights=rows[met], minlength=len(falling))
    return Ranking(np.cumsum(found), np.cumsum(among))


def _settled(positives: npt.ArrayLike, rows: npt.ArrayLike, n_positive: float, n_rows: float) -> float:
    """Return the largest share of all positives among parts that surely hold hardly anything else."""
    positives, rows = np.asarray(positives, dtype=np.float64), np.asarray(rows, dtype=np.float64)
    sure, _ = wilson(positives / rows, rows, _LEVEL)
    settles = (sure >= _SURE) & (_odds(sure) >= _LIFT * _odds(n_positive / n_rows))
    return float(positives[settles].max(initial=0.0) / n_positive)


def _odds(share: FloatArray | float) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.divide(share, 1.0 - np.asarray(share))
