"""LightGBM as a learner: the bins of a fold are built once, and every treatment trains on them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.boosting.objective import BinaryObjective, class_counts
from scarce.learners.base import Fitted
from scarce.learners.rounds import rounds_up_to
from scarce.learners.stored.trees import Trees

if TYPE_CHECKING:
    import lightgbm
    import numpy.typing as npt

    from scarce.learners.base import FloatArray, TrainingRows, Treatment, Watch

_ZERO = 1e-35  # what LightGBM takes for 0

_REPEATABLE: dict[str, Any] = {
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
    "feature_pre_filter": False,  # or a fold of few rows, where no leaf is large enough, is a crash
}


@dataclass(frozen=True)
class LightGBM:
    """Boosted trees by LightGBM, under any binary loss.

    Columns are not drawn for each tree: of few columns some would never meet in one, and what they say
    together could not be learnt.

    Parameters
    ----------
    name, summary : str
    leaves : int
        Of a tree, at most.
    l2 : float
        Penalty on the leaves.
    rate : float
        Learning rate.
    least_rows : int
        Of a leaf.
    share : float
        Of the rows that each tree is grown from.
    most_rounds : int
        Where the path ends.
    """

    name: str = "lightgbm"
    summary: str = "boosted trees of 31 leaves, heavily regularised"
    leaves: int = 31
    l2: float = 3.0
    rate: float = 0.1
    least_rows: int = 20
    share: float = 0.8
    most_rounds: int = 600

    @cached_property
    def steps(self) -> tuple[float, ...]:
        """Rounds, each about a seventh more than the last."""
        return rounds_up_to(self.most_rounds)

    def takes(self, treatment: Treatment) -> bool:
        """It takes every treatment."""
        return True

    def undoes(self, treatment: Treatment) -> bool:
        """Whether the closed form holds: a loss's does, and so does that of rows drawn by their label."""
        return treatment.sampling is None or treatment.sampling.exact

    def grown(self, step: float, factor: float) -> float:
        """Return rounds in proportion to the rows, within the path's end."""
        return float(max(1, min(self.most_rounds, int(np.ceil(step * factor)))))

    def prepare(self, rows: TrainingRows) -> LightGBMFold:
        """Bin the rows of a fold."""
        return LightGBMFold(self, rows)

    def params(self, seed: int, threads: int) -> dict[str, Any]:
        """Return what LightGBM is told."""
        return {
            **_REPEATABLE,
            "num_leaves": self.leaves,
            "learning_rate": self.rate,
            "lambda_l2": self.l2,
            "min_child_samples": self.least_rows,
            "bagging_fraction": self.share,
            "bagging_freq": 1 if self.share < 1.0 else 0,
            "seed": seed,
            "num_threads": threads,
        }


class LightGBMFold:
    """One fold's rows, binned once.

    Parameters
    ----------
    learner : LightGBM
    rows : TrainingRows
    """

    def __init__(self, learner: LightGBM, rows: TrainingRows) -> None:
        self._learner, self._rows = learner, rows
        self._params = learner.params(rows.seed, rows.threads)
        self._lock = threading.Lock()
        self._bins = self._binned(rows.features[rows.fit], rows.target[rows.fit])
        self._held = None
        if rows.held.size:
            self._held = self._binned(rows.features[rows.held], rows.target[rows.held], self._bins)

    def follow(self, treatment: Treatment, watch: Watch) -> None:
        """Train round by round and show the held rows' outputs at each step."""
        run = _Run(self, treatment)
        run.train(int(self._learner.steps[-1]), self._held, frozenset(self._learner.steps), watch)

    def fit(self, treatment: Treatment, step: float) -> Fitted:
        """Train a number of rounds."""
        run = _Run(self, treatment)
        booster = run.train(int(step))
        return Fitted(Trees.from_booster(booster), run.goal.loss, run.start, run.offset)

    def _binned(
        self, features: FloatArray, target: npt.NDArray[np.uint8], like: lightgbm.Dataset | None = None
    ) -> lightgbm.Dataset:
        import lightgbm

        if like is None and (np.abs(features) <= _ZERO).all():
            features = features + 1.0  # as constant as before, but LightGBM refuses a table of zeros
        return lightgbm.Dataset(
            features,
            label=target,
            reference=like,
            feature_name=[f"f{i}" for i in range(len(self._rows.names))],
            categorical_feature=list(self._rows.categorical),
            params=self._params,
            free_raw_data=False,
        ).construct()


class _Run:
    """One training on a fold's bins, which it leaves as they are: others train on them at the same time."""

    def __init__(self, fold: LightGBMFold, treatment: Treatment) -> None:
        rows = fold._rows
        target = rows.target[rows.fit]
        weight = None if rows.training_weight is None else rows.training_weight[rows.fit]
        self.offset = rows.offset
        self.bins = fold._bins
        if treatment.sampling is not None:
            drawn = treatment.sampling.draw(rows.features[rows.fit], target, rows.categorical, rows.seed)
            self.offset += drawn.offset
            target = drawn.target
            if drawn.rows is None:
                self.bins = fold._binned(drawn.features, target)
                weight = None
            else:
                weight = None if weight is None else weight[drawn.rows]
                self.bins = fold._bins.subset(drawn.rows).construct()
        if weight is not None:
            weight = (weight / weight.mean()).astype(np.float32)  # their unit must not decide the penalty
        self._target, self._weight = target.astype(np.float32), weight
        counts = class_counts(self._target, weight)
        self.goal = BinaryObjective(
            treatment.loss.resolve(treatment.loss.class_counts or counts), threads=rows.threads
        )
        self.start = self.goal.base_score(counts[1] / sum(counts))
        self._params = fold._params

    def train(
        self,
        rounds: int,
        held: lightgbm.Dataset | None = None,
        shown: frozenset[float] = frozenset(),
        watch: Watch | None = None,
    ) -> lightgbm.Booster:
        """Train, and show the held rows' outputs after the rounds named until the watch has seen enough."""
        import lightgbm
        from lightgbm.callback import CallbackEnv, EarlyStopException

        raw, gradient, hessian = (np.empty(self._target.size, kind) for kind in ("f8", "f4", "f4"))
        done, go_on = 0, True

        def objective(trees: FloatArray, _: lightgbm.Dataset) -> tuple[Any, Any]:
            np.add(trees, self.start, out=raw)
            return self.goal.gradient_hessian(raw, self._target, self._weight, out=(gradient, hessian))

        def look(trees: FloatArray, _: lightgbm.Dataset) -> tuple[str, float, bool]:
            nonlocal done, go_on
            done += 1
            if watch is not None and done in shown:
                logits = trees + self.start
                go_on = watch(float(done), logits, self.goal.loss.log_odds(logits) + self.offset)
            return "", 0.0, False

        def stop(env: CallbackEnv) -> None:
            if not go_on:
                raise EarlyStopException(env.iteration, [])

        looking = {} if watch is None else {"valid_sets": [held], "feval": look, "callbacks": [stop]}
        params = {"max_delta_step": self.goal.step_cap, "objective": objective, "metric": "none"}
        return lightgbm.train({**self._params, **params}, self.bins, num_boost_round=rounds, **looking)
