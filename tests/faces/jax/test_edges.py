"""What lies at the edge of a loss's domain, over losses, types and compilation: never a plausible number."""

from __future__ import annotations

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.faces.jax.face import JaxFace, doubles
from tests.faces.jax.test_laws import product
from tests.laws.cases import CLASS_LOSSES, FEW, LOSSES, has_posterior, representatives

import scarce.jax
from scarce.errors import ScarceError, ScarceWarning
from scarce.losses import SoftmaxLoss, get

FACE = JaxFace()
WHOLE = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")
SOFTMAX = ("cross_entropy", "focal", "brier", "ldam", "logit_adjusted")
SIGMOID = ("cross_entropy", "focal", "brier", "asymmetric", "ldam")
RNG = np.random.default_rng(11)
wraps = pytest.mark.parametrize("wrap", [lambda call: call, jax.jit], ids=["eager", "jit"])
softmax_losses = pytest.mark.parametrize("name", SOFTMAX)
sigmoid_losses = pytest.mark.parametrize("name", SIGMOID)


def loss_of(name, kind, n_classes=2, **settings):
    counts = np.arange(1.0, n_classes + 1.0) if name in ("ldam", "logit_adjusted") else None
    return get(name, kind=kind, class_counts=counts, **settings)


def called(loss, z, target, wrap=lambda call: call, **settings):
    """Return the value in double precision, logits and target as arguments of what may be compiled."""
    with doubles():
        call = wrap(lambda x, y: scarce.jax.value(loss, x, y, **settings))
        return np.asarray(call(jnp.asarray(z), jnp.asarray(target)))


# Whole numbers of every width


@wraps
@pytest.mark.parametrize(
    ("name", "dtype"), [*(("focal", dtype) for dtype in WHOLE), *((name, "uint8") for name in SOFTMAX)]
)
def test_a_label_is_itself_in_every_type_of_whole_numbers(name, dtype, wrap):
    loss, z = loss_of(name, "softmax", 300), RNG.normal(size=(4, 300))
    labels = np.array([0, 1, 100, min(156, np.iinfo(dtype).max)])
    got = called(loss, z, labels.astype(dtype), wrap)
    np.testing.assert_allclose(got, loss.value(z, labels), rtol=1e-11)


@wraps
@pytest.mark.parametrize("dtype", WHOLE)
def test_an_ignored_label_is_found_where_its_type_has_it(dtype, wrap):
    least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
    z, labels = RNG.normal(size=(3, 4)), np.array([1, 2, most], dtype)
    known = get("focal", kind="softmax").value(z[:2], [1, 2])
    for ignore_index, last in ((most, 0.0), (least - 1, np.nan), (-100, np.nan), (most + 1, np.nan)):
        got = called(get("focal", kind="softmax", ignore_index=int(ignore_index)), z, labels, wrap)
        np.testing.assert_allclose(got, [*known, last], rtol=1e-12)


@wraps
def test_labels_beyond_the_classes_give_nan_however_they_would_wrap(wrap):
    labels = np.array([4, -1, 2**31, 2**32, 2**32 + 1, -(2**63), 2**63 - 1])
    got = called(get("focal", kind="softmax"), np.zeros((7, 4)), labels, wrap)
    assert np.isnan(got).all()
    for dtype in ("uint8", "int8"):
        assert np.isnan(called(get("focal", kind="softmax"), np.zeros((1, 4)), np.array([127], dtype), wrap))
    truth = called(get("focal", kind="softmax"), np.zeros((2, 2)), np.array([True, False]), wrap)
    np.testing.assert_allclose(truth, 0.25 * np.log(2.0))


def test_wide_labels_do_not_wrap_where_jax_has_no_wide_numbers():
    with jax.enable_x64(False):
        got = scarce.jax.softmax_focal(jnp.zeros((3, 4)), np.array([2**32, 2**32 - 100, 3]))
    np.testing.assert_allclose(got, [np.nan, np.nan, 0.5625 * np.log(4.0)], rtol=1e-6)


