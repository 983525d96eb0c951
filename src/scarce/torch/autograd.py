"""Who computes a call: a kernel, or PyTorch's operations; and how a kernel's loss is differentiated.

A kernel computes the loss and its gradient in one pass. The gradient is kept, so that going backward is one
multiplication; going backward a second time differentiates the closed forms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.autograd import forward_ad

from scarce.errors import ScarceError
from scarce.losses.numbers import Numbers
from scarce.torch import cpu, cuda, operators
from scarce.torch.closed_forms import derivative, hard_target, reduced_loss
from scarce.torch.cpu_memory import HALVES, room_for
from scarce.torch.distributed import shared_divisor
from scarce.torch.kept_gradients import times, times_in_half
from scarce.torch.operators import loss_of
from scarce.torch.tensor_checks import check_shapes, check_values
from scarce.torch.tensors import Call, class_axis, readable, shapes_of

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.torch.distributed import Ranks

FUSED_IN_GRAPHS = 32_768
"""From how many logits a compiled graph calls the kernel; below, it compiles the closed form itself.

Measured on 2 cores, forward and backward, rows of 16, medians in microseconds, closed form against operator:
sigmoid 71 and 128 for 256 logits, 139 and 162 for 16,384, 304 and 250 for 65,536, 926 and 441 for 262,144;
softmax 76 and 146, 180 and 210, 424 and 373, 1889 and 1028. Without a graph there is no such number, as the
kernel is faster at every size: 51 against 274 for the sigmoid of 256 logits, 65 against 446 for the softmax.
"""


def evaluate(call: Call, ranks: Ranks = None) -> Tensor:
    """Return the loss of a call, reduced as its loss says.

    Parameters
    ----------
    call : Call
        A loss, its numbers, logits, target and sample weight; in a compiled graph the loss's key.
    ranks : process group or "world", optional
        Over whom the divisor of a mean is summed.

    Raises
    ------
    ScarceError
        As `LossModule.forward` does, if an input lies outside its domain.
    """
    if torch.compiler.is_compiling():
        loss, numbers, *tensors = call
        return _in_graph(*tensors, *numbers, loss, ranks)
    known = call.loss.memory.get("checked")
    if known is not None and ranks is None and not is_transformed() and known == shapes_of(call):
        return fused(call)  # all but values is as in a call that a kernel of the CPU computed
    check_shapes(call)
    _check_transforms()
    call, is_traced = readable(call), _is_traced(call)
    on_cpu = call.logits.device.type == "cpu"
    if on_cpu and not is_traced and call.loss.kind == "softmax" and call.target.dim() == call.logits.dim():
        # one-hot targets agree with labels to the last bit
        labels = hard_target(call.target, class_axis(call.logits))
        call = call if labels is None else call._replace(target=labels)
    fuses = not is_traced and can_fuse(call)
    if on_cpu and not is_traced and not fuses and check_values(call) and call.loss.kind == "sigmoid":
        call = call._replace(target=call.target.to(torch.int64))  # labels have a shorter path
    if ranks is not None:
        call = call._replace(divisor=shared_divisor(call, ranks))
    if not fuses:
        return reduced_loss(call)
    of_gpu = call.logits.device.type in cuda.DEVICES
    if not of_gpu and (call.loss.kind == "sigmoid" or call.target.dim() < call.logits.dim()):
        call.loss.memory["checked"] = shapes_of(call) or None
    return fused(call)


@torch.compiler.allow_in_graph
def _in_graph(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    divisor: Tensor | None,
    class_weight: Tensor | None,
    logit_shift: Tensor | None,
    logit_scale: Tensor | None,
    key: str,
    ranks: Any,
) -> Tensor:
    numbers = Numbers(class_weight, logit_shift, logit_scale)
    call = Call(loss_of(key), numbers, logits, target, sample_weight, divisor)
    check_shapes(call)
    _check_transforms()
    call = readable(call)
    exported = torch.compiler.is_exporting()  # its shapes stay open, and where it goes our kernels may not be
    fuses = not exported and logits.numel() >= FUSED_IN_GRAPHS and can_fuse(call)
    if ranks is not None:
        call = call._replace(divisor=shared_divisor(call, ranks))
    return operators.fused(call) if fuses else reduced_loss(call)


def can_fuse(call: Call) -> bool:
    """Return whether a kernel computes this call."""
    device = call.logits.device.type
    return cuda.can_fuse(call) if device in cuda.DEVICES else device == "cpu" and cpu.can_fuse(call)


def fused(call: Call) -> Tensor:
    """Return the loss of plain tensors by a kernel; its gradient is computed only if it is wanted."""
    if call.logits.requires_grad and torch.is_grad_enabled():
        return _Fused.apply(call.logits, call)
    return operators.computed(call, differentiated=False)[0]


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
            value, gradient = operators.computed(call, differentiated=True)
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
            return times_in_half(cpu.KERNELS[call.loss.kind], call, gradient, upstream, ctx.times), None
        if 0 < upstream.dim() < gradient.dim():
            upstream = upstream.unsqueeze(class_axis(logits))
        return times(gradient, upstream, logits.dtype), None


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
