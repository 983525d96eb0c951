"""From a call's tensors to its loss: check, lay out, count, reduce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from scarce.losses.overlap import OverlapLoss, SoftmaxOverlap, check_background
from scarce.losses.overlap_pixels import check_labels
from scarce.losses.unified_focal import BothSides
from scarce.torch.face import check_masses, check_shapes
from scarce.torch.operators import refuse_labels, refuse_targets
from scarce.torch.overlap.counts import Inputs, counts_of, is_plain
from scarce.torch.overlap.region import Region, both_sides, reduced, summed_over
from scarce.torch.plan import Call, compute_dtype
from scarce.torch.settings import resolve
from scarce.torch.sigmoid import is_hard
from scarce.torch.softmax import hard_target

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.torch.distributed import Ranks

KEYS = {kind: resolve("cross_entropy", kind, {}).key for kind in ("sigmoid", "softmax")}
"""Any loss of either kind, for the checks that all share."""


def evaluate(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    loss: OverlapLoss,
    ranks: Ranks = None,
) -> Tensor:
    """Return an overlap loss of tensors, in float32 at least.

    Parameters
    ----------
    logits, target, sample_weight : Tensor
        Classes or labels on axis 1, images on axis 0.
    class_weight : Tensor, shape (n_columns,), optional
        In place of the loss's own.
    loss : OverlapLoss
        The settings.
    ranks : process group or "world", optional
        Over whom soft counts, or the mean over images, are taken.

    Raises
    ------
    ScarceError
        E504, E505, E515, E521, E527, E561 to E563 or E592 if an input lies outside its domain.
    """
    check_call(logits, target, sample_weight, loss)
    per_image = loss.over == "image"
    settings = (loss.kind, loss.ignore_index, per_image)
    counts = _soft_counts(logits, target, sample_weight, *settings)
    if isinstance(loss, BothSides):
        counts = both_sides(counts)
    if not per_image:
        counts = summed_over(counts, ranks)
    value = reduced(counts, class_weight, _region(loss), ranks if per_image else None)
    if loss.reduction == "none" and not per_image:
        value = value[0]
    return value.to(compute_dtype(logits))


def _region(loss: OverlapLoss) -> Region:
    """Return what an overlap loss does with the soft counts."""
    terms, skips = loss.index.terms(), loss.empty == "skip"
    exponent: Any = terms.exponent
    if not isinstance(exponent, float):
        exponent = tuple(exponent.tolist())
    background = _background(loss)
    return Region(terms.fp_weight, terms.fn_weight, exponent, loss.smooth, skips, background, loss.reduction)


def check_call(logits: Tensor, target: Tensor, sample_weight: Tensor | None, loss: Any) -> None:
    """Refuse shapes and types that do not fit; looks at no value."""
    check_shapes(Call(logits, target, sample_weight, None, None, None, None, KEYS[loss.kind]))
    if loss.kind == "sigmoid":
        check_labels(tuple(logits.shape), 1, loss.n_labels)
    elif loss.background is not None:
        check_background(loss.background, logits.shape[1 if logits.dim() > 1 else 0])


@torch.compiler.allow_in_graph
def _soft_counts(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    kind: str,
    ignore_index: int | None,
    per_image: bool,
) -> Tensor:
    hard = not target.is_floating_point()
    if is_plain(logits) and logits.device.type == "cpu":
        target, hard = _checked(logits, target, kind, ignore_index)
    by_index = target.dim() < logits.dim()
    weight = sample_weight
    if weight is not None and weight.dim() == 1 < logits.dim():
        weight = weight[:, None] if kind == "softmax" else weight[:, None, None]
    elif weight is not None:
        shape = target.shape if by_index or kind == "sigmoid" else logits[:, 0].shape
        weight = weight.reshape(weight.shape + (1,) * (len(shape) - weight.dim())).expand(shape)
        weight = _laid_out(weight, logits)
    z, target = (_laid_out(x, logits) for x in (logits, target))
    return counts_of(Inputs(z, target, weight, kind, ignore_index, per_image, hard))


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


def _laid_out(tensor: Tensor | None, logits: Tensor) -> Tensor | None:
    """Return images by columns by pixels, or images by pixels; a lone pixel is an image."""
    if tensor is None:
        return None
    axis = tensor.dim() - logits.dim() + 2  # the first axis of pixels
    if logits.dim() == 1:
        return tensor.reshape(1, -1, 1) if tensor.dim() else tensor.reshape(1, 1)
    return tensor.flatten(axis) if tensor.dim() > axis else tensor.unsqueeze(-1)


def _background(loss: OverlapLoss) -> int | None:
    return loss.background if isinstance(loss, SoftmaxOverlap) else None
