"""What the kernels take on beside labels in single precision, against NumPy; and what they hold."""

from __future__ import annotations

import gc
import math
import tracemalloc

import numpy as np
import pytest
import torch
from tests.faces.torch.face import computed, fuses
from tests.laws import checks
from tests.laws.cases import CLASS_LOSSES, LOSSES, representatives

from scarce.kernels import softmax_pass as classes
from scarce.torch import functional

RNG = np.random.default_rng(12)
HALVES = {"bf16": torch.bfloat16, "fp16": torch.float16}
NAMES = ("focal(gamma=2)", "cross_entropy shift+scale+weights", "ldam")
# Brier has no such kernel; of all that a loss may hold at once, focal stands for it.
SPREAD = [name for name in representatives(CLASS_LOSSES[5]) if "brier" not in name]
SPREAD += ["focal(gamma=2) shift+scale+weights"]


def both(loss, z, target, weight=None):
    """Return value and gradient by the kernels, and by NumPy on the same logits."""
    assert fuses(loss, z, target, weight)
    value = computed(loss, z, target, weight)
    (gradient,) = torch.autograd.grad(value.sum(), z)
    numbers = z.detach().double().numpy()
    true = loss.value(numbers, target, weight), loss.gradient(numbers, target, weight)
    return (value.detach().numpy(), gradient), true


@pytest.fixture(params=[64, 1], ids=["as columns", "as rows"])
def path(request, monkeypatch):
    """Take rows of five classes as those of few are, and as those of many."""
    monkeypatch.setattr(classes, "FEW", request.param)


def ready(loss, **changes):
    from dataclasses import replace

    return replace(loss if loss.class_counts is None else loss.resolve(loss.class_counts), **changes)


