"""The algebra of one logit a class, classes last, over an array library `xp`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scarce.errors import ScarceError
from scarce.losses.class_forms import form_of, lowered
from scarce.losses.formulas import FAR

if TYPE_CHECKING:
    from scarce.losses.loss import Loss
    from scarce.losses.namespace import Namespace
    from scarce.losses.numbers import Numbers

Array = Any


def adjusted(xp: Namespace, numbers: Numbers, z: Array) -> Array:
    """Return ``scale z + shift``; where only shifted, less a number a row, so that no shift is rounded away.

    Raises E516 if there are not two classes; E527 if a setting is for another number of classes.
    """
    n_classes = z.shape[-1]
    if n_classes < 2:
        raise ScarceError("E516", shape=tuple(z.shape))
    _check_classes(numbers, n_classes)
    if numbers.scale is not None:
        z = z * numbers.scale
    elif numbers.shift is not None:
        z = lowered(xp, z)
    return z if numbers.shift is None else z + numbers.shift


def _check_classes(numbers: Numbers, n_classes: int) -> None:
    for name, setting in zip(("class_weight", "logit_shift", "logit_scale"), numbers, strict=True):
        if setting is not None and len(setting.shape) == 1 and setting.shape[0] != n_classes:
            raise ScarceError("E527", what=name, given=int(setting.shape[0]), n_classes=n_classes)


def smoothed(loss: Loss, mass: Array) -> Array:
    """Return the mass of targets, some of it spread evenly over the classes."""
    if loss.label_smoothing == 0.0:
        return mass
    return mass * (1.0 - loss.label_smoothing) + loss.label_smoothing / mass.shape[-1]


def shown_posterior(xp: Namespace, loss: Loss, numbers: Numbers, u: Array) -> Array:
    """Return the distribution of the targets that a loss was shown, given adjusted logits."""
    form = form_of(xp, loss.resolved.modulation, u.shape[-1])
    classes = form.points(u)
    evidence = form.evidence_of_margin(classes.u - classes.rest)
    if numbers.class_weight is not None:
        evidence = evidence - xp.log(numbers.class_weight)
    share = xp.exp(evidence - xp.max(evidence, axis=-1, keepdims=True))
    return share / xp.sum(share, axis=-1, keepdims=True)


def posterior(xp: Namespace, loss: Loss, numbers: Numbers, z: Array) -> Array:
    """Return the class probabilities, label smoothing undone."""
    share = shown_posterior(xp, loss, numbers, adjusted(xp, numbers, xp.minimum(z, FAR)))
    if loss.label_smoothing == 0.0:
        return share
    share = xp.maximum(share - loss.label_smoothing / z.shape[-1], 0.0)
    return share / xp.sum(share, axis=-1, keepdims=True)
