"""A graph that onnxruntime runs says what the model says, from the columns on, or is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import lightgbm
import numpy as np
import pyarrow as pa
import pytest

from scarce.bundle.member import Member
from scarce.calibration import IDENTITY
from scarce.data.encoding import Encoder
from scarce.errors import ScarceError
from scarce.learners.base import Fitted
from scarce.learners.stored.trees import Trees
from scarce.losses import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Trained
    from scarce.bundle.model import Model

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from tests.export.conftest import CURVE, LINE, Trained, model_of, of_loss, train  # noqa: E402

from scarce.export.onnx.check import checked_bytes  # noqa: E402
from scarce.export.onnx.columns import NO_DATE, feeds  # noqa: E402
from scarce.export.onnx.model import of_features  # noqa: E402

LOSSES = [name for name, entry in catalog.CATALOG.items() if "sigmoid" in entry.kinds] + [
    "focal:gamma=1.5,alpha=0.25",
    "cross_entropy:class_weight=inverse_sqrt,label_smoothing=0.1",
]


def session_of(content: bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("kind", ["booster", "forest", "linear", "blend"])
def test_a_graph_says_what_its_model_says(
    kind: str, trained: Trained, request: pytest.FixtureRequest
) -> None:
    model: Model = request.getfixturevalue(kind)
    session = session_of(checked_bytes(model, trained.table))
    log_odds, posterior = session.run(None, feeds(trained.table, model.encoder))
    assert [one.name for one in session.get_outputs()] == ["log_odds", "posterior"]
    assert len(np.unique(log_odds)) > 100
    np.testing.assert_allclose(log_odds[:, 0], model.log_odds(trained.table), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(posterior[:, 0], model.posterior(trained.table), rtol=1e-11)


def test_a_caller_needs_no_more_than_the_metadata_say(booster: Model, trained: Trained) -> None:
    session = session_of(checked_bytes(booster, None))
    told = json.loads(session.get_modelmeta().custom_metadata_map["scarce"])
    assert {one["name"]: one["feed"] for one in told["inputs"]} == {
        "amount": "double: NaN where it is missing",
        "age": "double: NaN where it is missing",
        "shop": "string: '<missing>' where it is missing",
        "abroad": "double: 1 true, 0 false, NaN missing",
        "when": f"int64: microseconds since 1970-01-01, {NO_DATE} where it is missing",
        "visits": "double: NaN where it is missing",
    }
    assert told["labels"] == {"negative": "fine", "positive": "fraud"}
    row = {
        "amount": np.array([[75.0]]),
        "age": np.array([[np.nan]]),
        "shop": np.array([["shop 3"]], dtype=object),
        "abroad": np.array([[1.0]]),
        "when": np.array([[np.datetime64("2024-03-01T12:30", "us").astype(np.int64)]]),
        "visits": np.array([[4.0]]),
    }
    table = pa.table(
        {
            "amount": [75.0],
            "age": pa.array([None], pa.float64()),
            "shop": ["shop 3"],
            "abroad": [True],
            "when": pa.array([np.datetime64("2024-03-01T12:30", "us")]),
            "visits": [4],
        }
    )
    log_odds, _ = session.run(None, row)
    np.testing.assert_allclose(log_odds[:, 0], booster.log_odds(table), rtol=1e-12)


@pytest.mark.filterwarnings("ignore:.W051")  # ldam's posterior is ill-conditioned, and says so
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_recovered_in_the_graph(name: str, trained: Trained) -> None:
    """Rows move one leaf's value along the logits, where a loss is steep, flat or clipped."""
    loss = of_loss(name)
    trees = trained.trees.first(1)
    logits = np.sinh(np.linspace(-4.0, 4.0, len(trees.leaf_value)))
    fitted = Fitted(replace(trees, leaf_value=logits), loss, 0.5, -0.25)
    model = model_of(trained, Member(fitted))
    matrix = trained.encoder.encode(trained.table)
    session = session_of(of_features(model).SerializeToString())
    found = session.run(None, {"features": matrix})[0][:, 0]
    assert len(np.unique(found)) > 5
    np.testing.assert_allclose(found, model.log_odds_of_features(matrix), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("calibration", [IDENTITY, LINE, CURVE], ids=["none", "line", "curve"])
def test_every_calibration_is_in_the_graph(calibration: object, trained: Trained) -> None:
    trees = trained.trees.first(1)
    logits = np.linspace(-9.0, 9.0, len(trees.leaf_value))
    fitted = Fitted(replace(trees, leaf_value=logits), of_loss("cross_entropy"), 0.0, 0.0)
    model = model_of(trained, Member(fitted), calibration=calibration)
    matrix = trained.encoder.encode(trained.table)
    found = session_of(of_features(model).SerializeToString()).run(None, {"features": matrix})[0][:, 0]
    np.testing.assert_allclose(found, calibration.log_odds(fitted.logits(matrix)), rtol=1e-13, atol=1e-13)


KINDS = {
    "no missing": {"use_missing": False},
    "one-hot categories": {"max_cat_to_onehot": 100},
    "stumps of one leaf": {"min_gain_to_split": 1e9},
    "deep": {"num_leaves": 100, "min_child_samples": 1},
}


@pytest.mark.parametrize("settings", KINDS.values(), ids=list(KINDS))
def test_every_kind_of_tree_is_in_the_graph(settings: dict[str, object]) -> None:
    trained = train(rounds=3, **settings)
    checked_bytes(model_of(trained, Member(Fitted(trained.trees, of_loss("cross_entropy"), 0.0, 0.0))), None)


def test_splits_of_hundreds_of_categories_are_in_the_graph() -> None:
    rng = np.random.default_rng(0)
    places = rng.integers(240, size=6_000)
    table = pa.table({"place": pa.array([f"place {i}" for i in places]), "size": rng.normal(size=6_000)})
    target = rng.random(6_000) < 0.05 + 0.5 * (places % 2)
    encoder = Encoder.fit(table, min_count=1)
    settings = {"min_data_per_group": 1, "max_cat_threshold": 240, "cat_smooth": 0.0, "cat_l2": 0.0}
    data = lightgbm.Dataset(
        encoder.encode(table), target.astype(float), categorical_feature=[0], params={"verbose": -1}
    )
    booster = lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1, **settings}, data, 20)
    trees = Trees.from_booster(booster)
    assert (
        max(int(np.bitwise_count(trees.cat_bits[place : place + 8]).sum()) for place in range(0, 80, 8)) > 90
    )
    model = model_of(
        Trained(encoder, trees, table, target), Member(Fitted(trees, of_loss("cross_entropy"), 0.0, 0.0))
    )
    checked_bytes(model, table)


