"""`SigmoidLoss` on a library's arrays, differentiable by its closed forms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from scarce.losses.binary_algebra import adjusted, weights_of_sides
from scarce.losses.modulation import shared_parameters
from scarce.losses.rules import MarginRule, TargetRule

if TYPE_CHECKING:
    from scarce.arrays.library import Array, Library
    from scarce.losses import SigmoidLoss
    from scarce.losses.numbers import Numbers

NAN = float("nan")


def losses(
    xp: Library,
    loss: SigmoidLoss,
    z: Array,
    target: Array,
    weights: tuple[float, float] | None = None,
    numbers: Numbers | None = None,
) -> Array:
    """Return the loss of every element, sample weights left out; at most 1e36 where a logit is infinite.

    Parameters
    ----------
    xp : Library
        Whose arrays they are.
    loss : SigmoidLoss
        The loss; its reduction is not looked at.
    z : array
        Logits in the type to compute in.
    target : array
        0 and 1, or probabilities, in the same shape; 0 where ignored.
    weights : tuple of float, optional
        Of the negative and the positive class, in place of the loss's own.
    numbers : Numbers, optional
        In place of the loss's own, ready to broadcast with the logits.

    Returns
    -------
    array
        In the logits' shape; NaN where the target lies outside [0, 1], as values are unknown while tracing.
    """
    modulation = loss.resolved.modulation
    if numbers is None:
        numbers = loss.numbers
        weights = weights or tuple(_beside(xp, one, z) for one in weights_of_sides(numbers))
    numbers = numbers.beside(xp, z)
    u, (negative, positive) = adjusted(numbers, z), weights or weights_of_sides(numbers)
    alike = not any(isinstance(row, tuple) for row in shared_parameters(modulation, 2))
    if xp.is_whole(target) and not loss.label_smoothing and alike:
        is_positive = xp.equal(target, 1)
        whole = xp.equal(target, 0) | is_positive
        of_margin = xp.differentiable(partial(MarginRule, xp), modulation)
        value = of_margin(xp.where(is_positive, u, -u))
        if weights is not None or numbers.class_weight is not None:
            value = xp.where(is_positive, positive * value, negative * value)
        return xp.where(whole, value, NAN)
    rule_of = partial(TargetRule, xp, (negative, positive), loss.label_smoothing)
    return xp.differentiable(rule_of, modulation)(u, xp.cast(target, z))


def _beside(xp: Library, weight: Any, like: Array) -> Any:
    """Return one weight as a number, which no transform of a library takes hold of, several as an array."""
    return xp.constant(weight, like) if getattr(weight, "ndim", 0) else float(weight)
