"""Who computes a call: a kernel, or PyTorch's operations; and how a kernel's loss is differentiated.

A kernel computes the loss and its gradient in one pass. The gradient is kept, so that going backward is one
multiplication; going backward a second time differentiates the closed forms.

For compiled graphs the kernels are registered operators too, `torch.ops.scarce.sigmoid_loss` and
`softmax_loss`, which return the loss and its gradient in single precision. A loss travels in a string there.
Call them through `scarce.torch`: their gradient is scaled in place when the graph is let go.
"""

from __future__ import annotations

import functools
import json
import math
from typing import TYPE_CHECKING, Any

import torch
from torch.autograd import forward_ad

from scarce.errors import ScarceError
from scarce.losses import from_dict
from scarce.losses.modulation import MODULATIONS
from scarce.losses.numbers import Numbers
from scarce.torch import cpu, cuda
from scarce.torch.closed_forms import derivative, hessian_product, reduced_loss, value_and_gradient
from scarce.torch.cpu_memory import HALVES, room_for
from scarce.torch.distributed import shared_divisor
from scarce.torch.tensors import (
    Call,
    check_shapes,
    check_values,
    class_axis,
    is_plain,
    readable,
    row_shape,
    shapes_of,
    with_labels,
)

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses import Loss
    from scarce.torch.distributed import Ranks

FUSED_IN_GRAPHS = 32_768
"""From how many logits a compiled graph calls the kernel; below, it compiles the closed form itself.

Measured on 2 cores, forward and backward, rows of 16, medians in microseconds, closed form against operator:
sigmoid 71 and 128 for 256 logits, 139 and 162 for 16,384, 304 and 250 for 65,536, 926 and 441 for 262,144;
softmax 76 and 146, 180 and 210, 424 and 373, 1889 and 1028. Without a graph there is no such number, as the
kernel is faster at every size: 51 against 274 for the sigmoid of 256 logits, 65 against 446 for the softmax.
"""


def evaluate(call: Call, ranks: Ranks = None) -> Tensor:
    """Return the loss of a call, reduced as its loss says, by a mean over the ranks' rows.

    In a compiled graph a call holds the loss's key. Raises as `LossModule.forward` does.
    """
    if torch.compiler.is_compiling():
        loss, numbers, *tensors = call
        return _in_graph(*tensors, *numbers, loss, ranks)
    known = call.loss.memory.get("checked")
    if known is not None and ranks is None and not is_transformed() and known == shapes_of(call):
        return _fused(call)  # all but values is as in a call that a kernel of the CPU computed
    check_shapes(call)
    _check_transforms()
    call, is_traced = readable(call), _is_traced(call)
    can_look = not is_traced and call.logits.device.type == "cpu"
    if can_look:
        call = with_labels(call)
    fuses = not is_traced and can_fuse(call)
    if can_look and not fuses and check_values(call) and call.loss.kind == "sigmoid":
        call = call._replace(target=call.target.to(torch.int64))  # labels have a shorter path
    if ranks is not None:
        call = call._replace(divisor=shared_divisor(call, ranks))
    if not fuses:
        return reduced_loss(call)
    if call.logits.device.type not in cuda.DEVICES and not call.by_class:
        call.loss.memory["checked"] = shapes_of(call) or None
    return _fused(call)


@torch.compiler.allow_in_graph
def _in_graph(logits: Tensor, *arguments: Any) -> Tensor:
    target, weight, divisor, *numbers, key, ranks = arguments
    call = Call(loss_of(key), Numbers(*numbers), logits, target, weight, divisor)
    check_shapes(call)
    _check_transforms()
    call = readable(call)
    exported = torch.compiler.is_exporting()  # its shapes stay open, and where it goes our kernels may not be
    fuses = not exported and logits.numel() >= FUSED_IN_GRAPHS and can_fuse(call)
    if ranks is not None:
        call = call._replace(divisor=shared_divisor(call, ranks))
    if not fuses:
        return reduced_loss(call)
    op = sigmoid_loss if call.loss.kind == "sigmoid" else softmax_loss
    tensors = (logits, call.target, weight, *numbers, call.divisor)
    return op(*tensors, key_of(call.loss), logits.requires_grad and torch.is_grad_enabled())[0]


def can_fuse(call: Call) -> bool:
    """Return whether a kernel computes this call."""
    device = call.logits.device.type
    return cuda.can_fuse(call) if device in cuda.DEVICES else device == "cpu" and cpu.can_fuse(call)


def is_transformed() -> bool:
    """Return whether `torch.func` or forward mode is at work, whatever the tensors say of their gradients."""
    return torch._C._functorch.peek_interpreter_stack() is not None or forward_ad._current_level >= 0


def _is_traced(call: Call) -> bool:
    """Return whether a transform or a trace is at work, so that no value can be looked at."""
    plain = type(call.logits) is torch.Tensor or type(call.logits) is torch.nn.Parameter
    return not plain or call.logits.is_meta or is_transformed()


def _check_transforms() -> None:
    """Refuse forward mode inside forward mode: PyTorch leaves the outer one out of a rule like ours."""
    if torch._C._functorch.peek_interpreter_stack() is None:
        return
    stack = torch._C._functorch.get_interpreter_stack() or []
    if sum(level.key() == torch._C._functorch.TransformType.Jvp for level in stack) > 1:
        raise ScarceError("E589")


def _fused(call: Call) -> Tensor:
    """Return the loss of plain tensors by a kernel; its gradient is computed only if it is wanted."""
    if call.logits.requires_grad and torch.is_grad_enabled():
        return _Fused.apply(call.logits, call)
    return _computed(call, differentiated=False)[0]


