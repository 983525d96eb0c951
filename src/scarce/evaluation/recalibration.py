"""The logistic line ``logit P(y=1) = intercept + slope * log_odds``, penalised towards identity.

`probability.calibration_line` measures with a prior too weak to matter; `scarce.calibration` corrects
with one that matters while positives are few.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from scarce.decision.arrays import expit

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.decision.arrays import FloatArray

MEASURING_SPREAD = 10.0

_MAX_STEPS = 100
_LARGE = 20_000
_NEAR = 1e-8  # expected fall of the objective, in nats


class Line(NamedTuple):
    """``intercept + slope * log_odds``.

    Examples
    --------
    >>> Line(intercept=0.5, slope=2.0).slope
    2.0
    """

    intercept: float
    slope: float


def fit_line(
    log_odds: FloatArray, target: FloatArray, weight: FloatArray, spread: tuple[float, float]
) -> Line:
    """Fit the line by maximum penalised likelihood.

    Minimises ``sum w (softplus(z) - y z) + shift^2 / (2 s_0^2) + (slope - 1)^2 / (2 s_1^2)`` with
    ``z = x + shift + (slope - 1) (x - centre)``. The centre is the mean log-odds weighted by
    ``w p (1 - p)``: there the data say most, so that shift and slope hardly depend on each other.

    Parameters
    ----------
    log_odds : ndarray of float64, shape (n_rows,)
        Finite.
    target : ndarray of float64, shape (n_rows,)
        In [0, 1].
    weight : ndarray of float64, shape (n_rows,)
        One row of evidence has weight 1.
    spread : (float, float)
        Prior standard deviations ``(s_0, s_1)`` of shift and slope - 1.

    Returns
    -------
    Line

    Notes
    -----
    Convex with a strictly positive penalty, so there is one answer and Newton's method with step halving
    finds it, whether or not the classes are separated.

    Examples
    --------
    >>> x = np.array([-2.0, -2.0, 2.0, 2.0])
    >>> fit_line(x, np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4), (10.0, 0.01)).slope.__round__(3)
    1.0
    """
    centre = information_centre(log_odds, weight)
    start = np.zeros(2)
    if log_odds.size > _LARGE:
        # a few hundred points give nearly the same line; from there the rows need one or two steps
        start = _newton(*_two(*_gathered(log_odds, target, weight), centre), np.array(spread), start)
    shift, extra = _newton(*_two(log_odds, target, weight, centre), np.array(spread), start)
    return Line(float(shift - extra * centre), float(1.0 + extra))


def _two(
    log_odds: FloatArray, target: FloatArray, weight: FloatArray, centre: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the design of shift and slope - 1 with what goes with it."""
    return np.stack([np.ones_like(log_odds), log_odds - centre]), log_odds, target, weight


def _gathered(
    log_odds: FloatArray, target: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return mean log-odds, mean target and weight of bins .1 wide."""
    bins, place = np.unique(np.floor(log_odds * 10.0), return_inverse=True)
    mass, points, found = (
        np.bincount(place, values, bins.size).astype(np.float64, copy=False)
        for values in (weight, weight * log_odds, weight * target)
    )
    kept = mass > 0.0
    mass = mass[kept]
    return points[kept] / mass, found[kept] / mass, mass


def fit_shift(
    log_odds: FloatArray, slope: float, target: FloatArray, weight: FloatArray, spread: float
) -> Line:
    """Fit the intercept alone, at a given slope about the information centre.

    Parameters
    ----------
    log_odds : ndarray of float64, shape (n_rows,)
        Finite.
    slope : float
    target, weight : ndarray of float64, shape (n_rows,)
    spread : float
        Prior standard deviation of the shift at the centre.

    Returns
    -------
    Line

    Examples
    --------
    >>> line = fit_shift(np.zeros(4), 1.0, np.array([1.0, 0.0, 0.0, 0.0]), np.ones(4), 100.0)
    >>> round(line.intercept, 2), round(float(-np.log(3.0)), 2)
    (-1.1, -1.1)
    """
    centre = information_centre(log_odds, weight)
    offset = centre + slope * (log_odds - centre)
    design = np.ones((1, log_odds.size))
    (shift,) = _newton(design, offset, target, weight, np.array([spread]), np.zeros(1))
    return Line(float(shift + centre * (1.0 - slope)), slope)


def information_centre(log_odds: FloatArray, weight: FloatArray) -> float:
    """Return the mean log-odds weighted by ``w p (1 - p)``, the information each row carries.

    Parameters
    ----------
    log_odds, weight : ndarray of float64, shape (n_rows,)

    Returns
    -------
    float
        0 when no row carries any.

    Examples
    --------
    >>> information_centre(np.array([-1.0, 1.0]), np.ones(2))
    0.0
    """
    information = weight * expit(log_odds) * expit(-log_odds)
    total = float(information.sum())
    return float((information * log_odds).sum()) / total if total > 0.0 else 0.0


def evidence_scale(positive_weight: FloatArray) -> float:
    """Return the factor that makes weights of positives add up to their effective number of rows.

    Parameters
    ----------
    positive_weight : ndarray of float64, shape (n_positives,)

    Returns
    -------
    float

    Examples
    --------
    >>> evidence_scale(np.array([10.0, 10.0]))
    0.1
    """
    return float(positive_weight.sum() / (positive_weight**2).sum())


def _newton(
    design: FloatArray,
    offset: FloatArray,
    target: FloatArray,
    weight: FloatArray,
    spread: FloatArray,
    start: FloatArray,
) -> FloatArray:
    penalty = 1.0 / spread**2

    def value(point: FloatArray) -> float:
        z = offset + point @ design
        terms = np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0.0) - target * z
        return float(weight @ terms + 0.5 * penalty @ point**2)

    point = start
    current = value(point)
    for _ in range(_MAX_STEPS):
        z = offset + point @ design
        p = expit(z)
        gradient = design @ (weight * (p - target)) + penalty * point
        hessian = (design * (weight * p * expit(-z))) @ design.T + np.diag(penalty)
        step = -np.asarray(np.linalg.solve(hessian, gradient), dtype=np.float64)
        decrement = -float(gradient @ step)
        if decrement <= _NEAR:
            # convergence is quadratic here, and the objective's own rounding hides any further fall
            return point + step
        length = _backtrack(value, point, step, current, decrement)
        point = point + length * step
        current = value(point)
    return point


def _backtrack(
    value: Callable[[FloatArray], float],
    point: FloatArray,
    step: FloatArray,
    current: float,
    decrement: float,
) -> float:
    """Return the largest halved step length at which the objective falls enough."""
    length = 1.0
    while length > 1e-10:
        trial = value(point + length * step)
        if math.isfinite(trial) and trial <= current - 1e-4 * length * decrement:
            return length
        length *= 0.5
    return length
