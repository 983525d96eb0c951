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
from scarce.evaluation.curves import explorer_table
from scarce.report.figures import explorer as panels
from scarce.report.figures.frame import Line
from scarce.report.reviewed import Reviewed
from scarce.report.scored import Scored, Unit, sigmoid

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.evaluation.curves import ExplorerTable
    from scarce.trial.result import TrialResult

    FloatArray = npt.NDArray[np.float64]

MODEL = "model.scarce"
OUT = " --out new.scarce"

_MOST_CUTS = 320
_FIELDS = ("tp", "fp", "cost_fn", "cost_fp", "cost_tn", "cost_tp")


@dataclass(frozen=True)
class Explorer:
    """Sums of row weights and of costs at each cut.

    Attributes
    ----------
    cut : ndarray of shape (n_cuts,)
        On the rule's score, rising; rows above it are flagged.
    tp, fp : ndarray of shape (n_cuts,)
        Weight of the flagged positives and negatives.
    cost_fn, cost_fp, cost_tn, cost_tp : ndarray of shape (n_cuts,)
        Cost of the rows in each cell of the confusion matrix; without costs 1 for each mistake.
    positives, negatives : float
        Weight of each class.
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
    tp: FloatArray
    fp: FloatArray
    cost_fn: FloatArray
    cost_fp: FloatArray
    cost_tn: FloatArray
    cost_tp: FloatArray
    positives: float
    negatives: float
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
        reviewed = None if result.reviews is None else Reviewed.of(every, result.reviews.price)
        rows = every if reviewed is None else every.but(reviewed.rows)
        table = explorer_table(rows.target, rows.log_odds, rows.weight, costs=rows.costs)
        positives, negatives = every.total(every.target), every.total(~every.target)
        rising = np.argsort(table.cut, kind="stable")
        cut = np.asarray(table.cut, dtype=np.float64)[rising]
        sums = np.vstack(_columns(table, rows.costs is not None))[:, rising]
        cut, sums, chosen = _insert(cut, sums, result.rule_cut, _at_cut(rows, result.rule_cut))
        kept, chosen = _useful(sums, positives, negatives, chosen)
        if rows.costs is not None and rows.costs.per_row:
            others = np.arange(cut.size) != kept[chosen]
            sums[2:, others] = _coarse(sums[2:, others], sum(_at_cut(rows, math.inf)[2:]))
        fixed = rows.costs is not None and not rows.costs.per_row
        fn_cost, fp_cost = (float(rows.costs.fn), float(rows.costs.fp)) if fixed else (1.0, 1.0)
        unit, named = Unit.of(rows.costs), rows.costs is None or bool(result.cost_text)
        command = f"scarce threshold {MODEL}" if result.trained and named else ""
        labelled = 1.0 if result.missed is None else result.missed.share.share
        on_the_slider = fixed or rows.costs is None or reviewed is not None or not result.config.get("rule")
        words = (fn_cost, fp_cost, result.cost_text, command, labelled, reviewed, on_the_slider)
        return cls(cut[kept], *sums[:, kept], positives, negatives, chosen, unit, *words)

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
        """Share of the positives flagged at each cut."""
        return self.tp / self.positives

    @property
    def precision(self) -> FloatArray:
        """Share of the flags that are right; NaN where nothing is flagged."""
        flags = self.tp + self.fp
        return np.divide(self.tp, flags, out=np.full_like(flags, np.nan), where=flags > 0)

    def cells(self) -> dict[str, float]:
        """Return the figures at the chosen rule, per 10,000 rows, as a page without JavaScript shows them."""
        tp, fp = float(self.tp[self.chosen]), float(self.fp[self.chosen])
        looked = (0.0, 0.0) if self.reviewed is None else self.reviewed.mass
        counts = {"tp": tp, "fp": fp, "rp": looked[0], "rn": looked[1]}
        counts |= {"fn": self.positives - tp - looked[0], "tn": self.negatives - fp - looked[1]}
        found = {name: value * self.scale for name, value in counts.items()}
        found["reviews"] = found["rp"] + found["rn"]
        found["alerts"] = found["tp"] + found["fp"]
        found["precision"] = float(self.precision[self.chosen])
        found["recall"] = float(self.recall[self.chosen])
        found["cost"] = float(self.cost[self.chosen])
        return found

    def panels(self) -> list[Markup]:
        """Draw precision, recall and cost along the cut."""
        kept = np.isfinite(self.precision)
        top = 1.15 * min(float(self.cost.max()), 2.5 * float(self.cost[-1])) or 1.0
        lines = (
            ("precision", "precision", Line(self.cut[kept], self.precision[kept]), 1.0, True),
            ("recall", "recall", Line(self.cut, self.recall), 1.0, True),
            ("cost", "expected cost per 10,000 rows", Line(self.cut, self.cost), top, False),
        )
        cells, own = self.cells(), float(self.cut[self.chosen])
        axis = self.unit.axis(float(self.cut[0]), float(self.cut[-1]), panels.BOX.left, panels.BOX.right)
        return [
            panels.explorer_panel(
                panels.Reading(key, title, line, top, share, (own, cells[key])),
                axis if key == "precision" else replace(axis, title=""),
            )
            for key, title, line, top, share in lines
        ]

    def to_json(self) -> Markup:
        """Return the table as JSON that is safe inside a script element."""
        stored: dict[str, Any] = {name: _short(getattr(self, name)) for name in _FIELDS}
        stored |= {
            "cut": [float(value) for value in self.cut],
            "positives": self.positives,
            "negatives": self.negatives,
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


def _columns(table: ExplorerTable, costs_given: bool) -> list[FloatArray]:
    """Return the table's sums in the order of `_FIELDS`; without costs each mistake counts 1."""
    if costs_given:
        return [np.asarray(getattr(table, name), dtype=np.float64) for name in _FIELDS]
    nothing = np.zeros_like(table.tp)
    return [table.tp, table.fp, table.fn, table.fp, nothing, nothing]


