"""A rule as a function that any backend differentiates right: where there is no rule of the backend's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras import ops

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.rules import Rule

NAMES: dict[str, Callable[..., Any]] = {}


def differentiable(rule: Rule) -> Callable[..., Any]:
    """Return a rule's expansion of second order around its own logits: right, at the price of the Hessian."""

    def expanded(u: Any, *given: Any) -> Any:
        at = ops.stop_gradient(u)
        moved = displacement(u)
        value, first = rule.both(at, *given)
        second = (first + 0.5 * rule.product(moved, at, *given)) * moved
        return value + (ops.sum(second, axis=-1) if rule.by_rows else second)

    return expanded


def outside_graphs(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function as it is: it can be part of any graph."""
    return function


def displacement(u: Any) -> Any:
    """Return u less itself held constant: 0, with the derivative of u; an infinite one stays where it is."""
    return ops.where(ops.isfinite(u), u - ops.stop_gradient(u), ops.zeros_like(u))
