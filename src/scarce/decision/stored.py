"""Read the values of a stored rule or calibration: the file may be damaged or hostile."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Mapping


def stored_mapping(stored: Mapping[str, object], key: str, what: str = "rule") -> Mapping[str, object]:
    """Return a stored JSON object.

    Parameters
    ----------
    stored : mapping
    key : str
    what : str
        What is being read, for the error.

    Returns
    -------
    mapping

    Raises
    ------
    ScarceError
        E256 if it is missing or something else.
    """
    value = stored.get(key)
    if not isinstance(value, dict):
        raise _refusal(what, key, value)
    return {str(name): item for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def stored_number(stored: Mapping[str, object], key: str, what: str = "rule") -> float:
    """Return a stored finite number.

    Parameters
    ----------
    stored : mapping
    key : str
    what : str
        What is being read, for the error.

    Returns
    -------
    float

    Raises
    ------
    ScarceError
        E256 if it is missing, not a number, or not finite.
    """
    value = stored.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _refusal(what, key, value)
    return float(value)


def stored_numbers(stored: Mapping[str, object], key: str, what: str = "rule") -> list[float]:
    """Return a stored list of finite numbers.

    Parameters
    ----------
    stored : mapping
    key : str
    what : str
        What is being read, for the error.

    Returns
    -------
    list of float

    Raises
    ------
    ScarceError
        E256 if it is missing or holds anything else.
    """
    values = stored.get(key)
    if not isinstance(values, list):
        raise _refusal(what, key, values)
    items: list[object] = list(values)  # pyright: ignore[reportUnknownArgumentType]
    return [stored_number({key: item}, key, what) for item in items]


def stored_count(stored: Mapping[str, object], key: str, what: str = "rule") -> int:
    """Return a stored whole number of at least 0.

    Parameters
    ----------
    stored : mapping
    key : str
    what : str
        What is being read, for the error.

    Returns
    -------
    int

    Raises
    ------
    ScarceError
        E256 if it is missing or anything else.
    """
    value = stored.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _refusal(what, key, value)
    return value


def stored_text(stored: Mapping[str, object], key: str, what: str = "rule") -> str:
    """Return a stored text.

    Parameters
    ----------
    stored : mapping
    key : str
    what : str
        What is being read, for the error.

    Returns
    -------
    str

    Raises
    ------
    ScarceError
        E256 if it is missing or something else.
    """
    value = stored.get(key)
    if not isinstance(value, str):
        raise _refusal(what, key, value)
    return value


def optional_text(stored: Mapping[str, object], key: str, what: str = "rule") -> str:
    """Return a stored text, empty where there is none.

    Parameters
    ----------
    stored : mapping
    key : str
    what : str
        What is being read, for the error.

    Returns
    -------
    str

    Raises
    ------
    ScarceError
        E256 if it is something else.
    """
    return stored_text(stored, key, what) if key in stored else ""


def stored_words(**words: str) -> dict[str, object]:
    """Return the texts to store: an empty one is left out.

    Parameters
    ----------
    **words : str

    Returns
    -------
    dict

    Examples
    --------
    >>> stored_words(note="as asked", words="")
    {'note': 'as asked'}
    """
    return {name: text for name, text in words.items() if text}


def _refusal(what: str, key: str, value: object) -> ScarceError:
    return ScarceError("E256", what=what, reason=f"{key} is {value!r}")
