"""From a call's tensors to its overlap loss: check, lay out, choose who counts, reduce."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist

from scarce.losses.domains import check_background, refuse_setting
from scarce.losses.numbers import Numbers
from scarce.losses.overlap_index import Counts
from scarce.losses.overlap_pixels import check_labels
from scarce.losses.unified_focal import UnifiedFocal
from scarce.torch.autograd import evaluate as evaluate_pixels
from scarce.torch.autograd import is_transformed, loss_of
from scarce.torch.autograd import key_of as key_of_pixels
from scarce.torch.closed_forms import guarded
from scarce.torch.distributed import group_of, over_ranks
from scarce.torch.overlap.overlap_kernels import NotHard, by_kernel, can_fuse
from scarce.torch.overlap.soft_counts import Counting, Inputs, can_be_looked_at, counts_of, loss_for, widest
from scarce.torch.tensors import (
    NO_NUMBERS,
    Call,
    bare,
    check_shapes,
    check_values,
    check_weight,
    class_axis,
    compute_dtype,
    hard_target,
    is_hard,
    readable,
)

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses.overlap import OverlapLoss
    from scarce.torch.distributed import Ranks


def evaluate(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    loss: OverlapLoss | UnifiedFocal,
    ranks: Ranks = None,
) -> Tensor:
    """Return an overlap loss, or a unified focal loss, of tensors, in float32 at least.

    Parameters
    ----------
    logits, target, sample_weight : Tensor
        Classes or labels on axis 1, images on axis 0.
    class_weight : Tensor, shape (n_columns,), optional
        What each class or label counts for, in place of the loss's own.
    loss : OverlapLoss or UnifiedFocal
        The settings.
    ranks : process group or "world", optional
        Over whom soft counts, or the mean over images, are taken.

    Raises
    ------
    ScarceError
        E504, E505, E515, E521, E527, E529, E561 to E563 or E592 if an input lies outside its domain.
    """
    given = (logits, target, sample_weight, class_weight)
    if not isinstance(loss, UnifiedFocal):
        compiles = torch.compiler.is_compiling()
        return _in_graph(*given, key_of(loss), ranks) if compiles else _evaluate(*given, loss, ranks)
    if not torch.compiler.is_compiling():
        checked_call(logits, target, sample_weight, counting_of(loss))
    region, pixels, weight = _keys_of_parts(loss, logits.shape[class_axis(logits)])
    of_classes = _in_graph(*given, region, ranks)
    numbers = Numbers(torch.tensor(weight, dtype=of_classes.dtype, device=logits.device))
    divisor = _pixels_that_count(logits, target, sample_weight, loss.kind, loss.ignore_index, ranks)
    focal = pixels if torch.compiler.is_compiling() else loss_of(pixels)
    of_pixels = evaluate_pixels(
        Call(focal, numbers, logits, target, sample_weight, divisor.to(of_classes.dtype))
    )
    return loss.focal_share * of_pixels + (1.0 - loss.focal_share) * of_classes


LOSSES: dict[str, OverlapLoss | UnifiedFocal] = {}
"""Losses by the keys under which a compiled graph, which holds plain values only, finds them again."""


@torch.compiler.assume_constant_result
def key_of(loss: OverlapLoss | UnifiedFocal) -> str:
    """Return a loss's key, under which it is kept from now on."""
    key = repr(loss)
    LOSSES[key] = loss
    return key


@torch.compiler.assume_constant_result
def _keys_of_parts(loss: UnifiedFocal, n_columns: int) -> tuple[str, str, tuple[float, ...]]:
    """Return the keys of both parts of a loss, and the class weights of that of the pixels."""
    return _known_keys(loss, n_columns)


@functools.lru_cache(maxsize=256)
def _known_keys(loss: UnifiedFocal, n_columns: int) -> tuple[str, str, tuple[float, ...]]:
    focal, region = loss.parts(n_columns)
    return key_of(region), key_of_pixels(bare(replace(focal, reduction="mean"))), focal.class_weight


@torch.compiler.allow_in_graph
def _in_graph(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    key: str,
    ranks: Any,
) -> Tensor:
    return _evaluate(logits, target, sample_weight, class_weight, LOSSES[key], ranks)


def _evaluate(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    loss: OverlapLoss,
    ranks: Ranks,
) -> Tensor:
    if ranks is not None and loss.over == "image" and loss.reduction != "mean":
        reason = f"with over='image' and reduction={loss.reduction!r} every image stands for itself"
        refuse_setting("ranks", ranks, reason, "leave it out")
    how = counting_of(loss)
    call = checked_call(logits, target, sample_weight, how)
    by_operations = functools.partial(_of_inputs, class_weight=class_weight, loss=loss, ranks=ranks)
    inputs = _laid_out(call, how, hard=True)
    if not inputs.known:
        return by_operations(inputs._replace(hard=not call.target.is_floating_point()))
    check_weight(sample_weight)
    if not can_fuse(inputs):
        inputs = _looked_at(call, how)
    if can_fuse(inputs) and not is_transformed():
        try:
            return by_kernel(inputs, class_weight, loss, ranks, by_operations)
        except NotHard:  # soft targets, or an error: to look at them all takes longer than to count
            inputs = _looked_at(call, how)
    return by_operations(inputs)