@wraps
@sigmoid_losses
def test_a_mask_of_0_and_255_is_no_target_and_none_of_it_is_ignored(name, wrap):
    loss, mask = loss_of(name, "sigmoid", ignore_index=-1), np.array([0, 255, 1], "uint8")
    got = called(loss, np.zeros(3), mask, wrap)
    np.testing.assert_array_equal(np.isnan(got), [False, True, False])
    assert called(loss, np.zeros(1), np.array([-1], "int8"), wrap) == 0.0


@wraps
def test_an_ignored_index_speaks_of_labels_and_never_of_soft_targets(wrap):
    z, labels = RNG.normal(size=(5, 3)), np.array([0, 1, 2, 0, 1])
    loss = get("focal", kind="softmax", ignore_index=0)
    soft = 0.9 * np.eye(3)[labels] + 0.1 / 3.0
    for target in (np.eye(3)[labels], np.eye(3, dtype=int)[labels], soft):
        true = get("focal", kind="softmax", ignore_index=None).value(z, target)
        np.testing.assert_allclose(called(loss, z, target, wrap), true, rtol=1e-12)
    assert (called(loss, z, labels, wrap)[[0, 3]] == 0.0).all()


# Rounding at the ends of the domain


@wraps
@sigmoid_losses
def test_a_target_within_rounding_of_the_end_is_the_end(name, wrap):
    loss, z = loss_of(name, "sigmoid", label_smoothing=0.1), np.array([0.0, 0.5, -0.5, 0.3])
    got = called(loss, z, np.array([1.0000001, 1.009, -1e-7, -0.009]), wrap)
    np.testing.assert_allclose(got, loss.value(z, [1.0, 1.0, 0.0, 0.0]), rtol=1e-12)
    assert np.isnan(called(loss, z, np.array([1.011, -0.011, np.nan, np.inf]), wrap)).all()


@wraps
@softmax_losses
def test_masses_within_rounding_are_taken_for_what_they_were_rounded_from(name, wrap):
    loss, z = loss_of(name, "softmax", 3, class_weight=[0.5, 1.0, 2.0]), RNG.normal(size=(2, 3))
    mass = np.array([[1.0000001, -1e-7, 0.0], [0.5, 0.505, -0.004]])
    np.testing.assert_allclose(called(loss, z, mass, wrap), loss.value(z, mass), rtol=1e-12)
    bad = np.array(
        [[0.6, 0.42, -0.02], [0.5, 0.5, 0.02], [0.4, 0.4, 0.1], [np.nan, 0.5, 0.5], [0.0, 1.0, np.inf]]
    )
    z = RNG.normal(size=(5, 3))
    assert np.isnan(called(loss, z, bad, wrap)).all()
    with doubles():
        gradient = jax.grad(lambda x: scarce.jax.value(loss, x, bad, where=np.zeros(5, bool)).sum())(
            jnp.asarray(z)
        )
    assert (np.asarray(gradient) == 0.0).all()


def test_a_target_keeps_its_derivative_where_it_was_rounded_over_the_end():
    with doubles():
        z = jnp.asarray([0.5, -0.5])
        target = jnp.asarray([1.0000001, -1e-7])
        binary = jax.grad(lambda t: scarce.jax.sigmoid_focal(z, t).sum())(target)
        np.testing.assert_allclose(binary, get("focal").value(z, [1, 1]) - get("focal").value(z, [0, 0]))
        rows = jnp.stack([z, -z], axis=-1)
        mass = jnp.stack([target, 1.0 - target], axis=-1)
        classes = jax.grad(lambda t: scarce.jax.softmax_focal(rows, t).sum())(mass)
        each = [get("focal", kind="softmax").value(rows, [k, k]) for k in (0, 1)]
        np.testing.assert_allclose(classes, np.stack(each, axis=-1))


# Infinite logits


