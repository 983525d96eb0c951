"""Keras as an array library: `keras.ops`, and the derivatives of its backend."""

from __future__ import annotations

import importlib
import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from scarce.arrays.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from scarce.arrays.rules import Rule
    from scarce.losses.modulation import Modulation


class _Names:
    """`keras.ops` as NumPy has it; the words of the formulas are the backend's own where it has a rule.

    The minimum and maximum of `keras.ops` turn doubles into singles on PyTorch.
    """

    inf = math.inf

    def __init__(self, own: Mapping[str, Callable[..., Any]]) -> None:
        vars(self).update(own)

    def minimum(self, x: Any, y: Any) -> Any:
        """Return the smaller of the two; NaN where x is."""
        return ops.where(x > y, _typed(y, x), x)

    def maximum(self, x: Any, y: Any) -> Any:
        """Return the larger of the two; NaN where x is."""
        return ops.where(x < y, _typed(y, x), x)

    def __getattr__(self, name: str) -> Any:
        return getattr(ops, name)


def _typed(number: Any, like: Any) -> Any:
    """Return a Python number as a tensor of another's type, which Keras would take for a single."""
    if not isinstance(number, float):
        return number
    return ops.convert_to_tensor(np.asarray(number), dtype=keras.backend.standardize_dtype(like.dtype))


class KerasLibrary(Library):
    """`keras.ops`, and each backend's own way to differentiate by closed forms.

    What Keras offers for rules of one's own differs between backends, and reaches no second derivative.
    """

    def constant(self, numbers: NDArray[np.float64], like: Any) -> Any:
        """Return numbers as a tensor of another's type."""
        return ops.convert_to_tensor(numbers, dtype=keras.backend.standardize_dtype(like.dtype))

    def cast(self, values: Any, like: Any) -> Any:
        """Return values in another's type."""
        return ops.cast(values, keras.backend.standardize_dtype(like.dtype))

    def whole(self, values: Any) -> Any:
        """Return values as whole numbers."""
        return ops.cast(values, "int32")

    def type_of(self, values: Any) -> str:
        """Return the name of the values' type."""
        return keras.backend.standardize_dtype(values.dtype)

    def stop_gradient(self, values: Any) -> Any:
        """Return values that no gradient flows through."""
        return ops.stop_gradient(values)

    def differentiable(
        self, rule_of: Callable[[Modulation], Rule], modulation: Modulation
    ) -> Callable[..., Any]:
        """Return the rule's value with the backend's own way to derivatives; elsewhere its expansion."""
        return _OF_BACKEND.differentiable(rule_of(modulation))


def mask_of(tensor: Any) -> Any:
    """Return the mask that layers such as an embedding left on a tensor, or None."""
    from keras.src.backend import get_keras_mask  # losses of Keras ask it too; there is no public name

    return get_keras_mask(tensor)


def _of_backend() -> Any:
    """Return the module of the backend's rule."""
    name = keras.backend.backend()
    module = (
        f"scarce.keras.{name}_rule" if name in ("jax", "tensorflow", "torch") else "scarce.keras.expansion"
    )
    return importlib.import_module(module)


_OF_BACKEND = _of_backend()
outside_graphs = _OF_BACKEND.outside_graphs
LIBRARY = KerasLibrary(_Names(_OF_BACKEND.WORDS))
