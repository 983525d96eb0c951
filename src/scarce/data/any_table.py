"""Take a table in whatever form it is at hand: a file, a dataframe, columns by name, an array, or X and y."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from scarce.data.cells.notations import AS_FOUND, Cells
from scarce.data.files import reading, structured
from scarce.data.files.input_faults import first_line
from scarce.data.suggestion import check_names, counted
from scarce.data.table import Table
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_SOURCE = "the data"
_TARGET = "target"
_REFUSED = (TypeError, ValueError, OverflowError, pa.ArrowException)
"""What Arrow and narwhals raise on values that make no column."""


def table_of(
    data: Any,
    names: Sequence[str] | None = None,
    text: Collection[str] = (),
    cells: Cells = AS_FOUND,
    encoding: str | None = None,
) -> Table:
    """Take a table in any form.

    Parameters
    ----------
    data : path-like, list of these, DataFrame, mapping of str to sequence, ndarray or Table
        Files or patterns as `reading.read` takes them; a pandas, polars or Arrow table or another that
        narwhals knows; columns by name; an array of two axes with `names`, or one with named fields.
    names : sequence of str, optional
        The columns of an array, or of a file without header; anything else brings its own.
    text : collection of str
        Columns to leave as text, as for `reading.read`.
    cells : Cells
        How the cells are written, as for `reading.read`; of a `Table` that is settled.
    encoding : str, optional
        How the text of a file is written, as for `reading.read`.

    Returns
    -------
    Table

    Raises
    ------
    ScarceError
        E155 for an encoding of what is no file, E225 for an array without names, E226 for names that do not
        fit, and what `reading.read` and `reading.from_dataframe` raise.

    Examples
    --------
    >>> import numpy as np
    >>> table_of(np.array([[1.5, 2.0], [2.5, np.nan]]), names=["a", "b"]).data.to_pydict()
    {'a': [1.5, 2.5], 'b': [2.0, None]}
    """
    if isinstance(data, str | os.PathLike):
        return reading.read(os.fspath(data), text, cells, _listed(names), encoding)
    if isinstance(data, list) and data and all(isinstance(path, str | os.PathLike) for path in data):
        return reading.read([os.fspath(path) for path in data], text, cells, _listed(names), encoding)
    if encoding is not None:
        raise ScarceError("E155", option="encoding=", source=_SOURCE, reason="it is not a file")
    _check_array(data, names)
    if isinstance(data, Table):
        return data
    return reading.from_dataframe(_with_names(data, names), _SOURCE, text, cells)


def labelled(
    X: Any,
    y: Any,
    target: str | None = None,
    names: Sequence[str] | None = None,
    cells: Cells = AS_FOUND,
) -> tuple[Table, str]:
    """Put labels beside the table they belong to, row by row as they stand.

    Parameters
    ----------
    X : DataFrame, mapping of str to sequence, or ndarray
        As in `table_of`; the columns of an array without names are called ``x0``, ``x1`` ...
    y : array-like of bool, number or str, shape (n_rows,)
    target : str, optional
        The name of the labels among the columns; unless given, the one that `y` has, or ``"target"``.
    names : sequence of str, optional
        The columns of an array.
    cells : Cells
        How the cells are written.

    Returns
    -------
    table : Table
    target : str

    Raises
    ------
    ScarceError
        E227 where `X` and `y` have not as many rows, E228 where their indexes name the same rows in another
        order, E229 for labels that are not one a row, E232 where `X` has a column of the target's name, and
        what `table_of` raises.

    Notes
    -----
    Rows are paired by position, as scikit-learn pairs them; an index is never looked up.
    """
    if names is None and isinstance(X, np.ndarray) and X.dtype.names is None and X.ndim == 2:
        names = [f"x{column}" for column in range(X.shape[1])]
    if isinstance(X, str | os.PathLike | Table):
        reason = "labels of their own stand beside a table that is in memory"
        raise ScarceError("E121", kind=type(X).__name__, reason=reason)
    _check_array(X, names)
    features, labels = structured.arrow_of(_with_names(X, names), _SOURCE), _labels(y)
    if len(labels) != features.num_rows:
        raise ScarceError("E227", rows=features.num_rows, labels=len(labels))
    _check_order(X, y)
    name = target if target is not None else str(getattr(y, "name", None) or _TARGET)
    if name in features.column_names:
        raise ScarceError("E232", name=name)
    return reading.from_dataframe(features.append_column(name, labels), _SOURCE, cells=cells), name


def _check_array(data: Any, names: Sequence[str] | None) -> None:
    if names is not None and not isinstance(data, np.ndarray):
        raise ScarceError(
            "E226", given=type(data).__name__, reason="it brings names of its own, or needs none"
        )


def _with_names(data: Any, names: Sequence[str] | None) -> Any:
    """Return columns by name and arrays as Arrow tables, and any dataframe as it is."""
    if isinstance(data, Mapping):
        return _arrow(data.items(), type(data).__name__)
    if not isinstance(data, np.ndarray):
        return data
    if data.dtype.names is not None and names is None:
        return _arrow(((name, data[name]) for name in data.dtype.names), "ndarray")
    if names is None:
        raise ScarceError("E225", shape=data.shape)
    named = _listed(names)
    if data.ndim != 2 or data.shape[1] != len(named):
        reason = f"it has shape {data.shape}, and names= holds {counted(len(named), 'name', 'names')}"
        raise ScarceError("E226", given="an array", reason=reason)
    return _arrow(zip(named, data.T, strict=True), "ndarray")


def _listed(names: Any) -> list[Any] | None:
    """Return the names as a list, a single one too."""
    if names is None:
        return None
    return [names] if isinstance(names, str) or not isinstance(names, Iterable) else list(names)


def _arrow(columns: Iterable[tuple[Any, Any]], kind: str) -> pa.Table:
    """Return columns as an Arrow table, None and NaN as missing."""
    pairs = [(str(name), values) for name, values in columns]
    check_names([name for name, _ in pairs], _SOURCE)
    try:
        return pa.table({name: _column(values) for name, values in pairs})
    except _REFUSED as error:
        raise ScarceError("E121", kind=kind, reason=first_line(error)) from None


def _column(values: Any) -> pa.ChunkedArray:
    series = nw.from_native(values, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        return pa.chunked_array([series.to_arrow()])
    if not isinstance(values, np.ndarray | pa.Array) and hasattr(values, "__array__"):
        values = np.asarray(values)
    elif not isinstance(values, np.ndarray | list | tuple | range | pa.Array):
        raise TypeError("it is no sequence of values")
    return pa.chunked_array([pa.array(values, from_pandas=True)])


def _labels(y: Any) -> pa.ChunkedArray:
    try:
        return _column(y)
    except _REFUSED as error:
        kind = f"shape {y.shape}" if hasattr(y, "shape") else type(y).__name__
        raise ScarceError("E229", kind=kind, reason=first_line(error)) from None


def _check_order(X: Any, y: Any) -> None:
    """Raise E228 where both have an index, of the same rows in another order: either could be meant."""
    mine, yours = _index(X), _index(y)
    if mine is None or yours is None or mine.equals(yours):
        return
    if mine.is_unique and yours.is_unique and mine.isin(yours).all():
        raise ScarceError("E228")


def _index(data: Any) -> Any:
    native = nw.from_native(data, allow_series=True, pass_through=True)
    return nw.maybe_get_index(native) if isinstance(native, nw.DataFrame | nw.Series) else None
