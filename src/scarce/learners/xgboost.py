"""XGBoost as a learner: the bins of a fold are built once, and every treatment trains on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from scarce.learners.boosted_fold import BoostedFold
from scarce.learners.drawn_rows import keeps_classes
from scarce.learners.rounds import grown_rounds, rounds_up_to
from scarce.learners.stored.single_precision import in_single_precision
from scarce.learners.stored.trees import Trees
from scarce.learners.stored.xgboost_trees import parse_xgboost

if TYPE_CHECKING:
    import xgboost

    from scarce.boosting.booster import RareBooster
    from scarce.learners.base import FloatArray, TrainingRows, Treatment
    from scarce.learners.drawn_rows import DrawnRows
    from scarce.losses.sigmoid import SigmoidLoss


@dataclass(frozen=True)
class XGBoost:
    """Boosted trees by XGBoost, under any binary loss.

    Columns are not drawn for each tree: of few columns some would never meet in one, and what they say
    together could not be learnt.

    Parameters
    ----------
    name, summary : str
    depth : int
        Of a tree, at most.
    l2 : float
        Penalty on the leaves.
    rate : float
        Learning rate.
    least_curvature : float
        Of a leaf: of cross-entropy ``p (1 - p)`` a row, so that a rare class needs little.
    share : float
        Of the rows that each tree is grown from.
    most_rounds : int
        Where the path ends.

    Raises
    ------
    ScarceError
        E701 without XGBoost.

    Examples
    --------
    >>> XGBoost(name="xgboost:small", depth=3).steps[:3]
    (10.0, 12.0, 14.0)
    """

    name: str = "xgboost"
    summary: str = "boosted trees of depth 6 by XGBoost, heavily regularised"
    depth: int = 6
    l2: float = 10.0
    rate: float = 0.05
    least_curvature: float = 1e-3
    share: float = 0.8
    most_rounds: int = 400

    storable: ClassVar[bool] = True
    capped: ClassVar[bool] = True

    def __post_init__(self) -> None:
        import scarce.boosting.xgboost  # noqa: F401 - which says what to install

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

    def params(self, seed: int, threads: int) -> dict[str, Any]:
        """Return what XGBoost is told."""
        return {
            "max_depth": self.depth,
            "learning_rate": self.rate,
            "lambda": self.l2,
            "min_child_weight": self.least_curvature,
            "subsample": self.share,
            "tree_method": "hist",
            "seed": seed,
            "nthread": threads,
        }

    def bins(self, rows: TrainingRows, drawn: DrawnRows, like: object = None) -> xgboost.QuantileDMatrix:
        """Return rows to train on, binned by themselves."""
        features = drawn.taken(rows)
        return self._matrix(rows, features, label=drawn.target, weight=drawn.weight)

    def held(self, rows: TrainingRows, like: object) -> xgboost.DMatrix:
        """Return the held rows."""
        return self._matrix(rows, rows.features[rows.held])

    def train(
        self, rows: TrainingRows, bins: xgboost.DMatrix, loss: SigmoidLoss, rounds: int, **looking: Any
    ) -> RareBooster:
        """Train on rows that `bins` made."""
        from scarce.boosting.xgboost import train

        return train(self.params(rows.seed, rows.threads), bins, loss, num_boost_round=rounds, **looking)

    def trees(self, model: RareBooster) -> Trees:
        """Return the trees of a training."""
        return Trees(**parse_xgboost(model.booster, model.best_iteration))

    def _matrix(self, rows: TrainingRows, features: FloatArray, **labels: Any) -> xgboost.DMatrix:
        import xgboost

        kind = xgboost.QuantileDMatrix if labels else xgboost.DMatrix
        return kind(in_single_precision(features), nthread=rows.threads, **labels)
