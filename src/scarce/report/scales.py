"""Scales and ticks: where a number lies on the paper, and which round numbers stand at the axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scarce.trial.wording import plain

THIN = "\u202f"  # narrow space that does not break, between a number and its unit


@dataclass(frozen=True)
class Linear:
    """A scale on which equal differences have equal length; without a span, its one value is at the start.

    Examples
    --------
    >>> scale = Linear(0.0, 1.0, 100.0, 200.0)
    >>> float(scale(0.5)), scale.ticks(5)
    (150.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value):
        """Return the position of a value or an array, held inside the frame."""
        share = (np.clip(value, self.low, self.high) - self.low) / ((self.high - self.low) or 1.0)
        return self.start + share * (self.end - self.start)

    def ticks(self, count: int = 5) -> list[float]:
        """Return about ``count`` round values inside the scale."""
        if self.low == self.high:
            return [self.low]
        step = _round_step((self.high - self.low) / max(count, 1))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


@dataclass(frozen=True)
class Log:
    """A scale on which equal ratios have equal length.

    Examples
    --------
    >>> scale = Log(0.001, 1.0, 0.0, 300.0)
    >>> round(float(scale(0.01))), scale.ticks()
    (100, [0.001, 0.01, 0.1, 1.0])
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value):
        """Return the position of a value or an array, held inside the frame."""
        inside = np.log(np.clip(value, self.low, self.high))
        share = (inside - math.log(self.low)) / ((math.log(self.high) - math.log(self.low)) or 1.0)
        return self.start + share * (self.end - self.start)

    def ticks(self, count: int = 6) -> list[float]:
        """Return powers of ten, joined by 2 and 5 where there are few, thinned where there are many."""
        first = math.floor(math.log10(self.low) + 1e-9)
        last = math.ceil(math.log10(self.high) - 1e-9)
        decades = math.log10(self.high / self.low)
        factors = (1,) if decades > 2 else (1, 2, 5) if decades > 0.8 else (1, 1.5, 2, 3, 5, 7)
        stride = max(1, math.ceil((last - first) / max(count, 1)))
        exponents = range(first, last + 1, stride if factors == (1,) else 1)
        values = [float(f"{factor}e{power}") for power in exponents for factor in factors]
        return [v for v in values if self.low * (1 - 1e-9) <= v <= self.high * (1 + 1e-9)]


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1, 2, 2.5, 5, 10):
        if factor * power >= rough * (1 - 1e-9):
            return factor * power
    return 10 * power


def percent(share: float, digits: int = 2) -> str:
    """Return a share in per cent with so many significant digits.

    Examples
    --------
    >>> percent(0.00173), percent(0.5), percent(0.9995), percent(1.0)
    ('0.17\u202f%', '50\u202f%', '99.95\u202f%', '100\u202f%')
    """
    if 0.99 < share < 1.0:  # two digits of what is missing: 99.95 is not 100
        decimals = min(1 - math.floor(math.log10(100 * (1 - share))), 9)
        return f"{100 * share:.{decimals}f}".rstrip("0").rstrip(".") + f"{THIN}%"
    return f"{plain(100 * share, digits)}{THIN}%"


def times(ratio: float) -> str:
    """Return a ratio to two decimals below 10, so that 1.00 says how exactly it is 1.

    Examples
    --------
    >>> times(1.0), times(0.984), times(76.8)
    ('1.00', '0.98', '77')
    """
    return f"{ratio:.2f}" if ratio < 9.995 else plain(ratio, 2)
