"""The trial as a classifier: the same trial, whatever brings the rows and whatever stands around it."""

from __future__ import annotations

import pickle
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import sklearn
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.estimators.tables import truth_table

import scarce
from scarce import RareClassifier
from scarce.data.dataset import Dataset
from scarce.errors import ScarceError
from scarce.trial.config import TrialConfig
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from pathlib import Path

X, Y = truth_table(400)
RNG = np.random.default_rng(3)
COLUMNS = {
    "score": X[:, 0],
    "amount": RNG.lognormal(3.0, 1.0, len(X)),
    "count": RNG.integers(0, 50, len(X)),
}
ARRAY = np.stack(list(COLUMNS.values()), axis=1)
TABLE = pd.DataFrame(COLUMNS)
QUICK = {
    "methods": ("focal:gamma=2",),
    "learners": ("lightgbm",),
    "folds": 2,
    "max_rounds": 20,
    "replicates": 50,
}
LIBRARIES = [pd.DataFrame, pa.table]
if find_spec("polars"):
    import polars

    LIBRARIES.append(polars.DataFrame)


@pytest.fixture(scope="module")
def fitted() -> RareClassifier:
    return RareClassifier("fn=amount,fp=5", **QUICK).fit(TABLE, Y)


def test_it_is_the_trial_of_the_same_table(fitted: RareClassifier) -> None:
    dataset = Dataset.prepare(
        TABLE.assign(target=Y), target="target", cost="fn=amount,fp=5", keep=list(COLUMNS)
    )
    result, model = run_trial(dataset, TrialConfig(**QUICK))
    assert fitted.verdict_ == fitted.result_.verdict == result.verdict
    table = pa.table(COLUMNS)
    assert np.array_equal(fitted.predict_proba(TABLE)[:, 1], model.posterior(table))
    assert np.array_equal(fitted.predict(TABLE) == 1, model.flag(table))
    assert np.array_equal(fitted.decision_function(TABLE) > 0, model.flag(table))


@pytest.mark.parametrize("library", LIBRARIES)
def test_any_dataframe_gives_the_same(fitted: RareClassifier, library) -> None:
    frame = library(COLUMNS)
    other = clone(fitted).fit(frame, Y)
    assert np.array_equal(other.predict_proba(frame), fitted.predict_proba(TABLE))
    assert list(other.feature_names_in_) == list(COLUMNS)
    assert other.n_features_in_ == len(COLUMNS)


def test_an_array_gives_the_same_and_its_columns_have_numbers(fitted: RareClassifier) -> None:
    other = RareClassifier("fn=x1,fp=5", **QUICK).fit(ARRAY, Y)
    assert np.array_equal(other.predict_proba(ARRAY), fitted.predict_proba(TABLE))
    numbered = pd.DataFrame(ARRAY)  # named 0, 1, 2: no names, as scikit-learn has it
    assert np.array_equal(other.predict(numbered), fitted.predict(TABLE))
    assert not hasattr(other, "feature_names_in_")


def test_words_name_the_classes_and_the_rarer_is_the_scarce_one(fitted: RareClassifier) -> None:
    words = np.where(Y == 1, "bad", "good")
    other = clone(fitted).fit(TABLE, words)
    assert (list(other.classes_), other.positive_) == (["bad", "good"], "bad")
    assert other.result_.labels == other.model_.labels == ("good", "bad")
    assert np.array_equal(other.predict_proba(TABLE), fitted.predict_proba(TABLE)[:, ::-1])
    assert np.array_equal(other.predict(TABLE) == "bad", fitted.predict(TABLE) == 1)
    assert np.array_equal(other.decision_function(TABLE), -fitted.decision_function(TABLE))


def test_categories_gaps_and_codes_are_read_at_prediction_as_at_training() -> None:
    codes = np.where(Y == 1, "007", np.where(np.arange(len(Y)) % 2, "010", "9"))
    frame = TABLE.assign(code=codes, amount=np.where(Y == 1, np.nan, TABLE["amount"]))
    model = RareClassifier(**QUICK).fit(frame, Y)
    nines = frame[frame["code"] == "9"]  # on its own a column of numbers
    assert np.array_equal(model.predict_proba(nines), model.predict_proba(frame)[frame["code"] == "9"])
    assert model.result_.findings


