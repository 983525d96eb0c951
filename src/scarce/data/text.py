"""From text to types: what a column of strings holds, decided over the whole column.

A column is a number, a truth value or a date only if every one of its values is, apart from fields that say
*missing* (`MISSING`). Otherwise it stays text, and what kept it from being a number is put on record as a
`Quirk`, because a column of numbers with one stray word is usually an accident.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MISSING = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "nil", "?", "-", "--", ".", "missing", "\\n"}
)
_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity)$"
_INTEGER = r"^[+-]?\d+$"
_LEADING_ZERO = r"^[+-]?0\d"
_COMMA = r"^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+$|^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$"
_MOSTLY = 0.9
_PROBES = 256


@dataclass(frozen=True)
class Quirk:
    """Why a column of text is nearly, but not, a column of numbers.

    Attributes
    ----------
    kind : str
        ``"mixed"`` for stray words among numbers, ``"comma"`` for a comma inside the numbers.
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
        return Typed(pa.chunked_array([pa.nulls(len(column), pa.float64())]))
    whole = _cast(column, pa.int64())
    if whole is not None and not _any_match(column, _LEADING_ZERO):
        return Typed(whole)
    plain = _cast(column, pa.float64()) if whole is None else None
    if plain is not None and not (_are_whole(plain) and _all_match(column, _INTEGER)):
        return Typed(plain)
    return _typed_by_distinct_values(column)


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
    return distinct.spread(_as_float(distinct.text, distinct.missing)), None


def timestamps(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int | None]:
    """Parse strings as ISO dates where a date is wanted; returns as `numbers` does."""
    distinct = _Distinct.of(column)
    dates = _as_dates(distinct.text, distinct.missing)
    if dates is not None:
        return distinct.spread(dates), None
    bad = [i for i in np.flatnonzero(~distinct.missing) if _as_dates(distinct.text.slice(i, 1), None) is None]
    mask = np.zeros(len(distinct.text), dtype=bool)
    mask[bad] = True
    return column, distinct.first_row(mask)


def truths(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int | None]:
    """Parse ``true`` and ``false`` where a truth value is wanted; returns as `numbers` does."""
    distinct = _Distinct.of(column)
    bad = ~(distinct.missing | distinct.truth)
    if bad.any():
        return column, distinct.first_row(bad)
    return distinct.spread(_as_truth(distinct)), None


@dataclass(frozen=True)
class _Distinct:
    """The distinct values of a text column, trimmed, and which rows hold each."""

    raw: pa.Array
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
        raw = encoded.dictionary.cast(pa.string())
        text = pc.utf8_trim_whitespace(raw)
        missing = pc.is_in(pc.utf8_lower(text), value_set=pa.array(sorted(MISSING)))
        number = pc.match_substring_regex(text, _NUMBER)
        return cls(
            raw,
            text,
            missing.to_numpy(zero_copy_only=False),
            number.to_numpy(zero_copy_only=False),
            encoded.indices,
        )

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
    present = ~distinct.missing
    tokens = tuple(
        sorted({str(token) for token in distinct.text.filter(pa.array(distinct.missing)).to_pylist()} - {""})
    )
    if not present.any():
        return Typed(pa.chunked_array([pa.nulls(len(column), pa.float64())]), tokens)
    text = distinct.text
    if (distinct.number | distinct.missing).all() and not _codes(text, present):
        return Typed(distinct.spread(_as_number(text, distinct.missing)), tokens)
    truth = pc.is_in(pc.utf8_lower(text), value_set=pa.array(["true", "false"])).to_numpy(
        zero_copy_only=False
    )
    if (truth | distinct.missing).all():
        values = pc.if_else(pa.array(distinct.missing), None, pc.equal(pc.utf8_lower(text), "true"))
        return Typed(distinct.spread(values), tokens)
    dates = _as_dates(text, distinct.missing)
    if dates is not None:
        return Typed(distinct.spread(dates), tokens)
    return Typed(words(column), (), _quirk(distinct, present))


def _codes(text: pa.Array, present: np.ndarray) -> bool:
    """Whether the values are all integers and one of them would not survive as a number."""
    values = text.filter(pa.array(present))
    if not _all_match(values, _INTEGER):
        return False
    return _any_match(values, _LEADING_ZERO) or _cast(_without_plus(values), pa.int64()) is None


def _as_number(text: pa.Array, missing: np.ndarray) -> pa.Array:
    blank = pc.if_else(pa.array(missing), None, _without_plus(text))
    whole = _cast(blank, pa.int64())
    return whole if whole is not None else blank.cast(pa.float64())


def _as_float(text: pa.Array, missing: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(missing), None, text).cast(pa.float64())


def _as_truth(distinct: _Distinct) -> pa.Array:
    return pc.if_else(pa.array(distinct.missing), None, pc.equal(pc.utf8_lower(distinct.text), "true"))


def _as_dates(text: pa.Array, missing: np.ndarray | None) -> pa.Array | None:
    blank = text if missing is None else pc.if_else(pa.array(missing), None, text)
    dates = _cast(blank, pa.timestamp("us"))
    if dates is None:
        zoned = _cast(blank, pa.timestamp("us", "UTC"))
        dates = None if zoned is None else zoned.cast(pa.timestamp("us"))
    return dates


def _quirk(distinct: _Distinct, present: np.ndarray) -> Quirk | None:
    comma = pc.match_substring_regex(distinct.text, _COMMA).to_numpy(zero_copy_only=False)
    n_present = int(distinct.rows_of(present).sum())
    n_number = int(distinct.rows_of(distinct.number).sum())
    stray = present & ~distinct.number
    kind = "mixed"
    if comma.any() and (comma | distinct.number | ~present).all():
        kind, stray = "comma", comma
    elif n_number < _MOSTLY * n_present:
        return None
    rows = distinct.rows_of(stray)
    if not rows.any():
        return None
    first = int(rows.argmax())
    value = str(distinct.text[distinct.index[first].as_py()].as_py())
    return Quirk(kind, first, value, int(rows.sum()), n_number / n_present, int(present.sum()))


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


def _without_plus(text: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(text, r"^\+", "")


def _are_whole(values: pa.ChunkedArray) -> bool:
    return pc.all(pc.equal(pc.floor(values), values)).as_py() is not False


def _all_match(values: pa.Array | pa.ChunkedArray, pattern: str) -> bool:
    return pc.all(pc.match_substring_regex(values, pattern)).as_py() is not False


def _any_match(values: pa.Array | pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(values, pattern)).as_py())


def _cast(values: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> pa.Array | pa.ChunkedArray | None:
    """Return the values as another type, or None; a few rows go first, since each failure costs time."""
    try:
        if len(values) > _PROBES:
            values.take(pa.array(range(0, len(values), len(values) // _PROBES))).cast(kind)
        return values.cast(kind)
    except pa.ArrowInvalid:
        return None
