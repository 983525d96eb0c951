"""Boosting with a loss: the engine's training as it is, labels of any kind, probabilities that are true."""

from __future__ import annotations

import subprocess
import sys

import lightgbm
import numpy as np
import pytest
from scipy.special import expit
from sklearn.model_selection import GridSearchCV
from tests.estimators.tables import truth_table
from tests.estimators.test_contract import XGBOOST

from scarce import FocalClassifier
from scarce.boosting.lightgbm import train
from scarce.errors import ScarceError
from scarce.losses import get
from scarce.losses.modulation import Focal
from scarce.tuning import loop

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


def steep_table(rows: int = 2_400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of which one column says all there is to say."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, 3))
    return features, (rng.random(rows) < expit(2.0 * features[:, 0] - 3.0)).astype(int)


@pytest.mark.parametrize("engine", ENGINES)
def test_numbers_that_are_open_are_chosen_and_the_plain_loss_stays_where_nothing_helps(engine: str) -> None:
    rows, labels = steep_table()
    settings = {"engine": engine, "n_estimators": 8}
    model = FocalClassifier("focal:gamma=auto", **settings).fit(rows, labels)
    assert model.tuned_.is_plain
    assert [one.settings["gamma"] for one in model.tuned_.table] == [0.0, 1.0, 2.0, 4.0]
    assert model.loss_.modulation == Focal(0.0)
    plain = FocalClassifier("focal:gamma=0", **settings).fit(rows, labels)
    assert np.array_equal(model.decision_function(rows), plain.decision_function(rows))
    assert plain.tuned_ is None
    assert plain.loss_.modulation == Focal(0.0)


def test_what_is_surely_better_is_chosen_and_trained_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SEARCH_LEVEL", 1.0)  # any gain counts
    rows, labels = steep_table(800, seed=3)
    model = FocalClassifier("focal:gamma=auto,class_weight=auto", n_estimators=8).fit(rows, labels)
    chosen = model.tuned_.settings
    assert not model.tuned_.is_plain
    assert model.loss_.modulation.gamma == chosen["gamma"]
    assert model.loss_.class_weight == pytest.approx(chosen["class_weight"])
    by_hand = get("focal", **chosen)
    same = FocalClassifier(by_hand, n_estimators=8).fit(rows, labels)
    assert np.array_equal(model.decision_function(rows), same.decision_function(rows))
    again = FocalClassifier("focal:gamma=auto,class_weight=auto", n_estimators=8).fit(rows, labels)
    assert again.tuned_.table == model.tuned_.table


def test_sample_weights_count_in_the_choice() -> None:
    rows, labels = steep_table()
    weight = np.where(labels == 1, 1.0, 3.0)
    light, heavy = (
        FocalClassifier("focal:gamma=auto", n_estimators=5).fit(rows, labels, given)
        for given in (None, weight)
    )
    figures = [model.tuned_.table[0].figure for model in (light, heavy)]
    assert figures[1] < 0.8 * figures[0]  # of more negatives
    nothing = FocalClassifier("focal:gamma=auto", n_estimators=5)
    nothing.fit(np.vstack([rows, rows + 9.0]), np.tile(labels, 2), np.repeat([1.0, 0.0], len(rows)))
    assert nothing.tuned_.table[0].figure == pytest.approx(figures[0], rel=0.05)


def test_with_a_handful_of_rows_of_a_class_nothing_is_searched() -> None:
    labels = np.arange(300) % 16 == 0
    rows = np.random.default_rng(0).normal(size=(300, 2))
    model = FocalClassifier("focal:gamma=auto,class_weight=auto", n_estimators=3).fit(rows, labels)
    assert model.tuned_ is None
    assert model.loss_.modulation == Focal(0.0)


def test_copies_of_a_row_are_left_out_together(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, labels = steep_table(400)
    rows, labels = np.repeat(rows, 2, axis=0), np.repeat(labels, 2)
    learnt, trained = [], FocalClassifier._trained

    def noted(self, features, *others):
        learnt.append(features)
        return trained(self, features, *others)

    monkeypatch.setattr(FocalClassifier, "_trained", noted)
    FocalClassifier("focal:gamma=auto", n_estimators=2).fit(rows, labels)
    for features in learnt:
        _, counts = np.unique(features, axis=0, return_counts=True)
        assert (counts == 2).all()
    assert len(learnt) == 4 * 2 * 5 + 1


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
        (lambda: FocalClassifier("class_balanced:beta=auto").fit(X, Y), "E538", "beta=auto cannot be chosen"),
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
