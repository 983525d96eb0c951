"""Decisions about entities over time: a card, a machine, a patient, each with many rows.

An episode ends when a positive row of its entity is flagged: what is later never happens. A false alarm ends
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scarce.decision.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Episodes:
    """Of which entity each row is, and when.

    Parameters
    ----------
    entity : ndarray of int64, shape (n_rows,)
        Numbers 0, 1, ...
    time : ndarray of float64, shape (n_rows,)

    Examples
    --------
    >>> cards = Episodes(np.array([0, 1, 0]), np.array([1.0, 1.0, 2.0]))
    >>> cards.take(np.array([2, 0])).time
    array([2., 1.])
    """

    entity: IntArray
    time: FloatArray

    def take(self, rows: IntArray) -> Episodes:
        """Return some of the rows, in the order given.

        Parameters
        ----------
        rows : ndarray of int64

        Returns
        -------
        Episodes
        """
        return Episodes(self.entity[rows], self.time[rows])

    def after_catch(self, target: BoolArray, flagged: BoolArray) -> BoolArray:
        """Return which rows are later than the first flagged positive row of their entity.

        Parameters
        ----------
        target, flagged : ndarray of bool, shape (n_rows,)

        Returns
        -------
        ndarray of bool, shape (n_rows,)
        """
        return after_catch(self.entity, self.time, target, flagged)

    def highest_before(self, target: BoolArray, score: FloatArray) -> FloatArray:
        """Return the highest score of the positive rows that are of the same entity and earlier.

        Parameters
        ----------
        target : ndarray of bool, shape (n_rows,)
        score : ndarray of float64, shape (n_rows,)

        Returns
        -------
        ndarray of float64, shape (n_rows,)
            -inf for a row that no positive row of its entity comes before. The cuts below it spare the row.
        """
        return highest_before(self.entity, self.time, target, score)


def after_catch(entity: IntArray, time: FloatArray, target: BoolArray, flagged: BoolArray) -> BoolArray:
    """Return which rows are later than the first flagged positive row of their entity.

    Parameters
    ----------
    entity : ndarray of int64, shape (n_rows,)
        Numbers 0, 1, ...
    time : ndarray of float64, shape (n_rows,)
    target, flagged : ndarray of bool, shape (n_rows,)

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        False for a row of the same time as the one that is caught: nothing says which came first.

    Examples
    --------
    >>> card, day = np.array([0, 0, 0, 0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> fraud, flagged = np.array([False, True, True, True]), np.array([True, False, True, False])
    >>> after_catch(card, day, fraud, flagged)
    array([False, False, False,  True])
    """
    if entity.size == 0:
        return np.zeros(0, dtype=np.bool_)
    caught_at = np.full(int(entity.max()) + 1, np.inf)
    hits = target & flagged
    np.minimum.at(caught_at, entity[hits], time[hits])
    return time > caught_at[entity]


def highest_before(entity: IntArray, time: FloatArray, target: BoolArray, score: FloatArray) -> FloatArray:
    """Return the highest score of the positive rows that are of the same entity and earlier.

    A row is spared by the cuts below that, and by no others: this says of every cut what `after_catch` says
    of one.

    Parameters
    ----------
    entity : ndarray of int64, shape (n_rows,)
    time : ndarray of float64, shape (n_rows,)
    target : ndarray of bool, shape (n_rows,)
    score : ndarray of float64, shape (n_rows,)

    Returns
    -------
    ndarray of float64, shape (n_rows,)
        -inf for a row that no positive row of its entity comes before.

    Examples
    --------
    >>> card, day = np.array([0, 0, 0, 0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> fraud, score = np.array([True, False, True, False]), np.array([0.2, 0.9, 0.7, 0.1])
    >>> highest_before(card, day, fraud, score)
    array([-inf,  0.2,  0.2,  0.7])
    """
    order = np.lexsort((time, entity))
    owner, when = entity[order], time[order]
    levels, level = np.unique(np.where(target, score, -np.inf)[order], return_inverse=True)
    first = _changes(owner)
    number = np.cumsum(first) - 1
    # entities stand one after another, each above all before it, so that one running maximum does for all
    running = np.maximum.accumulate(number * levels.size + level) - number * levels.size
    moment = first | _changes(when)
    begins = np.flatnonzero(moment)[np.cumsum(moment) - 1]
    later = ~first[begins]
    found = np.full(entity.size, -np.inf)
    found[order[later]] = levels[running[begins[later] - 1]]
    return found


def _changes(values: IntArray | FloatArray) -> BoolArray:
    """Return where a value is not that of the row before it."""
    return np.concatenate((np.ones(min(values.size, 1), dtype=np.bool_), values[1:] != values[:-1]))


ENTITY_SUMS = 4
"""How many columns `entity_columns` has."""


def entity_columns(
    entity: IntArray, after: BoolArray, target: BoolArray, flagged: BoolArray, weight: FloatArray
) -> FloatArray:
    """Return columns whose sums over rows count entities and alerts.

    Parameters
    ----------
    entity : ndarray of int64, shape (n_rows,)
    after : ndarray of bool, shape (n_rows,)
        As of `after_catch`.
    target, flagged : ndarray of bool, shape (n_rows,)
    weight : ndarray of float64, shape (n_rows,)
        Of the rows; an entity weighs as much as its rows do on average.

    Returns
    -------
    ndarray of float64, shape (n_rows, 4)
        Entities; those with a positive row; those that were caught; alerts until an entity is caught.

    Examples
    --------
    >>> card, one = np.array([0, 0, 1, 2]), np.ones(4)
    >>> fraud, flagged = np.array([True, True, True, False]), np.array([True, True, False, True])
    >>> after = np.array([False, True, False, False])
    >>> entity_columns(card, after, fraud, flagged, one).sum(axis=0)
    array([3., 2., 1., 2.])
    """
    _, member = np.unique(entity, return_inverse=True)
    share = weight / np.maximum(np.bincount(member), 1)[member]
    positive, caught = (np.bincount(member, hits)[member] > 0.0 for hits in (target, target & flagged))
    return np.stack([share, share * positive, share * caught, weight * (flagged & ~after)], axis=1)


def caught_share_of_sums(sums: FloatArray) -> FloatArray:
    """Return the share of entities with a positive that are caught, of sums along the last axis; or NaN."""
    return _ratio(sums[..., 2], sums[..., 1])


def alerts_of_sums(sums: FloatArray) -> FloatArray:
    """Return the alerts per entity, until it is caught, of sums along the last axis; or NaN."""
    return _ratio(sums[..., 3], sums[..., 0])


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    value = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=value, where=whole > 0.0)
    return value
