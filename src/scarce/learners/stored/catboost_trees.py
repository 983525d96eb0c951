"""CatBoost's trees, read into the arrays of `Trees`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.errors.refusal import require
from scarce.learners.stored.single_precision import last_up_to
from scarce.learners.stored.tree_layout import flat

if TYPE_CHECKING:
    import catboost

NAN_GOES_RIGHT, NAN_GOES_LEFT = 8, 10  # LightGBM's decision types of a number that may be missing


def parse_catboost(model: catboost.CatBoost) -> dict[str, Any]:
    """Read the trees, less the constant that they start from.

    Parameters
    ----------
    model : catboost.CatBoost
        One output, symmetric trees, numbers only.

    Returns
    -------
    dict
        What `Trees` is made of: ``n_features`` and its arrays, not yet checked.

    Raises
    ------
    RefusalError
        For any other model.

    Notes
    -----
    CatBoost goes on to the upper half where ``float32(x) > border``: each symmetric tree is written out as a
    full binary one, whose cuts decide the same for every double.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        model.save_model(str(path), format="json")
        told = json.loads(path.read_text())
    require("oblivious_trees" in told, "trees that are not symmetric")
    scale, constants = told["scale_and_bias"]
    require(len(constants) == 1, "a model with several outputs")
    columns = told["features_info"]["float_features"]
    missing_left = {one["feature_index"]: one["nan_value_treatment"] != "AsTrue" for one in columns}
    trees = [_tree(tree, missing_left, float(scale)) for tree in told["oblivious_trees"]]
    return {"n_features": len(columns), **flat(trees)}


def _tree(tree: dict[str, Any], missing_left: dict[int, bool], scale: float) -> dict[str, Any]:
    """Return one symmetric tree as a full binary one, level by level from the last split to the first.

    A leaf's number has a bit for each split, and the last split is the highest bit: taken first, it leaves
    halves that are in order.
    """
    levels = tree["splits"][::-1]
    require(all(one["split_type"] == "FloatFeature" for one in levels), "splits by category")
    splits = 2 ** len(levels) - 1
    level = np.repeat(np.arange(len(levels)), 2 ** np.arange(len(levels)))
    borders = np.array([one["border"] for one in levels], np.float32)
    feature = np.array([one["float_feature_index"] for one in levels], np.int64)
    nan_type = [NAN_GOES_LEFT if missing_left[one] else NAN_GOES_RIGHT for one in feature.tolist()]
    child = 2 * np.arange(splits)
    lefts, rights = (np.where(c < splits, c, ~(c - splits)) for c in (child + 1, child + 2))
    counts = np.asarray(tree["leaf_weights"], np.float64)
    inner = [half.sum() for k in range(len(levels)) for half in np.split(counts, 2**k)]
    return {
        "split_feature": feature[level],
        "threshold": last_up_to(borders)[level],
        "decision_type": np.array(nan_type)[level],
        "left_child": lefts,
        "right_child": rights,
        "split_gain": np.zeros(splits),
        "internal_count": np.rint(inner),
        "leaf_value": scale * np.asarray(tree["leaf_values"], np.float64),
        "leaf_count": np.rint(counts),
    }
