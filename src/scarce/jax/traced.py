"""Settings that JAX traces: parameters of a modulation, NaN outside their domain, and class weights."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from scarce.errors import ScarceError
from scarce.losses.modulation import DetachedFocal, Modulation, PlainModulation

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses import Loss
    from scarce.losses.modulation import Formulas, PerClass

DOMAINS: dict[str, Callable[[Any], Any]] = {
    "alpha": lambda alpha: (alpha > 0.0) & (alpha < 1.0),
    "gamma": lambda gamma: gamma >= 0.0,
    "epsilon": lambda epsilon: epsilon > -1.0,
    "q": lambda q: (q > 0.0) & (q <= 1.0),
}


@dataclass(frozen=True, eq=False)
class TracedModulation(PlainModulation):
    """A modulation with other parameters, of which JAX traces some."""

    of: Modulation
    rows: tuple[Any, ...]

    name: ClassVar[str] = "traced"

    @property
    def formulas(self) -> Formulas:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The formulas of the modulation."""
        return self.of.formulas

    @property
    def traced(self) -> tuple[jax.Array, ...]:
        """The parameters that JAX traces."""
        return tuple(row for row in self.rows if isinstance(row, jax.Array))

    def at(self, traced: tuple[jax.Array, ...]) -> TracedModulation:
        """Return the modulation with others in their place."""
        others = iter(traced)
        return replace(
            self, rows=tuple(next(others) if isinstance(row, jax.Array) else row for row in self.rows)
        )

    def parameters(self) -> tuple[PerClass, ...]:
        """Return every parameter as one number for all classes."""
        return tuple((row,) for row in self.rows)


def is_traced(setting: Any) -> bool:
    """Return whether JAX traces any part of a setting."""
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(setting))


def traceable(modulation: Modulation) -> dict[str, float]:
    """Return the parameters of a modulation that JAX may trace: its formulas take its fields as they are."""
    known = {item.name: getattr(modulation, item.name) for item in fields(modulation)}
    plain = known.keys() <= DOMAINS.keys() and modulation.parameters() == tuple((n,) for n in known.values())
    return known if plain or isinstance(modulation, DetachedFocal) else {}


def with_traced(loss: Loss, traced: dict[str, Any], dtype: np.dtype[Any]) -> tuple[Loss, jax.Array | None]:
    """Return a loss with traced parameters, and the traced class weights or None, in a type to compute in."""
    numbers = {name: _number(name, given, dtype) for name, given in traced.items() if name in DOMAINS}
    modulation = loss._modulation
    if numbers.keys() & traceable(modulation).keys():
        loss = replace(loss, modulation=_traced_modulation(modulation, numbers))
    if "class_weight" in traced:
        return loss, _weight(loss, traced["class_weight"], dtype)
    if "alpha" in numbers:
        return loss, jnp.stack([1.0 - numbers["alpha"], numbers["alpha"]])
    return loss, None


def _traced_modulation(modulation: Modulation, numbers: dict[str, jax.Array]) -> TracedModulation:
    rows = [numbers.get(name, known) for name, known in traceable(modulation).items()]
    if isinstance(modulation, DetachedFocal):
        rows.append(jax.scipy.special.digamma(rows[0] + 1.0) + np.euler_gamma)
    return TracedModulation(modulation, tuple(rows))


def _number(name: str, given: Any, dtype: np.dtype[Any]) -> jax.Array:
    """Return one traced number, NaN outside its domain."""
    number = jnp.asarray(given, dtype=dtype)
    if number.ndim:
        value = f"an array of shape {number.shape}"
        several = "give one number, and jax.vmap the call over several"
        raise ScarceError("E576", face="scarce.jax", name=name, value=value, suggestion=several)
    return jnp.where(DOMAINS[name](number) & (number < jnp.inf), number, jnp.nan)


def _weight(loss: Loss, given: Any, dtype: np.dtype[Any]) -> jax.Array:
    """Return traced class weights, one a class or a row of two a label."""
    weight = jnp.asarray(given, dtype=dtype)
    allowed = (1,) if loss.kind == "softmax" else (1, 2)
    if weight.ndim not in allowed:
        raise ScarceError("E509", name="class_weight", shape=weight.shape)
    if loss.kind == "sigmoid" and weight.shape[-1] != 2:
        raise ScarceError("E527", what="class_weight", given=weight.shape[-1], n_classes=2)
    return weight
