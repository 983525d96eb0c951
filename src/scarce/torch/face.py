"""From a call's inputs to its loss: check, lay out, and choose who computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.autograd import forward_ad

from scarce.errors import ScarceError
from scarce.torch import operators, sigmoid, softmax
from scarce.torch.differentiable import ClosedForm
from scarce.torch.distributed import shared_divisor
from scarce.torch.plan import Call, class_axis, plan_of

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
    values_are_known = call.logits.device.type == "cpu" and not _is_traced(call)
    if plan_of(call.key).kind == "softmax" and values_are_known:
        call = _with_labels(call)
    if ranks is not None:
        call = call._replace(divisor=shared_divisor(call, ranks))
    if not _is_traced(call) and operators.can_fuse(call):
        if plan_of(call.key).kind == "softmax" and call.target.dim() == call.logits.dim():
            check_masses(call.target, class_axis(call.logits))
        return operators.fused(call)
    hard = not call.target.is_floating_point()
    if values_are_known:
        hard = _check_values(call)
    return ClosedForm.apply(*call, hard)[0]


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
    if ranks is not None:
        call = call._replace(divisor=shared_divisor(call, ranks))
    exported = torch.compiler.is_exporting()  # its shapes stay open, and where it goes our kernels may not be
    if not exported and logits.numel() >= FUSED_IN_GRAPHS and operators.can_fuse(call):
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


def _check_values(call: Call) -> bool:
    """Refuse targets outside their domain; return whether every one is 0 or 1."""
    plan, target = plan_of(call.key), call.target
    if plan.kind == "sigmoid":
        operators.refuse_targets(target, plan.ignore_index)
        return sigmoid.is_hard(target)
    if target.dim() < call.logits.dim():
        operators.refuse_labels(target, plan.ignore_index, call.logits.shape[class_axis(call.logits)])
        return True
    check_masses(target, class_axis(call.logits))
    return False


def check_masses(target: Tensor, axis: int) -> None:
    """Refuse soft targets with a negative entry, or a row that does not sum to 1."""
    if target.numel() > 0 and not bool(target.amin() >= 0):  # holds nothing in the target's size
        place = (~(target >= 0)).nonzero()[0].tolist()
        what = f"{target[tuple(place)].item():g}"
        raise ScarceError("E521", place=",".join(map(str, place)), what=what)
    sums = target.sum(dim=axis).to(torch.float32)  # halves are added up in single precision anyway
    for place in (~((sums - 1.0).abs() <= ROW_SUM_TOLERANCE)).nonzero()[:1].tolist():
        what = f"a row that sums to {sums[tuple(place)].item():g}"
        raise ScarceError("E521", place=",".join(map(str, place)), what=what)


ROW_SUM_TOLERANCE = 1e-2  # a soft target may come from half precision, or be rounded to it


def check_shapes(call: Call) -> None:
    """Refuse shapes and types that do not fit; looks at no value."""
    for name, given in (("target", call.target), ("sample_weight", call.sample_weight)):
        if given is not None and not isinstance(given, torch.Tensor):
            raise ScarceError("E560", name=name, given=type(given).__name__)
    check_logits(call)
    if torch.is_grad_enabled():
        _check_constant(call)
    _check_target(call)
    weight = call.sample_weight
    shape = call.target.shape
    if call.target.dim() == call.logits.dim() and plan_of(call.key).kind == "softmax":
        axis = class_axis(call.logits)
        shape = shape[:axis] + shape[axis + 1 :]
    if weight is not None and (weight.dim() > len(shape) or weight.shape != shape[: weight.dim()]):
        what = f"sample_weight has shape {tuple(weight.shape)} and the target {tuple(shape)}"
        raise ScarceError("E515", what=what)


def _check_constant(call: Call) -> None:
    """Refuse whatever but the logits wants a gradient, which would be lost without a word."""
    for name, given in zip(call._fields[1:6], call[1:6], strict=True):
        if given is not None and given.requires_grad:
            raise ScarceError("E562", name=name)


def check_logits(call: Call) -> None:
    """Refuse logits that are none, too few for a softmax, or not as many as the settings have numbers."""
    z = call.logits
    if not isinstance(z, torch.Tensor):
        raise ScarceError("E560", name="logits", given=type(z).__name__)
    if not z.is_floating_point():
        suggestion = "pass the network's raw outputs"
        raise ScarceError("E563", what="logits", dtype=z.dtype, suggestion=suggestion)
    is_sigmoid = plan_of(call.key).kind == "sigmoid"
    n = z.shape[class_axis(z)] if z.dim() > 0 else 1
    if n == 1 and not is_sigmoid:
        raise ScarceError("E561", shape=tuple(z.shape))
    for name, numbers in zip(call._fields[3:6], call[3:6], strict=True):
        if numbers is None:
            continue
        # a sigmoid's class weights have negative and positive on their last axis
        shape = numbers.shape[:-1] if is_sigmoid and name == "class_weight" else numbers.shape
        given = shape.numel()
        if given == n or not shape or (given == 1 and not is_sigmoid):
            continue
        if is_sigmoid:
            raise ScarceError("E528", what=name, given=given, shape=tuple(z.shape), axis="axis 1")
        raise ScarceError("E527", what=name, given=given, n_classes=n)


def _check_target(call: Call) -> None:
    z, target = call.logits, call.target
    if plan_of(call.key).kind == "sigmoid":
        if target.shape != z.shape:
            suggestion = "pass one target a logit; for one class out of several use the softmax loss"
            raise ScarceError(
                "E505", logits=tuple(z.shape), target=tuple(target.shape), suggestion=suggestion
            )
        return
    axis = class_axis(z)
    if z.dim() == 1 and target.shape == z.shape:
        raise ScarceError("E561", shape=tuple(z.shape))
    if z.shape[axis] == 0:
        suggestion = "give the logits two classes or more on axis 1"
        raise ScarceError("E505", logits=tuple(z.shape), target=tuple(target.shape), suggestion=suggestion)
    if target.shape == z.shape and target.is_floating_point():
        return
    without_classes = z.shape[:axis] + z.shape[axis + 1 :]
    if target.shape != z.shape and target.shape != without_classes:
        suggestion = (
            f"pass one class index a row, in shape {tuple(without_classes)}, or a probability a logit"
        )
        raise ScarceError("E505", logits=tuple(z.shape), target=tuple(target.shape), suggestion=suggestion)
    if target.shape != z.shape and target.is_floating_point():
        suggestion = "pass class indices as whole numbers: target.long()"
        raise ScarceError("E563", what="target", dtype=target.dtype, suggestion=suggestion)
