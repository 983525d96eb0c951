"""A whole model as one graph: columns in, calibrated log-odds and posteriors out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import onnx
from onnx import TensorProto, helper

from scarce.calibration import PenalisedLogistic
from scarce.export.onnx import columns, linear, trees
from scarce.export.onnx.values import ML, WORDS, Graph, Value
from scarce.export.refused import not_possible
from scarce.learners.stored.posterior_table import PosteriorTable
from scarce.losses.binary_algebra import log_odds
from scarce.losses.formulas import point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scarce.bundle.member import Member
    from scarce.bundle.model import Model
    from scarce.calibration import Calibration

OPSETS = {"": 18, ML: 5}
IR_VERSION = 10
OUTPUTS = ("log_odds", "posterior")
FEATURES = "features"
LEARNERS: dict[str, Callable[[Value, Any], Value]] = {"trees": trees.logits, "linear": linear.logits}
"""How a learner of each kind is written."""


def of_columns(model: Model) -> onnx.ModelProto:
    """Return the graph from the columns of a table, each an input of its name.

    Parameters
    ----------
    model : Model

    Returns
    -------
    onnx.ModelProto
        Outputs ``log_odds`` and ``posterior``, shape (n_rows, 1), of the population that the model speaks of;
        its metadata say what each input takes.

    Raises
    ------
    ScarceError
        E432 for a part that has no place in a graph.
    """
    taken = [column.name for column in model.encoder.columns]
    graph = Graph(_free("_", taken))
    features = columns.encoded(graph, model.encoder)
    return _made(model, graph, features, columns.inputs(model.encoder), output_names(model))


def of_features(model: Model) -> onnx.ModelProto:
    """Return the same graph behind the encoder, from one matrix of encoded features: to be checked with."""
    given = helper.make_tensor_value_info(FEATURES, TensorProto.DOUBLE, [None, model.encoder.n_features])
    graph = Graph("_")
    return _made(model, graph, Value(graph, FEATURES), [given], OUTPUTS)


def output_names(model: Model) -> tuple[str, str]:
    """Return the names of the outputs, other than those of the columns."""
    taken = {column.name for column in model.encoder.columns}
    log_odds, posterior = (_other(name, taken) for name in OUTPUTS)
    return log_odds, posterior


def _other(name: str, taken: set[str]) -> str:
    return name if name not in taken else _other(f"{name}_", taken)


def _free(prefix: str, taken: Iterable[str]) -> str:
    """Return a prefix that no name begins with."""
    return prefix if not any(name.startswith(prefix) for name in taken) else _free(f"{prefix}_", taken)


def _made(
    model: Model, graph: Graph, features: Value, given: list[onnx.ValueInfoProto], outputs: tuple[str, str]
) -> onnx.ModelProto:
    calibrated = _log_odds(model, features)
    graph.name(calibrated, outputs[0])
    graph.name(point(WORDS, calibrated)[2], outputs[1])
    made = helper.make_graph(
        graph.nodes,
        "scarce",
        given,
        [helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, 1]) for name in outputs],
        initializer=list(graph.constants.values()),
    )
    opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    whole = helper.make_model(made, opset_imports=opsets, ir_version=IR_VERSION, producer_name="scarce")
    helper.set_model_props(whole, {"scarce": json.dumps(_told(model, outputs), sort_keys=True)})
    return whole


def _told(model: Model, outputs: tuple[str, str]) -> dict[str, Any]:
    return {
        "inputs": [columns.told(column) for column in model.encoder.columns],
        "outputs": dict(zip(outputs, ("calibrated log-odds", "its sigmoid"), strict=True)),
        "labels": {"negative": model.labels[0], "positive": model.labels[1]},
        "prior": model.prior,
        "rule": None if model.rule is None else model.rule.describe(),
    }


def _log_odds(model: Model, features: Value) -> Value:
    total = sum((_of_member(member, features) for member in model.members), start=0.0)
    return _calibrated(total, model.calibration)


def _of_member(member: Member, features: Value) -> Value:
    fitted = member.fitted
    if isinstance(fitted.loss, PosteriorTable):
        raise not_possible("onnx", f"of its loss it keeps a table ({fitted.loss.loss})")
    logits = LEARNERS[fitted.stored.kind](features, fitted.stored) + fitted.base_score
    recovered = log_odds(WORDS, fitted.loss, fitted.loss.numbers, logits) + fitted.offset
    return _calibrated(recovered, member.calibration) * member.weight


def _calibrated(recovered: Value, calibration: Calibration) -> Value:
    if isinstance(calibration, PenalisedLogistic):
        return recovered * calibration.slope + calibration.intercept
    log_p, log_q = point(WORDS, recovered)[:2]
    return log_p * calibration.slope_below - log_q * calibration.slope_above + calibration.intercept
