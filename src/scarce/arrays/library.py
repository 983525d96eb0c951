"""What an array library brings so that the losses run on its arrays: names, types and differentiation."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias

from scarce.losses.namespace import Namespace

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.modulation import Modulation
    from scarce.losses.rules import Rule

Array: TypeAlias = Any
"""An array or tensor of the library, or a tracer that stands for one."""


NAMES = (
    *("expm1", "log1p", "absolute", "minimum", "maximum", "sum", "max", "argmax", "take", "take_along_axis"),
    *("isfinite", "equal", "zeros_like", "reshape", "stop_gradient"),
)
"""What is taken from a library as it is."""
NAMES_FOR_ARRAYS = ("exp", "log", "where", "arange")  # where Python has its own for numbers


class Library(Namespace, ABC):
    """An array library to train with: NumPy's names, its types and its derivatives.

    A number that all share stays Python's: `exp`, `log` and `where` take both.

    Parameters
    ----------
    module : module
        Answers to NumPy's names (``where``, ``exp``, ``sum`` ...) with functions of its arrays.
    **own : callable
        Functions in place of the module's.
    """

    def __init__(self, module: Any, **own: Callable[..., Array]) -> None:
        names = {name: own.get(name) or getattr(module, name) for name in (*NAMES, *NAMES_FOR_ARRAYS)}
        vars(self).update({name: names[name] for name in NAMES})
        self._of_arrays = SimpleNamespace(**{name: names[name] for name in NAMES_FOR_ARRAYS})

    def exp(self, x: Array) -> Array:
        """Return e to the power x."""
        return math.exp(x) if isinstance(x, float) else self._of_arrays.exp(x)

    def log(self, x: Array) -> Array:
        """Return the natural logarithm."""
        return math.log(x) if isinstance(x, float) else self._of_arrays.log(x)

    def where(self, condition: Array, x: Array, y: Array) -> Array:
        """Return x where the condition holds and y elsewhere."""
        if isinstance(condition, bool):
            return x if condition else y
        return self._of_arrays.where(condition, x, y)

    def power(self, x: Array, log_x: Array, g: Array) -> Array:
        """Return ``x ** g`` for x > 0; by multiplication where g is a small whole number."""
        if isinstance(g, float) and g in (1.0, 2.0, 3.0):
            return x if g == 1.0 else x * x if g == 2.0 else x * x * x
        return self.exp(g * log_x)

    def class_indices(self, n: int, like: Array) -> Array:
        """Return ``0, ..., n - 1``."""
        return self.whole(self._of_arrays.arange(n))

    @abstractmethod
    def cast(self, values: Array, like: Array) -> Array:
        """Return values in another's type."""

    @abstractmethod
    def whole(self, values: Array) -> Array:
        """Return values as whole numbers, to index with."""

    @abstractmethod
    def type_of(self, values: Array) -> str:
        """Return the name of the values' type, such as ``"uint8"``."""

    @abstractmethod
    def differentiable(
        self, rule_of: Callable[[Modulation], Rule], modulation: Modulation
    ) -> Callable[..., Array]:
        """Return a modulation's rule's value of (u, *given), differentiable twice by its closed forms."""

    def is_whole(self, values: Array) -> bool:
        """Return whether the values' type is whole numbers or booleans."""
        name = self.type_of(values)
        return "int" in name or name == "bool"

    def bounds(self, values: Array) -> tuple[int, int]:
        """Return the least and the largest number of the values' type, which is of whole numbers."""
        name = self.type_of(values)
        if name == "bool":
            return 0, 1
        bits = int(name.rpartition("int")[2])
        return (0, 2**bits - 1) if name.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
