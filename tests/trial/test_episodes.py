"""Entities followed over time: what an episode costs, beside a walk through every entity row by row."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from tests.trial.tables import table

from scarce.data.dataset import Dataset
from scarce.data.files.reading import from_dataframe
from scarce.decision.cost_range import CostRange
from scarce.decision.costs import Costs
from scarce.errors import ScarceError
from scarce.evaluation.cost_curve import cost_curve
from scarce.evaluation.episodes import Episodes, after_catch
from scarce.evaluation.every_cut import explorer_table
from scarce.evaluation.intervals import Bootstrap
from scarce.report.explorer import Explorer
from scarce.report.page import render
from scarce.report.printed import as_text
from scarce.report.worth import worth
from scarce.trial.column_losses import REPEATS, Answered
from scarce.trial.compare import ScoredTable, compare_scores
from scarce.trial.config import TrialConfig
from scarce.trial.cost_range import range_notes
from scarce.trial.design import Design
from scarce.trial.run import run_trial
from scarce.trial.scoring import Rows, metrics_of

if TYPE_CHECKING:
    from scarce.trial.result import TrialResult

SEEDS = range(40)


def drawn(seed: int, n_rows: int = 30) -> tuple[Rows, np.ndarray]:
    """Return rows of a few entities with their times, many of them the same."""
    rng = np.random.default_rng(seed)
    entity, time = rng.integers(0, 6, n_rows), rng.integers(0, 12, n_rows).astype(float)
    target, flagged = (rng.random(n_rows) < 0.4).astype(np.uint8), rng.random(n_rows) < 0.4
    target[:2] = (0, 1)
    weight = rng.uniform(0.5, 3.0, n_rows) if seed % 2 else None
    costs = Costs(fn=rng.uniform(10.0, 90.0, n_rows), fp=5.0, tp=1.0)
    after = after_catch(entity, time, target == 1, flagged)
    rows = Rows(target, rng.normal(size=n_rows), flagged, weight, costs, entity, None, entity, after)
    return rows, time


def walked(rows: Rows, time: np.ndarray) -> dict[str, float]:
    """Follow each entity through time, moment by moment."""
    weight = np.ones(time.size) if rows.weight is None else rows.weight
    each = rows.costs.of_rows(rows.target == 1, rows.flagged)
    spent = alerts = entities = positive = caught = 0.0
    for own in (np.flatnonzero(rows.entity == one) for one in np.unique(rows.entity)):
        of_entity = float(weight[own].mean())
        entities += of_entity
        positive += of_entity * bool(rows.target[own].any())
        for moment in np.unique(time[own]):
            now = own[time[own] == moment]
            spent += float((weight * each)[now].sum())
            alerts += float(weight[now][rows.flagged[now]].sum())
            if (rows.flagged & (rows.target == 1))[now].any():
                caught += of_entity
                break
    return {
        "expected_cost": 1e4 * spent / weight.sum(),
        "entities_caught": caught / positive,
        "alerts_per_entity": alerts / entities,
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_an_episode_costs_what_a_walk_through_it_costs(seed: int) -> None:
    rows, time = drawn(seed)
    found, expected = rows.values(), walked(rows, time)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-12), name
    pooled = rows.estimates(Bootstrap(20))
    assert {name: pooled[name].value for name in expected} == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cut_shown_costs_and_catches_what_a_walk_through_the_episodes_does(seed: int) -> None:
    rows, time = drawn(seed)
    log_odds = rows.log_odds.round(seed % 3)  # equal scores in two seeds of three
    episodes, positive = Episodes(rows.entity, time), rows.target == 1
    score = rows.costs.score(log_odds)
    table = explorer_table(rows.target, log_odds, rows.weight, costs=rows.costs, episodes=episodes, at=(0.3,))
    assert 0.3 in table.cut
    weight = np.ones(time.size) if rows.weight is None else rows.weight
    for line, cut in enumerate(table.cut):
        flagged = score > cut
        walk = walked(dataclasses.replace(rows, flagged=flagged), time)
        assert table.cost[line] == pytest.approx(walk["expected_cost"], rel=1e-9, abs=1e-9)
        assert table.caught[line] / table.to_catch == pytest.approx(walk["entities_caught"], abs=1e-12)
        alerts = (table.tp + table.fp)[line] / table.entities
        assert alerts == pytest.approx(walk["alerts_per_entity"], rel=1e-9, abs=1e-12)
        counts = ~after_catch(rows.entity, time, positive, flagged)
        for found, cell in ((table.fn, ~flagged & positive), (table.tn, ~flagged & ~positive)):
            assert found[line] == pytest.approx(weight[counts & cell].sum(), rel=1e-9, abs=1e-12)
        spared = episodes.highest_before(positive, score) > cut
        np.testing.assert_array_equal(spared, ~counts)
    curve = cost_curve(rows.target, log_odds, rows.weight, costs=rows.costs, episodes=episodes)
    for flags, found in ((score > 0.0, curve.bayes), (score < np.inf, curve.everything)):
        walk = walked(dataclasses.replace(rows, flagged=flags), time)
        assert found == pytest.approx(walk["expected_cost"], rel=1e-12)
    assert curve.nothing == pytest.approx(table.cost[0])
    assert curve.best == pytest.approx(table.cost.min())


def test_a_false_alarm_ends_nothing_and_a_catch_ends_everything_later() -> None:
    card, day = np.array([0, 0, 0, 0, 1]), np.array([1.0, 2.0, 3.0, 3.0, 9.0])
    fraud, flagged = np.array([False, True, True, True, True]), np.array([True, False, True, False, False])
    assert after_catch(card, day, fraud, flagged).tolist() == [False] * 5  # the same moment is not later
    flagged[1] = True
    assert after_catch(card, day, fraud, flagged).tolist() == [False, False, True, True, False]


def test_the_order_of_rows_says_nothing() -> None:
    rows, time = drawn(3, n_rows=200)
    order = np.random.default_rng(0).permutation(200)
    again = rows.take(order)
    moved = after_catch(again.entity, time[order], again.target == 1, again.flagged)
    np.testing.assert_array_equal(moved, rows.after[order])
    assert again.values() == pytest.approx(rows.values(), rel=1e-9)


def test_intervals_draw_whole_entities() -> None:
    """A standard deviation four times that of single rows: each entity's ten rows say the same."""
    rng = np.random.default_rng(0)
    entity = np.repeat(np.arange(300), 16)
    fraud = (entity % 3 == 0) & (rng.random(entity.size) < 0.5)
    flagged, time = fraud & (entity % 2 == 0), rng.random(entity.size)
    after = after_catch(entity, time, fraud, flagged)
    costs = Costs(fn=100.0, fp=5.0)
    log_odds = np.where(fraud, 1.0, -1.0) + rng.normal(size=entity.size)
    rows = Rows(fraud.astype(np.uint8), log_odds, flagged, None, costs, entity, None, entity, after)
    found = rows.estimates(Bootstrap(400))
    cost = np.bincount(entity, rows.cost_of_rows())
    caught = np.bincount(entity, fraud & flagged) > 0
    has = np.bincount(entity, fraud) > 0
    draws = [rng.integers(0, 300, 300) for _ in range(2000)]
    by_hand = {
        "expected_cost": [1e4 * cost[d].mean() / 16 for d in draws],
        "entities_caught": [caught[d].sum() / has[d].sum() for d in draws],
    }
    for name, values in by_hand.items():
        width = (found[name].high - found[name].low) / (2 * 1.96)
        assert width == pytest.approx(np.std(values), rel=0.15), name


