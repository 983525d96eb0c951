"""Whether a graph says what its model says: asked through onnxruntime, before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime

from scarce.export.equal import require_equal
from scarce.export.onnx import columns
from scarce.export.onnx import model as graphs
from scarce.export.rows import at_every_turn, made_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import onnx
    import pyarrow as pa
    from numpy.typing import NDArray

    from scarce.bundle.model import Model
    from scarce.data.table import Table

_ERRORS_ONLY = 3


def checked_bytes(model: Model, table: Table | pa.Table | None) -> bytes:
    """Return the graph of a model as a file holds it, once it has been asked.

    Parameters
    ----------
    model : Model
    table : Table or pyarrow.Table, optional
        Rows of the user to ask too.

    Raises
    ------
    ScarceError
        E432 for a part that has no place in a graph, E433 where it says anything else than the model.
    """
    graph = graphs.of_columns(model)
    check(graph, model, table)
    return graph.SerializeToString(deterministic=True)


def check(graph: onnx.ModelProto, model: Model, table: Table | pa.Table | None) -> int:
    """Refuse a graph that differs from its model on held-out rows, or on rows that visit every split.

    Parameters
    ----------
    graph : onnx.ModelProto
        As `scarce.export.onnx.model.of_columns` makes it.
    model : Model
    table : Table or pyarrow.Table, optional
        Rows of the user; the splits are visited and a table of all that the columns may hold is asked anyway.

    Returns
    -------
    int
        How many rows were asked.

    Raises
    ------
    ScarceError
        E433 with the largest difference.
    """
    matrix = np.concatenate([at_every_turn(member.fitted.stored, model.encoder) for member in model.members])
    behind = graphs.of_features(model)
    answers = [(_asked(behind, {graphs.FEATURES: matrix}), model.log_odds_of_features(matrix))]
    for rows in filter(lambda rows: rows is not None, (made_table(model), table)):
        own = model.log_odds_of_features(model.encoder.encode(rows))
        answers.append((_asked(graph, columns.feeds(rows, model.encoder)), own))
    for found, own in answers:
        require_equal(found, own, to="onnx")
    return sum(own.size for _, own in answers)


def _asked(graph: onnx.ModelProto, feeds: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return the log-odds that onnxruntime computes."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    (log_odds,) = session.run([session.get_outputs()[0].name], dict(feeds))
    return log_odds[:, 0]
