"""JAX as an array library: its names, and derivatives by custom rules, forward and backward, twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp

from scarce.arrays.jax_rule import differentiable
from scarce.arrays.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from scarce.arrays.rules import Rule


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

    def differentiable(self, rule: Rule) -> Callable[..., jax.Array]:
        """Return a rule's value, whose derivatives are custom rules."""
        return differentiable(rule)


LIBRARY = JaxLibrary(jnp)
