"""The array library that the formulas and the losses are written over: an explicit argument, `xp`.

Nothing in a formula says NumPy: it is given the words of a library, so that it is written once and every
library runs that text. `NUMPY` is NumPy's own; torch, JAX, Keras and the kernels bring theirs.
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


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


NAMES = (
    *("expm1", "log1p", "absolute", "minimum", "maximum", "sum", "max", "argmax", "take", "take_along_axis"),
    *("isfinite", "equal", "zeros_like", "reshape", "stop_gradient"),
)
"""What is taken from a library as it is."""
NAMES_FOR_ARRAYS = ("exp", "log", "where", "arange")  # where Python has its own for numbers


class Namespace(Words):
    """An array library by NumPy's names, with their meanings in NumPy, and few others.

    A number that all share stays Python's, which leaves the type of arrays as it is: `exp`, `log` and `where`
    take both. ``stop_gradient`` returns a constant that nothing is differentiated in.

    Parameters
    ----------
    module : module
        Answers to NumPy's names (``where``, ``exp``, ``sum`` ...) with functions of its arrays.
    **own : callable
        Functions in place of the module's.
    """

    def __init__(self, module: Any, **own: Callable[..., Any]) -> None:
        names = {name: own.get(name) or getattr(module, name) for name in (*NAMES, *NAMES_FOR_ARRAYS)}
        vars(self).update({name: names[name] for name in NAMES})
        self._of_arrays: Any = SimpleNamespace(**{name: names[name] for name in NAMES_FOR_ARRAYS})

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def exp(self, x: Any, /) -> Any:
        """Return e to the power x."""
        return math.exp(x) if type(x) is float else self._of_arrays.exp(x)

    def log(self, x: Any, /) -> Any:
        """Return the natural logarithm."""
        return math.log(x) if type(x) is float else self._of_arrays.log(x)

    def where(self, condition: Any, x: Any, y: Any, /) -> Any:
        """Return x where the condition holds and y elsewhere."""
        if type(condition) is bool:
            return x if condition else y
        return self._of_arrays.where(condition, x, y)

    def power(self, x: Any, log_x: Any, g: Any, /) -> Any:
        """Return ``x ** g`` for x > 0."""
        return self.exp(g * log_x)

    def class_indices(self, n: int, like: Any) -> Any:
        """Return ``0, ..., n - 1`` as labels beside others."""
        return self._of_arrays.arange(n)

    def constant(self, numbers: Any, like: Any) -> Any:
        """Return numbers as an array of another's type and place."""
        return np.asarray(numbers, dtype=like.dtype)


NUMPY = Namespace(np, stop_gradient=np.asarray)
"""NumPy as the formulas and the losses see it."""
