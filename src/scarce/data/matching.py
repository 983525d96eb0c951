"""Whether a column still holds what it held when the model was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.cells.normal import of_five_types, shown
from scarce.data.cells.notations import AS_FOUND
from scarce.data.cells.text import Typed, is_date, numbers, timestamps, truths, with_gaps, words
from scarce.data.schema import BOOLEAN, CATEGORY, DATETIME, NUMBER, Column, kind_of
from scarce.data.spelling import check_spelling
from scarce.data.suggestion import counted
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.data.cells.notations import Cells

_MICROSECONDS = pa.timestamp("us")


def as_kind(
    values: pa.ChunkedArray,
    column: Column,
    source: str,
    where: Callable[[int], str],
    cells: Cells = AS_FOUND,
) -> pa.ChunkedArray:
    """Return a column as the kind that the model expects.

    Parameters
    ----------
    values : pyarrow.ChunkedArray
        As found.
    column : Column
        As expected.
    source : str
    where : callable
        Names the place of a row.
    cells : Cells
        How the cells were written when the model was made.

    Returns
    -------
    pyarrow.ChunkedArray
        Numbers, booleans, timestamps or strings.

    Raises
    ------
    ScarceError
        E119 for nested values, E129 for dates of which some name a zone, E150 and E442 with the first value
        that does not fit, E444 and E446 for codes that another tool has written anew.

    Notes
    -----
    What arrives in another type but means the same is taken: text that parses, 0 and 1 for a truth value, a
    number for a category that was written as one. A column without a single value fits any kind.
    """
    values = with_gaps(Typed(of_five_types(values, column.name, source)), cells).values
    way = cells.columns.get(column.name)
    if values.null_count == len(values):
        return pa.chunked_array([pa.nulls(len(values), _TYPES[column.kind])])
    found = kind_of(values.type)
    if column.kind == CATEGORY and found != DATETIME:
        text = words(values, cells.missing) if found == CATEGORY else written(values)
        check_spelling(text, column.name, column.categories + column.met, source, where)
        known = found == CATEGORY or _any_known(text, column.categories)
        converted, wrong = (text, _NONE) if known else (values, _valid(values))
    elif found == column.kind:
        return values
    elif found == CATEGORY:
        converted, wrong = _PARSERS[column.kind](values, cells, way)
    elif column.kind == BOOLEAN and found == NUMBER:
        converted, wrong = _zero_or_one(values)
    else:
        converted, wrong = values, _valid(values)
    if not wrong.size:
        return converted
    bad = int(wrong[0])
    value = shown(values[bad])
    if way is not None and found == CATEGORY:
        others = f" ({counted(wrong.size, 'row', 'rows')} in all)"
        found = f"{where(bad)} of {source} holds {value!r}{others}"
        raise ScarceError("E150", column=column.name, written=way.example, found=found)
    torn = column.kind == DATETIME and found == CATEGORY and is_date(value.strip())
    raise ScarceError(
        "E129" if torn else "E442",
        column=column.name,
        expected=column.kind,
        found=found,
        value=value,
        where=where(bad),
        source=source,
    )


_TYPES = {NUMBER: pa.float64(), BOOLEAN: pa.bool_(), DATETIME: _MICROSECONDS, CATEGORY: pa.string()}
_PARSERS = {NUMBER: numbers, BOOLEAN: truths, DATETIME: timestamps}


_NONE = np.empty(0, dtype=np.int64)


def _valid(values: pa.ChunkedArray) -> np.ndarray:
    return np.flatnonzero(values.is_valid().to_numpy())


def _zero_or_one(values: pa.ChunkedArray) -> tuple[pa.ChunkedArray, np.ndarray]:
    known = pc.is_in(values, value_set=pa.array([0, 1, None], values.type)).to_numpy()
    return (values.cast(pa.bool_()), _NONE) if known.all() else (values, np.flatnonzero(~known))


def written(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers and truth values as words, whole numbers without a point.

    Examples
    --------
    >>> written(pa.chunked_array([[1.0, None, 3.0]])).to_pylist()
    ['1', None, '3']
    """
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
        whole = values.cast(pa.int64(), safe=False)
        exact = pc.all(pc.equal(whole.cast(values.type, safe=False), values)).as_py()
        values = whole if exact else values
    return values.cast(pa.string())


def _any_known(text: pa.ChunkedArray, categories: tuple[str, ...]) -> bool:
    """Whether a row holds a category that the model knows; if numbers never do, the column is another one."""
    return bool(pc.any(pc.is_in(text, value_set=pa.array(categories, pa.string()))).as_py())
