"""Linear models reach the minimum of every loss, agree with scikit-learn's, and are calibrated."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from tests.laws.cases import LOSSES, has_posterior
from tests.learners.simulated import TREATMENTS, fold, logistic_rows, mixed_fold

from scarce.errors import ScarceError
from scarce.errors.refusal import RefusalError
from scarce.learners.base import Treatment
from scarce.learners.elastic_net import ElasticNet, steepest_descent
from scarce.learners.linear import Linear
from scarce.learners.linear_columns import linear_columns
from scarce.learners.stored.linear import LinearModel
from scarce.losses import get
from scarce.losses.sigmoid import SigmoidLoss

PENALTY = inspect.signature(LogisticRegression).parameters["penalty"]
PLAIN = Treatment(SigmoidLoss())
USABLE = {name: loss for name, loss in LOSSES.items() if has_posterior(name) and "ldam(15)" not in name}


def net_of(loss: SigmoidLoss, X: np.ndarray, y: np.ndarray, l1_ratio: float) -> ElasticNet:
    return ElasticNet(X, y.astype(np.float32), None, loss, float(loss.base_score(y.mean())), l1_ratio)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.3, 1.0])
def test_coefficients_are_those_of_scikit_learn_s_logistic_regression(l1_ratio: float) -> None:
    X, y, _ = logistic_rows(600, seed=1, intercept=-1.5)
    net = net_of(SigmoidLoss(), X, y, l1_ratio)
    for share, (intercept, slopes) in zip((0.3, 0.03, 0.003), net.path((0.3, 0.03, 0.003)), strict=True):
        strength = 1.0 / (share * net.largest_penalty * len(y))
        old = {"penalty": "elasticnet"} if PENALTY.default == "l2" else {}  # scikit-learn before 1.8
        settings = {"solver": "saga", "tol": 1e-11, "max_iter": 50_000, **old}
        peer = LogisticRegression(C=strength, l1_ratio=l1_ratio, **settings)
        peer.fit(X, y)
        np.testing.assert_allclose(slopes, peer.coef_[0], rtol=0, atol=1e-5)
        assert net.base_score + intercept == pytest.approx(peer.intercept_[0], abs=1e-5)


@pytest.mark.parametrize("name", USABLE)
@pytest.mark.parametrize("share", [0.1, 1e-3])
def test_no_coefficient_of_any_loss_has_a_slope_left(name: str, share: float) -> None:
    X, y, _ = logistic_rows(600, seed=2, intercept=-1.5)
    loss = USABLE[name].resolve((float((y == 0).sum()), float(y.sum())))
    net = net_of(loss, X, y, 0.5)
    *_, (intercept, slopes) = net.path((1.0, 0.3, share))
    slope = loss.gradient(net.base_score + intercept + X @ slopes, y) / len(y)
    penalty = share * net.largest_penalty
    gradient = np.r_[slope.sum(), X.T @ slope + penalty * 0.5 * slopes]
    left = steepest_descent(
        gradient, np.r_[intercept, slopes], penalty * 0.5 * np.array([0.0, 1.0, 1.0, 1.0])
    )
    start = np.abs(loss.gradient(np.full(len(y), net.base_score), y)).mean()
    assert left <= 1e-5 * start
    assert np.abs(slopes[0]) > 0.0


@pytest.mark.parametrize("name", ["cross_entropy", "focal", "poly", "asymmetric", "brier", "logit_adjusted"])
def test_recovered_log_odds_are_the_truth_s_under_every_loss(name: str) -> None:
    X, y, log_odds = logistic_rows(40_000, seed=3)
    fitted = Linear().prepare(fold(X, y)).fit(Treatment(get(name)), 1e-4)
    found = fitted.log_odds(fitted.logits(X))
    assert expit(found).sum() == pytest.approx(y.sum(), rel=0.02)
    slope = np.polyfit(log_odds, found, 1)[0]
    assert slope == pytest.approx(1.0, abs=0.12)


@pytest.mark.filterwarnings("ignore::scarce.errors.ScarceWarning")
def test_a_loss_whose_margins_wait_for_the_class_counts_is_fitted() -> None:
    X, y, _ = logistic_rows(2_000, seed=3)
    fitted = Linear().prepare(fold(X, y)).fit(Treatment(get("ldam")), 1e-3)
    assert np.isfinite(fitted.log_odds(fitted.logits(X))).all()


def test_undersampling_is_undone() -> None:
    X, y, _ = logistic_rows(40_000, seed=4)
    fitted = Linear().prepare(fold(X, y)).fit(TREATMENTS["undersampled"], 1e-4)
    assert expit(fitted.log_odds(fitted.logits(X))).sum() == pytest.approx(y.sum(), rel=0.03)


@pytest.mark.parametrize("splines", [False, True])
def test_wild_columns_separable_classes_and_two_positives_give_finite_models(splines: bool) -> None:
    rng = np.random.default_rng(5)
    y = (np.arange(60) % 30 == 0).astype(np.uint8)
    exponents = rng.integers(-300, 300, 60)
    columns = [
        rng.normal(size=60) * 10.0**exponents,
        rng.normal(size=60) * 1e-300,
        rng.normal(size=60) * 1e300,
        np.full(60, 7.0),
        np.full(60, np.nan),
        np.where(y == 1, 1e308, -1e308),
        1.0 + 1e-15 * rng.integers(0, 3, 60),
        np.where(rng.random(60) < 0.5, np.nan, 5e-324),
    ]
    rows = fold(np.column_stack(columns), y)
    for arm in ("plain", "weighted", "focal"):
        fitted = Linear(splines).prepare(rows).fit(TREATMENTS[arm], 1e-5)
        log_odds = fitted.log_odds(fitted.logits(rows.features))
        assert np.isfinite(log_odds).all()
        assert log_odds[y == 1].min() > log_odds[y == 0].max()


def test_rows_without_a_single_useful_column_get_the_prior() -> None:
    y = (np.arange(50) % 5 == 0).astype(np.uint8)
    rows = fold(np.zeros((50, 2)), y)
    fitted = Linear().prepare(rows).fit(PLAIN, 0.01)
    np.testing.assert_allclose(expit(fitted.log_odds(fitted.logits(rows.features))), 0.2, rtol=1e-6)


def test_many_categories_make_a_sparse_matrix_of_the_same_columns() -> None:
    rng = np.random.default_rng(6)
    X = np.column_stack([rng.normal(size=2_000), rng.integers(0, 200, 2_000)])
    X[rng.random(2_000) < 0.05, 1] = np.nan
    columns = linear_columns(X, (1,), None)
    matrix = columns.matrix(X)
    assert not isinstance(matrix, np.ndarray)
    dense = matrix.toarray()
    assert dense.shape == (2_000, 1 + 201)
    codes = np.where(np.isnan(X[:, 1]), -1, X[:, 1])
    np.testing.assert_array_equal(dense[:, 1:], codes[:, None] == columns.code[None, :])
    y = (rng.random(2_000) < expit(X[:, 0] + 2.0 * (codes % 7 == 0) - 2.0)).astype(np.float32)
    small = next(net_of(SigmoidLoss(), dense, y, 0.5).path((0.05,)))
    large = next(net_of(SigmoidLoss(), matrix, y, 0.5).path((0.05,)))
    np.testing.assert_allclose(large.slopes, small.slopes, atol=1e-6)


def test_a_category_never_seen_counts_for_nothing() -> None:
    rows = mixed_fold()
    columns = linear_columns(rows.features[rows.fit], rows.categorical, None)
    for unseen in (9.0, 0.5, -7.0):
        row = np.array([[0.0, 0.0, 0.0, unseen]])
        assert (columns.matrix(row)[:, -columns.category.size :] == 0.0).all()


def test_a_weight_of_two_is_the_row_twice() -> None:
    X, y, _ = logistic_rows(300, seed=7, intercept=-1.0)
    twice = np.arange(300) % 3 == 0
    weight = np.where(twice, 2.0, 1.0)
    once = Linear(splines=True).prepare(fold(X, y, training_weight=weight)).fit(PLAIN, 0.01)
    X2, y2 = np.vstack([X, X[twice]]), np.r_[y, y[twice]]
    copied = Linear(splines=True).prepare(fold(X2, y2)).fit(PLAIN, 0.01)
    np.testing.assert_allclose(once.logits(X), copied.logits(X), atol=1e-4)


def test_splines_bend_where_the_truth_does() -> None:
    rng = np.random.default_rng(8)
    X = rng.normal(size=(6_000, 2))
    y = (rng.random(6_000) < expit(2.0 * np.abs(X[:, 0]) - 4.0)).astype(np.uint8)
    ends = np.array([[-2.0, 0.0], [0.0, 0.0], [2.0, 0.0]])
    low, middle, high = Linear(splines=True).prepare(fold(X, y)).fit(PLAIN, 1e-3).logits(ends)
    assert min(low, high) > middle + 2.0


def test_a_loss_without_a_posterior_is_refused() -> None:
    X, y, _ = logistic_rows(100, seed=9, intercept=0.0)
    with pytest.raises(ScarceError, match="posterior") as raised:
        Linear().prepare(fold(X, y)).fit(Treatment(get("generalized_cross_entropy", q=1.0)), 0.1)
    assert raised.value.code == "E513"


FORGED = {
    "number": np.array([0, 1, 9], np.int32),
    "low": np.array([1.0, 0.0, 0.0]) * np.nan,
    "exponent": np.array([2_000, 0, 0], np.int32),
    "scale": np.array([0.0, 1.0, 1.0]),
    "centre": np.array([np.inf, 0.0, 0.0]),
    "ramp": np.array([0], np.int32),
    "missing": np.array([4], np.int32),
    "code": np.array([1], np.int32),
    "coefficient": np.array([np.nan]),
    "high": np.zeros((3, 1)),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_arrays_are_refused(name: str) -> None:
    rows = mixed_fold()
    facts, arrays = Linear().prepare(rows).fit(PLAIN, 0.01).stored.to_parts()
    with pytest.raises(RefusalError):
        LinearModel.from_parts(facts, {**arrays, name: FORGED[name]})


@pytest.mark.parametrize(
    "facts",
    [{"n_features": 4}, {"n_features": 0, "intercept": 0.0}, {"n_features": 4, "intercept": float("inf")}],
)
def test_forged_facts_are_refused(facts: dict[str, object]) -> None:
    _, arrays = Linear().prepare(mixed_fold()).fit(PLAIN, 0.01).stored.to_parts()
    with pytest.raises(RefusalError):
        LinearModel.from_parts(facts, arrays)


def test_the_path_ends_before_separated_classes_drive_coefficients_away() -> None:
    """Of few rows; of many it goes on, for there the penalty is outweighed."""
    rng = np.random.default_rng(0)
    ends = []
    for n, gap in ((200, 6.0), (20_000, 0.5)):
        y = (np.arange(n) % 14 == 0).astype(np.uint8)
        X = rng.normal(size=(n, 3)) + gap * y[:, None]
        rows = replace(fold(X, y), held=np.arange(n))
        seen: dict[float, float] = {}

        def watch(step: float, logits: np.ndarray, log_odds: np.ndarray, seen: dict = seen) -> bool:
            seen[step] = float(np.abs(log_odds).max())
            return True

        Linear().prepare(rows).follow(PLAIN, watch)
        ends.append((min(seen), max(seen.values())))
    (few, largest), (many, _) = ends
    assert few > 1e-3
    assert largest < 20.0
    assert many < few / 10.0
