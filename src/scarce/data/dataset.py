"""A table with its roles settled: target, features, costs, weights, time, groups and entities."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from scarce.data.cells.notations import AS_FOUND, Cells
from scarce.data.files.reading import from_dataframe
from scarce.data.folds.duplicates import joined
from scarce.data.roles import Roles
from scarce.data.settling import settled
from scarce.data.table import Table
from scarce.evaluation.episodes import Episodes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from narwhals.typing import IntoDataFrame

    from scarce.data.cells.quirk import Quirk
    from scarce.data.checks.finding import Finding
    from scarce.decision.costs import Costs, CostSpec


@dataclass(frozen=True, eq=False)
class Dataset:
    """What a trial works on.

    Attributes
    ----------
    features : pyarrow.Table
        The feature columns only.
    target : ndarray of uint8, shape (n_rows,)
        1 where positive.
    labels : (str, str)
        The negative and the positive label, as words.
    row_weight : ndarray of float64 or None
        Rows of the population that a row stands for.
    group : ndarray of int64 or None
        Rows of a group stay on one side of every split.
    time : ndarray of float64 or None
        Test rows are later than training rows; dates count in microseconds.
    costs : Costs or None
    duplicates : ndarray of int64, shape (n_rows,)
        Rows with the same number agree in every feature; they stay on one side of every split. Rows so common
        that new data will hold them too have a number each.
    name : str
        Of the file.
    fingerprint : str
        SHA-256 of the content and the roles.
    notes : list of str
        What was decided on the way.
    target_name : str
    weight_name : str or None
    source_fingerprint : str
        SHA-256 of the content alone, whatever the roles.
    training_fingerprint : str
        SHA-256 of the content and of the roles that a fit depends on: all but the costs.
    missing_tokens : mapping of str to tuple of str
    quirks : mapping of str to Quirk
        Features that are nearly numbers and were kept as categories.
    identifiers : tuple of str
        Columns that were left out because they number the rows.
    kept : tuple of str
        Columns that the user asked for by name.
    left_out : pyarrow.Table
        Columns that are no features because they hold text or number the rows.
    days : int or None
        Number of days that have rows; None where no times are dates.
    entity : ndarray of int64 or None
        What an episode is of, such as a card: its rows stay on one side of every split, as those of a group
        do, and stand in an order, that of the time.
    label_delay : float
        How long a label takes to arrive, in the unit of the time; 0 where it is there at once.
    said : tuple of Finding
        What was left out, and what the labels stand for.
    time_name, entity_name : str or None
    source_rows : ndarray of int64 or None
        Which rows of the table these are; None where they are all of them.
    cells : Cells
        How the cells of features and of columns with a role are written.
    """

    features: pa.Table
    target: npt.NDArray[np.uint8]
    labels: tuple[str, str]
    row_weight: npt.NDArray[np.float64] | None
    group: npt.NDArray[np.int64] | None
    time: npt.NDArray[np.float64] | None
    costs: Costs | None
    duplicates: npt.NDArray[np.int64]
    name: str
    fingerprint: str
    notes: list[str]
    target_name: str = "target"
    weight_name: str | None = None
    source_fingerprint: str = ""
    training_fingerprint: str = ""
    missing_tokens: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    quirks: Mapping[str, Quirk] = field(default_factory=dict)
    identifiers: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    left_out: pa.Table = field(default_factory=lambda: pa.table({}))
    days: int | None = None
    entity: npt.NDArray[np.int64] | None = None
    label_delay: float = 0.0
    said: tuple[Finding, ...] = ()
    time_name: str | None = None
    entity_name: str | None = None
    source_rows: npt.NDArray[np.int64] | None = None
    cells: Cells = AS_FOUND

    @classmethod
    def prepare(
        cls,
        table: Table | IntoDataFrame,
        target: str,
        positive: str | None = None,
        cost: str | Mapping[str, float | str] | CostSpec | Costs | None = None,
        time: str | None = None,
        group: str | None = None,
        weight: str | None = None,
        drop: Sequence[str] = (),
        keep: Sequence[str] = (),
        entity: str | None = None,
        label_delay: str | float | None = None,
        unlabelled: str | None = None,
        negative: str | None = None,
        categorical: Sequence[str] = (),
        numeric: Sequence[str] = (),
    ) -> Dataset:
        """Settle the roles of a table's columns.

        Parameters
        ----------
        table : Table or DataFrame
        target : str
            The column to predict.
        positive : str, optional
            The label that counts as 1, against all others; or for numbers a limit, such as ``">=100"``. The
            rarer of two labels unless named.
        cost : str, mapping, CostSpec or Costs, optional
            Such as ``"fn=amount,fp=5"`` or ``{"fn": "amount", "fp": 5}``. A column named in it stays a
            feature.
        time, group, weight : str, optional
            Columns with a role; like that of the entity, they are not features unless kept.
        drop : sequence of str
            Columns that are no features.
        keep : sequence of str
            Columns that are features all the same: those with a role, ids, and text that hardly repeats;
            columns of almost only numbers, to be taken as categories; and columns known before the target
            although they tell it (D001).
        entity : str, optional
            The column that says what an episode is of, such as a card; needs `time`.
        label_delay : str or float, optional
            How long a label takes to arrive: ``"60d"``, ``"12h"`` or ``"2w"`` where `time` holds dates, else
            a number in its unit. Younger rows, against the newest, are left out; their labels may be empty.
        unlabelled : str, optional
            ``"drop"`` leaves out rows without a label, which are an error otherwise.
        negative : str, optional
            What a model calls the other label, so that ``"not X"`` stands for all others here too.
        categorical, numeric : sequence of str
            Features that are categories although they look like numbers, and the other way round.

        Returns
        -------
        Dataset

        Raises
        ------
        ScarceError
            E101, E113, E122, E131 to E149, E151, E161 to E165; E250 to E252 and E260 for the costs; E370 to
            E373 for an entity and a delay.

        Notes
        -----
        Text that hardly repeats is left out, with a note: it is no category, and no text model is here. So
        are ids (`identifiers.is_identifier`): they tell only the order of the rows.

        Examples
        --------
        >>> table = pa.table({"amount": [1.0, 2.0, 3.0], "fraud": ["no", "yes", "no"]})
        >>> Dataset.prepare(table, target="fraud").labels
        ('no', 'yes')
        """
        source = table if isinstance(table, Table) else from_dataframe(table)
        delay = None if label_delay is None else str(label_delay)
        features = (tuple(names) for names in (drop, keep, categorical, numeric))
        roles = Roles(target, time, group, weight, *features, entity, delay, unlabelled)
        roles.check(source)
        return cls(**settled(source, roles, cost, positive, negative))

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.target)

    @property
    def n_positive(self) -> int:
        """Number of positive rows, whatever they weigh."""
        return int(self.target.sum())

    @property
    def said_of_rows(self) -> tuple[Finding, ...]:
        """What was left out of the rows, and what the labels stand for: no word of columns."""
        return tuple(finding for finding in self.said if not finding.columns)

    @property
    def prevalence(self) -> float:
        """Share of positives in the population: weighted where rows have a weight."""
        return float(np.average(self.target, weights=self.row_weight))

    @cached_property
    def units(self) -> npt.NDArray[np.int64]:
        """Number of the unit of each row, whose rows are copies or of one group or entity, and together."""
        found = self.duplicates
        for own in (self.group, self.entity):
            found = found if own is None else joined(own, found)
        return found

    @property
    def episodes(self) -> Episodes | None:
        """Of which entity each row is, and when; None without entities."""
        return None if self.entity is None or self.time is None else Episodes(self.entity, self.time)

    def take(self, rows: npt.NDArray[np.int64]) -> Dataset:
        """Return some of the rows, in the order given.

        Parameters
        ----------
        rows : ndarray of int

        Returns
        -------
        Dataset
            Its fingerprint says which rows of which data set.
        """
        chosen = np.ascontiguousarray(rows, dtype=np.int64)
        digests = (
            hashlib.sha256(digest.encode() + chosen.tobytes()).hexdigest()
            for digest in (self.fingerprint, self.training_fingerprint)
        )
        fingerprint, training_fingerprint = digests
        return replace(
            self,
            features=self.features.take(pa.array(chosen)),
            left_out=self.left_out.take(pa.array(chosen)) if self.left_out.num_columns else self.left_out,
            target=self.target[chosen],
            row_weight=None if self.row_weight is None else self.row_weight[chosen],
            group=None if self.group is None else _renumbered(self.group[chosen]),
            time=None if self.time is None else self.time[chosen],
            costs=None if self.costs is None else self.costs.take(chosen),
            duplicates=_renumbered(self.duplicates[chosen]),
            entity=None if self.entity is None else _renumbered(self.entity[chosen]),
            source_rows=chosen if self.source_rows is None else self.source_rows[chosen],
            fingerprint=fingerprint,
            training_fingerprint=training_fingerprint,
        )


def _renumbered(group: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.unique(group, return_inverse=True)[1].astype(np.int64)
