"""Drift: the textbook test where nothing is allowed, and silence where little has moved."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, chi2_contingency

from scarce.bundle.histogram import Histogram
from scarce.monitoring.drift import Part, drift

SHARES = np.array([0.2, 0.3, 0.1, 0.4])


def part(shares: np.ndarray = SHARES, rows: float = 1_000.0, weight: float = 1.0) -> Part:
    return Part(weight, shares, rows)


def of_values(reference: np.ndarray, values: np.ndarray, small: float) -> float:
    """Return the p-value of values, with bins at quantiles of the reference."""
    cuts = np.unique(np.quantile(reference, np.arange(1, 10) / 10))
    histogram = Histogram.of(reference, np.ones(reference.size), cuts)
    before = Part(1.0, np.array(histogram.shares), reference.size)
    return drift(histogram.counts(values), [before], small=small).p_value


def test_without_an_allowance_it_is_pearsons_test() -> None:
    counts = np.array([70, 80, 30, 120])
    expected = chi2_contingency(np.stack([counts, SHARES * 1_000.0]), correction=False).pvalue
    assert drift(counts, [part()], small=0.0).p_value == pytest.approx(expected, rel=1e-9)


def test_it_rejects_rows_of_the_same_kind_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    found = [of_values(rng.normal(size=800), rng.normal(size=500), small=0.0) for _ in range(300)]
    low, high = binom.ppf([0.0005, 0.9995], 300, 0.1)
    assert low <= np.sum(np.array(found) <= 0.1) <= high


@pytest.mark.parametrize(("shift", "alarms"), [(0.05, False), (0.3, True)])
def test_so_many_rows_alarm_only_where_much_has_moved(shift: float, alarms: bool) -> None:
    rng = np.random.default_rng(1)
    found = of_values(rng.normal(size=200_000), rng.normal(shift, size=200_000), small=0.1)
    assert (found <= 0.05) == alarms
    assert of_values(rng.normal(size=200_000), rng.normal(shift, size=200_000), small=0.0) <= 0.05


def test_values_that_are_new_are_seen() -> None:
    assert drift(np.array([20, 30, 10, 40, 50]), [part(np.append(SHARES, 0.0))]).p_value < 1e-6


def test_bins_of_few_rows_are_taken_together_and_not_left_out() -> None:
    rare = np.array([0.98, *[0.0002] * 100])
    counts = np.array([900, *[1] * 100])
    assert drift(counts, [part(rare / rare.sum())]).p_value < 1e-4


NEGATIVES, POSITIVES = np.array([0.7, 0.2, 0.08, 0.02]), np.array([0.1, 0.2, 0.3, 0.4])


def mixture(share: float, rows: int = 20_000) -> np.ndarray:
    return np.round(rows * ((1.0 - share) * NEGATIVES + share * POSITIVES)).astype(np.int64)


def test_more_positives_are_drift_at_the_old_prevalence_and_none_at_any() -> None:
    parts = [part(NEGATIVES, 9_000.0, 0.9), part(POSITIVES, 1_000.0, 0.1)]
    assert drift(mixture(0.4), parts, free=False).p_value < 1e-9
    assert drift(mixture(0.4), parts, free=True, small=0.0).p_value > 0.9


def test_what_no_mixture_explains_is_seen_at_any_prevalence() -> None:
    parts = [part(NEGATIVES, 9_000.0, 0.9), part(POSITIVES, 1_000.0, 0.1)]
    strange = np.array([4_000, 12_000, 2_000, 2_000])
    assert drift(strange, parts, free=True).p_value < 1e-9


def test_the_share_that_moved_is_half_the_sum_of_differences() -> None:
    assert drift(np.array([300, 200, 100, 400]), [part()]).moved == pytest.approx(0.1)


@pytest.mark.parametrize("counts", [[5, 5, 4, 5], [0, 0, 0, 0]])
def test_of_few_rows_nothing_is_said(counts: list[int]) -> None:
    assert math.isnan(drift(np.array(counts), [part()]).p_value)


def test_a_column_of_one_value_tells_nothing() -> None:
    assert math.isnan(drift(np.array([0, 100]), [part(np.array([0.0, 1.0]))]).p_value)
