"""Columns of text as numbers, by the grammar that decides what a number is.

Arrow's own conversion takes more (``0xFF``, ``nan(1)``), so it is given only text that has been found to be
a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scarce import number_grammar

if TYPE_CHECKING:
    import numpy.typing as npt

NUMBER = f"^{number_grammar.NUMBER}$"
INTEGER = r"^[+-]?[0-9]+$"
LEADING_ZERO = r"^[+-]?0[0-9]"
_INTEGER_BYTES = b"0123456789+-"
_NUMBER_BYTES = b"0123456789+-.eE"
_BLOCK = 1 << 18


def matches(values: pa.Array, pattern: str) -> npt.NDArray[np.bool_]:
    """Return which values a pattern matches; nulls are not among them."""
    found = pc.match_substring_regex(values, pattern).fill_null(False)
    return found.to_numpy(zero_copy_only=False)


def as_floats(numbers: pa.Array) -> pa.Array:
    """Return text that is known to be numbers (or null) as float64."""
    return _without_plus(numbers).cast(pa.float64())


def as_integers(whole: pa.Array) -> pa.Array | None:
    """Return text that is known to be whole numbers (or null) as int64; None if one does not fit."""
    return _cast(_without_plus(whole), pa.int64())


def as_plain_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return a column as numbers if nothing else is in it: no blank, no word and no leading zero.

    This is the quick way for large columns. Where it returns None, the column may still hold numbers.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of string

    Returns
    -------
    pyarrow.ChunkedArray of int64 or float64, or None
    """
    # Of these bytes Arrow makes numbers by the grammar above and by no other: a test tries all short words.
    for allowed, kind in ((_INTEGER_BYTES, pa.int64()), (_NUMBER_BYTES, pa.float64())):
        if _holds_only(column, allowed):
            values = _cast(column, kind)
            return None if values is None or _any_leading_zero(column) else values
    return None


def _cast(values: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> pa.Array | pa.ChunkedArray | None:
    try:
        return values.cast(kind)
    except pa.ArrowInvalid:
        return None


def _without_plus(text: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(text, r"^\+", "")


def _holds_only(column: pa.ChunkedArray, allowed: bytes) -> bool:
    """Whether the characters of all values are among these bytes; block by block, as the first may tell."""
    for chunk in column.chunks:
        text, starts = _bytes_of(chunk)
        for start in range(int(starts[0]), int(starts[-1]), _BLOCK):
            block = text[start : min(start + _BLOCK, int(starts[-1]))].tobytes()
            if block.translate(None, allowed):
                return False
    return True


def _any_leading_zero(column: pa.ChunkedArray) -> bool:
    """Whether a number has a zero before another digit, as `LEADING_ZERO` finds it but faster."""
    for chunk in column.drop_null().chunks:
        text, starts = _bytes_of(chunk)
        first, ends = starts[:-1], starts[1:]
        sign = text[first]
        signed = np.flatnonzero((sign == ord("+")) | (sign == ord("-")))
        zero = np.flatnonzero(sign == ord("0"))
        for rows, digit in ((zero, first[zero]), (signed, first[signed] + 1)):
            following = text[np.minimum(digit + 1, starts[-1] - 1)]
            led = (text[digit] == ord("0")) & (following >= ord("0")) & (following <= ord("9"))
            if (digit[led] + 1 < ends[rows[led]]).any():
                return True
    return False


def _bytes_of(chunk: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """Return the text of an array of strings, and where each value starts; the last start is the end."""
    _, starts, text = chunk.buffers()
    if not len(chunk):
        return np.empty(0, np.uint8), np.zeros(1, np.int32)
    offsets = np.frombuffer(starts, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    return np.frombuffer(text or b"", np.uint8), offsets
