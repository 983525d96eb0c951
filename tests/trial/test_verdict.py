"""The verdict in words, on differences made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scarce.evaluation import Interval
from scarce.evaluation.estimate import Estimate
from scarce.trial.arm_result import ArmResult
from scarce.trial.evidence import Evidence
from scarce.trial.result import Difference
from scarce.trial.saving import Saving
from scarce.trial.scoring import COST, RANKED
from scarce.trial.verdict import conclude


def arm(name: str, value: float, recovered: float = 0.0) -> ArmResult:
    said = np.full((1, 1), recovered)
    estimates = {metric.name: Estimate(value, value, value) for metric in (COST, RANKED)}
    return ArmResult(name, "", said, said, said, said > 0.0, estimates, (), 0.0)


def difference(
    name: str, value: float, outcome: str, half: float = 10.0, needed: float = 2_000.0, **others
) -> Difference:
    ends = (value - half, value + half)
    return Difference(name, COST.name, value, *ends, outcome, 25.0, needed, **others)


def verdict(*differences: Difference, metric=COST, n_positive=492, recovered=None, shifted=(), **others):
    said = recovered or {}
    arms = [arm("control", 500.0), *(arm(d.arm, 500.0 + d.value, said.get(d.arm, 0.0)) for d in differences)]
    arms = [replace(a, details={"logit_shift": (0.0, 1.0)}) if a.name in shifted else a for a in arms]
    evidence = Evidence(metric, arms, differences, n_positive, 28924, 5, 1, 0.00173, **others)
    return conclude(evidence, ["W301: few"] if n_positive < 20 else [])


def test_ignorance_and_equality_are_two_things():
    found = verdict(
        difference("focal:gamma=2", -4.0, "equivalent"),
        difference("class_balanced", -40.0, "undecided", 60.0),
    )
    assert found.headline == (
        "1 equivalent, 1 undecided: the plain model stays (expected cost per 10,000 rows 500.0)."
    )
    near = "Equivalent to the control, within 25.0: focal:gamma=2 −4.0 (95 % interval −14.0 to +6.0)."
    assert near in found.sentences
    assert "Undecided: class_balanced −40.0 (95 % interval −100.0 to +20.0)." in found.sentences
    assert found.winner == "control"


def test_the_sign_of_what_is_equivalent_is_said_where_it_is_known():
    found = verdict(difference("a", -12.0, "equivalent"), difference("b", 3.0, "equivalent"))
    assert "By less than matters, but surely: a (better)." in found.sentences


def test_the_headline_counts_the_outcomes():
    found = verdict(
        difference("a", 30.0, "worse"), difference("b", 40.0, "worse"), difference("c", 1.0, "undecided")
    )
    assert found.headline.startswith("2 worse, 1 undecided: the plain model stays")


def test_more_repeats_are_offered_only_where_the_split_decides():
    advice = "more --repeats would narrow it"
    for share, said in ((0.7, True), (0.3, False)):
        found = verdict(difference("a", 1.0, "undecided", split_share=share))
        assert any(advice in s for s in found.sentences) == said
    timed = verdict(difference("a", 1.0, "undecided", split_share=0.7), may_repeat=False)
    assert not any(advice in s for s in timed.sentences)


def test_the_best_in_resamples_is_counted_and_no_chance_is_named():
    found = verdict(
        difference("a", -4.0, "undecided", times_best=1_200),
        difference("b", 1.0, "undecided", times_best=300),
    )
    said = next(s for s in found.sentences if s.startswith("Where one must choose"))
    assert said == (
        "Where one must choose: a is the cheapest in 1,200 of 2,000 resamples of the rows, "
        "the control in 500, b in 300."
    )
    assert "%" not in said
    assert not any(s.startswith("Where one") for s in verdict(difference("a", 1.0, "worse")).sentences)


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
    assert found.headline == "2 worse: the plain model stays (expected cost per 10,000 rows 500.0)."


def test_few_positives_head_the_verdict():
    found = verdict(difference("a", -300.0, "undecided"), n_positive=12)
    assert found.headline == "Too few positives (12) to call any treatment better than the plain control."
    assert found.warnings == ("W301: few",)
    assert found.winner == "control"


def test_an_identical_arm_is_called_identical():
    same = difference("logit_adjusted", 0.0, "equivalent", half=0.0, needed=float("nan"))
    found = verdict(same, difference("focal:gamma=2", -4.0, "undecided"), shifted=["logit_adjusted"])
    assert (
        "Identical to the control in every fold: logit_adjusted; training starts at the best constant, which "
        "absorbs a shift of the one logit."
    ) in found.sentences
    assert not any("within 25.0" in s for s in found.sentences)


def test_an_arm_that_scores_the_same_is_not_called_identical():
    """As where every arm ranks perfectly: equal in the metric, other in its probabilities."""
    other = difference("focal:gamma=2", 0.0, "equivalent", half=0.0, needed=float("nan"))
    found = verdict(other, recovered={"focal:gamma=2": 0.5})
    assert (
        "The same expected cost per 10,000 rows as the control in every row: focal:gamma=2."
        in found.sentences
    )
    assert not any("Identical" in s for s in found.sentences)


def test_an_arm_that_decides_as_the_control_with_other_outputs_is_unknown_elsewhere():
    level = {"half": 0.0, "needed": float("nan")}
    found = verdict(difference("a", 0.0, "undecided", **level), recovered={"a": -0.5})
    assert found.headline.startswith("1 undecided: ")
    said = [s for s in found.sentences if s.startswith("Undecided")]
    assert said == [
        "Undecided, as a decides every row as the control does: 0 positives differ, so what it would do "
        "elsewhere cannot be known."
    ]
    both = verdict(
        difference("a", 0.0, "undecided", **level),
        difference("b", 0.0, "undecided", **level),
        difference("c", 4.0, "undecided", 60.0),
        recovered={"a": -0.5, "b": 0.5},
    )
    said = [s for s in both.sentences if s.startswith("Undecided")]
    assert [s.partition(" (")[0] for s in said] == [
        "Undecided: c +4.0",
        "Undecided, as a decides every row as the control does: 0 positives differ, so what it would do "
        "elsewhere cannot be known.",
        "Undecided, with the same expected cost per 10,000 rows as the control in every row, as too few "
        "positives differ to know of others: b.",
    ]


@pytest.mark.parametrize(
    ("needed", "said"), [(3304.8, "3,300"), (512.3, "510"), (33_333.0, "33,000"), (3e9, "3,000,000,000")]
)
def test_the_positives_that_would_show_the_margin_are_said_roughly(needed, said):
    found = verdict(difference("a", 1.0, "undecided", needed=needed))
    assert (
        f"To see a difference of 25.0 four times in five takes about {said} positives; there are 492."
    ) in found.sentences


@pytest.mark.parametrize("needed", [300.0, float("nan")])
def test_where_enough_are_there_no_number_is_named(needed):
    found = verdict(difference("a", 20.0, "undecided", needed=needed))
    assert not any("four times in five" in s for s in found.sentences)


def test_a_weighted_prevalence_is_called_so():
    assert "492 positives in 28,924 rows (weighted prevalence 0.173 %)" in verdict(weighted=True).sentences[0]


@pytest.mark.parametrize(("order", "text"), [("", "5 folds: 492"), (", groups on one side", "folds, groups")])
def test_the_setting_names_positives_rows_and_folds(order, text):
    found = verdict(difference("a", 1.0, "undecided"), order=order)
    assert text in found.sentences[0]
    assert "492 positives in 28,924 rows (prevalence 0.173 %)" in found.sentences[0]


def test_identical_arms_that_shift_nothing_are_not_explained_by_a_shift():
    """As where no tree finds a split."""
    found = verdict(difference("focal", 0.0, "equivalent", half=0.0, needed=float("nan")))
    assert "Identical to the control in every fold: focal." in found.sentences


def test_the_control_alone():
    found = verdict()
    assert found.headline == "The control alone: expected cost per 10,000 rows 500.0."
    assert found.sentences[0].startswith("The control, on 5 folds: 492 positives")


@pytest.mark.parametrize(("low", "told"), [(-20.0, True), (0.0, True), (5.0, False)])
def test_what_is_hardly_better_than_no_model_is_the_headline(low, told):
    interval = Interval(100.0, low, 200.0, 50.0, 2.0, 0.0)
    found = verdict(savings={"control": Saving("flagging nothing", 600.0, interval)})
    said = (
        "Nothing shows that this model is better than flagging nothing: it costs 500.0 per 10,000 rows, and "
        "flagging nothing 600.0."
    )
    assert (found.headline == said) == told
    assert (found.sentences[0].startswith("The control alone:")) == told


def test_without_costs_no_model_is_chance():
    arms = [replace(arm("control", 0.02), estimates={"average_precision": Estimate(0.02, 0.001, 0.05)})]
    found = conclude(Evidence(RANKED, arms, (), 492, 28924, 5, 1, 0.00173), [])
    assert found.headline == (
        "Nothing shows that this model ranks better than chance: average precision 0.020, and chance gives "
        "0.00173."
    )


def test_an_interval_inside_the_margin_that_is_undecided_says_why():
    why = "Undecided, though inside the margin, as too few positives are decided otherwise: "
    found = verdict(difference("a", 4.0, "undecided", 10.0), difference("b", 4.0, "undecided", 60.0))
    assert f"{why}a." in found.sentences
    wide = verdict(difference("b", 4.0, "undecided", 60.0), difference("c", 4.0, "equivalent", 10.0))
    assert not any(why in sentence for sentence in wide.sentences)
