"""Bring columns of any source to the five types that a `Table` has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.text import Quirk, typed, words
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_MICROSECONDS = pa.timestamp("us")


def normal_form(
    data: dict[str, pa.ChunkedArray], text: AbstractSet[str], source: str
) -> tuple[pa.Table, dict[str, tuple[str, ...]], dict[str, Quirk]]:
    """Type every column.

    Parameters
    ----------
    data : dict of str to pyarrow.ChunkedArray
        The columns. It is emptied, so that a column's text is let go of before the next one is typed.
    text : set of str
        Columns of strings to leave as words.
    source : str

    Returns
    -------
    data : pyarrow.Table
    missing : dict of str to tuple of str
        The words read as missing, where there were any.
    quirks : dict of str to Quirk

    Raises
    ------
    ScarceError
        E119 for a column whose values are not single values.
    """
    columns: dict[str, pa.ChunkedArray] = {}
    missing: dict[str, tuple[str, ...]] = {}
    quirks: dict[str, Quirk] = {}
    for name in list(data):
        plain = of_five_types(data.pop(name), name, source)
        if pa.types.is_string(plain.type) and name in text:
            plain = words(plain)
        elif pa.types.is_string(plain.type):
            found = typed(plain)
            plain = found.values
            if found.missing:
                missing[name] = found.missing
            if found.quirk:
                quirks[name] = found.quirk
        columns[name] = plain
    return pa.table(columns), missing, quirks


def of_five_types(column: pa.ChunkedArray, name: str, source: str) -> pa.ChunkedArray:
    """Return a column as int64, float64, bool, timestamp[us] or string.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
    name, source : str
        For the message.

    Raises
    ------
    ScarceError
        E119 for a column whose values are not single values.
    """
    kind = column.type
    if pa.types.is_integer(kind) and 0 < len(column) == column.null_count:
        # as in a CSV file, and DuckDB before 2.0 makes integers of a Parquet column without a type
        return column.cast(pa.float64())
    if pa.types.is_dictionary(kind):
        return of_five_types(column.cast(kind.value_type), name, source)
    if pa.types.is_boolean(kind) or pa.types.is_int64(kind) or pa.types.is_float64(kind):
        return column
    if pa.types.is_uint64(kind):
        fits = (pc.max(column).as_py() or 0) < 2**63
        return column.cast(pa.int64() if fits else pa.float64(), safe=False)
    if pa.types.is_integer(kind):
        return column.cast(pa.int64())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        return column.cast(pa.float64(), safe=False)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return column.cast(_MICROSECONDS, safe=False)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    if pa.types.is_time(kind):
        return column.cast(pa.time64("us"), safe=False).cast(pa.int64())
    if pa.types.is_duration(kind):
        return column.cast(pa.int64())
    raise ScarceError("E119", column=name, kind=str(kind), source=source)


def shown(value: pa.Scalar) -> str:
    """Return a value as a message shows it; a date may lie beyond the years that Python has."""
    if pa.types.is_timestamp(value.type):
        return str(value.cast(pa.string())).removesuffix(".000000")
    return str(value.as_py())
