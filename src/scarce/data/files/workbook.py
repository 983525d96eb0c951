"""The first sheet of an Excel or OpenDocument workbook, read by python-calamine, as columns of text."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from scarce.data.files.header import check_given, check_header
from scarce.data.files.input_faults import first_line
from scarce.data.files.unnamed import without_unnamed
from scarce.data.suggestion import listed
from scarce.errors import ScarceError, extras, remark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_OLD = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_BATCH = 10_000
_HEAD = 200
_WHOLE = 2.0**53


@dataclass(frozen=True)
class SheetRows:
    """Names the row of the sheet that a row of the table stands in.

    Attributes
    ----------
    numbers : numpy.ndarray of int
        Counted from 1, as the program shows them.
    """

    numbers: np.ndarray

    def __call__(self, row: int) -> str:
        """Return the place of a row, counted from 0."""
        return f"row {self.numbers[row]}"


def is_workbook(file: Path, magic: bytes) -> bool:
    """Whether a file that begins so is a workbook, and no other archive."""
    if not magic.startswith(_ZIP):
        return magic.startswith(_OLD)
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return False
    return any(name.startswith("xl/workbook.") or name == "content.xml" for name in names)


def read_workbook(
    file: Path, source: str, given: Sequence[str] | None = None
) -> tuple[pa.Table, tuple[str, ...], SheetRows]:
    """Read the first sheet of a workbook.

    Parameters
    ----------
    file : Path
    source : str
    given : sequence of str, optional
        The names of the columns, where the sheet has no header.

    Returns
    -------
    data : pyarrow.Table of string columns
        Whole numbers without point, dates as ISO 8601 writes them.
    notes : tuple of str
    where : SheetRows

    Raises
    ------
    ScarceError
        E103 for a sheet without rows, E168 where there are others, E109 to E112 for names, E118 for a damaged
        or locked workbook, E154 and
        E155 for names that do not fit, E701 without python-calamine.
    """
    with extras.told():
        import python_calamine
    try:
        with python_calamine.CalamineWorkbook.from_path(str(file)) as book:
            sheets = book.sheet_names
            rows = book.get_sheet_by_index(0).iter_rows()
            data, numbers = _table(rows, source, given)
    except (python_calamine.CalamineError, python_calamine.PasswordError, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise ScarceError("E118", source=source, reason=first_line(error)) from None
    if not data.num_rows and len(sheets) > 1:
        raise ScarceError("E168", source=source, sheet=sheets[0], others=listed(sheets[1:]))
    data, notes = without_unnamed(data, source)
    if len(sheets) > 1:
        what = f"all sheets but the first, {sheets[0]!r}: {listed(sheets[1:])}"
        notes = (remark("W155", source=source, what=what), *notes)
    return data, notes, SheetRows(numbers)


def _table(
    rows: Iterator[list[object]], source: str, given: Sequence[str] | None
) -> tuple[pa.Table, np.ndarray]:
    """Return the columns as text, and the number of each row in the sheet."""
    filled = ((i, [_text(value) for value in row]) for i, row in enumerate(rows, start=1))
    filled = ((i, row) for i, row in filled if any(row))
    first = list(islice(filled, 0 if given is not None else 1))
    names = list(given) if given is not None else [name or "" for _, row in first for name in row]
    columns: list[list[pa.Array]] = [[] for _ in names]
    numbers: list[int] = []
    while batch := list(islice(filled, _BATCH)):
        below = [row for _, row in batch]
        if not numbers:
            _check_names(names, [[value or "" for value in row] for row in below[:_HEAD]], source, given)
        numbers += [i for i, _ in batch]
        for column, values in zip(columns, zip(*below, strict=True), strict=True):
            column.append(pa.array(values, pa.string()))
    return pa.table([pa.chunked_array(column, pa.string()) for column in columns], names=names), np.array(
        numbers
    )


def _check_names(names: list[str], below: list[list[str]], source: str, given: Sequence[str] | None) -> None:
    if given is None:
        check_header(names, below, source)
        return
    check_given(given, below, source)
    if len(below[0]) != len(given):
        raise ScarceError("E154", source=source, found=f"{len(below[0])} columns", names=len(given))


def _text(value: object) -> str | None:
    """Return a cell as a CSV file would hold it."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE:
        return str(int(value))
    if isinstance(value, datetime):
        return str(value.date() if value.time() == time() else value)
    return value.isoformat() if isinstance(value, date) else str(value)
