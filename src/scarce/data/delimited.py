"""Delimited text through DuckDB's strict parser, every field as the text it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.dialect import Dialect, diagnose, open_bytes, records, sniff
from scarce.data.engine import bound_name, connection, packing
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 1 << 24
_QUERY = (
    "from read_csv($file, auto_detect=false, header=true, skip=0, delim=$delimiter, quote=$quote,"
    " escape=$quote, comment='', columns=$columns, strict_mode=true, null_padding=false, ignore_errors=false,"
    " compression=$packing)"
)


@dataclass(frozen=True)
class Lines:
    """Names the line of a data row; the file is walked when asked, which only errors do."""

    file: Path
    dialect: Dialect

    def __call__(self, row: int) -> str:
        """Return the place of a row, counted from 0."""
        filled = (line for line, record in records(self.file, self.dialect, self.file.name) if record)
        for index, line in enumerate(filled):
            if index == row + 1:
                return f"line {line}"
        return f"row {row + 1}"


def read_delimited(file: Path, source: str) -> tuple[pa.Table, tuple[str, ...], Lines]:
    """Read a delimited file as text.

    Parameters
    ----------
    file : Path
    source : str

    Returns
    -------
    data : pyarrow.Table of string columns
        An empty field without quotes is null.
    notes : tuple of str
    where : Lines

    Raises
    ------
    ScarceError
        E103 to E113.
    """
    dialect = sniff(file, source)
    try:
        data, notes = _parsed(file, dialect, source)
    except ScarceError as error:
        if error.code != "E108" or dialect.delimiter != "\t" or not dialect.quote:
            raise
        dialect = Dialect(dialect.names, "\t", "")
        data, notes = _parsed(file, dialect, source)
    if not dialect.quote:
        notes = (*notes, f"{source}: quotes are ordinary characters here")
    return data, notes, Lines(file, dialect)


def _parsed(file: Path, dialect: Dialect, source: str) -> tuple[pa.Table, tuple[str, ...]]:
    delimiters = _scan(file, dialect.delimiter, source)
    try:
        data = _by_duckdb(file, dialect)
        if len(dialect.names) > 1 and _complete(data, dialect, delimiters):
            return data, ()
    except duckdb.Error:
        pass
    # Either the file is at fault, which this says, or it is legal but not to DuckDB: line ends that differ,
    # or a line break in the header, after which it silently finds no rows.
    diagnose(file, dialect, source)
    return _by_csv(file, dialect, source), ()


def _by_duckdb(file: Path, dialect: Dialect) -> pa.Table:
    columns = {f"c{i}": "VARCHAR" for i in range(len(dialect.names))}
    values = {
        "file": bound_name(file),
        "delimiter": dialect.delimiter,
        "quote": dialect.quote,
        "columns": columns,
        "packing": packing(file),
    }
    with connection() as engine:
        data = engine.sql(_QUERY, params=values).to_arrow_table()
    return data.rename_columns(list(dialect.names))


def _by_csv(file: Path, dialect: Dialect, source: str) -> pa.Table:
    rows = [record for _, record in records(file, dialect, source) if record][1:]
    columns = list(zip(*rows, strict=True)) or [() for _ in dialect.names]
    return pa.table([pa.array(column, pa.string()) for column in columns], names=list(dialect.names))


def _scan(file: Path, delimiter: str, source: str) -> int:
    """Count the delimiter in the file, and refuse NUL bytes, which parsers take for text."""
    mark = delimiter.encode()
    found = lines = 0
    with open_bytes(file) as opened:
        while chunk := opened.read(_CHUNK):
            position = chunk.find(b"\0")
            if position >= 0:
                line = lines + chunk.count(b"\n", 0, position) + 1
                raise ScarceError("E106", source=source, line=line)
            found += chunk.count(mark)
            lines += chunk.count(b"\n")
    return found


def _complete(data: pa.Table, dialect: Dialect, delimiters: int) -> bool:
    """Whether all delimiters of the file are accounted for.

    The strict parser still drops one empty field too many at the end of a line; such a line shows here, and
    reading the whole file a second time is spared where the counts agree.
    """
    between = (len(dialect.names) - 1) * (data.num_rows + 1)
    if delimiters == between:
        return True
    inside = sum(name.count(dialect.delimiter) for name in dialect.names)
    for column in data.columns:
        inside += pc.sum(pc.count_substring(column, dialect.delimiter)).as_py() or 0
    return delimiters == between + inside
