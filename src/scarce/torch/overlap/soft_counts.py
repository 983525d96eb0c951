"""Soft counts of a batch by PyTorch's operations, and their derivatives of any order.

Going forward looks at every pixel once and keeps nothing but the inputs; what follows from the counts is a
handful of numbers. Going backward looks a second time and writes the gradient, for any upstream at once. Both
go through the pixels in chunks, so that the gradient is all the memory that is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
import torch.distributed as dist

from scarce.losses.overlap_index import Counts
from scarce.losses.overlap_pixels import (
    certain,
    gradient_of,
    of_hard_targets,
    of_shares,
    sides,
    slopes_of_sides,
    tally,
)
from scarce.torch.distributed import group_of, over_ranks, summed
from scarce.torch.tensors import NO_NUMBERS, Call, compute_dtype, ignoring_nothing, weighing_nan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from scarce.losses.overlap import OverlapLoss
    from scarce.losses.overlap_pixels import Pixels
    from scarce.torch.distributed import Ranks

CHUNK = {"cpu": 1 << 18}
"""How many logits to look at at once: on a CPU what its cache holds."""

CHUNK_ELSEWHERE = 1 << 24


class Inputs(NamedTuple):
    """A call laid out as images by columns by pixels; a column is a class or a label.

    ``target`` has shape (n_images, n_pixels) where it holds class indices, else that of the logits.
    ``weight`` can be broadcast to the target. ``known`` says that targets and weights are looked at
    elsewhere, ``hard`` that every target is 0 or 1, or an index.
    """

    logits: Tensor
    target: Tensor
    weight: Tensor | None
    loss: OverlapLoss
    known: bool
    hard: bool
    class_weight: Tensor | None = None
    ranks: Ranks = None


def by_operations(inputs: Inputs) -> Tensor:
    """Return the loss of a call by PyTorch's operations, reduced as its settings say."""
    loss, ranks = inputs.loss, inputs.ranks
    counts = _Counts.apply(*inputs[:6], can_be_looked_at(inputs.logits))
    if ranks is not None and loss.over == "batch":
        # `DistributedDataParallel` averages gradients, so that each rank's derivative is to be their number's
        own = counts * dist.get_world_size(group_of(ranks))
        counts = summed(counts, ranks) + (own - own.detach())
    weight = loss.class_weight if inputs.class_weight is None else inputs.class_weight
    parts, weights = loss.weighed(torch, Counts.of(torch, counts), weight)
    total = weights.sum()
    if ranks is not None and loss.over == "image":
        total = over_ranks(total, "mean", ranks)
    value = loss.reduced(torch, weights * loss.index.loss(torch, parts, loss.smooth), total)
    return value.to(compute_dtype(inputs.logits))


def can_be_looked_at(tensor: Tensor) -> bool:
    """Return whether a tensor is memory, and no transform or trace is at work on anything."""
    if torch.compiler.is_compiling() or torch._C._functorch.peek_interpreter_stack() is not None:
        return False
    return type(tensor) in (torch.Tensor, torch.nn.Parameter) and not tensor.is_meta


class _Counts(torch.autograd.Function):
    """Soft counts of logits; targets and weights have no derivative."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        logits: Tensor,
        target: Tensor,
        weight: Tensor | None,
        loss: OverlapLoss,
        known: bool,
        hard: bool,
        in_chunks: bool,
    ) -> Tensor:
        """Return true and false positives, false and perhaps true negatives, by group and column.

        They are in double precision, of shape (n_counts, n_groups, n_columns); a group is the batch, or an
        image.
        """
        inputs = Inputs(logits, target, weight, loss, known, hard)
        if not in_chunks:
            return _grouped(tally(torch, _pixels(inputs), loss, widest(logits)), loss)
        n_images, n_columns = logits.shape[:2]
        per_image = loss.over == "image"
        shape = (4 if loss.has_negatives else 3, n_images if per_image else 1, n_columns)
        counts = torch.zeros(shape, dtype=widest(logits), device=logits.device)
        for images, pixels in _chunks(logits):
            part = tally(torch, _pixels(_part(inputs, images, pixels)), loss)  # pairwise, in their own type
            counts[:, images if per_image else slice(None)] += _grouped(part, loss)
        return counts

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Keep the inputs, by reference."""
        ctx.save_for_backward(*inputs[:3])
        ctx.save_for_forward(*inputs[:3])
        ctx.settings, ctx.in_chunks = inputs[3:-1], inputs[-1]

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Any, ...]:
        """Return the derivative in the logits of whatever was done with the counts."""
        inputs = Inputs(*ctx.saved_tensors, *ctx.settings)
        slopes, nothing = _slopes(inputs, upstream), (None,) * 6
        if torch.is_grad_enabled() or not ctx.in_chunks or not can_be_looked_at(upstream):
            gradient = gradient_of(torch, _pixels(inputs), inputs.loss, slopes)
            return gradient.to(inputs.logits.dtype), *nothing
        gradient = torch.empty_like(inputs.logits)
        for images, pixels in _chunks(inputs.logits):
            own = [x[images] if inputs.loss.over == "image" else x for x in slopes]
            part = _pixels(_part(inputs, images, pixels))
            gradient[images, :, pixels] = gradient_of(torch, part, inputs.loss, own)
        return gradient, *nothing

    @staticmethod
    def jvp(ctx: Any, along: Tensor, *_: Any) -> Tensor:
        """Return the derivative of the counts along a direction in the logits."""
        inputs = Inputs(*ctx.saved_tensors, *ctx.settings)
        at, loss = _pixels(inputs), inputs.loss
        along = along.to(at.p.dtype)
        is_sigmoid = loss.kind == "sigmoid"
        rise = at.p * (at.q * along if is_sigmoid else along - (at.p * along).sum(dim=1, keepdim=True))
        rise = rise if at.weight is None else rise * at.weight
        rises = [(rise * side).sum(dim=-1, dtype=widest(rise)) for side in sides(torch, at, loss)]
        parts = rises if loss.squared else [*rises, *(-x for x in rises)]
        return _grouped(torch.stack(parts[: 4 if loss.has_negatives else 3]), loss)


