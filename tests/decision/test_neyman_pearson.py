"""The umbrella's guarantee: counted by simulation, and refused where it cannot be given."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from scarce.decision import fit_neyman_pearson, least_expected_cost
from scarce.decision.neyman_pearson import _upper_tail
from scarce.errors import ScarceError


@pytest.mark.parametrize(("n", "p"), [(59, 0.95), (1000, 0.999), (20_000, 0.9)])
def test_the_binomial_tail_is_scipys(n, p):
    np.testing.assert_allclose(
        _upper_tail(n, p), stats.binom.sf(np.arange(-1, n), n, p), rtol=1e-8, atol=1e-300
    )


def test_the_rate_is_exceeded_as_rarely_as_promised():
    rng = np.random.default_rng(0)
    rate, n, trials = 0.05, 200, 2000
    # uniform scores: the true false-positive rate of a cut is 1 - cut
    cuts = np.array(
        [fit_neyman_pearson(rng.random(n), np.zeros(n), rate, confidence=0.9).cut for _ in range(trials)]
    )
    exceeded = np.mean(1.0 - cuts > rate)
    assert exceeded < 0.1 + 3 * np.sqrt(0.09 / trials)
    # and it does not play safe by much: one place lower would break the promise
    assert exceeded > 0.04


def test_too_few_negatives_are_refused_with_the_number_needed():
    assert np.isfinite(fit_neyman_pearson(np.arange(59.0), np.zeros(59), 0.05).cut)
    with pytest.raises(ScarceError) as caught:
        fit_neyman_pearson(np.arange(58.0), np.zeros(58), 0.05)
    assert caught.value.two_lines() == (
        "error[E254]: 58 negatives cannot guarantee a false-positive rate of 0.05 with confidence 0.95\n"
        "hint: give at least 59 negatives that the model did not see, or relax one of the two"
    )


def test_only_negatives_count():
    score = np.concatenate([np.arange(100.0), np.full(50, 1e6)])
    target = np.arange(150) >= 100
    assert (
        fit_neyman_pearson(score, target, 0.05).cut == fit_neyman_pearson(score[:100], target[:100], 0.05).cut
    )


def test_many_classes_are_decided_by_brute_force_too():
    rng = np.random.default_rng(1)
    posterior = rng.dirichlet(np.ones(4), size=50)
    cost = rng.exponential(size=(50, 3, 4))
    brute = [min(range(3), key=lambda a: sum(posterior[i] * cost[i, a])) for i in range(50)]
    np.testing.assert_array_equal(least_expected_cost(posterior, cost), brute)
    np.testing.assert_array_equal(
        least_expected_cost(posterior, cost[0]), np.argmin(posterior @ cost[0].T, axis=1)
    )


BAD_COSTS = {
    "classes": (np.ones((2, 3)), "E258"),
    "rows": (np.ones((5, 2, 2)), "E258"),
    "negative": (np.array([[0.0, -1.0], [0.0, 0.0]]), "E251"),
}


@pytest.mark.parametrize(("cost", "code"), BAD_COSTS.values(), ids=BAD_COSTS.keys())
def test_cost_matrices_that_cannot_be_meant_are_refused(cost, code):
    with pytest.raises(ScarceError) as caught:
        least_expected_cost(np.full((3, 2), 0.5), cost)
    assert caught.value.code == code