def cards(n_cards: int = 240, n_rows: int = 4800, seed: int = 0) -> pa.Table:
    """Cards that are in use throughout; on some, fraud sets in and lasts for a while."""
    rng = np.random.default_rng(seed)
    card, day = rng.integers(0, n_cards, n_rows), rng.integers(0, 300, n_rows)
    begins = np.where(rng.random(n_cards) < 0.5, rng.integers(0, 300, n_cards), 999)
    running = (day >= begins[card]) & (day < begins[card] + 60)
    fraud = running & (rng.random(n_rows) < 0.6)
    return pa.table(
        {
            "card": [f"c{one}" for one in card],
            "day": day,
            "x": rng.normal(size=n_rows) + 1.5 * fraud,
            "z": rng.normal(size=n_rows) + fraud,
            "amount": rng.lognormal(3.0, 1.0, n_rows).round(2),
            "fraud": np.where(fraud, "yes", "no"),
        }
    )


def prepared(data: pa.Table, **roles: Any) -> Dataset:
    given = {"target": "fraud", "time": "day", "entity": "card", "cost": "fn=amount,fp=5"} | roles
    return Dataset.prepare(from_dataframe(data), **given)


QUICK = TrialConfig(("focal:gamma=2",), ("linear",), folds=3, replicates=50)


