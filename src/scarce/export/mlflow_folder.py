"""A model as an MLflow folder: our own file, and the name of the module that reads it; no pickle."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

import scarce
from scarce.bundle import serialization
from scarce.decision.rules import CostRule
from scarce.export import pyfunc
from scarce.export.equal import require_equal
from scarce.export.rows import made_table

if TYPE_CHECKING:
    from scarce.bundle.model import Model
    from scarce.data.table import Table

MODEL = "model.scarce"
_OUTPUTS = {"log_odds": "double", "posterior": "double", "flag": "boolean", "label": "string"}
_BAND = {"posterior_low": "double", "posterior_high": "double"}


def write(model: Model, folder: Path, table: Table | None) -> None:
    """Write the folder, and ask it as MLflow does.

    Parameters
    ----------
    model : Model
    folder : Path
        Not there yet.
    table : Table, optional
        Rows to ask beside those made from what the columns may hold.

    Raises
    ------
    ScarceError
        E433 where it says anything else than the model.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # an export speaks to nobody
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow warns of itself when it is imported
        import mlflow.pyfunc

        _save(model, folder)
        loaded = mlflow.pyfunc.load_model(str(folder))
        for rows in (_with_costs(model), *([] if table is None else [table.data.select(_names(model))])):
            _compare(loaded.predict(rows.to_pandas()), model.predictions(rows))


def _save(model: Model, folder: Path) -> None:
    import mlflow.pyfunc

    with tempfile.TemporaryDirectory() as beside:
        kept = Path(beside) / MODEL
        kept.write_bytes(serialization.to_bytes(model))
        mlflow.pyfunc.save_model(
            str(folder),
            loader_module=pyfunc.__name__,
            data_path=str(kept),
            signature=_signature(model),
            pip_requirements=[f"scarce[mlflow,trial]=={scarce.__version__}"],
        )


def _signature(model: Model) -> Any:
    """Return the columns by name; their types are left to the model, which says itself what does not fit."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    reviews = isinstance(model.rule, CostRule) and model.rule.review > 0.0
    band = {} if model.labelled_share is None else _BAND
    kinds = _OUTPUTS | ({"action": "string"} if reviews else {}) | band
    outputs = [ColSpec(kind, name) for name, kind in kinds.items()]
    return ModelSignature(Schema([ColSpec(AnyType(), name) for name in _names(model)]), Schema(outputs))


def _names(model: Model) -> list[str]:
    """Return the columns that a prediction reads, each once."""
    return list(dict.fromkeys([*(column.name for column in model.encoder.columns), *_cost_columns(model)]))


def _cost_columns(model: Model) -> list[str]:
    spec = model.rule.spec if isinstance(model.rule, CostRule) else None
    return [] if spec is None else list(spec.columns)


def _with_costs(model: Model) -> pa.Table:
    """Return made rows, in which mistakes cost more than right decisions."""
    rows = made_table(model)
    for name in _cost_columns(model):
        assert isinstance(model.rule, CostRule)
        assert model.rule.spec is not None
        cost = 10.0 if name in (model.rule.spec.fn, model.rule.spec.fp) else 1.0
        values = pa.array(np.full(rows.num_rows, cost))
        there = name in rows.column_names
        place = rows.column_names.index(name) if there else rows.num_columns
        rows = rows.set_column(place, name, values) if there else rows.append_column(name, values)
    return rows


def _compare(found: Any, own: pa.Table) -> None:
    for name in ("log_odds", "posterior", "flag"):
        numbers = (one[name].to_numpy().astype(np.float64) for one in (found, own))
        require_equal(*numbers, to="mlflow", tolerance=0.0)
