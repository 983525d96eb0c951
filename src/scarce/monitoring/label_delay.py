"""How long a label takes, as people write it."""

from __future__ import annotations

import re

from scarce.errors import ScarceError
from scarce.number_grammar import number

_TEXT = re.compile(r"\s*(\S+?)\s*([smhdw]?)\s*")
_MICROSECONDS = {"s": 1e6, "m": 60e6, "h": 3_600e6, "d": 86_400e6, "w": 604_800e6}


def label_delay(text: str, *, dates: bool) -> float:
    """Return a delay in the units of a time column: microseconds for dates, else those of its numbers.

    Parameters
    ----------
    text : str
        Such as ``"60d"`` or, where times are numbers, ``"60"``.
    dates : bool
        Whether the column holds dates.

    Raises
    ------
    ScarceError
        E911 for anything else.

    Examples
    --------
    >>> label_delay("2d", dates=True) == 2 * 24 * label_delay("1h", dates=True), label_delay("7", dates=False)
    (True, 7.0)
    """
    match = _TEXT.fullmatch(text)
    value, unit = (None, "") if match is None else (number(match[1]), match[2])
    if value is None or not 0.0 <= value < float("inf"):
        raise ScarceError("E911", text=text, reason="it is no duration")
    if dates != bool(unit):
        reason = "the times are dates" if dates else "the times are numbers, without a unit"
        raise ScarceError("E911", text=text, reason=reason)
    return value * _MICROSECONDS.get(unit, 1.0)
