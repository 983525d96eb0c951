"""Arms, populations and the number of rounds, each on its own."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from scarce.errors import ScarceError
from scarce.learners.lightgbm import LightGBM
from scarce.learners.portfolio import FAMILIES, learners, with_other_settings
from scarce.trial.arms import default_methods, parse_arms
from scarce.trial.population import Population

TARGET = np.array([1, 0, 0, 0, 1, 0], dtype=np.uint8)


def test_each_treatment_is_an_arm_once_and_what_is_none_is_none():
    arms = parse_arms(["focal:gamma=3", "cross_entropy", "focal:gamma=3", "control"], 0.01)
    assert [arm.name for arm in arms] == ["focal:gamma=3"]


def test_every_default_method_is_one_of_the_catalogue():
    names = [arm.name for arm in parse_arms((), 0.002)]
    assert names == [*default_methods(0.002)]
    assert default_methods(0.2)[-1] == "undersample:ratio=1"


@pytest.mark.parametrize("method", ["undersample:ratio=0", "undersample:ratio=many", "undersample:share=3"])
def test_a_bad_undersampling_is_refused(method):
    with pytest.raises(ScarceError) as caught:
        parse_arms([method], 0.01)
    assert caught.value.two_lines() == (
        f"error[E302]: cannot read the method {method!r}\n"
        "hint: write undersample:ratio=10, the number of negatives kept for each positive"
    )


@pytest.mark.parametrize(
    ("method", "lines"),
    [
        (
            "focal:ignore_index=0",
            "error[E529]: ignore_index=0 has no effect: boosting trains on every row, and its labels are 0 "
            "and 1\nhint: leave it out, and leave out the rows, or give them weight 0",
        ),
        (
            "focal:reduction=sum",
            "error[E529]: reduction='sum' has no effect: boosting takes the gradient of each row\n"
            "hint: leave it out: rows count by their weights, and trees by the learning rate",
        ),
        (
            "focal:class_counts=900;100",
            "error[E529]: class_counts=(900.0, 100.0) has no effect: nothing in this loss follows from them\n"
            "hint: leave them out, or weigh the classes by them with class_weight='balanced'",
        ),
        (
            "focal:axis=1",
            "error[E523]: focal has no parameter 'axis'\n"
            "hint: it has gamma, alpha, class_counts, class_weight, classes, ignore_index, label_smoothing, "
            "logit_scale, logit_shift, reduction",
        ),
        (
            "focal:background=1",
            "error[E523]: focal has no parameter 'background'\n"
            "hint: it has gamma, alpha, class_counts, class_weight, classes, ignore_index, label_smoothing, "
            "logit_scale, logit_shift, reduction",
        ),
        (
            "focal:classes=no;yes",
            "error[E501]: classes='no;yes' is outside its domain\nhint: classes must be a sequence of labels",
        ),
        (
            "control:gamma=3",
            "error[E522]: there is no loss 'control'\nhint: did you mean 'cross_entropy'?",
        ),
    ],
)
def test_a_setting_that_would_do_nothing_in_a_trial_is_refused_before_it(method, lines):
    with pytest.raises(ScarceError) as caught:
        parse_arms([method], 0.01)
    assert caught.value.two_lines() == lines


def test_weights_of_one_value_a_class_train_unweighted():
    weight = np.where(TARGET == 1, 1.0, 10.0)
    population = Population.of(TARGET, weight, None)
    assert population.training_weight is None
    assert population.offset == pytest.approx(-np.log(10.0))
    assert population.prevalence(TARGET) == pytest.approx(2.0 / 42.0)


def test_other_weights_enter_the_training_by_what_they_say_within_a_class():
    weight = np.array([1.0, 2.0, 3.0, 2.0, 1.0, 1.0])
    population = Population.of(TARGET, weight, None)
    for label in (0, 1):
        own, trained = weight[label == TARGET], population.training_weight[label == TARGET]
        np.testing.assert_allclose(trained, own / own.mean())
    means = [weight[label == TARGET].mean() for label in (0, 1)]
    assert population.offset == pytest.approx(np.log(means[1] / means[0]))


@pytest.mark.parametrize("weight", [None, np.where(TARGET == 1, 1.0, 10.0), np.arange(1.0, 7.0)])
def test_a_prior_is_reached_and_its_shift_is_exact(weight):
    population = Population.of(TARGET, weight, 0.02)
    assert population.prevalence(TARGET) == pytest.approx(0.02, rel=1e-12)
    trained_on = Population(population.training_weight, None, 0.0, "").prevalence(TARGET)
    logit = np.log(trained_on / (1.0 - trained_on)) + population.offset
    assert logit == pytest.approx(np.log(0.02 / 0.98), rel=1e-12)


@pytest.mark.parametrize(
    ("step", "factor", "most", "rounds"),
    [(100, 1.25, 600, 125), (590, 1.25, 600, 600), (1, 2.0, 600, 2), (10, 1.01, 600, 11)],
)
def test_rounds_grow_with_the_data_up_to_the_budget(step, factor, most, rounds):
    assert LightGBM(most_rounds=most).grown(step, factor) == rounds


def test_a_learner_that_there_is_not_is_refused_with_one_like_it():
    with pytest.raises(ScarceError) as caught:
        learners(["lightgmb"], 1_000, 100)
    assert caught.value.two_lines() == (
        "error[E305]: cannot take the learner 'lightgmb': there is none\nhint: did you mean 'lightgbm'?"
    )


def test_two_learners_of_one_name_are_told_to_be_named_apart():
    trees = [DecisionTreeClassifier(max_depth=depth) for depth in (1, 2)]
    with pytest.raises(ScarceError, match="two have that name"):
        learners(trees, 1_000, 100)
    named = [("stump", trees[0]), ("tree", trees[1])]
    assert [learner.name for learner in learners(named, 1_000, 100)] == ["stump", "tree"]


@pytest.mark.parametrize("pair", [("a",), ("a", None, 1), (3, None), ("", None)])
def test_what_is_no_pair_of_a_name_and_a_classifier_is_refused(pair):
    with pytest.raises(ScarceError, match="no pair") as caught:
        learners([pair], 1_000, 100)
    assert caught.value.code == "E305"


def test_an_estimator_of_somebody_has_no_other_settings_whatever_it_is_called():
    named = learners([("lightgbm", DecisionTreeClassifier()), "forest"], 1_000, 100)
    found = [one.name for one in with_other_settings(named, 1_000, 100)]
    assert found == ["lightgbm", "forest", "forest:leaf5", "forest:leaf20"]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family[0])
def test_the_learners_of_a_family_are_called_what_they_are_named_and_differ(family):
    if family[0] in ("xgboost", "catboost"):
        pytest.importorskip(family[0])
    made = learners(family, 20_000, 100)
    assert tuple(one.name for one in made) == family
    assert len({repr(one) for one in made}) == len({one.summary for one in made}) == len(family)


def test_splines_are_tried_where_they_are_named():
    assert "linear:splines" not in [learner.name for learner in learners((), 1_000, 100)]
    assert [learner.name for learner in learners(["linear:splines"], 1_000, 100)] == ["linear:splines"]
