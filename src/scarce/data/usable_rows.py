"""The rows that a trial can learn from: old enough to have their label, and with one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from scarce.data.checks.finding import Finding
from scarce.data.label_delay import delay_of
from scarce.data.labels import count_positive, labelled_rows
from scarce.data.roles import time_of
from scarce.data.suggestion import counted
from scarce.decision.costs import Costs
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from scarce.data.roles import Roles
    from scarce.data.table import Table

    IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class UsableRows:
    """What is left of a table.

    Attributes
    ----------
    table : Table
    cost : object
        As it was given; costs a row are those of the rows that are left.
    rows : ndarray of int64 or None
        Which rows of the whole they are, ascending; None where they are all.
    delay : float
        How long a label takes, in the unit of the times.
    young : pyarrow.ChunkedArray
        The target of the rows that were too young.
    unlabelled : int
        Rows that were left out for want of a label.
    """

    table: Table
    cost: Any
    rows: IntArray | None
    delay: float
    young: pa.ChunkedArray
    unlabelled: int

    @classmethod
    def of(cls, table: Table, roles: Roles, cost: Any, known: Sequence[str] = ()) -> UsableRows:
        """Leave out what is younger than the delay of labels, and rows without a label where that is asked.

        `known` are the labels of a model.

        Raises
        ------
        ScarceError
            E372 for a delay that cannot be read, E373 where no row is as old as that, E163 where no row has a
            label, and what reading the times raises.
        """
        if isinstance(cost, Costs):
            cost.check_rows(table.n_rows)
        delay, old = 0.0, np.ones(table.n_rows, dtype=bool)
        if roles.label_delay is not None:
            delay, old = _old_enough(table, roles)
        rows = np.flatnonzero(old)
        if roles.unlabelled == "drop":
            rows = rows[labelled_rows(table.take(rows), roles.target, known)]
        whole = len(rows) == table.n_rows
        return cls(
            table=table if whole else table.take(rows),
            cost=cost.take(rows) if isinstance(cost, Costs) and not whole else cost,
            rows=None if whole else rows,
            delay=delay,
            young=table.column(roles.target).filter(pa.array(~old)),
            unlabelled=int(old.sum()) - len(rows),
        )

    def findings(self, roles: Roles, labels: tuple[str, str]) -> list[Finding]:
        """Say which rows were left out, a reason at a time."""
        found = []
        if len(self.young):
            found.append(
                Finding.of(
                    "W158",
                    rows=counted(len(self.young), "row is", "rows are"),
                    why=f"younger than the label delay of {roles.label_delay}",
                    positives=f", {count_positive(self.young, labels):,} of them positive",
                    so="labels may still arrive for such rows",
                )
            )
        if self.unlabelled:
            found.append(
                Finding.of(
                    "W158",
                    rows=counted(self.unlabelled, "row is", "rows are"),
                    why=f"without a label in {roles.target!r}",
                    positives="",
                    so="the figures speak for rows that are labelled",
                )
            )
        return found


def _old_enough(table: Table, roles: Roles) -> tuple[float, npt.NDArray[np.bool_]]:
    """Return the delay of labels, and which rows are at least so much older than the newest."""
    time = time_of(table, roles.time)
    delay = delay_of(roles.label_delay, dates=pa.types.is_timestamp(table.column(roles.time).type))
    old = time <= time.max() - delay
    if not old.any():
        raise ScarceError("E373", source=table.source, delay=roles.label_delay)
    return delay, old
