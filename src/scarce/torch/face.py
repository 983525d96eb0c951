"""From a call's inputs to its loss: check, lay out, and choose who computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.autograd import forward_ad

from scarce.errors import ScarceError
from scarce.torch import operators, softmax
from scarce.torch.checks import check_shapes, check_values, weighing_nan
from scarce.torch.differentiable import ClosedForm
from scarce.torch.distributed import shared_divisor
from scarce.torch.plan import Call, class_axis, plan_of, readable

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.torch.distributed import Ranks


def evaluate(call: Call, ranks: Ranks = None) -> Tensor:
    """Return the loss of a call, reduced as its settings say.

    Parameters
    ----------
    call : Call
        Logits, target and settings.
    ranks : process group or "world", optional
        Over whom the divisor of a mean is summed.

    Raises
    ------
    ScarceError
        As `LossModule.forward` does, if an input lies outside its domain.
    """
    if torch.compiler.is_compiling():
        return _in_graph(*call, ranks)
    return _evaluate(call, ranks)


def _evaluate(call: Call, ranks: Ranks) -> Tensor:
    check_shapes(call)
    _check_transforms()
    call, is_traced = readable(call), _is_traced(call)
    values_are_known = call.logits.device.type == "cpu" and not is_traced
    if plan_of(call.key).kind == "softmax" and values_are_known:
        call = _with_labels(call)
    fuses = not is_traced and operators.can_fuse(call)
    hard = not call.target.is_floating_point()
    if not values_are_known and not fuses:
        call = weighing_nan(call)
    elif not fuses:  # a kernel looks by itself
        hard = check_values(call)
    if ranks is not None:
        call = call._replace(divisor=shared_divisor(call, ranks))
    return operators.fused(call) if fuses else ClosedForm.apply(*call, hard)[0]


FUSED_IN_GRAPHS = 32_768
"""From how many logits a compiled graph calls the kernel; below, it compiles the closed form itself.

Measured on 2 cores, forward and backward, rows of 16, medians in microseconds, closed form against operator:
sigmoid 71 and 128 for 256 logits, 139 and 162 for 16,384, 304 and 250 for 65,536, 926 and 441 for 262,144;
softmax 76 and 146, 180 and 210, 424 and 373, 1889 and 1028. Without a graph there is no such number, as the
kernel is faster at every size: 51 against 274 for the sigmoid of 256 logits, 65 against 446 for the softmax.
"""


@torch.compiler.allow_in_graph
def _in_graph(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    logit_shift: Tensor | None,
    logit_scale: Tensor | None,
    divisor: Tensor | None,
    key: str,
    ranks: Any,
) -> Tensor:
    call = Call(logits, target, sample_weight, class_weight, logit_shift, logit_scale, divisor, key)
    check_shapes(call)
    _check_transforms()
    call = readable(call)
    exported = torch.compiler.is_exporting()  # its shapes stay open, and where it goes our kernels may not be
    fuses = not exported and logits.numel() >= FUSED_IN_GRAPHS and operators.can_fuse(call)
    call = call if fuses else weighing_nan(call)
    if ranks is not None:
        call = call._replace(divisor=shared_divisor(call, ranks))
    if fuses:
        return operators.fused_in_graph(call)
    return ClosedForm.apply(*call, not target.is_floating_point())[0]


def _check_transforms() -> None:
    """Refuse forward mode inside forward mode: PyTorch leaves the outer one out of a rule like ours."""
    if torch._C._functorch.peek_interpreter_stack() is None:
        return
    stack = torch._C._functorch.get_interpreter_stack() or []
    if sum(level.key() == torch._C._functorch.TransformType.Jvp for level in stack) > 1:
        raise ScarceError("E589")


def _is_traced(call: Call) -> bool:
    """Return whether a transform or a trace is at work, so that no value can be looked at."""
    if is_transformed():
        return True
    return type(call.logits) not in (torch.Tensor, torch.nn.Parameter) or call.logits.is_meta


def is_transformed() -> bool:
    """Return whether `torch.func` or forward mode is at work, whatever the tensors say of their gradients."""
    return torch._C._functorch.peek_interpreter_stack() is not None or forward_ad._current_level >= 0


def _with_labels(call: Call) -> Call:
    """Give one-hot targets the labels' path, so that they agree with labels to the last bit."""
    if call.target.dim() < call.logits.dim():
        return call
    labels = softmax.hard_target(call.target, class_axis(call.logits))
    return call if labels is None else call._replace(target=labels)
