"""Checks of parameters: each refuses with the value it was given and what is allowed."""

from __future__ import annotations

import contextlib
import math
import operator
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from scarce.errors import ScarceError
from scarce.losses.settings_text import brief

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray


AUTO = "auto"
"""How a number is written that is still to be chosen."""

CAN_BE_OPEN = ("gamma", "tau", "epsilon", "alpha", "class_weight")
"""The numbers that can be chosen."""


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


def setting(default: Any, domain: Callable[[str, Any], Any]) -> Any:
    """Return the field of a setting that is checked when it is given; its class says what it means."""
    return field(default=default, metadata={"domain": domain})


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


@dataclass(frozen=True)
class Domain:
    """A set of finite numbers; called with a parameter's name and value it checks it.

    ``holds`` compares with operators that arrays have too, so that JAX can ask it of a traced parameter.
    """

    allowed: str
    holds: Callable[[Any], Any]

    def __call__(self, name: str, value: object) -> float:
        """Return the value as a float; E501 outside the domain, E562 for a gradient, E913 if it is open."""
        refuse_gradient(name, value)
        refuse_open(name, value)
        if isinstance(value, bool) or not hasattr(value, "__float__"):
            raise ScarceError("E501", parameter=name, value=brief(value), allowed=self.allowed)
        number = float(value)  # pyright: ignore[reportArgumentType]
        if not (math.isfinite(number) and self.holds(number)):
            raise ScarceError("E501", parameter=name, value=f"{number:g}", allowed=self.allowed)
        return number


at_least_zero = Domain("a finite number, at least 0", lambda x: x >= 0.0)
above_zero = Domain("a finite number above 0", lambda x: x > 0.0)
above_minus_one = Domain("a finite number above -1", lambda x: x > -1.0)
above_zero_up_to_one = Domain("a number above 0 and at most 1", lambda x: (x > 0.0) & (x <= 1.0))
from_zero_below_one = Domain("a number from 0 up to but not including 1", lambda x: (x >= 0.0) & (x < 1.0))
from_zero_to_one = Domain("a number from 0 to 1", lambda x: (x >= 0.0) & (x <= 1.0))
finite = Domain("a finite number", lambda x: abs(x) < math.inf)


def each_at_least_zero(name: str, values: Iterable[float] | None) -> tuple[float, ...] | None:
    """Return the values as floats if each is finite and not negative; None where there are none."""
    return None if values is None else tuple(at_least_zero(name, value) for value in values)


def whole(name: str, value: int, *, least: int | None = None) -> int:
    """Return the value as an int if it is a whole number, at least so large."""
    number = None
    with contextlib.suppress(TypeError):
        number = None if isinstance(value, bool) else operator.index(value)
    if number is None or (least is not None and number < least):
        allowed = "a whole number" if least is None else f"a whole number, at least {least}"
        raise ScarceError("E501", parameter=name, value=brief(value), allowed=allowed)
    return number


def choice(*allowed: object) -> Callable[[str, Any], Any]:
    """Return the domain of a parameter that is one of some words."""
    words = ", ".join(map(repr, allowed[:-1])) + f" or {allowed[-1]!r}"
    if len(allowed) > 3:
        words = "one of " + ", ".join(map(str, allowed))

    def checked(name: str, value: Any) -> Any:
        if value not in allowed:
            raise ScarceError("E501", parameter=name, value=repr(value), allowed=words)
        return value

    return checked


def optional(domain: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """Return a domain to which None belongs, too."""
    return lambda name, value: None if value is None else domain(name, value)


def labels(name: str, value: Any) -> tuple[Any, ...]:
    """Return a sequence of labels as a tuple."""
    if isinstance(value, str | int | float):
        raise ScarceError("E501", parameter=name, value=brief(value), allowed="a sequence of labels")
    return tuple(value)


def check_background(background: int, n_classes: int) -> None:
    """Refuse a background that is not one of the classes."""
    if background not in range(n_classes):
        allowed = f"one of the classes 0 to {n_classes - 1}"
        raise ScarceError("E501", parameter="background", value=background, allowed=allowed)


def first_bad(values: NDArray[Any], good: NDArray[np.bool_]) -> dict[str, str]:
    """Return the place of the first value that is not good, and the value, in words; nothing if all are."""
    if good.all():
        return {}
    place = np.argwhere(~good)[0]
    value = values[tuple(place)]
    return {
        "place": ",".join(map(str, place)),
        "value": f"{value:g}" if values.dtype.kind == "f" else str(value),
    }


def refuse_gradient(name: str, value: object) -> None:
    """Refuse a setting that wants a gradient, as PyTorch's parameters do, which would be lost: E562."""
    if getattr(value, "requires_grad", False):
        raise ScarceError("E562", name=name)


def refuse_open(name: str, value: object) -> None:
    """Refuse a number that is still to be chosen, where a loss needs it: E913."""
    if isinstance(value, str) and value == AUTO and name in CAN_BE_OPEN:
        raise ScarceError("E913", name=name)


def refuse_setting(name: str, value: object, reason: str, suggestion: str) -> NoReturn:
    """Refuse a setting that would do nothing: E529."""
    raise ScarceError("E529", name=name, value=brief(value), reason=reason, suggestion=suggestion)
