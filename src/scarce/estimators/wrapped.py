"""An estimator around any classifier: its metadata, its attributes, its fit."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from sklearn import get_config
from sklearn.base import MetaEstimatorMixin, clone
from sklearn.utils import get_tags, indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import column_or_1d, has_fit_parameter

from scarce.estimators.scores import has_posterior, scores_of
from scarce.estimators.two_classes import TwoClassClassifier

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]


class WrappedClassifier(MetaEstimatorMixin, TwoClassClassifier):
    """What `PosteriorCalibrator`, `CostRuleClassifier` and `ThresholdRuleClassifier` have in common.

    Attributes
    ----------
    estimator_ : estimator
        A clone of `estimator`, fitted to all rows.
    """

    estimator: Any

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None, **fit_params: Any) -> Any:
        """Fit the classifier to all rows, and what stands around it.

        Parameters
        ----------
        X : array-like or dataframe of shape (n_rows, n_features)
        y : array-like of shape (n_rows,)
            Two labels.
        sample_weight : array-like of shape (n_rows,), optional
            Rows of the population that a row stands for. The classifier gets them too where it takes them
            (with metadata routing on: where it requests them).
        **fit_params : dict
            For the classifier's own ``fit``.

        Returns
        -------
        self
        """
        has_posterior(self.estimator)
        X, y = indexable(X, y)
        target, weight = self._take_target(X, y, sample_weight)
        routed = self._routed(sample_weight, fit_params)
        self._learn(X, column_or_1d(y), target, weight, routed)
        self.estimator_ = clone(self.estimator).fit(X, y, **routed["estimator"]["fit"])
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """Return who gets which metadata: see scikit-learn's page about metadata routing."""
        router = MetadataRouter(owner=self).add_self_request(self)
        mapping = MethodMapping().add(caller="fit", callee="fit")
        return router.add(estimator=self.estimator, method_mapping=mapping)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        own, others = tags.input_tags, get_tags(self.estimator).input_tags
        own.sparse, own.allow_nan = others.sparse, others.allow_nan
        return tags

    @abstractmethod
    def _learn(
        self,
        X: Any,
        y: NDArray[Any],
        target: NDArray[np.uint8],
        weight: FloatArray | None,
        routed: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Learn what stands around the classifier."""

    def _routed(self, sample_weight: ArrayLike | None, fit_params: dict[str, Any]) -> Mapping[str, Any]:
        """Return the metadata of the classifier's fit, and of the splitter if there is one."""
        if get_config()["enable_metadata_routing"]:
            return process_routing(self, "fit", sample_weight=sample_weight, **fit_params)
        weights = {}
        if sample_weight is not None and has_fit_parameter(self.estimator, "sample_weight"):
            weights = {"sample_weight": sample_weight}
        return {"estimator": {"fit": {**fit_params, **weights}}, "splitter": {"split": {}}}

    def _scores(self, X: Any) -> FloatArray:
        return scores_of(self.estimator_, X, self.positive_)
