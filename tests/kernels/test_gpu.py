"""The GPU's kernels: interpreted on the CPU unless the tests run on a GPU, and compiled as for one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'scarce[torch]'")
pytest.importorskip("triton", reason="Triton is not installed: pip install triton")

from tests.faces.torch.face import DEVICE, TorchFace, fuses, logits_of  # noqa: E402
from tests.kernels.test_cache import HELPERS, MODULATION  # noqa: E402
from tests.laws import checks  # noqa: E402
from tests.laws.cases import CASES, CLASS_LOSSES, LOSSES, SOFTMAX_CASES  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812 - its usual name

from scarce.errors import ScarceError  # noqa: E402
from scarce.kernels import gpu_softmax  # noqa: E402
from scarce.kernels.gpu_words import functions_of  # noqa: E402
from scarce.losses import SigmoidLoss, SoftmaxLoss  # noqa: E402
from scarce.losses.modulation import LDAM, Brier, Focal  # noqa: E402
from scarce.torch import FocalLoss, SigmoidFocalLoss, autograd, cuda, functional, fused_on_gpu  # noqa: E402
from scarce.torch.autograd import can_fuse  # noqa: E402
from scarce.torch.tensors import Call  # noqa: E402

RNG = np.random.default_rng(7)
FUSED = {
    name: loss
    for name, loss in CLASS_LOSSES[5].items()
    if not isinstance(loss.modulation, Brier) and loss.label_smoothing == 0.0
}


@pytest.fixture(autouse=True)
def _every_tensor_goes_to_the_kernels(monkeypatch):
    monkeypatch.setattr(cuda, "DEVICES", (DEVICE.type,))
    before = fused_on_gpu(True)
    yield
    fused_on_gpu(before)


class Kernels(TorchFace):
    """What the kernels compute; second derivatives are PyTorch's closed forms, and judged elsewhere."""

    def value(self, loss, logits, target, sample_weight=None):
        assert fuses(loss, logits_of(logits, torch.float32), target, sample_weight)
        return super().value(loss, logits, target, sample_weight)

    def hessian(self, loss, logits, target, sample_weight=None):
        return loss.hessian(logits, target, sample_weight)


KERNELS = Kernels(torch.float32)
CLOSED = TorchFace(torch.float64)


def assert_close(loss, z, target, weight=None, dtype=torch.float32, bound=2e-5):
    """The kernels' value and gradient are the closed form's in double precision."""
    tensor = torch.as_tensor(z).to(dtype)
    face, double = TorchFace(dtype), tensor.double().numpy()
    assert fuses(loss, tensor.to(DEVICE), target, weight)
    got = face.value(loss, tensor, target, weight), face.gradient(loss, tensor, target, weight)
    true = CLOSED.value(loss, double, target, weight), CLOSED.gradient(loss, double, target, weight)
    for one, other in zip(got, true, strict=True):
        scale = max(float(np.abs(other).max()), 1e-300)
        assert one.shape == other.shape
        assert np.abs(one - other).max() <= bound * scale


def ready(loss, **settings):
    loss = loss if loss.class_counts is None else loss.resolve(loss.class_counts)
    return replace(loss, **settings)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_sigmoid_losses_are_those_of_fifty_digits(case):
    checks.check_against_truth(case, KERNELS, np.float32)


@pytest.mark.parametrize("kept", [True, False], ids=["in registers", "in chunks"])
@pytest.mark.parametrize("case", [c for c in SOFTMAX_CASES if c.id != "brier"], ids=lambda case: case.id)
def test_softmax_losses_are_those_of_fifty_digits(case, kept, monkeypatch):
    if not kept:
        monkeypatch.setattr(gpu_softmax, "FEW", 2)
    definition = case.definition
    if "ldam" in case.id:
        from tests.laws import reference
        from tests.laws.cases import margins

        definition = reference.ldam(margins(3))
    checks.check_rows_against_truth(case.id, case.over(3), definition, 3, KERNELS, np.float32)


REDUCTIONS = ("none", "sum", "mean", "mean_positive")


