"""Every estimator keeps scikit-learn's contract: its own checks, nothing excused but what has its reason."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import check_estimator

from scarce import (
    CostRuleClassifier,
    FocalClassifier,
    PosteriorCalibrator,
    RareClassifier,
    ThresholdRuleClassifier,
)

COPIES_STAY_TOGETHER = (
    "the check repeats rows: copies stay on one side of the trial's splits, while a weighted row is one row"
)
EVIDENCE_IS_ROWS = (
    "a calibration counts evidence in rows: a weight says how many rows of the population a row stands for, "
    "while a repeated row is evidence of its own"
)
IN_RARE = {"check_sample_weight_equivalence_on_dense_data": COPIES_STAY_TOGETHER}
IN_CALIBRATION = {
    "check_sample_weight_equivalence_on_dense_data": EVIDENCE_IS_ROWS,
    "check_sample_weight_equivalence_on_sparse_data": EVIDENCE_IS_ROWS,
}
TUNED = {
    "check_classifiers_train": "the check wants labels cut at a probability of .5, and this cut is tuned"
}
TWO_OF_THREE = "before 1.7 the check makes two classes of three by whichever row comes first, once shuffled"
OLD = dict.fromkeys(IN_CALIBRATION, TWO_OF_THREE) if sklearn.__version__.startswith("1.6") else {}

XGBOOST = find_spec("scarce.boosting.xgboost") is not None and find_spec("xgboost") is not None
CASES = [
    pytest.param(
        RareClassifier(
            methods=["focal:gamma=2"], learners=["lightgbm"], folds=2, max_rounds=5, replicates=50
        ),
        IN_RARE,
        id="rare",
    ),
    pytest.param(FocalClassifier(n_estimators=5), {}, id="focal on LightGBM"),
    pytest.param(FocalClassifier("focal:gamma=auto", n_estimators=3), {}, id="focal with gamma open"),
    pytest.param(
        FocalClassifier(engine="xgboost", n_estimators=3),
        {},
        id="focal on XGBoost",
        marks=pytest.mark.skipif(not XGBOOST, reason="XGBoost is not installed"),
    ),
    pytest.param(PosteriorCalibrator(LogisticRegression()), IN_CALIBRATION, id="calibrated posterior"),
    pytest.param(PosteriorCalibrator(LinearSVC()), IN_CALIBRATION, id="calibrated plain scores"),
    pytest.param(CostRuleClassifier(LogisticRegression()), {}, id="cost rule"),
    pytest.param(ThresholdRuleClassifier(LinearSVC()), {}, id="threshold rule on plain scores"),
    pytest.param(ThresholdRuleClassifier(LogisticRegression()), TUNED, id="threshold rule on a posterior"),
]


@pytest.mark.parametrize(("estimator", "excused"), CASES)
def test_an_estimator_passes_scikit_learns_checks(estimator, excused) -> None:
    excused = OLD | excused
    results = check_estimator(estimator, expected_failed_checks=excused, on_skip=None)
    status = {name: {r["status"] for r in results if r["check_name"] == name} for name in excused}
    assert all(found <= {"xfail"} for found in status.values()), status
    assert sum(result["status"] == "passed" for result in results) > 50


class Backwards(FocalClassifier):
    def predict(self, X):
        return super().predict(X)[::-1]


def test_those_checks_can_fail() -> None:
    with pytest.raises(AssertionError):
        check_estimator(Backwards(n_estimators=2), on_skip=None)
