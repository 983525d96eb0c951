"""The objective over rows: right derivatives, a curvature that leads somewhere, and its own constant."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from scarce.boosting.objective import BinaryObjective, class_counts, resolved
from scarce.errors import ScarceError
from scarce.losses import get
from scarce.losses.softmax import SoftmaxLoss

LOSSES = {
    name: resolved(name, np.repeat(np.float32([0, 1]), [900, 100]), None)
    for name in (
        "cross_entropy",
        "weighted_cross_entropy",
        "focal:gamma=0.5",
        "focal:gamma=2",
        "focal:gamma=5",
        "focal:gamma=2,alpha=0.25",
        "focal:gamma=2,class_weight=balanced",
        "class_balanced:gamma=1",
        "balanced_softmax",
        "logit_adjusted:tau=0.5",
        "vs_loss",
        "cdt",
        "ldam:max_margin=0.1",
        "detached_focal:gamma=2",
        "poly:epsilon=1",
        "poly:epsilon=3",
        "poly_focal",
        "generalized_cross_entropy:q=0.3",
        "brier",
        "asymmetric",
        "asymmetric_detached",
        "cross_entropy:label_smoothing=0.1",
    )
}
CONVEX = {
    "cross_entropy",
    "weighted_cross_entropy",
    "balanced_softmax",
    "logit_adjusted:tau=0.5",
    "vs_loss",
    "cdt",
    "ldam:max_margin=0.1",
    "detached_focal:gamma=2",
    "poly:epsilon=1",
    "cross_entropy:label_smoothing=0.1",
}
every_loss = pytest.mark.parametrize("name", LOSSES)


@every_loss
@pytest.mark.parametrize("label", [0, 1])
def test_gradient_is_the_difference_of_values(name, label):
    loss, z, step = LOSSES[name], np.linspace(-8.0, 8.0, 65), 1e-4
    target = np.full(z.size, label)
    values = [loss.value(z + k * step, target) for k in (-2, -1, 1, 2)]
    slope = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
    gradient, _ = BinaryObjective(loss).gradient_hessian(z, target.astype(np.float32))
    assert gradient == pytest.approx(slope, rel=1e-4, abs=1e-8)


@every_loss
def test_exact_curvature_is_the_difference_of_gradients_above_its_floor(name):
    loss, z, step = LOSSES[name], np.linspace(-8.0, 8.0, 65), 1e-4
    for label in (0, 1):
        target = np.full(z.size, label)
        change = (loss.gradient(z + step, target) - loss.gradient(z - step, target)) / (2 * step)
        gradient, hessian = BinaryObjective(loss, "exact").gradient_hessian(z, target.astype(np.float32))
        floor = 1e-6 * (loss.logit_scale or 1.0) * np.abs(gradient)
        assert hessian == pytest.approx(np.maximum(change, floor), rel=1e-3, abs=1e-7)


@every_loss
@pytest.mark.parametrize("hessian", ["auto", "expected", "exact"])
def test_curvature_is_positive_wherever_there_is_a_gradient(name, hessian):
    z = np.linspace(-30.0, 30.0, 241)
    for label in (0.0, 1.0):
        target = np.full(z.size, label, np.float32)
        gradient, curvature = BinaryObjective(LOSSES[name], hessian).gradient_hessian(z, target)
        assert np.isfinite(gradient).all()
        assert np.isfinite(curvature).all()
        assert (curvature[np.abs(gradient) > 1e-30] > 0.0).all()
        assert (curvature >= 0.0).all()


@every_loss
def test_convexity_is_as_the_theory_says(name):
    assert BinaryObjective(LOSSES[name]).is_convex == (name in CONVEX)
    z = np.linspace(-12.0, 12.0, 97)
    lowest = min(LOSSES[name].hessian(z, np.full(z.size, y)).min() for y in (0, 1))
    assert (lowest >= -1e-12) == (name in CONVEX)


def newton(goal, prior, start, steps):
    """Take one-leaf Newton steps, none longer than the cap, on data with that share of positives."""
    cap = goal.step_cap or 2.0
    target, weight = np.float32([0, 1]), np.float32([1.0 - prior, prior])
    z = start
    for _ in range(steps):
        gradient, hessian = goal.gradient_hessian(np.full(2, z), target, weight)
        z -= float(np.clip(gradient.sum() / hessian.sum(), -cap, cap))
    return z


@every_loss
@pytest.mark.parametrize("start", [0.0, 6.0])
@pytest.mark.parametrize("prior", [0.001, 0.03])
def test_one_leaf_newton_reaches_the_base_score(name, start, prior):
    goal = BinaryObjective(LOSSES[name])
    reached = newton(goal, prior, start, steps=200 if name.startswith("ldam") else 40)
    assert float(goal.posterior(reached)) == pytest.approx(prior, rel=2e-3)
    assert reached == pytest.approx(goal.base_score(prior), abs=5e-3)


def test_steps_are_capped_in_adjusted_logits_for_all_but_cross_entropy():
    caps = {name: BinaryObjective(LOSSES[name]).step_cap for name in LOSSES}
    assert caps["weighted_cross_entropy"] == caps["vs_loss"] == 0.0
    assert BinaryObjective(get("focal", gamma=0.0)).step_cap == 0.0
    assert caps["focal:gamma=2"] == caps["detached_focal:gamma=2"] == caps["brier"] == 2.0
    assert caps["ldam:max_margin=0.1"] == pytest.approx(2.0 / 30.0)


def test_plain_exact_curvature_would_have_stepped_the_wrong_way():
    focal = get("focal", gamma=2.0)
    z = -4.0  # a leaf of hard positives
    assert focal.gradient([z], [1])[0] < 0.0
    assert focal.hessian([z], [1])[0] < 0.0
    gradient, hessian = BinaryObjective(focal, "exact").gradient_hessian(np.array([z]), np.float32([1]))
    assert -gradient[0] / hessian[0] > 0.0


@every_loss
@pytest.mark.parametrize("prior", [0.001, 0.2])
def test_the_posterior_of_the_base_score_is_the_prior(name, prior):
    goal = BinaryObjective(LOSSES[name])
    z = goal.base_score(prior)
    assert float(goal.posterior(z)) == pytest.approx(prior, rel=1e-9)
    assert float(goal.log_odds(z)) == pytest.approx(np.log(prior / (1 - prior)), rel=1e-9)


def test_base_scores_are_those_of_the_theory():
    for gamma, alpha, prior, z in ((2, None, 0.01, -1.706), (2, 0.25, 0.01, -2.107), (5, None, 0.01, -0.825)):
        assert BinaryObjective(get("focal", gamma=gamma, alpha=alpha)).base_score(prior) == pytest.approx(
            z, abs=5e-4
        )


def test_the_metric_is_the_weighted_mean_log_loss_of_posteriors():
    rng = np.random.default_rng(3)
    raw, label = rng.normal(-1, 2, 5000), (rng.random(5000) < 0.3).astype(np.float32)
    weight = rng.uniform(0.5, 2.0, 5000).astype(np.float32)
    goal = BinaryObjective(get("focal", gamma=2.0))
    eta = goal.posterior(raw)
    loss = -np.log(np.where(label > 0.5, eta, 1 - eta))
    assert goal.log_loss(raw, label) == pytest.approx(loss.mean(), rel=1e-6)
    assert goal.log_loss(raw, label, weight) == pytest.approx(np.average(loss, weights=weight), rel=1e-6)


def test_what_lightgbm_is_given_needs_no_copy():
    for array in BinaryObjective(get("focal")).gradient_hessian(np.zeros(9), np.zeros(9, np.float32)):
        assert array.dtype == np.float32
        assert array.flags.c_contiguous


def test_an_objective_survives_pickling_after_use():
    goal = BinaryObjective(LOSSES["focal:gamma=2,class_weight=balanced"])
    before = goal.gradient_hessian(np.zeros(3), np.float32([0, 1, 1]))
    after = pickle.loads(pickle.dumps(goal)).gradient_hessian(np.zeros(3), np.float32([0, 1, 1]))
    assert np.array_equal(before, after)


def test_counts_are_sums_of_weights():
    assert class_counts(np.float32([0, 0, 1]), None) == (2.0, 1.0)
    assert class_counts(np.float32([0, 0, 1]), np.float32([1, 2, 5])) == (3.0, 5.0)


def test_counts_that_the_loss_brings_come_first():
    loss = get("weighted_cross_entropy", class_counts=(900.0, 100.0))
    weight = resolved(loss, np.float32([0, 1]), None).class_weight
    assert weight == pytest.approx((1000 / 1800, 5.0))


@pytest.mark.parametrize(
    ("work", "lines"),
    [
        pytest.param(
            lambda: BinaryObjective(SoftmaxLoss()),
            "error[E601]: a binary objective cannot use SoftmaxLoss\n"
            "hint: give a SigmoidLoss or a binary name of the catalogue, such as 'focal:gamma=2'",
            id="several classes",
        ),
        pytest.param(
            lambda: BinaryObjective(get("cross_entropy", class_weight=[[1, 2], [1, 3]])),
            "error[E601]: a binary objective cannot use a loss over several labels\n"
            "hint: give a SigmoidLoss or a binary name of the catalogue, such as 'focal:gamma=2'",
            id="several labels",
        ),
        pytest.param(
            lambda: BinaryObjective(get("focal", reduction="sum")),
            "error[E529]: reduction='sum' has no effect: boosting takes the gradient of each row\n"
            "hint: leave it out: rows count by their weights, and trees by the learning rate",
            id="reduction",
        ),
        pytest.param(
            lambda: BinaryObjective(get("focal", ignore_index=-1)),
            "error[E529]: ignore_index=-1 has no effect: boosting trains on every row, and its labels are "
            "0 and 1\n"
            "hint: leave it out, and leave out the rows, or give them weight 0",
            id="ignored label",
        ),
        pytest.param(
            lambda: class_counts(np.float32([0, 1, 1]), np.float32([1, np.nan, 1])),
            "error[E515]: sample_weight[1] is nan\nhint: give one weight a row, finite and at least 0",
            id="weight NaN",
        ),
        pytest.param(
            lambda: class_counts(np.float32([0, 1, 1]), np.float32([1, 1])),
            "error[E515]: sample_weight has shape (2,) and the target (3,)\n"
            "hint: give one weight a row, finite and at least 0",
            id="too few weights",
        ),
        pytest.param(
            lambda: class_counts(np.float32([0, 1, 2]), None),
            "error[E602]: the label in row 2 is 2; a binary objective takes 0 and 1\n"
            "hint: code the rare class as 1, the other as 0",
            id="a third label",
        ),
        pytest.param(
            lambda: class_counts(np.float32([1, 1]), None),
            "error[E605]: every label is 1: there is nothing to tell apart\n"
            "hint: give training rows of both classes, 0 and 1",
            id="one class",
        ),
        pytest.param(
            lambda: BinaryObjective(get("focal"), "newton"),
            "error[E608]: hessian='newton' is unknown\nhint: write 'auto', 'expected' or 'exact'",
            id="hessian",
        ),
    ],
)
def test_errors_say_what_and_what_instead(work, lines):
    with pytest.raises(ScarceError) as caught:
        work()
    assert caught.value.two_lines() == lines


def test_a_loss_without_posterior_is_refused_at_once():
    with pytest.raises(ScarceError) as caught:
        BinaryObjective(get("generalized_cross_entropy", q=1.0))
    assert caught.value.code == "E513"


def test_every_modulation_is_judged_convex_or_not():
    assert get("focal", gamma=0.0).modulation.is_convex
    assert not get("focal", gamma=0.1).modulation.is_convex
