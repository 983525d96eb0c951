"""The arguments of a trial from Python, checked where they come in and brought into one form."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable


def column(name: str, value: Any) -> str | None:
    """Return the name of a column as text; a dataframe may name its columns by whole numbers.

    Raises
    ------
    ScarceError
        E230 for anything that is no name.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(value)
    raise ScarceError(
        "E230",
        name=name,
        value=f"of type {type(value).__name__}",
        reason="it is no name of a column",
        suggestion=f"name a column of the data: {name}='...'",
    )


def columns(name: str, values: Any) -> tuple[str, ...]:
    """Return names of columns; one alone may stand without a list."""
    return tuple(str(column(name, value)) for value in several(name, values))


def several(name: str, values: Any) -> tuple[Any, ...]:
    """Return what stands in a list; a text or an object alone is a list of one, and None of none.

    Raises
    ------
    ScarceError
        E230 for a dict and a set, whose order would decide.
    """
    if values is None:
        return ()
    if isinstance(values, dict | set | frozenset):
        raise ScarceError(
            "E230",
            name=name,
            value=f"of type {type(values).__name__}",
            reason="its entries have no order",
            suggestion=f"write a list: {name}=[...]",
        )
    if isinstance(values, list | tuple) or hasattr(values, "__array__"):  # a forest can be iterated over too
        return tuple(values)
    return (values,)


def label(value: Any) -> str | None:
    """Return the positive label as a file would hold it."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)


def whole(name: str, value: Any) -> int:
    """Return a whole number.

    Raises
    ------
    ScarceError
        E301 for anything else.
    """
    return _number(name, value, index, "a whole number")


def jobs(value: Any) -> int:
    """Return how many fits may run at a time; 0 is one for each core.

    Raises
    ------
    ScarceError
        E301 for anything else, -1 too, which other libraries take for all cores.
    """
    number = whole("jobs", value)
    if number < 0:
        raise ScarceError("E301", option="jobs", value=number, allowed="0, one for each core, or more")
    return number


def share(name: str, value: Any) -> float | None:
    """Return a number, or None as it is.

    Raises
    ------
    ScarceError
        E301 for anything else.
    """
    return None if value is None else _number(name, value, float, "a number between 0 and 1")


def _number(name: str, value: Any, read: Callable[[Any], Any], allowed: str) -> Any:
    try:
        if isinstance(value, str | bool):
            raise TypeError
        return read(value)
    except (TypeError, ValueError):
        raise ScarceError("E301", option=name, value=repr(value), allowed=allowed) from None
