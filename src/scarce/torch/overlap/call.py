"""From a call's tensors to its loss: check, lay out, count, reduce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from scarce.errors import ScarceError
from scarce.losses.domains import refuse_setting
from scarce.losses.overlap import check_background
from scarce.losses.overlap_index import MCC, RatioIndex
from scarce.losses.overlap_pixels import check_labels
from scarce.losses.spelling import brief
from scarce.torch.checks import check_shapes, check_values, check_weight
from scarce.torch.overlap.counts import Inputs, can_be_looked_at, counts_of, key_for
from scarce.torch.overlap.fused import NotHard, can_fuse
from scarce.torch.overlap.region import Ratio, Region, both_sides, reduced, summed_over
from scarce.torch.plan import Call, class_axis, compute_dtype, readable
from scarce.torch.plan import plan_of as loss_of
from scarce.torch.sigmoid import is_hard
from scarce.torch.softmax import hard_target

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses.overlap import OverlapLoss
    from scarce.losses.overlap_index import OverlapIndex
    from scarce.torch.distributed import Ranks


class Plan(NamedTuple):
    """An overlap loss in plain values, which a compiled graph can hold.

    ``negatives`` says whether true negatives are counted. ``background`` is a class that has to be there, if
    any; which one the mean leaves out is the region's to say. ``two_sided`` labels have a background that
    counts, too.
    """

    kind: str
    ignore_index: int | None
    per_image: bool
    squared: bool
    negatives: bool
    n_labels: int
    background: int | None
    two_sided: bool
    region: Region


def plan_of(loss: OverlapLoss) -> Plan:
    """Return the plan of an overlap loss over classes, or over labels' foregrounds."""
    background, per_image = background_of(loss), loss.over == "image"
    settings = (loss.smooth, loss.empty == "skip", background, loss.average == "micro", loss.reduction)
    region = Region(_ratio_of(loss.index), *settings)
    negatives = loss.kind == "sigmoid" or loss.index.needs_background
    counted = (loss.kind, loss.ignore_index, per_image, loss.squared, negatives)
    return Plan(*counted, n_labels_of(loss), background, False, region)


def _ratio_of(index: OverlapIndex) -> Ratio | None:
    """Return an index's terms; None for the one correlation."""
    if isinstance(index, MCC):
        return None
    if not isinstance(index, RatioIndex):
        allowed = "MCC or an index that is a ratio of counts"
        raise ScarceError("E501", parameter="index", value=brief(index), allowed=allowed)
    terms = index.terms()
    return Ratio(terms.fp_weight, terms.fn_weight, float(terms.exponent))


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
        E504, E505, E515, E521, E527, E529, E561 to E563 or E592 if an input lies outside its domain.
    """
    if ranks is not None and plan.per_image and plan.region.reduction != "mean":
        reason = f"with over='image' and reduction={plan.region.reduction!r} every image stands for itself"
        refuse_setting("ranks", ranks, reason, "leave it out")
    counts = _soft_counts(logits, target, sample_weight, *plan[:7])
    if plan.two_sided:
        counts = both_sides(counts)
    if not plan.per_image:
        counts = summed_over(counts, ranks)
    value = reduced(counts, class_weight, plan.region, ranks if plan.per_image else None)
    if plan.region.reduction == "none":
        value = value[..., 0] if plan.region.micro else value
        value = value if plan.per_image else value[0]
    return value.to(compute_dtype(logits))


def checked_call(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    kind: str,
    ignore_index: int | None,
    n_labels: int,
    background: int | None,
) -> Call:
    """Return a call whose shapes and types fit, and whose target can be compared; looks at no value."""
    numbers = (None, None, None, None)
    call = Call(logits, target, sample_weight, *numbers, key_for(kind, ignore_index))
    check_shapes(call)
    if kind == "sigmoid":
        check_labels(tuple(logits.shape), 1, n_labels)
    elif background is not None:
        check_background(background, logits.shape[class_axis(logits)])
    return readable(call)


@torch.compiler.allow_in_graph
def _soft_counts(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    kind: str,
    ignore_index: int | None,
    per_image: bool,
    squared: bool,
    negatives: bool,
    n_labels: int,
    background: int | None,
) -> Tensor:
    call = checked_call(logits, target, sample_weight, kind, ignore_index, n_labels, background)
    known = can_be_looked_at(logits) and logits.device.type == "cpu"
    settings = (kind, loss_of(call.key).ignore_index, per_image, squared, negatives, known)
    if known:
        check_weight(sample_weight)
        hopeful = Inputs(*_laid_out(call), *settings, hard=True)
        if can_fuse(hopeful):
            try:
                return counts_of(hopeful)
            except NotHard:
                pass  # soft targets, or an error: to look at them all takes longer than to count
    hard = not call.target.is_floating_point()
    if known:
        call, hard = _looked_at(call)
    return counts_of(Inputs(*_laid_out(call), *settings, hard=hard))


def _looked_at(call: Call) -> tuple[Call, bool]:
    """Refuse values outside their domain; return the call, one-hot ones as indices, and if all are hard."""
    target, loss = call.target, loss_of(call.key)
    if loss.kind == "softmax" and target.dim() == call.logits.dim():
        labels = hard_target(target, class_axis(call.logits))
        call = call if labels is None else call._replace(target=labels)
    hard = check_values(call)
    if loss.kind == "sigmoid" and loss.ignore_index is not None and target.is_floating_point():
        hard = is_hard(torch.where(target == loss.ignore_index, 0.0, target))
    return call, hard


def _laid_out(call: Call) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return images by columns by pixels, or images by pixels; a lone pixel is an image."""
    logits, target, weight, kind = call.logits, call.target, call.sample_weight, loss_of(call.key).kind
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
