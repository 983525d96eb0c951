"""Sources that carry their own types: Parquet and dataframes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from scarce.data.files.engine import bound_name, connection
from scarce.data.files.input_faults import first_line
from scarce.data.suggestion import check_names
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from pathlib import Path

    from narwhals.typing import IntoDataFrame

_PARQUET = "from read_parquet($file)"


@dataclass(frozen=True)
class Rows:
    """Names a row, counted from 1."""

    word: str

    def __call__(self, row: int) -> str:
        """Return the place of a row, counted from 0."""
        return f"{self.word} {row + 1}"


def read_parquet(file: Path, source: str) -> tuple[pa.Table, tuple[str, ...], Rows]:
    """Read a Parquet file; its names come from its own footer, since SQL would rename ``a`` beside ``A``.

    Parameters
    ----------
    file : Path
    source : str

    Raises
    ------
    ScarceError
        E109 and E110 for names, E118 for a damaged file.
    """
    try:
        names = pq.read_schema(file).names
        check_names(names, source)
        with connection() as engine:
            data = engine.sql(_PARQUET, params={"file": bound_name(file)}).to_arrow_table()
    except (pa.ArrowException, OSError, duckdb.Error) as error:
        if isinstance(error, OSError) and error.errno:
            raise  # the system's word, which has nothing to do with what the file holds
        raise ScarceError("E118", source=source, reason=first_line(error)) from None
    return data.rename_columns(names), (), Rows("row")


def arrow_of(frame: IntoDataFrame, source: str) -> pa.Table:
    """Return a dataframe as an Arrow table.

    Parameters
    ----------
    frame : DataFrame
    source : str

    Raises
    ------
    ScarceError
        E109 and E110 for names, E121 for something that is no dataframe.
    """
    if isinstance(frame, pa.Table):
        check_names(frame.column_names, source)
        return frame
    names = [str(name) for name in getattr(frame, "columns", ())]
    check_names(names, source)
    try:
        return nw.maybe_reset_index(nw.from_native(frame, eager_only=True)).to_arrow()
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise ScarceError("E121", kind=type(frame).__name__, reason=first_line(error)) from None
