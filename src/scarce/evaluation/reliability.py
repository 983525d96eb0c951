"""Reliability: whether a posterior of 2 % is right twice in a hundred."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from scarce.decision.arrays import FloatArray, IntArray, Numbers, as_scores, as_target, as_weight, expit
from scarce.decision.cuts import falling_groups


@dataclass(frozen=True, eq=False)
class ReliabilityCurve:
    """Predicted against found share of positives, bin by bin.

    Parameters
    ----------
    predicted, observed : ndarray of float64, shape (n_bins,)
        Weighted mean posterior, and weighted share of positives.
    low, high : ndarray of float64, shape (n_bins,)
        Wilson interval of `observed`, on the effective number of rows ``(sum w)^2 / sum w^2``.
    rows, positives : ndarray of float64, shape (n_bins,)
        Unweighted counts.

    Examples
    --------
    >>> curve = reliability_curve([1, 0] * 4 + [0] * 20, [0.0] * 8 + [-2.0] * 20, bins=2)
    >>> curve.predicted.round(2), curve.observed
    (array([0.12, 0.5 ]), array([0. , 0.5]))
    """

    predicted: FloatArray
    observed: FloatArray
    low: FloatArray
    high: FloatArray
    rows: FloatArray
    positives: FloatArray


def reliability_curve(
    target: Numbers,
    log_odds: Numbers,
    weight: Numbers | None = None,
    *,
    bins: int = 10,
    level: float = 0.95,
) -> ReliabilityCurve:
    """Return the reliability curve, low posteriors first.

    The bins hold equal shares of the *expected* positives (the posterior's own sum), so that the upper
    posteriors, where decisions are made, are not one bin; they are parted again at .1, .01, .001 ..., and
    joined where fewer than one positive is expected.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    log_odds : array-like of float, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional
    bins : int
        Number of equal shares; equal scores are never parted.
    level : float
        Of the intervals.

    Returns
    -------
    ReliabilityCurve

    Examples
    --------
    >>> reliability_curve([1, 0], [0.0, 0.0]).high.round(2)
    array([0.91])
    """
    scores = as_scores(log_odds)
    positive = as_target(target, scores.size)
    weights = as_weight(weight, scores.size)
    kept = weights > 0.0
    scores, positive, weights = scores[kept], positive[kept], weights[kept]
    weights = weights / weights.mean() if weights.size else weights  # counted as rows, whatever their unit
    order, starts = falling_groups(-scores)
    if starts.size == 0:
        empty = np.zeros(0)
        return ReliabilityCurve(empty, empty, empty, empty, empty, empty)
    weights, posterior, found = weights[order], expit(scores[order]), positive[order].astype(np.float64)
    first = _bin_starts(weights * posterior, posterior, starts, bins)
    mass, squared, expected, seen, positives = (
        np.add.reduceat(values, first)
        for values in (weights, weights**2, weights * posterior, weights * found, found)
    )
    low, high = wilson(seen / mass, mass**2 / squared, level)
    rows = np.diff(np.append(first, weights.size)).astype(np.float64)
    return ReliabilityCurve(expected / mass, seen / mass, low, high, rows, positives)


def _bin_starts(mass: FloatArray, posterior: FloatArray, starts: IntArray, bins: int) -> IntArray:
    """Return the first row of each bin; rows rise, `starts` are the rows where their scores change."""
    group = np.add.reduceat(mass, starts)
    share = np.floor((np.cumsum(group) - 0.5 * group) / max(float(mass.sum()), np.finfo(float).tiny) * bins)
    decade = np.floor(np.log10(np.clip(posterior[starts], 1e-15, 0.5)))
    new = np.concatenate(([True], (share[1:] != share[:-1]) | (decade[1:] != decade[:-1])))
    edges = starts[new]
    expected = np.add.reduceat(mass, edges)
    kept = [int(edges[0])]
    held = 0.0
    for edge, inside in zip(edges[1:], expected[:-1], strict=True):
        held += float(inside)
        if held >= 1.0:
            kept.append(int(edge))
            held = 0.0
    return np.array(kept, dtype=np.int64)


def wilson(share: FloatArray, rows: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Return Wilson's interval of shares.

    Parameters
    ----------
    share : ndarray of float64
    rows : ndarray of float64
        Rows behind each share; the effective number where they have weights.
    level : float
        Of confidence, such as 0.95.

    Returns
    -------
    low, high : ndarray of float64

    Examples
    --------
    >>> low, high = wilson(np.array([0.5]), np.array([100.0]), 0.95)
    >>> low.round(3), high.round(3)
    (array([0.404]), array([0.596]))
    """
    z = NormalDist().inv_cdf(0.5 + 0.5 * level)
    centre = (share + z * z / (2.0 * rows)) / (1.0 + z * z / rows)
    half = z / (1.0 + z * z / rows) * np.sqrt(share * (1.0 - share) / rows + (z / (2.0 * rows)) ** 2)
    low = np.where(share <= 0.0, 0.0, np.maximum(centre - half, 0.0))
    return low, np.where(share >= 1.0, 1.0, np.minimum(centre + half, 1.0))
