"""Defects of other packages' booster objectives that were proved by running them, as regressions of ours."""

from __future__ import annotations

import pickle

import lightgbm
import numpy as np
import pytest

from scarce.boosting.lightgbm import objective, train
from scarce.boosting.objective import BinaryObjective
from scarce.errors import ScarceError
from scarce.losses import get

QUIET = {"num_leaves": 7, "num_threads": 1, "lambda_l2": 1.0}


@pytest.fixture(scope="module")
def rare():
    """Return features, labels (about 3.5 % positives) and true probabilities."""
    rng = np.random.default_rng(35)
    X = rng.normal(size=(20_000, 4))
    eta = 1.0 / (1.0 + np.exp(4.0 - X[:, 0] - X[:, 1]))
    return X, (rng.random(len(X)) < eta).astype(np.float64), eta


def test_softmax_focal_gradient_is_the_numeric_one():
    """imlightgbm (field 8): [-.9076, 8.9e-5, .838] where the numeric gradient is [-.9076, .0355, .872]."""
    z = np.array([[0.7, -1.2, 2.0]])
    gradient = get("focal", gamma=2.0, kind="softmax").gradient(z, [0])[0]
    assert gradient == pytest.approx([-0.9076, 0.0355, 0.872], abs=5e-4)


def test_sample_weight_is_not_dropped(rare):
    """imlightgbm (field 8): the weights of the dataset never reached the gradient."""
    X, y, _ = rare
    focal, raw = objective("focal:gamma=2"), np.linspace(-4.0, 2.0, 500)
    weight = np.linspace(0.5, 3.0, 500)
    plain = focal(raw, lightgbm.Dataset(X[:500], y[:500]).construct())
    weighted = focal(raw, lightgbm.Dataset(X[:500], y[:500], weight=weight).construct())
    for one, other in zip(plain, weighted, strict=True):
        assert other == pytest.approx(one * weight, rel=1e-5)


@pytest.mark.parametrize("x", [40.0, -40.0, 1e4, -1e4])
@pytest.mark.parametrize("hessian", ["auto", "expected", "exact"])
def test_hessian_is_a_number_at_forty(x, hessian):
    """imlightgbm (field 8): NaN Hessian at x = 40."""
    goal = BinaryObjective(get("focal", gamma=2.0), hessian)
    for label in (0.0, 1.0):
        gradient, curvature = goal.gradient_hessian(np.array([x]), np.float32([label]))
        assert np.isfinite(gradient).all()
        assert np.isfinite(curvature).all()
        assert curvature[0] >= 0.0


def test_objective_is_picklable():
    """imlightgbm (field 8): a closure, so no cluster, no joblib."""
    loss = objective("focal:gamma=2,class_weight=balanced", [0, 0, 0, 1])
    assert pickle.loads(pickle.dumps(loss)) == loss


@pytest.mark.parametrize("label", [0, 1])
def test_focal_hessian_is_not_zero_for_positives(label):
    """Field 9, bokbokbok: Hessian 0 for every positive."""
    z, step = np.array([-1.0, 0.0, 1.0]), 1e-5
    focal, target = get("focal", gamma=2.0), np.full(3, label)
    numeric = (focal.gradient(z + step, target) - focal.gradient(z - step, target)) / (2 * step)
    _, exact = BinaryObjective(focal, "exact").gradient_hessian(z, target.astype(np.float32))
    _, default = BinaryObjective(focal).gradient_hessian(z, target.astype(np.float32))
    assert exact == pytest.approx(numeric, rel=1e-4)
    assert (default > 0.01).all()


def test_the_reported_metric_is_a_log_loss_of_probabilities(rare):
    """Field 10, LightGBM: binary_logloss of raw scores, -.507 where the log-loss is .111."""
    X, y, eta = rare
    train_set = lightgbm.Dataset(X, y)
    model = train(QUIET, train_set, "focal:gamma=2", num_boost_round=80, valid_sets=[train_set])
    reported, posterior = model.history["training"][-1], model.posterior(X)
    assert reported == pytest.approx(-np.log(np.where(y > 0, posterior, 1 - posterior)).mean(), rel=1e-5)
    truth = -np.log(np.where(y > 0, eta, 1 - eta)).mean()
    assert 0.8 * truth < reported < 1.05 * truth
    with pytest.raises(ScarceError) as caught:
        train({**QUIET, "metric": ["binary_logloss"]}, train_set, "focal:gamma=2")
    assert caught.value.code == "E603"


