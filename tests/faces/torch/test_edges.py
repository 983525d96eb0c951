"""Calls at the edge of what PyTorch allows: empty axes, wrong tables, other ways to differentiate."""

from __future__ import annotations

import pytest
import torch
from torch.autograd import forward_ad
from torch.nn import functional as F  # noqa: N812 - its usual name

import scarce.torch as losses
from scarce.errors import ScarceError
from scarce.torch import functional

Z = torch.randn(6, 4, generator=torch.Generator().manual_seed(4))
T = torch.tensor([0, 1, 2, 3, 0, -100])
BITS = (Z > 0.3).long()
CALLS = {
    "softmax": lambda z, reduction: functional.focal(z, T, reduction=reduction),
    "smoothed": lambda z, reduction: functional.focal(z, T, reduction=reduction, label_smoothing=0.1),
    "sigmoid": lambda z, reduction: functional.sigmoid_focal(z, BITS, reduction=reduction),
}
TYPES = [pytest.param(torch.float64, id="closed form"), pytest.param(torch.float32, id="kernel")]

each = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
FORWARD = pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")  # PyTorch's own use
both = pytest.mark.parametrize("dtype", TYPES)


def two_lines(function, *arguments, **settings):
    with pytest.raises(ScarceError) as caught:
        function(*arguments, **settings)
    return caught.value.two_lines()


@both
@pytest.mark.parametrize("kind", [torch.int64, torch.uint8, torch.float32, torch.bool], ids=str)
@pytest.mark.parametrize(("row", "total"), [([0, 0, 0, 0], 0), ([1, 0, 1, 0], 2)], ids=["none", "two"])
def test_a_row_of_zeros_and_ones_that_is_not_one_hot_is_refused(row, total, kind, dtype):
    target = F.one_hot(T.clamp(min=0), 4)
    target[2] = torch.tensor(row)
    assert two_lines(functional.focal, Z.to(dtype), target.to(kind)) == (
        f"error[E521]: target[2] is a row that sums to {total}, not a probability\n"
        "hint: soft targets lie in [0, 1] and sum to 1 a row"
    )


@both
@pytest.mark.parametrize("reduction", ["mean", "none", "sum", "mean_positive"])
@pytest.mark.parametrize("shape", [(4, 3, 0), (0, 3, 5), (2, 3, 0, 5)], ids=str)
def test_an_empty_axis_anywhere_is_an_empty_batch(shape, reduction, dtype):
    labels = torch.zeros(shape[0], *shape[2:], dtype=torch.int64)
    for call, target in ((functional.focal, labels), (functional.sigmoid_focal, torch.zeros(shape))):
        z = torch.zeros(shape, dtype=dtype, requires_grad=True)
        value = call(z, target, reduction=reduction).sum()
        value.backward()
        assert value.item() == 0.0
        assert z.grad.shape == shape


def test_logits_without_a_class_are_refused():
    assert two_lines(functional.focal, torch.zeros(4, 0), torch.zeros(4, dtype=torch.int64)) == (
        "error[E505]: the logits have shape (4, 0) and the target (4,)\n"
        "hint: give the logits two classes or more on axis 1"
    )


@both
@each
def test_many_upstream_gradients_at_once(call, dtype):
    z = Z.to(dtype).requires_grad_()
    value = call(z, "none")
    upstream = torch.eye(value.numel(), dtype=value.dtype).reshape(-1, *value.shape)
    one_by_one = torch.stack([torch.autograd.grad(value, z, v, retain_graph=True)[0] for v in upstream])
    (at_once,) = torch.autograd.grad(value, z, upstream, is_grads_batched=True)
    torch.testing.assert_close(at_once, one_by_one)


@each
def test_a_vectorised_hessian_is_the_hessian(call):
    found, right = (
        torch.autograd.functional.hessian(lambda z: call(z, "mean"), Z.double(), vectorize=vectorize)
        for vectorize in (True, False)
    )
    torch.testing.assert_close(found, right)


@FORWARD
@both
@each
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_dual_numbers_carry_the_derivative(call, dtype, reduction):
    z, along = Z.to(dtype), torch.arange(24).reshape(6, 4).to(dtype)
    with forward_ad.dual_level():
        value = call(forward_ad.make_dual(z, along), reduction)
        found = forward_ad.unpack_dual(value).tangent
    right = torch.func.jvp(lambda x: call(x, reduction), (z,), (along,))[1]
    torch.testing.assert_close(found, right)


