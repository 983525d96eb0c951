"""Log-loss, Brier, calibration ratio and line: equal to plain arithmetic where that still works."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.linear_model import LogisticRegression

from scarce.decision.arrays import expit, log_odds_of
from scarce.evaluation import (
    brier,
    calibration_line,
    calibration_ratio,
    clipped_rows,
    log_loss,
    prevalence,
)
from scarce.evaluation.recalibration import fit_line


def rows(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-3.0, 2.0, n)
    target = rng.random(n) < expit(0.5 + 0.8 * log_odds)
    return target, log_odds, rng.exponential(size=n)


def test_scikit_learn_agrees():
    target, log_odds, weight = rows()
    p = expit(log_odds)
    assert log_loss(target, log_odds, weight) == pytest.approx(sk.log_loss(target, p, sample_weight=weight))
    expected = sk.brier_score_loss(target, p, sample_weight=weight)
    assert brier(target, log_odds, weight) == pytest.approx(expected, rel=1e-12)
    assert prevalence(target, weight) == pytest.approx(np.average(target, weights=weight), rel=1e-12)
    expected = np.average(p, weights=weight) / np.average(target, weights=weight)
    assert calibration_ratio(target, log_odds, weight) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("z", [-34.5, -20.0, -1e-9, 0.0, 3.0, 30.0, 34.5])
@pytest.mark.parametrize("y", [0, 1])
def test_log_loss_keeps_its_digits(z, y):
    with mpmath.workdps(50):
        truth = float(mpmath.log1p(mpmath.exp(-z if y else z)))
    assert log_loss([y], [z]) == pytest.approx(truth, rel=1e-14)


def test_the_clip_is_a_posterior_of_1e_15_and_counted():
    truth = -np.log(1e-15)
    assert log_loss([1], [-1e4]) == pytest.approx(truth, rel=1e-12)
    assert log_loss([0], [np.inf]) == pytest.approx(truth, rel=1e-12)
    assert log_loss([1], [np.inf]) == pytest.approx(1e-15, rel=1e-9)
    assert clipped_rows([-np.inf, -34.6, -34.5, 0.0, 34.5, 34.6]) == 3


def test_log_odds_of_a_probability_come_back():
    p = np.array([0.0, 1e-300, 1e-9, 0.5, 1 - 1e-9, 1.0])
    np.testing.assert_allclose(expit(log_odds_of(p)), p, rtol=1e-12)
    assert log_odds_of([0.0, 1.0]).tolist() == [-np.inf, np.inf]


def test_the_line_is_the_maximum_likelihood_line():
    target, log_odds, weight = rows()
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    model.fit(log_odds[:, None], target, sample_weight=weight)
    line = calibration_line(target, log_odds, weight)
    assert line.intercept == pytest.approx(model.intercept_[0], abs=2e-3)
    assert line.slope == pytest.approx(model.coef_[0, 0], abs=2e-3)


def test_the_line_finds_the_truth_and_identity_when_calibrated():
    target, log_odds, _ = rows(n=200_000)
    line = calibration_line(target, log_odds)
    assert line.intercept == pytest.approx(0.5, abs=0.05)
    assert line.slope == pytest.approx(0.8, abs=0.03)
    identity = calibration_line(target, 0.5 + 0.8 * log_odds)
    assert identity.slope == pytest.approx(1.0, abs=0.03)


def test_perfect_separation_stays_finite():
    line = calibration_line([1, 1, 0, 0], [2.0, 1.0, -1.0, -2.0])
    assert np.isfinite(line).all()
    assert line.slope > 1.0
    line = calibration_line([1, 0], [np.inf, -np.inf])
    assert np.isfinite(line).all()


def test_one_class_has_no_line_and_no_ratio():
    assert np.isnan(calibration_line([0, 0], [1.0, 2.0])).all()
    assert np.isnan(calibration_ratio([0, 0], [1.0, 2.0]))
    assert np.isnan(calibration_line([0, 1], [1.0, 2.0], [1.0, 0.0])).all()


@pytest.mark.parametrize("spread", [(1.0, 0.25), (10.0, 10.0), (0.01, 0.01)])
def test_the_fit_is_a_stationary_point_of_its_objective(spread):
    target, log_odds, weight = rows(300)
    line = fit_line(log_odds, target.astype(float), weight, spread)
    p = expit(log_odds)
    centre = np.average(log_odds, weights=weight * p * (1 - p))
    extra = line.slope - 1.0
    shift = line.intercept + extra * centre
    residual = weight * (expit(line.intercept + line.slope * log_odds) - target)
    slope = [
        residual.sum() + shift / spread[0] ** 2,
        residual @ (log_odds - centre) + extra / spread[1] ** 2,
    ]
    np.testing.assert_allclose(slope, 0.0, atol=1e-6)


def test_a_line_at_its_least_slope_has_the_best_shift_there():
    target, log_odds, weight = rows(300)
    free = fit_line(log_odds, target.astype(float), weight, (100.0, 100.0))
    least = free.slope + 0.3
    line = fit_line(log_odds, target.astype(float), weight, (100.0, 100.0), least)
    assert line.slope == pytest.approx(least, rel=1e-15)
    # with next to no penalty the mean posterior is the prevalence
    p = expit(line.intercept + line.slope * log_odds)
    assert np.average(p, weights=weight) == pytest.approx(np.average(target, weights=weight), rel=1e-4)
    assert fit_line(log_odds, target.astype(float), weight, (100.0, 100.0), free.slope - 0.1) == free
