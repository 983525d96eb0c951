"""Folds made up for the tests of learners, and the treatments that they are tried with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scarce.learners.base import Sampled, TrainingRows, Treatment
from scarce.losses import get


def fold(features: np.ndarray, target: np.ndarray, n_held: int = 0, **facts: object) -> TrainingRows:
    """Return a fold whose last rows are held out."""
    at = np.arange(len(features))
    usual = {"categorical": (), "training_weight": None, "offset": 0.0, "seed": 3}
    return TrainingRows(
        features=np.asarray(features, dtype=np.float64),
        names=tuple(f"c{i}" for i in range(features.shape[1])),
        target=np.asarray(target, dtype=np.uint8),
        fit=at[: at.size - n_held],
        held=at[at.size - n_held :],
        **{**usual, **facts},
    )


def logistic_rows(
    n_rows: int, seed: int, intercept: float = -3.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return three columns, labels, and the true log-odds, which are linear in the columns."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 3))
    log_odds = intercept + X @ np.array([1.0, -0.5, 0.0])
    return X, (rng.random(n_rows) < 1.0 / (1.0 + np.exp(-log_odds))).astype(np.uint8), log_odds


def mixed_fold(seed: int = 0) -> TrainingRows:
    """Return 400 rows of numbers with gaps and a category, with row weights."""
    X, y, _ = logistic_rows(400, seed, intercept=-1.5)
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, 400).astype(float)
    X = np.column_stack([X, codes])
    X[rng.random(X.shape) < 0.1] = np.nan
    weight = rng.integers(1, 4, 400).astype(float)
    return fold(X, y, 100, categorical=(3,), training_weight=weight, offset=-0.25)


@dataclass(frozen=True)
class HalfTheNegatives:
    """Keep every other negative."""

    exact: bool = True

    def draw(self, features: np.ndarray, target: np.ndarray, categorical: object, seed: int) -> Sampled:
        negatives = np.flatnonzero(target == 0)
        rows = np.sort(np.r_[negatives[seed % 2 :: 2], np.flatnonzero(target == 1)])
        return Sampled(rows, None, target[rows], float(np.log(0.5)))


@dataclass(frozen=True)
class MadeUp:
    """Shift every positive a little, beside the rows themselves."""

    exact: bool = False

    def draw(self, features: np.ndarray, target: np.ndarray, categorical: object, seed: int) -> Sampled:
        made = features[target == 1] + 0.125
        made[:, list(categorical)] = features[target == 1][:, list(categorical)]
        labels = np.r_[target, np.ones(len(made), np.uint8)]
        return Sampled(None, np.vstack([features, made]), labels, 0.0)


TREATMENTS = {
    "plain": Treatment(get("cross_entropy")),
    "weighted": Treatment(get("weighted_cross_entropy")),
    "class balanced": Treatment(get("class_balanced")),
    "focal": Treatment(get("focal")),
    "undersampled": Treatment(get("cross_entropy"), HalfTheNegatives()),
    "made up": Treatment(get("weighted_cross_entropy"), MadeUp()),
}
