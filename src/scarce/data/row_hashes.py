"""64-bit hashes of rows: equal rows have equal ones, and others practically never."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    HashArray = npt.NDArray[np.uint64]

MISSING = np.uint64(0x7FF8DEADBEEF0001)
"""What stands for a missing number, whatever its own bits."""

_ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def row_hashes(features: npt.NDArray[np.float64]) -> HashArray:
    """Return a hash of each row of a matrix; missing equals missing, and 0.0 equals -0.0.

    Parameters
    ----------
    features : ndarray of float64, shape (n_rows, n_features)

    Returns
    -------
    ndarray of uint64, shape (n_rows,)
        The same on every machine; spread evenly over all numbers of 64 bits.

    Examples
    --------
    >>> first, second, third = row_hashes(np.array([[0.0, np.nan], [-0.0, np.nan], [np.nan, 0.0]]))
    >>> bool(first == second), bool(first == third)
    (True, False)
    """
    hashes = np.zeros(len(features), dtype=np.uint64)
    for column in features.T:
        hashes = mixed(hashes ^ number_bits(column))
    return hashes


def number_bits(values: npt.NDArray[np.float64]) -> HashArray:
    """Return the bits of numbers, equal where the numbers are or where both are missing."""
    values = values + 0.0  # -0.0 becomes 0.0
    return np.where(np.isnan(values), MISSING, values.view(np.uint64))


def mixed(values: HashArray) -> HashArray:
    """Scramble 64 bits so that the next column's bits meet none of their own (splitmix64's finaliser)."""
    values = values + _ODD[0]
    values = (values ^ (values >> np.uint64(30))) * _ODD[1]
    values = (values ^ (values >> np.uint64(27))) * _ODD[2]
    return values ^ (values >> np.uint64(31))
