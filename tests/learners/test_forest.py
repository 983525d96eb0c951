"""Forests vote as said, at any size of table."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import average_precision_score
from tests.learners.simulated import TREATMENTS, fold, logistic_rows

from scarce.learners import forest as forests
from scarce.learners.base import PLAIN
from scarce.learners.forest import Forest, Size
from scarce.trial.population import Population


@pytest.mark.parametrize("kind", ["extra", "random"])
def test_no_row_is_certain_and_each_vote_is_a_share_of_the_trees(kind: str) -> None:
    X, y, _ = logistic_rows(500, seed=1)
    data = fold(X, y)
    fitted = Forest(kind, trees=10).prepare(data).fit(TREATMENTS["plain"], 1.0)
    vote = expit(fitted.log_odds(fitted.logits(X)))
    assert 0.0 < vote.min() == pytest.approx(y.mean() / 11.0)
    assert vote.max() <= (10.0 + y.mean()) / 11.0 + 1e-12
    assert average_precision_score(y, vote) > 0.9  # grown whole, they know the rows they were grown on


def test_votes_speak_of_the_population_by_the_offset() -> None:
    X, y, _ = logistic_rows(300, seed=2)
    here, there = (Forest(trees=5).prepare(fold(X, y, offset=at)) for at in (0.0, -1.5))
    first, second = (one.fit(TREATMENTS["plain"], 1.0) for one in (here, there))
    logits = first.logits(X)
    assert (second.logits(X) == logits).all()
    np.testing.assert_allclose(second.log_odds(logits), first.log_odds(logits) - 1.5)


@pytest.mark.parametrize("place", [(0, 1), (0, 2), (1, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_a_product_of_two_columns_among_three_is_found_in_any_order(
    place: tuple[int, int], seed: int
) -> None:
    X = np.random.default_rng(seed).normal(size=(2_400, 3))
    y = (X[:, place[0]] * X[:, place[1]] > 1.2).astype(np.uint8)
    data = fold(X, y, 800, seed=seed)
    fitted = Forest(trees=60).prepare(data).fit(TREATMENTS["plain"], 1.0)
    assert average_precision_score(y[data.held], fitted.logits(X[data.held])) > 0.85


def test_a_forest_of_too_many_leaves_has_fewer_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y, _ = logistic_rows(600, seed=3, intercept=0.0)
    data = fold(X, y)
    whole = Forest(trees=60).prepare(data).fit(TREATMENTS["plain"], 1.0).stored
    monkeypatch.setattr(forests, "MOST_LEAVES", whole.leaf_value.size // 4)
    fewer = Forest(trees=60).prepare(data).fit(TREATMENTS["plain"], 1.0).stored
    assert 5 < fewer.n_trees < 20
    assert fewer.leaf_value.size <= whole.leaf_value.size // 4
    assert (fewer.leaf_value == whole.leaf_value[: fewer.leaf_value.size]).all()


def test_rows_are_drawn_for_each_tree_where_there_are_very_many(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y, _ = logistic_rows(600, seed=4, intercept=0.0)
    monkeypatch.setattr(Size, "for_rows", lambda *_, **__: Size(5, 3, 100))
    stored = Forest().prepare(fold(X, y)).fit(TREATMENTS["plain"], 1.0).stored
    assert stored.n_trees == 5
    assert stored.leaf_count.min() >= 1
    assert stored.leaf_value.size < 5 * 100 / 3


def test_a_stored_forest_fits_in_50_megabytes() -> None:
    X, y, _ = logistic_rows(300, seed=5)
    stored = Forest(trees=4).prepare(fold(X, y)).fit(TREATMENTS["plain"], 1.0).stored
    _, arrays = stored.to_parts()
    a_leaf = sum(array.nbytes for array in arrays.values()) / stored.leaf_value.size
    assert a_leaf * forests.MOST_LEAVES < 50e6


def test_a_forest_is_calibrated_where_weights_vary_within_a_class() -> None:
    """Leaves of one row take no notice of a class's mean weight: it must come back as an offset."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30_000, 3))
    y = rng.random(30_000) < expit(-4.0 + 1.2 * X[:, 0])
    kept_share = np.where(y, 1.0, np.where(X[:, 2] > 0.0, 0.05, 0.1))
    kept = rng.random(30_000) < kept_share
    target = y[kept].astype(np.uint8)
    population = Population.of(target, 1.0 / kept_share[kept], None)
    rows = fold(X[kept], target, training_weight=population.training_weight, offset=population.offset)
    fitted = Forest(trees=60).prepare(rows).fit(PLAIN, 1.0)
    new = rng.normal(size=(5_000, 3))
    said = expit(fitted.log_odds(fitted.logits(new))).mean()
    truth = expit(-4.0 + 1.2 * new[:, 0]).mean()
    assert 0.5 < said / truth < 2.0  # the rest is the line's; undone by the trees alone it was 8
