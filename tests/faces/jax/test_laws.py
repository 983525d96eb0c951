"""The laws of the losses, over JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.faces.jax.face import JaxFace, array, doubles
from tests.laws import checks, reference
from tests.laws.cases import (
    CASES,
    CLASS_LOSSES,
    FEW,
    LOSSES,
    REPRESENTATIVES,
    SOFTMAX_CASES,
    margins,
    representatives,
    with_posterior,
)

import scarce.jax
from scarce.losses import get
from scarce.losses.modulation import Brier

FACE, NUMPY = JaxFace(), checks.NumPyFace()
TYPES = {"float64": "float64", "float32": "float32", "bf16": jnp.bfloat16, "fp16": "float16"}
RNG = np.random.default_rng(5)
Z, LABELS, SOFT = RNG.normal(-1.0, 3.0, 64), RNG.integers(0, 2, 64), RNG.random(64)
ROWS, CLASSES, SHARES = RNG.normal(0.0, 3.0, (40, 3)), RNG.integers(0, 3, 40), RNG.dirichlet(np.ones(3), 40)

STANDING = [case for case in CASES if case.id in (*REPRESENTATIVES, "ldam(15)")]


class Products(JaxFace):
    """JAX, but with NumPy's diagonal: its own is made of Hessian products, which are judged further down."""

    def hessian(self, loss, logits, target):
        return loss.hessian(logits, target)


class Flushed(JaxFace):
    """JAX in single precision: XLA takes a subnormal p for 0; below 1e-36 a 0 is as good as NumPy's."""

    def value(self, loss, logits, target):
        return unflushed(super().value(loss, logits, target), loss.value(logits, target))

    def gradient(self, loss, logits, target):
        return unflushed(super().gradient(loss, logits, target), loss.gradient(logits, target))

    def hessian(self, loss, logits, target):
        return unflushed(super().hessian(loss, logits, target), loss.hessian(logits, target))


def unflushed(got, true):
    return np.where((got == 0.0) & (np.abs(true) < 1e-36), true, got)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=lambda t: t.__name__)
@pytest.mark.parametrize("case", STANDING, ids=lambda case: case.id)
def test_sigmoid_losses_are_those_of_fifty_digits(case, dtype):
    checks.check_against_truth(case, FACE if dtype is np.float64 else Flushed(), dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=lambda t: t.__name__)
@pytest.mark.parametrize(
    "case",
    [case for case in SOFTMAX_CASES if case.id in (*FEW, "brier", "ldam(margins)")],
    ids=lambda case: case.id,
)
def test_softmax_losses_are_those_of_fifty_digits(case, dtype):
    definition = None if isinstance(case.loss.modulation, Brier) else case.definition
    definition = reference.ldam(margins(3)) if "ldam" in case.id else definition
    checks.check_rows_against_truth(case.id, case.over(3), definition, 3, Products(), dtype)


