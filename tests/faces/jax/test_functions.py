"""The functions: what they take, what JAX may do with them, and what they refuse."""

from __future__ import annotations

import doctest
import inspect
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from tests.faces.jax.face import doubles

import scarce.jax
from scarce.errors import ScarceError
from scarce.losses import CATALOG, SigmoidLoss, SoftmaxLoss, get
from scarce.losses.domains import at_least_zero, parameter
from scarce.losses.modulation import Formulas, Modulation

RNG = np.random.default_rng(3)
Z = RNG.normal(0.0, 2.0, (24, 4)).astype(np.float32)
LABELS = RNG.integers(0, 4, 24)
COUNTS = (700.0, 200.0, 60.0, 40.0)
FUNCTIONS = [(name, kind) for name, entry in CATALOG.items() for kind in entry.kinds]


def function(name, kind):
    return getattr(scarce.jax, f"{kind}_{name}")


@pytest.mark.parametrize(("name", "kind"), FUNCTIONS, ids=lambda text: text)
def test_every_loss_of_the_catalogue_has_its_function(name, kind):
    counts = None
    if CATALOG[name].needs_counts:
        counts = COUNTS if kind == "softmax" else (900.0, 100.0)
    z, target = (Z, LABELS) if kind == "softmax" else (Z[:, 0], (LABELS == 0).astype(int))
    got = function(name, kind)(z, target, class_counts=counts)
    true = get(name, kind=kind, class_counts=counts).value(z, target)
    np.testing.assert_allclose(got, true, rtol=3e-6, atol=1e-12)
    assert got.dtype == jnp.float32


@pytest.mark.parametrize(("name", "kind"), FUNCTIONS, ids=lambda text: text)
def test_signatures_say_what_is_taken(name, kind):
    taken = function(name, kind)
    assert f"{kind}_{name}" in scarce.jax.__all__
    keywords = dict(inspect.signature(taken).parameters)
    for given in ("logits", "labels"):
        assert keywords.pop(given).default is inspect.Parameter.empty
    for key in ("sample_weight", "where"):
        assert keywords.pop(key).default is None
    assert keywords.pop("unknown").annotation == "Never"  # it refuses what is none of them
    defaults = {key: keyword.default for key, keyword in keywords.items()}
    counts = (9.0, 1.0) if CATALOG[name].needs_counts else None
    given = defaults | {"class_counts": counts}
    changed = {key: value for key, value in given.items() if key != "class_weight" or value is not None}
    assert get(name, kind=kind, **changed) == get(name, kind=kind, class_counts=counts)
    assert "Parameters\n----------" in inspect.getdoc(taken)


def test_gamma_zero_is_the_cross_entropy_of_optax():
    z, target = Z[:, 0], (LABELS == 0).astype(np.float32)
    for ours, theirs, args in (
        (scarce.jax.sigmoid_focal, optax.sigmoid_binary_cross_entropy, (z, target)),
        (scarce.jax.softmax_focal, optax.softmax_cross_entropy_with_integer_labels, (Z, LABELS)),
        (scarce.jax.softmax_focal, optax.softmax_cross_entropy, (Z, np.eye(4, dtype=np.float32)[LABELS])),
    ):
        np.testing.assert_allclose(ours(*args, gamma=0.0), theirs(*args), rtol=2e-6, atol=1e-7)


def test_binary_focal_is_that_of_optax_where_optax_is_right():
    z, target = Z[:, 0], (LABELS == 0).astype(np.float32)
    ours = scarce.jax.sigmoid_focal(z, target, gamma=2.0, alpha=0.25)
    np.testing.assert_allclose(ours, optax.sigmoid_focal_loss(z, target, alpha=0.25, gamma=2.0), rtol=1e-5)


def test_gamma_below_one_has_a_gradient_where_a_row_is_certain():
    gradient = jax.grad(lambda z: scarce.jax.sigmoid_focal(z, jnp.ones(2), gamma=0.5).sum())
    assert np.isfinite(gradient(jnp.array([40.0, -40.0]))).all()


