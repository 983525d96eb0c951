"""Evidence against probabilities: a fair game while they are right, and soon won when they are not."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import binom

from scarce.decision.arrays import expit
from scarce.errors import ScarceError
from scarce.errors.refusal import RefusalError
from scarce.monitoring.evidence import FACTORS, Evidence

LOG_ODDS = np.array([-4.0, -1.0, 0.3, -2.5, 2.0, -0.7])
SHARES = [None, np.array([1.0, 0.2, 0.0, 0.7, 1.0, 0.4])]


def expected(truth: np.ndarray, share: np.ndarray | None, tolerance: float) -> float:
    """Return the mean of K over every way in which the rows can turn out."""
    total = 0.0
    for outcome in itertools.product((False, True), repeat=truth.size):
        positive = np.array(outcome)
        chance = np.prod(np.where(positive, truth, 1.0 - truth))
        total += chance * Evidence().after(LOG_ODDS, positive, share, tolerance).mean
    return total


@pytest.mark.parametrize("share", SHARES, ids=["alike", "by stakes"])
def test_nobody_expects_to_gain_while_the_probabilities_are_right(share: np.ndarray | None) -> None:
    assert expected(expit(LOG_ODDS), share, tolerance=0.0) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("share", SHARES, ids=["alike", "by stakes"])
@pytest.mark.parametrize("factor", [0.9, 0.95, 1.0, 1.05, 1.1])
def test_nor_while_they_are_wrong_within_the_tolerance(factor: float, share: np.ndarray | None) -> None:
    truth = np.minimum(factor * expit(LOG_ODDS), 1.0)
    assert expected(truth, share, tolerance=0.1) <= 1.0 + 1e-12


def test_beyond_the_tolerance_one_expects_to_gain() -> None:
    assert expected(np.minimum(2.0 * expit(LOG_ODDS), 1.0), None, tolerance=0.1) > 1.0


def test_a_stake_is_the_likelihood_ratio_of_its_bet() -> None:
    positive = np.array([True, False, False, True, True, False])
    p = 1.1 * expit(LOG_ODDS)
    for factor, found in zip(FACTORS, Evidence().after(LOG_ODDS, positive).upward, strict=True):
        q = factor * p / (1.0 - p + factor * p)
        assert found == pytest.approx(np.log(np.where(positive, q / p, (1.0 - q) / (1.0 - p))).sum())


def test_rows_count_alike_however_they_are_cut_into_batches() -> None:
    rng = np.random.default_rng(0)
    log_odds, positive = rng.normal(-2.0, 1.0, 70_000), rng.random(70_000) < 0.2
    whole = Evidence().after(log_odds, positive)
    parts = Evidence()
    for rows in np.array_split(np.arange(log_odds.size), [1, 5, 60_000, 60_001]):
        parts = parts.after(log_odds[rows], positive[rows])
    np.testing.assert_allclose(parts.upward, whole.upward, rtol=1e-9)
    np.testing.assert_allclose(parts.highest, whole.highest, rtol=1e-9)


def test_the_highest_is_kept_when_the_evidence_falls_again() -> None:
    high = Evidence().after(np.full(8, -3.0), np.ones(8, dtype=bool))
    later = high.after(np.full(400, -3.0), np.zeros(400, dtype=bool))
    assert later.mean < later.most == high.most


def test_rows_in_the_order_of_their_labels_are_one_look() -> None:
    rng = np.random.default_rng(3)
    log_odds, positive = np.full(70_000, -3.0), rng.random(70_000) < expit(-3.0)
    last = np.arange(log_odds.size) == log_odds.size - 1
    by_chance = Evidence().after(log_odds, positive, looks=last)
    for order in (np.argsort(positive), np.argsort(~positive)):
        found = Evidence().after(log_odds, positive[order], looks=last)
        assert found.most == pytest.approx(by_chance.most)
        assert Evidence().after(log_odds, positive[order]).most > 1e9


@pytest.mark.parametrize("truth", [0.9, 1.1])
def test_it_alarms_within_10_000_looks_in_no_more_cases_than_the_level(truth: float) -> None:
    series, level = 120, 0.05
    rng = np.random.default_rng(1)
    log_odds = np.full(10_000, -3.0)
    alarms = sum(
        Evidence().after(log_odds, rng.random(log_odds.size) < truth * expit(-3.0)).most >= 1.0 / level
        for _ in range(series)
    )
    assert alarms <= binom.ppf(0.999, series, level)


def test_a_doubling_is_seen_and_from_which_side() -> None:
    rng = np.random.default_rng(2)
    doubled = Evidence().after(np.full(20_000, -5.0), rng.random(20_000) < 2.0 * expit(-5.0))
    halved = Evidence().after(np.full(20_000, -4.0), rng.random(20_000) < 0.5 * expit(-4.0))
    assert doubled.most > 20.0
    assert doubled.too_low
    assert halved.most > 20.0
    assert not halved.too_low


def test_rows_that_cost_nothing_move_no_stake() -> None:
    assert Evidence().after(np.full(50, -3.0), np.ones(50, dtype=bool), np.zeros(50)).mean == 1.0


def test_probabilities_of_0_and_1_leave_finite_stakes() -> None:
    extremes = np.array([-800.0, 800.0, -800.0, 800.0])
    found = Evidence().after(extremes, np.array([True, True, False, False]))
    assert all(map(math.isfinite, (*found.upward, *found.downward, found.mean, found.most)))


def test_what_is_stored_comes_back() -> None:
    found = Evidence().after(LOG_ODDS, LOG_ODDS > 0.0)
    assert Evidence.from_dict(found.to_dict()) == found


@pytest.mark.parametrize(
    "changed",
    [
        {"upward": [0.0] * 7},
        {"downward": None},
        {"highest": -1.0},
        {"upward": [9.0] * 8},
        {"upward": [float("nan")] * 8},
        {"highest": "1"},
    ],
    ids=str,
)
def test_what_no_bets_come_to_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises((RefusalError, ScarceError)):
        Evidence.from_dict(Evidence().to_dict() | changed)
