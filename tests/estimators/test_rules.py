"""Rules around a classifier: Bayes' cut by cost, exact cuts by constraint."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from tests.estimators.tables import truth_table

from scarce import CostRuleClassifier, ThresholdRuleClassifier
from scarce.errors import ScarceError

X, Y = truth_table(500)
AMOUNT = np.random.default_rng(5).lognormal(3.0, 1.5, len(X))
TABLE = pd.DataFrame({"x": X[:, 0], "amount": AMOUNT})
NOISE = np.random.default_rng(6).normal(size=(len(X), 1))
POSTERIOR = LogisticRegression().fit(X, Y).predict_proba(X)[:, 1]
OUT_OF_FOLD = cross_val_predict(LogisticRegression(), X, Y, cv=5, method="predict_proba")[:, 1]
CUTS = np.unique(OUT_OF_FOLD)


def test_a_cost_rule_flags_where_that_costs_less() -> None:
    flagged = CostRuleClassifier(LogisticRegression(), cost="fn=40,fp=5,tp=3").fit(X, Y).predict(X)
    assert np.array_equal(flagged == 1, POSTERIOR * (40 - 3) > (1 - POSTERIOR) * 5)


@pytest.mark.parametrize("library", [pd.DataFrame, pa.table], ids=["pandas", "pyarrow"])
def test_costs_may_be_columns_of_any_dataframe(library) -> None:
    frame = library({"x": X[:, 0], "amount": AMOUNT})
    rule = CostRuleClassifier(LogisticRegression(), cost="fn=amount,fp=5").fit(frame, Y)
    p = rule.predict_proba(frame)[:, 1]
    assert np.array_equal(rule.predict(frame) == 1, p * AMOUNT > (1 - p) * 5)


def test_costs_in_columns_pass_a_pipeline_that_keeps_names() -> None:
    rule = CostRuleClassifier(LogisticRegression(), cost="fn=amount,fp=5")
    pipe = make_pipeline(StandardScaler(with_mean=False).set_output(transform="pandas"), rule)
    flagged = pipe.fit(TABLE, Y).predict(TABLE)
    p, scaled = pipe.predict_proba(TABLE)[:, 1], AMOUNT / AMOUNT.std()
    assert np.array_equal(flagged == 1, p * scaled > (1 - p) * 5)


def test_a_search_finds_the_constant_behind_a_rule() -> None:
    search = GridSearchCV(
        CostRuleClassifier(LogisticRegression(), cost="fn=20,fp=1"),
        {"estimator__C": [1e-4, 1.0]},
        scoring="average_precision",
        cv=2,
    )
    assert search.fit(TABLE, Y).best_estimator_.rule_.spec.fn == 20.0


def reached(aim: str, flagged: np.ndarray) -> float:
    hits, alarms = (flagged & (Y == 1)).sum(), (flagged & (Y == 0)).sum()
    rates = {
        "f_beta": 2 * hits / (flagged.sum() + (Y == 1).sum()),
        "precision_at_least": hits / max(flagged.sum(), 1),
        "recall_at_least": hits / (Y == 1).sum(),
        "false_positive_rate_at_most": alarms / (Y == 0).sum(),
        "capacity": flagged.mean(),
    }
    return float(rates[aim])


LOOKED_FOR = {
    "f_beta": (1.0, "f_beta", lambda value: True),
    "precision_at_least": (0.4, "recall_at_least", lambda value: value >= 0.4),
    "recall_at_least": (0.6, "precision_at_least", lambda value: value >= 0.6),
    "false_positive_rate_at_most": (0.05, "recall_at_least", lambda value: value <= 0.05),
    "capacity": (0.1, "capacity", lambda value: value <= 0.1),
}
"""By aim: its level, what is to be highest, and which cuts are allowed."""


@pytest.mark.parametrize("aim", LOOKED_FOR)
def test_no_cut_does_better_out_of_fold(aim: str) -> None:
    level, wanted, allows = LOOKED_FOR[aim]
    rule = ThresholdRuleClassifier(LogisticRegression(), aim=aim, level=level).fit(X, Y).rule_
    ours = rule.threshold() < OUT_OF_FOLD
    allowed = [flagged for cut in CUTS if allows(reached(aim, flagged := cut < OUT_OF_FOLD))]
    assert allows(reached(aim, ours))
    assert reached(wanted, ours) == pytest.approx(max(reached(wanted, flagged) for flagged in allowed))


def test_the_cut_is_applied_to_the_classifier_of_all_rows() -> None:
    model = ThresholdRuleClassifier(LogisticRegression(), aim="capacity", level=0.1).fit(X, Y)
    assert np.array_equal(model.predict(X) == 1, model.rule_.threshold() < POSTERIOR)
    assert np.array_equal(model.predict_proba(X)[:, 1], POSTERIOR)


def test_plain_scores_are_cut_as_they_are() -> None:
    model = ThresholdRuleClassifier(LinearSVC(), aim="recall_at_least", level=0.9).fit(X, Y)
    scores = LinearSVC().fit(X, Y).decision_function(X)
    assert np.array_equal(model.predict(X) == 1, scores > model.rule_.cut)
    assert not hasattr(model, "predict_proba")


@pytest.mark.parametrize("first", [True, False])
def test_the_scarce_class_may_be_the_first(first: bool) -> None:
    words = np.where(Y == 1, "bad" if first else "odd", "good")
    model = ThresholdRuleClassifier(LogisticRegression(), aim="recall_at_least", level=0.8).fit(X, words)
    usual = ThresholdRuleClassifier(LogisticRegression(), aim="recall_at_least", level=0.8).fit(X, Y)
    assert np.array_equal(model.predict(X) != "good", usual.predict(X) == 1)
    assert np.array_equal(model.decision_function(X) > 0, (usual.predict(X) == 1) != first)


COSTLY = {
    "no names": (X, "fn=amount,fp=5", "E809", "column(s) 'amount', and X has no column names"),
    "another name": (TABLE, "fn=amuont,fp=5", "E101", "no column 'amuont' in X"),
}


@pytest.mark.parametrize("case", COSTLY)
def test_costs_that_are_not_in_x_are_told(case: str) -> None:
    table, cost, code, words = COSTLY[case]
    with pytest.raises(ScarceError) as refusal:
        CostRuleClassifier(LogisticRegression(), cost=cost).fit(table, Y).predict(table)
    assert refusal.value.code == code
    assert words in refusal.value.message


@pytest.mark.parametrize(
    ("classifier", "code", "words"),
    [
        (CostRuleClassifier(LinearSVC()), "E813", "needs probabilities, and LinearSVC gives none"),
        (ThresholdRuleClassifier(LinearSVC(), aim="f1"), "E807", "aim='f1' is not known"),
        (
            ThresholdRuleClassifier(LinearSVC(), aim="precision_at_least", level=0.999),
            "E253",
            "no cut gives precision of at least 0.999",
        ),
    ],
)
def test_a_refusal_says_what_and_what_to_do(classifier, code: str, words: str) -> None:
    with pytest.raises(ScarceError) as refusal:
        classifier.fit(NOISE, Y)
    assert refusal.value.code == code
    assert words in refusal.value.message
