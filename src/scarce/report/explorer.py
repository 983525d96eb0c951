"""The explorer's table: what each cut would flag, miss and cost, in sums that the page's script weighs."""

from __future__ import annotations

import json
import math
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from scarce.decision.costs import CostSpec
from scarce.evaluation.every_cut import explorer_table
from scarce.report.figures import explorer as panels
from scarce.report.figures.frame import Line
from scarce.report.reviewed import Reviewed
from scarce.report.scored import Scored, Unit, sigmoid

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.decision.costs import Costs
    from scarce.evaluation.every_cut import ExplorerTable
    from scarce.trial.result import TrialResult

    FloatArray = npt.NDArray[np.float64]

MODEL = "model.scarce"
OUT = " --out new.scarce"

_MOST_CUTS = 320
_COUNTS = ("flagged", "tp", "fp", "fn", "tn", "caught")
_COSTS = ("cost_fn", "cost_fp", "cost_tn", "cost_tp")
_BY_ROW = {
    "precision": "precision",
    "recall": "recall",
    "alerts": "alerts per 10,000 rows",
    "cost": "expected cost per 10,000 rows",
}
_BY_EPISODE = {
    "precision": "alerts that are right",
    "recall": "entities caught",
    "alerts": "alerts per entity",
    "cost": "cost by episode",
}


