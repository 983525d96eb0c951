"""Read a table from CSV, TSV, Parquet or JSON lines, or take one from a dataframe library.

DuckDB parses; what it would otherwise guess (dialect, header, names, types of text) is decided here first,
and it is told. It is given no extension to load, no address to fetch and no file name to expand.
"""

from __future__ import annotations

import glob
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from scarce.data import delimited, json_records, structured
from scarce.data.cells import AS_FOUND
from scarce.data.dialect import open_bytes
from scarce.data.engine import packing
from scarce.data.input_faults import guarded, refusal, what_is
from scarce.data.normal import normal_form
from scarce.data.suggestion import listed, suggestion
from scarce.data.table import Table
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Collection

    from narwhals.typing import IntoDataFrame

    from scarce.data.cells import Cells

_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")
_GIVE = "give a CSV, TSV, Parquet or JSON-lines file"
_UNPACK = "unpack it first; only text packed with gzip is read as it is"
_MAGIC = {
    b"PK\x03\x04": ("a zip archive or an Excel workbook", "unpack it, or export the workbook as CSV"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "export the workbook as CSV"),
    b"\x1f\x8b": ("packed with gzip twice", _UNPACK),
    b"PAR1": ("a Parquet file packed with gzip", _UNPACK),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", _UNPACK),
    b"BZh": ("packed with bzip2", _UNPACK),
    b"\xfd7zXZ": ("packed with xz", _UNPACK),
    b"ARROW1": ("an Arrow file", _GIVE),
    b"\x89PNG": ("an image", _GIVE),
    b"SQLite": ("a database", _GIVE),
}
"""How what is no table begins, once it is out of gzip, if it was in it."""

_JSON = {".json", ".jsonl", ".ndjson"}


@dataclass(frozen=True)
class Part:
    """The columns of one file before typing, and where its rows are."""

    data: pa.Table
    notes: tuple[str, ...]
    where: delimited.Lines | json_records.JsonLines | structured.Rows


def read(path: str | Path, text: Collection[str] = (), cells: Cells = AS_FOUND) -> Table:
    r"""Read a table from a file, or from the files that a pattern names.

    Parameters
    ----------
    path : str or Path
        A CSV, TSV, Parquet or JSON-lines file (text may be packed with gzip), or a pattern such as
        ``"parts/*.csv"``, whose files are read in the order of their names and must have the same columns. A
        file that exists under exactly this name is read, whatever characters the name has.
    text : collection of str
        Columns to leave as text, as written. Prediction names the categories here, so that a post code that
        was text at training is not read as a number because this file's happen to have no leading zero.
    cells : Cells
        How the cells are written; at prediction `Encoder.cells_of_later_data`.

    Returns
    -------
    Table

    Raises
    ------
    ScarceError
        E102 to E120 and E123 to E127, each with the file and, where there is one, the line.

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
    source = Path(path).name or str(path)
    parts = [_read_file(file) for file in found]
    data = _columns(_joined(parts, found), source)
    notes = [note for part in parts for note in part.notes]
    if len(parts) > 1:
        notes.insert(0, f"read {len(parts)} files that match {source}")
    where = parts[0].where if len(parts) == 1 else _Places.of(found, parts)
    parts.clear()  # the text of a column goes when the column is typed
    found = normal_form(data, frozenset(text), source, cells)
    return Table(found.data, source, (*notes, *found.notes), found.missing, found.quirks, where, found.cells)


def as_written(path: str | Path) -> pa.Table:
    r"""Return the columns of a file that `read` takes, with every value as it came.

    Parameters
    ----------
    path : str or Path
        As in `read`.

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
    return _joined([_read_file(file) for file in found], found)


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


