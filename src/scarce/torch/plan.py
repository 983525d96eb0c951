"""A loss's settings in a string, so that a call can cross into a registered operator or a traced graph."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from scarce.losses import SigmoidLoss, SoftmaxLoss, from_dict
from scarce.losses.inputs import can_hold

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses import Loss


class Call(NamedTuple):
    """What one call brings: tensors, and the key of the settings.

    ``divisor`` is what the sum is divided by, where it was reduced over ranks, and otherwise None.
    """

    logits: Tensor
    target: Tensor
    sample_weight: Tensor | None
    class_weight: Tensor | None
    logit_shift: Tensor | None
    logit_scale: Tensor | None
    divisor: Tensor | None
    key: str


def key_of(loss: Loss) -> str:
    """Return all settings of a resolved loss but the numbers that travel as tensors."""
    bare = replace(
        loss, class_weight=None, logit_shift=None, logit_scale=None, class_counts=None, classes=None
    )
    return json.dumps(bare.to_dict(), sort_keys=True)


@functools.lru_cache(maxsize=1024)
def plan_of(key: str) -> Any:
    """Return the loss that a key spells, without weights, shift and scale."""
    loss = from_dict(json.loads(key))
    assert isinstance(loss, SigmoidLoss | SoftmaxLoss)
    return loss


@functools.lru_cache(maxsize=1024)
def ignoring_nothing(key: str) -> str:
    """Return the key of the same settings without a target that is ignored."""
    return key_of(replace(plan_of(key), ignore_index=None))


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
    target = call.target
    if target.dtype == torch.int64 and target.dim() < call.logits.dim():
        return call  # the usual one: a small batch feels what follows
    plan = plan_of(call.key)
    if plan.ignore_index is not None:
        by_class = plan.kind == "softmax" and target.dim() == call.logits.dim()
        if by_class or held_index(plan.ignore_index, target.dtype) is None:
            call = call._replace(key=ignoring_nothing(call.key))
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
