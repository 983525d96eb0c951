"""Whole numbers that name the rows: ids, policy and account numbers, row numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]

_LEAST_ROWS = 100
_FILLED = 0.9
_EXACT = 2.0**53
_EXPECTED = 7.0
_FEWER = 0.2
_REPEATED = 0.01
_UNEVEN = 0.1
_LONG = 9
_DIGITS = 5
_MANY_ROWS = 1000


def is_identifier(column: pa.ChunkedArray) -> bool:
    """Whether whole numbers are ids or row numbers rather than a measurement.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Type as in a `Table`.

    Returns
    -------
    bool
        True for at least 100 numbers, at most a tenth of them missing, that

        * repeat at least five times less than chance would have them repeat, wherever in their range they
          fall (of the repeats by chance, which even the most even measurement has, the first seven are not
          counted);
        * or hardly repeat and are spread evenly: over their range if they only rise from row to row or have
          all the same number of digits, nine or more; over all numbers of so many digits if these are five
          or more, and the rows 1,000.

    Notes
    -----
    Ranks, the years of an annual table and times at a steady pace cannot be told from row numbers.
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
    first, last = ordered[0], ordered[-1]
    digits = len(str(first)) if first > 0 and len(str(first)) == len(str(last)) else 0
    if digits >= _LONG or (whole[1:] >= whole[:-1]).all():
        return _are_even(ordered, float(first), float(last))
    power = 10.0 ** (digits - 1)
    return digits >= _DIGITS and len(ordered) >= _MANY_ROWS and _are_even(ordered, power, 10.0 * power)


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
    return bool(repeats <= _FEWER * (by_chance - _EXPECTED))


def _are_even(ordered: IntArray, low: float, high: float) -> bool:
    """Whether the shares of ascending numbers up to each differ little from an even spread (Kolmogorov)."""
    even = (np.arange(len(ordered)) + 0.5) / len(ordered)
    return bool(np.abs((ordered - low) / (high - low) - even).max() <= _UNEVEN)
