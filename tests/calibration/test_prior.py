"""Another prevalence: given, and estimated from rows without labels."""

from __future__ import annotations

import numpy as np
import pytest

from scarce.calibration import PenalisedLogistic, estimate_prior, shift_prior
from scarce.decision.arrays import expit
from scarce.errors import ScarceError


def calibrated(n, prior, seed=0, old=0.05):
    """Return log-odds calibrated at prevalence `old`, of rows drawn at `prior`."""
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < prior
    score = rng.normal(size=n) + 2.0 * positive
    log_ratio = 2.0 * score - 2.0
    return log_ratio + np.log(old / (1 - old)), positive


def test_shifting_there_and_back_changes_nothing():
    z = np.linspace(-9.0, 9.0, 19)
    np.testing.assert_allclose(shift_prior(shift_prior(z, 0.01, 0.3), 0.3, 0.01), z, atol=1e-12)


def test_a_shifted_posterior_is_the_posterior_at_the_new_prevalence():
    z, positive = calibrated(400_000, 0.3)
    p = expit(shift_prior(z, 0.05, 0.3))
    for low, high in ((0.05, 0.1), (0.4, 0.6), (0.9, 0.95)):
        inside = (p > low) & (p < high)
        assert positive[inside].mean() == pytest.approx(p[inside].mean(), abs=0.01)


@pytest.mark.parametrize("prior", [0.003, 0.05, 0.4])
def test_the_prevalence_is_found_without_labels(prior):
    z, positive = calibrated(40_000, prior)
    found = estimate_prior(z, old=0.05)
    assert found.low < positive.mean() < found.high
    assert found.prior == pytest.approx(prior, rel=0.1, abs=0.002)
    assert found.moved == (prior != 0.05)
    assert found.log_likelihood_ratio >= 0.0


def test_it_is_where_the_em_iteration_ends():
    z, _ = calibrated(3000, 0.2)
    weight = np.random.default_rng(1).exponential(size=z.size)
    prior = 0.05
    for _ in range(3000):
        prior = float(np.average(expit(shift_prior(z, 0.05, prior)), weights=weight))
    assert estimate_prior(z, 0.05, weight).prior == pytest.approx(prior, rel=1e-9)


def test_the_interval_covers():
    hits = 0
    for seed in range(100):
        z, _ = calibrated(1500, 0.1, seed)
        found = estimate_prior(z, 0.05)
        hits += found.low <= 0.1 <= found.high
    assert hits >= 88


def test_extreme_rows_do_no_harm():
    assert estimate_prior([-800.0] * 5, 0.01).prior == pytest.approx(0.0, abs=1e-12)
    assert estimate_prior([800.0] * 5, 0.01).prior == pytest.approx(1.0, abs=1e-12)
    mixed = estimate_prior([-800.0] * 9 + [800.0], 0.01)
    assert mixed.prior == pytest.approx(0.1, rel=1e-6)
    assert "assuming that positives still look the same" in mixed.describe()


@pytest.mark.parametrize("prior", [0.0, 1.0, -0.1, float("nan")])
def test_a_prevalence_outside_0_to_1_is_refused(prior):
    with pytest.raises(ScarceError) as caught:
        shift_prior([0.0], 0.1, prior)
    assert caught.value.two_lines() == (
        f"error[E255]: new prior must be between 0 and 1, got {prior}\nhint: choose new prior between 0 and 1"
    )
    with pytest.raises(ScarceError, match="old prior"):
        estimate_prior([0.0], prior)


def line_redrawn(log_odds, positive, count, seed=0):
    """Return the lines that other rows like these would have given."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        rows = np.concatenate(
            [rng.choice(np.flatnonzero(side), side.sum()) for side in (positive, ~positive)]
        )
        found.append(PenalisedLogistic.fit(log_odds[rows], positive[rows]))
    return found


def test_a_calibration_that_is_known_changes_little_about_the_interval():
    z, _ = calibrated(4_000, 0.2)
    plain, drawn = estimate_prior(z, 0.05), estimate_prior(z, 0.05, redrawn=[PenalisedLogistic()] * 200)
    assert drawn.prior == plain.prior
    assert drawn.low <= plain.low < plain.high <= drawn.high
    assert drawn.high - drawn.low < 1.25 * (plain.high - plain.low)


def test_with_few_positives_behind_the_calibration_the_interval_covers_where_rows_alone_do_not():
    """The truth is .05; each time a calibration is fitted to 1,500 other rows, 75 of them positive."""
    covered = np.zeros(2)
    for seed in range(25):
        known, positive = calibrated(1_500, 0.05, 1_000 + seed)
        new, _ = calibrated(6_000, 0.05, seed)
        line = PenalisedLogistic.fit(known, positive)
        redrawn = line_redrawn(line.log_odds(known), positive, 20)
        old = positive.mean()
        for place, lines in enumerate(((), redrawn)):
            found = estimate_prior(line.log_odds(new), old, redrawn=lines)
            covered[place] += found.low <= 0.05 <= found.high
    assert covered[1] >= 22
    assert covered[0] < covered[1] - 3


def test_another_level_gives_another_interval():
    z, _ = calibrated(4_000, 0.2)
    widths = [
        found.high - found.low for found in (estimate_prior(z, 0.05, level=level) for level in (0.32, 0.05))
    ]
    assert widths[1] == pytest.approx(1.96 * widths[0], rel=0.05)
    with pytest.raises(ScarceError, match="level"):
        estimate_prior(z, 0.05, level=0.0)


def test_a_prevalence_of_0_keeps_an_upper_end():
    nothing = estimate_prior(np.full(100, -8.0), 0.05, redrawn=[PenalisedLogistic()] * 20)
    assert nothing.prior == pytest.approx(0.0, abs=1e-9)
    assert nothing.high > 0.01
