"""The fused linear layer and loss: the same numbers as the two apart, in a fraction of the memory."""

from __future__ import annotations

import tracemalloc

import pytest
import torch
from torch.nn import functional as F  # noqa: N812 - its usual name
from torch.profiler import ProfilerActivity, profile

from scarce.losses import CATALOG
from scarce.torch import functional, linear_loss

N, D, K = 23, 7, 9
COUNTS = tuple(range(90, 0, -10))
LOSSES = {name: {} for name, entry in CATALOG.items() if "softmax" in entry.kinds}
for name in ("weighted_cross_entropy", "class_balanced", "balanced_softmax", "logit_adjusted"):
    LOSSES[name] = {"class_counts": COUNTS}
for name in ("vs_loss", "cdt", "ldam"):
    LOSSES[name] = {"class_counts": COUNTS}
WEIGHTS = [0.5 + k for k in range(K)]
SETTINGS = {
    "weights": {"class_weight": WEIGHTS},
    "weights as a tensor": {"class_weight": torch.tensor(WEIGHTS)},
    "balanced": {"class_weight": "balanced", "class_counts": COUNTS},
    "smoothed and weighted": {"class_weight": WEIGHTS, "label_smoothing": 0.2},
    "shifted and scaled": {"logit_shift": WEIGHTS, "logit_scale": 2.0},
    "sum": {"reduction": "sum"},
    "mean_positive": {"reduction": "mean_positive", "background": 1},
    "another ignored index": {"ignore_index": 3},
}


def tensors(dtype=torch.float32):
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(N, D, generator=generator).to(dtype).requires_grad_()
    w = torch.randn(K, D, generator=generator).to(dtype).requires_grad_()
    b = torch.randn(K, generator=generator).to(dtype).requires_grad_()
    t = torch.randint(0, K, (N,), generator=generator)
    t[::5] = -100
    return x, w, b, t


def apart(x, w, b, t, share=None, *, loss="focal", **settings):
    return getattr(functional, loss)(F.linear(x, w, b), t, sample_weight=share, **settings)


def assert_same(arguments, *, rows=(1, 4, 100), rtol=1e-4, atol=1e-5, **settings):
    """Compare values and three gradients, with something above the loss, for several sizes of a chunk."""
    layer, share = arguments[:3], arguments[4] if len(arguments) > 4 else None
    value = apart(*arguments, **settings)
    expected = torch.autograd.grad(3.0 * value, layer)
    for size in rows:
        fused = linear_loss(*arguments[:4], sample_weight=share, rows_a_chunk=size, **settings)
        torch.testing.assert_close(fused, value, rtol=1e-5, atol=1e-6)
        for one, other in zip(torch.autograd.grad(3.0 * fused, layer), expected, strict=True):
            torch.testing.assert_close(one, other, rtol=rtol, atol=atol)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["kernel", "closed form"])
@pytest.mark.parametrize("loss", LOSSES)
def test_it_is_the_layer_and_then_the_loss(loss, dtype):
    x, w, b, t = tensors(dtype)
    assert_same((x, w, b, t), loss=loss, **({"ignore_index": -100} | LOSSES[loss]))
    share = torch.linspace(0.1, 2.0, N)
    assert_same((x, w, b, t, share), rows=(4,), loss=loss, **LOSSES[loss])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["kernel", "closed form"])
@pytest.mark.parametrize("name", SETTINGS)
def test_settings_mean_what_they_mean_apart(name, dtype):
    x, w, b, t = tensors(dtype)
    if "ignore_index" in SETTINGS[name]:
        t = torch.where(t == -100, 3, t)
    assert_same((x, w, b, t, torch.linspace(0.1, 2.0, N)), **SETTINGS[name])


def test_soft_targets_and_one_hot():
    x, w, b, t = tensors()
    t = t.clamp(min=0)
    soft = torch.softmax(torch.randn(N, K, generator=torch.Generator().manual_seed(1)), dim=1)
    assert_same((x, w, b, soft), class_weight=WEIGHTS)
    expected = linear_loss(x, w, b, t)
    assert linear_loss(x, w, b, F.one_hot(t, K).float()) == expected
    assert linear_loss(x, w, b, F.one_hot(t, K)) == expected


