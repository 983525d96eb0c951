"""Settings that JAX traces: parameters of a modulation, NaN outside their domain, and class weights."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from scarce.errors import ScarceError
from scarce.losses.catalog import find
from scarce.losses.domains import Domain
from scarce.losses.modulation import CrossEntropy, DetachedFocal, Modulation

if TYPE_CHECKING:
    from scarce.losses import Loss
    from scarce.losses.modulation import Formulas, PerClass

ALPHA = Domain("a number between 0 and 1", lambda alpha: (alpha > 0.0) & (alpha < 1.0))


@dataclass(frozen=True, eq=False)
class TracedModulation(Modulation):
    """A modulation with other parameters, of which JAX traces some."""

    of: Modulation
    rows: tuple[Any, ...]

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


def stand_ins(name: str, kind: str, traced: dict[str, Any]) -> dict[str, Any]:
    """Return numbers to make a loss of the catalogue with, in place of settings that JAX traces.

    Raises E572 if the loss is resolved with one of them before anything is traced.
    """
    entry = find(name)
    known: dict[str, Any] = {"class_weight": None}
    known |= _traceable(entry.build().get("modulation", CrossEntropy()))
    if kind == "sigmoid" and "alpha" in entry.parameters:
        known["alpha"] = 0.5
    for key in traced:
        if key not in known:
            raise ScarceError("E572", name=key)
    return {key: known[key] for key in traced}


def with_traced(loss: Loss, traced: dict[str, Any], dtype: np.dtype[Any]) -> tuple[Loss, jax.Array | None]:
    """Return a loss with traced parameters, and the traced class weights or None, in a type to compute in."""
    modulation = loss.resolved.modulation
    domains = {item.name: item.metadata.get("domain") for item in fields(modulation)} | {"alpha": ALPHA}
    numbers = {
        name: _number(name, given, domains[name], dtype) for name, given in traced.items() if name in domains
    }
    known = _traceable(modulation)
    if numbers.keys() & known.keys():
        rows = [numbers.get(name, default) for name, default in known.items()]
        if isinstance(modulation, DetachedFocal):
            rows.append(jax.scipy.special.digamma(rows[0] + 1.0) + np.euler_gamma)
        loss = replace(loss, modulation=TracedModulation(modulation, tuple(rows)))
    if "class_weight" in traced:
        return loss, _weight(loss, traced["class_weight"], dtype)
    if "alpha" in numbers:
        return loss, jnp.stack([1.0 - numbers["alpha"], numbers["alpha"]])
    return loss, None


def _traceable(modulation: Modulation) -> dict[str, float]:
    """Return the parameters of a modulation that JAX may trace: its formulas take its fields as they are."""
    known = {item.name: getattr(modulation, item.name) for item in fields(modulation)}
    if isinstance(modulation, DetachedFocal):
        return known
    plain = all(isinstance(item.metadata.get("domain"), Domain) for item in fields(modulation))
    return known if plain and modulation.parameters() == tuple((n,) for n in known.values()) else {}


def _number(name: str, given: Any, domain: Domain, dtype: np.dtype[Any]) -> jax.Array:
    """Return one traced number, NaN outside its domain."""
    number = jnp.asarray(given, dtype=dtype)
    if number.ndim:
        value = f"an array of shape {number.shape}"
        several = "give one number, and jax.vmap the call over several"
        raise ScarceError("E576", face="scarce.jax", name=name, value=value, suggestion=several)
    return jnp.where(domain.holds(number) & jnp.isfinite(number), number, jnp.nan)


def _weight(loss: Loss, given: Any, dtype: np.dtype[Any]) -> jax.Array:
    """Return traced class weights, one a class or a row of two a label."""
    weight = jnp.asarray(given, dtype=dtype)
    if weight.ndim not in ((1,) if loss.kind == "softmax" else (1, 2)):
        raise ScarceError("E509", name="class_weight", shape=weight.shape)
    if loss.kind == "sigmoid" and weight.shape[-1] != 2:
        raise ScarceError("E527", what="class_weight", given=weight.shape[-1], n_classes=2)
    return weight
