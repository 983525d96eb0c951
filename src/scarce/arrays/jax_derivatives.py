"""A rule as a function that JAX differentiates by closed forms: for the face of JAX and for Keras on it."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.rules import Rule

FACES = ("value", "gradient", "product", "by_given", "by_given_along", "turn")
"""The functions that a rule consists of."""


def differentiable(rule_of: Callable[..., Rule], *parameters: jax.Array) -> Callable[..., jax.Array]:
    """Return a rule's value of (u, *given), forward and backward, twice; nothing unasked for is computed.

    ``parameters`` are single numbers that the rule is made of and that JAX traces. In them the closed forms
    are differentiated by JAX, as they are smooth in them; in u they never are.
    """
    return partial(_functions(rule_of).value, parameters)


class _Functions(NamedTuple):
    """Of (parameters, u, *given), each with derivatives of its own."""

    value: Callable[..., jax.Array]
    gradient: Callable[..., jax.Array]
    by_given: Callable[..., jax.Array]


def _functions(rule_of: Callable[..., Rule]) -> _Functions:
    """Return what a rule consists of as functions that can be differentiated."""

    def of(face: str) -> Any:
        return jax.custom_jvp(lambda parameters, *inputs: getattr(rule_of(*parameters), face)(*inputs))

    value, gradient, by_given = of("value"), of("gradient"), of("by_given")

    def as_parameters_move(face: str, moved: tuple[Any, ...], parameters: Any, *inputs: Any) -> Any:
        """Return how a function moves with the parameters."""
        total = 0.0
        for i, by in enumerate(moved):
            if not isinstance(by, SymbolicZero):
                derivative = _functions(partial(_by_parameter, rule_of, i))
                total = total + getattr(derivative, face)(parameters, *inputs) * by
        return total

    def moved_value(primals: Any, tangents: Any) -> Any:
        (parameters, u, *given), (by, du, *moved) = primals, tangents
        rule, along = rule_of(*parameters), as_parameters_move("value", by, parameters, u, *given)
        if not isinstance(du, SymbolicZero):
            along = along + _inner(rule, gradient(parameters, u, *given), du)
        if rule.affine and not isinstance(moved[0], SymbolicZero):
            along = along + _inner(rule, by_given(parameters, u, *given), moved[0])
        return value(parameters, u, *given), along

    def moved_gradient(primals: Any, tangents: Any) -> Any:
        (parameters, u, *given), (by, du, *moved) = primals, tangents
        rule, along = rule_of(*parameters), as_parameters_move("gradient", by, parameters, u, *given)
        if not isinstance(du, SymbolicZero):
            along = along + rule.product(du, u, *given)
        if rule.affine and not isinstance(moved[0], SymbolicZero):
            along = along + rule.turn(moved[0], u, *given)
        return gradient(parameters, u, *given), along

    def moved_by_given(primals: Any, tangents: Any) -> Any:
        # affine: nothing moves as what is given does
        (parameters, u, *given), (by, du, *_) = primals, tangents
        along = jnp.zeros_like(u) + as_parameters_move("by_given", by, parameters, u, *given)
        if not isinstance(du, SymbolicZero):
            along = along + rule_of(*parameters).by_given_along(du, u, *given)
        return by_given(parameters, u, *given), along

    value.defjvp(moved_value, symbolic_zeros=True)
    gradient.defjvp(moved_gradient, symbolic_zeros=True)
    by_given.defjvp(moved_by_given, symbolic_zeros=True)
    return _Functions(value, gradient, by_given)


def _by_parameter(rule_of: Callable[..., Rule], i: int, *parameters: jax.Array) -> SimpleNamespace:
    """Return the derivative of a rule in one of its parameters: in its turn as good as a rule."""
    rule, here = rule_of(*parameters), parameters[i]

    def derivative(face: str, *inputs: Any) -> Any:
        def at(parameter: jax.Array) -> Any:
            return getattr(rule_of(*parameters[:i], parameter, *parameters[i + 1 :]), face)(*inputs)

        return jax.jvp(at, (here,), (jnp.ones_like(here),))[1]

    return SimpleNamespace(
        affine=rule.affine, by_rows=rule.by_rows, **{face: partial(derivative, face) for face in FACES}
    )


def _inner(rule: Rule, one: Any, other: Any) -> Any:
    return jnp.sum(one * other, axis=-1) if rule.by_rows else one * other
