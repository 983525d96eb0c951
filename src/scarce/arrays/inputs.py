"""What can be said of a call's inputs before their values are known: shapes, types and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from scarce.arrays.library import Array, Library


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
    return library.names.reshape(weight, given + (1,) * (len(shape) - len(given)))
