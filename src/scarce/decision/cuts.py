"""All the cuts a set of scores allows: distinct scores with the weight of each class, sorted once.

Rows with the same score can only be flagged together, so a cut lies between two *steps*. Every exact
fit and every ranking metric reads its answer off the cumulative sums of a `Steps`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scarce.decision.arrays import FloatArray, IntArray, Numbers, as_scores, as_target, as_weight


@dataclass(frozen=True, eq=False)
class Steps:
    """Distinct scores from the highest down, with the weight of either class at each.

    Parameters
    ----------
    score : ndarray of float64, shape (n_steps,)
        Strictly falling.
    positive, negative : ndarray of float64, shape (n_steps,)
        Weight of the rows of each class that have this score.

    Examples
    --------
    >>> steps = Steps.of([1, 0, 1], [2.0, 1.0, 1.0])
    >>> steps.score, steps.positive, steps.negative
    (array([2., 1.]), array([1., 1.]), array([0., 1.]))
    """

    score: FloatArray
    positive: FloatArray
    negative: FloatArray

    @classmethod
    def of(cls, target: Numbers, score: Numbers, weight: Numbers | None = None) -> Steps:
        """Sort the scores and add up the weights of equal ones.

        Parameters
        ----------
        target : array-like of 0/1, shape (n_rows,)
        score : array-like of float, shape (n_rows,)
        weight : array-like of float, shape (n_rows,), optional

        Returns
        -------
        Steps
        """
        scores = as_scores(score, "score")
        positive = as_target(target, scores.size)
        weights = as_weight(weight, scores.size)
        order, starts = falling_groups(scores)
        weights = weights[order]
        gain = np.where(positive[order], weights, 0.0)
        if starts.size == 0:
            return cls(scores, scores, scores)
        return cls(
            scores[order][starts],
            np.add.reduceat(gain, starts),
            np.add.reduceat(weights - gain, starts),
        )

    def flagged(self) -> tuple[FloatArray, FloatArray]:
        """Return true and false positives when the first 0, 1, ... n_steps steps are flagged."""
        return _from_zero(self.positive), _from_zero(self.negative)


def falling_groups(score: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the order of falling scores and where each group of equal scores starts in it.

    Parameters
    ----------
    score : ndarray of float64, shape (n_rows,)

    Returns
    -------
    order : ndarray of int64, shape (n_rows,)
    starts : ndarray of int64, shape (n_groups,)

    Examples
    --------
    >>> order, starts = falling_groups(np.array([1.0, 3.0, 1.0]))
    >>> order.tolist(), starts.tolist()
    ([1, 0, 2], [0, 1])
    """
    order = np.argsort(-score, kind="stable").astype(np.int64)
    falling = score[order]
    if falling.size == 0:
        return order, np.zeros(0, dtype=np.int64)
    new = np.flatnonzero(falling[1:] != falling[:-1]) + 1
    return order, np.concatenate(([0], new)).astype(np.int64)


def cut_after(score: FloatArray, count: int) -> float:
    """Return a cut that flags exactly the first `count` of the distinct falling scores.

    A row is flagged when its score is *above* the cut. The cut is the midpoint of the neighbouring
    scores; at the ends it stays at the outermost finite score, so that it is always finite.

    Parameters
    ----------
    score : ndarray of float64, shape (n_steps,)
        Distinct finite scores, falling.
    count : int
        0 flags none of them, n_steps all.

    Returns
    -------
    float

    Examples
    --------
    >>> score = np.array([3.0, 1.0])
    >>> cut_after(score, 0), cut_after(score, 1), cut_after(score, 2) < 1.0
    (3.0, 2.0, True)
    """
    if score.size == 0:
        return 0.0
    if count == 0:
        return float(score[0])
    if count == score.size:
        return float(np.nextafter(score[-1], -np.inf))
    above, below = float(score[count - 1]), float(score[count])
    middle = below / 2.0 + above / 2.0
    # neighbouring floats have no midpoint: the lower one still flags the upper one only
    return middle if below <= middle < above else below


def cuts_between(score: FloatArray) -> FloatArray:
    """Return `cut_after` for every count from 0 to n_steps.

    Parameters
    ----------
    score : ndarray of float64, shape (n_steps,)
        Distinct finite scores, falling.

    Returns
    -------
    ndarray of float64, shape (n_steps + 1,)

    Examples
    --------
    >>> cuts_between(np.array([3.0, 1.0])).round(6)
    array([3., 2., 1.])
    """
    if score.size == 0:
        return np.zeros(1)
    above, below = score[:-1], score[1:]
    middle = below / 2.0 + above / 2.0
    inner = np.where((below <= middle) & (middle < above), middle, below)
    return np.concatenate(([score[0]], inner, [np.nextafter(score[-1], -np.inf)]))


def cut_range(score: FloatArray, count: int) -> tuple[float, float]:
    """Return the cuts [low, high) that flag exactly the first `count` distinct falling scores.

    Parameters
    ----------
    score : ndarray of float64, shape (n_steps,)
    count : int

    Returns
    -------
    low, high : float
        -inf and +inf at the ends.

    Examples
    --------
    >>> cut_range(np.array([3.0, 1.0]), 1)
    (1.0, 3.0)
    """
    low = -np.inf if count == score.size else float(score[count])
    high = np.inf if count == 0 else float(score[count - 1])
    return low, high


def _from_zero(values: FloatArray) -> FloatArray:
    return np.concatenate(([0.0], np.cumsum(values)))
