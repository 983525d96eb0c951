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
from scarce.losses.formulas import unbounded
from scarce.losses.numbers import Numbers
from scarce.torch.tensors import Call, by_rows, class_axis, compute_dtype, row_shape, spread, weight_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from scarce.losses.modulation import Modulation
    from scarce.losses.rules import Rule


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


TORCH = _TorchLibrary(
    torch,  # which knows NumPy's names of arguments, too
    minimum=lambda x, y: torch.clamp(x, max=y),
    maximum=lambda x, y: torch.clamp(x, min=y),
    equal=torch.eq,
    max=torch.amax,
    take=lambda x, indices, axis: torch.index_select(x, axis, indices),
    take_along_axis=lambda x, indices, axis: torch.gather(x, axis, indices),
    stop_gradient=torch.Tensor.detach,
)
"""PyTorch as the formulas and the losses see it."""


def reduced_loss(call: Call) -> Tensor:
    """Return the loss as its reduction says; NaN where a value lies outside its domain."""
    value, reduction = _losses(call), call.loss.reduction
    if reduction == "none":
        return value
    by = guarded(reduction, total_weight(call)) if call.divisor is None else call.divisor
    return value.sum() if by is None else value.sum() / by.to(value.dtype)


def value_and_gradient(call: Call, differentiated: bool) -> tuple[Tensor, Tensor | None]:
    """Return the loss, and if it is asked for the gradient of its sum."""
    with torch.enable_grad():
        z = call.logits.detach().requires_grad_(differentiated)
        value = reduced_loss(call._replace(logits=z))
        return value.detach(), torch.autograd.grad(value.sum(), z)[0] if differentiated else None


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
    positives, weight, valid = loss.reduction == "mean_positive", weight_of(call), _valid(call)
    dtype = weight.dtype
    if valid is not None:
        weight = torch.where(valid, weight, 0.0)
    if loss.kind == "sigmoid":
        return (weight * target.to(dtype).clamp(0.0, 1.0)).sum() if positives else weight.sum()
    weight, each = weight.reshape(-1), call.numbers.class_weight
    if each is not None:
        each = each.to(dtype)
    if call.by_class:
        mass = by_rows(target.to(dtype)).clamp(min=0.0)
        if positives:
            return (weight * (1.0 - mass[:, loss.background])).sum()
        counted = (mass if each is None else mass * each).sum(dim=-1)
    else:
        labels, _ = known_labels(TORCH, target.reshape(-1), call.logits.shape[class_axis(call.logits)])
        if positives:
            return (weight * (labels != loss.background)).sum()
        counted = 1.0 if each is None else each[labels]
    if loss.label_smoothing > 0.0:
        even = 1.0 if each is None else each.mean()
        counted = (1.0 - loss.label_smoothing) * counted + loss.label_smoothing * even
    return (weight * counted).sum()


def _losses(call: Call) -> Tensor:
    """Return the losses times their sample weights, 0 where they are ignored."""
    loss, z, target, valid = call.loss, call.logits.to(compute_dtype(call.logits)), call.target, _valid(call)
    if valid is not None:
        shown = valid if loss.kind == "sigmoid" else valid.unsqueeze(class_axis(z))
        z, target = torch.where(shown, z, 0.0), torch.where(valid, target, 0)
    if loss.kind == "sigmoid":
        value = binary_losses.losses(TORCH, loss, _along_labels(call.numbers, z), z, target)
    else:
        rows, numbers = by_rows(z), call.numbers.beside(TORCH, z)
        if call.by_class:
            value = class_losses.losses_of_mass(TORCH, loss, numbers, rows, by_rows(target.to(z.dtype)))
        else:
            value = class_losses.losses_of_labels(TORCH, loss, numbers, rows, target.reshape(-1))
        value = value.reshape(row_shape(call))
    if call.sample_weight is not None:
        weight = row_weights(TORCH, call.sample_weight.to(value.dtype))
        value = value * spread(weight, value.shape)
    value = unbounded(TORCH, value)
    return value if valid is None else torch.where(valid, value, 0.0)


def _valid(call: Call) -> Tensor | None:
    """Return where a target counts; None where all do."""
    ignored = call.loss.ignore_index
    return None if ignored is None or call.by_class else call.target != ignored


def _along_labels(numbers: Numbers, z: Tensor) -> Numbers:
    """Return a sigmoid's numbers with those a label along axis 1, where PyTorch has the labels."""
    weight, *others = numbers.beside(TORCH, z)
    behind = (1,) * (z.dim() - 2)
    if weight is not None and weight.dim() == 2:
        weight = weight.reshape(-1, *behind, 2)
    return Numbers(weight, *(x if x is None or x.dim() == 0 else x.reshape(-1, *behind) for x in others))
