"""The numbers behind the report's pictures: few points, no row of the data, exact where they stand.

Every curve is a frozen dataclass of float64 arrays of one length. Thinning keeps points of the full
curve and draws nothing in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    Numbers,
    as_scores,
    as_target,
    as_weight,
)
from scarce.decision.cuts import Steps, cuts_between, falling_groups
from scarce.evaluation.decisions import PER_ROWS, CostSummary
from scarce.evaluation.probability import prevalence
from scarce.evaluation.ranking import average_precision_of_steps
from scarce.evaluation.reliability import ReliabilityCurve, reliability_curve
from scarce.evaluation.thinning import corners, slider_positions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scarce.decision.costs import Costs

__all__ = [
    "CapacityCurve",
    "CostCurve",
    "ExplorerTable",
    "PrecisionRecallCurve",
    "ReliabilityCurve",
    "capacity_curve",
    "cost_curve",
    "explorer_table",
    "precision_recall_curve",
    "reliability_curve",
]

MOST_POINTS = 300
MOST_CUTS = 500


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


@dataclass(frozen=True, eq=False)
class ExplorerTable:
    """What happens at each of a few hundred cuts, for a slider.

    Parameters
    ----------
    cut : ndarray of float64, shape (n_cuts,)
        Falling; a row is flagged when its score is above the cut. The first flags nothing, the last all
        but the rows whose miss costs nothing.
    tp, fp, fn, tn : ndarray of float64, shape (n_cuts,)
        Weighted counts.
    cost_tp, cost_fp, cost_fn, cost_tn : ndarray of float64, shape (n_cuts,)
        Summed cost of those rows, in the unit of the costs; 0 without costs.
    total : float
        Sum of the weights.

    Examples
    --------
    >>> explorer_table([1, 0], [1.0, 0.0]).tp
    array([0., 1., 1.])
    """

    cut: FloatArray
    tp: FloatArray
    fp: FloatArray
    fn: FloatArray
    tn: FloatArray
    cost_tp: FloatArray
    cost_fp: FloatArray
    cost_fn: FloatArray
    cost_tn: FloatArray
    total: float

    @property
    def cost(self) -> FloatArray:
        """Cost of each cut per 10,000 rows."""
        return (self.cost_tp + self.cost_fp + self.cost_fn + self.cost_tn) * (PER_ROWS / self.total)

    def take(self, lines: IntArray) -> ExplorerTable:
        """Return some lines of the table.

        Parameters
        ----------
        lines : ndarray of int64

        Returns
        -------
        ExplorerTable
        """
        return ExplorerTable(
            self.cut[lines],
            self.tp[lines],
            self.fp[lines],
            self.fn[lines],
            self.tn[lines],
            self.cost_tp[lines],
            self.cost_fp[lines],
            self.cost_fn[lines],
            self.cost_tn[lines],
            self.total,
        )


def explorer_table(
    target: Numbers,
    log_odds: Numbers,
    weight: Numbers | None = None,
    *,
    costs: Costs | None = None,
    at: Sequence[float] = (),
    most: int = MOST_CUTS,
) -> ExplorerTable:
    """Return counts and costs at up to `most` cuts.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    log_odds : array-like of float, shape (n_rows,)
        Calibrated log posterior odds.
    weight : array-like of float, shape (n_rows,), optional
    costs : Costs, optional
        With costs the cuts are on the cost score, where 0 is Bayes; else on the log-odds.
    at : sequence of float
        Cuts that must be in the table, such as the rule's own.
    most : int
        Half of them lie evenly over the flagged share on a log scale, half over the recall.

    Returns
    -------
    ExplorerTable

    Examples
    --------
    >>> from scarce.decision import Costs
    >>> explorer_table([1, 0], [1.0, 0.0], costs=Costs(fn=100.0, fp=5.0)).cost_fn
    array([100.,   0.,   0.])
    """
    every, distinct = _every_cut(target, log_odds, weight, costs)
    wanted = np.array([np.count_nonzero(distinct > cut) for cut in at], dtype=np.int64)
    every.cut[wanted] = at
    kept = slider_positions(every.tp, every.fp, wanted, most)
    return every.take(kept)


@dataclass(frozen=True, eq=False)
class CostCurve:
    """Expected cost against the cut, per 10,000 rows.

    Parameters
    ----------
    cut, cost : ndarray of float64, shape (n_points,)
        Cuts on the cost score, falling; 0 is the Bayes cut.
    flagged_share : ndarray of float64, shape (n_points,)
    nothing, everything, bayes, best : float
        Cost of flagging nothing, everything, by the Bayes cut, and by the best of all cuts.

    Examples
    --------
    >>> from scarce.decision import Costs
    >>> curve = cost_curve([1, 0], [1.0, -9.0], costs=Costs(fn=100.0, fp=5.0))
    >>> curve.nothing, curve.bayes, curve.everything
    (500000.0, 0.0, 25000.0)
    """

    cut: FloatArray
    cost: FloatArray
    flagged_share: FloatArray
    nothing: float
    everything: float
    bayes: float
    best: float


def cost_curve(
    target: Numbers,
    log_odds: Numbers,
    weight: Numbers | None = None,
    *,
    costs: Costs,
    most: int = MOST_POINTS,
) -> CostCurve:
    """Return the cost of every cut, thinned for a picture.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    log_odds : array-like of float, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional
    costs : Costs
    most : int

    Returns
    -------
    CostCurve

    Notes
    -----
    `best` was chosen on these very rows: it is a bound, not a promise.

    Examples
    --------
    >>> from scarce.decision import Costs
    >>> cost_curve([1, 0], [1.0, -9.0], costs=Costs(fn=100.0, fp=5.0)).best
    0.0
    """
    every, _ = _every_cut(target, log_odds, weight, costs)
    cost = every.cost
    share = (every.tp + every.fp) / every.total
    flags = costs.score(as_scores(log_odds)) > 0.0
    summary = CostSummary.of(target, flags, costs, weight)
    kept = corners(every.cut, np.log10(np.maximum(cost, 1e-12)), most)
    return CostCurve(
        every.cut[kept],
        cost[kept],
        share[kept],
        nothing=summary.flag_nothing,
        everything=summary.flag_everything,
        bayes=summary.cost,
        best=float(cost.min()),
    )


def _every_cut(
    target: Numbers, log_odds: Numbers, weight: Numbers | None, costs: Costs | None
) -> tuple[ExplorerTable, FloatArray]:
    """Return the table with a line for every cut between finite scores, and those scores."""
    scores = as_scores(log_odds)
    positive = as_target(target, scores.size)
    weights = as_weight(weight, scores.size)
    if costs is not None:
        scores = costs.score(scores)
    order, starts = falling_groups(scores)
    distinct = scores[order][starts]
    finite = distinct[np.isfinite(distinct)]
    first = int(np.count_nonzero(distinct == np.inf))
    lines = slice(first, first + finite.size + 1)
    flagged, unflagged = (
        _running_sums(_outcome_columns(positive, weights, costs, flags)[:, order], starts)
        for flags in (True, False)
    )
    rest = unflagged[:, -1:] - unflagged
    # the cumulative sums leave a rounding error where nothing is left
    rest = np.where(rest < 1e-9 * np.abs(unflagged[:, -1:]), 0.0, rest)
    tp, fp, cost_tp, cost_fp = flagged[:, lines]
    fn, tn, cost_fn, cost_tn = rest[:, lines]
    cut, total = cuts_between(finite), float(weights.sum())
    return ExplorerTable(cut, tp, fp, fn, tn, cost_tp, cost_fp, cost_fn, cost_tn, total), finite


def _outcome_columns(
    positive: BoolArray, weight: FloatArray, costs: Costs | None, flagged: bool
) -> FloatArray:
    """Return weight and cost of each row, positives and negatives apart, if all are (not) flagged."""
    money = np.zeros_like(weight)
    if costs is not None:
        money = weight * costs.of_rows(positive, np.full_like(positive, flagged))
    columns = [np.where(rows, values, 0.0) for values in (weight, money) for rows in (positive, ~positive)]
    return np.stack(columns)


def _running_sums(columns: FloatArray, starts: IntArray) -> FloatArray:
    """Return the sums of the first 0, 1, ... groups along the last axis."""
    zero = np.zeros((columns.shape[0], 1))
    if starts.size == 0:
        return zero
    return np.concatenate([zero, np.cumsum(np.add.reduceat(columns, starts, axis=1), axis=1)], axis=1)
