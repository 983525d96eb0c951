"""The losses in PyTorch's own operations: any type, any device, under any transform.

PyTorch is an array library like any other here: the algebra is that of `scarce.losses`, and its derivatives
are closed forms. Reductions, weights and whatever else is linear PyTorch differentiates itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from scarce.arrays import binary_losses, class_losses, torch_derivatives
from scarce.arrays.input_checks import known_labels, row_weights
from scarce.arrays.library import Library
from scarce.losses import binary_algebra, class_algebra
from scarce.losses.class_forms import is_label
from scarce.losses.formulas import unbounded
from scarce.losses.numbers import Numbers
from scarce.torch.tensors import Call, by_rows, class_axis, compute_dtype, row_shape, spread

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from scarce.losses.modulation import Modulation
    from scarce.losses.rules import Rule


class _Names:
    """NumPy's names for PyTorch's functions."""

    exp, expm1, log, log1p, absolute = map(
        staticmethod, (torch.exp, torch.expm1, torch.log, torch.log1p, torch.absolute)
    )
    where, isfinite, equal, arange, zeros_like, reshape = map(
        staticmethod,
        (torch.where, torch.isfinite, torch.eq, torch.arange, torch.zeros_like, torch.reshape),
    )

    @staticmethod
    def minimum(x: Tensor, y: Any) -> Tensor:
        return torch.minimum(x, y) if isinstance(y, torch.Tensor) else torch.clamp(x, max=y)

    @staticmethod
    def maximum(x: Tensor, y: Any) -> Tensor:
        return torch.maximum(x, y) if isinstance(y, torch.Tensor) else torch.clamp(x, min=y)

    @staticmethod
    def sum(x: Tensor, axis: int, keepdims: bool = False) -> Tensor:
        return torch.sum(x, dim=axis, keepdim=keepdims)

    @staticmethod
    def max(x: Tensor, axis: int, keepdims: bool = False) -> Tensor:
        return torch.amax(x, dim=axis, keepdim=keepdims)

    @staticmethod
    def argmax(x: Tensor, axis: int) -> Tensor:
        return torch.argmax(x, dim=axis)

    @staticmethod
    def stop_gradient(x: Tensor) -> Tensor:
        return x.detach()

    @staticmethod
    def take(x: Tensor, indices: Tensor, axis: int) -> Tensor:
        return torch.index_select(x, axis, indices)

    @staticmethod
    def take_along_axis(x: Tensor, indices: Tensor, axis: int) -> Tensor:
        return torch.gather(x, axis, indices)


class _TorchLibrary(Library):
    """PyTorch as an array library."""

    def constant(self, numbers: Any, like: Tensor) -> Tensor:
        return torch.as_tensor(numbers, dtype=like.dtype, device=like.device)

    def class_indices(self, n: int, like: Tensor) -> Tensor:
        return torch.arange(n, device=like.device)

    def cast(self, values: Tensor, like: Tensor) -> Tensor:
        return values.to(like.dtype)

    def whole(self, values: Tensor) -> Tensor:
        return values.to(torch.int64)

    def type_of(self, values: Tensor) -> str:
        return str(values.dtype).removeprefix("torch.")

    def differentiable(
        self, rule_of: Callable[[Modulation], Rule], modulation: Modulation
    ) -> Callable[..., Tensor]:
        return torch_derivatives.differentiable(rule_of(modulation))


TORCH = _TorchLibrary(_Names, stop_gradient=torch.Tensor.detach)
"""PyTorch as the formulas and the losses see it."""


def reduced_loss(call: Call) -> Tensor:
    """Return the loss as its reduction says; NaN where a value lies outside its domain."""
    value = (_of_elements if call.loss.kind == "sigmoid" else _of_rows)(call)
    if call.loss.reduction == "none":
        return value
    by = divisor(call)
    return value.sum() if by is None else value.sum() / by.to(value.dtype)


def derivative(call: Call, upstream: Tensor) -> Tensor:
    """Return the derivative in the logits of the loss times what comes from above, to differentiate again."""
    with torch.enable_grad():
        return torch.autograd.grad(reduced_loss(call), call.logits, upstream, create_graph=True)[0]


def hessian_product(call: Call, vector: Tensor) -> Tensor:
    """Return the Hessian of the loss, summed where it is not reduced, times a vector of the logits' shape."""
    with torch.enable_grad():
        z = call.logits.detach().requires_grad_()
        gradient = torch.autograd.grad(reduced_loss(call._replace(logits=z)).sum(), z, create_graph=True)[0]
        return torch.autograd.grad(gradient, z, vector)[0]


def posterior(call: Call) -> Tensor:
    """Return the probability of the positive class, or of every class, label smoothing undone."""
    z = call.logits.to(compute_dtype(call.logits))
    if call.loss.kind == "sigmoid":
        numbers = _along_labels(call.numbers, z)
        return binary_algebra.probability(TORCH, binary_algebra.log_odds(TORCH, call.loss, numbers, z))
    axis = class_axis(z)
    share = class_algebra.posterior(TORCH, call.loss, call.numbers.beside(TORCH, z), by_rows(z))
    return share.reshape(z.movedim(axis, -1).shape).movedim(-1, axis)


