"""The verdict in words, on differences made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scarce.evaluation.intervals import Estimate
from scarce.trial.result import ArmResult, Difference
from scarce.trial.scoring import COST, RANKED
from scarce.trial.verdict import Evidence, conclude


def arm(name: str, value: float, recovered: float = 0.0) -> ArmResult:
    said = np.full((1, 1), recovered)
    estimates = {metric.name: Estimate(value, value, value) for metric in (COST, RANKED)}
    return ArmResult(name, "", said, said, said, said > 0.0, estimates, {}, (), 0.0)


def difference(
    name: str, value: float, outcome: str, half: float = 10.0, visible: float = 25.0
) -> Difference:
    return Difference(name, COST.name, value, value - half, value + half, 0.5, 0.5, visible, outcome)


def verdict(*differences: Difference, metric=COST, n_positive=492, recovered=None, shifted=(), **others):
    said = recovered or {}
    arms = [arm("control", 500.0), *(arm(d.arm, 500.0 + d.value, said.get(d.arm, 0.0)) for d in differences)]
    arms = [replace(a, details={"logit_shift": (0.0, 1.0)}) if a.name in shifted else a for a in arms]
    evidence = Evidence(metric, arms, differences, n_positive, 28924, 5, 1, 0.00173, **others)
    return conclude(evidence, ["W301: few"] if n_positive < 20 else [])


def test_tied_is_said_as_tied_with_its_interval():
    found = verdict(difference("focal:gamma=2", -4.0, "tied"))
    assert found.headline.startswith("Tied: no treatment beats the plain control")
    assert "Tied with the control: focal:gamma=2 −4.0 (95 % interval −14.0 to +6.0)." in found.sentences
    assert found.winner == "control"


def test_the_best_of_the_better_wins():
    found = verdict(
        difference("focal:gamma=1", -30.0, "better"),
        difference("class_balanced", -60.0, "better"),
        difference("undersample:ratio=10", 40.0, "worse"),
    )
    assert found.winner == "class_balanced"
    assert found.headline == (
        "class_balanced beats the plain control: expected cost per 10,000 rows −60.0 "
        "(95 % interval −70.0 to −50.0)."
    )
    assert any(s.startswith("Worse than the control: undersample:ratio=10 +40.0") for s in found.sentences)
    assert found.sentences[-1] == "class_balanced is refitted on all rows and saved."


def test_higher_is_better_for_average_precision():
    found = verdict(difference("a", 0.02, "better"), difference("b", 0.05, "better"), metric=RANKED)
    assert found.winner == "b"


def test_all_worse_keeps_the_control():
    found = verdict(difference("a", 30.0, "worse"), difference("b", 40.0, "worse"))
    assert found.headline == "Keep the plain control: all 2 treatments did worse."


def test_few_positives_head_the_verdict():
    found = verdict(difference("a", -300.0, "tied"), n_positive=12)
    assert found.headline == "Too few positives (12) to call any treatment better than the plain control."
    assert found.warnings == ("W301: few",)
    assert found.winner == "control"


def test_an_identical_arm_is_called_identical_and_does_not_sharpen_the_resolution():
    same = difference("logit_adjusted", 0.0, "tied", half=0.0, visible=0.0)
    found = verdict(same, difference("focal:gamma=2", -4.0, "tied", visible=33.0), shifted=["logit_adjusted"])
    assert (
        "Identical to the control in every fold: logit_adjusted; training starts at the best constant, which "
        "absorbs a shift of the one logit."
    ) in found.sentences
    assert not any("Tied with the control: logit_adjusted" in s for s in found.sentences)
    assert any("smaller than about 33 would" in s for s in found.sentences)


def test_an_arm_that_scores_the_same_is_not_called_identical():
    """As where every arm ranks perfectly: equal in the metric, other in its probabilities."""
    other = difference("focal:gamma=2", 0.0, "tied", half=0.0, visible=0.0)
    found = verdict(other, recovered={"focal:gamma=2": 0.5})
    assert (
        "The same expected cost per 10,000 rows as the control in every fold: focal:gamma=2."
        in found.sentences
    )
    assert not any("Identical" in s for s in found.sentences)


@pytest.mark.parametrize(
    ("visible", "said"),
    [(210.6, "210"), (3304.8, "3,300"), (33.0, "33"), (0.0713, "0.071"), (0.00996, "0.010"), (9.96, "10")],
)
def test_what_is_known_roughly_is_said_roughly(visible, said):
    found = verdict(difference("a", 1.0, "tied", visible=visible))
    assert any(f"smaller than about {said} would" in s for s in found.sentences)


def test_where_nothing_can_be_seen_no_size_is_named():
    found = verdict(difference("a", 1.0, "tied", visible=float("nan")), n_positive=12)
    assert not any("would probably have been missed" in s for s in found.sentences)


def test_a_weighted_prevalence_is_called_so():
    assert "492 positives in 28,924 rows (weighted prevalence 0.173 %)" in verdict(weighted=True).sentences[0]


@pytest.mark.parametrize(("order", "text"), [("", "5 folds: 492"), (", groups on one side", "folds, groups")])
def test_the_setting_names_positives_rows_and_folds(order, text):
    found = verdict(difference("a", 1.0, "tied"), order=order)
    assert text in found.sentences[0]
    assert "492 positives in 28,924 rows (prevalence 0.173 %)" in found.sentences[0]


def test_identical_arms_that_shift_nothing_are_not_explained_by_a_shift():
    """As where no tree finds a split."""
    found = verdict(difference("focal", 0.0, "tied", half=0.0, visible=0.0))
    assert "Identical to the control in every fold: focal." in found.sentences


def test_the_control_alone():
    found = verdict()
    assert found.headline == "The control alone: expected cost per 10,000 rows 500.0."
    assert found.sentences[0].startswith("The control, on 5 folds: 492 positives")


@pytest.mark.parametrize(("idle", "told"), [(300.0, True), (501.0, False), (float("nan"), False)])
def test_a_rule_that_costs_more_than_none_is_not_recommended(idle, told):
    found = verdict(difference("a", 1.0, "tied"), idle_cost=idle)
    last = (
        "But flagging nothing costs 300.0, less than its 500.0: nothing shows that this rule is worth using."
    )
    assert (found.sentences[-1] == last) == told
