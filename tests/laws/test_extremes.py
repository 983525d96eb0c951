"""Nothing overflows, nothing is lost: up to |logit| 1e4, in every type, at the edges of every domain."""

from __future__ import annotations

import numpy as np
import pytest
from tests.laws import checks
from tests.laws.cases import CLASS_LOSSES, LOSSES, has_posterior

from scarce.losses import get

FACE = checks.NumPyFace()
TYPES = (np.float64, np.float32, np.float16)


@pytest.mark.parametrize("dtype", TYPES, ids=lambda t: t.__name__)
@pytest.mark.parametrize("name", LOSSES)
def test_binary_losses_are_finite_everywhere(name, dtype):
    checks.check_finite_everywhere(LOSSES[name], dtype, FACE)


@pytest.mark.parametrize("dtype", TYPES, ids=lambda t: t.__name__)
@pytest.mark.parametrize("name", [name for name in LOSSES if has_posterior(name)])
def test_expected_curvature_and_log_odds_are_finite_or_certain(name, dtype):
    loss = LOSSES[name]
    z = checks.margins(np.float64).astype(dtype)
    expected = loss.hessian(z, np.zeros(len(z), int), kind="expected")
    assert np.isfinite(expected).all()
    assert (expected >= 0.0).all()
    assert not np.isnan(loss.log_odds(z)).any()


@pytest.mark.parametrize("dtype", TYPES, ids=lambda t: t.__name__)
@pytest.mark.parametrize("name", CLASS_LOSSES[5])
def test_softmax_losses_are_finite_everywhere(name, dtype):
    loss = CLASS_LOSSES[5][name]
    z = checks.rows(5, np.float64, 1e4).astype(dtype)
    for y in range(5):
        target = np.full(len(z), y)
        results = [
            loss.value(z, target),
            loss.gradient(z, target),
            loss.hessian(z, target),
            loss.hessian_product(z, target, z),
        ]
        if has_posterior(name):
            results += [loss.posterior(z), loss.hessian(z, target, kind="expected")]
        for result in results:
            assert np.isfinite(result).all()


WITHOUT_SMOOTHING = [name for name, loss in LOSSES.items() if not loss.label_smoothing]


@pytest.mark.parametrize("name", WITHOUT_SMOOTHING)
def test_no_region_has_a_loss_and_no_gradient(name):
    checks.check_loss_has_gradient(LOSSES[name], FACE)


@pytest.mark.parametrize("name", CLASS_LOSSES[3])
def test_no_row_has_a_loss_and_no_gradient(name):
    loss = CLASS_LOSSES[3][name]
    z = checks.rows(3, np.float64, 200.0)
    for y in range(3):
        target = np.full(len(z), y)
        value, gradient = loss.value(z, target), loss.gradient(z, target)
        assert (np.abs(gradient[value > 1e-80]).max(axis=1) > 0.0).all()
        if not loss.label_smoothing:
            assert (gradient[:, y] <= 0.0).all()


@pytest.mark.parametrize("name", LOSSES)
def test_half_precision_is_computed_in_single(name):
    loss = LOSSES[name]
    z = np.array([-9.0, -1.5, 0.25, 3.0, 11.0], np.float16)
    target = np.array([0, 1, 1, 0, 1])
    single = z.astype(np.float32)
    assert loss.value(z, target).dtype == np.float32
    assert loss.gradient(z, target).dtype == np.float16
    checks.check_same(loss.value(z, target), loss.value(single, target))
    checks.check_same(loss.gradient(z, target), loss.gradient(single, target).astype(np.float16))


@pytest.mark.parametrize("kind", ["sigmoid", "softmax"])
def test_whole_number_logits_are_doubles(kind):
    loss = get("focal", kind=kind)
    logits, target = ([[0, 1]], [[0, 1]]) if kind == "sigmoid" else ([[0, 1]], [1])
    assert loss.gradient(logits, target).dtype == np.float64


@pytest.mark.parametrize("gamma", [0.25, 0.5])
def test_gamma_below_one_has_no_singularity_where_the_row_is_certain(gamma):
    for name in ("focal", "detached_focal", "poly_focal"):
        loss = get(name, gamma=gamma)
        z = np.array([40.0, 800.0, 1e4, -1e4])
        for face in (loss.value, loss.gradient, loss.hessian):
            assert np.isfinite(face(z, np.ones(4, int))).all()
    clipped = get("asymmetric", gamma_negative=gamma, gamma_positive=1.0, clip=0.25)
    at_the_kink = np.log(0.25 / 0.75) + np.array([-1e-9, 0.0, 1e-9])
    for face in (clipped.value, clipped.gradient, clipped.hessian):
        assert np.isfinite(face(at_the_kink, np.zeros(3, int))).all()


def test_large_logits_lose_nothing_in_single_precision():
    near = np.array([[10000.0, 10000.5]], np.float32)
    loss = get("cross_entropy", kind="softmax")
    checks.check_same(loss.value(near, [0]), loss.value(near - np.float32(10000.0), [0]))
