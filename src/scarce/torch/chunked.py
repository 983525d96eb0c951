"""A linear layer and a softmax loss as one registered operator, `torch.ops.scarce.linear_loss`.

It goes through the rows in chunks. A chunk's logits are computed into the same memory each time, turned into
their gradient where they lie, and used up at once: added to the weight's gradient, multiplied into the
features'. The operator returns the sum over the rows, what a mean divides by, and the gradients of the sum.
It has a fake, an autograd and a vmap rule, and so goes through `torch.compile` and `torch.func`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from scarce.errors import ScarceError
from scarce.losses.numbers import Numbers
from scarce.torch import cpu, cuda
from scarce.torch.autograd import can_fuse
from scarce.torch.closed_forms import hard_target, reduced_loss, total_weight
from scarce.torch.kept_gradients import times
from scarce.torch.operators import loss_of, one_by_one
from scarce.torch.tensor_checks import check_masses, check_weight, refuse_labels
from scarce.torch.tensors import Call

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

ARGUMENTS = (
    "(Tensor features, Tensor weight, Tensor? bias, Tensor target, Tensor? sample_weight,"
    " Tensor? class_weight, Tensor? logit_shift, Tensor? logit_scale, str key, int rows, ScalarType working,"
    " bool of_features, bool of_weight, bool of_bias) -> (Tensor, Tensor, Tensor, Tensor, Tensor)"
)
N_ARGUMENTS = ARGUMENTS.split(")")[0].count(",") + 1


def _sum_and_gradients(
    features: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    logit_shift: Tensor | None,
    logit_scale: Tensor | None,
    key: str,
    rows: int,
    working: torch.dtype,
    *wanted: bool,
) -> tuple[Tensor, ...]:
    """Return the sum of the rows' losses, what a mean divides by, and three gradients of the sum."""
    known = target.device.type == "cpu"
    if known:
        target = _checked(target, key, weight.shape[0])
        check_weight(sample_weight)
    loss, numbers = loss_of(key), Numbers(class_weight, logit_shift, logit_scale)
    unit = _unit(working, class_weight, sample_weight)
    parts = list(_parts(target, key, rows))
    with torch.autocast(features.device.type, enabled=False):
        layer = _Layer(features, weight, bias, working, wanted, min(rows, len(features)))
        total, counted = (torch.zeros((), dtype=torch.float64, device=features.device) for _ in range(2))
        divisor = torch.tensor(unit, dtype=layer.wide, device=features.device)
        for part in parts:
            x, logits = layer.logits(part)
            share = None if sample_weight is None else sample_weight[part]
            call = Call(loss, numbers, logits, target[part], share, divisor)
            value, gradient = _of_chunk(call, differentiated=any(wanted))
            total.add_(value, alpha=unit)
            weights = total_weight(call)
            counted += 0.0 if weights is None else weights
            if any(wanted):
                layer.add(part, x, gradient, unit)
    return (total.to(layer.wide), counted.to(layer.wide), *layer.gradients)


class _Layer:
    """The linear layer: a chunk's logits, and the gradients so far, in single precision at least.

    In half precision the products are those of the half types, as in a layer by itself; what is added up
    over the chunks is not, since a sum of many would lose the digits of each.
    """

    def __init__(
        self,
        features: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        working: torch.dtype,
        wanted: Sequence[bool],
        rows: int,
    ) -> None:
        self.features, self.working, self.wide = features, working, _wide(working)
        self.weight = weight.to(working)
        self.bias = None if bias is None else bias.to(working)
        self.wanted = wanted
        self.gradients = _empty_gradients(features, weight, bias, self.wide, wanted)
        for gradient in self.gradients:
            gradient.zero_()
        self.room = features.new_empty((rows, len(weight)), dtype=working)
        self.exact = self.room
        if working != self.wide:
            self.exact = torch.empty_like(self.room, dtype=self.wide)

    def logits(self, part: Any) -> tuple[Tensor, Tensor]:
        """Return the features of some rows, and their logits in memory that the next ones take over."""
        x = self.features[part].to(self.working)
        room, exact = self.room[: len(x)], self.exact[: len(x)]
        if self.bias is None:
            torch.mm(x, self.weight.T, out=room)
        else:
            torch.addmm(self.bias, x, self.weight.T, out=room)
        return x, exact if room.dtype == exact.dtype else exact.copy_(room)

    def add(self, part: Any, x: Tensor, gradient: Tensor, unit: float) -> None:
        """Use up some rows' gradient in the logits, which is in units of `unit`."""
        of_features, of_weight, of_bias = self.gradients
        narrow = gradient if self.working == self.wide else self.room[: len(x)].copy_(gradient)
        if self.wanted[0]:
            product = torch.mm(narrow, self.weight).to(self.wide)
            of_features[part] = product if unit == 1.0 else product.mul_(unit)
        if self.wanted[1] and self.working == torch.bfloat16:
            of_weight.add_(torch.mm(narrow.T, x), alpha=unit)
        elif self.wanted[1]:  # a product in float16 might overflow
            of_weight.addmm_(gradient.T, x.to(self.wide), alpha=unit)
        if self.wanted[2]:
            of_bias.add_(gradient.sum(dim=0), alpha=unit)


