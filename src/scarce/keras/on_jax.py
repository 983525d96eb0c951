"""A rule as a function of Keras's tensors on JAX: as JAX itself has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from scarce.arrays import jax_derivatives
from scarce.keras import on_any_backend

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.rules import Rule

NAMES: dict[str, Callable[..., Any]] = {"minimum": jnp.minimum, "maximum": jnp.maximum}
outside_graphs = on_any_backend.outside_graphs


def differentiable(rule: Rule) -> Callable[..., Any]:
    """Return a rule's value of (u, *given); its parameters are known."""
    return jax_derivatives.differentiable(lambda: rule)