@pytest.mark.parametrize(
    ("index", "name"), list(enumerate(LOSSES)), ids=lambda x: x if isinstance(x, str) else ""
)
def test_sigmoid_losses_agree_with_the_closed_form(index, name):
    n = (1, 1023, 1024, 2500)[index % 4]
    loss = ready(LOSSES[name], reduction=REDUCTIONS[index // 2 % 4])
    z, weight = RNG.normal(-1.0, 3.0, n), RNG.uniform(0.1, 3.0, n).astype(np.float32)
    labels, soft = (RNG.random(n) < 0.3).astype(np.int64), RNG.random(n)
    partly_soft = np.where(np.arange(n) < n // 2, labels, soft)
    assert_close(loss, z, labels, weight)
    assert_close(loss, z, partly_soft)
    assert_close(replace(loss, ignore_index=7), z, np.where(labels == 1, 7, soft), weight)


@pytest.mark.parametrize(
    ("index", "name"), list(enumerate(FUSED)), ids=lambda x: x if isinstance(x, str) else ""
)
def test_softmax_losses_agree_with_the_closed_form(index, name, monkeypatch):
    loss = ready(FUSED[name], reduction=REDUCTIONS[index % 4], axis=1)
    z, labels = RNG.normal(0.0, 3.0, (57, 5)), RNG.integers(0, 5, 57)
    labels[::9] = -100
    assert_close(loss, z, labels, RNG.uniform(0.1, 3.0, 57))
    image, of_pixels = RNG.normal(0.0, 3.0, (2, 5, 9, 8)), RNG.integers(0, 5, (2, 9, 8))
    of_pixels[0, :4] = -100
    weight = RNG.uniform(0.1, 3.0, (2, 9, 8))
    assert_close(loss, image, of_pixels, weight)
    assert_close(loss, torch.tensor(image).to(memory_format=torch.channels_last), of_pixels)
    monkeypatch.setattr(gpu_softmax, "FEW", 2)
    monkeypatch.setattr(gpu_softmax, "FEW_APART", 2)
    monkeypatch.setattr(cuda, "BEYOND_32_BITS", 0)
    assert_close(loss, z, labels)
    assert_close(loss, image, of_pixels, weight)


@pytest.mark.parametrize("n_classes", [2, 3, 16, 129, 1000, 9001])
def test_any_number_of_classes(n_classes):
    loss = SoftmaxLoss(
        Focal(2.0),
        class_weight=tuple(RNG.uniform(0.5, 2.0, n_classes).tolist()),
        logit_shift=tuple(np.log(RNG.dirichlet(np.ones(n_classes))).tolist()),
        axis=1,
    )
    rows = 3 if n_classes > 1000 else 35
    assert_close(loss, RNG.normal(0.0, 2.0, (rows, n_classes)), RNG.integers(0, n_classes, rows))
    if n_classes < 1000:
        target = RNG.integers(0, n_classes, (2, 33))
        assert_close(loss, RNG.normal(0.0, 2.0, (2, n_classes, 33)), target)


def test_logits_need_not_be_contiguous(kind):
    z, t = tensors(kind)
    strided = z.detach().t().contiguous().t().requires_grad_()
    (one,) = torch.autograd.grad(LOSS[kind](strided, t), strided)
    assert torch.equal(one, torch.autograd.grad(LOSS[kind](z, t), z)[0])


@pytest.mark.parametrize("kept", [True, False], ids=["in registers", "in chunks"])
@pytest.mark.parametrize("largest", [0, 3], ids=["first", "fourth"])
def test_differences_of_large_logits_stay_exact_under_a_shift(kept, largest, monkeypatch):
    if not kept:
        monkeypatch.setattr(gpu_softmax, "FEW", 2)
    z = 9000.0 + RNG.normal(0.0, 2.0, (40, 5)).astype(np.float32)
    z[:, largest] += 3.0
    loss = SoftmaxLoss(Focal(1.0), logit_shift=(0.3, -1.2, 0.7, 0.1, -2.3), axis=1)
    assert_close(loss, z.astype(np.float32), RNG.integers(0, 5, 40), bound=3e-6)


@pytest.mark.parametrize("shape", [(), (7,), (6, 4), (3, 4, 50), (2, 4, 5, 150)], ids=str)
def test_numbers_a_label_and_weights_a_row(shape):
    n_labels = shape[min(1, len(shape) - 1)] if shape else 1
    pairs = tuple(tuple(pair) for pair in RNG.uniform(0.5, 3.0, (n_labels, 2)).tolist())
    numbers = {"logit_shift": tuple(RNG.normal(size=n_labels).tolist())} if n_labels > 1 else {}
    loss = SigmoidLoss(Focal(1.5), class_weight=pairs if n_labels > 1 else pairs[0], **numbers)
    z, target = RNG.normal(0.0, 2.0, shape), RNG.integers(0, 2, shape)
    weight = RNG.uniform(0.5, 2.0, shape[:1])
    assert_close(loss, z, target, weight)
    assert_close(loss, z, target)


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.bfloat16, torch.float16], ids=["single", "bf16", "fp16"]
)
@pytest.mark.parametrize(
    "name", ["focal(gamma=2)", "asymmetric(gamma_negative=4,gamma_positive=1,clip=0.0625)"]
)
def test_sigmoid_losses_are_finite_everywhere(name, dtype):
    checks.check_finite_everywhere(LOSSES[name], np.float32, Finite(dtype))


class Finite(TorchFace):
    """PyTorch without second derivatives."""

    def hessian(self, loss, logits, target, sample_weight=None):
        return np.zeros(1)


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.bfloat16, torch.float16], ids=["single", "bf16", "fp16"]
)
@pytest.mark.parametrize("name", ["focal(gamma=2)", "vs_loss", "ldam"])
def test_softmax_losses_are_finite_everywhere(name, dtype):
    loss, face, z = FUSED[name], TorchFace(dtype), checks.rows(5, np.float64, 1e4)
    target = np.full(len(z), 1)
    assert np.isfinite(face.value(loss, z, target)).all()
    assert np.isfinite(face.gradient(loss, z, target)).all()


