"""Gradients and Hessians of whole losses, weights and adjustments included, against differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.laws import checks
from tests.laws.cases import CLASS_LOSSES, LOSSES

from scarce.errors import ScarceError

Z = np.array([-3.1, -1.2, -0.4, 0.3, 1.1, 2.7])
HARD = np.array([0, 1, 0, 1, 1, 0])
SOFT = np.array([0.1, 0.9, 0.0, 0.5, 1.0, 0.25])
ROW_WEIGHT = np.array([1.0, 2.0, 0.5, 1.0, 0.0, 3.0])
REDUCTIONS = ("sum", "mean", "mean_positive")


def class_rows(n_classes):
    rng = np.random.default_rng(n_classes)
    z = rng.normal(0.0, 1.5, (4, n_classes))
    labels = np.arange(4) % n_classes
    soft = rng.dirichlet(np.ones(n_classes), 4)
    return z, labels, soft


CLASS_LOSSES_BY_ID = {
    f"{n_classes} {name}": (n_classes, loss)
    for n_classes in (2, 5)
    for name, loss in CLASS_LOSSES[n_classes].items()
}


@pytest.mark.parametrize("target", [HARD, SOFT], ids=["hard", "soft"])
@pytest.mark.parametrize("name", LOSSES)
def test_binary_gradient_is_that_of_the_value(name, target):
    for reduction in REDUCTIONS:
        loss = replace(LOSSES[name], reduction=reduction)
        checks.check_gradient_by_differences(
            lambda z, loss=loss: float(loss.value(z, target, ROW_WEIGHT)),
            loss.gradient(Z, target, ROW_WEIGHT),
            Z,
        )


@pytest.mark.parametrize("target", [HARD, SOFT], ids=["hard", "soft"])
@pytest.mark.parametrize("name", LOSSES)
def test_binary_hessian_is_that_of_the_gradient(name, target):
    loss = replace(LOSSES[name], reduction="mean")
    hessian = loss.hessian(Z, target, ROW_WEIGHT, kind="exact")
    checks.check_gradient_by_differences(
        lambda z: float(loss.gradient(z, target, ROW_WEIGHT).sum()), hessian, Z, scale=0.1
    )
    checks.check_same(loss.hessian_product(Z, target, 2.0 * Z, ROW_WEIGHT), 2.0 * Z * hessian)


@pytest.mark.parametrize("kind", ["hard", "soft"])
@pytest.mark.parametrize("name", CLASS_LOSSES_BY_ID)
def test_softmax_gradient_is_that_of_the_value(name, kind):
    n_classes, loss = CLASS_LOSSES_BY_ID[name]
    z, labels, soft = class_rows(n_classes)
    target = labels if kind == "hard" else soft
    for reduction in REDUCTIONS:
        reduced = replace(loss, reduction=reduction)
        checks.check_gradient_by_differences(
            lambda x, reduced=reduced: float(reduced.value(x, target, ROW_WEIGHT[:4])),
            reduced.gradient(z, target, ROW_WEIGHT[:4]),
            z,
        )


@pytest.mark.parametrize("kind", ["hard", "soft"])
@pytest.mark.parametrize("name", CLASS_LOSSES_BY_ID)
def test_softmax_hessian_is_that_of_the_gradient(name, kind):
    n_classes, loss = CLASS_LOSSES_BY_ID[name]
    z, labels, soft = class_rows(n_classes)
    target = labels if kind == "hard" else soft
    loss = replace(loss, reduction="mean")
    diagonal = loss.hessian(z, target, kind="exact")
    for k in range(n_classes):
        column = np.zeros_like(z)
        column[:, k] = 1.0
        product = loss.hessian_product(z, target, column)
        np.testing.assert_allclose(product[:, k], diagonal[:, k], rtol=1e-12, atol=1e-15)
        checks.check_gradient_by_differences(
            lambda x, column=column: float((loss.gradient(x, target) * column).sum()), product, z, scale=0.1
        )


# What was shown, before unsmoothing, has no public face; q = 1 has no posterior at all.
SHOWN = [name for name in LOSSES if not any(word in name for word in ("smoothed", "q=1)", "asymmetric"))]


@pytest.mark.parametrize("name", SHOWN)
def test_binary_expected_hessian_averages_over_the_label(name):
    loss = LOSSES[name]
    z = np.linspace(-6.0, 6.0, 25)
    log_odds = loss.log_odds(z)
    eta = np.exp(-np.logaddexp(0.0, [log_odds, -log_odds]))
    by_label = [loss.hessian(z, np.full(25, y), kind="exact") for y in (0, 1)]
    expected = loss.hessian(z, np.zeros(25, dtype=int), kind="expected")
    np.testing.assert_allclose(expected, eta[0] * by_label[0] + eta[1] * by_label[1], rtol=1e-9)
    checks.check_same(expected, loss.hessian(z, np.ones(25, dtype=int), kind="expected"))
    assert (expected > 0.0).all()


@pytest.mark.parametrize("name", [name for name in CLASS_LOSSES[3] if "q=1)" not in name])
def test_softmax_expected_hessian_knows_no_label(name):
    loss = CLASS_LOSSES[3][name]
    z, labels, _ = class_rows(3)
    expected = loss.hessian(z, labels, kind="expected")
    checks.check_same(expected, loss.hessian(z, (labels + 1) % 3, kind="expected"))
    assert (expected > 0.0).all()


UNSMOOTHED = [
    name for name, loss in CLASS_LOSSES[3].items() if "q=1)" not in name and not loss.label_smoothing
]


@pytest.mark.parametrize("name", UNSMOOTHED)
def test_softmax_expected_hessian_is_the_mean_by_the_posterior(name):
    loss = CLASS_LOSSES[3][name]
    z, labels, _ = class_rows(3)
    expected = loss.hessian(z, labels, kind="expected")
    eta = loss.posterior(z)
    by_label = (loss.hessian(z, np.full(4, y), kind="exact") * eta[:, [y]] for y in range(3))
    np.testing.assert_allclose(expected, sum(by_label), rtol=1e-9)


@pytest.mark.parametrize("n_classes", [2, 5])
def test_expected_hessian_of_cross_entropy_is_the_exact_one(n_classes):
    loss = CLASS_LOSSES[n_classes]["cross_entropy"]
    z, labels, _ = class_rows(n_classes)
    np.testing.assert_allclose(
        loss.hessian(z, labels, kind="expected"), loss.hessian(z, labels, kind="exact"), rtol=1e-12
    )


def test_another_kind_of_hessian_is_refused():
    with pytest.raises(ScarceError) as caught:
        LOSSES["cross_entropy"].hessian([0.0], [1], kind="approximate")
    assert caught.value.two_lines() == (
        "error[E501]: kind='approximate' is outside its domain\nhint: kind must be 'exact' or 'expected'"
    )


def test_differences_can_fail():
    loss = replace(LOSSES["focal(gamma=2)"], reduction="sum")
    with pytest.raises(AssertionError, match="is not"):
        checks.check_gradient_by_differences(lambda z: float(loss.value(z, HARD)), -loss.gradient(Z, HARD), Z)