def files(path: str | Path) -> list[Path]:
    """Return the files that a name or pattern stands for, in the order in which `read` reads them.

    Parameters
    ----------
    path : str or Path
        As in `read`.

    Returns
    -------
    list of Path
        One at least; none of them is a folder.

    Raises
    ------
    ScarceError
        E102, E114, E115 or E116 where there is none, E123 where a folder cannot be listed.
    """
    path = str(path)
    if _ADDRESS.match(path):
        raise ScarceError("E115", source=path)
    if not path:
        raise ScarceError("E102", source="''", suggestion=_nearest(Path(path)))
    kind = what_is(path) if not glob.has_magic(path) or os.path.lexists(path) else None
    if kind:
        raise ScarceError("E114", source=path, what=kind, give=_GIVE)
    if kind is not None:
        return [Path(path)]
    if glob.has_magic(path):
        if found := _matching(path):
            return found
        raise ScarceError("E116", source=path)
    raise ScarceError("E102", source=path, suggestion=_nearest(Path(path)))


def _matching(pattern: str) -> list[Path]:
    """Return the files that a pattern matches, having listed every folder that it leads through.

    `glob` passes over a folder that it may not list, and with it over the files in it.
    """
    folder = pattern
    while glob.has_magic(folder):
        folder = os.path.dirname(folder)  # noqa: PTH120 - "a/**" must not become "a"
        for name in glob.glob(folder, recursive=True) if folder else ["."]:  # noqa: PTH207
            try:
                os.scandir(name).close()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise refusal(error, name) from None
    names = glob.glob(pattern, recursive=True)  # noqa: PTH207
    return sorted(Path(name) for name in names if what_is(name) != "a folder")


def _nearest(missing: Path) -> str:
    """Return a hint for a file that does not exist."""
    names: list[str] = []
    with suppress(OSError):
        if missing.is_symlink():
            target = str(missing.readlink())
            return f"it is a link to {target!r}, which is not there: name the file that is meant"
        names = sorted(entry.name for entry in missing.parent.iterdir())
    hint = suggestion(missing.name, names) if names else ""
    if hint.startswith("did you mean"):
        return hint
    try:
        return f"give the path from here, or a full one; here is {Path.cwd()}"
    except OSError:
        return "give a full path: the folder that this runs in is gone"


def _read_file(file: Path) -> Part:
    with guarded(file, file.name):
        kind = what_is(str(file))
        if kind:
            raise ScarceError("E114", source=file.name, what=kind, give=_GIVE)
        return _parsed(file, file.name)


def _parsed(file: Path, source: str) -> Part:
    with open_bytes(file) as opened:
        magic = opened.read(8)
    if not magic:
        raise ScarceError("E103", source=source)
    if magic.startswith(b"PAR1") and packing(file) == "none":
        return Part(*structured.read_parquet(file, source))
    for mark, (what, give) in _MAGIC.items():
        if magic.startswith(mark):
            raise ScarceError("E114", source=source, what=what, give=give)
    suffixes = [suffix.lower() for suffix in file.suffixes if suffix.lower() != ".gz"]
    ending = suffixes[-1] if suffixes else ""
    if ending in {".parquet", ".pq"}:
        raise ScarceError("E118", source=source, reason="it does not begin as a Parquet file does")
    if ending in _JSON:
        return Part(*json_records.read_json(file, source))
    return Part(*delimited.read_delimited(file, source))


def _joined(parts: list[Part], files: list[Path]) -> pa.Table:
    """Put the rows of several files under each other, columns matched by name."""
    if len(parts) == 1:
        return parts[0].data
    names = parts[0].data.column_names
    for part, file in zip(parts[1:], files[1:], strict=True):
        odd = sorted(set(names) ^ set(part.data.column_names))
        if odd:
            raise ScarceError("E117", source=file.name, first=files[0].name, names=listed(odd))
    tables = [part.data.select(names) for part in parts]
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        for name in names:
            kinds = {str(table.schema.field(name).type) for table in tables}
            if len(kinds) > 1:
                raise ScarceError(
                    "E117", source=files[-1].name, first=files[0].name, names=repr(name)
                ) from None
        raise
