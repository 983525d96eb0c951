"""Figures along the cut: what a decision costs, and what a given capacity catches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scarce.report.figures.frame import Axis, Box, Line, decade_label, draw_axes, draw_lines, is_narrow
from scarce.report.scales import Linear, Log, percent
from scarce.report.svg import Canvas, text_width
from scarce.trial.wording import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup


def cost(
    arms: Sequence[tuple[str, Line]],
    nothing: float,
    chosen: tuple[float, float],
    cut_axis: Callable[[float, float, float, float], Axis],
    width: float,
    uid: str,
) -> Markup:
    """Draw the expected cost per 10,000 rows against the cut.

    Parameters
    ----------
    arms : sequence of (name, Line)
        ``x`` on the rule's own score; the arm that the report is about first, the control second if another.
    nothing : float
        Cost per 10,000 rows of flagging nothing.
    chosen : (cut, cost)
        Where the chosen rule works.
    cut_axis : callable
        Makes the axis from (low, high, start, end) on the score; its ticks are round in the rule's unit.
    width : float
        `WIDE` or `NARROW`.
    uid : str
        Unique on the page.
    """
    height = 320.0 if is_narrow(width) else 380.0
    says = f"Flagging nothing costs {plain(nothing)}, the chosen rule {plain(chosen[1])} per 10,000 rows."
    canvas = Canvas(width, height, uid, "Expected cost against the cut", says)
    box = Box(60, 40, width - 14, height - 48)
    main = arms[0][1]
    x = cut_axis(float(main.x.min()), float(main.x.max()), box.left, box.right)
    y = Linear(0, 1.15 * _ceiling(arms, nothing), box.bottom, box.top)
    draw_axes(canvas, box, x, Axis(y, y.ticks(), plain, "expected cost per 10,000 rows"))
    draw_lines(canvas, [line for _, line in arms], x.scale, y)
    canvas.line(box.left, y(nothing), box.right, y(nothing), "reference")
    canvas.text(box.right, float(y(nothing)) - 7, f"flag nothing: {plain(nothing)}", "tick halo", "end")
    _draw_chosen(
        canvas, box, float(x.scale(chosen[0])), float(y(chosen[1])), f"chosen rule: {plain(chosen[1])}"
    )
    _draw_names(canvas, arms, box)
    return canvas.render()


def _ceiling(arms: Sequence[tuple[str, Line]], nothing: float) -> float:
    """Return the highest cost worth showing: a careless cut may cost far more than any sensible one."""
    seen = max(float(line.y.max()) for _, line in arms)
    return min(seen, 2.5 * nothing) if nothing > 0 else seen or 1.0


def _draw_chosen(canvas: Canvas, box: Box, across: float, up: float, words: str) -> None:
    """Mark the rule; its name stands high up, between the walls of the curve, at the end of a thin line."""
    right = across + text_width(words) + 14 < box.right
    top = box.top + 16
    canvas.line(across, top - 8, across, up, "drop")
    canvas.circle(across, up, 5.5, "accent-dot")
    canvas.text(across + 8 if right else across - 8, top, words, "label halo", "start" if right else "end")


def _draw_names(canvas: Canvas, arms: Sequence[tuple[str, Line]], box: Box) -> None:
    """Write the names above the frame on the right, each after a stroke of its line."""
    if len(arms) < 2:
        return
    place = box.right - sum(text_width(name) + 24 for name, _ in arms) - 18
    for (name, _), style in zip(arms, ("accent", "ink"), strict=False):
        canvas.line(place, box.top - 18, place + 16, box.top - 18, f"{style}-line")
        canvas.text(place + 22, box.top - 14, name, f"label {style}-text")
        place += text_width(name) + 42


def capacity(
    lines: Sequence[tuple[str, Line]],
    chosen: float,
    marks: Sequence[float],
    width: float,
    uid: str,
) -> Markup:
    """Draw what is caught when only so many rows can be looked at: one panel for each reading.

    Parameters
    ----------
    lines : sequence of (title, Line)
        Panels; ``x`` is the share of rows looked at, ``y`` a share.
    chosen : float
        Share of rows that the chosen rule flags.
    marks : sequence of float
        Shares of rows at which the value is written.
    width : float
        `WIDE` or `NARROW`.
    uid : str
        Unique on the page.
    """
    narrow = is_narrow(width)
    gap = 64.0
    panel = width - 62 if narrow else (width - 62 - gap) / 2
    tall = 300.0
    canvas = Canvas(
        width,
        tall * (len(lines) if narrow else 1),
        uid,
        "What a given capacity catches",
        "; ".join(_at_marks(title, line, marks) for title, line in lines),
    )
    for index, (title, line) in enumerate(lines):
        left = 48 if narrow else 48 + index * (panel + gap)
        top = 40 + (tall * index if narrow else 0)
        _draw_capacity(canvas, Box(left, top, left + panel, top + 205), title, line, chosen, marks)
    return canvas.render()


def _draw_capacity(
    canvas: Canvas, box: Box, title: str, line: Line, chosen: float, marks: Sequence[float]
) -> None:
    x = Log(float(line.x.min()), 1.0, box.left, box.right)
    y = Linear(0, 1, box.bottom, box.top)
    across = Axis(x, x.ticks(5), decade_label, "share of rows looked at, most likely first")
    draw_axes(canvas, box, across, Axis(y, y.ticks(4), percent))
    canvas.text(box.left - 48, box.top - 18, title, "label strong")
    draw_lines(canvas, [line], x, y)
    canvas.line(x(chosen), box.top, x(chosen), box.bottom, "drop")
    rising = line.y[-1] >= line.y[0]
    for mark in marks:
        value = _value_at(line, mark)
        canvas.circle(x(mark), y(value), 3.5, "accent-dot")
        if rising:
            below = float(y(value)) + 14
            canvas.text(float(x(mark)) + 8, min(below, box.bottom - 6), percent(value), "label halo")
        else:
            canvas.text(float(x(mark)) + 7, float(y(value)) - 6, percent(value), "label halo")


def _value_at(line: Line, share: float) -> float:
    index = min(int(line.x.searchsorted(share)), line.x.size - 1)
    return float(line.y[index])


def _at_marks(title: str, line: Line, marks: Sequence[float]) -> str:
    return f"{title}: " + ", ".join(f"{percent(_value_at(line, m))} at {percent(m)} of rows" for m in marks)
