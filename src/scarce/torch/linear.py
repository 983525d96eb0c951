"""A linear layer and a softmax loss in one, in chunks of rows: for label sets too large for all the logits.

For each chunk the logits, their loss and their gradient are computed and used up at once - the gradient is
turned into those of the features, the weight and the bias - so that a chunk's are all there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from scarce.errors import ScarceError
from scarce.torch import operators, softmax
from scarce.torch.face import check_shapes
from scarce.torch.plan import Call, plan_of
from scarce.torch.settings import NUMBERS, resolve, tensor_of

if TYPE_CHECKING:
    from torch import Tensor

LOGITS_A_CHUNK = 2**24
"""How many logits there are at a time, unless the caller says otherwise: 64 MB of them."""


def linear_loss(
    features: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    target: Tensor,
    sample_weight: Tensor | None = None,
    *,
    loss: str = "focal",
    rows_a_chunk: int | None = None,
    **settings: Any,
) -> Tensor:
    """Return a softmax loss of ``features @ weight.T + bias`` without ever holding all the logits.

    Parameters
    ----------
    features : Tensor, shape (n_rows, n_features)
        What the last layer sees.
    weight : Tensor, shape (n_classes, n_features)
        That layer's weight.
    bias : Tensor, shape (n_classes,), optional
        Its bias.
    target : Tensor of int, shape (n_rows,)
        Class indices.
    sample_weight : Tensor, shape (n_rows,), optional
        One weight a row.
    loss : str, default "focal"
        A softmax loss of the catalogue.
    rows_a_chunk : int, optional
        How many rows go through at a time; by default as many as make 16 million logits.
    **settings : object
        As in `scarce.torch.functional`; the reduction is "mean" (the default), "sum" or "mean_positive".

    Returns
    -------
    Tensor, shape ()

    Raises
    ------
    ScarceError
        E565 for a reduction that keeps every row; otherwise as the loss.

    Notes
    -----
    The gradients are computed in the forward pass; a second derivative is refused by PyTorch.

    Examples
    --------
    >>> x, w, y = torch.eye(3), torch.eye(3), torch.tensor([0, 1, 2])
    >>> round(linear_loss(x, w, None, y, loss="cross_entropy").item(), 4)
    0.5514
    """
    if settings.get("reduction") == "none":
        raise ScarceError("E565", reduction="none")
    numbers = {key: settings.pop(key) for key in NUMBERS if isinstance(settings.get(key), torch.Tensor)}
    known = resolve(loss, "softmax", settings)
    tensors = tuple(tensor_of(numbers.get(key, getattr(known, key)), features) for key in NUMBERS)
    rows = rows_a_chunk or max(1, LOGITS_A_CHUNK // weight.shape[0])
    return _Chunked.apply(features, weight, bias, target, sample_weight, tensors, known.key, rows)


class _Chunked(torch.autograd.Function):
    """The loss with all gradients, computed chunk by chunk on the way forward."""

    @staticmethod
    def forward(
        ctx: Any,
        features: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        target: Tensor,
        sample_weight: Tensor | None,
        numbers: tuple[Tensor | None, ...],
        key: str,
        rows: int,
    ) -> Tensor:
        """Return the loss, and keep the gradients that are wanted."""
        wanted = ctx.needs_input_grad[:3]
        of_features = torch.empty_like(features) if wanted[0] else None
        of_weight = torch.zeros_like(weight) if wanted[1] else None
        of_bias = torch.zeros_like(bias) if wanted[2] else None
        divisor = _divisor(target, sample_weight, numbers, key, weight.shape[0], features)
        total = features.new_zeros((), dtype=torch.float32)
        for first in range(0, len(features), rows):
            part = slice(first, first + rows)
            logits = torch.nn.functional.linear(features[part], weight, bias)
            share = None if sample_weight is None else sample_weight[part]
            call = Call(logits, target[part], share, *numbers, divisor, key)
            value, gradient = _pair(call, differentiated=any(wanted))
            total += value
            if not any(wanted):
                continue
            gradient = gradient.to(features.dtype)
            if of_features is not None:
                torch.mm(gradient, weight, out=of_features[part])
            if of_weight is not None:
                of_weight.addmm_(gradient.T, features[part])
            if of_bias is not None:
                of_bias += gradient.sum(dim=0)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(of_features, of_weight, of_bias)
        return total

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, upstream: Tensor | None) -> tuple[Any, ...]:
        """Return the gradients times what comes from above."""
        if upstream is None:
            return (None,) * 8
        scaled = (None if g is None else (g * upstream).to(g.dtype) for g in ctx.saved_tensors)
        return (*scaled, *(None,) * 5)


def _pair(call: Call, *, differentiated: bool) -> tuple[Tensor, Tensor]:
    check_shapes(call)
    if operators.can_fuse(call):
        return operators.softmax_loss(*call, differentiated)
    value, gradient = softmax.value_and_gradient(call)
    return value.to(torch.float32), gradient


def _divisor(
    target: Tensor,
    sample_weight: Tensor | None,
    numbers: tuple[Tensor | None, ...],
    key: str,
    n_classes: int,
    like: Tensor,
) -> Tensor:
    """Return what the whole sum is divided by, which no chunk knows: from the targets alone."""
    plan = plan_of(key)
    counted = torch.ones(target.shape, dtype=torch.float32, device=like.device)
    if sample_weight is not None:
        counted = counted * sample_weight.to(torch.float32)
    valid = torch.ones_like(counted, dtype=torch.bool)
    if plan.ignore_index is not None:
        valid = target != plan.ignore_index
    labels = torch.where(valid, target, 0)
    counted = torch.where(valid, counted, 0.0)
    if plan.reduction == "sum":
        return torch.ones((), device=like.device)
    if plan.reduction == "mean_positive":
        return torch.clamp((counted * (labels != plan.background)).sum(), min=1.0)
    if numbers[0] is not None:
        weights = numbers[0].to(torch.float32).expand(n_classes)
        smoothing = plan.label_smoothing
        counted = counted * (
            (1.0 - smoothing) * weights[labels.clamp(0, n_classes - 1)] + smoothing * weights.mean()
        )
    total = counted.sum(dtype=torch.float64).to(torch.float32)
    return torch.where(total > 0.0, total, 1.0)
