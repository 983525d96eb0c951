"""Delimited text through DuckDB's strict parser, every field as the text it is.

The parser is not believed: what it makes of a file is counted against the bytes of the file, and whatever
does not add up is read again, record by record.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.files.dialect import Dialect, even_records, records
from scarce.data.files.engine import bound_name, connection, packing
from scarce.data.files.input_faults import line_of, state_of
from scarce.data.files.sniffing import sniff
from scarce.data.files.text_encoding import UTF8, open_bytes
from scarce.data.files.unnamed import without_unnamed
from scarce.data.suggestion import counted
from scarce.errors import ScarceError, remark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_CHUNK = 1 << 24
_BATCH = 10_000
_LINE_ENDS = r"[\r\n]+"
_QUERY = (
    "from read_csv($file, auto_detect=false, header=false, skip=$above, delim=$delimiter, quote=$quote,"
    " escape=$quote, comment='', columns=$columns, strict_mode=true, null_padding=false, ignore_errors=false,"
    " compression=$packing)"
)


@dataclass(frozen=True)
class Lines:
    """Names the line of a data row; the file is walked when asked, which only errors do.

    Attributes
    ----------
    file : Path
    dialect : Dialect
    state : tuple of int or None
        Of the file when it was read: in another one the line would be another.
    """

    file: Path
    dialect: Dialect
    state: tuple[int, ...] | None

    def __call__(self, row: int) -> str:
        """Return the place of a row, counted from 0."""
        found = records(self.file, self.dialect, self.file.name)
        return line_of(row, (line for line, record in found if record), self.file, self.state)


def read_delimited(
    file: Path, source: str, names: Sequence[str] | None = None, encoding: str = UTF8
) -> tuple[pa.Table, tuple[str, ...], Lines]:
    """Read a delimited file as text.

    Parameters
    ----------
    file : Path
    source : str
    names : sequence of str, optional
        The names of the columns, where the file has no header.
    encoding : str

    Returns
    -------
    data : pyarrow.Table of string columns
        An empty field without quotes is null.
    notes : tuple of str
    where : Lines

    Raises
    ------
    ScarceError
        E103 to E113, E154 and E155.
    """
    state = state_of(file)
    dialect = sniff(file, source, names, encoding)
    try:
        data = _parsed(file, dialect, source)
    except ScarceError as error:
        if error.code != "E108" or dialect.delimiter != "\t" or not dialect.quote:
            raise
        dialect = replace(dialect, quote="")
        data = _parsed(file, dialect, source)
    data, notes = without_unnamed(data, source)
    if not dialect.quote:
        notes = (f"{source}: quotes are ordinary characters here", *notes)
    return data, (*_comments(file, dialect, source), *notes), Lines(file, dialect, state)


def _comments(file: Path, dialect: Dialect, source: str) -> tuple[str, ...]:
    """Say how many lines were left out as comments."""
    if not dialect.comment:
        return ()
    between = sum(1 for _ in records(file, dialect, source, comments=True))
    count = counted(dialect.comments + between, "line that begins", "lines that begin")
    what = f"{count} with {dialect.comment}, as comments"
    return (remark("W155", source=source, what=what),)


def _parsed(file: Path, dialect: Dialect, source: str) -> pa.Table:
    census = _census(file, dialect, source)
    if dialect.encoding == UTF8 and dialect.delimiter != " " and not dialect.comment:
        try:
            data = _by_duckdb(file, dialect)
            if len(dialect.names) > 1 and _complete(data, dialect, census):
                return data
        except (duckdb.Error, pa.ArrowException, OSError):
            pass
    # Either the file is at fault, which the walk below says, or it is legal but not to DuckDB: line ends that
    # differ, a line longer than its buffer, letters in another encoding, comments, any number of blanks.
    return _by_csv(file, dialect, source)


def _by_duckdb(file: Path, dialect: Dialect) -> pa.Table:
    values = {
        "file": bound_name(file),
        "above": dialect.above,
        "delimiter": dialect.delimiter,
        "quote": dialect.quote,
        "columns": {f"c{i}": "VARCHAR" for i in range(len(dialect.names))},
        "packing": packing(file),
    }
    with connection() as engine:
        # The memory of a batch is one piece: copied, a column can be let go of while the others stay.
        stream = pa.RecordBatchReader.from_stream(engine.sql(_QUERY, params=values))
        return _table(dialect, ([_copied(column) for column in batch.columns] for batch in stream))


def _by_csv(file: Path, dialect: Dialect, source: str) -> pa.Table:
    rows = even_records(file, dialect, source)
    batches = iter(lambda: list(zip(*islice(rows, _BATCH), strict=True)), [])
    return _table(dialect, ([pa.array(column, pa.string()) for column in batch] for batch in batches))


def _table(dialect: Dialect, batches: Iterator[list[pa.Array]]) -> pa.Table:
    columns: list[list[pa.Array]] = [[] for _ in dialect.names]
    for batch in batches:
        for column, piece in zip(columns, batch, strict=True):
            column.append(piece)
    chunked = [pa.chunked_array(column, pa.string()) for column in columns]
    return pa.table(chunked, names=list(dialect.names))


def _copied(column: pa.Array) -> pa.Array:
    return pa.concat_arrays([column, column.slice(0, 0)])


@dataclass
class _Census:
    """What a file consists of.

    Attributes
    ----------
    lines : int
        Those that are not blank.
    marks : dict of str to int
        How often the delimiter, the quote and the blank occur.
    others : int
        Bytes that are neither these nor line ends.
    """

    lines: int
    marks: dict[str, int]
    others: int


def _census(file: Path, dialect: Dialect, source: str) -> _Census:
    """Count what is in the file, and refuse NUL bytes, which parsers take for text."""
    found = _Census(0, {mark: 0 for mark in (dialect.delimiter, dialect.quote, " ") if mark}, 0)
    line = 1
    after_end = True
    above = dialect.start
    with open_bytes(file, dialect.encoding) as opened:
        while chunk := opened.read(_CHUNK):
            position = chunk.find(b"\0")
            if position >= 0:
                raise ScarceError("E106", source=source, line=line + chunk.count(b"\n", 0, position))
            line += chunk.count(b"\n")
            if above is not None:
                chunk = chunk.removeprefix(codecs.BOM_UTF8)[above:]
                above = None
            if not chunk:
                continue
            codes = np.frombuffer(chunk, np.uint8)
            ends = (codes == ord("\n")) | (codes == ord("\r"))
            found.lines += int(np.count_nonzero(ends[:-1] > ends[1:])) + int(after_end and not ends[0])
            after_end = bool(ends[-1])
            found.others += len(chunk) - int(np.count_nonzero(ends))
            for mark in found.marks:
                count = chunk.count(mark.encode())
                found.marks[mark] += count
                found.others -= count
    return found


def _complete(data: pa.Table, dialect: Dialect, census: _Census) -> bool:
    """Whether every line, delimiter and other byte of the file has come out of the parser.

    Parsers have dropped an empty field too many, a last line longer than a buffer, and the first letter after
    a line end unlike those before it. Each shows here, and reading the whole file a second time is spared
    where the counts agree. What quotes enclose is only looked for where they do not agree at once.
    """
    records = data.num_rows
    marks = dict(census.marks)
    marks[dialect.delimiter] -= (len(dialect.names) - 1) * records
    inside = {mark: _inside(data, re.escape(mark)) if count else 0 for mark, count in marks.items()}
    if inside[dialect.delimiter] != marks[dialect.delimiter]:
        return False
    breaks = 0
    if census.lines != records:
        if census.lines != records + _inside(data, _LINE_ENDS):
            return False
        breaks = _inside(data, r"[\r\n]")
    length = sum(pc.sum(pc.binary_length(column)).as_py() or 0 for column in data.columns)
    return census.others == length - sum(inside.values()) - breaks


def _inside(data: pa.Table, pattern: str) -> int:
    """Count what matches a pattern in the values."""
    counts = (pc.sum(pc.count_substring_regex(column, pattern)).as_py() for column in data.columns)
    return sum(count or 0 for count in counts)
