"""True probabilities from any classifier's scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.metadata_routing import MethodMapping

from scarce.calibration import PenalisedLogistic, fit_calibration
from scarce.calibration.logistic import UNSHRUNK
from scarce.errors import ScarceError
from scarce.estimators.out_of_fold import out_of_fold
from scarce.estimators.scores import has_posterior
from scarce.estimators.two_classes import PosteriorClassifier
from scarce.estimators.wrapped import WrappedClassifier
from scarce.evaluation.probability import LOG_ODDS_CLIP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from sklearn.utils.metadata_routing import MetadataRouter

    FloatArray = NDArray[np.float64]

KINDS = ("auto", "posterior", "plain")


class PosteriorCalibrator(PosteriorClassifier, WrappedClassifier):
    """Turn a classifier's scores into probabilities that are true, by cross-fitting.

    The classifier scores each row by a clone that was fitted to the other folds' rows. The calibration is
    learnt from these scores, and applied to those of the classifier fitted to all rows.

    Parameters
    ----------
    estimator : classifier
        With ``predict_proba`` or ``decision_function``.
    cv : int, splitter or iterable, default 5
        Folds of the cross-fitting, each row in one test fold; a number is reduced to that of the rarer
        class's rows.
    scores : {"auto", "posterior", "plain"}, default "auto"
        What the scores are. Of a ``"posterior"`` the log-odds are corrected by a line, or with more
        positives by two slopes, shrunk to the identity (`scarce.calibration.fit_calibration`). ``"plain"``
        scores mean nothing by themselves: they are standardised, and a line is fitted that is not shrunk.
        ``"auto"`` takes probabilities where there are some.
    positive : label, optional
        The scarce class; the rarer one unless named.

    Attributes
    ----------
    calibration_ : PenalisedLogistic or PenalisedBeta
    estimator_ : classifier
        Fitted to all rows.
    classes_, positive_, n_features_in_, feature_names_in_

    Raises
    ------
    ScarceError
        E801 to E808, E811, E812.

    Notes
    -----
    Name ``scores="plain"`` for probabilities that were moved on purpose, as those of
    ``class_weight="balanced"`` are: a line that is shrunk to the identity would move them back only in part.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = make_classification(4000, weights=[.95], random_state=0)
    >>> moved = LogisticRegression(class_weight="balanced")
    >>> moved.fit(X, y).predict_proba(X)[:, 1].mean().round(2), y.mean().round(2)
    (np.float64(0.28), np.float64(0.06))
    >>> calibrated = PosteriorCalibrator(moved, scores="plain").fit(X, y)
    >>> calibrated.predict_proba(X)[:, 1].mean().round(2)
    np.float64(0.06)
    """

    def __init__(self, estimator: Any, *, cv: Any = 5, scores: str = "auto", positive: Any = None) -> None:
        self.estimator = estimator
        self.cv = cv
        self.scores = scores
        self.positive = positive

    def get_metadata_routing(self) -> MetadataRouter:
        """Return who gets which metadata: the classifier's fit, and the splitter."""
        mapping = MethodMapping().add(caller="fit", callee="split")
        return super().get_metadata_routing().add(splitter=self.cv, method_mapping=mapping)

    def _learn(
        self,
        X: Any,
        y: NDArray[Any],
        target: NDArray[np.uint8],
        weight: FloatArray | None,
        routed: Mapping[str, Mapping[str, Any]],
    ) -> None:
        plain = self._is_plain()
        scores = out_of_fold(
            self.estimator,
            X,
            y,
            self.positive_,
            self.cv,
            fit_params=routed["estimator"]["fit"],
            split_params=routed["splitter"]["split"],
        )
        self.centre_, self.scale_, self.bound_ = 0.0, 1.0, np.inf
        if not plain:
            # a posterior of 0 or 1 is a vote of all, and no more certain than so many rows can show
            certain = np.abs(scores) >= LOG_ODDS_CLIP
            self.bound_ = max(np.log1p(2.0 * scores.size), np.abs(scores[~certain]).max(initial=0.0))
            self.calibration_ = fit_calibration(self._scaled(scores), target, weight)
            return
        self.centre_ = float(np.average(scores, weights=weight))
        self.scale_ = float(np.sqrt(np.average((scores - self.centre_) ** 2, weights=weight))) or 1.0
        self.calibration_ = PenalisedLogistic.fit(self._scaled(scores), target, weight, spread=UNSHRUNK)

    def _is_plain(self) -> bool:
        if self.scores not in KINDS:
            raise ScarceError("E807", name="scores", value=self.scores, choices=", ".join(map(repr, KINDS)))
        posterior = has_posterior(self.estimator)
        if self.scores == "posterior" and not posterior:
            raise ScarceError("E812", estimator=type(self.estimator).__name__)
        return self.scores == "plain" or not posterior

    def _log_odds(self, X: Any) -> FloatArray:
        return self.calibration_.log_odds(self._scaled(self._scores(X)))

    def _scaled(self, scores: FloatArray) -> FloatArray:
        return np.clip((scores - self.centre_) / self.scale_, -self.bound_, self.bound_)

    def _margin(self, X: Any) -> FloatArray:
        return self._log_odds(X)
