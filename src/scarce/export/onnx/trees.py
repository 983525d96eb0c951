"""Trees as one ``TreeEnsemble`` in double precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from onnx import numpy_helper

from scarce.data.schema import MAX_CATEGORIES
from scarce.export.onnx.values import ML, Value, where
from scarce.export.refused import not_possible
from scarce.learners.stored.tree_checks import CATEGORICAL, DEFAULT_LEFT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scarce.learners.stored.trees import Trees

AS_ZERO = float(np.float32(1e-35))
"""What is no larger is 0 to the stored trees."""

_AT_MOST, _MEMBER = 0, 6  # modes of a node
_NO_MISSING, _ZERO_IS_MISSING = 0, 1
_SUM = 1
_WORDS = MAX_CATEGORIES // 32 + 1  # of a bitset: no encoder makes codes beyond


def logits(features: Value, trees: Trees) -> Value:
    """Return the trees' raw output, shape (n_rows, 1).

    Raises
    ------
    ScarceError
        E432 for trees that take a zero for a missing value.
    """
    missing = (trees.decision_type >> 2) & 3
    number = (trees.decision_type & CATEGORICAL) == 0
    if np.any(number & (missing == _ZERO_IS_MISSING)):
        raise not_possible("onnx", "its trees take a zero for a missing value")
    near = features.to("Abs") <= AS_ZERO
    total = _ensemble(where(near, 0.0, features), trees, number, missing)
    alone = trees.num_leaves == 1
    constant = float(trees.leaf_value[_leaf_starts(trees)[alone]].sum())
    return _linked(total + constant, trees)


def _linked(total: Value, trees: Trees) -> Value:
    """Return the logits behind sums of leaves, as `Trees.link` does."""
    if trees.averaged is None:
        return total
    inside = total.to("Max", 0.0).to("Min", float(trees.n_trees))
    against = (float(trees.n_trees) - inside) + (1.0 - trees.averaged)
    return (inside + trees.averaged).to("Log") - against.to("Log")


def _ensemble(features: Value, trees: Trees, number: NDArray[np.bool_], missing: NDArray[np.uint8]) -> Value:
    if not len(trees.threshold):
        first = features.graph.value("Gather", features, features.graph.constant([0], "int64"), axis=1)
        return where(first.to("IsNaN"), 0.0, 0.0)
    splits = trees.num_leaves.astype(np.int64) - 1
    tree = np.repeat(np.arange(len(splits)), splits)
    split_start, leaf_start = (np.cumsum(splits) - splits)[tree], _leaf_starts(trees)[tree]
    default_left = (trees.decision_type & DEFAULT_LEFT) != 0
    of_nothing = np.where(missing == _NO_MISSING, trees.threshold >= 0.0, default_left)
    members, empty = _members(trees, ~number)
    children = {}
    for side, child in (("true", trees.left_child), ("false", trees.right_child)):
        is_leaf = child < 0
        child = child.astype(np.int64)
        children[f"nodes_{side}nodeids"] = np.where(
            is_leaf, leaf_start + ~child, split_start + child
        ).tolist()
        children[f"nodes_{side}leafs"] = is_leaf.astype(int).tolist()
    thresholds = np.where(number, trees.threshold, np.where(empty, -np.inf, 0.0))
    modes = np.where(number | empty, _AT_MOST, _MEMBER).astype(np.uint8)
    return features.graph.value(
        "TreeEnsemble",
        features,
        domain=ML,
        n_targets=1,
        aggregate_function=_SUM,
        post_transform=0,
        tree_roots=(np.cumsum(splits) - splits)[splits > 0].tolist(),
        nodes_modes=numpy_helper.from_array(modes),
        nodes_featureids=trees.split_feature.tolist(),
        nodes_splits=numpy_helper.from_array(thresholds),
        nodes_missing_value_tracks_true=(number & of_nothing).astype(int).tolist(),
        leaf_targetids=[0] * len(trees.leaf_value),
        leaf_weights=numpy_helper.from_array(trees.leaf_value),
        **children,
        **({"membership_values": numpy_helper.from_array(members)} if members.size else {}),
    )


def _leaf_starts(trees: Trees) -> NDArray[np.int64]:
    leaves = trees.num_leaves.astype(np.int64)
    return np.cumsum(leaves) - leaves


def _members(trees: Trees, categorical: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the codes of each category split, each list ended by NaN, and which splits have none."""
    splits = trees.num_leaves.astype(np.int64) - 1
    tree = np.repeat(np.arange(len(splits)), splits)
    counts, words = trees.num_cat.astype(np.int64), trees.cat_words.astype(np.int64)
    starts = np.cumsum(words) - words
    found: list[NDArray[np.float64]] = []
    empty = np.zeros(len(categorical), dtype=bool)
    for split in np.flatnonzero(categorical):
        place = (np.cumsum(counts) - counts)[tree[split]] + int(trees.threshold[split])
        bitset = trees.cat_bits[starts[place] : starts[place] + min(words[place], _WORDS)]
        codes = np.flatnonzero(np.unpackbits(bitset.view(np.uint8), bitorder="little"))
        empty[split] = not codes.size
        found += [codes.astype(np.float64), np.array([np.nan])] if codes.size else []
    return (np.concatenate(found) if found else np.zeros(0)), empty
