"""What watching a batch of rows found, and what it says of it."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from scarce.data.suggestion import counted
from scarce.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scarce.monitoring.drift import Drift
    from scarce.monitoring.evidence import Evidence
    from scarce.monitoring.prevalence import Prevalence
    from scarce.monitoring.state import State

NAMES = (
    "alarms",
    "drifted_columns",
    "inputs_p",
    "scores_p",
    "prevalence",
    "prevalence_ratio",
    "calibration_evidence",
    "money_evidence",
)
"""What a gate may name."""

_WIDTH = 80
_INDENT = 14
_SHOWN = 5
_NO_SUMMARY = "not watched: the model file keeps no summary of its training; train it anew"
_FEW = "too few rows to tell"


class ColumnDrift(NamedTuple):
    """How far one column has moved; `p_value` allows for there being several columns."""

    name: str
    p_value: float
    moved: float


class Counted(NamedTuple):
    """What became of the rows with labels: `rows` were counted now, with `positives`.

    `young` rows wait for their delay to be over, `late` ones are of a time that was counted before.
    """

    rows: int
    positives: int
    young: int
    late: int


@dataclass(frozen=True, repr=False)
class Monitoring:
    """What watching a batch found: printed, it says it in a few lines.

    Attributes
    ----------
    source : str
        What the rows are called.
    rows : int
    level : float
        Each watch alarms without reason in at most this share of cases: of models, over all their time, or of
        single batches where no looks are counted.
    look : int
        Which look this is of those that the state counts; 0 where there is none.
    prior : float
        The prevalence that the model's probabilities speak of.
    inputs : tuple of ColumnDrift
        The columns that moved most first; empty where the model file keeps no summary of its training.
    scores : Drift or None
    prevalence : Prevalence or None
    counted : Counted or None
        None without labels.
    state : State or None
        The evidence with this batch; None without labels.
    watches_money : bool
        Whether rows cost differently, so that money is another question than calibration.
    """

    source: str
    rows: int
    level: float
    look: int
    prior: float
    inputs: tuple[ColumnDrift, ...]
    scores: Drift | None
    prevalence: Prevalence | None
    counted: Counted | None = None
    state: State | None = None
    watches_money: bool = False

    @property
    def drifted(self) -> tuple[ColumnDrift, ...]:
        """The columns that have moved."""
        return tuple(column for column in self.inputs if column.p_value <= self.level)

    @property
    def changed(self) -> bool:
        """Whether the estimated prevalence is another than that of the training."""
        return self.prevalence is not None and self.prevalence.p_value <= self.level

    @property
    def plausible(self) -> bool:
        """Whether the scores look like some mixture of classes that are known well enough."""
        known = self.prevalence is not None and self.prevalence.enough
        return known and not self.prevalence.fit.p_value <= self.level

    @property
    def alarms(self) -> tuple[str, ...]:
        """The watches that alarm: ``inputs``, ``scores``, ``prevalence``, ``calibration``, ``money``."""
        enough = 1.0 / self.level
        found = {
            "inputs": bool(self.drifted),
            "scores": self.scores is not None and self.scores.p_value <= self.level,
            "prevalence": self.changed and self.plausible,
            "calibration": self.state is not None and self.state.calibration.most >= enough,
            "money": self.watches_money and self.state is not None and self.state.money.most >= enough,
        }
        return tuple(name for name, alarmed in found.items() if alarmed)

    @property
    def values(self) -> dict[str, float]:
        """The figures that a gate may name; NaN for what these rows do not tell."""
        estimate = math.nan if self.prevalence is None else self.prevalence.estimate.prior
        tested = [column.p_value for column in self.inputs if not math.isnan(column.p_value)]
        found = (
            len(self.alarms),
            len(self.drifted) if tested else math.nan,
            min(tested, default=math.nan),
            math.nan if self.scores is None else self.scores.p_value,
            estimate,
            estimate / self.prior,
            math.nan if self.state is None else self.state.calibration.most,
            self.state.money.most if self.watches_money and self.state is not None else math.nan,
        )
        return dict(zip(NAMES, map(float, found), strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it, None for what these rows do not tell."""
        known = {name: None if math.isnan(value) else value for name, value in self.values.items()}
        found: dict[str, Any] = {
            "data": self.source,
            "rows": self.rows,
            "level": self.level,
            "look": self.look,
            "alarms": list(self.alarms),
            "values": known,
            "inputs": [
                {"column": one.name, "p": _number(one.p_value), "moved": _number(one.moved)}
                for one in self.inputs
            ],
        }
        if self.prevalence is not None:
            estimate, fit = self.prevalence.estimate, self.prevalence.fit
            found["prevalence"] = {
                "estimate": estimate.prior,
                "low": estimate.low,
                "high": estimate.high,
                "before": estimate.old,
                "p": self.prevalence.p_value,
                "label_shift_p": _number(fit.p_value),
                "reliable": self.plausible,
            }
        if self.state is not None and self.counted is not None:
            sums = ("batches", "rows", "positives", "expected", "cost", "expected_cost")
            found["counted"] = self.counted._asdict()
            found["in_all"] = {name: getattr(self.state, name) for name in sums}
        return found

    def __repr__(self) -> str:
        """Say what was found, a few lines a watch."""
        return "\n".join(_lines(self))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _lines(found: Monitoring) -> Iterator[str]:
    """Yield the lines that say what was found, at most 80 columns wide."""
    for name, text in _facts(found):
        body = textwrap.wrap(visible(text), _WIDTH - _INDENT, break_on_hyphens=False)
        for place, line in enumerate(body):
            yield f"{'' if place else name:<{_INDENT}}{line}"


