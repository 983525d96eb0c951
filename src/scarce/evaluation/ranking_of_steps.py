"""Ranking metrics as functions of the weight of either class at each distinct score, from the highest down.

Each is vectorised over leading axes, so that a bootstrap computes for all replicates at once the very figure
that it resamples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from scarce.decision.arrays import FloatArray

_SAME = 1e-12


def average_precision_of_steps(positive: FloatArray, negative: FloatArray) -> FloatArray:
    """Return the average precision of steps along the last axis.

    Parameters
    ----------
    positive, negative : ndarray of float64, shape (..., n_steps)

    Returns
    -------
    ndarray of float64, shape (...)

    Examples
    --------
    >>> float(average_precision_of_steps(np.array([1.0, 1.0]), np.array([0.0, 1.0])).round(4))
    0.8333
    """
    tp = np.cumsum(positive, axis=-1)
    flagged = tp + np.cumsum(negative, axis=-1)
    precision = _ratio(tp, flagged, 0.0)
    return _ratio((positive * precision).sum(axis=-1), positive.sum(axis=-1), np.nan)


def roc_auc_of_steps(positive: FloatArray, negative: FloatArray) -> FloatArray:
    """Return the ROC AUC of steps along the last axis.

    Parameters
    ----------
    positive, negative : ndarray of float64, shape (..., n_steps)

    Returns
    -------
    ndarray of float64, shape (...)

    Examples
    --------
    >>> float(roc_auc_of_steps(np.array([1.0, 1.0]), np.array([0.0, 1.0])))
    0.75
    """
    above = np.cumsum(positive, axis=-1) - 0.5 * positive
    pairs = positive.sum(axis=-1) * negative.sum(axis=-1)
    return _ratio((negative * above).sum(axis=-1), pairs, np.nan)


def partial_auc_of_steps(positive: FloatArray, negative: FloatArray, *, max_fpr: float = 0.01) -> FloatArray:
    """Return the standardised partial AUC of steps along the last axis.

    Parameters
    ----------
    positive, negative : ndarray of float64, shape (..., n_steps)
    max_fpr : float

    Returns
    -------
    ndarray of float64, shape (...)

    Examples
    --------
    >>> float(partial_auc_of_steps(np.array([1.0]), np.array([1.0])))
    0.5
    """
    _check_level("max_fpr", max_fpr)
    n_negative = negative.sum(axis=-1, keepdims=True)
    share = _ratio(negative, n_negative, np.nan)
    before = np.cumsum(share, axis=-1) - share
    inside = np.clip(max_fpr - before, 0.0, share)
    part = _ratio(inside, share, 0.0)
    reached = np.cumsum(positive, axis=-1)
    # within a step of equal scores the curve is a straight line: its mean height up to `part` of it
    height = reached - positive + 0.5 * positive * part
    area = _ratio((inside * height).sum(axis=-1), positive.sum(axis=-1), np.nan)
    chance = 0.5 * max_fpr * max_fpr
    return 0.5 * (1.0 + (area - chance) / (max_fpr - chance))


def recall_at_precision_of_steps(
    positive: FloatArray, negative: FloatArray, *, precision: float = 0.9
) -> FloatArray:
    """Return the recall at a precision of steps along the last axis.

    Parameters
    ----------
    positive, negative : ndarray of float64, shape (..., n_steps)
    precision : float

    Returns
    -------
    ndarray of float64, shape (...)

    Examples
    --------
    >>> float(recall_at_precision_of_steps(np.array([1.0, 1.0]), np.array([0.0, 1.0]), precision=0.6))
    1.0
    """
    _check_level("precision", precision)
    tp = np.cumsum(positive, axis=-1)
    reached = _ratio(tp, tp + np.cumsum(negative, axis=-1), 0.0)
    best = np.max(np.where(reached >= precision - _SAME, tp, 0.0), axis=-1, initial=0.0)
    return _ratio(best, positive.sum(axis=-1), np.nan)


def precision_at_recall_of_steps(
    positive: FloatArray, negative: FloatArray, *, recall: float = 0.8
) -> FloatArray:
    """Return the precision at a recall of steps along the last axis.

    Parameters
    ----------
    positive, negative : ndarray of float64, shape (..., n_steps)
    recall : float

    Returns
    -------
    ndarray of float64, shape (...)

    Examples
    --------
    >>> float(precision_at_recall_of_steps(np.array([1.0, 1.0]), np.array([0.0, 2.0]), recall=1.0))
    0.5
    """
    _check_level("recall", recall)
    tp = np.cumsum(positive, axis=-1)
    total = positive.sum(axis=-1, keepdims=True)
    reached = _ratio(tp, tp + np.cumsum(negative, axis=-1), 0.0)
    allowed = tp >= recall * total * (1.0 - _SAME)
    best = np.max(np.where(allowed, reached, 0.0), axis=-1, initial=0.0)
    return np.where(total[..., 0] > 0.0, best, np.nan)


def precision_at_k_of_steps(positive: FloatArray, negative: FloatArray, *, k: float) -> FloatArray:
    """Return the precision among the k highest of steps along the last axis.

    Parameters
    ----------
    positive, negative : ndarray of float64, shape (..., n_steps)
    k : float

    Returns
    -------
    ndarray of float64, shape (...)

    Examples
    --------
    >>> float(precision_at_k_of_steps(np.array([1.0, 1.0]), np.array([0.0, 1.0]), k=1))
    1.0
    """
    if not (np.isfinite(k) and k > 0.0):
        raise ScarceError("E255", name="k", allowed="above 0", value=k)
    rows = positive + negative
    before = np.cumsum(rows, axis=-1) - rows
    part = _ratio(np.clip(k - before, 0.0, rows), rows, 0.0)
    taken = np.minimum(k, rows.sum(axis=-1))
    return _ratio((positive * part).sum(axis=-1), taken, np.nan)


def _ratio(numerator: FloatArray, denominator: FloatArray, otherwise: float) -> FloatArray:
    """Divide, with `otherwise` where the denominator is 0."""
    shape = np.broadcast_shapes(np.shape(numerator), np.shape(denominator))
    out = np.full(shape, otherwise, dtype=np.float64)
    np.divide(numerator, denominator, out=out, where=np.broadcast_to(denominator > 0.0, shape))
    return out


def _check_level(name: str, level: float) -> None:
    if not 0.0 < level <= 1.0:
        raise ScarceError("E255", name=name, allowed="above 0 and at most 1", value=level)
