"""Trees as XGBoost's JSON: written from the arrays, for trees that single precision can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.export.refused import not_possible
from scarce.learners.stored.tree_checks import CATEGORICAL, DEFAULT_LEFT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

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
        written.append(_tree(trees, place, slice(split, split + leaves - 1), slice(leaf, leaf + leaves)))
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


def slices(trees: Trees) -> Iterator[tuple[slice, slice]]:
    """Yield where the splits and where the leaves of each tree are."""
    split = leaf = 0
    for leaves in trees.num_leaves.tolist():
        yield slice(split, split + leaves - 1), slice(leaf, leaf + leaves)
        split, leaf = split + leaves - 1, leaf + leaves


def node_numbers(trees: Trees, splits: slice) -> NDArray[np.int64]:
    """Return the numbers that XGBoost gives to the splits of one tree and then to its leaves.

    A right child is the number after its left one: XGBoost looks nowhere else.
    """
    left, right = trees.left_child[splits].tolist(), trees.right_child[splits].tolist()
    n_splits = len(left)
    numbers = np.zeros(2 * n_splits + 1, dtype=np.int64)
    waiting, given = [0] if n_splits else [], 1
    for split in waiting:
        for child in (left[split], right[split]):
            numbers[child if child >= 0 else n_splits + ~child] = given
            given += 1
        waiting += [child for child in (left[split], right[split]) if child >= 0]
    return numbers


def _tree(trees: Trees, place: int, splits: slice, leaves: slice) -> dict[str, Any]:
    numbers, n_splits = node_numbers(trees, splits), splits.stop - splits.start
    of_splits, of_leaves = numbers[:n_splits], numbers[n_splits:]

    def nodes(of_split: ArrayLike, of_leaf: ArrayLike, dtype: str = "float64") -> list[Any]:
        """Return one entry a node, in the order of their numbers."""
        entries = np.empty(len(numbers), dtype)
        entries[of_splits], entries[of_leaves] = of_split, of_leaf
        return entries.tolist()

    def below(child: NDArray[np.int32]) -> NDArray[np.int64]:
        own = child[splits].astype(np.int64)
        return numbers[np.where(own >= 0, own, n_splits + ~own)]

    left, right = below(trees.left_child), below(trees.right_child)
    parents = np.full(len(numbers), 2**31 - 1)
    parents[left] = parents[right] = of_splits
    cuts = np.nextafter(trees.threshold[splits].astype(np.float32), np.float32(np.inf))
    leaf_values = trees.leaf_value[leaves]
    return {
        "id": place,
        "tree_param": {
            "num_deleted": "0",
            "num_feature": str(trees.n_features),
            "num_nodes": str(len(numbers)),
            "size_leaf_vector": "1",
        },
        "left_children": nodes(left, -1, "int64"),
        "right_children": nodes(right, -1, "int64"),
        "parents": parents.tolist(),
        "split_indices": nodes(trees.split_feature[splits], 0, "int64"),
        "split_conditions": nodes(cuts, leaf_values),
        "split_type": [0] * len(numbers),
        "default_left": nodes((trees.decision_type[splits] & DEFAULT_LEFT) != 0, 0, "int64"),
        "loss_changes": nodes(trees.split_gain[splits], 0.0),
        "sum_hessian": nodes(trees.internal_count[splits], trees.leaf_count[leaves]),
        "base_weights": nodes(0.0, leaf_values),
        "categories": [],
        "categories_nodes": [],
        "categories_segments": [],
        "categories_sizes": [],
    }
