"""The array library that the formulas and the losses are written over: an explicit argument, `xp`.

Nothing in a formula says NumPy: it is given the words of a library, so that it is written once and every
library runs that text. `NUMPY` is NumPy's own; torch, JAX, Keras and the kernels bring theirs.
"""

from __future__ import annotations

import math
from typing import Any, Protocol, cast

import numpy as np


class Words(Protocol):
    """What a formula may use, element by element: the closed list that every library and kernel offers."""

    def exp(self, x: Any, /) -> Any:
        """Return e to the power x; underflow is gradual or zero, never an error."""

    def expm1(self, x: Any, /) -> Any:
        """Return ``exp(x) - 1`` without cancellation near 0."""

    def log(self, x: Any, /) -> Any:
        """Return the natural logarithm of a positive x."""

    def log1p(self, x: Any, /) -> Any:
        """Return ``log(1 + x)`` without cancellation near 0."""

    def absolute(self, x: Any, /) -> Any:
        """Return ``|x|``."""

    def minimum(self, x: Any, y: Any, /) -> Any:
        """Return the smaller of the two."""

    def maximum(self, x: Any, y: Any, /) -> Any:
        """Return the larger of the two."""

    def where(self, condition: Any, x: Any, y: Any, /) -> Any:
        """Return x where the condition holds and y elsewhere; both are evaluated and must be finite."""

    def power(self, x: Any, log_x: Any, g: Any, /) -> Any:
        """Return ``x ** g`` for x > 0, given x and its logarithm.

        The logarithm reaches below the smallest number, so that ``x ** 0.25`` is right where x itself has
        underflowed; x is there for libraries that multiply when g is a small whole number.
        """


class Namespace(Words, Protocol):
    """What the losses use of an array library beside the words: NumPy's names and meanings."""

    def sum(self, x: Any, /, *, axis: int, keepdims: bool = False) -> Any:
        """Return the sum along an axis."""

    def max(self, x: Any, /, *, axis: int, keepdims: bool = False) -> Any:
        """Return the largest entry along an axis."""

    def argmax(self, x: Any, /, *, axis: int) -> Any:
        """Return the place of the largest entry along an axis."""

    def take(self, x: Any, indices: Any, /, *, axis: int) -> Any:
        """Return entries of an axis by their places."""

    def take_along_axis(self, x: Any, indices: Any, /, *, axis: int) -> Any:
        """Return each row's entries at its own places."""

    def class_indices(self, n: int, like: Any, /) -> Any:
        """Return ``0, ..., n - 1`` as labels beside others."""

    def isfinite(self, x: Any, /) -> Any:
        """Return where x is finite."""

    def equal(self, x: Any, y: Any, /) -> Any:
        """Return where the two are equal."""

    def constant(self, numbers: Any, like: Any, /) -> Any:
        """Return numbers as an array of another's type and place."""

    def stop_gradient(self, x: Any, /) -> Any:
        """Return x as a constant that nothing is differentiated in."""


class _NumPy:
    """NumPy, with the few names that it lacks."""

    expm1: Any = staticmethod(np.expm1)
    log1p: Any = staticmethod(np.log1p)
    absolute: Any = staticmethod(np.absolute)
    minimum: Any = staticmethod(np.minimum)
    maximum: Any = staticmethod(np.maximum)
    sum: Any = staticmethod(np.sum)
    max: Any = staticmethod(np.max)
    argmax: Any = staticmethod(np.argmax)
    take: Any = staticmethod(np.take)
    take_along_axis: Any = staticmethod(np.take_along_axis)
    isfinite: Any = staticmethod(np.isfinite)
    equal: Any = staticmethod(np.equal)

    # a number that all share stays Python's, which leaves the type of arrays as it is

    @staticmethod
    def exp(x: Any) -> Any:
        return math.exp(x) if type(x) is float else np.exp(x)

    @staticmethod
    def log(x: Any) -> Any:
        return math.log(x) if type(x) is float else np.log(x)

    @staticmethod
    def where(condition: Any, x: Any, y: Any) -> Any:
        if type(condition) is bool:
            return x if condition else y
        return cast("Any", np.where(condition, x, y))

    @staticmethod
    def power(x: Any, log_x: Any, g: Any) -> Any:
        return np.exp(g * log_x)

    @staticmethod
    def class_indices(n: int, like: Any) -> Any:
        return np.arange(n, dtype=np.intp)

    @staticmethod
    def constant(numbers: Any, like: Any) -> Any:
        return np.asarray(numbers, dtype=like.dtype)

    @staticmethod
    def stop_gradient(x: Any) -> Any:
        return x


NUMPY: Namespace = _NumPy()
"""NumPy as the formulas and the losses see it."""
