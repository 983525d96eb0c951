"""Scores that a trained model's outputs stand for, calibrated by other rows, and the loss of each row.

A score is the log-odds of two classes, or for more the log-probability of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.calibration.logistic import LEAST_SLOPE, SPREAD, PenalisedLogistic
from scarce.evaluation.probability import CLIP, log_loss_of_rows
from scarce.losses import SigmoidLoss

if TYPE_CHECKING:
    from scarce.decision.arrays import FloatArray, IntArray
    from scarce.losses import Loss

_LEAST_SHARE = np.finfo(np.float64).tiny
_LARGEST_SLOPE = 20.0
_STEPS, _NEAR = 50, 1e-9


def recovered(definition: Loss, logits: FloatArray) -> FloatArray:
    """Return the scores that a loss's posterior reads in logits.

    Parameters
    ----------
    definition : Loss
    logits : ndarray of float64, shape (n_rows,) or (n_rows, n_classes)

    Returns
    -------
    ndarray of float64, shape (n_rows,) or (n_rows, n_classes)
        Log-odds of two classes, however they were given.

    Examples
    --------
    >>> from scarce.losses import SoftmaxLoss
    >>> recovered(SoftmaxLoss(), np.array([[0.0, 2.0]]))
    array([2.])
    """
    if isinstance(definition, SigmoidLoss):
        return definition.log_odds(logits)
    said = np.log(np.maximum(definition.posterior(logits), _LEAST_SHARE))
    return said[:, 1] - said[:, 0] if said.shape[1] == 2 else said


def calibrated(scores: FloatArray, target: IntArray, weight: FloatArray, new: FloatArray) -> FloatArray:
    """Return other rows' scores, calibrated by these: a line, or of several classes a slope alone.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_rows,) or (n_rows, n_classes)
    target : ndarray of int, shape (n_rows,)
    weight : ndarray of float64, shape (n_rows,)
    new : ndarray of float64, as the scores
        Of rows that are not among these.

    Returns
    -------
    ndarray of float64, as ``new``

    Raises
    ------
    ScarceError
        E351 of two classes where these rows have only one.

    Examples
    --------
    >>> scores, target = np.array([3.0, 3.0, -3.0, -3.0]), np.array([1, 0, 1, 0])
    >>> calibrated(scores, target, np.ones(4), np.array([3.0])).round(2)  # too sure
    array([2.12])
    """
    fit = _line if scores.ndim == 1 else _temperature
    return fit(scores, target, weight, new)


def losses_of_scores(target: IntArray, scores: FloatArray) -> FloatArray:
    """Return the log-loss of each row.

    Parameters
    ----------
    target : ndarray of int, shape (n_rows,)
    scores : ndarray of float64, shape (n_rows,) or (n_rows, n_classes)

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Examples
    --------
    >>> losses_of_scores(np.array([1, 0]), np.zeros(2)).round(3)
    array([0.693, 0.693])
    """
    if scores.ndim == 1:
        return log_loss_of_rows(target == 1, scores)
    return -np.maximum(scores[np.arange(target.size), target], np.log(CLIP))


def _line(scores: FloatArray, target: IntArray, weight: FloatArray, new: FloatArray) -> FloatArray:
    return PenalisedLogistic.fit(scores, target, weight).log_odds(new)


def _temperature(scores: FloatArray, target: IntArray, weight: FloatArray, new: FloatArray) -> FloatArray:
    """Return new log-probabilities times the slope at which those of some rows are likeliest.

    The slope is shrunk to 1 as that of a line is. The likelihood is convex in it: Newton's method between
    bounds that close in.
    """
    weight = weight * (weight.sum() / (weight @ weight))  # rows of evidence
    own = scores[np.arange(target.size), target]
    low, slope, high = LEAST_SLOPE, 1.0, _LARGEST_SLOPE
    for _ in range(_STEPS):
        chance = np.exp(normalised(slope * scores))
        mean = (chance * scores).sum(axis=1)
        rises = weight @ (mean - own) + (slope - 1.0) / SPREAD[1] ** 2
        curve = weight @ ((chance * scores**2).sum(axis=1) - mean**2) + SPREAD[1] ** -2.0
        low, high = (slope, high) if rises < 0.0 else (low, slope)
        last, slope = slope, slope - rises / curve
        if not low < slope < high:
            slope = 0.5 * (low + high)
        if abs(slope - last) < _NEAR:
            break
    return normalised(slope * new)


def normalised(scores: FloatArray) -> FloatArray:
    """Return log-probabilities of which each row's add up to a probability of 1.

    Examples
    --------
    >>> normalised(np.array([[0.0, 0.0]])).round(4)
    array([[-0.6931, -0.6931]])
    """
    scores = scores - scores.max(axis=1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
