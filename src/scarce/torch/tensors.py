"""A call on tensors: what it brings, and what is done about types and shapes before anything is computed."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from scarce.losses.inputs import can_hold
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


NO_NUMBERS = Numbers()
NUMBERS = ("class_weight", "logit_shift", "logit_scale")
"""What the fields of `Numbers` are called as settings."""


def bare(loss: Loss) -> Loss:
    """Return a resolved loss without the numbers that travel as tensors."""
    return replace(
        loss, class_weight=None, logit_shift=None, logit_scale=None, class_counts=None, classes=None
    )


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
    loss, target = call.loss, call.target
    if loss.ignore_index is not None:
        by_class = loss.kind == "softmax" and target.dim() == call.logits.dim()
        if by_class or held_index(loss.ignore_index, target.dtype) is None:
            call = call._replace(loss=ignoring_nothing(loss))
    return call if target.dtype not in UNSIGNED else call._replace(target=widened(target))


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
    moved = values.movedim(class_axis(values), -1)
    if moved.dim() == 2:
        return moved  # as it is, so that an exported graph keeps its number of rows open
    return moved.reshape(-1, moved.shape[-1]) if moved.numel() else moved.reshape(0, moved.shape[-1])


def spread(weight: Tensor, shape: torch.Size) -> Tensor:
    """Return a weight for each of the first axes in the shape of all of them."""
    return weight.reshape(weight.shape + (1,) * (len(shape) - weight.dim())).expand(shape)


def row_shape(call: Call) -> torch.Size:
    """Return the shape of one weight for every row of a softmax, or every element of a sigmoid."""
    shape, axis = call.logits.shape, class_axis(call.logits)
    return shape if call.loss.kind == "sigmoid" else shape[:axis] + shape[axis + 1 :]


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
