"""`SoftmaxLoss` on another library's arrays, with closed forms as derivatives; classes come last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.arrays.inputs import check_classes
from scarce.arrays.rules import LabelRule, MassRule
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from scarce.arrays.library import Array, Library
    from scarce.losses import SoftmaxLoss

NAN = float("nan")


def losses_of_labels(library: Library, loss: SoftmaxLoss, z: Array, labels: Array) -> Array:
    """Return the loss of every row given its label, row weights left out.

    Parameters
    ----------
    library : Library
        Whose arrays they are.
    loss : SoftmaxLoss
        The NumPy loss; its reduction is not looked at.
    z : array, shape (n_rows, n_classes)
        Logits in the type to compute in.
    labels : array of int, shape (n_rows,)
        Class indices; 0 where ignored.

    Returns
    -------
    array, shape (n_rows,)
        NaN where the label is not one of the classes, as values are unknown while tracing.
    """
    names, n_classes = library.names, z.shape[-1]
    there = names.logical_and(labels >= 0, labels < n_classes)
    safe = names.where(there, labels, 0)
    if loss.label_smoothing > 0.0:
        value = losses_of_mass(library, loss, z, library.cast(library.forms.is_label(z, safe), z))
        return names.where(there, value, NAN)
    u = adjusted(library, loss, z)
    rule = LabelRule(library.forms.of(loss._modulation, n_classes), library.forms.of_any)
    value = library.differentiable(rule)(u, safe)
    if loss.numbers.weight is not None:
        value = value * names.take(library.constant(loss.numbers.weight, z), safe, axis=0)
    return names.where(there, value, NAN)


def losses_of_mass(library: Library, loss: SoftmaxLoss, z: Array, mass: Array) -> Array:
    """Return the loss of every row given the mass its target puts on each class, row weights left out.

    Parameters
    ----------
    library, loss, z
        As in `losses_of_labels`.
    mass : array, shape (n_rows, n_classes)
        One-hot or soft targets, in the type to compute in.

    Returns
    -------
    array, shape (n_rows,)
    """
    n_classes = z.shape[-1]
    u = adjusted(library, loss, z)
    if loss.label_smoothing > 0.0:
        mass = mass * (1.0 - loss.label_smoothing) + loss.label_smoothing / n_classes
    if loss.numbers.weight is not None:
        mass = mass * library.constant(loss.numbers.weight, z)
    rule = MassRule(library.forms.of(loss._modulation, n_classes), library.forms.of_any)
    return library.differentiable(rule)(u, mass)


def posterior(library: Library, loss: SoftmaxLoss, z: Array) -> Array:
    """Return the class probabilities; see `SoftmaxLoss.posterior`."""
    names, n_classes = library.names, z.shape[-1]
    classes = library.forms.of_any(adjusted(library, loss, z))
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
