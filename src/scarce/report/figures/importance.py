"""How much each column matters: a bar a column, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scarce.report.figures.frame import is_narrow
from scarce.report.scales import Linear
from scarce.report.svg import Canvas, text_width
from scarce.trial.wording import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from scarce.trial.metric import Metric
    from scarce.trial.result import Importance

_ROW, _BAR = 26.0, 10.0
_WIDEST_NAME = 34  # characters


def importance(found: Sequence[Importance], metric: Metric, width: float, uid: str) -> Markup:
    """Draw by how much the primary score gets worse without each of some columns.

    Parameters
    ----------
    found : sequence of Importance
        The largest first.
    metric : Metric
        The primary one, as it is printed.
    width : float
        `WIDE` or `NARROW`.
    uid : str
        Unique on the page.
    """
    narrow = is_narrow(width)
    row = _ROW + 16 if narrow else _ROW
    names = [_short(one.name) for one in found]
    bottom = row * len(found) + 4
    said = " ".join(f"{one.name}: {_in_numbers(one, metric)}." for one in found)
    canvas = Canvas(width, bottom + 40, uid, f"How much worse the {metric.label} is without a column", said)
    left = 8.0 if narrow else max(text_width(name, 12) for name in names) + 8
    right = width - (8 if narrow else 190)
    ends = [0.0, *(end for one in found for end in (one.low, one.high, one.value))]
    scale = Linear(min(ends), max(ends), left, right)
    for value in scale.ticks(4 if narrow else 6):
        canvas.line(scale(value), 0, scale(value), bottom, "grid")
        canvas.text(scale(value), bottom + 18, plain(value), "tick", "middle")
    for place, (one, name) in enumerate(zip(found, names, strict=True)):
        middle = row * place + (row - 12 if narrow else row / 2)
        start, end = sorted((scale(0.0), scale(one.value)))
        canvas.rect(start, middle - _BAR / 2, end - start, _BAR, "accent-bar" if one.low > 0 else "muted-bar")
        canvas.line(scale(one.low), middle, scale(one.high), middle, "ink-whisker")
        across = row * place + 14 if narrow else middle + 4
        canvas.text(8 if narrow else 0, across, name, "label halo" if narrow else "label")
        numbers = metric.signed(one.value) if narrow else _in_numbers(one, metric)
        canvas.text(canvas.width, across, numbers, "tick", "end")
    canvas.line(scale(0.0), 0, scale(0.0), bottom, "zero")
    change = "lost" if metric.higher_is_better else "added"
    canvas.text(right, bottom + 36, f"{metric.label} {change}", "axis-title", "end")
    return canvas.render()


def _short(name: str) -> str:
    return name if len(name) <= _WIDEST_NAME else f"{name[: _WIDEST_NAME - 1]}…"


def _in_numbers(one: Importance, metric: Metric) -> str:
    value, low, high = (metric.signed(end) for end in (one.value, one.low, one.high))
    return f"{value} ({low} to {high})"
