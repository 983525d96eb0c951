"""Whole numbers that name the rows: ids, policy and account numbers, row numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]

_LEAST_ROWS = 100
_FILLED = 0.95
_EXACT = 2.0**53
_EXPECTED = 7.0
_FEWER = 0.1
_REPEATED = 0.01
_LONG = 9
_DIGITS = 5
_KOLMOGOROV = 1.63  # its 99 % quantile, to be divided by the root of the number of values


def is_identifier(column: pa.ChunkedArray) -> bool:
    """Whether whole numbers are ids or row numbers rather than a measurement.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Type as in a `Table`.

    Returns
    -------
    bool
        True for at least 100 numbers, hardly any of them missing, that

        * repeat at least ten times less than chance would have them repeat, wherever in their range they fall
          (at least seven repeats by chance, which even the most even measurement has);
        * or only rise from row to row, and hardly repeat;
        * or hardly repeat, and all have the same number of digits, nine or more; or five or more, if they
          are spread evenly over all numbers of so many digits.

    Notes
    -----
    Text that hardly repeats is no feature anyway (`schema.reads_as_text`).

    Examples
    --------
    >>> numbers = np.random.default_rng(0).permutation(500)
    >>> is_identifier(pa.chunked_array([numbers])), is_identifier(pa.chunked_array([numbers // 2]))
    (True, False)
    """
    whole = _whole(column)
    if whole is None or len(whole) < max(_LEAST_ROWS, _FILLED * len(column)):
        return False
    ordered = np.sort(whole)
    repeats = int(np.count_nonzero(ordered[1:] == ordered[:-1]))
    if _avoids_repeats(ordered, repeats):
        return True
    if repeats > _REPEATED * len(ordered):
        return False
    return bool((whole[1:] >= whole[:-1]).all()) or _is_numbered(ordered)


def _whole(column: pa.ChunkedArray) -> IntArray | None:
    """Return the whole numbers of a column, or None if it holds others."""
    present = column.drop_null()
    if pa.types.is_integer(column.type):
        return present.cast(pa.int64(), safe=False).to_numpy()
    if not pa.types.is_floating(column.type):
        return None
    values = present.to_numpy()
    values = values[~np.isnan(values)]
    if not (np.abs(values) < _EXACT).all() or (values != np.floor(values)).any():
        return None
    return values.astype(np.int64)


def _avoids_repeats(ordered: IntArray, repeats: int) -> bool:
    """Whether numbers repeat far less than if they were drawn from their range in the most even way."""
    n = float(len(ordered))
    width = float(ordered[-1]) - float(ordered[0]) + 1.0
    if width < 2.0:
        return False
    by_chance = n + width * np.expm1(n * np.log1p(-1.0 / width))
    return bool(by_chance >= _EXPECTED) and repeats <= _FEWER * by_chance


def _is_numbered(ordered: IntArray) -> bool:
    """Whether ascending numbers have one length, a long one or one that they fill evenly."""
    if ordered[0] <= 0:
        return False
    digits = len(str(ordered[0]))
    if digits != len(str(ordered[-1])) or digits < _DIGITS:
        return False
    if digits >= _LONG:
        return True
    first = 10.0 ** (digits - 1)
    even = (np.arange(len(ordered)) + 0.5) / len(ordered)
    gap = np.abs((ordered - first) / (9.0 * first) - even).max()
    return bool(gap <= _KOLMOGOROV / np.sqrt(len(ordered)))