@pytest.fixture(scope="module")
def followed() -> TrialResult:
    return run_trial(prepared(cards(), label_delay="15"), QUICK)[0]


def test_a_trial_by_episode_scores_what_it_says(followed: TrialResult) -> None:
    dataset = prepared(cards(), label_delay="15")
    for arm in followed.arms:
        kept = np.flatnonzero(~np.isnan(arm.log_odds[0]))
        rows = Rows(
            followed.target[kept],
            arm.log_odds[0, kept],
            arm.flagged[0, kept],
            None,
            followed.costs.take(kept),
            entity=dataset.entity[kept],
        )
        for name, value in walked(rows, dataset.time[kept]).items():
            assert arm.estimates[name].value == pytest.approx(value, rel=1e-9), name
        by_period = np.bincount(followed.fold_of[0, kept], rows.costs.of_rows(rows.target == 1, rows.flagged))
        assert arm.estimates["expected_cost"].value < 1e4 * by_period.sum() / kept.size  # something was saved


def test_cost_by_episode_is_primary_and_said_so_everywhere(followed: TrialResult) -> None:
    assert followed.primary.label == "expected cost per 10,000 rows, by episode"
    assert [metric.name for metric in followed.metrics[:4]] == [
        "expected_cost",
        "average_precision",
        "entities_caught",
        "alerts_per_entity",
    ]
    text, page = as_text(followed), render(followed)
    assert "entities" in text
    assert "alerts" in text
    for said in (text, page):
        assert "and of other entities" in " ".join(said.split())
    assert "entities caught (share of those with a positive)" in page
    assert "alerts per entity, until it is caught" in page
    assert any("a false alarm ends nothing" in note for note in followed.notes)
    assert "entities_caught" not in {metric.name for metric in metrics_of(followed.costs)}


def test_the_report_shows_the_figures_that_the_verdict_is_about(followed: TrialResult) -> None:
    cells, told = Explorer.of(followed).cells(), followed.winner.estimates
    assert cells["cost"] == pytest.approx(told["expected_cost"].value, rel=1e-9)
    assert cells["recall"] == pytest.approx(told["entities_caught"].value, rel=1e-9)
    assert cells["alerts"] == pytest.approx(told["alerts_per_entity"].value, rel=1e-9)
    page, said = render(followed), worth(followed)
    for name in ("alerts that are right", "entities caught", "alerts per entity"):
        assert f"<dt>{name}</dt>" in page
    assert "<dt>recall</dt>" not in page
    assert page.count("Row by row: those after an entity was caught count too.") >= 3
    assert " alerts per entity until it is caught, " in said
    assert f"{100 * told['entities_caught'].value:.0f} % of the entities with a positive caught." in said
    alone = render(dataclasses.replace(followed, episodes=None))
    assert "Row by row" not in alone
    assert "<dt>recall</dt>" in alone


