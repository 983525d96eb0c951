"""The overlap losses on tensors: what NumPy computes, in any type and shape, as autograd asks for it."""

from __future__ import annotations

import copy
import inspect
import pickle
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

import scarce.torch as losses
from scarce.errors import ScarceError
from scarce.losses.overlap_catalog import OVERLAP_LOSSES
from scarce.torch import functional
from scarce.torch.overlap import overlap_losses, soft_counts

MODULES = sorted({getattr(losses, name) for name in overlap_losses.__all__}, key=lambda m: m.__name__)
SETTINGS = {
    "plain": {},
    "weighted": {"class_weight": [1.0, 2.0, 3.0]},
    "images": {"over": "image"},
    "counting empty": {"smooth": 2.0, "empty": "count"},
    "micro": {"average": "micro"},
    "micro images": {"average": "micro", "over": "image"},
    "squared": {"squared": True},
    "squared micro images": {"squared": True, "average": "micro", "over": "image", "smooth": 2.0},
}
GENERATOR = torch.Generator().manual_seed(3)
Z = torch.randn(2, 3, 4, 5, generator=GENERATOR, dtype=torch.float64)
T = torch.randint(0, 3, (2, 4, 5), generator=GENERATOR)
T[0, 0, 0] = -100
ONE_HOT = F.one_hot(T.clamp(min=0), 3).movedim(-1, 1)
SHARES = torch.softmax(torch.randn(2, 3, 4, 5, generator=GENERATOR, dtype=torch.float64), dim=1)
W = 0.2 + torch.rand(2, 4, 5, generator=GENERATOR, dtype=torch.float64)


def targets(module):
    return (T if module.kind == "softmax" else ONE_HOT), SHARES


def made(module, **settings):
    return module(**settings) if module.kind == "softmax" else module(n_labels=3, **settings)


def weight_of(module):
    return W if module.kind == "softmax" else W[:, None].expand(2, 3, 4, 5)


def gradient_of(loss, z, target, weight=None):
    z = z.detach().clone().requires_grad_()
    value = loss(z, target, sample_weight=weight)
    return value.detach(), torch.autograd.grad(value.sum(), z)[0]


def fits(module, settings):
    """Return whether a loss has such settings, and its index a use for them."""
    refused = getattr(OVERLAP_LOSSES[module.name].index, "refused", ())
    return all(name in inspect.signature(module).parameters and name not in refused for name in settings)


@pytest.fixture(params=MODULES, ids=lambda module: module.__name__)
def module(request):
    return request.param


@pytest.fixture(
    params=[losses.DiceLoss, losses.MCCLoss, losses.SigmoidFocalTverskyLoss],
    ids=["softmax", "softmax mcc", "sigmoid"],
)
def either(request):
    return request.param


@pytest.mark.parametrize(
    ("module", "settings"),
    [(m, which) for m in MODULES for which in SETTINGS if fits(m, SETTINGS[which])],
    ids=lambda given: given if isinstance(given, str) else given.__name__,
)
def test_the_module_agrees_with_numpy_and_with_the_function(module, settings):
    loss, weight = made(module, **SETTINGS[settings]), weight_of(module)
    function = getattr(functional, f"{module.kind}_{module.name}")
    own = {} if module.kind == "softmax" else {"n_labels": 3}
    for target in targets(module):
        value, slope = gradient_of(loss, Z, target, weight)
        given = (Z.numpy(), target.numpy(), weight.numpy())
        assert value.item() == pytest.approx(float(loss.as_numpy().value(*given)), rel=1e-12)
        np.testing.assert_allclose(slope, loss.as_numpy().gradient(*given), rtol=1e-9, atol=1e-14)
        assert function(Z, target, sample_weight=weight, **SETTINGS[settings], **own) == value


