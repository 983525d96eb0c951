"""The kernels as registered operators, `torch.ops.scarce.sigmoid_loss` and `softmax_loss`.

Each returns the loss and its gradient in single precision. They have a fake, an autograd and a vmap rule, so
that they go through `torch.compile`, `torch.export` and `torch.func`. Call them through `scarce.torch`: their
gradient is scaled in place when the graph is let go. A loss travels in a string, which a graph can hold.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

import torch

from scarce.losses import from_dict
from scarce.losses.modulation import MODULATIONS
from scarce.losses.numbers import Numbers
from scarce.torch import cpu, cuda
from scarce.torch.closed_forms import hessian_product, reduced_loss
from scarce.torch.cpu_memory import room_for
from scarce.torch.kept_gradients import times
from scarce.torch.tensors import Call, class_axis, row_shape

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses import Loss

ARGUMENTS = (
    "(Tensor logits, Tensor target, Tensor? sample_weight, Tensor? class_weight, Tensor? logit_shift,"
    " Tensor? logit_scale, Tensor? divisor, str key, bool differentiated) -> (Tensor, Tensor)"
)

_OF_USERS: dict[str, Loss] = {}


def key_of(loss: Loss) -> str:
    """Return a loss as a string: its settings, or a user's own loss's name in this process."""
    known = loss.memory.get("key")
    if known is None:
        known = json.dumps(loss.to_dict(), sort_keys=True)
        if type(loss.modulation) is not MODULATIONS.get(loss.modulation.name):
            known = f"{known} {id(loss)}"
            _OF_USERS[known] = loss
        loss.memory["key"] = known
    return known


@functools.lru_cache(maxsize=1024)
def _read(key: str) -> Loss:
    return from_dict(json.loads(key))


def loss_of(key: str) -> Loss:
    """Return the loss that a string stands for."""
    return _OF_USERS[key] if key in _OF_USERS else _read(key)


def computed(call: Call, *, differentiated: bool) -> tuple[Tensor, Tensor]:
    """Return value and gradient by a kernel; the gradient in memory of its own, or empty."""
    if call.logits.device.type in cuda.DEVICES:
        compute = cuda.sigmoid_loss if call.loss.kind == "sigmoid" else cuda.softmax_loss
        return compute(call, differentiated)
    gradient = room_for(call.logits.shape if differentiated else (0,))
    return cpu.KERNELS[call.loss.kind](call, gradient if differentiated else None)[0], gradient


def fused(call: Call) -> Tensor:
    """Return the loss through a registered operator, which a compiled graph can hold."""
    op = sigmoid_loss if call.loss.kind == "sigmoid" else softmax_loss
    tensors = (call.logits, call.target, call.sample_weight, *call.numbers, call.divisor)
    return op(*tensors, key_of(call.loss), call.logits.requires_grad and torch.is_grad_enabled())[0]


def _call(arguments: tuple[Any, ...]) -> Call:
    logits, target, weight, *numbers, divisor, key = arguments[:8]
    return Call(loss_of(key), Numbers(*numbers), logits, target, weight, divisor)


def _on_cpu(*arguments: Any) -> tuple[Tensor, Tensor]:
    return computed(_call(arguments), differentiated=arguments[8])


def on_gpu(*arguments: Any) -> tuple[Tensor, Tensor]:
    """Compute on a GPU: by the closed form where a graph outlives the wish for the kernels."""
    call, differentiated = _call(arguments), arguments[8]
    if cuda.can_fuse(call):
        return computed(call, differentiated=differentiated)
    room = cuda.room(call.logits, call.loss.kind, differentiated)
    if not differentiated:
        return reduced_loss(call).to(torch.float32), room
    with torch.enable_grad():
        z = call.logits.detach().requires_grad_()
        value = reduced_loss(call._replace(logits=z))
        gradient = torch.autograd.grad(value.sum(), z)[0]
    return value.detach().to(torch.float32), room.copy_(gradient)


def _fake(*arguments: Any) -> tuple[Tensor, Tensor]:
    """Return tensors of the right shapes and types, without numbers."""
    call, differentiated = _call(arguments), arguments[8]
    logits = call.logits
    shape = row_shape(call) if call.loss.reduction == "none" else ()
    value = logits.new_empty(shape, dtype=torch.float32)
    if logits.device.type in cuda.DEVICES:
        return value, cuda.room(logits, call.loss.kind, differentiated)
    return value, logits.new_empty(logits.shape if differentiated else 0, dtype=torch.float32)


def _set_up(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    """Keep the inputs, by reference, and the gradient."""
    ctx.set_materialize_grads(False)
    ctx.key = inputs[7]
    ctx.save_for_backward(*inputs[:7], output[1])


def _backward(ctx: Any, of_value: Tensor | None, of_gradient: Tensor | None) -> tuple[Any, ...]:
    """Return the derivative in the logits of whatever was done with the value and with the gradient."""
    *inputs, gradient = ctx.saved_tensors
    call, result = _call((*inputs, ctx.key)), None
    if of_value is not None:
        if 0 < of_value.dim() < gradient.dim():
            of_value = of_value.unsqueeze(class_axis(call.logits))
        result = times(gradient, of_value, call.logits.dtype)
    if of_gradient is not None:
        product = hessian_product(call, of_gradient)
        result = product if result is None else result + product
    return (None if result is None else result.to(call.logits.dtype), *(None,) * 8)


def one_by_one(op: Any, info: Any, in_dims: tuple[Any, ...], *arguments: Any) -> tuple[Any, Any]:
    """Go through a mapped axis: each entry is a call of its own, with its own mean."""
    parts = []
    for i in range(info.batch_size):
        chosen = (a if d is None else a.select(d, i) for a, d in zip(arguments, in_dims, strict=True))
        parts.append(op(*chosen))
    results = tuple(torch.stack(part) for part in zip(*parts, strict=True))
    return results, (0,) * len(results)


def _registered(name: str) -> Any:
    op = torch.library.custom_op(f"scarce::{name}", _on_cpu, mutates_args=(), schema=ARGUMENTS)
    op.register_kernel("cuda", on_gpu)
    op.register_fake(_fake)
    op.register_autograd(_backward, setup_context=_set_up)
    op.register_vmap(functools.partial(one_by_one, op))
    return op


sigmoid_loss = _registered("sigmoid_loss")
softmax_loss = _registered("softmax_loss")
