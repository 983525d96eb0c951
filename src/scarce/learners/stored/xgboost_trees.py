"""XGBoost's trees, read into the arrays of `Trees`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.errors.refusal import require
from scarce.learners.stored.single_precision import last_below
from scarce.learners.stored.tree_layout import flat

if TYPE_CHECKING:
    import xgboost

NAN_GOES_RIGHT, NAN_GOES_LEFT = 8, 10  # LightGBM's decision types of a number that may be missing


def parse_xgboost(booster: xgboost.Booster, rounds: int) -> dict[str, Any]:
    """Read the first rounds' trees.

    Parameters
    ----------
    booster : xgboost.Booster
        One output, one tree a round, numbers only, and a base score of 0.
    rounds : int
        How many trees.

    Returns
    -------
    dict
        What `Trees` is made of: ``n_features`` and its arrays, not yet checked.

    Raises
    ------
    RefusalError
        For any other booster.

    Notes
    -----
    XGBoost goes left where ``float32(x) < t``, and `Trees` where ``x <= t``: the cuts written are the doubles
    that decide the same for every double. It adds leaves up in single precision, `Trees` in double.
    """
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    facts = learner["learner_model_param"]
    require(int(facts["num_class"]) == 0 and int(facts["num_target"]) == 1, "a booster with several outputs")
    require(float(facts["base_score"].strip("[]")) == 0.0, "an XGBoost booster with a base score")
    require(learner["gradient_booster"]["name"] == "gbtree", "an XGBoost booster other than gbtree")
    model = learner["gradient_booster"]["model"]
    require(int(model["gbtree_model_param"]["num_parallel_tree"]) == 1, "several trees a round")
    return {"n_features": int(facts["num_feature"]), **flat(map(_tree, model["trees"][:rounds]))}


def _tree(tree: dict[str, Any]) -> dict[str, Any]:
    """Return one tree's arrays: nodes in the order of a walk, parents first."""
    require(not any(tree["split_type"]), "splits by category")
    left, right = tree["left_children"], tree["right_children"]
    splits, leaves, waiting = [], [], [0]
    while waiting:
        node = waiting.pop()
        if left[node] < 0:
            leaves.append(node)
            continue
        splits.append(node)
        waiting += [right[node], left[node]]
    place = {node: i for i, node in enumerate(splits)} | {node: ~i for i, node in enumerate(leaves)}
    number, hessian = np.asarray(tree["split_conditions"], np.float32), tree["sum_hessian"]
    default = np.asarray(tree["default_left"], bool)[splits]
    return {
        "split_feature": [tree["split_indices"][node] for node in splits],
        "threshold": last_below(number[splits]),
        "decision_type": np.where(default, NAN_GOES_LEFT, NAN_GOES_RIGHT),
        "left_child": [place[left[node]] for node in splits],
        "right_child": [place[right[node]] for node in splits],
        "split_gain": [tree["loss_changes"][node] for node in splits],
        "internal_count": [round(hessian[node]) for node in splits],
        "leaf_value": number[leaves],
        "leaf_count": [round(hessian[node]) for node in leaves],
    }
