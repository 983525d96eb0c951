"""CatBoost as a learner, with its own log-loss: a fold's rows are shared by every treatment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from scarce.errors import ScarceError
from scarce.learners.base import Fitted
from scarce.learners.drawn_rows import drawn_rows, keeps_classes, only_weighs
from scarce.learners.rounds import grown_rounds, rounds_up_to
from scarce.learners.stored.catboost_trees import parse_catboost
from scarce.learners.stored.single_precision import in_single_precision
from scarce.learners.stored.tree_layout import flat
from scarce.learners.stored.trees import Trees

if TYPE_CHECKING:
    import catboost

    from scarce.learners.base import FloatArray, TrainingRows, Treatment, Watch
    from scarce.learners.drawn_rows import DrawnRows


_UNTIL: dict[str, Any] = {"early_stopping_rounds": 60, "use_best_model": False}


@dataclass(frozen=True)
class CatBoost:
    """Boosted symmetric trees by CatBoost, under its own log-loss with or without class weights.

    Category codes are numbers to it, as to the other learners.

    Parameters
    ----------
    name, summary : str
    depth : int
        Of a tree; each has ``2 ** depth`` leaves.
    l2 : float
        Penalty on the leaves.
    rate : float
        Learning rate.
    most_rounds : int
        Where the path ends at the latest. It is trained before the first step is shown.

    Raises
    ------
    ScarceError
        E701 without CatBoost.

    Examples
    --------
    >>> CatBoost(name="catboost:shallow", depth=4).steps[:3]
    (10.0, 12.0, 14.0)
    """

    name: str = "catboost"
    summary: str = "boosted symmetric trees of depth 6 by CatBoost"
    depth: int = 6
    l2: float = 3.0
    rate: float = 0.06
    most_rounds: int = 500

    storable: ClassVar[bool] = True
    capped: ClassVar[bool] = True

    def __post_init__(self) -> None:
        try:
            import catboost  # noqa: F401
        except ModuleNotFoundError as missing:
            raise ScarceError("E701", needs="catboost", extra="catboost") from missing

    @cached_property
    def steps(self) -> tuple[float, ...]:
        """Rounds, each about a seventh more than the last."""
        return rounds_up_to(self.most_rounds)

    def takes(self, treatment: Treatment) -> bool:
        """Whether the loss is cross-entropy, which class weights may weigh."""
        return only_weighs(treatment.loss)

    def undoes(self, treatment: Treatment) -> bool:
        """Whether the closed form holds: in small leaves it does not for drawn rows and weighted classes."""
        return keeps_classes(treatment)

    def grown(self, step: float, factor: float) -> float:
        """Return rounds in proportion to the rows, within the path's end."""
        return grown_rounds(step * factor, self.most_rounds)

    def prepare(self, rows: TrainingRows) -> CatBoostFold:
        """Take in the rows of a fold."""
        return CatBoostFold(self, rows)

    def params(self, seed: int, threads: int) -> dict[str, Any]:
        """Return what CatBoost is told."""
        return {
            "loss_function": "Logloss",
            "boost_from_average": True,
            "boosting_type": "Plain",
            "depth": self.depth,
            "l2_leaf_reg": self.l2,
            "learning_rate": self.rate,
            "random_seed": seed,
            "thread_count": threads,
            "allow_writing_files": False,
            "logging_level": "Silent",
        }


class CatBoostFold:
    """One fold's rows.

    Parameters
    ----------
    learner : CatBoost
    rows : TrainingRows
    """

    def __init__(self, learner: CatBoost, rows: TrainingRows) -> None:
        self._learner, self._rows = learner, rows
        self._params = learner.params(rows.seed, rows.threads)
        self._fit_rows = self._pooled(drawn_rows(rows))
        self._held = None
        if rows.held.size:
            self._held = _pool(rows.features[rows.held], rows.target[rows.held])

    def follow(self, treatment: Treatment, watch: Watch) -> None:
        """Train until the held rows' loss has long stopped falling, then show their outputs at each step."""
        drawn = drawn_rows(self._rows, treatment)
        model = self._train(drawn, self._learner.most_rounds, eval_set=self._held, **_UNTIL)
        grown = math.inf if model is None else model.tree_count_
        raw, done = np.full(self._rows.held.size, _base_score(model, drawn)), 0
        for step in self._learner.steps:
            if step > grown:
                return
            if model is not None:
                raw = raw + _trees_between(model, self._held, done, int(step))
            done = int(step)
            if not watch(step, raw, drawn.loss.log_odds(raw) + drawn.offset):
                return

    def fit(self, treatment: Treatment, step: float) -> Fitted:
        """Train a number of rounds."""
        drawn = drawn_rows(self._rows, treatment)
        model = self._train(drawn, int(step))
        parts = parse_catboost(model) if model else {"n_features": len(self._rows.names), **flat([])}
        return Fitted(Trees(**parts), drawn.loss, _base_score(model, drawn), drawn.offset)

    def _train(self, drawn: DrawnRows, rounds: int, **looking: Any) -> catboost.CatBoost | None:
        """Train; None where no column varies, which CatBoost refuses."""
        pool = self._fit_rows if drawn.are_all else self._pooled(drawn)
        if pool is None:
            return None
        import catboost

        weight = drawn.loss.class_weight
        weights = {} if weight is None else {"class_weights": list(map(float, weight))}
        return catboost.CatBoost({**self._params, **weights, "iterations": rounds}).fit(pool, **looking)

    def _pooled(self, drawn: DrawnRows) -> catboost.Pool | None:
        features = drawn.taken(self._rows)
        first = features[:1]
        varies = ~((features == first) | (np.isnan(features) & np.isnan(first))).all()
        return _pool(features, drawn.target, drawn.weight) if varies else None


def _pool(
    features: FloatArray, target: np.ndarray | None = None, weight: np.ndarray | None = None
) -> catboost.Pool:
    import catboost

    return catboost.Pool(in_single_precision(features), label=target, weight=weight)


def _base_score(model: catboost.CatBoost | None, drawn: DrawnRows) -> float:
    """Return the constant that CatBoost started from, or where there are no trees the loss's own."""
    if model is not None:
        return float(model.get_scale_and_bias()[1])
    return float(drawn.loss.base_score(drawn.prior))


def _trees_between(model: catboost.CatBoost, pool: catboost.Pool, done: int, rounds: int) -> FloatArray:
    """Return what the trees after the first `done` add; CatBoost adds its constant to the first one."""
    raw = model.predict(pool, prediction_type="RawFormulaVal", ntree_start=done, ntree_end=rounds)
    return raw - model.get_scale_and_bias()[1] if done == 0 else raw
