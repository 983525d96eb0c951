"""What an interval says of an arm, and how many positives would say more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from scarce.evaluation.comparison import Interval

Outcome: TypeAlias = Literal["better", "worse", "equivalent", "undecided"]

ENOUGH_TO_BE_EQUIVALENT = 10
"""Positives whose decisions differ: with fewer an interval says more of chance than of the arms."""


def outcome_of(
    interval: Interval,
    margin: float,
    *,
    lower_is_better: bool,
    differing: int,
    same_outputs: bool = False,
) -> Outcome:
    """Return what an interval says of an arm.

    Parameters
    ----------
    interval : Interval
    margin : float
        The difference that would matter.
    lower_is_better : bool
        True for costs and losses.
    differing : int
        Positives on which the arm decides otherwise than the control.
    same_outputs : bool
        Whether the arm says of every row what the control says.

    Returns
    -------
    {"better", "worse", "equivalent", "undecided"}
        Equivalent where no difference as large as the margin is left, whether or not its sign is known; that
        takes `ENOUGH_TO_BE_EQUIVALENT` differing positives, or outputs that are the same. An arm with other
        outputs that decides every row as the control does is undecided: none of these rows tells them apart,
        and other rows may.

    Examples
    --------
    >>> from scarce.evaluation import Interval
    >>> interval = Interval(-3.0, -5.0, -1.0, 1.0, 2.0, 0.0)
    >>> outcome_of(interval, 2.0, lower_is_better=True, differing=40)
    'better'
    >>> outcome_of(interval, 10.0, lower_is_better=True, differing=40)
    'equivalent'
    >>> level = Interval(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    >>> outcome_of(level, 2.0, lower_is_better=True, differing=0)
    'undecided'
    >>> outcome_of(level, 2.0, lower_is_better=True, differing=0, same_outputs=True)
    'equivalent'
    """
    inside = -margin <= interval.low and interval.high <= margin
    if same_outputs or (inside and differing >= ENOUGH_TO_BE_EQUIVALENT):
        return "equivalent"
    if interval.low > 0.0:
        return "worse" if lower_is_better else "better"
    if interval.high < 0.0:
        return "better" if lower_is_better else "worse"
    return "undecided"


def positives_needed(interval: Interval, margin: float, positives: int) -> float:
    """Return how many positives would show a difference as large as the margin, with probability `POWER`.

    Parameters
    ----------
    interval : Interval
        Its width counts, and not where it lies: an observed difference says nothing of this.
    margin : float
    positives : int
        Behind the interval.

    Returns
    -------
    float
        NaN where the interval has no width.

    Notes
    -----
    The part of the variance that the rows give falls as one over their number, and with it what the training
    adds.

    Examples
    --------
    >>> from scarce.evaluation import Interval
    >>> positives_needed(Interval(-3.0, -5.0, -1.0, 1.0, 2.0, 0.0), 1.0, 100).__round__()
    807
    """
    if interval.error == 0.0 or not margin > 0.0:
        return math.nan
    return positives * (interval.visible / margin) ** 2
