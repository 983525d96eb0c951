"""What a plan says can be seen, against simulated tables and against itself at other sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit
from tests.trial.tables import table

from scarce.data.dataset import Dataset
from scarce.decision.costs import Costs
from scarce.errors import ScarceError
from scarce.evaluation.episodes import Episodes
from scarce.trial.pilot import plan_of_numbers, plan_of_table
from scarce.trial.scoring import COST, LOG_LOSS, RANKED, Rows
from scarce.trial.visible_differences import VisibleDifference, visible_differences

if TYPE_CHECKING:
    from scarce.trial.metric import Metric

INFLATION = 1.25


def drawn(rng: np.random.Generator, n_rows: int, positives: int, apart: float) -> Rows:
    target = (np.arange(n_rows) < positives).astype(np.uint8)
    log_odds = apart * (rng.normal(size=n_rows) + apart * target) - apart**2 / 2.0
    log_odds += np.log(positives / (n_rows - positives))
    costs = Costs(fn=50.0, fp=1.0)
    return Rows(target, log_odds, costs.score(log_odds) > 0.0, None, costs)


def test_the_error_of_a_plan_is_the_spread_of_the_figures_of_many_tables() -> None:
    rng = np.random.default_rng(0)
    counts = rng.binomial(4_000, 0.02, size=300)
    tables = [visible_differences(drawn(rng, 4_000, count, 2.5), INFLATION, 6) for count in counts]
    for place, metric in enumerate((COST, RANKED, LOG_LOSS)):
        of_one = [one[place] for one in tables]
        assert of_one[0].metric.name == metric.name
        spread = np.std([one.value for one in of_one])
        said = np.mean([one.error for one in of_one]) / np.sqrt(INFLATION)
        assert said == pytest.approx(spread, rel=0.12), metric.name


@settings(deadline=None, max_examples=20)
@given(
    positives=st.integers(30, 3_000),
    share=st.sampled_from([1e-4, 1e-3, 1e-2]),
    reached=st.floats(0.1, 0.9),
)
def test_what_is_seen_falls_as_the_root_of_the_positives_or_faster_and_needed_undoes_it(
    positives: int, share: float, reached: float
) -> None:
    plan = plan_of_numbers(round(positives / share), positives, average_precision=reached, cost="fn=50,fp=1")
    for one in plan.differences:
        seen = [one.visible(positives * 4**times, same_learner=False) for times in range(12)]
        falls = np.array(seen[:-1]) / seen[1:]
        assert falls.min() > 1.99  # 4 where arms are as unlike as their difference makes them
        assert falls.max() < 4.3
        assert falls[-1] == pytest.approx(2.0, rel=0.01)
        for same in (True, False):
            needed = one.needed(same_learner=same)
            assert one.visible(needed, same_learner=same) <= one.wanted * 1.001
            if needed > 20:  # with fewer nothing is called
                assert one.visible(needed - 2, same_learner=same) > one.wanted * 0.999


@pytest.mark.parametrize(
    ("metric", "share", "unlike"),
    [(RANKED, 0.25, 0.33), (RANKED, 0.49, 0.56), (LOG_LOSS, 0.15, 0.12), (COST, 0.22, 0.84)],
    ids=str,
)
def test_an_arm_that_scores_so_much_better_is_as_unlike_as_in_simulated_trials(
    metric: Metric, share: float, unlike: float
) -> None:
    """Of linear models, one with a column more, of 100 positives in 10,000 rows (docs/statistics.md)."""
    plan = VisibleDifference(metric, value=1.0, error=1.0, positives=100, arms=4, wanted=1.0)
    quantiles = stdtrit(99, 1 - 0.025 / 4) + stdtrit(99, 0.8)
    errors = replace(plan, error=share / (quantiles * unlike**0.5))
    assert errors.visible(100) == pytest.approx(share, rel=0.3)


def test_a_plan_of_numbers_agrees_with_that_of_a_table_like_it() -> None:
    rng = np.random.default_rng(1)
    scored = drawn(rng, 400_000, 4_000, 2.5)
    from_rows = visible_differences(scored, INFLATION, 6)
    numbers = plan_of_numbers(
        400_000, 4_000, average_precision=from_rows[1].value, cost={"fn": 50.0, "fp": 1.0}
    )
    for one, other in zip(from_rows, numbers.differences, strict=True):
        assert other.value == pytest.approx(one.value, rel=0.1)
        assert other.error == pytest.approx(one.error, rel=0.12)


def test_a_few_points_stand_for_a_billion_rows() -> None:
    small, large = (plan_of_numbers(rows, 2_000) for rows in (20_000_000, 1_000_000_000))
    assert small.differences[0].value == pytest.approx(0.5, abs=1e-3)
    assert large.differences[0].value == pytest.approx(0.5, abs=1e-3)


def test_rows_drawn_together_are_known_less_well() -> None:
    scored = drawn(np.random.default_rng(2), 2_000, 60, 2.0)
    twice = np.repeat(np.arange(2_000), 2)
    doubled = replace(scored, unit=np.arange(2_000)).take(twice)
    pairs = zip(*(visible_differences(rows, INFLATION, 6) for rows in (scored, doubled)), strict=True)
    for one, two in pairs:
        assert two.positives == one.positives
        assert two.error == pytest.approx(one.error, rel=0.02)


def test_by_episode_a_plan_knows_the_cost_as_well_as_other_entities_would_show_it() -> None:
    rng = np.random.default_rng(3)
    scored = drawn(rng, 6_000, 300, 2.0)
    cards = Episodes(rng.integers(0, 400, 6_000), rng.random(6_000))
    after = cards.after_catch(scored.target == 1, scored.flagged)
    rows = replace(scored, unit=cards.entity, entity=cards.entity, after=after)
    cost, *_ = visible_differences(rows, INFLATION, 6)
    assert cost.metric.label.endswith("by episode")
    assert cost.value == pytest.approx(rows.values()["expected_cost"])
    assert cost.positives == np.unique(cards.entity[scored.target == 1]).size
    spent, held = np.bincount(cards.entity, rows.cost_of_rows()), np.bincount(cards.entity)
    draws = [rng.integers(0, spent.size, spent.size) for _ in range(2_000)]
    spread = np.std([1e4 * spent[one].sum() / held[one].sum() for one in draws])
    assert cost.error / np.sqrt(INFLATION) == pytest.approx(spread, rel=0.06)


def test_a_pilot_table_is_cross_fitted_once_and_its_costs_are_the_primary_metric() -> None:
    pilot = Dataset.prepare(table(800), "fraud", cost="fn=amount,fp=2", drop=("weight",))
    plan = plan_of_table(pilot, difference="10%")
    assert [one.metric.name for one in plan.differences] == [COST.name, RANKED.name, LOG_LOSS.name]
    assert (plan.rows, plan.positives) == (800, int(pilot.target.sum()))
    assert plan.differences[0].wanted == pytest.approx(0.1 * plan.differences[0].value)
    assert plan.differences[1].value > 2.0 * plan.positives / plan.rows
    assert all(len(line) <= 80 for line in str(plan).splitlines())


def test_a_plan_of_few_positives_says_that_nothing_will_be_called() -> None:
    assert "nothing is called better" in str(plan_of_numbers(1_000, 19))
    assert "nothing is called better" not in str(plan_of_numbers(1_000, 20))


@pytest.mark.parametrize("wanted", ["", "x", "%", "0", 0, -1, "nan", "inf", True])
def test_a_difference_that_is_none_is_refused(wanted: object) -> None:
    with pytest.raises(ScarceError, match="no difference that could matter") as refused:
        plan_of_numbers(1_000, 20, difference=wanted)  # type: ignore[arg-type]
    assert refused.value.code == "E328"
