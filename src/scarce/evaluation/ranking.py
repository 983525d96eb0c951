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
from scarce.evaluation.ranking_of_steps import (
    average_precision_of_steps,
    partial_auc_of_steps,
    precision_at_k_of_steps,
    precision_at_recall_of_steps,
    recall_at_precision_of_steps,
    roc_auc_of_steps,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.decision.arrays import Numbers


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
