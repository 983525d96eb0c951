"""What comes in with a call: logits, targets and row weights, checked before any arithmetic and laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

import numpy as np

from scarce.errors import ScarceError
from scarce.losses.domains import first_bad

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = "NDArray[np.floating[Any]]"
Mask: TypeAlias = "NDArray[np.bool_]"

ROUNDING = 1e-2
"""How far a soft target may lie outside [0, 1], or a row's sum from 1: it may come from half precision.

What lies outside is taken for what it was rounded from, the end of the domain.
"""


def can_hold(number: int | None, lowest: int, highest: int) -> bool:
    """Return whether a type of whole numbers has a number, which else would wrap: -100 is 156 among bytes."""
    return number is not None and lowest <= number <= highest


def compute_dtype(logits: NDArray[Any]) -> np.dtype[np.floating[Any]]:
    """Return the type to compute in: double for doubles and whole numbers, single for anything smaller."""
    if logits.dtype.kind in "biu" or logits.dtype.itemsize >= 8:
        return np.dtype(np.float64)
    return np.dtype(np.float32)


def gradient_dtype(logits: ArrayLike) -> np.dtype[Any]:
    """Return the type of a gradient: the logits' own, if that is a floating type."""
    given = np.asarray(logits)
    return compute_dtype(given) if given.dtype.kind in "biu" else given.dtype


def checked_logits(logits: ArrayLike, valid: Mask | None, *, infinite: bool = False) -> Floats:
    """Return the logits in the type to compute in, 0 where they are to be ignored.

    Raises E503 if one that counts is NaN, or infinite where they may not be ``infinite``.
    """
    given = np.asarray(logits)
    z = given.astype(compute_dtype(given), copy=False)
    if valid is not None:
        z = np.where(valid, z, z.dtype.type(0.0))
    if bad := first_bad(z, ~np.isnan(z) if infinite else np.isfinite(z)):
        raise ScarceError("E503", **bad)
    return z


def valid_rows(target: NDArray[Any], ignore_index: int | None) -> Mask | None:
    """Return where the target is not the ignored one, or None if none is."""
    if ignore_index is None:
        return None
    if target.dtype.kind in "iu":
        limits = np.iinfo(target.dtype)
        if not can_hold(ignore_index, int(limits.min), int(limits.max)):
            return None
    valid = target != ignore_index
    return None if valid.all() else valid


