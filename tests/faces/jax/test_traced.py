"""Settings that JAX traces: right in value and in every derivative, or refused in words."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.faces.jax.face import doubles

import scarce.jax
from scarce.errors import ScarceError
from scarce.losses import get

RNG = np.random.default_rng(17)
Z, BINARY, SOFT = RNG.normal(0.0, 2.0, 12), RNG.integers(0, 2, 12), RNG.random(12)
Z[:2] = 0.0  # where differentiating |z| would give 0
ROWS, LABELS, SHARES = RNG.normal(0.0, 2.0, (12, 3)), RNG.integers(0, 3, 12), RNG.dirichlet(np.ones(3), 12)
COUNTS = {"sigmoid": (900.0, 100.0), "softmax": (700.0, 200.0, 100.0)}
PARAMETERS = [
    ("focal", "gamma", 1.5),
    ("detached_focal", "gamma", 1.5),
    ("class_balanced", "gamma", 0.5),
    ("poly_focal", "gamma", 2.0),
    ("poly_focal", "epsilon", 0.5),
    ("poly", "epsilon", -0.5),
    ("generalized_cross_entropy", "q", 0.7),
]
INPUTS = {
    "sigmoid": (Z, BINARY),
    "sigmoid-soft": (Z, SOFT),
    "softmax": (ROWS, LABELS),
    "softmax-soft": (ROWS, SHARES),
}
STEP = 1e-5


@pytest.fixture(autouse=True)
def _in_doubles():
    """Let no test see the inputs in single precision: JAX keeps the type that it first gave an array."""
    with doubles():
        yield


each = pytest.mark.parametrize(("name", "parameter", "at"), PARAMETERS, ids=str)
inputs = pytest.mark.parametrize("kind", INPUTS)


def ours(name, kind):
    """Return the function of JAX over the inputs of a kind: of the setting and of the logits."""
    z, target = INPUTS[kind]
    kind = kind.partition("-")[0]
    function, counts = getattr(scarce.jax, f"{kind}_{name}"), {}
    if name == "class_balanced":
        counts = {"class_counts": COUNTS[kind]}
    return lambda parameter, x, logits=z: function(logits, target, **{parameter: x}, **counts)


def numpys(name, kind, parameter, x):
    kind = kind.partition("-")[0]
    counts = COUNTS[kind] if name == "class_balanced" else None
    return get(name, kind=kind, class_counts=counts, **{parameter: x})


@inputs
@each
def test_a_traced_parameter_gives_the_value_of_a_known_one(name, parameter, at, kind):
    call = partial(ours(name, kind), parameter)
    several = np.array([at, at + 0.25])
    with doubles():
        compiled, mapped = jax.jit(call)(at), jax.vmap(call)(jnp.asarray(several))
    true = [numpys(name, kind, parameter, x).value(*INPUTS[kind]) for x in several]
    np.testing.assert_allclose(compiled, true[0], rtol=1e-11)
    np.testing.assert_allclose(mapped, np.stack(true), rtol=1e-11)


@pytest.mark.parametrize(
    ("name", "parameter", "at", "kind"),
    [
        *(("focal", "gamma", 1.5, kind) for kind in INPUTS),
        *((*case, kind) for case in PARAMETERS[1:] for kind in ("sigmoid-soft", "softmax")),
    ],
    ids=str,
)
def test_the_derivative_in_a_traced_parameter_is_right(name, parameter, at, kind):
    call, (z, target) = ours(name, kind), INPUTS[kind]
    low, high = (numpys(name, kind, parameter, at + step) for step in (-STEP, STEP))
    vector = RNG.normal(size=z.shape)
    with doubles():
        x, logits = jnp.asarray(at), jnp.asarray(z)
        total = lambda x, logits: call(parameter, x, logits).sum()  # noqa: E731
        by_value = jax.grad(total)(x, logits)
        twice = jax.grad(jax.grad(total))(x, logits)
        mixed = jax.jacfwd(jax.grad(total, argnums=1))(x, logits)
        mixed_again = jax.grad(jax.grad(total), argnums=1)(x, logits)
        gradient, moved = jax.grad(total, argnums=1), jnp.asarray(vector)

        def along(x):
            return jax.jvp(partial(gradient, x), (logits,), (moved,))[1]

        of_product = jax.jacfwd(along)(x)
        product = along(x)
        turned = jax.jvp(jax.grad(jax.grad(total), argnums=1), (x, logits), (0.0 * x, moved))[1]
    slope = (high.value(z, target).sum() - low.value(z, target).sum()) / (2.0 * STEP)
    np.testing.assert_allclose(by_value, slope, rtol=1e-7)
    middle = numpys(name, kind, parameter, at)
    wide = [numpys(name, kind, parameter, at + 100 * k * STEP).value(z, target).sum() for k in (-1, 0, 1)]
    np.testing.assert_allclose(
        twice, (wide[0] - 2 * wide[1] + wide[2]) / (100 * STEP) ** 2, rtol=1e-3, atol=1e-5
    )
    true = (high.gradient(z, target) - low.gradient(z, target)) / (2.0 * STEP)
    np.testing.assert_allclose(mixed, true, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(mixed_again, true, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(product, middle.hessian_product(z, target, vector), rtol=1e-9, atol=1e-12)
    true = high.hessian_product(z, target, vector) - low.hessian_product(z, target, vector)
    np.testing.assert_allclose(of_product, true / (2.0 * STEP), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(turned, true / (2.0 * STEP), rtol=1e-6, atol=1e-9)


def test_a_target_and_a_parameter_may_move_together():
    with doubles():
        for z, target, function in (
            (Z, SOFT, scarce.jax.sigmoid_focal),
            (ROWS, SHARES, scarce.jax.softmax_focal),
        ):
            by_target = jax.grad(lambda t, g, f=function, z=z: f(z, t, gamma=g).sum())
            mixed = jax.jacfwd(by_target, argnums=1)(jnp.asarray(target), jnp.asarray(1.5))
            low, high = (by_target(jnp.asarray(target), 1.5 + step) for step in (-STEP, STEP))
            np.testing.assert_allclose(mixed, (high - low) / (2.0 * STEP), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("target", [BINARY, BINARY.astype(float), SOFT], ids=["whole", "hard", "soft"])
@pytest.mark.parametrize("name", ["focal", "detached_focal", "poly_focal"])
def test_a_traced_alpha_is_lins(name, target):
    function = getattr(scarce.jax, f"sigmoid_{name}")
    call = lambda alpha, gamma=2.0: function(Z, target, alpha=alpha, gamma=gamma)  # noqa: E731
    with doubles():
        got, mapped = jax.jit(call)(0.25), jax.vmap(call)(jnp.array([0.25, 0.75]))
        slope = jax.grad(lambda alpha: call(alpha).sum())(0.25)
        both = jax.jit(call)(0.75, 1.0)
    np.testing.assert_allclose(got, get(name, alpha=0.25).value(Z, target), rtol=1e-12)
    np.testing.assert_allclose(mapped[1], get(name, alpha=0.75).value(Z, target), rtol=1e-12)
    np.testing.assert_allclose(both, get(name, alpha=0.75, gamma=1.0).value(Z, target), rtol=1e-12)
    low, high = (get(name, alpha=0.25 + step).value(Z, target).sum() for step in (-STEP, STEP))
    np.testing.assert_allclose(slope, (high - low) / (2.0 * STEP), rtol=1e-8)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@inputs
def test_traced_class_weights_are_those_of_the_loss(kind, smoothing):
    z, target = INPUTS[kind]
    kind = kind.partition("-")[0]
    weight = np.array([0.5, 2.0, 1.0][: 3 if kind == "softmax" else 2])
    function = getattr(scarce.jax, f"{kind}_focal")
    call = lambda w: function(z, target, class_weight=w, label_smoothing=smoothing)  # noqa: E731
    known = partial(get, "focal", kind=kind, label_smoothing=smoothing)
    with doubles():
        got, slope = jax.jit(call)(weight), jax.grad(lambda w: call(w).sum())(jnp.asarray(weight))
    np.testing.assert_allclose(got, known(class_weight=weight).value(z, target), rtol=1e-12)
    ends = [known(class_weight=e).value(z, target).sum() for e in np.eye(len(weight))]
    np.testing.assert_allclose(slope, ends, rtol=1e-12)  # the loss is linear in its weights


def test_weights_of_labels_and_weights_in_parts_may_be_traced():
    z, target, weight = RNG.normal(size=(4, 3)), RNG.integers(0, 2, (4, 3)), RNG.random((3, 2))
    with doubles():
        got = jax.jit(lambda w: scarce.jax.sigmoid_focal(z, target, class_weight=w))(weight)
        parts = jax.jit(lambda w: scarce.jax.softmax_focal(z, target[:, 0], class_weight=(1.0, w, 2.0)))(3.0)
    np.testing.assert_allclose(got, get("focal", class_weight=weight).value(z, target), rtol=1e-12)
    known = get("focal", kind="softmax", class_weight=(1.0, 3.0, 2.0))
    np.testing.assert_allclose(parts, known.value(z, target[:, 0]), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "setting", "bad"),
    [
        ("focal", "gamma", -0.5),
        ("focal", "gamma", np.nan),
        ("focal", "gamma", np.inf),
        ("detached_focal", "gamma", -0.5),
        ("poly", "epsilon", -1.0),
        ("generalized_cross_entropy", "q", 0.0),
        ("generalized_cross_entropy", "q", 1.5),
        ("focal", "alpha", 0.0),
        ("focal", "alpha", 1.5),
        ("focal", "class_weight", np.array([-1.0, np.inf])),
    ],
)
def test_a_traced_setting_outside_its_domain_gives_nan(name, setting, bad):
    function = getattr(scarce.jax, f"sigmoid_{name}")
    for target in (BINARY, SOFT):
        got = jax.jit(lambda x, target=target: function(Z, target, **{setting: x}))(bad)
        assert np.isnan(got).all()


def test_single_precision_stays_single_whatever_the_parameter():
    with doubles():
        z = jnp.asarray(Z, jnp.float32)
        assert (
            jax.jit(lambda g: scarce.jax.sigmoid_focal(z, BINARY, gamma=g))(np.float64(2.0)).dtype
            == jnp.float32
        )
        assert jax.jit(lambda g: scarce.jax.sigmoid_focal(z, BINARY, gamma=g))(2).dtype == jnp.float32


def test_infinite_logits_stay_right_with_a_traced_gamma():
    z = jnp.array([[-jnp.inf, 0.0, 1.0]])
    call = lambda g, x=z: scarce.jax.softmax_focal(x, jnp.array([0]), gamma=g).sum()  # noqa: E731
    assert jax.jit(call)(2.0) == jnp.inf
    gradient = jax.jit(jax.grad(call, argnums=1))(2.0, z)
    np.testing.assert_allclose(gradient, [[-1.0, 0.268941, 0.731059]], rtol=1e-5)
    assert jax.jit(jax.grad(call))(2.0) == 0.0


REFUSED = {
    "a shift": (scarce.jax.softmax_logit_adjusted, "tau", 1.0, "E572"),
    "a scale's gamma": (scarce.jax.softmax_vs_loss, "gamma", 0.1, "E572"),
    "another scale's gamma": (scarce.jax.softmax_cdt, "gamma", 0.1, "E572"),
    "smoothing": (scarce.jax.softmax_focal, "label_smoothing", 0.1, "E572"),
    "an alpha of several classes": (scarce.jax.softmax_focal, "alpha", 0.5, "E572"),
    "two gammas": (scarce.jax.sigmoid_asymmetric, "gamma_negative", 2.0, "E572"),
    "a margin": (scarce.jax.softmax_ldam, "max_margin", 0.5, "E572"),
    "weights of a weighting": (scarce.jax.softmax_class_balanced, "class_weight", np.ones(3), "E523"),
    "several gammas": (scarce.jax.softmax_focal, "gamma", np.ones(12), "E576"),
    "weights for other classes": (scarce.jax.softmax_focal, "class_weight", np.ones(2), "E527"),
    "a table of weights": (scarce.jax.softmax_focal, "class_weight", np.ones((3, 2)), "E509"),
    "three weights for two": (scarce.jax.sigmoid_focal, "class_weight", np.ones(3), "E527"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_traced_is_refused_in_words(case):
    function, name, given, code = REFUSED[case]
    z, target = INPUTS[function.__name__.partition("_")[0]]
    with pytest.raises(ScarceError) as caught:
        jax.jit(lambda x: function(z, target, **{name: x}))(given)
    assert caught.value.code == code


def test_several_gammas_are_told_of_vmap():
    with pytest.raises(ScarceError) as caught:
        jax.jit(lambda g: scarce.jax.softmax_focal(ROWS, LABELS, gamma=g))(np.ones(12))
    assert caught.value.two_lines() == (
        "error[E576]: scarce.jax does not take gamma=an array of shape (12,)\n"
        "hint: give one number, and jax.vmap the call over several"
    )
