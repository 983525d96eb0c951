"""A loss's settings as JSON values, and those in words."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, cast

from scarce.losses.adjustment import CountScale, LogPrior
from scarce.losses.modulation import Modulation
from scarce.losses.weighting import NamedWeight


def plain(value: object) -> Any:
    """Return a setting as JSON can hold it: a derived one as its name and parameters."""
    if isinstance(value, Modulation | NamedWeight | LogPrior | CountScale):
        parameters = {field.name: plain(getattr(value, field.name)) for field in fields(cast("Any", value))}
        return {"name": value.name, **parameters}
    if isinstance(value, tuple):
        return [plain(item) for item in cast("tuple[object, ...]", value)]
    return value


def words(value: Any) -> str:
    """Return a plain setting in words, such as ``focal(gamma=2)``."""
    if isinstance(value, dict):
        name, *parameters = cast("dict[str, Any]", value).items()
        inner = ", ".join(f"{key}={words(item)}" for key, item in parameters)
        return f"{name[1]}({inner})" if inner else str(name[1])
    if isinstance(value, list):
        return "[" + ", ".join(words(item) for item in cast("list[Any]", value)) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)
