"""Whether rows are spread over bins as others were, up to a difference too small to matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import ncx2

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

SMALL = 0.1
"""The difference that is let pass: as of a normal column that has moved by a tenth of its spread."""

SMALL_OF_SCORES = 0.25
"""The same of scores: a model says of rows that it was trained on not quite what it says of others."""

LEAST_ROWS = 20
_LEAST_EXPECTED = 5.0


class Part(NamedTuple):
    """One of the populations that the rows may be a mixture of.

    Parameters
    ----------
    weight : float
        Its share of the mixture.
    shares : ndarray
        Of its rows in each bin.
    rows : float
        How many rows these shares were seen in.
    """

    weight: float
    shares: FloatArray
    rows: float


class Drift(NamedTuple):
    """How far rows have moved.

    Parameters
    ----------
    p_value : float
        Of a difference of at most `SMALL`; NaN where there are too few rows to tell.
    moved : float
        The share of rows that would have to move to another bin for the difference to vanish.
    """

    p_value: float
    moved: float


def drift(counts: IntArray, parts: Sequence[Part], *, free: bool = False, small: float = SMALL) -> Drift:
    """Test whether rows come from a mixture, seen in samples of its own.

    Pearson's chi-square over the bins, where both samples expect five rows in each. Its distribution is taken
    at a difference of ``small`` (Cohen's w, ``sqrt(sum (q - p)^2 / p)``): without that allowance so many rows
    alarm as there are, since nothing stays exactly as it was.

    Parameters
    ----------
    counts : ndarray of int, shape (n_bins,)
    parts : sequence of Part
        One population, or the two classes.
    free : bool
        Whether the share of the second part may be any: then only what no mixture explains counts.
    small : float
        At 0 it is the test of whether anything has moved at all.

    Returns
    -------
    Drift

    Examples
    --------
    >>> before = Part(1.0, np.array([0.5, 0.3, 0.2]), 10_000.0)
    >>> round(drift(np.array([510, 290, 200]), [before]).p_value, 2)
    1.0
    >>> found = drift(np.array([300, 290, 410]), [before])
    >>> found.p_value < 1e-9, round(found.moved, 2)
    (True, 0.21)
    """
    n_rows = int(counts.sum())
    if n_rows < LEAST_ROWS:
        return Drift(np.nan, np.nan)
    seen = counts / n_rows
    expected = sum(part.weight * part.shares for part in parts)
    rows = 1.0 / sum(part.weight**2 / part.rows for part in parts)
    moved = 0.5 * float(np.abs(seen - expected).sum())
    pooled = (n_rows * seen + rows * expected) / (n_rows + rows)
    group = _groups(pooled, min(n_rows, rows))
    degrees = int(group.max()) - int(free)
    if degrees < 1:
        return Drift(np.nan, moved)
    difference, both = _summed(seen - expected, group), _summed(pooled, group)
    spread = _covariance(both) / n_rows
    for part in parts:
        own = both if len(parts) == 1 else _summed(part.shares, group)
        spread += part.weight**2 / part.rows * _covariance(own)
    left = np.linalg.solve(spread[1:, 1:], difference[1:])
    statistic = float(difference[1:] @ left)
    if free:
        direction = _summed(parts[1].shares - parts[0].shares, group)[1:]
        along = float(direction @ np.linalg.solve(spread[1:, 1:], direction))
        statistic -= float(direction @ left) ** 2 / along if along > 0.0 else 0.0
    allowed = small**2 * n_rows * rows / (n_rows + rows)
    return Drift(float(ncx2.sf(statistic, degrees, allowed)), moved)


def _groups(pooled: FloatArray, rows: float) -> IntArray:
    """Return which bins are taken together, neighbours first, so that each sample expects five rows."""
    group, number, mass = np.zeros(pooled.size, dtype=np.int64), 0, 0.0
    for place, share in enumerate(pooled):
        group[place] = number
        mass += share * rows
        if mass >= _LEAST_EXPECTED:
            number, mass = number + 1, 0.0
    group[group == number] = max(number - 1, 0)  # what is left at the end goes with the bin before it
    return group


def _summed(values: FloatArray, group: IntArray) -> FloatArray:
    return np.bincount(group, values, int(group.max()) + 1)


def _covariance(shares: FloatArray) -> FloatArray:
    return np.diag(shares) - np.outer(shares, shares)