def test_hessian_of_a_row_is_numpys():
    loss = get("focal", kind="softmax", gamma=1.5)
    with doubles():
        row, label = jnp.asarray(Z[0], dtype=jnp.float64), jnp.asarray(LABELS[0])
        hessian = jax.hessian(lambda z: scarce.jax.softmax_focal(z, label, gamma=1.5))(row)
    true = [loss.hessian_product(np.asarray(row)[None], [LABELS[0]], e[None])[0] for e in np.eye(4)]
    np.testing.assert_allclose(hessian, true, atol=1e-14)


def test_vmap_over_rows_weights_and_masks_is_the_batch():
    weight, mask = RNG.random(24).astype(np.float32), RNG.random(24) < 0.5
    rows = jax.vmap(lambda z, y, s, m: scarce.jax.softmax_focal(z, y, sample_weight=s, where=m))
    np.testing.assert_allclose(
        rows(Z, LABELS, weight, mask),
        scarce.jax.softmax_focal(Z, LABELS, sample_weight=weight, where=mask),
        rtol=1e-6,
    )


def test_jit_of_a_training_step_lowers_the_loss():
    features = jnp.asarray(RNG.normal(size=(64, 5)))
    target = (features[:, 0] > 1.0).astype(jnp.int32)
    optimiser = optax.sgd(2.0)

    def mean_loss(weights):
        return scarce.jax.sigmoid_focal(features @ weights, target, class_weight=(1.0, 4.0)).mean()

    @jax.jit
    def step(weights, state):
        loss, gradient = jax.value_and_grad(mean_loss)(weights)
        updates, state = optimiser.update(gradient, state)
        return optax.apply_updates(weights, updates), state, loss

    weights = jnp.zeros(5)
    state, losses = optimiser.init(weights), []
    for _ in range(30):
        weights, state, loss = step(weights, state)
        losses.append(float(loss))
    assert losses[-1] < 0.7 * losses[0]
    assert np.isfinite(weights).all()


def test_soft_labels_have_a_gradient_too():
    mass = jax.nn.softmax(jnp.asarray(Z[::-1]))

    def total(labels):
        return scarce.jax.softmax_focal(Z, labels, gamma=2.0).sum()

    each = [scarce.jax.softmax_focal(Z, np.full(24, k), gamma=2.0) for k in range(4)]
    np.testing.assert_allclose(jax.grad(total)(mass), np.stack(each, axis=-1), rtol=1e-5)


@pytest.mark.parametrize("poison", [np.nan, np.inf, 1e38])
def test_what_does_not_count_costs_nothing_whatever_its_logits(poison):
    z, mask = jnp.asarray(Z).at[3].set(poison), np.arange(24) != 3
    ignored = np.where(mask, LABELS, -100)
    for call in (
        lambda x: scarce.jax.softmax_focal(x, LABELS, where=mask),
        lambda x: scarce.jax.softmax_focal(x, ignored),
        lambda x: scarce.jax.softmax_focal(x, np.eye(4)[LABELS], where=mask),
        lambda x: scarce.jax.sigmoid_focal(x, np.eye(4)[LABELS], where=mask),
        lambda x: scarce.jax.sigmoid_focal(x[:, 0], np.where(mask, 1, -1), ignore_index=-1),
    ):
        gradient = jax.grad(lambda x, call=call: call(x).sum())(z)
        assert np.isfinite(gradient).all()
        assert (np.asarray(gradient)[3] == 0.0).all()
        assert (np.asarray(call(z))[3] == 0.0).all()


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "jit"])
def test_a_label_that_is_no_class_gives_nan_and_not_a_silent_number(compiled):
    wrap = jax.jit if compiled else lambda call: call
    assert np.isnan(wrap(scarce.jax.softmax_focal)(Z[:2], jnp.array([4, -1]))).all()
    assert np.isnan(wrap(scarce.jax.sigmoid_focal)(Z[:2, 0], jnp.array([2, -1]))).all()
    assert np.isnan(wrap(scarce.jax.sigmoid_focal)(Z[:2, 0], jnp.array([1.5, -0.1]))).all()
    assert np.isfinite(wrap(scarce.jax.sigmoid_focal)(Z[:2, 0], jnp.array([True, False]))).all()


