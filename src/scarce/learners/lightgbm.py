"""LightGBM as a learner: the bins of a fold are built once, and every treatment trains on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from scarce.learners.base import Fitted
from scarce.learners.drawn_rows import drawn_rows, keeps_classes
from scarce.learners.rounds import grown_rounds, rounds_up_to
from scarce.learners.stored.single_precision import TAKEN_FOR_ZERO
from scarce.learners.stored.trees import Trees

if TYPE_CHECKING:
    import lightgbm

    from scarce.boosting.booster import RareBooster
    from scarce.learners.base import FloatArray, TrainingRows, Treatment, Watch
    from scarce.learners.drawn_rows import DrawnRows

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
        Learning rate; twice that from tables of 10,000 rows on, where it costs nothing but time. A fold and
        the whole table must have the same, for rounds chosen on the one are used on the other.
    least_rows : int
        Of a leaf.
    share : float
        Of the rows that each tree is grown from.
    most_rounds : int
        Where the path ends.

    Examples
    --------
    >>> LightGBM(name="lightgbm:small", leaves=7).steps[:3]
    (10.0, 12.0, 14.0)
    """

    name: str = "lightgbm"
    summary: str = "boosted trees of 31 leaves by LightGBM, regularised"
    leaves: int = 31
    l2: float = 1.0
    rate: float = 0.05
    least_rows: int = 20
    share: float = 0.8
    most_rounds: int = 400

    storable: ClassVar[bool] = True

    @cached_property
    def steps(self) -> tuple[float, ...]:
        """Rounds, each about a seventh more than the last."""
        return rounds_up_to(self.most_rounds)

    def takes(self, treatment: Treatment) -> bool:
        """Whether it can train so: it takes every treatment."""
        return True

    def undoes(self, treatment: Treatment) -> bool:
        """Whether the closed form holds: in small leaves it does not for drawn rows and weighted classes."""
        return keeps_classes(treatment)

    def grown(self, step: float, factor: float) -> float:
        """Return rounds in proportion to the rows, within the path's end."""
        return grown_rounds(step * factor, self.most_rounds)

    def prepare(self, rows: TrainingRows) -> LightGBMFold:
        """Bin the rows of a fold."""
        return LightGBMFold(self, rows)

    def params(self, rows: TrainingRows) -> dict[str, Any]:
        """Return what LightGBM is told."""
        return {
            **_REPEATABLE,
            "num_leaves": self.leaves,
            "learning_rate": self.rate * (2.0 if rows.target.size >= 10_000 else 1.0),  # on every fold alike
            "lambda_l2": self.l2,
            "min_child_samples": self.least_rows,
            "bagging_fraction": self.share,
            "bagging_freq": 1 if self.share < 1.0 else 0,
            # of categories with few rows, which its defaults pass over
            "min_data_per_group": 10,
            "cat_smooth": 10.0,
            "cat_l2": 0.0,
            "max_cat_to_onehot": 1,
            "seed": rows.seed,
            "num_threads": rows.threads,
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
        self._params = learner.params(rows)
        self._bins = self._binned(drawn_rows(rows))
        self._held = None
        if rows.held.size:
            self._held = self._dataset(rows.features[rows.held], reference=self._bins)

    def follow(self, treatment: Treatment, watch: Watch) -> None:
        """Train round by round and show the held rows' outputs at each step."""
        drawn, shown = drawn_rows(self._rows, treatment), frozenset(self._learner.steps)

        def look(rounds: int, raw: FloatArray) -> bool:
            return rounds not in shown or watch(float(rounds), raw, drawn.loss.log_odds(raw) + drawn.offset)

        self._train(drawn, self._learner.most_rounds, valid_sets=[self._held], watch=look)

    def fit(self, treatment: Treatment, step: float) -> Fitted:
        """Train a number of rounds."""
        drawn = drawn_rows(self._rows, treatment)
        model = self._train(drawn, int(step))
        stored = Trees.from_booster(model.booster)
        return Fitted(stored, model.objective.rows.loss, model.base_score, drawn.offset)

    def _train(self, drawn: DrawnRows, rounds: int, **looking: Any) -> RareBooster:
        from scarce.boosting.lightgbm import train

        bins = self._bins if drawn.are_all else self._binned(drawn, reference=self._bins)
        return train(self._params, bins, drawn.loss, num_boost_round=rounds, **looking)

    def _binned(self, drawn: DrawnRows, **like: Any) -> lightgbm.Dataset:
        features = drawn.taken(self._rows.features[self._rows.fit])
        if not like and (np.abs(features) <= TAKEN_FOR_ZERO).all():
            features = features + 1.0  # as constant as before, but LightGBM refuses a table of zeros
        return self._dataset(features, label=drawn.target, weight=drawn.weight, **like)

    def _dataset(self, features: FloatArray, **others: Any) -> lightgbm.Dataset:
        import lightgbm

        return lightgbm.Dataset(
            features,
            feature_name=[f"f{i}" for i in range(len(self._rows.names))],
            categorical_feature=list(self._rows.categorical),
            params=self._params,
            free_raw_data=False,
            **others,
        ).construct()
