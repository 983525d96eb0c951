"""Sums over ranks, and means that are those of all ranks' rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.distributed as dist

from scarce.torch.distributed import group_of
from scarce.torch.sigmoid import guarded

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.torch.distributed import Ranks


def summed(tensor: Tensor, ranks: Ranks) -> Tensor:
    """Return the sum of a tensor over the ranks, without a gradient."""
    total = tensor.detach().clone()
    if ranks is not None:
        dist.all_reduce(total, group=group_of(ranks))
    return total


def gathered(rows: Tensor, ranks: Ranks) -> Tensor:
    """Return the rows of all ranks, which may hold different numbers of them."""
    if ranks is None:
        return rows
    group = group_of(ranks)
    world = dist.get_world_size(group)
    size = torch.tensor([rows.shape[0]], device=rows.device)
    sizes = [torch.zeros_like(size) for _ in range(world)]
    dist.all_gather(sizes, size, group=group)
    longest = max(int(n) for n in sizes)
    padded = rows.new_zeros((longest, *rows.shape[1:]))
    padded[: rows.shape[0]] = rows
    parts = [torch.zeros_like(padded) for _ in range(world)]
    dist.all_gather(parts, padded, group=group)
    return torch.cat([part[: int(n)] for part, n in zip(parts, sizes, strict=True)])


def divisor(counted: Tensor, reduction: str, ranks: Ranks) -> Tensor:
    """Return what all ranks' sum is divided by: never 0, and for positives at least 1."""
    if reduction in ("sum", "none"):
        return counted.new_ones(())
    return guarded(reduction, summed(counted.sum(), ranks))


def divided(total: Tensor, counted: Tensor, reduction: str, ranks: Ranks) -> Tensor:
    """Return a sum over this rank's rows divided as the reduction says.

    With ranks, the mean over them of the result is the mean over all their rows; so is the gradient that
    ``DistributedDataParallel`` averages.
    """
    if reduction == "sum":
        return total
    by = divisor(counted, reduction, ranks)
    return total / by if ranks is None else total / (by / dist.get_world_size(group_of(ranks)))
