"""How long a trial may take, how that is written, and what of it is left."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scarce.errors import ScarceError
from scarce.number_grammar import number

if TYPE_CHECKING:
    from collections.abc import Callable

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def seconds_of(text: object) -> float:
    """Return the seconds that a budget is.

    Parameters
    ----------
    text : str or float
        Such as ``"90s"``, ``"30m"`` or ``"1.5h"``; a number is seconds.

    Raises
    ------
    ScarceError
        E381 for anything else, and for no time at all.

    Examples
    --------
    >>> seconds_of("1.5h"), seconds_of("30m"), seconds_of(90)
    (5400.0, 1800.0, 90.0)
    """
    words = str(text).strip()
    unit = words[-1:] if words[-1:] in _UNITS else ""
    value = None if isinstance(text, bool) else number(words.removesuffix(unit))
    if value is None or (isinstance(text, str) and not unit):
        raise ScarceError("E381", value=text, reason="it is no time")
    seconds = value * _UNITS[unit or "s"]
    if not 0.0 < seconds < float("inf"):
        raise ScarceError("E381", value=text, reason="it must be above 0 and finite")
    return seconds


def written(seconds: float) -> str:
    """Return a time as `seconds_of` reads it, in the largest unit that has no more than two decimals.

    Examples
    --------
    >>> written(1800.0), written(5400.0), written(100.0), written(0.125)
    ('30m', '1.5h', '100s', '0.125s')
    """
    for unit, length in _UNITS.items():
        value = seconds / length
        if value >= 1.0 and round(value, 2) == value:
            return f"{value:g}{unit}"
    return f"{seconds!r}s"


@dataclass(frozen=True)
class Deadline:
    """When a trial has to be done.

    Attributes
    ----------
    seconds : float
        All that it may take.
    began : float
        When it began, by the clock.
    clock : callable
        Tells the time in seconds.

    Examples
    --------
    >>> Deadline(60.0, 100.0, lambda: 140.0).left
    20.0
    """

    seconds: float
    began: float
    clock: Callable[[], float] = time.perf_counter

    @property
    def left(self) -> float:
        """The seconds that are left; below 0 once it has passed."""
        return self.seconds - (self.clock() - self.began)
