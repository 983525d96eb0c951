"""Trees as XGBoost's JSON: written from the arrays, for trees that single precision can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.export.refused import not_possible
from scarce.learners.stored.tree_checks import CATEGORICAL, DEFAULT_LEFT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scarce.bundle.member import Member
    from scarce.learners.stored.trees import Trees

_MISSING_TYPE, _GAPS = 12, 8  # of a decision type: its bits, and that a missing number has a side of its own


def xgboost_model(member: Member) -> dict[str, Any]:
    """Return what XGBoost reads as JSON.

    Raises
    ------
    ScarceError
        E432 for trees with categories, or with numbers that are none of single precision.
    """
    trees = member.fitted.stored
    missing = trees.decision_type & _MISSING_TYPE
    if np.any(trees.decision_type & CATEGORICAL) or np.any(missing != _GAPS):
        raise not_possible("xgboost", "another engine trained it", "lightgbm")
    if np.any(trees.leaf_value.astype(np.float32) != trees.leaf_value):
        raise not_possible("xgboost", "another engine trained it", "lightgbm")
    written, split, leaf = [], 0, 0
    for place, leaves in enumerate(trees.num_leaves.tolist()):
        written.append(
            _xgboost_tree(trees, place, slice(split, split + leaves - 1), slice(leaf, leaf + leaves))
        )
        split, leaf = split + leaves - 1, leaf + leaves
    count = str(len(written))
    model = {
        "gbtree_model_param": {"num_trees": count, "num_parallel_tree": "1"},
        "iteration_indptr": list(range(len(written) + 1)),
        "tree_info": [0] * len(written),
        "trees": written,
        "cats": {"enc": [], "feature_segments": [], "sorted_idx": []},
    }
    facts = {
        "base_score": f"[{member.fitted.base_score!r}]",
        "boost_from_average": "0",
        "num_class": "0",
        "num_feature": str(trees.n_features),
        "num_target": "1",
    }
    learner = {
        "attributes": {},
        "feature_names": [],
        "feature_types": [],
        "gradient_booster": {"name": "gbtree", "model": model},
        "learner_model_param": facts,
        "objective": {"name": "reg:squarederror", "reg_loss_param": {"scale_pos_weight": "1"}},
    }
    return {"version": [3, 0, 0], "learner": learner}


def _xgboost_tree(trees: Trees, place: int, splits: slice, leaves: slice) -> dict[str, Any]:
    """Return one tree, its splits first and its leaves after them."""
    n_splits, n_leaves = splits.stop - splits.start, leaves.stop - leaves.start
    nodes = n_splits + n_leaves

    def node(child: NDArray[np.int32]) -> NDArray[np.int64]:
        own = child.astype(np.int64)
        return np.where(own >= 0, own, n_splits + ~own)

    left, right = node(trees.left_child[splits]), node(trees.right_child[splits])
    parents = np.full(nodes, 2**31 - 1)
    parents[left] = parents[right] = np.arange(n_splits)
    none = [-1] * n_leaves
    values = trees.leaf_value[leaves].astype(np.float32).astype(float).tolist()
    cuts = np.nextafter(trees.threshold[splits].astype(np.float32), np.float32(np.inf))
    default_left = (trees.decision_type[splits] & DEFAULT_LEFT) != 0
    hessian = np.concatenate([trees.internal_count[splits], trees.leaf_count[leaves]])
    return {
        "id": place,
        "tree_param": {
            "num_deleted": "0",
            "num_feature": str(trees.n_features),
            "num_nodes": str(nodes),
            "size_leaf_vector": "1",
        },
        "left_children": [*left.tolist(), *none],
        "right_children": [*right.tolist(), *none],
        "parents": parents.tolist(),
        "split_indices": [*trees.split_feature[splits].tolist(), *[0] * n_leaves],
        "split_conditions": [*cuts.astype(float).tolist(), *values],
        "split_type": [0] * nodes,
        "default_left": [*default_left.astype(int).tolist(), *[0] * n_leaves],
        "loss_changes": [*trees.split_gain[splits].astype(float).tolist(), *[0.0] * n_leaves],
        "sum_hessian": hessian.astype(float).tolist(),
        "base_weights": [*[0.0] * n_splits, *values],
        "categories": [],
        "categories_nodes": [],
        "categories_segments": [],
        "categories_sizes": [],
    }


def in_single(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return rows in single precision; what lies beyond its last number is that number."""
    last = np.finfo(np.float32).max
    return np.where(np.abs(rows) <= 1e-35, 0.0, np.clip(rows, -last, last)).astype(np.float32)
