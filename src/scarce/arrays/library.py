"""What an array library brings so that the losses run on its arrays: names, types and differentiation."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from scarce.arrays.forms import Forms
from scarce.losses import formulas
from scarce.losses.primitives import bind

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from scarce.arrays.rules import Rule
    from scarce.losses.modulation import Modulation
    from scarce.losses.primitives import Formula

Array: TypeAlias = Any
"""An array or tensor of the library, or a tracer that stands for one."""


class Words(ABC):
    """What it takes to write the formulas in an array library: its names, and its constants.

    Parameters
    ----------
    names : module or object
        Answers to NumPy's names (``where``, ``exp``, ``sum`` ...) with functions of its arrays.
    """

    def __init__(self, names: Any) -> None:
        self.names = names

    @abstractmethod
    def constant(self, numbers: NDArray[np.float64], like: Array) -> Array:
        """Return numbers as an array of another's type."""

    def bound(self, formula: Formula) -> Formula:
        """Return a formula in this library's words."""
        return bind(formula, self.vocabulary)

    @cached_property
    def vocabulary(self) -> dict[str, Callable[..., Any]]:
        """The words of the formulas: the library's on arrays, Python's on numbers that all share."""
        names = self.names

        def exp(x: Array) -> Array:
            return math.exp(x) if isinstance(x, float) else names.exp(x)

        def log(x: Array) -> Array:
            return math.log(x) if isinstance(x, float) else names.log(x)

        def where(condition: Array, x: Array, y: Array) -> Array:
            if isinstance(condition, bool):
                return x if condition else y
            return names.where(condition, x, y)

        def power(x: Array, log_x: Array, g: Array) -> Array:
            if isinstance(g, float) and g in (1.0, 2.0, 3.0):
                return x if g == 1.0 else x * x if g == 2.0 else x * x * x
            return exp(g * log_x)

        words = {"exp": exp, "log": log, "where": where, "power": power}
        return words | {
            name: getattr(names, name) for name in ("expm1", "log1p", "absolute", "minimum", "maximum")
        }

    @cached_property
    def point(self) -> Formula:
        """`scarce.losses.formulas.point` in this library's words."""
        return self.bound(formulas.point)

    @cached_property
    def softplus(self) -> Formula:
        """`scarce.losses.formulas.softplus` in this library's words."""
        return self.bound(formulas.softplus)


class Library(Words):
    """An array library to train with: its types and its derivatives beside its words."""

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
    def stop_gradient(self, values: Array) -> Array:
        """Return values that no gradient flows through."""

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

    def straight_through(self, values: Array, become: Array) -> Array:
        """Return what values become, with the derivative of the values themselves."""
        return values + self.stop_gradient(become - values)

    def unbounded(self, loss: Array) -> Array:
        """Return `scarce.losses.formulas.unbounded`, which keeps the gradient where the loss is infinite."""
        # the formula itself, bound, would give TensorFlow two numbers to choose from: singles
        zero = self.names.zeros_like(loss)
        return loss + self.names.where(loss > formulas.INFINITE, math.inf, zero)

    @cached_property
    def forms(self) -> Forms:
        """The softmax's forms on this library's arrays."""
        return Forms(self)
