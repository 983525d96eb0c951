"""One feature beside the target, counted once for all checks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from scarce.data.checks.column_ranking import Ranking, SortedColumn, by_order, by_value
from scarce.data.encoding import date_features
from scarce.data.schema import CATEGORY, DATETIME, kind_of
from scarce.data.table import to_float

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from scarce.data.dataset import Dataset

    FloatArray = npt.NDArray[np.float64]

FEW_VALUES = 50
_DIGITS = 10


@dataclass(frozen=True, eq=False)
class Profile:
    """A feature and the target.

    Attributes
    ----------
    name : str
    column : pyarrow.ChunkedArray
    positive : ndarray of bool, shape (n_rows,)
    fold : ndarray of int64, shape (n_rows,), or None
        0 to 4; a row is judged by what the other folds teach. None where no ranking is asked for.
    kept : bool
        Whether the user asked for it by name.
    """

    name: str
    column: pa.ChunkedArray
    positive: npt.NDArray[np.bool_]
    fold: npt.NDArray[np.int64] | None = None
    kept: bool = False

    def among(self, rows: npt.NDArray[np.bool_]) -> Profile:
        """Return the profile of some of the rows."""
        fold = None if self.fold is None else self.fold[rows]
        return replace(self, column=self.column.filter(rows), positive=self.positive[rows], fold=fold)

    @property
    def kind(self) -> str:
        """The column's kind."""
        return kind_of(self.column.type)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.positive)

    @cached_property
    def values(self) -> FloatArray:
        """Numbers as they are, dates in microseconds, categories as codes by first row; NaN missing."""
        if self.kind == DATETIME:
            return to_float(self.column.cast(pa.int64()))
        if self.kind != CATEGORY:
            return to_float(self.column)
        encoded = self.column.combine_chunks().dictionary_encode()
        return to_float(pa.chunked_array([encoded.indices]))

    @cached_property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Where there is no value."""
        return np.isnan(self.values)

    @cached_property
    def order(self) -> npt.NDArray[np.int64]:
        """The rows by their value, those without one last."""
        return np.argsort(self.values)

    @cached_property
    def ordered(self) -> FloatArray:
        """The values there are, ascending."""
        return self.values[self.order[: self.n_rows - int(self.missing.sum())]]

    @cached_property
    def start(self) -> npt.NDArray[np.int64]:
        """Where each different value begins in `ordered`."""
        return np.flatnonzero(
            np.concatenate([[True], self.ordered[1:] != self.ordered[:-1]])[: len(self.ordered)]
        )

    @property
    def distinct(self) -> int:
        """How many different values there are, missing aside."""
        return len(self.start)

    @cached_property
    def auc(self) -> float:
        """Chance that a positive's value is above a negative's, ties half; among the rows with a value."""
        scores = self.values[self.positive & ~self.missing]
        n_positive, n_negative = len(scores), len(self.ordered) - len(scores)
        if not n_positive or not n_negative:
            return 0.5
        below = np.searchsorted(self.ordered, scores, side="left")
        up_to = np.searchsorted(self.ordered, scores, side="right")
        middle_ranks = (below + up_to + 1) / 2.0
        above = middle_ranks.sum() - n_positive * (n_positive + 1) / 2.0
        return float(above / (n_positive * n_negative))

    @property
    def rare(self) -> npt.NDArray[np.bool_]:
        """The rows of the rarer label."""
        return self.positive if 2 * self.positive.sum() <= self.n_rows else ~self.positive

    @cached_property
    def sorted(self) -> SortedColumn:
        """The column beside the rarer label, by value."""
        assert self.fold is not None
        rare = self.rare[self.order]
        return SortedColumn(self.start, len(self.ordered), rare, self.fold[self.order])

    @cached_property
    def by_value(self) -> Ranking:
        """How well its gaps and its values, however many, rank the rarer label."""
        return by_value(self.sorted)

    @cached_property
    def by_order(self) -> Ranking:
        """How well ranges of its numbers or dates rank the rarer label."""
        return by_order(self.sorted)

    @cached_property
    def parts(self) -> tuple[Profile, ...]:
        """What a value says besides: the hour and the weekday of dates, the last digit of whole numbers."""
        if self.kind == DATETIME:
            _, *parts = date_features(self.column)
        elif self.whole and np.isfinite(self.ordered).all():
            parts = [self.values % _DIGITS]
        else:
            return ()
        columns = [pa.chunked_array([pa.array(part, from_pandas=True)]) for part in parts]
        return tuple(replace(self, column=column) for column in columns)

    @property
    def whole(self) -> bool:
        """Whether the values are whole numbers."""
        if self.kind in (CATEGORY, DATETIME) or pa.types.is_boolean(self.column.type):
            return False
        finite = self.ordered[np.isfinite(self.ordered)]
        return pa.types.is_integer(self.column.type) or bool((finite == np.floor(finite)).all())


def profiles(
    dataset: Dataset, fold: npt.NDArray[np.int64] | None = None, of: pa.Table | None = None
) -> Iterator[Profile]:
    """Yield the profile of each feature of a data set, or of each column of another table of its rows."""
    table = dataset.features if of is None else of
    positive = dataset.target == 1
    for name, column in zip(table.column_names, table.columns, strict=True):
        yield Profile(name, column, positive, fold, name in dataset.kept)
