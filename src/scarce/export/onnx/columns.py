"""The columns of a table as inputs of a graph, encoded inside it as `Encoder` encodes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from onnx import TensorProto, helper, numpy_helper

from scarce.data.matching import as_kind
from scarce.data.schema import BOOLEAN, CATEGORY, DATETIME, Column
from scarce.data.table import Table, row_name, to_float
from scarce.export.onnx.values import ML, Graph, Value, where

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

    from scarce.data.encoding import Encoder

NO_DATE = -(2**63)
_SECOND, _DAY = 1_000_000, 86_400_000_000
_TYPES = {CATEGORY: TensorProto.STRING, DATETIME: TensorProto.INT64}
_FEED = {
    BOOLEAN: "double: 1 true, 0 false, NaN missing",
    CATEGORY: "string: {missing} where it is missing",
    DATETIME: f"int64: microseconds since 1970-01-01, {NO_DATE} where it is missing",
}


def inputs(encoder: Encoder) -> list[onnx.ValueInfoProto]:
    """Return one input a column, of its name and shape (n_rows, 1)."""
    return [
        helper.make_tensor_value_info(column.name, _TYPES.get(column.kind, TensorProto.DOUBLE), [None, 1])
        for column in encoder.columns
    ]


def told(column: Column) -> dict[str, Any]:
    """Return what a caller must know of an input."""
    feed = _FEED.get(column.kind, "double: NaN where it is missing")
    return {"name": column.name, "kind": column.kind, "feed": feed.format(missing=repr(missing_word(column)))}


def missing_word(column: Column) -> str:
    """Return the word that stands for a missing category: ONNX has no missing text."""
    word = "<missing>"
    while word in column.categories:
        word = f"<{word}>"
    return word


def encoded(graph: Graph, encoder: Encoder) -> Value:
    """Return the features of each row, shape (n_rows, n_features)."""
    parts = [part for column in encoder.columns for part in _encoded(graph, column)]
    return graph.value("Concat", *parts, axis=1)


def _encoded(graph: Graph, column: Column) -> list[Value]:
    given = Value(graph, column.name)
    if column.kind == DATETIME:
        return _date(graph, given)
    if column.kind == CATEGORY:
        return [_codes(graph, given, column)]
    return [where(given.to("IsInf"), np.nan, given)]


def _codes(graph: Graph, given: Value, column: Column) -> Value:
    words = [missing_word(column), *column.categories]
    codes = [np.nan, *range(1, len(words))]
    raw = [word.encode() for word in words]
    return graph.value(
        "LabelEncoder",
        given,
        domain=ML,
        keys_tensor=helper.make_tensor("keys", TensorProto.STRING, [len(raw)], raw),
        values_tensor=numpy_helper.from_array(np.array(codes, dtype=np.float64)),
        default_tensor=numpy_helper.from_array(np.zeros(1)),
    )


def _date(graph: Graph, micro: Value) -> list[Value]:
    """Return seconds, hour and weekday in whole numbers as far as they go."""

    def whole(number: int) -> Value:
        return graph.constant(number, "int64")

    def double(value: Value) -> Value:
        return graph.value("Cast", value, to=TensorProto.DOUBLE)

    absent = graph.value("Equal", micro, whole(NO_DATE))
    present = graph.value("Where", absent, whole(0), micro)
    of_day = graph.value("Mod", present, whole(_DAY))
    days = graph.value("Div", graph.value("Sub", present, of_day), whole(_DAY))
    weekday = graph.value("Mod", graph.value("Add", days, whole(3)), whole(7))
    hour = (double(of_day) / (3600.0 * _SECOND)).to("Floor")
    parts = [double(present) / float(_SECOND), hour, double(weekday)]
    return [where(absent, np.nan, part) for part in parts]


def feeds(table: Table | pa.Table, encoder: Encoder) -> dict[str, NDArray[Any]]:
    """Return what a session is given of a table, a column an input."""
    data = table.data if isinstance(table, Table) else table
    source = table.source if isinstance(table, Table) else "the data"
    where_is = table.where if isinstance(table, Table) else row_name
    return {
        column.name: _fed(as_kind(data.column(column.name), column, source, where_is), column)[:, None]
        for column in encoder.columns
    }


def _fed(values: pa.ChunkedArray, column: Column) -> NDArray[Any]:
    if column.kind == CATEGORY:
        missing = missing_word(column)
        words = [missing if word is None else word for word in values.to_pylist()]
        return np.array(words, dtype=object)
    if column.kind == DATETIME:
        return values.cast(pa.int64()).fill_null(NO_DATE).to_numpy()
    return to_float(values)
