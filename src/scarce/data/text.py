"""From text to types: what a column of strings holds, decided over the whole column.

A column is a number, a truth value or a date only if every one of its values is, apart from fields that say
*missing* (`MISSING`). Otherwise it stays text, and what kept it from being a number is put on record as a
`Quirk`, because a column of numbers with one stray word is usually an accident. What a number and a date are
is decided in `number_grammar` and `date_grammar`, for training and prediction alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.date_grammar import dates
from scarce.data.number_columns import (
    INTEGER,
    LEADING_ZERO,
    NUMBER,
    as_floats,
    as_integers,
    as_plain_numbers,
    matches,
)

MISSING = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "nil", "?", "-", "--", ".", "missing", "\\n"}
)
_COMMA = r"^[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+),[0-9]+$|^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$"
_MOSTLY = 0.9


@dataclass(frozen=True)
class Quirk:
    """What is odd about a column of text that looks like numbers.

    Attributes
    ----------
    kind : str
        ``"mixed"`` for stray words among numbers, ``"comma"`` for a comma inside the numbers, ``"codes"`` for
        whole numbers that stay text (a leading zero, or beyond 64 bits), ``"zeros"`` for leading zeros that
        are lost, since the column holds other numbers too.
    row : int
        The first such row, counted from 0.
    value : str
        What stands there.
    count : int
        Rows like it.
    share : float
        Share of the values that are numbers as they stand.
    distinct : int
        Different values in the column.
    """

    kind: str
    row: int
    value: str
    count: int
    share: float
    distinct: int


@dataclass(frozen=True)
class Typed:
    """A column after typing, the missing tokens met in it, and its quirk if it has one."""

    values: pa.ChunkedArray
    missing: tuple[str, ...] = ()
    quirk: Quirk | None = None


def typed(column: pa.ChunkedArray) -> Typed:
    """Decide what a column of strings holds.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of string
        Nulls are missing.

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
    plain = as_plain_numbers(column)
    return _typed_by_distinct_values(column) if plain is None else Typed(plain)


def numbers(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int | None]:
    """Parse strings as numbers where a number is wanted, whatever else the column might be.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of string

    Returns
    -------
    values : pyarrow.ChunkedArray of float64
    first_bad : int or None
        The first row that is neither a number nor missing.
    """
    distinct = _Distinct.of(column)
    bad = ~(distinct.missing | distinct.number)
    if bad.any():
        return column, distinct.first_row(bad)
    return distinct.spread(as_floats(distinct.present)), None


def timestamps(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int | None]:
    """Parse strings as ISO dates where a date is wanted; returns as `numbers` does."""
    distinct = _Distinct.of(column)
    values, wrong = dates(distinct.present)
    return (column, distinct.first_row(wrong)) if values is None else (distinct.spread(values), None)


def truths(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int | None]:
    """Parse ``true`` and ``false`` where a truth value is wanted; returns as `numbers` does."""
    distinct = _Distinct.of(column)
    bad = ~(distinct.missing | distinct.truth)
    if bad.any():
        return column, distinct.first_row(bad)
    return distinct.spread(_as_truth(distinct)), None


def is_date(word: str) -> bool:
    """Whether a word is a date by itself, though it may name a zone where others name none.

    Examples
    --------
    >>> is_date("2024-01-31T10Z"), is_date("soon")
    (True, False)
    """
    return dates(pa.array([word]))[0] is not None