def test_no_model_has_met_the_entity_or_the_time_it_is_tested_on() -> None:
    dataset = prepared(cards(), label_delay="15")
    design = Design.of(dataset, QUICK)
    assert len(design.splits) == 8  # three periods and one that only calibrates, two halves each
    tested = np.concatenate([split.test for split in design.splits])
    assert np.unique(tested).size == tested.size
    for split in design.splits:
        assert not np.isin(dataset.entity[split.test], dataset.entity[split.train]).any()
        assert np.unique(dataset.target[split.test]).size == 2
    for first, second in zip(design.splits[::2], design.splits[1::2], strict=True):
        start = min(dataset.time[first.test].min(), dataset.time[second.test].min())
        assert not np.isin(dataset.entity[first.test], dataset.entity[second.test]).any()
        for split in (first, second):
            assert dataset.time[split.train].max() <= start - 15
        # what one half may not learn from, the other may: no row of the time before is lost to both
        before = np.flatnonzero(dataset.time <= start - 15)
        np.testing.assert_array_equal(np.union1d(first.train, second.train), before)


def test_entities_of_the_period_that_only_calibrates_are_not_counted_among_those_scored() -> None:
    """Else an interval would rest on entities that no figure is of, those of the period's second half."""
    design = Design.of(prepared(cards()), QUICK)
    dataset, (fold,) = design.dataset, design.judged.fold_of
    told = np.unique(dataset.entity[(fold >= 2) & (dataset.target == 1)]).size
    assert told < np.unique(dataset.entity[(fold >= 1) & (dataset.target == 1)]).size
    assert design.scored_positive_units == design.scored_entities == told