@each
def test_a_third_derivative_is_that_of_differences(call):
    z, step = Z.double(), 1e-5

    def curvature(x):
        return torch.func.jacrev(torch.func.jacrev(lambda y: call(y, "sum")))(x)[0, :, 0, :]

    found = torch.func.jacrev(curvature)(z)[..., 0, 1]
    moved = torch.zeros_like(z)
    moved[0, 1] = step
    true = (curvature(z + moved) - curvature(z - moved)) / (2 * step)
    torch.testing.assert_close(found, true, rtol=1e-6, atol=1e-9)


@FORWARD
@each
def test_forward_mode_inside_forward_mode_is_refused(call):
    twice = torch.func.jacfwd(torch.func.jacfwd(lambda z: call(z, "mean")))
    assert two_lines(twice, Z) == (
        "error[E589]: a loss cannot be differentiated in forward mode twice: "
        "PyTorch would leave the outer one out\n"
        "hint: use torch.func.hessian, or put torch.func.jacrev inside"
    )


@pytest.mark.parametrize("name", ["class_weight", "logit_shift", "logit_scale"])
def test_a_setting_that_wants_a_gradient_is_refused_where_one_would_be_lost(name):
    setting = torch.ones(4, requires_grad=True)
    assert two_lines(functional.focal, Z, T, **{name: setting}) == (
        f"error[E562]: {name} requires a gradient, and the losses have one in the logits only\n"
        f"hint: pass {name}.detach()"
    )
    with torch.no_grad():
        assert functional.focal(Z, T, **{name: setting}) == functional.focal(Z, T)


PAIRS = [[9.0, 1.0], [5.0, 5.0], [8.0, 2.0]]
PER_LABEL = {
    "class_weight": losses.SigmoidFocalLoss(class_weight=PAIRS),
    "logit_shift": losses.SigmoidLogitAdjustedLoss(class_counts=PAIRS),
    "logit_scale": losses.SigmoidCrossEntropyLoss(logit_scale=[1.0, 2.0, 3.0]),
}


@pytest.mark.parametrize("name", PER_LABEL)
@pytest.mark.parametrize("shape", [(6, 1), (6, 4), (6,), (2, 4, 3)], ids=str)
def test_numbers_a_label_never_spread_over_other_labels(name, shape):
    loss, z = PER_LABEL[name], torch.zeros(shape)
    expected = (
        f"error[E528]: {name} is for 3 labels and the logits have shape {shape}\n"
        "hint: put the labels on axis 1"
    )
    assert two_lines(loss, z, z) == expected
    assert two_lines(loss.posterior, z) == expected


@pytest.mark.parametrize("name", PER_LABEL)
@pytest.mark.parametrize("shape", [(3,), (6, 3), (2, 3, 5)], ids=str)
def test_numbers_a_label_take_their_labels_on_axis_1_or_alone(name, shape):
    loss, z = PER_LABEL[name], torch.zeros(shape)
    assert loss(z, z).isfinite()
    assert loss.posterior(z).shape == shape


def test_the_posterior_refuses_other_classes():
    loss = losses.FocalLoss(class_weight=[1.0, 2.0, 3.0])
    assert two_lines(loss.posterior, torch.zeros(2, 5)) == (
        "error[E527]: class_weight is for 3 classes and the loss has 5\nhint: give one entry a class"
    )
    assert two_lines(loss.posterior, torch.zeros(5, 1)) == (
        "error[E561]: the logits have shape (5, 1): one logit an example, and a softmax needs one a class\n"
        "hint: use SigmoidFocalLoss (or another Sigmoid... loss) for one logit an example or a label"
    )


@pytest.mark.parametrize("name", ["logits", "target", "sample_weight"])
def test_what_is_no_tensor_is_named(name):
    given = {"logits": Z, "target": T, "sample_weight": torch.ones(6)} | {name: [0.0] * 6}
    logits, target, weight = given.values()
    assert two_lines(losses.FocalLoss(), logits, target, sample_weight=weight) == (
        f"error[E560]: {name} is a list, and the losses take tensors\nhint: pass torch.as_tensor({name})"
    )