def test_predict_proba_returns_probabilities(rare):
    """Field 10, LightGBM's scikit-learn wrapper: predict_proba returns raw scores."""
    X, y, _ = rare
    proba = train(QUIET, lightgbm.Dataset(X, y), "focal:gamma=2", num_boost_round=30).predict_proba(X)
    assert proba.min() >= 0.0
    assert proba.max() <= 1.0
    assert proba[:, 1].mean() == pytest.approx(y.mean(), rel=0.1)


def test_the_base_score_is_not_silently_ignored(rare):
    """LightGBM 7193: boost_from_average does nothing under a custom objective, so training starts at 1/2."""
    X, y, _ = rare
    none = train({**QUIET, "learning_rate": 1e-6}, lightgbm.Dataset(X, y), "focal:gamma=2", num_boost_round=1)
    assert none.posterior(X) == pytest.approx(y.mean(), rel=1e-3)
    with pytest.raises(ScarceError) as caught:
        train({**QUIET, "boost_from_average": True}, lightgbm.Dataset(X, y))
    assert caught.value.two_lines() == (
        "error[E606]: the parameter 'boost_from_average' is set to True, but the loss decides that\n"
        "hint: leave 'boost_from_average' out, and the base score is always the loss's own"
    )


def test_focal_scores_are_recovered_into_probabilities(rare):
    """CatBoost 2563 and every focal booster: mean .245 at prevalence .035, and .073 for a true .001."""
    X, y, _ = rare
    model = train(QUIET, lightgbm.Dataset(X, y), "focal:gamma=2,alpha=0.5", num_boost_round=60)
    naive = 1.0 / (1.0 + np.exp(-model.raw_score(X)))
    assert naive.mean() > 3 * y.mean()
    assert model.posterior(X).mean() == pytest.approx(y.mean(), rel=0.1)
    start = get("focal", gamma=2.0).base_score(0.001)
    assert 1.0 / (1.0 + np.exp(-start)) == pytest.approx(0.073, abs=5e-4)
    assert float(BinaryObjective(get("focal", gamma=2.0)).posterior(start)) == pytest.approx(0.001)


def test_xgboost_does_not_start_at_a_margin_of_one_half(rare):
    """Field 11, XGBoost 9840: with an objective of one's own the intercept stays .5, read as a margin."""
    xgboost = pytest.importorskip("xgboost", reason="XGBoost is not installed: pip install 'scarce[xgboost]'")
    from scarce.boosting.xgboost import train

    X, y, _ = rare
    rows, slow = xgboost.QuantileDMatrix(X, y), {"learning_rate": 1e-6, "nthread": 1}
    own = xgboost.train(slow, rows, 1, obj=lambda raw, _: (raw * 0.0, raw * 0.0 + 1.0))
    assert own.predict(xgboost.DMatrix(X), output_margin=True) == pytest.approx(0.5)  # P = .62 at a true .035
    model = train(slow, rows, "focal:gamma=2", num_boost_round=1)
    assert model.posterior(xgboost.DMatrix(X)) == pytest.approx(y.mean(), rel=1e-3)


def test_catboosts_focal_case_has_the_inverse_that_catboost_does_not_offer(rare):
    """Field 12, CatBoost 2563: Focal(.5, 2) says .245 on average where .035 are positive."""
    catboost = pytest.importorskip(
        "catboost", reason="CatBoost is not installed: pip install 'scarce[catboost]'"
    )
    X, y, _ = rare
    options = {
        "iterations": 100,
        "learning_rate": 0.1,
        "depth": 4,
        "thread_count": 1,
        "logging_level": "Silent",
    }
    focal = catboost.CatBoost(
        {**options, "loss_function": "Focal:focal_alpha=0.5;focal_gamma=2.0", "allow_writing_files": False}
    ).fit(X, y)
    raw = focal.predict(X, prediction_type="RawFormulaVal")
    assert (1.0 / (1.0 + np.exp(-raw))).mean() > 4 * y.mean()
    ours = get("focal", gamma=2.0, alpha=0.5)
    assert ours.posterior(raw).mean() == pytest.approx(y.mean(), rel=0.1)


def test_binary_focal_reports_the_probability_that_is_true():
    """Field 14, River: the focal minimiser of a true .01 is reported as .139, its sigmoid."""
    share, focal = np.array([0.99, 0.01]), get("focal", gamma=2.0)
    low, high = -10.0, 10.0
    for _ in range(60):  # where the expected gradient changes sign
        middle = (low + high) / 2.0
        uphill = share @ focal.gradient(np.full(2, middle), [0, 1]) > 0.0
        low, high = (low, middle) if uphill else (middle, high)
    assert 1.0 / (1.0 + np.exp(-low)) == pytest.approx(0.15, abs=0.02)
    assert float(focal.posterior(low)) == pytest.approx(0.01, rel=1e-9)
