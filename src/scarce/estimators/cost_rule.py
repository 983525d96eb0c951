"""Decide by what mistakes cost, around any classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scarce.decision.costs import CostSpec
from scarce.decision.rules import CostRule
from scarce.errors import ScarceError
from scarce.estimators.ruled import RuledClassifier
from scarce.estimators.scores import has_posterior

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


class CostRuleClassifier(RuledClassifier):
    """Predict the scarce class where that is expected to cost less, around any classifier.

    ``p (fn - tp) > (1 - p) (fp - tn)``, on log-odds, with the costs of each row.

    Parameters
    ----------
    estimator : classifier
        With ``predict_proba``. Its probabilities are taken at their word: put `PosteriorCalibrator` around
        one whose are not true.
    cost : str or CostSpec, default "fn=1,fp=1"
        What a missed row of the scarce class costs, and a false alarm: numbers, or columns of X, as in
        ``"fn=amount,fp=5"``; ``tn`` and ``tp`` for right decisions.
    positive : label, optional
        The scarce class; the rarer one unless named.

    Attributes
    ----------
    rule_ : scarce.decision.CostRule
        The rule itself: what it says, and `flag` for log-odds.
    estimator_ : classifier
        Fitted to all rows.
    classes_, positive_, n_features_in_, feature_names_in_

    Raises
    ------
    ScarceError
        E801 to E804, E809, E811, E813; E101, E131, E250 to E252 and E260 for the costs.

    Notes
    -----
    The decision function is the distance from the cut in log-odds; with costs that differ from row to row it
    ranks rows by what is at stake too, as `predict_proba` does not.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = make_classification(4000, weights=[.95], random_state=0)
    >>> dear = CostRuleClassifier(LogisticRegression(), cost="fn=100,fp=5").fit(X, y)
    >>> dear.rule_.describe()
    'flag when p > 0.04762 (fn=100,fp=5; the cut that the costs give)'
    >>> int(dear.predict(X).sum()), int(LogisticRegression().fit(X, y).predict(X).sum())
    (952, 89)
    """

    def __init__(self, estimator: Any, *, cost: str | CostSpec = "fn=1,fp=1", positive: Any = None) -> None:
        self.estimator = estimator
        self.cost = cost
        self.positive = positive

    def _learn(
        self,
        X: Any,
        y: NDArray[Any],
        target: NDArray[np.uint8],
        weight: FloatArray | None,
        routed: Mapping[str, Mapping[str, Any]],
    ) -> None:
        if not has_posterior(self.estimator):
            raise ScarceError("E813", name=type(self).__name__, estimator=type(self.estimator).__name__)
        spec = CostSpec.parse(self.cost) if isinstance(self.cost, str) else self.cost
        self.rule_ = CostRule(spec=spec)
