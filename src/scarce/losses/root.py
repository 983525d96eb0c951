"""The one root-finder of the losses: bisection, which cannot diverge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Increasing: TypeAlias = "Callable[[NDArray[np.float64]], NDArray[np.floating[Any]]]"
"""A function that does not decrease, from an array to one of its shape; it may be infinite at either end."""

WIDEST = 2.0**24


def solve_increasing(function: Increasing, goal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x with ``function(x) = goal``, element by element, to the last bit or so.

    Parameters
    ----------
    function : callable
        As `Increasing`.
    goal : ndarray
        Finite values.

    Raises
    ------
    ScarceError
        E517 if the function does not reach a goal.

    Examples
    --------
    >>> float(solve_increasing(np.expm1, np.array(1.0)).round(15))
    0.693147180559945
    """
    low, high = np.full(goal.shape, -1.0), np.full(goal.shape, 1.0)
    while True:
        short, far = function(high) < goal, function(low) > goal
        if not (short.any() or far.any()):
            return bisect(function, goal, low, high)
        low, high = np.where(far, 4.0 * low, low), np.where(short, 4.0 * high, high)
        if max(np.abs(low).max(), np.abs(high).max()) > WIDEST:
            raise ScarceError("E517", goal=f"{goal[short | far].flat[0]:g}")


def bisect(
    function: Increasing, goal: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the same between two bounds; the bound itself where the goal lies beyond."""
    while True:
        middle = 0.5 * (low + high)
        if ((middle == low) | (middle == high) | (high - low < 1e-18)).all():
            return middle
        below = function(middle) < goal
        low, high = np.where(below, middle, low), np.where(below, high, middle)