@pytest.mark.parametrize("name", LOSSES)
def test_a_sigmoid_at_an_infinite_logit_is_at_its_limit(name):
    loss = ready(LOSSES[name], reduction="none")
    logits, targets = np.meshgrid([-1e30, 1e30], [0.0, 0.3, 1.0])
    infinite = np.copysign(np.inf, logits)
    weight = np.full(logits.shape, 1e-6)
    for given in (None, weight):
        for target in (targets, targets.round().astype(np.int64)):
            true = loss.value(logits, target, given), loss.gradient(logits, target, given)
            np.testing.assert_allclose(KERNELS.value(loss, infinite, target, given), true[0], rtol=1e-5)
            np.testing.assert_allclose(KERNELS.gradient(loss, infinite, target, given), true[1], rtol=1e-5)


INFINITE_ROWS = {
    "of the label": ([-np.inf, 0.0, 1.0, 0.5, -1.0], 0),
    "of another": ([0.25, -np.inf, 1.0, 0.5, -1.0], 0),
    "of all but two": ([-np.inf, 1.0, -np.inf, 0.5, -np.inf], 0),
    "of all others": ([-np.inf, -np.inf, -np.inf, 0.5, -np.inf], 3),
}


@pytest.mark.parametrize("row", INFINITE_ROWS)
@pytest.mark.parametrize("kept", [True, False], ids=["in registers", "in chunks"])
@pytest.mark.parametrize("name", FUSED)
def test_a_masked_class_is_impossible(name, kept, row, monkeypatch):
    if not kept:
        monkeypatch.setattr(gpu_softmax, "FEW", 2)
    loss = ready(FUSED[name], reduction="none", axis=1)
    z, label = INFINITE_ROWS[row]
    z, y = np.array([z]), np.array([label])
    limit = np.where(np.isinf(z), -1e30, z)
    for weight in (None, np.array([1e-6])):
        true = loss.value(limit, y, weight), loss.gradient(limit, y, weight)
        got = KERNELS.value(loss, z, y, weight), KERNELS.gradient(loss, z, y, weight)
        for one, other in zip(got, true, strict=True):
            np.testing.assert_allclose(one, other, rtol=2e-5, atol=1e-12)


