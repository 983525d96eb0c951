"""Arithmetic that writes ONNX nodes: numbers of a graph, and the words of the losses' formulas."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from onnx import helper, numpy_helper

if TYPE_CHECKING:
    import onnx

ML = "ai.onnx.ml"
Operand: TypeAlias = "Value | float"


class Graph:
    """A graph that grows by one node at a time.

    Parameters
    ----------
    prefix : str
        What the names of its own begin with, so that none is that of an input or output.
    """

    def __init__(self, prefix: str) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[tuple[Any, ...], onnx.TensorProto] = {}
        self._prefix = prefix

    def value(self, op: str, *inputs: Value | str, domain: str = "", **attributes: Any) -> Value:
        """Add a node, and return its only output."""
        name = f"{self._prefix}{len(self.nodes)}"
        names = [one.name if isinstance(one, Value) else one for one in inputs]
        self.nodes.append(helper.make_node(op, names, [name], domain=domain, **attributes))
        return Value(self, name)

    def name(self, value: Value, output: str) -> None:
        """Give a value the name of an output."""
        self.nodes.append(helper.make_node("Identity", [value.name], [output]))

    def constant(self, numbers: Any, dtype: str = "float64") -> Value:
        """Return numbers as a value; the same numbers are kept once."""
        array = np.asarray(numbers, dtype=dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            name = f"{self._prefix}constant{len(self.constants)}"
            self.constants[key] = numpy_helper.from_array(array, name)
        return Value(self, self.constants[key].name)


class Value:
    """A double (or a condition) for every row; arithmetic adds nodes to its graph."""

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph, self.name = graph, name

    def to(self, op: str, *others: Operand) -> Value:
        """Return what an operator makes of this and others."""
        rest = [one if isinstance(one, Value) else self.graph.constant(one) for one in others]
        return self.graph.value(op, self, *rest)

    def __add__(self, other: Operand) -> Value:
        return self.to("Add", other)

    __radd__ = __add__

    def __mul__(self, other: Operand) -> Value:
        return self.to("Mul", other)

    __rmul__ = __mul__

    def __sub__(self, other: Operand) -> Value:
        return self.to("Sub", other)

    def __rsub__(self, other: Operand) -> Value:
        return -self + other

    def __truediv__(self, other: Operand) -> Value:
        return self.to("Div", other)

    def __rtruediv__(self, other: float) -> Value:
        return self.graph.value("Div", self.graph.constant(other), self)

    def __neg__(self) -> Value:
        return self.to("Neg")

    def __lt__(self, other: Operand) -> Value:
        return self.to("Less", other)

    def __le__(self, other: Operand) -> Value:
        return self.to("LessOrEqual", other)

    def __gt__(self, other: Operand) -> Value:
        return self.to("Greater", other)

    def __ge__(self, other: Operand) -> Value:
        return self.to("GreaterOrEqual", other)


def where(condition: Value | bool, x: Operand, y: Operand) -> Any:
    """Return x where the condition holds, and y elsewhere."""
    if isinstance(condition, bool):
        return x if condition else y
    graph = condition.graph
    both = [one if isinstance(one, Value) else graph.constant(one) for one in (x, y)]
    return graph.value("Where", condition, *both)


def log1p(x: Value) -> Value:
    """Return ``log(1 + x)``, to full precision for small x, with a logarithm alone."""
    near_one = x + 1.0
    step = near_one - 1.0
    exact = step.to("Equal", 0.0)
    return where(exact, x, near_one.to("Log") * (x / where(exact, 1.0, step)))


class _Words:
    """The words of the formulas as operators of a graph; numbers that no row changes stay Python's."""

    log1p, where = staticmethod(log1p), staticmethod(where)

    @staticmethod
    def exp(x: Operand) -> Any:
        return x.to("Exp") if isinstance(x, Value) else math.exp(x)

    @staticmethod
    def expm1(x: Value) -> Value:
        return x.to("Exp") - 1.0

    @staticmethod
    def log(x: Operand) -> Any:
        return x.to("Log") if isinstance(x, Value) else math.log(x)

    @staticmethod
    def absolute(x: Value) -> Value:
        return x.to("Abs")

    @staticmethod
    def minimum(x: Value, y: Operand) -> Value:
        return x.to("Min", y)

    @staticmethod
    def maximum(x: Value, y: Operand) -> Value:
        return x.to("Max", y)

    @staticmethod
    def power(x: Value, log_x: Value, g: Operand) -> Value:
        return (log_x * g).to("Exp")


WORDS: Any = _Words()
