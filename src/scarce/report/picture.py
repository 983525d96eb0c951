"""What a drawn figure is on the page, and the ratios that small ones are about."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scarce.report.figures.frame import NARROW, WIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from markupsafe import Markup


@dataclass(frozen=True)
class Picture:
    """One figure at the width of the page and at that of a phone."""

    wide: Markup
    narrow: Markup

    @classmethod
    def drawn(cls, draw: Callable[[float, str], Markup], uid: str) -> Picture:
        """Draw a figure at both widths."""
        return cls(draw(WIDE, f"{uid}-wide"), draw(NARROW, f"{uid}-narrow"))


@dataclass(frozen=True)
class Panel:
    """A small figure with its name and what to see in it."""

    name: str
    says: str
    picture: Markup


@dataclass(frozen=True)
class StageRatios:
    """Mean probability over the share of positives: as read, recovered and calibrated. 1 is right."""

    raw: float
    recovered: float
    calibrated: float

    @property
    def read(self) -> bool:
        """Whether the output can be read as a probability at all; a plain score cannot."""
        return not math.isnan(self.raw)
