"""Learners that a simulated trial trains: each returns out-of-fold log-odds, shape (repeats, rows)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.statistics.linear import log_odds
from scarce.learners.base import PLAIN, TrainingRows
from scarce.learners.forest import Forest
from scarce.learners.lightgbm import LightGBM
from scarce.trial.paths import Trace, chosen_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.statistics.tables import BoolArray, FloatArray
    from scarce.learners.base import IndexArray, Learner

    Procedure = Callable[[FloatArray, BoolArray, IndexArray, int, bool], FloatArray]


def linear(
    features: FloatArray, positive: BoolArray, fold_of: IndexArray, seed: int, halved: bool
) -> FloatArray:
    """Penalised logistic regression; halved, each fit sees half of its rows by the seed."""
    folds = int(fold_of.max()) + 1
    weights = np.concatenate([of[:, None] != np.arange(folds) for of in fold_of], axis=1).astype(np.float64)
    if halved:
        weights *= np.random.default_rng([seed, 1]).random(weights.shape) < 0.5
    outputs = log_odds(features, positive, weights).reshape(positive.size, len(fold_of), folds)
    return np.take_along_axis(outputs, fold_of.T[:, :, None], axis=2)[:, :, 0].T


def lightgbm(
    features: FloatArray, positive: BoolArray, fold_of: IndexArray, seed: int, halved: bool
) -> FloatArray:
    """Boosted trees, small, their rounds chosen as in a trial; halved, each tree sees half of the rows."""
    big = positive.size >= 10_000
    learner = LightGBM(
        leaves=15, l2=10.0 if big else 1.0, rate=0.1, most_rounds=100, share=0.5 if halved else 0.8
    )
    return _along_paths(learner, features, positive, fold_of, seed)


def forest(
    features: FloatArray, positive: BoolArray, fold_of: IndexArray, seed: int, halved: bool
) -> FloatArray:
    """Forty extremely randomised trees, or a random forest of them."""
    return _along_paths(Forest("random" if halved else "extra", trees=40), features, positive, fold_of, seed)


def _along_paths(
    learner: Learner, features: FloatArray, positive: BoolArray, fold_of: IndexArray, seed: int
) -> FloatArray:
    """Train each fold along its path, and end it where the other folds' losses are least."""
    target = positive.astype(np.uint8)
    found = np.empty(fold_of.shape)
    for repeat, of in enumerate(fold_of):
        held = [np.flatnonzero(of == fold) for fold in range(int(of.max()) + 1)]
        traces, prepared = [], []
        for rows in held:
            training = TrainingRows(
                features=features,
                names=tuple(f"x{place}" for place in range(features.shape[1])),
                categorical=(),
                target=target,
                training_weight=None,
                offset=0.0,
                fit=np.setdiff1d(np.arange(of.size), rows),
                held=rows,
                seed=seed + repeat,
            )
            prepared.append(learner.prepare(training))
            traces.append(Trace(target[rows].astype(np.float64), np.ones(rows.size)))
            prepared[-1].follow(PLAIN, traces[-1])
        for fold, rows in enumerate(held):
            step = chosen_step(learner.steps, [one.losses for k, one in enumerate(traces) if k != fold])
            kept = traces[fold].log_odds.get(step)
            if kept is None:
                fitted = prepared[fold].fit(PLAIN, step)
                kept = fitted.log_odds(fitted.logits(features[rows]))
            found[repeat, rows] = kept
    return found


PROCEDURES: dict[str, Procedure] = {"linear": linear, "lightgbm": lightgbm, "forest": forest}