@dataclass(frozen=True)
class Explorer:
    """Sums of row weights and of costs at each cut; of episodes, without the rows after a catch.

    Attributes
    ----------
    cut : ndarray of shape (n_cuts,)
        On the rule's score, rising; rows above it are flagged.
    flagged : ndarray of shape (n_cuts,)
        Weight of all rows above the cut.
    tp, fp, fn, tn : ndarray of shape (n_cuts,)
        Weight of the flagged positives and negatives, and of those that are let pass.
    caught : ndarray of shape (n_cuts,)
        Weight of the caught entities; of the flagged positives where there are no episodes.
    cost_fn, cost_fp, cost_tn, cost_tp : ndarray of shape (n_cuts,)
        Cost of the rows in each cell of the confusion matrix; without costs 1 for each mistake.
    positives, negatives : float
        Weight of each class.
    to_catch, entities : float
        Weight of the entities with a positive and of all; of the positives and of all rows where there are no
        episodes.
    by_episode : bool
    chosen : int
        Index of the trial's own rule.
    unit : Unit
        How a cut is written.
    fn_cost, fp_cost : float
        What the cost boxes start with: the cost of one mistake, or 1 as a factor or a stand-in.
    costs : str
        As the command line takes them; empty without costs.
    command : str
        What gives the model another rule, but for the rule itself; empty where there is no model, or where
        its costs have no names.
    labelled : float
        Share of the positives that carry their label: a cut is on the probability of a label, and the command
        takes that of a positive.
    reviewed : Reviewed or None
        The rows that are looked at wherever the cut is put, which no sum above counts.
    on_the_slider : bool
        Whether the chosen cut is that of the rule; the costs' own stands in where the rule is no such cut.
    """

    cut: FloatArray
    flagged: FloatArray
    tp: FloatArray
    fp: FloatArray
    fn: FloatArray
    tn: FloatArray
    caught: FloatArray
    cost_fn: FloatArray
    cost_fp: FloatArray
    cost_tn: FloatArray
    cost_tp: FloatArray
    positives: float
    negatives: float
    to_catch: float
    entities: float
    by_episode: bool
    chosen: int
    unit: Unit
    fn_cost: float
    fp_cost: float
    costs: str
    command: str
    labelled: float = 1.0
    reviewed: Reviewed | None = None
    on_the_slider: bool = True

    @classmethod
    def of(cls, result: TrialResult) -> Explorer:
        """Tabulate the winner's out-of-fold rows, the trial's own rule among the cuts."""
        every = Scored.of(result, result.winner)
        looked = result.reviews if every.episodes is None else None  # a look may end an episode: not shown
        reviewed = None if looked is None else Reviewed.of(every, looked.price)
        rows = every if reviewed is None else every.but(reviewed.rows)
        table = explorer_table(
            rows.target,
            rows.log_odds,
            rows.weight,
            costs=rows.costs,
            episodes=rows.episodes,
            at=(result.rule_cut,),
            most=_MOST_CUTS,
        )
        table = table.take(np.argsort(table.cut, kind="stable"))
        chosen = int(np.flatnonzero(table.cut == result.rule_cut)[0])
        positives, negatives = every.total(every.target), every.total(~every.target)
        table, chosen = _useful(table, positives, positives + negatives, chosen)
        sums = {name: getattr(table, name) for name in _COUNTS} | _costs(table, rows.costs, chosen)
        fixed = rows.costs is not None and not rows.costs.per_row
        fn_cost, fp_cost = (float(rows.costs.fn), float(rows.costs.fp)) if fixed else (1.0, 1.0)
        unit, named = Unit.of(rows.costs), rows.costs is None or bool(result.cost_text)
        command = f"scarce threshold {MODEL}" if result.trained and named else ""
        labelled = 1.0 if result.missed is None else result.missed.share.share
        on_the_slider = fixed or rows.costs is None or reviewed is not None or not result.config.get("rule")
        words = (fn_cost, fp_cost, result.cost_text, command, labelled, reviewed, on_the_slider)
        to_catch = table.to_catch if rows.episodes is not None else positives
        units = (positives, negatives, to_catch, table.entities, rows.episodes is not None)
        return cls(table.cut, *sums.values(), *units, chosen, unit, *words)

    @property
    def applied(self) -> str:
        """The command that gives the model the chosen rule's cut."""
        cut = float(self.cut[self.chosen])
        if not self.costs:
            return f"{self.command} --cut {sigmoid(cut) / self.labelled:.10g}{OUT}"
        return f"{self.command}{self.cost_words} --factor {math.exp(cut):.10g}{OUT}"

    @property
    def cost_words(self) -> str:
        """The options that say what mistakes and reviews cost; empty without costs."""
        review = "" if self.reviewed is None else f" --review {self.reviewed.price:.15g}"
        return f" --cost {shlex.quote(self.costs)}{review}" if self.costs else ""

    @property
    def prevalence(self) -> float:
        """Share of positives among the scored rows, weighted."""
        return self.positives / (self.positives + self.negatives)

    @property
    def scale(self) -> float:
        """Factor that turns sums into figures per 10,000 rows."""
        return 1e4 / (self.positives + self.negatives)

    @property
    def cost(self) -> FloatArray:
        """Expected cost per 10,000 rows at each cut."""
        looked = 0.0 if self.reviewed is None else sum(self.reviewed.cost)
        return self.scale * (self.cost_fn + self.cost_fp + self.cost_tn + self.cost_tp + looked)

    @property
    def recall(self) -> FloatArray:
        """Share of the positives flagged at each cut, or of the entities with one that are caught."""
        return self.caught / self.to_catch

    @property
    def alerts(self) -> FloatArray:
        """Flags at each cut: per 10,000 rows, or per entity until it is caught."""
        return self.alert_unit * self.scale * (self.tp + self.fp)

    @property
    def alert_unit(self) -> float:
        """Factor that turns flags per 10,000 rows into alerts."""
        return 1.0 / (self.scale * self.entities) if self.by_episode else 1.0

    @property
    def names(self) -> dict[str, str]:
        """What the readings are called."""
        return _BY_EPISODE if self.by_episode else _BY_ROW

    @property
    def precision(self) -> FloatArray:
        """Share of the flags that are right; NaN where nothing is flagged."""
        flags = self.tp + self.fp
        return np.divide(self.tp, flags, out=np.full_like(flags, np.nan), where=flags > 0)

    def cells(self) -> dict[str, float]:
        """Return the figures at the chosen rule, per 10,000 rows, as a page without JavaScript shows them."""
        counts = ("tp", "fp", "fn", "tn")
        found = {name: self.scale * float(getattr(self, name)[self.chosen]) for name in counts}
        looked = (0.0, 0.0) if self.reviewed is None else self.reviewed.mass
        found |= {"rp": self.scale * looked[0], "rn": self.scale * looked[1]}
        found["reviews"] = found["rp"] + found["rn"]
        figures = ("alerts", "precision", "recall", "cost")
        return found | {name: float(getattr(self, name)[self.chosen]) for name in figures}

    def panels(self) -> list[Markup]:
        """Draw precision, recall and cost along the cut."""
        kept = np.isfinite(self.precision)
        top = 1.15 * min(float(self.cost.max()), 2.5 * float(self.cost[-1])) or 1.0
        lines = (
            ("precision", Line(self.cut[kept], self.precision[kept]), 1.0, True),
            ("recall", Line(self.cut, self.recall), 1.0, True),
            ("cost", Line(self.cut, self.cost), top, False),
        )
        cells, own = self.cells(), float(self.cut[self.chosen])
        axis = self.unit.axis(float(self.cut[0]), float(self.cut[-1]), panels.BOX.left, panels.BOX.right)
        return [
            panels.explorer_panel(
                panels.Reading(key, self.names[key], line, top, share, (own, cells[key])),
                axis if key == "precision" else replace(axis, title=""),
            )
            for key, line, top, share in lines
        ]

    def to_json(self) -> Markup:
        """Return the table as JSON that is safe inside a script element."""
        stored: dict[str, Any] = {name: _short(getattr(self, name)) for name in (*_COUNTS[1:], *_COSTS)}
        stored |= {
            "cut": [float(value) for value in self.cut],
            "positives": self.positives,
            "negatives": self.negatives,
            "to_catch": self.to_catch,
            "alert_unit": self.alert_unit,
            "alerts": self.names["alerts"],
            "prevalence": self.prevalence,
            "chosen": self.chosen,
            "unit": self.unit.name,
            "offset": self.unit.offset,
            "fn_cost": self.fn_cost,
            "fp_cost": self.fp_cost,
            "command": self.command,
            "labelled": self.labelled,
            "cost": self.cost_words,
            "reviewed": None if self.reviewed is None else [*self.reviewed.mass, *self.reviewed.cost],
            "out": OUT,
            "plain_costs": self.costs == CostSpec(self.fn_cost, self.fp_cost).describe(),
            "low": float(self.cut[0]),
            "high": float(self.cut[-1]),
            "panel": {
                "left": panels.BOX.left,
                "right": panels.BOX.right,
                "top": panels.BOX.top,
                "bottom": panels.BOX.bottom,
            },
        }
        return script_json(stored)


