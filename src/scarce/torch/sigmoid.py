"""The closed forms of a sigmoid loss on tensors of any device: value and gradient, and Hessian products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from scarce.torch.plan import Call, compute_dtype, plan_of
from scarce.torch.words import bound, point, sides, softplus, unbounded

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses.primitives import Formula


class Rows(NamedTuple):
    """A call's inputs in the type to compute in; masses are None where every target is 0 or 1."""

    u: Tensor
    label: Tensor | None
    negative: Tensor | None
    positive: Tensor | None
    stated: Tensor
    weight: Tensor | None
    valid: Tensor | None


def value_and_gradient(call: Call, *, hard: bool) -> tuple[Tensor, Tensor]:
    """Return the loss as the reduction says, and its gradient in the type it was computed in.

    Parameters
    ----------
    call : Call
        The inputs.
    hard : bool
        Whether every target that counts is known to be 0 or 1.
    """
    plan, rows = plan_of(call.key), _rows(call, hard=hard)
    formulas = bound(plan.modulation.formulas)
    value = unbounded(_expectation(call, rows, formulas.phi, (1.0, 1.0)))
    gradient = _times_scale(call, _expectation(call, rows, formulas.slope, (1.0, -1.0)), 1)
    divisor = _divisor(call, rows)
    if divisor is None:
        return (value if plan.reduction == "none" else value.sum()), gradient
    return value.sum() / divisor, gradient / divisor


def hessian_product(call: Call, vector: Tensor) -> Tensor:
    """Return the Hessian of the reduced loss, which is diagonal, times a vector of the logits' shape."""
    rows = _rows(call, hard=not call.target.is_floating_point())
    curvature = bound(plan_of(call.key).modulation.formulas).curvature
    product = _times_scale(call, _expectation(call, rows, curvature, (1.0, 1.0)), 2) * vector
    divisor = _divisor(call, rows)
    return product if divisor is None else product / divisor


def divisor(call: Call) -> Tensor | None:
    """Return what the sum is divided by, before any guard against 0."""
    return _total(call, _rows(call, hard=not call.target.is_floating_point()))


def log_odds(call: Call) -> Tensor:
    """Return the log-odds of the posterior, label smoothing undone."""
    plan = plan_of(call.key)
    u = _adjusted(call, call.logits.to(compute_dtype(call.logits)))
    log_a = bound(plan.modulation.formulas).log_a
    negative, positive = sides(plan.modulation)
    lp, lq, p, q = point(u)
    odds = u - log_a(lp, lq, p, q, *positive) + log_a(lq, lp, q, p, *negative)
    if call.class_weight is not None:
        weight_0, weight_1 = _weights(call, u)
        odds = odds - torch.log(weight_1 / weight_0)
    if plan.label_smoothing == 0.0:
        return odds
    spread = 0.5 * plan.label_smoothing
    share = torch.clamp(torch.exp(-softplus(-odds)) - spread, min=0.0)
    return torch.log(share) - torch.log(torch.clamp(torch.exp(-softplus(odds)) - spread, min=0.0))


def posterior(call: Call) -> Tensor:
    """Return the probability of the positive class."""
    return torch.exp(-softplus(-log_odds(call)))


def is_hard(target: Tensor) -> bool:
    """Return whether every target is 0 or 1, which for numbers with a point means to look."""
    return not target.is_floating_point() or bool(((target == 0.0) | (target == 1.0)).all())


def _rows(call: Call, *, hard: bool) -> Rows:
    plan, target = plan_of(call.key), call.target
    z = call.logits.to(compute_dtype(call.logits))
    valid = None if plan.ignore_index is None else target != plan.ignore_index
    if valid is not None:
        z, target = torch.where(valid, z, 0.0), torch.where(valid, target, 0)
    stated = target.to(z.dtype)
    if target.is_floating_point():
        stated = torch.clamp(stated, 0.0, 1.0)  # rounding may have led it past an end
    weight = None if call.sample_weight is None else _spread(call.sample_weight.to(z.dtype), z)
    u = _adjusted(call, z)
    if hard and plan.label_smoothing == 0.0:
        return Rows(u, target > 0.5, None, None, stated, weight, valid)
    keep, smear = 1.0 - plan.label_smoothing, 0.5 * plan.label_smoothing
    return Rows(u, None, (1.0 - stated) * keep + smear, stated * keep + smear, stated, weight, valid)


