"""The page's figures, made from a trial's out-of-fold rows."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import expit
from scarce.evaluation.cost_curve import cost_curve
from scarce.evaluation.curves import capacity_curve, precision_recall_curve
from scarce.evaluation.reliability import reliability_curve
from scarce.report.band import bands
from scarce.report.figures import cuts
from scarce.report.figures.forest import forest
from scarce.report.figures.frame import Line, Ribbon
from scarce.report.figures.importance import importance
from scarce.report.figures.people import People, people
from scarce.report.figures.precision_recall import precision_recall, small_precision_recall
from scarce.report.figures.reliability import Bins, Stage, reliability
from scarce.report.picture import Panel, Picture, StageRatios
from scarce.report.scales import times
from scarce.report.scored import Scored, Unit

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.report.band import Bands
    from scarce.trial.arm_result import ArmResult
    from scarce.trial.metric import Metric
    from scarce.trial.result import Difference, TrialResult

    FloatArray = npt.NDArray[np.float64]

_SMALL = 180.0
_TOPS = (0.02, 0.05, 0.1, 0.2, 0.5)  # where a scale of precision may end before 1
_MOST_COLUMNS = 15  # whose importance is drawn
_GRID = 60  # points along a band
_MISREAD = 1.5  # a raw output whose mean is this many times the truth, or a share of it, is worth a figure


class Pictures:
    """Draws the figures of one trial; curves shared by several figures are computed once.

    Parameters
    ----------
    result : TrialResult
    """

    def __init__(self, result: TrialResult) -> None:
        self._result = result
        self._seed = int(result.config.get("seed", 0))
        self.rows = {arm.name: Scored.of(result, arm) for arm in result.arms}
        self.main = self._main_arms()

    def _main_arms(self) -> list[ArmResult]:
        """Return the winner, and the control beside it where it is another arm."""
        winner, control = self._result.winner, self._result.control
        return [winner] if winner is control else [winner, control]

    @property
    def winner(self) -> Scored:
        """The winner's rows."""
        return self.rows[self._result.winner.name]

    @cached_property
    def operating_point(self) -> tuple[float, float, float]:
        """Recall, precision and share flagged of the winner's decisions."""
        return self.winner.operating_point()

    @property
    def seen(self) -> People:
        """What the winner's decisions do to as many rows as have a few positives."""
        recall, _, flagged = self.operating_point
        return People.of(self._prevalence, recall, flagged)

    def people(self) -> Picture:
        """Draw a dot for each row that is flagged or should be."""
        return Picture.drawn(lambda width, uid: people(self.seen, width, uid), "people")

    @cached_property
    def _curves(self) -> dict[str, Line]:
        found = {}
        for name, rows in self.rows.items():
            curve = precision_recall_curve(rows.target, rows.log_odds, rows.weight)
            found[name] = Line(np.asarray(curve.recall), np.asarray(curve.precision))
        return found

    @cached_property
    def _capacity(self) -> tuple[FloatArray, Line, Line]:
        rows = self.winner
        curve = capacity_curve(rows.target, rows.log_odds, rows.weight)
        kept = curve.share >= max(float(curve.share[curve.share > 0].min()), 1e-5)
        return (
            curve.share[kept],
            Line(curve.share[kept], curve.recall[kept]),
            Line(curve.share[kept], curve.precision[kept]),
        )

    @cached_property
    def _bands(self) -> tuple[FloatArray, FloatArray, Bands]:
        """Grids of recall and of the share looked at, and the bands there."""
        recall = np.linspace(0.0, 1.0, _GRID)
        share = np.geomspace(self._capacity[0][0], 1.0, _GRID)
        return recall, share, bands(self.winner, recall, share, self._seed)

    def forest(self, differences: list[Difference], metric: Metric) -> Picture:
        """Draw the differences to the control in the primary metric."""
        return Picture.drawn(lambda width, uid: forest(differences, metric, width, uid), "forest")

    def importance(self) -> Picture:
        """Draw how much the columns that matter most matter."""
        shown, metric = self._result.importance[:_MOST_COLUMNS], self._result.primary
        return Picture.drawn(lambda width, uid: importance(shown, metric, width, uid), "importance")

    def precision_recall(self) -> Picture:
        """Draw precision against recall of the winner (with its band) and the control."""
        at, _, found = self._bands
        lines = []
        for arm in self.main:
            line = self._curves[arm.name]
            if arm is self._result.winner:
                line = replace(line, ribbon=Ribbon(at, *found.precision))
            lines.append((arm.name, line))
        recall, precision, _ = self.operating_point
        chosen = None if math.isnan(precision) else (recall, precision)
        return Picture.drawn(
            lambda width, uid: precision_recall(lines, self._prevalence, chosen, width, uid, self._top),
            "precision-recall",
        )

    @cached_property
    def _top(self) -> float:
        """The precision at the upper edge of the curves: 1, unless even their bands stay far below."""
        _, _, found = self._bands
        seen = [*(line.y for line in self._curves.values()), found.precision[1], [self.operating_point[1]]]
        highest = np.nanmax(np.concatenate(seen))
        return next((top for top in _TOPS if highest <= top), 1.0)

    @property
    def _prevalence(self) -> float:
        return self._result.scored_prevalence

    def small_precision_recalls(self) -> list[Panel]:
        """Draw every other arm's curve over the control's."""
        control = self._result.control
        return [
            Panel(
                arm.name,
                "",
                small_precision_recall(
                    arm.name,
                    self._curves[arm.name],
                    self._curves[control.name],
                    _SMALL,
                    f"pr-{index}",
                    self._top,
                ),
            )
            for index, arm in enumerate(self._result.arms)
            if arm is not control
        ]

    @cached_property
    def ratios(self) -> dict[str, StageRatios]:
        """How far each arm's mean probability is from the truth, before and after recovery."""
        return {name: self._stage_ratios(rows) for name, rows in self.rows.items()}

    def _stage_ratios(self, rows: Scored) -> StageRatios:
        truth = rows.total(rows.target) / rows.total(np.ones_like(rows.target))
        return StageRatios(
            *(rows.mean_probability(z) / truth for z in (rows.raw, rows.recovered, rows.log_odds))
        )

    @cached_property
    def misread(self) -> ArmResult | None:
        """The arm whose raw output, read as a probability, is furthest off; None if all are near."""
        read = {name: ratios.raw for name, ratios in self.ratios.items() if ratios.read}
        off = {name: abs(math.log(max(raw, 1e-12))) for name, raw in read.items()}
        worst = max(self._result.arms, key=lambda arm: off.get(arm.name, 0.0))
        near = off.get(worst.name, 0.0) < math.log(_MISREAD)
        return None if worst is self._result.winner or near else worst

    def reliability(self, arm: ArmResult) -> Picture:
        """Draw an arm's output as read, recovered and calibrated."""
        stages = self._stages[arm.name]
        uid = "reliability" if arm is self._result.winner else "misread"
        return Picture.drawn(lambda width, uid: reliability(stages, self._domain, width, uid), uid)

    @cached_property
    def _stages(self) -> dict[str, list[Stage]]:
        shown = [self._result.winner, *([self.misread] if self.misread else [])]
        return {arm.name: self._stages_of(arm) for arm in shown}

    def _stages_of(self, arm: ArmResult) -> list[Stage]:
        """Group the rows once, by recovered probability: only their reading moves from stage to stage."""
        rows, ratios = self.rows[arm.name], self.ratios[arm.name]
        curve = reliability_curve(rows.target, rows.recovered, rows.weight)
        order = np.argsort(rows.recovered, kind="stable")
        if rows.weight is not None:
            order = order[rows.weight[order] > 0.0]
        starts = np.concatenate(([0], np.cumsum(curve.rows)[:-1])).astype(np.int64)
        weight = np.ones(order.size) if rows.weight is None else rows.weight[order]
        mass = np.add.reduceat(weight, starts)
        readings = [
            ("as it comes out", rows.raw, ratios.raw),
            ("recovered", rows.recovered, ratios.recovered),
            ("recovered and calibrated", rows.log_odds, ratios.calibrated),
        ]
        if not self._result.trained:
            readings = [("as it came", rows.raw, ratios.raw)] if ratios.read else []
            readings.append(("calibrated", rows.log_odds, ratios.calibrated))
        stages = []
        for name, log_odds, ratio in readings:
            says = np.add.reduceat(weight * expit(log_odds[order]), starts) / mass
            bins = Bins(says, curve.observed, curve.low, curve.high)
            stages.append(Stage(name, f"mean {times(ratio)} × the truth", bins))
        return stages

    @cached_property
    def _domain(self) -> tuple[float, float]:
        seen = [
            value
            for stages in self._stages.values()
            for stage in stages
            for value in (*stage.bins.predicted, *stage.bins.observed)
            if value > 0
        ]
        lowest = max(min(seen, default=0.01), 1e-7)
        return 10.0 ** math.floor(math.log10(lowest)), 1.0

    def cost(self, chosen_cost: float) -> Picture | None:
        """Draw the expected cost against the cut, that of the chosen rule exactly; None without costs."""
        if self._result.costs is None:
            return None
        lines, nothing = [], 0.0
        for arm in self.main:
            rows = self.rows[arm.name]
            curve = cost_curve(
                rows.target, rows.log_odds, rows.weight, costs=rows.costs, episodes=rows.episodes
            )
            shown = _worth_showing(curve.cut, curve.cost, curve.nothing, self._result.rule_cut)
            lines.append((arm.name, Line(curve.cut[shown], curve.cost[shown])))
            nothing = float(curve.nothing)
        chosen = (self._result.rule_cut, chosen_cost)
        unit = Unit.of(self._result.costs)
        return Picture.drawn(
            lambda width, uid: cuts.cost(lines, nothing, chosen, unit.axis, width, uid), "cost"
        )

    def capacity(self) -> Picture:
        """Draw what is caught, and how many flags are right, when only so many rows can be looked at."""
        share, recall, precision = self._capacity
        _, at, found = self._bands
        lines = []
        for title, line, band in (
            ("share of the positives caught", recall, found.caught),
            ("share of the flags that are right", precision, found.hits),
        ):
            lines.append((title, replace(line, ribbon=Ribbon(at, *band))))
        marks = [mark for mark in (0.001, 0.01, 0.1) if share[0] <= mark <= 1]
        chosen = self.operating_point[2]
        return Picture.drawn(lambda width, uid: cuts.capacity(lines, chosen, marks, width, uid), "capacity")


def _worth_showing(cut: FloatArray, cost: FloatArray, nothing: float, chosen: float) -> npt.NDArray[np.intp]:
    """Return the cuts, rising, from where the cost comes down to three times that of flagging nothing."""
    order = np.argsort(cut, kind="stable")
    order = order[np.isfinite(cut[order])]
    dear = np.flatnonzero((cost[order] > 3 * nothing) & (cut[order] < chosen))
    first = int(dear[-1]) if dear.size else 0
    return order[first:]
