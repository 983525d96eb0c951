"""What is said of columns that were read as something else than it looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from scarce.data.cells.date_notation import DateNotation
from scarce.data.cells.number_columns import matches
from scarce.errors import remark

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from scarce.data.cells.notations import Cells, Notation

_SHOWN = 6
_THREE = r"^[+-]?[1-9][0-9]{0,2}(?:[.][0-9]{3})?$"
_HEAD = 1000


def told(
    columns: Mapping[str, pa.ChunkedArray],
    ways: Mapping[str, Notation],
    grouped: Mapping[str, str],
    missing: Mapping[str, tuple[str, ...]],
    cells: Cells,
) -> list[str]:
    """Return notes with their codes.

    Parameters
    ----------
    columns : mapping of str to pyarrow.ChunkedArray
        After typing.
    ways : mapping of str to NumberNotation or DateNotation
        How columns are written that are not written plainly.
    grouped : mapping of str to str
        Columns whose points may part thousands, each with a value.
    missing : mapping of str to tuple of str
        Words read as missing.
    cells : Cells
        What the user says of the cells.
    """
    dates = {name: way for name, way in ways.items() if isinstance(way, DateNotation)}
    numbers = {name: way for name, way in ways.items() if name not in dates}
    notes = []
    if numbers:
        notes.append(remark("W150", columns=_listed(numbers, columns)))
    if dates:
        notes.append(remark("W151", columns=_listed(dates, columns)))
    notes += [remark("W152", column=name, value=value) for name, value in grouped.items()]
    met = {word.lower() for words in missing.values() for word in words}
    idle = [f"--missing {word}" for word in cells.missing if word.lower() not in met]
    if cells.decimal == "," and all(getattr(way, "decimal", "") != "," for way in ways.values()):
        idle.append("--decimal ,")
    if cells.date_format and all(way.format != cells.date_format for way in dates.values()):
        idle.append(f"--date-format {cells.date_format}")
    return notes + [remark("W153", option=option) for option in idle]


def maybe_grouped(text: pa.ChunkedArray) -> tuple[str, bool] | None:
    """Return a value of plain numbers whose points may part thousands, and whether each has one; or None.

    Three digits follow every point, and what has none has three at most, as where points part thousands.
    """
    head = text.slice(0, _HEAD).drop_null()
    if not _all_three(head):
        return None
    present = text.drop_null()
    pointed = matches(present, "[.]")
    if not pointed.any() or not _all_three(present):
        return None
    return str(present[pointed.argmax()]), bool(pointed.all())


def _all_three(text: pa.ChunkedArray) -> bool:
    return bool(matches(pc.utf8_trim_whitespace(text), _THREE).all())


def _listed(ways: Mapping[str, Notation], columns: Mapping[str, pa.ChunkedArray]) -> str:
    """Name each column with how it is written and how many values it has."""
    shown = [
        f"{name!r} as {way.example} ({len(columns[name]) - columns[name].null_count:,} values)"
        for name, way in list(ways.items())[:_SHOWN]
    ]
    more = len(ways) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
