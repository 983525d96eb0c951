"""Read a table from CSV, TSV, Parquet, JSON lines, ARFF or Excel, or take one from a dataframe library.

DuckDB parses; what it would otherwise guess (dialect, header, names, types of text) is decided here first,
and it is told. It is given no extension to load, no address to fetch and no file name to expand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from scarce.data.cells.normal import normal_form
from scarce.data.cells.notations import AS_FOUND
from scarce.data.files import arff, delimited, json_records, structured, text_encoding, workbook
from scarce.data.files.engine import packing
from scarce.data.files.file_names import GIVE, files, source_name
from scarce.data.files.input_faults import guarded, what_is
from scarce.data.files.text_encoding import UTF8, open_bytes
from scarce.data.suggestion import listed
from scarce.data.table import Table
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from narwhals.typing import IntoDataFrame

    from scarce.data.cells.notations import Cells
    from scarce.data.files.file_names import Paths
_UNPACK = "unpack it first; only text packed with gzip is read as it is"
_MAGIC = {
    b"PK\x03\x04": ("a zip archive or an Excel workbook", "unpack it, or export the workbook as CSV"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "export the workbook as CSV"),
    b"\x1f\x8b": ("packed with gzip twice", _UNPACK),
    b"PAR1": ("a Parquet file packed with gzip", _UNPACK),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", _UNPACK),
    b"BZh": ("packed with bzip2", _UNPACK),
    b"\xfd7zXZ": ("packed with xz", _UNPACK),
    b"ARROW1": ("an Arrow file", GIVE),
    b"\x89PNG": ("an image", GIVE),
    b"SQLite": ("a database", GIVE),
}
"""How what is no table begins, once it is out of gzip, if it was in it."""

_JSON = {".json", ".jsonl", ".ndjson"}
_ARFF = re.compile(rb"(?:\s*%[^\n]*\n)*\s*@relation\b", re.IGNORECASE)
_NOTES = 5
"""How many notes on files are written out, where there are many files."""


@dataclass(frozen=True)
class Part:
    """The columns of one file before typing, and where its rows are."""

    data: pa.Table
    notes: tuple[str, ...]
    where: delimited.Lines | json_records.JsonLines | structured.Rows


def read(
    path: Paths,
    text: Collection[str] = (),
    cells: Cells = AS_FOUND,
    names: Sequence[str] | None = None,
    encoding: str | None = None,
) -> Table:
    r"""Read a table from a file, or from several with the same columns.

    Parameters
    ----------
    path : str, Path or sequence of these
        A CSV, TSV, Parquet, JSON-lines, ARFF or Excel file (text may be packed with gzip), or a pattern such
        as ``"parts/*.csv"``, whose files are read in the order of their names; of several names in their
        order. A file that exists under exactly this name is read, whatever characters the name has. ``"-"``
        is stdin.
    text : collection of str
        Columns to leave as text, as written. Prediction names the categories here, so that a post code that
        was text at training is not read as a number because this file's happen to have no leading zero.
    cells : Cells
        How the cells are written; at prediction `Encoder.cells_of_later_data`.
    names : sequence of str, optional
        The names of the columns, which says that there is no header.
    encoding : str, optional
        How the text is written, such as ``"gb18030"``. Unless given it is UTF-8, or what is recognised.

    Returns
    -------
    Table

    Raises
    ------
    ScarceError
        E102 to E120, E123 to E127 and E154 to E159, each with the file and, where there is one, the line.

    Notes
    -----
    A column is a number only if all its values are, over the whole file; words such as ``N/A`` or ``?`` are
    missing in a column of numbers and ordinary values in a column of words.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "a.csv"
    ...     _ = file.write_text("amount,kind\n1.5,x\n?,y\n")
    ...     table = read(file)
    >>> table.data.to_pydict()
    {'amount': [1.5, None], 'kind': ['x', 'y']}
    """
    found = files(path)
    source = source_name(path)
    named = None if encoding is None else text_encoding.encoding_named(encoding)
    parts = [_read_file(file, names, named) for file in found]
    data = _columns(_joined(parts, found), source)
    notes = [note for part in parts for note in part.notes]
    if len(notes) > _NOTES:
        notes[_NOTES:] = [f"{len(notes) - _NOTES} more notes of this kind on other files"]
    if len(parts) > 1:
        told = "files that match" if isinstance(path, str | Path) else "files:"
        notes.insert(0, f"read {len(parts)} {told} {source}")
    where = parts[0].where if len(parts) == 1 else _Places.of(found, parts)
    parts.clear()  # the text of a column goes when the column is typed
    found = normal_form(data, frozenset(text), source, cells)
    return Table(found.data, source, (*notes, *found.notes), found.missing, found.quirks, where, found.cells)


def as_written(path: Paths, names: Sequence[str] | None = None, encoding: str | None = None) -> pa.Table:
    r"""Return the columns of a file that `read` takes, with every value as it came.

    Parameters
    ----------
    path, names, encoding
        As of `read`.

    Returns
    -------
    pyarrow.Table
        Texts out of a text file, the file's own types out of Parquet; the rows in the order of `read`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "a.csv"
    ...     _ = file.write_text("amount,code\n1.50,007\nN/A,\n")
    ...     as_written(file).to_pydict()
    {'amount': ['1.50', 'N/A'], 'code': ['007', None]}
    """
    found = files(path)
    named = None if encoding is None else text_encoding.encoding_named(encoding)
    return _joined([_read_file(file, names, named) for file in found], found)


def from_dataframe(
    frame: IntoDataFrame, source: str = "the dataframe", text: Collection[str] = (), cells: Cells = AS_FOUND
) -> Table:
    """Take a table from pandas, polars, pyarrow or another library that narwhals knows.

    Parameters
    ----------
    frame : DataFrame
        Its column names must be strings, each once. An index is not a column and is left behind.
    source : str
        What messages call it.
    text : collection of str
    cells : Cells
        As for `read`.

    Returns
    -------
    Table

    Raises
    ------
    ScarceError
        E103 without rows, E109 and E110 for names, E119 for nested columns, E121 for something else.

    Notes
    -----
    Text columns are typed as those of a file are: ``"1.5"`` in every row is a number.

    Examples
    --------
    >>> import pandas as pd
    >>> from_dataframe(pd.DataFrame({"a": [1, 2], "b": ["x", None]})).data.to_pydict()
    {'a': [1, 2], 'b': ['x', None]}
    """
    if isinstance(frame, Table):
        return frame
    data = _columns(structured.arrow_of(frame, source), source)
    found = normal_form(data, frozenset(text), source, cells)
    return Table(found.data, source, tuple(found.notes), found.missing, found.quirks, cells=found.cells)


@dataclass(frozen=True)
class _Places:
    """Where a row of several files is."""

    places: tuple[tuple[str, int, delimited.Lines | structured.Rows], ...]

    @classmethod
    def of(cls, files: list[Path], parts: list[Part]) -> _Places:
        """Keep the name of each file, its number of rows, and where they are."""
        pairs = zip(files, parts, strict=True)
        return cls(tuple((file.name, part.data.num_rows, part.where) for file, part in pairs))

    def __call__(self, row: int) -> str:
        for name, rows, where in self.places:
            if row < rows:
                return f"{where(row)} of {name}"
            row -= rows
        return "the last row"


def _columns(data: pa.Table, source: str) -> dict[str, pa.ChunkedArray]:
    """Return the columns by name, or raise E103 for a table of nothing."""
    if data.num_rows == 0 or data.num_columns == 0:
        raise ScarceError("E103", source=source)
    return dict(zip(data.column_names, data.columns, strict=True))


def _read_file(file: Path, names: Sequence[str] | None, encoding: str | None) -> Part:
    with guarded(file, file.name):
        kind = what_is(str(file))
        if kind:
            raise ScarceError("E114", source=file.name, what=kind, give=GIVE)
        return _parsed(file, file.name, names, encoding)


def _parsed(file: Path, source: str, names: Sequence[str] | None, encoding: str | None) -> Part:
    with open_bytes(file) as opened:
        magic = opened.read(8)
    if not magic:
        raise ScarceError("E103", source=source)
    plain = packing(file) == "none"
    if magic.startswith(b"PAR1") and plain:
        _refuse(source, "a Parquet file has names of its own", names=names)
        _refuse(source, "a Parquet file says itself how its text is written", encoding=encoding)
        return Part(*structured.read_parquet(file, source))
    if plain and workbook.is_workbook(file, magic):
        _refuse(source, "a workbook says itself how its text is written", encoding=encoding)
        return Part(*workbook.read_workbook(file, source, names))
    for mark, (what, give) in _MAGIC.items():
        if magic.startswith(mark):
            raise ScarceError("E114", source=source, what=what, give=give)
    suffixes = [suffix.lower() for suffix in file.suffixes if suffix.lower() != ".gz"]
    ending = suffixes[-1] if suffixes else ""
    if ending in {".parquet", ".pq"}:
        raise ScarceError("E118", source=source, reason="it does not begin as a Parquet file does")
    return _of_text(file, source, names, encoding, ending)


def _of_text(file: Path, source: str, names: Sequence[str] | None, encoding: str | None, ending: str) -> Part:
    """Read text, and once more where it turns out not to be UTF-8 and its encoding is recognised."""
    if encoding not in (None, UTF8) and text_encoding.is_utf8(file):
        part = _in_encoding(file, source, names, UTF8, ending)
        return replace(part, notes=(text_encoding.utf8_note(file, source, encoding), *part.notes))
    written = encoding or text_encoding.encoding_at_sight(file)
    try:
        return _in_encoding(file, source, names, written, ending)
    except ScarceError as error:
        if error.code != "E105" or encoding is not None:
            raise
        written = text_encoding.recognised(file, error)
    part = _in_encoding(file, source, names, written, ending)
    return replace(part, notes=(text_encoding.encoding_note(file, source, written), *part.notes))


def _in_encoding(file: Path, source: str, names: Sequence[str] | None, encoding: str, ending: str) -> Part:
    with open_bytes(file, encoding) as opened:
        start = opened.read(1 << 16).removeprefix(b"\xef\xbb\xbf").lstrip()
    if ending in _JSON or (not ending and start.startswith((b"{", b"["))):
        _refuse(source, "JSON has names of its own", names=names)
        return Part(*json_records.read_json(file, source, encoding))
    if ending == ".arff" or _ARFF.match(start):
        _refuse(source, "an ARFF file has names of its own", names=names)
        return Part(*arff.read_arff(file, source, encoding))
    return Part(*delimited.read_delimited(file, source, names, encoding))


def _refuse(source: str, reason: str, **given: object) -> None:
    """Raise E155 for an option that would have no effect."""
    for option, value in given.items():
        if value is not None:
            raise ScarceError("E155", option=f"--{option}", source=source, reason=reason)


def _joined(parts: list[Part], files: list[Path]) -> pa.Table:
    """Put the rows of several files under each other, columns matched by name."""
    if len(parts) == 1:
        return parts[0].data
    names = parts[0].data.column_names
    for part, file in zip(parts[1:], files[1:], strict=True):
        lacks = sorted(set(names) - set(part.data.column_names))
        adds = sorted(set(part.data.column_names) - set(names))
        if lacks or adds:
            reason = " and ".join(
                [f"lacks {listed(lacks)}"] * bool(lacks) + [f"adds {listed(adds)}"] * bool(adds)
            )
            raise ScarceError("E117", source=file.name, first=files[0].name, reason=reason)
    tables = [part.data.select(names) for part in parts]
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        for table, file in zip(tables[1:], files[1:], strict=True):
            for field, first in zip(table.schema, tables[0].schema, strict=True):
                if field.type != first.type:
                    reason = f"holds {field.type} in {field.name!r}, not {first.type}"
                    raise ScarceError("E117", source=file.name, first=files[0].name, reason=reason) from None
        raise
