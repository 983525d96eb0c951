"""A linear layer and a softmax loss as one registered operator, `torch.ops.scarce.linear_loss`.

It goes through the rows in chunks. A chunk's logits are computed into the same memory each time, turned into
their gradient where they lie, and used up at once: added to the weight's gradient, multiplied into the
features'. The operator returns the sum over the rows, what a mean divides by, and the gradients of the sum.
It has a fake, an autograd and a vmap rule, and so goes through `torch.compile` and `torch.func`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from scarce.errors import ScarceError
from scarce.losses.numbers import Numbers
from scarce.torch import cpu, cuda
from scarce.torch.autograd import can_fuse, is_transformed, key_of, loss_of, one_by_one, times
from scarce.torch.closed_forms import total_weight, value_and_gradient
from scarce.torch.tensors import Call, check_values, with_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

ARGUMENTS = (
    "(Tensor features, Tensor weight, Tensor? bias, Tensor target, Tensor? sample_weight,"
    " Tensor? class_weight, Tensor? logit_shift, Tensor? logit_scale, str key, int rows, ScalarType working,"
    " bool of_features, bool of_weight, bool of_bias) -> (Tensor, Tensor, Tensor, Tensor, Tensor)"
)


def sum_and_gradients(
    layer: tuple[Tensor, Tensor, Tensor | None], call: Call, rows: int, working: torch.dtype
) -> tuple[Tensor, ...]:
    """Return the operator's results: by way of PyTorch's registry only where there are no numbers yet."""
    wanted = [
        x is not None and ((torch.is_grad_enabled() and x.requires_grad) or is_transformed()) for x in layer
    ]
    plain = type(layer[0]) in (torch.Tensor, torch.nn.Parameter) and not layer[0].is_meta
    compute, tensors = _Chunked.apply if plain else linear_loss, (call.target, call.sample_weight)
    return compute(*layer, *tensors, *call.numbers, key_of(call.loss), rows, working, *wanted)


def logits_like(features: Tensor, weight: Tensor) -> Tensor:
    """Return a tensor of the shape and type that a layer's outputs would have, which takes no memory."""
    return features.new_empty(()).expand(*features.shape[:-1], weight.shape[0])


def _sum_and_gradients(*arguments: Any) -> tuple[Tensor, ...]:
    """Return the sum of the rows' losses, what a mean divides by, and three gradients of the sum."""
    features, weight, bias, target, sample_weight, *numbers, key, rows, working = arguments[:-3]
    call = Call(loss_of(key), Numbers(*numbers), logits_like(features, weight), target, sample_weight)
    if target.device.type == "cpu":
        call = with_labels(call)
        check_values(call)
    unit = _unit(working, numbers[0], sample_weight)
    with torch.autocast(features.device.type, enabled=False):
        gradients = _empty_gradients(*arguments)
        layer = _Layer(features, weight.to(working), bias, [g.zero_() for g in gradients], rows)
        total, counted = (features.new_zeros((), dtype=torch.float64) for _ in range(2))
        divisor = total.new_tensor(unit, dtype=layer.exact.dtype)
        for part in _parts(call, rows):
            x, z = layer.logits(part)
            share = None if sample_weight is None else sample_weight[part]
            chunk = call._replace(logits=z, target=call.target[part], sample_weight=share, divisor=divisor)
            value, gradient = _of_chunk(chunk, any(arguments[-3:]))
            total.add_(value, alpha=unit)
            counted.add_(0.0 if call.loss.reduction == "sum" else total_weight(chunk))
            if gradient is not None:
                layer.add(part, x, gradient, unit)
    return (total.to(layer.exact.dtype), counted.to(layer.exact.dtype), *gradients)


class _Layer:
    """The linear layer: a chunk's logits, and the gradients so far, in single precision at least.

    In half precision the products are those of the half types, as in a layer by itself; what is added up
    over the chunks is not, since a sum of many would lose the digits of each.
    """

    def __init__(
        self, features: Tensor, weight: Tensor, bias: Tensor | None, gradients: list[Tensor], rows: int
    ) -> None:
        self.features, self.weight, self.gradients = features, weight, gradients
        self.bias = None if bias is None else bias.to(weight.dtype)
        self.room = weight.new_empty((min(rows, len(features)), len(weight)))
        self.exact = self.room.to(gradients[0].dtype)  # the same memory, but for half precision

    def logits(self, part: Any) -> tuple[Tensor, Tensor]:
        """Return the features of some rows, and their logits in memory that the next ones take over."""
        x = self.features[part].to(self.weight.dtype)
        room, exact = self.room[: len(x)], self.exact[: len(x)]
        if self.bias is None:
            torch.mm(x, self.weight.T, out=room)
        else:
            torch.addmm(self.bias, x, self.weight.T, out=room)
        return x, room if self.exact is self.room else exact.copy_(room)

    def add(self, part: Any, x: Tensor, gradient: Tensor, unit: float) -> None:
        """Use up some rows' gradient in the logits, which is in units of `unit`."""
        of_features, of_weight, of_bias = self.gradients
        narrow = gradient if self.exact is self.room else self.room[: len(x)].copy_(gradient)
        if of_features.numel() > 0:
            product = torch.mm(narrow, self.weight).to(gradient.dtype)
            of_features[part] = product if unit == 1.0 else product.mul_(unit)
        if of_weight.numel() > 0 and narrow.dtype == torch.bfloat16:
            of_weight.add_(torch.mm(narrow.T, x), alpha=unit)
        elif of_weight.numel() > 0:  # a product in float16 might overflow
            of_weight.addmm_(gradient.T, x.to(gradient.dtype), alpha=unit)
        if of_bias.numel() > 0:
            of_bias.add_(gradient.sum(dim=0), alpha=unit)


