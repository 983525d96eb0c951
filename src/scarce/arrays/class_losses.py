"""`SoftmaxLoss` on a library's arrays, differentiable by its closed forms; classes come last."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scarce.arrays.input_checks import known_labels
from scarce.losses.class_algebra import adjusted, smoothed
from scarce.losses.class_forms import is_label
from scarce.losses.inputs import ROUNDING
from scarce.losses.rules import LabelRule, MassRule

if TYPE_CHECKING:
    from scarce.arrays.library import Array, Library
    from scarce.losses import SoftmaxLoss
    from scarce.losses.numbers import Numbers

NAN = float("nan")


def losses_of_labels(xp: Library, loss: SoftmaxLoss, numbers: Numbers, z: Array, labels: Array) -> Array:
    """Return the loss of every row given its label, sample weights left out; at most 1e36 where it is masked.

    Logits ``z``, one row each, are in the type to compute in; labels are of any type. One that is no class
    gives NaN, as values are unknown while tracing.
    """
    n_classes = z.shape[-1]
    safe, there = known_labels(xp, labels, n_classes)
    if loss.label_smoothing > 0.0:
        value = _of_mass(xp, loss, numbers, z, xp.cast(is_label(xp, z, safe), z))
        return xp.where(there, value, NAN)
    rule_of = partial(LabelRule, xp, n_classes)
    value = xp.differentiable(rule_of, loss.resolved.modulation)(adjusted(xp, numbers, z), safe)
    if numbers.class_weight is not None:
        value = value * xp.take(numbers.class_weight, safe, axis=0)
    return xp.where(there, value, NAN)


def losses_of_mass(xp: Library, loss: SoftmaxLoss, numbers: Numbers, z: Array, mass: Array) -> Array:
    """Return the same given the mass that targets put on each class, in the type to compute in.

    NaN where the masses are negative or do not sum to 1, by more than rounding.
    """
    sums = xp.sum(mass, axis=-1, keepdims=True)
    least = -xp.max(-mass, axis=-1, keepdims=True)
    there = (least >= -ROUNDING) & (xp.absolute(sums - 1.0) <= ROUNDING)
    mass = xp.where(there, mass, 0.0)
    mass = mass + xp.stop_gradient(xp.maximum(mass, 0.0) - mass)  # the derivative in a mass of 0 stays
    return xp.where(there[..., 0], _of_mass(xp, loss, numbers, z, mass), NAN)


def _of_mass(xp: Library, loss: SoftmaxLoss, numbers: Numbers, z: Array, mass: Array) -> Array:
    """Return the losses of masses that are known to be a target's."""
    u, mass = adjusted(xp, numbers, z), smoothed(loss, mass)
    if numbers.class_weight is not None:
        mass = mass * numbers.class_weight
    return xp.differentiable(partial(MassRule, xp, z.shape[-1]), loss.resolved.modulation)(u, mass)
