"""How well one column alone ranks the target: learnt on some rows, judged on others.

A column's rows are counted in cells: its gaps, its frequent values, or ranges of its numbers. The share of
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
STATES = 50
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
        chance = self.positives[-1] / self.rows[-1]
        sure, _ = wilson(self.positives / self.rows, self.rows, _LEVEL)
        settles = (sure >= _SURE) & (_odds(sure) >= _LIFT * _odds(chance))
        return float(self.positives[settles].max(initial=0.0) / self.positives[-1])


def by_state(
    values: FloatArray, ordered: FloatArray, positive: npt.NDArray[np.bool_], fold: IntArray
) -> Ranking:
    """Rank rows by whether they have a value, and by which if it is one of the fifty most frequent.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rows,)
        NaN where missing.
    ordered : ndarray of float64
        The values there are, ascending.
    positive : ndarray of bool, shape (n_rows,)
    fold : ndarray of int64, shape (n_rows,)
        0 to `FOLDS` - 1.

    Returns
    -------
    Ranking
    """
    known = _frequent(ordered)
    place = np.searchsorted(known, values)
    found = known[np.minimum(place, len(known) - 1)] == values if len(known) else np.zeros(len(values), bool)
    cell = np.where(found, place, len(known))
    cell[np.isnan(values)] = len(known) + 1
    return _ranked(*_by_cell(cell, len(known) + 2, positive, fold))


def by_value(code: FloatArray, positive: npt.NDArray[np.bool_], fold: IntArray) -> Ranking:
    """Rank rows by the category they hold, those under ten rows leaning on all such.

    Parameters
    ----------
    code : ndarray of float64, shape (n_rows,)
        0, 1, ... for the categories; NaN where missing.
    positive : ndarray of bool, shape (n_rows,)
    fold : ndarray of int64, shape (n_rows,)

    Returns
    -------
    Ranking
    """
    gap = np.isnan(code)
    size = int(code[~gap].max(initial=-1.0)) + 2
    return _ranked(*_by_cell(np.where(gap, size - 1, code).astype(np.int64), size, positive, fold))


def by_order(
    values: FloatArray, ordered: FloatArray, positive: npt.NDArray[np.bool_], fold: IntArray
) -> Ranking:
    """Rank rows by the range of numbers they are in: ranges within ranges, down to single values.

    Parameters
    ----------
    values, ordered, positive, fold
        As for `by_state`.

    Returns
    -------
    Ranking

    Notes
    -----
    Ranges hold equal numbers of rows, whatever their labels. Each leans on the one that it is a quarter of,
    so that a narrow range without rows elsewhere knows as much as the wider one.
    """
    size = _PARTS
    while size < min(_FINEST, len(ordered)):
        size *= _PARTS
    edges = ordered[(np.arange(1, size) * len(ordered)) // size]
    cell = np.searchsorted(edges, values, side="right")
    cell[np.isnan(values)] = size
    positives, rows = _counts(cell, size + 1, positive, fold)
    learnt, among = _others(positives), _others(rows)
    rate = _base(learnt, among)
    gap = _leaning(learnt[:, size:], among[:, size:], rate)
    width = _PARTS
    while width <= size:
        within = (FOLDS, width, size // width)
        rate = np.repeat(rate, width // rate.shape[1], axis=1)
        rate = _leaning(
            learnt[:, :size].reshape(within).sum(2), among[:, :size].reshape(within).sum(2), rate
        )
        width *= _PARTS
    return _ranked(np.concatenate([rate, gap], axis=1), positives, rows)


def _frequent(ordered: FloatArray) -> FloatArray:
    """Return the most frequent of the values that repeat, ascending."""
    starts = np.flatnonzero(np.diff(ordered, prepend=np.nan))
    sizes = np.diff(starts, append=len(ordered))
    order = np.argsort(-sizes, kind="stable")[:STATES] if len(sizes) > STATES else np.arange(len(sizes))
    return ordered[np.sort(starts[order[sizes[order] > 1]])]


def _by_cell(
    cell: IntArray, size: int, positive: npt.NDArray[np.bool_], fold: IntArray
) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the rate of each cell in the other folds, with its rows; rare cells lean on all rare ones."""
    positives, rows = _counts(cell, size, positive, fold)
    learnt, among = _others(positives), _others(rows)
    base = _base(learnt, among)
    rare = rows.sum(axis=0) < _RARE
    together = _leaning(learnt[:, rare].sum(1, keepdims=True), among[:, rare].sum(1, keepdims=True), base)
    return _leaning(learnt, among, np.where(rare, together, base)), positives, rows


def _counts(
    cell: IntArray, size: int, positive: npt.NDArray[np.bool_], fold: IntArray
) -> tuple[IntArray, IntArray]:
    """Return the positives and the rows of each fold and cell."""
    place = fold * size + cell
    shape = (FOLDS, size)
    positives = np.bincount(place[positive], minlength=FOLDS * size).reshape(shape)
    return positives, np.bincount(place, minlength=FOLDS * size).reshape(shape)


def _others(counts: IntArray) -> IntArray:
    return counts.sum(axis=0) - counts


def _base(positives: IntArray, rows: IntArray) -> FloatArray:
    return positives.sum(axis=1, keepdims=True) / rows.sum(axis=1, keepdims=True)


def _leaning(positives: IntArray, rows: IntArray, rate: FloatArray) -> FloatArray:
    """Return the share of positives as if one more row had been seen, at the wider cell's rate."""
    return (positives + rate) / (rows + 1.0)


def _ranked(score: FloatArray, positives: IntArray, rows: IntArray) -> Ranking:
    met = rows > 0
    falling, group = np.unique(-score[met], return_inverse=True)
    found = np.bincount(group, weights=positives[met], minlength=len(falling))
    among = np.bincount(group, weights=rows[met], minlength=len(falling))
    return Ranking(np.cumsum(found), np.cumsum(among))


def _odds(share: FloatArray | float) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.divide(share, 1.0 - np.asarray(share))
