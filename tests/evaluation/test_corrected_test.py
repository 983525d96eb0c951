"""The corrected test: its formula, Holm's, and how often it calls a difference that is not there."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from tests.campaign import share

from scarce.errors import ScarceError
from scarce.evaluation import corrected_test, holm


def test_the_formula_is_nadeau_and_bengios():
    d = np.array([0.02, -0.01, 0.03, 0.00, 0.05])
    test = corrected_test(d, n_train=800, n_test=200)
    error = np.sqrt((1 / 5 + 0.25) * d.var(ddof=1))
    assert test.difference == pytest.approx(d.mean())
    assert test.standard_error == pytest.approx(error)
    assert test.p_value == pytest.approx(2 * stats.t.sf(d.mean() / error, 4))
    reach = stats.t.ppf(0.975, 4) * error
    assert (test.low, test.high) == pytest.approx((d.mean() - reach, d.mean() + reach))
    assert test.visible == pytest.approx(reach + stats.t.ppf(0.8, 4) * error)
    # the interval and the test say the same
    assert (test.low > 0) == (test.p_value < 0.05)


def test_the_plain_t_test_is_the_limit_of_no_overlap():
    d = np.random.default_rng(0).normal(0.1, 1.0, 30)
    test = corrected_test(d, n_train=1e15, n_test=1)
    assert test.p_value == pytest.approx(stats.ttest_1samp(d, 0.0).pvalue, rel=1e-9)


def test_sign_and_scale_change_nothing_else():
    d = [0.02, -0.01, 0.03, 0.00, 0.05]
    there = corrected_test(d, n_train=4, n_test=1)
    back = corrected_test([-1000 * x for x in d], n_train=4, n_test=1)
    assert back.p_value == pytest.approx(there.p_value)
    assert back.low == pytest.approx(-1000 * there.high)


DEGENERATE = {
    "the control itself": ([0.0, 0.0, 0.0], 1.0),
    "the same gain everywhere": ([0.25, 0.25, 0.25], 0.0),
    "rounding": ([1e-16, 2e-16, 1e-16], 1.0),
    "a mean of nothing": ([0.1, -0.1], 1.0),
}


@pytest.mark.parametrize(("differences", "p"), DEGENERATE.values(), ids=DEGENERATE.keys())
def test_no_spread_and_no_difference_have_an_answer(differences, p):
    assert corrected_test(differences, n_train=4, n_test=1).p_value == p


def test_folds_without_a_figure_are_left_out():
    with_nan = corrected_test([0.1, np.nan, 0.2, 0.4], n_train=4, n_test=1)
    assert with_nan == corrected_test([0.1, 0.2, 0.4], n_train=4, n_test=1)
    assert with_nan.folds == 3


def test_holm_by_hand_and_bounds():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm([0.5, 0.9]), [1.0, 1.0])
    assert holm([]).size == 0


BAD = {
    "one fold": (
        {"differences": [0.1], "n_train": 4, "n_test": 1},
        "error[E353]: a comparison needs differences on at least 2 folds, got 1\n"
        "hint: use more folds or repeats",
    ),
    "no test rows": (
        {"differences": [0.1, 0.2], "n_train": 4, "n_test": 0},
        "error[E255]: n_test / n_train must be above 0, got (0, 4)\nhint: choose n_test / n_train above 0",
    ),
}


@pytest.mark.parametrize(("arguments", "lines"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_compared_is_refused(arguments, lines):
    with pytest.raises(ScarceError) as caught:
        corrected_test(**arguments)
    assert caught.value.two_lines() == lines


def cross_validated_differences(rng, *, repeats, advantage=0.0):
    """Return squared-error differences, fold by fold, of two least-squares fits.

    Each uses its own half of exchangeable features, so over data sets neither is better; on one data set
    the folds agree with each other, which is what fools the plain t-test.
    """
    n, half = 120, 8
    x = rng.normal(size=(n, 2 * half))
    y = x @ np.concatenate([np.full(half, 0.3 + advantage), np.full(half, 0.3)]) + rng.normal(size=n)
    found = []
    for _ in range(repeats):
        fold = rng.permutation(n) % 5
        for k in range(5):
            train, test = fold != k, fold == k
            errors = []
            for part in (x[:, :half], x[:, half:]):
                weight = np.linalg.lstsq(part[train], y[train], rcond=None)[0]
                errors.append(np.mean((y[test] - part[test] @ weight) ** 2))
            found.append(errors[0] - errors[1])
    return np.array(found)


@pytest.mark.campaign
@pytest.mark.parametrize("repeats", [1, 4], ids=["5 folds", "4 x 5 folds"])
def test_false_calls_stay_near_the_level(repeats, tally):
    trials = share(3_000)
    tally("noise", trials)
    rng = np.random.default_rng(5)
    corrected = plain = 0
    for _ in range(trials):
        d = cross_validated_differences(rng, repeats=repeats)
        corrected += corrected_test(d, n_train=96, n_test=24).p_value < 0.05
        plain += stats.ttest_1samp(d, 0.0).pvalue < 0.05
    assert corrected <= stats.binom.ppf(0.999, trials, 0.07)
    assert corrected < plain


@pytest.mark.campaign
def test_the_visible_difference_is_seen_in_four_of_five(tally):
    """With folds drawn as the correction assumes: correlation n_test / (n_train + n_test)."""
    trials = share(4_000)
    tally("truths", trials)
    rng = np.random.default_rng(2)
    folds, tested = 10, 0.2
    error = np.sqrt((1 / folds + tested / (1 - tested)) * (1 - tested))
    true = (stats.t.ppf(0.975, folds - 1) + stats.t.ppf(0.8, folds - 1)) * error
    seen = 0
    for _ in range(trials):
        d = true + np.sqrt(tested) * rng.normal() + np.sqrt(1 - tested) * rng.normal(size=folds)
        seen += corrected_test(d, n_train=1 - tested, n_test=tested).p_value < 0.05
    assert abs(seen / trials - 0.8) < 0.04 + 4 * np.sqrt(0.16 / trials)