@pytest.mark.parametrize("settings", [{"background": 0}, {"reduction": "sum"}, {"smooth": 1.0}])
def test_settings_of_a_softmax_agree_with_numpy(settings):
    loss = losses.TverskyLoss(0.3, 0.8, **settings)
    value, slope = gradient_of(loss, Z, T)
    assert value.item() == pytest.approx(float(loss.as_numpy().value(Z.numpy(), T.numpy())), rel=1e-12)
    np.testing.assert_allclose(slope, loss.as_numpy().gradient(Z.numpy(), T.numpy()), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("over", ["batch", "image"])
def test_every_class_for_itself(over, either):
    loss = made(either, over=over, reduction="none")
    value = loss(Z, targets(either)[0])
    assert value.shape == ((3,) if over == "batch" else (2, 3))
    np.testing.assert_allclose(
        value, loss.as_numpy().value(Z.numpy(), targets(either)[0].numpy()), rtol=1e-12
    )


@pytest.mark.parametrize("over", ["batch", "image"])
def test_micro_gives_one_number_a_group(over, either):
    loss = made(either, over=over, average="micro", reduction="none")
    value = loss(Z, targets(either)[0])
    assert value.shape == (() if over == "batch" else (2,))
    truth = loss.as_numpy().value(Z.numpy(), targets(either)[0].numpy())
    np.testing.assert_allclose(value, truth, rtol=1e-12)


def test_an_upstream_gradient_for_every_class(either):
    loss, target = made(either, reduction="none"), targets(either)[0]
    z = Z.clone().requires_grad_()
    upstream = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    (at_once,) = torch.autograd.grad(loss(z, target), z, upstream)
    each = [torch.autograd.grad(loss(z, target)[k], z)[0] * upstream[k] for k in range(3)]
    torch.testing.assert_close(at_once, sum(each))


@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_first_and_second_derivatives(module, soft):
    loss, target = made(module, over="image"), targets(module)[soft][..., :2]
    weight, z = weight_of(module)[..., :2], Z[..., :2].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: loss(x, target, sample_weight=weight), z)
    if not (soft and "Unified" in module.__name__):  # whose pixels' part is for labels, tested there
        assert torch.autograd.gradgradcheck(lambda x: loss(x, target, sample_weight=weight), z)


@pytest.mark.parametrize("settings", [{"squared": True}, {"squared": True, "average": "micro"}])
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
@pytest.mark.parametrize("name", ["TverskyLoss", "SigmoidFocalTverskyLoss"])
def test_first_and_second_derivatives_of_squared_errors(name, soft, settings):
    module = getattr(losses, name)
    loss, target = made(module, over="image", **settings), targets(module)[soft][..., :2]
    weight, z = weight_of(module)[..., :2], Z[..., :2].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: loss(x, target, sample_weight=weight), z)
    assert torch.autograd.gradgradcheck(lambda x: loss(x, target, sample_weight=weight), z)


