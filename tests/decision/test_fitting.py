"""Exact cuts: no other cut does better, equal scores stay together, weights are repeated rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scarce.decision import (
    Costs,
    fit_capacity,
    fit_cost_rule,
    fit_f_beta,
    fit_false_positive_rate_at_most,
    fit_precision_at_least,
    fit_recall_at_least,
)
from scarce.errors import ScarceError
from scarce.evaluation import Confusion, expected_cost

ROWS = st.lists(
    st.tuples(st.integers(-4, 4), st.booleans(), st.integers(1, 3), st.integers(0, 9)),
    min_size=2,
    max_size=14,
)


def unpack(rows):
    score, target, weight, money = (np.array(column) for column in zip(*rows, strict=True))
    assume(0 < target.sum() < target.size)
    return score.astype(float), target, weight.astype(float), money.astype(float)


def every_flagging(score):
    """Return the flags of every possible cut, most flagged last."""
    cuts = [np.inf, *sorted(set(score[np.isfinite(score)]), reverse=True)]
    return [score >= cut for cut in cuts]


@given(ROWS)
@settings(max_examples=150, deadline=None)
def test_no_other_cut_costs_less(rows):
    score, target, weight, money = unpack(rows)
    costs = Costs(fn=money, fp=2.0)
    rule = fit_cost_rule(score, target, costs, weight, few_positives=1)
    reached = expected_cost(target, rule.flag(score, costs), costs, weight)
    best = min(expected_cost(target, flags, costs, weight) for flags in every_flagging(costs.score(score)))
    assert reached == pytest.approx(best, rel=1e-12, abs=1e-9)


def f_beta(table, beta):
    square = beta * beta
    return (1 + square) * table.tp / ((1 + square) * table.tp + square * table.fn + table.fp)


@given(ROWS, st.sampled_from([0.5, 1.0, 2.0]))
@settings(max_examples=150, deadline=None)
def test_no_other_cut_has_a_higher_f_beta(rows, beta):
    score, target, weight, _ = unpack(rows)
    flags = fit_f_beta(score, target, weight, beta=beta).flag(score)
    best = max(f_beta(Confusion.of(target, other, weight), beta) for other in every_flagging(score)[1:])
    assert f_beta(Confusion.of(target, flags, weight), beta) == pytest.approx(best, rel=1e-12)


CONSTRAINED = {
    "precision at least": (fit_precision_at_least, lambda t, x: t.precision >= x - 1e-9, lambda t: t.recall),
    "recall at least": (fit_recall_at_least, lambda t, x: t.recall >= x - 1e-9, lambda t: t.precision),
    "false-positive rate at most": (
        fit_false_positive_rate_at_most,
        lambda t, x: t.false_positive_rate <= x + 1e-9 and t.tp > 0,
        lambda t: t.recall,
    ),
}


@pytest.mark.parametrize(("fit", "allowed", "value"), CONSTRAINED.values(), ids=CONSTRAINED.keys())
@given(rows=ROWS, level=st.sampled_from([0.1, 0.25, 0.5, 2 / 3, 0.9, 1.0]))
@settings(max_examples=100, deadline=None)
def test_a_constraint_holds_and_nothing_better_is_left(fit, allowed, value, rows, level):
    score, target, weight, _ = unpack(rows)
    tables = [Confusion.of(target, flags, weight) for flags in every_flagging(score)[1:]]
    feasible = [value(table) for table in tables if allowed(table, level)]
    if not feasible:
        with pytest.raises(ScarceError) as caught:
            fit(score, target, level, weight)
        assert caught.value.code == "E253"
    else:
        table = Confusion.of(target, fit(score, target, level, weight).flag(score), weight)
        assert allowed(table, level)
        assert value(table) == pytest.approx(max(feasible), rel=1e-12)


@given(ROWS, st.sampled_from([0.1, 0.3, 0.5, 1.0]))
@settings(max_examples=100, deadline=None)
def test_capacity_is_used_and_never_exceeded(rows, share):
    score, target, weight, _ = unpack(rows)
    shares = [float(weight[flags].sum() / weight.sum()) for flags in every_flagging(score)[1:]]
    feasible = [one for one in shares if one <= share + 1e-12]
    if not feasible:
        with pytest.raises(ScarceError, match="no cut gives a flagged share"):
            fit_capacity(score, target, share, weight)
    else:
        flags = fit_capacity(score, target, share, weight).flag(score)
        assert weight[flags].sum() / weight.sum() == pytest.approx(max(feasible), rel=1e-12)


FITS = {
    "cost": lambda s, y, w, m: fit_cost_rule(s, y, Costs(fn=m, fp=2.0), w, few_positives=1),
    "F1": lambda s, y, w, m: fit_f_beta(s, y, w),
    "recall": lambda s, y, w, m: fit_recall_at_least(s, y, 0.5, w),
    "capacity": lambda s, y, w, m: fit_capacity(s, y, 1.0, w),
}


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS.keys())
@given(rows=ROWS, seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_weight_2_is_the_row_twice_and_order_means_nothing(fit, rows, seed):
    score, target, weight, money = unpack(rows)
    twice = np.repeat(np.arange(score.size), weight.astype(int))
    shuffled = np.random.default_rng(seed).permutation(twice)
    expected = fit(score, target, weight, money).cut
    assert fit(score[shuffled], target[shuffled], None, money[shuffled]).cut == expected


def test_few_positives_keep_the_cut_that_the_costs_give():
    rng = np.random.default_rng(0)
    score = rng.normal(size=400)
    target = np.arange(400) < 49
    costs = Costs(fn=30.0, fp=1.0)
    assert fit_cost_rule(score, target, costs).cut == 0.0
    assert fit_cost_rule(score, target, costs).tuned_on == 0
    target[49] = True
    tuned = fit_cost_rule(score, target, costs)
    assert tuned.tuned_on == 50
    assert tuned.cut != 0.0


def test_of_equal_costs_the_cut_nearest_to_bayes_is_taken():
    costs = Costs(fn=1.0, fp=1.0)
    # every cut between 1 and 5 costs nothing; 0 is not among them, so the midpoint of the nearest gap
    assert fit_cost_rule([5.0, 1.0], [1, 0], costs, few_positives=1).cut == 3.0
    # here 0 separates them itself
    assert fit_cost_rule([5.0, -1.0], [1, 0], costs, few_positives=1).cut == 0.0
    # one miss or one false alarm: both ends cost 1, and the lower one holds 0
    assert fit_cost_rule([6.0, 4.0, 2.0], [1, 0, 1], costs, few_positives=1).cut == 0.0
    # the same below 0: now the upper one is nearer
    assert fit_cost_rule([-2.0, -4.0, -6.0], [1, 0, 1], costs, few_positives=1).cut == -3.0
    # flagging nothing is best: the cut stays finite, at the highest score
    assert fit_cost_rule([3.0, 2.0, 1.0], [0, 0, 1], costs, few_positives=1).cut == 3.0


def test_neighbouring_floats_are_still_parted():
    low = 1.0
    high = np.nextafter(low, 2.0)
    assert fit_f_beta([high, low], [1, 0]).flag([high, low]).tolist() == [True, False]


def test_rows_that_are_certain_stay_outside_the_search():
    score = np.array([np.inf, 2.0, 1.0, -np.inf])
    target = [0, 1, 0, 1]
    rule = fit_recall_at_least(score, target, 0.5)
    np.testing.assert_array_equal(rule.flag(score), [True, True, False, False])
    with pytest.raises(ScarceError) as caught:
        fit_recall_at_least(score, target, 0.6)
    assert caught.value.two_lines() == (
        "error[E253]: no cut gives recall of at least 0.6; the best that these 4 rows allow is 0.5\n"
        "hint: ask for 0.5 or less strict, or improve the model first"
    )


BAD_LEVELS = {
    "beta": (lambda: fit_f_beta([0.0, 1.0], [0, 1], beta=0.0), "beta must be above 0, got 0.0"),
    "precision": (
        lambda: fit_precision_at_least([0.0, 1.0], [0, 1], 1.5),
        "precision must be above 0 and at most 1, got 1.5",
    ),
    "share": (
        lambda: fit_capacity([0.0, 1.0], [0, 1], 0.0),
        "share must be above 0 and at most 1, got 0.0",
    ),
}


@pytest.mark.parametrize(("make", "message"), BAD_LEVELS.values(), ids=BAD_LEVELS.keys())
def test_levels_outside_their_domain_are_refused(make, message):
    with pytest.raises(ScarceError) as caught:
        make()
    assert caught.value.code == "E255"
    assert caught.value.message == message


def test_one_class_cannot_be_fitted():
    with pytest.raises(ScarceError) as caught:
        fit_f_beta([0.0, 1.0], [0, 0])
    assert caught.value.two_lines() == (
        "error[E351]: cannot fit an F-beta cut: no positive row among 2\nhint: give rows of both classes"
    )


@pytest.mark.parametrize(
    ("target", "weight", "lines"),
    [
        (
            [0, 2],
            None,
            "error[E350]: the target is 2 in row 1\nhint: encode it as 0 and 1, with 1 the scarce class",
        ),
        (
            [0, 1],
            [1.0, -2.0],
            "error[E352]: the row weight is -2.0 in row 1\nhint: weights must be finite and not negative",
        ),
        (
            [0, 1, 1],
            None,
            "error[E258]: target has shape (3,), expected shape (2,)\n"
            "hint: pass one value of target for every row",
        ),
    ],
    ids=["third value", "negative weight", "length"],
)
def test_malformed_rows_are_refused(target, weight, lines):
    with pytest.raises(ScarceError) as caught:
        fit_f_beta([0.0, 1.0], target, weight)
    assert caught.value.two_lines() == lines


@pytest.mark.parametrize("beta", [1e8, 1e200, 1e308])
def test_a_beta_without_end_asks_for_recall_alone(beta: float) -> None:
    log_odds, target = np.arange(6.0), np.array([0, 1, 0, 1, 0, 1])
    assert fit_f_beta(log_odds, target, beta=beta).flag(log_odds).sum() == 5