def _wide(working: torch.dtype) -> torch.dtype:
    return torch.float64 if working == torch.float64 else torch.float32


def _empty_gradients(
    features: Tensor, weight: Tensor, bias: Tensor | None, wide: torch.dtype, wanted: Sequence[bool]
) -> tuple[Tensor, ...]:
    return tuple(
        features.new_empty(like.shape if asked and like is not None else (0,), dtype=wide)
        for like, asked in zip((features, weight, bias), wanted, strict=True)
    )


def _of_chunk(call: Call, *, differentiated: bool) -> tuple[Tensor, Tensor | None]:
    """Return a chunk's loss and gradient; a kernel writes the gradient over the logits."""
    if can_fuse(call) and call.logits.device.type in cuda.DEVICES:
        return cuda.softmax_loss(call, differentiated)
    if can_fuse(call):
        gradient = call.logits if differentiated else None
        return cpu.softmax_loss(call, gradient)[0], gradient
    with torch.enable_grad():
        z = call.logits.detach().requires_grad_(differentiated)
        value = reduced_loss(call._replace(logits=z))
    gradient = torch.autograd.grad(value, z)[0] if differentiated else None
    return value.detach(), gradient


def _checked(target: Tensor, key: str, n_classes: int) -> Tensor:
    """Refuse what is no target; one-hot becomes labels."""
    if target.dim() == 1:
        refuse_labels(target, loss_of(key).ignore_index, n_classes)
        return target
    labels = hard_target(target, 1)
    if labels is None:
        check_masses(target, 1)
    return target if labels is None else labels


def _parts(target: Tensor, key: str, rows: int) -> Iterator[Any]:
    """Give the rows chunk by chunk: slices, or the places of those that are not ignored and alone cost."""
    ignore = loss_of(key).ignore_index
    if target.dim() == 1 and ignore is not None:
        kept = (target != ignore).nonzero()[:, 0]
        if len(kept) < len(target):
            yield from kept.split(rows) if len(kept) else ()
            return
    for first in range(0, len(target), rows):
        yield slice(first, first + rows)


def _unit(working: torch.dtype, class_weight: Tensor | None, sample_weight: Tensor | None) -> float:
    """Return the unit of a chunk's gradient: in half precision the largest weight, so that entries fit."""
    if working in (torch.float32, torch.float64):
        return 1.0
    largest = (float(w.abs().max()) for w in (class_weight, sample_weight) if w is not None and w.numel() > 0)
    unit = 1.0
    for size in largest:
        unit *= size
    return unit if 0.0 < unit < float("inf") else 1.0


def _fake(
    features: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    logit_shift: Tensor | None,
    logit_scale: Tensor | None,
    key: str,
    rows: int,
    working: torch.dtype,
    *wanted: bool,
) -> tuple[Tensor, ...]:
    """Return tensors of the right shapes and types, without numbers."""
    wide = _wide(working)
    sums = (features.new_empty((), dtype=wide) for _ in range(2))
    return (*sums, *_empty_gradients(features, weight, bias, wide, wanted))


def _set_up(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    """Keep the gradients, and by reference what they are gradients in."""
    ctx.set_materialize_grads(False)
    ctx.mark_non_differentiable(*output[1:])
    ctx.wanted = inputs[-3:]
    ctx.save_for_backward(*inputs[:3], *output[2:])
    ctx.save_for_forward(*inputs[:3], *output[2:])


def _backward(ctx: Any, upstream: Tensor | None, *_: Any) -> tuple[Any, ...]:
    """Return the gradients times what comes from above."""
    layer, gradients = ctx.saved_tensors[:3], ctx.saved_tensors[3:]
    if upstream is None:
        return (None,) * N_ARGUMENTS
    result = [
        times(gradient, upstream, tensor.dtype).to(tensor.dtype) if asked else None
        for gradient, tensor, asked in zip(gradients, layer, ctx.wanted, strict=True)
    ]
    if torch.is_grad_enabled():
        result = [None if g is None else _Once.apply(g, *layer) for g in result]
    return (*result, *(None,) * (N_ARGUMENTS - 3))


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
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Any, ...]:
        """Refuse."""
        raise ScarceError("E568")

    @staticmethod
    def jvp(ctx: Any, *along: Tensor | None) -> Tensor:
        """Refuse."""
        raise ScarceError("E568")


class _Chunked(torch.autograd.Function):
    """The operator on plain tensors, and under transforms, which a registered one does not go through."""

    setup_context = staticmethod(_set_up)
    backward = staticmethod(_backward)

    @staticmethod
    def forward(*arguments: Any) -> tuple[Tensor, ...]:
        """Return what the operator returns."""
        return _sum_and_gradients(*arguments)

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


def sum_and_gradients(*arguments: Any) -> tuple[Tensor, ...]:
    """Return the operator's results: by way of PyTorch's registry only where there are no numbers yet."""
    features = arguments[0]
    plain = type(features) in (torch.Tensor, torch.nn.Parameter) and not features.is_meta
    return (_Chunked.apply if plain else linear_loss)(*arguments)
