"""What a trial can show with so many positives, and how many positives a difference takes.

A difference between two arms on the same rows is known as well as its standard error says:
``sqrt((1 + n_test / n_train) * U * V)``, where V is the variance of the plain model's own figure (the sum of
its rows' squared influences) and U says how differently two arms decide: the variance of their difference
over V. V falls as one over the number of positives. U depends on the arms, and grows with the difference: an
arm that scores much better decides otherwise. docs/statistics.md has what was measured.
"""

from __future__ import annotations

import math
from bisect import bisect_left
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
from scarce.trial.scoring import COST, EPISODE_COST, LOG_LOSS, RANKED

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.trial.metric import Metric
    from scarce.trial.scoring import Rows

    FloatArray = npt.NDArray[np.float64]

SAME_LEARNER = {COST.name: 0.2, RANKED.name: 0.15, LOG_LOSS.name: 0.05}
"""U of treatments of the control's own learner."""

OTHER_LEARNER = {COST.name: 0.9, RANKED.name: 1.0, LOG_LOSS.name: 0.1}
"""U of treatments of another learner, or of one where the control is a blend."""

GROWTH = {COST.name: (1.8, 0.5), RANKED.name: (0.95, 0.75), LOG_LOSS.name: (0.8, 1.0)}
"""Factor and power of the least U (up to 1) of an arm that differs by a share of the control's figure."""

LARGER = (1, 4, 16)
"""How many times the positives at hand a plan looks at."""

_ROUNDS = 60
_NEVER = 10**12


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
        alone = float(quantiles) * self.error * math.sqrt(self.positives / positives)
        least = (SAME_LEARNER if same_learner else OTHER_LEARNER)[self.metric.name]
        factor, power = GROWTH[self.metric.name]
        found = alone
        for _ in range(_ROUNDS if self.value > 0.0 else 0):  # how unlike arms are depends on the answer
            unlike = max(least, min(factor * (found / self.value) ** power, 1.0))
            found = alone * math.sqrt(unlike)
        return found

    def needed(self, *, same_learner: bool = True) -> int:
        """Return how many positives show the wanted difference, four times in five.

        Parameters
        ----------
        same_learner : bool
            As in `visible`.
        """
        return bisect_left(
            range(_NEVER),
            -self.wanted,
            lo=TO_CALL_BETTER,
            key=lambda positives: -self.visible(positives, same_learner=same_learner),
        )

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


def visible_differences(
    rows: Rows,
    inflation: float,
    arms: int,
    wanted: Margin | None = None,
    copies: FloatArray | None = None,
) -> tuple[VisibleDifference, ...]:
    """Return what can be seen in each metric, the primary one first.

    Parameters
    ----------
    rows : Rows
        Those that a plain model has scored and, with costs, decided.
    inflation : float
        Of the variance, by the training: ``1 + n_test / n_train``.
    arms : int
    wanted : Margin, optional
        The difference in the primary metric that would matter; of the others it is the default.
    copies : ndarray, optional
        How many rows each of these is, where a few points stand for many; then there are no units.
    """
    unit = np.arange(rows.target.size) if rows.unit is None else np.unique(rows.unit, return_inverse=True)[1]
    positives = int(np.unique(unit[rows.target == 1]).size)
    found = []
    for metric, value, influence in _figures(rows):
        of_units = np.bincount(unit, influence)
        squares = of_units**2 if copies is None else of_units**2 / copies
        variance = float(squares.sum()) * positives / max(positives - 1, 1)
        error = math.sqrt(inflation * variance)
        margin = Margin.default(metric) if found or wanted is None else wanted
        found.append(VisibleDifference(metric.at(value), value, error, positives, arms, margin.of(value)))
    return tuple(found)


def _figures(rows: Rows) -> list[tuple[Metric, float, FloatArray]]:
    losses = log_loss_of_rows(rows.target == 1, rows.log_odds)
    ranking = (rows.target, rows.log_odds, rows.weight, rows.part)
    found = [
        (RANKED, average_precision(*ranking), influence_on_average_precision(*ranking)),
        (LOG_LOSS, float(np.average(losses, weights=rows.weight)), influence_on_mean(losses, rows.weight)),
    ]
    if rows.costs is None:
        return found
    costs, metric = PER_ROWS * rows.cost_of_rows(), COST if rows.entity is None else EPISODE_COST
    mean = float(np.average(costs, weights=rows.weight))
    return [(metric, mean, influence_on_mean(costs, rows.weight)), *found]