@pytest.mark.parametrize("size", [5.0, 20.0, 40.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_squares_do_not_underflow_in_single_precision(sign, size):
    for loss in (
        losses.FocalTverskyLoss(exponent=0.25, squared=True),
        losses.SigmoidFocalTverskyLoss(exponent=0.25, squared=True, n_labels=3),
    ):
        z, target = sign * size * (2.0 * ONE_HOT - 1.0), targets(loss)[0]
        single, double = gradient_of(loss, z.float(), target), gradient_of(loss, z.double(), target)
        torch.testing.assert_close(single[0].double(), double[0], rtol=1e-5, atol=0.0)
        torch.testing.assert_close(single[1].double(), double[1], rtol=1e-4, atol=1e-36)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["double", "single"])
def test_backward_again_and_again(module, dtype):
    z = Z.to(dtype).clone().requires_grad_()
    value = 3.0 * made(module)(z, targets(module)[0])
    first, second = (torch.autograd.grad(value, z, retain_graph=True)[0].clone() for _ in range(2))
    (third,) = torch.autograd.grad(value, z)
    assert torch.equal(first, second)
    assert torch.equal(first, third)
    torch.testing.assert_close(first, 3.0 * gradient_of(made(module), z, targets(module)[0])[1])


def test_pieces_add_up(module, monkeypatch):
    loss, (target, soft) = made(module, over="image"), targets(module)
    whole = [gradient_of(loss, Z, t, weight_of(module)) for t in (target, soft)]
    monkeypatch.setitem(soft_counts.CHUNK, "cpu", 12)  # four pixels of three classes
    pieces = [gradient_of(loss, Z, t, weight_of(module)) for t in (target, soft)]
    torch.testing.assert_close(pieces, whole)
    torch.testing.assert_close(gradient_of(loss, Z, target), gradient_of(loss, Z.clone(), target))


@pytest.mark.parametrize("shape", [(6,), (6, 4), (2, 3, 2, 2), (1, 2, 2, 2, 3)], ids=len)
def test_any_shape_of_pixels(module, shape):
    z = torch.randn(shape[0], 3, *shape[1:], dtype=torch.float64)
    t = torch.arange(z[:, 0].numel()).reshape(z[:, 0].shape) % 3
    t = t if module.kind == "softmax" else F.one_hot(t, 3).movedim(-1, 1)
    loss = made(module, over="image")
    weight = 1.0 + torch.arange(shape[0], dtype=torch.float64)  # one an image
    value, slope = gradient_of(loss, z, t, weight)
    given = (z.numpy(), t.numpy(), weight.numpy())
    assert value.item() == pytest.approx(float(loss.as_numpy().value(*given)), rel=1e-12)
    np.testing.assert_allclose(slope, loss.as_numpy().gradient(*given), rtol=1e-9, atol=1e-14)


def test_a_pixel_alone_is_an_image():
    loss, z = losses.DiceLoss(), torch.tensor([2.0, 0.0, -1.0])
    torch.testing.assert_close(loss(z, torch.tensor(1)), loss(z[None], torch.tensor([1])))


def test_channels_may_lie_last(either):
    loss, target = made(either), targets(either)[0]
    z = Z.to(memory_format=torch.channels_last)
    torch.testing.assert_close(gradient_of(loss, z, target), gradient_of(loss, Z, target))
    strided = Z.repeat_interleave(2, dim=3)[..., ::2]
    torch.testing.assert_close(gradient_of(loss, strided, target), gradient_of(loss, Z, target))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bf16", "fp16"])
def test_reduced_precision_is_computed_in_single(module, dtype):
    z, target = Z.to(dtype), targets(module)[0]
    value, slope = gradient_of(made(module), z, target)
    assert (value.dtype, slope.dtype) == (torch.float32, dtype)
    in_single = gradient_of(made(module), z.float(), target)
    torch.testing.assert_close(value, in_single[0])
    torch.testing.assert_close(slope, in_single[1].to(dtype))
    scaled = torch.autograd.grad(2.0**16 * made(module)(z.requires_grad_(), target), z)[
        0
    ]  # what a GradScaler does: nothing underflows before
    torch.testing.assert_close(scaled, (2.0**16 * in_single[1]).to(dtype))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bf16", "fp16"])
def test_autocast(module, dtype):
    layer, x = nn.Conv2d(2, 3, 1), torch.randn(2, 2, 4, 5)
    with torch.autocast("cpu", dtype=dtype):
        z = layer(x)
        value = made(module)(z, targets(module)[0])
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, made(module)(z.float(), targets(module)[0]))
    value.backward()
    assert torch.isfinite(layer.weight.grad).all()


@pytest.mark.parametrize("module", [m for m in MODULES if m.kind == "softmax"])
def test_one_hot_targets_are_labels(module):
    labels = T.clamp(min=0)
    for dtype in (torch.int64, torch.float32, torch.float64):
        one = gradient_of(made(module), Z, F.one_hot(labels, 3).movedim(-1, 1).to(dtype))
        torch.testing.assert_close(one, gradient_of(made(module), Z, labels), rtol=0.0, atol=0.0)


@pytest.mark.parametrize("module", [m for m in MODULES if m.kind == "sigmoid"])
def test_hard_targets_of_any_type_agree(module):
    whole = gradient_of(made(module), Z, ONE_HOT)
    for dtype in (torch.float32, torch.float64, torch.bool, torch.uint8):
        torch.testing.assert_close(gradient_of(made(module), Z, ONE_HOT.to(dtype)), whole)


