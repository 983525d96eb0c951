"""What must be equal is equal: two classes and a sigmoid, three ways to write a target, two equal rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.laws import checks
from tests.laws.cases import CASES, CLASS_LOSSES, COUNTS, LOSSES, SOFTMAX_CASES, margins

from scarce.losses import SigmoidLoss, SoftmaxLoss, get
from scarce.losses.modulation import LDAM, Brier

RNG = np.random.default_rng(5)
Z = np.concatenate([RNG.normal(0.0, 3.0, 40), [0.0, 1e4, -1e4, 300.0, -300.0]])
LABELS = RNG.integers(0, 2, len(Z))
PAIRS = np.stack([np.zeros_like(Z), Z], axis=-1)

TWO_CLASS = {case.id: (case.loss, case.over(2)) for case in SOFTMAX_CASES}
TWO_CLASS |= {
    name: (get(name, class_counts=COUNTS), get(name, kind="softmax", class_counts=COUNTS))
    for name in ("weighted_cross_entropy", "class_balanced", "balanced_softmax", "vs_loss", "cdt")
}
TWO_CLASS["ldam"] = tuple(
    get("ldam", kind=kind, class_counts=COUNTS, scale=4.0) for kind in ("sigmoid", "softmax")
)
TWO_CLASS["smoothed focal"] = tuple(
    replace(loss, label_smoothing=0.25) for loss in TWO_CLASS["focal(gamma=2)"]
)


@pytest.mark.parametrize("reduction", ["none", "sum"])
@pytest.mark.parametrize("name", TWO_CLASS)
def test_two_class_softmax_is_sigmoid(name, reduction):
    binary, classes = (replace(loss, reduction=reduction) for loss in TWO_CLASS[name])
    full = 2.0 if isinstance(binary.modulation, Brier) else 1.0  # Brier's own score adds up both classes
    checks.check_same(classes.value(PAIRS, LABELS), full * binary.value(Z, LABELS), 1e-12)


# Of Brier the gradient in z_1 alone is compared where the terms do not cancel: in test_truth.
@pytest.mark.parametrize("reduction", ["none", "sum"])
@pytest.mark.parametrize("name", [name for name in TWO_CLASS if name != "brier"])
def test_derivatives_of_two_class_softmax_are_the_sigmoids(name, reduction):
    binary, classes = (replace(loss, reduction=reduction) for loss in TWO_CLASS[name])
    gradient = classes.gradient(PAIRS, LABELS)[:, 1]
    checks.check_same(gradient, binary.gradient(Z, LABELS), 1e-12)
    hessian = classes.hessian(PAIRS, LABELS, kind="exact")[:, 1]
    np.testing.assert_allclose(hessian, binary.hessian(Z, LABELS, kind="exact"), rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("name", [name for name in TWO_CLASS if "q=1)" not in name])
def test_two_class_posterior_and_base_score_are_the_sigmoids(name):
    binary, classes = TWO_CLASS[name]
    inner = np.abs(Z) < 20.0
    np.testing.assert_allclose(
        classes.posterior(PAIRS[inner])[:, 1], binary.posterior(Z[inner]), rtol=1e-9, atol=1e-15
    )
    start = classes.base_score([0.98, 0.02])
    adjusted = classes.numbers
    if adjusted.scale is None:
        np.testing.assert_allclose(start[1] - start[0], binary.base_score(0.02), rtol=1e-9)
    np.testing.assert_allclose(classes.posterior(start), [0.98, 0.02], rtol=1e-9)
    np.testing.assert_allclose(binary.posterior(binary.base_score(0.02)), 0.02, rtol=1e-9)


GAMMA_ZERO = {
    "focal": {"gamma": 0.0},
    "detached_focal": {"gamma": 0.0},
    "poly_focal": {"gamma": 0.0, "epsilon": 0.0},
    "poly": {"epsilon": 0.0},
    "class_balanced": {"beta": 0.0, "gamma": 0.0, "class_counts": COUNTS},
    "logit_adjusted": {"tau": 0.0, "class_counts": COUNTS},
    "vs_loss": {"tau": 0.0, "gamma": 0.0, "class_counts": COUNTS},
    "cdt": {"gamma": 0.0, "class_counts": COUNTS},
    "ldam": {"max_margin": 0.0, "scale": 1.0, "class_counts": COUNTS},
    "asymmetric": {"gamma_negative": 0.0, "gamma_positive": 0.0, "clip": 0.0},
    "asymmetric_detached": {"gamma_negative": 0.0, "gamma_positive": 0.0, "clip": 0.0},
}


@pytest.mark.parametrize("name", GAMMA_ZERO)
def test_nothing_added_is_cross_entropy(name):
    plain, loss = get("cross_entropy"), get(name, **GAMMA_ZERO[name])
    checks.check_same(loss.value(Z, LABELS), plain.value(Z, LABELS), 1e-12)
    checks.check_same(loss.gradient(Z, LABELS), plain.gradient(Z, LABELS), 1e-12)
    checks.check_same(loss.hessian(Z, LABELS, kind="exact"), plain.hessian(Z, LABELS, kind="exact"), 1e-12)
    np.testing.assert_allclose(loss.log_odds(Z), Z, rtol=1e-12)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean", "mean_positive"])
@pytest.mark.parametrize("name", CLASS_LOSSES[3])
def test_integer_one_hot_and_soft_targets_agree_to_the_last_bit(name, reduction):
    loss = replace(CLASS_LOSSES[3][name], reduction=reduction)
    z = np.random.default_rng(0).normal(0.0, 4.0, (7, 3))
    labels = np.array([0, 1, 2, 2, 1, 0, 1])
    one_hot = np.eye(3, dtype=int)[labels]
    for face in (loss.value, loss.gradient, loss.hessian):
        checks.check_same(face(z, labels), face(z, one_hot))
        checks.check_same(face(z, labels), face(z, one_hot.astype(np.float32)))


@pytest.mark.parametrize("reduction", ["none", "sum", "mean", "mean_positive"])
@pytest.mark.parametrize("name", LOSSES)
def test_whole_and_soft_binary_targets_agree_to_the_last_bit(name, reduction):
    loss = replace(LOSSES[name], reduction=reduction)
    for face in (loss.value, loss.gradient, loss.hessian):
        checks.check_same(face(Z, LABELS), face(Z, LABELS.astype(float)))
        checks.check_same(face(Z, LABELS), face(Z, LABELS == 1))


@pytest.mark.parametrize("name", CLASS_LOSSES[3])
def test_a_soft_target_is_the_expectation_over_labels(name):
    loss = CLASS_LOSSES[3][name]
    z = np.random.default_rng(1).normal(0.0, 2.0, (5, 3))
    mass = np.random.default_rng(2).dirichlet(np.ones(3), 5)
    for face in (loss.value, loss.gradient, loss.hessian):
        by_label = [face(z, np.full(5, y)) for y in range(3)]
        mean = sum(m.reshape((5,) + (1,) * (b.ndim - 1)) * b for m, b in zip(mass.T, by_label, strict=True))
        np.testing.assert_allclose(face(z, mass), mean, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", LOSSES)
def test_a_soft_binary_target_is_the_expectation_over_labels(name):
    loss = LOSSES[name]
    z, t = Z[:9], np.linspace(0.0, 1.0, 9)
    for face in (loss.value, loss.gradient, loss.hessian):
        mean = (1.0 - t) * face(z, np.zeros(9, int)) + t * face(z, np.ones(9, int))
        np.testing.assert_allclose(face(z, t), mean, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", CLASS_LOSSES[3])
def test_smoothing_is_the_expectation_over_smoothed_labels(name):
    smoothed = replace(CLASS_LOSSES[3][name], label_smoothing=0.3)
    plain = replace(smoothed, label_smoothing=0.0)
    z = np.random.default_rng(1).normal(0.0, 2.0, (3, 3))
    target = 0.7 * np.eye(3) + 0.1
    checks.check_same(smoothed.value(z, np.arange(3)), plain.value(z, target), 1e-13)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("name", LOSSES)
def test_weight_two_is_the_row_twice(name, reduction):
    loss = replace(LOSSES[name], reduction=reduction)
    z, labels = Z[:6], LABELS[:6]
    weighted = loss.value(z, labels, [2.0, 1.0, 1.0, 0.0, 1.0, 1.0])
    rows = np.array([0, 0, 1, 2, 4, 5])
    checks.check_same(weighted, loss.value(z[rows], labels[rows]), 1e-13)


@pytest.mark.parametrize("reduction", ["sum", "mean", "mean_positive"])
@pytest.mark.parametrize("name", CLASS_LOSSES[3])
def test_weight_two_is_the_row_twice_over_classes(name, reduction):
    loss = replace(CLASS_LOSSES[3][name], reduction=reduction)
    z, labels = np.random.default_rng(3).normal(0.0, 2.0, (5, 3)), np.array([0, 1, 2, 1, 0])
    rows = np.array([0, 1, 1, 2, 4])
    weighted = loss.value(z, labels, [1.0, 2.0, 1.0, 0.0, 1.0])
    checks.check_same(weighted, loss.value(z[rows], labels[rows]), 1e-13)


@pytest.mark.parametrize("name", LOSSES)
def test_order_of_rows_does_not_matter(name):
    loss = LOSSES[name]
    order = np.random.default_rng(4).permutation(len(Z))
    for face in (loss.value, loss.gradient, loss.hessian):
        checks.check_same(face(Z[order], LABELS[order]), face(Z, LABELS)[order], 1e-14)


def permuted(loss, order):
    """Return the loss for classes that are told in another order."""
    settings = {
        name: tuple(np.asarray(getattr(loss, name))[order])
        for name in ("class_weight", "logit_shift", "logit_scale", "class_counts")
        if isinstance(getattr(loss, name), tuple)
    }
    modulation = loss.modulation
    if isinstance(modulation, LDAM) and modulation.margins is not None:
        modulation = LDAM(margins=tuple(np.asarray(modulation.margins)[order]))
    return replace(loss, modulation=modulation, **settings)


@pytest.mark.parametrize("name", CLASS_LOSSES[5])
def test_order_of_labels_does_not_matter(name):
    loss, order = CLASS_LOSSES[5][name], np.array([3, 0, 4, 2, 1])
    z, labels = np.random.default_rng(6).normal(0.0, 2.0, (6, 5)), np.array([0, 1, 2, 3, 4, 0])
    new_labels = np.argsort(order)[labels]
    other = permuted(loss, order)
    checks.check_same(other.value(z[:, order], new_labels), loss.value(z, labels), 1e-12)
    for face in ("gradient", "hessian"):
        one, two = getattr(other, face)(z[:, order], new_labels), getattr(loss, face)(z, labels)
        np.testing.assert_allclose(one, two[:, order], rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize(
    "name",
    [name for name in CLASS_LOSSES[3] if "scale" not in name and name not in ("vs_loss", "cdt", "ldam")],
)
def test_rows_of_the_softmax_gradient_sum_to_zero(name):
    z, labels = np.random.default_rng(6).normal(0.0, 20.0, (50, 3)), np.arange(50) % 3
    gradient = CLASS_LOSSES[3][name].gradient(z, labels)
    cancelling = 1e-15 if name == "brier smoothed" else 1e-300  # its terms are larger than their sum
    assert (np.abs(gradient.sum(axis=1)) <= 2e-14 * np.abs(gradient).sum(axis=1) + cancelling).all()


@pytest.mark.parametrize(
    "case", [c for c in SOFTMAX_CASES if not c.id.startswith("ldam")], ids=lambda c: c.id
)
def test_a_constant_added_to_a_row_changes_nothing(case):
    z, labels = np.random.default_rng(7).normal(0.0, 2.0, (6, 3)).astype(np.float32), np.arange(6) % 3
    z = np.round(z * 256.0) / np.float32(256.0)  # so that adding 4096 is exact in single precision
    loss = case.softmax
    for face in (loss.value, loss.gradient, loss.hessian):
        checks.check_same(face(z + np.float32(4096.0), labels), face(z, labels))


def test_ldam_margins_follow_the_counts():
    loss = SigmoidLoss(LDAM(largest=2.0)).resolve([1600.0, 100.0])
    assert loss.modulation == LDAM(largest=2.0, margins=(1.0, 2.0))
    assert SoftmaxLoss(LDAM(margins=margins(2))).resolve([5.0, 1.0]).modulation.margins == margins(2)


def test_every_catalogue_name_is_under_the_laws():
    from scarce.losses import CATALOG

    tested = {name.split("(")[0].split(" ")[0] for name in LOSSES}
    assert tested >= set(CATALOG) - {"mse"}
    assert get("mse") == get("brier")
    assert len(CASES) > 30
