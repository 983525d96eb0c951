"""Rows and cuts of engines that read single precision, for rows in double precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_LAST = np.finfo(np.float32).max
TAKEN_FOR_ZERO = 1e-35
"""LightGBM, which also predicts from `Trees`, takes this and anything smaller for 0."""


def in_single_precision(features: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return features as single-precision engines take them.

    What lies beyond the last number becomes the last, and what is next to nothing becomes 0.
    """
    return np.where(np.abs(features) <= TAKEN_FOR_ZERO, 0.0, np.clip(features, -_LAST, _LAST)).astype(
        np.float32
    )


def last_up_to(bounds: ArrayLike) -> NDArray[np.float64]:
    """Return, for each bound, the largest double that is at most the bound once it is in single precision."""
    with np.errstate(over="ignore"):  # after the last number comes infinity
        return last_below(np.nextafter(np.asarray(bounds, np.float32), np.float32(np.inf)))


def last_below(bounds: ArrayLike) -> NDArray[np.float64]:
    """Return, for each bound, the largest double that is below it once it is in single precision.

    So ``x <= last_below(t)`` exactly where ``in_single_precision(x) < t``.

    Parameters
    ----------
    bounds : array_like of float32
        Above the least single-precision number.

    Examples
    --------
    >>> cut = last_below(np.float32(0.1))
    >>> np.float32(cut) < np.float32(0.1) <= np.float32(np.nextafter(cut, 1.0))
    np.True_
    """
    above = np.asarray(bounds, np.float32)
    below = np.nextafter(above, np.float32(-np.inf))
    middle = (above.astype(np.float64) + below.astype(np.float64)) / 2.0
    tie_is_below = (middle.astype(np.float32) < above) | np.isinf(above)
    return np.where(tie_is_below, middle, np.nextafter(middle, -np.inf))
