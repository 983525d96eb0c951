"""JSON lines, or one JSON array of objects, as columns of text: each value as a CSV file would hold it.

Numbers stay as they are written, ``true`` and ``false`` are words, ``null`` and an absent name are empty
fields. So the types of the columns are decided where those of a CSV file are, and nothing is guessed here.

Our own, since of 17 odd files all are read as written or refused with their line; of Arrow's reader 6 are, of
DuckDB's 10. For that 200,000 objects take 3.2 s, and .5 and .9 s there (docs/data.md).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import islice, repeat
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import pyarrow as pa

from scarce.data.files.dialect import head_of
from scarce.data.files.input_faults import line_of, state_of
from scarce.data.files.structured import Rows
from scarce.data.files.text_encoding import UTF8, not_utf8, open_bytes
from scarce.data.suggestion import check_names
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BATCH = 500  # small, since Python's collector walks the objects of a batch again and again
_BLANKS = re.compile(r"[ \t\r\n]*")
_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")
_WORDS = {True: "true", False: "false"}


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object as a dict, and refuse a name that occurs twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {repeated!r} occurs twice")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=str)


@dataclass(frozen=True)
class JsonLines:
    """Names the line of a row; the file is walked when asked, which only errors do.

    Attributes
    ----------
    file : Path
    state : tuple of int or None
        Of the file when it was read: in another one the line would be another.
    encoding : str
    """

    file: Path
    state: tuple[int, ...] | None
    encoding: str = UTF8

    def __call__(self, row: int) -> str:
        """Return the place of a row, counted from 0."""
        return line_of(row, self._lines(), self.file, self.state)

    def _lines(self) -> Iterator[int]:
        with open_bytes(self.file, self.encoding) as opened:
            yield from (number for number, _ in _filled(opened, self.file.name))


class _Record(NamedTuple):
    """One value of the file: its text, and what that says."""

    word: str
    number: int
    text: str
    value: object

    @property
    def place(self) -> str:
        return f"{self.word} {self.number}"


def read_json(
    file: Path, source: str, encoding: str = UTF8
) -> tuple[pa.Table, tuple[str, ...], Rows | JsonLines]:
    """Read JSON lines, or one JSON array of objects.

    Parameters
    ----------
    file : Path
    source : str
    encoding : str

    Returns
    -------
    data : pyarrow.Table of string columns
    notes : tuple of str
    where : Rows or JsonLines

    Raises
    ------
    ScarceError
        E103 to E106 as text; with the place E118 for bad JSON, E119 for nested values, E120 for what is no
        object, E126 for characters that no text can hold and E127 for nesting without end.
    """
    state = state_of(file)
    text, _ = head_of(file, source, encoding)
    array = text.lstrip().startswith("[")
    records = _records(file, array, source, encoding)
    batches = []
    while batch := list(islice(records, _BATCH)):
        batches.append(_columns(batch, source))
    data = pa.concat_tables(batches, promote_options="default") if batches else pa.table({})
    check_names(data.column_names, source)
    return data, (), Rows("row") if array else JsonLines(file, state, encoding)


def _records(file: Path, array: bool, source: str, encoding: str) -> Iterator[_Record]:
    word = "row" if array else "line"
    number = 0
    with open_bytes(file, encoding) as opened:
        try:
            if array:
                content = _decoded(opened.read(), 1, source).removeprefix("\ufeff")
                for number, (text, value) in enumerate(_elements(content), start=1):
                    yield _Record(word, number, text, value)
                return
            for number, text in _filled(opened, source):
                yield _Record(word, number, text, _DECODER.decode(text))
        except RecursionError:
            place = f"{word} {number + array}"
            raise ScarceError("E127", where=place, source=source) from None
        except json.JSONDecodeError as error:
            line = error.lineno if array else number
            reason = f"line {line}, column {error.colno}: {error.msg.removesuffix(' at')}"
            raise ScarceError("E118", source=source, reason=reason) from None
        except ScarceError:
            raise
        except ValueError as error:
            reason = f"{word} {number + array}: {error}"
            raise ScarceError("E118", source=source, reason=reason) from None


def _filled(opened: BinaryIO, source: str) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of each line that is not blank."""
    lines = (line for part in opened for line in part.splitlines())  # ended by CR, LF or both
    for number, line in enumerate(lines, start=1):
        text = _decoded(line, number, source).removeprefix("\ufeff")
        if text.strip():
            yield number, text


def _decoded(content: bytes, line: int, source: str) -> str:
    """Return the text of a part of the file that begins with a line; E105 where it is not UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line += content.count(b"\n", 0, error.start)
        raise not_utf8(content[error.start], line, source) from None


def _elements(text: str) -> Iterator[tuple[str, object]]:
    """Yield the text and the value of each element of an array."""
    position = _after_blanks(text, _after_blanks(text, 0) + 1)
    closed = text[position : position + 1] == "]"
    while not closed:
        value, end = _DECODER.raw_decode(text, position)
        yield text[position:end], value
        position = _after_blanks(text, end)
        closed = text[position : position + 1] == "]"
        if not closed:
            if text[position : position + 1] != ",":
                raise json.JSONDecodeError("Expecting ',' delimiter", text, position)
            position = _after_blanks(text, position + 1)
    end = _after_blanks(text, position + 1)
    if end < len(text):
        raise json.JSONDecodeError("Extra data", text, end)


def _after_blanks(text: str, position: int) -> int:
    return _BLANKS.match(text, position).end()


def _columns(records: list[_Record], source: str) -> pa.Table:
    rows = [_row(record, source) for record in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = []
    for name in names:
        values = [row.get(name) for row in rows]
        try:
            columns.append(pa.array(values, pa.string()))
        except pa.ArrowTypeError:
            texts = map(_text, values, records, repeat(name), repeat(source))
            columns.append(pa.array(list(texts), pa.string()))
    return pa.table(columns, names=names)


def _row(record: _Record, source: str) -> dict[str, object]:
    """Return the names and values of an object.

    Raises
    ------
    ScarceError
        E120 for what is no object, E126 for characters that no text can hold.
    """
    row = record.value
    if not isinstance(row, dict):
        kind = type(json.loads(record.text, parse_int=lambda _: 0)).__name__
        raise ScarceError("E120", where=record.place, source=source, kind=kind)
    if "\\u" in record.text:
        for name, value in row.items():
            _check_characters(name, name, record, source)
            if isinstance(value, str):
                _check_characters(value, name, record, source)
    return row


def _text(value: object, record: _Record, name: str, source: str) -> str | None:
    if isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, dict | list):
        kind = "object" if isinstance(value, dict) else "list"
        held = f"a JSON {kind} in {record.place}"
        raise ScarceError("E119", column=name, kind=held, source=source)
    return value


def _check_characters(text: str, name: str, record: _Record, source: str) -> None:
    """Raise E126 for NUL, and for half of a pair of surrogates, which only an escape can write."""
    found = _NO_CHARACTER.search(text)
    if found:
        written = f"\\u{ord(found[0]):04x}"
        raise ScarceError("E126", where=record.place, source=source, column=name, written=written)
