"""A gradient that was kept on the way forward, times what comes from above on the way back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from scarce.torch import cuda
from scarce.torch.cpu_memory import room_for
from scarce.torch.tensors import Call, class_axis, is_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


is_kept = getattr(torch._C._autograd, "_get_current_graph_task_keep_graph", lambda: True)
"""Return whether this graph may be gone through again, so that what it holds must stay as it is."""


def times(gradient: Tensor, upstream: Tensor, dtype: torch.dtype) -> Tensor:
    """Return a kept gradient times what comes from above; in its own memory where nobody needs it again.

    The type is that which it will have in the end: a GPU gives it that in the same pass.
    """
    if torch.is_grad_enabled() or not is_plain(gradient, upstream) or is_kept():
        return gradient * upstream
    gradient = gradient.detach()
    if upstream.dim() == 0 and upstream.device.type == "cpu" and float(upstream) == 1.0:
        return gradient
    if cuda.can_scale(gradient, upstream):
        return cuda.scaled(gradient, upstream, dtype)
    return gradient.mul_(upstream)


def times_in_half(
    kernel: Callable[..., Any], call: Call, gradient: Tensor, upstream: Tensor, by: float
) -> Tensor:
    """Return a half-precision gradient, ``by`` times too large, times what comes from above."""
    if upstream.dim() > 0 or not is_plain(upstream):
        if 0 < upstream.dim() < gradient.dim():
            upstream = upstream.unsqueeze(class_axis(call.logits))
        return (gradient.float() * (upstream / by)).to(gradient.dtype)
    factor = float(upstream) / by
    if math.isfinite(factor) and abs(math.frexp(factor)[0]) not in (0.0, 0.5):
        # to multiply would round a second time: compute it again, which takes no longer than a pass or two
        memory = room_for(gradient.shape, gradient.dtype) if is_kept() else gradient.detach()
        kernel(call, memory, float(upstream))
        return memory
    if is_kept():
        return gradient * factor
    return gradient.detach() if factor == 1.0 else gradient.detach().mul_(factor)