@dataclass(frozen=True)
class _Distinct:
    """The distinct values of a text column, trimmed, and which rows hold each."""

    text: pa.Array
    missing: np.ndarray
    number: np.ndarray
    index: pa.Array

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> _Distinct:
        encoded = column.combine_chunks()
        if isinstance(encoded, pa.ChunkedArray):  # over 2 GB of text
            encoded = pa.concat_arrays(encoded.cast(pa.large_string()).chunks)
        encoded = encoded.dictionary_encode()
        text = pc.utf8_trim_whitespace(encoded.dictionary.cast(pa.string()))
        missing = pc.is_in(pc.utf8_lower(text), value_set=pa.array(sorted(MISSING)))
        return cls(text, missing.to_numpy(zero_copy_only=False), matches(text, NUMBER), encoded.indices)

    @property
    def present(self) -> pa.Array:
        """The values, null where they say missing."""
        return pc.if_else(pa.array(self.missing), None, self.text)

    @property
    def truth(self) -> np.ndarray:
        words = pa.array(["true", "false"])
        return pc.is_in(pc.utf8_lower(self.text), value_set=words).to_numpy(zero_copy_only=False)

    def rows_of(self, mask: np.ndarray) -> np.ndarray:
        """Return the rows whose value is among the masked ones."""
        codes = self.index.fill_null(len(mask)).to_numpy(zero_copy_only=False)
        return np.append(mask, False)[codes]

    def first_row(self, mask: np.ndarray) -> int:
        return int(self.rows_of(mask).argmax())

    def spread(self, values: pa.Array) -> pa.ChunkedArray:
        """Return one value a row from one a distinct value."""
        return pa.chunked_array([values.take(self.index)])


def _typed_by_distinct_values(column: pa.ChunkedArray) -> Typed:
    distinct = _Distinct.of(column)
    tokens = tuple(sorted(set(distinct.text.filter(pa.array(distinct.missing)).to_pylist()) - {""}))
    if distinct.missing.all():
        return Typed(_nothing(len(column)), tokens)
    if (distinct.number | distinct.missing).all():
        return _typed_numbers(column, distinct, tokens)
    if (distinct.truth | distinct.missing).all():
        return Typed(distinct.spread(_as_truth(distinct)), tokens)
    found, _ = dates(distinct.present)
    if found is not None:
        return Typed(distinct.spread(found), tokens)
    return Typed(words(column), (), _stray(distinct))


def _typed_numbers(column: pa.ChunkedArray, distinct: _Distinct, tokens: tuple[str, ...]) -> Typed:
    """Return numbers, or the text as it is where all are whole and one would not survive as a number."""
    zeros = ~distinct.missing & matches(distinct.text, LEADING_ZERO)
    if not matches(distinct.text, INTEGER)[~distinct.missing].all():
        values = distinct.spread(as_floats(distinct.present))
        return Typed(values, tokens, _quirk("zeros", distinct, zeros) if zeros.any() else None)
    whole = as_integers(distinct.present)
    if whole is not None and not zeros.any():
        return Typed(distinct.spread(whole), tokens)
    beyond = np.abs(as_floats(distinct.present).fill_null(0.0).to_numpy()) >= 2.0**63
    return Typed(words(column), (), _quirk("codes", distinct, zeros if zeros.any() else beyond))


def _nothing(rows: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.nulls(rows, pa.float64())])


def _as_truth(distinct: _Distinct) -> pa.Array:
    return pc.equal(pc.utf8_lower(distinct.present), "true")


def _stray(distinct: _Distinct) -> Quirk | None:
    """Return what keeps a column of words from being one of numbers, if little does."""
    comma = matches(distinct.text, _COMMA)
    if comma.any() and (comma | distinct.number | distinct.missing).all():
        return _quirk("comma", distinct, comma)
    found = _quirk("mixed", distinct, ~distinct.missing & ~distinct.number)
    return found if found.share >= _MOSTLY else None


def _quirk(kind: str, distinct: _Distinct, odd: np.ndarray) -> Quirk:
    rows = distinct.rows_of(odd)
    first = int(rows.argmax())
    value = str(distinct.text[distinct.index[first].as_py()].as_py())
    share = distinct.rows_of(distinct.number).sum() / distinct.rows_of(~distinct.missing).sum()
    return Quirk(kind, first, value, int(rows.sum()), float(share), int((~distinct.missing).sum()))


def words(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return text without the blanks around it, empty as missing.

    Any other token of a text column, ``N/A`` too, is a category like the rest.

    Examples
    --------
    >>> words(pa.chunked_array([[" red", "", None]])).to_pylist()
    ['red', None, None]
    """
    trimmed = pc.utf8_trim_whitespace(column)
    empty = pc.equal(trimmed, "")
    if not pc.any(empty).as_py():
        return trimmed
    return pc.if_else(empty, pa.scalar(None, column.type), trimmed)
