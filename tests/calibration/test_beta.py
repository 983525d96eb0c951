"""Beta calibration: the formula of Kull and others, its exact minimum, and what it turns into at its ends."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from scarce.calibration import PenalisedBeta, PenalisedLogistic
from scarce.calibration.beta import BEND
from scarce.calibration.logistic import LEAST_SLOPE, SPREAD
from scarce.errors import ScarceError

FAR = [-1e6, -700.0, -40.0, -3.0, -1e-9, 0.0, 1e-9, 0.5, 20.0, 38.0, 700.0, 1e6]
BETAS = [
    PenalisedBeta(-0.3, 0.6, 1.7),
    PenalisedBeta(0.4, 2.5, LEAST_SLOPE),
    PenalisedBeta(0.0, LEAST_SLOPE, 3.0),
]


@pytest.mark.parametrize("beta", BETAS, ids=str)
def test_it_is_kulls_formula_to_the_last_digits_at_any_log_odds(beta):
    with mpmath.workdps(60):
        for x, found in zip(FAR, beta.log_odds(FAR), strict=True):
            rest = mpmath.log1p(mpmath.exp(-abs(mpmath.mpf(x))))
            log_p, log_q = min(x, 0) - rest, -max(x, 0) - rest
            expected = beta.intercept + beta.slope_below * log_p - beta.slope_above * log_q
            assert float(abs(found - expected)) <= 1e-15 * (5.0 + float(abs(expected))), x


@pytest.mark.parametrize("beta", BETAS, ids=str)
def test_it_rises_everywhere(beta):
    points = np.unique(
        np.concatenate([np.linspace(-750, 750, 100_001), np.sinh(np.linspace(-30, 30, 100_001))])
    )
    points = points[np.concatenate([[True], np.diff(points) > 1e-12 * (1.0 + np.abs(points[1:]))])]
    assert (np.diff(beta.log_odds(points)) > 0.0).all()


def test_equal_slopes_are_the_line_bit_for_bit():
    points = np.random.default_rng(0).normal(0.0, 100.0, 10_000)
    line = PenalisedLogistic(-0.37, 0.83)
    np.testing.assert_array_equal(PenalisedBeta(-0.37, 0.83, 0.83).log_odds(points), line.log_odds(points))


def rows(n=600, seed=0, slopes=(0.7, 1.6), centre=-1.5):
    rng = np.random.default_rng(seed)
    score = rng.normal(centre, 2.5, n)
    truth = slopes[0] * log_expit(score) - slopes[1] * log_expit(-score)
    return score, (rng.random(n) < expit(truth)).astype(float), rng.exponential(size=n)


def objective(score, target, weight, spread=SPREAD, bend=BEND):
    """Return what the fit minimises over (intercept, slope_below, slope_above), written anew."""
    positive = weight[target > 0.0]
    evidence = weight * positive.sum() / (positive**2).sum()
    p = expit(score)
    parts = np.stack([log_expit(score), -log_expit(-score)])
    centre = np.average(parts, axis=1, weights=evidence * p * (1.0 - p))
    negative = evidence[target == 0.0]
    bend /= np.sqrt(max(1.0, (negative**2).sum() / negative.sum()))

    def loss(point):
        extra = np.asarray(point[1:]) - 1.0
        z = point[0] + point[1:] @ parts
        shift = point[0] + extra @ centre
        return (
            -evidence @ np.where(target > 0.0, log_expit(z), log_expit(-z))
            + 0.5 * (shift / spread[0]) ** 2
            + 0.5 * (extra.mean() / spread[1]) ** 2
            + 0.5 * ((extra[1] - extra[0]) / (bend * spread[1])) ** 2
        )

    return loss


def slopes_of(beta):
    return np.array([beta.intercept, beta.slope_below, beta.slope_above])


CASES = {
    "bent": {},
    "bent the other way": {"slopes": (1.6, 0.7), "seed": 1},
    "positives are few": {"centre": -6.0, "seed": 2},
    "most are positive": {"centre": 4.0, "seed": 3},
    "many rows": {"n": 21_000, "seed": 4},
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_its_gradient_is_0_by_finite_differences(case):
    data = rows(**case)
    loss, point = objective(*data), slopes_of(PenalisedBeta.fit(*data))
    steps = 1e-5 * np.eye(3)
    gradient = [(loss(point + step) - loss(point - step)) / 2e-5 for step in steps]
    curvature = [(loss(point + step) + loss(point - step) - 2.0 * loss(point)) / 1e-10 for step in steps]
    # the distance to the minimum is the gradient over the curvature
    assert (np.abs(gradient) < 1e-5 * np.maximum(curvature, 1.0)).all()


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_it_is_where_another_minimiser_ends(case):
    data = rows(**case)
    loss = objective(*data)
    other = minimize(loss, [0.0, 1.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    np.testing.assert_allclose(slopes_of(PenalisedBeta.fit(*data)), other.x, atol=1e-5)


@pytest.mark.parametrize("slopes", [(-2.0, 1.5), (1.5, -2.0), (-2.0, -2.0), (-0.2, 3.0)])
def test_a_side_upside_down_is_held_at_the_least_slope_and_the_rest_is_best_there(slopes):
    data = rows(20_000, slopes=slopes, centre=0.0)
    beta = PenalisedBeta.fit(*data, spread=(5.0, 5.0))
    loss = objective(*data, spread=(5.0, 5.0))
    bounds = [(None, None), (LEAST_SLOPE, None), (LEAST_SLOPE, None)]
    other = minimize(
        loss, [0.0, 1.0, 1.0], method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-15, "gtol": 1e-9}
    )
    held = [slope < 0.0 for slope in slopes]
    assert [bool(found == pytest.approx(LEAST_SLOPE, abs=1e-12)) for found in slopes_of(beta)[1:]] == held
    assert loss(slopes_of(beta)) <= other.fun + 1e-9 * abs(other.fun)
    np.testing.assert_allclose(slopes_of(beta), other.x, atol=2e-3)


def test_where_one_side_has_no_rows_its_slope_follows_the_other():
    """What the rows say of one side is believed of the other, as far as they are alike."""
    rng = np.random.default_rng(0)
    score = rng.normal(-9.0, 1.0, 400_000)
    target = rng.random(score.size) < expit(0.7 * score - 0.9)
    beta = PenalisedBeta.fit(score, target)
    assert beta.slope_below < 0.85
    alike = (1.0 - BEND**2 / 4.0) / (1.0 + BEND**2 / 4.0)  # the prior's regression of one slope on the other
    assert 1.0 - beta.slope_above == pytest.approx(alike * (1.0 - beta.slope_below), rel=0.02)


def test_slopes_that_must_be_alike_are_the_line():
    score, target, weight = rows()
    line = PenalisedLogistic.fit(score, target, weight)
    points = np.linspace(-700.0, 700.0, 101)
    fitted = [PenalisedBeta.fit(score, target, weight, bend=bend) for bend in (1.0, 0.3, 0.03, 1e-5)]
    away = [np.abs(beta.log_odds(points) - line.log_odds(points)).max() for beta in fitted]
    assert all(after < before for before, after in pairwise(away))
    assert away[-1] < 1e-4


def test_without_evidence_it_is_the_identity():
    score, target, _ = rows()
    points = np.linspace(-20.0, 20.0, 81)
    fitted = [PenalisedBeta.fit(score, target, spread=spread) for spread in (SPREAD, (5e-5, 2.5e-5))]
    far, near = (np.abs(beta.log_odds(points) - points).max() for beta in fitted)
    assert far > 1.0
    assert near < 1e-3


@pytest.mark.parametrize(
    ("numbers", "name"),
    [
        ((0.0, 0.0, 1.0), "slope_below"),
        ((0.0, 1.0, np.inf), "slope_above"),
        ((np.nan, 1.0, 1.0), "intercept"),
    ],
)
def test_numbers_that_are_no_calibration_are_refused(numbers, name):
    with pytest.raises(ScarceError, match=name) as caught:
        PenalisedBeta(*numbers)
    assert caught.value.code == "E255"


def test_negatives_that_stand_for_ten_bend_no_more_than_they_are():
    """Kept at random, a tenth of the negatives says less of the bend than all, not as much."""
    rng = np.random.default_rng(0)
    bends = []
    for _ in range(40):
        score = rng.normal(-5.6, 2.4, 8_000)
        target = rng.random(score.size) < expit(score)
        kept = target | (rng.random(score.size) < 0.1)
        whole = PenalisedBeta.fit(score, target)
        tenth = PenalisedBeta.fit(score[kept], target[kept], np.where(target[kept], 1.0, 10.0))
        bends.append([beta.slope_above - beta.slope_below for beta in (whole, tenth)])
    whole, tenth = np.std(bends, axis=0)
    assert tenth < whole < 0.125


SHAPES = {
    "right": (lambda x: x, -1e-3, 1e-3),
    "a line": (lambda x: 1.3 * x - 0.5, -1e-3, 1e-3),
    "too sure of positives": (lambda x: np.where(x > 0.0, 2.0 * x, x), -1.0, -1e-3),
    "too sure far from even odds": (lambda x: 2.5 * np.sinh((x + 3.0) / 2.5) - 3.0, -1.0, -1e-3),
}


@pytest.mark.parametrize(("score_of", "least", "most"), SHAPES.values(), ids=list(SHAPES))
def test_with_100_positives_it_costs_nothing_where_a_line_is_right_and_gains_where_it_is_not(
    score_of, least, most
):
    """In nats a positive, against the line, of fresh rows whose true posterior is known."""
    rng = np.random.default_rng(0)
    fresh = rng.normal(-5.6, 2.4, 20_000)
    p = expit(fresh)
    gains = []
    for _ in range(30):
        truth = rng.normal(-5.6, 2.4, 4_000)
        target = rng.random(truth.size) < expit(truth)
        losses = []
        for kind in (PenalisedLogistic, PenalisedBeta):
            z = kind.fit(score_of(truth), target).log_odds(score_of(fresh))
            losses.append(np.mean(np.logaddexp(0.0, z) - p * z) / p.mean())
        gains.append(losses[1] - losses[0])
    assert least < np.mean(gains) < most
