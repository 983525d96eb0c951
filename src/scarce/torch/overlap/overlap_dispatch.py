"""From a call's tensors to its overlap loss: check, lay out, choose who counts."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from scarce.losses.domains import check_background, refuse_setting
from scarce.losses.numbers import Numbers
from scarce.losses.overlap_catalog import loss_of
from scarce.losses.overlap_pixels import check_labels
from scarce.losses.unified_focal import UnifiedFocal
from scarce.torch.autograd import evaluate as evaluate_pixels
from scarce.torch.autograd import is_transformed
from scarce.torch.autograd import key_of as key_of_pixels
from scarce.torch.closed_forms import guarded
from scarce.torch.distributed import over_ranks
from scarce.torch.overlap.overlap_kernels import NotHard, by_kernel, can_fuse
from scarce.torch.overlap.soft_counts import Inputs, by_operations, can_be_looked_at, widest
from scarce.torch.tensors import (
    NO_NUMBERS,
    Call,
    bare,
    check_shapes,
    check_values,
    check_weight,
    class_axis,
    hard_target,
    readable,
    row_shape,
    spread,
)

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses import Loss
    from scarce.losses.overlap import OverlapLoss
    from scarce.torch.distributed import Ranks


def evaluate(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    loss: OverlapLoss | UnifiedFocal | str,
    ranks: Ranks = None,
) -> Tensor:
    """Return an overlap loss, or a unified focal loss, of tensors, in float32 at least.

    Parameters
    ----------
    logits, target, sample_weight : Tensor
        Classes or labels on axis 1, images on axis 0.
    class_weight : Tensor, shape (n_columns,), optional
        What each class or label counts for, in place of the loss's own.
    loss : OverlapLoss, UnifiedFocal or str
        The settings; in a compiled graph their key, as of `overlap_catalog.key_of`.
    ranks : process group or "world", optional
        Over whom soft counts, or the mean over images, are taken.

    Raises
    ------
    ScarceError
        E504, E505, E515, E521, E527, E529, E561 to E563 or E592 if an input lies outside its domain.
    """
    if isinstance(loss, str):
        return _in_graph(logits, target, sample_weight, class_weight, loss, ranks)
    call = _checked(Call(loss, NO_NUMBERS, logits, target, sample_weight))
    if not isinstance(loss, UnifiedFocal):
        return _overlap(call, class_weight, ranks)
    pixels, weight, region = _parts(call.loss, logits.shape[class_axis(logits)])
    of_classes = _overlap(call._replace(loss=region), class_weight, ranks)
    numbers = Numbers(torch.tensor(weight, dtype=of_classes.dtype, device=logits.device))
    divisor = _pixels_that_count(call, ranks).to(of_classes.dtype)
    given = key_of_pixels(pixels) if torch.compiler.is_compiling() else pixels
    of_pixels = evaluate_pixels(Call(given, numbers, logits, call.target, sample_weight, divisor))
    return loss.focal_share * of_pixels + (1.0 - loss.focal_share) * of_classes


@torch.compiler.allow_in_graph
def _in_graph(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    key: str,
    ranks: Any,
) -> Tensor:
    return evaluate(logits, target, sample_weight, class_weight, loss_of(key), ranks)


@functools.lru_cache(maxsize=256)
def _parts(loss: UnifiedFocal, n_columns: int) -> tuple[Loss, tuple[float, ...], OverlapLoss]:
    """Return the loss of the pixels, its class weights, and that of the classes."""
    focal, region = loss.parts(n_columns)
    return bare(replace(focal, reduction="mean")), focal.class_weight, region


def _checked(call: Call) -> Call:
    """Return a call whose shapes and types fit, and whose target can be compared; looks at no value."""
    check_shapes(call)
    if call.loss.kind == "sigmoid":
        check_labels(tuple(call.logits.shape), 1, call.loss.n_labels)
    elif call.loss.background is not None:
        check_background(call.loss.background, call.logits.shape[class_axis(call.logits)])
    return readable(call)


def _overlap(call: Call, class_weight: Tensor | None, ranks: Ranks) -> Tensor:
    loss = call.loss
    if ranks is not None and loss.over == "image" and loss.reduction != "mean":
        reason = f"with over='image' and reduction={loss.reduction!r} every image stands for itself"
        refuse_setting("ranks", ranks, reason, "leave it out")
    inputs = _laid_out(call, class_weight, ranks)
    if not inputs.known:
        return by_operations(inputs)
    fuses = can_fuse(inputs) and not is_transformed()
    if fuses:
        check_weight(call.sample_weight)
    else:
        inputs = _looked_at(inputs, call)
        fuses = can_fuse(inputs) and not is_transformed()
    if fuses:
        try:
            return by_kernel(inputs)
        except NotHard:  # soft targets, or an error: to look at them all takes longer than to count
            inputs = _looked_at(inputs, call)
    return by_operations(inputs)


def _laid_out(call: Call, class_weight: Tensor | None, ranks: Ranks) -> Inputs:
    """Return images by columns by pixels, or images by pixels; a lone pixel is an image."""
    logits, weight = call.logits, call.sample_weight
    if weight is not None and weight.dim() == 1 < logits.dim():
        weight = weight[:, None] if call.loss.kind == "softmax" else weight[:, None, None]
    elif weight is not None:
        weight = _flat(spread(weight, row_shape(call)), logits)
    known = logits.device.type == "cpu" and can_be_looked_at(logits)
    hard = known or not call.target.is_floating_point()
    flat = _flat(logits, logits), _flat(call.target, logits), weight
    return Inputs(*flat, call.loss, known, hard, class_weight, ranks)


def _flat(tensor: Tensor, logits: Tensor) -> Tensor:
    axis = tensor.dim() - logits.dim() + 2  # the first axis of pixels
    if logits.dim() == 1:
        return tensor.reshape(1, -1, 1) if tensor.dim() else tensor.reshape(1, 1)
    return tensor.flatten(axis) if tensor.dim() > axis else tensor.unsqueeze(-1)


def _looked_at(inputs: Inputs, call: Call) -> Inputs:
    """Refuse values outside their domain; tell what targets are, and take one-hot ones as indices."""
    if call.loss.kind == "softmax" and call.target.dim() == call.logits.dim():
        labels = hard_target(call.target, class_axis(call.logits))
        call = call if labels is None else call._replace(target=labels)
    return inputs._replace(target=_flat(call.target, call.logits), hard=check_values(call))


@torch.no_grad()
def _pixels_that_count(call: Call, ranks: Ranks) -> Tensor:
    """Return the sum of the weights of pixels (and labels), over all ranks by their number."""
    weight = torch.ones((), device=call.logits.device) if call.sample_weight is None else call.sample_weight
    weight = spread(weight, row_shape(call))
    if call.loss.ignore_index is not None:
        weight = torch.where(call.target != call.loss.ignore_index, weight, 0.0)
    total = weight.sum(dtype=widest(call.logits))
    return guarded("mean", total) if ranks is None else over_ranks(total, "mean", ranks)
