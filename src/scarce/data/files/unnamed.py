"""Columns without a name that say nothing: an empty one after a last delimiter, and an index in front."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.suggestion import check_names, counted
from scarce.errors import ScarceError, remark


def without_unnamed(data: pa.Table, source: str) -> tuple[pa.Table, tuple[str, ...]]:
    """Leave out columns without name that are empty, and one in front that is an index as pandas writes it.

    Parameters
    ----------
    data : pyarrow.Table of string columns
    source : str

    Returns
    -------
    data : pyarrow.Table
    notes : tuple of str
        W156 and W157.

    Raises
    ------
    ScarceError
        E109 for repeated names, E110 for other columns without one, E112 where most have none.

    Examples
    --------
    >>> data, notes = without_unnamed(pa.table([["0", "1"], ["x", "y"]], names=["", "a"]), "a.csv")
    >>> data.to_pydict()
    {'a': ['x', 'y']}
    """
    kept, empty, notes = [], 0, []
    for position, name in enumerate(data.column_names):
        if name.strip():
            kept.append(position)
        elif _is_empty(column := data.column(position)):
            empty += 1
        elif position == 0 and _is_index(column):
            notes.append(remark("W157", source=source, first=column[0], last=column[-1]))
        else:
            raise _nameless(data.column_names, position, source)
    if empty and data.num_rows:
        what = counted(empty, "column", "columns")
        notes.insert(0, remark("W156", source=source, columns=what, rows=f"{data.num_rows:,}"))
    names = [data.column_names[position] for position in kept]
    check_names(names, source)
    return data.select(kept), tuple(notes)


def _nameless(names: list[str], position: int, source: str) -> ScarceError:
    """Return what to raise for a column without a name: most have none where the first line is a title."""
    named = sum(bool(name.strip()) for name in names)
    if named * 2 < len(names):
        return ScarceError("E112", source=source, reason=f"names {named} of {len(names)} columns")
    return ScarceError("E110", source=source, position=position + 1)


def _is_empty(column: pa.ChunkedArray) -> bool:
    return not pc.any(pc.not_equal(pc.utf8_trim_whitespace(column), "")).as_py()


def _is_index(column: pa.ChunkedArray) -> bool:
    """Whether all values are whole numbers of digits alone, no two alike."""
    digits = pc.all(pc.match_substring_regex(column, "^[0-9]{1,18}$"), skip_nulls=False).as_py()
    return bool(digits) and pc.count_distinct(column).as_py() == len(column)
