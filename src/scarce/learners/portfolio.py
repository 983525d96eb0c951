"""The learners that a trial may name, and those among which it chooses its control."""

from __future__ import annotations

import difflib
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from scarce.errors import ScarceError
from scarce.learners.catboost import CatBoost
from scarce.learners.forest import Forest
from scarce.learners.lightgbm import LightGBM
from scarce.learners.linear import Linear
from scarce.learners.outside import Outside
from scarce.learners.xgboost import XGBoost
from scarce.losses.settings_text import brief

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scarce.learners.base import Learner

LEARNERS: dict[str, Callable[[int, int], Learner]] = {
    "linear": lambda *_: Linear(),
    "linear:splines": lambda *_: Linear(splines=True),
    "forest": lambda *_: Forest(),
    "forest:leaf5": lambda *_: Forest(least_rows=5),
    "forest:leaf20": lambda *_: Forest(least_rows=20),
    "forest:random": lambda *_: Forest("random"),
    "forest:random:leaf5": lambda *_: Forest("random", least_rows=5),
    "forest:random:leaf20": lambda *_: Forest("random", least_rows=20),
    "lightgbm": LightGBM.for_rows,
    "lightgbm:small": lambda *table: _varied(LightGBM.for_rows(*table), "small", leaves=7, least_rows=5),
    "lightgbm:large": lambda *table: _varied(LightGBM.for_rows(*table), "large", leaves=63, least_rows=5),
    "lightgbm:loose": lambda *table: _varied(LightGBM.for_rows(*table), "loose"),
    "xgboost": lambda _, rounds: XGBoost(most_rounds=rounds),
    "xgboost:small": lambda _, rounds: _varied(XGBoost(most_rounds=rounds), "small", depth=3),
    "xgboost:large": lambda _, rounds: _varied(XGBoost(most_rounds=rounds), "large", depth=9),
    "xgboost:loose": lambda _, rounds: _varied(XGBoost(most_rounds=rounds), "loose"),
    "catboost": lambda _, rounds: CatBoost(most_rounds=rounds),
    "catboost:small": lambda _, rounds: _varied(CatBoost(most_rounds=rounds), "small", depth=4),
    "catboost:large": lambda _, rounds: _varied(CatBoost(most_rounds=rounds), "large", depth=8),
    "catboost:loose": lambda _, rounds: _varied(CatBoost(most_rounds=rounds), "loose"),
}
"""By name, made for a table of so many rows and at most so many rounds of boosting."""

FAMILIES = (
    ("forest", "forest:leaf5", "forest:leaf20"),
    ("forest:random", "forest:random:leaf5", "forest:random:leaf20"),
    ("lightgbm", "lightgbm:small", "lightgbm:large", "lightgbm:loose"),
    ("xgboost", "xgboost:small", "xgboost:large", "xgboost:loose"),
    ("catboost", "catboost:small", "catboost:large", "catboost:loose"),
)
"""Learners that are one learner in several settings, the usual ones first.

A linear model is in none: its fits go along a whole path of penalties.
"""

AS_MANY = 4
"""Plain learners take about the fits in which a loss chooses one number."""

_APART = "name them apart: learners=[('first', a), ('second', b)]"

PORTFOLIO = ("linear", "forest", "lightgbm", "catboost")
"""What the control is chosen from unless learners are named; CatBoost where it is installed.

Splines are not among them: on 26 tables they took more from the ranking than they gave to the log-loss.
"""


def learners(named: Sequence[Any], n_rows: int, most_rounds: int) -> tuple[Learner, ...]:
    """Return the learners named, or the portfolio, each once.

    Parameters
    ----------
    named : sequence of str, estimator or (str, estimator)
        Names of `LEARNERS`, and scikit-learn classifiers or pipelines; empty for the portfolio.
    n_rows : int
        Of the table.
    most_rounds : int
        Of boosting.

    Raises
    ------
    ScarceError
        E305 for a name that there is not, or that two learners have, and a pair that is none; E320 for an
        object that is no classifier; E701 where an engine is not installed.

    Examples
    --------
    >>> [learner.name for learner in learners(["lightgbm", "forest", "lightgbm"], 1_000, 100)]
    ['lightgbm', 'forest']
    """
    named = list(named) or [name for name in PORTFOLIO if name != "catboost" or _is_there("catboost")]
    found = [
        _learner(one, n_rows, most_rounds) for place, one in enumerate(named) if one not in named[:place]
    ]
    names = [learner.name for learner in found]
    for name in names:
        if names.count(name) > 1:
            raise ScarceError("E305", learner=name, reason="two have that name", suggestion=_APART)
    return tuple(found)


def with_other_settings(few: Sequence[Learner], n_rows: int, most_rounds: int) -> tuple[Learner, ...]:
    """Return fewer than four learners with those of the same families behind them, four or more as they are.

    Parameters
    ----------
    few : sequence of Learner
    n_rows, most_rounds : int
        As in `learners`.

    Examples
    --------
    >>> named = learners(["linear", "lightgbm"], 1_000, 100)
    >>> [one.name for one in with_other_settings(named, 1_000, 100)]
    ['linear', 'lightgbm', 'lightgbm:small', 'lightgbm:large', 'lightgbm:loose']
    """
    if len(few) >= AS_MANY:
        return tuple(few)
    known = [one.name for one in few if not isinstance(one, Outside)]
    others = [name for family in FAMILIES if not {*family}.isdisjoint(known) for name in family]
    taken = {one.name for one in few}
    return (*few, *(LEARNERS[name](n_rows, most_rounds) for name in others if name not in taken))


def _varied(usual: LightGBM | XGBoost | CatBoost, word: str, **settings: Any) -> Learner:
    """Return a booster in other settings; a tenth of the penalty where none is named."""
    settings = settings or {"l2": usual.l2 / 10.0}
    said = ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in settings.items())
    return replace(usual, name=f"{usual.name}:{word}", summary=f"{usual.summary}, but {said}", **settings)


def _is_there(package: str) -> bool:
    """Whether a package can be imported, with all that it needs itself."""
    try:
        import_module(package)
    except ModuleNotFoundError:
        return False
    return True


def _learner(name: Any, n_rows: int, most_rounds: int) -> Learner:
    if isinstance(name, tuple):
        if len(name) != 2 or not isinstance(name[0], str) or not name[0].strip():
            reason = "it is no pair of a name and a classifier"
            raise ScarceError("E305", learner=brief(name), reason=reason, suggestion=_APART)
        return Outside(name[1], name[0])
    if not isinstance(name, str):
        return Outside(name)
    if name not in LEARNERS:
        near = difflib.get_close_matches(name, LEARNERS, n=1)
        suggestion = f"did you mean {near[0]!r}?" if near else f"the learners are {', '.join(LEARNERS)}"
        raise ScarceError("E305", learner=name, reason="there is none", suggestion=suggestion)
    return LEARNERS[name](n_rows, most_rounds)


def name_of(learner: Any) -> str:
    """Return what a learner is called that was named, or given as an object."""
    if isinstance(learner, tuple):
        return learner[0]
    return learner if isinstance(learner, str) else Outside(learner).name
