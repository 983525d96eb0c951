"""`scarce.tune` with a training loop in JAX."""

from __future__ import annotations

import numpy as np
import pytest

import scarce
from scarce.decision.arrays import expit
from scarce.evaluation import log_loss
from scarce.losses import SigmoidLoss, SoftmaxLoss

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install 'scarce[jax]'")

import scarce.jax  # noqa: E402


def data(rows, seed):
    draw = np.random.default_rng(seed)
    features = draw.normal(size=(rows, 3)).astype(np.float32)
    chance = expit(1.5 * features[:, 0] + features[:, 1] - 3.0)
    return features, (draw.random(rows) < chance).astype(np.int32)


FEATURES, TARGET = data(3_000, 0)
HELD_OUT, TRUTH = data(2_000, 1)
OF_A_CONSTANT = log_loss(TRUTH, np.full(2_000, np.log(np.divide(*np.bincount(TRUTH)[::-1]))))


def trained(loss, outputs):
    """Train a layer by Adam's steps, and return the held-out logits in the shape that the loss wants."""

    def logits(layer, features):
        said = features @ layer["slopes"] + layer["start"]
        return said[:, 0] if isinstance(loss, SigmoidLoss) else said

    def mean_loss(layer):
        return scarce.jax.value(loss, logits(layer, FEATURES), TARGET).mean()

    @jax.jit
    def step(layer, mean, square):
        slope = jax.grad(mean_loss)(layer)
        mean = jax.tree.map(lambda old, new: 0.9 * old + 0.1 * new, mean, slope)
        square = jax.tree.map(lambda old, new: 0.99 * old + 0.01 * new**2, square, slope)
        layer = jax.tree.map(lambda at, m, s: at - 0.1 * m / (s**0.5 + 1e-8), layer, mean, square)
        return layer, mean, square

    layer = {"slopes": np.zeros((3, outputs), np.float32), "start": np.zeros(outputs, np.float32)}
    state = (layer, *(jax.tree.map(np.zeros_like, layer) for _ in range(2)))
    for _ in range(100):
        state = step(*state)
    return logits(state[0], HELD_OUT), TRUTH


@pytest.mark.parametrize(("kind", "made"), [("sigmoid", SigmoidLoss), ("softmax", SoftmaxLoss)])
def test_a_loop_in_jax_gets_a_definition_that_the_functions_take(kind, made):
    outputs = 1 if kind == "sigmoid" else 2
    found = scarce.tune(lambda loss: trained(loss, outputs), "focal", kind=kind, gamma="auto", repeats=1)
    assert isinstance(found.loss, made)
    assert found.loss.modulation.gamma == found.settings["gamma"]
    assert [one.settings["gamma"] for one in found.table[:4]] == [0.0, 1.0, 2.0, 4.0]
    assert max(one.figure for one in found.table) < 0.85 * OF_A_CONSTANT
    logits, _ = trained(found.loss, outputs)
    said = np.asarray(scarce.jax.posterior(found.loss, logits)).reshape(2_000, -1)[:, -1]
    assert said.mean() == pytest.approx(TRUTH.mean(), rel=0.2)


def test_the_plain_loss_of_the_grid_trains_as_cross_entropy_does():
    seen = []

    def train(loss):
        seen.append(trained(loss, 1)[0])
        return seen[-1], TRUTH

    scarce.tune(train, "focal:gamma=auto", repeats=1)
    plain, _ = trained(SigmoidLoss(), 1)
    assert np.allclose(seen[0], plain, atol=1e-4)
    assert not np.allclose(seen[1], plain, atol=1e-1)
