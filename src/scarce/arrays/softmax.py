"""`SoftmaxLoss` on another library's arrays, with closed forms as derivatives; classes come last."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from scarce.arrays.inputs import check_classes, class_indices
from scarce.arrays.rules import LabelRule, MassRule
from scarce.errors import ScarceError
from scarce.losses.formulas import FAR
from scarce.losses.inputs import ROUNDING

if TYPE_CHECKING:
    from scarce.arrays.library import Array, Library
    from scarce.losses import SoftmaxLoss

NAN = float("nan")


def losses_of_labels(
    library: Library, loss: SoftmaxLoss, z: Array, labels: Array, weight: Array | None = None
) -> Array:
    """Return the loss of every row given its label, row weights left out; at most 1e36 where one is masked.

    Parameters
    ----------
    library : Library
        Whose arrays they are.
    loss : SoftmaxLoss
        The NumPy loss; its reduction is not looked at.
    z : array, shape (n_rows, n_classes)
        Logits in the type to compute in.
    labels : array, shape (n_rows,)
        Class indices, of any type; 0 where ignored.
    weight : array, shape (n_classes,), optional
        Class weights in place of the loss's own.

    Returns
    -------
    array, shape (n_rows,)
        NaN where the label is not one of the classes, as values are unknown while tracing.
    """
    names, n_classes = library.names, z.shape[-1]
    safe, there = class_indices(library, labels, n_classes)
    if loss.label_smoothing > 0.0:
        value = _of_mass(library, loss, z, library.cast(library.forms.is_label(z, safe), z), weight)
        return names.where(there, value, NAN)
    rule_of = partial(LabelRule, library.forms, n_classes)
    value = library.differentiable(rule_of, loss._modulation)(adjusted(library, loss, z), safe)
    weight = _class_weight(library, loss, z) if weight is None else weight
    if weight is not None:
        value = value * names.take(weight, safe, axis=0)
    return names.where(there, value, NAN)


def losses_of_mass(
    library: Library, loss: SoftmaxLoss, z: Array, mass: Array, weight: Array | None = None
) -> Array:
    """Return the loss of every row given the mass its target puts on each class, row weights left out.

    Parameters
    ----------
    library, loss, z, weight
        As in `losses_of_labels`.
    mass : array, shape (n_rows, n_classes)
        One-hot or soft targets, in the type to compute in.

    Returns
    -------
    array, shape (n_rows,)
        NaN where the masses are negative or do not sum to 1, by more than rounding.
    """
    names = library.names
    sums = names.sum(mass, axis=-1, keepdims=True)
    least = names.min(mass, axis=-1, keepdims=True)
    there = names.logical_and(least >= -ROUNDING, names.absolute(sums - 1.0) <= ROUNDING)
    mass = names.where(there, mass, 0.0)
    mass = library.straight_through(mass, names.maximum(mass, 0.0))
    return names.where(there[..., 0], _of_mass(library, loss, z, mass, weight), NAN)


def _of_mass(library: Library, loss: SoftmaxLoss, z: Array, mass: Array, weight: Array | None) -> Array:
    """Return the losses of masses that are known to be a target's."""
    u, n_classes = adjusted(library, loss, z), z.shape[-1]
    if loss.label_smoothing > 0.0:
        mass = mass * (1.0 - loss.label_smoothing) + loss.label_smoothing / n_classes
    weight = _class_weight(library, loss, z) if weight is None else weight
    if weight is not None:
        mass = mass * weight
    return library.differentiable(partial(MassRule, library.forms, n_classes), loss._modulation)(u, mass)


def _class_weight(library: Library, loss: SoftmaxLoss, z: Array) -> Array | None:
    return None if loss.numbers.weight is None else library.constant(loss.numbers.weight, z)


def posterior(library: Library, loss: SoftmaxLoss, z: Array) -> Array:
    """Return the class probabilities; see `SoftmaxLoss.posterior`."""
    names, n_classes = library.names, z.shape[-1]
    classes = library.forms.of_any(adjusted(library, loss, names.minimum(z, FAR)))
    evidence = library.forms.of(loss._modulation, n_classes).evidence_of_margin(classes.u - classes.rest)
    if loss.numbers.weight is not None:
        evidence = evidence - library.constant(np.log(loss.numbers.weight), z)
    share = names.exp(evidence - names.max(evidence, axis=-1, keepdims=True))
    share = share / names.sum(share, axis=-1, keepdims=True)
    if loss.label_smoothing == 0.0:
        return share
    share = names.maximum(share - loss.label_smoothing / n_classes, 0.0)
    return share / names.sum(share, axis=-1, keepdims=True)


def adjusted(library: Library, loss: SoftmaxLoss, z: Array) -> Array:
    """Return ``scale z + shift``; where only shifted, less a number a row, so that no shift is rounded away.

    Raises
    ------
    ScarceError
        E516 if there are not two classes; E527 if a setting is for another number of classes.
    """
    weight, shift, scale = loss.numbers
    if z.shape[-1] < 2:
        raise ScarceError("E516", shape=tuple(z.shape))
    check_classes(z.shape[-1], class_weight=weight, logit_shift=shift, logit_scale=scale)
    if scale is not None:
        z = z * library.constant(scale, z)
    elif shift is not None:
        z = library.forms.lowered(z)
    return z if shift is None else z + library.constant(shift, z)
