"""From text to types: what a column of strings holds, decided over the whole column.

A column is a number, a truth value or a date only if every one of its values is, apart from fields that say
*missing* (`distinct_values.MISSING`). Otherwise it stays text, and what kept it from being a number is put on
record as a `Quirk`, because a column of numbers with one stray word is usually an accident. What a number and
a date are is decided in `number_grammar` and `date_grammar`, and what else people write for them in
`number_notation` and `date_notation`, for training and prediction alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.cells import date_notation, number_notation
from scarce.data.cells.date_grammar import dates
from scarce.data.cells.date_notation import DateNotation
from scarce.data.cells.distinct_values import Distinct, says
from scarce.data.cells.notations import AS_FOUND
from scarce.data.cells.number_columns import (
    INTEGER,
    LEADING_ZERO,
    as_floats,
    as_integers,
    as_plain_numbers,
    matches,
)
from scarce.data.cells.number_notation import PLAIN, NumberNotation
from scarce.data.cells.quirk import Quirk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scarce.data.cells.notations import Cells, Notation

_MOSTLY = 0.9


@dataclass(frozen=True)
class Typed:
    """A column after typing, the missing words met in it, its quirk, and how it is written if not plainly."""

    values: pa.ChunkedArray
    missing: tuple[str, ...] = ()
    quirk: Quirk | None = None
    way: Notation | None = None


def typed(column: pa.ChunkedArray, cells: Cells = AS_FOUND, way: Notation | None = None) -> Typed:
    """Decide what a column of strings holds.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of string
        Nulls are missing.
    cells : Cells
        What is said of the cells of the table.
    way : NumberNotation or DateNotation, optional
        How this column is written, where that is known; no other way is then looked for.

    Returns
    -------
    Typed
        int64, float64, bool, timestamp[us] or string values.

    Notes
    -----
    Integers with a leading zero (post codes, account numbers) and integers beyond 64 bits stay text: as
    numbers they would no longer be what was written.

    Examples
    --------
    >>> typed(pa.chunked_array([["1", "2.5", "N/A"]])).values.to_pylist()
    [1.0, 2.5, None]
    >>> typed(pa.chunked_array([["01234", "10115"]])).values.type
    DataType(string)
    """
    if column.null_count == len(column):
        return Typed(_nothing(len(column)))
    plain = as_plain_numbers(column) if _may_be_plain(column, cells, way) else None
    found = _by_distinct_values(column, cells, way) if plain is None else Typed(plain)
    return with_gaps(found, cells)


def numbers(
    column: pa.ChunkedArray, cells: Cells = AS_FOUND, way: Notation | None = None
) -> tuple[pa.ChunkedArray, np.ndarray]:
    """Parse strings as numbers where a number is wanted, whatever else the column might be.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of string
    cells : Cells
    way : NumberNotation, optional
        How they are written, if not plainly.

    Returns
    -------
    values : pyarrow.ChunkedArray of float64
    wrong : ndarray of int
        The rows that hold neither a number nor a gap; `values` is then the column as it was.
    """
    distinct = Distinct.of(column, cells.missing)
    if isinstance(way, NumberNotation) and way != PLAIN:
        values, wrong = way.read(distinct.present)
        return _spread(column, distinct, values.cast(pa.float64(), safe=False), wrong)
    wrong = ~(distinct.missing | distinct.number)
    values = None if wrong.any() else as_floats(distinct.present)
    return _spread(column, distinct, values, wrong)


def timestamps(
    column: pa.ChunkedArray, cells: Cells = AS_FOUND, way: Notation | None = None
) -> tuple[pa.ChunkedArray, np.ndarray]:
    """Parse strings as dates, ISO ones unless a way is given; returns as `numbers` does."""
    distinct = Distinct.of(column, cells.missing)
    values, wrong = (way.read if isinstance(way, DateNotation) else dates)(distinct.present)
    return _spread(column, distinct, values, wrong)


def truths(
    column: pa.ChunkedArray, cells: Cells = AS_FOUND, way: Notation | None = None
) -> tuple[pa.ChunkedArray, np.ndarray]:
    """Parse ``true`` and ``false`` where a truth value is wanted; returns as `numbers` does."""
    distinct = Distinct.of(column, cells.missing)
    return _spread(column, distinct, _as_truth(distinct), ~(distinct.missing | distinct.truth))


def is_date(word: str) -> bool:
    """Whether a word is a date by itself, though it may name a zone where others name none.

    Examples
    --------
    >>> is_date("2024-01-31T10Z"), is_date("soon")
    (True, False)
    """
    return dates(pa.array([word]))[0] is not None


def _may_be_plain(column: pa.ChunkedArray, cells: Cells, way: Notation | None) -> bool:
    """Whether a column that looks like plain numbers is one: a point may part thousands."""
    if way is None:
        return cells.decimal != "," or not pc.any(pc.match_substring(column, ".")).as_py()
    return way == PLAIN


def _by_distinct_values(column: pa.ChunkedArray, cells: Cells, way: Notation | None) -> Typed:
    distinct = Distinct.of(column, cells.missing)
    tokens = tuple(sorted(set(distinct.text.filter(pa.array(distinct.missing)).to_pylist()) - {""}))
    if distinct.missing.all():
        return Typed(_nothing(len(column)), tokens)
    if way is not None and way != PLAIN:
        values, wrong = way.read(distinct.present)
        return (
            _as_words(distinct, cells) if wrong.any() else Typed(distinct.spread(values), tokens, None, way)
        )
    if way is None and cells.decimal == ",":
        found = number_notation.find(distinct.present, ",")
        if isinstance(found, tuple) and found[0].decimal == ",":
            return Typed(distinct.spread(found[1]), tokens, None, found[0])
    if (distinct.number | distinct.missing).all():
        return _typed_numbers(distinct, tokens, cells)
    if (distinct.truth | distinct.missing).all():
        return Typed(distinct.spread(_as_truth(distinct)), tokens)
    found, _ = dates(distinct.present)
    if found is not None:
        return Typed(distinct.spread(found), tokens)
    return _written(distinct, tokens, cells) if way is None else _as_words(distinct, cells)


def _written(distinct: Distinct, tokens: tuple[str, ...], cells: Cells) -> Typed:
    """Return dates and numbers that are not written plainly; else words, and what kept them from that."""
    doubts = []
    for found in (
        date_notation.find(distinct.present, cells.date_format),
        number_notation.find(distinct.present, cells.decimal),
    ):
        if isinstance(found, tuple):
            return Typed(distinct.spread(found[1]), tokens, None, found[0])
        doubts += [found] if found is not None else []
    sure = [doubt for doubt in doubts if doubt.kind != "mixed"]
    if sure:
        return replace(
            _as_words(distinct, cells), quirk=_quirk(sure[0].kind, distinct, sure[0].odd, sure[0].told)
        )
    odd = [("mixed", ~distinct.missing & ~distinct.number), *(("mixed", doubt.odd) for doubt in doubts)]
    undated = date_notation.strays(distinct.present, _MOSTLY)
    odd += [("undated", undated)] if undated is not None else []
    least = min((_quirk(kind, distinct, mask) for kind, mask in odd), key=lambda quirk: quirk.count)
    return replace(_as_words(distinct, cells), quirk=least if least.share >= _MOSTLY else None)


def _as_words(distinct: Distinct, cells: Cells) -> Typed:
    """Return the words of a column; of what says missing only an empty field and what the user named does."""
    named = says(distinct.text, cells.missing) if cells.missing else np.zeros(len(distinct.text), dtype=bool)
    met = tuple(sorted(set(distinct.text.filter(pa.array(named)).to_pylist())))
    gap = pa.array(named | says(distinct.text, ("",)))
    return Typed(distinct.spread(pc.if_else(gap, None, distinct.text)), met)


def with_gaps(found: Typed, cells: Cells) -> Typed:
    """Return numbers without those that the user says mean missing; anything else as it is.

    Examples
    --------
    >>> from scarce.data.cells.notations import Cells
    >>> with_gaps(Typed(pa.chunked_array([[1, -999]])), Cells(missing=("-999",))).values.to_pylist()
    [1, None]
    """
    values = found.values
    numeric = pa.types.is_integer(values.type) or pa.types.is_floating(values.type)
    for word, value in cells.missing_numbers if numeric else ():
        gap = pc.equal(values.cast(pa.float64(), safe=False), value).fill_null(False)
        if pc.any(gap).as_py():
            values = pc.if_else(gap, pa.scalar(None, values.type), values)
            found = replace(found, values=values, missing=(*found.missing, word))
    return found


def _spread(
    column: pa.ChunkedArray, distinct: Distinct, values: pa.Array | None, wrong: np.ndarray
) -> tuple[pa.ChunkedArray, np.ndarray]:
    """Return one value a row, or the column as it is with the rows that are wrong."""
    if wrong.any():
        return column, np.flatnonzero(distinct.rows_of(wrong))
    return distinct.spread(values), np.empty(0, dtype=np.int64)


def _typed_numbers(distinct: Distinct, tokens: tuple[str, ...], cells: Cells) -> Typed:
    """Return numbers, or the text as it is where all are whole and one would not survive as a number."""
    zeros = ~distinct.missing & matches(distinct.text, LEADING_ZERO)
    if not matches(distinct.text, INTEGER)[~distinct.missing].all():
        values = distinct.spread(as_floats(distinct.present))
        return Typed(values, tokens, _quirk("zeros", distinct, zeros) if zeros.any() else None)
    whole = as_integers(distinct.present)
    if whole is not None and not zeros.any():
        return Typed(distinct.spread(whole), tokens)
    beyond = np.abs(as_floats(distinct.present).fill_null(0.0).to_numpy()) >= 2.0**63
    return replace(
        _as_words(distinct, cells), quirk=_quirk("codes", distinct, zeros if zeros.any() else beyond)
    )


def _nothing(rows: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.nulls(rows, pa.float64())])


def _as_truth(distinct: Distinct) -> pa.Array:
    return pc.equal(pc.utf8_lower(distinct.present), "true")


def _quirk(kind: str, distinct: Distinct, odd: np.ndarray, told: str = "") -> Quirk:
    rows = distinct.rows_of(odd)
    first = int(rows.argmax())
    value = str(distinct.text[distinct.index[first].as_py()].as_py())
    count, present = int(rows.sum()), int(distinct.rows_of(~distinct.missing).sum())
    return Quirk(kind, first, value, count, 1.0 - count / present, int((~distinct.missing).sum()), told)


def words(column: pa.ChunkedArray, missing: Sequence[str] = ()) -> pa.ChunkedArray:
    """Return text without the blanks around it, empty as missing.

    Any other token of a text column, ``N/A`` too, is a category like the rest, unless it is one of `missing`.

    Examples
    --------
    >>> words(pa.chunked_array([[" red", "", None]])).to_pylist()
    ['red', None, None]
    """
    trimmed = pc.utf8_trim_whitespace(column)
    empty = pa.array(says(trimmed, ("", *missing))) if missing else pc.equal(trimmed, "")
    if not pc.any(empty).as_py():
        return trimmed
    return pc.if_else(empty, pa.scalar(None, column.type), trimmed)
