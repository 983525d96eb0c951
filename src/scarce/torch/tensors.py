"""A call on tensors: what it brings, and what is checked of it before anything is computed.

Shapes and types are checked first, then values where they can be looked at. Where they cannot (a trace, a
transform, a device that is not the CPU), what lies outside its domain weighs NaN.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from scarce.errors import ScarceError
from scarce.losses.domains import check_background
from scarce.losses.inputs import ROUNDING, can_hold
from scarce.losses.numbers import Numbers

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses import Loss


class Call(NamedTuple):
    """What one call brings: tensors, and a loss whose own numbers are not looked at.

    ``divisor`` is what the sum is divided by, where it was reduced over ranks, and otherwise None.
    """

    loss: Any
    numbers: Numbers
    logits: Tensor
    target: Tensor
    sample_weight: Tensor | None = None
    divisor: Tensor | None = None

    @property
    def by_class(self) -> bool:
        """Whether a target has a number for each class: one-hot, or soft."""
        return self.loss.kind == "softmax" and self.target.dim() == self.logits.dim()


NO_NUMBERS = Numbers()
NUMBERS = ("class_weight", "logit_shift", "logit_scale")
"""What the fields of `Numbers` are called as settings."""


def bare(loss: Loss) -> Loss:
    """Return a resolved loss without the numbers that travel as tensors."""
    return replace(loss, **dict.fromkeys((*NUMBERS, "class_counts", "classes")))


@functools.lru_cache(maxsize=1024)
def ignoring_nothing(loss: Loss) -> Loss:
    """Return the same loss without a target that is ignored."""
    return replace(loss, ignore_index=None)


@functools.lru_cache(maxsize=256)
def held_index(ignore_index: int | None, dtype: torch.dtype) -> int | None:
    """Return the ignored target, or None where a target of this type cannot be it (see `can_hold`)."""
    if ignore_index is None or dtype == torch.bool:
        return ignore_index
    if dtype.is_floating_point:  # a whole number is held if its digits, but for trailing zeros, are
        limits, digits = torch.finfo(dtype), abs(ignore_index) // max(1, ignore_index & -ignore_index)
        return ignore_index if digits < 2.0 / limits.eps and abs(ignore_index) <= limits.max else None
    limits = torch.iinfo(dtype)
    return ignore_index if can_hold(ignore_index, limits.min, limits.max) else None


def readable(call: Call) -> Call:
    """Return a call whose target can be compared with whole numbers: none wraps around in its type.

    Only class indices are ignored: one-hot and soft targets of a softmax say what they mean by themselves.
    """
    ignored, target = call.loss.ignore_index, call.target
    if ignored is not None and (call.by_class or held_index(ignored, target.dtype) is None):
        call = call._replace(loss=ignoring_nothing(call.loss))
    return call._replace(target=widened(target))


def widened(target: Tensor) -> Tensor:
    """Return whole numbers in a type that PyTorch has operations for."""
    return target.to(torch.int64) if target.dtype in UNSIGNED else target


UNSIGNED = (torch.uint16, torch.uint32, torch.uint64)
"""Types that PyTorch has hardly an operation for."""


def compute_dtype(logits: Tensor) -> torch.dtype:
    """Return the type to compute in: double for doubles, single for anything smaller."""
    return torch.float64 if logits.dtype == torch.float64 else torch.float32


def class_axis(logits: Tensor) -> int:
    """Return the axis of the classes or labels: 1, as everywhere in PyTorch, or the only one."""
    return 1 if logits.dim() > 1 else 0


def by_rows(values: Tensor) -> Tensor:
    """Return values with the class axis last and all others in one."""
    return torch.atleast_2d(values.movedim(class_axis(values), -1)).flatten(0, -2)


def spread(weight: Tensor, shape: torch.Size) -> Tensor:
    """Return a weight for each of the first axes in the shape of all of them."""
    return weight.reshape(weight.shape + (1,) * (len(shape) - weight.dim())).expand(shape)


def row_shape(call: Call) -> torch.Size:
    """Return the shape of one weight for every row of a softmax, or every element of a sigmoid."""
    shape, axis = call.logits.shape, class_axis(call.logits)
    return shape if call.loss.kind == "sigmoid" else shape[:axis] + shape[axis + 1 :]


def weight_of(call: Call) -> Tensor:
    """Return the weight of every row of a softmax, or every element of a sigmoid."""
    given, dtype = call.sample_weight, compute_dtype(call.logits)
    weight = call.logits.new_ones((), dtype=dtype) if given is None else given.to(dtype)
    return spread(weight, row_shape(call))


def is_plain(*tensors: Tensor) -> bool:
    """Return whether tensors are memory, not stand-ins of a transform or a trace."""
    of_transforms = torch._C._functorch
    for tensor in tensors:
        plain = type(tensor) is torch.Tensor or type(tensor) is torch.nn.Parameter
        if not plain or of_transforms.is_functorch_wrapped_tensor(tensor):
            return False
        if of_transforms.is_legacy_batchedtensor(tensor):
            return False
    return True


def shapes_of(call: Call) -> tuple[Any, ...]:
    """Return all that is checked of a call but values; nothing where that cannot be told in advance."""
    z, target = call.logits, call.target
    if type(z) is not torch.Tensor or type(target) is not torch.Tensor:
        return ()
    seen = [z.shape, z.dtype, z.device, target.shape, target.dtype, target.device, target.requires_grad]
    for given in (call.sample_weight, *call.numbers):
        if isinstance(given, torch.Tensor):
            seen += [type(given), given.shape, given.device, given.requires_grad]
        elif given is None:
            seen.append(None)
        else:
            return ()
    return (*seen, torch.is_grad_enabled(), torch._C._get_tracing_state() is None)


def with_labels(call: Call) -> Call:
    """Return a call with labels in place of one-hot targets: they agree to the last bit."""
    labels = hard_target(call.target, class_axis(call.logits)) if call.by_class else None
    return call if labels is None else call._replace(target=labels)


def hard_target(target: Tensor, axis: int) -> Tensor | None:
    """Return the labels of one-hot targets, or None if a row is no one-hot row."""
    rows = max(1, LOOKED_AT * target.shape[0] // max(1, target.numel()))
    parts = (target,) if axis == 0 else target.split(rows)
    if all(_is_one_hot(part, axis) for part in parts):
        return torch.argmax(target.view(torch.uint8) if target.dtype == torch.bool else target, dim=axis)
    return None


def _is_one_hot(target: Tensor, axis: int) -> bool:
    ones = target == 1.0
    return bool((ones | (target == 0.0)).all()) and bool((ones.sum(dim=axis) == 1).all())


LOOKED_AT = 1 << 16  # entries at once: what is soft shows early, and little is held


def is_hard(target: Tensor, ignore_index: int | None = None) -> bool:
    """Return whether every target is 0, 1 or ignored, which for numbers with a point means to look."""
    if not target.is_floating_point():
        return True
    good = (target == 0.0) | (target == 1.0)
    return bool((good if ignore_index is None else good | (target == ignore_index)).all())


def check_shapes(call: Call) -> None:
    """Refuse shapes and types that do not fit; looks at no value."""
    given = (call.target, call.sample_weight, *call.numbers)
    for name, tensor in zip(("target", "sample_weight", *NUMBERS), given, strict=True):
        if tensor is not None and not isinstance(tensor, torch.Tensor):
            raise ScarceError("E560", name=name, given=type(tensor).__name__)
        if tensor is not None and tensor.requires_grad and torch.is_grad_enabled():
            raise ScarceError("E562", name=name)  # its gradient would be lost without a word
    check_logits(call)
    z, target = call.logits, call.target
    suggestion = (_misfit_of_elements if call.loss.kind == "sigmoid" else _misfit_of_rows)(z, target)
    if suggestion is not None:
        raise ScarceError("E505", logits=tuple(z.shape), target=tuple(target.shape), suggestion=suggestion)
    weight, shape = call.sample_weight, row_shape(call)
    if weight is not None and (weight.dim() > len(shape) or weight.shape != shape[: weight.dim()]):
        what = f"sample_weight has shape {tuple(weight.shape)} and the target {tuple(shape)}"
        raise ScarceError("E515", what=what)


def check_logits(call: Call) -> None:
    """Refuse logits that are none, too few for a softmax, or not as many as the settings have numbers."""
    loss, z = call.loss, call.logits
    if not isinstance(z, torch.Tensor):
        raise ScarceError("E560", name="logits", given=type(z).__name__)
    check_recording()
    if not z.is_floating_point():
        suggestion = "pass the network's raw outputs"
        raise ScarceError("E563", what="logits", dtype=z.dtype, suggestion=suggestion)
    is_sigmoid = loss.kind == "sigmoid"
    n = z.shape[class_axis(z)] if z.dim() > 0 else 1
    if n == 1 and not is_sigmoid:
        raise ScarceError("E561", shape=tuple(z.shape))
    if loss.reduction == "mean_positive" and not is_sigmoid:
        check_background(loss.background, n)
    for name, numbers in zip(NUMBERS, call.numbers, strict=True):
        if numbers is None:
            continue
        # a sigmoid's class weights have negative and positive on their last axis
        in_pairs = is_sigmoid and name == "class_weight"
        if numbers.dim() > 1 + in_pairs or (name == "class_weight" and numbers.dim() == 0):
            raise ScarceError("E509", name=name, shape=tuple(numbers.shape))
        if in_pairs and numbers.shape[-1] != 2:
            raise ScarceError("E527", what=name, given=numbers.shape[-1], n_classes=2)
        shape = numbers.shape[:-1] if in_pairs else numbers.shape
        if shape in ((), (n,)):
            continue
        if is_sigmoid:
            raise ScarceError("E528", what=name, given=shape[0], shape=tuple(z.shape), axis="axis 1")
        raise ScarceError("E527", what=name, given=shape[0], n_classes=n)


def _misfit_of_elements(z: Tensor, target: Tensor) -> str | None:
    """Return what to do about a target that does not have the shape of a sigmoid's logits."""
    if target.shape == z.shape:
        return None
    if z.shape == (*target.shape, 1):
        return "give the target the logits' last axis too: target.unsqueeze(-1)"
    return "pass one target a logit; for one class out of several use the softmax loss"


