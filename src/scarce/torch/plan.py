"""A loss's settings in a string, so that a call can cross into a registered operator or a traced graph."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from scarce.losses import SigmoidLoss, SoftmaxLoss, from_dict

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


def compute_dtype(logits: Tensor) -> torch.dtype:
    """Return the type to compute in: double for doubles, single for anything smaller."""
    return torch.float64 if logits.dtype == torch.float64 else torch.float32


def class_axis(logits: Tensor) -> int:
    """Return the axis of the classes or labels: 1, as everywhere in PyTorch, or the only one."""
    return 1 if logits.dim() > 1 else 0
