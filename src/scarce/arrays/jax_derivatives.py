"""A rule as a function that JAX differentiates by closed forms: for the face of JAX and for Keras on it."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

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

    ``parameters`` are numbers that the rule is made of and that JAX traces: in them JAX differentiates the
    closed forms itself, as these are smooth in them; in u it never does.
    """
    return partial(_functions(rule_of).value, parameters)


def _functions(rule_of: Callable[..., Rule]) -> SimpleNamespace:
    """Return value, gradient and by_given of (parameters, u, *given), each with derivatives of its own."""

    def of(face: str, along_u: Callable[..., Any], along_given: Callable[..., Any] | None) -> Any:
        function = jax.custom_jvp(lambda parameters, *inputs: getattr(rule_of(*parameters), face)(*inputs))

        def moved(primals: Any, tangents: Any) -> Any:
            (parameters, *inputs), (by, du, *others) = primals, tangents
            rule, result = rule_of(*parameters), function(*primals)
            along = jnp.zeros_like(result)
            for i, step in enumerate(by):
                if not isinstance(step, SymbolicZero):
                    derivative = _functions(partial(_by_parameter, rule_of, i))
                    along = along + getattr(derivative, face)(parameters, *inputs) * step
            if not isinstance(du, SymbolicZero):
                along = along + along_u(rule, du, parameters, *inputs)
            if along_given and rule.affine and not isinstance(others[0], SymbolicZero):
                along = along + along_given(rule, others[0], parameters, *inputs)
            return result, along

        function.defjvp(moved, symbolic_zeros=True)
        return function

    gradient = of("gradient", lambda r, du, _, *at: r.product(du, *at), lambda r, dt, _, *at: r.turn(dt, *at))
    # affine: nothing moves as what is given does
    by_given = of("by_given", lambda r, du, _, *at: r.by_given_along(du, *at), None)
    value = of(
        "value",
        lambda r, du, *at: _inner(r, gradient(*at), du),
        lambda r, dt, *at: _inner(r, by_given(*at), dt),
    )
    return SimpleNamespace(value=value, gradient=gradient, by_given=by_given)


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