@pytest.mark.parametrize("shape", [(0, 3, 4, 5), (0, 3)])
def test_an_empty_batch_is_zero_and_attached(module, shape):
    z = torch.zeros(shape, requires_grad=True)
    target = torch.zeros(shape if module.kind == "sigmoid" else (shape[0], *shape[2:]), dtype=torch.int64)
    value = made(module)(z, target)
    value.backward()
    assert value.item() == 0.0
    assert z.grad.shape == shape


def test_images_without_pixels_are_zero(either):
    z = torch.zeros(2, 3, 0, 5, requires_grad=True)
    target = torch.zeros((2, 3, 0, 5) if either.kind == "sigmoid" else (2, 0, 5), dtype=torch.int64)
    value = made(either)(z, target)
    value.backward()
    assert value.item() == 0.0


def test_all_ignored_is_zero_and_attached(module):
    z = torch.full((2, 3, 4, 5), float("nan"), requires_grad=True)
    target = torch.full_like(z if module.kind == "sigmoid" else z[:, 0], -100).long()
    value = made(module, ignore_index=-100)(z, target)
    value.backward()
    assert value.item() == 0.0
    assert torch.equal(z.grad, torch.zeros_like(z))


def test_what_is_ignored_may_be_nan(module):
    target = T if module.kind == "softmax" else ONE_HOT.clone()
    if module.kind == "sigmoid":
        target[0, :, 0, 0] = -100
    loss, broken = made(module, ignore_index=-100), Z.clone()
    broken[0, :, 0, 0] = float("nan")
    torch.testing.assert_close(gradient_of(loss, broken, target), gradient_of(loss, Z, target))


def test_a_nan_that_counts_is_seen(module):
    broken = Z.clone()
    broken[1, 2, 3, 4] = float("nan")
    for target in targets(module):
        assert torch.isnan(made(module)(broken, target))


def test_no_foreground_is_zero_and_attached():
    z = torch.randn(2, 1, 4, requires_grad=True)
    value = losses.SigmoidDiceLoss()(z, torch.zeros(2, 1, 4))
    value.backward()
    assert value.item() == 0.0
    assert torch.equal(z.grad, torch.zeros_like(z))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_finite_at_the_largest_logits(module, dtype):
    for z in (1e4 * Z.sign(), 1e4 * (2.0 * ONE_HOT - 1.0), -1e4 * (2.0 * ONE_HOT - 1.0)):
        value, slope = gradient_of(made(module), z.to(dtype), targets(module)[0])
        assert torch.isfinite(value)
        assert torch.isfinite(slope).all()


@pytest.mark.parametrize("exponent", [0.1, 0.5, 0.75])
@pytest.mark.parametrize("size", [5.0, 20.0, 60.0, 95.0, 1e4])
def test_close_to_perfection_the_gradient_is_finite_and_right(exponent, size):
    z, labels = size * ONE_HOT, T.clamp(min=0)
    loss = losses.FocalTverskyLoss(0.5, 0.5, exponent)
    _, slope = gradient_of(loss, z.float(), labels)
    truth = loss.as_numpy().gradient(z.double().numpy(), labels.numpy())
    atol = 1e-6 if size > 90.0 else 1e-12  # from there on 1 - p is subnormal
    np.testing.assert_allclose(slope, truth, rtol=1e-4, atol=atol)


@pytest.mark.parametrize("size", [20.0, 60.0])
def test_a_saturated_probability_keeps_its_gradient_in_single_precision(module, size):
    for z in (size * ONE_HOT, -size * ONE_HOT):
        _, single = gradient_of(made(module), z.float(), targets(module)[0])
        _, double = gradient_of(made(module), z.double(), targets(module)[0])
        torch.testing.assert_close(single.double(), double, rtol=1e-4, atol=1e-36)


def test_millions_of_pixels_add_up_in_single_precision():
    z = torch.randn(1, 1, 2_000_000, generator=GENERATOR) - 4.0
    t = (torch.arange(z.numel()) % 1000 == 0).reshape(z.shape)
    loss = losses.SigmoidDiceLoss()
    assert loss(z, t).item() == pytest.approx(loss(z.double(), t).item(), rel=1e-6)


