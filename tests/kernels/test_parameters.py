"""A loss may have any number of parameters: made-up ones with three and four, in every kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from scarce.kernels.binary_pass import BinaryPass, Curvature
from scarce.kernels.cpu_compiler import kernel
from scarce.kernels.parameters import choose, take
from scarce.kernels.softmax_pass import Classes, fused
from scarce.losses import SigmoidLoss
from scarce.losses.modulation import Formulas, Modulation, parameter_table

# phi = -a log p + b q + c q^2 + d q^3 with q = 1 - p: as many terms as parameters, none of which may be lost


def three_phi(xp, lp, lq, p, q, a, b, c):
    return -a * lp + b * q + c * q * q


def three_slope(xp, lp, lq, p, q, a, b, c):
    return q * (a + p * (b + 2.0 * c * q))


def three_curvature(xp, lp, lq, p, q, a, b, c):
    return p * q * (a - b * (q - p) - 2.0 * c * q * (q - 2.0 * p))


def three_log_a(xp, lp, lq, p, q, a, b, c):
    return xp.log(a + p * (b + 2.0 * c * q))


def four_phi(xp, lp, lq, p, q, a, b, c, d):
    return -a * lp + b * q + c * q * q + d * q * q * q


def four_slope(xp, lp, lq, p, q, a, b, c, d):
    return q * (a + p * (b + 2.0 * c * q + 3.0 * d * q * q))


def four_curvature(xp, lp, lq, p, q, a, b, c, d):
    return p * q * (a - b * (q - p) - 2.0 * c * q * (q - 2.0 * p) - 3.0 * d * q * q * (q - 3.0 * p))


def four_log_a(xp, lp, lq, p, q, a, b, c, d):
    return xp.log(a + p * (b + 2.0 * c * q + 3.0 * d * q * q))


@dataclass(frozen=True)
class ThreeTerms(Modulation):
    """The sum of three terms; each parameter has a value a class."""

    a: tuple[float, ...] = (1.0,)
    b: tuple[float, ...] = (0.5,)
    c: tuple[float, ...] = (0.25,)

    name: ClassVar[str] = "three_terms"
    formulas: ClassVar[Formulas] = Formulas(three_phi, three_slope, three_curvature, three_log_a)


@dataclass(frozen=True)
class FourTerms(Modulation):
    """The sum of four terms."""

    a: tuple[float, ...] = (1.0,)
    b: tuple[float, ...] = (0.5,)
    c: tuple[float, ...] = (0.25,)
    d: tuple[float, ...] = (2.0,)

    name: ClassVar[str] = "four_terms"
    formulas: ClassVar[Formulas] = Formulas(four_phi, four_slope, four_curvature, four_log_a)


KINDS = {"three": ThreeTerms, "four": FourTerms}
RNG = np.random.default_rng(11)


@pytest.mark.parametrize("words", [take, choose], ids=["take", "choose"])
def test_machine_code_on_disk_tells_them_apart(words):
    def name(n):
        of_length = words(n)

        def made(*arguments):
            return of_length(*arguments)

        return kernel(made).py_func.__qualname__

    assert len({name(n) for n in range(6)}) == 6
    assert name(3) == name(3)


def parameters_of(kind, n_classes):
    """Return a modulation whose parameters differ from class to class, and from each other."""
    n = 3 if kind is ThreeTerms else 4
    return kind(*(tuple(row) for row in RNG.uniform(0.2, 2.0, (n, n_classes)).tolist()))


def value(p, a, b, c, d=0.0):
    q = 1.0 - p
    return -a * np.log(p) + b * q + c * q**2 + d * q**3


def slope(p, a, b, c, d=0.0):
    """Return minus the derivative in the log-odds of p, whose own is p (1 - p)."""
    q = 1.0 - p
    return p * q * (a / p + b + 2.0 * c * q + 3.0 * d * q**2)


def check(got, true):
    np.testing.assert_allclose(got, true, rtol=2e-5, atol=2e-6)


SHAPES = {"few classes": (300, 5, 1), "many classes": (37, 101, 1), "images": (3, 7, 301)}


@pytest.mark.parametrize("soft", [False, True], ids=["labels", "soft targets"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_softmax_takes_all_of_them(kind, shape, soft):
    rows, n_classes, columns = shape
    modulation = parameters_of(kind, n_classes)
    table = parameter_table(modulation, n_classes)
    z = RNG.normal(0.0, 2.0, shape).astype(np.float32)
    labels = RNG.integers(0, n_classes, (rows, columns))
    mass = np.moveaxis(np.eye(n_classes)[labels], -1, 1)
    if soft:
        mass = np.moveaxis(RNG.dirichlet(np.ones(n_classes), (rows, columns)), -1, 1)
    losses, gradient = np.empty((rows, columns), np.float32), np.empty(shape, np.float32)
    loss = Classes(modulation.formulas, table.astype(np.float32))
    target = mass.astype(np.float32) if soft else labels
    assert fused(loss, z, target, None, 1.0, losses, gradient) == -1
    p = np.exp(z.astype(np.float64))
    p /= p.sum(axis=1, keepdims=True)
    each = table[:, None, :, None]
    check(losses, (mass * value(p, *each)).sum(axis=1))
    pull = mass * slope(p, *each) / (1.0 - p)  # of class k on z_j: pull_k (p_j - [k = j])
    check(gradient, pull.sum(axis=1, keepdims=True) * p - pull)


@pytest.mark.parametrize("soft", [False, True], ids=["labels", "soft targets"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_sigmoid_takes_all_of_them(kind, soft):
    modulation = parameters_of(kind, 2)
    negative, positive = parameter_table(modulation, 2).T
    z = RNG.normal(0.0, 2.0, 1100).astype(np.float32)
    t = RNG.random(z.size) if soft else (RNG.random(z.size) < 0.3).astype(float)
    faces = {name: np.empty_like(z) for name in ("value", "gradient", "hessian")}
    passes = BinaryPass(SigmoidLoss(modulation))
    passes.run(z, t.astype(np.float32), soft=soft, **faces)
    p = 1.0 / (1.0 + np.exp(-z.astype(np.float64)))
    check(faces["value"], t * value(p, *positive) + (1.0 - t) * value(1.0 - p, *negative))
    check(faces["gradient"], (1.0 - t) * slope(1.0 - p, *negative) - t * slope(p, *positive))
    check(faces["hessian"], SigmoidLoss(modulation).hessian(z.astype(float), t))


@pytest.mark.parametrize("curvature", ["exact", "floored", "expected"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_boosting_takes_all_of_them(kind, curvature):
    loss = SigmoidLoss(parameters_of(kind, 2), class_weight=[0.5, 3.0])
    raw = RNG.normal(0.0, 2.0, 1100)
    label = (RNG.random(raw.size) < 0.3).astype(np.float32)
    gradient, hessian = np.empty(raw.size, np.float32), np.empty(raw.size, np.float32)
    passes = BinaryPass(loss, Curvature(curvature))
    passes.run(raw, label, gradient=gradient, hessian=hessian)
    check(gradient, loss.gradient(raw, label.astype(int)))
    true = loss.hessian(raw, label.astype(int), kind="expected" if curvature == "expected" else "exact")
    check(hessian, np.maximum(true, 0.0) if curvature == "floored" else true)
    odds = loss.log_odds(raw)
    assert passes.log_loss(raw, label) == pytest.approx(
        np.logaddexp(0.0, np.where(label == 1.0, -odds, odds)).sum(), rel=1e-5
    )
