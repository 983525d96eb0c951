"""LightGBM as a learner: the bins of a fold are built once, and every treatment trains on them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from scarce.learners.boosted_fold import BoostedFold
from scarce.learners.drawn_rows import keeps_classes
from scarce.learners.rounds import grown_rounds, rounds_up_to
from scarce.learners.stored.single_precision import TAKEN_FOR_ZERO
from scarce.learners.stored.trees import Trees

if TYPE_CHECKING:
    import lightgbm

    from scarce.boosting.booster import RareBooster
    from scarce.learners.base import FloatArray, TrainingRows, Treatment
    from scarce.learners.drawn_rows import DrawnRows
    from scarce.losses.sigmoid import SigmoidLoss

_REPEATABLE: dict[str, Any] = {
    "deterministic": True,
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
    capped: ClassVar[bool] = True

    @classmethod
    def for_rows(cls, n_rows: int, most_rounds: int) -> LightGBM:
        """Return the settings for a table, which its folds share: rounds chosen on one are used on the other.

        From 10,000 rows on the steps are twice as long, so that half the rounds do, and the leaves are held
        back more (docs/control.md has the figures).

        Examples
        --------
        >>> LightGBM.for_rows(284_807, 400).most_rounds
        200
        """
        if n_rows < 10_000:
            return cls(most_rounds=most_rounds)
        return cls(l2=10.0, rate=0.1, most_rounds=math.ceil(most_rounds / 2))

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

    def prepare(self, rows: TrainingRows) -> BoostedFold:
        """Bin the rows of a fold."""
        return BoostedFold(self, rows)

    def params(self, rows: TrainingRows) -> dict[str, Any]:
        """Return what LightGBM is told."""
        return {
            **_REPEATABLE,
            # a fifth faster, and with one thread the same sums
            "force_row_wise" if rows.threads == 1 else "force_col_wise": True,
            "num_leaves": self.leaves,
            "learning_rate": self.rate,
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

    def bins(
        self, rows: TrainingRows, drawn: DrawnRows, like: lightgbm.Dataset | None = None
    ) -> lightgbm.Dataset:
        """Return rows to train on, binned as those of the whole fold are."""
        features = drawn.taken(rows)
        if like is None and all((np.abs(column) <= TAKEN_FOR_ZERO).all() for column in features.T):
            features = features + 1.0  # as constant as before, but LightGBM refuses a table of zeros
        return self._dataset(rows, features, label=drawn.target, weight=drawn.weight, reference=like)

    def held(self, rows: TrainingRows, like: lightgbm.Dataset) -> lightgbm.Dataset:
        """Return the held rows, binned as the rows to train on are."""
        return self._dataset(rows, rows.features[rows.held], reference=like)

    def train(
        self, rows: TrainingRows, bins: lightgbm.Dataset, loss: SigmoidLoss, rounds: int, **looking: Any
    ) -> RareBooster:
        """Train on rows that `bins` made."""
        from scarce.boosting.lightgbm import train

        return train(self.params(rows), bins, loss, num_boost_round=rounds, **looking)

    def trees(self, model: RareBooster) -> Trees:
        """Return the trees of a training."""
        return Trees.from_booster(model.booster)

    def _dataset(self, rows: TrainingRows, features: FloatArray, **others: Any) -> lightgbm.Dataset:
        import lightgbm

        return lightgbm.Dataset(
            features,
            feature_name=[f"f{i}" for i in range(len(rows.names))],
            categorical_feature=list(rows.categorical),
            params=self.params(rows),
            free_raw_data=True,  # the bins are all that training looks at
            **others,
        ).construct()
