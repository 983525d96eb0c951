"""A rule as a function that TensorFlow differentiates by closed forms, eagerly, in graphs and under XLA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from scarce.keras import on_any_backend
from scarce.losses.rules import TargetRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.rules import Rule

NAMES: dict[str, Callable[..., Any]] = {"minimum": tf.minimum, "maximum": tf.maximum}
outside_graphs = on_any_backend.outside_graphs


def differentiable(rule: Rule) -> Callable[..., Any]:
    """Return a rule's value of (u, *given), backward and backward again.

    Value and gradient are computed together and the gradient is kept. In a graph, what nobody asks for (the
    gradient in an evaluation, the derivative in a constant target) is left out.
    """

    def value_of(u: Any, *given: Any) -> Any:
        varied = given if rule.affine else ()

        @tf.custom_gradient
        def value(u: Any, *_: Any) -> Any:
            losses, gradient = _both(rule, u, given)

            def pull_back(upstream: Any) -> Any:
                above = upstream[..., None] if rule.by_rows else upstream
                by_u = above * _known_gradient(rule, gradient, u, given)
                return (by_u, above * _by_given(rule, u, given)) if varied else by_u

            return losses, pull_back

        return value(u, *varied)

    return value_of


def _both(rule: Rule, u: Any, given: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return value and gradient. Keras makes targets floats: only their values say whether they are hard."""
    if not (isinstance(rule, TargetRule) and rule.is_of_one_margin):
        return rule.both(u, *given)
    (target,) = given
    is_hard = tf.reduce_all(tf.equal((target - 1.0) * target, 0.0))
    return tf.cond(is_hard, lambda: rule.both_of_hard(u, target), lambda: rule.both(u, target))


def _known_gradient(rule: Rule, gradient: Any, u: Any, given: tuple[Any, ...]) -> Any:
    """Return a gradient that is there already, as a function that can be differentiated."""
    varied = given if rule.affine else ()

    @tf.custom_gradient
    def known(u: Any, *_: Any) -> Any:
        def pull_back(upstream: Any) -> Any:
            by_u = rule.product(upstream, u, *given)
            return (by_u, rule.by_given_along(upstream, u, *given)) if varied else by_u

        return tf.identity(gradient), pull_back

    return known(u, *varied)


def _by_given(rule: Rule, u: Any, given: tuple[Any, ...]) -> Any:
    """Return the derivative in what is given, as an expansion: its own derivative is right too."""
    at = tf.stop_gradient(u)
    return rule.by_given(at, *given) + rule.by_given_along(on_any_backend.displacement(u), at, *given)
