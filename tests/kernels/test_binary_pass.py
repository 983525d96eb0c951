"""The fused passes are the losses: the laws over the kernels, and what only a kernel can get wrong."""

from __future__ import annotations

import platform

import numpy as np
import pytest
from tests.laws import checks
from tests.laws.cases import CASES, LOSSES

from scarce.kernels import cpu_words
from scarce.kernels.binary_pass import BinaryPass, Curvature
from scarce.kernels.binary_rows import BLOCK, curvatures, hard_rows
from scarce.kernels.class_parameters import choose
from scarce.kernels.cpu_compiler import loop
from scarce.losses import get

RNG = np.random.default_rng(7)
N = 3 * BLOCK + 17
RAW = RNG.normal(-2.0, 3.0, N)
LABEL = (RNG.random(N) < 0.2).astype(np.float32)
WEIGHT = RNG.uniform(0.1, 3.0, N).astype(np.float32)


class KernelFace:
    """The kernels, as the laws see them."""

    def value(self, loss, logits, target):
        return written(loss, logits, target)["value"]

    def gradient(self, loss, logits, target):
        return written(loss, logits, target)["gradient"]

    def hessian(self, loss, logits, target):
        return written(loss, logits, target)["hessian"]


def written(loss, raw, target, weight=None, **settings):
    """Return all that one pass writes."""
    outputs = {name: np.empty(raw.size, np.float32) for name in ("value", "gradient", "hessian")}
    soft = settings.pop("soft", False)
    BinaryPass(ready(loss), **settings).run(raw, target.astype(np.float32), weight, **outputs, soft=soft)
    return outputs


