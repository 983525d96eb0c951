"""From a call's tensors to its loss: check, lay out, count, reduce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from scarce.losses.overlap import check_background
from scarce.losses.overlap_pixels import check_labels
from scarce.torch.checks import check_masses, check_shapes, refuse_labels, refuse_targets
from scarce.torch.overlap.counts import Inputs, counts_of, is_plain
from scarce.torch.overlap.fused import NotHard, can_fuse
from scarce.torch.overlap.region import Region, both_sides, reduced, summed_over
from scarce.torch.plan import Call, compute_dtype
from scarce.torch.settings import resolve
from scarce.torch.sigmoid import is_hard
from scarce.torch.softmax import hard_target

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses.overlap import OverlapLoss
    from scarce.torch.distributed import Ranks

KEYS = {kind: resolve("cross_entropy", kind, {}).key for kind in ("sigmoid", "softmax")}
"""Any loss of either kind, for the checks that all share."""


class Plan(NamedTuple):
    """An overlap loss in plain values, which a compiled graph can hold.

    ``background`` is a class that has to be there, if any; which one the mean leaves out is the region's to
    say. ``two_sided`` labels have a background that counts, too.
    """

    kind: str
    ignore_index: int | None
    per_image: bool
    n_labels: int
    background: int | None
    two_sided: bool
    region: Region


def plan_of(loss: OverlapLoss) -> Plan:
    """Return the plan of an overlap loss over classes, or over labels' foregrounds."""
    terms, background = loss.index.terms(), background_of(loss)
    settings = (loss.smooth, loss.empty == "skip", background, loss.reduction)
    region = Region(terms.fp_weight, terms.fn_weight, float(terms.exponent), *settings)
    per_image = loss.over == "image"
    return Plan(loss.kind, loss.ignore_index, per_image, n_labels_of(loss), background, False, region)


def n_labels_of(loss: Any) -> int:
    """Return how many labels a loss has; 0 for a softmax."""
    return loss.n_labels if loss.kind == "sigmoid" else 0


def background_of(loss: Any) -> int | None:
    """Return a loss's background; None for a sigmoid."""
    return loss.background if loss.kind == "softmax" else None


def evaluate(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    plan: Plan,
    ranks: Ranks = None,
) -> Tensor:
    """Return an overlap loss of tensors, in float32 at least.

    Parameters
    ----------
    logits, target, sample_weight : Tensor
        Classes or labels on axis 1, images on axis 0.
    class_weight : Tensor, shape (n_columns,), optional
        What each class or label counts for.
    plan : Plan
        The settings.
    ranks : process group or "world", optional
        Over whom soft counts, or the mean over images, are taken.

    Raises
    ------
    ScarceError
        E504, E505, E515, E521, E527, E561 to E563 or E592 if an input lies outside its domain.
    """
    counts = _soft_counts(logits, target, sample_weight, *plan[:5])
    if plan.two_sided:
        counts = both_sides(counts)
    if not plan.per_image:
        counts = summed_over(counts, ranks)
    value = reduced(counts, class_weight, plan.region, ranks if plan.per_image else None)
    if plan.region.reduction == "none" and not plan.per_image:
        value = value[0]
    return value.to(compute_dtype(logits))


def check_call(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    kind: str,
    n_labels: int,
    background: int | None,
) -> None:
    """Refuse shapes and types that do not fit; looks at no value."""
    check_shapes(Call(logits, target, sample_weight, None, None, None, None, KEYS[kind]))
    if kind == "sigmoid":
        check_labels(tuple(logits.shape), 1, n_labels)
    elif background is not None:
        check_background(background, logits.shape[1 if logits.dim() > 1 else 0])


@torch.compiler.allow_in_graph
def _soft_counts(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    kind: str,
    ignore_index: int | None,
    per_image: bool,
    n_labels: int,
    background: int | None,
) -> Tensor:
    check_call(logits, target, sample_weight, kind, n_labels, background)
    known = is_plain(logits) and logits.device.type == "cpu"
    settings = (kind, ignore_index, per_image)
    hopeful = Inputs(*_laid_out(logits, target, sample_weight, kind), *settings, hard=True)
    if known and can_fuse(hopeful):
        try:
            return counts_of(hopeful)
        except NotHard:
            pass  # soft targets, or an error: to look at them all takes longer than to count
    hard = not target.is_floating_point()
    if known:
        target, hard = _checked(logits, target, kind, ignore_index)
    return counts_of(Inputs(*_laid_out(logits, target, sample_weight, kind), *settings, hard=hard))


def _checked(logits: Tensor, target: Tensor, kind: str, ignore_index: int | None) -> tuple[Tensor, bool]:
    """Refuse targets outside their domain; return them, one-hot ones as indices, and whether all are hard."""
    if kind == "sigmoid":
        refuse_targets(target, ignore_index)
        if ignore_index is None or not target.is_floating_point():
            return target, is_hard(target)
        return target, is_hard(torch.where(target == ignore_index, 0.0, target))
    axis = 1 if logits.dim() > 1 else 0
    if target.dim() == logits.dim():
        labels = hard_target(target, axis)
        check_masses(target, axis)
        if labels is None:
            return target, False
        target = labels
        ignore_index = None
    refuse_labels(target, ignore_index, logits.shape[axis])
    return target, True


def _laid_out(
    logits: Tensor, target: Tensor, sample_weight: Tensor | None, kind: str
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return images by columns by pixels, or images by pixels; a lone pixel is an image."""
    weight = sample_weight
    if weight is not None and weight.dim() == 1 < logits.dim():
        weight = weight[:, None] if kind == "softmax" else weight[:, None, None]
    elif weight is not None:
        shape = target.shape if target.dim() < logits.dim() or kind == "sigmoid" else logits[:, 0].shape
        weight = weight.reshape(weight.shape + (1,) * (len(shape) - weight.dim())).expand(shape)
        weight = _flat(weight, logits)
    return _flat(logits, logits), _flat(target, logits), weight


def _flat(tensor: Tensor, logits: Tensor) -> Tensor:
    axis = tensor.dim() - logits.dim() + 2  # the first axis of pixels
    if logits.dim() == 1:
        return tensor.reshape(1, -1, 1) if tensor.dim() else tensor.reshape(1, 1)
    return tensor.flatten(axis) if tensor.dim() > axis else tensor.unsqueeze(-1)
