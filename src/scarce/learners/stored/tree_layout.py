"""How trees lie in flat arrays: which arrays there are, of what type, and what each has one entry for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

DTYPES: dict[str, str] = {
    "num_leaves": "int32",
    "num_cat": "int32",
    "shrinkage": "float64",
    "split_feature": "int32",
    "threshold": "float64",
    "decision_type": "uint8",
    "left_child": "int32",
    "right_child": "int32",
    "split_gain": "float32",
    "internal_count": "int32",
    "leaf_value": "float64",
    "leaf_count": "int32",
    "cat_words": "int32",
    "cat_bits": "uint32",
}
PER_TREE = ("num_leaves", "num_cat", "shrinkage")
PER_SPLIT = (
    "split_feature",
    "split_gain",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "internal_count",
)
PER_LEAF = ("leaf_value", "leaf_count")


@dataclass(frozen=True, eq=False)
class TreeArrays:
    """Trees with one output, flat: tree after tree in every array.

    Parameters
    ----------
    n_features : int
        Columns of the matrix the trees read.
    num_leaves, num_cat : ndarray of int32, shape (n_trees,)
        Leaves and category splits of each tree.
    shrinkage : ndarray of float64, shape (n_trees,)
        Already inside the leaf values; kept so that an exported booster is whole.
    split_feature, threshold, decision_type, left_child, right_child, split_gain, internal_count : ndarray
        One entry a split, ``num_leaves - 1`` a tree. A child ``>= 0`` is a split of the same tree,
        ``~child`` a leaf. For a category split the threshold is the number of its bitset within the tree.
    leaf_value, leaf_count : ndarray
        One entry a leaf.
    cat_words : ndarray of int32
        Length of each bitset, in words.
    cat_bits : ndarray of uint32
        The bitsets themselves: bit ``c`` set sends category code ``c`` to the left.
    averaged : float, optional
        Of a forest: leaves hold shares of positives, and this is the vote, in (0, 1), of one more tree.
    """

    n_features: int
    num_leaves: NDArray[np.int32]
    num_cat: NDArray[np.int32]
    shrinkage: NDArray[np.float64]
    split_feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    decision_type: NDArray[np.uint8]
    left_child: NDArray[np.int32]
    right_child: NDArray[np.int32]
    split_gain: NDArray[np.float32]
    internal_count: NDArray[np.int32]
    leaf_value: NDArray[np.float64]
    leaf_count: NDArray[np.int32]
    cat_words: NDArray[np.int32]
    cat_bits: NDArray[np.uint32]
    averaged: float | None = None


def flat(trees: Iterable[Mapping[str, ArrayLike]]) -> dict[str, NDArray[np.generic]]:
    """Lay trees that split by numbers one after the other.

    Parameters
    ----------
    trees : iterable of mappings
        Each with an entry for each of its splits and leaves, under the names of `PER_SPLIT` and `PER_LEAF`.
    """
    parts = list(trees)
    counts = [len(part["leaf_value"]) for part in parts]
    arrays = {name: np.empty(0, dtype) for name, dtype in DTYPES.items()}
    arrays["num_leaves"] = np.array(counts, np.int32)
    arrays["num_cat"] = np.zeros(len(parts), np.int32)
    arrays["shrinkage"] = np.ones(len(parts))
    for name in (*PER_SPLIT, *PER_LEAF):
        values = [np.asarray(part[name], DTYPES[name]) for part in parts]
        arrays[name] = np.concatenate([arrays[name], *values])
    return arrays
