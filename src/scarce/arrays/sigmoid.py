"""`SigmoidLoss` on another library's arrays, differentiable by its closed forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.arrays.rules import MarginRule, Side, TargetRule
from scarce.losses.modulation import parameter_table

if TYPE_CHECKING:
    from scarce.arrays.library import Array, Library
    from scarce.losses import SigmoidLoss

NAN = float("nan")


def losses(library: Library, loss: SigmoidLoss, z: Array, target: Array) -> Array:
    """Return the loss of every element, row weights left out.

    Parameters
    ----------
    library : Library
        Whose arrays they are.
    loss : SigmoidLoss
        The NumPy loss; its reduction is not looked at.
    z : array
        Logits in the type to compute in.
    target : array
        0 and 1, or probabilities, in the same shape; 0 where ignored.

    Returns
    -------
    array
        In the logits' shape; NaN where the target lies outside [0, 1], as values are unknown while tracing.
    """
    names = library.names
    u = adjusted(library, loss, z)
    negative, positive = _sides(library, loss, z)
    formulas = loss._modulation.formulas
    alike = negative.parameters == positive.parameters
    if library.is_whole(target) and not loss.label_smoothing and alike:
        is_positive = names.not_equal(target, 0)
        whole = names.logical_or(names.equal(target, 0), names.equal(target, 1))
        rule = MarginRule(library, formulas, positive.parameters)
        value = library.differentiable(rule)(names.where(is_positive, u, -u))
        return names.where(whole, names.where(is_positive, positive.weight, negative.weight) * value, NAN)
    rule = TargetRule(library, formulas, negative, positive, loss.label_smoothing)
    return library.differentiable(rule)(u, library.cast(target, z))


def log_odds(library: Library, loss: SigmoidLoss, z: Array) -> Array:
    """Return the log-odds of the posterior; see `SigmoidLoss.log_odds`."""
    names, u = library.names, adjusted(library, loss, z)
    (weight_0, parameters_0), (weight_1, parameters_1) = _sides(library, loss, z)
    log_a = library.bound(loss._modulation.formulas.log_a)
    lp, lq, p, q = library.point(u)
    odds = u - log_a(lp, lq, p, q, *parameters_1) + log_a(lq, lp, q, p, *parameters_0)
    odds = odds - library.vocabulary["log"](weight_1 / weight_0)
    if loss.label_smoothing == 0.0:
        return odds
    spread = 0.5 * loss.label_smoothing
    positive = names.maximum(names.exp(-library.softplus(-odds)) - spread, 0.0)
    negative = names.maximum(names.exp(-library.softplus(odds)) - spread, 0.0)
    return names.log(positive) - names.log(negative)


def posterior(library: Library, loss: SigmoidLoss, z: Array) -> Array:
    """Return the probability of the positive class; see `SigmoidLoss.posterior`."""
    return library.names.exp(-library.softplus(-log_odds(library, loss, z)))


def adjusted(library: Library, loss: SigmoidLoss, z: Array) -> Array:
    """Return ``scale z + shift``."""
    _, shift, scale = loss.numbers
    u = z if scale is None else z * library.constant(scale, z)
    return u if shift is None else u + library.constant(shift, z)


def _sides(library: Library, loss: SigmoidLoss, z: Array) -> tuple[Side, ...]:
    """Return the negative class and the positive class."""
    table = parameter_table(loss._modulation, 2)
    weight = np.ones(2) if loss.numbers.weight is None else loss.numbers.weight
    return tuple(
        Side(
            float(weight[y]) if weight.ndim == 1 else library.constant(weight[..., y], z),
            tuple(table[:, y].tolist()),
        )
        for y in (0, 1)
    )
