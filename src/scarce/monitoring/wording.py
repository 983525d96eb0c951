"""What watching found, in lines of text."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from scarce.data.suggestion import counted
from scarce.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scarce.monitoring.drift import Drift
    from scarce.monitoring.evidence import Evidence
    from scarce.monitoring.result import ColumnDrift, Monitoring

WIDTH = 80
INDENT = 14
_SHOWN = 5
_NO_SUMMARY = "not watched: the model file keeps no summary of its training; train it anew"
_FEW = "too few rows to tell"


def lines(found: Monitoring) -> Iterator[str]:
    """Yield the lines that say what was found, at most 80 columns wide."""
    for name, text in facts(found):
        body = textwrap.wrap(visible(text), WIDTH - INDENT, break_on_hyphens=False)
        for place, line in enumerate(body):
            yield f"{'' if place else name:<{INDENT}}{line}"


def facts(found: Monitoring) -> Iterator[tuple[str, str]]:
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
