"""The trees in a model file predict what the trained booster predicts, bit for bit."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

import lightgbm
import numpy as np
import pytest

from scarce.errors import ScarceError
from scarce.errors.refusal import RefusalError
from scarce.learners.stored.lightgbm_text import parse, write
from scarce.learners.stored.trees import DTYPES, Trees

if TYPE_CHECKING:
    from collections.abc import Callable


def bits(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=np.float64).view(np.uint64)


def traverse(trees: Trees, X: np.ndarray) -> np.ndarray:
    """Predict with plain Python from the arrays alone: a second reading of what they mean."""
    X = np.where(np.abs(X) <= 1e-35, 0.0, X)  # LightGBM takes these for zeros before it looks at a tree
    total = np.zeros(len(X))
    leaf = split = word = bitset = 0
    for n_leaves, n_cat in zip(trees.num_leaves.tolist(), trees.num_cat.tolist(), strict=True):
        ends = word + np.cumsum(trees.cat_words[bitset : bitset + n_cat])
        starts = np.concatenate([[word], ends[:-1]]) if n_cat else ends
        for row, x in enumerate(X):
            node = 0 if n_leaves > 1 else -1
            while node >= 0:
                at = split + node
                value, kind = x[trees.split_feature[at]], int(trees.decision_type[at])
                if kind & 1:
                    index = int(trees.threshold[at])
                    words = trees.cat_bits[starts[index] : ends[index]]
                    code = int(value) if -1.0 < value < 2.0**31 else -1
                    left = 0 <= code < 32 * len(words) and bool(words[code // 32] >> np.uint32(code % 32) & 1)
                else:
                    missing = kind >> 2
                    if np.isnan(value) and missing != 2:
                        value = 0.0
                    absent = (missing == 1 and value == 0.0) or (missing == 2 and np.isnan(value))
                    left = bool(kind & 2) if absent else value <= trees.threshold[at]
                node = int(trees.left_child[at] if left else trees.right_child[at])
            total[row] += trees.leaf_value[leaf + ~node]
        leaf, split, bitset = leaf + n_leaves, split + n_leaves - 1, bitset + n_cat
        word = int(ends[-1]) if n_cat else word
    return total


def test_prediction_is_bit_equal_to_the_trained_booster(trained_of_each_kind) -> None:
    booster, rows = trained_of_each_kind.booster, trained_of_each_kind.rows
    trees = Trees.from_booster(booster)
    np.testing.assert_array_equal(bits(trees.logits(rows)), bits(booster.predict(rows, raw_score=True)))


def test_the_arrays_mean_what_they_say(trained_of_each_kind) -> None:
    rows = trained_of_each_kind.rows[:150]
    trees = Trees.from_booster(trained_of_each_kind.booster)
    np.testing.assert_array_equal(bits(traverse(trees, rows)), bits(trees.logits(rows)))


def test_the_training_booster_uses_categories_gaps_and_zeros(trained) -> None:
    """The tests above would prove little about splits that no tree has."""
    trees = Trees.from_booster(trained.booster)
    assert set(trees.split_feature.tolist()) == {0, 1, 2, 3, 4, 5}
    assert trees.num_cat.sum() > 10
    assert max(trees.cat_words) == 3
    assert {8, 9} <= {int(kind) & 13 for kind in trees.decision_type}
    assert len(np.unique(trees.logits(trained.rows))) > 1_000


def test_text_written_anew_reads_back_to_the_same_arrays(trained_of_each_kind) -> None:
    trees = Trees.from_booster(trained_of_each_kind.booster)
    again = Trees(**parse(write(trees)))
    for name in DTYPES:
        np.testing.assert_array_equal(getattr(again, name), getattr(trees, name), err_msg=name)
    assert write(again) == write(trees)


def test_text_is_free_of_parameters_and_thread_count() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2_000, 3))
    y = (X[:, 0] > 1).astype(float)

    def text(threads: int) -> str:
        settings = {"num_threads": threads, "deterministic": True, "force_col_wise": True, "verbose": -1}
        data = lightgbm.Dataset(X, y, params={"verbose": -1})
        return write(Trees.from_booster(lightgbm.train({"objective": "binary", **settings}, data, 5)))

    one = text(1)
    assert one == text(2)
    assert "num_threads" not in one
    assert "parameters" not in one


def doubles(n: int) -> np.ndarray:
    """Return finite doubles of random bits, subnormals among them, and the edges of the format."""
    found = np.random.default_rng(0).integers(0, 2**64, 2 * n, dtype=np.uint64).view(np.float64)
    edges = [
        5e-324,
        -5e-324,
        2.2250738585072014e-308,
        2.225073858507201e-308,
        1.7976931348623157e308,
        0.1,
        -0.0,
    ]
    small = found[np.isfinite(found)][:20] * 1e-310
    return np.concatenate([found[np.isfinite(found)][:n], small, edges])


def test_every_leaf_value_survives_the_text() -> None:
    values = doubles(4_000)
    forest = replace(stumps(np.zeros(len(values))), leaf_value=np.stack([values, -values], axis=1).ravel())
    read = [[forest.booster.get_leaf_output(tree, leaf) for leaf in (0, 1)] for tree in range(len(values))]
    np.testing.assert_array_equal(bits(read), bits(forest.leaf_value.reshape(-1, 2)))


def test_every_threshold_survives_the_text() -> None:
    """One stump a threshold, leaves 0 and 1: the sum counts the thresholds below a value."""
    thresholds = np.sort(doubles(4_000))
    values = thresholds[1:-1]
    values = np.concatenate([values, np.nextafter(values, np.inf), np.nextafter(values, -np.inf)])
    counted = stumps(thresholds).logits(values[:, None])
    as_read = np.where(np.abs(values) <= 1e-35, 0.0, values)  # LightGBM takes these for zeros
    np.testing.assert_array_equal(counted, np.searchsorted(thresholds, as_read, side="left"))


def stumps(thresholds: np.ndarray) -> Trees:
    n = len(thresholds)
    return Trees(
        n_features=1,
        num_leaves=np.full(n, 2, np.int32),
        num_cat=np.zeros(n, np.int32),
        shrinkage=np.ones(n),
        split_feature=np.zeros(n, np.int32),
        threshold=thresholds,
        decision_type=np.full(n, 2, np.uint8),
        left_child=np.full(n, -1, np.int32),
        right_child=np.full(n, -2, np.int32),
        split_gain=np.ones(n, np.float32),
        internal_count=np.full(n, 2, np.int32),
        leaf_value=np.tile([0.0, 1.0], n),
        leaf_count=np.ones(2 * n, np.int32),
        cat_words=np.zeros(0, np.int32),
        cat_bits=np.zeros(0, np.uint32),
    )


def test_the_first_trees_only(trained) -> None:
    trees = Trees.from_booster(trained.booster, num_iteration=7)
    assert trees.n_trees == 7
    expected = trained.booster.predict(trained.rows, raw_score=True, num_iteration=7)
    np.testing.assert_array_equal(bits(trees.logits(trained.rows)), bits(expected))


def test_no_trees_and_no_rows(trained) -> None:
    trees = Trees.from_booster(trained.booster)
    assert trees.logits(np.empty((0, 6))).shape == (0,)
    empty = {name: np.zeros(0, dtype) for name, dtype in DTYPES.items()}
    np.testing.assert_array_equal(Trees(n_features=6, **empty).logits(trained.rows), 0.0)


def test_parts_go_round(trained) -> None:
    trees = Trees.from_booster(trained.booster)
    facts, arrays = trees.to_parts()
    assert write(Trees.from_parts(facts, arrays)) == write(trees)


def test_trees_can_be_pickled_for_a_worker(trained) -> None:
    trees = Trees.from_booster(trained.booster)
    trees.logits(trained.rows[:1])
    again = pickle.loads(pickle.dumps(trees))
    np.testing.assert_array_equal(again.logits(trained.rows), trees.logits(trained.rows))


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"objective": "multiclass", "num_class": 3}, "a booster with more than one output"),
        ({"boosting": "rf"}, "a random forest, which averages its trees"),
        ({"linear_tree": True}, "linear leaves"),
    ],
    ids=["three classes", "random forest", "linear leaves"],
)
def test_a_booster_that_has_no_place_in_a_model(settings: dict[str, object], what: str) -> None:
    rng = np.random.default_rng(0)
    data = lightgbm.Dataset(
        rng.normal(size=(500, 2)), rng.integers(0, 2, 500), params={"verbose": -1, **settings}
    )
    common = {"objective": "binary", "verbose": -1, "bagging_freq": 1, "bagging_fraction": 0.5}
    booster = lightgbm.train({**common, **settings}, data, 2)
    with pytest.raises(ScarceError) as caught:
        Trees.from_booster(booster)
    assert caught.value.two_lines() == (
        f"error[E426]: this booster cannot be put into a model: {what}\n"
        "hint: train a booster with one output, plain leaves and boosting=gbdt"
    )


BROKEN_TEXT: dict[str, Callable[[str], str]] = {
    "no trees' end": lambda text: text.replace("end of trees", ""),
    "other version": lambda text: text.replace("version=v4", "version=v3"),
    "a word for a leaf": lambda text: text.replace("leaf_value=", "leaf_value=x ", 1),
    "a word for a child": lambda text: text.replace("left_child=", "left_child=1.5 ", 1),
    "one leaf too many": lambda text: text.replace("leaf_value=", "leaf_value=1 ", 1),
    "a line missing": lambda text: text.replace("threshold=", "thresold=", 1),
    "no features": lambda text: text.replace("max_feature_idx", "max_feature"),
    "a leaf that is not a number": lambda text: text.replace("leaf_value=-", "leaf_value=nan -", 1),
}


@pytest.mark.parametrize("break_it", BROKEN_TEXT.values(), ids=list(BROKEN_TEXT))
def test_text_that_is_not_understood_is_refused(trained, break_it: Callable[[str], str]) -> None:
    text = trained.booster.model_to_string()
    Trees(**parse(text))
    with pytest.raises(RefusalError):
        Trees(**parse(break_it(text)))


def votes(n_trees: int, prior: float) -> Trees:
    """Return a forest of stumps at 0, 1, 2 ... whose right leaves are certain of a positive."""
    return replace(stumps(np.arange(float(n_trees))), averaged=prior)


@pytest.mark.parametrize("prior", [1e-9, 0.02, 0.5, 1.0 - 1e-9])
def test_a_forest_averages_shares_and_the_prior_has_one_vote(prior: float) -> None:
    values = np.array([-1.0, 0.5, 3.5, 100.0])
    share = (np.array([0.0, 1.0, 4.0, 7.0]) + prior) / 8.0
    logits = votes(7, prior).logits(values[:, None])
    np.testing.assert_allclose(logits, np.log(share) - np.log1p(-share), rtol=1e-7)
    assert np.isfinite(logits).all()


def test_the_first_trees_of_a_forest_are_averaged_among_themselves() -> None:
    forest = votes(7, 0.25).first(3)
    assert (forest.n_trees, forest.averaged) == (3, 0.25)
    np.testing.assert_allclose(forest.logits(np.array([[1.5]])), np.log(2.25 / 1.75), rtol=1e-14)


def test_the_first_trees_are_those_of_a_booster_cut_there(trained) -> None:
    trees = Trees.from_booster(trained.booster)
    for n_trees in (0, 1, 7, trees.n_trees):
        expected = Trees.from_booster(trained.booster, num_iteration=n_trees).to_parts()[1] if n_trees else {}
        found = trees.first(n_trees)
        assert found.n_trees == n_trees
        for name, array in expected.items():
            np.testing.assert_array_equal(getattr(found, name), array)


def test_a_forest_goes_round() -> None:
    forest = votes(5, 0.25)
    again = Trees.from_parts(*forest.to_parts())
    assert again.averaged == 0.25
    np.testing.assert_array_equal(again.logits(np.array([[2.5]])), forest.logits(np.array([[2.5]])))
