"""JAX as an array library: its names, and derivatives by custom rules, forward and backward, twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from scarce.arrays.library import Curve, Library

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray


class JaxLibrary(Library):
    """`jax.numpy`, and rules in place of automatic differentiation."""

    def constant(self, numbers: NDArray[np.float64], like: jax.Array) -> jax.Array:
        """Return numbers as an array of another's type."""
        return jnp.asarray(numbers, dtype=like.dtype)

    def cast(self, values: jax.Array, like: jax.Array) -> jax.Array:
        """Return values in another's type."""
        return values.astype(like.dtype)

    def whole(self, values: jax.Array) -> jax.Array:
        """Return values as whole numbers."""
        return values.astype(jnp.int32)

    def is_whole(self, values: jax.Array) -> bool:
        """Return whether the values' type is whole numbers or booleans."""
        return not jnp.issubdtype(values.dtype, jnp.floating)

    def stop_gradient(self, values: jax.Array) -> jax.Array:
        """Return values that no gradient flows through."""
        return jax.lax.stop_gradient(values)

    def curve(self, curve: Curve) -> Callable[[jax.Array], jax.Array]:
        """Return the value of a curve with its slope and curvature as rules."""
        value, slope = jax.custom_jvp(curve.value), jax.custom_jvp(curve.slope)
        value.defjvps(lambda moved, _, m: -slope(m) * moved)
        slope.defjvps(lambda moved, _, m: -curve.curvature(m) * moved)
        return value

    def rows(self, form: Any) -> Callable[[jax.Array, jax.Array], jax.Array]:
        """Return a form's value with its gradient and Hessian product as rules."""
        classes_of = self.forms.classes_of
        value = jax.custom_jvp(lambda u, labels: form.value(classes_of(u), labels))
        gradient = jax.custom_jvp(lambda u, labels: form.gradient(classes_of(u), labels))
        value.defjvps(lambda moved, _, u, labels: jnp.sum(gradient(u, labels) * moved, axis=-1), None)
        gradient.defjvps(lambda moved, _, u, labels: form.product(classes_of(u), labels, moved), None)
        return value

    def rows_of_mass(self, form: Any) -> Callable[[jax.Array, jax.Array], jax.Array]:
        """Return a form's value given the targets' mass, in which it and its gradient are linear."""
        classes_of = self.forms.classes_of
        value = jax.custom_jvp(lambda u, mass: form.value_of_mass(classes_of(u), mass))
        gradient = jax.custom_jvp(lambda u, mass: form.gradient_of_mass(classes_of(u), mass))

        def moved_value(primals: Any, tangents: Any) -> Any:
            (u, mass), (du, dmass) = primals, tangents
            by_u = 0.0 if _still(du) else jnp.sum(gradient(u, mass) * du, axis=-1)
            by_mass = 0.0 if _still(dmass) else jnp.sum(form.losses(classes_of(u)) * dmass, axis=-1)
            return value(u, mass), by_u + by_mass

        def moved_gradient(primals: Any, tangents: Any) -> Any:
            (u, mass), (du, dmass) = primals, tangents
            by_u = 0.0 if _still(du) else form.product_of_mass(classes_of(u), mass, du)
            return gradient(u, mass), by_u + (0.0 if _still(dmass) else gradient(u, dmass))

        value.defjvp(moved_value, symbolic_zeros=True)
        gradient.defjvp(moved_gradient, symbolic_zeros=True)
        return value


def _still(tangent: Any) -> bool:
    """Return whether nothing is differentiated along this argument."""
    return isinstance(tangent, SymbolicZero)


LIBRARY = JaxLibrary(jnp)
