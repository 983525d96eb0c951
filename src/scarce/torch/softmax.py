"""The closed forms of a softmax loss on tensors of any device: value and gradient, and Hessian products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from scarce.losses.formulas import FAR
from scarce.losses.modulation import Brier
from scarce.torch.plan import Call, class_axis, compute_dtype, plan_of
from scarce.torch.sigmoid import guarded
from scarce.torch.words import BrierForm, TargetForm, classes_of, is_label, unbounded

if TYPE_CHECKING:
    from torch import Tensor


class Targets(NamedTuple):
    """What the rows should be: a label a row where ``mass`` is None, else a mass a class."""

    labels: Tensor | None
    mass: Tensor | None
    stated: Tensor | None
    weight: Tensor


class Rows(NamedTuple):
    """A call laid out as rows by classes, with the shape of the logits when the classes come last."""

    classes: Any
    labels: Tensor | None
    mass: Tensor | None
    stated: Tensor | None
    weight: Tensor
    shape: tuple[int, ...]


def value_and_gradient(call: Call) -> tuple[Tensor, Tensor]:
    """Return the loss as the reduction says, and its gradient in the type it was computed in."""
    plan, rows = plan_of(call.key), _rows(call)
    form, u = _form(plan, rows.classes.u.shape[-1]), rows.classes.u
    if rows.mass is None:
        factor = _label_factor(call, rows)
        value = form.value(rows.classes, rows.labels) * factor
        gradient = form.gradient(rows.classes, rows.labels) * factor[:, None]
    else:
        mass = rows.mass * _class_weight(call, u)
        value = form.value_of_mass(rows.classes, mass) * rows.weight
        gradient = form.gradient_of_mass(rows.classes, mass) * rows.weight[:, None]
    value = unbounded(value)
    gradient = _restored(call, gradient * _scale(call, u), rows.shape)
    divisor = _divisor(call, rows)
    if plan.reduction == "none":
        return value.reshape(rows.shape[:-1]), gradient
    return (value.sum(), gradient) if divisor is None else (value.sum() / divisor, gradient / divisor)


def hessian_product(call: Call, vector: Tensor) -> Tensor:
    """Return the Hessian of the reduced loss times a vector of the logits' shape."""
    plan, rows = plan_of(call.key), _rows(call)
    u = rows.classes.u
    form = _form(plan, u.shape[-1])
    v = _by_rows(vector.to(u.dtype), class_axis(call.logits)) * _scale(call, u)
    if rows.mass is None:
        product = form.product(rows.classes, rows.labels, v) * _label_factor(call, rows)[:, None]
    else:
        mass = rows.mass * _class_weight(call, u)
        product = torch.zeros_like(u)
        for k in range(u.shape[-1]):
            labels = torch.full_like(u[:, 0], k, dtype=torch.int64)
            product = product + mass[:, k, None] * form.product(rows.classes, labels, v)
        product = product * rows.weight[:, None]
    product = _restored(call, product * _scale(call, u), rows.shape)
    divisor = _divisor(call, rows)
    return product if divisor is None else product / divisor


def divisor(call: Call) -> Tensor | None:
    """Return what the sum is divided by, before any guard against 0; looks at no logit."""
    return _total(call, _targets(call))


def posterior(call: Call) -> Tensor:
    """Return the class probabilities, label smoothing undone."""
    plan, axis = plan_of(call.key), class_axis(call.logits)
    z = _by_rows(call.logits.to(compute_dtype(call.logits)), axis)
    classes = classes_of(_adjusted(call, torch.clamp(z, max=FAR)))
    evidence = _form(plan, z.shape[-1]).evidence_of_margin(classes.u - classes.rest)
    if call.class_weight is not None:
        evidence = evidence - torch.log(_class_weight(call, z))
    share = torch.softmax(evidence, dim=-1)
    if plan.label_smoothing > 0.0:
        share = torch.clamp(share - plan.label_smoothing / z.shape[-1], min=0.0)
        share = share / share.sum(dim=-1, keepdim=True)
    return _restored(call, share, call.logits.movedim(axis, -1).shape)


