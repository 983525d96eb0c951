"""Defects of other packages' network losses, as ours: each is what was run there, with the right answer."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'scarce[torch]'")

import scarce.torch as losses  # noqa: E402 - after the question whether PyTorch is there
from scarce.errors import ScarceError  # noqa: E402
from scarce.torch import functional  # noqa: E402

TYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]
IDS = ["float64", "float32", "bf16", "fp16"]


def gradient(loss, logits, target, dtype=torch.float32, **settings):
    z = torch.tensor(logits, dtype=dtype, requires_grad=True)
    value = loss(z, torch.as_tensor(target), **settings)
    return value.detach(), torch.autograd.grad(value.sum(), z)[0].double()


@pytest.mark.parametrize("dtype", TYPES, ids=IDS)
@pytest.mark.parametrize("name", ["focal", "poly_focal", "detached_focal"])
def test_1_gamma_below_one_has_a_gradient_at_certainty(name, dtype):
    sigmoid, softmax = (getattr(functional, f"{kind}_{name}") for kind in ("sigmoid", "softmax"))
    _, slope = gradient(sigmoid, [40.0, -40.0], [1.0, 1.0], dtype, gamma=0.5, reduction="sum")
    assert torch.isfinite(slope).all()
    assert slope[1] <= -0.99
    _, slope = gradient(softmax, [[40.0, -40.0], [-40.0, 40.0]], [0, 0], dtype, gamma=0.5, reduction="sum")
    assert torch.isfinite(slope).all()
    assert slope[1, 0] <= -0.99


@pytest.mark.parametrize("dtype", TYPES, ids=IDS)
def test_2_hard_examples_keep_their_loss_and_gradient(dtype):
    x = [-15.0, -20.0, -100.0]
    value, slope = gradient(functional.sigmoid_focal, x, [1, 1, 1], dtype, reduction="none")
    torch.testing.assert_close(slope, torch.full((3,), -1.0, dtype=torch.float64), rtol=1e-4, atol=0.0)
    torch.testing.assert_close(value.double(), -torch.tensor(x, dtype=torch.float64), rtol=1e-4, atol=0.0)


def test_2_gamma_zero_is_cross_entropy_and_no_quarter_of_it():
    z = torch.tensor([[0.7, -1.2, 2.0]])
    true = torch.nn.functional.cross_entropy(z, torch.tensor([0]))
    torch.testing.assert_close(functional.focal(z, torch.tensor([0]), gamma=0.0), true)


def test_2_an_integer_is_a_class_for_a_softmax_and_refused_by_a_sigmoid():
    z, t = torch.tensor([[0.7, -1.2, 2.0]]), torch.tensor([2])
    assert functional.focal(z, t) == functional.focal(z, torch.tensor([[0, 0, 1]]))
    with pytest.raises(ScarceError) as caught:
        functional.sigmoid_focal(z, t)
    assert caught.value.code == "E505"


@pytest.mark.parametrize("name", ["asymmetric", "asymmetric_detached"])
def test_3_asymmetric_gradient_of_a_hard_positive_is_one(name):
    _, slope = gradient(getattr(functional, name), [-19.0], [1])
    assert slope.item() == pytest.approx(-1.0, rel=1e-5)


def test_4_a_confident_mistake_costs_what_it_should():
    value, slope = gradient(functional.sigmoid_focal, [-100.0, 0.0], [1, 1], reduction="none", gamma=0.0)
    assert value[0].item() == pytest.approx(100.0)
    value, slope = gradient(functional.sigmoid_focal, [[-100.0, 0.0]], [[1, 0]], reduction="sum")
    assert value.item() == pytest.approx(100.0 + 0.25 * math.log(2.0), rel=1e-6)  # 100.17
    assert slope[0, 0].item() == pytest.approx(-1.0, rel=1e-6)
    value, slope = gradient(functional.focal, [[-100.0, 0.0]], [0])
    assert value.item() == pytest.approx(100.0, rel=1e-5)
    assert slope[0, 0].item() == pytest.approx(-1.0, rel=1e-5)


def test_4_a_class_without_rows_is_an_error_and_not_nan():
    with pytest.raises(ScarceError) as caught:
        losses.ClassBalancedLoss(class_counts=[10, 0])
    assert caught.value.code == "E506"


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_4_one_hot_and_integer_targets_agree_under_weights(reduction):
    z, t = torch.randn(6, 3), torch.tensor([0, 1, 2, 0, 0, 1])
    settings = {"class_weight": [1.0, 5.0, 10.0], "reduction": reduction}
    one_hot = torch.nn.functional.one_hot(t, 3).float()
    assert torch.equal(functional.focal(z, t, **settings), functional.focal(z, one_hot, **settings))


def test_5_label_smoothing_is_the_expectation():
    t = torch.tensor([0, 1, 2, 0, 0, 1])
    z = 3.0 * torch.nn.functional.one_hot(t, 3).float() + torch.linspace(-1.0, 1.0, 18).reshape(6, 3)
    smoothed = functional.focal(z, t, label_smoothing=0.3)
    each = [functional.focal(z, torch.full((6,), k), reduction="none") for k in range(3)]
    true = 0.7 * functional.focal(z, t, reduction="none") + 0.1 * sum(each)
    torch.testing.assert_close(smoothed, true.mean())
    assert smoothed > functional.focal(z, t) + 0.01


def test_5_a_negative_gamma_is_refused():
    with pytest.raises(ScarceError) as caught:
        losses.FocalLoss(gamma=-1.0)
    assert caught.value.code == "E501"


def test_5_an_empty_batch_is_zero_with_a_gradient():
    z = torch.zeros(0, 3, requires_grad=True)
    value = functional.focal(z, torch.zeros(0, dtype=torch.int64))
    value.backward()
    assert value.item() == 0.0
    assert z.grad.shape == (0, 3)


def test_6_means_do_not_count_ignored_pixels():
    z = torch.zeros(1, 3, 2, 6)
    t = torch.full((1, 2, 6), 255)
    t[0, 0, 0] = 1
    value = functional.cross_entropy(z, t, ignore_index=255)
    assert value.item() == pytest.approx(math.log(3.0))


def test_6_all_ignored_is_zero_and_not_nan():
    value, slope = gradient(functional.cross_entropy, [[0.3, 1.0, -2.0]], [-100])
    assert value.item() == 0.0
    assert slope.tolist() == [[0.0, 0.0, 0.0]]


def test_7_the_background_takes_part_in_the_softmax_even_where_it_is_not_counted():
    z, t = torch.tensor([[5.0, 0.0, 0.0]]), torch.tensor([1])
    value = functional.cross_entropy(z, t, reduction="mean_positive")
    assert value.item() == pytest.approx(math.log(math.exp(5.0) + 2.0), rel=1e-5)
    assert functional.cross_entropy(z, torch.tensor([0]), reduction="mean_positive").item() > 0.0


def test_7_the_background_takes_part_in_the_softmax_of_an_overlap_loss():
    z, t = torch.tensor([[[5.0], [0.0], [0.0]]]), torch.tensor([[1]])
    p = math.exp(0.0) / (math.exp(5.0) + 2.0)  # a third, if channel 0 were dropped first
    value, slope = gradient(functional.dice, z.tolist(), t, background=0)
    assert value.item() == pytest.approx((1.0 - p) / (1.0 + p), rel=1e-5)
    assert slope[0, 0, 0] > 0.0


def test_6_overlap_losses_of_ignored_pixels_are_zero():
    value, slope = gradient(functional.dice, [[[0.3], [1.0], [-2.0]]], torch.tensor([[-100]]))
    assert value.item() == 0.0
    assert slope.abs().max() == 0.0
