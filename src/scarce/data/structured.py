"""Sources that carry their own types: Parquet, JSON lines and dataframes."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from scarce.data.dialect import head_of, open_bytes
from scarce.data.engine import bound_name, connection, packing
from scarce.data.suggestion import listed
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from narwhals.typing import IntoDataFrame

_PARQUET = "from read_parquet($file)"
_JSON = (
    "from read_json($file, format=$format, sample_size=-1, ignore_errors=false, maximum_depth=3,"
    " map_inference_threshold=-1, compression=$packing)"
)


@dataclass(frozen=True)
class Rows:
    """Names a row, counted from 1; one line each in JSON lines."""

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
        raise ScarceError("E118", source=source, reason=_first_line(error)) from None
    return data.rename_columns(names), (), Rows("row")


def read_json(file: Path, source: str) -> tuple[pa.Table, tuple[str, ...], Rows]:
    """Read JSON lines, or one JSON array of objects.

    Parameters
    ----------
    file : Path
    source : str

    Raises
    ------
    ScarceError
        E103 to E106 as text, E118 with the line for bad JSON, E120 where a line is no object.
    """
    text, _ = head_of(file, source)
    array = text.lstrip().startswith("[")
    where = Rows("row" if array else "line")
    values = {"file": bound_name(file), "format": "array" if array else "newline_delimited"}
    try:
        with connection() as engine:
            found = engine.sql(_JSON, params={**values, "packing": packing(file)})
            kinds = [str(kind) for kind in found.types]
            data = found.to_arrow_table()
    except duckdb.Error:
        data, kinds = _json_by_us(file, array, source), []
    if data.column_names == ["json"] or _folded_twice(data.column_names):
        # Rows that are no objects, or that DuckDB finds odd, come as one column; "A" beside "a" is renamed.
        data, kinds = _json_by_us(file, array, source), []
    for position, kind in enumerate(kinds):
        if kind == "JSON":
            data = _as_text(data, position)
    check_names(data.column_names, source)
    return data, (), where


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
        raise ScarceError("E121", kind=type(frame).__name__, reason=_first_line(error)) from None


def check_names(names: list[str], source: str) -> None:
    """Raise E109 for repeated and E110 for empty names."""
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise ScarceError("E109", source=source, names=listed(repeated))
    for position, name in enumerate(names, start=1):
        if not name.strip():
            raise ScarceError("E110", source=source, position=position)


def _as_text(data: pa.Table, position: int) -> pa.Table:
    """Undo the quotes of a column that DuckDB left as JSON because its values are of several kinds."""
    name = data.column_names[position]
    values = [None if value is None else json.loads(value) for value in data.column(position).to_pylist()]
    if any(isinstance(value, dict | list) for value in values):
        return data.set_column(position, name, pa.array([[]] * len(values), pa.list_(pa.null())))
    text = [value if isinstance(value, str | None) else json.dumps(value) for value in values]
    return data.set_column(position, name, pa.array(text, pa.string()))


def _folded_twice(names: list[str]) -> bool:
    """Whether DuckDB may have renamed ``A`` beside ``a``, which it does not tell apart."""
    stems = {name.rpartition("_")[0].casefold() for name in names if name.rpartition("_")[2].isdigit()}
    return any(name.casefold() in stems for name in names)


def _json_by_us(file: Path, array: bool, source: str) -> pa.Table:
    """Read JSON value by value: slow, but it names the fault, if there is one.

    Raises
    ------
    ScarceError
        E105, E118 and E120 with the line.
    """
    rows: list[dict[str, object]] = []
    for number, value in _json_values(file, array, source):
        if not isinstance(value, dict):
            raise ScarceError("E120", source=source, line=number, kind=type(value).__name__)
        rows.append(value)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table([_column([row.get(name) for row in rows]) for name in names], names=names)


def _json_values(file: Path, array: bool, source: str) -> Iterator[tuple[int, object]]:
    number = 1
    with open_bytes(file) as opened:
        try:
            if array:
                content = opened.read().decode("utf-8-sig")
                yield from enumerate(json.loads(content, object_pairs_hook=_pairs), start=1)
                return
            for number, line in enumerate(opened, start=1):
                if line.strip():
                    yield number, json.loads(line.decode("utf-8-sig"), object_pairs_hook=_pairs)
        except UnicodeDecodeError as error:
            byte = f"0x{error.object[error.start]:02x}"
            raise ScarceError("E105", source=source, line=number, byte=byte) from None
        except ValueError as error:
            raise ScarceError("E118", source=source, reason=f"line {number}: {error}") from None


def _column(values: list[object]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        text = [value if isinstance(value, str | None) else json.dumps(value) for value in values]
        return pa.array(text, pa.string())


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    repeated = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    if repeated:
        raise ValueError(f"the name {repeated[0]!r} occurs twice")
    return dict(pairs)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
