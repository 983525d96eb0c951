"""Boosting with any binary loss of the catalogue."""

from __future__ import annotations

import itertools
import numbers
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from sklearn.utils.validation import validate_data

from scarce.data.folds.dealing import deal
from scarce.data.folds.duplicates import duplicate_groups
from scarce.decision.enough_positives import TO_CALL_BETTER
from scarce.errors import ScarceError
from scarce.estimators.two_classes import PosteriorClassifier
from scarce.learners.stored.single_precision import TAKEN_FOR_ZERO
from scarce.tuning.grid import OpenMethod
from scarce.tuning.loop import tune

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from scarce.losses.sigmoid import SigmoidLoss
    from scarce.tuning.loop import Tuned

    FloatArray = NDArray[np.float64]

ENGINES = ("lightgbm", "xgboost")

SET_BY = {
    "learning_rate": ("learning_rate", "eta", "shrinkage_rate"),
    "n_estimators": ("n_estimators", "num_boost_round", "num_iterations", "num_round", "num_rounds"),
    "seed": ("seed", "random_state", "random_seed"),
    "n_jobs": ("n_jobs", "nthread", "nthreads", "num_threads", "num_thread"),
}
"""What this class sets, and how the engines call it."""

_FOLDS = 5
_REPEATS = 2  # of the folds: that other rows train another model is then in the interval of a gain


