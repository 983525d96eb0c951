"""What a model file says of its training: facts for people, of which a few are asked for by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scarce.errors.refusal import require

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING = type(None)
_KINDS: dict[type, str] = {dict: "an object", int: "a whole number", str: "a text"}
_FACTS: dict[str, tuple[type, ...]] = {
    "data": (dict,),
    "rows": (int,),
    "positives": (int,),
    "arm": (str,),
    "verdict": (str,),
    "config": (dict,),
    "versions": (dict,),
}
_FACTS_OF_DATA: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "sha256": (str,),
    "target": (str,),
    "weight": (str, _NOTHING),
    "time": (str,),
    "entity": (str,),
}


def check_card(card: Mapping[str, Any]) -> None:
    """Refuse a card whose known facts are of another kind than those who ask for them rely on.

    Parameters
    ----------
    card : mapping
        Any of ``data`` (with ``name``, ``sha256``, ``target``, ``weight``, ``time``, ``entity``), ``rows``,
        ``positives``, ``arm``, ``verdict``, ``config`` and ``versions``; what else it holds may be anything.

    Raises
    ------
    RefusalError
        Naming the fact.

    Examples
    --------
    >>> check_card({"rows": 12, "remark": ["anything"]})
    >>> check_card({"data": {"target": ["a", "b"]}})  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    scarce.errors.refusal.RefusalError: in its card data.target is not a text
    """
    _check(card, _FACTS, "")
    _check(card.get("data", {}), _FACTS_OF_DATA, "data.")


def _check(facts: Mapping[str, Any], known: Mapping[str, tuple[type, ...]], where: str) -> None:
    for name, kinds in known.items():
        fits = name not in facts or type(facts[name]) in kinds
        require(fits, f"in its card {where}{name} is not {_KINDS[kinds[0]]}")
