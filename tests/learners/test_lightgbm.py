"""LightGBM as a learner: one training leaves nothing behind for the next, and every pair of columns meets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from scarce.evaluation import average_precision
from scarce.learners.base import TrainingRows, Treatment
from scarce.learners.lightgbm import LightGBM
from scarce.losses import SigmoidLoss, get
from scarce.resampling import UnderSampler

PLAIN = Treatment(SigmoidLoss())
TREATMENTS = {
    "plain": PLAIN,
    "weighted": Treatment(get("weighted_cross_entropy")),
    "focal": Treatment(get("focal")),
    "undersampled": Treatment(get("focal"), UnderSampler(ratio=5.0)),
}
LEARNER = LightGBM(most_rounds=14)


def rows(features: np.ndarray, target: np.ndarray, seed: int = 1, held: int = 0) -> TrainingRows:
    everything = np.arange(target.size)
    return TrainingRows(
        features=features,
        names=tuple(f"x{place}" for place in range(features.shape[1])),
        categorical=(),
        target=target.astype(np.uint8),
        training_weight=None,
        offset=0.0,
        fit=everything[: target.size - held],
        held=everything[target.size - held :],
        seed=seed,
    )


def few(held: int = 0) -> TrainingRows:
    """Return a fold of 600 rows, 1 in 20 positive."""
    target = np.arange(600) % 20 == 0
    features = np.random.default_rng(0).normal(size=(600, 3)) + target[:, None]
    return rows(features, target, held=held)


def followed(fold: object, treatment: Treatment) -> list[tuple[float, bytes, bytes]]:
    """Return every step with what the held rows saw there."""
    seen = []

    def watch(step: float, logits: np.ndarray, log_odds: np.ndarray) -> bool:
        seen.append((step, logits.tobytes(), log_odds.tobytes()))
        return True

    fold.follow(treatment, watch)
    return seen


def test_a_treatment_is_the_same_whatever_is_trained_before_it_or_beside_it() -> None:
    alone = {name: followed(LEARNER.prepare(few(100)), one) for name, one in TREATMENTS.items()}
    shared = LEARNER.prepare(few(100))
    assert {name: followed(shared, one) for name, one in TREATMENTS.items()} == alone
    with ThreadPoolExecutor(4) as pool:
        beside = pool.map(lambda one: followed(shared, one), [*TREATMENTS.values()] * 3)
        assert list(beside) == [*alone.values()] * 3


@pytest.mark.parametrize("treatment", TREATMENTS.values(), ids=list(TREATMENTS))
def test_a_path_shows_what_a_fit_to_its_step_says(treatment: Treatment) -> None:
    data = few(100)
    fold = LEARNER.prepare(data)
    for step, logits, log_odds in followed(fold, treatment):
        fitted = fold.fit(treatment, step)
        said = fitted.logits(data.features[data.held])
        np.testing.assert_allclose(said, np.frombuffer(logits), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(fitted.log_odds(said), np.frombuffer(log_odds), rtol=1e-12, atol=1e-12)


def test_a_path_ends_where_the_watch_has_seen_enough() -> None:
    steps = []
    LEARNER.prepare(few(100)).follow(PLAIN, lambda step, *_: steps.append(step) or len(steps) < 2)
    assert steps == [10.0, 12.0]


FACTORS = {2: (4000, 1.2), 3: (8000, 1.2), 4: (16000, 1.5)}
"""How many columns are multiplied: rows, and what the product exceeds."""


@pytest.mark.parametrize("columns", FACTORS)
def test_no_seed_and_no_order_of_columns_hides_an_interaction(columns: int) -> None:
    """The scores of all orders and seeds lie close together: no draw decides what can be learnt."""
    n_rows, beyond = FACTORS[columns]
    x = np.random.default_rng(columns).normal(size=(2 * n_rows, columns + 1))
    y = x[:, 1:].prod(axis=1) > beyond
    orders = list(permutations(range(columns + 1)))
    learner = LightGBM(rate=0.2, most_rounds=60)
    found = []
    for seed in range(10):
        order = orders[(seed * 7) % len(orders)]
        data = rows(x[:, order], y, seed, held=n_rows)
        said = learner.prepare(data).fit(PLAIN, 60).logits(data.features[data.held])
        found.append(average_precision(y[n_rows:], said))
    assert min(found) > 0.9 * max(found)


@pytest.mark.parametrize("n_rows", [5_000, 50_000])
def test_the_path_is_as_long_on_every_table(n_rows: int) -> None:
    """Longer steps are fewer."""
    learner = LightGBM.for_rows(n_rows, 301)
    assert learner.rate * learner.most_rounds == pytest.approx(0.05 * 301, rel=0.01)


def test_the_number_of_threads_changes_no_byte() -> None:
    """One thread sums by rows and several by columns."""
    fold = few()
    one, two = (LEARNER.prepare(replace(fold, threads=threads)).fit(PLAIN, 14) for threads in (1, 2))
    assert one.logits(fold.features).tobytes() == two.logits(fold.features).tobytes()
