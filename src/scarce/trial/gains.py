"""What choosing numbers gained: each open arm beside the plain model of its learner."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scarce.trial.comparison import compare
from scarce.trial.design import Design
from scarce.trial.margin import Margin
from scarce.trial.methods import BLEND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scarce.data.dataset import Dataset
    from scarce.trial.config import TrialConfig
    from scarce.trial.metric import Metric
    from scarce.trial.result import Difference, TrialResult


@dataclass(frozen=True)
class Gain:
    """What became of one open arm.

    Attributes
    ----------
    method, learner : str
    chosen : str
        The method with the numbers that all folds choose.
    in_folds : dict
        How many single folds chose which numbers, the most frequent first.
    metric : Metric
        By which they were chosen.
    plain : float
        The figure of the learner's plain model.
    difference : Difference
        To it, on rows that did not choose.
    fits, plain_fits : int
        It took to choose, and plain models took.
    plain_models : int
        So many were tried; that of the learner is the best by log-loss of those that take every method.
    """

    method: str
    learner: str
    chosen: str
    in_folds: dict[str, int]
    metric: Metric
    plain: float
    difference: Difference
    fits: int
    plain_fits: int
    plain_models: int

    def to_dict(self) -> dict[str, Any]:
        """Return what a record says of it."""
        found = self.difference
        return {
            "method": self.method,
            "learner": self.learner,
            "chosen": self.chosen,
            "chosen_in_folds": self.in_folds,
            "score": self.metric.name,
            "plain": self.plain,
            "difference": found.value,
            "interval": [found.low, found.high],
            "outcome": found.outcome,
            "margin": found.margin,
            "fits": self.fits,
            "plain_fits": self.plain_fits,
            "plain_models": self.plain_models,
        }


def gains(dataset: Dataset, config: TrialConfig, result: TrialResult) -> list[Gain]:
    """Return what each open arm of a trial gained; the intervals hold together.

    Parameters
    ----------
    dataset : Dataset
    config : TrialConfig
        Of the trial. Its margin is in the metric that numbers are chosen by.
    result : TrialResult
        What it found.
    """
    design = Design.of(dataset, config)
    metric = next(one for one in design.metrics if one.name == config.tune_by)
    if config.margin is None:
        default = Margin.default(metric)
        margin = f"{100.0 * default.amount:g}%" if default.relative else default.amount
        design = replace(design, config=replace(config, margin=margin))
    found: list[Gain] = []
    tried = sum(one.name != BLEND and not math.isnan(one.log_loss) for one in result.candidates)
    for learner in dict.fromkeys(arm.learner for arm in result.arms if "chosen" in arm.details):
        opened = [arm for arm in result.arms if arm.learner == learner and "chosen" in arm.details]
        plain = next(arm for arm in result.arms if arm.learner == learner and not arm.treatment)
        differences = compare(design, [plain, *opened], metric)
        for arm, difference in zip(opened, differences, strict=True):
            in_folds = dict(Counter(arm.details["chosen_for_folds"]).most_common())
            found.append(
                Gain(
                    arm.name,
                    learner,
                    arm.details["chosen"],
                    in_folds,
                    metric.at(plain.estimates[metric.name].value),
                    plain.estimates[metric.name].value,
                    difference,
                    arm.details["fits"],
                    tried * len(design.splits),
                    tried,
                )
            )
    return found


def best(found: Sequence[Gain]) -> Gain | None:
    """Return the open arm that is better than its plain model by most; None where none is."""
    better = [one for one in found if one.difference.outcome == "better"]
    return max(better, key=lambda one: abs(one.difference.value), default=None)
