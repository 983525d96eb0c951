"""The samplings by the names that ``--methods`` takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from scarce.errors import ScarceError
from scarce.number_grammar import number, whole_number
from scarce.resampling.bagging import BalancedBagging
from scarce.resampling.by_label import OverSampler, UnderSampler
from scarce.resampling.imbalanced_learn import SAMPLERS, ImbalancedLearn

if TYPE_CHECKING:
    from scarce.learners.base import Sampling

UNDERSAMPLE, OVERSAMPLE, BALANCED_BAGGING = "undersample", "oversample", "balanced_bagging"
NAMES = (UNDERSAMPLE, OVERSAMPLE, BALANCED_BAGGING, *SAMPLERS)
"""Every sampling; those of imbalanced-learn need the extra ``scarce[samplers]``."""

_MOST_BAGS = 100


def parse(text: str) -> Sampling:
    """Return the sampling that a command line spells, such as ``undersample:ratio=10``.

    Parameters
    ----------
    text : str
        A name of `NAMES`, and after a colon its parameters.

    Raises
    ------
    ScarceError
        E302 for a bad undersampling, E323 for any other that cannot be read, E701 for one of imbalanced-learn
        where that is not installed.

    Examples
    --------
    >>> parse("oversample"), parse("balanced_bagging:n=5")
    (OverSampler(ratio=1.0), BalancedBagging(n=5))
    """
    name, colon, rest = (part.strip() for part in text.partition(":"))
    settings = _settings(text, rest) if colon else {}
    if name == UNDERSAMPLE:
        return _undersample(text, settings or {"ratio": "10"})
    if name == OVERSAMPLE:
        ratio = _ratio(_only(text, settings, "ratio", "1"))
        if ratio is None:
            suggestion = "write oversample:ratio=1, the negatives left for each positive"
            raise ScarceError(
                "E323", method=text, reason="its ratio is no number above 0", suggestion=suggestion
            )
        return OverSampler(ratio)
    if name == BALANCED_BAGGING:
        n = whole_number(_only(text, settings, "n", "10"))
        if n is None or not 2 <= n <= _MOST_BAGS:
            suggestion = f"write balanced_bagging:n=10, a whole number from 2 to {_MOST_BAGS}"
            raise ScarceError("E323", method=text, reason="its n is not one", suggestion=suggestion)
        return BalancedBagging(n)
    return ImbalancedLearn.named(name, {key: _value(text, key, word) for key, word in settings.items()})


def _settings(text: str, rest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for assignment in rest.split(","):
        key, equals, value = (part.strip() for part in assignment.partition("="))
        if not (key and equals and value) or key in found:
            reason = f"{key!r} is given twice" if key in found else f"{assignment!r} is not name=value"
            raise _unread(text, reason)
        found[key] = value
    return found


def _undersample(text: str, settings: dict[str, str]) -> UnderSampler:
    (key, word), *more = settings.items()
    value = _ratio(word)
    if more or value is None or key not in ("ratio", "rate") or (key == "rate" and value > 1.0):
        raise ScarceError("E302", method=text)
    return UnderSampler(**{key: value})


def _only(text: str, settings: dict[str, str], name: str, default: str) -> str:
    """Return the one parameter there is, as it was written."""
    unknown = [key for key in settings if key != name]
    if unknown:
        raise ScarceError(
            "E323", method=text, reason=f"there is no {unknown[0]!r} in it", suggestion=f"it has {name}"
        )
    return settings.get(name, default)


def _ratio(word: str) -> float | None:
    value = number(word)
    return value if value is not None and 0.0 < value < math.inf else None


def _value(text: str, key: str, word: str) -> Any:
    """Return a number where it is one, else the word."""
    if key == "ratio":
        ratio = _ratio(word)
        if ratio is None:
            raise _unread(text, "its ratio is no number above 0")
        return ratio
    whole = whole_number(word)
    value = number(word) if whole is None else whole
    return word if value is None else value


def _unread(text: str, reason: str) -> ScarceError:
    return ScarceError("E323", method=text, reason=reason, suggestion="write it as undersample:ratio=10 is")
