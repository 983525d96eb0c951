"""Where a loss should start: constant logits whose posterior is given, by bisection, which cannot diverge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from scarce.errors import ScarceError
from scarce.losses.formulas import point
from scarce.losses.namespace import NUMPY

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from scarce.losses.class_forms import ClassForm

WIDEST = 2.0**24
CERTAIN = 2.0**14  # a margin at which p is 0 or 1 to the last bit
CLOSE = 1e-6

Increasing: TypeAlias = "Callable[[NDArray[np.float64]], NDArray[np.floating[Any]]]"
"""A function that does not decrease, from an array to one of its shape; it may be infinite at either end."""


def solve_increasing(function: Increasing, goal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x with ``function(x) = goal``, element by element, to the last bit or so; E517 if there is none.

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
    """Return x with ``function(x) = goal`` between two bounds; a bound itself where the goal lies beyond."""
    while True:
        middle = 0.5 * (low + high)
        if ((middle == low) | (middle == high) | (high - low < 1e-18)).all():
            return middle
        below = function(middle) < goal
        low, high = np.where(below, middle, low), np.where(below, high, middle)


def log_p_of_evidence(form: ClassForm, log_goal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log p with ``sum p = 1`` and a logarithm of the evidence that is the goal but for a constant.

    Evidence, ``p / a(p)``, grows with p up to 1/2 and for most losses beyond; with a margin it falls again.
    As one class at most has more than 1/2, that one is varied, and the others follow below 1/2. E517 if no p
    is found.
    """
    for top in np.argsort(-log_goal):
        margins = _with_top(form, log_goal, int(top))
        off = form.evidence_of_margin(margins) - log_goal
        if np.ptp(off) <= CLOSE:
            return np.asarray(point(NUMPY, margins)[0])
    raise ScarceError("E517", goal=np.array2string(log_goal, precision=3))


def _with_top(form: ClassForm, log_goal: NDArray[np.float64], top: int) -> NDArray[np.float64]:
    """Return the margins that sum to 1 in p if the top class is the only one that may exceed 1/2."""
    is_top = np.arange(len(log_goal)) == top
    lowest, half = np.full(log_goal.shape, -CERTAIN), np.zeros(log_goal.shape)

    def margins(margin_of_top: NDArray[np.float64]) -> NDArray[np.float64]:
        at_top = np.where(is_top, margin_of_top, half)
        constant = (form.evidence_of_margin(at_top) - log_goal)[top]
        below = bisect(form.evidence_of_margin, log_goal + constant, lowest, half)
        return np.where(is_top, margin_of_top, below)

    def whole(margin_of_top: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.sum(point(NUMPY, margins(margin_of_top))[2]))

    bound = np.asarray(CERTAIN)
    return margins(bisect(whole, np.asarray(1.0), -bound, bound))
