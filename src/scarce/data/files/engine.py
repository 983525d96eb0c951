"""The DuckDB connection: closed to the network, to extensions and to the caller's variables."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
}


@contextmanager
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that writes nothing, fetches nothing and draws no bar."""
    engine = duckdb.connect(config=_SETTINGS)
    try:
        engine.execute("set enable_progress_bar = false")  # it is on where Python runs line by line
        yield engine
    finally:
        engine.close()


def bound_name(file: Path) -> str:
    """Return a file's name such that DuckDB expands no pattern in it.

    Examples
    --------
    >>> from pathlib import Path
    >>> bound_name(Path("a[1].csv"))
    'a[[]1].csv'
    """
    return re.sub(r"[\[*?]", lambda found: f"[{found[0]}]", str(file))


def packing(file: Path) -> str:
    """Return how a file is packed, by its first bytes."""
    with file.open("rb") as opened:
        return "gzip" if opened.read(2) == b"\x1f\x8b" else "none"
