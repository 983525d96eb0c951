"""How the one backend that this process has differentiates; `test_backends.py` runs it on each."""

from __future__ import annotations

import numpy as np
import pytest
from keras import ops
from tests.faces.keras.face import BACKEND, KerasFace, derivative, second_derivative

import scarce.keras
from scarce.keras import keras_library, on_any_backend
from scarce.losses import get, rules

FACE = KerasFace()
RNG = np.random.default_rng(21)
Z, SOFT = RNG.normal(-1.0, 3.0, 50), RNG.random(50)
ROWS, CLASSES, SHARES = (
    RNG.normal(0.0, 3.0, (40, 3)),
    RNG.integers(0, 3, 40),
    RNG.dirichlet(np.full(3, 4.0), 40),
)
V = RNG.normal(size=ROWS.shape)
V -= V.mean(axis=1, keepdims=True)  # moves a target to another whose shares sum to 1
SETTINGS = {"gamma": 1.5, "label_smoothing": 0.1}
BINARY = get("focal", class_weight=(0.5, 2.0), **SETTINGS)
CATEGORICAL = get("focal", kind="softmax", class_weight=(0.5, 1.0, 2.0), **SETTINGS)
BRIER = get("brier", kind="softmax")
LABELLED = get("poly_focal", kind="softmax", gamma=0.5)
CALLS = ((BINARY, Z, SOFT), (CATEGORICAL, ROWS, SHARES), (BRIER, ROWS, SHARES), (LABELLED, ROWS, CLASSES))
MOVED = get("focal", gamma=1.5, class_weight=(0.5, 2.0))
SHARP = get("focal", kind="softmax", gamma=1.5, class_weight=(0.5, 1.0, 2.0))
MOVING = (
    (get("focal", gamma=1.5, class_weight=(0.5, 2.0)), Z, SOFT),
    (SHARP, ROWS, SHARES),
    (BRIER, ROWS, SHARES),
)
each = pytest.mark.parametrize(("loss", "z", "target"), CALLS, ids=lambda one: getattr(one, "kind", ""))


@each
def test_a_gradient_computes_no_hessian(loss, z, target, monkeypatch):
    def refuse(*_):
        raise AssertionError("a Hessian for a gradient")

    for rule in (rules.TargetRule, rules.LabelRule, rules.MassRule):
        monkeypatch.setattr(rule, "product", refuse)
    np.testing.assert_allclose(
        FACE.gradient(loss, z, target), loss.gradient(z, target), rtol=1e-9, atol=1e-12
    )
    with pytest.raises(AssertionError, match="a Hessian"):
        FACE.product(loss, z, target, np.ones_like(z))


