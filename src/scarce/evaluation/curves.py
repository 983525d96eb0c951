"""The numbers behind the report's pictures: few points, no row of the data, exact where they stand.

Every curve is a frozen dataclass of float64 arrays of one length. Thinning keeps points of the full
curve and draws nothing in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.cuts import Steps
from scarce.evaluation.probability import prevalence
from scarce.evaluation.ranking_of_steps import average_precision_of_steps
from scarce.evaluation.thinning import MOST_POINTS, corners

if TYPE_CHECKING:
    from scarce.decision.arrays import FloatArray, Numbers


@dataclass(frozen=True, eq=False)
class PrecisionRecallCurve:
    """Precision against recall, from the highest cut down.

    Parameters
    ----------
    recall, precision : ndarray of float64, shape (n_points,)
        Recall rises; draw it as steps, for there is no point between two neighbours.
    prevalence : float
        Precision of a random ranking.
    average_precision : float
        Of all points, not of the thinned ones.

    Examples
    --------
    >>> precision_recall_curve([1, 0, 1, 0], [3.0, 2.0, 1.0, 0.0]).recall
    array([0.5, 0.5, 1. , 1. ])
    """

    recall: FloatArray
    precision: FloatArray
    prevalence: float
    average_precision: float


def precision_recall_curve(
    target: Numbers, log_odds: Numbers, weight: Numbers | None = None, *, most: int = MOST_POINTS
) -> PrecisionRecallCurve:
    """Return the precision-recall curve in at most about `most` points.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    log_odds : array-like of float, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional
    most : int
        Thinned by dropping the points that matter least to the picture, precision on a log scale.

    Returns
    -------
    PrecisionRecallCurve
        Empty without positives.

    Examples
    --------
    >>> precision_recall_curve([1, 0], [1.0, 0.0]).precision
    array([1. , 0.5])
    """
    steps = Steps.of(target, log_odds, weight)
    tp, fp = np.cumsum(steps.positive), np.cumsum(steps.negative)
    total = float(tp[-1]) if tp.size else 0.0
    if total == 0.0:
        empty = np.zeros(0)
        return PrecisionRecallCurve(empty, empty, prevalence(target, weight), float("nan"))
    used = tp + fp > 0.0
    recall, precision = tp[used] / total, tp[used] / (tp + fp)[used]
    kept = corners(recall, np.log10(np.maximum(precision, 1e-6)), most)
    return PrecisionRecallCurve(
        recall[kept],
        precision[kept],
        prevalence(target, weight),
        float(average_precision_of_steps(steps.positive, steps.negative)),
    )


@dataclass(frozen=True, eq=False)
class CapacityCurve:
    """What working through the likeliest rows finds.

    Parameters
    ----------
    share, recall, precision : ndarray of float64, shape (n_points,)
        Share of the (weighted) rows that is flagged, rising.

    Examples
    --------
    >>> capacity_curve([1, 0, 0, 0], [3.0, 2.0, 1.0, 0.0]).share
    array([0.25, 0.5 , 0.75, 1.  ])
    """

    share: FloatArray
    recall: FloatArray
    precision: FloatArray


def capacity_curve(
    target: Numbers, log_odds: Numbers, weight: Numbers | None = None, *, most: int = MOST_POINTS
) -> CapacityCurve:
    """Return recall and precision against the share of rows flagged.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    log_odds : array-like of float, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional
    most : int
        Thinned for a picture with the share on a log scale.

    Returns
    -------
    CapacityCurve
        Empty without positives.

    Examples
    --------
    >>> capacity_curve([1, 0, 0, 0], [3.0, 2.0, 1.0, 0.0]).recall
    array([1., 1., 1., 1.])
    """
    steps = Steps.of(target, log_odds, weight)
    tp, flagged = np.cumsum(steps.positive), np.cumsum(steps.positive + steps.negative)
    if not (tp.size and tp[-1] > 0.0):
        empty = np.zeros(0)
        return CapacityCurve(empty, empty, empty)
    used = flagged > 0.0
    tp, flagged = tp[used], flagged[used]
    share = flagged / flagged[-1]
    kept = corners(np.log10(share), tp / tp[-1], most)
    return CapacityCurve(share[kept], (tp / tp[-1])[kept], (tp / flagged)[kept])
