"""A trial that is asked for a rule: who decides by it, what is saved, what a range of costs leaves open."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from tests.trial.tables import table

import scarce
from scarce.data.dataset import Dataset
from scarce.decision import Costs, CostSpec, CutRule
from scarce.decision.arrays import expit
from scarce.decision.cost_range import CostRange
from scarce.decision.rule_choice import RuleChoice
from scarce.errors import ScarceError
from scarce.trial.config import TrialConfig
from scarce.trial.cost_range import range_notes
from scarce.trial.deciding import Judged, decide
from scarce.trial.design import Design
from scarce.trial.run import run_trial
from scarce.trial.saved_rule import fit_saved_rule

OTHERS = ("day", "customer", "weight")
QUICK = TrialConfig(("focal",), ("linear",), folds=2, replicates=50)


def judged(choice: RuleChoice | None, costs: Costs | None = None, **more: Any) -> tuple[Judged, np.ndarray]:
    rng = np.random.default_rng(0)
    log_odds = rng.normal(-3.0, 2.0, 3_000)
    target = (rng.random(3_000) < expit(log_odds)).astype(np.uint8)
    repeats = more.pop("repeats", 1)
    folds = np.stack([rng.permutation(3_000) % 5 for _ in range(repeats)])
    made = Judged(target, None, costs, folds, ordered=False, choice=choice, **more)
    return made, np.tile(log_odds, (repeats, 1))


def test_without_costs_arms_are_decided_by_the_rule_asked_for() -> None:
    made, recovered = judged(RuleChoice("capacity", 0.1))
    log_odds, flagged = decide(recovered, made)
    assert flagged.mean() == pytest.approx(0.1, abs=0.01)
    rows, others = made.rows(0, 0), made.others(0, 0)
    calibration, rule = made.fit(recovered[0, others], others)
    np.testing.assert_array_equal(flagged[0, rows], rule.flag(log_odds[0, rows]))
    assert rule.flag(calibration.log_odds(recovered[0, others])).sum() == others.size // 10


def test_with_costs_arms_are_decided_by_them_and_the_rule_asked_for_is_saved() -> None:
    costs = Costs(fn=100.0, fp=5.0)
    made, recovered = judged(RuleChoice("recall", 0.5), costs)
    log_odds, flagged = decide(recovered, made)
    np.testing.assert_array_equal(flagged, costs.score(log_odds[0])[None] > 0.0)
    _, rule = fit_saved_rule(made, recovered)
    assert isinstance(rule, CutRule)
    assert "the costs' own cut is p > 0.04762" in rule.describe()


@pytest.mark.parametrize("repeats", [1, 3])
def test_figures_beside_the_rule_are_of_rows_that_did_not_choose_it(repeats: int) -> None:
    made, recovered = judged(RuleChoice("recall", 0.5), repeats=repeats)
    _, flagged = decide(recovered, made)
    positive = made.target == 1
    caught = 100 * flagged[:, positive].mean()
    _, rule = fit_saved_rule(made, recovered)
    assert f"{caught:.0f} % of the positives flagged" in rule.describe()
    assert rule.tuned_on == positive.sum()


def test_a_guarantee_is_not_claimed_for_the_scores_of_several_models() -> None:
    made, recovered = judged(RuleChoice("false_positive_rate", 0.05), repeats=2)
    _, rule = fit_saved_rule(made, recovered)
    assert "for one fixed scorer, which the folds' models together are not" in rule.describe()
    assert rule.tuned_on == made.target.sum()


def test_an_aim_that_one_fold_misses_flags_nothing_there_and_one_that_all_miss_is_an_error() -> None:
    made, recovered = judged(RuleChoice("precision", 1.0))
    made = dataclasses.replace(made, target=np.where(recovered[0] > 2.5, 0, made.target).astype(np.uint8))
    _, flagged = decide(recovered, made)
    assert not flagged.any()
    with pytest.raises(ScarceError) as caught:
        fit_saved_rule(made, recovered)
    assert caught.value.code == "E253"


@pytest.mark.parametrize(
    ("choice", "cost", "time", "code"),
    [
        (RuleChoice.of(review=3), None, None, "E361"),
        (RuleChoice.of(review=5), "fn=100,fp=5", None, "E362"),
        (RuleChoice.of(review=1e4), "fn=amount,fp=50", None, "E362"),
        (RuleChoice.of(capacity=10**6), None, None, "E363"),
        (RuleChoice.of(capacity="0.1%"), None, None, "E369"),
        (RuleChoice.of(false_positive_rate=1e-3), None, None, "E254"),
        (RuleChoice.of(capacity=2), None, "amount", "E364"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_before_training(choice, cost, time, code) -> None:
    data = Dataset.prepare(table(600), target="fraud", cost=cost, time=time, drop=OTHERS)
    with pytest.raises(ScarceError) as caught:
        Design.of(data, dataclasses.replace(QUICK, rule=choice))
    assert caught.value.code == code


def test_rows_that_change_their_action_lie_between_the_cuts_of_the_two_ends() -> None:
    span = CostRange.of("fn=100..400,fp=5")
    data = Dataset.prepare(table(800), target="fraud", cost=span.middle, drop=OTHERS)
    config = dataclasses.replace(QUICK, cost_range=span)
    result, model = run_trial(data, config)
    p = expit(result.winner.log_odds[0])
    between = int(((p > 5 / 405) != (p > 5 / 105)).sum())
    assert between > 0
    note = next(note for note in result.notes if "change their action" in note)
    assert note.startswith(f"over fn=100..400 {between:,} of 800 rows")
    assert model.rule.spec == CostSpec(200.0, 5.0)
    design = Design.of(data, config)
    flags = [expit(arm.log_odds[0]) for arm in result.arms]
    dearer = 100.0 * 4.0 ** (np.arange(17) / 16)
    costs = [
        [Costs(fn, 5.0).of_rows(data.target == 1, p > 5 / (5 + fn)).sum() for p in flags] for fn in dearer
    ]
    cheapest = {result.arms[i].name for i in np.argmin(costs, axis=1)}
    said = range_notes(design, result.arms, result.verdict.winner)[1]
    assert {arm.name for arm in result.arms if arm.name in said} == cheapest


def test_the_rule_asked_for_is_that_of_the_model_and_of_the_command() -> None:
    trial = scarce.run(
        table(600),
        "fraud",
        cost="fn=100,fp=20",
        review=9,
        methods=["focal"],
        learners=["linear"],
        folds=2,
        replicates=50,
        drop=OTHERS,
        progress=False,
    )
    assert trial.result.rule_text == trial.model.rule.describe()
    assert "review=9" in trial.result.command
    actions = trial.model.predictions(table(600))["action"].to_pylist()
    assert set(actions) == {"flag", "review", "pass"}
    assert "At the cut that the costs give; the rule below is another." in " ".join(repr(trial).split())


def test_without_a_journal_an_aim_out_of_reach_says_how_to_keep_the_training() -> None:
    data = table(400)
    shuffled = np.random.default_rng(0).permutation(np.asarray(data["fraud"]))
    data = data.set_column(data.column_names.index("fraud"), "fraud", [shuffled])
    with pytest.raises(ScarceError) as caught:
        run_trial(
            Dataset.prepare(data, target="fraud", drop=OTHERS),
            dataclasses.replace(QUICK, rule=RuleChoice.of(precision=0.99)),
        )
    assert caught.value.code == "E382"
    assert caught.value.two_lines().endswith(
        "with journal='FOLDER' another aim does not train the folds anew"
    )


@pytest.mark.parametrize("cost", ["fn=100,fp=50", "fn=amount,fp=50"])
def test_what_reviews_save_is_added_up_row_by_row(cost: str) -> None:
    data = Dataset.prepare(table(600), target="fraud", cost=cost, weight="weight", drop=("day", "customer"))
    config = dataclasses.replace(QUICK, rule=RuleChoice.of(review=4.0), repeats=2)
    result, model = run_trial(data, config)
    amount, weight = np.asarray(table(600)["amount"]), np.asarray(table(600)["weight"])
    fn = np.full(600, 100.0) if cost.startswith("fn=100") else amount
    spent, looked, plain = [], [], []
    for log_odds in result.winner.log_odds:
        p = expit(log_odds)
        passing, flagging = p * fn, (1.0 - p) * 50.0
        wrong = np.where(flagging < passing, np.where(data.target == 1, 0.0, 50.0), fn * (data.target == 1))
        review = np.minimum(passing, flagging) > 4.0
        looked.append(review)
        plain.append(wrong)
        spent.append(np.where(review, 4.0, wrong))
    mean = [1e4 * np.average(np.mean(of, axis=0), weights=weight) for of in (spent, plain, looked)]
    found = result.reviews
    assert [found.cost, found.without, found.reviewed] == pytest.approx(mean, rel=1e-9)
    assert found.difference.low < found.difference.value < found.difference.high
    (said,) = (text for text in result.verdict.sentences if text.startswith("With reviews at 4 each"))
    assert result.primary.write(found.cost) in said
    assert model.rule.review == 4.0


def test_an_entity_that_is_looked_at_is_caught() -> None:
    data = Dataset.prepare(
        table(900), target="fraud", cost="fn=100,fp=50", time="day", entity="customer", drop=("weight",)
    )
    result, _ = run_trial(data, dataclasses.replace(QUICK, rule=RuleChoice.of(review=1e-6)))
    positive = (data.target == 1) & result.scored
    first = np.ones(900, dtype=bool)  # with a look at all that is in doubt, each entity is caught at once
    for row in np.flatnonzero(positive):
        first[(data.entity == data.entity[row]) & (data.time > data.time[row])] = False
    assert result.reviews.cost == pytest.approx(1e-6 * 1e4 * first[result.scored].mean(), rel=1e-6)
