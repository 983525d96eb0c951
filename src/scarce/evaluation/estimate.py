"""A figure with its interval, and where the interval ends among the replicates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scarce.decision.arrays import FloatArray

_MOST_BIAS = 0.5  # beyond that, replicates say that the figure itself is not one to resample
_ROUNDING = 1e-12  # sums that are equal but for the order of their terms


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval.

    Parameters
    ----------
    value : float
        On the rows as they are; NaN where the figure is undefined.
    low, high : float
        NaN when no replicate defines the figure.
    level : float
        Nominal coverage.

    Examples
    --------
    >>> str(Estimate(0.845, 0.81, 0.88))
    '0.845 [0.81, 0.88]'
    """

    value: float
    low: float
    high: float
    level: float = 0.95

    def __str__(self) -> str:
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"

    def to_dict(self) -> dict[str, float | None]:
        """Return value, low, high and level, with None for NaN: JSON has none."""
        items = {"value": self.value, "low": self.low, "high": self.high, "level": self.level}
        return {name: item if np.isfinite(item) else None for name, item in items.items()}


def tails(value: float, draws: FloatArray, units: int, level: float) -> tuple[float, float]:
    """Return the shares of the replicates below the ends of an interval: bias-corrected and expanded."""
    from scipy.special import stdtrit  # pyright: ignore[reportMissingTypeStubs] # 0.2 s, only here

    same = np.isclose(draws, value, rtol=_ROUNDING, atol=0.0)
    below = (np.count_nonzero(~same & (draws < value)) + 0.5 * np.count_nonzero(same)) / draws.size
    normal = NormalDist()
    bias = min(max(normal.inv_cdf(min(max(below, 1e-3), 1.0 - 1e-3)), -_MOST_BIAS), _MOST_BIAS)
    quantile = float(stdtrit(units - 1, 0.5 + 0.5 * level))
    spread = quantile * math.sqrt(units / (units - 1))
    return normal.cdf(2.0 * bias - spread), normal.cdf(2.0 * bias + spread)