def two_lines(act: Callable[[], object]) -> str:
    with pytest.raises(ScarceError) as caught:
        act()
    return caught.value.two_lines()


def test_trees_that_take_zero_for_missing_are_refused() -> None:
    trained = train(rounds=3, zero_as_missing=True)
    model = model_of(trained, Member(Fitted(trained.trees, of_loss("cross_entropy"), 0.0, 0.0)))
    assert two_lines(lambda: checked_bytes(model, None)) == (
        "error[E432]: this model cannot be exported to onnx: its trees take a zero for a missing value\n"
        "hint: scarce export MODEL --to mlflow --out PATH"
    )


@pytest.mark.parametrize("name", ["leaf_value", "threshold", "left_child", "decision_type"])
def test_a_graph_of_other_trees_is_not_written(
    name: str, booster: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One number of one tree differs: the rows that visit every split find it."""
    from scarce.export.onnx import trees as module

    whole = module._ensemble

    def broken(features, trees, number, missing):
        split = int(np.flatnonzero(number & np.isfinite(trees.threshold))[-1])
        changed = getattr(trees, name).copy()
        if name == "leaf_value":
            changed[-1] += 1e-6
        elif name == "threshold":
            changed[split] = np.nextafter(changed[split], np.inf)
        elif name == "left_child":
            other = trees.right_child.copy()
            changed[split], other[split] = other[split], changed[split]
            return whole(features, replace(trees, left_child=changed, right_child=other), number, missing)
        else:
            changed[split] ^= 2
            missing = np.full_like(missing, 2)
        return whole(features, replace(trees, **{name: changed}), number, missing)

    checked_bytes(booster, None)
    monkeypatch.setattr(module, "_ensemble", broken)
    said = two_lines(lambda: checked_bytes(booster, None))
    assert said.startswith("error[E433]: the export to onnx is not the model: ")
    assert said.endswith(
        "\nhint: nothing was written; please report it, and use --to mlflow, which asks the model itself"
    )


def test_names_of_columns_clash_with_nothing() -> None:
    """Columns may be called as outputs are, or as a graph's own values would be."""
    trained = train(rounds=2)
    turned = dict(
        zip(trained.table.column_names, ["log_odds", "posterior", "_0", "__", "a b", "é"], strict=True)
    )
    columns = tuple(replace(one, name=turned[one.name]) for one in trained.encoder.columns)
    named = replace(trained, encoder=replace(trained.encoder, columns=columns))
    model = model_of(named, Member(Fitted(named.trees, of_loss("cross_entropy"), 0.0, 0.0)))
    model = replace(model, encoder=replace(model.encoder, columns=tuple(c for c in columns)))
    session = session_of(checked_bytes(model, None))
    assert [one.name for one in session.get_outputs()] == ["log_odds_", "posterior_"]
