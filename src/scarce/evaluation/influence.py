"""What each row does to a figure: the derivative of the figure by the row's weight, times the weight.

To first order a figure of other rows of the same population differs from this one by a sum of such
influences, so that their squares give its variance, and those of two arms on the same rows that of the
difference (the infinitesimal jackknife).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import as_scores, as_target, as_weight

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.decision.arrays import FloatArray, Numbers


def influence_on_mean(values: Numbers, weight: Numbers | None = None) -> FloatArray:
    """Return each row's influence on a weighted mean over rows.

    Parameters
    ----------
    values : array-like of float, shape (n_rows,)
        A cost or a loss of each row.
    weight : array-like of float, shape (n_rows,), optional

    Returns
    -------
    ndarray of float64, shape (n_rows,)
        They sum to 0.

    Examples
    --------
    >>> influence_on_mean([0.0, 0.0, 3.0])
    array([-0.33333333, -0.33333333,  0.66666667])
    """
    found = np.asarray(values, dtype=np.float64)
    weights = as_weight(weight, found.size)
    total = weights.sum()
    return weights * (found - weights @ found / total) / total


def influence_on_average_precision(
    target: Numbers,
    score: Numbers,
    weight: Numbers | None = None,
    part: npt.NDArray[np.integer] | None = None,
) -> FloatArray:
    """Return each row's influence on the average precision.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    score : array-like of float, shape (n_rows,)
        Equal scores are one step.
    weight : array-like of float, shape (n_rows,), optional
    part : array of int, shape (n_rows,), optional
        Rows of different parts, such as folds, are ranked apart; the figure is the mean over the parts that
        have positives.

    Returns
    -------
    ndarray of float64, shape (n_rows,)
        They sum to 0. All 0 without positives.

    Examples
    --------
    >>> influence_on_average_precision([1, 0, 1, 0], [3.0, 2.0, 1.0, 0.0]).round(4) + 0.0
    array([ 0.1389, -0.1111, -0.0278,  0.    ])
    """
    scores = as_scores(score)
    positive, weights = as_target(target, scores.size), as_weight(weight, scores.size)
    parts = np.zeros(scores.size, dtype=np.int64) if part is None else np.asarray(part)
    found = np.zeros(scores.size)
    members = [np.flatnonzero(parts == label) for label in np.unique(parts)]
    defined = [rows for rows in members if weights[rows] @ positive[rows] > 0.0]
    for rows in defined:
        found[rows] = _of_one_ranking(positive[rows], scores[rows], weights[rows]) / len(defined)
    return found


def _of_one_ranking(positive: npt.NDArray[np.bool_], score: FloatArray, weight: FloatArray) -> FloatArray:
    step = np.unique(-score, return_inverse=True)[1]
    gained = np.bincount(step, weight * positive)
    true, flagged = np.cumsum(gained), np.cumsum(np.bincount(step, weight))
    share = gained / true[-1]
    precision = np.divide(true, flagged, out=np.zeros_like(true), where=flagged > 0.0)
    slope = np.divide(share, flagged, out=np.zeros_like(true), where=flagged > 0.0)
    # what one more positive, or negative, does to the precision at its own step and at all below it
    more = np.cumsum((slope * (1.0 - precision))[::-1])[::-1]
    fewer = np.cumsum((slope * precision)[::-1])[::-1]
    own = (precision - share @ precision) / true[-1]
    return weight * np.where(positive, own[step] + more[step], -fewer[step])