def test_calibration_and_cut_know_no_label_that_was_not_yet_known() -> None:
    dataset = prepared(cards(), label_delay="15")
    judged = Design.of(dataset, QUICK).judged
    assert judged.scored_folds == [(0, fold) for fold in range(2, 8)]
    for _, fold in judged.scored_folds:
        period = [fold // 2 * 2, fold // 2 * 2 + 1]
        start = dataset.time[np.isin(judged.fold_of[0], period)].min()
        tested = (judged.fold_of[0] >= 0) & (dataset.time <= start - 15)
        np.testing.assert_array_equal(judged.others(0, fold), np.flatnonzero(tested))
        before = np.flatnonzero(judged.fold_of[0] == fold - 2)
        np.testing.assert_array_equal(
            judged.known_in_time(fold - 2, before), dataset.time[before] <= start - 15
        )
        assert not judged.speaks(fold ^ 1, fold)  # the other half of the same period


def test_scores_made_elsewhere_are_judged_by_episode_too() -> None:
    data = cards()
    found = ScoredTable.prepare(
        from_dataframe(data),
        ["z", "x"],
        target="fraud",
        cost="fn=amount,fp=5",
        time="day",
        entity="card",
        label_delay="15",
    )
    old = np.asarray(data["day"]) <= 299 - 15
    np.testing.assert_array_equal(found.scores["x"], np.asarray(data["x"])[old])
    result = compare_scores(found.dataset, found.scores, ["score"], QUICK, where=found.where)
    assert result.by_episode
    assert any("younger than the label delay of 15" in found.message for found in result.findings)
    later = int(np.flatnonzero(~old)[0])
    assert found.where(later) == f"row {np.flatnonzero(old)[later] + 1}"


def test_only_units_and_folds_that_are_scored_are_counted() -> None:
    design = Design.of(prepared(cards()), QUICK)
    later = [split for split in design.splits if split.fold >= 2]  # the first period's two halves calibrate
    tested = np.concatenate([split.test for split in later])
    positive = tested[design.dataset.target[tested] == 1]
    assert design.scored_positive_units == np.unique(design.dataset.units[positive]).size
    sizes = np.mean([(split.train.size, split.test.size) for split in later], axis=0)
    assert design.rows_a_fold() == pytest.approx(tuple(sizes))


def test_over_a_range_of_costs_an_arm_costs_what_its_episodes_do() -> None:
    span = CostRange.of("fn=100..400,fp=5")
    assert span is not None
    design = Design.of(prepared(cards(), cost=span.middle), dataclasses.replace(QUICK, cost_range=span))
    result = run_trial(design.dataset, design.config)[0]
    scored, cheapest = np.flatnonzero(result.scored), []
    entity, time = design.dataset.entity[scored], design.dataset.time[scored]
    positive = design.dataset.target[scored] == 1
    for miss in 100.0 * 4.0 ** (np.arange(17) / 16):
        spent = []
        for arm in result.arms:
            flagged = arm.log_odds[0, scored] > np.log(5.0 / miss)
            each = np.where(positive, np.where(flagged, 0.0, miss), 5.0 * flagged)
            spent.append(each[~after_catch(entity, time, positive, flagged)].sum())
        cheapest.append(result.arms[int(np.argmin(spent))].name)
    said = range_notes(design, result.arms, result.verdict.winner)[1]
    assert {arm.name for arm in result.arms if arm.name in said} == set(cheapest)


def test_importance_counts_no_cost_after_a_catch(followed: TrialResult) -> None:
    data = prepared(cards(), label_delay="15")
    told = Answered(
        Design.of(data, QUICK),
        np.flatnonzero(followed.scored),
        followed.fold_of[0, followed.scored],
        np.tile(followed.control.log_odds[0, followed.scored], (1 + REPEATS, 1)),
        np.stack(
            [followed.control.flagged[0, followed.scored], *[np.zeros(followed.scored.sum(), bool)] * 3]
        ),
        1,
    )
    (found,) = told.losses()
    saved = followed.idle_cost - followed.control.estimates["expected_cost"].value
    assert found.value == pytest.approx(saved)


def test_few_entities_are_few_however_many_positives_they_hold() -> None:
    data = cards(n_cards=24)
    design = Design.of(prepared(data), QUICK)
    assert design.scored_positives > 100
    assert design.scored_entities < 20
    assert not design.may_decide
    (said,) = design.warnings
    assert said.startswith(f"W314: the {design.scored_positives:,} positives belong to ")
    assert "too few to call anything better" in said
    several = Design.of(prepared(cards(n_cards=90)), QUICK)
    assert 20 <= several.scored_entities < 50
    assert several.may_decide
    assert "only large differences show" in several.warnings[0]
    assert Design.of(prepared(cards()), QUICK).warnings == ()


def test_an_entity_needs_a_time_and_a_column_of_its_own() -> None:
    with pytest.raises(ScarceError) as caught:
        prepared(cards(), time=None)
    assert caught.value.two_lines() == (
        "error[E370]: an episode needs an order: --entity card stands without --time\n"
        "hint: name the column that tells when: --entity card --time COLUMN"
    )
    for role in ("time", "target", "weight"):
        with pytest.raises(ScarceError, match=r"column 'card' cannot be .*; name it once") as caught:
            prepared(cards(), **{role: "card"})
        assert caught.value.code == "E137", role


def test_periods_without_two_entities_of_either_kind_are_refused() -> None:
    data = cards()
    one = pa.array(["c1"] * data.num_rows)
    with pytest.raises(ScarceError) as caught:
        Design.of(prepared(data.set_column(0, "card", one)), QUICK)
    assert caught.value.two_lines() == (
        "error[E375]: the dataframe has too few entities over time: fewer than 1 test period(s) have two "
        "positive and two negative ones\n"
        "hint: leave --entity out, or bring a longer period or more entities"
    )


def test_groups_and_copies_are_joined_with_entities() -> None:
    data = table(600)
    dataset = Dataset.prepare(data, target="fraud", time="day", entity="customer", group="kind")
    assert np.unique(dataset.units).size == 1  # three kinds, tied together by customers of several
    alone = Dataset.prepare(data, target="fraud", time="day", entity="customer")
    np.testing.assert_array_equal(alone.units, alone.entity)
    assert "customer" not in alone.features.column_names
    assert alone.take(np.arange(50)).entity.max() < 50


def test_entities_that_a_group_joins_are_said_to_be_joined() -> None:
    data = cards().append_column("bank", pa.array(["b"] * cards().num_rows))
    with pytest.raises(ScarceError) as caught:
        Design.of(prepared(data, group="bank"), QUICK)
    assert caught.value.code == "E375"
    what, hint = caught.value.two_lines().splitlines()
    assert what.endswith("two negative ones, where those that share a value of --group are one")
    assert hint.startswith("hint: leave --group or --entity out")