def test_nothing_in_the_size_of_the_logits_is_kept_for_the_way_back():
    kept = []
    z = torch.randn(2, 3, 64, 64).requires_grad_()
    target = torch.randint(0, 3, (2, 64, 64))
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x) or x, lambda x: x):
        losses.DiceLoss()(z, target)
    own = {z.data_ptr(), target.data_ptr()}
    assert all(x.numel() < 100 for x in kept if x.data_ptr() not in own)


def test_state_repr_copy_and_pickle():
    loss = losses.TverskyLoss(0.3, 0.7, class_weight=[1.0, 2.0, 4.0], background=0)
    assert repr(loss) == (
        "SoftmaxTverskyLoss(fp_weight=0.3, fn_weight=0.7, class_weight=[1.0, 2.0, 4.0], background=0)"
    )
    assert (
        repr(losses.SigmoidDiceLoss(n_labels=2, over="image")) == "SigmoidDiceLoss(over='image', n_labels=2)"
    )
    assert repr(losses.UnifiedFocalLoss()) == (
        "SoftmaxUnifiedFocalLoss(delta=0.6, gamma=0.5, focal_share=0.5)"
    )
    assert loss.state_dict()["class_weight"].tolist() == [1.0, 2.0, 4.0]
    for other in (copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
        assert other(Z, T) == loss(Z, T)
    loss.load_state_dict({"class_weight": torch.tensor([1.0, 1.0, 1.0])})
    assert loss(Z, T) == losses.TverskyLoss(0.3, 0.7, background=0)(Z, T)


def test_short_names_are_the_softmax():
    assert losses.DiceLoss is losses.SoftmaxDiceLoss
    assert functional.unified_focal is functional.softmax_unified_focal


def refused(call, *arguments, **settings):
    with pytest.raises(ScarceError) as caught:
        call(*arguments, **settings)
    return caught.value.two_lines()


def test_an_axis_of_pixels_is_not_taken_for_one_of_labels():
    mask = torch.zeros(8, 32, 32)
    assert refused(losses.SigmoidDiceLoss(), mask, mask) == (
        "error[E592]: the logits have shape (8, 32, 32): axis 1 should hold 1 label(s) behind an axis of "
        "images\n"
        "hint: for 32 labels say n_labels=32; a single mask needs an axis of length 1"
    )
    assert losses.SigmoidDiceLoss()(mask[:, None], mask[:, None]).item() == 0.0


def test_refusals():
    assert refused(losses.DiceLoss().posterior, Z).startswith("error[E513]: dice has no posterior")
    assert refused(losses.UnifiedFocalLoss().posterior, Z).startswith("error[E513]: unified_focal has")
    assert refused(losses.DiceLoss, smoth=1.0) == (
        "error[E523]: softmax_dice has no parameter 'smoth'\nhint: did you mean 'smooth'?"
    )
    assert refused(functional.dice, Z, T, gamma=1.0).startswith("error[E523]: softmax_dice has no parameter")
    for settings in ({"ignore_index": [0, 1]}, {"squared": "yes"}, {"background": 1.5}):
        assert refused(losses.DiceLoss, **settings).startswith("error[E501]"), settings
        assert refused(partial(functional.dice, Z, T, **settings)).startswith("error[E501]"), settings
    cases = {
        "E504": (losses.DiceLoss(), Z, T + 5),
        "E505": (losses.DiceLoss(), Z, T[:1]),
        "E515": (partial(losses.DiceLoss(), sample_weight=torch.ones(3)), Z, T),
        "E521": (losses.DiceLoss(), Z, torch.full_like(Z, 0.4)),
        "E527": (losses.DiceLoss(class_weight=[1.0, 2.0]), Z, T),
        "E501": (losses.DiceLoss(background=3), Z, T),
        "E561": (losses.DiceLoss(), Z[:, :1], T),
        "E562": (losses.DiceLoss(), Z, SHARES.clone().requires_grad_()),
        "E563": (losses.DiceLoss(), Z, T.double()),
        "E592": (losses.SigmoidUnifiedFocalLoss(), Z, ONE_HOT),
    }
    for code, case in cases.items():
        assert refused(*case).startswith(f"error[{code}]"), code
