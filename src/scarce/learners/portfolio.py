"""The learners that a trial may name, and those among which it chooses its control."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from scarce.errors import ScarceError
from scarce.learners.lightgbm import LightGBM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scarce.learners.base import Learner

LEARNERS: dict[str, Callable[[int], Learner]] = {
    "lightgbm": lambda rounds: LightGBM(most_rounds=rounds),
    "lightgbm:small": lambda rounds: LightGBM(
        "lightgbm:small", "boosted trees of 7 leaves", leaves=7, l2=1.0, least_rows=5, most_rounds=rounds
    ),
}
"""By name; each is made for at most so many rounds."""

PORTFOLIO = ("lightgbm:small", "lightgbm")
"""What the control is chosen from unless learners are named: simplest first."""


def learners(names: Sequence[str], most_rounds: int) -> tuple[Learner, ...]:
    """Return the learners named, or the portfolio, each once.

    Raises
    ------
    ScarceError
        E305 for a name that there is not; E701 where its engine is not installed.
    """
    return tuple(_learner(name, most_rounds) for name in dict.fromkeys(names or PORTFOLIO))


def _learner(name: str, most_rounds: int) -> Learner:
    if name not in LEARNERS:
        near = difflib.get_close_matches(name, LEARNERS, n=1)
        suggestion = f"did you mean {near[0]!r}?" if near else f"the learners are {', '.join(LEARNERS)}"
        raise ScarceError("E305", learner=name, suggestion=suggestion)
    return LEARNERS[name](most_rounds)
