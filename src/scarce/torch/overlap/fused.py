"""Soft counts and gradients by the kernels, on the own memory of plain CPU tensors."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.torch.overlap.counts import Inputs

FEWEST_PIXELS = 64
"""An image below is left to PyTorch: the kernels take pixels some hundred at a time."""

TARGETS = (torch.int64, torch.float32, torch.uint8)
"""Types of targets that the kernels read; every further one would be compiled anew."""


@functools.cache
def kernels() -> Any:
    """Return the kernels, or None where their compiler is not installed."""
    try:
        from scarce.kernels import overlap
    except ScarceError:
        return None
    return overlap


def can_fuse(inputs: Inputs) -> bool:
    """Return whether a kernel computes this call without a copy of anything as large as the logits."""
    z, target, weight = inputs.logits, inputs.target, inputs.weight
    if z.device.type != "cpu" or z.dtype != torch.float32 or not inputs.hard or inputs.squared:
        return False
    if inputs.kind == "softmax" and inputs.negatives:
        return False
    if z.shape[-1] < FEWEST_PIXELS or z.numel() == 0 or not z.is_contiguous():
        return False
    by_index = target.dim() < z.dim()
    if inputs.kind == "softmax" and not by_index:
        return False
    if not by_index and (_readable(target) not in TARGETS or not target.is_contiguous()):
        return False
    fits = weight is None or by_index or (weight.shape == z.shape and weight.is_contiguous())
    return fits and kernels() is not None


class NotHard(Exception):  # noqa: N818 - no error yet: somebody has to look why
    """A target is not an index of a class, or neither 0 nor 1."""


def counts(inputs: Inputs) -> Tensor:
    """Return the soft counts, shape (n_counts, n_images, n_columns).

    Raises
    ------
    NotHard
        If the targets are not what ``hard`` promises: the kernel sees it on the way.
    """
    count = kernels().class_counts if inputs.kind == "softmax" else kernels().label_counts
    found, fault = count(*_arguments(inputs), torch.get_num_threads())
    if fault:
        raise NotHard
    return torch.from_numpy(found.reshape(len(found), *inputs.logits.shape[:2]))


def gradient(inputs: Inputs, below: Tensor, above: Tensor) -> Tensor:
    """Return the gradient, given the slopes as (n_groups, n_columns, 1)."""
    z, threads = inputs.logits, torch.get_num_threads()
    out = np.empty(z.shape, np.float32)  # NumPy asks for large pages, and small ones cost a third more
    slopes = (x[..., 0].expand(z.shape[:2]).contiguous().numpy() for x in (below, above))
    if inputs.kind == "softmax":
        kernels().class_gradient(*_arguments(inputs), tuple(slopes), out, threads)
    else:
        rows = out.reshape(-1, z.shape[-1])
        of_rows = tuple(x.reshape(-1) for x in slopes)
        kernels().label_gradient(*_arguments(inputs), of_rows, rows, threads)
    return torch.from_numpy(out)


def _arguments(inputs: Inputs) -> tuple[Any, ...]:
    z, target, weight = inputs.logits.detach(), inputs.target, inputs.weight
    if weight is not None:
        weight = weight.to(torch.float32).expand(target.shape).contiguous().numpy()
    if inputs.kind == "softmax":
        labels = target.to(torch.int64).contiguous()
        return z.numpy(), labels.numpy(), weight, inputs.ignore_index
    n_pixels = z.shape[-1]
    if target.dtype == torch.bool:
        target = target.view(torch.uint8)
    weight = None if weight is None else weight.reshape(-1, n_pixels)
    return z.numpy().reshape(-1, n_pixels), target.numpy().reshape(-1, n_pixels), weight, inputs.ignore_index


def _readable(target: Tensor) -> torch.dtype:
    return torch.uint8 if target.dtype == torch.bool else target.dtype
