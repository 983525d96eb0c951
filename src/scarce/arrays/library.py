"""What an array library brings so that the losses run on its arrays: names, types and differentiation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeAlias

from scarce.losses.namespace import Namespace

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.modulation import Modulation
    from scarce.losses.rules import Rule

Array: TypeAlias = Any
"""An array or tensor of the library, or a tracer that stands for one."""


class Library(Namespace, ABC):
    """An array library to train with: its names, its types and its derivatives."""

    def power(self, x: Array, log_x: Array, g: Array) -> Array:
        """Return ``x ** g`` for x > 0; by multiplication where g is a small whole number."""
        if isinstance(g, float) and g in (1.0, 2.0, 3.0):
            return x if g == 1.0 else x * x if g == 2.0 else x * x * x
        return self.exp(g * log_x)

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
