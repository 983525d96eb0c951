"""What positives without a label do to the figures: measured on labels, and for all positives."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.decision.arrays import expit
from scarce.errors import remark
from scarce.evaluation.decisions import PER_ROWS, cells_of_rows
from scarce.evaluation.episodes import after_catch

if TYPE_CHECKING:
    from scarce.calibration.labelled_share import LabelledShare
    from scarce.trial.arm_result import ArmResult
    from scarce.trial.design import Design

_SURPRISING = 3.0  # standard deviations


@dataclass(frozen=True)
class Corrected:
    """A figure as the labels give it, and for all positives, with what the ends of the band make of it."""

    measured: float
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, at: dict[float, float], share: LabelledShare) -> Corrected:
        """Gather a figure at shares: 1, the share itself, and the ends of its band."""
        ends = (at[share.low], at[share.high])
        return cls(at[1.0], at[share.share], min(ends), max(ends))

    def to_dict(self) -> dict[str, float | None]:
        """Return the numbers, with None for NaN: JSON has none."""
        items = {"measured": self.measured, "value": self.value, "low": self.low, "high": self.high}
        return {name: item if math.isfinite(item) else None for name, item in items.items()}

    def written(self, unit: str = "", factor: float = 1.0) -> str:
        """Say what is true, with its band, and what is measured."""
        numbers = (self.measured, self.value, self.low, self.high)
        measured, value, low, high = (_written(factor * one) for one in numbers)
        return f"{value}{unit} ({low} to {high}{unit}), not {measured}{unit}"


@dataclass(frozen=True)
class MissedPositives:
    """Precision and false alarms of one arm's decisions, with the positives counted that have no label.

    Attributes
    ----------
    share : LabelledShare
    precision : Corrected
        Share of the flags that are positive.
    false_alarms : Corrected
        Per 10,000 rows.
    false_alarm_cost, cost : Corrected or None
        Per 10,000 rows; None without costs. Nothing costs after an entity was caught.
    """

    share: LabelledShare
    precision: Corrected
    false_alarms: Corrected
    false_alarm_cost: Corrected | None
    cost: Corrected | None

    @classmethod
    def of(cls, design: Design, arm: ArmResult) -> MissedPositives | None:
        """Correct an arm's out-of-fold decisions; None where all positives carry their label."""
        share = design.config.labelled_share
        if share is None:
            return None
        repeat, row = np.nonzero(~np.isnan(arm.log_odds))
        positive, flagged = design.dataset.target[row] == 1, arm.flagged[repeat, row]
        weight = np.ones(row.size) if design.population.weight is None else design.population.weight[row]
        scale = PER_ROWS / float(weight.sum())
        tp, fp = (float(one) for one in cells_of_rows(positive, flagged, weight).sum(axis=0)[:2])
        shares = (1.0, share.share, share.low, share.high)
        right = arm.estimates["precision"].value  # NaN where nothing is flagged
        precision = {c: float(np.minimum(1.0, right / c)) for c in shares}
        false = {c: scale * max(0.0, tp + fp - tp / c) for c in shares}
        parts = Corrected.of(precision, share), Corrected.of(false, share)
        if design.dataset.costs is None:
            return cls(share, *parts, None, None)
        entity, time = design.dataset.entity, design.dataset.time
        if entity is not None:
            weight = weight * ~after_catch(entity[row], time[row], positive, flagged)
        costs = replace(design.dataset.costs.take(row), labelled=1.0)
        alarm = weight * flagged * (np.asarray(costs.fp) - costs.tn)
        found, other = float(alarm[positive].sum()), float(alarm[~positive].sum())
        wasted = {c: scale * max(0.0, other - (1.0 / c - 1.0) * found) for c in shares}
        spent = {
            c: scale * float(weight @ replace(costs, labelled=c).of_rows(positive, flagged)) for c in shares
        }
        return cls(share, *parts, Corrected.of(wasted, share), Corrected.of(spent, share))

    def sentence(self, arm: str) -> str:
        """Say what the labels show and what follows for all positives."""
        text = (
            f"{self.share.describe()} of the positives are taken to carry their label, whichever they are: "
            "probabilities are those of a label over that share, at most 1, and some alarms that look false "
            f"are positives without a label. Of what {arm} flags {self.precision.written(' %', 100.0)} as "
            "the labels have it, is positive"
        )
        if self.false_alarm_cost is None or self.cost is None:
            return f"{text}; {self.false_alarms.written()}, of 10,000 rows are false alarms."
        return (
            f"{text}; per 10,000 rows false alarms cost {self.false_alarm_cost.written()}, and all mistakes "
            f"{self.cost.written()}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-able values."""
        named = {
            "precision": self.precision,
            "false_alarms": self.false_alarms,
            "false_alarm_cost": self.false_alarm_cost,
            "cost": self.cost,
        }
        figures = {name: one.to_dict() for name, one in named.items() if one is not None}
        return {"labelled_share": self.share.to_dict(), **figures}


def share_warning(design: Design, arm: ArmResult) -> list[str]:
    """Return W313 where rows carry the label oftener than any row can at the share that is named."""
    share = design.config.labelled_share
    if share is None:
        return []
    repeat, row = np.nonzero(~np.isnan(arm.log_odds))
    high = expit(arm.log_odds[repeat, row]) > share.share
    rows = np.unique(row[high])
    labelled, allowed = int(design.dataset.target[rows].sum()), share.share * rows.size
    if labelled <= allowed + _SURPRISING * math.sqrt(allowed * (1.0 - share.share)):
        return []
    return [remark("W313", labelled=labelled, rows=rows.size, share=share.share)]


def _written(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100.0 else f"{number:.3g}"
