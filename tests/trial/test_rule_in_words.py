"""The rule as a sentence, held against the formula that it stands beside."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scarce.decision.capacity import CapacityRule
from scarce.decision.cost_rule import CostRule
from scarce.decision.costs import CostSpec
from scarce.decision.rules import CutRule, Rule
from scarce.trial.rule_in_words import in_words

P, Q = "its probability of being positive", "its probability of being negative"
BY_AMOUNT = CostSpec(fn="Amount", fp=5.0)
SAID: list[tuple[Rule, str]] = [
    (CostRule(spec=BY_AMOUNT), f"Flag a row when {P} times Amount is more than 5 times {Q}."),
    (CostRule(math.log(0.4), BY_AMOUNT), f"Flag a row when {P} times Amount is more than 2 times {Q}."),
    (CostRule(spec=CostSpec("Amount", 1.0)), f"Flag a row when {P} times Amount is more than {Q}."),
    (
        CostRule(math.log(2.0), CostSpec(fn=120.0, fp="Call")),
        f"Flag a row when {P} times 120 is more than 2 times {Q} times Call.",
    ),
    (
        CostRule(spec=CostSpec(fn="Amount", fp=5.0, tp="Fee")),
        f"Flag a row when {P} times (Amount − Fee) is more than 5 times {Q}.",
    ),
    (CostRule(spec=CostSpec(fn=95.0, fp=5.0)), f"Flag a row when {P} is more than 5 %."),
    (
        CostRule(spec=CostSpec(fn=100.0, fp=25.0), review=5.0),
        f"Have a row reviewed when {P} is between 5 % and 80 %; flag it above and let it pass below.",
    ),
    (
        CostRule(spec=BY_AMOUNT, review=2.0),
        "Have a row reviewed when flagging it and letting it pass are both expected to cost more than 2. "
        f"Flag another row when {P} times Amount is more than 5 times {Q}.",
    ),
    (CutRule(0.0, "best F1"), f"Flag a row when {P} is more than 50 %."),
    (
        CapacityRule(-math.log(9.0), 0.002),
        "Flag the likeliest rows (20 in 10,000 rows): those whose probability of being positive is more "
        "than 10 %.",
    ),
]


@pytest.mark.parametrize(("rule", "said"), SAID, ids=[rule.describe()[:40] for rule, _ in SAID])
def test_a_rule_is_told_without_a_formula(rule: Rule, said: str) -> None:
    assert in_words(rule) == said


def test_what_is_said_flags_the_rows_that_the_rule_flags() -> None:
    rng = np.random.default_rng(3)
    log_odds, amount = rng.normal(-2.0, 2.0, 500), rng.lognormal(3.0, 1.0, 500)
    rule = CostRule(math.log(0.4), BY_AMOUNT)  # 2 = .4 times 5
    p = 1.0 / (1.0 + np.exp(-log_odds))
    flagged = rule.flag(log_odds, BY_AMOUNT.resolve({"Amount": amount}))
    assert np.array_equal(flagged, p * amount > 2.0 * (1.0 - p))
