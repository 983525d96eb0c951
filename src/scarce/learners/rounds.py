"""The rounds of boosting at which one may stop."""

from __future__ import annotations

import math

_FIRST, _GROWTH = 10, 1.15


def rounds_up_to(most: int) -> tuple[float, ...]:
    """Return numbers of rounds from 10 on, each about a seventh more than the one before, up to `most`.

    The log-loss is flat about its least value: what lies between two of them is lost on no one.

    Examples
    --------
    >>> rounds_up_to(20)
    (10.0, 12.0, 14.0, 16.0, 18.0, 20.0)
    """
    found = [min(_FIRST, most)]
    while found[-1] < most:
        found.append(min(most, max(found[-1] + 1, round(found[-1] * _GROWTH))))
    return tuple(float(rounds) for rounds in found)


def grown_rounds(rounds: float, most: int) -> float:
    """Return rounds that were scaled to more rows as a whole number, no more than the path has.

    Examples
    --------
    >>> grown_rounds(12.5, 400), grown_rounds(500.0, 400)
    (13.0, 400.0)
    """
    return float(max(1, min(most, math.ceil(rounds))))
