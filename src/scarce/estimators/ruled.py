"""Classifiers that a decision rule stands around."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from scarce.estimators.costs_of_rows import margin
from scarce.estimators.wrapped import WrappedClassifier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from scarce.decision.rules import Rule

    FloatArray = NDArray[np.float64]


def _has_probabilities(classifier: RuledClassifier) -> bool:
    return hasattr(getattr(classifier, "estimator_", classifier.estimator), "predict_proba")


class RuledClassifier(WrappedClassifier):
    """Labels by a rule, probabilities by the classifier within.

    Attributes
    ----------
    rule_ : Rule
        Of `scarce.decision`.
    """

    rule_: Rule

    @available_if(_has_probabilities)
    def predict_proba(self, X: Any) -> FloatArray:
        """Return both classes' probabilities, as the classifier gives them.

        Parameters
        ----------
        X : array-like or dataframe of shape (n_rows, n_features)

        Returns
        -------
        ndarray of shape (n_rows, 2)
            In the order of `classes_`.
        """
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    def _margin(self, X: Any) -> FloatArray:
        return margin(self.rule_, self._scores(X), X)
