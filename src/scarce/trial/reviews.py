"""What reviews, a third action at a price, cost and save on rows that the models had not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.decision.cost_rule import CostRule
from scarce.evaluation.decisions import PER_ROWS
from scarce.trial.saving import interval_of_mean
from scarce.trial.scoring import COST
from scarce.trial.wording import plain

if TYPE_CHECKING:
    from scarce.evaluation.comparison import Interval
    from scarce.trial.arm_result import ArmResult
    from scarce.trial.design import Design
    from scarce.trial.metric import Metric


@dataclass(frozen=True)
class Reviews:
    """One arm's decisions with reviews beside those without, per 10,000 rows.

    Attributes
    ----------
    price : float
        Of one review.
    reviewed, flagged : float
        Rows that are looked at, and rows that are flagged at once.
    cost, without : float
        With reviews, their price included, and at the costs' own cut without any.
    difference : Interval
        The first cost minus the second, with its 95 % interval.
    """

    price: float
    reviewed: float
    flagged: float
    cost: float
    without: float
    difference: Interval

    @classmethod
    def of(cls, design: Design, arm: ArmResult) -> Reviews | None:
        """Decide an arm's out-of-fold rows anew, with reviews; None where none were asked for.

        A positive row that is looked at is found: an entity's episode ends there as at a flag.
        """
        choice, costs = design.config.rule, design.dataset.costs
        if choice is None or choice.option != "review" or costs is None:
            return None
        rule = CostRule(0.0, costs.spec, review=choice.level)
        spent, counts = [], []
        for repeat, log_odds in enumerate(arm.log_odds):
            scored = np.flatnonzero(~np.isnan(log_odds))
            of = costs.take(scored)
            looked, flagged = rule.reviewed(log_odds[scored], of), rule.flag(log_odds[scored], of)
            found = np.zeros(log_odds.size, dtype=bool)
            found[scored] = looked | flagged
            rows = design.scored_rows(log_odds, found, repeat)
            rows = replace(rows, flagged=flagged, costs=of.with_reviews(looked, choice.level))
            plain = design.scored_rows(log_odds, arm.flagged[repeat], repeat)
            spent.append(rows.cost_of_rows() - plain.cost_of_rows())
            counts.append([PER_ROWS * np.average(some, weights=rows.weight) for some in (looked, flagged)])
        reviewed, flags = (float(count) for count in np.mean(counts, axis=0))
        without = arm.estimates[COST.name].value
        difference = interval_of_mean(design, rows, PER_ROWS * np.mean(spent, axis=0), without)
        return cls(choice.level, reviewed, flags, without + difference.value, without, difference)

    def sentence(self, metric: Metric) -> str:
        """Say what goes to review and what that saves.

        Parameters
        ----------
        metric : Metric
            How costs are printed.
        """
        value, low, high = (metric.signed(getattr(self.difference, end)) for end in ("value", "low", "high"))
        so = ""
        if self.difference.low > 0.0:
            so = ": they cost more than they save"
        elif self.difference.high >= 0.0:
            so = ": nothing shows that they save anything"
        return (
            f"With reviews at {self.price:.15g} each, {plain(self.reviewed)} of 10,000 rows are looked at "
            f"and {plain(self.flagged)} flagged at once; that costs {metric.write(self.cost)} per 10,000 "
            f"rows, reviews included, and without reviews {metric.write(self.without)}: {value} (95 % "
            f"interval {low} to {high}){so}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the figures by name; JSON-able."""
        ends = {name: getattr(self.difference, name) for name in ("value", "low", "high")}
        names = ("price", "reviewed", "flagged", "cost", "without")
        return {name: getattr(self, name) for name in names} | {"difference": ends}
