"""Plain models as people use them: each learns from a fold's encoded rows and scores others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

FOREST_TREES = 200
CATBOOST_ROUNDS = 500


@dataclass(frozen=True)
class Fold:
    """What a peer is given."""

    learnt: FloatArray
    target: npt.NDArray[np.uint8]
    scored: FloatArray
    categorical: tuple[int, ...]
    seed: int

    @property
    def prior_log_odds(self) -> float:
        """The training rows' own."""
        share = self.target.mean()
        return float(np.log(share) - np.log1p(-share))


@dataclass(frozen=True)
class Peer:
    """A model, the packages it comes from, and whether it saw the classes as equally common."""

    name: str
    log_odds: Callable[[Fold], FloatArray]
    packages: tuple[str, ...]
    balanced: bool = False


def _lightgbm(fold: Fold, class_weight: str | None = None) -> FloatArray:
    from lightgbm import LGBMClassifier

    model = LGBMClassifier(class_weight=class_weight, random_state=fold.seed, n_jobs=1, verbosity=-1)
    model.fit(fold.learnt, fold.target, categorical_feature=list(fold.categorical))
    return np.asarray(model.predict(fold.scored, raw_score=True), dtype=np.float64)


def _balanced_lightgbm(fold: Fold) -> FloatArray:
    return _lightgbm(fold, class_weight="balanced") + fold.prior_log_odds


def _xgboost(fold: Fold) -> FloatArray:
    import xgboost

    kinds = ["c" if i in fold.categorical else "q" for i in range(fold.learnt.shape[1])]
    options: dict[str, Any] = {"feature_types": kinds, "enable_categorical": True, "nthread": 1}
    settings = {"objective": "binary:logistic", "seed": fold.seed, "nthread": 1}
    booster = xgboost.train(settings, xgboost.DMatrix(fold.learnt, fold.target, **options), 100)
    return np.asarray(
        booster.predict(xgboost.DMatrix(fold.scored, **options), output_margin=True), np.float64
    )


def _hist_gradient_boosting(fold: Fold) -> FloatArray:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        categorical_features=list(fold.categorical) or None, random_state=fold.seed
    )
    return np.asarray(model.fit(fold.learnt, fold.target).decision_function(fold.scored), dtype=np.float64)


def _catboost(fold: Fold) -> FloatArray:
    from catboost import CatBoostClassifier, Pool

    categories = list(fold.categorical)
    model = CatBoostClassifier(
        iterations=CATBOOST_ROUNDS,
        random_seed=fold.seed,
        thread_count=1,
        verbose=False,
        allow_writing_files=False,
    )
    model.fit(Pool(_with_whole_codes(fold.learnt, categories), fold.target, cat_features=categories))
    scored = Pool(_with_whole_codes(fold.scored, categories), cat_features=categories)
    return np.asarray(model.predict(scored, prediction_type="RawFormulaVal"), dtype=np.float64)


def _with_whole_codes(features: FloatArray, categories: list[int]) -> FloatArray | npt.NDArray[np.object_]:
    """Return features whose categories are whole numbers, as CatBoost wants them; a missing one is -1."""
    if not categories:
        return features
    mixed = features.astype(object)
    mixed[:, categories] = np.nan_to_num(features[:, categories], nan=-1.0).astype(int)
    return mixed


def _random_forest(fold: Fold) -> FloatArray:
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(FOREST_TREES, random_state=fold.seed, n_jobs=1)
    votes = model.fit(fold.learnt, fold.target).predict_proba(fold.scored)[:, 1]
    return _of_votes(votes, float(fold.target.mean()))


def _balanced_forest(fold: Fold) -> FloatArray:
    from imblearn.ensemble import BalancedRandomForestClassifier

    model = BalancedRandomForestClassifier(FOREST_TREES, random_state=fold.seed, n_jobs=1)
    votes = model.fit(fold.learnt, fold.target).predict_proba(fold.scored)[:, 1]
    return _of_votes(votes, 0.5) + fold.prior_log_odds


def _of_votes(votes: FloatArray, prior: float) -> FloatArray:
    """Return log-odds of which none is infinite: one vote of `FOREST_TREES` + 1 goes by the prior."""
    share = (FOREST_TREES * votes + prior) / (FOREST_TREES + 1)
    return np.log(share) - np.log1p(-share)


PEERS = {
    peer.name: peer
    for peer in (
        Peer("LightGBM", _lightgbm, ("lightgbm",)),
        Peer("XGBoost", _xgboost, ("xgboost",)),
        Peer("HistGB", _hist_gradient_boosting, ("sklearn",)),
        Peer("bal. LGBM", _balanced_lightgbm, ("lightgbm",), balanced=True),
        Peer("CatBoost", _catboost, ("catboost",)),
        Peer("forest", _random_forest, ("sklearn",)),
        Peer("bal. forest", _balanced_forest, ("imblearn", "sklearn"), balanced=True),
    )
}
