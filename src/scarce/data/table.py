"""A table as read: typed columns, where they came from, and what was odd about them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.cells.normal import shown
from scarce.data.cells.notations import AS_FOUND
from scarce.data.cells.text import numbers
from scarce.data.suggestion import require, typed_name
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from scarce.data.cells.notations import Cells
    from scarce.data.cells.quirk import Quirk

_EXACT = 2**53


def row_name(row: int) -> str:
    """Name a row, counted from 1, where there is no file with lines."""
    return f"row {row + 1}"


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of int64, float64, bool, timestamp[us] or string, with their source.

    Parameters
    ----------
    data : pyarrow.Table
    source : str
        What messages call it.
    notes : tuple of str
        What reading it had to decide.
    missing_tokens : mapping of str to tuple of str
        For each column, the words that were read as missing.
    quirks : mapping of str to Quirk
        Text columns that are nearly numbers.
    where : callable
        Names the place of a row, such as ``"line 17"``.
    cells : Cells
        How its cells are written.
    """

    data: pa.Table
    source: str = "the data"
    notes: tuple[str, ...] = ()
    missing_tokens: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    quirks: Mapping[str, Quirk] = field(default_factory=dict)
    where: Callable[[int], str] = row_name
    cells: Cells = AS_FOUND

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return self.data.column_names

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.data.num_rows

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the content: names, values and their order, whatever the file's format was."""
        return fingerprint(self.data)

    def column(self, name: str) -> pa.ChunkedArray:
        """Return a column.

        Parameters
        ----------
        name : str

        Raises
        ------
        ScarceError
            E101, with a suggestion.
        """
        require(name, self.names, self.source)
        return self.data.column(name)

    def take(self, rows: npt.NDArray[np.int64]) -> Table:
        """Return some of the rows; a place, and that of a quirk, may be of a row that is left out.

        Parameters
        ----------
        rows : ndarray of int64
            Ascending.
        """
        others = np.ones(self.n_rows, dtype=bool)
        others[rows] = False
        order = np.concatenate([rows, np.flatnonzero(others)])
        place, where = np.argsort(order), self.where
        return replace(
            self,
            data=self.data.take(pa.array(rows)),
            quirks={name: replace(found, row=int(place[found.row])) for name, found in self.quirks.items()},
            where=lambda row: where(int(order[row])),
        )

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """Return a column that must hold numbers, such as costs or weights; missing is NaN.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray of float64, shape (n_rows,)

        Raises
        ------
        ScarceError
            E101 if it is not there, E131 for the first value that is no number, and as `refuse_quirk`.
        """
        column = self.column(name)
        kind = column.type
        self.refuse_quirk(name)
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            column, wrong = numbers(column, self.cells, self.cells.columns.get(name))
            if wrong.size:
                row = int(wrong[0])
                value = str(column[row].as_py())
                raise ScarceError("E131", column=name, value=value, where=self.where(row), source=self.source)
        elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)):
            row = max(pc.index(column.is_valid(), True).as_py(), 0)
            value, where = shown(column[row]), self.where(row)
            raise ScarceError("E131", column=name, value=value, where=where, source=self.source)
        return to_float(column)

    def refuse_quirk(self, name: str) -> None:
        """Raise where a column holds numbers or dates that may mean one thing or another.

        Raises
        ------
        ScarceError
            E113 for a mark of decimals or thousands, E148 for day and month, E149 for several units, E151
            for dates in both orders, E167 for numbers in two ways of writing.
        """
        quirk = self.quirks.get(name)
        code = None if quirk is None else _DOUBTS.get(quirk.kind)
        if code is not None:
            place = {"where": self.where(quirk.row), "source": self.source, "typed": typed_name(name)}
            raise ScarceError(code, column=name, value=quirk.value, told=quirk.told, **place)


_DOUBTS = {"comma": "E113", "dates": "E148", "units": "E149", "orders": "E151", "ways": "E167"}


def to_float(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """Return numbers or truth values as float64, missing as NaN.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Of integers, floats, booleans or nulls.

    Returns
    -------
    ndarray of float64
        May share memory with `column`.
    """
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    if not pa.types.is_float64(column.type):
        column = column.cast(pa.float64(), safe=False)
    if column.null_count:
        column = column.fill_null(np.nan)
    return column.to_numpy()


def fingerprint(data: pa.Table) -> str:
    """Return the SHA-256 of a table's content.

    Parameters
    ----------
    data : pyarrow.Table

    Returns
    -------
    str
        64 hexadecimal digits.

    Notes
    -----
    1, 1.0 and an 8-bit 1 are the same number, and missing is missing, so that a CSV and the Parquet file made
    from it agree. The order of rows and of columns counts.
    """
    digest = hashlib.sha256(f"{data.num_rows}".encode())
    for name, column in zip(data.column_names, data.columns, strict=True):
        digest.update(b"\0column\0" + name.encode() + b"\0")
        for part in _canonical(column):
            digest.update(memoryview(part).cast("B"))
    return digest.hexdigest()


def _canonical(column: pa.ChunkedArray) -> list[npt.NDArray[np.generic]]:
    """Return the bytes a column stands for, independent of how it was stored."""
    kind = column.type
    if pa.types.is_boolean(kind):
        return [np.frombuffer(b"truth", dtype=np.uint8), column.cast(pa.int8()).fill_null(-1).to_numpy()]
    if pa.types.is_timestamp(kind):
        return [np.frombuffer(b"date", dtype=np.uint8), _dates(column)]
    if pa.types.is_integer(kind) and _beyond_float(column):
        whole = column.cast(pa.int64(), safe=False)
        return [_missing(column), whole.fill_null(0).to_numpy()]
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind):
        values = to_float(column)
        absent = np.isnan(values)
        return [np.where(absent, np.nan, values) if absent.any() else np.ascontiguousarray(values)]
    lengths = pc.binary_length(column).cast(pa.int64()).fill_null(-1).to_numpy()
    joined = [np.frombuffer(_characters(chunk), dtype=np.uint8) for chunk in column.chunks if len(chunk)]
    return [np.ascontiguousarray(lengths), *joined]


def _dates(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    return column.cast(pa.int64()).fill_null(np.iinfo(np.int64).min).to_numpy()


def _missing(column: pa.ChunkedArray) -> npt.NDArray[np.uint8]:
    return column.is_null().cast(pa.uint8()).to_numpy()


def _beyond_float(column: pa.ChunkedArray) -> bool:
    low, high = pc.min_max(column).as_py().values()
    return low is not None and max(-low, high) > _EXACT


def _characters(chunk: pa.Array) -> bytes:
    """Return the text of a chunk, one value after another; a null's bytes, if any, do not count."""
    if chunk.null_count:
        chunk = chunk.drop_null()
    if not len(chunk):
        return b""
    width = 8 if pa.types.is_large_string(chunk.type) else 4
    offsets = np.frombuffer(chunk.buffers()[1], dtype=f"<i{width}")[
        chunk.offset : chunk.offset + len(chunk) + 1
    ]
    return bytes(memoryview(chunk.buffers()[2])[offsets[0] : offsets[-1]]) if chunk.buffers()[2] else b""
