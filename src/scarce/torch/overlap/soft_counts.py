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
from scarce.torch.distributed import group_of, over_ranks, summed
from scarce.torch.tensor_checks import weighing_nan
from scarce.torch.tensors import NO_NUMBERS, Call, compute_dtype, ignoring_nothing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from scarce.losses.overlap import OverlapLoss
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


class Pixels(NamedTuple):
    """Probabilities, and on which side of the target they lie; ``q`` is ``1 - p`` without cancellation.

    ``below`` and ``above`` are 1 and 0: sides are chosen by multiplication, which on a CPU is twenty times
    faster than `torch.where`, and exact. Where targets are hard ``share`` and ``gap`` are None: pixels are
    below at their own class, where alone a softmax's q is right, and above elsewhere.
    """

    p: Tensor
    q: Tensor
    below: Tensor
    above: Tensor
    share: Tensor | None
    gap: Tensor | None
    weight: Tensor | None


def by_operations(inputs: Inputs) -> Tensor:
    """Return the loss of a call by PyTorch's operations, reduced as its settings say."""
    loss, ranks = inputs.loss, inputs.ranks
    counts = _Counts.apply(*inputs[:6], can_be_looked_at(inputs.logits))
    if ranks is not None and loss.over == "batch":
        # `DistributedDataParallel` averages gradients, so that each rank's derivative is to be their number's
        own = counts * dist.get_world_size(group_of(ranks))
        counts = summed(counts, ranks) + (own - own.detach())
    weight = loss.class_weight if inputs.class_weight is None else inputs.class_weight
    parts, weights = loss.weighed(torch, loss.arranged(torch, Counts.of(torch, counts)), weight)
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
            return _grouped(_tally(_pixels(inputs), loss, widest(logits)), loss)
        n_images, n_columns = logits.shape[:2]
        per_image = loss.over == "image"
        shape = (4 if loss.has_negatives else 3, n_images if per_image else 1, n_columns)
        counts = torch.zeros(shape, dtype=widest(logits), device=logits.device)
        for images, pixels in _chunks(logits):
            part = _tally(_pixels(_part(inputs, images, pixels)), loss, None)
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
            gradient = _through_link(_pixels(inputs), inputs.loss, slopes)
            return gradient.to(inputs.logits.dtype), *nothing
        gradient = torch.empty_like(inputs.logits)
        for images, pixels in _chunks(inputs.logits):
            own = [x[images] if inputs.loss.over == "image" else x for x in slopes]
            part = _pixels(_part(inputs, images, pixels))
            gradient[images, :, pixels] = _through_link(part, inputs.loss, own)
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
        rises = [(rise * side).sum(dim=-1, dtype=widest(rise)) for side in _sides(at, loss)]
        parts = rises if loss.squared else [*rises, *(-x for x in rises)]
        return _grouped(torch.stack(parts[: 4 if loss.has_negatives else 3]), loss)


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
        return _hard(p, rest, own, weight)
    q = torch.sigmoid(-z).to(dtype) if loss.kind == "sigmoid" else _rest(p)
    made = _hard if inputs.hard else _soft
    return made(p, q, target.to(dtype), weight)


def _hard(p: Tensor, q: Tensor, own: Tensor, weight: Tensor | None) -> Pixels:
    return Pixels(p, q, own, 1.0 - own, None, None, weight)


def _soft(p: Tensor, q: Tensor, share: Tensor, weight: Tensor | None) -> Pixels:
    share = torch.clamp(share, 0.0, 1.0)  # rounding may have led it past an end
    mostly = (share > 0.5).to(p.dtype)
    gap = (q - (1.0 - share)) * mostly + (share - p) * (1.0 - mostly)
    return Pixels(p, q, (gap > 0.0).to(p.dtype), (gap < 0.0).to(p.dtype), share, gap, weight)


def _rest(p: Tensor) -> Tensor:
    """Return ``1 - p`` of a softmax's classes; the sum of all others where p is close to 1."""
    certain = _certain(p)
    others = (p - p * certain).sum(dim=1, keepdim=True)
    return others * certain + (1.0 - p) * (1.0 - certain)


def _certain(p: Tensor) -> Tensor:
    """Return 1 at a class that is likelier than all others together, of which there is one at most."""
    return (p > 0.5).to(p.dtype)


def _errors(at: Pixels) -> tuple[Tensor, Tensor, Tensor]:
    """Return the targets' shares, and how far predictions are above and below them."""
    if at.gap is None:
        return at.below, at.p * at.above, at.q * at.below
    return at.share, torch.clamp(-at.gap, min=0.0), torch.clamp(at.gap, min=0.0)


def _tally(at: Pixels, loss: OverlapLoss, dtype: torch.dtype | None) -> Tensor:
    """Return the sums over pixels, shape (n_counts, n_images, n_columns).

    They are taken in ``dtype``, or in the pixels' own, which PyTorch adds up pairwise.
    """
    share, wrong, missed = _errors(at)
    common = torch.mul if loss.squared or at.gap is None else torch.minimum
    parts = [common(at.p, share), wrong, missed]
    if loss.squared:
        parts[1:] = wrong * wrong, missed * missed
    if loss.has_negatives:
        parts.append(common(at.q, 1.0 - share))
    weighted = (part if at.weight is None else part * at.weight for part in parts)
    return torch.stack([part.sum(dim=-1, dtype=dtype) for part in weighted])


def _sides(at: Pixels, loss: OverlapLoss) -> tuple[Tensor, ...]:
    """Return the derivatives of the counts in a probability; the first two, if the others are opposite."""
    if not loss.squared:
        return at.below, at.above
    share, wrong, missed = _errors(at)
    return share, 2.0 * wrong, -2.0 * missed, share - 1.0


def _slopes(inputs: Inputs, upstream: Tensor) -> list[Tensor]:
    """Return what every one of `_sides` is multiplied by, as (n_groups, n_columns, 1).

    A slope beyond the type's range becomes its largest number: times a probability that has underflowed to
    almost nothing it still gives a number.
    """
    slopes, loss = list(upstream), inputs.loss
    if not loss.has_negatives:
        slopes.append(torch.zeros_like(slopes[0]))
    if not loss.squared:
        slopes = [slopes[0] - slopes[2], slopes[1] - slopes[3]]
    dtype = widest(upstream) if loss.squared else compute_dtype(inputs.logits)
    largest = torch.finfo(dtype).max
    return [torch.clamp(x, -largest, largest).to(dtype).unsqueeze(-1) for x in slopes]


def _through_link(at: Pixels, loss: OverlapLoss, slopes: list[Tensor]) -> Tensor:
    slope = sum(side * own for side, own in zip(_sides(at, loss), slopes, strict=True))
    if at.weight is not None:
        slope = slope * at.weight
    if loss.kind == "sigmoid":
        return at.p * at.q * slope
    # less the slope of the class that is nearly certain, so that what is left is of the order of 1 - p
    slope = slope - (slope * _certain(at.p)).sum(dim=1, keepdim=True)
    return at.p * (slope - (at.p * slope).sum(dim=1, keepdim=True))


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
