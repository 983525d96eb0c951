"""Intervals of what is missed, in cost or in number, with one more positive, and it missed.

A few dear misses make the cost, and a small sample holds few of them or none: no resampling of those it
holds shows the others. What a positive costs when it is missed is known of all positives, caught or not: one
more is added to the rows, missed at their mean cost. docs/statistics.md shows what that is worth.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.decision.arrays import BoolArray, FloatArray
    from scarce.evaluation.estimate import Estimate

ROUNDING = 1e-12  # of a miss: what differs by less is the same


def with_one_more_miss(
    estimate: Estimate,
    spent: FloatArray,
    missed: FloatArray,
    positive: BoolArray,
    weight: FloatArray,
    unit: npt.NDArray[np.generic] | None = None,
) -> Estimate:
    """Return the estimate of a mean cost with its high end at least that of the rows and one more miss.

    Parameters
    ----------
    estimate : Estimate
        Of the mean of `spent`.
    spent, missed : ndarray of float64, shape (n_rows,)
        What the decisions cost, and what it costs to flag nothing.
    positive : ndarray of bool, shape (n_rows,)
    weight : ndarray of float64, shape (n_rows,)
    unit : array, shape (n_rows,), optional
        Rows with the same value are drawn together: then one more unit with a positive is missed.

    Returns
    -------
    Estimate

    Notes
    -----
    Student's t at one degree of freedom less than there are units with positives.

    Examples
    --------
    >>> from scarce.evaluation.estimate import Estimate
    >>> positive, spent = np.arange(1_000) < 20, np.zeros(1_000)
    >>> found = Estimate(0.0, 0.0, 0.0)  # every positive is caught
    >>> with_one_more_miss(found, spent, 100.0 * positive, positive, np.ones(1_000)).high.__round__(2)
    0.31
    """
    from scipy.special import stdtrit  # pyright: ignore[reportMissingTypeStubs] # 0.2 s, and only needed here

    member = np.arange(spent.size) if unit is None else np.unique(unit, return_inverse=True)[1]
    cost, mass, worst, held = (
        np.bincount(member, values) for values in (weight * spent, weight, weight * missed, positive)
    )
    few = int(np.count_nonzero(held))
    if few < 2 or not np.isfinite(estimate.high):
        return estimate
    cost = np.append(cost, worst[held > 0.0].mean())
    mass = np.append(mass, mass[held > 0.0].mean())
    mean = cost.sum() / mass.sum()
    error = np.sqrt(np.square(cost - mean * mass).sum()) / mass.sum()
    high = mean + stdtrit(few - 1, 0.5 + 0.5 * estimate.level) * error
    return replace(estimate, high=max(estimate.high, float(high)))


def one_miss(
    lost: FloatArray,
    positive: BoolArray,
    weight: FloatArray,
    unit: npt.NDArray[np.generic] | None = None,
) -> tuple[BoolArray, float]:
    """Return which units hold a positive, and what a miss there adds to the mean cost.

    Parameters
    ----------
    lost : ndarray of float64, shape (n_rows,)
        What a row costs more when it is missed than when it is caught; of positives alone it counts.
    positive : ndarray of bool, shape (n_rows,)
    weight : ndarray of float64, shape (n_rows,)
        0 for rows that do not count.
    unit : array, shape (n_rows,), optional
        Rows with the same value are one unit; every row is one unless given.

    Returns
    -------
    held : ndarray of bool, shape (n_units,)
        In the order of the units' values.
    miss : float
        The mean over these units; 0 where there is none.

    Examples
    --------
    >>> one_miss(np.full(4, 8.0), np.array([True, False, False, True]), np.ones(4))
    (array([ True, False, False,  True]), 2.0)
    """
    member = np.arange(positive.size) if unit is None else np.unique(unit, return_inverse=True)[1]
    held = np.bincount(member, positive) > 0.0
    of_units = np.bincount(member, positive * weight * lost)[held]
    return held, float(of_units.mean() / weight.sum()) if held.any() else 0.0


def with_one_more_either_way(influences: FloatArray, held: BoolArray, miss: float) -> FloatArray:
    """Return influences on differences in cost, with one more positive that is decided otherwise either way.

    Parameters
    ----------
    influences : ndarray of float64, shape (n_arms, n_units)
    held : ndarray of bool, shape (n_units,)
        Units with a positive.
    miss : float
        What one of them adds to the mean cost when it is missed.

    Returns
    -------
    ndarray of float64, shape (n_arms, n_units + 2)
        The two are as large as makes the positives' part of the variance that of two misses; 0 where it is
        more already, and for an arm that decides every row as the control does.

    Notes
    -----
    Two arms that miss the same few positives seem to differ in false alarms alone, and these are many: the
    interval would hold nothing of what a miss costs. One pair more that differs, either way, is what Bonett
    and Price add for a difference of paired shares.

    References
    ----------
    Bonett and Price, "Adjusted Wald confidence interval for a difference of binomial proportions based on
    paired data", Journal of Educational and Behavioral Statistics 2012.

    Examples
    --------
    >>> alarms = np.array([[0.0, 0.0, 0.125, -0.125]])
    >>> with_one_more_either_way(alarms, np.array([True, True, False, False]), 0.5).tolist()
    [[0.0, 0.0, 0.125, -0.125, 0.5, -0.5]]
    """
    seen = np.square(influences[:, held]).sum(axis=1)
    lacking = np.maximum(0.0, 2.0 * miss**2 - seen)
    more = np.where(
        np.abs(influences).max(axis=1, initial=0.0) > ROUNDING * miss, np.sqrt(0.5 * lacking), 0.0
    )
    return np.column_stack([influences, more, -more])
