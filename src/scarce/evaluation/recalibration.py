"""The logistic line ``logit P(y=1) = intercept + slope * log_odds``, and its like of several slopes.

All are penalised towards the identity.

`probability.calibration_line` measures with a prior too weak to matter; `scarce.calibration` corrects
with one that matters while positives are few.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from scarce.decision.arrays import expit

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.decision.arrays import BoolArray, FloatArray

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
    log_odds: FloatArray,
    target: FloatArray,
    weight: FloatArray,
    spread: tuple[float, float],
    least: float = -math.inf,
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
    least : float
        The least slope there may be.

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
    penalty = np.diag(np.array(spread) ** -2.0)
    intercept, slopes = fit_slopes(_as_they_are, log_odds, target, weight, penalty, least)
    return Line(intercept, float(slopes[0]))


def fit_slopes(
    parts: Callable[[FloatArray], FloatArray],
    log_odds: FloatArray,
    target: FloatArray,
    weight: FloatArray,
    penalty: FloatArray,
    least: float,
) -> tuple[float, FloatArray]:
    """Fit a slope for each part that the log-odds are a sum of, and an intercept, as `fit_line` does for one.

    Minimises ``sum w (softplus(z) - y z) + d' penalty d / 2`` over ``d = (shift, slopes - 1)`` with
    ``z = x + shift + sum_j (slope_j - 1) (part_j(x) - centre_j)``, each centre a mean weighted by
    ``w p (1 - p)``.

    Parameters
    ----------
    parts : callable
        Takes log-odds of shape (n,), returns the parts, shape (n_parts, n), which add up to them.
    log_odds, target, weight : ndarray of float64, shape (n_rows,)
    penalty : ndarray of float64, shape (1 + n_parts, 1 + n_parts)
        The prior's precision.
    least : float
        The least value of every slope.

    Returns
    -------
    intercept : float
        So that ``z = intercept + slopes @ parts(x)``.
    slopes : ndarray of float64, shape (n_parts,)

    Examples
    --------
    >>> ones, none = np.ones(4), np.eye(2) * 1e-9
    >>> intercept, slopes = fit_slopes(lambda x: x[None], 0.0 * ones, ones / 4, ones, none, 0.0)
    >>> round(intercept, 2), slopes
    (-1.1, array([1.]))
    """
    information = weight * expit(log_odds) * expit(-log_odds)
    total = float(information.sum())
    split = parts(log_odds)
    centre = split @ information / total if total > 0.0 else np.zeros(len(split))

    def objective(x: FloatArray, split: FloatArray, y: FloatArray, w: FloatArray) -> _Objective:
        return _Objective(np.vstack([np.ones_like(x), split - centre[:, None]]), x, y, w, penalty)

    bound = np.array([-math.inf, *[least - 1.0] * len(split)])
    start = np.zeros(bound.size)
    if log_odds.size > _LARGE:
        # a few hundred points give nearly the same answer; from there the rows need one or two steps
        x, y, w = _gathered(log_odds, target, weight)
        start = _least(objective(x, parts(x), y, w), start, bound)
    found = _least(objective(log_odds, split, target, weight), start, bound)
    slopes = np.where(found[1:] > bound[1:], 1.0 + found[1:], least)
    return float(found[0] - found[1:] @ centre), slopes


def _as_they_are(log_odds: FloatArray) -> FloatArray:
    return log_odds[None]


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


class _Objective(NamedTuple):
    design: FloatArray
    offset: FloatArray
    target: FloatArray
    weight: FloatArray
    penalty: FloatArray

    def value(self, point: FloatArray) -> float:
        z = self.offset + point @ self.design
        terms = np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0.0) - self.target * z
        return float(self.weight @ terms + 0.5 * point @ self.penalty @ point)

    def derivatives(self, point: FloatArray) -> tuple[FloatArray, FloatArray]:
        z = self.offset + point @ self.design
        p = expit(z)
        gradient = self.design @ (self.weight * (p - self.target)) + self.penalty @ point
        return gradient, (self.design * (self.weight * p * expit(-z))) @ self.design.T + self.penalty


def _least(objective: _Objective, start: FloatArray, bound: FloatArray) -> FloatArray:
    """Return the least point that is nowhere below the bound.

    It is the least on one of the faces, where some coordinates are at their bounds and the others are free.
    """
    point = _newton(objective, start, np.ones(start.size, dtype=np.bool_))
    if (point >= bound).all():
        return point
    bounded = np.flatnonzero(np.isfinite(bound))
    points: list[FloatArray] = []
    for held in (list(held) for n in range(1, bounded.size + 1) for held in combinations(bounded, n)):
        free = np.ones(start.size, dtype=np.bool_)
        free[held] = False
        face = _newton(objective, np.where(free, start, bound), free)
        points += [face] if (face >= bound).all() else []
    return min(points, key=objective.value)


def _newton(objective: _Objective, start: FloatArray, free: BoolArray) -> FloatArray:
    point = start
    current = objective.value(point)
    for _ in range(_MAX_STEPS):
        gradient, hessian = objective.derivatives(point)
        step = np.zeros(point.size)
        step[free] = -np.linalg.solve(hessian[np.ix_(free, free)], gradient[free])
        decrement = -float(gradient @ step)
        if decrement <= _NEAR:
            # convergence is quadratic here, and the objective's own rounding hides any further fall
            return point + step
        point = point + _backtrack(objective, point, step, current, decrement) * step
        current = objective.value(point)
    return point


def _backtrack(
    objective: _Objective, point: FloatArray, step: FloatArray, current: float, decrement: float
) -> float:
    """Return the largest halved step length at which the objective falls enough."""
    length = 1.0
    while length > 1e-10:
        trial = objective.value(point + length * step)
        if math.isfinite(trial) and trial <= current - 1e-4 * length * decrement:
            return length
        length *= 0.5
    return length