def test_the_example_of_a_masked_target():
    z, label = jnp.array([[-jnp.inf, 0.0, 1.0]]), jnp.array([0])
    assert scarce.jax.softmax_focal(z, label) == jnp.inf
    gradient = jax.grad(lambda x: scarce.jax.softmax_focal(x, label).sum())(z)
    np.testing.assert_allclose(gradient, [[-1.0, 0.268941, 0.731059]], rtol=1e-5)


INFINITE_ROWS = np.array([[-np.inf, 0.0, 1.0], [0.5, -np.inf, -np.inf], [2.0, -1.0, -np.inf]])
TARGETS = {
    **{f"label {k}": np.full(3, k) for k in range(3)},
    "one-hot": np.eye(3)[[0, 1, 2]],
    "soft": np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]),
}
FAR_AWAY = 1e30  # an infinite logit is the limit of a far one, at which NumPy's formulas are the same


def face_of(name):
    """Return JAX as it is, and compiled for one loss."""
    return JaxFace(wrap=jax.jit if name == "focal(gamma=2)" else lambda call: call)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["focal(gamma=2)", *FEW])
def test_a_class_masked_by_minus_infinity_is_impossible(name, target):
    loss, face = CLASS_LOSSES[3][name], face_of(name)
    given, far = TARGETS[target], np.maximum(INFINITE_ROWS, -FAR_AWAY)
    np.testing.assert_allclose(face.value(loss, INFINITE_ROWS, given), loss.value(far, given), rtol=1e-9)
    gradient = face.gradient(loss, INFINITE_ROWS, given)
    np.testing.assert_allclose(gradient, loss.gradient(far, given), rtol=1e-9, atol=1e-12)
    vector = np.array([[1.0, -0.5, 2.0]] * 3)
    got = product(loss, INFINITE_ROWS, given, vector)
    np.testing.assert_allclose(got, loss.hessian_product(far, given, vector), rtol=1e-9, atol=1e-12)


@wraps
@softmax_losses
def test_plus_infinity_and_a_row_of_masked_classes_are_nan(name, wrap):
    inf = np.inf
    rows = np.array(
        [[inf, 0.0, 1.0], [0.0, inf, -inf], [inf, inf, 0.0], [-inf, -inf, -inf], [np.nan, 0.0, -inf]]
    )
    loss = loss_of(name, "softmax", 3)
    for target in (*(np.full(5, k) for k in range(3)), np.full((5, 3), 1.0 / 3.0)):
        assert np.isnan(called(loss, rows, target, wrap)).all()


@pytest.mark.parametrize("name", representatives(LOSSES))
def test_an_infinite_logit_of_a_sigmoid_is_the_limit(name):
    loss, face = LOSSES[name], face_of(name)
    z = np.array([-np.inf, np.inf, -np.inf, np.inf])
    far = np.clip(z, -FAR_AWAY, FAR_AWAY)
    for target in (np.array([0, 0, 1, 1]), np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.3, 0.3, 0.6, 1.0])):
        for name_of_face in ("value", "gradient", "hessian"):
            got, true = getattr(face, name_of_face)(loss, z, target), getattr(loss, name_of_face)(far, target)
            np.testing.assert_allclose(got, true, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.float32], ids=lambda dtype: dtype.__name__)
def test_infinite_logits_are_the_same_in_every_type(dtype):
    z = jnp.asarray(INFINITE_ROWS, dtype=dtype)
    with jax.enable_x64(False):
        value = scarce.jax.softmax_focal(z, np.array([0, 0, 1]), label_smoothing=0.1)
        gradient = jax.grad(lambda x: scarce.jax.softmax_focal(x, np.array([0, 0, 1])).sum())(z)
        assert np.isnan(scarce.jax.softmax_focal(-z, np.array([0, 1, 2]))).all()
    np.testing.assert_array_equal(value, np.inf)
    np.testing.assert_allclose(np.asarray(gradient, float)[0], [-1.0, 0.2689, 0.7311], atol=2e-3)


