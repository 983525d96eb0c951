"""A rule as a function that PyTorch differentiates by closed forms, twice, under `torch.func` too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.rules import Rule


def differentiable(rule: Rule) -> Callable[..., Any]:
    """Return a rule's value of (u, *given); value and gradient are computed together, and it is kept."""
    return lambda u, *given: _Pair.apply(rule, u, *given)[0]


class _Pair(torch.autograd.Function):
    """The value and its gradient; the Hessian is the derivative of the latter."""

    generate_vmap_rule = True

    @staticmethod
    def forward(rule: Rule, u: Any, *given: Any) -> tuple[Any, Any]:
        """Return value and gradient."""
        return rule.both(u, *given)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Any, Any]) -> None:
        """Keep the inputs, by reference, and the gradient."""
        ctx.set_materialize_grads(False)
        ctx.rule, *tensors = inputs
        ctx.save_for_backward(*tensors, output[1])
        ctx.save_for_forward(*tensors, output[1])

    @staticmethod
    def backward(ctx: Any, of_value: Any, of_gradient: Any) -> tuple[Any, ...]:
        """Return the derivative in the logits."""
        rule, (u, *given, gradient) = ctx.rule, ctx.saved_tensors
        by_u = None
        if of_value is not None:
            by_u = (of_value.unsqueeze(-1) if rule.by_rows else of_value) * gradient
        if of_gradient is not None:
            product = rule.product(of_gradient, u, *given)
            by_u = product if by_u is None else by_u + product
        return None, by_u, *(None for _ in given)

    @staticmethod
    def jvp(ctx: Any, _: Any, along: Any, *__: Any) -> tuple[Any, Any]:
        """Return how value and gradient move."""
        rule, (u, *given, gradient) = ctx.rule, ctx.saved_tensors
        rise = gradient * along
        return (rise.sum(dim=-1) if rule.by_rows else rise), rule.product(along, u, *given)
