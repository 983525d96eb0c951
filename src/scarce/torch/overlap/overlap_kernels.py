"""An overlap loss and its gradient by the kernels, on the own memory of plain CPU tensors.

What follows from the soft counts is a handful of numbers, and NumPy's closed form of it takes less time than
recording it for autograd does.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.distributed as dist

from scarce.errors import ScarceError
from scarce.losses.overlap_index import Counts
from scarce.torch.distributed import group_of, over_ranks, summed
from scarce.torch.overlap.soft_counts import by_operations, can_be_looked_at

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from scarce.torch.distributed import Ranks
    from scarce.torch.overlap.soft_counts import Inputs

FEWEST_PIXELS = 64
"""An image below is left to PyTorch: the kernels take pixels some hundred at a time."""

TARGETS = (torch.int64, torch.float32, torch.uint8)
"""Types of targets that the kernels read; every further one would be compiled anew."""

LARGEST = float(np.finfo(np.float32).max) / 4.0
"""What a larger slope becomes: the difference of two is finite, and so is that times a tiny probability."""


class NotHard(Exception):  # noqa: N818 - no error yet: somebody has to look why
    """A target is not an index of a class, or neither 0 nor 1."""


@functools.cache
def kernels() -> Any:
    """Return the kernels, or None where their compiler is not installed."""
    try:
        from scarce.kernels import overlap_pass as overlap
    except ScarceError:
        return None
    return overlap


def can_fuse(inputs: Inputs) -> bool:
    """Return whether a kernel computes this call without a copy of anything as large as the logits."""
    z, target, weight, loss = inputs.logits, inputs.target, inputs.weight, inputs.loss
    if not inputs.hard or z.dtype != torch.float32 or loss.squared or kernels() is None:
        return False
    if z.shape[-1] < FEWEST_PIXELS or z.numel() == 0 or not z.is_contiguous():
        return False
    if loss.kind == "softmax":
        return target.dim() < z.dim() and not loss.has_negatives
    fits = weight is None or (weight.shape == z.shape and weight.is_contiguous())
    return fits and _as_bytes(target).dtype in TARGETS and target.is_contiguous()


def by_kernel(inputs: Inputs) -> Tensor:
    """Return the loss of a call that `can_fuse`.

    Raises
    ------
    NotHard
        If the targets are not what ``hard`` promises: the kernel sees it on the way.
    """
    return _Fused.apply(inputs.logits, inputs)


class _Fused(torch.autograd.Function):
    """A loss of logits, whose derivative is one more pass over them."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, inputs: Inputs) -> Tensor:
        """Return the reduced loss."""
        loss, ranks, per_image = inputs.loss, inputs.ranks, inputs.loss.over == "image"
        counts = _counted(inputs)
        counts = counts if per_image else counts.sum(axis=1, keepdims=True)
        everywhere, n_ranks = float, 1
        if ranks is not None and per_image:
            everywhere = functools.partial(_mean_of_ranks, ranks=ranks)
        elif ranks is not None:  # whose gradients are averaged, so that each has to have as many shares
            n_ranks = dist.get_world_size(group_of(ranks))
            counts = summed(torch.from_numpy(counts), ranks).numpy()
        weight = None if inputs.class_weight is None else inputs.class_weight.detach().cpu().numpy()
        with np.errstate(all="ignore"):
            value, slopes = loss.of_counts(Counts.of(np, counts), weight, everywhere)
        ctx.save_for_backward(logits, inputs.target, inputs.weight)
        ctx.inputs = inputs._replace(logits=None, target=None, weight=None)
        ctx.slopes = n_ranks * np.stack((slopes.tp - slopes.fn, slopes.fp - slopes.tn))
        return torch.from_numpy(np.asarray(value, dtype=np.float32))

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None]:
        """Return the gradient."""
        logits, target, weight = ctx.saved_tensors
        inputs = ctx.inputs._replace(logits=logits, target=target, weight=weight)
        if torch.is_grad_enabled() or not can_be_looked_at(upstream):
            with torch.enable_grad():
                value = by_operations(inputs)
                return torch.autograd.grad(value, logits, upstream, create_graph=True)[0], None
        above = upstream.numpy()
        if above.ndim > 0 and inputs.loss.average == "micro":
            above = above[:, None]
        with np.errstate(all="ignore"):
            slopes = np.clip(above * ctx.slopes, -LARGEST, LARGEST).astype(np.float32)
        return _written(inputs, slopes), None


def _mean_of_ranks(total: float, ranks: Ranks) -> float:
    return float(over_ranks(torch.tensor(total, dtype=torch.float64), "mean", ranks))


def _counted(inputs: Inputs) -> NDArray[np.float64]:
    """Return the soft counts of every image, shape (n_counts, n_images, n_columns)."""
    found, fault = kernels().counts(inputs.loss.kind, *_arguments(inputs), torch.get_num_threads())
    if fault:
        raise NotHard
    return found.reshape(len(found), *inputs.logits.shape[:2])


def _written(inputs: Inputs, slopes: NDArray[np.float32]) -> Tensor:
    """Return the gradient, given the slopes below and above the target, by group and column."""
    shape = inputs.logits.shape
    out = np.empty(shape, np.float32)  # NumPy asks for large pages, and small ones cost a third more
    z, *others = _arguments(inputs)
    by_image = tuple(np.ascontiguousarray(np.broadcast_to(x, shape[:2])).reshape(z.shape[:2]) for x in slopes)
    kernels().gradient(inputs.loss.kind, z, *others, by_image, out.reshape(z.shape), torch.get_num_threads())
    return torch.from_numpy(out)


def _arguments(inputs: Inputs) -> tuple[Any, ...]:
    """Return logits, targets, weights and what is ignored as the kernels take them."""
    z, target, weight = inputs.logits.detach(), _as_bytes(inputs.target), inputs.weight
    if weight is not None:
        weight = weight.to(torch.float32).expand(target.shape).contiguous().numpy()
    if inputs.loss.kind == "softmax":
        return z.numpy(), target.to(torch.int64).contiguous().numpy(), weight, inputs.loss.ignore_index
    target, weight = (x if x is None else x.reshape(-1, z.shape[-1]) for x in (target.numpy(), weight))
    return z.numpy().reshape(-1, 1, z.shape[-1]), target, weight, inputs.loss.ignore_index


def _as_bytes(target: Tensor) -> Tensor:
    return target.view(torch.uint8) if target.dtype == torch.bool else target
