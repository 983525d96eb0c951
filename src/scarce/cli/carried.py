"""The caller's own columns beside the predictions: each value as it came, under its own name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scarce.cli import console
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

GIVEN = "given_"
"""What stands before the name of a column of the caller that is called like one of ours."""


def beside(
    predicted: pa.Table,
    data: list[str],
    source: str,
    wanted: Sequence[str] | None,
    written: Mapping[str, Any],
) -> pa.Table:
    """Return columns of the data with those of the predictions to their right.

    The file is read a second time, when its typed columns have been let go of: both together would double
    the memory.

    Parameters
    ----------
    predicted : pyarrow.Table
        A row for each of the data.
    data : list of str
        As the command line names it.
    source : str
        What messages call it.
    wanted : sequence of str or None
        Columns, in their order; None for all.
    written : mapping
        How the files are written, as `file_options.written` says.

    Raises
    ------
    ScarceError
        E101 for a column that is not there, E124 where the data is no longer the same, E236 where a name that
        is called like ours cannot be changed.
    """
    import pyarrow as pa

    from scarce.data.files.reading import as_written
    from scarce.data.suggestion import require

    given = as_written(data, **written)
    if given.num_rows != predicted.num_rows:
        raise ScarceError("E124", source=source)
    names = given.column_names if wanted is None else list(dict.fromkeys(wanted))
    for name in names:
        require(name, given.column_names, source)
    ours = predicted.column_names
    called = [_name(name, names, ours, source) for name in names]
    columns = [given.column(name) for name in names]
    return pa.table([*columns, *predicted.columns], names=[*called, *ours])


def _name(name: str, names: Sequence[str], ours: Sequence[str], source: str) -> str:
    """Return what a column is called in the output, and say so where that is not its name."""
    if name not in ours:
        return name
    renamed = f"{GIVEN}{name}"
    if renamed in names:
        raise ScarceError("E236", column=name, source=source, renamed=renamed)
    console.note(f"{name!r} of {source} is written as {renamed!r}, beside the {name!r} of the predictions")
    return renamed
