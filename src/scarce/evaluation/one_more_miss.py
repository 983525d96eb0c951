"""The high end of an interval of what is missed, in cost or in number: with one more positive, and it missed.

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
