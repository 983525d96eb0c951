"""A forest's stored trees send every row to the leaf that scikit-learn sends it to."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from scarce.errors.refusal import RefusalError
from scarce.learners.stored.forest_trees import as_float32, double_thresholds, forest_trees
from scarce.learners.stored.trees import Trees

FAMILIES = {"extra": ExtraTreesClassifier, "random": RandomForestClassifier}
PRIOR = 0.07


def table(seed: int, gaps: float) -> tuple[np.ndarray, np.ndarray]:
    """Return columns of many scales, ties and gaps, and labels that follow them."""
    rng = np.random.default_rng(seed)
    wide = rng.normal(size=400) * 10.0 ** rng.integers(-60, 60, 400)
    columns = [
        rng.normal(size=400),
        rng.integers(0, 5, 400),
        wide,
        rng.normal(size=400) * 1e-37,
        np.ones(400),
    ]
    X = np.column_stack(columns)
    y = (X[:, 0] + X[:, 1] + rng.normal(size=400) > 3.5).astype(np.uint8)
    X[rng.random(X.shape) < gaps] = np.nan
    return X, y


def grown(family: str, seed: int, gaps: float) -> tuple[ExtraTreesClassifier, np.ndarray]:
    X, y = table(seed, gaps)
    forest = FAMILIES[family](n_estimators=8, random_state=seed, min_samples_leaf=1 + seed % 3)
    weight = np.random.default_rng(seed).integers(0, 4, y.size)
    return forest.fit(as_float32(X), y, sample_weight=weight), X


def around_thresholds(forest: ExtraTreesClassifier, X: np.ndarray) -> np.ndarray:
    """Return rows whose values are thresholds, single and double, and their neighbours on both sides."""
    rng = np.random.default_rng(1)
    rows = X[rng.integers(0, len(X), 3_000)].copy()
    for member in forest.estimators_:
        tree = member.tree_
        for node in np.flatnonzero(tree.children_left >= 0)[:40]:
            column, single = tree.feature[node], np.float64(np.float32(tree.threshold[node]))
            double = double_thresholds(tree.threshold[node : node + 1])[0]
            for value in (tree.threshold[node], single, double):
                for near in (value, np.nextafter(value, -np.inf), np.nextafter(value, np.inf)):
                    rows[rng.integers(0, len(rows), 3), column] = near
    return rows


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("gaps", [0.0, 0.2], ids=["whole", "with gaps"])
@pytest.mark.parametrize("seed", range(4))
def test_stored_votes_are_the_forest_s_with_one_more_for_the_prior(
    family: str, gaps: float, seed: int
) -> None:
    forest, X = grown(family, seed, gaps)
    stored = forest_trees(forest.estimators_, X.shape[1], PRIOR)
    rows = around_thresholds(forest, X)
    share = forest.predict_proba(as_float32(rows))[:, 1]
    vote = (8 * share + PRIOR) / 9
    np.testing.assert_allclose(stored.logits(rows), np.log(vote / (1 - vote)), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(1 / (1 + np.exp(-stored.logits(rows))), vote, rtol=0, atol=1e-12)


def test_a_double_threshold_parts_the_doubles_as_rounding_to_single_does() -> None:
    rng = np.random.default_rng(0)
    single = (rng.normal(size=4_000) * 10.0 ** rng.integers(-30, 38, 4_000)).astype(np.float32)
    threshold = np.concatenate([single, rng.normal(size=4_000), [np.inf, 0.0, -0.0]]).astype(np.float64)
    limit = double_thresholds(threshold)
    for near in (limit, np.nextafter(limit, -np.inf), np.nextafter(limit, np.inf), threshold):
        x = np.where(np.abs(near) < 1e-34, 0.0, near)  # which the stored trees do themselves
        assert ((as_float32(x) <= threshold) == (x <= limit)).all()


def test_what_single_precision_cannot_hold_is_brought_within_it() -> None:
    seen = as_float32(np.array([[1e300, -np.inf, np.nan, 1e-36]]))[0]
    assert seen[0] == -seen[1] == np.float32(1e30)
    assert np.isnan(seen[2])
    assert seen[3] == 0.0


def test_a_forest_is_the_same_after_a_round_trip_through_its_parts() -> None:
    forest, X = grown("extra", 0, 0.2)
    stored = forest_trees(forest.estimators_, X.shape[1], PRIOR)
    again = Trees.from_parts(*stored.to_parts())
    assert (again.logits(X) == stored.logits(X)).all()
    assert again.averaged == PRIOR


@pytest.mark.parametrize("averaged", [0.0, 1.0, float("nan"), 1, "0.5", True])
def test_the_one_more_vote_of_a_stored_forest_is_between_0_and_1(averaged: object) -> None:
    forest, X = grown("extra", 0, 0.0)
    facts, arrays = forest_trees(forest.estimators_, X.shape[1], PRIOR).to_parts()
    with pytest.raises(RefusalError, match="between 0 and 1"):
        Trees.from_parts({**facts, "averaged": averaged}, arrays)


def test_the_leaves_of_a_stored_forest_are_shares() -> None:
    forest, X = grown("extra", 0, 0.0)
    facts, arrays = forest_trees(forest.estimators_, X.shape[1], PRIOR).to_parts()
    with pytest.raises(RefusalError, match="share"):
        Trees.from_parts(facts, {**arrays, "leaf_value": arrays["leaf_value"] * 1.5})