def divisor(call: Call) -> Tensor | None:
    """Return what the sum of a call is divided by, never 0; None where it is not."""
    return guarded(call.loss.reduction, total_weight(call)) if call.divisor is None else call.divisor


def guarded(reduction: str, total: Tensor | None) -> Tensor | None:
    """Return what to divide by: never 0, and for positives at least 1."""
    if total is None:
        return None
    if reduction == "mean_positive":
        return torch.clamp(total, min=1.0)
    return torch.where(total <= 0.0, 1.0, total)  # NaN stays


def total_weight(call: Call) -> Tensor | None:
    """Return what a mean divides by, before any guard against 0; looks at no logit."""
    loss, target = call.loss, call.target
    if not loss.reduction.startswith("mean"):
        return None
    z_dtype, positives = compute_dtype(call.logits), loss.reduction == "mean_positive"
    weight = _counted_weight(call, z_dtype)
    if loss.kind == "sigmoid":
        return (weight * target.to(z_dtype).clamp(0.0, 1.0)).sum() if positives else weight.sum()
    weight = weight.reshape(-1)
    n_classes, class_weight = call.logits.shape[class_axis(call.logits)], call.numbers.class_weight
    if target.dim() < call.logits.dim():
        labels, _ = known_labels(TORCH, target.reshape(-1), n_classes)
        if positives:
            return (weight * (labels != loss.background)).sum()
        if loss.label_smoothing == 0.0:
            return (weight if class_weight is None else weight * class_weight.to(z_dtype)[labels]).sum()
        mass = is_label(TORCH, labels.new_empty(n_classes), labels).to(z_dtype)
    else:
        mass = by_rows(target.to(z_dtype)).clamp(min=0.0)
    if positives:
        return (weight * (1.0 - mass[:, loss.background])).sum()
    mass = class_algebra.smoothed(loss, mass)
    mass = mass if class_weight is None else mass * class_weight.to(z_dtype)
    return (mass.sum(dim=-1) * weight).sum()


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


def is_hard(target: Tensor, ignore_index: int | None = None) -> bool:
    """Return whether every target is 0, 1 or ignored, which for numbers with a point means to look."""
    if not target.is_floating_point():
        return True
    good = (target == 0.0) | (target == 1.0)
    return bool((good if ignore_index is None else good | (target == ignore_index)).all())


def _of_elements(call: Call) -> Tensor:
    loss, z, target = call.loss, call.logits.to(compute_dtype(call.logits)), call.target
    valid = None if loss.ignore_index is None else target != loss.ignore_index
    if valid is not None:
        z, target = torch.where(valid, z, 0.0), torch.where(valid, target, 0)
    value = binary_losses.losses(TORCH, loss, _along_labels(call.numbers, z), z, target)
    return _weighted(call, value, valid)


def _of_rows(call: Call) -> Tensor:
    loss, z, target = call.loss, call.logits.to(compute_dtype(call.logits)), call.target
    axis, valid = class_axis(z), None
    labelled = target.dim() < z.dim()
    if labelled and loss.ignore_index is not None:
        valid = target != loss.ignore_index
        z, target = torch.where(valid.unsqueeze(axis), z, 0.0), torch.where(valid, target, 0)
    rows, numbers = by_rows(z), call.numbers.beside(TORCH, z)
    if labelled:
        value = class_losses.losses_of_labels(TORCH, loss, numbers, rows, target.reshape(-1))
    else:
        value = class_losses.losses_of_mass(TORCH, loss, numbers, rows, by_rows(target.to(z.dtype)))
    return _weighted(call, value.reshape(row_shape(call)), valid)


def _weighted(call: Call, value: Tensor, valid: Tensor | None) -> Tensor:
    """Return losses times their sample weights, 0 where they are ignored."""
    if call.sample_weight is not None:
        value = value * spread(row_weights(TORCH, call.sample_weight.to(value.dtype)), value.shape)
    value = unbounded(TORCH, value)
    return value if valid is None else torch.where(valid, value, 0.0)


def _counted_weight(call: Call, dtype: torch.dtype) -> Tensor:
    """Return the weight of every row or element, 0 where it is ignored."""
    shape, given = row_shape(call), call.sample_weight
    weight = torch.ones((), dtype=dtype, device=call.logits.device) if given is None else given.to(dtype)
    weight = spread(weight, shape)
    if call.loss.ignore_index is None or call.target.shape != shape:
        return weight
    return torch.where(call.target != call.loss.ignore_index, weight, 0.0)


def _along_labels(numbers: Numbers, z: Tensor) -> Numbers:
    """Return a sigmoid's numbers with those a label along axis 1, where PyTorch has the labels."""
    weight, *others = numbers.beside(TORCH, z)
    behind = (1,) * (z.dim() - 2)
    if not behind:
        return Numbers(weight, *others)
    if weight is not None and weight.dim() == 2:
        weight = weight.reshape(-1, *behind, 2)
    return Numbers(weight, *(x if x is None or x.dim() == 0 else x.reshape(-1, *behind) for x in others))
