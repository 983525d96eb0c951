"""LightGBM as a learner: the bins of a fold are built once, and every treatment trains on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.boosting.lightgbm import METRIC, objective, starting_at
from scarce.kernels.cpu import BinaryPass

if TYPE_CHECKING:
    import lightgbm
    import numpy.typing as npt

    from scarce.learners.base import Sampling
    from scarce.learners.old_base import Budget, FloatArray, TrainingRows
    from scarce.losses.sigmoid import SigmoidLoss

REGULARISED: dict[str, Any] = {
    "num_leaves": 31,
    "learning_rate": 0.05,
    "lambda_l2": 10.0,
    "min_child_samples": 20,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "feature_fraction": 0.8,
}
"""The control's regularisation, the same for every arm."""

_ZERO = 1e-35  # what LightGBM takes for 0

_REPEATABLE: dict[str, Any] = {
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
    "feature_pre_filter": False,  # or a fold of few rows, where no leaf is large enough, is a crash
}


@dataclass(frozen=True)
class BoostedFit:
    """Trees trained under one loss, with the constant they start from.

    Attributes
    ----------
    booster : lightgbm.Booster
        The trees; without the base score.
    base_score : float
        The constant raw output that they correct.
    loss : SigmoidLoss
        Resolved to the training rows' class counts.
    offset : float
        Added to the loss's log-odds: undersampling and case-control sampling undone.
    iterations : int
        Rounds kept.
    """

    booster: lightgbm.Booster
    base_score: float
    loss: SigmoidLoss
    offset: float
    iterations: int

    def raw(self, features: FloatArray) -> FloatArray:
        """Return base score plus trees."""
        trees = self.booster.predict(features, raw_score=True, num_iteration=self.iterations)
        return self.base_score + np.asarray(trees, dtype=np.float64)

    def recover(self, raw: FloatArray) -> FloatArray:
        """Return the population's log-odds."""
        return self.loss.log_odds(raw) + self.offset


class BoostedFold:
    """One fold's rows, binned once.

    Parameters
    ----------
    rows : TrainingRows
        The fold.
    """

    def __init__(self, rows: TrainingRows) -> None:
        import lightgbm

        self._rows = rows
        self._settings = {**REGULARISED, **_REPEATABLE, "seed": rows.seed}
        features = rows.features[rows.fit]
        if (np.abs(features) <= _ZERO).all():
            features = features + 1.0  # as constant as before, but LightGBM refuses a table of zeros
        self._features = features
        self._fit = lightgbm.Dataset(
            features,
            label=rows.target[rows.fit],
            feature_name=[f"f{i}" for i in range(len(rows.names))],
            categorical_feature=list(rows.categorical),
            params=self._settings,
            free_raw_data=False,
        ).construct()
        self._valid = None
        if rows.valid.size:
            self._valid = lightgbm.Dataset(
                rows.features[rows.valid],
                label=rows.target[rows.valid],
                reference=self._fit,
                params=self._settings,
                free_raw_data=False,
            ).construct()

    def fit(self, loss: SigmoidLoss, sampling: Sampling | None, budget: Budget) -> BoostedFit:
        """Train one treatment with early stopping on the recovered log-loss of the validation rows."""
        import lightgbm

        rows = self._rows
        train, target, weight, undo = self._drawn(sampling)
        goal = objective(loss, target, weight)
        start = goal.base_score()
        train.set_label(target)
        train.set_weight(weight)
        offset = rows.offset + undo
        settings = {"max_delta_step": goal.rows.step_cap, "objective": goal, "metric": "none"}
        watched = () if self._valid is None else (self._valid,)
        with starting_at(start, train, *watched):
            booster = lightgbm.train(
                {**self._settings, **settings},
                train,
                num_boost_round=budget.rounds,
                **self._watch(goal.rows.loss, offset, budget.patience),
            )
        iterations = booster.best_iteration if booster.best_iteration > 0 else booster.current_iteration()
        return BoostedFit(booster, start, goal.rows.loss, offset, iterations)

    def _watch(self, loss: SigmoidLoss, offset: float, patience: int) -> dict[str, Any]:
        """Return what makes LightGBM stop early; nothing where there are no validation rows."""
        import lightgbm

        rows = self._rows
        if self._valid is None:
            return {}
        target = rows.target[rows.valid].astype(np.float32)
        weight = None if rows.weight is None else _relative(rows.weight[rows.valid]).astype(np.float32)
        total = float(target.size if weight is None else weight.sum(dtype=np.float64))
        measured = BinaryPass(loss, offset=offset)

        def recovered_log_loss(raw: FloatArray, _: lightgbm.Dataset) -> tuple[str, float, bool]:
            return METRIC, measured.log_loss(raw, target, weight) / total, False

        return {
            "valid_sets": [self._valid],
            "feval": recovered_log_loss,
            "callbacks": [lightgbm.early_stopping(patience, verbose=False)],
        }

    def _drawn(
        self, sampling: Sampling | None
    ) -> tuple[lightgbm.Dataset, npt.NDArray[np.uint8], FloatArray | None, float]:
        """Return the rows to train on in the fold's bins, their labels, weights, and what undoes the draw."""
        import lightgbm

        rows = self._rows
        target = rows.target[rows.fit]
        weight = None if rows.training_weight is None else rows.training_weight[rows.fit]
        if sampling is None:
            return self._fit, target, None if weight is None else _relative(weight), 0.0
        drawn = sampling.draw(self._features, target, rows.categorical, rows.seed)
        if drawn.rows is None:
            made = lightgbm.Dataset(
                drawn.features, reference=self._fit, params=self._settings, free_raw_data=False
            )
            return made.construct(), drawn.target, None, drawn.offset
        weight = None if weight is None else _relative(weight[drawn.rows])
        return self._fit.subset(drawn.rows).construct(), drawn.target, weight, drawn.offset


def _relative(weight: FloatArray) -> FloatArray:
    """Return weights with mean 1: their unit must not decide how strongly the trees are regularised."""
    return weight / weight.mean()
