"""The kernels of the overlap losses: what PyTorch's operations compute, and when they serve."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F  # noqa: N812 - its usual name

import scarce.torch as losses
from scarce.errors import ScarceError
from scarce.kernels import overlap_pass as kernel
from scarce.torch.overlap import overlap_kernels

GENERATOR = torch.Generator().manual_seed(5)
Z = 3.0 * torch.randn(3, 4, 91, 103, generator=GENERATOR)  # pixels of more than one segment
T = torch.randint(0, 4, (3, 91, 103), generator=GENERATOR)
T[0, 0, :5] = -100
MASK = torch.where(T[:, None] == -100, -100, F.one_hot(T.clamp(min=0), 4).movedim(-1, 1)).contiguous()
W = torch.rand(3, 91, 103, generator=GENERATOR)
SIGMOID = {"n_labels": 4, "ignore_index": -100}


@pytest.fixture
def served(monkeypatch):
    """Note which kernels are called."""
    calls = []
    for name in ("counts", "gradient"):
        plain = getattr(kernel, name)
        noting = lambda kind, *given, name=name, plain=plain: (  # noqa: E731
            calls.append(f"{kind} {name}") or plain(kind, *given)
        )
        monkeypatch.setattr(kernel, name, noting)
    return calls


def gradient_of(loss, z, target, weight=None):
    z = z.detach().clone().requires_grad_()
    value = loss(z, target, sample_weight=weight)
    return value.detach(), torch.autograd.grad(value.sum(), z)[0]


def close(single, double):
    torch.testing.assert_close(single[0].double(), double[0], rtol=2e-6, atol=0.0)
    scale = double[1].abs().max().item()
    torch.testing.assert_close(single[1].double(), double[1], rtol=1e-5, atol=1e-6 * scale)


@pytest.mark.parametrize("over", ["batch", "image"])
@pytest.mark.parametrize("weight", [None, W, W[:, 0, 0].clone()], ids=["unweighted", "pixels", "images"])
def test_classes_agree_with_double_precision(over, weight, served):
    loss = losses.FocalTverskyLoss(over=over)
    close(gradient_of(loss, Z, T, weight), gradient_of(loss, Z.double(), T, weight))
    assert served == ["softmax counts", "softmax gradient"]


@pytest.mark.parametrize("over", ["batch", "image"])
@pytest.mark.parametrize("weight", [None, W[:, None].expand(Z.shape).contiguous()], ids=["plain", "weighted"])
@pytest.mark.parametrize("dtype", [torch.int64, torch.float32])
def test_labels_agree_with_double_precision(over, weight, dtype, served):
    loss = losses.SigmoidTverskyLoss(0.3, 0.7, over=over, **SIGMOID)
    double = gradient_of(loss, Z.double(), MASK, weight)
    close(gradient_of(loss, Z, MASK.to(dtype), weight), double)
    assert served == ["sigmoid counts", "sigmoid gradient"]


@pytest.mark.parametrize(
    "loss",
    [losses.MCCLoss(), losses.DiceLoss(squared=True), losses.SigmoidDiceLoss(squared=True, **SIGMOID)],
    ids=["mcc", "squared", "squared sigmoid"],
)
def test_pytorch_serves_what_the_kernels_do_not(loss, served):
    target = T if loss.kind == "softmax" else MASK
    close(gradient_of(loss, Z, target), gradient_of(loss, Z.double(), target))
    assert served == []


def test_the_kernels_serve_pooled_counts_and_the_mcc_of_labels(served):
    for loss in (losses.SigmoidMCCLoss(**SIGMOID), losses.DiceLoss(average="micro", background=0)):
        target = T if loss.kind == "softmax" else MASK
        close(gradient_of(loss, Z, target), gradient_of(loss, Z.double(), target))
    assert served == ["sigmoid counts", "sigmoid gradient", "softmax counts", "softmax gradient"]


def test_masks_of_truth_values_are_read_as_they_are(served):
    mask = MASK > 0
    loss = losses.SigmoidDiceLoss(n_labels=4)
    close(gradient_of(loss, Z, mask), gradient_of(loss, Z.double(), mask))
    assert served == ["sigmoid counts", "sigmoid gradient"]


def test_true_negatives_are_counted():
    loss = losses.SigmoidUnifiedFocalLoss(**SIGMOID)
    close(gradient_of(loss, Z, MASK), gradient_of(loss, Z.double(), MASK))


def test_what_is_ignored_may_be_nan():
    broken = Z.clone()
    broken[0, :, 0, :5] = float("nan")
    for loss, target in ((losses.DiceLoss(), T), (losses.SigmoidDiceLoss(**SIGMOID), MASK)):
        found = gradient_of(loss, broken, target)
        torch.testing.assert_close(found, gradient_of(loss, Z, target), rtol=0.0, atol=0.0)
        assert (found[1][0, :, 0, :5] == 0.0).all()


def test_a_nan_that_counts_is_seen():
    broken = Z.clone()
    broken[1, 2, 3, 4] = float("nan")
    for loss, target in ((losses.DiceLoss(), T), (losses.SigmoidDiceLoss(**SIGMOID), MASK)):
        assert torch.isnan(loss(broken, target))


@pytest.mark.parametrize("size", [20.0, 60.0, 1e4])
def test_saturated_probabilities_keep_their_gradient(size):
    for sign in (1.0, -1.0):
        z = sign * size * (2.0 * MASK.clamp(min=0) - 1.0)
        for loss, target in ((losses.DiceLoss(), T), (losses.SigmoidDiceLoss(**SIGMOID), MASK)):
            _, single = gradient_of(loss, z, target)
            _, double = gradient_of(loss, z.double(), target)
            torch.testing.assert_close(single.double(), double, rtol=1e-4, atol=1e-36)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_numbers_do_not_depend_on_the_threads(threads):
    z, t = Z.reshape(3, 4, -1).numpy(), T.reshape(3, -1).numpy()
    counts, fault = kernel.counts("softmax", z, t, None, -100, threads)
    assert not fault
    assert (counts == kernel.counts("softmax", z, t, None, -100, 1)[0]).all()


def test_soft_targets_and_wrong_ones_are_looked_at_again(served):
    soft = torch.full_like(Z, 0.25)
    loss = losses.SigmoidDiceLoss(n_labels=4)
    close(gradient_of(loss, Z, soft), gradient_of(loss, Z.double(), soft.double()))
    assert served == ["sigmoid counts"]
    for code, wrong, target in (
        ("E504", losses.DiceLoss(), T + 1),
        ("E504", loss, MASK.clamp(min=0) * 2),
        ("E521", loss, soft * 5.0),
        ("E521", loss, soft * float("nan")),
    ):
        with pytest.raises(ScarceError) as caught:
            wrong(Z, target)
        assert caught.value.code == code


def test_without_the_kernels_compiler_pytorch_serves(monkeypatch):
    fast = gradient_of(losses.DiceLoss(), Z, T)
    monkeypatch.setattr(overlap_kernels, "kernels", lambda: None)
    torch.testing.assert_close(gradient_of(losses.DiceLoss(), Z, T), fast)


def test_backward_again_and_again_and_twice():
    z = Z.clone().requires_grad_()
    value = losses.DiceLoss()(z, T)
    first, second = (torch.autograd.grad(value, z, retain_graph=True)[0] for _ in range(2))
    assert torch.equal(first, second)
    (gradient,) = torch.autograd.grad(value, z, create_graph=True)
    torch.testing.assert_close(gradient.detach(), first)
    (penalty,) = torch.autograd.grad(gradient.square().sum(), z)
    assert torch.isfinite(penalty).all()
    assert penalty.abs().max() > 0.0
