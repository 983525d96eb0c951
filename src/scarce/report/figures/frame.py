"""What every figure shares: widths, margins, axes with round ticks, and labels that keep apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.report.scales import Linear, Log, percent
from scarce.report.svg import text_width
from scarce.trial.wording import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from scarce.report.svg import Canvas

    FloatArray = npt.NDArray[np.float64]

WIDE, NARROW = 760.0, 350.0
LINE = 15.0  # distance of two lines of text
_MOST_POINTS = 240  # of a drawn line: beyond this, more points than pixels that differ


@dataclass(frozen=True)
class Ribbon:
    """95 % interval of a curve, on a grid of its own: a curve has corners where its interval has none.

    Attributes
    ----------
    x, low, high : ndarray of shape (n_grid,)
    """

    x: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class Line:
    """A curve with, perhaps, a ribbon around it.

    Attributes
    ----------
    x, y : ndarray of shape (n_points,)
    ribbon : Ribbon or None
    """

    x: FloatArray
    y: FloatArray
    ribbon: Ribbon | None = None


@dataclass(frozen=True)
class Box:
    """The rectangle in which a figure's data lies."""

    left: float
    top: float
    right: float
    bottom: float


def is_narrow(width: float) -> bool:
    """Return whether a figure of this width is the one for phones."""
    return width < 500


@dataclass(frozen=True)
class Axis:
    """A scale with its ticks named.

    Attributes
    ----------
    scale : Linear or Log
    ticks : tuple of float
        Round values inside the scale.
    label : callable
        Names a tick.
    title : str
        What the axis shows; empty for none.
    """

    scale: Linear | Log
    ticks: Sequence[float]
    label: Callable[[float], str] = plain
    title: str = ""


def draw_axes(canvas: Canvas, box: Box, x: Axis, y: Axis) -> None:
    """Draw faint grid lines at round values, their labels, and what the axes show.

    The title of the upright axis stands level above it, where it can be read.
    """
    for value in y.ticks:
        place = float(y.scale(value))
        canvas.line(box.left, place, box.right, place, "grid")
        canvas.text(box.left - 8, place + 4, y.label(value), "tick", "end")
    last = -np.inf
    for value in x.ticks:
        place, text = float(x.scale(value)), x.label(value)
        canvas.line(place, box.bottom, place, box.bottom + 4, "axis")
        half = text_width(text, 11) / 2
        middle = min(max(place, box.left - 10 + half), box.right + 10 - half)
        if middle - half < last + 6:
            continue
        canvas.text(middle, box.bottom + 18, text, "tick", "middle")
        last = middle + half
    canvas.line(box.left, box.bottom, box.right, box.bottom, "axis")
    if x.title:
        canvas.text(box.right, box.bottom + 36, x.title, "axis-title", "end")
    if y.title:
        canvas.text(0, box.top - 14, y.title, "axis-title")


def draw_lines(canvas: Canvas, lines: Sequence[Line], x: Linear | Log, y: Linear | Log) -> None:
    """Draw the report's own arm in colour and the control in ink behind it, bands behind both."""
    styled = list(zip(lines, ("accent", "ink"), strict=False))[::-1]
    for line, style in styled:
        draw_band(canvas, line, x, y, style)
    for line, style in styled:
        draw_line(canvas, line, x, y, style)


def draw_band(canvas: Canvas, line: Line, x: Linear | Log, y: Linear | Log, style: str) -> None:
    """Fill the ribbon around a curve, if it has one."""
    if line.ribbon is None:
        return
    across = x(line.ribbon.x)
    edge = list(zip(across, y(line.ribbon.high), strict=True))
    edge += list(zip(across[::-1], y(line.ribbon.low)[::-1], strict=True))
    canvas.area(edge, f"{style}-band")


def draw_line(canvas: Canvas, line: Line, x: Linear | Log, y: Linear | Log, style: str) -> None:
    """Draw a curve without its band."""
    keep = _worth_drawing(line.x.size)
    canvas.path(zip(x(line.x[keep]), y(line.y[keep]), strict=True), f"{style}-line")


def _worth_drawing(count: int) -> npt.NDArray[np.int64]:
    if count <= _MOST_POINTS:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, _MOST_POINTS).round().astype(np.int64))


def decade_label(share: float) -> str:
    """Return a share on a logarithmic axis in per cent; below a ten-thousandth of one, as one in so many.

    Examples
    --------
    >>> decade_label(0.01), decade_label(1e-7)
    ('1\u202f%', '1 in 10M')
    """
    if share >= 9.9e-7:
        return percent(share)
    return f"1 in {plain(1e-6 / share, 1)}M"
