"""Gamma over the epochs of a training, with the power of the class weights and the validation loss below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.report.figures.frame import Axis, Box, Line, draw_axes, draw_line
from scarce.report.scales import Linear
from scarce.report.svg import Canvas
from scarce.trial.wording import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from scarce.report.figures.frame import FloatArray

_PLOT, _ALONE, _HEAD = 120.0, 190.0, 42.0  # high, among others or not, and above it: name and remark
_FOOT, _LAST = 34.0, 48.0  # below: ticks, and under the last a title
_LEFT, _NAMES = 44.0, 92.0
_SHADES = 4  # of the bins, from pale to strong
_APART = 13.0
_AIR = 0.06  # of the span, above and below the lines


@dataclass(frozen=True)
class Panel:
    """What is drawn over the epochs: lines with their styles, some of them named at their end."""

    name: str
    remark: str
    lines: Sequence[tuple[Line, str, str]]
    low: float | None = None

    def draw(self, canvas: Canvas, box: Box, x: Linear, title: str) -> None:
        """Draw axes, lines and names."""
        canvas.text(0, box.top - 26, self.name, "label strong")
        canvas.text(0, box.top - 11, self.remark, "tick")
        y = self._scale(box)
        ticks = x.ticks(min(10, max(1, round(x.high))))
        draw_axes(canvas, box, Axis(x, ticks, plain, title), Axis(y, y.ticks(4), _short))
        for line, style, _ in self.lines:
            draw_line(canvas, line, x, y, style)
        self._draw_names(canvas, box, y)

    def _scale(self, box: Box) -> Linear:
        values = np.concatenate([line.y[np.isfinite(line.y)] for line, *_ in self.lines] or [np.zeros(1)])
        low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
        span = max(high - low, 1e-3 * abs(high), 1e-6)
        bottom = low - _AIR * span if self.low is None or low < self.low else self.low
        return Linear(bottom, max(high, bottom) + _AIR * span, box.bottom, box.top)

    def _draw_names(self, canvas: Canvas, box: Box, y: Linear) -> None:
        """Write the names at the ends of their lines, the lowest first, each above the one before."""
        named = sorted((float(y(line.y[-1])), name) for line, _, name in self.lines if name)[::-1]
        above = np.inf
        for place, name in named:
            above = min(place + 4.0, above - _APART)
            canvas.text(box.right + 6, above, name, "label small")


def gamma_over_epochs(history: Sequence[Mapping[str, Any]], width: float, uid: str) -> Markup:
    """Draw what each epoch was trained with, and the validation loss after it.

    Parameters
    ----------
    history : sequence of mapping
        ``epoch``, ``gamma`` (a number, or one a bin), and perhaps ``centre``, ``power``, ``power_centre`` and
        ``validation_loss``.
    width : float
        `WIDE` or `NARROW`.
    uid : str
        Unique on the page.
    """
    panels = _panels(history)
    tall = _PLOT if panels[1:] else _ALONE
    each = _HEAD + tall + _FOOT
    height = len(panels) * each - _FOOT + _LAST
    canvas = Canvas(width, height, uid, "Gamma over the epochs", describe(history))
    names = any(name for panel in panels for *_, name in panel.lines)
    right = width - (_NAMES if names else 14.0)
    last = max(one["epoch"] for one in history) + 1.0
    for number, panel in enumerate(panels):
        top = _HEAD + number * each
        box = Box(_LEFT, top, right, top + tall)
        x = Linear(0.0, last, box.left, box.right)
        panel.draw(canvas, box, x, "epochs trained" if panel is panels[-1] else "")
    return canvas.render()


def describe(history: Sequence[Mapping[str, Any]]) -> str:
    """Return what the figure shows to those who do not see it."""
    first, last = (np.atleast_1d(one["gamma"]) for one in (history[0], history[-1]))
    said = f"{len(history):,} epochs. Gamma is {_range(first)} in the first and {_range(last)} in the last."
    losses = [one["validation_loss"] for one in history if one.get("validation_loss") is not None]
    if not losses:
        return said
    return f"{said} The validation loss goes from {plain(losses[0])} to {plain(losses[-1])}."


def _range(gammas: FloatArray) -> str:
    low, high = _short(gammas.min()), _short(gammas.max())
    return low if low == high else f"{low} to {high}"


def _short(value: float) -> str:
    return f"{value:.4g}".replace("-", "\u2212")


def _panels(history: Sequence[Mapping[str, Any]]) -> list[Panel]:
    epochs = np.array([one["epoch"] for one in history], dtype=np.float64)
    panels = [_of_bins(history, epochs) if np.ndim(history[0]["gamma"]) else _of_gamma(history, epochs)]
    if history[0].get("power") is not None:
        name = "power of the class weights"
        panels.append(_tried(history, epochs, "power", "power_centre", name))
    losses = _numbers(history, "validation_loss")
    if np.isfinite(losses).any():
        line = Line(epochs + 1.0, losses)
        remark = "recovered and calibrated, after each epoch"
        panels.append(Panel("validation loss", remark, [(line, "ink", "")]))
    return panels


def _numbers(history: Sequence[Mapping[str, Any]], name: str) -> FloatArray:
    given = (one.get(name) for one in history)
    return np.array([np.nan if one is None else one for one in given], dtype=np.float64)


def _of_gamma(history: Sequence[Mapping[str, Any]], epochs: FloatArray) -> Panel:
    if history[0].get("centre") is not None:
        return _tried(history, epochs, "gamma", "centre", "gamma")
    line = _steps(epochs, _numbers(history, "gamma"))
    return Panel("gamma", "of each epoch", [(line, "accent", "")], 0.0)


def _tried(
    history: Sequence[Mapping[str, Any]], epochs: FloatArray, name: str, centre: str, title: str
) -> Panel:
    """Show what each epoch was trained with, pale, and what it was tried around."""
    lines = [
        (_steps(epochs, _numbers(history, name)), "muted", ""),
        (_steps(epochs, _numbers(history, centre)), "accent", ""),
    ]
    return Panel(title, "strong: the centre; pale: tried in each epoch, a step below it or above", lines, 0.0)


def _of_bins(history: Sequence[Mapping[str, Any]], epochs: FloatArray) -> Panel:
    gammas = np.array([one["gamma"] for one in history], dtype=np.float64)
    last = gammas.shape[1] - 1
    names = {0: "least confident", last: "most confident"} if last else {}
    lines = []
    for k, of_bin in enumerate(gammas.T):
        shade = 1 + round(k * (_SHADES - 1) / max(last, 1))
        lines.append((_steps(epochs, of_bin), f"gamma gamma-{shade}", names.get(k, "")))
    remark = f"a line for each of {last + 1:,} bins of confidence, the darker the more confident"
    if gammas.min() < 0.0:
        remark += "; below 0, inverse focal loss"
    return Panel("gamma", remark, lines, 0.0)


def _steps(epochs: FloatArray, values: FloatArray) -> Line:
    """Return the line that holds each epoch's value from its beginning to its end."""
    return Line(np.stack([epochs, epochs + 1.0], axis=1).ravel(), np.repeat(values, 2))
