"""Whether flat arrays describe trees: every index in range, every node reached once, nothing too large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.errors.refusal import require
from scarce.learners.stored.tree_layout import DTYPES, PER_LEAF, PER_SPLIT, TreeArrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Caps far above any model the trial trains and far below what would exhaust a small machine.
MAX_TREES = 20_000
MAX_LEAVES = 131_072  # LightGBM's own bound for one tree
MAX_TOTAL_LEAVES = 2_000_000
MAX_DEPTH = 1_024
MAX_FEATURES = 100_000
MAX_BITSET_WORDS = 4_000_000

CATEGORICAL, DEFAULT_LEFT = 1, 2  # the two lowest bits of a decision type; the next two: missing type


def check_trees(trees: TreeArrays) -> None:
    """Refuse arrays that are no trees, before anything walks along them.

    Parameters
    ----------
    trees : TreeArrays

    Raises
    ------
    RefusalError
        With what is wrong.
    """
    _check_types(trees)
    _check_sizes(trees)
    _check_numbers(trees)
    _check_categories(trees)
    _check_shape(trees)


def _check_types(trees: TreeArrays) -> None:
    count = trees.n_features
    require(type(count) is int and 1 <= count <= MAX_FEATURES, "the number of features is out of range")
    for name, dtype in DTYPES.items():
        array = getattr(trees, name)
        require(isinstance(array, np.ndarray) and array.ndim == 1, f"{name} is not a flat array")
        require(array.dtype == np.dtype(dtype), f"{name} is {array.dtype}, not {dtype}")


def _check_sizes(trees: TreeArrays) -> None:
    leaves, categories = trees.num_leaves.astype(np.int64), trees.num_cat.astype(np.int64)
    n_trees = len(leaves)
    require(n_trees <= MAX_TREES, f"{n_trees} trees are more than {MAX_TREES}")
    require(len(categories) == len(trees.shrinkage) == n_trees, "the arrays disagree on the number of trees")
    require(np.all((leaves >= 1) & (leaves <= MAX_LEAVES)), "a tree's number of leaves is out of range")
    require(np.all((categories >= 0) & (categories < leaves)), "a tree has more category splits than splits")
    total = int(leaves.sum())
    require(total <= MAX_TOTAL_LEAVES, f"{total} leaves are more than {MAX_TOTAL_LEAVES}")
    for name in PER_LEAF:
        require(len(getattr(trees, name)) == total, f"{name} does not have one entry a leaf")
    for name in PER_SPLIT:
        require(len(getattr(trees, name)) == total - n_trees, f"{name} does not have one entry a split")
    require(
        len(trees.cat_words) == int(categories.sum()), "cat_words does not have one entry a category split"
    )
    words = trees.cat_words.astype(np.int64)
    require(np.all(words >= 1), "a category bitset is empty")
    require(len(trees.cat_bits) == int(words.sum()), "the category bitsets do not add up to their sizes")
    require(len(trees.cat_bits) <= MAX_BITSET_WORDS, "the category bitsets are too large")


def _check_numbers(trees: TreeArrays) -> None:
    # LightGBM itself writes an infinite threshold where a split parts missing from present.
    require(not np.any(np.isnan(trees.threshold)), "threshold holds a value that is not a number")
    for name in ("leaf_value", "shrinkage", "split_gain"):
        require(np.all(np.isfinite(getattr(trees, name))), f"{name} holds a value that is not finite")
    for name in ("leaf_count", "internal_count"):
        require(np.all(getattr(trees, name) >= 0), f"{name} holds a negative count")
    if trees.averaged is not None:
        within = type(trees.averaged) is float and 0.0 < trees.averaged < 1.0
        require(within, "averaged is not a number between 0 and 1")
        require(
            np.all((trees.leaf_value >= 0) & (trees.leaf_value <= 1)), "a leaf's share is not from 0 to 1"
        )
    feature = trees.split_feature
    require(
        np.all((feature >= 0) & (feature < trees.n_features)), "a split reads a feature that is not there"
    )
    require(np.all(trees.decision_type < 12), "a split has an unknown decision type")


def _check_categories(trees: TreeArrays) -> None:
    """Each bitset belongs to exactly one category split of its tree."""
    tree, _ = _positions(trees)
    chosen = (trees.decision_type & CATEGORICAL) != 0
    index, tree = trees.threshold[chosen], tree[chosen]
    counts = trees.num_cat.astype(np.int64)
    in_range = (index >= 0) & (index < counts[tree]) & (index == np.floor(index))
    require(np.all(in_range), "a category split names a bitset that is not there")
    flat = (np.cumsum(counts) - counts)[tree] + index.astype(np.int64)
    used = np.bincount(flat, minlength=int(counts.sum()))
    require(np.all(used == 1), "a category bitset is not used by exactly one split")


def _positions(trees: TreeArrays) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, for each split, its tree and where that tree's splits start."""
    splits = trees.num_leaves.astype(np.int64) - 1
    tree = np.repeat(np.arange(len(splits)), splits)
    return tree, (np.cumsum(splits) - splits)[tree]


def _check_shape(trees: TreeArrays) -> None:
    """Every split but the root and every leaf has one parent, and comes after it: there are no cycles."""
    tree, start = _positions(trees)
    leaves = trees.num_leaves.astype(np.int64)
    own = np.arange(len(tree)) - start
    split_parents = np.zeros(len(tree), dtype=np.int64)
    leaf_parents = np.zeros(int(leaves.sum()), dtype=np.int64)
    leaf_parents[(np.cumsum(leaves) - leaves)[leaves == 1]] = 1  # a tree of one leaf needs no parent
    leaf_start = (np.cumsum(leaves) - leaves)[tree]
    for name in ("left_child", "right_child"):
        child = getattr(trees, name).astype(np.int64)
        inner = child >= 0
        ahead = (child > own) & (child < leaves[tree] - 1)
        require(np.all(ahead[inner]), f"a {name.replace('_', ' ')} does not come after its parent")
        require(
            np.all((~child < leaves[tree])[~inner]), f"a {name.replace('_', ' ')} is a leaf that is not there"
        )
        split_parents += np.bincount((start + child)[inner], minlength=len(tree))
        leaf_parents += np.bincount((leaf_start + ~child)[~inner], minlength=len(leaf_parents))
    require(np.all(split_parents == (own > 0)), "a split is not reached exactly once")
    require(np.all(leaf_parents == 1), "a leaf is not reached exactly once")
    _check_depth(trees, start, np.flatnonzero(own == 0))


def _check_depth(trees: TreeArrays, start: NDArray[np.int64], roots: NDArray[np.int64]) -> None:
    level, depth = roots, 0
    while len(level):
        depth += 1
        require(depth <= MAX_DEPTH, f"a tree is deeper than {MAX_DEPTH} splits")
        below = [
            (start[level] + child)[child >= 0]
            for child in (trees.left_child[level], trees.right_child[level])
        ]
        level = np.concatenate(below)
