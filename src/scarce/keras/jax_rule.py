"""A rule as a function of Keras's tensors on JAX: as JAX itself has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from scarce.arrays.jax_rule import differentiable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WORDS", "differentiable"]

WORDS: dict[str, Callable[..., Any]] = {"minimum": jnp.minimum, "maximum": jnp.maximum}
