"""Decide by a constraint, with an exact cut, around any classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.utils.metadata_routing import MethodMapping

from scarce.decision.rule_choice import AIMS
from scarce.errors import ScarceError
from scarce.estimators.out_of_fold import out_of_fold
from scarce.estimators.ruled import RuledClassifier

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from sklearn.utils.metadata_routing import MetadataRouter

    FloatArray = NDArray[np.float64]


class ThresholdRuleClassifier(RuledClassifier):
    """Cut a classifier's scores where a constraint says, over every cut there is.

    The classifier scores each row by a clone that was fitted to the other folds' rows. The cut is chosen
    among all that these scores allow, never from a grid, and applied to the scores of the classifier fitted
    to all rows.

    Parameters
    ----------
    estimator : classifier
        With ``predict_proba`` or ``decision_function``.
    aim : str, default "f_beta"
        ``"f_beta"``: the highest F-beta. ``"precision_at_least"``: the highest recall at that precision.
        ``"recall_at_least"``: the highest precision at that recall. ``"false_positive_rate_at_most"``: the
        highest recall at that rate. ``"capacity"``: the lowest cut that flags at most that share of the rows.
    level : float, default 1.0
        The beta, precision, recall, rate or share.
    cv : int, splitter or iterable, default 5
        Folds, each row in one test fold; a number is reduced to that of the rarer class's rows.
    positive : label, optional
        The scarce class; the rarer one unless named.

    Attributes
    ----------
    rule_ : scarce.decision.CutRule or CapacityRule
        The rule; its cut is on the log-odds where the classifier has probabilities, else on its decision
        function.
    estimator_ : classifier
        Fitted to all rows.
    classes_, positive_, n_features_in_, feature_names_in_

    Raises
    ------
    ScarceError
        E253 where no cut meets the constraint, E255 for a level, E801 to E808, E811.

    Notes
    -----
    A cut is optimistic on the rows it was chosen on: what it reaches there is not what it will reach.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = make_classification(4000, weights=[.95], random_state=0)
    >>> sure = ThresholdRuleClassifier(LogisticRegression(), aim="recall_at_least", level=.8).fit(X, y)
    >>> sure.rule_.describe()
    'flag when p > 0.06794 (recall at least 0.8, tuned on 222 positives)'
    >>> float(sure.predict(X)[y == 1].mean().round(2))
    0.81
    """

    def __init__(
        self, estimator: Any, *, aim: str = "f_beta", level: float = 1.0, cv: Any = 5, positive: Any = None
    ) -> None:
        self.estimator = estimator
        self.aim = aim
        self.level = level
        self.cv = cv
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
        if self.aim not in AIMS:
            raise ScarceError("E807", name="aim", value=self.aim, choices=", ".join(map(repr, AIMS)))
        scores = out_of_fold(
            self.estimator,
            X,
            y,
            self.positive_,
            self.cv,
            fit_params=routed["estimator"]["fit"],
            split_params=routed["splitter"]["split"],
        )
        self.rule_ = AIMS[self.aim](scores, target, self.level, weight)
