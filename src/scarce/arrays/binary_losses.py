"""`SigmoidLoss` on a library's arrays, differentiable by its closed forms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from scarce.losses.binary_algebra import adjusted, weights_of_sides
from scarce.losses.inputs import ROUNDING
from scarce.losses.modulation import parameters_of_class, shared_parameters
from scarce.losses.rules import MarginRule, TargetRule

if TYPE_CHECKING:
    from scarce.arrays.library import Array, Library
    from scarce.losses import SigmoidLoss
    from scarce.losses.modulation import Modulation
    from scarce.losses.numbers import Numbers

NAN = float("nan")


def losses(xp: Library, loss: SigmoidLoss, numbers: Numbers, z: Array, target: Array) -> Array:
    """Return the loss of every element, sample weights left out; at most 1e36 where a logit is infinite.

    Logits ``z`` are in the type to compute in, and so are the numbers, ready to broadcast with them. A target
    outside [0, 1] gives NaN, as values are unknown while tracing.
    """
    modulation = loss.resolved.modulation
    u = adjusted(numbers, z)
    # a number of Python's is no array that a transform of the library would take hold of
    negative, positive = (
        float(w) if isinstance(w, np.ndarray) and w.ndim == 0 else w for w in weights_of_sides(numbers)
    )
    alike = not any(isinstance(row, tuple) for row in shared_parameters(modulation, 2))
    if xp.is_whole(target) and not loss.label_smoothing and alike:
        is_positive = xp.equal(target, 1)
        whole = xp.equal(target, 0) | is_positive
        of_margin = xp.differentiable(partial(MarginRule, xp), modulation)
        value = of_margin(xp.where(is_positive, u, -u))
        if numbers.class_weight is not None:
            value = xp.where(is_positive, positive * value, negative * value)
        return xp.where(whole, value, NAN)
    t = xp.cast(target, z)
    if isinstance(negative, float):
        rule_of = partial(TargetRule, xp, (negative, positive), loss.label_smoothing)
        return xp.differentiable(rule_of, modulation)(u, t)
    # arrays stay outside of a rule, of which a transform of the library would not know them
    there = (t >= -ROUNDING) & (t <= 1.0 + ROUNDING)
    t = t + xp.stop_gradient(xp.minimum(xp.maximum(t, 0.0), 1.0) - t)
    t = t * (1.0 - loss.label_smoothing) + 0.5 * loss.label_smoothing
    sides = ((1.0 - t) * negative, -u, 0), (t * positive, u, 1)
    value = sum(weight * xp.differentiable(partial(_side, xp, k), modulation)(m) for weight, m, k in sides)
    return xp.where(there, value, NAN)


def _side(xp: Library, k: int, modulation: Modulation) -> MarginRule:
    return MarginRule(xp, modulation, parameters_of_class(modulation, k))


def numbers_beside(xp: Library, numbers: Numbers, like: Array) -> Numbers:
    """Return a loss's numbers beside logits, weights that all labels share for good as they are."""
    weight, beside = numbers.class_weight, numbers.beside(xp, like)
    is_known = isinstance(weight, np.ndarray) and weight.ndim == 1
    return beside._replace(class_weight=weight) if is_known else beside
