"""The one table of checks of a call on tensors: shapes and types, then values where they can be looked at.

Where they cannot (a trace, a transform, a device that is not the CPU), what lies outside its domain weighs
NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from scarce.errors import ScarceError
from scarce.losses.inputs import ROUNDING
from scarce.torch.closed_forms import is_hard
from scarce.torch.tensors import UNSIGNED, Call, class_axis, compute_dtype, row_shape

if TYPE_CHECKING:
    from torch import Tensor


NAMES = ("class_weight", "logit_shift", "logit_scale")


def check_shapes(call: Call) -> None:
    """Refuse shapes and types that do not fit; looks at no value."""
    for name, given in (("target", call.target), ("sample_weight", call.sample_weight)):
        if given is not None and not isinstance(given, torch.Tensor):
            raise ScarceError("E560", name=name, given=type(given).__name__)
    check_logits(call)
    if torch.is_grad_enabled():
        _check_constant(call)
    _check_target(call)
    weight, shape = call.sample_weight, row_shape(call)
    if weight is not None and (weight.dim() > len(shape) or weight.shape != shape[: weight.dim()]):
        what = f"sample_weight has shape {tuple(weight.shape)} and the target {tuple(shape)}"
        raise ScarceError("E515", what=what)


def check_logits(call: Call) -> None:
    """Refuse logits that are none, too few for a softmax, or not as many as the settings have numbers."""
    z = call.logits
    if not isinstance(z, torch.Tensor):
        raise ScarceError("E560", name="logits", given=type(z).__name__)
    check_recording()
    if not z.is_floating_point():
        suggestion = "pass the network's raw outputs"
        raise ScarceError("E563", what="logits", dtype=z.dtype, suggestion=suggestion)
    loss = call.loss
    is_sigmoid = loss.kind == "sigmoid"
    n = z.shape[class_axis(z)] if z.dim() > 0 else 1
    if n == 1 and not is_sigmoid:
        raise ScarceError("E561", shape=tuple(z.shape))
    if not is_sigmoid and loss.reduction == "mean_positive" and loss.background not in range(n):
        allowed = f"one of the classes 0 to {n - 1}"
        raise ScarceError("E501", parameter="background", value=loss.background, allowed=allowed)
    for name, numbers in zip(NAMES, call.numbers, strict=True):
        if numbers is None:
            continue
        # a sigmoid's class weights have negative and positive on their last axis
        in_pairs = is_sigmoid and name == "class_weight"
        if numbers.dim() > 1 + in_pairs or (name == "class_weight" and numbers.dim() == 0):
            raise ScarceError("E509", name=name, shape=tuple(numbers.shape))
        if in_pairs and numbers.shape[-1] != 2:
            raise ScarceError("E527", what=name, given=numbers.shape[-1], n_classes=2)
        shape = numbers.shape[:-1] if in_pairs else numbers.shape
        given = shape.numel()
        if given == n or not shape:
            continue
        if is_sigmoid:
            raise ScarceError("E528", what=name, given=given, shape=tuple(z.shape), axis="axis 1")
        raise ScarceError("E527", what=name, given=given, n_classes=n)


def check_recording() -> None:
    """Refuse `torch.jit.trace` and the exporters that stand on it: they keep numbers for constants."""
    if torch._C._get_tracing_state() is not None:
        raise ScarceError("E569")


def check_values(call: Call) -> bool:
    """Refuse values outside their domain; return whether every target is 0, 1 or ignored, or an index."""
    loss, target = call.loss, call.target
    check_weight(call.sample_weight)
    if loss.kind == "sigmoid":
        refuse_targets(target, loss.ignore_index)
        return is_hard(target, loss.ignore_index)
    if target.dim() < call.logits.dim():
        refuse_labels(target, loss.ignore_index, call.logits.shape[class_axis(call.logits)])
        return True
    check_masses(target, class_axis(call.logits))
    return False


def check_weight(sample_weight: Tensor | None) -> None:
    """Refuse a sample weight that is negative or not finite."""
    if sample_weight is None or sample_weight.numel() == 0 or sample_weight.dtype == torch.bool:
        return
    if sample_weight.dtype in UNSIGNED:
        return  # of which none is bad
    least, most = torch.aminmax(sample_weight.detach())  # in one pass; either is NaN if a weight is
    if not (least >= 0 and most < torch.inf):
        place, value = _first(~is_weight(sample_weight), sample_weight)
        raise ScarceError("E515", what=f"sample_weight[{place}] is {value:g}")


def check_masses(target: Tensor, axis: int) -> None:
    """Refuse soft targets with a negative entry, or a row that does not sum to 1, but for rounding."""
    if target.numel() > 0 and not bool(target.amin() >= -ROUNDING):  # holds nothing in the target's size
        place, value = _first(~(target >= -ROUNDING), target)
        raise ScarceError("E521", place=place, what=f"{value:g}")
    sums = _sums(target, axis)
    bad = ~is_whole(sums)
    if bad.any():
        place, value = _first(bad, sums)
        raise ScarceError("E521", place=place, what=f"a row that sums to {value:g}")


def refuse_targets(target: Tensor, ignore_index: int | None) -> None:
    """Raise the error of the first target that is not 0, 1 or a probability, if there is one."""
    bad = ~is_target(target, ignore_index)
    if bad.any():
        place, value = _first(bad, target)
        if target.is_floating_point():
            raise ScarceError("E521", place=place, what=f"{value:g}")
        raise ScarceError("E504", place=place, value=value, classes="0 and 1")


def refuse_labels(target: Tensor, ignore_index: int | None, n_classes: int) -> None:
    """Raise the error of the first label that is not a class, if there is one."""
    bad = ~is_label(target, ignore_index, n_classes)
    if bad.any():
        place, value = _first(bad, target)
        raise ScarceError("E504", place=place, value=value, classes=f"0 to {n_classes - 1}")


def weighing_nan(call: Call) -> Call:
    """Return a call in which what `check_values` would refuse weighs NaN."""
    loss, target, axis = call.loss, call.target, class_axis(call.logits)
    if loss.kind == "sigmoid":
        good = is_target(target, loss.ignore_index)
    elif target.dim() < call.logits.dim():
        good = is_label(target, loss.ignore_index, call.logits.shape[axis])
        target = torch.where(good, target, 0)
    else:
        good = (torch.amin(target, dim=axis) >= -ROUNDING) & is_whole(_sums(target, axis))
    weight = torch.ones((), dtype=compute_dtype(call.logits), device=target.device)
    if call.sample_weight is not None:
        weight = call.sample_weight.to(weight.dtype)
        weight = weight.reshape(weight.shape + (1,) * (good.dim() - weight.dim()))
    good = good & is_weight(weight)
    return call._replace(target=target, sample_weight=torch.where(good, weight, torch.nan))


def is_weight(weight: Tensor) -> Tensor:
    """Return where a weight is finite and not negative."""
    return (weight >= 0) & (weight < torch.inf)


def is_target(target: Tensor, ignore_index: int | None) -> Tensor:
    """Return where a target is 0, 1, a probability but for rounding, or ignored."""
    rounding = ROUNDING if target.is_floating_point() else 0
    good = (target >= -rounding) & (target <= 1 + rounding)
    return good if ignore_index is None else good | (target == ignore_index)


def is_label(target: Tensor, ignore_index: int | None, n_classes: int) -> Tensor:
    """Return where a label is one of the classes, or ignored."""
    labels = target.to(torch.int64)  # a number of classes beyond a narrow type would wrap around
    good = (labels >= 0) & (labels < n_classes)
    return good if ignore_index is None else good | (labels == ignore_index)


def is_whole(sums: Tensor) -> Tensor:
    """Return where the masses of a row sum to 1, but for rounding."""
    return (sums - 1.0).abs() <= ROUNDING


def _sums(target: Tensor, axis: int) -> Tensor:
    """Return the rows' sums; halves are added up in single precision anyway."""
    return target.sum(dim=axis).to(torch.float32)