def script_json(value: object) -> Markup:
    r"""Return JSON in which nothing can end a script element or be taken for markup.

    Examples
    --------
    >>> script_json({"a": "</script><!--"})
    Markup('{"a":"\\u003c/script\\u003e\\u003c!--"}')
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _useful(table: ExplorerTable, positives: float, total: float, chosen: int) -> tuple[ExplorerTable, int]:
    """Leave out cuts that flag so many rows that nobody would use them, and count the chosen one anew."""
    most = min(1.0, max(0.2, 5 * positives / total))
    enough = np.flatnonzero(table.flagged <= most * total)
    first = min(int(enough[0]) if enough.size > 2 else 0, chosen)
    return table.take(np.arange(first, table.cut.size)), chosen - first


def _costs(table: ExplorerTable, costs: Costs | None, chosen: int) -> dict[str, FloatArray]:
    """Return the sums of costs; without costs each mistake counts 1."""
    if costs is None:
        nothing = np.zeros_like(table.tp)
        return dict(zip(_COSTS, (table.fn, table.fp, nothing, nothing), strict=True))
    found = {name: getattr(table, name) for name in _COSTS}
    if not costs.per_row:
        return found
    idle = sum(float(sums[-1]) for sums in found.values())
    others = np.arange(table.cut.size) != chosen
    return {name: np.where(others, _coarse(sums, idle), sums) for name, sums in found.items()}


def _coarse(sums: FloatArray, idle: float) -> FloatArray:
    """Round cost sums to three digits of what flagging nothing costs.

    Neighbouring cuts differ by a row or two: exact sums at both would tell a single row's cost.
    """
    step = 10.0 ** (math.floor(math.log10(idle)) - 2) if idle > 0.0 else 1.0
    return np.round(sums / step) * step


def _short(values: FloatArray) -> list[float]:
    return [float(f"{value:.9g}") for value in values]
