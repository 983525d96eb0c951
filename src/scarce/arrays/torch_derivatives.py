"""A rule as a function that PyTorch differentiates by closed forms, twice, under `torch.func` too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.rules import Rule

BLOCK = 2**17  # entries, whose temporaries stay in a processor's cache


def differentiable(rule: Rule) -> Callable[..., Any]:
    """Return a rule's value of (u, *given).

    Value and gradient are computed together, in blocks of rows on the CPU, and the gradient is kept.
    """
    return lambda u, *given: _Pair.apply(rule, u, *given)[0]


class _Pair(torch.autograd.Function):
    """The value and its gradient; the Hessian is the derivative of the latter."""

    generate_vmap_rule = True

    @staticmethod
    def forward(rule: Rule, u: Any, *given: Any) -> tuple[Any, Any]:
        """Return value and gradient."""
        if not _is_memory(u) or u.numel() <= BLOCK:
            return rule.both(u, *given)
        size = max(1, BLOCK * len(u) // u.numel())
        value = torch.empty(u.shape[:-1] if rule.by_rows else u.shape, dtype=u.dtype)
        gradient = torch.empty(u.shape, dtype=u.dtype)
        for start in range(0, len(u), size):
            rows = slice(start, start + size)
            value[rows], gradient[rows] = rule.both(u[rows], *(one[rows] for one in given))
        return value, gradient

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Any, Any]) -> None:
        """Keep the inputs, by reference, and the gradient."""
        ctx.set_materialize_grads(False)
        ctx.rule, *tensors = inputs
        ctx.save_for_backward(*tensors, output[1])
        ctx.save_for_forward(*tensors, output[1])

    @staticmethod
    def backward(ctx: Any, of_value: Any, of_gradient: Any) -> tuple[Any, ...]:
        """Return the derivatives in the logits, and in a target that has one."""
        rule, (u, *given, gradient) = ctx.rule, ctx.saved_tensors
        above = of_value
        if above is not None and rule.by_rows:
            above = above.unsqueeze(-1)
        by_u = None if above is None else above * gradient
        if of_gradient is not None:
            product = rule.product(of_gradient, u, *given)
            by_u = product if by_u is None else by_u + product
        if not rule.affine or not ctx.needs_input_grad[2]:
            return (None, by_u, *(None for _ in given))
        by_given = None
        if above is not None:
            at = u.detach()  # an expansion: the derivative of this derivative is right too
            moved = torch.where(torch.isfinite(u), u - at, 0.0)
            by_given = above * (rule.by_given(at, *given) + rule.by_given_along(moved, at, *given))
        if of_gradient is not None:
            turned = rule.by_given_along(of_gradient, u, *given)
            by_given = turned if by_given is None else by_given + turned
        return None, by_u, by_given

    @staticmethod
    def jvp(ctx: Any, _: Any, along: Any, *moved: Any) -> tuple[Any, Any]:
        """Return how value and gradient move."""
        rule, (u, *given, gradient) = ctx.rule, ctx.saved_tensors
        rise, turn = torch.zeros_like(gradient), torch.zeros_like(gradient)
        if along is not None:
            rise, turn = rise + gradient * along, turn + rule.product(along, u, *given)
        if rule.affine and moved[0] is not None:
            rise = rise + rule.by_given(u, *given) * moved[0]
            turn = turn + rule.turn(moved[0], u, *given)
        return (rise.sum(dim=-1) if rule.by_rows else rise), turn


def _is_memory(tensor: Any) -> bool:
    """Return whether a tensor is plain memory of the CPU, which can be written in blocks."""
    plain = type(tensor) is torch.Tensor or type(tensor) is torch.nn.Parameter
    transformed = torch._C._functorch.is_functorch_wrapped_tensor(tensor)
    return plain and tensor.device.type == "cpu" and not transformed
