"""A Weka file (ARFF), read by SciPy."""

from __future__ import annotations

import csv
import gzip
import html
import io
import re
import zlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.files.input_faults import first_line
from scarce.data.files.structured import Rows
from scarce.data.files.text_encoding import UTF8, open_bytes
from scarce.data.suggestion import check_names
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import numpy as np

_NOMINAL = re.compile(r"(@attribute\s[^{]*)\{(.*)\}\s*(?:%.*)?", re.IGNORECASE | re.DOTALL)
_ROLES = ("@input", "@output")
_QUOTE = re.compile(r"(?:^|,)\s*(['\"])")


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
            values, _ = arff.loadarff(io.StringIO("".join(_evenly_quoted(opened))))
        except (ScarceError, EOFError, zlib.error, gzip.BadGzipFile):
            raise
        except Exception as error:  # it raises whatever a line that it does not expect makes of it
            if isinstance(error, OSError) and error.errno:
                raise  # the system's word; SciPy's own errors are of this kind too
            reason = first_line(error) or type(error).__name__
            raise ScarceError("E158", source=source, reason=reason) from None
    names = [html.unescape(name) for name in values.dtype.names]
    check_names(names, source)
    columns = [_column(values[name]) for name in values.dtype.names]
    return pa.table(columns, names=names), (), Rows("data row")


def _evenly_quoted(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines with a quote at every value, in ASCII, without the roles of columns that KEEL adds.

    SciPy takes the quoting of the first row for that of all, and Weka quotes only what needs it; it keeps
    nominal values as bytes, so that other letters go through as HTML writes them; and it passes over fields
    beyond those of the header, which are refused here.
    """
    attributes = 0
    for line in lines:
        text = line.replace("&", "&amp;").encode("ascii", "xmlcharrefreplace").decode().strip()
        begins = text[:10].lower()
        attributes += begins.startswith("@attribute")
        if begins.startswith(_ROLES):
            continue
        nominal = _NOMINAL.fullmatch(text)
        if nominal:
            text = f"{nominal[1]}{{{_quoted(_fields(nominal[2]))}}}"
        elif text and not text.startswith(("@", "%", "{")):
            fields = _fields(text)
            if len(fields) > attributes:
                raise ValueError(f"a row has {len(fields)} values, the header {attributes} attributes")
            text = _quoted(fields)
        yield text + "\n"


def _fields(text: str) -> list[str]:
    """Return the values between commas or tabs, with either quote or none around them."""
    quote = _QUOTE.search(text)
    delimiter = "\t" if "\t" in text and "," not in text else ","
    reader = csv.reader(
        [text],
        delimiter=delimiter,
        quotechar=quote[1] if quote else "'",
        escapechar="\\",
        skipinitialspace=True,
    )
    return [value.strip() for value in next(reader)]


def _quoted(fields: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="").writerow(fields)
    return out.getvalue()


def _column(values: np.ndarray) -> pa.Array:
    if values.dtype.kind == "S":
        text = pa.array([html.unescape(value.decode()) for value in values.tolist()], pa.string())
        return pc.if_else(pc.equal(text, "?"), None, text)
    column = pa.array(values, from_pandas=True)
    if pa.types.is_floating(column.type) and pc.all(pc.equal(column, pc.floor(column))).as_py():
        try:
            return column.cast(pa.int64())
        except pa.ArrowInvalid:
            return column
    return column
