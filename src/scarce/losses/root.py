"""The one root-finder of the losses: bisection, which cannot diverge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

WIDEST = 2.0**24
HALVINGS = 90


def solve_increasing(
    function: Callable[[NDArray[np.float64]], NDArray[np.floating[Any]]], goal: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return x with ``function(x) = goal``, element by element, to the last bit or so.

    Parameters
    ----------
    function : callable
        Not decreasing, from an array to an array of its shape; may be infinite at either end.
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
            break
        low, high = np.where(far, 4.0 * low, low), np.where(short, 4.0 * high, high)
        if max(np.abs(low).max(), np.abs(high).max()) > WIDEST:
            raise ScarceError("E517", goal=f"{goal[short | far].flat[0]:g}")
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        below = function(middle) < goal
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return 0.5 * (low + high)