def ready(loss):
    return loss if loss.class_counts is None else loss.resolve(loss.class_counts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_laws_hold_in_float32_against_fifty_digits(case):
    checks.check_against_truth(case, KernelFace(), np.float32)


@pytest.mark.parametrize("name", LOSSES)
def test_whole_losses_agree_with_numpy(name):
    loss = LOSSES[name]
    got = written(loss, RAW, LABEL, WEIGHT)
    target = LABEL.astype(int)
    for face, true in (
        ("value", loss.value(RAW, target, WEIGHT)),
        ("gradient", loss.gradient(RAW, target, WEIGHT)),
        ("hessian", loss.hessian(RAW, target, WEIGHT)),
    ):
        scale = np.abs(loss.gradient(RAW, target, WEIGHT)) if face == "hessian" else np.abs(true)
        assert np.abs(got[face] - true).max() <= 2e-5 * np.abs(true).max()
        assert (np.abs(got[face] - true) <= 1e-4 * np.maximum(np.abs(true), scale) + 1e-7).all()


@pytest.mark.parametrize(
    "name",
    [
        "cross_entropy",
        "focal(gamma=2)",
        "focal(gamma=2) shift+scale+weights",
        "focal(gamma=2) smoothed",
        "poly(epsilon=2)",
        "poly_focal(gamma=2,epsilon=-0.5)",
        "generalized_cross_entropy(q=0.75)",
        "brier",
        "brier shift+scale+weights",
        "asymmetric(gamma_negative=4,gamma_positive=1,clip=0.0625)",
        "asymmetric_detached(gamma_negative=4,gamma_positive=1,clip=0.0625)",
    ],
)
def test_expected_curvature_agrees_with_numpy(name):
    loss, raw, label, got = LOSSES[name], RAW[:500], LABEL[:500], np.empty(500, np.float32)
    BinaryPass(ready(loss), Curvature("expected")).run(raw, label, hessian=got)
    true = loss.hessian(raw, label.astype(int), kind="expected")
    assert got == pytest.approx(np.maximum(true, 0.0), rel=2e-4, abs=2e-6 * true.max())


def test_soft_targets_are_the_expectation_over_labels():
    loss, t = get("focal", gamma=1.5, class_weight=[1.0, 3.0]), RNG.random(N).astype(np.float32)
    got = written(loss, RAW, t, soft=True)
    no, yes = written(loss, RAW, np.zeros(N)), written(loss, RAW, np.ones(N))
    for face in got:
        assert got[face] == pytest.approx((1 - t) * no[face] + t * yes[face], rel=1e-5, abs=1e-6)


def test_the_floor_holds_and_bounded_is_what_it_says():
    focal = get("focal", gamma=2.0)
    exact = written(focal, RAW, LABEL)
    assert (exact["hessian"] < 0.0).any()
    floored = written(focal, RAW, LABEL, curvature=Curvature("floored", least=1e-3))["hessian"]
    assert (floored >= 0.999e-3 * np.abs(exact["gradient"])).all()
    bounded = written(focal, RAW, LABEL, curvature=Curvature("bounded", factor=3.0))["hessian"]
    p = 1.0 / (1.0 + np.exp(np.where(LABEL > 0.5, -RAW, RAW)))
    assert bounded == pytest.approx(3.0 * p * np.abs(exact["gradient"]), rel=1e-5)


def test_numbers_do_not_depend_on_the_number_of_threads(monkeypatch):
    monkeypatch.setattr("scarce.kernels.binary_pass.ROWS_WORTH_A_THREAD", 100)
    focal = get("focal", gamma=1.5)
    alone = written(focal, RAW, LABEL, WEIGHT, threads=1)
    loss_alone = BinaryPass(focal, threads=1).log_loss(RAW, LABEL, WEIGHT)
    for threads in (2, 3, 7):
        shared = written(focal, RAW, LABEL, WEIGHT, threads=threads)
        assert all(np.array_equal(alone[face], shared[face]) for face in alone)
        assert BinaryPass(focal, threads=threads).log_loss(RAW, LABEL, WEIGHT) == loss_alone


def test_float32_scores_and_absent_outputs_are_served():
    focal = get("focal", gamma=2.0)
    gradient = np.empty(N, np.float32)
    BinaryPass(focal).run(RAW.astype(np.float32), LABEL, gradient=gradient)
    assert gradient == pytest.approx(focal.gradient(RAW, LABEL.astype(int)), rel=1e-4, abs=1e-6)
    BinaryPass(focal).run(np.empty(0), np.empty(0, np.float32), gradient=np.empty(0, np.float32))


@pytest.mark.parametrize(
    "name",
    ["cross_entropy", "focal(gamma=2)", "focal(gamma=5)", "brier", "balanced_softmax", "poly(epsilon=1)"],
)
def test_log_loss_is_that_of_the_recovered_posterior_clipped(name):
    loss = LOSSES[name]
    raw = np.concatenate([RAW, [-200.0, 200.0]])
    label = np.concatenate([LABEL, [1.0, 0.0]]).astype(np.float32)
    weight = np.concatenate([WEIGHT, [1.0, 1.0]]).astype(np.float32)
    posterior = np.clip(loss.posterior(raw), 1e-15, 1.0 - 1e-15)
    true = -np.log(np.where(label > 0.5, posterior, 1.0 - posterior)) @ weight
    assert BinaryPass(ready(loss)).log_loss(raw, label, weight) == pytest.approx(true, rel=1e-5)


def test_log_loss_undoes_label_smoothing_and_sampling():
    loss = LOSSES["focal(gamma=2) smoothed"]
    raw = np.clip(RAW, loss.base_score(0.001), loss.base_score(0.999))
    odds = loss.log_odds(raw) - 2.0
    true = np.logaddexp(0.0, np.where(LABEL > 0.5, -odds, odds)) @ WEIGHT
    assert BinaryPass(loss, offset=-2.0).log_loss(raw, LABEL, WEIGHT) == pytest.approx(true, rel=1e-4)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="reads x86 assembly")
@pytest.mark.parametrize(
    ("modulation", "curvature"),
    [("cross_entropy", "exact"), ("focal", "bounded"), ("focal", "expected"), ("asymmetric", "expected")],
)
def test_the_loop_over_rows_is_vectorised(modulation, curvature):
    loss = get(modulation)
    formulas, n_parameters = loss.modulation.formulas, len(loss.modulation.parameters())
    convex = curvatures(cpu_words, formulas)[curvature]
    rows = loop(hard_rows(cpu_words, formulas, choose(n_parameters), convex))
    u, numbers = np.zeros(64, np.float32), (np.float32(1.0),) * 9
    parameters = (np.float32(1.0),) * len(loss.modulation.parameters())
    out = np.empty(64, np.float32), np.empty(64, np.float32)
    rows(u, u, u, u, u, numbers, parameters, parameters, None, *out)
    (text,) = rows.inspect_asm().values()
    vector = "zmm" if "avx512f" in text or "zmm" in text else "ymm"
    divisions = [line for line in text.splitlines() if "divps" in line and vector in line]
    assert divisions, "no division of a whole vector: the loop has fallen back to one row at a time"
