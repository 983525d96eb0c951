"""Keras as an array library: `keras.ops`, and the derivatives of its backend."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from scarce.arrays.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.modulation import Modulation
    from scarce.losses.rules import Rule


class KerasLibrary(Library):
    """`keras.ops`, and each backend's own way to differentiate by closed forms: Keras has none twice."""

    def constant(self, numbers: Any, like: Any) -> Any:
        """Return numbers as a tensor of another's type."""
        return ops.convert_to_tensor(numbers, dtype=self.type_of(like))

    def cast(self, values: Any, like: Any) -> Any:
        """Return values in another's type."""
        return ops.cast(values, self.type_of(like))

    def whole(self, values: Any) -> Any:
        """Return values as whole numbers."""
        return ops.cast(values, "int32")

    def type_of(self, values: Any) -> str:
        """Return the name of the values' type."""
        return keras.backend.standardize_dtype(values.dtype)

    def differentiable(
        self, rule_of: Callable[[Modulation], Rule], modulation: Modulation
    ) -> Callable[..., Any]:
        """Return the rule's value with the backend's own way to derivatives; elsewhere its expansion."""
        return BACKEND.differentiable(rule_of(modulation))


def mask_of(tensor: Any) -> Any:
    """Return the mask that layers such as an embedding left on a tensor, or None."""
    from keras.src.backend import get_keras_mask  # losses of Keras ask it too; there is no public name

    return get_keras_mask(tensor)


def _module_of_backend() -> Any:
    """Return the module with the names and the derivatives of the backend."""
    name = keras.backend.backend()
    known = name if name in ("jax", "tensorflow", "torch") else "any_backend"
    return importlib.import_module(f"scarce.keras.on_{known}")


BACKEND = _module_of_backend()
outside_graphs = BACKEND.outside_graphs
LIBRARY = KerasLibrary(ops, **BACKEND.NAMES)