# the interpreter is NumPy, which warns where a GPU makes NaN of inf - inf
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("kept", [True, False], ids=["in registers", "in chunks"])
@pytest.mark.parametrize("settings", [{}, {"logit_shift": (0.1, 0.2, 0.3)}, {"logit_scale": (1.0, 2.0, 3.0)}])
def test_a_softmax_of_infinities_that_has_no_limit_is_nan_and_only_its_own_row(kept, settings, monkeypatch):
    if not kept:
        monkeypatch.setattr(gpu_softmax, "FEW", 2)
    loss = SoftmaxLoss(Focal(2.0), axis=1, reduction="none", **settings)
    z = np.zeros((5, 3))
    z[1, 0] = z[2, 2] = np.inf
    z[3] = -np.inf
    z[4] = -np.inf
    labels, bad = np.array([0, 0, 0, 0, -100]), [False, True, True, True, False]
    assert np.isnan(KERNELS.value(loss, z, labels)).tolist() == bad
    assert np.isnan(KERNELS.gradient(loss, z, labels)).tolist() == [[one] * 3 for one in bad]


def test_classes_that_all_have_the_least_number_are_equally_likely():
    z = np.full((1, 4), torch.finfo(torch.float32).min)
    value = KERNELS.value(SoftmaxLoss(Focal(0.0), axis=1), z, np.array([1]))
    np.testing.assert_allclose(value, np.log(4.0), rtol=1e-6)


@pytest.mark.parametrize("masked", [-np.inf, float(torch.finfo(torch.float32).min)], ids=["-inf", "least"])
def test_classes_that_are_masked_out_count_for_nothing(masked):
    z = RNG.normal(0.0, 1.0, (4, 6)).astype(np.float32)
    z[:, 2] = masked
    without = np.delete(z, 2, axis=1)
    loss = SoftmaxLoss(Focal(2.0), axis=1)
    labels = np.array([0, 1, 3, 5])
    fewer = np.array([0, 1, 2, 4])
    got, true = KERNELS.gradient(loss, z, labels), KERNELS.gradient(loss, without, fewer)
    np.testing.assert_array_equal(got[:, 2], 0.0)
    np.testing.assert_allclose(np.delete(got, 2, axis=1), true, rtol=1e-5)
    z[:, 1:] = masked
    assert KERNELS.value(loss, z, np.zeros(4, np.int64)).max() == 0.0
    assert not KERNELS.gradient(loss, z, np.zeros(4, np.int64)).any()


def tensors(kind, dtype=torch.float32):
    z = torch.tensor(RNG.normal(0.0, 2.0, (40, 6)), dtype=dtype, device=DEVICE).requires_grad_()
    t = torch.arange(40, device=DEVICE) % 6
    return z, t if kind == "softmax" else F.one_hot(t, 6)


LOSS = {"softmax": functional.focal, "sigmoid": functional.sigmoid_focal}
MODULE = {"softmax": FocalLoss, "sigmoid": SigmoidFocalLoss}


@pytest.fixture(params=LOSS)
def kind(request):
    return request.param


@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_a_bad_target_makes_nan_and_only_its_own(kind, reduction):
    z, t = tensors(kind)
    (clean,) = torch.autograd.grad(LOSS[kind](z, t, reduction="sum"), z)
    places = t[3:4] if kind == "softmax" else t[3:4, 2:3]
    for wrong in (6, -1) if kind == "softmax" else (2, -1):
        places.fill_(wrong)
        value = LOSS[kind](z, t, reduction=reduction)
        assert torch.isnan(value).sum() == 1
        (gradient,) = torch.autograd.grad(LOSS[kind](z, t, reduction="sum"), z)
        bad = torch.isnan(gradient)
        assert bad.sum() == places.numel() * (6 if kind == "softmax" else 1)
        assert torch.equal(gradient[~bad], clean[~bad])


