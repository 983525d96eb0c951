"""The explorer's three small panels; the page's script moves their cursors and redraws their lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scarce.report.figures.frame import Axis, Box, Line
from scarce.report.scales import Linear, percent
from scarce.report.svg import Canvas, text_width
from scarce.trial.wording import plain

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 236.0, 176.0
BOX = Box(10, 32, WIDTH - 10, HEIGHT - 40)


@dataclass(frozen=True)
class Reading:
    """One quantity along the cut.

    Attributes
    ----------
    key, title : str
        Name of the parts the script looks for; heading of the panel.
    line : Line
        ``x`` on the rule's score.
    top : float
        Upper end of the panel.
    share : bool
        Whether the values are shares, written in per cent.
    at : (float, float)
        Where the chosen rule lies.
    """

    key: str
    title: str
    line: Line
    top: float
    share: bool
    at: tuple[float, float]


def explorer_panel(reading: Reading, x: Axis) -> Markup:
    """Draw one quantity along the cut, with a cursor at the chosen rule."""
    chosen = percent(reading.at[1]) if reading.share else plain(reading.at[1])
    says = (
        f"At the chosen rule {chosen}." if math.isfinite(reading.at[1]) else "The chosen rule flags nothing."
    )
    canvas = Canvas(WIDTH, HEIGHT, f"explorer-{reading.key}", f"{reading.title} along the cut", says)
    y = Linear(0, reading.top, BOX.bottom, BOX.top)
    canvas.line(BOX.left, BOX.top, BOX.right, BOX.top, "grid")
    canvas.line(BOX.left, BOX.bottom, BOX.right, BOX.bottom, "axis")
    canvas.text(BOX.left, BOX.top - 20, reading.title, "label strong")
    top = percent(reading.top) if reading.share else plain(reading.top, 2)
    canvas.text(BOX.right, BOX.top - 6, top, "tick small", "end", f"top-{reading.key}")
    canvas.text(BOX.right, BOX.bottom - 4, "0", "tick small", "end")
    _draw_ticks(canvas, x)
    points = zip(x.scale(reading.line.x), y(reading.line.y), strict=True)
    canvas.path(points, "accent-line", f"curve-{reading.key}")
    place = float(x.scale(reading.at[0]))
    canvas.cursor(place, BOX.top, BOX.bottom, "cursor", f"cursor-{reading.key}")
    if math.isfinite(reading.at[1]):
        canvas.circle(place, float(y(reading.at[1])), 4.5, "accent-dot", f"dot-{reading.key}")
    else:  # the precision of a rule that flags nothing
        canvas.hidden_circle(4.5, "accent-dot", f"dot-{reading.key}")
    return canvas.render()


def _draw_ticks(canvas: Canvas, x: Axis) -> None:
    last = -1e9
    for value in x.ticks:
        place, words = float(x.scale(value)), x.label(value)
        half = text_width(words, 10) / 2
        middle = min(max(place, half), WIDTH - half)
        if middle - half < last + 6:
            continue
        canvas.line(place, BOX.bottom, place, BOX.bottom + 4, "axis")
        canvas.text(middle, BOX.bottom + 16, words, "tick small", "middle")
        last = middle + half
    canvas.text(BOX.left, BOX.bottom + 32, x.title, "tick small")
