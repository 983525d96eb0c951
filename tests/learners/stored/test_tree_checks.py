"""Arrays that are not trees are refused, each for its own reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scarce.errors.refusal import RefusalError
from scarce.learners.stored import tree_checks as module
from scarce.learners.stored.trees import DTYPES, Trees

SMALL = {
    # Tree 0: f0 <= 0.5 ? leaf 0 : (code f1 in {0, 33} ? leaf 1 : leaf 2). Tree 1: a leaf. Tree 2: a stump.
    "num_leaves": [3, 1, 2],
    "num_cat": [1, 0, 0],
    "shrinkage": [0.1, 1.0, 0.1],
    "split_feature": [0, 1, 2],
    "threshold": [0.5, 0.0, np.inf],
    "decision_type": [2, 9, 10],
    "left_child": [-1, -2, -1],
    "right_child": [1, -3, -2],
    "split_gain": [3.0, 2.0, 1.0],
    "internal_count": [10, 6, 10],
    "leaf_value": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
    "leaf_count": [4, 3, 3, 10, 5, 5],
    "cat_words": [2],
    "cat_bits": [1, 2],
}


def small(**changed: object) -> Trees:
    values = SMALL | changed
    return Trees(n_features=3, **{name: np.array(values[name], dtype) for name, dtype in DTYPES.items()})


def test_the_small_trees_are_trees() -> None:
    X = np.array([[0.0, 0, np.nan], [1.0, 33, 1], [1.0, 1, 1], [1.0, np.nan, -np.inf]])
    np.testing.assert_allclose(
        small().logits(X), [0.1 + 0.4 + 0.5, 0.2 + 0.4 + 0.5, 0.3 + 0.4 + 0.5, 0.3 + 0.4 + 0.5]
    )


NO_BITSET = "a category split names a bitset that is not there"
NOT_ONE = "a category bitset is not used by exactly one split"
NOT_FINITE = "leaf_value holds a value that is not finite"
REFUSED = {
    "no leaf": ({"num_leaves": [3, 0, 2]}, "a tree's number of leaves is out of range"),
    "leaves below zero": ({"num_leaves": [3, -1, 2]}, "a tree's number of leaves is out of range"),
    "too many leaves": ({"num_leaves": [3, 2**31 - 1, 2]}, "a tree's number of leaves is out of range"),
    "leaves not there": ({"num_leaves": [3, 2, 2]}, "leaf_value does not have one entry a leaf"),
    "counts not there": ({"leaf_count": [1]}, "leaf_count does not have one entry a leaf"),
    "trees disagree": ({"num_cat": [1, 0]}, "the arrays disagree on the number of trees"),
    "splits not there": ({"threshold": [0.5, 0.0]}, "threshold does not have one entry a split"),
    "categories below zero": ({"num_cat": [1, 0, -1]}, "a tree has more category splits than splits"),
    "more categories than splits": ({"num_cat": [1, 1, 0]}, "a tree has more category splits than splits"),
    "bitsets not there": ({"cat_words": []}, "cat_words does not have one entry a category split"),
    "bitset too long": ({"cat_words": [3]}, "the category bitsets do not add up to their sizes"),
    "bitset of huge size": ({"cat_words": [2**31 - 1]}, "the category bitsets do not add up to their sizes"),
    "bitset of no words": ({"cat_words": [0], "cat_bits": []}, "a category bitset is empty"),
    "bitset of negative size": ({"cat_words": [-2]}, "a category bitset is empty"),
    "bitset that is not there": ({"threshold": [0.5, 1.0, 0]}, NO_BITSET),
    "bitset before the first": ({"threshold": [0.5, -1.0, 0]}, NO_BITSET),
    "bitset and a half": ({"threshold": [0.5, 0.5, 0]}, NO_BITSET),
    "bitset at infinity": ({"threshold": [0.5, np.inf, 0]}, NO_BITSET),
    "bitset in a tree without": (
        {"decision_type": [2, 9, 9], "threshold": [0.5, 0, 0]},
        NO_BITSET,
    ),
    "bitset unused": ({"decision_type": [2, 8, 10]}, NOT_ONE),
    "bitset used twice": (
        {"decision_type": [1, 9, 10], "threshold": [0, 0, 0]},
        NOT_ONE,
    ),
    "leaf not a number": ({"leaf_value": [0.1, np.nan, 0.3, 0.4, 0.5, 0.6]}, NOT_FINITE),
    "leaf infinite": ({"leaf_value": [0.1, np.inf, 0.3, 0.4, 0.5, 0.6]}, NOT_FINITE),
    "threshold not a number": ({"threshold": [np.nan, 0, 0]}, "threshold holds a value that is not a number"),
    "shrinkage infinite": ({"shrinkage": [0.1, np.inf, 1]}, "shrinkage holds a value that is not finite"),
    "gain not a number": ({"split_gain": [np.nan, 1, 1]}, "split_gain holds a value that is not finite"),
    "count below zero": ({"internal_count": [10, -6, 10]}, "internal_count holds a negative count"),
    "feature beyond the last": ({"split_feature": [0, 3, 2]}, "a split reads a feature that is not there"),
    "feature before the first": ({"split_feature": [0, -1, 2]}, "a split reads a feature that is not there"),
    "decision type unknown": ({"decision_type": [2, 9, 12]}, "a split has an unknown decision type"),
    "child is its parent": ({"right_child": [0, -3, -2]}, "a right child does not come after its parent"),
    "child before its parent": ({"left_child": [-1, 0, -1]}, "a left child does not come after its parent"),
    "child in another tree": ({"right_child": [2, -3, -2]}, "a right child does not come after its parent"),
    "child far away": ({"right_child": [2**31 - 1, -3, -2]}, "a right child does not come after its parent"),
    "leaf far away": ({"left_child": [-(2**31), -2, -1]}, "a left child is a leaf that is not there"),
    "leaf of another tree": ({"right_child": [1, -4, -2]}, "a right child is a leaf that is not there"),
    "split reached twice": ({"left_child": [1, -2, -1]}, "a split is not reached exactly once"),
    "split never reached": ({"right_child": [-2, -3, -2]}, "a split is not reached exactly once"),
    "leaf reached twice": ({"left_child": [-2, -2, -1]}, "a leaf is not reached exactly once"),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "reason"), REFUSED.values(), ids=list(REFUSED))
def test_what_is_no_tree_is_refused(changed: dict[str, object], reason: str) -> None:
    with pytest.raises(RefusalError) as caught:
        small(**changed)
    assert str(caught.value) == reason


@pytest.mark.parametrize("averaged", [0.0, 1.0, -0.5, np.nan, 1, True, "0.5", [0.5], {}], ids=repr)
def test_the_vote_beside_a_forest_is_a_share(averaged: object) -> None:
    replace(small(), averaged=0.5)
    with pytest.raises(RefusalError, match="averaged is not a number between 0 and 1"):
        replace(small(), averaged=averaged)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_the_leaves_of_a_forest_are_shares(share: float) -> None:
    leaves = np.array([0.1, share, 0.3, 0.4, 0.5, 0.6])
    replace(small(), leaf_value=leaves)
    with pytest.raises(RefusalError, match="a leaf's share is not from 0 to 1"):
        replace(small(), leaf_value=leaves, averaged=0.1)


@pytest.mark.parametrize("n_features", [0, -1, 2.0, True, None, "3", 10**9], ids=repr)
def test_the_number_of_features_is_a_number_in_range(n_features: object) -> None:
    with pytest.raises(RefusalError, match="the number of features is out of range"):
        replace(small(), n_features=n_features)


@pytest.mark.parametrize("name", list(DTYPES))
def test_every_array_has_its_type_and_is_flat(name: str) -> None:
    array = getattr(small(), name)
    with pytest.raises(RefusalError, match=f"{name} is "):
        replace(small(), **{name: array.astype(complex)})
    with pytest.raises(RefusalError, match=f"{name} is not a flat array"):
        replace(small(), **{name: array[None]})
    with pytest.raises(RefusalError, match=f"{name} is not a flat array"):
        replace(small(), **{name: array.tolist()})


def chain(depth: int) -> Trees:
    """One tree that is a list: every split has a leaf on its left."""
    here = np.arange(depth)
    down = np.where(here < depth - 1, here + 1, ~depth)
    return Trees(
        n_features=1,
        num_leaves=np.array([depth + 1], np.int32),
        num_cat=np.zeros(1, np.int32),
        shrinkage=np.ones(1),
        split_feature=np.zeros(depth, np.int32),
        threshold=here.astype(float),
        decision_type=np.full(depth, 2, np.uint8),
        left_child=~here.astype(np.int32),
        right_child=down.astype(np.int32),
        split_gain=np.zeros(depth, np.float32),
        internal_count=np.zeros(depth, np.int32),
        leaf_value=np.arange(depth + 1.0),
        leaf_count=np.zeros(depth + 1, np.int32),
        cat_words=np.zeros(0, np.int32),
        cat_bits=np.zeros(0, np.uint32),
    )


def test_depth_is_bounded() -> None:
    np.testing.assert_array_equal(chain(1_024).logits(np.array([[-1.0], [500.5], [1e9]])), [0, 501, 1024])
    with pytest.raises(RefusalError, match="deeper than 1024 splits"):
        chain(1_025)


@pytest.mark.parametrize(
    ("cap", "value"), [("MAX_TREES", 2), ("MAX_LEAVES", 2), ("MAX_TOTAL_LEAVES", 5), ("MAX_BITSET_WORDS", 1)]
)
def test_sizes_are_bounded(cap: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    small()
    monkeypatch.setattr(module, cap, value)
    with pytest.raises(RefusalError):
        small()


def test_unknown_parts_are_refused() -> None:
    facts, arrays = small().to_parts()
    for broken in ({}, {**facts, "x": 1}):
        with pytest.raises(RefusalError, match="unknown entries"):
            Trees.from_parts(broken, arrays)
    for wrong in ({}, {**arrays, "x": arrays["cat_bits"]}):
        with pytest.raises(RefusalError, match="not the ones expected"):
            Trees.from_parts(facts, wrong)
