"""Columns that the user says are categories, or numbers, whatever they look like."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from scarce.data.matching import written
from scarce.data.schema import CATEGORY, DATETIME, kind_of
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Collection

    from scarce.data.table import Table


def with_kinds(table: Table, categorical: Collection[str], numeric: Collection[str]) -> Table:
    """Return a table in which some columns are categories and others numbers.

    Parameters
    ----------
    table : Table
    categorical : collection of str
        Columns of numbers, truth values or words; from a file they are best read as text, so that
        categories are as written.
    numeric : collection of str
        Columns of numbers, also with leading zeros.

    Raises
    ------
    ScarceError
        E131 with the place of a word among numbers, E113 for numbers with a comma, E166 for dates as
        categories.

    Examples
    --------
    >>> from scarce.data.files.reading import from_dataframe
    >>> table = from_dataframe(pa.table({"branch": [1, 2], "calls": ["007", "12"]}))
    >>> with_kinds(table, ["branch"], ["calls"]).data.to_pydict()
    {'branch': ['1', '2'], 'calls': [7.0, 12.0]}
    """
    data = table.data
    for name in categorical:
        values = data.column(name)
        kind = kind_of(values.type)
        if kind == DATETIME:
            raise ScarceError("E166", column=name, source=table.source)
        if kind != CATEGORY:
            data = data.set_column(data.column_names.index(name), name, written(values))
    for name in numeric:
        if kind_of(data.column(name).type) == CATEGORY:
            values = pa.array(table.numbers(name), from_pandas=True)
            data = data.set_column(data.column_names.index(name), name, values)
    named = {*categorical, *numeric}
    quirks = {name: quirk for name, quirk in table.quirks.items() if name not in named}
    return replace(table, data=data, quirks=quirks)