class FocalClassifier(PosteriorClassifier):
    """Gradient boosting with focal loss, or any binary loss of the catalogue, and true probabilities.

    Boosting starts at the loss's own base score, with a curvature that is positive, and its outputs are
    turned back into probabilities in closed form (`scarce.boosting`).

    Parameters
    ----------
    loss : str or SigmoidLoss, default "focal:gamma=2"
        A name of the catalogue with its parameters, such as ``"weighted_cross_entropy"`` or
        ``"focal:gamma=2,class_weight=balanced"``. Numbers written ``auto``, as in ``"focal:gamma=auto"``,
        are chosen by cross-validation.
    engine : {"lightgbm", "xgboost"}, default "lightgbm"
        The library that grows the trees.
    n_estimators : int, default 100
        Number of trees.
    learning_rate : float, default 0.1
        How far each of them goes.
    params : mapping, optional
        The engine's own parameters, such as ``{"num_leaves": 15}``.
    positive : label, optional
        The scarce class; the rarer one unless named. ``alpha`` and unequal class weights favour it.
    seed : int, default 0
        Of the engine, where it draws.
    n_jobs : int, optional
        Threads; 1 unless given, -1 as many as there are cores.

    Attributes
    ----------
    booster_ : RareBooster
        The trained trees, with raw scores, posterior and log-odds of `positive_`.
    loss_ : SigmoidLoss
        What they were trained with: all its settings are numbers.
    tuned_ : Tuned or None
        How numbers written ``auto`` were chosen, and what that gained (`scarce.tune`); None where none is,
        or with fewer than 20 rows of a class, too few to call anything better than the plain loss.
    classes_, positive_, n_features_in_, feature_names_in_

    Raises
    ------
    ScarceError
        E301 for a seed or number of trees outside its domain, E538 for a number that cannot be chosen, E601,
        E606, E607 and E610 for loss and parameters, E701 where the engine is not installed, E801 to E804 for
        y, E807, E810.

    Notes
    -----
    The decision function is the log-odds of ``classes_[1]``, not the engine's raw score. Missing values are
    left to the engine.

    Numbers are chosen as `scarce.tune` chooses them, by the log-loss of recovered, calibrated probabilities
    of rows that were left out: the plain loss stays unless another one's gain is surely above 0. With one
    open number this trains at most 51 times, with gamma and class weights 131 times. Rows that belong
    together, as those of one customer, are the affair of
    ``RareClassifier(methods=["focal:gamma=auto"], learners=["lightgbm"]).fit(X, y, groups=...)``.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> X, y = make_classification(2000, weights=[.95], random_state=0)
    >>> model = FocalClassifier("focal:gamma=2", n_estimators=20).fit(X, y)
    >>> model.predict_proba(X).mean(axis=0).round(2)
    array([0.95, 0.05])
    """

    def __init__(
        self,
        loss: str | SigmoidLoss = "focal:gamma=2",
        *,
        engine: str = "lightgbm",
        n_estimators: int = 100,
        learning_rate: float = 0.1,
        params: Mapping[str, Any] | None = None,
        positive: Any = None,
        seed: int = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.loss = loss
        self.engine = engine
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.params = params
        self.positive = positive
        self.seed = seed
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> FocalClassifier:
        """Grow the trees.

        Parameters
        ----------
        X : array-like or dataframe of shape (n_rows, n_features)
            Numbers; NaN where missing.
        y : array-like of shape (n_rows,)
            Two labels.
        sample_weight : array-like of shape (n_rows,), optional
            Rows of the population that a row stands for.

        Returns
        -------
        self
        """
        if self.engine not in ENGINES:
            choices = ", ".join(map(repr, ENGINES))
            raise ScarceError("E807", name="engine", value=self.engine, choices=choices)
        for option, least in (("seed", 0), ("n_estimators", 1)):
            value = getattr(self, option)
            if not isinstance(value, numbers.Integral) or not least <= value < 2**31:
                allowed = f"a whole number of {least} to {2**31 - 1}"
                raise ScarceError("E301", option=option, value=value, allowed=allowed)
        features = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan")
        target, weight = self._take_target(features, y, sample_weight)
        loss, self.tuned_ = self._chosen(features, target, weight)
        self.booster_ = self._trained(features, target, weight, loss)
        self.loss_ = self.booster_.objective.rows.loss
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _chosen(
        self, features: FloatArray, target: NDArray[np.uint8], weight: FloatArray | None
    ) -> tuple[Any, Tuned | None]:
        """Return the loss to train with, its numbers chosen where they are open, and how."""
        method = OpenMethod.of(self.loss) if isinstance(self.loss, str) else None
        if method is None:
            return self.loss, None
        counts = np.bincount(target, weight)
        known = target if weight is None else target[weight > 0.0]
        if np.bincount(known).min() < TO_CALL_BETTER:
            return method.at(method.grid.plain, counts), None
        units = duplicate_groups(pa.table({str(i): column for i, column in enumerate(features.T)}))
        dealt = [deal(units, target, _FOLDS, np.random.default_rng([self.seed, i])) for i in range(_REPEATS)]
        turns = itertools.cycle(dealt)

        def train(loss: SigmoidLoss) -> tuple[Any, ...]:
            fold_of, logits = next(turns), np.empty(target.size)
            for fold in range(_FOLDS):
                held = fold_of == fold
                of_others = None if weight is None else weight[~held]
                booster = self._trained(features[~held], target[~held], of_others, loss)
                logits[held] = booster.raw_score(self._rows(features[held]))
            return (logits, target) if weight is None else (logits, target, weight)

        tuned = tune(train, method.text, class_counts=counts, repeats=_REPEATS)
        return tuned.loss, tuned

    def _trained(
        self, features: FloatArray, target: NDArray[np.uint8], weight: FloatArray | None, loss: Any
    ) -> Any:
        settings = {"learning_rate": self.learning_rate, "seed": self.seed, **self._params()}
        threads = 1 if self.n_jobs is None else max(self.n_jobs, 0)  # 0: all, to both engines
        if self.engine == "xgboost":
            from scarce.boosting.xgboost import train, xgboost  # an extra of its own

            rows = xgboost.DMatrix(features, target, weight=weight)
            return train({"nthread": threads, **settings}, rows, loss, num_boost_round=self.n_estimators)
        from scarce.boosting.lightgbm import lightgbm, train  # likewise

        if not (np.abs(features) > TAKEN_FOR_ZERO).any():
            features = features + 1.0  # as constant as before, but LightGBM crashes on a table of zeros
        rows = lightgbm.Dataset(features, target, weight=weight)
        # with its filter LightGBM crashes where no leaf is large enough, as on a handful of rows
        settings = {"num_threads": threads, "feature_pre_filter": False, **settings}
        return train(settings, rows, loss, num_boost_round=self.n_estimators)

    def _params(self) -> dict[str, Any]:
        """Return the engine's own parameters; refuse those that would overrule ours."""
        params = dict(self.params or {})
        for option, names in SET_BY.items():
            for name in names:
                if name in params:
                    raise ScarceError("E810", name=name, option=option)
        return params

    def _log_odds(self, X: Any) -> FloatArray:
        features = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return np.asarray(self.booster_.log_odds(self._rows(features)), dtype=np.float64)

    def _rows(self, features: FloatArray) -> Any:
        """Return rows as the engine predicts them."""
        if self.engine != "xgboost":
            return features
        from scarce.boosting.xgboost import xgboost  # an extra of its own

        return xgboost.DMatrix(features)

    def _margin(self, X: Any) -> FloatArray:
        return self._log_odds(X)