def _empty_gradients(*arguments: Any) -> tuple[Tensor, ...]:
    """Return memory for the gradients of features, weight and bias, where they are wanted."""
    wide = torch.promote_types(arguments[-4], torch.float32)
    return tuple(
        arguments[0].new_empty(like.shape if asked and like is not None else (0,), dtype=wide)
        for like, asked in zip(arguments[:3], arguments[-3:], strict=True)
    )


def _fake(*arguments: Any) -> tuple[Tensor, ...]:
    """Return tensors of the right shapes and types, without numbers."""
    gradients = _empty_gradients(*arguments)
    return gradients[0].new_empty(()), gradients[0].new_empty(()), *gradients


def _of_chunk(call: Call, differentiated: bool) -> tuple[Tensor, Tensor | None]:
    """Return a chunk's loss and gradient; a kernel of the CPU writes the gradient over the logits."""
    if not can_fuse(call):
        return value_and_gradient(call, differentiated)
    if call.logits.device.type in cuda.DEVICES:
        value, gradient = cuda.softmax_loss(call, differentiated)
        return value, gradient if differentiated else None
    gradient = call.logits if differentiated else None
    return cpu.softmax_loss(call, gradient)[0], gradient


def _parts(call: Call, rows: int) -> Sequence[Any]:
    """Return the rows chunk by chunk: slices, or the places of those that are not ignored and alone cost."""
    target, ignore = call.target, call.loss.ignore_index
    if target.dim() == 1 and ignore is not None:
        kept = (target != ignore).nonzero()[:, 0]
        if len(kept) < len(target):
            return kept.split(rows) if len(kept) else ()
    return [slice(first, first + rows) for first in range(0, len(target), rows)]


def _unit(working: torch.dtype, *weights: Tensor | None) -> float:
    """Return the unit of a chunk's gradient: in half precision the largest weight, so that entries fit."""
    if working in (torch.float32, torch.float64):
        return 1.0
    unit = math.prod(float(w.abs().max()) for w in weights if w is not None and w.numel() > 0)
    return unit if 0.0 < unit < math.inf else 1.0


def _set_up(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    """Keep the gradients, and by reference what they are gradients in."""
    ctx.set_materialize_grads(False)
    ctx.mark_non_differentiable(*output[1:])
    ctx.wanted, ctx.others = inputs[-3:], (None,) * (len(inputs) - 3)
    ctx.save_for_backward(*inputs[:3], *output[2:])
    ctx.save_for_forward(*inputs[:3], *output[2:])


def _backward(ctx: Any, upstream: Tensor | None, *_: Any) -> tuple[Any, ...]:
    """Return the gradients times what comes from above."""
    layer, gradients = ctx.saved_tensors[:3], ctx.saved_tensors[3:]
    if upstream is None:
        return (None, None, None, *ctx.others)
    result = [
        times(gradient, upstream, tensor.dtype).to(tensor.dtype) if asked else None
        for gradient, tensor, asked in zip(gradients, layer, ctx.wanted, strict=True)
    ]
    if torch.is_grad_enabled():
        result = [None if g is None else _Once.apply(g, *layer) for g in result]
    return (*result, *ctx.others)


class _Once(torch.autograd.Function):
    """A derivative that has none itself, and says so rather than being held for a constant."""

    generate_vmap_rule = True

    @staticmethod
    def forward(derivative: Tensor, *layer: Tensor | None) -> Tensor:
        """Return the derivative."""
        return derivative.view_as(derivative)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Keep nothing."""

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor | None) -> Any:
        """Refuse, backward and forward."""
        raise ScarceError("E568")

    jvp = backward


class _Chunked(torch.autograd.Function):
    """The operator on plain tensors, and under transforms, which a registered one does not go through."""

    forward = staticmethod(_sum_and_gradients)
    setup_context = staticmethod(_set_up)
    backward = staticmethod(_backward)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *arguments: Any) -> tuple[Any, Any]:
        """Go through the mapped axis: each entry is a call of its own."""
        return one_by_one(_Chunked.apply, info, in_dims, *arguments)

    @staticmethod
    def jvp(ctx: Any, *along: Any) -> tuple[Any, ...]:
        """Return the derivative of the sum along a direction in features, weight and bias."""
        layer, gradients = ctx.saved_tensors[:3], ctx.saved_tensors[3:]
        pairs = [(g, v) for g, v in zip(gradients, along, strict=False) if v is not None]
        rise = torch.stack([(g * v.to(g.dtype)).sum() for g, v in pairs]).sum()
        return _Once.apply(rise, *layer), None, None, None, None


linear_loss = torch.library.custom_op(
    "scarce::linear_loss", _sum_and_gradients, mutates_args=(), schema=ARGUMENTS
)
linear_loss.register_fake(_fake)
linear_loss.register_autograd(_backward, setup_context=_set_up)
