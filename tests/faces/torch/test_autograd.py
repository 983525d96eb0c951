"""What autograd asks of a loss: any upstream, again and again, and nothing when nothing is asked."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812 - its usual name

from scarce.errors import ScarceError
from scarce.torch import FocalLoss, SigmoidFocalLoss, functional

DTYPES = {"closed form": torch.float64, "kernel": torch.float32}


@pytest.fixture(params=DTYPES)
def dtype(request):
    return DTYPES[request.param]


def rows(dtype, n=40, k=6):
    generator = torch.Generator().manual_seed(3)
    z = (3.0 * torch.randn(n, k, generator=generator)).to(dtype).requires_grad_()
    return z, torch.randint(0, k, (n,), generator=generator)


BOTH = {
    "softmax": lambda z, t, reduction: functional.focal(z, t, reduction=reduction),
    "sigmoid": lambda z, t, reduction: functional.sigmoid_focal(
        z, F.one_hot(t, z.shape[1]), reduction=reduction
    ),
}


@pytest.fixture(params=BOTH)
def loss(request):
    return BOTH[request.param]


def close(one, other):
    torch.testing.assert_close(one, other, rtol=1e-5 if one.dtype == torch.float32 else 1e-12, atol=1e-9)


def test_backward_twice_gives_the_same_again(loss, dtype):
    z, t = rows(dtype)
    value = loss(z, t, "mean") * 3.0
    (first,) = torch.autograd.grad(value, z, retain_graph=True)
    kept = first.clone()
    (second,) = torch.autograd.grad(value, z, retain_graph=True)
    (third,) = torch.autograd.grad(value, z)
    assert torch.equal(first, kept)
    assert torch.equal(second, kept)
    close(third, kept)


def test_backward_twice_accumulates_in_a_leaf(loss, dtype):
    z, t = rows(dtype)
    value = loss(z, t, "mean")
    (once,) = torch.autograd.grad(value, z, retain_graph=True)
    once = once.clone()
    for times in (1, 2, 3):
        value.backward(retain_graph=times < 3)
        close(z.grad, times * once)


@pytest.mark.parametrize("scale", [0.25, -2.0, 0.0])
def test_any_upstream_factor(loss, dtype, scale):
    z, t = rows(dtype)
    (plain,) = torch.autograd.grad(loss(z, t, "sum"), z)
    (scaled,) = torch.autograd.grad(scale * loss(z, t, "sum"), z)
    close(scaled, scale * plain)


def test_an_upstream_gradient_per_item(loss, dtype):
    z, t = rows(dtype)
    value = loss(z, t, "none")
    upstream = torch.linspace(-1.0, 2.0, value.numel(), dtype=value.dtype).reshape(value.shape)
    (at_once,) = torch.autograd.grad(value, z, upstream, retain_graph=True)
    at_once = at_once.clone()
    (again,) = torch.autograd.grad((value * upstream).sum(), z)
    close(again, at_once)
    (plain,) = torch.autograd.grad(loss(z, t, "none").sum(), z)
    by_item = upstream if upstream.dim() == 2 else upstream[:, None]
    close(at_once, plain * by_item)


def test_two_losses_of_one_input_add_up(loss, dtype):
    z, t = rows(dtype)
    (single,) = torch.autograd.grad(loss(z, t, "mean"), z)
    (double,) = torch.autograd.grad(loss(z, t, "mean") + loss(z, t, "mean"), z)
    close(double, 2.0 * single)


def test_an_inner_layer_gets_the_same_gradient(loss, dtype):
    x, t = rows(dtype)
    scale = torch.tensor(1.5, dtype=dtype, requires_grad=True)
    value = loss(x * scale, t, "mean")
    value.backward()
    z = (x * scale).detach().requires_grad_()
    (inner,) = torch.autograd.grad(loss(z, t, "mean"), z)
    close(x.grad, inner * 1.5)
    torch.testing.assert_close(scale.grad, (inner * x).sum().detach(), rtol=1e-4, atol=1e-7)


def test_a_penalty_on_the_gradient_trains(loss, dtype):
    z, t = rows(dtype)
    (gradient,) = torch.autograd.grad(loss(z, t, "mean"), z, create_graph=True)
    penalty = gradient.square().sum()
    (got,) = torch.autograd.grad(penalty, z)
    double = z.detach().double().requires_grad_()

    def of(x):
        (g,) = torch.autograd.grad(loss(x, t, "mean"), x, create_graph=True)
        return g.square().sum()

    step = 1e-5
    for place in ((0, 0), (7, 3)):
        moved = [double.detach().clone() for _ in range(2)]
        moved[0][place] += step
        moved[1][place] -= step
        numeric = (of(moved[0].requires_grad_()) - of(moved[1].requires_grad_())) / (2 * step)
        assert got[place].item() == pytest.approx(numeric.item(), rel=1e-4, abs=1e-9)


def test_no_gradient_wanted_means_none_is_computed(monkeypatch):
    from scarce.kernels import sigmoid_elements, softmax_pass

    seen = []
    for module in (softmax_pass, sigmoid_elements):
        plain = module.fused

        def watched(*arguments, plain=plain, module=module):
            seen.append(arguments[6] is not None)
            return plain(*arguments)

        monkeypatch.setattr(module, "fused", watched)
    z, t = rows(torch.float32)
    with torch.no_grad():
        for compute in BOTH.values():
            assert not compute(z, t, "mean").requires_grad
    for compute in BOTH.values():
        assert not compute(z.detach(), t, "mean").requires_grad
    assert seen == [False] * 4
    for compute in BOTH.values():
        compute(z, t, "mean")
    assert seen == [False] * 4 + [True] * 2


def test_value_without_a_gradient_is_the_value_with_one(loss, dtype):
    z, t = rows(dtype)
    assert torch.equal(loss(z.detach(), t, "mean"), loss(z, t, "mean").detach())


@pytest.mark.parametrize("reduction", ["mean", "sum", "mean_positive", "none"])
def test_an_empty_batch_is_zero_and_attached(loss, dtype, reduction):
    z = torch.zeros(0, 3, dtype=dtype, requires_grad=True)
    value = loss(z, torch.zeros(0, dtype=torch.int64), reduction).sum()
    assert value.item() == 0.0
    value.backward()
    assert z.grad.shape == (0, 3)


@pytest.mark.parametrize("reduction", ["mean", "sum", "mean_positive"])
def test_all_ignored_is_zero_and_attached(dtype, reduction):
    z = torch.full((4, 3), float("nan"), dtype=dtype, requires_grad=True)
    value = functional.focal(z, torch.full((4,), -100), reduction=reduction)
    value.backward()
    assert value.item() == 0.0
    assert torch.equal(z.grad, torch.zeros_like(z))
    z.grad = None
    value = functional.sigmoid_focal(z, torch.full((4, 3), 9), reduction=reduction, ignore_index=9)
    value.backward()
    assert value.item() == 0.0
    assert torch.equal(z.grad, torch.zeros_like(z))


def test_logits_need_not_be_contiguous(loss, dtype):
    z, t = rows(dtype)
    strided = z.detach().repeat_interleave(2, dim=1)[:, ::2].requires_grad_()
    (one,) = torch.autograd.grad(loss(strided, t, "mean"), strided)
    (other,) = torch.autograd.grad(loss(z, t, "mean"), z)
    assert torch.equal(one, other)


def test_a_target_or_weight_that_wants_a_gradient_is_refused():
    z, _ = rows(torch.float32)
    with pytest.raises(ScarceError) as caught:
        functional.sigmoid_focal(z, torch.rand(40, 6, requires_grad=True))
    assert caught.value.two_lines() == (
        "error[E562]: target requires a gradient, and the losses have one in the logits only\n"
        "hint: pass target.detach()"
    )


@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
@pytest.mark.parametrize("name", ["target", "sample_weight"])
def test_what_was_let_pass_without_gradients_is_refused_with_them(kind, name):
    z = torch.randn(6, 6, requires_grad=True)
    given = {"target": torch.eye(6), "sample_weight": torch.ones(6)}
    if kind == "softmax" and name == "sample_weight":
        given["target"] = torch.arange(6)
    given[name].requires_grad_()
    module = FocalLoss() if kind == "softmax" else SigmoidFocalLoss()
    with torch.no_grad():
        module(z, **given)
    with pytest.raises(ScarceError) as caught:
        module(z, **given)
    assert caught.value.code == "E562"


@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
def test_what_is_no_tensor_is_refused_after_a_call_that_was_right_too(kind):
    z, t = torch.randn(6, 6, requires_grad=True), torch.eye(6)
    module = FocalLoss() if kind == "softmax" else SigmoidFocalLoss()
    t = torch.arange(6) if kind == "softmax" else t
    module(z, t, sample_weight=torch.ones(6))
    module(z, t)
    for wrong in (np.ones(6), [1.0] * 6):
        with pytest.raises(ScarceError) as caught:
            module(z, t, sample_weight=wrong)
        assert caught.value.code == "E560"


@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_the_gradient_is_handed_on_in_the_memory_it_was_written_to(monkeypatch, factor):
    from scarce.kernels import sigmoid_elements, softmax_pass

    written = []
    for module in (softmax_pass, sigmoid_elements):
        plain = module.fused

        def watched(*arguments, plain=plain):
            written.append(arguments[6].__array_interface__["data"][0])
            return plain(*arguments)

        monkeypatch.setattr(module, "fused", watched)
    for compute in BOTH.values():
        z, t = rows(torch.float32)
        (factor * compute(z, t, "mean")).backward()
        assert z.grad.data_ptr() == written[-1]


def test_nan_in_is_nan_out():
    for module, target in (
        (FocalLoss(), torch.tensor([0])),
        (SigmoidFocalLoss(), torch.tensor([[0.0, 1.0]])),
    ):
        z = torch.tensor([[float("nan"), 1.0]], requires_grad=True)
        value = module(z, target)
        value.backward()
        assert np.isnan(value.item())
        assert torch.isnan(z.grad).any()


def test_a_module_computes_what_its_function_does():
    z, t = rows(torch.float32)
    module = FocalLoss(gamma=1.5, class_weight=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    as_function = functional.focal(z, t, gamma=1.5, class_weight=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert torch.equal(module(z, t), as_function)
