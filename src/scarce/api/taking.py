"""One table and its target, from one table or from X and y."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scarce.api import options
from scarce.data.any_table import labelled, table_of
from scarce.data.cells.notations import AS_FOUND, Cells
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from scarce.data.table import Table


def taken(
    data: Any,
    target: str | None,
    names: Sequence[str] | None,
    name: str | None,
    text: Collection[str] = (),
    cells: Cells = AS_FOUND,
    encoding: str | None = None,
) -> tuple[Table, str]:
    """Return a table and its target, from one table or from X and y; some columns may be left as text.

    Raises
    ------
    ScarceError
        E155 for an encoding of what is no file, E230 where it is not said what to predict, or data is a tuple
        of anything but two.
    """
    target = options.column("target", target)
    if isinstance(data, tuple):
        if len(data) != 2:
            raise ScarceError(
                "E230",
                name="data",
                value=f"a tuple of {len(data)}",
                reason="a tuple is features and labels",
                suggestion="pass (X, y)",
            )
        if encoding is not None:
            raise ScarceError("E155", option="encoding=", source="(X, y)", reason="they are not files")
        table, target = labelled(*data, target, names, cells)
    elif target is None:
        raise ScarceError(
            "E230",
            name="target",
            value="left out",
            reason="nothing says which column to predict",
            suggestion="name it, target='...', or pass features and labels as (X, y)",
        )
    else:
        table = table_of(data, names, text, cells, encoding)
    return (table if name is None else replace(table, source=str(name))), target
