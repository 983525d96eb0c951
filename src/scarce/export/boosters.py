"""A boosted model as LightGBM's text or XGBoost's JSON, whose raw output has the base score in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.export.equal import IN_DOUBLE, require_equal
from scarce.export.refused import not_possible
from scarce.export.rows import at_every_split, made_table
from scarce.export.xgboost_json import node_numbers, slices, xgboost_model
from scarce.learners.stored.lightgbm_text import write
from scarce.learners.stored.single_precision import in_single_precision
from scarce.learners.stored.tree_layout import DTYPES
from scarce.learners.stored.trees import Trees

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from numpy.typing import NDArray

    from scarce.bundle.member import Member
    from scarce.bundle.model import Model
    from scarce.data.table import Table

_IN_SINGLE = 1e-4  # XGBoost adds its leaves up in single precision


def lightgbm_file(model: Model, table: Table | pa.Table | None) -> bytes:
    """Return the model text of LightGBM, checked row by row.

    Parameters
    ----------
    model : Model
    table : Table or pyarrow.Table, optional
        Rows to ask beside those that visit every split.

    Raises
    ------
    ScarceError
        E432 for a model that is no booster, E433 where the text gives other numbers.
    """
    import lightgbm

    member = only_booster(model, "lightgbm")
    text = write(_with_base_score(member))
    booster = lightgbm.Booster(model_str=text)
    _check(model, table, lambda rows: booster.predict(rows, raw_score=True), "lightgbm", IN_DOUBLE)
    return text.encode()


def xgboost_file(model: Model, table: Table | pa.Table | None) -> bytes:
    """Return the JSON model of XGBoost, checked row by row.

    Parameters and errors as `lightgbm_file`; E432 too for trees that XGBoost's single precision cannot say,
    as those of other engines are.
    """
    import xgboost

    member = only_booster(model, "xgboost")
    content = json.dumps(xgboost_model(member)).encode()
    booster = xgboost.Booster(model_file=bytearray(content))

    trees = member.fitted.stored
    leaf_numbers = [node_numbers(trees, splits)[splits.stop - splits.start :] for splits, _ in slices(trees)]

    def asked(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        single = xgboost.DMatrix(in_single_precision(rows))
        reached = booster.predict(single, pred_leaf=True, strict_shape=True)[:, :, 0, 0]
        leaves = trees.booster.predict(rows, pred_leaf=True).astype(np.int64)
        own = np.column_stack([numbers[leaf] for numbers, leaf in zip(leaf_numbers, leaves.T, strict=True)])
        require_equal(reached.astype(np.float64).ravel(), own.astype(np.float64).ravel(), "xgboost", 0.0)
        return booster.predict(single, output_margin=True).astype(np.float64)

    _check(model, table, asked, "xgboost", _IN_SINGLE)
    return content


def only_booster(model: Model, to: str) -> Member:
    """Return the one boosted learner of a model.

    Raises
    ------
    ScarceError
        E432 for several learners, a forest, or no trees.
    """
    if len(model.members) > 1:
        raise not_possible(to, "it blends several learners", "onnx")
    stored = model.members[0].fitted.stored
    if not isinstance(stored, Trees):
        raise not_possible(to, f"its learner is of kind {stored.kind!r}", "onnx")
    if stored.averaged is not None:
        raise not_possible(to, "the votes of a forest are averaged, those of a booster added", "onnx")
    return model.members[0]


def _check(
    model: Model,
    table: Table | pa.Table | None,
    asked: Callable[[NDArray[np.float64]], Any],
    to: str,
    tolerance: float,
) -> None:
    fitted = model.members[0].fitted
    rows = [at_every_split(fitted.stored, model.encoder), model.encoder.encode(made_table(model))]
    if table is not None:
        rows.append(model.encoder.encode(table))
    for matrix in rows:
        require_equal(np.asarray(asked(matrix)), fitted.logits(matrix), to, tolerance)


def _with_base_score(member: Member) -> Trees:
    """Return the trees with one more before them, of one leaf: the base score."""
    trees = member.fitted.stored
    first = {"num_leaves": 1, "shrinkage": 1.0, "leaf_value": member.fitted.base_score, "leaf_count": 0}
    first["num_cat"] = 0
    arrays = {
        name: np.concatenate([np.array([first[name]] if name in first else [], dtype), getattr(trees, name)])
        for name, dtype in DTYPES.items()
    }
    return Trees(trees.n_features, **arrays)
