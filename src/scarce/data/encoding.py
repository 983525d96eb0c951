"""From columns to the matrix a booster takes, and the check that later data still fits it.

Our own, since categories that the training never met get the code of the rare ones, which a model has learnt
from: scikit-learn's `OrdinalEncoder(min_frequency=10)` gives them one that no row had. On three columns of
500,000 words it takes 1.6 s and 154 MB, this .25 s and 53 MB (docs/data.md).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.cells.notations import AS_FOUND, Cells
from scarce.data.cells.number_notation import PLAIN
from scarce.data.matching import as_kind
from scarce.data.schema import CATEGORY, DATETIME, MIN_COUNT, Column, kind_of
from scarce.data.suggestion import listed, suggestion
from scarce.data.table import Table, row_name, to_float
from scarce.errors import ScarceError, ScarceWarning

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

RARE = 0.0
_FEW_RARE = 0.1
_MOST = 0.5
_SECOND = 1e6
_DAY = 86_400 * 1_000_000
_DATE_PARTS = ("seconds", "hour", "weekday")


@dataclass(frozen=True)
class Encoder:
    """Columns as features: numbers as they are, categories as codes.

    A number is itself, missing and infinite are NaN. A truth value is 0 or 1. A category with enough rows
    has a code 1, 2, ...; all rare ones and those never seen share the code 0; a missing one is NaN. A date
    gives three features: seconds since 1970, hour of the day and day of the week (Monday is 0).

    Parameters
    ----------
    columns : tuple of Column
    cells : Cells
        How the cells were written that these columns come from.

    Examples
    --------
    >>> table = pa.table({"amount": [1.5, None], "kind": ["x", "y"]})
    >>> encoder = Encoder.fit(table, min_count=1)
    >>> encoder.encode(pa.table({"kind": ["y", "z"], "amount": [2, 3]}))
    array([[2., 2.],
           [3., 0.]])
    """

    columns: tuple[Column, ...]
    cells: Cells = AS_FOUND

    @classmethod
    def fit(
        cls,
        table: Table | pa.Table,
        min_count: int = MIN_COUNT,
        missing_tokens: Mapping[str, tuple[str, ...]] | None = None,
        rows: npt.NDArray[np.int64] | None = None,
        cells: Cells = AS_FOUND,
    ) -> Encoder:
        """Learn the columns and their frequent categories.

        Parameters
        ----------
        table : Table or pyarrow.Table
            The features, and nothing else.
        min_count : int
            Rows that a category needs for a code of its own.
        missing_tokens : mapping of str to tuple of str, optional
            Words read as missing, to be kept with the columns; a `Table` brings its own.
        rows : ndarray of int, optional
            The rows to learn from; all unless given.
        cells : Cells
            How the cells are written; a `Table` brings its own.

        Returns
        -------
        Encoder
        """
        data = _data(table)
        tokens = table.missing_tokens if isinstance(table, Table) else missing_tokens or {}
        found = []
        for name, values in zip(data.column_names, data.columns, strict=True):
            learns = rows is not None and kind_of(values.type) == CATEGORY  # of others only the type counts
            seen = values.take(pa.array(rows)) if learns else values
            found.append(Column.of(name, seen, min_count, tokens.get(name, ())))
        return cls(tuple(found), table.cells if isinstance(table, Table) else cells)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name a column of the matrix; a date's are ``when.seconds``, ``when.hour``, ``when.weekday``."""
        return tuple(name for column in self.columns for name in _features_of(column))

    @property
    def categorical(self) -> tuple[int, ...]:
        """Positions of the categories among the features."""
        kinds = [column.kind for column in self.columns for _ in _features_of(column)]
        return tuple(i for i, kind in enumerate(kinds) if kind == CATEGORY)

    @property
    def column_of(self) -> tuple[int, ...]:
        """Position of the column that each feature is made of."""
        return tuple(place for place, column in enumerate(self.columns) for _ in _features_of(column))

    @property
    def n_features(self) -> int:
        """Width of the matrix."""
        return len(self.feature_names)

    @property
    def text_columns(self) -> frozenset[str]:
        """Columns that `reading.read` should leave as text, so that categories arrive as written."""
        return frozenset(column.name for column in self.columns if column.kind == CATEGORY)

    @property
    def cells_of_later_data(self) -> Cells:
        """How `reading.read` should read these columns again: as they were written, which may be plainly."""
        plain = {column.name: PLAIN for column in self.columns if column.kind != CATEGORY}
        return replace(self.cells, columns=plain | self.cells.columns)

    def encode(self, table: Table | pa.Table) -> npt.NDArray[np.float64]:
        """Return the features of each row; columns are found by name, others are ignored.

        Parameters
        ----------
        table : Table or pyarrow.Table

        Returns
        -------
        ndarray of float64, shape (n_rows, n_features)
            C order.

        Raises
        ------
        ScarceError
            E441 for columns that are not there, E150 and E442 for one that no longer holds what it held, E444
            and E446 for codes that another tool has written anew.
        """
        data = _data(table)
        source = table.source if isinstance(table, Table) else "the data"
        where = table.where if isinstance(table, Table) else row_name
        self._check_present(data.column_names, source)
        if isinstance(table, Table):
            self._check_written(table)
        matrix = np.empty((data.num_rows, self.n_features))
        position = 0
        for column in self.columns:
            values = as_kind(data.column(column.name), column, source, where, self.cells)
            for feature in _encoded(values, column):
                matrix[:, position] = feature
                position += 1
        return matrix

    def warn_of_unseen(self, table: Table | pa.Table, matrix: npt.NDArray[np.float64]) -> None:
        """Warn of columns most of whose values the training hardly met, such as codes written another way.

        Parameters
        ----------
        table : Table or pyarrow.Table
        matrix : ndarray of float64
            What `encode` makes of it.

        Warns
        -----
        ScarceWarning
            E445 for each such column.
        """
        features = [column for column in self.columns for _ in _features_of(column)]
        for column, codes in zip(features, matrix.T, strict=True):
            if column.kind != CATEGORY or column.rare is None or column.rare > _FEW_RARE:
                continue
            unseen, present = codes == RARE, int((~np.isnan(codes)).sum())
            if present < MIN_COUNT or unseen.sum() <= _MOST * present:
                continue
            row = int(unseen.argmax())
            where = table.where if isinstance(table, Table) else row_name
            source = table.source if isinstance(table, Table) else "the data"
            value = str(_data(table).column(column.name)[row])
            share = {"now": unseen.sum() / present, "then": column.rare}
            place = {"value": value, "where": where(row), "source": source}
            warnings.warn(ScarceWarning("E445", column=column.name, **place, **share), stacklevel=2)

    def ignored(self, names: Iterable[str]) -> list[str]:
        """Return the columns of `names` that are no feature."""
        known = {column.name for column in self.columns}
        return [name for name in names if name not in known]

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` reads, as JSON can hold it."""
        stored = {"columns": [column.to_dict() for column in self.columns]}
        return stored if self.cells == AS_FOUND else stored | {"cells": self.cells.to_dict()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Encoder:
        """Read what `to_dict` wrote.

        Parameters
        ----------
        stored : mapping

        Raises
        ------
        ScarceError
            E443 for anything else.
        """
        columns = stored.get("columns")
        if not isinstance(columns, list) or not all(isinstance(column, dict) for column in columns):
            raise ScarceError("E443", reason="it has no list of columns")
        written = stored.get("cells")
        if not (written is None or isinstance(written, dict)):
            raise ScarceError("E443", reason="it does not say how its cells are written")
        cells = AS_FOUND if written is None else Cells.from_dict(written)
        encoder = cls(tuple(Column.from_dict(column) for column in columns), cells)
        names = [column.name for column in encoder.columns]
        if len(set(names)) < len(names):
            raise ScarceError("E443", reason="a column occurs twice")
        return encoder

    def _check_written(self, table: Table) -> None:
        """Raise E150 for a column that was read otherwise than at training: plainly, or in another unit."""
        for name in {column.name for column in self.columns}.intersection(table.cells.columns):
            now, then = table.cells.columns[name], self.cells.columns.get(name, PLAIN)
            units = {getattr(now, "unit", ""), getattr(then, "unit", "")}
            if then == PLAIN or (len(units) == 2 and ("" not in units or "%" in units)):
                found = f"is written as {now.example} in {table.source}"
                raise ScarceError("E150", column=name, written=then.example, found=found)

    def _check_present(self, names: Sequence[str], source: str) -> None:
        known = set(names)
        absent = [column.name for column in self.columns if column.name not in known]
        if not absent:
            return
        extra = self.ignored(names)
        near = suggestion(absent[0], extra)
        like = near.startswith("did you mean")
        hint = f"{near[:-1]} for {absent[0]!r}?" if like else f"its columns are {listed(names)}"
        raise ScarceError("E441", source=source, names=listed(absent), suggestion=hint)


def _data(table: Table | pa.Table) -> pa.Table:
    return table.data if isinstance(table, Table) else table


def _features_of(column: Column) -> tuple[str, ...]:
    if column.kind == DATETIME:
        return tuple(f"{column.name}.{part}" for part in _DATE_PARTS)
    return (column.name,)


def _encoded(values: pa.ChunkedArray, column: Column) -> list[npt.NDArray[np.float64]]:
    if column.kind == CATEGORY:
        return [_codes(values, column.categories)]
    if column.kind == DATETIME:
        return date_features(values)
    numbers = to_float(values)
    infinite = np.isinf(numbers)
    return [np.where(infinite, np.nan, numbers) if infinite.any() else numbers]


def _codes(values: pa.ChunkedArray, categories: tuple[str, ...]) -> npt.NDArray[np.float64]:
    known = pa.array(categories, pa.string())
    codes = pc.add(pc.index_in(values, value_set=known).cast(pa.float64()), 1.0).fill_null(RARE)
    return pc.if_else(values.is_null(), np.nan, codes).to_numpy()


def date_features(values: pa.ChunkedArray) -> list[npt.NDArray[np.float64]]:
    """Return seconds since 1970, hour of the day and day of the week (Monday is 0) of dates, NaN missing.

    Parameters
    ----------
    values : pyarrow.ChunkedArray
        Timestamps in microseconds.

    Returns
    -------
    list of ndarray of float64
    """
    absent = values.is_null().to_numpy()
    micro = values.cast(pa.int64()).fill_null(0).to_numpy()
    days = micro // _DAY
    parts = [micro / _SECOND, np.floor((micro - days * _DAY) / (3600 * _SECOND)), (days + 3.0) % 7.0]
    return [np.where(absent, np.nan, part) for part in parts]
