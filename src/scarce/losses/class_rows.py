"""A softmax call's logits, targets and row weights, checked and laid out as rows by classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from scarce.errors import ScarceError
from scarce.losses import inputs
from scarce.losses.class_forms import is_label
from scarce.losses.namespace import NUMPY

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from scarce.losses.inputs import Floats, Mask


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
        return is_label(NUMPY, self.z, self.labels).astype(self.z.dtype) if self.mass is None else self.mass


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
    valid = inputs.valid_rows(given, ignore_index) if hard else None
    z = read_logits(logits, axis, valid)
    if hard:
        labels, mass = inputs.checked_labels(given, valid, z.shape[axis]).reshape(-1), None
    else:
        labels, mass = _labels_of(
            by_rows(inputs.checked_class_mass(np.moveaxis(given, axis, -1), z.dtype), -1)
        )
    moved = np.moveaxis(z, axis, -1).shape
    row_weight = inputs.checked_sample_weight(sample_weight, moved[:-1], z.dtype)
    counted = np.ones(len(labels), z.dtype) if row_weight is None else row_weight.reshape(-1)
    if valid is not None:
        counted = np.where(valid.reshape(-1), counted, counted.dtype.type(0.0))
    return ClassRows(by_rows(z, axis), labels, mass, counted, moved)


def read_logits(logits: ArrayLike, axis: int, valid: Mask | None = None, *, infinite: bool = False) -> Floats:
    """Return logits with two classes or more, 0 in rows to be ignored; infinite ones only if they may be.

    Raises
    ------
    ScarceError
        E503 if a logit that counts is not finite; E516 if there are not two classes.
    """
    shape = np.shape(logits)
    if not -len(shape) <= axis < len(shape) or shape[axis] < 2:
        raise ScarceError("E516", shape=shape)
    counted = None if valid is None else np.expand_dims(valid, axis)
    return inputs.checked_logits(logits, counted, infinite=infinite)


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
