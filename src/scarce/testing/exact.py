"""Derivatives of a formula: in 50 digits where mpmath is installed, else by differences."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scarce.losses.formulas import point
from scarce.losses.namespace import NUMPY

if TYPE_CHECKING:
    from collections.abc import Callable

HAS_MPMATH = importlib.util.find_spec("mpmath") is not None
DIGITS = 50
NEAR = 40.0
"""The largest margin at which differences in double precision can tell."""


class _Digits:
    """mpmath, one number at a time, under the names that the formulas use."""

    def __init__(self) -> None:
        import mpmath

        self._mp = mpmath.mp
        self.exp, self.expm1, self.log, self.log1p = (
            getattr(self._mp, name) for name in ("exp", "expm1", "log", "log1p")
        )
        self.absolute, self.minimum, self.maximum = abs, min, max

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        return x if condition else y

    def power(self, x: Any, log_x: Any, g: Any) -> Any:
        return self._mp.exp(g * log_x)

    def point(self, m: Any) -> tuple[Any, Any, Any, Any]:
        """Return what `scarce.losses.formulas.point` does, which a formula's guards leave exact."""
        far = self._mp.exp(-abs(m))
        near, tail = 1 / (1 + far), self._mp.log1p(far)
        at = (-tail, -abs(m) - tail, near, far * near)
        return at if m >= 0 else (at[1], at[0], at[3], at[2])

    def taken(self, formula: Callable[..., Any], m: float, parameters: tuple[Any, ...]) -> tuple[Any, Any]:
        """Return a formula and its derivative in the margin."""
        with self._mp.workdps(DIGITS):

            def at(x: Any) -> Any:
                return self._mp.mpf(formula(self, *self.point(x), *parameters))

            x = self._mp.mpf(m)
            return at(x), self._mp.diff(at, x)


def _differences(formula: Callable[..., Any], m: float, parameters: tuple[Any, ...]) -> tuple[float, float]:
    def at(x: float) -> float:
        return float(formula(NUMPY, *point(NUMPY, x), *parameters))

    step = 1e-3
    one, two = (at(m + k * step) - at(m - k * step) for k in (1.0, 2.0))
    return at(m), (8.0 * one - two) / (12.0 * step)


@dataclass(frozen=True)
class Derivatives:
    """How a formula is differentiated, and what may be expected of it.

    Attributes
    ----------
    taken : callable
        From a formula, a margin and parameters to the formula's value and derivative there.
    how : str
        In words.
    relative : float
        The relative error that a formula in double precision is allowed.
    of_value : float
        The share of the value at which its derivative is lost in rounding.
    farthest : float
        The largest margin to ask about.
    """

    taken: Callable[[Callable[..., Any], float, tuple[Any, ...]], tuple[Any, Any]]
    how: str
    relative: float
    of_value: float
    farthest: float


def derivatives() -> Derivatives:
    """Return the best way to differentiate that is installed."""
    if HAS_MPMATH:
        return Derivatives(_Digits().taken, f"{DIGITS} digits", 1e-9, 1e-20, 1e4)
    return Derivatives(_differences, "differences, as mpmath is not installed", 1e-7, 1.0, NEAR)
