"""Every difference with its interval, as a picture: a row for each treatment, a column for each table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.study.choices import MARGINS
from scarce.report.figures.forest import draw_mark
from scarce.report.scales import Linear
from scarce.report.standalone import standalone
from scarce.report.svg import Canvas, text_width
from scarce.trial.margin import Margin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COLUMN, ROW, HEAD, FOOT, PAD = 104.0, 22.0, 48.0, 30.0, 8.0
SHOWN = (
    ("average_precision", "average_precision", "average precision, right is better"),
    ("log_loss", "log_loss", "log-loss of recovered and calibrated probabilities, left is better"),
    ("cost 20", "expected_cost", "cost where a miss costs 20 false alarms, left is better"),
)
"""Scores, the metrics that they are, and their names in a title."""
REACH = 4.0
"""Margins that a column shows on either side."""


def write(found: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write a picture for each learner and each of three scores.

    Parameters
    ----------
    found : sequence of mapping
        One for each table and learner.
    folder : Path
    """
    for learner in dict.fromkeys(one["learner"] for one in found):
        own = [one for one in found if one["learner"] == learner]
        for score, metric, said in SHOWN:
            margin = Margin.parse(MARGINS[metric])
            margins = [margin.of(one["arms"][one["plain"]][score][0]) for one in own]
            name = f"study-{learner.rpartition(' ')[2]}-{metric.replace('_', '-')}.svg"
            title = f"{learner}: difference in {said}"
            (folder / name).write_text(drawn(own, score, margins, title), encoding="utf-8")


def drawn(found: Sequence[Mapping[str, Any]], score: str, margins: Sequence[float], title: str) -> str:
    """Return the picture of one learner and one score as SVG.

    Parameters
    ----------
    found : sequence of mapping
        One for each table.
    score : str
    margins : sequence of float
        What would matter on each table, in the score's unit.
    title : str
    """
    arms = [
        arm
        for arm in found[0]["differences"][score]
        if all(arm in one["differences"][score] for one in found)
    ]
    left = max(text_width(name, 10.5) for name in arms) + 12.0
    bottom = HEAD + ROW * len(arms)
    width, height = max(left + COLUMN * len(found), text_width(title, 13.0)), bottom + FOOT
    said = "A mark for each difference to the plain model, and a line for its interval."
    canvas = Canvas(width, height, f"study-{score.replace(' ', '-')}", title, said)
    canvas.text(0, 14, title, "label strong")
    for place, (one, margin) in enumerate(zip(found, margins, strict=True)):
        middle = left + COLUMN * (place + 0.5)
        scale = Linear(
            -REACH * margin, REACH * margin, middle - 0.5 * COLUMN + PAD, middle + 0.5 * COLUMN - PAD
        )
        canvas.text(middle, HEAD - 12, one["table"], "tick small", "middle")
        canvas.rect(scale(-margin), HEAD, scale(margin) - scale(-margin), bottom - HEAD, "blind")
        canvas.line(middle, HEAD - 4, middle, bottom, "zero")
        for number, arm in enumerate(arms):
            _draw(canvas, scale, HEAD + ROW * (number + 0.5), one["differences"][score][arm])
    for number, name in enumerate(arms):
        canvas.text(0, HEAD + ROW * (number + 0.5) + 4, name, "label small")
    canvas.text(left, bottom + 20, f"shaded: would not matter; a column shows {REACH:g} times that", "tick")
    return standalone(canvas.render())


def _draw(canvas: Canvas, scale: Linear, y: float, given: Sequence[Any]) -> None:
    """Draw an interval as far as the column shows it, and where the mark lies beyond, which way."""
    value, low, high, outcome = given
    canvas.line(scale(low), y, scale(high), y, f"{outcome}-whisker")
    if scale.low <= value <= scale.high:
        draw_mark(canvas, scale(value), y, outcome)
    else:
        way, anchor = ("›", "end") if value > 0.0 else ("‹", "start")
        canvas.text(scale(value), y + 4, way, "label", anchor)
