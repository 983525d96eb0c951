"""The rows that were scored out of fold, all repeats one after another, and the unit the rule cuts in."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import expit
from scarce.report.figures.frame import Axis
from scarce.report.scales import Linear, percent
from scarce.trial.wording import plain

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.decision.costs import Costs
    from scarce.evaluation.episodes import Episodes
    from scarce.trial.arm_result import ArmResult
    from scarce.trial.result import TrialResult

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]

_PROBABILITIES = (1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999)
_FACTORS = (1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6)


@dataclass(frozen=True)
class Scored:
    """One arm's scored rows.

    Attributes
    ----------
    row : ndarray of int, shape (n_scored,)
        Which row of the data each is.
    unit : ndarray of int, shape (n_scored,), or None
        What is resampled together; None where every scored row stands alone.
    target, flagged : ndarray of bool, shape (n_scored,)
    raw, recovered, log_odds : ndarray of float64, shape (n_scored,)
    weight : ndarray of float64 or None
        Each row's weight in the population.
    costs : Costs or None
        Of these rows.
    n_repeats : int
        A row is here once for each repeat that scored it.
    episodes : Episodes or None
        Of which entity each row is, and when; None where every row counts for itself.
    """

    row: npt.NDArray[np.int64]
    unit: npt.NDArray[np.int64] | None
    target: BoolArray
    flagged: BoolArray
    raw: FloatArray
    recovered: FloatArray
    log_odds: FloatArray
    weight: FloatArray | None
    costs: Costs | None
    n_repeats: int
    episodes: Episodes | None = None

    @classmethod
    def of(cls, result: TrialResult, arm: ArmResult) -> Scored:
        """Gather an arm's rows, leaving out those that no fold scored."""
        repeat, row = np.nonzero(~np.isnan(arm.log_odds))
        again = row if len(arm.log_odds) > 1 else None
        return cls(
            row=row,
            unit=again if result.units is None else result.units[row],
            target=result.target[row] == 1,
            flagged=arm.flagged[repeat, row],
            raw=arm.raw[repeat, row],
            recovered=arm.recovered[repeat, row],
            log_odds=arm.log_odds[repeat, row],
            weight=None if result.weight is None else result.weight[row],
            costs=None if result.costs is None else result.costs.take(row),
            n_repeats=arm.log_odds.shape[0],
            episodes=None if result.episodes is None else result.episodes.take(row),
        )

    def but(self, left_out: BoolArray) -> Scored:
        """Return the rows without some of them."""
        kept = ~left_out
        arrays = {
            name: None if (of := getattr(self, name)) is None else of[kept]
            for name in ("row", "unit", "target", "flagged", "raw", "recovered", "log_odds", "weight")
        }
        costs = None if self.costs is None else self.costs.take(kept)
        return replace(self, **arrays, costs=costs)

    @property
    def score(self) -> FloatArray:
        """What the rule cuts: log-odds, plus the log cost ratio where there are costs."""
        return self.log_odds if self.costs is None else self.costs.score(self.log_odds)

    def total(self, rows: BoolArray) -> float:
        """Return the weight of some rows."""
        return float(rows.sum()) if self.weight is None else float(self.weight[rows].sum())

    def mean_probability(self, log_odds: FloatArray) -> float:
        """Return the weighted mean of log-odds read as probabilities."""
        return float(np.average(expit(log_odds), weights=self.weight))

    def right_until_caught(self) -> float:
        """Return the share of the flags until a catch that are right; NaN without any."""
        assert self.episodes is not None
        flagged = self.flagged & ~self.episodes.after_catch(self.target, self.flagged)
        flags = self.total(flagged)
        return self.total(flagged & self.target) / flags if flags > 0 else math.nan

    def operating_point(self) -> tuple[float, float, float]:
        """Return recall, precision and share flagged of the decisions that arms are compared by, by rows."""
        caught, alarms = self.total(self.flagged & self.target), self.total(self.flagged & ~self.target)
        flags = caught + alarms
        precision = caught / flags if flags > 0 else math.nan
        everything = self.total(np.ones_like(self.target))
        return caught / self.total(self.target), precision, flags / everything


@dataclass(frozen=True)
class Unit:
    """How a place on the rule's score is written.

    Attributes
    ----------
    name : str
        ``"probability"``, or ``"factor"`` where costs differ from row to row.
    offset : float
        Log cost ratio: the score of even odds. 0 without costs and for factors.

    Examples
    --------
    >>> Unit("probability", 0.0).words(0.0), Unit("factor", 0.0).words(math.log(2))
    ('p > 50\u202f%', 'p × fn > 2 × (1 − p) × fp')
    """

    name: str
    offset: float

    @classmethod
    def of(cls, costs: Costs | None) -> Unit:
        """Choose the unit that one number can be given in."""
        if costs is None:
            return cls("probability", 0.0)
        if costs.per_row:
            return cls("factor", 0.0)
        return cls("probability", float(costs.score(np.zeros(1))[0]))

    def words(self, cut: float) -> str:
        """Return the rule at a cut."""
        if self.name == "factor":
            return f"p × fn > {plain(math.exp(cut))} × (1 − p) × fp"
        return f"p > {plain(100 * sigmoid(cut - self.offset))}\u202f%"

    def axis(self, low: float, high: float, start: float, end: float) -> Axis:
        """Return an axis of the score whose ticks are round in this unit."""
        scale = Linear(low, high, start, end)
        if self.name == "factor":
            places = [math.log(value) for value in _FACTORS]
            title = "cut, as a multiple of the one that the costs give"
            return Axis(scale, _inside(places, low, high), lambda v: f"× {plain(math.exp(v), 1)}", title)
        places = [math.log(p) - math.log1p(-p) + self.offset for p in _PROBABILITIES]
        title = "cut: flag when the probability is above"
        return Axis(scale, _inside(places, low, high), lambda v: percent(sigmoid(v - self.offset)), title)


def _inside(places: list[float], low: float, high: float) -> list[float]:
    return [place for place in places if low <= place <= high]


def sigmoid(z: float) -> float:
    """Return log-odds as a probability."""
    return 1.0 / (1.0 + math.exp(-z)) if z >= 0 else math.exp(z) / (1.0 + math.exp(z))
