"""What watching a batch of rows found, and what it says of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from scarce.monitoring import wording

if TYPE_CHECKING:
    from scarce.monitoring.drift import Drift
    from scarce.monitoring.prevalence import Prevalence
    from scarce.monitoring.state import State

NAMES = (
    "alarms",
    "drifted_columns",
    "inputs_p",
    "scores_p",
    "prevalence",
    "prevalence_ratio",
    "calibration_evidence",
    "money_evidence",
)
"""What a gate may name."""


class ColumnDrift(NamedTuple):
    """How far one column has moved; `p_value` allows for there being several columns."""

    name: str
    p_value: float
    moved: float


class Counted(NamedTuple):
    """What became of the rows with labels: `rows` were counted now, with `positives`.

    `young` rows wait for their delay to be over, `late` ones are of a time that was counted before.
    """

    rows: int
    positives: int
    young: int
    late: int


@dataclass(frozen=True, repr=False)
class Monitoring:
    """What watching a batch found: printed, it says it in a few lines.

    Attributes
    ----------
    source : str
        What the rows are called.
    rows : int
    level : float
        Each watch alarms without reason in at most this share of cases: of models, over all their time, or of
        single batches where no looks are counted.
    look : int
        Which look this is of those that the state counts; 0 where there is none.
    prior : float
        The prevalence that the model's probabilities speak of.
    inputs : tuple of ColumnDrift
        The columns that moved most first; empty where the model file keeps no summary of its training.
    scores : Drift or None
    prevalence : Prevalence or None
    counted : Counted or None
        None without labels.
    state : State or None
        The evidence with this batch; None without labels.
    watches_money : bool
        Whether rows cost differently, so that money is another question than calibration.
    """

    source: str
    rows: int
    level: float
    look: int
    prior: float
    inputs: tuple[ColumnDrift, ...]
    scores: Drift | None
    prevalence: Prevalence | None
    counted: Counted | None = None
    state: State | None = None
    watches_money: bool = False

    @property
    def drifted(self) -> tuple[ColumnDrift, ...]:
        """The columns that have moved."""
        return tuple(column for column in self.inputs if column.p_value <= self.level)

    @property
    def changed(self) -> bool:
        """Whether the estimated prevalence is another than that of the training."""
        return self.prevalence is not None and self.prevalence.p_value <= self.level

    @property
    def plausible(self) -> bool:
        """Whether the scores look like some mixture of classes that are known well enough."""
        known = self.prevalence is not None and self.prevalence.enough
        return known and not self.prevalence.fit.p_value <= self.level

    @property
    def alarms(self) -> tuple[str, ...]:
        """The watches that alarm: ``inputs``, ``scores``, ``prevalence``, ``calibration``, ``money``."""
        enough = 1.0 / self.level
        found = {
            "inputs": bool(self.drifted),
            "scores": self.scores is not None and self.scores.p_value <= self.level,
            "prevalence": self.changed and self.plausible,
            "calibration": self.state is not None and self.state.calibration.most >= enough,
            "money": self.watches_money and self.state is not None and self.state.money.most >= enough,
        }
        return tuple(name for name, alarmed in found.items() if alarmed)

    @property
    def values(self) -> dict[str, float]:
        """The figures that a gate may name; NaN for what these rows do not tell."""
        estimate = math.nan if self.prevalence is None else self.prevalence.estimate.prior
        tested = [column.p_value for column in self.inputs if not math.isnan(column.p_value)]
        found = (
            len(self.alarms),
            len(self.drifted) if tested else math.nan,
            min(tested, default=math.nan),
            math.nan if self.scores is None else self.scores.p_value,
            estimate,
            estimate / self.prior,
            math.nan if self.state is None else self.state.calibration.most,
            self.state.money.most if self.watches_money and self.state is not None else math.nan,
        )
        return dict(zip(NAMES, map(float, found), strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it, None for what these rows do not tell."""
        known = {name: None if math.isnan(value) else value for name, value in self.values.items()}
        found: dict[str, Any] = {
            "data": self.source,
            "rows": self.rows,
            "level": self.level,
            "look": self.look,
            "alarms": list(self.alarms),
            "values": known,
            "inputs": [
                {"column": one.name, "p": _number(one.p_value), "moved": _number(one.moved)}
                for one in self.inputs
            ],
        }
        if self.prevalence is not None:
            estimate, fit = self.prevalence.estimate, self.prevalence.fit
            found["prevalence"] = {
                "estimate": estimate.prior,
                "low": estimate.low,
                "high": estimate.high,
                "before": estimate.old,
                "p": self.prevalence.p_value,
                "label_shift_p": _number(fit.p_value),
                "reliable": self.plausible,
            }
        if self.state is not None and self.counted is not None:
            sums = ("batches", "rows", "positives", "expected", "cost", "expected_cost")
            found["counted"] = self.counted._asdict()
            found["in_all"] = {name: getattr(self.state, name) for name in sums}
        return found

    def __repr__(self) -> str:
        """Say what was found, a few lines a watch."""
        return "\n".join(wording.lines(self))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
