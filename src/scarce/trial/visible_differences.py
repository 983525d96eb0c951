"""What a trial can show with so many positives, and how many positives a difference takes.

A difference between two arms on the same rows is known as well as its standard error says:
``sqrt((1 + n_test / n_train) * U * V)``, where V is the variance of the plain model's own figure (the sum of
its rows' squared influences) and U says how differently two arms decide: the variance of their difference
over V. V falls as one over the number of positives. U depends on the arms; docs/statistics.md has what was
measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.decision.enough_positives import TO_CALL_BETTER
from scarce.evaluation.comparison import LEVEL, POWER
from scarce.evaluation.decisions import PER_ROWS
from scarce.evaluation.influence import influence_on_average_precision, influence_on_mean
from scarce.evaluation.probability import log_loss_of_rows
from scarce.evaluation.ranking import average_precision
from scarce.trial.margin import Margin
from scarce.trial.scoring import COST, LOG_LOSS, RANKED

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.decision.costs import Costs
    from scarce.trial.metric import Metric

    FloatArray = npt.NDArray[np.float64]

SAME_LEARNER = {COST.name: 0.2, RANKED.name: 0.15, LOG_LOSS.name: 0.05}
"""U of treatments of the control's own learner."""

OTHER_LEARNER = {COST.name: 0.9, RANKED.name: 1.0, LOG_LOSS.name: 0.1}
"""U of treatments of another learner, or of one where the control is a blend."""

LARGER = (1, 4, 16)
"""How many times the positives at hand a plan looks at."""

_ROUNDS = 30
_NEVER = 1e12


@dataclass(frozen=True)
class VisibleDifference:
    """What can be seen in one metric.

    Attributes
    ----------
    metric : Metric
    value : float
        Of the plain model.
    error : float
        Its standard error with the positives at hand, the training's part in it.
    positives : int
        Those at hand.
    arms : int
        Compared with the control, at one level together.
    wanted : float
        A difference that would matter, in the metric's unit.
    """

    metric: Metric
    value: float
    error: float
    positives: int
    arms: int
    wanted: float

    def visible(self, positives: int, *, same_learner: bool = True) -> float:
        """Return the least true difference that so many positives show, four times in five.

        Parameters
        ----------
        positives : int
        same_learner : bool
            Whether the arm is a treatment of the control's own learner.
        """
        from scipy.special import stdtrit  # 0.2 s, and only needed here

        freedom = max(positives - 1.0, 1.0)
        quantiles = stdtrit(freedom, 1.0 - 0.5 * LEVEL / self.arms) + stdtrit(freedom, POWER)
        unlike = (SAME_LEARNER if same_learner else OTHER_LEARNER)[self.metric.name]
        return float(quantiles) * self.error * math.sqrt(unlike * self.positives / positives)

    def needed(self, *, same_learner: bool = True) -> int:
        """Return how many positives show the wanted difference, four times in five.

        Parameters
        ----------
        same_learner : bool
            As in `visible`.
        """
        if self.error == 0.0:  # of a model that makes no mistake
            return TO_CALL_BETTER
        found = float(TO_CALL_BETTER)
        for _ in range(_ROUNDS):  # the quantiles depend a little on the answer
            now = round(found)
            times = min(self.visible(now, same_learner=same_learner) / self.wanted, _NEVER)
            found = min(max(now * times**2, TO_CALL_BETTER), _NEVER)
        return math.ceil(found)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures by name; None with so few positives that nothing is called better or worse."""
        return {
            "plain_model": self.value,
            "difference": self.wanted,
            **{
                name: {
                    "visible": {
                        n: self.visible(n, same_learner=same) if n >= TO_CALL_BETTER else None
                        for n in self.counts
                    },
                    "positives_needed": self.needed(same_learner=same),
                }
                for name, same in (("same_learner", True), ("other_learner", False))
            },
        }

    @property
    def counts(self) -> list[int]:
        """The numbers of positives that are looked at."""
        return [self.positives * times for times in LARGER]


@dataclass(frozen=True)
class ScoredRows:
    """Rows with what a plain model says of them.

    Attributes
    ----------
    target : ndarray of uint8, shape (n_rows,)
    log_odds : ndarray, shape (n_rows,)
    weight : ndarray or None
    costs : Costs or None
    part : ndarray of int, shape (n_rows,)
        The fold of each row.
    unit : ndarray of int, shape (n_rows,)
        Rows with the same number are drawn together.
    copies : ndarray or None
        How many rows each of these is, where a few points stand for many; then there are no units.
    """

    target: npt.NDArray[np.uint8]
    log_odds: FloatArray
    weight: FloatArray | None
    costs: Costs | None
    part: npt.NDArray[np.int64]
    unit: npt.NDArray[np.int64]
    copies: FloatArray | None = None

    def differences(
        self, inflation: float, arms: int, wanted: Margin | None = None
    ) -> tuple[VisibleDifference, ...]:
        """Return what can be seen in each metric, the primary one first.

        Parameters
        ----------
        inflation : float
            Of the variance, by the training: ``1 + n_test / n_train``.
        arms : int
        wanted : Margin, optional
            The difference in the primary metric that would matter; of the others it is the default.
        """
        positives = int(np.unique(self.unit[self.target == 1]).size)
        found = []
        for metric, value, influence in self._figures():
            of_units = np.bincount(self.unit, influence)
            squares = of_units**2 if self.copies is None else of_units**2 / self.copies
            variance = float(squares.sum()) * positives / max(positives - 1, 1)
            error = math.sqrt(inflation * variance)
            margin = Margin.default(metric) if found or wanted is None else wanted
            found.append(VisibleDifference(metric.at(value), value, error, positives, arms, margin.of(value)))
        return tuple(found)

    def _figures(self) -> list[tuple[Metric, float, FloatArray]]:
        positive, weight = self.target == 1, self.weight
        losses = log_loss_of_rows(positive, self.log_odds)
        ranking = (self.target, self.log_odds, weight, self.part)
        found = [
            (RANKED, average_precision(*ranking), influence_on_average_precision(*ranking)),
            (LOG_LOSS, float(np.average(losses, weights=weight)), influence_on_mean(losses, weight)),
        ]
        if self.costs is None:
            return found
        costs = PER_ROWS * self.costs.of_rows(positive, self.costs.score(self.log_odds) > 0.0)
        return [(COST, float(np.average(costs, weights=weight)), influence_on_mean(costs, weight)), *found]
