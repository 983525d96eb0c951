"""The passes over softmax losses: what they may be asked to write over."""

from __future__ import annotations

import numpy as np
import pytest

from scarce.kernels.softmax_pass import Classes, fused
from scarce.losses import get
from scarce.losses.modulation import parameter_table

RNG = np.random.default_rng(5)
SHAPES = {"many classes": (37, 101, 1), "few classes": (300, 5, 1), "columns": (3, 7, 301)}
NUMBERS = {
    "plain": (),
    "shift": ("shift",),
    "scale": ("scale",),
    "shift and scale": ("shift", "scale"),
    "class weights": ("class_weight",),
}


def over_the_logits(shape, given, threads, target=None, smoothing=0.0):
    """Check that the gradient is the same over the logits as in memory of its own."""
    rows, n_classes, columns = shape
    modulation = get("focal", kind="softmax").modulation
    numbers = {name: RNG.uniform(0.5, 2.0, n_classes).astype(np.float32) for name in given}
    table = parameter_table(modulation, n_classes).astype(np.float32)
    loss = Classes(modulation.formulas, table, ignore_index=-100, whole=True, **numbers)
    loss = loss._replace(label_smoothing=smoothing)
    logits = RNG.normal(0.0, 3.0, shape).astype(np.float32)
    if target is None:
        target = RNG.integers(0, n_classes, (rows, columns))
        target.flat[::5] = -100
    weight = RNG.uniform(0.0, 2.0, (rows, columns)).astype(np.float32)
    value, apart = np.empty((rows, columns), np.float32), np.empty(shape, np.float32)
    assert fused(loss, logits, target, weight, 3.0, value, apart, threads) == -1
    again, over = np.empty_like(value), logits.copy()
    assert fused(loss, over, target, weight, 3.0, again, over, threads) == -1
    assert np.array_equal(again, value)
    assert np.array_equal(over, apart)
    assert not np.array_equal(apart, logits)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("given", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("threads", [1, 2])
def test_the_gradient_may_lie_over_the_logits(shape, given, threads):
    over_the_logits(shape, given, threads)


@pytest.mark.parametrize("given", [(), ("shift", "scale", "class_weight")], ids=["plain", "all numbers"])
@pytest.mark.parametrize("threads", [1, 2])
def test_it_may_where_targets_spread_over_many_classes(given, threads):
    shape = SHAPES["many classes"]
    over_the_logits(shape, given, threads, smoothing=0.1)
    over_the_logits(shape, given, threads, RNG.dirichlet(np.ones(101), 37).astype(np.float32)[..., None])