def _spread(weight: Tensor, z: Tensor) -> Tensor:
    """Return a weight a row or an element, ready to multiply the logits."""
    return weight.reshape(weight.shape + (1,) * (z.dim() - weight.dim()))


def _of_labels(number: Tensor, z: Tensor) -> Tensor:
    """Return a number a label where axis 1 has the labels, as PyTorch lays them out; or the one number."""
    number = number.to(z.dtype)
    return number.reshape((-1,) + (1,) * (z.dim() - 2)) if number.dim() == 1 and z.dim() > 2 else number


def _adjusted(call: Call, z: Tensor) -> Tensor:
    scaled = z if call.logit_scale is None else z * _of_labels(call.logit_scale, z)
    return scaled if call.logit_shift is None else scaled + _of_labels(call.logit_shift, z)


def _times_scale(call: Call, derivative: Tensor, times: int) -> Tensor:
    if call.logit_scale is None:
        return derivative
    return derivative * _of_labels(call.logit_scale, derivative) ** times


def _weights(call: Call, z: Tensor) -> tuple[Any, Any]:
    if call.class_weight is None:
        return 1.0, 1.0
    return _of_labels(call.class_weight[..., 0], z), _of_labels(call.class_weight[..., 1], z)


def _expectation(call: Call, rows: Rows, formula: Formula, signs: tuple[float, float]) -> Tensor:
    """Return the expectation over the target of ``sign_y w_y formula(p_y)``, times the sample weights."""
    weight_0, weight_1 = _weights(call, rows.u)
    factor_0, factor_1 = signs[0] * weight_0, signs[1] * weight_1
    negative, positive = sides(plan_of(call.key).modulation)
    if rows.label is not None:
        at = point(torch.where(rows.label, rows.u, -rows.u))
        pairs = zip(negative, positive, strict=True)
        own = (one if one == zero else _by_label(rows, zero, one) for zero, one in pairs)
        result = formula(*at, *own)
        if call.class_weight is not None or signs[0] != signs[1]:
            result = torch.where(rows.label, factor_1, factor_0) * result
    else:
        lp, lq, p, q = point(rows.u)
        result = rows.positive * factor_1 * formula(lp, lq, p, q, *positive)
        result = result + rows.negative * factor_0 * formula(lq, lp, q, p, *negative)
    if rows.weight is not None:
        result = result * rows.weight
    return result if rows.valid is None else torch.where(rows.valid, result, 0.0)


def _by_label(rows: Rows, negative: float, positive: float) -> Tensor:
    return torch.where(rows.label, rows.u.new_full((), positive), rows.u.new_full((), negative))


def _total(call: Call, rows: Rows) -> Tensor | None:
    plan = plan_of(call.key)
    if plan.reduction in ("none", "sum"):
        return None
    counted = torch.ones_like(rows.u) if rows.weight is None else rows.weight.expand_as(rows.u)
    if rows.valid is not None:
        counted = torch.where(rows.valid, counted, 0.0)
    return (counted * rows.stated).sum() if plan.reduction == "mean_positive" else counted.sum()


def _divisor(call: Call, rows: Rows) -> Tensor | None:
    if call.divisor is not None:
        return call.divisor.to(rows.u.dtype)
    return guarded(plan_of(call.key).reduction, _total(call, rows))


def guarded(reduction: str, total: Tensor | None) -> Tensor | None:
    """Return what to divide by: never 0, and for positives at least 1."""
    if total is None:
        return None
    if reduction == "mean_positive":
        return torch.clamp(total, min=1.0)
    return torch.where(total <= 0.0, 1.0, total)  # NaN stays
