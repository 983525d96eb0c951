"""A calibrator makes known distortions good, from rows the classifier did not see."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold, ShuffleSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from tests.estimators.tables import truth_table

from scarce import PosteriorCalibrator
from scarce.errors import ScarceError

X, Y = truth_table(4000)
NEW_X, NEW_Y = truth_table(4000, seed=1)
TRUTH = expit(NEW_X[:, 0])


class Distorted(ClassifierMixin, BaseEstimator):
    """Knows the true log-odds and tells a line of them, as probabilities or as plain scores."""

    def __init__(self, slope: float = 1.0, shift: float = 0.0) -> None:
        self.slope = slope
        self.shift = shift

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X):
        return self.slope * X[:, 0] + self.shift


class DistortedPosterior(Distorted):
    def predict_proba(self, X):
        p = expit(self.decision_function(X))
        return np.stack([1 - p, p], axis=1)


@pytest.mark.parametrize(
    ("classifier", "scores"),
    [
        (DistortedPosterior(2.0, 1.0), "auto"),
        (DistortedPosterior(0.5, 3.0), "plain"),
        (Distorted(0.01, -700.0), "auto"),
        (Distorted(300.0, 5.0), "auto"),
    ],
    ids=["a posterior", "a posterior moved on purpose", "small plain scores", "large plain scores"],
)
def test_a_known_distortion_is_made_good(classifier, scores: str) -> None:
    found = PosteriorCalibrator(classifier, scores=scores).fit(X, Y).predict_proba(NEW_X)[:, 1]
    assert log_loss(NEW_Y, found) < log_loss(NEW_Y, TRUTH) + 0.002
    assert found.mean() == pytest.approx(TRUTH.mean(), rel=0.08)


def test_the_scale_of_plain_scores_is_nothing() -> None:
    few_x, few_y = X[:200], Y[:200]
    one, other = (
        PosteriorCalibrator(Distorted(slope, shift)).fit(few_x, few_y).predict_proba(NEW_X)
        for slope, shift in ((1.0, 0.0), (1e-3, 50.0))
    )
    assert one == pytest.approx(other, rel=1e-6)


def test_a_posterior_is_moved_less_while_positives_are_few() -> None:
    few = np.concatenate([np.flatnonzero(Y == 1)[:5], np.flatnonzero(Y == 0)[:95]])
    wrong = DistortedPosterior(1.0, 3.0)
    shrunk, free = (
        PosteriorCalibrator(wrong, scores=scores).fit(X[few], Y[few]).decision_function(NEW_X).mean()
        for scores in ("posterior", "plain")
    )
    assert free < shrunk < wrong.fit(X, Y).decision_function(NEW_X).mean()


def test_it_learns_from_rows_the_classifier_did_not_see() -> None:
    memory = KNeighborsClassifier(1)
    assert memory.fit(X, Y).score(X, Y) == 1.0  # so that on its own rows it looks certain and right
    calibrated = PosteriorCalibrator(memory).fit(X, Y)
    assert log_loss(NEW_Y, calibrated.predict_proba(NEW_X)) < log_loss(NEW_Y, np.full(len(NEW_Y), Y.mean()))


def test_votes_of_all_trees_are_no_certainty() -> None:
    forest = PosteriorCalibrator(RandomForestClassifier(5, random_state=0)).fit(X, Y)
    p = forest.predict_proba(NEW_X)
    assert ((p > 0.0) & (p < 1.0)).all()


def test_a_frozen_classifier_is_calibrated_as_it_is() -> None:
    fitted = LogisticRegression(class_weight="balanced").fit(NEW_X, NEW_Y)
    calibrated = PosteriorCalibrator(FrozenEstimator(fitted), scores="plain").fit(X, Y)
    assert np.array_equal(calibrated.estimator_.decision_function(X), fitted.decision_function(X))
    assert calibrated.predict_proba(X)[:, 1].mean() == pytest.approx(Y.mean(), rel=0.02)


def test_weights_say_whom_the_probabilities_are_about() -> None:
    kept = (Y == 1) | (np.arange(len(Y)) % 10 == 0)
    weight = np.where(Y == 1, 1.0, 10.0)[kept]
    about_all = PosteriorCalibrator(Distorted()).fit(X[kept], Y[kept], weight)
    about_sample = PosteriorCalibrator(Distorted()).fit(X[kept], Y[kept])
    assert about_all.predict_proba(NEW_X)[:, 1].mean() == pytest.approx(TRUTH.mean(), rel=0.1)
    assert about_sample.predict_proba(NEW_X)[:, 1].mean() > 2 * TRUTH.mean()


def test_the_classifier_gets_the_weights_where_it_takes_them() -> None:
    weight = 1.0 + 5.0 * (X[:, 0] > -2.0)
    calibrated = PosteriorCalibrator(LogisticRegression()).fit(X, Y, weight)
    assert np.array_equal(calibrated.estimator_.coef_, LogisticRegression().fit(X, Y, weight).coef_)


def test_metadata_goes_where_it_is_asked_for() -> None:
    groups = np.arange(len(Y)) % 7
    weight = 1.0 + np.arange(len(Y)) % 3
    with sklearn.config_context(enable_metadata_routing=True):
        inner = LogisticRegression().set_fit_request(sample_weight=True)
        grouped = PosteriorCalibrator(inner, cv=GroupKFold(3))
        grouped.set_fit_request(sample_weight=True)
        grouped.fit(X, Y, sample_weight=weight, groups=groups)
        assert np.array_equal(grouped.estimator_.coef_, LogisticRegression().fit(X, Y, weight).coef_)
        pipe = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), grouped)
        assert pipe.fit(X, Y, sample_weight=weight, groups=groups).predict_proba(X).shape == (len(Y), 2)
        with pytest.raises(ValueError, match="sample_weight"):
            PosteriorCalibrator(LogisticRegression()).fit(X, Y, sample_weight=weight)


@pytest.mark.parametrize(
    ("classifier", "options", "code", "words"),
    [
        (LinearSVC(), {"cv": [(np.flatnonzero(Y == 0), np.flatnonzero(Y))]}, "E806", "has no row of class 1"),
        (LinearSVC(), {"scores": "odds"}, "E807", "scores='odds'"),
        (LinearSVC(), {"cv": ShuffleSplit(2, random_state=0)}, "E808", "row(s)"),
        (StandardScaler(), {}, "E811", "StandardScaler gives neither"),
        (LinearSVC(), {"scores": "posterior"}, "E812", "LinearSVC has none"),
    ],
)
def test_a_refusal_says_what_and_what_to_do(classifier, options, code: str, words: str) -> None:
    with pytest.raises(ScarceError) as refusal:
        PosteriorCalibrator(classifier, **options).fit(X, Y)
    assert refusal.value.code == code
    assert words in refusal.value.message


def test_one_row_of_a_class_is_too_few() -> None:
    with pytest.raises(ScarceError) as refusal:
        PosteriorCalibrator(LinearSVC()).fit(X, np.arange(len(X)) == 7)
    assert refusal.value.code == "E805"
