"""What each column is for, checked before anything is computed."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from scarce.data.schema import CATEGORY, kind_of, reads_as_text
from scarce.data.suggestion import require
from scarce.data.table import Table, to_float
from scarce.decision.costs import Costs, CostSpec
from scarce.errors import ScarceError

if TYPE_CHECKING:
    import numpy.typing as npt

_FEW = 50


@dataclass(frozen=True)
class Roles:
    """The columns with a role, and those dropped and kept."""

    target: str
    time: str | None
    group: str | None
    weight: str | None
    drop: tuple[str, ...]
    keep: tuple[str, ...]

    def check(self, table: Table) -> None:
        """Raise E101 for a column that is not there, E137 for one that has two roles at once."""
        named = {"time": self.time, "group": self.group, "weight": self.weight}
        for column in (self.target, *filter(None, named.values()), *self.drop, *self.keep):
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

    def is_feature(self, column: str) -> bool:
        """Whether a column is one of the features."""
        if column == self.target or column in self.drop:
            return False
        return column in self.keep or column not in (self.time, self.group, self.weight)

    def describe(self) -> dict[str, Any]:
        """Return the roles as JSON can hold them."""
        return asdict(self)


def feature_names(table: Table, roles: Roles) -> tuple[list[str], list[str]]:
    """Return the features in the table's order, and a note for each text column left out.

    Raises
    ------
    ScarceError
        E140 if nothing is left.
    """
    names: list[str] = []
    notes: list[str] = []
    for name in filter(roles.is_feature, table.names):
        values = table.data.column(name)
        different = reads_as_text(values) if kind_of(values.type) == CATEGORY else 0
        if not different:
            names.append(name)
            continue
        notes.append(
            f"left out column {name!r}: text with {different} different values in {len(values)} rows"
        )
    if not names:
        raise ScarceError("E140", source=table.source)
    return names, notes


def check_quirks(table: Table, roles: Roles) -> None:
    """Raise for a feature that is a column of numbers but for a few words, or for its commas.

    Raises
    ------
    ScarceError
        E113 for commas inside numbers, E122 for words among them.

    Notes
    -----
    Few different values are taken as the codes they look like, kept columns as the user says.
    """
    for name, quirk in table.quirks.items():
        if not roles.is_feature(name) or name in roles.keep:
            continue
        place = {"column": name, "value": quirk.value, "source": table.source}
        if quirk.kind == "comma":
            raise ScarceError("E113", **place, where=table.where(quirk.row), typed=shlex.quote(name))
        if quirk.kind == "mixed" and quirk.distinct > _FEW:
            more = f" (and {quirk.count - 1} more rows like it)" if quirk.count > 1 else ""
            share = f"{100 * quirk.share:.4g} %"
            raise ScarceError(
                "E122", **place, where=table.where(quirk.row), share=share, more=more, typed=shlex.quote(name)
            )


def weight_of(table: Table, column: str) -> npt.NDArray[np.float64]:
    """Return the row weights.

    Raises
    ------
    ScarceError
        E131 for words, E138 for a weight that is missing, infinite or negative.
    """
    weight = table.numbers(column)
    wrong = ~(np.isfinite(weight) & (weight >= 0.0))
    if wrong.any():
        row = int(wrong.argmax())
        reason = f"{_shown(weight[row])} in {table.where(row)}"
        raise ScarceError("E138", column=column, reason=reason, source=table.source)
    return weight


def check_class_weights(
    table: Table,
    column: str,
    weight: npt.NDArray[np.float64],
    target: npt.NDArray[np.uint8],
    labels: tuple[str, str],
) -> None:
    """Raise E138 where the rows of a class weigh nothing."""
    for value, label in enumerate(labels):
        if not weight[target == value].any():
            reason = f"nothing but 0 for label {label!r}"
            raise ScarceError("E138", column=column, reason=reason, source=table.source)


def time_of(table: Table, column: str) -> npt.NDArray[np.float64]:
    """Return times as numbers, dates in microseconds since 1970.

    Raises
    ------
    ScarceError
        E142 for words that are no dates, E139 for a gap.
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
            raise ScarceError("E142", **error.values) from None
    return _without_gaps(found, ~np.isfinite(found), table, column)


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


def cost_of(table: Table, cost: str | CostSpec | Costs, target: str) -> Costs:
    """Return the costs of every row.

    Raises
    ------
    ScarceError
        E101 for a column that is not there, E131 for words, E137 if it is the target, E141 for a value that
        is missing, infinite or negative; E250 to E252 from the costs themselves.
    """
    if isinstance(cost, Costs):
        cost.check_rows(table.n_rows)
        return cost
    spec = CostSpec.parse(cost) if isinstance(cost, str) else cost
    columns: dict[str, npt.NDArray[np.float64]] = {}
    for name in spec.columns:
        if name == target:
            raise ScarceError("E137", column=name, roles="the target and a cost")
        values = table.numbers(name)
        wrong = ~(np.isfinite(values) & (values >= 0.0))
        if wrong.any():
            row = int(wrong.argmax())
            where = f"{table.where(row)} of {table.source}"
            raise ScarceError(
                "E141", column=name, value=_shown(values[row]), where=where, count=int(wrong.sum())
            )
        columns[name] = values
    return spec.resolve(columns, table.source)


def _without_gaps(values: npt.NDArray[Any], gap: npt.NDArray[np.bool_], table: Table, column: str) -> Any:
    if gap.any():
        where = table.where(int(gap.argmax()))
        raise ScarceError("E139", column=column, where=where, source=table.source, count=int(gap.sum()))
    return values


def _shown(value: float) -> str:
    return "nothing" if np.isnan(value) else f"{value:g}"
