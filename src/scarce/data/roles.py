"""What each column is for, checked before anything is computed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from scarce.data.cells.text import is_date, numbers, timestamps
from scarce.data.suggestion import require, typed_name
from scarce.data.table import Table, to_float
from scarce.decision.cost_checks import LEAST_COST
from scarce.decision.costs import Costs, CostSpec
from scarce.decision.enough_positives import LEAST_SHARE
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

_ALWAYS = ("target", "time", "group", "weight", "drop", "keep")  # what fingerprints have always told of
_LEAST_WEIGHT, _MOST_WEIGHT = 1e-15, 1e15


_DAY = 86_400e6  # microseconds


@dataclass(frozen=True)
class Roles:
    """The columns with a role, and those dropped and kept."""

    target: str
    time: str | None
    group: str | None
    weight: str | None
    drop: tuple[str, ...]
    keep: tuple[str, ...]
    categorical: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    entity: str | None = None
    label_delay: str | None = None
    unlabelled: str | None = None

    def check(self, table: Table) -> None:
        """Raise E101 for a column that is not there, E137 for one that has two roles at once.

        E370 and E371 are raised for an entity and for a delay of labels where no column tells the time, E164
        for another word than ``drop`` where it is said what becomes of rows without a label.
        """
        if self.unlabelled not in (None, "drop"):
            raise ScarceError("E164", value=self.unlabelled)
        named = {"time": self.time, "group": self.group, "entity": self.entity, "weight": self.weight}
        for column in (self.target, *filter(None, named.values()), *self.features_named, *self.drop):
            require(column, table.names, table.source)
        for role, column in named.items():
            if column == self.target:
                raise ScarceError("E137", column=column, roles=f"the target and the {role} column")
        for word, columns in (("dropped", self.drop), ("kept as a feature", self.keep)):
            if self.target in columns:
                raise ScarceError("E137", column=self.target, roles=f"the target and {word}")
        both = [column for column in self.drop if column in self.keep]
        if both:
            raise ScarceError("E137", column=both[0], roles="dropped and kept")
        for word, columns in (("categorical", self.categorical), ("numeric", self.numeric)):
            for column in columns:
                if not self.is_feature(column):
                    raise ScarceError("E137", column=column, roles=f"{word} and no feature")
        both = [column for column in self.categorical if column in self.numeric]
        if both:
            raise ScarceError("E137", column=both[0], roles="categorical and numeric")
        if self.entity is not None and self.time is None:
            raise ScarceError("E370", entity=typed_name(self.entity))
        if self.entity is not None and self.entity in (self.time, self.weight):
            other = "time" if self.entity == self.time else "weight"
            raise ScarceError("E137", column=self.entity, roles=f"the entity and the {other} column")
        if self.label_delay is not None and self.time is None:
            raise ScarceError("E371", delay=self.label_delay)

    @property
    def features_named(self) -> tuple[str, ...]:
        """The columns that are features by the user's word."""
        return (*self.keep, *self.categorical, *self.numeric)

    def is_feature(self, column: str) -> bool:
        """Whether a column is one of the features."""
        if column == self.target or column in self.drop:
            return False
        return column in self.keep or column not in (self.time, self.group, self.entity, self.weight)

    def describe(self) -> dict[str, Any]:
        """Return the roles as JSON can hold them."""
        return {role: column for role, column in asdict(self).items() if role in _ALWAYS or column}


def weight_of(table: Table, column: str) -> npt.NDArray[np.float64]:
    """Return the row weights.

    Raises
    ------
    ScarceError
        E131 for words, E138 for a weight that is missing, infinite or negative, and for nothing but 0.

    Notes
    -----
    Weights whose sums or squares would leave the range of floats are divided by the largest: only their
    ratios count.
    """
    weight = table.numbers(column)
    wrong = ~(np.isfinite(weight) & (weight >= 0.0))
    if wrong.any():
        row = int(wrong.argmax())
        raise _no_weight(table, column, f"{_shown(weight[row])} in {table.where(row)}")
    largest = weight.max()
    if largest == 0.0:
        raise _no_weight(table, column, "nothing but 0")
    return weight if _LEAST_WEIGHT <= largest <= _MOST_WEIGHT else weight / largest


