"""A rule as a function that JAX differentiates by closed forms: for the face of JAX and for Keras on it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from scarce.losses.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Callable


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
            if not _is_zero(by):
                derivative = _functions(partial(_ByParameter, rule_of, i))
                total = total + getattr(derivative, face)(parameters, *inputs) * by
        return total

    def moved_value(primals: Any, tangents: Any) -> Any:
        (parameters, u, *given), (by, du, *moved) = primals, tangents
        rule, along = rule_of(*parameters), as_parameters_move("value", by, parameters, u, *given)
        if not _is_zero(du):
            along = along + _inner(rule, gradient(parameters, u, *given), du)
        if _moves(rule, moved):
            along = along + _inner(rule, by_given(parameters, u, *given), moved[0])
        return value(parameters, u, *given), along

    def moved_gradient(primals: Any, tangents: Any) -> Any:
        (parameters, u, *given), (by, du, *moved) = primals, tangents
        rule, along = rule_of(*parameters), as_parameters_move("gradient", by, parameters, u, *given)
        if not _is_zero(du):
            along = along + rule.product(du, u, *given)
        if _moves(rule, moved):
            along = along + rule.turn(moved[0], u, *given)
        return gradient(parameters, u, *given), along

    def moved_by_given(primals: Any, tangents: Any) -> Any:
        # affine: nothing moves as what is given does
        (parameters, u, *given), (by, du, *_) = primals, tangents
        along = jnp.zeros_like(u) + as_parameters_move("by_given", by, parameters, u, *given)
        if not _is_zero(du):
            along = along + rule_of(*parameters).by_given_along(du, u, *given)
        return by_given(parameters, u, *given), along

    value.defjvp(moved_value, symbolic_zeros=True)
    gradient.defjvp(moved_gradient, symbolic_zeros=True)
    by_given.defjvp(moved_by_given, symbolic_zeros=True)
    return _Functions(value, gradient, by_given)


class _ByParameter(Rule):
    """The derivative of a rule in one of its parameters: a rule of the same u and of what is given."""

    def __init__(self, rule_of: Callable[..., Rule], i: int, *parameters: jax.Array) -> None:
        rule = rule_of(*parameters)
        self.affine, self.by_rows = rule.affine, rule.by_rows
        self._rule_of, self._i, self._parameters = rule_of, i, parameters

    def both(self, u: Any, *given: Any) -> tuple[Any, Any]:
        """Return the derivatives of value and gradient."""
        return self._derivative("both", u, *given)

    def product(self, v: Any, u: Any, *given: Any) -> Any:
        """Return the derivative of the Hessian in u times v."""
        return self._derivative("product", v, u, *given)

    def by_given(self, u: Any, *given: Any) -> Any:
        """Return the derivative of the one in what is given."""
        return self._derivative("by_given", u, *given)

    def by_given_along(self, v: Any, u: Any, *given: Any) -> Any:
        """Return the derivative of that along v."""
        return self._derivative("by_given_along", v, u, *given)

    def turn(self, moved: Any, u: Any, *given: Any) -> Any:
        """Return the derivative of how the gradient turns."""
        return self._derivative("turn", moved, u, *given)

    def _derivative(self, face: str, *inputs: Any) -> Any:
        before, after = self._parameters[: self._i], self._parameters[self._i + 1 :]

        def at(parameter: jax.Array) -> Any:
            return getattr(self._rule_of(*before, parameter, *after), face)(*inputs)

        here = self._parameters[self._i]
        return jax.jvp(at, (here,), (jnp.ones_like(here),))[1]


def _is_zero(tangent: Any) -> bool:
    return isinstance(tangent, SymbolicZero)


def _moves(rule: Rule, moved: list[Any]) -> bool:
    return bool(moved) and rule.affine and not _is_zero(moved[0])


def _inner(rule: Rule, one: Any, other: Any) -> Any:
    return jnp.sum(one * other, axis=-1) if rule.by_rows else one * other
