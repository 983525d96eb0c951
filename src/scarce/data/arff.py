"""A Weka file (ARFF), read by SciPy."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.input_faults import first_line
from scarce.data.structured import Rows
from scarce.data.suggestion import check_names
from scarce.data.text_encoding import UTF8, open_bytes
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np


def read_arff(file: Path, source: str, encoding: str = UTF8) -> tuple[pa.Table, tuple[str, ...], Rows]:
    """Read an ARFF file of numbers, nominal values and dates.

    Parameters
    ----------
    file : Path
    source : str
    encoding : str

    Returns
    -------
    data : pyarrow.Table
        ``?`` is missing.
    notes : tuple of str
    where : Rows

    Raises
    ------
    ScarceError
        E105 where it is not UTF-8, E109 and E110 for names, E158 for what SciPy does not read: text and
        relations, sparse rows, damage.
    """
    from scipy.io import arff

    with io.TextIOWrapper(open_bytes(file, encoding), UTF8) as opened:
        try:
            values, _ = arff.loadarff(opened)
        except (ScarceError, EOFError, zlib.error, gzip.BadGzipFile):
            raise
        except Exception as error:  # it raises whatever a line that it does not expect makes of it
            if isinstance(error, OSError) and error.errno:
                raise  # the system's word; SciPy's own errors are of this kind too
            reason = first_line(error) or type(error).__name__
            raise ScarceError("E158", source=source, reason=reason) from None
    names = list(values.dtype.names)
    check_names(names, source)
    return pa.table([_column(values[name]) for name in names], names=names), (), Rows("data row")


def _column(values: np.ndarray) -> pa.Array:
    if values.dtype.kind == "S":
        text = pa.array(values.tolist(), pa.binary()).cast(pa.string())
        return pc.if_else(pc.equal(text, "?"), None, text)
    column = pa.array(values, from_pandas=True)
    if pa.types.is_floating(column.type) and pc.all(pc.equal(column, pc.floor(column))).as_py():
        try:
            return column.cast(pa.int64())
        except pa.ArrowInvalid:
            return column
    return column
