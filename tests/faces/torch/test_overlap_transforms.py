"""What PyTorch does to functions, done to the overlap losses; and losses put together."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

import scarce.torch as losses
from scarce.errors import ScarceError
from scarce.torch import functional

Z = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(1))
T = torch.arange(40).reshape(2, 4, 5) % 3
ONE_HOT = F.one_hot(T, 3).movedim(-1, 1)
# rolled, not flipped: that would leave the middle class at p = t, where errors have a kink
SHARES = torch.softmax(Z.roll(1, dims=1), dim=1)
FACES = {
    "softmax": (losses.DiceLoss(background=0), T),
    "images": (losses.FocalTverskyLoss(over="image"), T),
    "soft": (losses.JaccardLoss(), SHARES),
    "sigmoid": (losses.SigmoidTverskyLoss(0.3, 0.7, n_labels=3), ONE_HOT),
    "micro": (losses.DiceLoss(background=0, average="micro"), T),
    "squared": (losses.DiceLoss(squared=True, over="image"), T),
    "squared soft": (losses.SigmoidJaccardLoss(squared=True, n_labels=3), SHARES),
    "mcc": (losses.MCCLoss(), T),
    "mcc soft": (losses.MCCLoss(over="image"), SHARES),
    "mcc sigmoid": (losses.SigmoidMCCLoss(n_labels=3), ONE_HOT),
    "unified": (losses.UnifiedFocalLoss(), T),
    "unified sigmoid": (losses.SigmoidUnifiedFocalLoss(n_labels=3), ONE_HOT),
    "combined": (losses.CombinedLoss([(1.0, losses.DiceLoss()), (0.5, losses.FocalLoss())]), T),
}
FORWARD = pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")  # PyTorch's own use


@pytest.fixture(params=FACES)
def face(request):
    return FACES[request.param]


def gradient_of(loss, z, target):
    z = z.detach().clone().requires_grad_()
    value = loss(z, target)
    return value.detach(), torch.autograd.grad(value.sum(), z)[0]


@pytest.fixture
def compiled():
    torch._dynamo.reset()
    yield lambda function: torch.compile(function, fullgraph=True, backend="aot_eager")
    torch._dynamo.reset()


def test_compiles_without_a_break(face, compiled):
    loss, target = face
    torch.testing.assert_close(gradient_of(compiled(loss), Z, target), gradient_of(loss, Z, target))


@pytest.mark.parametrize("name", ["tversky", "unified_focal"])
def test_compiles_a_function_with_its_settings(name, compiled):
    settings = {"fp_weight": 0.3} if name == "tversky" else {"gamma": 0.3}

    def loss(z, t):
        return getattr(functional, name)(z, t, class_weight=[1.0, 2.0, 3.0], **settings)

    torch.testing.assert_close(gradient_of(compiled(loss), Z, T), gradient_of(loss, Z, T))


def test_vmap_is_one_call_an_image(face):
    loss, target = face

    def one(z, t):
        return loss(z[None], t[None])

    mapped = torch.func.vmap(torch.func.grad(one))(Z, target)
    each = torch.stack([gradient_of(one, z, t)[1] for z, t in zip(Z, target, strict=True)])
    torch.testing.assert_close(mapped, each)


@FORWARD
def test_hessian_forward_and_backward(face):
    loss, target = face
    z, t = Z[:1, :, :1, :2].double(), target[:1, ..., :1, :2]

    def value(x):
        return loss(x, t)

    torch.testing.assert_close(
        torch.func.hessian(value)(z), torch.autograd.functional.hessian(value, z), check_dtype=False
    )


@FORWARD
def test_jvp_is_the_gradient_along_a_direction(face):
    loss, target = face
    direction = torch.randn_like(Z)
    value, along = torch.func.jvp(lambda z: loss(z, target), (Z,), (direction,))
    torch.testing.assert_close(value, loss(Z, target))
    truth = (gradient_of(loss, Z, target)[1] * direction).sum()
    torch.testing.assert_close(along, truth, check_dtype=False, rtol=1e-4, atol=1e-7)


def test_meta_tensors_have_shapes(face):
    loss, target = face
    assert loss(Z.to("meta"), target.to("meta")).shape == ()


def test_the_loss_exports_with_any_number_of_images(face):
    loss, target = face
    images = torch.export.Dim("images")
    program = torch.export.export(loss, (Z, target), dynamic_shapes=({0: images}, {0: images}))
    torch.testing.assert_close(program.module()(Z[:1], target[:1]), loss(Z[:1], target[:1]))


def test_a_combination_is_the_weighted_sum_of_its_parts():
    dice, focal = losses.DiceLoss(class_weight=[1.0, 2.0, 3.0]), losses.FocalLoss()
    loss = losses.CombinedLoss([(2.0, dice), (0.5, focal)])
    value, slope = gradient_of(loss, Z, T)
    parts = [gradient_of(part, Z, T) for part in (dice, focal)]
    torch.testing.assert_close(value, 2.0 * parts[0][0] + 0.5 * parts[1][0])
    torch.testing.assert_close(slope, 2.0 * parts[0][1] + 0.5 * parts[1][1])
    assert [x.item() for x in loss.values(Z, T)] == [part[0].item() for part in parts]
    assert list(loss.state_dict()) == ["parts.0.class_weight"]
    assert repr(loss) == (
        "CombinedLoss(2 * SoftmaxDiceLoss(class_weight=[1.0, 2.0, 3.0]) + 0.5 * SoftmaxFocalLoss(gamma=2.0))"
    )


def test_a_combination_hands_on_weights_and_takes_any_module():
    weight = torch.rand(2, 4, 5)
    pair = losses.CombinedLoss([(1.0, losses.DiceLoss()), (1.0, losses.FocalLoss())])
    truth = losses.DiceLoss()(Z, T, sample_weight=weight) + losses.FocalLoss()(Z, T, sample_weight=weight)
    torch.testing.assert_close(pair(Z, T, sample_weight=weight), truth)
    other = losses.CombinedLoss([(1.0, losses.DiceLoss()), (1.0, nn.CrossEntropyLoss())])
    torch.testing.assert_close(other(Z, T), losses.DiceLoss()(Z, T) + F.cross_entropy(Z, T))


def two_lines(call, *arguments):
    with pytest.raises(ScarceError) as caught:
        call(*arguments)
    return caught.value.two_lines()


def test_what_cannot_be_combined():
    assert two_lines(losses.CombinedLoss, [(1.0, "dice")]) == (
        "error[E594]: 'dice' cannot be a part of a CombinedLoss: it is not a module\n"
        "hint: pass pairs such as (0.5, FocalLoss())"
    )
    assert two_lines(losses.CombinedLoss, [(1.0, losses.FocalLoss(reduction="none"))]) == (
        "error[E594]: SoftmaxFocalLoss cannot be a part of a CombinedLoss: it is not reduced to one number\n"
        "hint: give it reduction='mean' or 'sum'"
    )
    assert two_lines(losses.CombinedLoss, [(-1.0, losses.DiceLoss())]) == (
        "error[E501]: weight=-1 is outside its domain\nhint: weight must be a finite number, at least 0"
    )
    pair = losses.CombinedLoss([(1.0, losses.DiceLoss()), (1.0, losses.FocalLoss())])
    assert two_lines(pair.posterior, Z).startswith("error[E513]: CombinedLoss has no posterior")
