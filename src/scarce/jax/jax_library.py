"""JAX as an array library: its names, and derivatives by custom rules, forward and backward, twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from scarce.arrays.jax_derivatives import differentiable
from scarce.arrays.library import Library
from scarce.jax.traced import TracedModulation

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.modulation import Modulation
    from scarce.losses.rules import Rule


class JaxLibrary(Library):
    """`jax.numpy`, and rules in place of automatic differentiation."""

    def constant(self, numbers: Any, like: jax.Array) -> jax.Array:
        """Return numbers as an array of another's type."""
        return jnp.asarray(numbers, dtype=like.dtype)

    def cast(self, values: jax.Array, like: jax.Array) -> jax.Array:
        """Return values in another's type."""
        return values.astype(like.dtype)

    def whole(self, values: jax.Array) -> jax.Array:
        """Return values as whole numbers."""
        return values.astype(jnp.int32)

    def type_of(self, values: jax.Array) -> str:
        """Return the name of the values' type."""
        return values.dtype.name

    def differentiable(
        self, rule_of: Callable[[Modulation], Rule], modulation: Modulation
    ) -> Callable[..., jax.Array]:
        """Return the rule's value, whose derivatives are custom rules, in traced parameters too."""
        if not isinstance(modulation, TracedModulation):
            return differentiable(lambda: rule_of(modulation))
        return differentiable(lambda *rows: rule_of(modulation.at(rows)), *modulation.traced)


LIBRARY = JaxLibrary(jnp, stop_gradient=jax.lax.stop_gradient)