def _computed(call: Call, differentiated: bool) -> tuple[Tensor, Tensor]:
    """Return value and gradient by a kernel; the gradient in memory of its own, or empty."""
    if call.logits.device.type in cuda.DEVICES:
        return cuda.KERNELS[call.loss.kind](call, differentiated)
    gradient = room_for(call.logits.shape if differentiated else (0,))
    return cpu.KERNELS[call.loss.kind](call, gradient if differentiated else None)[0], gradient


class _Fused(torch.autograd.Function):
    """The kernels without a registered operator's detour, which costs a small batch as much as the kernel."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, call: Call) -> Tensor:
        """Return the value; keep the gradient, in half precision in the logits' own type."""
        ctx.times = 1.0
        if logits.device.type not in cuda.DEVICES:
            gradient = room_for(logits.shape, logits.dtype)
            value, ctx.times = cpu.KERNELS[call.loss.kind](call, gradient)
        else:
            value, gradient = _computed(call, differentiated=True)
        ctx.loss = call.loss
        ctx.save_for_backward(logits, call.target, call.sample_weight, *call.numbers, call.divisor, gradient)
        return value

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Any, ...]:
        """Return the derivative in the logits."""
        logits, target, weight, *numbers, divisor, gradient = ctx.saved_tensors
        if torch.is_grad_enabled() or (logits.dtype in HALVES and logits.device.type not in cuda.DEVICES):
            call = Call(ctx.loss, Numbers(*numbers), logits, target, weight, divisor)
            if torch.is_grad_enabled():  # it will be differentiated, and so must come from the logits
                return derivative(call, upstream), None
            return _times_in_half(call, gradient, upstream, ctx.times), None
        return times(gradient, upstream, logits.dtype), None


_is_kept = getattr(torch._C._autograd, "_get_current_graph_task_keep_graph", lambda: True)
"""Return whether this graph may be gone through again, so that what it holds must stay as it is."""


def times(gradient: Tensor, upstream: Tensor, dtype: torch.dtype) -> Tensor:
    """Return a kept gradient times what comes from above; in its own memory where nobody needs it again.

    The type is that which it will have in the end: a GPU gives it that in the same pass.
    """
    if 0 < upstream.dim() < gradient.dim():
        upstream = upstream.unsqueeze(class_axis(gradient))
    if torch.is_grad_enabled() or not is_plain(gradient, upstream) or _is_kept():
        return gradient * upstream
    gradient = gradient.detach()
    if upstream.dim() == 0 and upstream.device.type == "cpu" and float(upstream) == 1.0:
        return gradient
    if cuda.can_scale(gradient, upstream):
        return cuda.scaled(gradient, upstream, dtype)
    return gradient.mul_(upstream)


def _times_in_half(call: Call, gradient: Tensor, upstream: Tensor, by: float) -> Tensor:
    """Return a half-precision gradient, ``by`` times too large, times what comes from above."""
    if upstream.dim() > 0 or not is_plain(upstream):
        return times(gradient.float(), upstream / by, torch.float32).to(gradient.dtype)
    factor = float(upstream) / by
    if math.isfinite(factor) and abs(math.frexp(factor)[0]) not in (0.0, 0.5):
        # to multiply would round a second time: compute it again, which takes no longer than a pass or two
        memory = room_for(gradient.shape, gradient.dtype) if _is_kept() else gradient.detach()
        cpu.KERNELS[call.loss.kind](call, memory, float(upstream))
        return memory
    if _is_kept():
        return gradient * factor
    return gradient.detach() if factor == 1.0 else gradient.detach().mul_(factor)


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


ARGUMENTS = (
    "(Tensor logits, Tensor target, Tensor? sample_weight, Tensor? class_weight, Tensor? logit_shift,"
    " Tensor? logit_scale, Tensor? divisor, str key, bool differentiated) -> (Tensor, Tensor)"
)


def _given(logits: Tensor, *arguments: Any) -> tuple[Call, bool]:
    target, weight, *numbers, divisor, key, differentiated = arguments
    return Call(loss_of(key), Numbers(*numbers), logits, target, weight, divisor), differentiated


def _on_cpu(*arguments: Any) -> tuple[Tensor, Tensor]:
    return _computed(*_given(*arguments))


def on_gpu(*arguments: Any) -> tuple[Tensor, Tensor]:
    """Compute on a GPU: by the closed form where a graph outlives the wish for the kernels."""
    call, differentiated = _given(*arguments)
    if cuda.can_fuse(call):
        return _computed(call, differentiated)
    value, gradient = value_and_gradient(call, differentiated)
    room = cuda.room(call.logits, call.loss.kind, differentiated)
    return value.to(torch.float32), room if gradient is None else room.copy_(gradient)


def _fake(*arguments: Any) -> tuple[Tensor, Tensor]:
    """Return tensors of the right shapes and types, without numbers."""
    call, differentiated = _given(*arguments)
    logits = call.logits
    shape = row_shape(call) if call.loss.reduction == "none" else ()
    value = logits.new_empty(shape, dtype=torch.float32)
    if logits.device.type in cuda.DEVICES:
        return value, cuda.room(logits, call.loss.kind, differentiated)
    return value, logits.new_empty(logits.shape if differentiated else 0, dtype=torch.float32)


def _set_up(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    """Keep the inputs, by reference, and the gradient."""
    ctx.set_materialize_grads(False)
    *tensors, ctx.key, _ = inputs
    ctx.save_for_backward(*tensors, output[1])


def _backward(ctx: Any, of_value: Tensor | None, of_gradient: Tensor | None) -> tuple[Any, ...]:
    """Return the derivative in the logits of whatever was done with the value and with the gradient."""
    *inputs, gradient = ctx.saved_tensors
    call, result = _given(*inputs, ctx.key, True)[0], None
    if of_value is not None:
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