def _slopes(inputs: Inputs, upstream: Tensor) -> list[Tensor]:
    """Return what the sides of a pixel are multiplied by."""
    dtype = widest(upstream) if inputs.loss.squared else compute_dtype(inputs.logits)
    slopes = slopes_of_sides(torch, Counts.of(torch, upstream), inputs.loss, dtype)
    return [slope.to(dtype) for slope in slopes]


def _grouped(counts: Tensor, loss: OverlapLoss) -> Tensor:
    return counts if loss.over == "image" else counts.sum(dim=1, keepdim=True)


def _pixels(inputs: Inputs) -> Pixels:
    z = inputs.logits.to(compute_dtype(inputs.logits))
    target, weight, loss = inputs.target, inputs.weight, inputs.loss
    if not inputs.known:
        call = weighing_nan(Call(loss, NO_NUMBERS, z, target, weight))
        target, weight = call.target, call.sample_weight
    by_index = target.dim() < z.dim()
    if loss.ignore_index is not None:
        valid = target != loss.ignore_index
        z = torch.where(valid.unsqueeze(1) if by_index else valid, z, 0.0)
        target = torch.where(valid, target, 0)
        weight = valid.to(z.dtype) if weight is None else torch.where(valid, weight, 0.0)
    if weight is not None and weight.dim() < z.dim():
        weight = weight.unsqueeze(1)
    p = torch.sigmoid(z) if loss.kind == "sigmoid" else torch.softmax(z, dim=1)
    dtype = widest(p) if inputs.loss.squared else p.dtype  # in single precision squares would underflow
    p, weight = p.to(dtype), None if weight is None else weight.to(dtype)
    if by_index:
        classes = torch.arange(z.shape[1], device=z.device)[:, None]
        own = (target.unsqueeze(1) == classes).to(dtype)
        rest = _rest(p) if inputs.loss.has_negatives else (p - p * own).sum(dim=1, keepdim=True)
        return of_hard_targets(p, rest, own, weight)
    q = torch.sigmoid(-z).to(dtype) if loss.kind == "sigmoid" else _rest(p)
    if inputs.hard:
        return of_hard_targets(p, q, target.to(dtype), weight)
    return of_shares(torch, p, q, target.to(dtype), weight)


def _rest(p: Tensor) -> Tensor:
    """Return ``1 - p`` of a softmax's classes; the sum of all others where p is close to 1."""
    known = certain(torch, p)
    others = (p - p * known).sum(dim=1, keepdim=True)
    return others * known + (1.0 - p) * (1.0 - known)


def widest(tensor: Tensor) -> torch.dtype:
    """Return the most precise type of a device."""
    return torch.float32 if tensor.device.type == "mps" else torch.float64


def _chunks(logits: Tensor) -> Iterator[tuple[slice, slice]]:
    """Return slices of images and of pixels: several images, or part of one."""
    n_images, n_columns, n_pixels = logits.shape
    size = CHUNK.get(logits.device.type, CHUNK_ELSEWHERE)
    at_once = max(1, size // max(1, n_columns * n_pixels))
    length = max(1, size // max(1, n_columns))
    for i in range(0, n_images, at_once):
        for j in range(0, n_pixels, length):
            yield slice(i, min(i + at_once, n_images)), slice(j, min(j + length, n_pixels))


def _part(inputs: Inputs, images: slice, pixels: slice) -> Inputs:
    target, weight, loss = inputs.target[images, ..., pixels], inputs.weight, inputs.loss
    if weight is not None:
        weight = weight[images]
        weight = weight if weight.shape[-1] == 1 else weight[..., pixels]
    if (
        loss.ignore_index is not None
        and target.device.type == "cpu"
        and not (target == loss.ignore_index).any()
    ):
        loss = ignoring_nothing(loss)  # to select what is ignored is the slowest step of all
    return inputs._replace(logits=inputs.logits[images, :, pixels], target=target, weight=weight, loss=loss)
