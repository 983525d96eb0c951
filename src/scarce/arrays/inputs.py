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


def check_same_shape(logits: tuple[Any, ...], target: tuple[Any, ...], suggestion: str) -> None:
    """Refuse a target whose shape is not the logits'; sizes not known yet fit any.

    Raises
    ------
    ScarceError
        E505 if the shapes differ.
    """
    if not fits(logits, target):
        raise ScarceError("E505", logits=logits, target=target, suggestion=suggestion)


def fits(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Return whether two shapes can be the same; None is a size not known yet."""
    return len(one) == len(other) and all(
        a is None or b is None or a == b for a, b in zip(one, other, strict=True)
    )


def check_classes(n_classes: int, **settings: Any) -> None:
    """Refuse settings that are for another number of classes.

    Raises
    ------
    ScarceError
        E527 if one is.
    """
    for name, setting in settings.items():
        if setting is not None and setting.ndim == 1 and len(setting) != n_classes:
            raise ScarceError("E527", what=name, given=len(setting), n_classes=n_classes)


def check_unused(face: str, settings: Mapping[str, Any], instead: Mapping[str, str]) -> None:
    """Refuse settings that would do nothing in a face.

    Parameters
    ----------
    face : str
        Who refuses.
    settings : mapping of str to object
        What was given.
    instead : mapping of str to str
        By setting that the face has no use for, what to do in its place.

    Raises
    ------
    ScarceError
        E576 if one was given.
    """
    for name, suggestion in instead.items():
        if name in settings:
            raise ScarceError("E576", face=face, name=name, value=settings[name], suggestion=suggestion)


def changed(loss: Loss) -> dict[str, Any]:
    """Return the settings of a finished loss that are not the defaults; to ignore nothing is one."""
    given = {item.name: getattr(loss, item.name) for item in fields(loss)}
    return {
        item.name: given[item.name]
        for item in fields(loss)
        if given[item.name] != item.default and (item.name, given[item.name]) != ("ignore_index", None)
    }


def class_indices(library: Library, labels: Array, n_classes: int) -> tuple[Array, Array]:
    """Return labels as class indices, 0 where they are none, and where they are one of the classes.

    Any type will do; one of narrow whole numbers is not asked for more than it can hold, which would wrap.
    """
    highest = n_classes - 1
    if library.is_whole(labels):
        highest = min(highest, library.bounds(labels)[1])
    there = (labels >= 0) & (labels <= highest)
    safe = library.whole(library.where(there, labels, library.zeros_like(labels)))
    if not library.is_whole(labels):
        there = there & library.equal(library.cast(safe, labels), labels)
    return library.where(there, safe, library.zeros_like(safe)), there


def row_weights(library: Library, weight: Array) -> Array:
    """Return sample weights, NaN where one is negative, NaN or infinite."""
    return library.where((weight >= 0.0) & (weight < math.inf), weight, math.nan)


def spread(library: Library, weight: Array, shape: tuple[Any, ...], name: str) -> Array:
    """Return a weight or mask a row, ready to multiply losses of the given shape.

    Raises
    ------
    ScarceError
        E515 if its shape is not the beginning of theirs.
    """
    given = tuple(weight.shape)
    if not fits(given, shape[: len(given)]):
        raise ScarceError("E515", what=f"{name} has shape {given} and the losses {shape}")
    return library.reshape(weight, given + (1,) * (len(shape) - len(given)))