@each
def test_a_backend_without_a_rule_has_the_expansion(loss, z, target, monkeypatch):
    monkeypatch.setattr(keras_library, "BACKEND", on_any_backend)
    v = np.ones_like(z)
    v[::2] = -0.5
    true = loss.hessian(z, target) * v if z.ndim == 1 else loss.hessian_product(z, target, v)
    np.testing.assert_allclose(FACE.value(loss, z, target), loss.value(z, target), rtol=1e-11)
    np.testing.assert_allclose(
        FACE.gradient(loss, z, target), loss.gradient(z, target), rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(FACE.product(loss, z, target, v), true, rtol=1e-9, atol=1e-12)


def tensor(array):
    return ops.convert_to_tensor(array, dtype="float64")


def of_moved(loss, z, target):
    """Return a function of x in which both logits and targets move, and its gradient by NumPy."""
    cls = scarce.keras.BinaryLoss if loss.kind == "sigmoid" else scarce.keras.CategoricalLoss
    face = cls(loss, reduction="sum", dtype="float64")

    def keras_value(x):
        y_true, y_pred = tensor(target) + 0.1 * x, tensor(z) + x
        if loss.kind == "sigmoid":
            y_true, y_pred = ops.expand_dims(y_true, -1), ops.expand_dims(y_pred, -1)
        return face(y_true, y_pred)

    def gradient(x):
        logits = z + x
        if loss.kind == "sigmoid":
            lead = loss.value(logits, np.ones_like(z)) - loss.value(logits, np.zeros_like(z))
        else:
            lead = np.stack([loss.value(logits, np.full(len(z), k)) for k in range(3)], axis=-1)
        return loss.gradient(logits, target + 0.1 * x) + 0.1 * lead

    return keras_value, gradient


@pytest.mark.parametrize(("loss", "z", "target"), MOVING, ids=["sigmoid", "softmax", "brier"])
def test_a_target_that_moves_has_its_derivatives(loss, z, target):
    value, gradient = of_moved(loss, z, target)
    zero, v, h = np.zeros_like(z), V if z.ndim == 2 else np.ones_like(z), 1e-5
    np.testing.assert_allclose(derivative(value, zero), gradient(zero), rtol=1e-9, atol=1e-12)
    true = (gradient(h * v) - gradient(-h * v)) / (2.0 * h)
    np.testing.assert_allclose(second_derivative(value, zero, v), true, rtol=1e-6, atol=1e-7)


def test_a_missing_logit_or_target_is_never_hidden():
    rows = ROWS.copy()
    rows[:, 1] = np.nan
    assert np.isnan(FACE.value(LABELLED, rows, CLASSES)).all()
    assert np.isnan(FACE.value(BINARY, np.full(3, np.nan), np.array([0.0, 0.5, 1.0]))).all()
    target = np.array([np.nan, 1.5, 0.5])
    np.testing.assert_array_equal(np.isnan(FACE.value(BINARY, np.zeros(3), target)), [True, True, False])
    assert (FACE.gradient(BINARY, np.zeros(3), target)[:2] == 0.0).all()


def test_classes_masked_by_minus_infinity_are_impossible():
    rows = np.array([[0.5, -np.inf, 1.0], [0.5, -np.inf, -np.inf]])
    value, gradient = (
        getattr(FACE, face)(LABELLED, rows, np.array([2, 0])) for face in ("value", "gradient")
    )
    np.testing.assert_allclose(value[0], LABELLED.value(rows[:1, ::2], np.array([1]))[0], rtol=1e-12)
    assert value[1] == 0.0
    assert (gradient[:, 1] == 0.0).all()
    assert (gradient[1] == 0.0).all()


if BACKEND == "tensorflow":

    @pytest.mark.parametrize("compiled", [False, True], ids=["graph", "xla"])
    @each
    def test_graphs_have_both_derivatives(loss, z, target, compiled):
        import tensorflow as tf

        face = FACE._losses(loss, z, target)
        shape = tf.TensorSpec((None, *z.shape[1:]), tf.float64)

        @tf.function(input_signature=[shape], jit_compile=compiled)
        def both(x):
            with tf.GradientTape() as outer:
                outer.watch(x)
                with tf.GradientTape() as inner:
                    inner.watch(x)
                    value = tf.reduce_sum(face(x))
                gradient = inner.gradient(value, x)
            return gradient, outer.gradient(gradient, x)

        gradient, product = both(tf.constant(z))
        ones = np.ones_like(z)
        true = loss.hessian(z, target) if z.ndim == 1 else loss.hessian_product(z, target, ones)
        np.testing.assert_allclose(gradient, loss.gradient(z, target), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(product, true, rtol=1e-8, atol=1e-12)


if BACKEND == "torch":
    import torch

    from scarce.arrays import torch_derivatives

    @each
    def test_blocks_are_the_whole(loss, z, target, monkeypatch):
        monkeypatch.setattr(torch_derivatives, "BLOCK", 17)
        np.testing.assert_allclose(FACE.value(loss, z, target), loss.value(z, target), rtol=1e-11)
        np.testing.assert_allclose(
            FACE.gradient(loss, z, target), loss.gradient(z, target), rtol=1e-9, atol=1e-12
        )

    @pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # PyTorch's own, of itself
    @each
    def test_transforms_have_both_derivatives(loss, z, target):
        face, x = FACE._losses(loss, z, target), torch.tensor(z)
        gradient = torch.func.grad(lambda x: face(x).sum())
        ones = np.ones_like(z)
        true = loss.hessian(z, target) if z.ndim == 1 else loss.hessian_product(z, target, ones)
        np.testing.assert_allclose(gradient(x), loss.gradient(z, target), rtol=1e-9, atol=1e-12)
        _, forward = torch.func.jvp(gradient, (x,), (torch.ones_like(x),))
        np.testing.assert_allclose(forward, true, rtol=1e-8, atol=1e-12)
        several = torch.func.vmap(gradient)(torch.stack([x, 2.0 * x]))
        np.testing.assert_allclose(several[1], loss.gradient(2.0 * z, target), rtol=1e-9, atol=1e-12)

    @pytest.mark.filterwarnings("ignore:The .grad attribute:UserWarning")  # PyTorch looks at it itself
    @pytest.mark.parametrize(
        ("loss", "target"),
        [
            (scarce.keras.BinaryFocalCrossentropy(label_smoothing=0.1), SHARES),
            (scarce.keras.CategoricalFocalCrossentropy(gamma=0.5), SHARES),
            (scarce.keras.SparseCategoricalFocalCrossentropy(ignore_class=1), CLASSES),
        ],
        ids=["binary", "categorical", "sparse"],
    )
    def test_a_compiled_step_has_the_same_loss_gradient_and_posterior(loss, target):
        def step(rows, target):
            return 2.0 * loss(target, rows), loss.posterior(rows)

        def results(step):
            rows = torch.tensor(ROWS, requires_grad=True)
            value, posterior = step(rows, torch.tensor(target))
            return value.detach(), torch.autograd.grad(value, rows)[0], posterior.detach()

        torch._dynamo.reset()
        torch.testing.assert_close(results(torch.compile(step, backend="aot_eager")), results(step))