def checked_binary_target(target: ArrayLike, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return the target if it has the logits' shape.

    Raises E505 if the shapes differ.
    """
    given = np.asarray(target)
    if given.shape != shape:
        suggestion = "pass one target a logit; for one integer among several classes use SoftmaxLoss"
        raise ScarceError("E505", logits=shape, target=given.shape, suggestion=suggestion)
    return given


def binary_mass(target: NDArray[Any], valid: Mask | None, dtype: np.dtype[np.floating[Any]]) -> Floats:
    """Return the probability of the positive class that each target states, 0 where it is ignored.

    Raises E504 if a whole number is neither 0 nor 1; E521 if a probability lies outside [0, 1] by more than
    rounding.
    """
    kept = target if valid is None else np.where(valid, target, 0)
    whole = kept.dtype.kind in "biu"
    good = (kept == 0) | (kept == 1) if whole else (kept >= -ROUNDING) & (kept <= 1.0 + ROUNDING)
    if bad := first_bad(kept, good):
        if whole:
            raise ScarceError("E504", classes="0 and 1", **bad)
        raise ScarceError("E521", place=bad["place"], what=bad["value"])
    return np.clip(kept.astype(dtype), 0.0, 1.0)


def _checked_labels(target: NDArray[Any], valid: Mask | None, n_classes: int) -> NDArray[np.intp]:
    """Return class indices, 0 where they are ignored."""
    if target.dtype.kind not in "biu":
        suggestion = "pass whole numbers, one a row, or probabilities in the shape of the logits"
        given = f"{target.shape} of {target.dtype}"
        raise ScarceError("E505", logits=f"(..., {n_classes})", target=given, suggestion=suggestion)
    labels = target if valid is None else np.where(valid, target, 0)
    if bad := first_bad(labels, (labels >= 0) & (labels < n_classes)):
        raise ScarceError("E504", classes=f"0 to {n_classes - 1}", **bad)
    return labels.astype(np.intp)


def _checked_mass(target: NDArray[Any], dtype: np.dtype[np.floating[Any]]) -> Floats:
    """Return soft or one-hot targets, classes on the last axis."""
    mass = target.astype(dtype)
    sums = mass.sum(axis=-1)
    for values, what, good in (
        (mass, "", mass >= -ROUNDING),
        (sums, "a row that sums to ", np.abs(sums - 1.0) <= ROUNDING),
    ):
        if bad := first_bad(values, good):
            raise ScarceError("E521", place=bad["place"], what=what + bad["value"])
    return np.maximum(mass, 0.0)


def checked_sample_weight(
    sample_weight: ArrayLike | None, shape: tuple[int, ...], dtype: np.dtype[np.floating[Any]]
) -> Floats | None:
    """Return row weights in the targets' shape; a weight a row spreads over the axes that follow.

    Raises E515 if the shape does not fit, or a weight is negative or not finite.
    """
    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, dtype=dtype)
    if weight.ndim > len(shape) or weight.shape != shape[: weight.ndim]:
        raise ScarceError("E515", what=f"sample_weight has shape {weight.shape} and the target {shape}")
    if bad := first_bad(weight, np.isfinite(weight) & (weight >= 0.0)):
        raise ScarceError("E515", what="sample_weight[{place}] is {value}".format(**bad))
    return np.broadcast_to(weight.reshape(weight.shape + (1,) * (len(shape) - weight.ndim)), shape)


def counted_weight(
    sample_weight: ArrayLike | None,
    valid: Mask | None,
    shape: tuple[int, ...],
    dtype: np.dtype[np.floating[Any]],
) -> Floats:
    """Return the weight of every target, 0 where it is ignored; checked as in `checked_sample_weight`."""
    weight = checked_sample_weight(sample_weight, shape, dtype)
    weight = np.ones(shape, dtype) if weight is None else weight
    return weight if valid is None else np.where(valid, weight, dtype.type(0.0))


class ClassRows(NamedTuple):
    """Logits of shape (n_rows, n_classes), and each row's target and weight.

    A row has a label; ``mass`` is what soft targets put on each class, or None where all are whole.
    ``row_weight`` is 0 for ignored rows. ``shape`` is the logits' own, with the class axis moved last.
    """

    z: Floats
    labels: NDArray[np.intp]
    mass: Floats | None
    row_weight: Floats
    shape: tuple[int, ...]

    def whole_mass(self) -> Floats:
        """Return the mass on each class, one-hot where targets are whole."""
        is_label = cast("Mask", np.arange(self.z.shape[-1]) == self.labels[:, None])
        return is_label.astype(self.z.dtype) if self.mass is None else self.mass


def read_rows(
    logits: ArrayLike,
    target: ArrayLike,
    sample_weight: ArrayLike | None,
    axis: int,
    ignore_index: int | None,
) -> ClassRows:
    """Check and lay out one call's inputs; see `SoftmaxLoss.value` for what they are."""
    given, shape = np.asarray(target), np.shape(logits)
    _check_target_shape(given, shape, axis)
    hard = given.ndim < len(shape)
    valid = valid_rows(given, ignore_index) if hard else None
    z = read_logits(logits, axis, valid)
    if hard:
        labels, mass = _checked_labels(given, valid, z.shape[axis]).reshape(-1), None
    else:
        labels, mass = _labels_of(by_rows(_checked_mass(np.moveaxis(given, axis, -1), z.dtype), -1))
    moved = np.moveaxis(z, axis, -1).shape
    counted = counted_weight(sample_weight, valid, moved[:-1], z.dtype)
    return ClassRows(by_rows(z, axis), labels, mass, counted.reshape(-1), moved)


def read_logits(logits: ArrayLike, axis: int, valid: Mask | None = None, *, infinite: bool = False) -> Floats:
    """Return logits with two classes or more, 0 in rows to be ignored; infinite ones only if they may be.

    Raises E503 if a logit that counts is not finite; E516 if there are not two classes.
    """
    shape = np.shape(logits)
    if not -len(shape) <= axis < len(shape) or shape[axis] < 2:
        raise ScarceError("E516", shape=shape)
    counted = None if valid is None else np.expand_dims(valid, axis)
    return checked_logits(logits, counted, infinite=infinite)


def by_rows(values: NDArray[Any], axis: int) -> NDArray[Any]:
    """Return values with the class axis last and all others in one."""
    moved = np.moveaxis(values, axis, -1)
    return moved.reshape(int(np.prod(moved.shape[:-1])), moved.shape[-1])


def _labels_of(mass: Floats) -> tuple[NDArray[np.intp], Floats | None]:
    """Return labels alone for one-hot targets: they take the integers' path, to agree to the last bit."""
    whole = bool(((mass == 0.0) | (mass == 1.0)).all())
    return np.argmax(mass, axis=-1), None if whole else mass


def _check_target_shape(target: NDArray[Any], shape: tuple[int, ...], axis: int) -> None:
    if target.shape == shape:
        return
    if shape and -len(shape) <= axis < len(shape) and target.shape == tuple(np.delete(shape, axis)):
        return
    suggestion = f"give the target the logits' shape, or that shape without the class axis {axis}"
    raise ScarceError("E505", logits=shape, target=target.shape, suggestion=suggestion)
