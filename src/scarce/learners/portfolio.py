"""The learners that a trial may name, and those among which it chooses its control."""

from __future__ import annotations

import difflib
from importlib.util import find_spec
from typing import TYPE_CHECKING

from scarce.errors import ScarceError
from scarce.learners.catboost import CatBoost
from scarce.learners.forest import Forest
from scarce.learners.lightgbm import LightGBM
from scarce.learners.xgboost import XGBoost

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scarce.learners.base import Learner

LEARNERS: dict[str, Callable[[int], Learner]] = {
    "forest": lambda _: Forest(),
    "forest:random": lambda _: Forest("random"),
    "lightgbm": lambda rounds: LightGBM(most_rounds=rounds),
    "xgboost": lambda rounds: XGBoost(most_rounds=rounds),
    "catboost": lambda rounds: CatBoost(most_rounds=rounds),
}
"""By name; a booster is made for at most so many rounds."""

PORTFOLIO = ("forest", "lightgbm", "catboost")
"""What the control is chosen from unless learners are named; CatBoost where it is installed."""


def learners(names: Sequence[str], most_rounds: int) -> tuple[Learner, ...]:
    """Return the learners named, or the portfolio, each once.

    Parameters
    ----------
    names : sequence of str
        Of `LEARNERS`; empty for the portfolio.
    most_rounds : int
        Of boosting.

    Raises
    ------
    ScarceError
        E305 for a name that there is not; E701 where its engine is not installed.

    Examples
    --------
    >>> [learner.name for learner in learners(["lightgbm", "forest", "lightgbm"], 100)]
    ['lightgbm', 'forest']
    """
    installed = [name for name in PORTFOLIO if name != "catboost" or find_spec("catboost")]
    return tuple(_learner(name, most_rounds) for name in dict.fromkeys(names or installed))


def _learner(name: str, most_rounds: int) -> Learner:
    if name not in LEARNERS:
        near = difflib.get_close_matches(name, LEARNERS, n=1)
        suggestion = f"did you mean {near[0]!r}?" if near else f"the learners are {', '.join(LEARNERS)}"
        raise ScarceError("E305", learner=name, suggestion=suggestion)
    return LEARNERS[name](most_rounds)
