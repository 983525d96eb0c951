"""The kernels on logits in half precision: the gradient is kept in their type, and rounded to it once.

bfloat16 reaches as far down as single precision. float16 does not: the mean over a million rows underflows
before the factor of a `GradScaler` reaches it. So a float16 gradient is kept a power of two larger, as large
as its range allows, and going backward divides by it: entries 2**28 below the largest possible lose digits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from scarce.torch.differentiable import ClosedForm, is_kept, is_plain
from scarce.torch.memory import room_for
from scarce.torch.plan import Call, class_axis

if TYPE_CHECKING:
    from torch import Tensor


class Narrow(torch.autograd.Function):
    """The value of a loss by a kernel, and its gradient in the logits' type."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, kernel: Any, call: Call) -> Tensor:
        """Return the value; keep the gradient."""
        gradient = room_for(logits.shape, logits.dtype)
        value, ctx.times = kernel(call, gradient)
        ctx.key, ctx.kernel = call.key, kernel
        ctx.save_for_backward(logits, *call[1:7], gradient)
        return value

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Any, ...]:
        """Return the derivative in the logits."""
        *inputs, gradient = ctx.saved_tensors
        return _scaled(ctx, Call(*inputs, ctx.key), gradient, upstream), None, None


def _scaled(ctx: Any, call: Call, gradient: Tensor, upstream: Tensor) -> Tensor:
    """Return the gradient times what comes from above, in the gradient's own memory where it may be."""
    by_item = upstream
    if 0 < upstream.dim() < gradient.dim():
        by_item = upstream.unsqueeze(class_axis(call.logits))
    if torch.is_grad_enabled():  # it will be differentiated, and so must come from the logits
        of_logits = ClosedForm.apply(*call, not call.target.is_floating_point())[1]
        return (of_logits * by_item).to(gradient.dtype)
    if upstream.dim() > 0 or not is_plain(upstream):
        return (gradient.float() * (by_item / ctx.times)).to(gradient.dtype)
    factor = float(upstream) / ctx.times
    if math.isfinite(factor) and abs(math.frexp(factor)[0]) not in (0.0, 0.5):
        # to multiply would round a second time: compute it again, which takes no longer than a pass or two
        memory = room_for(gradient.shape, gradient.dtype) if is_kept() else gradient.detach()
        ctx.kernel(call, memory, float(upstream))
        return memory
    if is_kept():
        return gradient * factor
    return gradient.detach() if factor == 1.0 else gradient.detach().mul_(factor)
