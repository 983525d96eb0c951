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
from scarce.torch.distributed import group_of, over_ranks
from scarce.torch.overlap.soft_counts import Inputs, can_be_looked_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor

    from scarce.losses.overlap import OverlapLoss
    from scarce.torch.distributed import Ranks

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
    z, target, weight, how = inputs.logits, inputs.target, inputs.weight, inputs.how
    if not (inputs.known and inputs.hard) or z.dtype != torch.float32 or how.squared:
        return False
    if z.shape[-1] < FEWEST_PIXELS or z.numel() == 0 or not z.is_contiguous() or kernels() is None:
        return False
    if how.kind == "softmax":
        return target.dim() < z.dim() and not how.negatives
    fits = weight is None or (weight.shape == z.shape and weight.is_contiguous())
    return fits and _as_bytes(target).dtype in TARGETS and target.is_contiguous()


def by_kernel(
    inputs: Inputs,
    class_weight: Tensor | None,
    loss: OverlapLoss,
    ranks: Ranks,
    by_operations: Callable[[Inputs], Tensor],
) -> Tensor:
    """Return the loss of a call that `can_fuse`; the last argument gives the same by PyTorch's operations.

    Raises
    ------
    NotHard
        If the targets are not what ``hard`` promises: the kernel sees it on the way.
    """
    return _Fused.apply(inputs.logits, inputs, class_weight, loss, ranks, by_operations)


class _Fused(torch.autograd.Function):
    """A loss of logits, whose derivative is one more pass over them."""

    @staticmethod
    def forward(
        ctx: Any,
        logits: Tensor,
        inputs: Inputs,
        class_weight: Tensor | None,
        loss: OverlapLoss,
        ranks: Ranks,
        by_operations: Callable[[Inputs], Tensor],
    ) -> Tensor:
        """Return the reduced loss."""
        counts = _counted(inputs)
        counts = counts if inputs.how.per_image else counts.sum(axis=1, keepdims=True)
        everywhere, n_ranks = float, 1
        if ranks is not None and inputs.how.per_image:
            everywhere = functools.partial(_mean_of_ranks, ranks=ranks)
        elif ranks is not None:  # whose gradients are averaged, so that each has to have as many shares
            n_ranks = dist.get_world_size(group_of(ranks))
            dist.all_reduce(torch.from_numpy(counts), group=group_of(ranks))
        weight = None if class_weight is None else class_weight.detach().cpu().numpy()
        tn = counts[3] if len(counts) == 4 else np.zeros_like(counts[0])
        with np.errstate(all="ignore"):
            value, slopes = loss.of_counts(Counts(*counts[:3], tn), weight, everywhere)
        ctx.save_for_backward(logits, inputs.target, inputs.weight)
        ctx.inputs = inputs._replace(logits=None, target=None, weight=None)
        ctx.by_operations, ctx.is_micro = by_operations, loss.average == "micro"
        ctx.slopes = n_ranks * (slopes.tp - slopes.fn), n_ranks * (slopes.fp - slopes.tn)
        return torch.from_numpy(np.asarray(value, dtype=np.float32))

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Any, ...]:
        """Return the gradient."""
        logits, target, weight = ctx.saved_tensors
        inputs, nothing = ctx.inputs._replace(logits=logits, target=target, weight=weight), (None,) * 5
        if torch.is_grad_enabled() or not can_be_looked_at(upstream):
            with torch.enable_grad():
                value = ctx.by_operations(inputs)
                return *torch.autograd.grad(value, logits, upstream, create_graph=True), *nothing
        above = upstream.numpy()
        if above.ndim > 0 and ctx.is_micro:
            above = above[:, None]
        with np.errstate(all="ignore"):
            slopes = (np.clip(above * slope, -LARGEST, LARGEST).astype(np.float32) for slope in ctx.slopes)
        return _written(inputs, *slopes), *nothing


def _mean_of_ranks(total: float, ranks: Ranks) -> float:
    return float(over_ranks(torch.tensor(total, dtype=torch.float64), "mean", ranks))


def _counted(inputs: Inputs) -> NDArray[np.float64]:
    """Return the soft counts of every image, shape (n_counts, n_images, n_columns)."""
    found, fault = kernels().counts(inputs.how.kind, *_arguments(inputs), torch.get_num_threads())
    if fault:
        raise NotHard
    return found.reshape(len(found), *inputs.logits.shape[:2])


def _written(inputs: Inputs, *slopes: NDArray[np.float32]) -> Tensor:
    """Return the gradient, given the slopes below and above the target, by group and column."""
    shape = inputs.logits.shape
    out = np.empty(shape, np.float32)  # NumPy asks for large pages, and small ones cost a third more
    z, *others = _arguments(inputs)
    by_image = tuple(np.ascontiguousarray(np.broadcast_to(x, shape[:2])).reshape(z.shape[:2]) for x in slopes)
    kernels().gradient(inputs.how.kind, z, *others, by_image, out.reshape(z.shape), torch.get_num_threads())
    return torch.from_numpy(out)


def _arguments(inputs: Inputs) -> tuple[Any, ...]:
    """Return logits, targets, weights and what is ignored as the kernels take them."""
    z, target, weight = inputs.logits.detach(), _as_bytes(inputs.target), inputs.weight
    if weight is not None:
        weight = weight.to(torch.float32).expand(target.shape).contiguous().numpy()
    if inputs.how.kind == "softmax":
        return z.numpy(), target.to(torch.int64).contiguous().numpy(), weight, inputs.how.ignore_index
    target, weight = (x if x is None else x.reshape(-1, z.shape[-1]) for x in (target.numpy(), weight))
    return z.numpy().reshape(-1, 1, z.shape[-1]), target, weight, inputs.how.ignore_index


def _as_bytes(target: Tensor) -> Tensor:
    return target.view(torch.uint8) if target.dtype == torch.bool else target
