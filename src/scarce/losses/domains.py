"""Checks of parameters: each refuses with the value it was given and what is allowed."""

from __future__ import annotations

import contextlib
import math
import operator
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, NoReturn

from scarce.errors import ScarceError
from scarce.losses.spelling import brief

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def parameter(default: Any, domain: Callable[[str, Any], Any], meaning: str) -> Any:
    """Return the field of a parameter: checked when it is given, and explained wherever it can be given.

    Parameters
    ----------
    default : object
        Its default.
    domain : callable
        Takes the parameter's name and a value; returns the value, or raises E501.
    meaning : str
        What it means, in a line.
    """
    return field(default=default, metadata={"domain": domain, "meaning": meaning})


@dataclass(frozen=True)
class Checked:
    """A frozen dataclass whose fields, made by `parameter`, are held to their domains."""

    def __post_init__(self) -> None:
        for item in fields(self):
            if "domain" in item.metadata:
                value = item.metadata["domain"](item.name, getattr(self, item.name))
                object.__setattr__(self, item.name, value)


def meanings_of(given: Any) -> dict[str, str]:
    """Return what the parameters of a checked dataclass mean, by name."""
    return {item.name: item.metadata["meaning"] for item in fields(given) if "meaning" in item.metadata}


def at_least_zero(name: str, value: float) -> float:
    """Return the value as a float if it is finite and not negative."""
    return _checked(name, value, "a finite number, at least 0", lambda x: x >= 0.0)


def each_at_least_zero(name: str, values: Iterable[float] | None) -> tuple[float, ...] | None:
    """Return the values as floats if each is finite and not negative; None where there are none."""
    return None if values is None else tuple(at_least_zero(name, value) for value in values)


def above_zero(name: str, value: float) -> float:
    """Return the value as a float if it is finite and positive."""
    return _checked(name, value, "a finite number above 0", lambda x: x > 0.0)


def above_minus_one(name: str, value: float) -> float:
    """Return the value as a float if it is finite and above -1."""
    return _checked(name, value, "a finite number above -1", lambda x: x > -1.0)


def above_zero_up_to_one(name: str, value: float) -> float:
    """Return the value as a float if it lies in (0, 1]."""
    return _checked(name, value, "a number above 0 and at most 1", lambda x: 0.0 < x <= 1.0)


def from_zero_below_one(name: str, value: float) -> float:
    """Return the value as a float if it lies in [0, 1)."""
    return _checked(name, value, "a number from 0 up to but not including 1", lambda x: 0.0 <= x < 1.0)


def from_zero_to_one(name: str, value: float) -> float:
    """Return the value as a float if it lies in [0, 1]."""
    return _checked(name, value, "a number from 0 to 1", lambda x: 0.0 <= x <= 1.0)


def finite(name: str, value: float) -> float:
    """Return the value as a float if it is finite."""
    return _checked(name, value, "a finite number", lambda _: True)


def normalisation(name: str, value: str) -> str:
    """Return the value if it names a scale of class weights."""
    if value not in ("rows", "classes"):
        raise ScarceError("E501", parameter=name, value=repr(value), allowed="'rows' or 'classes'")
    return value


def whole(name: str, value: int, *, least: int | None = None) -> int:
    """Return the value as an int if it is a whole number, at least so large."""
    number = None
    with contextlib.suppress(TypeError):
        number = None if isinstance(value, bool) else operator.index(value)
    if number is None or (least is not None and number < least):
        allowed = "a whole number" if least is None else f"a whole number, at least {least}"
        raise ScarceError("E501", parameter=name, value=brief(value), allowed=allowed)
    return number


def refuse_gradient(name: str, value: object) -> None:
    """Refuse a setting that wants a gradient, such as PyTorch's parameters: it would be lost without a word.

    Raises
    ------
    ScarceError
        E562 if it does.
    """
    if getattr(value, "requires_grad", False):
        raise ScarceError("E562", name=name)


def refuse_setting(name: str, value: object, reason: str, suggestion: str) -> NoReturn:
    """Refuse a setting that would do nothing.

    Raises
    ------
    ScarceError
        E529, always.
    """
    raise ScarceError("E529", name=name, value=brief(value), reason=reason, suggestion=suggestion)


def _checked(name: str, value: object, allowed: str, holds: Callable[[float], bool]) -> float:
    refuse_gradient(name, value)
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise ScarceError("E501", parameter=name, value=brief(value), allowed=allowed)
    number = float(value)  # pyright: ignore[reportArgumentType]
    if not (math.isfinite(number) and holds(number)):
        raise ScarceError("E501", parameter=name, value=f"{number:g}", allowed=allowed)
    return number
