"""What the class of a modulation that is written elsewhere must say to be one, and a digest of it."""

from __future__ import annotations

import hashlib
import inspect
from contextlib import suppress
from dataclasses import Field
from typing import Any, NoReturn, cast

import numpy as np

from scarce.errors import ScarceError
from scarce.losses.formulas import point
from scarce.losses.namespace import NUMPY

POINT = ("xp", "lp", "lq", "p", "q")
"""What every formula takes before the parameters."""

NAMES = ("phi", "slope", "curvature", "log_a")


def is_ours(kind: Any) -> bool:
    """Return whether a class or a function belongs to this package."""
    return kind.__module__.partition(".")[0] == "scarce"


def check_name(kind: type[Any], taken: dict[str, type[Any]]) -> None:
    """Refuse a class with the name of a modulation of this package, for which it would be mistaken: E535."""
    if kind.name in taken and not is_ours(kind):
        raise ScarceError("E535", name=kind.name, module=kind.__module__, own=kind.__qualname__)


def check_class(kind: type[Any]) -> None:
    """Refuse a class that lacks its decorator, its formulas or what they are, with what to write: E534."""
    if is_ours(kind):
        return
    undecorated = [name for name, value in vars(kind).items() if isinstance(value, Field)]
    if undecorated and "__dataclass_fields__" not in vars(kind):
        reason = f"has the parameter {undecorated[0]} and is no dataclass"
        _refuse(kind, reason, "write @dataclass(frozen=True) above the class")
    example = f"formulas = Formulas({', '.join(NAMES)})"
    formulas = cast("Any", getattr(kind, "formulas", None))
    if formulas is None:
        _refuse(kind, "has no formulas", f"write {example} in the class")
    if getattr(formulas, "_fields", None) != NAMES:
        _refuse(kind, f"has formulas that are a {type(formulas).__name__}", f"write {example} in the class")
    for name, formula in zip(NAMES, formulas, strict=True):
        if not callable(formula):
            _refuse(kind, f"has the formula {name} that is no function", f"write {example} in the class")
    if not kind.kinds or not set(kind.kinds) <= {"sigmoid", "softmax"}:
        _refuse(kind, f"has kinds={kind.kinds!r}", "write kinds = ('sigmoid', 'softmax') or one of the two")


def check_arguments(modulation: Any) -> None:
    """Refuse formulas that cannot be called with the point and the parameters: E534."""
    kind = cast("type[Any]", type(modulation))
    if is_ours(kind):
        return
    given: tuple[object, ...] = ()
    with suppress(ScarceError):  # some parameters come with the class counts
        given = (*POINT, *modulation.parameters())
    for name, formula in zip(NAMES, modulation.formulas, strict=True):
        try:
            signature = inspect.signature(formula)
        except (TypeError, ValueError):  # of a function that is not Python's
            continue
        try:
            signature.bind(*given) if given else None
        except TypeError:
            takes = len(signature.parameters)
            reason = f"has the formula {name} of {takes} arguments, and it is called with {len(given)}"
            after = f" and then {len(given) - len(POINT)} parameter(s)" if len(given) > len(POINT) else ""
            _refuse(kind, reason, f"let {name} take {', '.join(POINT)}{after}")


def digest(modulation: Any) -> str:
    """Return what changes with a modulation's formulas: by their files' text, and by their numbers.

    The text tells of what the numbers at some margins do not show; the numbers, of helpers in other files and
    of a file that was edited after it was imported.
    """
    kind = cast("type[Any]", type(modulation))
    found = hashlib.sha256(repr((modulation.is_convex, modulation.newton_factor)).encode())
    written = [one for one in (*kind.__mro__, *modulation.formulas) if not is_ours(one)]
    for module in {one.__module__: inspect.getmodule(one) for one in written}.values():
        with suppress(OSError, TypeError):  # of a module without a file, the numbers speak alone
            found.update(inspect.getsource(cast("Any", module)).encode())
    with suppress(ScarceError):
        margins = np.linspace(-40.0, 40.0, 4001)
        for k in (0, -1):
            numbers = [row[k] for row in modulation.parameters()]
            for formula in modulation.formulas:
                found.update(np.asarray(formula(NUMPY, *point(NUMPY, margins), *numbers)).tobytes())
    return found.hexdigest()


def _refuse(kind: type[object], reason: str, suggestion: str) -> NoReturn:
    raise ScarceError("E534", modulation=kind.__name__, reason=reason, suggestion=suggestion)
