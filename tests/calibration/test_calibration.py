"""Calibration: identity when there is no evidence, the truth when there is, and ranks always kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarce.calibration import (
    IDENTITY,
    PenalisedBeta,
    PenalisedLogistic,
    calibration_from_dict,
    fit_calibration,
)
from scarce.calibration.logistic import SPREAD, UNSHRUNK
from scarce.decision.arrays import expit
from scarce.errors import ScarceError
from scarce.evaluation import calibration_ratio, log_loss


def rows(n, seed=0, *, centre=-5.0, shift=0.0, slope=1.0):
    """Return scores whose true log-odds are ``shift + slope * (score - centre) + centre``."""
    rng = np.random.default_rng(seed)
    score = rng.normal(centre, 2.0, n)
    truth = centre + shift + slope * (score - centre)
    return score, rng.random(n) < expit(truth), truth


def test_the_truth_is_found_with_many_positives():
    score, target, truth = rows(200_000, shift=-1.0, slope=0.7)
    calibration = fit_calibration(score, target, many_positives=10**9)
    np.testing.assert_allclose(calibration.log_odds(score), truth, atol=0.15)
    assert calibration_ratio(target, calibration.log_odds(score)) == pytest.approx(1.0, abs=0.01)


def test_two_positives_change_next_to_nothing():
    score = np.linspace(-9.0, 0.0, 100)
    calibration = fit_calibration(score, np.isin(np.arange(100), [98, 99]))
    assert calibration.slope == pytest.approx(1.0, abs=0.2)
    assert np.abs(calibration.log_odds(score) - score).max() < 1.5
    free = PenalisedLogistic.fit(score, np.isin(np.arange(100), [98, 99]), spread=(50.0, 50.0))
    assert np.abs(free.log_odds(score) - score).max() > 3.0


@pytest.mark.parametrize(("shift", "slope"), [(0.0, 1.0), (0.3, 0.85), (-0.4, 1.2)])
def test_with_20_positives_the_penalty_pays(shift, slope):
    score, target, _ = rows(100_000, seed=1, shift=shift, slope=slope)
    gains = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        chosen = np.concatenate(
            [rng.choice(np.flatnonzero(target), 20), rng.choice(np.flatnonzero(~target), 880)]
        )
        weight = np.where(target[chosen], target.sum() / 20, (~target).sum() / 880)
        losses = []
        for spread in [(0.5, 0.25), (50.0, 50.0)]:
            fitted = PenalisedLogistic.fit(score[chosen], target[chosen], weight, spread=spread)
            losses.append(log_loss(target, fitted.log_odds(score)))
        gains.append(losses[1] - losses[0])
    assert np.mean(gains) > 0.0


def test_a_ranking_upside_down_is_flattened_not_reversed():
    score, target, _ = rows(5000, slope=-1.0)
    calibration = PenalisedLogistic.fit(score, target)
    assert calibration.slope == 0.05
    assert calibration_ratio(target, calibration.log_odds(score)) == pytest.approx(1.0, abs=0.05)
    calibration = PenalisedBeta.fit(score, target)
    assert calibration.slope_below == 0.05
    assert calibration_ratio(target, calibration.log_odds(score)) == pytest.approx(1.0, abs=0.05)


def test_weights_describe_the_population_and_not_the_evidence():
    score, target, _ = rows(4000, shift=0.5)
    plain = PenalisedLogistic.fit(score, target)
    tenfold = PenalisedLogistic.fit(score, target, np.full(score.size, 10.0))
    assert tenfold.intercept == pytest.approx(plain.intercept, abs=1e-9)
    assert tenfold.slope == pytest.approx(plain.slope, abs=1e-9)
    assert tenfold.positives == plain.positives == target.sum()


def test_a_sample_of_the_negatives_with_weights_is_the_whole():
    score, target, _ = rows(300_000, shift=-0.7)
    rng = np.random.default_rng(1)
    kept = target | (rng.random(target.size) < 0.1)
    weight = np.where(target[kept], 1.0, 10.0)
    sample = fit_calibration(score[kept], target[kept], weight, many_positives=10**9)
    whole = fit_calibration(score, target, many_positives=10**9)
    points = np.linspace(-8.0, 2.0, 30)
    np.testing.assert_allclose(sample.log_odds(points), whole.log_odds(points), atol=0.15)


def bent(n, seed=0):
    """Return scores whose true log-odds have another slope on each side of even odds."""
    rng = np.random.default_rng(seed)
    score = rng.normal(-3.0, 3.0, n)
    truth = -0.3 + 0.8 * np.minimum(score, 0.0) + 0.5 * np.maximum(score, 0.0)
    truth -= 0.3 * np.log1p(np.exp(-np.abs(score)))
    return score, rng.random(n) < expit(truth), truth


def test_two_slopes_are_found_with_many_positives_where_a_line_is_not_the_truth():
    score, target, truth = bent(300_000)
    beta = fit_calibration(score, target)
    assert beta.kind == "beta"
    assert (beta.intercept, beta.slope_below, beta.slope_above) == pytest.approx((-0.3, 0.8, 0.5), abs=0.04)
    found = np.abs(beta.log_odds(score) - truth).max()
    line = np.abs(PenalisedLogistic.fit(score, target).log_odds(score) - truth).max()
    assert found < 0.25 < 1.0 < line


def test_beta_waits_for_100_positives_and_a_row_of_several_repeats_is_one():
    score, target, _ = bent(3_000)
    for positives, kind in ((99, "logistic"), (100, "beta")):
        kept = np.setdiff1d(np.arange(score.size), np.flatnonzero(target)[positives:])
        assert fit_calibration(score[kept], target[kept]).kind == kind
        three = np.tile(kept, 3)
        thrice = fit_calibration(score[three], target[three], np.full(three.size, 1 / 3), copies=3)
        assert (thrice.kind, thrice.positives) == (kind, positives)


def test_copies_of_rows_are_shrunk_as_one():
    """Each copy weighs as evidence, so that the prior has to be as much narrower."""
    score, target, _ = bent(2_000)
    once = fit_calibration(score, target)
    thrice = fit_calibration(np.tile(score, 3), np.tile(target, 3), copies=3)
    assert thrice.kind == "beta"
    np.testing.assert_allclose(thrice.log_odds(score), once.log_odds(score), rtol=1e-9)


@pytest.mark.parametrize("copies", [1, 9])
def test_scores_that_are_no_log_odds_keep_a_line(copies):
    score, target, _ = bent(20_000)
    assert fit_calibration(score, target, spread=UNSHRUNK, copies=copies).kind == "logistic"
    assert fit_calibration(score, target, spread=(UNSHRUNK[0], SPREAD[1]), copies=copies).kind == "beta"


FITS = {"logistic": PenalisedLogistic.fit, "beta": PenalisedBeta.fit}
both_kinds = pytest.mark.parametrize("fit", FITS.values(), ids=list(FITS))
ROWS = st.lists(st.tuples(st.floats(-60, 60), st.booleans(), st.floats(0.1, 9.0)), min_size=3, max_size=40)


@both_kinds
@given(items=ROWS)
@settings(max_examples=80, deadline=None)
def test_ranks_are_kept_and_nothing_becomes_certain(fit, items):
    score, target, weight = (np.array(column) for column in zip(*items, strict=True))
    if not 0 < target.sum() < target.size:
        with pytest.raises(ScarceError, match="cannot calibrate"):
            fit(score, target, weight)
    else:
        calibration = fit(score, target, weight)
        points = np.linspace(-30.0, 30.0, 301)
        out = calibration.log_odds(points)
        assert np.isfinite(out).all()
        assert (np.diff(out) > 0.0).all()
        assert (
            calibration_from_dict(json.loads(json.dumps(calibration.to_dict(), allow_nan=False)))
            == calibration
        )


@both_kinds
def test_the_order_of_rows_means_nothing(fit):
    score, target, _ = rows(2000)
    shuffled = np.random.default_rng(0).permutation(score.size)
    points = np.linspace(-12.0, 3.0, 50)
    expected = fit(score, target).log_odds(points)
    np.testing.assert_allclose(fit(score[shuffled], target[shuffled]).log_odds(points), expected, rtol=1e-9)


def test_certain_scores_stay_certain_under_a_line():
    assert IDENTITY.log_odds([-np.inf, 0.0, np.inf]).tolist() == [-np.inf, 0.0, np.inf]
    assert PenalisedBeta(0.0, 0.5, 2.0).log_odds([-np.inf, np.inf]).tolist() == [-np.inf, np.inf]


def test_it_says_what_it_does():
    assert (
        PenalisedLogistic(-0.25, 1.5, 492).describe() == "log-odds * 1.500 -0.250 (fitted on 492 positives)"
    )
    assert PenalisedBeta(-0.25, 0.8, 1.5, 1500).describe() == (
        "0.800 log p - 1.500 log(1 - p) -0.250 (fitted on 1,500 positives)"
    )


BAD_STORED = {
    "kind": ({"kind": "spline"}, "E256"),
    "slope missing": ({"kind": "logistic", "intercept": 0.0, "positives": 3}, "E256"),
    "slope negative": ({"kind": "logistic", "intercept": 0.0, "slope": -1.0, "positives": 3}, "E255"),
    "one slope of two": ({"kind": "beta", "intercept": 0.0, "slope_below": 1.0, "positives": 3}, "E256"),
    "a slope of none": (
        {"kind": "beta", "intercept": 0.0, "slope_below": 1.0, "slope_above": 0.0, "positives": 3},
        "E255",
    ),
    "no finite intercept": (
        {"kind": "beta", "intercept": 1e999, "slope_below": 1.0, "slope_above": 1.0, "positives": 3},
        "E256",
    ),
    "a curve of an older format": (
        {"kind": "isotonic", "inputs": [0.0, 1.0], "outputs": [0.0, 1.0], "positives": 3},
        "E256",
    ),
}


@pytest.mark.parametrize(("stored", "code"), BAD_STORED.values(), ids=BAD_STORED.keys())
def test_a_damaged_calibration_is_refused(stored, code):
    with pytest.raises(ScarceError) as caught:
        calibration_from_dict(stored)
    assert caught.value.code == code
