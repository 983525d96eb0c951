"""Calibration: identity when there is no evidence, the truth when there is, and ranks always kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarce.calibration import (
    IDENTITY,
    Isotonic,
    PenalisedLogistic,
    calibration_from_dict,
    fit_calibration,
)
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
    calibration = fit_calibration(score, target)
    assert calibration.slope == 0.05
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


def s_shaped(n, seed=0):
    """Return scores whose true log-odds are no line."""
    rng = np.random.default_rng(seed)
    score = rng.normal(-2.0, 2.0, n)
    truth = -3.0 + 2.5 * np.tanh(score + 2.0)
    return score, rng.random(n) < expit(truth), truth


def test_isotonic_is_taken_where_it_helps_and_there_are_1000_positives():
    score, target, truth = s_shaped(30_000)
    assert target.sum() > 1000
    curve = fit_calibration(score, target)
    assert curve.kind == "isotonic"
    middle = np.abs(score + 2.0) < 3.0
    assert np.abs(curve.log_odds(score) - truth)[middle].mean() < 0.1
    straight, labels, _ = rows(30_000, centre=-2.0)
    assert labels.sum() > 1000
    assert fit_calibration(straight, labels).kind == "logistic"


def test_isotonic_waits_for_1000_positives():
    score, target, _ = s_shaped(30_000)
    surplus = np.flatnonzero(target)[999:]
    kept = np.setdiff1d(np.arange(score.size), surplus)
    assert fit_calibration(score[kept], target[kept]).kind == "logistic"
    kept = np.setdiff1d(np.arange(score.size), surplus[1:])
    assert fit_calibration(score[kept], target[kept]).kind == "isotonic"


ROWS = st.lists(st.tuples(st.floats(-60, 60), st.booleans(), st.floats(0.1, 9.0)), min_size=3, max_size=40)


@pytest.mark.parametrize("fit", [PenalisedLogistic.fit, Isotonic.fit], ids=["logistic", "isotonic"])
@given(items=ROWS)
@settings(max_examples=80, deadline=None)
def test_ranks_are_kept_and_nothing_becomes_certain(fit, items):
    score, target, weight = (np.array(column) for column in zip(*items, strict=True))
    if not 0 < target.sum() < target.size:
        with pytest.raises(ScarceError, match="cannot calibrate"):
            fit(score, target, weight)
        return
    calibration = fit(score, target, weight)
    points = np.linspace(-30.0, 30.0, 301)
    out = calibration.log_odds(points)
    assert np.isfinite(out).all()
    assert (np.diff(out) > 0.0).all()
    assert (
        calibration_from_dict(json.loads(json.dumps(calibration.to_dict(), allow_nan=False))) == calibration
    )


@pytest.mark.parametrize("fit", [PenalisedLogistic.fit, Isotonic.fit], ids=["logistic", "isotonic"])
def test_the_order_of_rows_means_nothing(fit):
    score, target, _ = rows(2000)
    shuffled = np.random.default_rng(0).permutation(score.size)
    points = np.linspace(-12.0, 3.0, 50)
    expected = fit(score, target).log_odds(points)
    np.testing.assert_allclose(fit(score[shuffled], target[shuffled]).log_odds(points), expected, rtol=1e-9)


def test_a_block_is_its_share_and_one_row_of_the_line():
    score = np.repeat([-1.0, 2.0], 100)
    target = np.concatenate([np.zeros(100), np.arange(100) % 4 == 0])
    line = PenalisedLogistic.fit(score, target)
    curve = Isotonic.fit(score, target)
    one = expit(line.log_odds([-1.0, 2.0]))
    found = np.array([0.0, 25.0]) + one
    np.testing.assert_allclose(expit(np.array(curve.outputs)), found / 101.0, rtol=1e-12)
    assert curve.inputs == (-1.0, 2.0)


def test_isotonic_follows_scikit_learn_between_the_ends():
    from sklearn.isotonic import IsotonicRegression

    score, target, _ = s_shaped(40_000)
    curve = Isotonic.fit(score, target)
    reference = IsotonicRegression(out_of_bounds="clip").fit(score, target)
    points = np.linspace(-5.0, 1.0, 60)
    assert np.abs(expit(curve.log_odds(points)) - reference.predict(points)).max() < 0.03


def test_certain_scores_stay_certain_under_a_line():
    assert IDENTITY.log_odds([-np.inf, 0.0, np.inf]).tolist() == [-np.inf, 0.0, np.inf]
    assert Isotonic((0.0, 1.0), (0.0, 2.0)).log_odds([-np.inf, np.inf]).tolist() == [-np.inf, np.inf]


def test_it_says_what_it_does():
    assert (
        PenalisedLogistic(-0.25, 1.5, 492).describe() == "log-odds * 1.500 -0.250 (fitted on 492 positives)"
    )
    assert Isotonic((0.0, 1.0), (0.0, 2.0), 1500).describe() == (
        "isotonic curve of 2 points (fitted on 1,500 positives)"
    )


BAD_STORED = {
    "kind": ({"kind": "spline"}, "E256"),
    "slope missing": ({"kind": "logistic", "intercept": 0.0, "positives": 3}, "E256"),
    "slope negative": ({"kind": "logistic", "intercept": 0.0, "slope": -1.0, "positives": 3}, "E255"),
    "points fall": (
        {"kind": "isotonic", "inputs": [0.0, 1.0], "outputs": [1.0, 0.0], "positives": 3},
        "E256",
    ),
    "one point": ({"kind": "isotonic", "inputs": [0.0], "outputs": [1.0], "positives": 3}, "E256"),
    "not a list": ({"kind": "isotonic", "inputs": "ab", "outputs": [1.0], "positives": 3}, "E256"),
    "lengths": (
        {"kind": "isotonic", "inputs": [0.0, 1.0], "outputs": [1.0, 2.0, 3.0], "positives": 3},
        "E256",
    ),
}


@pytest.mark.parametrize(("stored", "code"), BAD_STORED.values(), ids=BAD_STORED.keys())
def test_a_damaged_calibration_is_refused(stored, code):
    with pytest.raises(ScarceError) as caught:
        calibration_from_dict(stored)
    assert caught.value.code == code
