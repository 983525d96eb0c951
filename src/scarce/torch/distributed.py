"""Means and class counts over the ranks of a distributed run.

`DistributedDataParallel` averages the ranks' gradients. A mean over each rank's own rows is then no mean over
all rows: ranks hold different numbers of valid rows, or of positives. So the divisor is summed over the ranks
and divided by how many they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import torch
import torch.distributed as dist

from scarce.errors import ScarceError
from scarce.losses.domains import whole
from scarce.losses.settings_text import brief
from scarce.torch.closed_forms import guarded, total_weight
from scarce.torch.tensors import held_index, refuse_labels

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.torch.tensors import Call

Ranks: TypeAlias = "dist.ProcessGroup | Literal['world'] | None"
"""Whose rows a mean is over: a process group's, all ranks' ("world"), or only this rank's (None)."""


def shared_divisor(call: Call, ranks: Ranks) -> Tensor | None:
    """Return the ranks' divisor by their number: so the mean of their gradients is that of the mean."""
    group_of(ranks)
    with torch.no_grad():
        total = total_weight(call)
        return None if total is None else over_ranks(total, call.loss.reduction, ranks)


def group_of(ranks: Ranks) -> dist.ProcessGroup | None:
    """Return the process group, None for that of all ranks.

    Raises E501 if it is none.
    """
    if ranks == "world":
        return None
    if not isinstance(ranks, dist.ProcessGroup):
        raise ScarceError("E501", parameter="ranks", value=brief(ranks), allowed='"world" or a process group')
    return ranks


def over_ranks(total: Tensor, reduction: str, ranks: Ranks) -> Tensor:
    """Return the sum of the ranks' own divisors, guarded against 0, by the number of ranks."""
    return guarded(reduction, summed(total, ranks)) / dist.get_world_size(group_of(ranks))


def summed(tensor: Tensor, ranks: Ranks) -> Tensor:
    """Return the sum of a tensor over the ranks, without a gradient; a compiled graph waits for it, too."""
    if ranks is None:
        return tensor.detach()
    group, operations = group_of(ranks) or dist.group.WORLD, torch.ops._c10d_functional
    return operations.wait_tensor(operations.all_reduce(tensor.detach(), "sum", group.group_name))


def class_counts(target: Tensor, n_classes: int, *, ignore_index: int = -100, ranks: Ranks = None) -> Tensor:
    """Return how often each class occurs, over all ranks: what ``class_counts=`` of the losses takes.

    Parameters
    ----------
    target : Tensor of int
        Class indices of this rank's rows, any shape.
    n_classes : int
        How many classes there are; a binary target has 2.
    ignore_index : int
        The target that counts for nothing.
    ranks : process group or "world", optional
        Over whom to add up.

    Returns
    -------
    Tensor of float64, shape (n_classes,)

    Raises
    ------
    ScarceError
        E504 if a label is not one of the classes, E563 if labels are no whole numbers.

    Examples
    --------
    >>> class_counts(torch.tensor([0, 0, 2, -100]), 3).tolist()
    [2.0, 0.0, 1.0]
    """
    whole("n_classes", n_classes, least=1)
    if target.is_floating_point():
        suggestion = "pass class indices as whole numbers: target.long()"
        raise ScarceError("E563", what="target", dtype=target.dtype, suggestion=suggestion)
    ignored, labels = held_index(whole("ignore_index", ignore_index), target.dtype), target.to(torch.int64)
    refuse_labels(labels, ignored, n_classes)
    kept = labels if ignored is None else labels[labels != ignored]
    return summed(torch.bincount(kept.reshape(-1), minlength=n_classes).to(torch.float64), ranks)