def _at_cut(rows: Scored, cut: float) -> list[float]:
    """Return the sums at one exact cut, in the order of `_FIELDS`."""
    flagged = rows.score > cut
    cells = (~flagged & rows.target, flagged & ~rows.target, ~flagged & ~rows.target, flagged & rows.target)
    counts = [rows.total(flagged & rows.target), rows.total(flagged & ~rows.target)]
    if rows.costs is None:
        return [*counts, rows.total(cells[0]), rows.total(cells[1]), 0.0, 0.0]
    cost = rows.costs.of_rows(rows.target, flagged)
    cost = cost if rows.weight is None else cost * rows.weight
    return [*counts, *(float(cost[cell].sum()) for cell in cells)]


def _insert(
    cut: FloatArray, sums: FloatArray, value: float, own: list[float]
) -> tuple[FloatArray, FloatArray, int]:
    """Place the chosen cut among the others, thinned to as many as the page carries."""
    if cut.size >= _MOST_CUTS:
        kept = np.unique(np.linspace(0, cut.size - 1, _MOST_CUTS).round().astype(np.int64))
        cut, sums = cut[kept], sums[:, kept]
    place = int(np.searchsorted(cut, value))
    if place < cut.size and cut[place] == value:
        return cut, sums, place
    return np.insert(cut, place, value), np.insert(sums, place, own, axis=1), place


def _useful(
    sums: FloatArray, positives: float, negatives: float, chosen: int
) -> tuple[npt.NDArray[np.intp], int]:
    """Leave out cuts that flag so many rows that nobody would use them, and count the chosen one anew."""
    total = positives + negatives
    share = (sums[0] + sums[1]) / total
    most = min(1.0, max(0.2, 5 * positives / total))
    enough = np.flatnonzero(share <= most)
    first = min(int(enough[0]) if enough.size > 2 else 0, chosen)
    return np.arange(first, share.size), chosen - first


def _coarse(sums: FloatArray, idle: float) -> FloatArray:
    """Round cost sums to three digits of what flagging nothing costs.

    Neighbouring cuts differ by a row or two: exact sums at both would tell a single row's cost.
    """
    step = 10.0 ** (math.floor(math.log10(idle)) - 2) if idle > 0.0 else 1.0
    return np.round(sums / step) * step


def _short(values: FloatArray) -> list[float]:
    return [float(f"{value:.9g}") for value in values]
