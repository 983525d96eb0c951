"""By what the losses of a user's own training are compared: a loss of each row, or the average precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from scarce.decision.arrays import expit
from scarce.decision.cost_rule import CostRule
from scarce.decision.costs import CostSpec
from scarce.errors import ScarceError
from scarce.evaluation.decisions import PER_ROWS
from scarce.evaluation.influence import influence_on_average_precision, influence_on_mean
from scarce.evaluation.probability import CLIP, log_loss_of_rows
from scarce.evaluation.ranking import average_precision
from scarce.tuning.trained import returned_wrongly

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scarce.decision.arrays import FloatArray, IntArray
    from scarce.tuning.trained import Rows

OfRows: TypeAlias = Callable[[Any, Any], Any]
"""From targets and probabilities to the loss of each row."""


@dataclass(frozen=True)
class Measure:
    """By what places are compared: the mean loss of the rows, or without one the average precision."""

    name: str
    of_rows: OfRows | None
    for_two_classes: bool = False
    miss: float = 0.0  # what a missed positive costs

    @property
    def gain(self) -> float:
        """1 where higher is better, else -1."""
        return 1.0 if self.of_rows is None else -1.0

    def figure(self, rows: Rows, scores: FloatArray, parts: Sequence[int]) -> tuple[float, FloatArray]:
        """Return the figure of some parts, and each of their rows' influence on it."""
        kept = np.isin(rows.part, parts)
        if self.of_rows is None:
            ranking = (rows.target[kept], scores[kept], rows.weight[kept])
            return average_precision(*ranking), influence_on_average_precision(*ranking)
        each, weight = self.of_rows(rows.target, scores)[kept], rows.weight[kept]
        return float(np.average(each, weights=weight)), influence_on_mean(each, weight)


def measure_of(by: str | OfRows | None, cost: str | Mapping[str, float] | None) -> Measure:
    """Return what `scarce.tune` is asked to compare by; E501 where both are given, or ``by`` is unknown."""
    if cost is not None and by is None:
        rule = CostRule(spec=CostSpec.of(cost))
        rule.threshold()  # refuses costs that are columns
        costs = rule.spec.resolve({})
        of_rows = partial(_cost_of_rows, rule)
        miss = PER_ROWS * float(costs.fn - costs.tp)
        return Measure("expected cost per 10,000 rows", of_rows, for_two_classes=True, miss=miss)
    if cost is None and (by is None or by == "log_loss"):
        return Measure("log-loss", _log_loss_of_rows)
    if cost is None and by == "average_precision":
        return Measure("average precision", None, for_two_classes=True)
    if cost is None and callable(by):
        return Measure(getattr(by, "__name__", "loss of your own"), partial(_own_of_rows, by))
    allowed = "left out beside cost=" if cost is not None else "'log_loss', 'average_precision' or a function"
    raise ScarceError("E501", parameter="by", value=repr(by), allowed=allowed)


def _log_loss_of_rows(target: IntArray, scores: FloatArray) -> FloatArray:
    if scores.ndim == 1:
        return log_loss_of_rows(target == 1, scores)
    return -np.maximum(scores[np.arange(target.size), target], np.log(CLIP))


def _cost_of_rows(rule: CostRule, target: IntArray, scores: FloatArray) -> FloatArray:
    assert rule.spec is not None
    return PER_ROWS * rule.spec.resolve({}).of_rows(target == 1, rule.flag(scores))


def _own_of_rows(by: OfRows, target: IntArray, scores: FloatArray) -> FloatArray:
    given = by(target, expit(scores) if scores.ndim == 1 else np.exp(scores))
    each = np.asarray(given, dtype=np.float64)
    if each.shape != target.shape or not np.isfinite(each).all():
        what = f"numbers of shape {each.shape}, or some that are not finite"
        raise returned_wrongly(what, f"return one finite loss a row, shape {target.shape}", "by")
    return each
