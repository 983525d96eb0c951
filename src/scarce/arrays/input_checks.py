"""What can be done about a call's inputs before their values are known.

Shapes, types and settings are checked. Of a value outside its domain nothing can be said while tracing: it
gives NaN for its row.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scarce.arrays.library import Array, Library
    from scarce.losses import Loss


def fits(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Return whether two shapes can be the same; None is a size not known yet."""
    return len(one) == len(other) and all(
        a is None or b is None or a == b for a, b in zip(one, other, strict=True)
    )


def check_unused(face: str, settings: Mapping[str, Any], instead: Mapping[str, str]) -> None:
    """Refuse settings that would do nothing in a face, with what to do in their place: E576."""
    for name, suggestion in instead.items():
        if name in settings:
            raise ScarceError("E576", face=face, name=name, value=settings[name], suggestion=suggestion)


def changed(loss: Loss) -> dict[str, Any]:
    """Return the settings of a finished loss that are not the defaults; to ignore nothing is one."""
    given = {item.name: getattr(loss, item.name) for item in fields(loss)}
    plain = {item.name: item.default for item in fields(loss)}
    return {k: v for k, v in given.items() if v != plain[k] and (k, v) != ("ignore_index", None)}


def known_labels(xp: Library, labels: Array, n_classes: int) -> tuple[Array, Array]:
    """Return labels of any type as class indices, 0 where they are none, and where they are a class."""
    highest = n_classes - 1
    if xp.is_whole(labels):
        highest = min(highest, xp.bounds(labels)[1])  # what the type cannot hold would wrap
    there = (labels >= 0) & (labels <= highest)
    safe = xp.whole(xp.where(there, labels, xp.zeros_like(labels)))
    if not xp.is_whole(labels):
        there = there & xp.equal(xp.cast(safe, labels), labels)
    return xp.where(there, safe, xp.zeros_like(safe)), there


def row_weights(xp: Library, weight: Array) -> Array:
    """Return sample weights, NaN where one is negative, NaN or infinite."""
    return xp.where((weight >= 0.0) & (weight < math.inf), weight, math.nan)


def spread(xp: Library, weight: Array, shape: tuple[Any, ...], name: str) -> Array:
    """Return a weight or mask a row, ready to multiply losses, whose shape must begin with its own: E515."""
    given = tuple(weight.shape)
    if not fits(given, shape[: len(given)]):
        raise ScarceError("E515", what=f"{name} has shape {given} and the losses {shape}")
    return xp.reshape(weight, given + (1,) * (len(shape) - len(given)))