def counting_of(loss: OverlapLoss | UnifiedFocal) -> Counting:
    """Return how a loss counts; the pixels of a unified focal loss are counted elsewhere."""
    n_labels, background = (loss.n_labels, None) if loss.kind == "sigmoid" else (0, loss.background)
    squared, negatives = getattr(loss, "squared", False), loss.kind == "sigmoid"
    if not negatives and hasattr(loss, "index"):
        negatives = loss.index.needs_background
    settings = (loss.kind, loss.ignore_index, loss.over == "image", squared, negatives)
    return Counting(*settings, n_labels, background)


def checked_call(logits: Tensor, target: Tensor, sample_weight: Tensor | None, how: Counting) -> Call:
    """Return a call whose shapes and types fit, and whose target can be compared; looks at no value."""
    call = Call(loss_for(how.kind, how.ignore_index), NO_NUMBERS, logits, target, sample_weight)
    check_shapes(call)
    if how.kind == "sigmoid":
        check_labels(tuple(logits.shape), 1, how.n_labels)
    elif how.background is not None:
        check_background(how.background, logits.shape[class_axis(logits)])
    return readable(call)


def _of_inputs(inputs: Inputs, class_weight: Tensor | None, loss: OverlapLoss, ranks: Ranks) -> Tensor:
    value = _of_counts(counts_of(inputs), class_weight, loss, ranks)
    return value.to(compute_dtype(inputs.logits))


def _of_counts(counts: Tensor, class_weight: Tensor | None, loss: OverlapLoss, ranks: Ranks) -> Tensor:
    """Return the loss of soft counts in double precision, reduced as its settings say, by autograd."""
    per_image = loss.over == "image"
    if ranks is not None and not per_image:
        counts = _summed_over(counts, ranks)
    parts = Counts(*counts) if len(counts) == 4 else Counts(*counts, torch.zeros_like(counts[0]))
    weight = loss.class_weight if class_weight is None else class_weight
    parts, weights = loss.weighed(torch, loss.arranged(torch, parts), weight)
    total = weights.sum()
    if ranks is not None and per_image:
        total = over_ranks(total, "mean", ranks)
    return loss.reduced(torch, weights * loss.index.loss(torch, parts, loss.smooth), total)


def _summed_over(counts: Tensor, ranks: Ranks) -> Tensor:
    """Return the soft counts of all ranks, with this rank's derivative times their number.

    `DistributedDataParallel` averages the gradients, so that the step is the one of a single process.
    """
    group = group_of(ranks)
    everywhere = counts.detach().clone()
    dist.all_reduce(everywhere, group=group)
    own = counts * dist.get_world_size(group)
    return everywhere + (own - own.detach())


def _looked_at(call: Call, how: Counting) -> Inputs:
    """Refuse values outside their domain; lay out the call, one-hot targets of classes as indices."""
    target, loss = call.target, call.loss
    if loss.kind == "softmax" and target.dim() == call.logits.dim():
        labels = hard_target(target, class_axis(call.logits))
        call = call if labels is None else call._replace(target=labels)
    hard = check_values(call)
    if loss.kind == "sigmoid" and loss.ignore_index is not None and target.is_floating_point():
        hard = is_hard(torch.where(target == loss.ignore_index, 0.0, target))
    return _laid_out(call, how, hard=hard)


def _laid_out(call: Call, how: Counting, *, hard: bool) -> Inputs:
    """Return images by columns by pixels, or images by pixels; a lone pixel is an image."""
    logits, target, weight = call.logits, call.target, call.sample_weight
    if weight is not None and weight.dim() == 1 < logits.dim():
        weight = weight[:, None] if how.kind == "softmax" else weight[:, None, None]
    elif weight is not None:
        weight = _flat(_by_pixel(weight, call), logits)
    known = logits.device.type == "cpu" and can_be_looked_at(logits)
    how = how._replace(ignore_index=call.loss.ignore_index)
    return Inputs(_flat(logits, logits), _flat(target, logits), weight, how, known, hard)


def _by_pixel(weight: Tensor, call: Call) -> Tensor:
    """Return a weight for every pixel, or every pixel and label."""
    target, logits = call.target, call.logits
    by_pixel = target.dim() < logits.dim() or call.loss.kind == "sigmoid"
    shape = target.shape if by_pixel else logits[:, 0].shape
    return weight.reshape(weight.shape + (1,) * (len(shape) - weight.dim())).expand(shape)


def _flat(tensor: Tensor, logits: Tensor) -> Tensor:
    axis = tensor.dim() - logits.dim() + 2  # the first axis of pixels
    if logits.dim() == 1:
        return tensor.reshape(1, -1, 1) if tensor.dim() else tensor.reshape(1, 1)
    return tensor.flatten(axis) if tensor.dim() > axis else tensor.unsqueeze(-1)


@torch.compiler.allow_in_graph
@torch.no_grad()
def _pixels_that_count(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    kind: str,
    ignore_index: int | None,
    ranks: Any,
) -> Tensor:
    """Return the sum of the weights of pixels (and labels), over all ranks by their number."""
    call = readable(Call(loss_for(kind, ignore_index), NO_NUMBERS, logits, target, sample_weight))
    weight = torch.ones((), device=logits.device) if sample_weight is None else sample_weight
    weight, ignored = _by_pixel(weight, call), call.loss.ignore_index
    if ignored is not None:
        weight = torch.where(call.target != ignored, weight, 0.0)
    total = weight.sum(dtype=widest(logits))
    return guarded("mean", total) if ranks is None else over_ranks(total, "mean", ranks)
