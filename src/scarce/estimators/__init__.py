"""scikit-learn's face: the whole trial as one estimator, and its pieces to be used alone.

`RareClassifier` runs the trial in `fit`. The pieces: `FocalClassifier` boosts with any binary loss of the
catalogue, `PosteriorCalibrator` makes any classifier's probabilities true, `CostRuleClassifier` decides by
what mistakes cost, `ThresholdRuleClassifier` by a constraint. All keep scikit-learn's contract: `clone`,
pipelines, searches, `set_params`, metadata routing, arrays and dataframes.
"""

from __future__ import annotations

from scarce.errors import ScarceError

try:
    import sklearn as sklearn
except ModuleNotFoundError as missing:
    raise ScarceError("E701", needs="scikit-learn", extra="trial") from missing

from scarce.estimators.calibrator import PosteriorCalibrator
from scarce.estimators.cost_rule import CostRuleClassifier
from scarce.estimators.focal import FocalClassifier
from scarce.estimators.rare import RareClassifier
from scarce.estimators.threshold_rule import ThresholdRuleClassifier

__all__ = [
    "CostRuleClassifier",
    "FocalClassifier",
    "PosteriorCalibrator",
    "RareClassifier",
    "ThresholdRuleClassifier",
]