def check_class_weights(
    table: Table,
    column: str,
    weight: npt.NDArray[np.float64],
    target: npt.NDArray[np.uint8],
    labels: tuple[str, str],
) -> None:
    """Raise E138 where the rows of a class weigh nothing, E145 where they weigh next to nothing."""
    as_written = table.numbers(column)  # the smallest of them may be 0 beside the largest
    shares = np.bincount(target, weights=weight, minlength=2) / weight.sum()
    for value, (share, label) in enumerate(zip(shares, labels, strict=True)):
        if not as_written[target == value].any():
            raise _no_weight(table, column, f"nothing but 0 for label {label!r}")
        if share < LEAST_SHARE:
            raise ScarceError("E145", column=column, source=table.source, label=label, least=LEAST_SHARE)


def _no_weight(table: Table, column: str, reason: str) -> ScarceError:
    return ScarceError("E138", column=column, reason=reason, source=table.source)


def time_of(table: Table, column: str) -> npt.NDArray[np.float64]:
    """Return times as numbers, dates in microseconds since 1970.

    Raises
    ------
    ScarceError
        E142 for words that are no dates, E129 where only some dates name a zone, E139 for a gap, E146 for
        infinity.
    """
    values = table.column(column)
    if pa.types.is_timestamp(values.type):
        found = to_float(values.cast(pa.int64()))
    else:
        try:
            found = table.numbers(column)
        except ScarceError as error:
            if error.code != "E131":
                raise
            raise _no_time(table, error.values) from None
    infinite = np.isinf(found)
    if infinite.any():
        row = int(infinite.argmax())
        place = {"where": table.where(row), "source": table.source, "count": int(infinite.sum())}
        raise ScarceError("E146", column=column, value=_shown(found[row]), **place)
    return _without_gaps(found, np.isnan(found), table, column)


def days_of(table: Table, column: str) -> int | None:
    """Return how many days have rows; None where the times are no dates."""
    if not pa.types.is_timestamp(table.column(column).type):
        return None
    return int(np.unique(np.floor(time_of(table, column) / _DAY)).size)


def _no_time(table: Table, found: dict[str, Any]) -> ScarceError:
    """Return what keeps a column from being times: the first stray of the reading that gets furthest."""
    values = table.column(found["column"])
    if not pa.types.is_string(values.type):
        return ScarceError("E142", **found)
    way = table.cells.columns.get(found["column"])
    strays = [
        int(wrong[0]) for read in (timestamps, numbers) if (wrong := read(values, table.cells, way)[1]).size
    ]
    row = max(strays)
    value = str(values[row].as_py())
    torn = row == strays[0] and is_date(value.strip())
    place = {"value": value, "where": table.where(row)}
    return ScarceError("E129" if torn else "E142", **found | place)


def group_of(table: Table, column: str) -> npt.NDArray[np.int64]:
    """Return groups as numbers 0, 1, ...

    Raises
    ------
    ScarceError
        E139 for a gap.
    """
    encoded = table.column(column).combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return _without_gaps(codes, codes < 0, table, column)


def cost_of(table: Table, cost: str | Mapping[str, float | str] | CostSpec | Costs, target: str) -> Costs:
    """Return the costs of every row.

    Raises
    ------
    ScarceError
        E137 if a column is the target, E144 where a mistake costs next to nothing in every row, and as
        `looked_up`; E250 to E252 and E260 from the costs themselves.
    """
    if isinstance(cost, Costs):
        cost.check_rows(table.n_rows)
        return cost
    spec = CostSpec.of(cost)
    if target in spec.columns:
        raise ScarceError("E137", column=target, roles="the target and a cost")
    costs = looked_up(spec, table)
    mistakes = (("fn", "a missed positive", costs.fn, costs.tp), ("fp", "a false alarm", costs.fp, costs.tn))
    for key, mistake, wrong, right in mistakes:
        most = float(np.max(np.subtract(wrong, right)))
        if most < LEAST_COST:
            place = {"costs": spec.describe(), "source": table.source}
            raise ScarceError("E144", **place, mistake=mistake, key=key, most=most)
    return costs


def looked_up(spec: CostSpec, table: Table) -> Costs:
    """Return the costs of every row, with the columns that a spec names looked up in a table.

    Raises
    ------
    ScarceError
        E101 for a column that is not there, E131 for words, E251 for a value that is missing, infinite or
        negative, E260 for one that is too large; E252 where a mistake costs less than the right decision.
    """
    columns = {name: table.numbers(name) for name in spec.columns}
    return spec.resolve(columns, table.source, table.where)


def _without_gaps(values: npt.NDArray[Any], gap: npt.NDArray[np.bool_], table: Table, column: str) -> Any:
    if gap.any():
        where = table.where(int(gap.argmax()))
        raise ScarceError("E139", column=column, where=where, source=table.source, count=int(gap.sum()))
    return values


def _shown(value: float) -> str:
    return "nothing" if np.isnan(value) else f"{value:g}"
