"""A rule as a function that JAX differentiates by closed forms: for the face of JAX and for Keras on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.arrays.rules import Rule


def differentiable(rule: Rule) -> Callable[..., Any]:
    """Return a rule's value of (u, *given), forward and backward, twice; nothing unasked for is computed."""
    import jax
    import jax.numpy as jnp
    from jax.custom_derivatives import SymbolicZero

    value, gradient = jax.custom_jvp(rule.value), jax.custom_jvp(rule.gradient)
    by_given = jax.custom_jvp(rule.by_given)

    def moves(tangents: Any) -> bool:
        return bool(tangents) and rule.affine and not isinstance(tangents[0], SymbolicZero)

    def inner(one: Any, other: Any) -> Any:
        return jnp.sum(one * other, axis=-1) if rule.by_rows else one * other

    def moved_value(primals: Any, tangents: Any) -> Any:
        (u, *given), (du, *moved) = primals, tangents
        along = 0.0 if isinstance(du, SymbolicZero) else inner(gradient(u, *given), du)
        return value(u, *given), along + (inner(by_given(u, *given), moved[0]) if moves(moved) else 0.0)

    def moved_gradient(primals: Any, tangents: Any) -> Any:
        (u, *given), (du, *moved) = primals, tangents
        along = 0.0 if isinstance(du, SymbolicZero) else rule.product(du, u, *given)
        return gradient(u, *given), along + (rule.turn(moved[0], u, *given) if moves(moved) else 0.0)

    def moved_by_given(primals: Any, tangents: Any) -> Any:
        u, *given = primals
        held = isinstance(tangents[0], SymbolicZero)  # affine: nothing moves as what is given does
        along = jnp.zeros_like(u) if held else rule.by_given_along(tangents[0], u, *given)
        return by_given(u, *given), along

    value.defjvp(moved_value, symbolic_zeros=True)
    gradient.defjvp(moved_gradient, symbolic_zeros=True)
    by_given.defjvp(moved_by_given, symbolic_zeros=True)
    return value