@pytest.mark.parametrize("shape", [(), (N,), (2, 5), (2, 3, 4), (2, 0)], ids=str)
@pytest.mark.parametrize("weighted", ["no weights", "a weight an entry", "a weight a row"])
def test_features_of_any_leading_shape(shape, weighted):
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(*shape, D, generator=generator).requires_grad_()
    t = torch.randint(0, K, shape, generator=generator)
    of = {"no weights": None, "a weight an entry": shape, "a weight a row": shape[:1]}[weighted]
    share = None if of is None else torch.rand(of, generator=generator)
    _, w, b, _ = tensors()
    value = linear_loss(x, w, b, t, sample_weight=share, rows_a_chunk=4)
    (gradient,) = torch.autograd.grad(value, x)
    every = None if share is None else share.reshape(share.shape + (1,) * (t.dim() - share.dim()))
    every = None if every is None else every.expand(t.shape).reshape(-1)
    flat = x.detach().reshape(-1, D).requires_grad_()
    expected = apart(flat, w, b, t.reshape(-1), every)
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(gradient, torch.autograd.grad(expected, flat)[0].reshape(x.shape))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bf16", "fp16"])
@pytest.mark.parametrize("how", ["tensors", "autocast"])
def test_half_precision_loses_no_more_than_the_layer_does(dtype, how):
    """Summed over 64 chunks in the half type itself, a weight's gradient would be off by several percent."""
    generator = torch.Generator().manual_seed(3)
    n, k = 2048, 40
    x, w = torch.randn(n, D, generator=generator), torch.randn(k, D, generator=generator)
    t = torch.randint(0, k, (n,), generator=generator)
    share, weights = torch.rand(n, generator=generator) * 100.0, torch.linspace(1.0, 1000.0, k)
    if how == "tensors":
        x, w = x.to(dtype), w.to(dtype)
    exact = [tensor.double().requires_grad_() for tensor in (x, w, torch.zeros(k))]
    truth = torch.autograd.grad(apart(*exact, t, share, class_weight=weights), exact)
    layer = [tensor.requires_grad_() for tensor in (x, w, torch.zeros(k, dtype=x.dtype))]
    with torch.autocast("cpu", dtype=dtype, enabled=how == "autocast"):
        value = linear_loss(*layer, t, sample_weight=share, class_weight=weights, rows_a_chunk=32)
    assert value.dtype == torch.float32
    for one, other, tensor in zip(torch.autograd.grad(value, layer), truth, layer, strict=True):
        assert one.dtype == tensor.dtype
        assert (one.double() - other).norm() / other.norm() < (1e-2 if dtype == torch.bfloat16 else 2e-3)


def test_half_precision_does_not_underflow_before_a_grad_scaler_has_scaled():
    x, w, b, t = tensors(torch.float16)
    value = linear_loss(x, w, b, t, sample_weight=torch.full((N,), 1e-3), reduction="sum")
    (gradient,) = torch.autograd.grad(65536.0 * value * 1e-4, w)
    many = [tensor.detach().double().requires_grad_() for tensor in (x, w, b)]
    truth = apart(*many, t, torch.full((N,), 1e-3), reduction="sum")
    (expected,) = torch.autograd.grad(65536.0 * truth * 1e-4, many[1])
    torch.testing.assert_close(gradient.double(), expected, rtol=1e-2, atol=1e-3)


def test_only_the_gradients_that_are_wanted():
    x, w, b, t = tensors()
    expected = torch.autograd.grad(apart(x, w, b, t), (x, w, b))
    for i in range(3):
        layer = [tensor.detach() for tensor in (x, w, b)]
        layer[i].requires_grad_()
        linear_loss(*layer, t).backward()
        torch.testing.assert_close(layer[i].grad, expected[i], rtol=1e-4, atol=1e-6)
        assert [tensor.grad is None for tensor in layer].count(False) == 1
    with torch.no_grad():
        assert not linear_loss(x, w, b, t).requires_grad
    assert linear_loss(x.detach(), w.detach(), None, t) == apart(x, w, None, t)


def test_backward_again_and_something_else_above():
    x, w, b, t = tensors()
    value = linear_loss(x, w, b, t)
    (first,) = torch.autograd.grad(value, w, retain_graph=True)
    kept = first.clone()
    (second,) = torch.autograd.grad(5.0 * value, w, retain_graph=True)
    (third,) = torch.autograd.grad(value, w)
    assert torch.equal(first, kept)
    assert torch.equal(third, kept)
    torch.testing.assert_close(second, 5.0 * kept)


