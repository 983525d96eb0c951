"""Precision against recall: one arm with its band, the control, and small multiples of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scarce.report.figures.frame import Axis, Box, Line, draw_axes, draw_line, draw_lines, is_narrow
from scarce.report.scales import Linear, percent
from scarce.report.svg import Canvas, text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

_LEFT, _LOW = 0.3, 0.35  # shares of the figure's width and height that names take in its lower left corner


def precision_recall(
    arms: Sequence[tuple[str, Line]],
    prevalence: float,
    chosen: tuple[float, float] | None,
    width: float,
    uid: str,
    top: float = 1.0,
) -> Markup:
    """Draw precision against recall.

    Parameters
    ----------
    arms : sequence of (name, Line)
        The arm that the report is about first (accent colour, band); the control second if another.
    prevalence : float
        Precision of flagging rows at random, drawn as a line.
    chosen : (recall, precision) or None
        Where the chosen rule works.
    width : float
        `WIDE` or `NARROW`.
    uid : str
        Unique on the page.
    top : float
        The precision at the upper edge: below 1 where no curve comes near it.
    """
    height = 340.0 if is_narrow(width) else 430.0
    names = ", ".join(name for name, _ in arms)
    says = f"Curves of {names}. Flagging at random has precision {percent(prevalence, 3)}."
    canvas = Canvas(width, height, uid, "Precision against recall", says)
    box = Box(48, 34, width - 14, height - 48)
    x, y = Linear(0, 1, box.left, box.right), Linear(0, top, box.bottom, box.top)
    draw_axes(
        canvas,
        box,
        Axis(x, x.ticks(), percent, "recall: share of the positives that are flagged"),
        Axis(y, y.ticks(), percent, "precision: share of the flags that are right"),
    )
    draw_lines(canvas, [line for _, line in arms], x, y)
    _draw_prevalence(canvas, prevalence, x, y)
    if chosen is not None:
        _draw_chosen(canvas, chosen, x, y)
    _draw_names(canvas, arms, x, y)
    return canvas.render()


def _draw_prevalence(canvas: Canvas, prevalence: float, x: Linear, y: Linear) -> None:
    place = float(y(prevalence))
    canvas.line(x.start, place, x.end, place, "reference")
    words = f"prevalence {percent(prevalence, 3)}: flagging at random"
    canvas.text(x.start + 8, place - 7, words, "tick halo")


def _draw_chosen(canvas: Canvas, chosen: tuple[float, float], x: Linear, y: Linear) -> None:
    """Mark the rule; its name stands below and left of a falling curve, or above it near the floor."""
    across, up = float(x(chosen[0])), float(y(chosen[1]))
    canvas.circle(across, up, 5.5, "accent-dot")
    words = "chosen rule"
    low = up + 30 > y.start
    left = not low and across - text_width(words) - 14 > x.start
    place = up - 14 if low else up + 20
    canvas.text(across - 12 if left else across + 8, place, words, "label halo", "end" if left else "start")


def _draw_names(canvas: Canvas, arms: Sequence[tuple[str, Line]], x: Linear, y: Linear) -> None:
    """Write each name in its own colour where the figure is empty.

    Good curves leave the lower left to the names, above the prevalence; those that are low there leave the
    upper right.
    """
    left, place = x.start + 8, y.start - 64
    if any((line.y[line.x < _LEFT] < _LOW * y.high).any() for _, line in arms):
        left, place = x.end - 33 - max(text_width(name) for name, _ in arms), y.end + 18
    for (name, _), style in zip(arms, ("accent", "ink"), strict=False):
        canvas.line(left, place - 4, left + 18, place - 4, f"{style}-line")
        canvas.text(left + 25, place, name, f"label {style}-text halo")
        place += 18


def small_precision_recall(
    name: str, line: Line, control: Line, width: float, uid: str, top: float = 1.0
) -> Markup:
    """Draw one arm's curve over the control's, small, to stand in a row of such panels."""
    height = width * 0.8
    canvas = Canvas(
        width, height, uid, f"Precision against recall: {name}", f"{name} in colour over the control in grey."
    )
    box = Box(30, 10, width - 6, height - 22)
    x, y = Linear(0, 1, box.left, box.right), Linear(0, top, box.bottom, box.top)
    for value in (0.0, 0.5, 1.0):
        place = float(y(value * top))
        canvas.line(box.left, place, box.right, place, "grid")
        up = percent(value * top).replace("\u202f%", "")
        canvas.text(box.left - 5, place + 3.5, up, "tick small", "end")
        canvas.text(
            float(x(value)),
            box.bottom + 14,
            percent(value).replace("\u202f%", ""),
            "tick small",
            "middle" if value < 1 else "end",
        )
    draw_line(canvas, control, x, y, "muted")
    draw_line(canvas, line, x, y, "accent")
    return canvas.render()
