"""The map of gamma and weight: what the formulas say on the left, what the rows said on the right."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from scarce.losses.modulation import Focal
from scarce.losses.sigmoid import SigmoidLoss
from scarce.report.figures.frame import Axis, Box, Line, draw_axes, draw_line, is_narrow
from scarce.report.scales import Linear, percent, times
from scarce.report.svg import Canvas
from scarce.trial.focal_map import GAMMAS
from scarce.trial.wording import plain
from scarce.tuning.curves import curve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup

    from scarce.evaluation.estimate import Estimate
    from scarce.trial.focal_map import Cell, FocalMapResult, Stages
    from scarce.tuning.curves import Shares

_STEPS = 6  # of shading
_MARKS = {"better": " ▲", "worse": " ▼"}
_GAP, _BETWEEN = 40.0, 18.0
_HEADING, _HEADS, _NAMES = 34.0, 58.0, 56.0  # of a part; above a table: its name, remark, gammas; left of it
_TALL, _FLAT = 36.0, 26.0  # a row with two lines, and with one
_PLOT = 112.0
_STAGES = {
    "raw": "as it comes, through a sigmoid",
    "recovered": "recovered by the loss's formula",
    "calibrated": "then calibrated on other folds",
}


class Block(Protocol):
    """A part of the figure."""

    @property
    def height(self) -> float:
        """How much room it takes."""
        ...

    def draw(self, canvas: Canvas, left: float, top: float, width: float) -> None:
        """Draw it in its place."""
        ...


@dataclass(frozen=True)
class Heading:
    """What a column of the figure is about."""

    text: str
    height = _HEADING

    def draw(self, canvas: Canvas, left: float, top: float, width: float) -> None:
        """Write it over a line."""
        canvas.text(left, top + 14, self.text, "label strong accent-text")
        canvas.line(left, top + 21, left + width, top + 21, "axis")


@dataclass(frozen=True)
class Curves:
    """The loss of one example, or its gradient, over the probability of its own class, a line a gamma."""

    of: str
    name: str
    top: float
    level: float  # at which the lines are named
    height = _HEADS + _PLOT + 36

    def draw(self, canvas: Canvas, left: float, top: float, width: float) -> None:
        """Draw the lines, each with its gamma where it crosses the level."""
        _draw_names(canvas, left, top, self.name, "unweighted; a weight multiplies the whole curve")
        box = Box(left + 34, top + 46, left + width, top + 46 + _PLOT)
        x, y = Linear(0.0, 1.0, box.left, box.right), Linear(0.0, self.top, box.bottom, box.top)
        title = "p: probability that the model gives the example's own class"
        draw_axes(canvas, box, Axis(x, x.ticks(5), plain, title), Axis(y, y.ticks(4), plain))
        p = np.linspace(0.005, 0.995, 199)
        for place, gamma in enumerate(GAMMAS):
            values = getattr(curve(SigmoidLoss(Focal(gamma)), p), self.of)
            seen = values <= self.top
            draw_line(canvas, Line(p[seen], values[seen]), x, y, f"gamma gamma-{place}")
            crosses = float(p[np.flatnonzero(values >= self.level)[-1]])
            name = f"γ {gamma:g}" if gamma == 0.0 else f"{gamma:g}"
            canvas.text(float(x(crosses)), float(y(self.level)) + 4, name, "label halo", "middle")


@dataclass(frozen=True)
class Table:
    """A value for each gamma, across, and weight, down; the darker the larger is what its shade follows.

    Attributes
    ----------
    found : FocalMapResult
    name, remark : str
        What is shown, and how to read it.
    shown : list of (str, str)
        A value a cell and a smaller line below it, which may be empty.
    shade : str
        ``"good"``, ``"bad"`` or ``"share"``.
    depth : list of float
    scale : (float, float)
        What is lightest and what is darkest.
    named : bool
        Whether the weights are written at its left.
    """

    found: FocalMapResult
    name: str
    remark: str
    shown: Sequence[tuple[str, str]]
    shade: str
    depth: Sequence[float]
    scale: tuple[float, float]
    named: bool = True

    @property
    def row(self) -> float:
        """How high a row is."""
        return _TALL if any(below for _, below in self.shown) else _FLAT

    @property
    def height(self) -> float:
        """How much room it takes."""
        return _HEADS + len(self.found.by_weight) * self.row

    def draw(self, canvas: Canvas, left: float, top: float, width: float) -> None:
        """Draw the cells with their values in them."""
        _draw_names(canvas, left, top, self.name, self.remark)
        start = left + (_NAMES if self.named else 0.0)
        across = (left + width - start) / len(GAMMAS)
        for place, gamma in enumerate(GAMMAS):
            text = f"γ {gamma:g}" if place == 0 else f"{gamma:g}"
            canvas.text(start + (place + 0.5) * across, top + _HEADS - 6, text, "tick", "middle")
        for number, cells in enumerate(self.found.by_weight):
            y = top + _HEADS + number * self.row
            if self.named:
                self._draw_weight(canvas, left, y, cells[0])
            for place in range(len(cells)):
                self._draw_cell(canvas, start + place * across, y, across, number * len(cells) + place)

    def _draw_weight(self, canvas: Canvas, left: float, top: float, cell: Cell) -> None:
        middle = top + self.row / 2
        canvas.text(left, middle - (3 if self.row == _TALL else -4), f"{plain(cell.weight)} : 1", "label")
        if self.row == _TALL:
            canvas.text(left, middle + 11, f"α {plain(cell.alpha)}", "tick small")

    def _draw_cell(self, canvas: Canvas, x: float, y: float, across: float, place: int) -> None:
        low, high = self.scale
        depth = np.nan_to_num((self.depth[place] - low) / ((high - low) or np.inf))
        style = f"{self.shade}-shade shade-{round(float(np.clip(depth, 0.0, 1.0)) * (_STEPS - 1))}"
        canvas.rect(x + 1, y + 1, across - 2, self.row - 2, style, 2)
        value, below = self.shown[place]
        middle, centre = y + self.row / 2, x + across / 2
        up, style = (-2, "label") if self.row == _TALL else (4, "label small")
        canvas.text(centre, middle + up, value, style, "middle")
        if below:
            canvas.text(centre, middle + 11, below, "label small", "middle")


def focal_map(found: FocalMapResult, width: float, uid: str) -> Markup:
    """Draw a map.

    Parameters
    ----------
    found : FocalMapResult
    width : float
        `WIDE` or `NARROW`.
    uid : str
        Unique on the page.
    """
    left: list[Block] = [
        Curves("loss", "the loss of one example", 3.0, 0.25),
        Curves("gradient", "how hard it pulls at the model (gradient)", 1.4, 0.15),
        _shares(
            found, "share on easy negatives, model held fixed", "at the plain model's outputs", "at_plain"
        ),
    ]
    right: list[Block] = [
        _ranking(found, "average precision", lambda cell: cell.average_precision, _outcome_mark),
        _ranking(found, "recall at precision 50\u202f%", lambda cell: cell.recall, lambda cell: ""),
        _shares(found, "share on easy negatives, after training", "at each model's own outputs", "at_own"),
    ]
    lower = [_stages(found, *one) for one in (_LOG_LOSS, _RATIO)]
    headings = [
        Heading("What the formulas say"),
        Heading(f"What {found.learner} did on these rows"),
        Heading("What its output is worth as a probability"),
    ]
    title = f"Gamma and the weight of positives on {found.name}"
    if is_narrow(width):
        parts = [headings[0], *left, headings[1], *right, headings[2], *lower[0], *lower[1]]
        canvas = Canvas(width, _height(parts), uid, title, describe(found))
        _draw_column(canvas, parts, 0.0, width)
        return canvas.render()
    column = (width - _GAP) / 2
    tops = [_HEADING]
    for pair in zip(left, right, strict=True):
        tops.append(tops[-1] + max(one.height for one in pair) + _BETWEEN)
    below = [_HEADING + sum(stages[0].height + _BETWEEN for stages in lower[:n]) for n in range(len(lower))]
    end = tops[-1] + below[-1] + lower[-1][0].height + 2
    canvas = Canvas(width, end, uid, title, describe(found))
    for place, (heading, blocks) in enumerate(zip(headings[:2], (left, right), strict=True)):
        heading.draw(canvas, place * (column + _GAP), 0.0, column)
        for top, block in zip(tops, blocks, strict=False):
            block.draw(canvas, place * (column + _GAP), top, column)
    headings[2].draw(canvas, 0.0, tops[-1], width)
    third = (width - _NAMES - 2 * _BETWEEN) / 3
    for down, stages in zip(below, lower, strict=True):
        for place, block in enumerate(stages):
            start = 0.0 if place == 0 else _NAMES + place * (third + _BETWEEN)
            one = block if place == 0 else _unnamed(block)
            one.draw(canvas, start, tops[-1] + down, third + (_NAMES if place == 0 else 0.0))
    return canvas.render()


def describe(found: FocalMapResult) -> str:
    """Return what the figure shows to those who do not see it."""
    first, last = found.by_weight[0][0], found.by_weight[0][-1]
    return (
        f"{found.positives:,} positives in {found.rows:,} rows. From gamma 0 to gamma {last.gamma:g}, "
        f"unweighted: the share of the loss on easy negatives goes from {share(first.at_plain.loss)} to "
        f"{share(last.at_plain.loss)} with the model held fixed, and from {share(first.at_own.loss)} to "
        f"{share(last.at_own.loss)} after training; average precision from "
        f"{_written(first.average_precision.value, 3)} to {_written(last.average_precision.value, 3)}; "
        f"the mean of the output over the prevalence from {times(first.ratio.raw)} to "
        f"{times(last.ratio.raw)}, calibrated from "
        f"{times(first.ratio.calibrated)} to {times(last.ratio.calibrated)}. All numbers are in the table."
    )


def _draw_names(canvas: Canvas, left: float, top: float, name: str, remark: str) -> None:
    canvas.text(left, top + 12, name, "label strong")
    canvas.text(left, top + 27, remark, "tick")


def _height(parts: Sequence[Block]) -> float:
    return sum(one.height + _between(one) for one in parts)


def _between(one: Block) -> float:
    return 0.0 if isinstance(one, Heading) else _BETWEEN


def _draw_column(canvas: Canvas, parts: Sequence[Block], left: float, width: float) -> None:
    top = 0.0
    for one in parts:
        one.draw(canvas, left, top, width)
        top += one.height + _between(one)


def _unnamed(table: Table) -> Table:
    return replace(table, named=False)


def _outcome_mark(cell: Cell) -> str:
    return _MARKS.get(cell.outcome, "")


def _ranking(
    found: FocalMapResult,
    name: str,
    of: Callable[[Cell], Estimate],
    mark: Callable[[Cell], str],
) -> Table:
    """Show a figure that is better when it is larger, with its interval; shades span the intervals."""
    estimates = [of(cell) for cell in found.cells]
    shown = [
        (f"{_written(one.value, 3)}{mark(cell)}", f"{_written(one.low, 2)}–{_written(one.high, 2)}")
        for one, cell in zip(estimates, found.cells, strict=True)
    ]
    seen = [end for one in estimates for end in (one.value, one.low, one.high) if math.isfinite(end)] or [0.0]
    remark = "darker is better; below, the 95\u202f% interval"
    return Table(found, name, remark, shown, "good", [one.value for one in estimates], (min(seen), max(seen)))


def _written(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"


def _shares(found: FocalMapResult, name: str, where: str, of: str) -> Table:
    """Show which share of the loss falls on the easy negatives, and below it of the gradient."""
    shares: list[Shares] = [getattr(cell, of) for cell in found.cells]
    shown = [(share(one.loss), share(one.gradient)) for one in shares]
    every = [one.loss for cell in found.cells for one in (cell.at_plain, cell.at_own)]
    most = max((one for one in every if math.isfinite(one)), default=0.0)
    remark = f"of the loss, {where}; below, of the gradient"
    return Table(found, name, remark, shown, "share", [one.loss for one in shares], (0.0, most))


def share(part: float) -> str:
    """Return a share in per cent; below a hundredth of one, only that."""
    return "<\u202f0.01\u202f%" if part < 1e-4 else percent(part)


_LOG_LOSS = (
    "log-loss × 1,000",
    "log_loss",
    lambda value: plain(1000.0 * value),
)  # short where classes are rare
_RATIO = ("mean probability ÷ prevalence", "ratio", times)


def _stages(found: FocalMapResult, name: str, of: str, write: Callable[[float], str]) -> tuple[Table, ...]:
    """Show a figure of calibration at each stage, on one scale: the further from right, the darker."""
    stages: list[Stages] = [getattr(cell, of) for cell in found.cells]
    read = np.maximum([[getattr(one, stage) for one in stages] for stage in _STAGES], 1e-12)
    depth = np.abs(np.log(read)) if of == "ratio" else np.log(read / read.min())
    scale = (0.0, max(float(depth.max()), 0.2))
    return tuple(
        Table(found, name, remark, [(write(value), "") for value in values], "bad", list(deep), scale)
        for remark, values, deep in zip(_STAGES.values(), read, depth, strict=True)
    )
