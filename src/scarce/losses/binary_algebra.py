"""The algebra of a logit that decides between two classes, over an array library `xp`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scarce.losses.formulas import point, softplus
from scarce.losses.modulation import parameters_of_class

if TYPE_CHECKING:
    from scarce.losses.loss import Loss
    from scarce.losses.namespace import Namespace
    from scarce.losses.numbers import Numbers

Array = Any


def adjusted(numbers: Numbers, z: Array) -> Array:
    """Return ``scale z + shift``."""
    u = z if numbers.scale is None else z * numbers.scale
    return u if numbers.shift is None else u + numbers.shift


def weights_of_sides(numbers: Numbers) -> tuple[Any, Any]:
    """Return the weights of negatives and of positives, each one number or one a label."""
    weight = numbers.class_weight
    return (1.0, 1.0) if weight is None else (weight[..., 0], weight[..., 1])


def shown_log_odds(xp: Namespace, loss: Loss, numbers: Numbers, u: Array) -> Array:
    """Return the log-odds of the targets a loss was shown: ``log(p/(w_1 a_1)) - log(q/(w_0 a_0))``."""
    modulation = loss.resolved.modulation
    log_a = modulation.formulas.over(xp).log_a
    negative, positive = (parameters_of_class(modulation, k) for k in (0, 1))
    lp, lq, p, q = point(xp, u)
    odds = u - log_a(lp, lq, p, q, *positive) + log_a(lq, lp, q, p, *negative)
    if numbers.class_weight is None:
        return odds
    weight_0, weight_1 = weights_of_sides(numbers)
    return odds - xp.log(weight_1 / weight_0)


def log_odds(xp: Namespace, loss: Loss, numbers: Numbers, z: Array) -> Array:
    """Return the log-odds of the posterior, infinite beyond the reach of smoothed targets."""
    odds = shown_log_odds(xp, loss, numbers, adjusted(numbers, z))
    if loss.label_smoothing == 0.0:
        return odds
    spread = 0.5 * loss.label_smoothing
    positive = xp.maximum(probability(xp, odds) - spread, 0.0)
    negative = xp.maximum(probability(xp, -odds) - spread, 0.0)
    return xp.log(positive) - xp.log(negative)


def probability(xp: Namespace, odds: Array) -> Array:
    """Return the probability of some log-odds; it underflows gradually and keeps its digits."""
    return xp.exp(-softplus(xp, -odds))
