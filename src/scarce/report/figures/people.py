"""What the decisions do to so many rows, a dot for each: caught, missed and alarmed for nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

from scarce.report.figures.frame import is_narrow
from scarce.report.svg import Canvas

if TYPE_CHECKING:
    from markupsafe import Markup

_PITCH = 15.0  # from dot to dot
_RADIUS = 5.0
_MOST_DOTS = 150
_TO_COUNT = 10  # positives, at least, in as many rows as are spoken of


@dataclass(frozen=True)
class People:
    """The cells of the confusion matrix in so many rows, in whole numbers.

    Attributes
    ----------
    rows : int
        A power of ten, from 10,000 on, in which some positives are expected.
    caught, missed, alarms : int
        Positives that are flagged, positives that are not, and negatives that are flagged.
    """

    rows: int
    caught: int
    missed: int
    alarms: int

    @classmethod
    def of(cls, prevalence: float, recall: float, flagged: float) -> People:
        """Speak of as many rows as have some positives, given shares of the rows and of the positives."""
        rows = 10_000
        while rows * prevalence < _TO_COUNT and rows < 10**9:
            rows *= 10
        positives, caught = round(rows * prevalence), round(rows * prevalence * recall)
        return cls(rows, caught, positives - caught, max(round(rows * flagged) - caught, 0))

    def words(self, positive: str) -> str:
        """Return the same in a sentence.

        Examples
        --------
        >>> print(People.of(0.002, 0.75, 0.004).words("fraud"))
        Of 10,000 rows about 20 are positive ('fraud'): 15 are caught and 5 missed, for 25 false alarms.
        """
        return (
            f"Of {self.rows:,} rows about {self.caught + self.missed:,} are positive ('{positive}'): "
            f"{self.caught:,} are caught and {self.missed:,} missed, for {self.alarms:,} false alarms."
        )


def people(seen: People, width: float, uid: str) -> Markup:
    """Draw a dot for each row that is flagged or should be.

    Parameters
    ----------
    seen : People
    width : float
        `WIDE` or `NARROW`.
    uid : str
        Unique on the page.

    Returns
    -------
    Markup
        Where there are too many, a dot stands for several rows, and the picture says for how many.
    """
    groups = (
        ("caught", seen.caught, "right"),
        ("missed", seen.missed, "missed"),
        ("false alarms", seen.alarms, "wrong"),
    )
    each = _rows_a_dot(sum(count for _, count, _ in groups))
    left = 0.0 if is_narrow(width) else 132.0
    across = int((width - left) // _PITCH)
    dots = [_dots(count, each) for _, count, _ in groups]
    label = 20.0 if is_narrow(width) else 0.0
    heights = [label + max(1, math.ceil(n / across)) * _PITCH + 8.0 for n in dots]
    note = each > 1
    canvas = Canvas(width, sum(heights) + (16 if note else 0), uid, "What the decisions do", _describe(seen))
    top = 0.0
    for (name, count, style), n, height in zip(groups, dots, heights, strict=True):
        canvas.text(0, top + 12, f"{count:,} {name}", f"label strong {style}-name")
        for index in range(n):
            x = left + _RADIUS + 1 + _PITCH * (index % across)
            canvas.circle(x, top + label + 8 + _PITCH * (index // across), _RADIUS, f"{style}-person")
        top += height
    if note:
        canvas.text(left, top + 8, f"a dot is {each:,} rows", "tick")
    return canvas.render()


def _rows_a_dot(total: int) -> int:
    """Return the least of 1, 2, 5, 10, 20, ... for which the dots are not too many."""
    each = 1
    for step in cycle((2, 2.5, 2)):
        if total <= _MOST_DOTS * each:
            break
        each = round(each * step)
    return each


def _dots(count: int, each: int) -> int:
    return max(round(count / each), int(count > 0))


def _describe(seen: People) -> str:
    return (
        f"Of {seen.rows:,} rows {seen.caught:,} are caught, {seen.missed:,} missed and {seen.alarms:,} are "
        "false alarms."
    )
