"""What all estimators share: two classes, one of them scarce, and answers that follow from its log-odds."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from scarce.decision.arrays import as_weight, expit
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]


class TwoClassClassifier(ClassifierMixin, BaseEstimator):
    """A classifier that knows which of two classes is the scarce one.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The labels in their order, as scikit-learn numbers them.
    positive_ : label
        The scarce class.
    """

    positive: Any

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the label of each row: the scarce class where the margin is above 0.

        Parameters
        ----------
        X : array-like or dataframe of shape (n_rows, n_features)

        Returns
        -------
        ndarray of shape (n_rows,)
        """
        check_is_fitted(self)
        flagged = self._margin(X) > 0.0
        return self.classes_[np.where(flagged, self._column, 1 - self._column)]

    def decision_function(self, X: Any) -> FloatArray:
        """Return how far each row is from the cut: above 0 where `predict` says ``classes_[1]``.

        Parameters
        ----------
        X : array-like or dataframe of shape (n_rows, n_features)

        Returns
        -------
        ndarray of float64, shape (n_rows,)
        """
        check_is_fitted(self)
        margin = self._margin(X)
        return margin if self._column else -margin

    @abstractmethod
    def _margin(self, X: Any) -> FloatArray:
        """Return how far each row's score of the scarce class lies above the cut."""

    @property
    def _column(self) -> int:
        """The position of the scarce class in `classes_`."""
        return int(self.classes_[1] == self.positive_)

    def _take_target(self, X: Any, y: Any, sample_weight: ArrayLike | None) -> tuple[Any, FloatArray | None]:
        """Return 1 where a row is of the scarce class, and the weights; set `classes_` and `positive_`.

        Raises
        ------
        ScarceError
            E801 to E804; E258 and E352 for weights.
        """
        labels = column_or_1d(y, warn=True)
        assert_all_finite(labels, input_name="y")
        check_classification_targets(labels)
        check_consistent_length(X, labels)
        classes, codes = np.unique(labels, return_inverse=True)
        if classes.size > 2:
            raise ScarceError("E802", kind=type_of_target(labels), count=classes.size)
        if classes.size < 2:
            raise ScarceError("E801", label=_plain(labels[0]) if labels.size else None)
        weight = None if sample_weight is None else as_weight(sample_weight, labels.size)
        mass = np.bincount(codes, weight, minlength=2)
        if not mass.all():
            raise ScarceError("E803", label=_plain(classes[int(mass[1] == 0.0)]))
        self.classes_ = classes
        self.positive_ = _plain(classes[self._scarce(classes, mass)])
        return (codes == self._column).astype(np.uint8), weight

    def _scarce(self, classes: NDArray[Any], mass: FloatArray) -> int:
        """Return which class is the scarce one: the one named, else the rarer, of equal ones the last."""
        if self.positive is None:
            return int(mass[1] <= mass[0])
        found = np.flatnonzero(classes == self.positive)
        if not found.size:
            shown = " and ".join(repr(_plain(label)) for label in classes)
            raise ScarceError("E804", label=self.positive, classes=shown)
        return int(found[0])


class PosteriorClassifier(TwoClassClassifier):
    """A classifier with a posterior: probabilities are those of its log-odds."""

    @abstractmethod
    def _log_odds(self, X: Any) -> FloatArray:
        """Return the log-odds of the scarce class."""

    def predict_log_proba(self, X: Any) -> FloatArray:
        """Return the logarithms of both classes' probabilities, which do not saturate.

        Parameters
        ----------
        X : array-like or dataframe of shape (n_rows, n_features)

        Returns
        -------
        ndarray of float64, shape (n_rows, 2)
            In the order of `classes_`.
        """
        return -np.logaddexp(0.0, -self._of_classes(X))

    def predict_proba(self, X: Any) -> FloatArray:
        """Return both classes' probabilities.

        Parameters
        ----------
        X : array-like or dataframe of shape (n_rows, n_features)

        Returns
        -------
        ndarray of float64, shape (n_rows, 2)
            In the order of `classes_`.
        """
        return expit(self._of_classes(X))

    def _of_classes(self, X: Any) -> FloatArray:
        """Return the log-odds of either class, shape (n_rows, 2)."""
        check_is_fitted(self)
        log_odds = self._log_odds(X)
        return np.stack([-log_odds, log_odds] if self._column else [log_odds, -log_odds], axis=1)


def _plain(label: Any) -> Any:
    """Return a label as Python writes it."""
    return label.item() if isinstance(label, np.generic) else label