def test_a_probability_outside_its_domain_makes_nan():
    z = torch.zeros(3, device=DEVICE)
    for bad in (1.5, -0.25, float("nan")):
        value = functional.sigmoid_focal(z, torch.tensor([0.0, bad, 0.5], device=DEVICE), reduction="none")
        assert torch.isnan(value).tolist() == [False, True, False]


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("reduction", ["none", "mean_positive"])
def test_a_probability_that_rounding_took_outside_its_domain_is_at_its_end(reduction, smoothing):
    settings = {"reduction": reduction, "label_smoothing": smoothing}
    z = torch.tensor([0.5, -0.25, 1.0, 0.75, 0.1], device=DEVICE, requires_grad=True)
    rounded = torch.tensor([1.0 + 1e-7, 1.009, -1e-7, -0.009, 0.5], device=DEVICE)
    one, other = (functional.sigmoid_focal(z, t, **settings) for t in (rounded, rounded.clamp(0.0, 1.0)))
    assert torch.equal(one, other)
    of_one, of_other = (torch.autograd.grad(value.sum(), z)[0] for value in (one, other))
    assert torch.equal(of_one, of_other)


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf"), -float("inf")])
def test_a_sample_weight_that_is_none_makes_nan_and_only_its_own(kind, bad):
    z, t = tensors(kind)
    weight = torch.ones(40, device=DEVICE)
    (clean,) = torch.autograd.grad(LOSS[kind](z, t, sample_weight=weight, reduction="sum"), z)
    weight[3] = bad
    value = LOSS[kind](z, t, sample_weight=weight, reduction="none")
    assert torch.isnan(value).reshape(40, -1).all(dim=1).nonzero().tolist() == [[3]]
    assert torch.isnan(value).reshape(40, -1).any(dim=1).nonzero().tolist() == [[3]]
    (gradient,) = torch.autograd.grad(LOSS[kind](z, t, sample_weight=weight, reduction="sum"), z)
    assert torch.isnan(gradient[3]).all()
    clean[3] = gradient[3]
    torch.testing.assert_close(gradient, clean, rtol=0.0, atol=0.0, equal_nan=True)
    for reduction in ("mean", "sum", "mean_positive"):
        assert torch.isnan(LOSS[kind](z, t, sample_weight=weight, reduction=reduction))


def test_a_sample_weight_of_what_is_ignored_may_be_anything(kind):
    z, t = tensors(kind)
    t[3] = 7
    weight = torch.ones(40, device=DEVICE)
    settings = {"sample_weight": weight, "ignore_index": 7}
    clean = LOSS[kind](z, t, **settings)
    weight[3] = float("nan")
    assert torch.equal(LOSS[kind](z, t, **settings), clean)


@pytest.mark.parametrize("reduction", ["mean", "sum", "mean_positive", "none"])
def test_what_is_ignored_is_never_computed_with(kind, reduction):
    z = torch.full((5, 3), float("nan"), device=DEVICE).requires_grad_()
    t = torch.full((5,) if kind == "softmax" else (5, 3), -100, device=DEVICE)
    value = LOSS[kind](z, t, reduction=reduction, ignore_index=-100).sum()
    (gradient,) = torch.autograd.grad(value, z)
    assert value.item() == 0.0
    assert not gradient.any()


WHOLE_NUMBERS = (torch.uint8, torch.int8, torch.int16, torch.uint16, torch.int32, torch.uint32)
WRAPPED = (0, 1, 5, -1, -100, 156, 255, 2**16 - 100, 2**16 - 1, 2**32 - 100, 2**32 - 1)


@pytest.mark.parametrize("dtype", WHOLE_NUMBERS, ids=str)
@pytest.mark.parametrize("ignore_index", [x for x in WRAPPED if x not in (0, 1)])
def test_no_type_of_target_wraps_a_number_around_to_the_ignored_one(kind, dtype, ignore_index):
    limits = torch.iinfo(dtype)
    held = torch.tensor([x for x in WRAPPED if limits.min <= x <= limits.max], device=DEVICE)
    z = torch.tensor(RNG.normal(0.0, 2.0, (len(held), 300)), dtype=torch.float32, device=DEVICE)
    z = z if kind == "softmax" else z[:, 0].contiguous()
    for reduction in ("none", "mean"):
        settings = {"ignore_index": ignore_index, "reduction": reduction}
        one, other = LOSS[kind](z, held.to(dtype), **settings), LOSS[kind](z, held, **settings)
        torch.testing.assert_close(one, other, rtol=0.0, atol=0.0, equal_nan=True)


