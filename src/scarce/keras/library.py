"""Keras as an array library: `keras.ops`, and derivatives that every backend's differentiation gets right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from scarce.arrays.library import Curve, Library

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class _Names:
    """`keras.ops` as NumPy has it: on PyTorch, its own minimum and maximum turn doubles into singles."""

    inf = math.inf

    def minimum(self, x: Any, y: Any) -> Any:
        """Return the smaller of the two."""
        return ops.where(x < y, x, _typed(y, x))

    def maximum(self, x: Any, y: Any) -> Any:
        """Return the larger of the two."""
        return ops.where(x > y, x, _typed(y, x))

    def __getattr__(self, name: str) -> Any:
        return getattr(ops, name)


def _typed(number: Any, like: Any) -> Any:
    """Return a Python number as a tensor of another's type, which Keras would take for a single."""
    if not isinstance(number, float):
        return number
    return ops.convert_to_tensor(np.asarray(number), dtype=keras.backend.standardize_dtype(like.dtype))


class KerasLibrary(Library):
    """`keras.ops`, and expansions in place of rules for differentiation.

    What Keras offers for rules of one's own differs between backends. So a loss is written as its
    second-order expansion around its own argument, held constant: there the expansion is the value, its
    derivative the closed gradient and its second derivative the closed Hessian, whoever differentiates.
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

    def is_whole(self, values: Any) -> bool:
        """Return whether the values' type is whole numbers or booleans."""
        return "float" not in keras.backend.standardize_dtype(values.dtype)

    def stop_gradient(self, values: Any) -> Any:
        """Return values that no gradient flows through."""
        return ops.stop_gradient(values)

    def curve(self, curve: Curve) -> Callable[[Any], Any]:
        """Return the expansion of a curve around its margin."""

        def expanded(m: Any) -> Any:
            at = ops.stop_gradient(m)
            moved = m - at
            return curve.value(at) + (0.5 * curve.curvature(at) * moved - curve.slope(at)) * moved

        return expanded

    def rows(self, form: Any) -> Callable[[Any, Any], Any]:
        """Return the expansion of a form around its logits, given labels."""

        def expanded(u: Any, labels: Any) -> Any:
            at = ops.stop_gradient(u)
            moved, classes = u - at, self.forms.classes_of(at)
            first = form.gradient(classes, labels) + 0.5 * form.product(classes, labels, moved)
            return form.value(classes, labels) + ops.sum(first * moved, axis=-1)

        return expanded

    def rows_of_mass(self, form: Any) -> Callable[[Any, Any], Any]:
        """Return the expansion of a form around its logits, given the targets' mass."""

        def expanded(u: Any, mass: Any) -> Any:
            at = ops.stop_gradient(u)
            moved, classes = u - at, self.forms.classes_of(at)
            first = form.gradient_of_mass(classes, mass) + 0.5 * form.product_of_mass(classes, mass, moved)
            return form.value_of_mass(classes, mass) + ops.sum(first * moved, axis=-1)

        return expanded


def mask_of(tensor: Any) -> Any:
    """Return the mask that layers such as an embedding left on a tensor, or None."""
    from keras.src.backend import get_keras_mask  # losses of Keras ask it too; there is no public name

    return get_keras_mask(tensor)


LIBRARY = KerasLibrary(_Names())
