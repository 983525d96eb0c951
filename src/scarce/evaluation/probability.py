"""How true posteriors are: log-loss, Brier score, calibration ratio and calibration line.

All take log-odds, so that a posterior of 1 - 1e-20 is not yet 1.
"""

from __future__ import annotations

import math

import numpy as np

from scarce.decision.arrays import BoolArray, FloatArray, Numbers, as_scores, as_target, as_weight, expit
from scarce.evaluation.recalibration import MEASURING_SPREAD, Line, evidence_scale, fit_line

CLIP = 1e-15
LOG_ODDS_CLIP = math.log1p(-CLIP) - math.log(CLIP)


def log_loss(target: Numbers, log_odds: Numbers, weight: Numbers | None = None) -> float:
    """Return the mean of ``-log P(y)`` with the posterior clipped to [1e-15, 1 - 1e-15].

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    log_odds : array-like of float, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional

    Returns
    -------
    float
        In nats a row; NaN when there are no rows.

    Notes
    -----
    Say how many rows were clipped (`clipped_rows`): each of them that is wrong costs 34.5 nats, not more.

    Examples
    --------
    >>> log_loss([1, 0], [0.0, 0.0]).__round__(4)
    0.6931
    """
    scores, positive, weights = _inputs(target, log_odds, weight)
    return weighted_mean(log_loss_of_rows(positive, scores), weights)


def log_loss_of_rows(target: BoolArray, log_odds: FloatArray) -> FloatArray:
    """Return each row's ``-log P(y)``, clipped as in `log_loss`.

    Parameters
    ----------
    target : ndarray of bool, shape (n_rows,)
    log_odds : ndarray of float64, shape (n_rows,)

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Examples
    --------
    >>> log_loss_of_rows(np.array([True]), np.array([-np.inf])).round(4)
    array([34.5388])
    """
    margin = np.where(target, log_odds, -log_odds)
    margin = np.clip(margin, -LOG_ODDS_CLIP, LOG_ODDS_CLIP)
    return np.log1p(np.exp(-np.abs(margin))) - np.minimum(margin, 0.0)


def clipped_rows(log_odds: Numbers) -> int:
    """Return how many rows `log_loss` clips.

    Parameters
    ----------
    log_odds : array-like of float, shape (n_rows,)

    Returns
    -------
    int

    Examples
    --------
    >>> clipped_rows([0.0, -34.0, -35.0])
    1
    """
    return int(np.count_nonzero(np.abs(as_scores(log_odds)) > LOG_ODDS_CLIP))


def brier(target: Numbers, log_odds: Numbers, weight: Numbers | None = None) -> float:
    """Return the mean of ``(p - y)^2``.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    log_odds : array-like of float, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional

    Returns
    -------
    float
        NaN when there are no rows.

    Notes
    -----
    With scarce positives it is close to the prevalence for every model; compare differences.

    Examples
    --------
    >>> brier([1, 0], [0.0, 0.0])
    0.25
    """
    scores, positive, weights = _inputs(target, log_odds, weight)
    return weighted_mean((expit(scores) - positive) ** 2, weights)


def prevalence(target: Numbers, weight: Numbers | None = None) -> float:
    """Return the weighted share of positives.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional

    Returns
    -------
    float
        NaN when there are no rows.

    Examples
    --------
    >>> prevalence([1, 0, 0, 0])
    0.25
    """
    positive = as_target(target, len(target))
    return weighted_mean(positive.astype(np.float64), as_weight(weight, positive.size))


def calibration_ratio(target: Numbers, log_odds: Numbers, weight: Numbers | None = None) -> float:
    """Return the mean posterior divided by the prevalence; 1 is calibrated in the large.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    log_odds : array-like of float, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional

    Returns
    -------
    float
        2 when the model expects twice the positives there are; NaN without positives.

    Examples
    --------
    >>> calibration_ratio([1, 0, 0, 0], [0.0, 0.0, 0.0, 0.0])
    2.0
    """
    scores, positive, weights = _inputs(target, log_odds, weight)
    found = float(weights[positive].sum())
    return float((weights * expit(scores)).sum()) / found if found > 0.0 else math.nan


def calibration_line(target: Numbers, log_odds: Numbers, weight: Numbers | None = None) -> Line:
    """Return intercept and slope of the logistic regression of the target on the log-odds.

    ``logit P(y=1) = intercept + slope * log_odds``; a slope below 1 says that the scores are too
    extreme (overfitted), an intercept below 0 at slope 1 that they are too high.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    log_odds : array-like of float, shape (n_rows,)
        Clipped at the log-loss's clip, +-34.5.
    weight : array-like of float, shape (n_rows,), optional

    Returns
    -------
    Line
        ``intercept`` and ``slope``; both NaN unless both classes are present.

    Notes
    -----
    A normal prior of standard deviation 10 on the intercept and on slope - 1, worth far less than one
    row in the usual case, keeps both finite when the classes are perfectly separated. Weights are scaled so
    that the positives count as their effective number, ``(sum w)^2 / sum w^2``: their unit does not matter.

    Examples
    --------
    >>> line = calibration_line([1, 1, 1, 0, 1, 0, 0, 0], [2.0] * 4 + [-2.0] * 4)
    >>> abs(round(line.intercept, 3)), round(line.slope, 3)
    (0.0, 0.55)
    """
    scores, positive, weights = _inputs(target, log_odds, weight)
    counted = positive[weights > 0.0]
    if not 0 < np.count_nonzero(counted) < counted.size:
        return Line(math.nan, math.nan)
    scores = np.clip(scores, -LOG_ODDS_CLIP, LOG_ODDS_CLIP)
    evidence = weights * evidence_scale(weights[positive])
    return fit_line(
        scores, positive.astype(np.float64), evidence, spread=(MEASURING_SPREAD, MEASURING_SPREAD)
    )


def weighted_mean(values: FloatArray, weight: FloatArray) -> float:
    """Return ``sum w v / sum w``, NaN when the weights add up to 0.

    Parameters
    ----------
    values, weight : ndarray of float64, shape (n_rows,)

    Returns
    -------
    float

    Examples
    --------
    >>> weighted_mean(np.array([1.0, 4.0]), np.array([2.0, 1.0]))
    2.0
    """
    total = float(weight.sum())
    return float((weight * values).sum()) / total if total > 0.0 else math.nan


def _inputs(
    target: Numbers, log_odds: Numbers, weight: Numbers | None
) -> tuple[FloatArray, BoolArray, FloatArray]:
    scores = as_scores(log_odds)
    return scores, as_target(target, scores.size), as_weight(weight, scores.size)
