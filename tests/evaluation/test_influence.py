"""A row's influence is what its weight does to the figure: held against differences of the figure itself."""

from __future__ import annotations

import numpy as np
import pytest

from scarce.evaluation import average_precision, influence_on_average_precision, influence_on_mean

RNG = np.random.default_rng(0)
N = 60
TARGET = (np.arange(N) % 5 == 0).astype(np.uint8)
SCORES = {
    "all different": RNG.normal(TARGET * 1.0),
    "many equal": np.round(RNG.normal(TARGET * 1.0)),
    "all equal": np.zeros(N),
    "perfect": TARGET * 1.0,
    "upside down": -TARGET * 1.0,
}
WEIGHTS = {"unweighted": None, "weighted": RNG.uniform(0.5, 3.0, N)}
STEP = 1e-6


@pytest.mark.parametrize("weight", WEIGHTS.values(), ids=WEIGHTS.keys())
@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES.keys())
def test_the_influence_on_average_precision_is_its_slope_in_the_weight(score, weight):
    base = np.ones(N) if weight is None else weight
    found = influence_on_average_precision(TARGET, score, weight)
    for row in range(N):
        more, less = base.copy(), base.copy()
        more[row] *= 1.0 + STEP
        less[row] *= 1.0 - STEP
        slope = (average_precision(TARGET, score, more) - average_precision(TARGET, score, less)) / (2 * STEP)
        assert found[row] == pytest.approx(slope, abs=1e-8)


def test_the_influence_on_a_mean_is_its_slope_in_the_weight():
    values, weight = RNG.normal(size=N), WEIGHTS["weighted"]
    found = influence_on_mean(values, weight)
    for row in range(N):
        more = weight.copy()
        more[row] *= 1.0 + STEP
        slope = (np.average(values, weights=more) - np.average(values, weights=weight)) / STEP
        assert found[row] == pytest.approx(slope, abs=1e-6)


def test_folds_are_ranked_apart_and_one_without_positives_says_nothing():
    fold = np.arange(N) // 20
    target = np.where(fold == 2, 0, TARGET)
    found = influence_on_average_precision(target, SCORES["all different"], part=fold)
    for one in (0, 1):
        rows = fold == one
        alone = influence_on_average_precision(target[rows], SCORES["all different"][rows])
        np.testing.assert_allclose(found[rows], alone / 2)
    assert not found[fold == 2].any()


def test_the_squares_of_the_influences_give_the_spread_over_samples():
    """Average precision of many samples of one population spreads as one sample's influences say."""
    rng, values, said = np.random.default_rng(1), [], []
    for _ in range(400):
        target = rng.random(2_000) < 0.1
        score = rng.normal(1.5 * target)
        values.append(average_precision(target, score))
        said.append(np.sqrt((influence_on_average_precision(target, score) ** 2).sum()))
    assert np.mean(said) == pytest.approx(np.std(values), rel=0.1)