@pytest.mark.parametrize("n", [0, 3], ids=["empty", "all ignored"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "mean_positive"])
def test_nothing_left_is_zero_with_a_gradient_of_zeros(n, reduction):
    x, w, b, _ = tensors()
    x = torch.full((n, D), float("nan"), requires_grad=True)
    value = linear_loss(x, w, b, torch.full((n,), -100), reduction=reduction)
    assert value == 0.0
    for gradient in torch.autograd.grad(value, (x, w, b)):
        assert (gradient == 0.0).all()


def test_ignored_rows_are_not_even_multiplied():
    x, w, b, t = tensors()
    expected = torch.autograd.grad(linear_loss(x, w, b, t), (x, w, b))
    poisoned = torch.where((t == -100)[:, None], torch.nan, x.detach()).requires_grad_()
    gradients = torch.autograd.grad(linear_loss(poisoned, w, b, t), (poisoned, w, b))
    for one, other in zip(gradients, expected, strict=True):
        assert torch.equal(one, other)


def test_no_chunk_holds_more_logits_than_asked_for(monkeypatch):
    from scarce.kernels import softmax_pass as classes

    seen, plain = [], classes.fused

    def watched(loss, logits, *rest):
        seen.append((len(logits), logits.ctypes.data, rest[4].ctypes.data))
        return plain(loss, logits, *rest)

    monkeypatch.setattr(classes, "fused", watched)
    x, w, b, t = tensors()
    linear_loss(x, w, b, t.clamp(min=0), rows_a_chunk=10)
    assert [rows for rows, *_ in seen] == [10, 10, 3]
    assert len({place for _, *both in seen for place in both}) == 1  # one memory, gradients over logits
    seen.clear()
    linear_loss(x, w, b, t, rows_a_chunk=10)
    assert [rows for rows, *_ in seen] == [10, 8]  # the ignored ones are left out


def most_held(step):
    """Return the most bytes of PyTorch's and of NumPy's that a step held at a time."""
    step()
    tracemalloc.start()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        step()
    numpy = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    events = [event for event in seen.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = most = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    return most + numpy


# a chunk in units of its logits in single precision, and the gradients in units of the layer's
HELD = {
    "focal": ({}, torch.float32, 1.0, 1.0),
    "logit-adjusted and weighted": (
        {"loss": "logit_adjusted", "class_counts": range(2000, 0, -1), "class_weight": [0.5] * 2000},
        torch.float32,
        1.0,
        1.0,
    ),
    "bf16": ({}, torch.bfloat16, 1.5, 3.0),
    "in PyTorch's operations": ({"loss": "brier"}, torch.float32, 19.0, 1.0),
}


@pytest.mark.parametrize("name", HELD)
def test_memory_is_a_chunk_and_the_gradients(name):
    settings, dtype, chunks, gradients = HELD[name]
    n, k, rows = 2048, 2000, 32
    x = torch.randn(n, D).to(dtype).requires_grad_()
    w = torch.randn(k, D).to(dtype).requires_grad_()
    t = torch.randint(0, k, (n,))

    def step():
        x.grad = w.grad = None
        linear_loss(x, w, None, t, rows_a_chunk=rows, **settings).backward()

    small = 150_000  # a number a row, and a few a class and thread, here and there
    most = most_held(step)
    assert most <= chunks * rows * k * 4 + gradients * (n + k) * D * 4 + small
    assert most > rows * k * 4  # so that nothing was counted wrongly
    assert most < n * k * 4 / (8 if chunks < 4 else 3)


def test_a_chunk_is_smaller_where_operations_hold_copies(monkeypatch):
    from scarce.torch import linear

    monkeypatch.setattr(linear, "LOGITS_A_CHUNK", 16 * K)
    seen, plain = [], linear.linear_operator.sum_and_gradients

    def watched(*arguments):
        seen.append(arguments[2])
        return plain(*arguments)

    monkeypatch.setattr(linear.linear_operator, "sum_and_gradients", watched)
    for settings in ({}, {"label_smoothing": 0.1}, {"loss": "brier"}):
        linear_loss(*tensors(), **settings)
    assert seen == [16, 16, 4]


def test_a_step_trains():
    layer = torch.nn.Linear(D, K)
    x, _, _, t = tensors()
    optimiser = torch.optim.SGD(layer.parameters(), 1.0)
    values = []
    for _ in range(20):
        optimiser.zero_grad()
        value = linear_loss(x.detach(), layer.weight, layer.bias, t, rows_a_chunk=5)
        value.backward()
        optimiser.step()
        values.append(value.item())
    assert values[-1] < 0.5 * values[0]
