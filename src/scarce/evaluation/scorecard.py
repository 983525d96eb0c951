"""All the scores of one arm on rows it did not see, each with its interval."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import (
    BoolArray,
    FloatArray,
    Numbers,
    as_scores,
    as_target,
    as_weight,
    expit,
)
from scarce.evaluation.decisions import CELL_METRICS, PER_ROWS, cells_of_rows
from scarce.evaluation.intervals import Bootstrap, Estimate
from scarce.evaluation.probability import LOG_ODDS_CLIP, calibration_line, log_loss_of_rows
from scarce.evaluation.ranking import (
    average_precision_of_steps,
    partial_auc_of_steps,
    precision_at_k_of_steps,
    recall_at_precision_of_steps,
    roc_auc_of_steps,
)
from scarce.evaluation.recalibration import fit_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from scarce.decision.costs import Costs

LOWER_IS_BETTER = frozenset({"log_loss", "brier", "expected_cost"})
_BIN = 0.05


def scorecard(
    target: Numbers,
    log_odds: Numbers,
    flagged: Numbers,
    costs: Costs | None = None,
    weight: Numbers | None = None,
    unit: npt.NDArray[np.generic] | None = None,
    *,
    bootstrap: Bootstrap | None = None,
) -> dict[str, Estimate]:
    """Return every score of the trial with its interval.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    log_odds : array-like of float, shape (n_rows,)
        Calibrated, of rows the model was not fitted to.
    flagged : array-like of bool, shape (n_rows,)
        The rule's decisions, by a cut that was not tuned on the row.
    costs : Costs, optional
        Adds ``expected_cost`` and ``saving`` (against flagging nothing), per 10,000 rows.
    weight : array-like of float, shape (n_rows,), optional
        Rows of the population that each row stands for.
    unit : array, shape (n_rows,), optional
        Rows with the same value (a customer, exact duplicates) are resampled together.
    bootstrap : Bootstrap, optional
        500 replicates at 95 % unless given.

    Returns
    -------
    dict of str to Estimate
        ``average_precision, roc_auc, partial_auc, recall_at_precision, precision_at_k, log_loss, brier,
        calibration_ratio, calibration_slope, calibration_intercept, precision, recall, f1, mcc, g_mean,
        balanced_accuracy, flagged_share``. Partial AUC is up to a false-positive rate of .01, recall at
        precision .9, k the number of positives.

    Notes
    -----
    The intervals hold the cut, the model and its calibration fixed: they say how far these test rows
    could mislead, not how another training set would turn out.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> log_odds = rng.normal(-3.0, 2.0, 2000)
    >>> target = rng.random(2000) < expit(log_odds)
    >>> scores = scorecard(target, log_odds, log_odds > 0.0)
    >>> scores["calibration_slope"].low < 1.0 < scores["calibration_slope"].high
    True
    """
    plan = Bootstrap() if bootstrap is None else bootstrap
    scores = as_scores(log_odds)
    positive = as_target(target, scores.size)
    flags = as_target(flagged, scores.size)
    weights = as_weight(weight, scores.size)
    found = float(weights[positive].sum())
    metrics = {
        "average_precision": average_precision_of_steps,
        "roc_auc": roc_auc_of_steps,
        "partial_auc": functools.partial(partial_auc_of_steps, max_fpr=0.01),
        "recall_at_precision": functools.partial(recall_at_precision_of_steps, precision=0.9),
        "precision_at_k": functools.partial(precision_at_k_of_steps, k=max(found, 1.0)),
    }
    card = plan.ranking(positive, scores, metrics, weights, unit)
    columns, statistics = _columns(positive, scores, flags, costs, weights)
    card |= plan.sums(positive, columns, statistics, unit)
    return card | _calibration_estimates(plan, positive, scores, weights, unit)


def _columns(
    positive: BoolArray, scores: FloatArray, flags: BoolArray, costs: Costs | None, weights: FloatArray
) -> tuple[FloatArray, dict[str, Callable[[FloatArray], FloatArray]]]:
    posterior = expit(scores)
    truth = positive.astype(np.float64)
    parts = [
        weights * log_loss_of_rows(positive, scores),
        weights * (posterior - truth) ** 2,
        weights * posterior,
    ]
    statistics: dict[str, Callable[[FloatArray], FloatArray]] = dict(CELL_METRICS)
    statistics["log_loss"] = functools.partial(_mean_of, 4)
    statistics["brier"] = functools.partial(_mean_of, 5)
    statistics["calibration_ratio"] = _ratio_of
    if costs is not None:
        cost = costs.of_rows(positive, flags)
        parts += [weights * cost, weights * costs.of_rows(positive, np.zeros_like(flags))]
        statistics["expected_cost"] = lambda sums: PER_ROWS * _mean_of(7, sums)
        statistics["saving"] = lambda sums: PER_ROWS * (_mean_of(8, sums) - _mean_of(7, sums))
    cells = cells_of_rows(positive, flags, weights)
    return np.concatenate([cells, np.stack(parts, axis=1)], axis=1), statistics


def _mean_of(column: int, sums: FloatArray) -> FloatArray:
    return _divide(sums[..., column], sums[..., :4].sum(axis=-1))


def _ratio_of(sums: FloatArray) -> FloatArray:
    return _divide(sums[..., 6], sums[..., 0] + sums[..., 2])


def _divide(part: FloatArray, whole: FloatArray) -> FloatArray:
    out = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=out, where=whole > 0.0)
    return out


def _calibration_estimates(
    plan: Bootstrap,
    positive: BoolArray,
    scores: FloatArray,
    weights: FloatArray,
    unit: npt.NDArray[np.generic] | None,
) -> dict[str, Estimate]:
    """Return slope and intercept; for the replicates rows are gathered in bins of .05 log-odds."""
    value = calibration_line(positive, scores, weights)
    if np.isnan(value.slope):
        none = plan.estimate(value.slope, np.zeros(0))
        return {"calibration_intercept": none, "calibration_slope": none}
    clipped = np.clip(scores, -LOG_ODDS_CLIP, LOG_ODDS_CLIP)
    bins, step = np.unique(np.floor(clipped / _BIN), return_inverse=True)
    middles = (bins + 0.5) * _BIN
    draws = np.concatenate(
        [
            fit_lines(middles, found, rest, start=value)
            for found, rest in plan.tables(positive, step.astype(np.int64), weights, unit)
        ]
    )
    return {
        "calibration_intercept": plan.estimate(value.intercept, draws[:, 0]),
        "calibration_slope": plan.estimate(value.slope, draws[:, 1]),
    }