def test_a_mask_of_bytes_is_refused_whatever_is_ignored():
    z, mask = torch.zeros(3, device=DEVICE), torch.tensor([0, 255, 1], dtype=torch.uint8, device=DEVICE)
    value = functional.sigmoid_focal(z, mask, ignore_index=-1, reduction="none")
    assert torch.isnan(value).tolist() == [False, True, False]


@pytest.mark.parametrize(
    "dtype", [torch.int64, torch.int32, torch.uint8, torch.bool, torch.float32, torch.float16]
)
def test_targets_of_any_type_agree_to_the_last_bit(dtype):
    z, t = tensors("sigmoid")
    assert torch.equal(LOSS["sigmoid"](z, t.to(dtype)), LOSS["sigmoid"](z, t))


@pytest.mark.parametrize("reduction", ["mean", "sum", "mean_positive", "none"])
def test_an_empty_batch_is_zero_and_attached(kind, reduction):
    z = torch.zeros(0, 3, device=DEVICE, requires_grad=True)
    t = torch.zeros((0,) if kind == "softmax" else (0, 3), dtype=torch.int64, device=DEVICE)
    value = LOSS[kind](z, t, reduction=reduction).sum()
    value.backward()
    assert value.item() == 0.0
    assert z.grad.shape == (0, 3)


@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_the_gradient_is_handed_on_in_the_memory_it_was_written_to(kind, factor, monkeypatch):
    written = []
    monkeypatch.setattr(cuda, "room", lambda *a, plain=cuda.room: written.append(plain(*a)) or written[-1])
    z, t = tensors(kind)
    (plain,) = torch.autograd.grad(LOSS[kind](z, t), z)
    (factor * LOSS[kind](z, t)).backward()
    assert z.grad.data_ptr() == written[-1].data_ptr()
    torch.testing.assert_close(z.grad, factor * plain)


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.bfloat16, torch.float16], ids=["single", "bf16", "fp16"]
)
def test_backward_again_and_per_item(kind, dtype):
    z, t = tensors(kind, dtype)
    value = LOSS[kind](z, t) * 3.0
    (first,) = torch.autograd.grad(value, z, retain_graph=True)
    kept = first.clone()
    (second,) = torch.autograd.grad(value, z)
    assert first.dtype == dtype
    assert torch.equal(first, kept)
    torch.testing.assert_close(second, kept, rtol=2.0**-7, atol=1e-7)
    value = LOSS[kind](z, t, reduction="none")
    upstream = torch.linspace(-1.0, 2.0, value.numel(), device=DEVICE).reshape(value.shape)
    (by_item,) = torch.autograd.grad(value, z, upstream)
    (plain,) = torch.autograd.grad(LOSS[kind](z, t, reduction="sum"), z)
    expected = plain * (upstream if upstream.dim() == 2 else upstream[:, None])
    torch.testing.assert_close(by_item, expected.to(dtype), rtol=2.0**-6, atol=1e-6)


def test_half_precision_meets_no_underflow_and_no_copy_in_single():
    z = torch.zeros(5000, dtype=torch.float16, device=DEVICE, requires_grad=True)
    value = functional.sigmoid_focal(z, torch.ones(5000, device=DEVICE))
    (gradient,) = torch.autograd.grad(value * 65536.0, z)
    true = SigmoidFocalLoss().as_numpy().gradient(np.zeros(5000), np.ones(5000))
    np.testing.assert_allclose(gradient.cpu().numpy(), true * 65536.0, rtol=1e-3)
    logits = torch.zeros(2, 3, dtype=torch.bfloat16, device=DEVICE)
    assert cuda.room(logits, "softmax", True).dtype == torch.bfloat16


