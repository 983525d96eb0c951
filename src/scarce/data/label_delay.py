"""Labels that arrive late: how long that takes, in the unit of a time column."""

from __future__ import annotations

import re

import numpy as np

from scarce.errors import ScarceError
from scarce.number_grammar import number

_MICROSECONDS = {"h": 3_600e6, "d": 86_400e6, "w": 604_800e6}
_UNITS = re.compile(r"\s*(\S*?)\s*([hdw]?)\s*", re.IGNORECASE)


def delay_of(value: object, dates: bool) -> float:
    """Return a delay in the unit in which a time column counts, dates in microseconds.

    Parameters
    ----------
    value : str or number
        Such as ``"60d"``, ``"12h"`` or ``"2w"`` for dates, and ``"86400"`` or ``86400`` for numbers.
    dates : bool
        Whether the column holds dates.

    Raises
    ------
    ScarceError
        E372 for anything else.

    Examples
    --------
    >>> delay_of("2w", dates=True) / 86_400e6, delay_of("30", dates=False)
    (14.0, 30.0)
    """
    text = "" if isinstance(value, bool) else str(value)
    found = _UNITS.fullmatch(text)
    amount = None if found is None else number(found[1])
    if found is None or amount is None or not 0.0 < amount < np.inf:
        raise ScarceError("E372", value=value, reason="it is no length of time above 0")
    unit = found[2].lower()
    if dates and not unit:
        raise ScarceError("E372", value=value, reason="the times are dates, so it needs a unit")
    if unit and not dates:
        raise ScarceError("E372", value=value, reason="the times are numbers, whose unit is not known")
    return amount * _MICROSECONDS.get(unit, 1.0)
