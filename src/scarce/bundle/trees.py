"""Boosted trees as checked arrays: what a model file holds in place of LightGBM's own bytes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from scarce.bundle.refusal import RefusalError, require
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import lightgbm
    from numpy.typing import NDArray

# Caps far above any model the trial trains and far below what would exhaust a small machine.
MAX_TREES = 20_000
MAX_LEAVES = 131_072  # LightGBM's own bound for one tree
MAX_TOTAL_LEAVES = 2_000_000
MAX_DEPTH = 1_024
MAX_FEATURES = 100_000
MAX_BITSET_WORDS = 4_000_000

CATEGORICAL, DEFAULT_LEFT = 1, 2  # the two lowest bits of a decision type; the next two: missing type

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
class Trees:
    """Trees of a one-output booster, flat: tree after tree in every array. Checked when built.

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

    Raises
    ------
    RefusalError
        When the arrays do not describe trees.

    Notes
    -----
    The base score is no part of the trees: LightGBM does not store the init score of a custom objective.
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

    kind = "lightgbm"

    def __post_init__(self) -> None:
        _check_types(self)
        _check_sizes(self)
        _check_numbers(self)
        _check_categories(self)
        _check_shape(self)

    @classmethod
    def from_booster(cls, booster: lightgbm.Booster, num_iteration: int | None = None) -> Trees:
        """Read the trees of a trained booster.

        Parameters
        ----------
        booster : lightgbm.Booster
            One output, no linear leaves, no random-forest mode.
        num_iteration : int, optional
            The first so many trees; by default LightGBM's own choice (the best iteration if there was one).

        Raises
        ------
        ScarceError
            E426 for a booster with several outputs, linear leaves or averaged trees.
        """
        from scarce.bundle.lightgbm_text import parse

        try:
            return parse(booster.model_to_string(num_iteration=num_iteration))
        except RefusalError as refusal:
            raise ScarceError("E426", what=refusal) from None

    @classmethod
    def from_parts(cls, facts: Mapping[str, object], arrays: Mapping[str, NDArray[np.generic]]) -> Trees:
        """Rebuild the trees from what `to_parts` gave, trusting neither part."""
        require(set(facts) == {"n_features"}, "the learner has unknown entries")
        require(set(arrays) == set(DTYPES), "the trees' arrays are not the ones expected")
        return cls(n_features=facts["n_features"], **arrays)  # type: ignore[arg-type]

    def to_parts(self) -> tuple[dict[str, object], dict[str, NDArray[np.generic]]]:
        """Return what is written into a model file: facts for the card, and arrays."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)[1:]}
        return {"n_features": self.n_features}, arrays

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.num_leaves)

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """A LightGBM booster over text written anew from the arrays; raw scores, without the base score."""
        import lightgbm

        from scarce.bundle.lightgbm_text import write

        return lightgbm.Booster(model_str=write(self))

    def raw(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of the trees, bit for bit what the trained booster gave.

        Parameters
        ----------
        X : ndarray of float64, shape (n_rows, n_features)
            Encoded features; NaN where missing.

        Returns
        -------
        ndarray of float64, shape (n_rows,)
            Raw score without the base score.
        """
        if self.n_trees == 0 or len(X) == 0:
            return np.zeros(len(X))
        return self.booster.predict(X, raw_score=True)  # type: ignore[return-value]


def _check_types(trees: Trees) -> None:
    count = trees.n_features
    require(type(count) is int and 1 <= count <= MAX_FEATURES, "the number of features is out of range")
    for name, dtype in DTYPES.items():
        array = getattr(trees, name)
        require(isinstance(array, np.ndarray) and array.ndim == 1, f"{name} is not a flat array")
        require(array.dtype == np.dtype(dtype), f"{name} is {array.dtype}, not {dtype}")


def _check_sizes(trees: Trees) -> None:
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


def _check_numbers(trees: Trees) -> None:
    # LightGBM itself writes an infinite threshold where a split parts missing from present.
    require(not np.any(np.isnan(trees.threshold)), "threshold holds a value that is not a number")
    for name in ("leaf_value", "shrinkage", "split_gain"):
        require(np.all(np.isfinite(getattr(trees, name))), f"{name} holds a value that is not finite")
    for name in ("leaf_count", "internal_count"):
        require(np.all(getattr(trees, name) >= 0), f"{name} holds a negative count")
    feature = trees.split_feature
    require(
        np.all((feature >= 0) & (feature < trees.n_features)), "a split reads a feature that is not there"
    )
    require(np.all(trees.decision_type < 12), "a split has an unknown decision type")


def _check_categories(trees: Trees) -> None:
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


def _positions(trees: Trees) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, for each split, its tree and where that tree's splits start."""
    splits = trees.num_leaves.astype(np.int64) - 1
    tree = np.repeat(np.arange(len(splits)), splits)
    return tree, (np.cumsum(splits) - splits)[tree]


def _check_shape(trees: Trees) -> None:
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


def _check_depth(trees: Trees, start: NDArray[np.int64], roots: NDArray[np.int64]) -> None:
    level, depth = roots, 0
    while len(level):
        depth += 1
        require(depth <= MAX_DEPTH, f"a tree is deeper than {MAX_DEPTH} splits")
        below = [
            (start[level] + child)[child >= 0]
            for child in (trees.left_child[level], trees.right_child[level])
        ]
        level = np.concatenate(below)