def test_what_no_kernel_computes_takes_the_closed_form():
    z, t = tensors("softmax")
    for other in (F.one_hot(t, 6), F.one_hot(t, 6).float()):
        assert not fuses(FocalLoss().as_numpy(), z, other)
    assert not fuses(FocalLoss().as_numpy(), z.double(), t)
    assert not fuses(FocalLoss(label_smoothing=0.1).as_numpy(), z, t)
    torch.testing.assert_close(functional.focal(z, F.one_hot(t, 6)), functional.focal(z, t))


def test_without_triton_the_closed_form_serves(kind, monkeypatch):
    z, t = tensors(kind)
    fused = torch.autograd.grad(LOSS[kind](z, t), z)[0]
    monkeypatch.setattr(cuda, "kernels", lambda: None)
    assert not fuses(FocalLoss().as_numpy(), z, t)
    torch.testing.assert_close(torch.autograd.grad(LOSS[kind](z, t), z)[0], fused)


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.bfloat16, torch.float16], ids=["single", "bf16", "fp16"]
)
def test_a_graph_knows_what_the_kernels_return(kind, dtype, monkeypatch):
    from torch._subclasses.fake_tensor import FakeTensorMode

    monkeypatch.setattr(cuda, "DEVICES", ("cuda",))
    shape, key = (2, 3, 5, 7), autograd.key_of(MODULE[kind]().as_numpy())
    with FakeTensorMode():
        for layout in (torch.contiguous_format, torch.channels_last):
            z = torch.empty(shape, dtype=dtype, device="cuda").to(memory_format=layout)
            t = torch.empty((2, 5, 7) if kind == "softmax" else shape, dtype=torch.int64, device="cuda")
            op = autograd.softmax_loss if kind == "softmax" else autograd.sigmoid_loss
            value, gradient = op(z, t, None, None, None, None, None, key, True)
            assert value.shape == ()
            assert value.dtype == torch.float32
            assert gradient.shape == shape
            assert gradient.dtype == (torch.bfloat16 if dtype == torch.bfloat16 else torch.float32)
            apart = kind == "sigmoid" or layout == torch.contiguous_format
            assert gradient.is_contiguous() == apart


def test_another_broken_gamma_is_no_other_kernel_and_a_whole_one_is():
    def given(gamma):
        return functions_of(Focal.formulas, (gamma,))

    assert given(1.5) is given(2.7)
    assert [given(gamma).tabled for gamma in (1.5, 2.0)] == [True, False]
    assert repr(given(2.0)) != repr(given(3.0))
    assert functions_of(LDAM.formulas, (0.5,), (1.0,)).tabled