def test_names_that_the_trial_uses_itself_may_be_columns() -> None:
    frame = TABLE.rename(columns={"score": "target", "amount": "weight", "count": "group"})
    weight = np.where(Y == 1, 1.0, 3.0)
    model = RareClassifier(**QUICK).fit(frame, Y, weight, groups=np.arange(len(Y)) // 2)
    plain = RareClassifier(**QUICK).fit(TABLE, Y, weight, groups=np.arange(len(Y)) // 2)
    assert np.array_equal(model.predict_proba(frame), plain.predict_proba(TABLE))


def test_weights_say_whom_the_probabilities_are_about(fitted: RareClassifier) -> None:
    weighted = clone(fitted).fit(TABLE, Y, np.where(Y == 1, 1.0, 10.0))
    assert weighted.result_.prevalence == pytest.approx(Y.sum() / (Y.sum() + 10 * (Y == 0).sum()))
    assert weighted.predict_proba(TABLE)[:, 1].mean() < 0.3 * fitted.predict_proba(TABLE)[:, 1].mean()
    equal = clone(fitted).fit(TABLE, Y, np.full(len(Y), 7.0))
    assert np.array_equal(equal.predict_proba(TABLE), fitted.predict_proba(TABLE))


def test_the_control_is_chosen_among_the_learners_that_are_named() -> None:
    model = RareClassifier(**QUICK | {"learners": ["linear", "lightgbm"]}).fit(TABLE, Y)
    assert [one.name for one in model.result_.candidates] == ["blend", "linear", "lightgbm"]


def test_the_margin_is_that_of_the_trial(fitted: RareClassifier) -> None:
    wide = clone(fitted).set_params(margin=1e6).fit(TABLE, Y)
    assert {d.margin for d in wide.result_.differences} == {1e6}
    assert fitted.result_.differences[0].margin < 1e6


def test_rows_of_a_group_are_tested_together() -> None:
    groups = np.array(["a", "b", "c", "d"])[np.arange(len(Y)) % 4]
    fold_of = RareClassifier(**QUICK).fit(TABLE, Y, groups=groups).result_.fold_of[0]
    assert all(np.unique(fold_of[groups == group]).size == 1 for group in "abcd")


def test_metadata_goes_where_it_is_asked_for() -> None:
    weight, groups = np.where(Y == 1, 1.0, 3.0), np.arange(len(Y)) // 2
    with sklearn.config_context(enable_metadata_routing=True):
        routed = RareClassifier(**QUICK).set_fit_request(sample_weight=True, groups=True)
        pipe = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), routed)
        pipe.fit(ARRAY, Y, sample_weight=weight, groups=groups)
        scaled = StandardScaler().fit_transform(ARRAY)
    alone = RareClassifier(**QUICK).fit(scaled, Y, weight, groups)
    assert np.array_equal(pipe.predict_proba(ARRAY), alone.predict_proba(scaled))


def test_it_stands_in_pipelines_that_keep_names_and_in_searches() -> None:
    pipe = make_pipeline(StandardScaler().set_output(transform="pandas"), RareClassifier(**QUICK))
    grid = {"rareclassifier__methods": [("focal:gamma=1",), ("undersample:ratio=3",)]}
    search = GridSearchCV(pipe, grid, cv=2, scoring="average_precision").fit(TABLE, Y)
    assert list(search.best_estimator_[-1].feature_names_in_) == list(COLUMNS)
    assert search.best_score_ > 2 * Y.mean()
    assert cross_val_score(RareClassifier(**QUICK), ARRAY, Y, cv=2, scoring="neg_log_loss").min() > -0.5


def test_a_copy_a_pickle_and_a_model_file_say_the_same(fitted: RareClassifier, tmp_path: Path) -> None:
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.decision_function(TABLE), fitted.decision_function(TABLE))
    assert again.verdict_ == fitted.verdict_
    scarce.save(fitted.model_, tmp_path / "model.scarce")
    loaded = scarce.load(tmp_path / "model.scarce")
    assert np.array_equal(loaded.posterior(pa.table(COLUMNS)), fitted.predict_proba(TABLE)[:, 1])
    assert clone(fitted).get_params() == fitted.get_params()


def test_a_notebook_shows_it(fitted: RareClassifier) -> None:
    page = fitted._repr_html_()
    assert "RareClassifier" in page
    assert "fn=amount,fp=5" in page


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (lambda: RareClassifier(**QUICK).fit(X, np.arange(len(X)) % 3), "E802", "Only binary classification"),
        (lambda: RareClassifier(**QUICK | {"folds": 1}).fit(X, Y), "E301", "folds is 1"),
        (lambda: RareClassifier(**QUICK).fit(X, np.arange(len(X)) == 5), "E311", "1 row(s) of label"),
        (
            lambda: RareClassifier(**QUICK | {"learners": [LogisticRegression()]}).fit(X, Y),
            "E807",
            "learners=LogisticRegression() is not known",
        ),
        (lambda: RareClassifier("fn=gone,fp=1", **QUICK).fit(TABLE, Y), "E101", "no column 'gone' in X"),
        (lambda: RareClassifier("fn=x,fp=1", **QUICK).fit(ARRAY, Y), "E101", "no column 'x' in X"),
    ],
)
def test_a_refusal_says_what_and_what_to_do(make, code: str, words: str) -> None:
    with pytest.raises(ScarceError) as refusal:
        make()
    assert refusal.value.code == code
    assert words in refusal.value.message
