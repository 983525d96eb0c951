"""A few tables of the benchmark of rules: the saved rule stays near the best cut there is."""

from __future__ import annotations

import numpy as np
from benchmarks import rules


def test_the_saved_rule_costs_little_more_than_the_best_cut_of_the_same_scores() -> None:
    rows = rules.drawn(200_000, np.random.default_rng(1))
    found = rules.study(20_000, 5, rows)
    assert found[rules.SAVED].mean() < 0.03
    assert found[rules.SAVED].mean() < found[rules.SKLEARN].mean()


def test_the_best_cut_is_that_of_all_cuts() -> None:
    rng = np.random.default_rng(2)
    fresh = rules.Fresh(np.sort(rng.normal(1.0, 1.0, 20)), np.sort(rng.normal(0.0, 1.0, 300)))
    cuts = np.sort(np.concatenate([fresh.positive, fresh.negative, [-99.0]]))
    one_by_one = [
        rules.FN * (fresh.positive <= cut).sum() + rules.FP * (fresh.negative > cut).sum() for cut in cuts
    ]
    np.testing.assert_array_equal(fresh.cost(cuts), one_by_one)
    assert fresh.least == min(one_by_one)