@pytest.mark.parametrize("reduction", ["none", "mean", "mean_positive"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1], ids=["plain", "smoothed"])
@pytest.mark.parametrize("name", NAMES)
def test_soft_targets_and_smoothing(path, name, smoothing, reduction):
    loss = ready(CLASS_LOSSES[5][name], label_smoothing=smoothing, reduction=reduction)
    z = torch.tensor(RNG.normal(0.0, 4.0, (61, 5)), dtype=torch.float32, requires_grad=True)
    labels = RNG.integers(0, 5, 61)
    labels[::9] = -100
    weight = RNG.uniform(0.1, 3.0, 61).astype(np.float32)
    for target in (RNG.dirichlet(np.ones(5), 61).astype(np.float32), labels):
        (value, gradient), true = both(loss, z, target, weight)
        np.testing.assert_allclose(value, true[0], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(gradient.numpy(), true[1], rtol=1e-4, atol=2e-6 * np.abs(true[1]).max())


@pytest.mark.parametrize("name", SPREAD)
def test_rows_of_many_classes_obey_the_laws_under_soft_targets(name, monkeypatch):
    monkeypatch.setattr(classes, "FEW", 1)
    loss = ready(CLASS_LOSSES[5][name])
    shares = np.arange(1.0, 6.0, dtype=np.float32) / 15.0  # unequal: else the gradient of 1 - p would be 0
    for span in (20.0, 1e4):
        z = torch.tensor(checks.rows(5, np.float64, span), dtype=torch.float32, requires_grad=True)
        for target in (np.full(len(z), 1), np.tile(shares, (len(z), 1))):
            got, true = both(loss, z, target, np.linspace(0.1, 2.0, len(z), dtype=np.float32))
            for one, other in zip((got[0], got[1].numpy()), true, strict=True):
                assert np.isfinite(one).all()
                assert np.abs(one - other).max() <= 2e-5 * np.abs(other).max()


@pytest.mark.parametrize("n_classes", [64, 65, 700])
@pytest.mark.parametrize("smoothing", [0.0, 0.1], ids=["plain", "smoothed"])
def test_soft_targets_over_many_classes(n_classes, smoothing):
    z = torch.tensor(RNG.normal(0.0, 4.0, (9, n_classes)), dtype=torch.float32, requires_grad=True)
    loss = ready(CLASS_LOSSES[5]["focal(gamma=2)"], label_smoothing=smoothing)
    masses = RNG.dirichlet(np.ones(n_classes), 9).astype(np.float32)
    for target in (masses, np.arange(9)) if smoothing else (masses,):
        (value, gradient), true = both(loss, z, target)
        np.testing.assert_allclose(value, true[0], rtol=2e-6)
        np.testing.assert_allclose(gradient.numpy(), true[1], rtol=1e-4, atol=1e-7 * np.abs(true[1]).max())


def test_soft_targets_over_images():
    image = torch.randn(2, 5, 3, 4, requires_grad=True)
    masses = torch.softmax(torch.randn(2, 5, 3, 4), 1)
    as_rows = (x.movedim(1, -1).reshape(-1, 5) for x in (image, masses))
    torch.testing.assert_close(functional.focal(image, masses), functional.focal(*as_rows))


def test_large_logits_under_soft_targets_stay_exact(path):
    z = torch.tensor([[1e4, 0.0, -1e4], [-1e4, 1e4, 1e4]], requires_grad=True)
    (value, gradient), true = both(ready(CLASS_LOSSES[3]["focal(gamma=2)"]), z, np.full((2, 3), 1 / 3))
    np.testing.assert_allclose(value, true[0], rtol=1e-6)
    np.testing.assert_allclose(gradient.numpy(), true[1], rtol=1e-5, atol=1e-7)


def test_an_ignored_row_of_many_classes_is_not_looked_at():
    z = torch.randn(3, 70, requires_grad=True)
    with torch.no_grad():
        z[1] = math.nan
    target = torch.tensor([5, -100, 69])
    value = functional.focal(z, target, label_smoothing=0.1, ignore_index=-100)
    value.backward()
    kept = z.detach()[::2].clone().requires_grad_()
    truth = functional.focal(kept, target[::2], label_smoothing=0.1)
    truth.backward()
    torch.testing.assert_close(value, truth)
    torch.testing.assert_close(z.grad[::2], kept.grad)
    assert not z.grad[1].any()
    with torch.no_grad():
        z[0, 3] = math.nan
    assert functional.focal(z, target, label_smoothing=0.1, ignore_index=-100).isnan()


def test_a_label_that_is_no_class_is_found_under_smoothing(path):
    from scarce.errors import ScarceError

    with pytest.raises(ScarceError) as caught:
        functional.focal(torch.zeros(3, 4), torch.tensor([0, 4, 1]), label_smoothing=0.1)
    assert caught.value.code == "E504"


@pytest.mark.parametrize("kind", ["whole", "bool", "soft"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1], ids=["plain", "smoothed"])
def test_numbers_of_each_label(kind, smoothing):
    numbers = {"class_weight": RNG.uniform(0.5, 3.0, (4, 2)), "logit_shift": RNG.normal(size=4)}
    numbers |= {"logit_scale": RNG.uniform(0.5, 2.0, 4)}
    z = RNG.normal(0.0, 3.0, (700, 4, 3))
    probability = RNG.random(z.shape)
    target = {"whole": probability < 0.3, "bool": probability < 0.3, "soft": probability}[kind]
    target = target if kind == "bool" else target.astype(np.float32)
    logits = torch.tensor(z, dtype=torch.float32, requires_grad=True)
    settings = {"label_smoothing": smoothing, "gamma": 2.0}
    given = {name: torch.tensor(x, dtype=torch.float32) for name, x in numbers.items()}
    value = functional.sigmoid_focal(logits, torch.tensor(target), **given, **settings)
    value.backward()
    each = []
    for label in range(4):
        own = {"class_weight": numbers["class_weight"][label].tolist()}
        own |= {name: float(numbers[name][label]) for name in ("logit_shift", "logit_scale")}
        part = torch.tensor(z[:, label], requires_grad=True)
        of_label = functional.sigmoid_focal(part, torch.tensor(target[:, label]), **own, **settings)
        each.append((of_label.item(), *torch.autograd.grad(of_label, part)))
    assert value.item() == pytest.approx(np.mean([one for one, _ in each]), rel=1e-5)
    true = torch.stack([gradient for _, gradient in each], dim=1) / 4.0
    torch.testing.assert_close(logits.grad.double(), true, rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("factor", [0.3, 65536.0])
@pytest.mark.parametrize("kind", ["sigmoid", "labels", "soft", "rows", "soft rows", "columns"])
def test_a_half_precision_gradient_is_rounded_once(kind, factor, dtype):
    z = (3.0 * torch.randn(40, 80 if "rows" in kind else 6)).to(HALVES[dtype])
    z = z.reshape(5, 6, 8) if kind == "columns" else z
    labels = torch.randint(0, 6, (5, 8) if kind == "columns" else (40,))
    soft = torch.softmax(torch.randn(z.shape), 1)
    target = {"sigmoid": torch.rand(z.shape) < 0.2, "soft": soft, "soft rows": soft}
    compute = functional.sigmoid_focal if kind == "sigmoid" else functional.focal

    def gradient(logits):
        logits = logits.clone().requires_grad_()
        (factor * compute(logits, target.get(kind, labels))).backward()
        return logits.grad

    got, true = gradient(z), gradient(z.float()).to(z.dtype)
    assert got.dtype == z.dtype
    least = torch.finfo(z.dtype).tiny
    near = 2.0 * torch.finfo(z.dtype).eps  # the last place of a single can turn a tie
    torch.testing.assert_close(got.double(), true.double(), rtol=near, atol=least * near)
    normal = true.abs() >= least  # what is subnormal is rounded to float16's range, and then to where it lies
    assert (got == true)[normal].double().mean() > 0.99


@pytest.mark.parametrize("dtype", HALVES)
def test_half_precision_is_gone_through_again_and_twice(dtype):
    z = torch.randn(30, 6).to(HALVES[dtype]).requires_grad_()
    value = 0.7 * functional.focal(z, torch.arange(30) % 6)
    (first,) = torch.autograd.grad(value, z, retain_graph=True)
    (slope,) = torch.autograd.grad(value, z, create_graph=True)
    (bend,) = torch.autograd.grad(slope.square().sum(), z)
    single = z.detach().float().requires_grad_()
    (true,) = torch.autograd.grad(
        0.7 * functional.focal(single, torch.arange(30) % 6), single, create_graph=True
    )
    (true_bend,) = torch.autograd.grad(true.square().sum(), single)
    rounding = torch.finfo(z.dtype).eps
    torch.testing.assert_close(first.float(), true.detach(), rtol=rounding, atol=1e-7)
    torch.testing.assert_close(slope.detach().float(), true.detach(), rtol=rounding, atol=1e-7)
    torch.testing.assert_close(bend.float(), true_bend, rtol=8.0 * rounding, atol=2e-6)
    (last,) = torch.autograd.grad(value, z)
    assert torch.equal(first, last)


def test_weights_of_any_size_keep_a_float16_gradient_in_range():
    z = torch.randn(1000).half().requires_grad_()
    weight = torch.full((1000,), 1e6)
    (gradient,) = torch.autograd.grad(
        functional.sigmoid_focal(z, torch.ones(1000), sample_weight=weight, reduction="mean"), z
    )
    single = z.detach().float().requires_grad_()
    (true,) = torch.autograd.grad(
        functional.sigmoid_focal(single, torch.ones(1000), sample_weight=weight), single
    )
    torch.testing.assert_close(gradient.float(), true, rtol=2e-3, atol=6e-8)


def held(step):
    """Return the most bytes that PyTorch's tensors and NumPy's arrays hold at once during a step."""
    from torch.profiler import ProfilerActivity, profile

    step()
    gc.collect()
    tracemalloc.start()
    try:
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
            step()
        of_numpy = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    events = (e for e in seen.profiler.kineto_results.events() if e.name() == "[memory]")
    now = most = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        now += event.nbytes()
        most = max(most, now)
    return most + of_numpy


N, K = 40_000, 200
LEAN = {
    "sigmoid": lambda z: functional.sigmoid_focal(z, TARGET["whole"], alpha=0.25),
    "sigmoid, bool": lambda z: functional.sigmoid_focal(z, TARGET["bool"]),
    "sigmoid, numbers of each label": lambda z: functional.sigmoid_focal(
        z, TARGET["whole"], logit_shift=torch.arange(K) / K
    ),
    "softmax": lambda z: functional.focal(z, TARGET["labels"], class_weight=torch.arange(1, K + 1) / K),
    "softmax, soft": lambda z: functional.focal(z, TARGET[z.dtype]),
    "softmax, one-hot": lambda z: functional.focal(z, TARGET["one-hot"]),
    "softmax, smoothed": lambda z: functional.focal(z, TARGET["labels"], label_smoothing=0.1),
}
TARGET = {
    "whole": (torch.rand(N, K) < 0.1).float(),
    "bool": torch.rand(N, K) < 0.1,
    "labels": torch.arange(N) % K,
    "one-hot": torch.eye(K).repeat(N // K, 1),
}
TARGET |= {
    dtype: torch.softmax(torch.randn(N, K), 1).to(dtype) for dtype in (torch.float32, *HALVES.values())
}


@pytest.mark.parametrize("dtype", [torch.float32, *HALVES.values()], ids=["fp32", *HALVES])
@pytest.mark.parametrize("name", LEAN)
def test_a_step_holds_little_more_than_its_gradient(name, dtype):
    z = torch.randn(N, K).to(dtype).requires_grad_()

    def step():
        z.grad = None
        LEAN[name](z).backward()

    step()
    z.grad = None
    assert held(step) <= 1.1 * z.numel() * z.element_size()


def test_the_count_of_memory_can_fail():
    z = torch.randn(N, K, requires_grad=True)
    assert held(lambda: torch.autograd.grad(torch.sigmoid(z).square().sum(), z)) > 1.9 * z.numel() * 4


def test_the_kernels_are_what_the_laws_judge_in_single_precision():
    focal, classes_ = LOSSES["focal(gamma=2)"], CLASS_LOSSES[5]["focal(gamma=2)"]
    assert fuses(focal, torch.zeros(3), torch.zeros(3))
    assert fuses(classes_, torch.zeros(3, 5), torch.zeros(3, dtype=torch.int64))
    assert not fuses(focal, torch.zeros(3, dtype=torch.float64), torch.zeros(3))


def test_every_loss_but_the_brier_score_of_classes_has_a_kernel():
    for name, loss in {**LOSSES, **CLASS_LOSSES[5]}.items():
        softmax = loss.kind == "softmax"
        z = torch.zeros(2, 5) if softmax else torch.zeros(2)
        assert fuses(ready(loss), z, torch.full_like(z, 0.2)) == (not (softmax and "brier" in name)), name


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
@pytest.mark.parametrize("n_classes", [3, 40, 100])
def test_classes_masked_by_minus_infinity_do_nothing(dtype, n_classes):
    masked = torch.full((3, n_classes), -math.inf, dtype=dtype)
    masked[0, 0] = 2.0
    masked[1, :2] = torch.tensor([0.5, 1.0])
    masked[2, :3] = torch.tensor([0.5, 0.25, -1.0])
    target = torch.tensor([0, 0, 2])
    z, own = masked.clone().requires_grad_(), masked[:, :3].clone().requires_grad_()
    own.data[own.data == -math.inf] = -1e4
    value, truth = (functional.focal(x, target, reduction="none") for x in (z, own))
    (gradient,), (slope,) = (torch.autograd.grad(v.sum(), x) for v, x in ((value, z), (truth, own)))
    torch.testing.assert_close(value, truth)
    torch.testing.assert_close(gradient[:, :3], slope)
    assert not gradient[:, 3:].any()
    soft = functional.focal(
        z.detach(), torch.nn.functional.one_hot(target, n_classes) * 1.0, reduction="none"
    )
    torch.testing.assert_close(soft, truth.detach())