def _misfit_of_rows(z: Tensor, target: Tensor) -> str | None:
    """Return what to do about a target that does not fit a softmax's logits in shape."""
    axis, whole = class_axis(z), not target.is_floating_point()
    if z.dim() == 1 and target.shape == z.shape:
        raise ScarceError("E561", shape=tuple(z.shape)) if whole else ScarceError("E570", n=len(z))
    if z.shape[axis] == 0:
        return "give the logits two classes or more on axis 1"
    without_classes = z.shape[:axis] + z.shape[axis + 1 :]
    if target.shape not in (z.shape, without_classes):
        if z.dim() > 2 and target.shape == z.shape[:-1]:
            return "the classes lie on axis 1, as everywhere in PyTorch: pass logits.movedim(-1, 1)"
        return f"pass one class index a row, in shape {tuple(without_classes)}, or a probability a logit"
    if target.shape != z.shape and not whole:
        suggestion = "pass class indices as whole numbers: target.long()"
        raise ScarceError("E563", what="target", dtype=target.dtype, suggestion=suggestion)
    return None


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
        place, value = first_bad(is_weight(sample_weight), sample_weight)
        raise ScarceError("E515", what=f"sample_weight[{place}] is {value:g}")


def check_masses(target: Tensor, axis: int) -> None:
    """Refuse soft targets with a negative entry, or a row that does not sum to 1, but for rounding."""
    if target.numel() > 0 and not bool(target.amin() >= -ROUNDING):  # holds nothing in the target's size
        place, value = first_bad(target >= -ROUNDING, target)
        raise ScarceError("E521", place=place, what=f"{value:g}")
    sums = _sums(target, axis)
    if bad := first_bad(is_whole(sums), sums):
        place, value = bad
        raise ScarceError("E521", place=place, what=f"a row that sums to {value:g}")


def refuse_targets(target: Tensor, ignore_index: int | None) -> None:
    """Raise the error of the first target that is not 0, 1 or a probability, if there is one."""
    if bad := first_bad(is_target(target, ignore_index), target):
        place, value = bad
        if target.is_floating_point():
            raise ScarceError("E521", place=place, what=f"{value:g}")
        raise ScarceError("E504", place=place, value=value, classes="0 and 1")


def refuse_labels(target: Tensor, ignore_index: int | None, n_classes: int) -> None:
    """Raise the error of the first label that is not a class, if there is one."""
    if bad := first_bad(is_label(target, ignore_index, n_classes), target):
        place, value = bad
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
    weight = weight_of(call)
    weight = torch.where(good & is_weight(weight), weight, torch.nan)
    return call._replace(target=target, sample_weight=weight)


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


def first_bad(good: Tensor, values: Tensor) -> tuple[str, float] | None:
    """Return the first place that is not good, as it is written, and the value there; None if all are."""
    if good.all():
        return None
    place = (~good).nonzero()[0].tolist()
    return ",".join(map(str, place)), values[tuple(place)].item()
