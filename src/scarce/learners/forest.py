"""scikit-learn's forests as learners: extra trees and random forest, grown whole and voting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from scarce.learners.base import Fitted
from scarce.learners.drawn_rows import drawn_rows, is_plain, only_weighs
from scarce.learners.one_step import ONE_STEP, show_one_step
from scarce.learners.stored.forest_trees import as_float32, forest_trees
from scarce.losses.sigmoid import SigmoidLoss

if TYPE_CHECKING:
    from scarce.learners.base import TrainingRows, Treatment, Watch
    from scarce.learners.drawn_rows import DrawnRows

MOST_LEAVES = 500_000
"""Leaves of a whole forest: 41 bytes each in a model file."""

_BLOCK = 20  # trees grown before their leaves are counted
_DEEPEST = 512


@dataclass(frozen=True)
class Size:
    """How large a forest is grown; a function of the rows alone, so that every treatment gets the same.

    Attributes
    ----------
    trees : int
        At most; fewer where their leaves are `MOST_LEAVES` before.
    least_rows : int
        Of a leaf.
    rows_a_tree : int or None
        Drawn with replacement for each tree; None is all of them.
    """

    trees: int
    least_rows: int
    rows_a_tree: int | None

    @classmethod
    def for_rows(cls, n_rows: int, n_minority: int, trees: int) -> Size:
        """Return the size for a table.

        Parameters
        ----------
        n_rows, n_minority : int
            Rows, and those of the scarcer class: unpruned trees have some two leaves for each of them.
        trees : int
            Up to 10,000 rows. With more rows fewer trees do: the leaves' shares vary less.

        Examples
        --------
        >>> Size.for_rows(5_000, 100, trees=300)
        Size(trees=300, least_rows=1, rows_a_tree=None)
        >>> Size.for_rows(284_807, 492, trees=300)
        Size(trees=60, least_rows=1, rows_a_tree=None)
        >>> Size.for_rows(2_000_000, 400_000, trees=300)
        Size(trees=60, least_rows=20, rows_a_tree=500000)
        """
        fewer = max(60, round(trees * 10_000 / max(n_rows, 10_000)))
        rows_a_tree = 500_000 if n_rows > 500_000 else None
        scarce = n_minority if rows_a_tree is None else n_minority * rows_a_tree // n_rows
        return cls(min(trees, fewer), max(1, scarce // 5_000), rows_a_tree)


@dataclass(frozen=True)
class Forest:
    """A forest of scikit-learn's trees, unpruned unless the table is large (see `Size`).

    A row's probability is ``(T p + prior) / (T + 1)``: the mean of T trees' leaf shares p, and one more vote
    for the share of positives, so that no row is certain. Category codes are taken as numbers.

    Parameters
    ----------
    kind : {"extra", "random"}, default "extra"
        Extremely randomised trees on all rows, or a random forest on bootstrapped rows.
    trees : int, default 300
        How many, up to 10,000 rows.
    least_rows : int, default 1
        Of a leaf; more where the table is large.

    Attributes
    ----------
    name : str
        ``"forest"`` or ``"forest:random"``, with ``":leaf5"`` behind it where a leaf has 5 rows or more.

    Examples
    --------
    >>> Forest().name, Forest("random", least_rows=5).name
    ('forest', 'forest:random:leaf5')

    References
    ----------
    Geurts, Ernst and Wehenkel, "Extremely randomized trees", Machine Learning 63, 2006.
    """

    kind: Literal["extra", "random"] = "extra"
    trees: int = 300
    least_rows: int = 1

    steps: ClassVar[tuple[float, ...]] = ONE_STEP
    storable: ClassVar[bool] = True
    capped: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """As in ``--learners``."""
        name = "forest" if self.kind == "extra" else "forest:random"
        return name if self.least_rows == 1 else f"{name}:leaf{self.least_rows}"

    @property
    def summary(self) -> str:
        """One line for the report."""
        family = "extremely randomised trees" if self.kind == "extra" else "a random forest"
        grown = "grown whole" if self.least_rows == 1 else f"{self.least_rows} rows a leaf or more"
        return f"{family}, up to {self.trees} of them, {grown}"

    def takes(self, treatment: Treatment) -> bool:
        """Whether row weights can stand for the loss: it splits by Gini impurity, and has no other."""
        return only_weighs(treatment.loss)

    def undoes(self, treatment: Treatment) -> bool:
        """Whether there is nothing to undo: in leaves of one row no weight changes a vote."""
        return is_plain(treatment)

    def grown(self, step: float, factor: float) -> float:
        """Return the one step there is."""
        return step

    def prepare(self, rows: TrainingRows) -> ForestFold:
        """Take in the rows of a fold."""
        return ForestFold(self, rows)


class ForestFold:
    """One fold's rows in single precision, as scikit-learn's trees want them.

    Parameters
    ----------
    learner : Forest
    rows : TrainingRows
    """

    def __init__(self, learner: Forest, rows: TrainingRows) -> None:
        self._learner, self._rows = learner, rows
        self._features = as_float32(rows.features[rows.fit])

    def follow(self, treatment: Treatment, watch: Watch) -> None:
        """Grow the forest and show the held rows' outputs."""
        show_one_step(self, self._rows, treatment, watch)

    def fit(self, treatment: Treatment, step: float) -> Fitted:
        """Grow the forest."""
        drawn = drawn_rows(self._rows, treatment)
        members = self._grow(drawn)
        stored = forest_trees(members, self._rows.features.shape[1], drawn.prior)
        return Fitted(stored, SigmoidLoss(), 0.0, drawn.offset)

    def _grow(self, drawn: DrawnRows) -> list[Any]:
        """Return trees whose leaves are at most `MOST_LEAVES` together, and one tree at least."""
        features = self._features if drawn.features is None else as_float32(drawn.features)
        features = features if drawn.rows is None else features[drawn.rows]
        minority = int(np.bincount(drawn.target, minlength=2).min())
        size = Size.for_rows(drawn.target.size, minority, self._learner.trees)
        forest, weight = self._unfitted(size, features.shape[1]), drawn.case_weight()
        leaves = 0
        while leaves < MOST_LEAVES and forest.n_estimators < size.trees:
            forest.n_estimators = min(size.trees, forest.n_estimators + _BLOCK)
            forest.fit(features, drawn.target, sample_weight=weight)
            leaves = sum(member.tree_.n_leaves for member in forest.estimators_)
        total = np.cumsum([member.tree_.n_leaves for member in forest.estimators_])
        return forest.estimators_[: max(1, int(np.searchsorted(total, MOST_LEAVES, side="right")))]

    def _unfitted(self, size: Size, n_features: int) -> Any:
        from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

        extra = self._learner.kind == "extra"
        family = ExtraTreesClassifier if extra else RandomForestClassifier
        return family(
            n_estimators=0,
            max_features=columns_a_split(n_features),
            min_samples_leaf=max(size.least_rows, self._learner.least_rows),
            max_depth=_DEEPEST,
            bootstrap=not extra or size.rows_a_tree is not None,
            max_samples=size.rows_a_tree,
            warm_start=True,
            n_jobs=self._rows.threads,
            random_state=self._rows.seed,
        )


def columns_a_split(n_features: int) -> int:
    """Return how many columns are drawn for each split: the square root, and of few columns three.

    Whole trees draw anew at every split, so that any columns can meet in one.

    Examples
    --------
    >>> columns_a_split(2), columns_a_split(5), columns_a_split(100)
    (2, 3, 10)
    """
    return max(min(n_features, 3), int(np.sqrt(n_features)))
