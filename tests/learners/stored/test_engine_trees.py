"""XGBoost's and CatBoost's trees decide as the engine does, for every double."""

from __future__ import annotations

import numpy as np
import pytest
from tests.learners.stored.conftest import awkward, features, target

from scarce.errors.refusal import RefusalError
from scarce.learners.stored.catboost_trees import parse_catboost
from scarce.learners.stored.single_precision import in_single_precision, last_below, last_up_to
from scarce.learners.stored.trees import Trees
from scarce.learners.stored.xgboost_trees import parse_xgboost

catboost = pytest.importorskip("catboost", reason="CatBoost is not installed: pip install 'scarce[catboost]'")
xgboost = pytest.importorskip("xgboost", reason="XGBoost is not installed: pip install 'scarce[xgboost]'")

SEEDS = range(4)


def bounds(seed):
    """Return single-precision numbers of every size, with neighbours of powers of two and subnormal ones."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2**32, 2_000, dtype=np.uint32).view(np.float32)
    powers = np.float32(2.0) ** np.arange(-149, 128, dtype=np.float32)
    bits = bits[np.isfinite(bits)]
    some = np.concatenate([bits, powers, -powers, np.nextafter(powers, np.float32(0)), [0.0, -0.0]])
    return some[some > np.finfo(np.float32).min].astype(np.float32)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cut_is_the_last_double_below_the_bound(seed):
    bound = bounds(seed)
    cut = last_below(bound)
    assert (in_range(cut) < bound).all()
    assert (in_range(np.nextafter(cut, np.inf)) >= bound).all()
    assert np.array_equal(last_up_to(np.nextafter(bound, np.float32(-np.inf))), cut)


def in_range(numbers):
    last = float(np.finfo(np.float32).max)
    return np.clip(numbers, -last, last).astype(np.float32)


def test_every_row_is_up_to_the_last_number():
    assert last_below(np.float32(np.inf)) == last_up_to(np.finfo(np.float32).max) == np.inf


def at_the_cuts(trees, X):
    """Return rows whose values are the trees' own cuts and the doubles on either side of them."""
    rows = np.repeat(X[:1], 3 * trees.threshold.size, axis=0)
    for place, (cut, feature) in enumerate(zip(trees.threshold, trees.split_feature, strict=True)):
        for side, value in enumerate((np.nextafter(cut, -np.inf), cut, np.nextafter(cut, np.inf))):
            rows[3 * place + side, feature] = value
    return rows


def asked(trees, X, seed):
    return np.concatenate([awkward(X, seed), at_the_cuts(trees, X)[:6_000]])


def close(ours, theirs, leaves):
    """Sums in single precision differ by its rounding, and a wrong turn by much more."""
    assert np.abs(ours - theirs).max() < 3e-7 * np.abs(leaves).max() * 64


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "settings", [{}, {"grow_policy": "lossguide", "max_leaves": 20}, {"tree_method": "exact"}]
)
def test_xgboosts_raw_score_is_that_of_the_stored_trees(settings, seed):
    X = features(1_500, seed)
    matrix = xgboost.DMatrix(in_single_precision(X), target(X, seed), nthread=1)
    params = {"base_score": 0.0, "max_depth": 6, "min_child_weight": 1e-3, "nthread": 1, "gamma": 0.1}
    booster = xgboost.train({**params, **settings}, matrix, 15)
    for rounds in (15, 4):
        trees = Trees(**parse_xgboost(booster, rounds))
        assert trees.n_trees == rounds
        rows = asked(trees, X, seed)
        single = xgboost.DMatrix(in_single_precision(rows), nthread=1)
        theirs = booster.predict(single, output_margin=True, iteration_range=(0, rounds))
        close(trees.logits(rows), theirs, trees.leaf_value)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("nan_mode", ["Min", "Max"])
def test_catboosts_raw_score_is_that_of_the_stored_trees(nan_mode, seed):
    X = np.column_stack([features(1_500, seed), np.ones(1_500)])  # a column that cannot split
    options = {"iterations": 15, "depth": 5, "boost_from_average": True, "thread_count": 1, "silent": True}
    model = catboost.CatBoost(
        {**options, "loss_function": "Logloss", "nan_mode": nan_mode, "allow_writing_files": False}
    ).fit(in_single_precision(X), target(X, seed))
    trees = Trees(**parse_catboost(model))
    assert (trees.n_features, trees.n_trees) == (7, 15)
    rows = asked(trees, X, seed)
    seen_missing = np.isnan(X).any(axis=0)
    rows = np.where(np.isnan(rows) & ~seen_missing, 0.0, rows)
    theirs = model.predict(in_single_precision(rows), prediction_type="RawFormulaVal")
    base_score = model.get_scale_and_bias()[1]
    assert np.abs(base_score + trees.logits(rows) - theirs).max() < 1e-12


def test_a_column_without_gaps_in_training_takes_them_as_catboost_does():
    X = features(1_500, 0)[:, [0, 4]]
    model = catboost.CatBoost(
        {"iterations": 10, "loss_function": "Logloss", "silent": True, "allow_writing_files": False}
    )
    model.fit(in_single_precision(X), (X[:, 0] > 0.3).astype(int))
    rows = np.array([[np.nan, 1.0], [0.5, np.nan], [np.nan, np.nan]])
    ours = model.get_scale_and_bias()[1] + Trees(**parse_catboost(model)).logits(rows)
    assert ours == pytest.approx(model.predict(rows, prediction_type="RawFormulaVal"), rel=1e-12)


def test_other_boosters_are_refused():
    X = features(300, 0)
    matrix = xgboost.DMatrix(in_single_precision(X), target(X, 0))
    several = {"objective": "multi:softprob", "num_class": 3, "base_score": 0.0}
    for params in (
        {"base_score": 0.5},
        {"base_score": 0.0, "num_parallel_tree": 2},
        {"booster": "gblinear"},
        several,
    ):
        with pytest.raises(RefusalError):
            parse_xgboost(xgboost.train(params, matrix, 2), 2)
    options = {"iterations": 2, "loss_function": "Logloss", "silent": True, "allow_writing_files": False}
    lopsided = catboost.CatBoost({**options, "grow_policy": "Lossguide"}).fit(
        in_single_precision(X), target(X, 0)
    )
    with pytest.raises(RefusalError):
        parse_catboost(lopsided)
