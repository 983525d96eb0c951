"""Values that can be derived by hand, written as that derivation."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import exp, log, sqrt

from scarce.losses import SigmoidLoss, SoftmaxLoss, get
from scarce.losses.formulas import harmonic_number
from scarce.losses.modulation import LDAM, Poly
from scarce.losses.weighting import Balanced, EffectiveNumber, InverseSqrt

HALF = ([0.0], [1])  # a coin: p = 1/2
THREE_QUARTERS = ([log(3.0)], [1])  # odds of 3 to 1: p = 3/4
P, Q = 0.75, 0.25
COUNTS = np.array([90.0, 10.0])


def near(expected):
    return pytest.approx(expected, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize(
    ("name", "parameters", "value", "gradient"),
    [
        ("cross_entropy", {}, -log(P), -Q),
        ("focal", {"gamma": 2.0}, -(Q**2) * log(P), -(Q**3) * (1 - 2 * P / Q * log(P))),
        ("focal", {"gamma": 0.5}, -sqrt(Q) * log(P), -(Q**1.5) * (1 - 0.5 * P / Q * log(P))),
        ("focal", {"gamma": 2.0, "alpha": 0.25}, -0.25 * Q**2 * log(P), -0.25 * Q**3 * (1 - 6 * log(P))),
        ("detached_focal", {"gamma": 1.0}, -log(P) - Q, -(Q**2)),
        ("detached_focal", {"gamma": 2.0}, -log(P) - Q - Q**2 / 2, -(Q**3)),
        ("poly", {"epsilon": 2.0}, -log(P) + 2 * Q, -Q * (1 + 2 * P)),
        (
            "poly_focal",
            {"gamma": 1.0, "epsilon": 1.0},
            -Q * log(P) + Q**2,
            -(Q**2) * (1 - 3 * log(P) + 2 * P),
        ),
        ("generalized_cross_entropy", {"q": 0.5}, 2 * (1 - sqrt(P)), -Q * sqrt(P)),
        ("generalized_cross_entropy", {"q": 1.0}, Q, -Q * P),
        ("brier", {}, Q**2, -2 * P * Q**2),
        ("mse", {}, Q**2, -2 * P * Q**2),
        ("asymmetric", {"gamma_positive": 1.0}, -Q * log(P), -(Q**2) * (1 - P / Q * log(P))),
    ],
)
def test_a_positive_at_odds_of_three_to_one(name, parameters, value, gradient):
    loss = get(name, **parameters)
    assert loss.value(*THREE_QUARTERS)[0] == near(value)
    assert loss.gradient(*THREE_QUARTERS)[0] == near(gradient)


def test_asymmetric_negatives_are_shifted_and_focused():
    loss = get("asymmetric", gamma_negative=2.0, clip=0.05)
    r = P - 0.05
    assert loss.value([log(3.0)], [0])[0] == near(-(r**2) * log(1 - r))
    assert loss.gradient([log(3.0)], [0])[0] == near(P * Q * (r**2 / (1 - r) - 2 * r * log(1 - r)))
    detached = get("asymmetric_detached", gamma_negative=2.0, clip=0.05)
    assert detached.value([log(3.0)], [0])[0] == near(-log(1 - r) - r - r**2 / 2)
    assert detached.gradient([log(3.0)], [0])[0] == near(P * Q * r**2 / (1 - r))


def test_asymmetric_negatives_below_the_clip_cost_nothing():
    loss = get("asymmetric", clip=0.3)
    assert loss.value([-log(3.0)], [0])[0] == 0.0
    assert loss.gradient([-log(3.0)], [0])[0] == 0.0


def test_ldam_lowers_the_logit_of_the_target_and_scales():
    loss = get("ldam", max_margin=0.5, scale=4.0, class_counts=[1600.0, 100.0])
    positive, negative = 0.5, 0.5 * (100.0 / 1600.0) ** 0.25
    assert loss.value([0.7], [1])[0] == near(log(1 + exp(-4 * (0.7 - positive))))
    assert loss.value([0.7], [0])[0] == near(log(1 + exp(4 * (0.7 + negative))))


def test_ldam_over_classes_is_cross_entropy_of_the_lowered_logits():
    loss = SoftmaxLoss(LDAM(margins=(0.25, 0.5, 1.0)))
    z = np.array([0.3, -0.2, 0.9])
    lowered = z - np.array([0.0, 0.0, 1.0])
    assert loss.value([z], [2])[0] == near(log(exp(lowered).sum()) - lowered[2])


def test_named_weights():
    assert Balanced().weights(COUNTS) == near(np.array([100 / 180, 100 / 20]))
    raw = np.array([(1 - 0.9) / (1 - 0.9**90), (1 - 0.9) / (1 - 0.9**10)])
    assert EffectiveNumber(0.9).weights(COUNTS) == pytest.approx(raw * 100 / (COUNTS @ raw), rel=1e-13)
    assert EffectiveNumber(0.9, "classes").weights(COUNTS) == pytest.approx(raw * 2 / raw.sum(), rel=1e-13)
    root = COUNTS**-0.5
    assert InverseSqrt().weights(COUNTS) == near(root * 100 / sqrt(COUNTS).sum())


def test_effective_number_between_equal_and_balanced():
    assert EffectiveNumber(0.0).weights(COUNTS) == near(np.ones(2))
    nearly_one = EffectiveNumber(1.0 - 2.0**-52).weights(COUNTS)
    assert nearly_one == pytest.approx(Balanced().weights(COUNTS), rel=1e-12)


def test_alpha_is_lins():
    assert get("focal", alpha=0.25) == get("focal", class_weight=[0.75, 0.25])


def test_weights_by_label_follow_the_order_of_the_classes():
    loss = SoftmaxLoss(class_weight={"don't buy": 0.25, "buy": 0.75}, classes=("buy", "don't buy"))
    assert loss.value([[0.0, 0.0], [0.0, 0.0]], [0, 1]).tolist() == [0.75 * log(2), 0.25 * log(2)]


def test_logit_adjustment_shifts_by_the_log_prior():
    loss = get("logit_adjusted", kind="softmax", tau=2.0, class_counts=[90, 10])
    u = np.array([0.3, -0.4]) + 2.0 * log(COUNTS / 100)
    assert loss.value([[0.3, -0.4]], [1])[0] == near(log(exp(u).sum()) - u[1])
    binary = get("balanced_softmax", class_counts=[90, 10])
    assert binary.value([0.7], [1])[0] == near(log(1 + exp(-(0.7 - log(9)))))


def test_vs_scales_by_counts_and_cdt_does_not_shift():
    scale = np.array([1.0, (1 / 9) ** 0.5])
    vs = get("vs_loss", kind="softmax", tau=1.0, gamma=0.5, class_counts=[90, 10])
    u = scale * np.array([0.3, -0.4]) + log(COUNTS / 100)
    assert vs.value([[0.3, -0.4]], [0])[0] == near(log(exp(u).sum()) - u[0])
    cdt = get("cdt", kind="softmax", gamma=0.5, class_counts=[90, 10])
    u = scale * np.array([0.3, -0.4])
    assert cdt.value([[0.3, -0.4]], [0])[0] == near(log(exp(u).sum()) - u[0])


def test_brier_over_classes_is_the_sum_of_squares():
    z = np.array([0.0, log(2.0), log(3.0)])  # p = 1/6, 1/3, 1/2
    value = SoftmaxLoss(get("brier").modulation).value([z], [1])[0]
    assert value == near((1 / 6) ** 2 + (2 / 3) ** 2 + (1 / 2) ** 2)


def test_smoothing_is_an_expectation():
    smoothed = SigmoidLoss(label_smoothing=0.2).value(*THREE_QUARTERS)[0]
    assert smoothed == near(-0.9 * log(P) - 0.1 * log(Q))
    classes = SoftmaxLoss(get("focal", gamma=1.0).modulation, label_smoothing=0.3)
    p = np.array([1 / 6, 1 / 3, 1 / 2])
    focal = -(1 - p) * log(p)
    assert classes.value([log(p)], [0])[0] == near(focal @ [0.8, 0.1, 0.1])


@pytest.mark.parametrize(
    ("loss", "posterior"),
    [
        (SigmoidLoss(), P),
        (SigmoidLoss(class_weight=[1.0, 9.0]), (P / 9) / (P / 9 + Q)),
        (get("brier"), P),
        (get("poly", epsilon=1.0), (P / (1 + P)) / (P / (1 + P) + Q / (1 + Q))),
        (get("generalized_cross_entropy", q=0.5), sqrt(P) / (sqrt(P) + sqrt(Q))),
        (get("detached_focal", gamma=1.0), (P / Q) / (P / Q + Q / P)),
        (
            get("focal", gamma=1.0),
            (P / (Q - P * log(P))) / (P / (Q - P * log(P)) + Q / (P - Q * log(Q))),
        ),
        (get("balanced_softmax", class_counts=[3.0, 1.0]), 0.5),
        (SigmoidLoss(label_smoothing=0.2), (P - 0.1) / 0.8),
    ],
    ids=lambda x: x.describe() if isinstance(x, SigmoidLoss) else "",
)
def test_posteriors_at_odds_of_three_to_one(loss, posterior):
    assert loss.posterior([log(3.0)])[0] == near(posterior)


def test_undersampled_negatives_are_undone_as_by_dal_pozzolo():
    rate, p = 0.1, 0.4  # training saw a tenth of the negatives: as if positives weighed ten times
    loss = SigmoidLoss(class_weight=[1.0, 1.0 / rate])
    assert loss.posterior([log(p / (1 - p))])[0] == near(rate * p / (rate * p - p + 1))


def test_focal_says_seven_percent_where_the_truth_is_one_in_a_thousand():
    start = get("focal", gamma=2.0).base_score(0.001)
    assert 1 / (1 + exp(-start)) == pytest.approx(0.073, abs=5e-4)


def test_hessians_of_focal_at_a_coin():
    loss = get("focal", gamma=2.0)
    v = log(2.0)
    assert loss.hessian(*HALF, kind="exact")[0] == near(0.5 * 0.5**3 * (1 + 4 - 2 * log(2.0) + 4 * v))


def test_poly_is_convex_up_to_epsilon_one_and_not_beyond():
    z, ones = np.linspace(-40.0, 40.0, 2001), np.ones(2001, int)
    assert (SigmoidLoss(Poly(1.0)).hessian(z, ones, kind="exact") >= 0.0).all()
    assert (SigmoidLoss(Poly(1.1)).hessian(z, ones, kind="exact") < 0.0).any()


def test_where_focal_curvature_turns_negative():
    for gamma, root in ((1.0, 0.0432), (2.0, 0.0578), (5.0, 0.0502)):
        z = log(np.array([root - 1e-4, root + 1e-4]) / (1 - root))
        below, above = get("focal", gamma=gamma).hessian(z, [1, 1], kind="exact")
        assert below < 0.0 < above


def test_harmonic_numbers():
    assert harmonic_number(0.0) == 0.0
    for g in (1, 2, 5, 12):
        assert harmonic_number(g) == pytest.approx(sum(1 / k for k in range(1, g + 1)), rel=1e-14)
    assert harmonic_number(0.5) == pytest.approx(2 - 2 * log(2.0), rel=1e-14)
