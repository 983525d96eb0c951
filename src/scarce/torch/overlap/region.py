"""From soft counts to an overlap loss: a handful of numbers, in double precision, by autograd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
import torch.distributed as dist

from scarce.errors import ScarceError
from scarce.losses.overlap_index import correlation_loss
from scarce.torch.distributed import group_of

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.torch.distributed import Ranks


class Ratio(NamedTuple):
    """The terms of an index that is a ratio of counts; a tuple where an exponent depends on the column."""

    fp_weight: float
    fn_weight: float
    exponent: float | tuple[float, ...]


class Region(NamedTuple):
    """What is done with the soft counts. The index is a correlation where it is no ratio."""

    ratio: Ratio | None
    smooth: float
    skips_empty: bool
    background: int | None
    micro: bool
    reduction: str


def reduced(counts: Tensor, class_weight: Tensor | None, region: Region, ranks: Ranks) -> Tensor:
    """Return the loss of soft counts, reduced as the region says.

    Parameters
    ----------
    counts : Tensor, shape (3 or 4, n_groups, n_columns)
        True positives, false positives, false negatives, true negatives.
    class_weight : Tensor, shape (n_columns,), optional
        What each column counts for.
    region : Region
        The settings.
    ranks : process group or "world", optional
        Over whom the mean over images is taken; soft counts of a batch are summed before.
    """
    weights = _weights(counts, class_weight, region)
    if region.micro:
        counts = torch.where(weights > 0.0, counts, 0.0).sum(dim=-1, keepdim=True)
        weights = torch.ones_like(counts[0])
    weights = weights * _counted(counts.detach(), region)
    losses = weights * _losses(counts, region)
    if region.reduction == "none":
        return losses
    if region.reduction == "sum":
        return losses.sum()
    total, share = weights.sum(), 1.0
    if ranks is not None:
        group = group_of(ranks)
        share = 1.0 / dist.get_world_size(group)
        dist.all_reduce(total, group=group)
    return losses.sum() / (torch.where(total > 0.0, total, 1.0) * share)


def summed_over(counts: Tensor, ranks: Ranks) -> Tensor:
    """Return the soft counts of all ranks, with this rank's derivative times their number.

    `DistributedDataParallel` averages the gradients, so that the step is the one of a single process.
    """
    if ranks is None:
        return counts
    group = group_of(ranks)
    everywhere = counts.detach().clone()
    dist.all_reduce(everywhere, group=group)
    own = counts * dist.get_world_size(group)
    return everywhere + (own - own.detach())


def both_sides(counts: Tensor) -> Tensor:
    """Return the soft counts of every label's background, then of its foreground."""
    tp, fp, fn, tn = counts
    return torch.stack([torch.cat(pair, dim=-1) for pair in ((tn, tp), (fn, fp), (fp, fn))])


def _losses(counts: Tensor, region: Region) -> Tensor:
    """Return the index of every group and column."""
    if region.ratio is None:
        return correlation_loss(counts.unbind(), torch)
    return _errors_share(counts, region.ratio, region.smooth)


def _errors_share(counts: Tensor, ratio: Ratio, smooth: float) -> Tensor:
    """Return ``(1 - T)^exponent``.

    The share of the errors is written so that neither it nor its derivatives cancel: by their ratio to
    what was hit where that is the larger, and the other way round elsewhere. Nothing at all has loss 0.
    """
    tp, fp, fn = counts[:3]
    hits, errors = tp + smooth, ratio.fp_weight * fp + ratio.fn_weight * fn
    easy = errors <= hits
    larger = torch.where(easy, hits, errors)
    smaller = torch.where(easy, errors, hits) / torch.where(larger == 0.0, 1.0, larger)
    share = torch.where(easy, smaller, 1.0) / (1.0 + smaller)
    exponent: Any = ratio.exponent
    if exponent == 1.0:
        return share
    if isinstance(exponent, tuple):
        exponent = torch.tensor(exponent, dtype=share.dtype, device=share.device)
    none = share == 0.0  # the slope of the power is infinite there, that of the loss in the logits is not
    return torch.where(none, 0.0, torch.where(none, 1.0, share) ** exponent)


def _weights(counts: Tensor, class_weight: Tensor | None, region: Region) -> Tensor:
    """Return what each group and column counts for, if the target has it."""
    weights = torch.ones_like(counts[0])
    if class_weight is not None:
        if class_weight.numel() != weights.shape[-1]:
            given, n_classes = class_weight.numel(), weights.shape[-1]
            raise ScarceError("E527", what="class_weight", given=given, n_classes=n_classes)
        weights = weights * class_weight.to(weights.dtype)
    if region.background is not None:
        columns = torch.arange(weights.shape[-1], device=weights.device)
        weights = weights * (columns != region.background)
    return weights


def _counted(counts: Tensor, region: Region) -> Any:
    """Return which groups and columns have what the index compares."""
    counted = counts[0] + counts[2] > 0.0 if region.skips_empty else 1.0
    return counted if region.ratio else counted & (counts[1] + counts[3] > 0.0)
