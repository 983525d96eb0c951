"""`SigmoidLoss` on another library's arrays, differentiable by its closed forms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.arrays.parameters import of_class, shared_rows
from scarce.arrays.rules import MarginRule, TargetRule

if TYPE_CHECKING:
    from scarce.arrays.library import Array, Library, Words
    from scarce.losses import SigmoidLoss

NAN = float("nan")


def losses(library: Library, loss: SigmoidLoss, z: Array, target: Array) -> Array:
    """Return the loss of every element, row weights left out; at most 1e36 where a logit is infinite.

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
    u, modulation = adjusted(library, loss, z), loss._modulation
    alike = not any(isinstance(row, np.ndarray) for row in shared_rows(modulation, 2))
    weights = _weights(library, loss, z)
    if library.is_whole(target) and not loss.label_smoothing and alike:
        is_positive = names.not_equal(target, 0)
        whole = names.logical_or(names.equal(target, 0), names.equal(target, 1))
        of_margin = library.differentiable(partial(MarginRule, library), modulation)
        value = of_margin(names.where(is_positive, u, -u))
        return names.where(whole, names.where(is_positive, weights[1], weights[0]) * value, NAN)
    rule_of = partial(TargetRule, library, weights, loss.label_smoothing)
    return library.differentiable(rule_of, modulation)(u, library.cast(target, z))


def log_odds(library: Words, loss: SigmoidLoss, z: Array) -> Array:
    """Return the log-odds of the posterior; see `SigmoidLoss.log_odds`."""
    names, u = library.names, adjusted(library, loss, z)
    weight_0, weight_1 = _weights(library, loss, z)
    rows = shared_rows(loss._modulation, 2)
    log_a = library.bound(loss._modulation.formulas.log_a)
    lp, lq, p, q = library.point(u)
    odds = u - log_a(lp, lq, p, q, *of_class(rows, 1)) + log_a(lq, lp, q, p, *of_class(rows, 0))
    odds = odds - library.vocabulary["log"](weight_1 / weight_0)
    if loss.label_smoothing == 0.0:
        return odds
    spread = 0.5 * loss.label_smoothing
    positive = names.maximum(names.exp(-library.softplus(-odds)) - spread, 0.0)
    negative = names.maximum(names.exp(-library.softplus(odds)) - spread, 0.0)
    return names.log(positive) - names.log(negative)


def posterior(library: Words, loss: SigmoidLoss, z: Array) -> Array:
    """Return the probability of the positive class; see `SigmoidLoss.posterior`."""
    return library.names.exp(-library.softplus(-log_odds(library, loss, z)))


def adjusted(library: Words, loss: SigmoidLoss, z: Array) -> Array:
    """Return ``scale z + shift``."""
    _, shift, scale = loss.numbers
    u = z if scale is None else z * library.constant(scale, z)
    return u if shift is None else u + library.constant(shift, z)


def _weights(library: Words, loss: SigmoidLoss, z: Array) -> tuple[Any, Any]:
    """Return the weights of negatives and of positives, each one number or one a label."""
    weight = np.ones(2) if loss.numbers.weight is None else loss.numbers.weight
    if weight.ndim == 1:
        return float(weight[0]), float(weight[1])
    return library.constant(weight[..., 0], z), library.constant(weight[..., 1], z)
