"""Score an arm's out-of-fold rows: every figure with an interval, and once a fold for the test.

Columns of sums: each metric that is a function of sums over rows is computed from the same bootstrap draws.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import expit
from scarce.decision.cuts import Steps
from scarce.evaluation.decisions import CELL_METRICS, PER_ROWS, cells_of_rows
from scarce.evaluation.episodes import (
    ENTITY_SUMS,
    alerts_of_sums,
    caught_share_of_sums,
    entity_columns,
)
from scarce.evaluation.estimate import Estimate
from scarce.evaluation.one_more_miss import with_one_more_miss
from scarce.evaluation.probability import calibration_line, log_loss_of_rows
from scarce.evaluation.ranking_of_steps import (
    average_precision_of_steps,
    partial_auc_of_steps,
    precision_at_k_of_steps,
    recall_at_precision_of_steps,
    roc_auc_of_steps,
)
from scarce.trial.metric import Metric

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from scarce.decision.costs import Costs
    from scarce.evaluation.intervals import Bootstrap

    FloatArray = npt.NDArray[np.float64]

COST = Metric("expected_cost", f"expected cost per {PER_ROWS:,.0f} rows", False, "{:,.1f}")
EPISODE_COST = replace(COST, label=f"{COST.label}, by episode")
EPISODES = (
    Metric("entities_caught", "entities caught (share of those with a positive)", True),
    Metric("alerts_per_entity", "alerts per entity, until it is caught", False, "{:.3g}"),
)
RANKED = Metric("average_precision", "average precision", True)
LOG_LOSS = Metric("log_loss", "log-loss", False, "{:.5f}")
_OTHERS = (
    LOG_LOSS,
    Metric("brier", "Brier score", False, "{:.5f}"),
    Metric("calibration_ratio", "calibration ratio (1 is right)", False, "{:.2f}"),
    Metric("calibration_slope", "calibration slope (1 is right)", False, "{:.2f}"),
    Metric("mcc", "MCC", True),
    Metric("f1", "F1", True),
    Metric("precision", "precision", True),
    Metric("recall", "recall", True),
    Metric("g_mean", "G-mean", True),
    Metric("balanced_accuracy", "balanced accuracy", True),
    Metric("recall_at_precision", "recall at precision 0.5", True),
    Metric("precision_at_k", "precision in the top k (k = positives)", True),
    Metric("partial_auc", "partial AUC (false-positive rate up to 1 %)", True),
    Metric("roc_auc", "ROC AUC", True),
)
METRICS = (COST, RANKED, *EPISODES, *_OTHERS)
"""Every metric there is."""

_CELLS = ("mcc", "f1", "precision", "recall", "g_mean", "balanced_accuracy")


def metrics_of(costs: Costs | None, *, episodes: bool = False) -> tuple[Metric, ...]:
    """Return the metrics in the order of the report; the primary one first.

    Expected cost is primary where costs are given, else average precision. With entities what a caught one
    would have gone on to cost is saved.
    """
    cost = () if costs is None else (EPISODE_COST if episodes else COST,)
    return (*cost, RANKED, *(EPISODES if episodes else ()), *_OTHERS)


@dataclass(frozen=True)
class Rows:
    """Scored rows of one repeat, or of one fold of it.

    Attributes
    ----------
    target : ndarray of uint8, shape (n_rows,)
    log_odds : ndarray, shape (n_rows,)
    flagged : ndarray of bool, shape (n_rows,)
    weight : ndarray or None
    costs : Costs or None
    unit : ndarray or None
        Rows of one unit are resampled together.
    part : ndarray or None
        The fold of each row. Models of different folds rank apart: ranking is averaged over folds, since the
        scores of different models need not be comparable.
    entity : ndarray or None
        What an episode is of.
    after : ndarray of bool or None
        Rows that a caught entity is spared (`scarce.evaluation.episodes.after_catch`); None without entities.
    """

    target: npt.NDArray[np.uint8]
    log_odds: FloatArray
    flagged: npt.NDArray[np.bool_]
    weight: FloatArray | None
    costs: Costs | None
    unit: npt.NDArray[np.int64] | None = None
    part: npt.NDArray[np.int64] | None = None
    entity: npt.NDArray[np.int64] | None = None
    after: npt.NDArray[np.bool_] | None = None

    def take(self, rows: npt.NDArray[np.int64]) -> Rows:
        """Return some of the rows."""
        return Rows(
            self.target[rows],
            self.log_odds[rows],
            self.flagged[rows],
            None if self.weight is None else self.weight[rows],
            None if self.costs is None else self.costs.take(rows),
            None if self.unit is None else self.unit[rows],
            None if self.part is None else self.part[rows],
            None if self.entity is None else self.entity[rows],
            None if self.after is None else self.after[rows],
        )

    def estimates(self, bootstrap: Bootstrap) -> dict[str, Estimate]:
        """Return every metric with its interval."""
        ranked = bootstrap.ranking(
            self.target, self.log_odds, self._ranking(), self.weight, self.unit, self.part
        )
        columns, statistics = self._sums()
        found = ranked | bootstrap.sums(self.target, columns, statistics, self.unit)
        found["recall"] = self._recall_interval(found["recall"])
        return found if self.costs is None else found | {COST.name: self._cost_interval(found[COST.name])}

    def values(self) -> dict[str, float]:
        """Return every metric; NaN where the rows do not define it."""
        columns, statistics = self._sums()
        totals = columns.sum(axis=0)
        steps = Steps.of(self.target, self.log_odds, self.weight)
        ranked = {name: float(of(steps.positive, steps.negative)) for name, of in self._ranking().items()}
        return ranked | {name: float(of(totals)) for name, of in statistics.items()}

    def cost_of_rows(self) -> FloatArray:
        """Return what each row costs: nothing without costs, and after its entity was caught."""
        if self.costs is None:
            return np.zeros(self.target.size)
        cost = self.costs.of_rows(self.target == 1, self.flagged)
        return cost if self.after is None else np.where(self.after, 0.0, cost)

    def _cost_interval(self, estimate: Estimate) -> Estimate:
        """Return the cost with one more miss in its high end."""
        assert self.costs is not None
        spent = PER_ROWS * self.cost_of_rows()
        missed = PER_ROWS * self.costs.of_rows(self.target == 1, np.zeros_like(self.flagged))
        return with_one_more_miss(estimate, spent, missed, self.target == 1, self._weights, self.unit)

    def _recall_interval(self, estimate: Estimate) -> Estimate:
        """Return the recall with one more miss in its low end: a sample that misses nobody shows none."""
        positive = self.target == 1
        missing = Estimate(1.0 - estimate.value, 1.0 - estimate.high, 1.0 - estimate.low, estimate.level)
        weight = self._weights * positive
        missing = with_one_more_miss(missing, positive & ~self.flagged, positive, positive, weight, self.unit)
        return replace(estimate, low=1.0 - missing.high)

    @property
    def _weights(self) -> FloatArray:
        return np.ones(self.target.size) if self.weight is None else self.weight

    def _ranking(self) -> dict[str, Callable[[FloatArray, FloatArray], FloatArray]]:
        weight = self._weights
        parts = 1 if self.part is None else np.unique(self.part).size
        positives = float(np.dot(self.target, weight)) / parts
        return {
            "average_precision": average_precision_of_steps,
            "roc_auc": roc_auc_of_steps,
            "partial_auc": partial(partial_auc_of_steps, max_fpr=0.01),
            "recall_at_precision": partial(recall_at_precision_of_steps, precision=0.5),
            "precision_at_k": partial(precision_at_k_of_steps, k=positives),
        }

    def _sums(self) -> tuple[FloatArray, dict[str, Callable[[FloatArray], FloatArray]]]:
        """Return a column for each sum, and the metrics as functions of the sums."""
        positive = self.target == 1
        weight = np.ones(positive.size) if self.weight is None else self.weight
        posterior = expit(self.log_odds)
        cells = cells_of_rows(positive, self.flagged, weight)
        slope, influence = _slope(positive, self.log_odds, weight)
        whole = influence.sum()  # 0 but for the line's faint prior
        entities = np.zeros((positive.size, ENTITY_SUMS))
        if self.entity is not None and self.after is not None:
            entities = entity_columns(self.entity, self.after, positive, self.flagged, weight)
        columns = np.column_stack(
            [
                cells,
                weight,
                weight * positive,
                weight * log_loss_of_rows(positive, self.log_odds),
                weight * (posterior - positive) ** 2,
                weight * posterior,
                weight * self.cost_of_rows(),
                influence,
                entities,
            ]
        )
        statistics: dict[str, Callable[[FloatArray], FloatArray]] = {
            "log_loss": lambda sums: sums[..., 6] / sums[..., 4],
            "brier": lambda sums: sums[..., 7] / sums[..., 4],
            "calibration_ratio": lambda sums: sums[..., 8] / sums[..., 5],
            "calibration_slope": lambda sums: slope + (sums[..., 10] - whole),
        }
        for name in _CELLS:
            statistics[name] = partial(_of_cells, name)
        if self.costs is not None:
            statistics["expected_cost"] = lambda sums: PER_ROWS * sums[..., 9] / sums[..., 4]
        if self.entity is not None:
            statistics["entities_caught"] = lambda sums: caught_share_of_sums(sums[..., 11:])
            statistics["alerts_per_entity"] = lambda sums: alerts_of_sums(sums[..., 11:])
        return columns, statistics


def average(estimates: list[dict[str, Estimate]]) -> dict[str, Estimate]:
    """Return the mean over repeats of each metric's value and interval."""
    return {
        name: Estimate(*(float(np.mean([getattr(e[name], part) for e in estimates])) for part in _PARTS))
        for name in estimates[0]
    }


_PARTS = ("value", "low", "high")


def _of_cells(name: str, sums: FloatArray) -> FloatArray:
    return CELL_METRICS[name](sums[..., :4])


def _slope(
    positive: npt.NDArray[np.bool_], log_odds: FloatArray, weight: FloatArray
) -> tuple[float, FloatArray]:
    """Return the calibration slope and each row's influence on it.

    A replicate's slope is the slope plus the sum of its rows' influences (one Newton step from the whole),
    which makes it a function of sums like the others.
    """
    line = calibration_line(positive, log_odds, weight)
    p = expit(line.intercept + line.slope * log_odds)
    design = np.stack([np.ones(p.size), log_odds])
    information = (design * (weight * p * (1.0 - p))) @ design.T
    score = design * (weight * (positive - p))
    return line.slope, np.linalg.pinv(information)[1] @ score
