"""One law for every face of the overlap losses: narrow types, ignored classes, rounding, infinities."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812 - its usual name

import scarce.torch as losses
from scarce.errors import ScarceError
from scarce.losses.overlap import SigmoidOverlap, SoftmaxOverlap
from scarce.losses.overlap_index import Counts, OverlapIndex
from scarce.torch import functional
from scarce.torch.overlap.overlap_dispatch import evaluate

WHOLE = (torch.uint8, torch.int8, torch.int16, torch.uint16, torch.int32, torch.int64)
SOFTMAX = (losses.DiceLoss, losses.MCCLoss, losses.UnifiedFocalLoss)
SIGMOID = (losses.SigmoidDiceLoss, losses.SigmoidMCCLoss, losses.SigmoidUnifiedFocalLoss)
GENERATOR = torch.Generator().manual_seed(6)
NAN, INF = float("nan"), float("inf")


def eager(loss):
    return loss


def mapped(loss):
    def call(z, t, **weight):
        names = list(weight)

        def one(z, t, *w):
            return loss(z, t, **dict(zip(names, w, strict=True)))

        return torch.func.vmap(one)(z[None], t[None], *(w[None] for w in weight.values()))[0]

    return call


def compiled(loss):
    torch._dynamo.reset()
    return torch.compile(loss, fullgraph=True, backend="aot_eager")


FACES = {"eager": eager, "mapped": mapped, "compiled": compiled}
TRACED = {"mapped": mapped, "compiled": compiled}


@pytest.fixture(params=FACES)
def face(request):
    return FACES[request.param]


@pytest.fixture(params=TRACED)
def traced(request):
    return TRACED[request.param]


@pytest.fixture(params=SOFTMAX, ids=lambda m: m.__name__)
def softmax(request):
    return request.param


@pytest.fixture(params=SIGMOID, ids=lambda m: m.__name__)
def sigmoid(request):
    return request.param


def gradient_of(loss, z, target, **weight):
    z = z.detach().clone().requires_grad_()
    value = loss(z, target, **weight)
    return value.detach(), torch.autograd.grad(value.sum(), z)[0]


def code_of(call, *arguments, **settings):
    with pytest.raises(ScarceError) as caught:
        call(*arguments, **settings)
    return caught.value.code


# A number that a narrow type cannot hold is in no target of that type.


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16], ids=str)
@pytest.mark.parametrize("pixels", [4, 80], ids=["operations", "kernels"])
def test_a_class_is_not_ignored_because_the_ignored_index_wraps_around(softmax, face, dtype, pixels):
    z = torch.zeros(1, 200, pixels)
    z[0, 156] = 5.0
    target = torch.full((1, pixels), 156)
    target[:, : pixels // 2] = 3
    loss = softmax(over="image")
    torch.testing.assert_close(
        gradient_of(face(loss), z, target.to(dtype)), gradient_of(loss, z, target), rtol=1e-5, atol=1e-9
    )
    assert loss(z, target.to(dtype)) > 0.0


@pytest.mark.parametrize("n_classes", [3, 300])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.uint16, torch.bool], ids=str)
def test_labels_of_any_whole_type_are_those_of_the_widest(face, dtype, n_classes):
    z = torch.randn(1, n_classes, 70, generator=GENERATOR)
    target = torch.arange(70)[None] % (2 if dtype == torch.bool else min(n_classes, 128))
    loss = losses.DiceLoss()
    torch.testing.assert_close(face(loss)(z, target.to(dtype)), loss(z, target), rtol=1e-5, atol=0.0)


@pytest.mark.parametrize("dtype", WHOLE, ids=str)
def test_numpy_takes_labels_of_any_whole_type(dtype):
    z, target = np.zeros((1, 70, 300)), np.arange(70)[None]
    name = str(dtype).removeprefix("torch.")
    assert SoftmaxOverlap().value(z, target.astype(name)) == SoftmaxOverlap().value(z, target)
    if name.startswith("u"):
        z[..., 156] = 5.0
        hit = np.full((1, 70), 156, dtype=name)
        assert SoftmaxOverlap().value(z, hit) == SoftmaxOverlap().value(z, hit.astype(int)) > 0.0


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.uint16], ids=str)
def test_what_a_type_can_hold_is_ignored(face, dtype):
    z = torch.randn(1, 3, 70, generator=GENERATOR)
    target = torch.arange(70)[None] % 3
    target[0, 5:20] = 100
    kept = target[0] != 100
    found = face(losses.DiceLoss(ignore_index=100))(z, target.to(dtype))
    torch.testing.assert_close(found, losses.DiceLoss()(z[..., kept], target[:, kept]), rtol=1e-5, atol=0.0)


@pytest.mark.parametrize("pixels", [4, 80], ids=["operations", "kernels"])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.int64], ids=str)
def test_a_mask_of_0_and_255_is_an_error_in_every_type(sigmoid, dtype, pixels, traced):
    z, mask = torch.zeros(1, 1, pixels), torch.zeros(1, 1, pixels, dtype=torch.int64)
    mask[..., ::2] = 255
    loss = sigmoid(ignore_index=-1)
    assert code_of(loss, z, mask.to(dtype)) == "E504"
    assert code_of(SigmoidOverlap(axis=1, ignore_index=-1).value, z.numpy(), mask.to(dtype).numpy()) == "E504"
    assert torch.isnan(traced(loss)(z, mask.to(dtype)))


# The ignored index is one of a class: one-hot and soft targets say what they mean.


@pytest.mark.parametrize("soft_pixel", [False, True], ids=["one-hot", "one pixel soft"])
def test_one_hot_targets_are_never_ignored(softmax, face, soft_pixel):
    z = torch.randn(2, 3, 5, generator=GENERATOR, dtype=torch.float64)
    labels = torch.tensor([[0, 1, 2, 0, 0], [1, 1, 0, 2, 2]])
    target = F.one_hot(labels, 3).movedim(-1, 1).double()
    if soft_pixel:
        target[0, :, 0] = torch.tensor([0.5, 0.25, 0.25])
    truth = gradient_of(softmax(ignore_index=None), z, target)
    torch.testing.assert_close(gradient_of(face(softmax(ignore_index=0)), z, target), truth)
    if not soft_pixel:
        torch.testing.assert_close(truth, gradient_of(softmax(), z, labels))


# What rounding leads past the end of a domain is taken for the end.


@pytest.mark.parametrize("pixels", [16, 256], ids=["operations", "kernels"])
@pytest.mark.parametrize("scale", [1.0 + 1e-7, 1.0 + 5e-3])
def test_a_resized_mask_of_ones_is_a_mask_of_ones(sigmoid, face, pixels, scale):
    z = torch.randn(1, 1, pixels, generator=GENERATOR)
    ones = torch.ones(1, 1, pixels)
    ones[..., : pixels // 2] = 0.0
    truth = gradient_of(sigmoid(), z, ones)
    found = gradient_of(face(sigmoid()), z, ones * scale)
    torch.testing.assert_close(found, truth, rtol=1e-5, atol=1e-7)
    below = gradient_of(face(sigmoid()), z, torch.where(ones == 0.0, 1.0 - scale, ones))
    torch.testing.assert_close(below, truth, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("loss", [losses.DiceLoss(), losses.JaccardLoss(squared=True), losses.MCCLoss()])
def test_shares_past_an_end_are_clipped(face, loss):
    z = torch.randn(1, 2, 4, generator=GENERATOR, dtype=torch.float64)
    share = torch.tensor([[[1.005, 1.0, 0.3, -0.005], [-0.005, 0.0, 0.7, 1.005]]], dtype=torch.float64)
    truth = gradient_of(loss, z, share.clamp(0.0, 1.0))
    torch.testing.assert_close(gradient_of(face(loss), z, share), truth)
    numpy = SoftmaxOverlap(loss.loss.index, squared=loss.loss.squared, axis=1)
    assert numpy.value(z.numpy(), share.numpy()) == pytest.approx(truth[0].item())


# An infinite logit is the limit.


@pytest.mark.parametrize("pixels", [4, 80], ids=["operations", "kernels"])
def test_infinite_logits_of_a_mask_are_certain(sigmoid, face, pixels):
    z = torch.zeros(1, 1, pixels)
    z[..., 0], z[..., 1] = INF, -INF
    target = torch.zeros(1, 1, pixels)
    target[..., ::3] = 1.0
    value, slope = gradient_of(face(sigmoid()), z, target)
    truth = gradient_of(sigmoid(), z.clamp(-200.0, 200.0), target)
    torch.testing.assert_close((value, slope), truth, rtol=1e-5, atol=1e-7)
    assert torch.isfinite(slope).all()


@pytest.mark.parametrize("pixels", [4, 80], ids=["operations", "kernels"])
@pytest.mark.parametrize(
    "loss", [losses.DiceLoss(), losses.FocalTverskyLoss(squared=True), losses.MCCLoss()], ids=repr
)
def test_a_class_masked_by_minus_infinity_is_as_if_absent(face, loss, pixels):
    z = torch.randn(1, 3, pixels, generator=GENERATOR)
    target = torch.arange(pixels)[None] % 2
    masked = torch.cat((z[:, :2], torch.full_like(z[:, :1], -INF)), dim=1)
    value, slope = gradient_of(face(loss), masked, target)
    truth = gradient_of(loss, z[:, :2], target)
    torch.testing.assert_close(value, truth[0], rtol=1e-5, atol=0.0)
    torch.testing.assert_close(slope[:, :2], truth[1], rtol=1e-5, atol=1e-8)
    assert (slope[:, 2] == 0.0).all()
    impossible = target.clone()
    impossible[0, 0] = 2
    value, slope = gradient_of(face(loss), masked, impossible)
    assert torch.isfinite(value)
    assert torch.isfinite(slope).all()


@pytest.mark.parametrize("pixels", [4, 80], ids=["operations", "kernels"])
@pytest.mark.parametrize("bad", [INF, NAN])
def test_a_softmax_of_infinity_or_nan_is_nan(softmax, face, bad, pixels):
    z = torch.zeros(1, 3, pixels)
    z[0, 1, 2] = bad
    assert torch.isnan(face(softmax())(z, torch.arange(pixels)[None] % 3))


# A weight that is none, a label that is no class, a target that is no probability.

BAD_WEIGHTS = (-1.0, NAN, INF, -INF)


@pytest.mark.parametrize("pixels", [4, 80], ids=["operations", "kernels"])
@pytest.mark.parametrize("bad", BAD_WEIGHTS)
@pytest.mark.parametrize("module", [*SOFTMAX, *SIGMOID], ids=lambda m: m.__name__)
def test_a_bad_weight_is_an_error_with_its_place(module, bad, pixels):
    z = torch.zeros(1, 2, pixels)
    settings = {} if module.kind == "softmax" else {"n_labels": 2}
    target = torch.arange(pixels)[None] % 2
    target = target if module.kind == "softmax" else F.one_hot(target, 2).movedim(-1, 1)
    weight = torch.ones(target.shape)
    weight[(0,) * (weight.dim() - 1)][3] = bad
    with pytest.raises(ScarceError) as caught:
        module(**settings)(z, target, sample_weight=weight)
    place = "0,3" if module.kind == "softmax" else "0,0,3"
    assert caught.value.two_lines().startswith(f"error[E515]: sample_weight[{place}] is {bad:g}")


@pytest.mark.parametrize("bad", BAD_WEIGHTS)
def test_a_bad_weight_that_cannot_be_looked_at_is_nan(traced, bad):
    target = torch.tensor([[0, 1, 1, 0]])
    mask = F.one_hot(target, 2).movedim(-1, 1)
    weight = torch.tensor([[1.0, 1.0, bad, 1.0]])
    shares = 0.25 + 0.5 * mask.float()
    for loss, t, w in (
        (losses.DiceLoss(), target, weight),
        (losses.MCCLoss(), shares, weight),
        (losses.SigmoidDiceLoss(n_labels=2), mask, weight[:, None].expand(1, 2, 4)),
        (losses.SigmoidMCCLoss(n_labels=2), mask, weight[0, 2:3]),
    ):
        value, slope = gradient_of(traced(loss), torch.zeros(1, 2, 4), t, sample_weight=w)
        assert torch.isnan(value), loss
        assert torch.isnan(slope).all()


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        (losses.DiceLoss(), torch.tensor([[0, 1, 2, 0]])),
        (losses.MCCLoss(), torch.tensor([[0, 1, -1, 0]])),
        (losses.UnifiedFocalLoss(), torch.tensor([[0, 1, -7, 0]])),
        (losses.DiceLoss(), torch.full((1, 2, 4), 0.6)),
        (losses.SigmoidDiceLoss(n_labels=2), torch.full((1, 2, 4), 2)),
        (losses.SigmoidMCCLoss(n_labels=2), torch.full((1, 2, 4), 1.1)),
        (losses.SigmoidDiceLoss(n_labels=2), torch.full((1, 2, 4), NAN)),
    ],
    ids=repr,
)
def test_a_target_that_is_none_and_cannot_be_looked_at_is_nan(traced, loss, target):
    assert torch.isnan(traced(loss)(torch.zeros(1, 2, 4), target))
    assert code_of(loss, torch.zeros(1, 2, 4), target) in ("E504", "E521")


def test_what_is_right_is_no_nan_where_it_cannot_be_looked_at(softmax, traced):
    z = torch.randn(2, 3, 4, generator=GENERATOR)
    target = torch.tensor([[0, 1, 2, -100], [0, 0, 1, 2]])
    weight = torch.tensor([[0.0, 1.0, 2.0, 1.0]] * 2)
    found = traced(softmax())(z, target, sample_weight=weight)
    torch.testing.assert_close(found, softmax()(z, target, sample_weight=weight))


# Numbers follow the counts, tensors the inputs.


@pytest.mark.parametrize("name", ["dice", "mcc"])
def test_class_weights_of_a_function_are_those_of_double_precision(name):
    z = torch.randn(2, 3, 5, generator=GENERATOR, dtype=torch.float64)
    target = torch.arange(10).reshape(2, 5) % 3
    weights = [1.0 / 3.0, 0.1, 1e-3]
    each = getattr(functional, name)(z, target, reduction="none")
    truth = np.average(each.numpy(), weights=weights)
    assert getattr(functional, name)(z, target, class_weight=weights).item() == pytest.approx(
        truth, rel=1e-14
    )


@pytest.mark.parametrize(
    ("dtype", "pixels"), [(torch.float64, 4), (torch.float32, 80)], ids=["operations", "kernels"]
)
def test_the_default_device_does_not_matter(dtype, pixels, face):
    z = torch.randn(2, 3, pixels, generator=GENERATOR, dtype=dtype)
    target = torch.arange(2 * pixels).reshape(2, pixels) % 3
    mask, weight = F.one_hot(target, 3).movedim(-1, 1), torch.ones(2)
    numbers = [1.0, 2.0, 3.0]
    cases = [
        (lambda z, t, **w: functional.dice(z, t, class_weight=numbers, background=0, **w), target),
        (lambda z, t, **w: functional.focal_tversky(z, t, squared=True, over="image", **w), mask.to(dtype)),
        (lambda z, t, **w: functional.mcc(z, t, average="micro", **w), target),
        (lambda z, t, **w: functional.sigmoid_mcc(z, t, n_labels=3, class_weight=numbers, **w), mask),
        (lambda z, t, **w: functional.sigmoid_tversky(z, t, n_labels=3, **w), 0.25 + 0.5 * mask.to(dtype)),
    ]
    for loss, t in cases:
        truth = gradient_of(loss, z, t, sample_weight=weight)
        with torch.device("meta"):
            found = gradient_of(face(loss), z, t, sample_weight=weight)
        assert found[0].device.type == "cpu"
        torch.testing.assert_close(found, truth)


# An index of one's own needs no more than its formula, and in NumPy its slopes.


class Kappa(OverlapIndex):
    """One less Cohen's kappa, which is no ratio of the counts of one class's foreground."""

    name = "kappa"
    needs_background = True

    def loss(self, xp, counts, smooth):
        tp, fp, fn, tn = counts
        chance = (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn)
        return 1.0 - 2.0 * (tp * tn - fp * fn) / chance

    def slopes(self, counts, smooth):
        steps = np.eye(4)[:, :, None, None] * 1e-6
        ends = [
            [self.loss(np, Counts(*(np.stack(counts) + s * step)), 0.0) for s in (1, -1)] for step in steps
        ]
        return Counts(*((up - down) / 2e-6 for up, down in ends))


@pytest.mark.parametrize("made", [SoftmaxOverlap, partial(SigmoidOverlap, n_labels=3)])
def test_an_index_of_ones_own_is_that_of_numpy(made):
    loss = made(Kappa(), axis=1)
    z = torch.randn(2, 3, 70, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(140).reshape(2, 70) % 3
    t = labels if loss.kind == "softmax" else F.one_hot(labels, 3).movedim(-1, 1)
    for logits, rtol in ((z, 1e-6), (z.float(), 1e-4)):  # by operations, and for labels by the kernel
        logits = logits.clone().requires_grad_()
        value = evaluate(logits, t, None, None, loss)
        (slope,) = torch.autograd.grad(value, logits)
        np.testing.assert_allclose(value.detach(), loss.value(z.numpy(), t.numpy()), rtol=rtol)
        np.testing.assert_allclose(slope, loss.gradient(z.numpy(), t.numpy()), rtol=rtol, atol=1e-8)


# A setting that would do nothing is refused.


def test_settings_without_an_effect_are_refused():
    z, t = torch.zeros(2, 2, 4), torch.zeros(2, 4, dtype=torch.int64)
    assert code_of(losses.DiceLoss, average="micro", class_weight=[1.0, 2.0]) == "E529"
    assert code_of(functional.mcc, z, t, smooth=1.0) == "E529"
    assert code_of(losses.MCCLoss, squared=True) == "E529"
    assert code_of(losses.SigmoidDiceLoss, class_weight=[2.0]) == "E529"
    assert code_of(losses.DiceLoss, classes=["a", "b"]) == "E529"
    with pytest.raises(ScarceError) as caught:
        losses.DiceLoss(over="image", reduction="sum", ranks="world")(z, t)
    assert caught.value.two_lines() == (
        "error[E529]: ranks='world' has no effect: with over='image' and reduction='sum' every image stands "
        "for itself\n"
        "hint: leave it out"
    )
    for setting in ("class_weight", "fp_weight"):
        given = torch.nn.Parameter(torch.ones(2 if setting == "class_weight" else ()))
        assert code_of(losses.TverskyLoss, **{setting: given}) == "E562"
        assert code_of(functional.tversky, z, t, **{setting: given}) == "E562"