@pytest.mark.parametrize("name", LOSSES)
def test_sigmoid_losses_agree_with_numpy(name):
    loss = LOSSES[name]
    for target in (LABELS, LABELS.astype(float), SOFT):
        for face in ("value", "gradient", "hessian"):
            got, true = getattr(FACE, face)(loss, Z, target), getattr(loss, face)(Z, target)
            np.testing.assert_allclose(got, true, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", representatives(CLASS_LOSSES[3]))
def test_softmax_losses_agree_with_numpy(name):
    loss = CLASS_LOSSES[3][name]
    one_hot = np.eye(3)[CLASSES]
    for target in (CLASSES, one_hot, SHARES):
        value, gradient = FACE.value(loss, ROWS, target), FACE.gradient(loss, ROWS, target)
        np.testing.assert_allclose(value, loss.value(ROWS, target), rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(gradient, loss.gradient(ROWS, target), rtol=1e-11, atol=1e-14)
        vector = RNG.normal(size=ROWS.shape)
        np.testing.assert_allclose(
            product(loss, ROWS, target, vector), loss.hessian_product(ROWS, target, vector), atol=1e-13
        )


def product(loss, z, target, vector):
    with doubles():
        gradient = jax.grad(lambda x: scarce.jax.value(loss, x, jnp.asarray(target)).sum())
        return array(jax.jvp(gradient, (jnp.asarray(z),), (jnp.asarray(vector),))[1])


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", [case.id for case in STANDING if not case.id.startswith("ldam")])
def test_sigmoid_losses_are_finite_everywhere(name, dtype):
    face = JaxFace(TYPES[dtype])
    checks.check_finite_everywhere(LOSSES[name], np.float64, face)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", ["cross_entropy", "focal(gamma=0.5)", "brier smoothed", "ldam", "vs_loss"])
def test_softmax_losses_are_finite_everywhere(name, dtype):
    loss, face = CLASS_LOSSES[3][name], JaxFace(TYPES[dtype])
    z = checks.rows(3, np.float64, 1e4)
    for target in (*(np.full(len(z), y) for y in range(3)), np.full(z.shape, 1.0 / 3.0)):
        assert np.isfinite(face.value(loss, z, target)).all()
        assert np.isfinite(face.gradient(loss, z, target)).all()
        assert np.isfinite(face.hessian(loss, z, target)).all()


@pytest.mark.parametrize("name", [name for name in representatives(LOSSES) if "smoothed" not in name])
def test_no_region_has_a_loss_and_no_gradient(name):
    checks.check_loss_has_gradient(LOSSES[name], FACE)


@pytest.mark.parametrize("name", ["focal(gamma=2)", "ldam"])
def test_compiled_is_not_compiled(name):
    z, target = checks.rows(3, np.float64, 1e3), np.arange(14) % 3
    for face in ("value", "gradient", "hessian"):
        compiled = getattr(JaxFace(wrap=jax.jit), face)(CLASS_LOSSES[3][name], z, target)
        plain = getattr(FACE, face)(CLASS_LOSSES[3][name], z, target)
        np.testing.assert_allclose(compiled, plain, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(
    "name", ["focal(gamma=0.5)", "detached_focal(gamma=0.5)", "brier", "poly(epsilon=1)"]
)
def test_two_class_softmax_is_sigmoid(name):
    half = 2.0 if name == "brier" else 1.0
    rows = np.stack([np.zeros_like(Z), Z], axis=-1)
    for face in ("value", "gradient"):
        one = half * getattr(FACE, face)(LOSSES[name], Z, LABELS)
        two = getattr(FACE, face)(CLASS_LOSSES[2][name], rows, LABELS)
        np.testing.assert_allclose(two if face == "value" else two[:, 1], one, rtol=1e-12)


@pytest.mark.parametrize("name", with_posterior(LOSSES))
def test_sigmoid_posterior_is_numpys(name):
    z = np.concatenate([Z, [-800.0, 800.0, 1e4]])
    with doubles():
        got, odds = scarce.jax.posterior(LOSSES[name], z), scarce.jax.log_odds(LOSSES[name], z)
    np.testing.assert_allclose(got, LOSSES[name].posterior(z), rtol=1e-11, atol=1e-300)
    np.testing.assert_allclose(odds, LOSSES[name].log_odds(z), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", with_posterior(representatives(CLASS_LOSSES[3])))
def test_softmax_posterior_is_numpys(name):
    loss = CLASS_LOSSES[3][name]
    with doubles():
        np.testing.assert_allclose(scarce.jax.posterior(loss, ROWS), loss.posterior(ROWS), rtol=1e-11)
        start = scarce.jax.base_score(loss, [0.7, 0.2, 0.1])
        np.testing.assert_allclose(scarce.jax.posterior(loss, start), [0.7, 0.2, 0.1], rtol=1e-8)


THIRD = {"labels": np.array([1]), "soft": np.array([[0.1, 0.6, 0.3]])}


@pytest.mark.parametrize("target", THIRD.values(), ids=THIRD)
@pytest.mark.parametrize("name", ["focal", "brier", "logit_adjusted"])
def test_a_third_derivative_of_a_softmax_is_that_of_differences(name, target):
    counts = {"class_counts": (70.0, 20.0, 10.0)} if name == "logit_adjusted" else {}
    loss, step = get(name, kind="softmax", **counts), 1e-5
    with doubles():
        z, along = jnp.array([0.3, -1.2, 0.8]), jnp.array([1.0, -0.5, 0.7])

        def hessian(x):
            return jax.hessian(lambda u: scarce.jax.value(loss, u[None], target)[0])(x)

        found = jax.jvp(hessian, (z,), (along,))[1]
        differences = (hessian(z + step * along) - hessian(z - step * along)) / (2.0 * step)
        np.testing.assert_allclose(found, differences, rtol=1e-7, atol=1e-9)


def test_these_laws_can_fail():
    class Wrong(JaxFace):
        def gradient(self, loss, logits, target):
            return 1.001 * super().gradient(loss, logits, target)

    with pytest.raises(AssertionError, match="gradient"):
        checks.check_against_truth(CASES[1], Wrong(), np.float32)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(
            Wrong().gradient(get("focal"), Z, LABELS), get("focal").gradient(Z, LABELS), rtol=1e-12
        )
