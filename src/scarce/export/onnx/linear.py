"""A linear model's columns and coefficients as nodes of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import TensorProto

from scarce.export.onnx.values import Value, where

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scarce.learners.stored.linear import LinearColumns, LinearModel

_MISSING = -1.0


def logits(features: Value, model: LinearModel) -> Value:
    """Return the model's raw output, shape (n_rows, 1)."""
    parts = [_numbers(features, model.columns), _gaps(features, model.columns)]
    parts.append(_categories(features, model.columns))
    matrix = features.graph.value("Concat", *(part for group in parts for part in group), axis=1)
    coefficient = features.graph.constant(model.coefficient[:, None])
    return features.graph.value("MatMul", matrix, coefficient) + model.intercept


def _numbers(features: Value, columns: LinearColumns) -> list[Value]:
    """Return standardised numbers, and ramps in place of those that have any."""
    if not columns.number.size:
        return []
    graph = features.graph
    raw = _chosen(features, columns.number)
    absent = raw.to("IsNaN")
    low, high = graph.constant(columns.low), graph.constant(columns.high)
    bounded = where(absent, low, raw).to("Max", low).to("Min", high)
    first = -columns.exponent // 2  # in two steps, as 2 to the power may lie beyond a double
    for step in (first, -columns.exponent - first):
        bounded = bounded * graph.constant(np.ldexp(1.0, step))
    filled = where(absent, graph.constant(columns.centre), bounded)
    standard = (filled - graph.constant(columns.centre)) / graph.constant(columns.scale)
    straight = np.setdiff1d(np.arange(columns.number.size), columns.ramp)
    parts = [_chosen(standard, straight)] if straight.size else []
    if not columns.ramp.size:
        return parts
    lower, width = graph.constant(columns.ramp_low), columns.ramp_high - columns.ramp_low
    risen = _chosen(filled, columns.ramp).to("Max", lower).to("Min", graph.constant(columns.ramp_high))
    return [*parts, (risen - lower) / graph.constant(width)]


def _gaps(features: Value, columns: LinearColumns) -> list[Value]:
    if not columns.missing.size:
        return []
    return [_as_double(_chosen(features, columns.missing).to("IsNaN"))]


def _categories(features: Value, columns: LinearColumns) -> list[Value]:
    if not columns.category.size:
        return []
    values = _chosen(features, columns.category)
    codes = features.graph.constant(columns.code.astype(np.float64))
    return [_as_double(where(values.to("IsNaN"), _MISSING, values).to("Equal", codes))]


def _chosen(values: Value, places: NDArray[np.signedinteger]) -> Value:
    return values.graph.value("Gather", values, values.graph.constant(places, "int64"), axis=1)


def _as_double(condition: Value) -> Value:
    return condition.graph.value("Cast", condition, to=TensorProto.DOUBLE)
