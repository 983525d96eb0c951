"""Tensors' memory as the kernels see it, and memory for gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

AS_THEY_ARE = (torch.float32, torch.int64, torch.uint8)
"""Types of targets that the kernels read; every further one would be compiled anew."""

HALVES = (torch.bfloat16, torch.float16)


def line_of(tensor: Tensor, dtype: torch.dtype | None = None, beside: Tensor | None = None) -> Any:
    """Return a tensor's own memory as a line, or a copy of it where its layout or type is another.

    Parameters
    ----------
    tensor : Tensor
        Of any type.
    dtype : torch.dtype, optional
        The type asked for; by default any that a kernel reads.
    beside : Tensor, optional
        The logits: half precision is read as it is where they have the same.
    """
    given = tensor.detach()
    if given.dtype is (dtype or torch.float32) and given.is_contiguous():
        return given.numpy().reshape(-1)  # the usual one: a small batch feels what follows
    if dtype is None and given.dtype == torch.bool:
        given = given.view(torch.uint8)
    if (
        dtype is None
        and given.dtype not in AS_THEY_ARE
        and not (beside is not None and given.dtype == beside.dtype and given.dtype in HALVES)
    ):
        dtype = torch.float32
    if dtype is not None and given.dtype != dtype:
        given = given.to(dtype)
    return bits_of(given if given.is_contiguous() else given.contiguous()).reshape(-1)


def bits_of(tensor: Tensor) -> Any:
    """Return a tensor's memory as NumPy sees it: half precision as its bits."""
    if tensor.dtype not in HALVES:
        return tensor.numpy()
    bits = tensor.view(torch.int16).numpy()
    return bits.view(np.uint16) if tensor.dtype == torch.bfloat16 else bits


def room_for(shape: Any, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return memory for a gradient, from NumPy: it asks for large pages, and small ones cost a third more."""
    if dtype in HALVES:
        return torch.from_numpy(np.empty(shape, np.int16)).view(dtype)
    return torch.from_numpy(np.empty(shape, np.float32))