def test_any_shape_and_any_class_axis():
    z = RNG.normal(size=(2, 4, 3, 5)).astype(np.float32)
    labels = RNG.integers(0, 4, (2, 3, 5))
    got = scarce.jax.softmax_focal(z, labels, axis=1, sample_weight=np.array([1.0, 2.0]))
    true = get("focal", kind="softmax", axis=1).value(z, labels, [1.0, 2.0])
    np.testing.assert_allclose(got, true, rtol=3e-6)
    loss = get("focal", kind="softmax", axis=1)
    np.testing.assert_allclose(scarce.jax.posterior(loss, z), loss.posterior(z), rtol=1e-5)


def test_weights_by_label_and_by_column():
    by_label = scarce.jax.sigmoid_focal(
        Z[:, 0], LABELS // 2, class_weight={"buy": 0.75, "don't buy": 0.25}, classes=("don't buy", "buy")
    )
    np.testing.assert_allclose(
        by_label, scarce.jax.sigmoid_focal(Z[:, 0], LABELS // 2, class_weight=(0.25, 0.75))
    )
    weight = RNG.random((4, 2))
    got = scarce.jax.sigmoid_focal(
        Z, np.eye(4)[LABELS], class_weight=weight, logit_shift=[0.0, 1.0, -1.0, 2.0]
    )
    true = get("focal", class_weight=weight, logit_shift=[0.0, 1.0, -1.0, 2.0]).value(Z, np.eye(4)[LABELS])
    np.testing.assert_allclose(got, true, rtol=1e-5, atol=1e-9)


@dataclass(frozen=True)
class Steep(Modulation):
    """Cross-entropy of a steeper margin, as a user would write it."""

    steepness: float = parameter(2.0, at_least_zero, "At least 0.")

    @staticmethod
    def phi(xp, lp, lq, p, q, k):
        return xp.maximum(k * (lq - lp), 0.0) + xp.log1p(xp.exp(-xp.absolute(k * (lq - lp))))

    @staticmethod
    def slope(xp, lp, lq, p, q, k):
        return k / (1.0 + xp.exp(xp.minimum(k * (lp - lq), 80.0)))

    @staticmethod
    def curvature(xp, lp, lq, p, q, k):
        share = 1.0 / (1.0 + xp.exp(xp.minimum(k * (lp - lq), 80.0)))
        return k * k * share * (1.0 - share)

    @staticmethod
    def log_a(xp, lp, lq, p, q, k):
        return xp.log(k / (1.0 + xp.exp(xp.minimum(k * (lp - lq), 80.0)))) - lq

    formulas = Formulas(phi, slope, curvature, log_a)


@pytest.mark.parametrize("kind", [SigmoidLoss, SoftmaxLoss])
def test_a_modulation_of_a_users_own_has_value_gradient_and_posterior(kind):
    loss = kind(Steep(1.5), class_weight=(0.5, 2.0))
    z = RNG.normal(0.0, 2.0, 12 if kind is SigmoidLoss else (12, 2))
    target = RNG.integers(0, 2, 12)
    with doubles():
        total = lambda x: scarce.jax.value(loss, x, target).sum()  # noqa: E731
        np.testing.assert_allclose(total(jnp.asarray(z)), loss.value(z, target).sum(), rtol=1e-12)
        np.testing.assert_allclose(jax.grad(total)(jnp.asarray(z)), loss.gradient(z, target), rtol=1e-10)
        np.testing.assert_allclose(scarce.jax.posterior(loss, z), loss.posterior(z), rtol=1e-10)


def fails(call, *lines):
    with pytest.raises(ScarceError) as caught:
        call()
    assert caught.value.two_lines() == "\n".join(lines)


def test_refusals():
    fails(
        lambda: scarce.jax.value(get("focal", reduction="mean"), Z[:, 0], LABELS),
        "error[E571]: a loss for JAX is unreduced, and this one has reduction='mean'",
        "hint: leave reduction out, and write .mean() or .sum() after the call",
    )
    fails(
        lambda: jax.jit(lambda g: scarce.jax.softmax_logit_adjusted(Z, LABELS, tau=g))(2.0),
        "error[E572]: tau is being traced, and the settings of a loss must be known before",
        "hint: keep tau out of the traced arguments: functools.partial(loss, tau=...) or static_argnames",
    )
    fails(
        lambda: scarce.jax.sigmoid_focal(Z, LABELS),
        "error[E505]: the logits have shape (24, 4) and the target (24,)",
        "hint: pass one target an element, in the shape of the logits",
    )
    fails(
        lambda: scarce.jax.softmax_focal(Z, LABELS.astype(float)),
        "error[E505]: the logits have shape (24, 4) and the target (24,)",
        "hint: pass whole numbers without the class axis -1, or soft targets in the logits' shape",
    )
    fails(
        lambda: scarce.jax.softmax_focal(Z[:, :1], LABELS),
        "error[E516]: the logits have shape (24, 1): one class, and a softmax needs two or more",
        "hint: for one logit an example use SigmoidLoss",
    )
    fails(
        lambda: scarce.jax.softmax_focal(Z, LABELS, class_weight=(1.0, 2.0)),
        "error[E527]: class_weight is for 2 classes and the loss has 4",
        "hint: give one entry a class",
    )
    fails(
        lambda: scarce.jax.softmax_focal(Z, LABELS, sample_weight=np.ones(23)),
        "error[E515]: sample_weight has shape (23,) and the losses (24,)",
        "hint: give one weight a row, finite and at least 0",
    )


@pytest.mark.parametrize("code", ["E507", "E523", "E501"])
def test_refusals_of_the_losses_come_through(code):
    calls = {
        "E507": partial(scarce.jax.softmax_logit_adjusted, Z, LABELS),
        "E523": partial(scarce.jax.softmax_focal, Z, LABELS, gama=2.0),
        "E501": partial(scarce.jax.softmax_focal, Z, LABELS, gamma=-1.0),
    }
    with pytest.raises(ScarceError) as caught:
        calls[code]()
    assert caught.value.code == code


def test_single_precision_is_kept_where_doubles_are_off():
    with jax.enable_x64(False):
        for dtype in (jnp.float32, jnp.float16, jnp.bfloat16):
            z = jnp.asarray(Z, dtype=dtype)
            assert scarce.jax.softmax_focal(z, LABELS).dtype == jnp.float32
            assert jax.grad(lambda x: scarce.jax.softmax_focal(x, LABELS).sum())(z).dtype == dtype


HOMES = sorted({getattr(scarce.jax, name).__module__ for name in scarce.jax.__all__})


@pytest.mark.parametrize("module", HOMES)
def test_examples_run(module):
    assert doctest.testmod(sys.modules[module]).failed == 0


def test_the_page_tells_the_truth(root):
    page = (root / "docs" / "jax.md").read_text(encoding="utf-8")
    scope = {}
    exec("\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL)), scope)
    assert scope["gradient"].shape == (4, 3)
    np.testing.assert_allclose(scope["probability"].sum(axis=1), 1.0, rtol=1e-6)
    np.testing.assert_allclose(scope["masked"][1], 0.0)
    assert scope["means"].shape == (3,)
    assert np.isfinite(scope["slope"])
    names = set(re.findall(r"(?:sigmoid|softmax)_\w+", page))
    assert names <= set(scarce.jax.__all__)


def test_without_jax_it_says_what_to_install():
    program = (
        "import sys; sys.modules['jax'] = None\n"
        "from scarce.errors import ScarceError\n"
        "try:\n    import scarce.jax\nexcept ScarceError as error:\n    print(error.two_lines())"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "error[E701]: JAX is not installed\nhint: pip install 'scarce[jax]'\n"