def environment(root, **variables):
    unwanted = ("TRITON_INTERPRET", "SCARCE_FUSED_ON_GPU")
    kept = {key: value for key, value in os.environ.items() if key not in unwanted}
    return {**kept, "PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)]), **variables}


NAMED = """
import mine
from scarce.kernels.gpu_words import functions_of
print(repr(functions_of(mine.Mine.formulas, ())))
"""


def test_what_a_kernel_is_kept_under_follows_every_edit_of_a_users_file(root, tmp_path):
    def named(factor=1.0, offset=0.25, nothing=0.0):
        (tmp_path / "mine.py").write_text(MODULATION.format(factor=factor))
        (tmp_path / "helpers.py").write_text(HELPERS.format(offset=offset, nothing=nothing))
        own = environment(root, PYTHONDONTWRITEBYTECODE="1")
        own["PYTHONPATH"] += os.pathsep + str(tmp_path)
        command = [sys.executable, "-c", NAMED]
        return subprocess.run(command, env=own, capture_output=True, text=True, check=True).stdout

    names = [named(), named(factor=3.0), named(offset=0.5), named(nothing=2.0)]
    assert len(set(names)) == 4
    assert named() == names[0]


CALLS = """
import sys, torch, scarce.torch as s
s.cuda.DEVICES = (sys.argv[1],)
z, w = torch.randn(4, 3, requires_grad=True), torch.eye(3, requires_grad=True)
labels = torch.arange(4) % 3
for logits in (z, z.half(), z.bfloat16()):
    (2.0 * s.FocalLoss()(logits, labels)).backward()
    (2.0 * s.SigmoidFocalLoss()(logits, torch.nn.functional.one_hot(labels))).backward()
(2.0 * s.linear_loss(z, w, None, labels)).backward()
print(sorted(name for name in sys.modules if name.startswith('scarce.kernels.gpu')))
"""


def loaded(root, device, **variables):
    command = [sys.executable, "-W", "ignore", "-c", CALLS, device]
    own = environment(root, **variables)
    return subprocess.run(command, env=own, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("asked", ["0", ""])
def test_no_kernel_is_loaded_for_a_gpu_until_they_are_asked_for(root, asked):
    done = loaded(root, "cpu", SCARCE_FUSED_ON_GPU=asked)
    assert done.stdout.split() == ["[]"], done.stderr[-2000:]


def test_no_kernel_is_loaded_until_a_tensor_lies_on_a_gpu(root):
    done = loaded(root, "cuda", SCARCE_FUSED_ON_GPU="1")
    assert done.stdout.split() == ["[]"], done.stderr[-2000:]


def test_the_environment_asks_for_the_kernels(root):
    done = loaded(root, "cpu", SCARCE_FUSED_ON_GPU="1", TRITON_INTERPRET="1")
    assert "scarce.kernels.gpu_softmax" in done.stdout, done.stderr[-2000:]


def test_what_the_environment_asks_for_is_0_or_1(root):
    done = loaded(root, "cpu", SCARCE_FUSED_ON_GPU="yes")
    assert "SCARCE_FUSED_ON_GPU='yes' is outside its domain" in done.stderr


def test_the_kernels_are_on_or_off():
    for wrong in (1, "yes", None):
        with pytest.raises(ScarceError) as caught:
            fused_on_gpu(wrong)
        assert caught.value.code == "E501"
    assert fused_on_gpu(False) is True
    assert fused_on_gpu(True) is False


def test_while_they_are_off_the_closed_form_serves(kind):
    z, t = tensors(kind)
    fused = torch.autograd.grad(3.0 * LOSS[kind](z, t), z)[0]
    module = MODULE[kind]()
    call = Call(module.plain, module.numbers, z, t)
    assert can_fuse(call)
    fused_on_gpu(False)
    assert not can_fuse(call)
    torch.testing.assert_close(torch.autograd.grad(3.0 * LOSS[kind](z, t), z)[0], fused)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["single", "bf16"])
@pytest.mark.parametrize("differentiated", [True, False])
def test_a_graph_from_before_they_were_switched_off_still_gets_what_it_expects(kind, dtype, differentiated):
    z = torch.randn(2, 6, 5, 7, device=DEVICE, dtype=dtype).to(memory_format=torch.channels_last)
    t = torch.randint(0, 2, (2, 5, 7) if kind == "softmax" else z.shape, device=DEVICE)
    key = autograd.key_of(MODULE[kind]().as_numpy())
    arguments = (z, t, None, None, None, None, None, key, differentiated)
    before = autograd.on_gpu(*arguments)
    fused_on_gpu(False)
    after = autograd.on_gpu(*arguments)
    for one, other in zip(before, after, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-2 if dtype == torch.bfloat16 else 1e-5, atol=1e-7)
        assert one.stride() == other.stride()


def test_every_kernel_compiles_to_machine_code_that_reads_and_writes_wide(root, tmp_path):
    """The interpreter forgives what the compiler does not; no GPU is needed to ask it."""
    program = Path(__file__).with_name("gpu_machine_code.py")
    own = {**environment(root), "TRITON_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(program)], env=own, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    kernels = [json.loads(line) for line in done.stdout.splitlines()]
    by_name = {name: [k for k in kernels if k["name"] == name] for name in {k["name"] for k in kernels}}
    assert set(by_name) == {
        "every_element",
        "every_site",
        "counted_targets",
        "scaled_elements",
    }
    for kernel in kernels:
        assert not kernel["spills"], kernel
        assert not kernel["adds to memory"], kernel  # or sums would depend on who comes first
        assert kernel["double"] == kernel["flushes"] == 0, kernel
    for name in ("every_element", "every_site", "scaled_elements"):
        assert any(kernel["wide loads"] and kernel["wide stores"] for kernel in by_name[name])
