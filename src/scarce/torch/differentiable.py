"""The one derivative rule of every loss, and the function that follows it on closed forms.

A loss is computed as a pair, the value and its gradient. The gradient is kept, so that going backward is one
multiplication; as an output it has a derivative itself, the Hessian, so that going backward twice is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from scarce.torch import gpu, sigmoid, softmax
from scarce.torch.plan import Call, class_axis, plan_of

if TYPE_CHECKING:
    from torch import Tensor


def set_up(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    """Keep the inputs, by reference, and the gradient."""
    ctx.set_materialize_grads(False)
    ctx.key = inputs[7]
    ctx.save_for_backward(*inputs[:7], output[1])
    ctx.save_for_forward(*inputs[:7], output[1])


def pull_back(ctx: Any, of_value: Tensor | None, of_gradient: Tensor | None) -> Tensor | None:
    """Return the derivative in the logits of whatever was done with the value and with the gradient."""
    *inputs, gradient = ctx.saved_tensors
    call = Call(*inputs, ctx.key)
    result = None
    if of_value is not None:
        result = _scaled(call, gradient, of_value)
    if of_gradient is not None:
        product = _face(ctx.key).hessian_product(call, of_gradient)
        result = product if result is None else result + product
    return None if result is None else result.to(call.logits.dtype)


def _scaled(call: Call, gradient: Tensor, upstream: Tensor) -> Tensor:
    """Return the gradient times what comes from above, one number or one a row."""
    if upstream.dim() < gradient.dim() and upstream.dim() > 0:
        upstream = upstream.unsqueeze(class_axis(call.logits))
    return times(gradient, upstream, call.logits.dtype)


def times(gradient: Tensor, upstream: Tensor, dtype: torch.dtype) -> Tensor:
    """Return a kept gradient times what comes from above; in its own memory where nobody needs it again.

    The type is that which it will have in the end: a GPU gives it that in the same pass.
    """
    if torch.is_grad_enabled() or not is_plain(gradient) or not is_plain(upstream) or is_kept():
        return gradient * upstream
    gradient = gradient.detach()
    if upstream.dim() == 0 and upstream.device.type == "cpu" and float(upstream) == 1.0:
        return gradient
    if gpu.can_scale(gradient, upstream):
        return gpu.scaled(gradient, upstream, dtype)
    return gradient.mul_(upstream)


def is_kept() -> bool:
    """Return whether this graph may be gone through again, so that what it holds must stay as it is."""
    asked = getattr(torch._C._autograd, "_get_current_graph_task_keep_graph", None)
    return True if asked is None else asked()


def is_plain(tensor: Tensor) -> bool:
    """Return whether a tensor is memory, not a stand-in of a transform or a trace."""
    plain = type(tensor) is torch.Tensor or type(tensor) is torch.nn.Parameter
    of_transforms = torch._C._functorch
    stands_in = of_transforms.is_functorch_wrapped_tensor(tensor)
    return plain and not stands_in and not of_transforms.is_legacy_batchedtensor(tensor)


def _face(key: str) -> Any:
    return sigmoid if plan_of(key).kind == "sigmoid" else softmax


class ClosedForm(torch.autograd.Function):
    """Value and gradient of any loss in any type, on any device, under any transform."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        logits: Tensor,
        target: Tensor,
        sample_weight: Tensor | None,
        class_weight: Tensor | None,
        logit_shift: Tensor | None,
        logit_scale: Tensor | None,
        divisor: Tensor | None,
        key: str,
        hard: bool,
    ) -> tuple[Tensor, Tensor]:
        """Return the value, reduced as the settings say, and the gradient."""
        call = Call(logits, target, sample_weight, class_weight, logit_shift, logit_scale, divisor, key)
        if plan_of(key).kind == "sigmoid":
            return sigmoid.value_and_gradient(call, hard=hard)
        return softmax.value_and_gradient(call)

    setup_context = staticmethod(set_up)

    @staticmethod
    def backward(ctx: Any, of_value: Tensor | None, of_gradient: Tensor | None) -> tuple[Any, ...]:
        """Return the derivative in the logits; nothing else has one."""
        return (pull_back(ctx, of_value, of_gradient), *(None,) * 8)

    @staticmethod
    def jvp(ctx: Any, along: Tensor, *_: Any) -> tuple[Tensor, Tensor]:
        """Return the derivatives of value and gradient along a direction in the logits."""
        *inputs, gradient = ctx.saved_tensors
        call = Call(*inputs, ctx.key)
        plan, rise = plan_of(ctx.key), gradient * along
        if plan.reduction != "none":
            rise = rise.sum()
        elif plan.kind == "softmax":
            rise = rise.sum(dim=class_axis(call.logits))
        return rise, _face(ctx.key).hessian_product(call, along)