def hard_target(target: Tensor, axis: int) -> Tensor | None:
    """Return the labels of one-hot targets, or None if a row is no one-hot row."""
    rows = max(1, LOOKED_AT * target.shape[0] // max(1, target.numel()))
    parts = (target,) if axis == 0 else target.split(rows)
    if all(_is_one_hot(part, axis) for part in parts):
        return torch.argmax(target.view(torch.uint8) if target.dtype == torch.bool else target, dim=axis)
    return None


def _is_one_hot(target: Tensor, axis: int) -> bool:
    ones = target == 1.0
    return bool((ones | (target == 0.0)).all()) and bool((ones.sum(dim=axis) == 1).all())


LOOKED_AT = 1 << 16  # entries at once: what is soft shows early, and little is held


def _rows(call: Call) -> Rows:
    plan, axis = plan_of(call.key), class_axis(call.logits)
    z = call.logits.to(compute_dtype(call.logits))
    if call.target.dim() < z.dim() and plan.ignore_index is not None:
        z = torch.where((call.target != plan.ignore_index).unsqueeze(axis), z, 0.0)
    classes = classes_of(_adjusted(call, _by_rows(z, axis)))
    return Rows(classes, *_targets(call), z.movedim(axis, -1).shape)


def _targets(call: Call) -> Targets:
    plan, axis, dtype = plan_of(call.key), class_axis(call.logits), compute_dtype(call.logits)
    shape = call.logits.movedim(axis, -1).shape
    labels = mass = None
    weight = torch.ones(shape[:-1], dtype=dtype, device=call.logits.device)
    if call.sample_weight is not None:
        given = call.sample_weight.to(dtype)
        weight = given.reshape(given.shape + (1,) * (len(shape) - 1 - given.dim())).expand(shape[:-1])
    if call.target.dim() < len(shape):
        labels = call.target.to(torch.int64)
        if plan.ignore_index is not None:
            valid = labels != plan.ignore_index
            labels, weight = torch.where(valid, labels, 0), torch.where(valid, weight, 0.0)
        labels = labels if labels.dim() == 1 else labels.reshape(-1)
    else:
        mass = torch.clamp(_by_rows(call.target.to(dtype), axis), min=0.0)
    stated = mass
    if plan.label_smoothing > 0.0:
        stated = _one_hot(labels, shape[-1], dtype) if mass is None else mass
        mass = stated * (1.0 - plan.label_smoothing) + plan.label_smoothing / shape[-1]
    return Targets(labels, mass, stated, weight if weight.dim() == 1 else weight.reshape(-1))


def _one_hot(labels: Tensor, n_classes: int, dtype: torch.dtype) -> Tensor:
    return is_label(labels.new_empty(n_classes), labels).to(dtype)


def _by_rows(values: Tensor, axis: int) -> Tensor:
    moved = values.movedim(axis, -1)
    if moved.dim() == 2:
        return moved  # as it is, so that an exported graph keeps its number of rows open
    return moved.reshape(-1, moved.shape[-1]) if moved.numel() else moved.reshape(0, moved.shape[-1])


def _restored(call: Call, rows: Tensor, shape: tuple[int, ...]) -> Tensor:
    return rows.reshape(shape).movedim(-1, class_axis(call.logits))


def _adjusted(call: Call, z: Tensor) -> Tensor:
    """Return ``scale z + shift`` less its largest entry, which goes first where nothing is scaled."""
    u = z - torch.amax(z, -1, keepdim=True) if call.logit_scale is None else z * call.logit_scale.to(z.dtype)
    u = u if call.logit_shift is None else u + call.logit_shift.to(z.dtype)
    top = torch.amax(u, -1, keepdim=True)
    return u - top + (top - top)  # NaN all over beside a logit of infinity, which is no number less itself


def _form(plan: Any, n_classes: int) -> Any:
    return BrierForm() if isinstance(plan.modulation, Brier) else TargetForm(plan.modulation, n_classes)


def _class_weight(call: Call, u: Tensor) -> Any:
    return 1.0 if call.class_weight is None else call.class_weight.to(u.dtype)


def _scale(call: Call, u: Tensor) -> Any:
    return 1.0 if call.logit_scale is None else call.logit_scale.to(u.dtype)


def _label_factor(call: Call, rows: Rows | Targets) -> Tensor:
    if call.class_weight is None:
        return rows.weight
    return call.class_weight.to(rows.weight.dtype)[rows.labels] * rows.weight


def _total(call: Call, rows: Rows | Targets) -> Tensor | None:
    plan, weight = plan_of(call.key), rows.weight
    if plan.reduction in ("none", "sum"):
        return None
    if plan.reduction == "mean_positive":
        background = (
            (rows.labels == plan.background).to(weight.dtype)
            if rows.stated is None
            else rows.stated[:, plan.background]
        )
        return (weight * (1.0 - background)).sum()
    if rows.mass is None:
        return _label_factor(call, rows).sum()
    return ((rows.mass * _class_weight(call, weight)).sum(dim=-1) * weight).sum()


def _divisor(call: Call, rows: Rows) -> Tensor | None:
    if call.divisor is not None:
        return call.divisor.to(rows.weight.dtype)
    return guarded(plan_of(call.key).reduction, _total(call, rows))
