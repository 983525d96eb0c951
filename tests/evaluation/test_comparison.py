"""One simultaneous interval an arm: its width, what it calls, and how often it calls what is not there."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from tests.campaign import share

from scarce.evaluation import Interval, influence_on_mean, outcome_of, positives_needed, simultaneous
from scarce.evaluation.comparison import times_best

FREE = {"n_train": 1e15, "n_test": 1}  # nothing added for the training


def noise(n_arms: int, n_rows: int = 400, seed: int = 0) -> np.ndarray:
    """Return influences of rows, which sum to 0."""
    rows = np.random.default_rng(seed).normal(size=(n_arms, n_rows)) / n_rows
    return rows - rows.mean(axis=1, keepdims=True)


def test_one_arm_has_students_interval_of_a_mean():
    rows = np.random.default_rng(0).normal(0.3, 1.0, 50)
    found = simultaneous(np.array([[rows.mean()]]), influence_on_mean(rows)[None], few=50, **FREE)[0]
    expected = stats.t.interval(0.95, 49, rows.mean(), stats.sem(rows))
    assert (found.low, found.high) == pytest.approx(expected, rel=0.01)  # freedom is estimated


def test_the_training_widens_the_variance_by_the_folds_ratio():
    rows = noise(1)
    plain, folds = (
        simultaneous(np.zeros((1, 1)), rows, few=400, n_train=n_train, n_test=1)[0].error
        for n_train in (1e15, 4)
    )
    assert folds**2 == pytest.approx(1.25 * plain**2)


def test_repeats_add_their_spread():
    values = np.array([[0.1, 0.3, 0.2]])
    found = simultaneous(values, noise(1), few=400, **FREE)[0]
    alone = simultaneous(values[:, :1], noise(1), few=400, **FREE)[0]
    assert found.value == pytest.approx(0.2)
    assert found.error**2 == pytest.approx(alone.error**2 + 0.01 / 3)
    assert found.split_share == pytest.approx((0.01 / 3) / found.error**2)


def test_many_arms_share_the_level_and_copies_cost_nothing():
    alone = simultaneous(np.zeros((1, 1)), noise(1), few=400, **FREE)[0].quantile
    apart = [one.quantile for one in simultaneous(np.zeros((6, 1)), noise(6), few=400, **FREE)]
    assert apart == pytest.approx([stats.norm.ppf(1 - (1 - 0.95 ** (1 / 6)) / 2)] * 6, rel=0.02)
    copies = simultaneous(np.zeros((6, 1)), np.repeat(noise(1), 6, axis=0), few=400, **FREE)
    assert [one.quantile for one in copies] == pytest.approx([alone] * 6, rel=0.02)


def test_few_rows_that_decide_are_few_degrees_of_freedom():
    sharp = np.zeros((1, 10_000))
    sharp[0, :8] = 1.0
    found = simultaneous(np.ones((1, 1)), sharp, few=49, **FREE)[0]
    assert found.quantile == pytest.approx(stats.t.ppf(0.975, 16), rel=0.01)
    assert simultaneous(np.ones((1, 1)), sharp, few=50, **FREE)[0].quantile == stats.t.ppf(0.975, 49)
    assert simultaneous(np.ones((1, 1)), noise(1), few=5, **FREE)[0].quantile == pytest.approx(
        stats.t.ppf(0.975, 4)
    )


@pytest.mark.parametrize("unit", [1e-250, 1e250])
def test_the_unit_changes_nothing_but_the_unit(unit: float):
    values, rows = np.array([[0.2], [0.01]]), noise(2)
    for plain, scaled in zip(
        simultaneous(values, rows, few=20, **FREE),
        simultaneous(values * unit, rows * unit, few=20, scale=unit, **FREE),
        strict=True,
    ):
        assert (scaled.low / unit, scaled.high / unit) == pytest.approx((plain.low, plain.high), rel=1e-12)


def test_what_differs_in_no_row_has_no_width_and_rounding_is_none():
    values = np.array([[0.0], [1e-18], [0.5]])
    rows = np.stack([np.zeros(400), np.full(400, 1e-20), noise(1)[0]])
    same, rounding, other = simultaneous(values, rows, few=400, **FREE)
    assert same == rounding == Interval(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert other.low < 0.5 < other.high
    assert simultaneous(np.zeros((0, 1)), np.zeros((0, 400)), few=400, **FREE) == []


OUTCOMES = {
    "dearer": ((2.0, 8.0), 1.0, 40, "worse"),
    "cheaper": ((-8.0, -2.0), 1.0, 40, "better"),
    "about the same": ((-0.5, 0.5), 1.0, 40, "equivalent"),
    "surely dearer, by less than matters": ((0.1, 0.5), 1.0, 40, "equivalent"),
    "the same on too few positives": ((-0.5, 0.5), 1.0, 9, "undecided"),
    "dearer by little on too few positives": ((0.1, 0.5), 1.0, 9, "worse"),
    "the same on these rows, with other outputs": ((0.0, 0.0), 1.0, 0, "undecided"),
    "the same on these rows, with enough that differ": ((0.0, 0.0), 1.0, 10, "equivalent"),
    "unknown": ((-3.0, 3.0), 1.0, 40, "undecided"),
    "the ends themselves": ((-1.0, 1.0), 1.0, 40, "equivalent"),
}


@pytest.mark.parametrize(("ends", "margin", "differing", "outcome"), OUTCOMES.values(), ids=OUTCOMES.keys())
def test_an_interval_has_one_of_four_outcomes(ends, margin, differing, outcome):
    interval = Interval(sum(ends) / 2, *ends, error=(ends[1] - ends[0]) / 4, quantile=2.0, split_share=0.0)
    assert outcome_of(interval, margin, lower_is_better=True, differing=differing) == outcome
    other = {"better": "worse", "worse": "better"}.get(outcome, outcome)
    assert outcome_of(interval, margin, lower_is_better=False, differing=differing) == other


@pytest.mark.parametrize("lower_is_better", [True, False])
def test_the_same_outputs_are_equivalent_whatever_differs(lower_is_better):
    level = Interval(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for margin in (0.0, 1.0):
        found = outcome_of(level, margin, lower_is_better=lower_is_better, differing=0, same_outputs=True)
        assert found == "equivalent"


@pytest.mark.campaign
def test_so_many_positives_see_the_margin_in_four_of_five(tally):
    trials = share(20_000)
    tally("truths", trials)
    rng, n, margin = np.random.default_rng(0), 200, 0.1
    found = simultaneous(np.zeros((1, 1)), influence_on_mean(rng.normal(size=n))[None], few=n, **FREE)[0]
    needed = round(positives_needed(found, margin, n))
    seen = 0
    for _ in range(trials):
        rows = rng.normal(margin, 1.0, needed)
        one = simultaneous(np.array([[rows.mean()]]), influence_on_mean(rows)[None], few=needed, **FREE)[0]
        seen += one.low > 0.0
    assert abs(seen / trials - 0.8) < 0.08 + 4 * np.sqrt(0.16 / trials)


def test_an_observed_difference_says_nothing_of_the_positives_needed():
    here, there = (Interval(x, x - 2.0, x + 2.0, 1.0, 2.0, 0.0) for x in (0.0, 50.0))
    assert positives_needed(here, 1.0, 100) == positives_needed(there, 1.0, 100)
    assert np.isnan(positives_needed(Interval(0.0, 0.0, 0.0, 0.0, 0.0, 0.0), 1.0, 100))


def test_the_best_is_counted_over_joint_resamples_and_copies_once():
    rows = np.stack([noise(1)[0], noise(1)[0], noise(1, seed=5)[0]])
    found = times_best(np.array([0.0, 0.0, -10.0]), rows, 200, 0, lower_is_better=True)
    assert found.tolist() == [0, 0, 0, 200]
    twins = times_best(np.array([-0.05, -0.05, 10.0]), rows, 400, 0, lower_is_better=True)
    assert twins[2] == 0
    assert twins.sum() == 400
    assert stats.norm.cdf(0.05 / rows[0].std() / 20) == pytest.approx(twins[1] / 400, abs=0.1)


def test_copies_are_counted_once_however_their_sums_are_rounded():
    row = np.random.default_rng(0).normal(size=30_000) / 1_000
    found = times_best(np.full(3, -0.01), np.stack([row - row.mean()] * 3), 200, 0, lower_is_better=True)
    assert found[2:].tolist() == [0, 0]
    assert found.sum() == 200
    assert found[1] > 0


def exchangeable_arms(rng, repeats: int, advantage: float = 0.0):
    """Return what two least-squares fits on exchangeable halves of the columns differ by, repeat by repeat.

    Over tables neither is better; on one table the folds agree with each other.
    """
    n, half = 120, 8
    x = rng.normal(size=(n, 2 * half))
    y = x @ np.concatenate([np.full(half, 0.3 + advantage), np.full(half, 0.3)]) + rng.normal(size=n)
    values, influence = [], np.zeros(n)
    for _ in range(repeats):
        fold, rows = rng.permutation(n) % 5, np.zeros(n)
        for k in range(5):
            train, test = fold != k, fold == k
            for sign, part in ((1.0, x[:, :half]), (-1.0, x[:, half:])):
                weight = np.linalg.lstsq(part[train], y[train], rcond=None)[0]
                rows[test] += sign * (y[test] - part[test] @ weight) ** 2
        values.append(rows.mean())
        influence += influence_on_mean(rows) / repeats
    return np.array([values]), influence[None]


@pytest.mark.campaign
@pytest.mark.parametrize("repeats", [1, 3], ids=["5 folds", "3 x 5 folds"])
def test_false_calls_stay_under_the_level(repeats, tally):
    trials = share(3_000)
    tally("noise", trials)
    rng, called = np.random.default_rng(5), 0
    for _ in range(trials):
        values, influence = exchangeable_arms(rng, repeats)
        one = simultaneous(values, influence, few=60, n_train=96, n_test=24)[0]
        called += one.low > 0.0 or one.high < 0.0
    assert called <= stats.binom.ppf(0.999, trials, 0.05)
