from __future__ import annotations

from dataclasses import dataclass

import lightgbm
import numpy as np
import pytest


@dataclass(frozen=True)
class Trained:
    """A booster with every kind of split, and awkward rows to ask it about."""

    booster: lightgbm.Booster
    rows: np.ndarray


def features(n_rows: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    gaps = np.where(rng.random(n_rows) < 0.2, np.nan, rng.normal(size=n_rows))
    zeros = np.where(rng.random(n_rows) < 0.5, 0.0, rng.exponential(size=n_rows) * 1e250)
    many = np.where(rng.random(n_rows) < 0.05, np.nan, rng.integers(0, 70, n_rows))
    few = rng.integers(0, 4, n_rows)
    tiny = rng.normal(size=n_rows) * 1e-30
    return np.column_stack([rng.normal(size=n_rows), gaps, many, zeros, few, tiny])


def target(X: np.ndarray, seed: int) -> np.ndarray:
    score = X[:, 0] + 2.0 * (X[:, 2] % 7 == 3) + (X[:, 3] == 0) + np.isnan(X[:, 1]) + (X[:, 5] > 1e-30) - 3.0
    return (np.random.default_rng(seed).random(len(X)) < 1.0 / (1.0 + np.exp(-score))).astype(float)


def awkward(X: np.ndarray, seed: int) -> np.ndarray:
    """Return rows with values no training row had: huge, tiny, infinite, missing, unseen codes."""
    rng = np.random.default_rng(seed)
    scattered = rng.normal(size=X.shape) * 10.0 ** rng.integers(-320, 308, X.shape)
    rows = np.where(rng.random(X.shape) < 0.3, scattered, X)
    for value in (np.nan, 0.0, -0.0, np.inf, -np.inf, 1e-35, -1e-36, 2.0**31, -1.0, 5e-324):
        rows[rng.random(X.shape) < 0.02] = value
    return rows


def logistic(raw: np.ndarray, data: lightgbm.Dataset) -> tuple[np.ndarray, np.ndarray]:
    posterior = 1.0 / (1.0 + np.exp(-raw))
    return posterior - data.get_label(), posterior * (1.0 - posterior)


SETTINGS = {
    "objective": logistic,
    "num_leaves": 15,
    "verbose": -1,
    "num_threads": 1,
    "max_delta_step": 2.0,
    "min_data_per_group": 5,
    "cat_smooth": 1.0,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "seed": 3,
}


def train(settings: dict[str, object], rounds: int = 40) -> Trained:
    X = features(3_000, seed=1)
    data = lightgbm.Dataset(X, target(X, seed=2), categorical_feature=[2, 4], params={"verbose": -1})
    booster = lightgbm.train({**SETTINGS, **settings}, data, rounds)
    return Trained(booster, awkward(features(5_000, seed=4), seed=5))


KINDS = {
    "custom": {},
    "built-in": {"objective": "binary"},
    "zero as missing": {"zero_as_missing": True},
    "no missing": {"use_missing": False},
    "one-hot categories": {"max_cat_to_onehot": 100},
    "extra trees": {"extra_trees": True},
    "dart": {"boosting": "dart", "bagging_freq": 0},
    "goss": {"data_sample_strategy": "goss", "bagging_freq": 0},
    "stumps of one leaf": {"min_gain_to_split": 1e9},
    "deep": {"num_leaves": 200, "min_child_samples": 1},
}


@pytest.fixture(scope="session")
def trained() -> Trained:
    return train({})


@pytest.fixture(scope="session", params=list(KINDS.values()), ids=list(KINDS))
def trained_of_each_kind(request: pytest.FixtureRequest) -> Trained:
    return train(request.param, rounds=20)
