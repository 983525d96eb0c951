"""The forest plot: every arm minus the control, with its interval and the band of what would not matter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scarce.report.figures.frame import is_narrow
from scarce.report.scales import Linear
from scarce.report.svg import Canvas, text_width
from scarce.trial.wording import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from scarce.trial.metric import Metric
    from scarce.trial.result import Difference

_ROW = 27.0
_GAP = 14.0  # between the intervals, the numbers and the outcomes


def forest(differences: Sequence[Difference], metric: Metric, width: float, uid: str) -> Markup:
    """Draw the differences to the control in one metric.

    Parameters
    ----------
    differences : sequence of Difference
        All in ``metric``.
    metric : Metric
        Names the axis and says which direction is better.
    width : float
        `WIDE` or `NARROW`.
    uid : str
        Unique on the page.

    Returns
    -------
    Markup
        The shaded stretch is the margin: differences that would not matter.
    """
    narrow = is_narrow(width)
    row = _ROW + 16 if narrow else _ROW
    top = 34.0
    height = top + row * len(differences) + 44
    canvas = Canvas(
        width, height, uid, f"Difference to the control in {metric.label}", _describe(differences)
    )
    names = max(text_width(item.arm, 12) for item in differences)
    left = 8.0 if narrow else min(names + 6, 230)
    right = width - (8 if narrow else _room(differences, metric))
    scale = _scale(differences, left, right)
    bottom = top + row * len(differences)
    _draw_ends(canvas, scale, metric, top)
    for value in scale.ticks(4 if narrow else 6):
        canvas.line(scale(value), top, scale(value), bottom, "grid")
        canvas.text(scale(value), bottom + 18, ("+" if value > 0 else "") + plain(value), "tick", "middle")
    for index, item in enumerate(differences):
        _draw_row(canvas, scale, item, metric, top + row * index, row)
    canvas.line(scale(0), top - 4, scale(0), bottom, "zero")
    canvas.text(right, bottom + 36, f"difference in {metric.label}", "axis-title", "end")
    return canvas.render()


def _room(differences: Sequence[Difference], metric: Metric) -> float:
    """Return how wide the numbers and the outcomes are that stand right of the intervals."""
    numbers = max(text_width(_in_numbers(item, metric), 12) for item in differences)
    return _GAP + numbers + _GAP + max(text_width(item.outcome, 12) for item in differences)


def _scale(differences: Sequence[Difference], left: float, right: float) -> Linear:
    reach = [abs(value) for d in differences for value in (d.low, d.high, d.margin)]
    reach = max((value for value in reach if math.isfinite(value)), default=0.0) or 1.0
    return Linear(-1.05 * reach, 1.05 * reach, left, right)


def _draw_ends(canvas: Canvas, scale: Linear, metric: Metric, top: float) -> None:
    worse, better = ("← worse", "better →") if metric.higher_is_better else ("← better", "worse →")
    canvas.text(scale(0) - 10, top - 12, worse, "tick", "end")
    canvas.text(scale(0) + 10, top - 12, better, "tick")


def _draw_row(
    canvas: Canvas, scale: Linear, item: Difference, metric: Metric, top: float, row: float
) -> None:
    narrow = is_narrow(canvas.width)
    middle = top + (row - 12 if narrow else row / 2)
    _draw_band(canvas, scale, item.margin, top, row)
    canvas.line(scale(item.low), middle, scale(item.high), middle, f"{item.outcome}-whisker")
    draw_mark(canvas, scale(item.value), middle, item.outcome)
    if narrow:
        canvas.text(8, top + 16, item.arm, "label halo")
        canvas.text(
            canvas.width - 8, top + 16, f"{metric.signed(item.value)} {item.outcome}", "label halo", "end"
        )
        return
    canvas.text(0, middle + 4, item.arm, "label")
    canvas.text(scale.end + _GAP, middle + 4, _in_numbers(item, metric), "tick")
    canvas.text(canvas.width, middle + 4, item.outcome, f"label {item.outcome}-text", "end")


def draw_mark(canvas: Canvas, x: float, y: float, outcome: str) -> None:
    """Draw a mark that tells the outcome without colour too."""
    size, style = 5.0, f"{outcome}-dot"
    if outcome == "better":
        canvas.area([(x - size, y + size), (x + size, y + size), (x, y - size)], style)
    elif outcome == "worse":
        canvas.area([(x - size, y - size), (x + size, y - size), (x, y + size)], style)
    elif outcome == "equivalent":
        canvas.area([(x - size, y), (x, y - size), (x + size, y), (x, y + size)], style)
    else:
        canvas.circle(x, y, 4.5, style)


def _draw_band(canvas: Canvas, scale: Linear, reach: float, top: float, row: float) -> None:
    """Shade what would not matter; on a phone below the name, which stands on a line of its own."""
    above = row - 24 if is_narrow(canvas.width) else 0.0
    canvas.rect(scale(-reach), top + above, scale(reach) - scale(-reach), row - above, "blind")


def _in_numbers(item: Difference, metric: Metric) -> str:
    if item.low == item.high == 0:
        return "the same in every row"
    return f"{metric.signed(item.value)} ({metric.signed(item.low)} to {metric.signed(item.high)})"


def _describe(differences: Sequence[Difference]) -> str:
    return " ".join(
        f"{d.arm}: {d.value:.4g}, 95 % interval {d.low:.4g} to {d.high:.4g}, {d.outcome}."
        for d in differences
    )
