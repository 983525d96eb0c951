"""Anyone's classifier takes part, or is refused in words that help."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from tests.learners.simulated import TREATMENTS, fold, logistic_rows, mixed_fold

from scarce.errors import ScarceError
from scarce.learners.outside import Outside


def rows(**facts: object) -> object:
    X, y, _ = logistic_rows(400, seed=1, intercept=-1.0)
    return fold(X, y, 100, **facts)


class Odd(ClassifierMixin, BaseEstimator):
    """Answer with whatever it is given."""

    def __init__(
        self, answer: object = None, classes: tuple[int, ...] = (0, 1), failing: bool = False
    ) -> None:
        self.answer, self.classes, self.failing = answer, classes, failing

    def fit(self, X: object, y: object) -> Odd:
        if self.failing:
            raise RuntimeError("the moon is full")
        self.classes_ = np.array(self.classes)
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return np.full((len(X), *self.answer[0]), self.answer[1])


def test_names_come_from_the_class_of_the_last_step_or_are_given() -> None:
    pipeline = make_pipeline(StandardScaler(), make_pipeline(StandardScaler(), LogisticRegression()))
    assert Outside(pipeline).name == "LogisticRegression"
    assert Outside(pipeline, name="mine").name == "mine"


def test_its_log_odds_are_those_of_its_own_probabilities() -> None:
    data = rows(offset=0.5)
    fitted = Outside(LogisticRegression()).prepare(data).fit(TREATMENTS["plain"], 1.0)
    alone = LogisticRegression().fit(data.features[data.fit], data.target[data.fit])
    truth = alone.decision_function(data.features)
    np.testing.assert_allclose(fitted.log_odds(fitted.logits(data.features)), truth + 0.5, rtol=1e-9)
    assert fitted.stored is None


def test_probabilities_of_0_and_1_are_clipped() -> None:
    data = rows()
    fitted = Outside(DecisionTreeClassifier()).prepare(data).fit(TREATMENTS["plain"], 1.0)
    assert np.abs(fitted.logits(data.features)).max() == pytest.approx(-np.log(1e-15))


def test_without_probabilities_it_is_taken_by_its_scores() -> None:
    data = rows()
    learner = Outside(LinearSVC())
    assert not learner.undoes(TREATMENTS["plain"])
    fitted = learner.prepare(data).fit(TREATMENTS["plain"], 1.0)
    alone = LinearSVC(random_state=3).fit(data.features[data.fit], data.target[data.fit])
    np.testing.assert_allclose(
        fitted.logits(data.features), alone.decision_function(data.features), rtol=1e-9
    )


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        make_pipeline(make_pipeline(StandardScaler(), LogisticRegression())),
    ],
    ids=["plain", "pipeline", "pipeline in a pipeline"],
)
def test_row_and_class_weights_reach_its_fit(estimator: object) -> None:
    data = rows(training_weight=np.arange(400) % 4 + 1.0)
    learner = Outside(estimator)
    assert learner.takes(TREATMENTS["weighted"])
    fitted = learner.prepare(data).fit(TREATMENTS["weighted"], 1.0)
    weight, y = data.training_weight[data.fit], data.target[data.fit]
    weight = weight / weight.mean()
    counts = np.bincount(y, weight)
    by_class = counts.sum() / (2.0 * counts)
    X = data.features[data.fit]
    if hasattr(estimator, "steps"):
        X = StandardScaler().fit_transform(X)
    alone = LogisticRegression().fit(X, y, sample_weight=weight * by_class[y])
    np.testing.assert_allclose(fitted.logits(data.features[data.fit]), alone.decision_function(X), atol=1e-5)


def test_class_weights_are_not_promised_where_fit_takes_none() -> None:
    assert not Outside(KNeighborsClassifier()).takes(TREATMENTS["weighted"])
    assert not Outside(LogisticRegression()).takes(TREATMENTS["focal"])
    assert Outside(KNeighborsClassifier()).takes(TREATMENTS["undersampled"])


def test_a_pipeline_picks_columns_by_name() -> None:
    data = rows()
    pipeline = make_pipeline(make_column_transformer((StandardScaler(), ["c0"])), LogisticRegression())
    fitted = Outside(pipeline).prepare(data).fit(TREATMENTS["plain"], 1.0)
    moved = data.features.copy()
    moved[:, 1:] = 7.0
    assert (fitted.logits(moved) == fitted.logits(data.features)).all()


def test_the_seed_decides_every_random_state_left_open_and_the_user_s_own_stay() -> None:
    data = rows()
    estimator = make_pipeline(StandardScaler(), GradientBoostingClassifier(n_estimators=5, subsample=0.5))

    def logits(seed: int, learner: Outside) -> bytes:
        fitted = learner.prepare(replace(data, seed=seed)).fit(TREATMENTS["plain"], 1.0)
        return fitted.logits(data.features).tobytes()

    assert logits(1, Outside(estimator)) == logits(1, Outside(estimator)) != logits(2, Outside(estimator))
    assert not hasattr(estimator[-1], "estimators_")
    fixed = estimator.set_params(gradientboostingclassifier__random_state=0)
    assert logits(1, Outside(fixed)) == logits(2, Outside(fixed))


def code_of(action: object) -> str:
    with pytest.raises(ScarceError) as raised:
        action()
    return raised.value.code


def test_missing_values_it_refuses_are_said_with_what_fills_them() -> None:
    data = replace(mixed_fold(), training_weight=None)
    with pytest.raises(ScarceError) as raised:
        Outside(LogisticRegression()).prepare(data).fit(TREATMENTS["plain"], 1.0)
    assert raised.value.code == "E318"
    assert "SimpleImputer" in raised.value.hint
    assert "HistGradientBoosting" in raised.value.hint
    Outside(HistGradientBoostingClassifier(max_iter=2)).prepare(data).fit(TREATMENTS["plain"], 1.0)
    whole = Outside(LogisticRegression()).prepare(rows()).fit(TREATMENTS["plain"], 1.0)
    assert code_of(lambda: whole.logits(np.full((3, 3), np.nan))) == "E318"


def test_a_fit_that_fails_is_said_in_its_own_words() -> None:
    with pytest.raises(ScarceError, match="the moon is full") as raised:
        Outside(Odd(failing=True)).prepare(rows()).fit(TREATMENTS["plain"], 1.0)
    assert raised.value.code == "E319"
    assert isinstance(raised.value.__cause__, RuntimeError)
    assert "weights" not in raised.value.hint


def test_a_fit_that_fails_on_weights_is_told_of_them() -> None:
    class Weighing(Odd):
        def fit(self, X: object, y: object, sample_weight: object = None) -> Odd:
            raise RuntimeError("as many weights as rows, please")

    with pytest.raises(ScarceError, match="as many weights") as raised:
        Outside(Weighing()).prepare(rows(training_weight=np.ones(400))).fit(TREATMENTS["plain"], 1.0)
    assert "sample_weight the rows' weights" in raised.value.hint


def test_scores_that_fail_are_said_in_its_own_words() -> None:
    class Blind(LogisticRegression):
        def predict_proba(self, X: object) -> np.ndarray:
            raise RuntimeError("too dark")

    fitted = Outside(Blind()).prepare(rows()).fit(TREATMENTS["plain"], 1.0)
    with pytest.raises(ScarceError, match="Blind cannot be asked for scores: too dark") as raised:
        fitted.logits(rows().features)
    assert raised.value.code == "E319"


def test_a_class_is_told_from_an_object() -> None:
    with pytest.raises(ScarceError, match="LogisticRegression is a class, not an object of one"):
        Outside(LogisticRegression)


@pytest.mark.parametrize("thing", [LinearRegression(), 3, LogisticRegression, StandardScaler()], ids=repr)
def test_what_is_no_classifier_is_refused(thing: object) -> None:
    assert code_of(lambda: Outside(thing)) == "E320"


def test_row_weights_are_not_dropped_where_fit_takes_none() -> None:
    weighted = rows(training_weight=np.ones(400))
    assert code_of(lambda: Outside(KNeighborsClassifier()).prepare(weighted)) == "E321"
    Outside(CalibratedClassifierCV(LogisticRegression())).prepare(weighted)


@pytest.mark.parametrize(
    "odd",
    [Odd(classes=(0,)), Odd(answer=((3,), 0.2)), Odd(answer=((2,), np.nan)), Odd(answer=((), 0.5))],
    ids=["one class", "three columns", "not a number", "one column"],
)
def test_answers_that_are_none_are_refused(odd: Odd) -> None:
    data = rows()
    assert (
        code_of(lambda: Outside(odd).prepare(data).fit(TREATMENTS["plain"], 1.0).logits(data.features))
        == "E322"
    )
