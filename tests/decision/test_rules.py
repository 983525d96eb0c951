"""Rules flag what their words say and come back from JSON bit for bit."""

from __future__ import annotations

import json

import numpy as np
import pytest

from scarce.decision import CapacityRule, CostRule, Costs, CostSpec, CutRule, rule_from_dict
from scarce.errors import ScarceError

RULES = {
    "bayes": CostRule(0.0, CostSpec(fn=100.0, fp=5.0)),
    "tuned columns": CostRule(-0.1 / 3, CostSpec(fn="Amount", fp=5.0, tp="review, daily"), 492),
    "costs without names": CostRule(0.3, None, 77),
    "cut": CutRule(-3.3333333333333335, "best F1, no costs given", 492),
    "capacity": CapacityRule(1.1, 0.01, 492),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_a_rule_comes_back_from_json_bit_for_bit(rule):
    assert rule_from_dict(json.loads(json.dumps(rule.to_dict(), allow_nan=False))) == rule


def test_the_cost_rule_flags_what_the_expected_costs_say():
    rng = np.random.default_rng(0)
    log_odds = rng.normal(-3, 3, 500)
    fn, fp = rng.exponential(50, 500), rng.exponential(5, 500)
    p = 1 / (1 + np.exp(-log_odds))
    flags = CostRule().flag(log_odds, Costs(fn=fn, fp=fp))
    assert flags.any()
    assert not flags.all()
    np.testing.assert_array_equal(flags, p * fn > (1 - p) * fp)


def test_right_decisions_that_cost_money_count_too():
    log_odds = np.linspace(-8, 8, 101)
    p = 1 / (1 + np.exp(-log_odds))
    flags = CostRule(0.0, CostSpec(fn=100.0, fp=6.0, tn=1.0, tp=5.0)).flag(log_odds)
    np.testing.assert_array_equal(flags, p * 5.0 + (1 - p) * 6.0 < p * 100.0 + (1 - p) * 1.0)


def test_a_miss_that_costs_nothing_is_never_flagged_and_a_free_alarm_always():
    costs = Costs(fn=np.array([0.0, 10.0, 0.0]), fp=np.array([5.0, 0.0, 0.0]))
    for cut in (-50.0, 0.0, 50.0):
        np.testing.assert_array_equal(
            CostRule(cut).flag(np.array([900.0, -900.0, 0.0]), costs), [False, True, False]
        )


def test_certain_rows_keep_their_certainty():
    costs = Costs(fn=np.array([10.0, 10.0]), fp=5.0)
    np.testing.assert_array_equal(costs.score(np.array([-np.inf, np.inf])), [-np.inf, np.inf])


def test_the_threshold_is_the_textbook_one():
    assert CostRule(0.0, CostSpec(fn=95.0, fp=5.0)).threshold() == pytest.approx(0.05, rel=1e-14)
    assert CostRule(0.0, CostSpec(fn=100.0, fp=6.0, tn=1.0, tp=5.0)).threshold() == pytest.approx(5 / 100)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (RULES["bayes"], "flag when p > 0.04762 (fn=100,fp=5; the cut that the costs give)"),
        (
            RULES["tuned columns"],
            "flag when p * (Amount - review, daily) > 0.967 * (1 - p) * 5 "
            '(fn=Amount,fp=5,tp="review, daily"; cut tuned on 492 positives)',
        ),
        (RULES["costs without names"], "flag when p * fn > 1.35 * (1 - p) * fp (cut tuned on 77 positives)"),
        (RULES["cut"], "flag when p > 0.03445 (best F1, no costs given, tuned on 492 positives)"),
        (RULES["capacity"], "flag the likeliest 100 in 10,000 rows (p > 0.7503)"),
    ],
    ids=RULES.keys(),
)
def test_rules_say_what_they_do(rule, words):
    assert rule.describe() == words


def test_money_has_a_unit():
    assert RULES["bayes"].describe("EUR").startswith("flag when p > 0.04762 (fn=100,fp=5 EUR;")


def test_a_batch_never_exceeds_its_capacity_and_never_splits_ties():
    rule = CapacityRule(0.0, 0.5)
    np.testing.assert_array_equal(rule.flag_batch([1.0, 1.0, 1.0, 0.0]), [False] * 4)
    np.testing.assert_array_equal(rule.flag_batch([2.0, 1.0, 1.0, 0.0]), [True, False, False, False])
    assert rule.flag_batch(np.random.default_rng(0).normal(size=101)).sum() == 50


@pytest.mark.parametrize(
    ("make", "code", "lines"),
    [
        (
            lambda: RULES["tuned columns"].flag([0.0]),
            "E257",
            "error[E257]: the rule compares costs that differ from row to row, and none were given\n"
            "hint: pass costs=Costs(...) with one value a row, or the columns Amount, review, daily",
        ),
        (
            lambda: rule_from_dict({"kind": "pickle"}),
            "E256",
            "error[E256]: cannot read a stored rule: kind is 'pickle'\n"
            "hint: write the model anew with scarce run",
        ),
        (
            lambda: CutRule(float("inf")),
            "E255",
            "error[E255]: cut must be finite, got inf\nhint: choose cut finite",
        ),
        (
            lambda: RULES["cut"].flag([0.0, float("nan")]),
            "E259",
            "error[E259]: log_odds is not a number in row 1 (1 in all)\n"
            "hint: find out why the model gives none there; rows count from 0",
        ),
        (
            lambda: CostRule().flag([0.0, 1.0], Costs(fn=np.ones(3), fp=1.0)),
            "E258",
            "error[E258]: costs has 3 rows, expected 2\nhint: pass one value of costs for every row",
        ),
    ],
    ids=["costs needed", "unknown kind", "infinite cut", "NaN score", "lengths"],
)
def test_errors_say_what_and_what_to_do(make, code, lines):
    with pytest.raises(ScarceError) as caught:
        make()
    assert caught.value.code == code
    assert caught.value.two_lines() == lines


BAD_STORED = {
    "cut missing": {"kind": "cut", "aim": "x", "tuned_on": 1},
    "cut is text": {"kind": "cut", "cut": "0", "aim": "x", "tuned_on": 1},
    "cut is not finite": {"kind": "cut", "cut": float("nan"), "aim": "x", "tuned_on": 1},
    "cut is a bool": {"kind": "cut", "cut": True, "aim": "x", "tuned_on": 1},
    "aim is a number": {"kind": "cut", "cut": 0.0, "aim": 1, "tuned_on": 1},
    "count negative": {"kind": "cut", "cut": 0.0, "aim": "x", "tuned_on": -1},
    "costs are a list": {"kind": "cost", "cut": 0.0, "costs": [], "tuned_on": 1},
    "cost is null": {
        "kind": "cost", "cut": 0.0, "costs": {"fn": None, "fp": 1.0, "tn": 0, "tp": 0}, "tuned_on": 1,
    },
    "cost missing": {"kind": "cost", "cut": 0.0, "costs": {"fp": 1.0, "tn": 0, "tp": 0}, "tuned_on": 1},
}  # fmt: skip


@pytest.mark.parametrize("stored", BAD_STORED.values(), ids=BAD_STORED.keys())
def test_a_damaged_rule_is_refused(stored):
    with pytest.raises(ScarceError) as caught:
        rule_from_dict(stored)
    assert caught.value.code == "E256"


def test_a_capacity_of_all_rows_is_written_out() -> None:
    assert CapacityRule(0.0, 1.0).describe().startswith("flag the likeliest 10,000 in 10,000 rows")
