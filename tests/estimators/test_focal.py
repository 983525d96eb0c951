"""Boosting with a loss: the engine's training as it is, labels of any kind, probabilities that are true."""

from __future__ import annotations

import subprocess
import sys

import lightgbm
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from tests.estimators.tables import truth_table
from tests.estimators.test_contract import XGBOOST

from scarce import FocalClassifier
from scarce.boosting.lightgbm import train
from scarce.errors import ScarceError

X, Y = truth_table()
ENGINES = [
    "lightgbm",
    pytest.param("xgboost", marks=pytest.mark.skipif(not XGBOOST, reason="XGBoost is not installed")),
]
NAMED = ["cross_entropy", "logit_adjusted", "poly:epsilon=1", "asymmetric"]


def test_it_is_the_training_of_the_engines_own_face() -> None:
    model = FocalClassifier("focal:gamma=2", n_estimators=10, params={"num_leaves": 7}, seed=3).fit(X, Y)
    settings = {"num_leaves": 7, "learning_rate": 0.1, "seed": 3}
    booster = train(settings, lightgbm.Dataset(X, Y), "focal:gamma=2", num_boost_round=10)
    assert np.array_equal(model.decision_function(X), booster.log_odds(X))
    assert model.predict_proba(X)[:, 1] == pytest.approx(booster.posterior(X), rel=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("loss", ["focal:gamma=2", "cross_entropy", "cross_entropy:class_weight=balanced"])
def test_probabilities_are_those_of_the_population(engine: str, loss: str) -> None:
    model = FocalClassifier(loss, engine=engine, n_estimators=60, params={"max_depth": 3}).fit(X, Y)
    assert model.predict_proba(X)[:, 1].mean() == pytest.approx(Y.mean(), rel=0.1)


@pytest.mark.parametrize("name", NAMED)
def test_any_binary_loss_of_the_catalogue_ranks_the_rows(name: str) -> None:
    model = FocalClassifier(name, n_estimators=20).fit(X, Y)
    log_odds = model.decision_function(X)
    assert np.isfinite(log_odds).all()
    assert np.corrcoef(log_odds, X[:, 0])[0, 1] > 0.5


@pytest.mark.parametrize("engine", ENGINES)
def test_words_name_the_classes_and_the_rarer_is_the_scarce_one(engine: str) -> None:
    words = np.where(Y == 1, "fraud", "fine")
    other = np.where(Y == 1, "a fraud", "fine")
    first, last = (FocalClassifier(engine=engine, n_estimators=5).fit(X, y) for y in (other, words))
    assert (first.positive_, last.positive_) == ("a fraud", "fraud")
    assert np.array_equal(first.predict_proba(X), last.predict_proba(X)[:, ::-1])
    assert np.array_equal(first.decision_function(X), -last.decision_function(X))
    assert np.array_equal(first.predict(X) == "a fraud", last.predict(X) == "fraud")


def test_the_scarce_class_can_be_named() -> None:
    model = FocalClassifier("focal:gamma=2,alpha=0.9", positive=0, n_estimators=5).fit(X, Y)
    swapped = FocalClassifier("focal:gamma=2,alpha=0.9", positive=1, n_estimators=5).fit(X, 1 - Y)
    assert np.array_equal(model.predict_proba(X)[:, 0], swapped.predict_proba(X)[:, 1])


def test_a_search_over_losses_finds_one() -> None:
    losses = ["focal:gamma=1", "cross_entropy"]
    search = GridSearchCV(FocalClassifier(n_estimators=5), {"loss": losses}, cv=2, scoring="neg_log_loss")
    assert search.fit(X, Y).best_params_["loss"] in losses


def test_a_table_of_zeros_gives_the_share_of_the_scarce_class() -> None:
    model = FocalClassifier(n_estimators=3).fit(np.zeros((40, 2)), np.arange(40) % 8 == 0)
    assert model.predict_proba(np.zeros((1, 2)))[0, 1] == pytest.approx(1 / 8, rel=1e-6)


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (lambda: FocalClassifier(engine="catboost").fit(X, Y), "E807", "engine='catboost' is not known"),
        (lambda: FocalClassifier(params={"eta": 1.0}).fit(X, Y), "E810", "'eta', which learning_rate sets"),
        (lambda: FocalClassifier(engine="xgboost", seed=2**64).fit(X, Y), "E301", f"seed is {2**64}"),
        (lambda: FocalClassifier(n_estimators=0).fit(X, Y), "E301", "n_estimators is 0"),
        (lambda: FocalClassifier().fit(X, np.zeros(len(X))), "E801", "y has one class, 0.0"),
        (lambda: FocalClassifier().fit(X, np.arange(len(X)) % 3), "E802", "y has 3 classes"),
        (lambda: FocalClassifier().fit(X, Y, 1 - Y), "E803", "every sample weight of class 1 is zero"),
        (lambda: FocalClassifier(positive=2).fit(X, Y), "E804", "y has no class 2: its classes are 0 and 1"),
    ],
)
def test_a_refusal_says_what_and_what_to_do(make, code: str, words: str) -> None:
    with pytest.raises(ScarceError) as refusal:
        make()
    assert refusal.value.code == code
    assert words in refusal.value.message


def test_without_scikit_learn_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from scarce.errors import ScarceError\nimport scarce\n"
        "try: scarce.RareClassifier\nexcept ScarceError as error: print(error.two_lines())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "error[E701]: scikit-learn is not installed\nhint: pip install 'scarce[trial]'\n"
