"""Shares of rows between cuts: what is kept of a column in a few numbers, none of which is a row's own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.decision.stored import stored_numbers
from scarce.errors.refusal import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

_WHAT = "training summary"
_QUANTILES = np.array([0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999])
_DIGITS = 6


@dataclass(frozen=True)
class Histogram:
    """Shares of rows between cuts.

    Parameters
    ----------
    cuts : tuple of float
        Rising; a value equal to a cut lies above it.
    shares : tuple of float
        From the lowest values to the highest, and of missing values last: two more than there are cuts.

    Examples
    --------
    >>> histogram = Histogram.of(np.array([1.0, 2.0, 3.0, np.nan]), np.ones(4), np.array([2.0]))
    >>> histogram.shares
    (0.25, 0.5, 0.25)
    >>> histogram.counts(np.array([5.0, 6.0, 0.0]))
    array([1, 2, 0])
    """

    cuts: tuple[float, ...]
    shares: tuple[float, ...]

    @classmethod
    def of(cls, values: FloatArray, weight: FloatArray, cuts: FloatArray) -> Histogram:
        """Return the shares of rows by weight."""
        bare = cls(tuple(float(cut) for cut in cuts), ())
        found = np.bincount(bare.bins(values), weight, len(cuts) + 2)
        return cls(bare.cuts, tuple(rounded(found / weight.sum()).tolist()))

    def bins(self, values: FloatArray) -> npt.NDArray[np.int64]:
        """Return the number of each row's bin; missing values have the last."""
        found = np.searchsorted(np.array(self.cuts), values, side="right")
        return np.where(np.isnan(values), len(self.cuts) + 1, found)

    def counts(self, values: FloatArray) -> npt.NDArray[np.int64]:
        """Return how many rows lie in each bin."""
        return np.bincount(self.bins(values), minlength=len(self.cuts) + 2)

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` reads."""
        return {"cuts": list(self.cuts), "shares": list(self.shares)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> Histogram:
        """Read what `to_dict` wrote.

        Raises
        ------
        ScarceError
            E256 for a value that is missing or of another type.
        RefusalError
            For cuts that do not rise, and for what are no shares.
        """
        cuts = stored_numbers(stored, "cuts", _WHAT)
        shares = stored_numbers(stored, "shares", _WHAT)
        require(all(low < high for low, high in pairwise(cuts)), "its cuts do not rise")
        require(len(shares) == len(cuts) + 2, "its summary has not as many shares as cuts allow")
        require(min(shares) >= 0.0 and math.isclose(sum(shares), 1.0, rel_tol=1e-3), "its shares are none")
        return cls(tuple(cuts), tuple(shares))


def quantile_cuts(values: FloatArray) -> FloatArray:
    """Return different quantiles, rounded: of a column's own values none need stand in a file."""
    if values.size == 0:
        return values
    halves = np.quantile(
        0.5 * values, _QUANTILES
    )  # between -1e308 and 1e308 lies more than a number can hold
    return np.unique(rounded(2.0 * halves))


def rounded(values: FloatArray) -> FloatArray:
    """Return numbers rounded to six digits."""
    return np.array([float(f"{value:.{_DIGITS}g}") for value in values])
