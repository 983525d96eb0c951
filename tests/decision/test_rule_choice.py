"""The rule that is asked for: what may be written, reviews, ranges of costs, and how far a cut moves."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given as drawn_from
from hypothesis import strategies as st

from scarce.decision import Costs, CostSpec, CutRule, rule_from_dict
from scarce.decision.aims import within_reach
from scarce.decision.arrays import expit
from scarce.decision.cost_range import CostRange
from scarce.decision.cost_rule import CostRule
from scarce.decision.cut_interval import cut_interval, fit_with_interval
from scarce.decision.neyman_pearson import fit_neyman_pearson
from scarce.decision.rule_choice import OPTIONS, RuleChoice
from scarce.errors import ScarceError


def drawn(seed: int = 0, n: int = 3_000, mean: float = -3.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(mean, 2.0, n)
    return log_odds, rng.random(n) < expit(log_odds)


def code_of(call: Any) -> str:
    with pytest.raises(ScarceError) as caught:
        call()
    return caught.value.code


@pytest.mark.parametrize(
    ("given", "level", "counted"),
    [
        ("200", 200.0, True),
        ("0.5%", 0.005, False),
        ("0.005", 0.005, False),
        (0.02, 0.02, False),
        (1, 1.0, True),
        ("100%", 1.0, False),
    ],
)
def test_a_capacity_is_a_number_of_rows_or_a_share(given: Any, level: float, counted: bool) -> None:
    choice = RuleChoice.of(capacity=given)
    assert choice is not None
    assert (choice.level, choice.counted) == (pytest.approx(level), counted)
    assert RuleChoice.of(capacity=choice.written()) == choice


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("capacity", "many"),
        ("capacity", "2.5"),
        ("capacity", "0"),
        ("capacity", "120%"),
        ("precision", 1.5),
        ("precision", "0.5%"),
        ("recall", True),
        ("recall", [0.5]),
        ("recall", 0.0),
        ("false_positive_rate", 1.0),
        ("fbeta", -1.0),
        ("review", 0.0),
        ("review", float("inf")),
    ],
)
def test_a_level_outside_its_domain_is_refused(option: str, value: Any) -> None:
    assert code_of(lambda: RuleChoice.of(**{option: value})) == "E301"


@pytest.mark.parametrize("pair", list(itertools.combinations(OPTIONS, 2)), ids="+".join)
def test_two_rules_are_refused(pair: tuple[str, str]) -> None:
    assert code_of(lambda: RuleChoice.of(**dict.fromkeys(pair, 0.5))) == "E360"


def test_a_counted_capacity_becomes_a_share_of_a_day_s_rows() -> None:
    choice = RuleChoice.of(capacity=30).for_rows(6_000, days=20)
    assert choice.level == pytest.approx(0.1)
    log_odds, target = drawn(n=6_000)
    rule = choice.fit(log_odds, target)
    assert rule.flag(log_odds).sum() == 600
    assert "30 a day of 300 rows" in rule.describe()
    assert rule_from_dict(rule.to_dict()) == rule
    assert code_of(lambda: RuleChoice.of(capacity=301).for_rows(6_000, days=20)) == "E363"


@pytest.mark.parametrize("option", ["precision", "recall", "fbeta"])
def test_a_cut_is_the_best_of_all_that_meet_the_aim(option: str) -> None:
    """Every cut there is, tried one by one."""
    log_odds, target = drawn(1, n=400)
    level = 2.0 if option == "fbeta" else 0.6
    flags = RuleChoice(option, level).fit(log_odds, target).flag(log_odds)

    def value(flagged: np.ndarray) -> float:
        tp, n = (flagged & target).sum(), max(flagged.sum(), 1)
        precision, recall = tp / n, tp / target.sum()
        if option == "fbeta":
            return 5 * tp / (4 * target.sum() + flagged.sum())
        held, sought = (precision, recall) if option == "precision" else (recall, precision)
        return sought if held >= level else -1.0

    assert value(flags) == pytest.approx(max(value(log_odds > cut) for cut in [*log_odds, -99.0]))


def test_a_rate_is_guaranteed_where_negatives_count_alike_and_held_on_these_rows_otherwise() -> None:
    log_odds, target = drawn(2)
    choice = RuleChoice("false_positive_rate", 0.05)
    same, other = np.where(target, 9.0, 2.0), np.where(log_odds > -3.0, 1.0, 2.0)
    guaranteed = fit_neyman_pearson(log_odds, target, 0.05)
    assert choice.fit(log_odds, target) == choice.fit(log_odds, target, same) == guaranteed
    weighted = choice.fit(log_odds, target, other)
    assert "confidence" not in weighted.describe()
    assert np.average(weighted.flag(log_odds)[~target], weights=other[~target]) <= 0.05


@pytest.mark.parametrize("per_row", [False, True])
def test_a_review_is_taken_where_it_is_the_cheapest_of_three_actions(per_row: bool) -> None:
    log_odds, _ = drawn(3)
    rng = np.random.default_rng(4)
    miss, alarm = rng.lognormal(3.0, 1.0, (2, log_odds.size)) if per_row else (100.0, 40.0)
    costs, price = Costs(fn=miss + 3.0, fp=alarm + 1.0, tn=1.0, tp=3.0), 5.0
    rule = CostRule(0.0, costs.spec, review=price)
    p = expit(log_odds)
    expected = np.argmin([p * miss, (1 - p) * alarm, np.full(p.size, price)], axis=0)
    found = rule.flag(log_odds, costs) + 2 * rule.reviewed(log_odds, costs)
    np.testing.assert_array_equal(found, expected)
    assert set(expected) == {0, 1, 2}
    assert rule_from_dict(rule.to_dict()) == rule


def test_a_review_needs_costs_and_a_price_at_which_it_can_pay() -> None:
    log_odds, target = drawn()
    choice = RuleChoice.of(review=4.9)
    assert code_of(lambda: choice.fit(log_odds, target)) == "E361"
    assert code_of(lambda: choice.fit(log_odds, target, costs=Costs(fn=100.0, fp=5.0))) == "E362"
    RuleChoice.of(review=4.7).fit(log_odds, target, costs=Costs(fn=100.0, fp=5.0))


def test_a_range_of_costs_has_two_ends_and_a_middle() -> None:
    span = CostRange.of({"fn": "100..400", "fp": "1..4"})
    assert (span.low, span.high) == (CostSpec(100.0, 4.0), CostSpec(400.0, 1.0))
    assert (span.middle.fn, span.middle.fp) == (pytest.approx(200.0), pytest.approx(2.0))
    assert CostRange.of("fn=Amount,fp=2..8").middle == CostSpec("Amount", pytest.approx(4.0))
    assert all(CostRange.of(cost) is None for cost in ("fn=1,fp=2", CostSpec(1.0, 2.0), None))
    along = [costs.fn / costs.fp for costs in span.steps(Costs(fn=200.0, fp=2.0))]
    assert np.allclose(np.diff(np.log(along)), np.log(16) / 16)


@pytest.mark.parametrize("text", ["fn=4..1,fp=2", "fn=0..2,fp=1", "fn=1..2,fp=3,tp=1..2", "fn=1..2..3,fp=1"])
def test_a_range_that_is_none_is_refused(text: str) -> None:
    assert code_of(lambda: CostRange.of(text)) == "E365"


def test_a_range_where_one_number_is_asked_for_is_refused() -> None:
    assert code_of(lambda: CostSpec.parse("fn=100..400,fp=5")) == "E365"
    assert CostSpec.parse('fn="1..2",fp=5').fn == "1..2"


def test_the_interval_of_a_cut_covers_that_of_the_population() -> None:
    """The cut for a recall of .8, known from 400,000 rows, in 100 samples."""
    truth = RuleChoice("recall", 0.8).fit(*drawn(9, n=400_000)).cut
    held = 0
    for seed in range(100):
        log_odds, target = drawn(seed, n=1_000)

        def fit(rows: np.ndarray, times: np.ndarray, s: Any = log_odds, y: Any = target) -> float:
            return RuleChoice("recall", 0.8).fit(s[rows], y[rows], times).cut

        low, high = cut_interval(fit, log_odds, np.arange(1_000), draws=60)
        held += low <= truth <= high
    assert 85 <= held <= 99


def test_rows_of_a_unit_move_a_cut_together() -> None:
    log_odds, target = drawn(5, n=600)
    rows = np.repeat(np.arange(600), 5)
    choice = RuleChoice("recall", 0.8)

    def width(units: np.ndarray | None) -> float:
        note = fit_with_interval(choice, log_odds[rows], target[rows], units=units).note
        low, high = (float(word) for word in note.removeprefix("p > ").split(" in ")[0].split(" to "))
        return np.log(high / low)

    assert width(None) < 0.7 * width(rows)


def test_a_cut_that_most_resamples_do_not_allow_has_no_interval() -> None:
    log_odds = np.arange(40.0)
    target = np.zeros(40, dtype=bool)
    target[-1] = True  # precision 1 takes the last row, which a third of the resamples lack
    assert isinstance(fit_with_interval(RuleChoice("precision", 1.0), log_odds, target), CutRule)

    def never(rows: np.ndarray, times: np.ndarray) -> float:
        raise ScarceError("E361")

    assert cut_interval(never, log_odds, np.arange(40)) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("fn=100..400", "cannot read the costs 'fn=100..400': fp is missing"),
        ({"fn": "100..400"}, "cannot read the costs 'fn=100..400': fp is missing"),
        ("fn=1..4,fp=5,xx=1", "cannot read the costs 'fn=1..4,fp=5,xx=1': 'xx' is none of fn, fp, tn, tp"),
        ("fn=100..400,fp=5,tp=100", "the cost fn=100 is not above tp=100"),
    ],
)
def test_a_range_is_quoted_as_it_was_typed(given: object, said: str) -> None:
    with pytest.raises(ScarceError) as caught:
        CostRange.of(given)
    assert caught.value.message == said


def test_the_middle_of_a_range_has_the_digits_that_are_shown() -> None:
    found = CostRange.of("fn=3..400000,fp=1234567,tn=12.25")
    assert found.middle.describe() == "fn=1095,fp=1234567,tn=12.25"
    assert found.middle == CostSpec.parse(found.middle.describe())


@drawn_from(best=st.floats(1e-6, 1.0), more=st.booleans())
def test_what_is_said_to_be_within_reach_is(best: float, more: bool) -> None:
    asked = float(within_reach(best, math.floor if more else math.ceil))
    slack = 1e-12
    assert (asked <= best + slack) if more else (asked >= best - slack)
    assert asked == pytest.approx(best, rel=1.01e-3)
