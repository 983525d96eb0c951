"""What any classifier says of its rows, one number each: log-odds of the scarce class, or a plain score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.errors import ScarceError
from scarce.evaluation.probability import LOG_ODDS_CLIP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


def has_posterior(classifier: Any) -> bool:
    """Return whether a classifier gives probabilities, fitted or not.

    Raises
    ------
    ScarceError
        E811 for one that gives no scores at all.

    Examples
    --------
    >>> from sklearn.svm import LinearSVC
    >>> has_posterior(LinearSVC())
    False
    """
    if hasattr(classifier, "predict_proba"):
        return True
    if hasattr(classifier, "decision_function"):
        return False
    raise ScarceError("E811", estimator=type(classifier).__name__)


def scores_of(classifier: Any, X: Any, positive: Any) -> FloatArray:
    """Return log-odds of the scarce class where there are probabilities, else the decision function.

    Parameters
    ----------
    classifier : estimator
        Fitted.
    X : array-like or dataframe of shape (n_rows, n_features)
    positive : label
        The scarce class.

    Returns
    -------
    ndarray of float64, shape (n_rows,)
        Log-odds are those of probabilities from 1e-15 to 1 - 1e-15: a vote of all trees is not certainty.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> prior = DummyClassifier().fit([[0]] * 4, ["no", "no", "no", "yes"])
    >>> scores_of(prior, [[0]], "yes").round(4)
    array([-1.0986])
    """
    column = int(classifier.classes_[1] == positive)
    if not has_posterior(classifier):
        score = np.asarray(classifier.decision_function(X), dtype=np.float64)
        return score if column else -score
    with np.errstate(divide="ignore"):  # of probabilities that are 0
        if hasattr(classifier, "predict_log_proba"):
            logs = np.asarray(classifier.predict_log_proba(X), dtype=np.float64)
        else:
            logs = np.log(np.asarray(classifier.predict_proba(X), dtype=np.float64))
    return np.clip(logs[:, column] - logs[:, 1 - column], -LOG_ODDS_CLIP, LOG_ODDS_CLIP)
