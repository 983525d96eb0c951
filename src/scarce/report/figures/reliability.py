"""Log-log reliability: what the output says against what came true, before and after recovery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scarce.report.figures.frame import Axis, Box, Line, decade_label, draw_axes, is_narrow
from scarce.report.scales import Log, percent
from scarce.report.svg import Canvas

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt
    from markupsafe import Markup

    FloatArray = npt.NDArray[np.float64]


_LEFT, _RIGHT = 52.0, 10.0  # room for the labels at the ends of the axes


@dataclass(frozen=True)
class Bins:
    """Rows grouped by what was predicted for them.

    Attributes
    ----------
    predicted, observed, low, high : ndarray of shape (n_bins,)
        Mean prediction; share of positives with its 95 % interval.
    """

    predicted: FloatArray
    observed: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class Stage:
    """One reading of the output: as it is, recovered, or calibrated."""

    name: str
    remark: str  # one short line under the name, such as "mean 18 times the truth"
    bins: Bins


def reliability(stages: Sequence[Stage], domain: tuple[float, float], width: float, uid: str) -> Markup:
    """Draw one panel for each reading, side by side (one below the other on a phone).

    Parameters
    ----------
    stages : sequence of Stage
    domain : (float, float)
        Of both axes, the same in every panel of the page; inside (0, 1].
    width : float
        `WIDE` or `NARROW`.
    uid : str
        Unique on the page.
    """
    narrow = is_narrow(width)
    across = 1 if narrow else len(stages)
    gap = 34.0
    panel = (width - _LEFT - _RIGHT - gap * (across - 1)) / across
    side = min(panel, 250.0)
    tall = side + 98
    height = tall * (len(stages) if narrow else 1)
    title = "Reliability on logarithmic axes: " + ", ".join(stage.name for stage in stages)
    canvas = Canvas(width, height, uid, title, " ".join(f"{s.name}: {s.remark}." for s in stages))
    for index, stage in enumerate(stages):
        left = _LEFT if narrow else _LEFT + index * (panel + gap)
        top = 52 + (tall * index if narrow else 0)
        box = Box(left, top, left + side, top + side)
        _draw_panel(canvas, box, stage, domain, first=narrow or index == 0)
    return canvas.render()


def _draw_panel(canvas: Canvas, box: Box, stage: Stage, domain: tuple[float, float], first: bool) -> None:
    x, y = Log(*domain, box.left, box.right), Log(*domain, box.bottom, box.top)
    label = decade_label if first else _silent
    draw_axes(canvas, box, Axis(x, from_top(x), decade_label, "it says →"), Axis(y, from_top(y), label))
    canvas.text(box.left, box.top - 30, stage.name, "label strong")
    canvas.text(box.left, box.top - 13, stage.remark, "tick")
    canvas.line(x(domain[0]), y(domain[0]), x(domain[1]), y(domain[1]), "reference")
    if first:
        canvas.text(box.left + 6, box.top + 14, "it happens ↑", "axis-title halo")
    bins = stage.bins
    for predicted, observed, low, high in zip(
        bins.predicted, bins.observed, bins.low, bins.high, strict=True
    ):
        _draw_bin(canvas, x, y, predicted, observed, low, high)


def _draw_bin(
    canvas: Canvas, x: Log, y: Log, predicted: float, observed: float, low: float, high: float
) -> None:
    """Draw one group; where no positive was seen, the interval hangs from its upper end and has no dot."""
    place = float(x(predicted))
    if high > y.low:
        canvas.line(place, y(max(low, y.low)), place, y(high), "accent-whisker")
    if observed > 0 and observed >= y.low:
        canvas.circle(place, y(observed), 4, "accent-dot")
        return
    if high > y.low:
        canvas.line(place - 4, y(high), place + 4, y(high), "accent-whisker")


def from_top(scale: Log) -> list[float]:
    """Return every second power of ten (every one where there are few), the highest among them."""
    powers = Log(scale.low, scale.high, 0, 1).ticks(100)
    return powers[::-1][:: 2 if len(powers) > 4 else 1][::-1]


def _silent(_: float) -> str:
    return ""


def recovery(
    line: Line,
    mark: tuple[float, float] | None,
    domain: tuple[float, float],
    width: float,
    uid: str,
    name: str,
) -> Markup:
    """Draw what a raw output means: the posterior against the output read as it stands.

    Parameters
    ----------
    line : Line
        ``x`` the raw output read as a probability, ``y`` the recovered posterior.
    mark : (reading, truth) or None
        One pair to label, such as ``(.073, .001)``.
    domain : (float, float)
        Of both axes.
    width : float
        Of the panel.
    uid, name : str
        Unique on the page; the arm.
    """
    height = width * 0.86
    says = (
        f"A raw output of {percent(mark[0])} means {percent(mark[1])}."
        if mark
        else "The output as it stands."
    )
    canvas = Canvas(width, height, uid, f"What {name} outputs and what it means", says)
    box = Box(46, 12, width - 8, height - 26)
    x, y = Log(*domain, box.left, box.right), Log(*domain, box.bottom, box.top)
    draw_axes(canvas, box, Axis(x, from_top(x), decade_label), Axis(y, from_top(y), decade_label))
    canvas.line(x(domain[0]), y(domain[0]), x(domain[1]), y(domain[1]), "reference")
    inside = [(a, b) for a, b in zip(line.x, line.y, strict=True) if min(a, b) >= domain[0]]
    canvas.path([(float(x(a)), float(y(b))) for a, b in inside], "accent-line")
    if mark is not None:
        canvas.line(x(mark[0]), y(mark[1]), x(mark[0]), box.bottom, "drop")
        canvas.line(box.left, y(mark[1]), x(mark[0]), y(mark[1]), "drop")
        canvas.circle(x(mark[0]), y(mark[1]), 4, "accent-dot")
    return canvas.render()