def _facts(found: Monitoring) -> Iterator[tuple[str, str]]:
    """Yield a name and what there is to say of it, a watch after the other."""
    alarms = ", ".join(found.alarms) or "none"
    yield "rows", f"{found.source}: {counted(found.rows, 'row', 'rows')}"
    over = f" over all looks; this is look {found.look:,}" if found.look else ""
    yield "alarms", f"{alarms} (level {found.level:g}{over})"
    yield "inputs", _inputs(found)
    yield "scores", _NO_SUMMARY if found.scores is None else _drift(found.scores, found.level)
    yield from _prevalence(found)
    yield from _labelled(found)


def _inputs(found: Monitoring) -> str:
    if not found.inputs:
        return _NO_SUMMARY
    if all(math.isnan(column.p_value) for column in found.inputs):
        return _FEW
    columns = counted(len(found.inputs), "column", "columns")
    if not found.drifted:
        return f"none of {columns} has drifted"
    more = len(found.drifted) - _SHOWN
    names = "; ".join([*map(_column, found.drifted[:_SHOWN]), *([f"and {more} more"] if more > 0 else [])])
    return f"{len(found.drifted)} of {columns} drifted: {names}"


def _column(column: ColumnDrift) -> str:
    return f"{column.name} ({100.0 * column.moved:.3g} % of rows moved, {_p(column.p_value)})"


def _drift(drift: Drift, level: float) -> str:
    if math.isnan(drift.p_value):
        return _FEW
    what = "drifted" if drift.p_value <= level else "no drift"
    return f"{what}: {100.0 * drift.moved:.3g} % of rows moved ({_p(drift.p_value)})"


def _prevalence(found: Monitoring) -> Iterator[tuple[str, str]]:
    if found.prevalence is None:
        yield "prevalence", _NO_SUMMARY
        return
    estimate, fit = found.prevalence.estimate, found.prevalence.fit
    ends = f"{100.0 * estimate.low:.3g} to {100.0 * estimate.high:.3g} %"
    text = f"estimated at {100.0 * estimate.prior:.3g} % ({ends}); training {100.0 * estimate.old:.3g} %: "
    if not found.prevalence.enough:
        known = counted(round(found.prevalence.positives), "positive", "positives")
        text += f"not to be relied on: the training had only {known}"
    elif not found.plausible:
        text += (
            "not to be relied on: no mixture of the training's positives and negatives has such scores "
            f"({_p(fit.p_value)})"
        )
    else:
        few = math.isnan(fit.p_value)
        fits = "too few rows to check that" if few else f"the scores fit that, {_p(fit.p_value)}"
        what = "it has changed" if found.changed else "no change seen"
        text += f"{what}. It rests on positives looking as they did ({fits})"
    yield "prevalence", text


def _labelled(found: Monitoring) -> Iterator[tuple[str, str]]:
    state, now = found.state, found.counted
    if state is None or now is None:
        yield "calibration", "not watched without labels"
        return
    waiting = [
        f"{number:,} {words}"
        for number, words in ((now.young, "wait for their delay"), (now.late, "of a time counted before"))
        if number
    ]
    yield "labels", "; ".join([f"{counted(now.rows, 'row', 'rows')} counted now", *waiting])
    in_all = f"{state.positives:,} of {counted(state.rows, 'row', 'rows')} in {_batches(state.batches)}"
    right = f"{in_all} were positive, {state.expected:,.1f} expected"
    yield "calibration", f"{_evidence(state.calibration, found.level)}; {right}"
    if found.watches_money:
        money = f"cost {state.cost:,.0f}, expected {state.expected_cost:,.0f}"
        yield "money", f"{_evidence(state.money, found.level)}; {money}"


def _evidence(evidence: Evidence, level: float) -> str:
    enough = 1.0 / level
    if evidence.most < enough:
        return f"evidence {evidence.mean:.2g} of the {enough:.3g} that alarm (at most {evidence.most:.2g})"
    side = "low" if evidence.too_low else "high"
    return f"too {side}: evidence {evidence.mean:.2g}, at most {evidence.most:.2g}, {enough:.3g} alarm"


def _batches(number: int) -> str:
    return counted(number, "batch", "batches")


def _p(value: float) -> str:
    return "p < 0.0001" if value < 1e-4 else f"p {value:.2g}"