def _first(bad: Tensor, values: Tensor) -> tuple[str, float]:
    """Return the first bad place, as it is written, and the value there."""
    place = bad.nonzero()[0].tolist()
    return ",".join(map(str, place)), values[tuple(place)].item()


def _check_constant(call: Call) -> None:
    """Refuse whatever but the logits wants a gradient, which would be lost without a word."""
    tensors = (call.target, call.sample_weight, *call.numbers)
    for name, given in zip(("target", "sample_weight", *NAMES), tensors, strict=True):
        if given is not None and given.requires_grad:
            raise ScarceError("E562", name=name)


def _check_target(call: Call) -> None:
    z, target = call.logits, call.target
    if call.loss.kind == "sigmoid":
        if target.shape != z.shape:
            suggestion = "pass one target a logit; for one class out of several use the softmax loss"
            if z.shape == (*target.shape, 1):
                suggestion = "give the target the logits' last axis too: target.unsqueeze(-1)"
            raise ScarceError(
                "E505", logits=tuple(z.shape), target=tuple(target.shape), suggestion=suggestion
            )
        return
    axis = class_axis(z)
    if z.dim() == 1 and target.shape == z.shape:
        if target.is_floating_point():
            raise ScarceError("E570", n=len(z))
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
        if z.dim() > 2 and target.shape == z.shape[:-1]:
            suggestion = "the classes lie on axis 1, as everywhere in PyTorch: pass logits.movedim(-1, 1)"
        raise ScarceError("E505", logits=tuple(z.shape), target=tuple(target.shape), suggestion=suggestion)
    if target.shape != z.shape and target.is_floating_point():
        suggestion = "pass class indices as whole numbers: target.long()"
        raise ScarceError("E563", what="target", dtype=target.dtype, suggestion=suggestion)
