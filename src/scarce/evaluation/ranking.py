"""How well scores rank: average precision first, because it looks where scarce positives are.

Every metric is written once, over the weight of either class at each distinct score from the highest
down (``*_of_steps``, vectorised over leading axes), so that the bootstrap computes the very same figure.
Equal scores are one step: no metric depends on the order of the rows. Metrics that need both classes
are NaN without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import as_weight
from scarce.decision.cuts import Steps
from scarce.errors import ScarceError

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.decision.arrays import FloatArray, Numbers

_SAME = 1e-12


def average_precision(
    target: Numbers,
    score: Numbers,
    weight: Numbers | None = None,
    part: npt.NDArray[np.integer] | None = None,
) -> float:
    """Return the average precision, ``sum (recall_k - recall_{k-1}) precision_k`` over distinct scores.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    score : array-like of float, shape (n_rows,)
        Log-odds, or anything that grows with them.
    weight : array-like of float, shape (n_rows,), optional
    part : array of int, shape (n_rows,), optional
        Rows of different parts, such as folds, are ranked apart; the figure is the mean over the parts that
        have positives.

    Returns
    -------
    float
        NaN without positives.

    Notes
    -----
    A random ranking scores the prevalence, not .5: print it beside the prevalence.

    Examples
    --------
    >>> average_precision([1, 0, 1, 0], [3.0, 2.0, 1.0, 0.0]).__round__(4)
    0.8333
    """
    if part is not None:
        truth, scores, weights = np.asarray(target), np.asarray(score), as_weight(weight, part.size)
        members = [part == label for label in np.unique(part)]
        found = [average_precision(truth[rows], scores[rows], weights[rows]) for rows in members]
        defined = [value for value in found if not np.isnan(value)]
        return float(np.mean(defined)) if defined else float("nan")
    steps = Steps.of(target, score, weight)
    return float(average_precision_of_steps(steps.positive, steps.negative))


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


def roc_auc(target: Numbers, score: Numbers, weight: Numbers | None = None) -> float:
    """Return the chance that a positive scores above a negative, ties counting one half.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    score : array-like of float, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional

    Returns
    -------
    float
        NaN unless both classes are present.

    Notes
    -----
    When positives are scarce it is near 1 for models that flag mostly negatives: read the average
    precision too.

    Examples
    --------
    >>> roc_auc([1, 0, 1, 0], [3.0, 2.0, 1.0, 0.0])
    0.75
    """
    steps = Steps.of(target, score, weight)
    return float(roc_auc_of_steps(steps.positive, steps.negative))


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


def partial_auc(
    target: Numbers, score: Numbers, weight: Numbers | None = None, *, max_fpr: float = 0.01
) -> float:
    """Return the ROC area up to a false-positive rate, standardised after McClish (1989).

    ``(1 + (A - a) / (f - a)) / 2`` with ``a = f^2/2``: 0.5 for chance, 1 for a perfect ranking, as
    scikit-learn's ``roc_auc_score(max_fpr=f)``.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    score : array-like of float, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional
    max_fpr : float
        In (0, 1].

    Returns
    -------
    float
        NaN unless both classes are present.

    Examples
    --------
    >>> partial_auc([1, 0, 1, 0], [3.0, 2.0, 1.0, 0.0], max_fpr=0.5).__round__(4)
    0.6667
    """
    steps = Steps.of(target, score, weight)
    return float(partial_auc_of_steps(steps.positive, steps.negative, max_fpr=max_fpr))


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


def recall_at_precision(
    target: Numbers, score: Numbers, weight: Numbers | None = None, *, precision: float = 0.9
) -> float:
    """Return the highest recall of all cuts whose precision is at least `precision`.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    score : array-like of float, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional
    precision : float
        In (0, 1].

    Returns
    -------
    float
        0 when no cut is that precise; NaN without positives.

    Notes
    -----
    The best of many cuts on the same rows: optimistic when positives are few.

    Examples
    --------
    >>> recall_at_precision([1, 0, 1, 0], [3.0, 2.0, 1.0, 0.0], precision=0.9)
    0.5
    """
    steps = Steps.of(target, score, weight)
    return float(recall_at_precision_of_steps(steps.positive, steps.negative, precision=precision))


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


def precision_at_recall(
    target: Numbers, score: Numbers, weight: Numbers | None = None, *, recall: float = 0.8
) -> float:
    """Return the highest precision of all cuts whose recall is at least `recall`.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    score : array-like of float, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional
    recall : float
        In (0, 1].

    Returns
    -------
    float
        NaN without positives.

    Examples
    --------
    >>> precision_at_recall([1, 0, 1, 0], [3.0, 2.0, 1.0, 0.0], recall=1.0).__round__(4)
    0.6667
    """
    steps = Steps.of(target, score, weight)
    return float(precision_at_recall_of_steps(steps.positive, steps.negative, recall=recall))


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


def precision_at_k(target: Numbers, score: Numbers, weight: Numbers | None = None, *, k: float) -> float:
    """Return the precision among the `k` highest scores.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    score : array-like of float, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional
    k : float
        How many rows (of the population, when rows are weighted) are looked at; above 0. More than there
        are means all of them.

    Returns
    -------
    float
        NaN when there are no rows.

    Notes
    -----
    Where equal scores straddle the k-th place, the expectation over their random order is taken.

    Examples
    --------
    >>> precision_at_k([1, 0, 1, 0], [3.0, 2.0, 2.0, 0.0], k=2)
    0.75
    """
    steps = Steps.of(target, score, weight)
    return float(precision_at_k_of_steps(steps.positive, steps.negative, k=k))


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
