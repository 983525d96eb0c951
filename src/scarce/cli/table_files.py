"""A table as a file: CSV, Parquet or an object of JSON a line, as the name of the file says."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from scarce.cli import spreadsheet

if TYPE_CHECKING:
    from pathlib import Path

    from scarce.data.table import Table

_ROWS = 1 << 16
_JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")


def numeric_columns(table: Table) -> frozenset[str]:
    """Return the columns that were read as numbers."""
    kinds = zip(table.names, table.data.schema.types, strict=True)
    return frozenset(name for name, kind in kinds if pa.types.is_integer(kind) or pa.types.is_floating(kind))


def write(whole: pa.Table, path: Path, numeric: frozenset[str]) -> None:
    """Write the predictions in the format that the name says; JSON holds as numbers what was read as such."""
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        pq.write_table(whole, path)
        return
    with path.open("wb") as file:
        if suffix == ".csv":
            spreadsheet.write_csv(whole, file)
        else:
            write_json(whole, file, numeric)


def write_json(whole: pa.Table, stream: Any, numeric: frozenset[str]) -> None:
    """Write an object a line."""
    for batch in whole.to_batches(_ROWS):
        for row in batch.to_pylist():
            for name, value in row.items():
                if isinstance(value, str) and name in numeric and _JSON_NUMBER.fullmatch(value):
                    row[name] = json.loads(value)
                elif isinstance(value, float) and not math.isfinite(value):
                    row[name] = None
            stream.write(json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n")