def test_posteriors_of_infinite_logits_are_zero_and_one():
    with doubles(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*ldam with a margin", ScarceWarning)
        for name in filter(has_posterior, LOSSES):
            got, true = (
                scarce.jax.posterior(LOSSES[name], [-np.inf, np.inf]),
                LOSSES[name].posterior([-np.inf, np.inf]),
            )
            np.testing.assert_allclose(got, true, rtol=1e-12)
        rows = np.array([[np.inf, 0.0, 1.0], [-np.inf, 0.5, 0.5]])
        for name in filter(has_posterior, CLASS_LOSSES[3]):
            got, true = (
                scarce.jax.posterior(CLASS_LOSSES[3][name], rows),
                CLASS_LOSSES[3][name].posterior(rows),
            )
            np.testing.assert_allclose(got, true, rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(scarce.jax.posterior(get("focal"), [-np.inf, np.inf]), [0.0, 1.0])
        plain = scarce.jax.posterior(get("focal", kind="softmax"), rows)
        np.testing.assert_allclose(plain, [[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])


# Sample weights


@wraps
@pytest.mark.parametrize("bad", [-1.0, -1e-9, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["sigmoid", "softmax"])
def test_a_sample_weight_that_is_none_gives_nan_for_its_row(kind, bad, wrap):
    z, target = (
        (np.zeros((3, 2)), np.array([0, 1, 0])) if kind == "softmax" else (np.zeros(3), np.array([0, 1, 0]))
    )
    for weight in (np.array([1.0, bad, 0.0]), np.array([1.0, bad, 0.0], np.float32)):
        with doubles():
            call = wrap(lambda s: scarce.jax.value(get("focal", kind=kind), z, target, sample_weight=s))
            got = np.asarray(call(jnp.asarray(weight)))
        np.testing.assert_array_equal(np.isnan(got), [False, True, False])
        assert got[2] == 0.0


def test_what_does_not_count_may_have_any_weight():
    weight, counts = jnp.array([1.0, jnp.nan]), jnp.array([True, False])
    total = lambda z: scarce.jax.softmax_focal(z, jnp.array([0, 1]), sample_weight=weight, where=counts).sum()  # noqa: E731
    value, gradient = jax.value_and_grad(total)(jnp.zeros((2, 2)))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_an_infinite_loss_of_weight_zero_is_zero():
    z, label = jnp.array([[-jnp.inf, 0.0]]), jnp.array([0])
    assert scarce.jax.softmax_focal(z, label, sample_weight=[0.0]) == 0.0
    assert scarce.jax.softmax_focal(z, label, class_weight=(0.0, 1.0)) == 0.0
    assert scarce.jax.sigmoid_focal(z, jnp.ones((1, 2)), sample_weight=[0.0])[0, 0] == 0.0
    assert scarce.jax.softmax_focal(z, label, sample_weight=[1e-6], class_weight=(1e-6, 1.0)) == jnp.inf


# Settings that would do nothing


@pytest.mark.parametrize("name", SOFTMAX)
def test_the_background_of_a_mean_is_no_setting_of_an_unreduced_function(name):
    function = getattr(scarce.jax, f"softmax_{name}")
    with pytest.raises(ScarceError) as caught:
        function(np.zeros((1, 2)), np.array([0]), background=1)
    assert caught.value.two_lines() == (
        f"error[E576]: softmax_{name} does not take background=1\n"
        "hint: only the mean over positives knows a background, and the functions are unreduced"
    )


def test_a_finished_loss_with_a_background_is_refused():
    with pytest.raises(ScarceError) as caught:
        scarce.jax.value(SoftmaxLoss(background=1), np.zeros((1, 2)), np.array([0]))
    assert caught.value.two_lines() == (
        "error[E576]: scarce.jax does not take background=1\n"
        "hint: only the mean over positives knows a background, and the functions are unreduced"
    )
