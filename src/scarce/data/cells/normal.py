"""Bring columns of any source to the five types that a `Table` has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.cells.notations import AS_FOUND
from scarce.data.cells.text import Typed, typed, with_gaps, words
from scarce.data.cells.written_notes import maybe_grouped, told
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from scarce.data.cells.notations import Cells, Notation
    from scarce.data.cells.quirk import Quirk

_MICROSECONDS = pa.timestamp("us")


@dataclass(frozen=True)
class NormalForm:
    """The columns of a table after typing.

    Attributes
    ----------
    data : pyarrow.Table
    missing : dict of str to tuple of str
        The words read as missing, where there were any.
    quirks : dict of str to Quirk
    cells : Cells
        How the cells are written.
    notes : list of str
        What was read as something else than it looks like.
    """

    data: pa.Table
    missing: dict[str, tuple[str, ...]]
    quirks: dict[str, Quirk]
    cells: Cells
    notes: list[str]


def normal_form(
    data: dict[str, pa.ChunkedArray], text: AbstractSet[str], source: str, cells: Cells = AS_FOUND
) -> NormalForm:
    """Type every column.

    Parameters
    ----------
    data : dict of str to pyarrow.ChunkedArray
        The columns. It is emptied, so that a column's text is let go of before the next one is typed.
    text : set of str
        Columns of strings to leave as words.
    source : str
    cells : Cells
        What is known of how the cells are written.

    Raises
    ------
    ScarceError
        E119 for a column whose values are not single values, E126 for text that is not UTF-8, E128 for dates
        beyond all microseconds.
    """
    columns: dict[str, pa.ChunkedArray] = {}
    missing: dict[str, tuple[str, ...]] = {}
    quirks: dict[str, Quirk] = {}
    ways: dict[str, Notation] = {}
    grouped: dict[str, tuple[str, bool]] = {}
    for name in list(data):
        plain = of_five_types(data.pop(name), name, source)
        if not pa.types.is_string(plain.type):
            found = with_gaps(Typed(plain), cells)
        elif name in text:
            found = Typed(words(plain, cells.missing))
        else:
            found = typed(plain, cells, cells.columns.get(name))
            if pa.types.is_float64(found.values.type) and found.way is None and (odd := maybe_grouped(plain)):
                grouped[name] = odd
        columns[name] = found.values
        if found.missing:
            missing[name] = found.missing
        if found.quirk:
            quirks[name] = found.quirk
        if found.way:
            ways[name] = found.way
    new = {name: way for name, way in ways.items() if name not in cells.columns}
    # three decimals everywhere are measurements, unless other columns have a comma for decimals
    commas = any(getattr(way, "decimal", "") == "," for way in ways.values())
    doubtful = {name: value for name, (value, everywhere) in grouped.items() if commas or not everywhere}
    notes = [] if cells.columns else told(columns, new, doubtful, missing, cells)
    return NormalForm(pa.table(columns), missing, quirks, replace(cells, columns=ways), notes)


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
        E119 for a column whose values are not single values, E126 for text that is not UTF-8, E128 for dates
        beyond all microseconds.
    """
    kind = column.type
    if pa.types.is_integer(kind) and 0 < len(column) == column.null_count:
        # as in a CSV file, and DuckDB before 2.0 makes integers of a Parquet column without a type
        return column.cast(pa.float64())
    if pa.types.is_dictionary(kind) and not pa.types.is_nested(_stored(kind.value_type)):
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
        return _in_microseconds(column, name, source)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _checked_text(column.cast(pa.string()), name, source)
    if pa.types.is_time(kind):
        return column.cast(pa.time64("us"), safe=False).cast(pa.int64())
    if pa.types.is_duration(kind):
        return column.cast(pa.int64())
    raise ScarceError("E119", column=name, kind=str(kind), source=source)


def _stored(kind: pa.DataType) -> pa.DataType:
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def _in_microseconds(column: pa.ChunkedArray, name: str, source: str) -> pa.ChunkedArray:
    """Return dates in microseconds: parts of one are dropped, and what no number of them reaches is E128."""
    finer = pa.types.is_timestamp(column.type) and column.type.unit == "ns"
    try:
        return column.cast(_MICROSECONDS, safe=not finer)
    except pa.ArrowInvalid:
        raise ScarceError("E128", column=name, source=source) from None


def _checked_text(text: pa.ChunkedArray, name: str, source: str) -> pa.ChunkedArray:
    """Return text, or raise E126 for a value that is not UTF-8, as only another library makes it."""
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        raw = [value or b"" for value in text.cast(pa.binary()).to_pylist()]
        row = next(row for row, value in enumerate(raw) if value.decode(errors="ignore").encode() != value)
        place = {"where": f"row {row + 1}", "source": source, "column": name}
        raise ScarceError("E126", **place, written=repr(raw[row])) from None
    return text


def dates_as_text(dates: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return dates as a text file would hold them: a day alone at midnight, and no empty part of a second.

    The years may be any, which Arrow's own text, up to 32767, does not have.

    Examples
    --------
    >>> dates = pa.chunked_array([[1704067200000000, 1704103872500000, None]], pa.timestamp("us"))
    >>> dates_as_text(dates).to_pylist()
    ['2024-01-01', '2024-01-01 10:11:12.500000', None]
    """
    words = np.datetime_as_string(dates.cast(pa.int64()).fill_null(0).to_numpy().astype("M8[us]"))
    text = pc.replace_substring(pa.chunked_array([words.astype(object)], pa.string()), "T", " ")
    text = pc.replace_substring_regex(text, r"(?: 00:00:00)?\.0{6}$", "")
    return pc.if_else(dates.is_null(), None, text)


def shown(value: pa.Scalar) -> str:
    """Return a value as a message shows it: as a text file would hold it."""
    if pa.types.is_timestamp(value.type):
        return dates_as_text(pa.chunked_array([[value]], value.type))[0].as_py()
    return value.cast(pa.string()).as_py() if pa.types.is_boolean(value.type) else str(value.as_py())
