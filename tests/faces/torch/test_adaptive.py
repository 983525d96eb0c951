"""Losses with memory: each rule by numbers worked out by hand, and the errors of the room."""

from __future__ import annotations

import doctest
import math
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from scarce.errors import ScarceError
from scarce.losses.formulas import point
from scarce.torch import CrossEntropyLoss, SigmoidCrossEntropyLoss, WeightedCrossEntropyLoss
from scarce.torch.adaptive import (
    AdaFocalLoss,
    AutomatedFocalLoss,
    DeferredReweighting,
    EqualizedFocalLoss,
    FLSD53Loss,
    GHMCLoss,
    SeesawLoss,
)
from scarce.torch.adaptive.margins import SIGNED, modulated
from scarce.torch.closed_forms import TORCH

PAGE = Path(__file__).parents[3] / "docs" / "adaptive.md"


def logits_at(*probabilities):
    """Return two-class logits, in double, whose first class has these probabilities."""
    p = torch.tensor(probabilities, dtype=torch.float64)
    return torch.stack([torch.logit(p), torch.zeros_like(p)], dim=1)


def zeros(n):
    return torch.zeros(n, dtype=torch.int64)


# FLSD-53


@pytest.mark.parametrize(("p", "gamma"), [(0.1, 5), (0.1999, 5), (0.2, 3), (0.7, 3)])
def test_flsd_has_gamma_5_below_a_fifth_and_3_from_there(p, gamma):
    z = (logits_at(p) + 0.0).requires_grad_()
    value = FLSD53Loss()(z, zeros(1))
    value.backward()
    q = 1 - p
    assert value.item() == pytest.approx(-(q**gamma) * math.log(p), rel=1e-9)
    slope = q ** (gamma + 1) * (1 - gamma * p * math.log(p) / q)
    assert z.grad[0].tolist() == pytest.approx([-slope, slope], rel=1e-9)


# Automated focal loss


def test_automated_gamma_is_minus_log_of_the_running_mean():
    loss = AutomatedFocalLoss(momentum=0.9)
    assert loss.gamma.item() == 0.0
    loss(logits_at(0.2, 0.4), zeros(2))
    assert loss.mean.item() == pytest.approx(0.3)
    value = loss(logits_at(0.5, 0.9), zeros(2))
    mean = 0.9 * 0.3 + 0.1 * 0.7
    assert loss.mean.item() == pytest.approx(mean)
    assert loss.gamma.item() == pytest.approx(-math.log(mean))
    gamma = -math.log(mean)  # updated first, then used
    expected = -(0.5**gamma * math.log(0.5) + 0.1**gamma * math.log(0.9)) / 2
    assert value.item() == pytest.approx(expected)


def test_automated_gamma_is_held_constant_in_the_gradient():
    loss = AutomatedFocalLoss(reduction="sum")
    z = logits_at(0.3).requires_grad_()
    loss(z, zeros(1)).backward()
    gamma, p, q = -math.log(0.3), 0.3, 0.7
    slope = q ** (gamma + 1) * (1 - gamma * p * math.log(p) / q)
    assert z.grad[0, 0].item() == pytest.approx(-slope)


def test_automated_mean_weighs_by_the_sample_weights():
    loss = AutomatedFocalLoss()
    loss(logits_at(0.2, 0.8), zeros(2), sample_weight=torch.tensor([3.0, 1.0]))
    assert loss.mean.item() == pytest.approx((3 * 0.2 + 0.8) / 4)


# AdaFocal


def test_adafocal_starts_as_focal_loss():
    value = AdaFocalLoss(gamma=2.0)(logits_at(0.3), zeros(1))
    assert value.item() == pytest.approx(-(0.7**2) * math.log(0.3))


def test_adafocal_raises_gamma_by_over_confidence():
    loss = AdaFocalLoss(gamma=1.0, rate=2.0, bins=1)
    loss.update(logits_at(0.9, 0.9, 0.9, 0.9), torch.tensor([0, 0, 1, 1]))
    assert loss.gammas.tolist() == pytest.approx([math.exp(2 * 0.4)])
    loss.update(logits_at(0.9, 0.9), torch.tensor([0, 0]))
    assert loss.gammas.tolist() == pytest.approx([math.exp(2 * 0.4) * math.exp(2 * -0.1)])


def test_adafocal_turns_into_inverse_focal_and_back():
    loss = AdaFocalLoss(gamma=0.21, rate=1.0, bins=1)
    under_confident = (logits_at(0.6), zeros(1))  # right, and sure at .6 only: a gap of -.4
    loss.update(*under_confident)
    assert loss.gammas.tolist() == [-0.2]
    loss.update(*under_confident)
    assert loss.gammas.tolist() == pytest.approx([-0.2 * math.exp(0.4)])
    value = loss(logits_at(0.3), zeros(1))
    assert value.item() == pytest.approx(-(1.3 ** (0.2 * math.exp(0.4))) * math.log(0.3))
    loss.update(logits_at(0.9), torch.ones(1, dtype=torch.int64))  # wrong: a gap of .9
    assert loss.gammas.tolist() == [0.2]


@pytest.mark.parametrize(("start", "label", "end"), [(19.0, 1, 20.0), (-1.9, 0, -2.0)])
def test_adafocal_clips_gamma(start, label, end):
    loss = AdaFocalLoss(gamma=start, bins=1)
    loss.update(logits_at(0.7), torch.tensor([label]))
    assert loss.gammas.tolist() == [end]


def test_adafocal_bins_hold_equal_numbers_of_rows_and_look_up_training_rows():
    loss = AdaFocalLoss(bins=3)
    loss.update(logits_at(0.55, 0.6, 0.65, 0.7, 0.75, 0.8), torch.tensor([0, 1, 0, 0, 1, 0]))
    assert loss.edges.tolist() == pytest.approx([0.65, 0.75])
    gaps = [(0.55 + 0.6) / 2 - 0.5, (0.65 + 0.7) / 2 - 1.0, (0.75 + 0.8) / 2 - 0.5]
    expected = [math.exp(gap) for gap in gaps]
    assert loss.gammas.tolist() == pytest.approx(expected)
    p = torch.tensor([0.001, 0.649, 0.66, 0.749, 0.751, 1.0], dtype=torch.float64)
    found = loss.gamma_of(p).tolist()
    assert found == pytest.approx([expected[k] for k in (0, 0, 1, 1, 2, 2)])


def test_adafocal_leaves_the_gamma_of_an_empty_bin():
    loss = AdaFocalLoss(bins=4)
    loss.update(logits_at(0.9, 0.9), zeros(2))  # all rows are at every edge, so in the last bin
    assert loss.gammas.tolist()[:3] == [1.0, 1.0, 1.0]
    assert loss.gammas.tolist()[3] == pytest.approx(math.exp(-0.1))


def test_adafocal_update_counts_no_ignored_row():
    with_ignored, without = AdaFocalLoss(bins=2), AdaFocalLoss(bins=2)
    with_ignored.update(logits_at(0.6, 0.99, 0.8), torch.tensor([0, -100, 1]))
    without.update(logits_at(0.6, 0.8), torch.tensor([0, 1]))
    assert with_ignored.gammas.tolist() == without.gammas.tolist()


@pytest.mark.parametrize("gamma", [-2.0, -0.7, -3.4, 0.0, 0.2, 4.0])
def test_the_signed_formulas_are_derivatives_of_each_other(gamma):
    m = torch.linspace(-6, 6, 13, dtype=torch.float64).requires_grad_()
    check = lambda x: modulated(x, gamma, SIGNED)  # noqa: E731
    assert torch.autograd.gradcheck(check, (m,))
    assert torch.autograd.gradgradcheck(check, (m,))
    at, g = point(TORCH, m.detach()), torch.full_like(m, gamma)
    torch.testing.assert_close(SIGNED.slope(*at, g), at[3] * torch.exp(SIGNED.log_a(*at, g)))
    assert (SIGNED.slope(*at, g) > 0).all()


# GHM-C


def test_ghm_makes_every_bin_weigh_the_same():
    p = torch.tensor([0.05, 0.04, 0.03, 0.55, 0.95], dtype=torch.float64)  # bins 0, 0, 0, 5 and, as y=1, 0
    z, y = torch.logit(p).requires_grad_(), torch.tensor([0, 0, 0, 0, 1])
    loss = GHMCLoss()
    beta = [5 / (4 * 2)] * 3 + [5 / (1 * 2), 5 / (4 * 2)]
    assert loss.weights_of(z, y).tolist() == pytest.approx(beta)
    value = loss(z, y)
    entropy = binary_cross_entropy_with_logits(z, y.double(), reduction="none")
    assert value.item() == pytest.approx((torch.tensor(beta) * entropy).sum().item() / 5)
    value.backward()
    expected = torch.tensor(beta, dtype=torch.float64) * (p - y) / 5  # the weights have no gradient
    torch.testing.assert_close(z.grad, expected)
    assert loss.counts.tolist() == [0.0] * 10


def test_ghm_runs_the_counts_of_the_bins_that_hold_any():
    loss = GHMCLoss(bins=2, momentum=0.75)
    low, high = -2.0, 2.0
    value = loss(torch.tensor([low, low, low, high]), zeros(4).float())
    assert loss.counts.tolist() == [0.25 * 3, 0.25 * 1]
    entropy = [math.log1p(math.exp(-2)), math.log1p(math.exp(2))]
    assert value.item() == pytest.approx((3 * entropy[0] / 0.75 + entropy[1] / 0.25) / 2)
    value = loss(torch.tensor([low, low]), zeros(2).float())
    assert loss.counts.tolist() == [0.75 * 0.75 + 0.25 * 2, 0.25]
    assert value.item() == pytest.approx(2 * entropy[0] / (0.75 * 0.75 + 0.25 * 2))


def test_ghm_puts_a_norm_at_an_edge_into_the_bin_above():
    weights = GHMCLoss(bins=2).weights_of(torch.tensor([0.0, -1.0, -1.0]), zeros(3))
    assert weights.tolist() == pytest.approx([1.5, 0.75, 0.75])


# Seesaw


def test_seesaw_factors_by_hand():
    loss = SeesawLoss(3)
    loss.counts.copy_(torch.tensor([100.0, 10.0, 0.0]))
    z = torch.log(torch.tensor([[0.5, 0.3, 0.2]], dtype=torch.float64))
    factors = loss.log_factors(z, torch.tensor([0]))
    assert factors[0].tolist() == pytest.approx([0.0, 0.8 * math.log(0.1), 0.8 * math.log(0.01)])
    factors = loss.log_factors(z, torch.tensor([1]))  # class 0 has more rows, and a higher score
    assert factors[0].tolist() == pytest.approx([2 * math.log(0.5 / 0.3), 0.0, 0.8 * math.log(0.1)])
    factors = loss.log_factors(torch.log(torch.tensor([[0.999, 0.001, 1e-9]])), torch.tensor([1]))
    assert factors[0, 0].item() == pytest.approx(2 * math.log(0.999 / 0.01), rel=1e-5)  # not over .001


def test_seesaw_counts_this_batch_first_and_holds_the_factors_constant():
    loss = SeesawLoss(3)
    z = torch.randn(6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    z.requires_grad_()
    y = torch.tensor([0, 0, 0, 1, 2, -100])
    value = loss(z, y)
    assert loss.counts.tolist() == [3.0, 1.0, 1.0]
    factors = loss.log_factors(z[:5].detach(), y[:5])
    expected = cross_entropy(z[:5] + factors, y[:5])
    assert value.item() == pytest.approx(expected.item())
    (found,) = torch.autograd.grad(value, z)
    (right,) = torch.autograd.grad(expected, z)
    torch.testing.assert_close(found, right)


def test_seesaw_without_its_factors_is_cross_entropy():
    z, y = torch.tensor([[1.0, -1.0, 3.0]]), torch.tensor([1])
    value = SeesawLoss(3, mitigation=0.0, compensation=0.0)(z, y)
    torch.testing.assert_close(value, cross_entropy(z, y))


# Equalized focal loss


def test_equalized_gammas_follow_the_gradients_by_hand():
    loss = EqualizedFocalLoss(2, gamma=2.0, scale=8.0, alpha=0.25, reduction="sum")
    z = torch.zeros(2, 2, dtype=torch.float64).requires_grad_()
    y = torch.tensor([[1, 0], [0, 0]])
    value = loss(z, y)
    assert value.item() == pytest.approx((0.25 + 3 * 0.75) * 0.25 * math.log(2))
    value.backward()
    sizes = z.grad.abs()
    assert loss.positive.tolist() == pytest.approx([sizes[0, 0].item(), 0.0])
    assert loss.negative.tolist() == pytest.approx([sizes[1, 0].item(), sizes[:, 1].sum().item()])
    balance = 0.25 / 0.75
    assert loss.gammas.tolist() == pytest.approx([2 + 8 * (1 - balance), 10.0])
    value = loss(z.detach(), y)
    g = 2 + 8 * (1 - balance)
    first, second = g / 2 * 0.5**g * math.log(2), 10 / 2 * 0.5**10 * math.log(2)
    assert value.item() == pytest.approx((0.25 + 0.75) * first + 2 * 0.75 * second)


def test_equalized_gamma_is_never_below_that_of_balance():
    loss = EqualizedFocalLoss(1, alpha=None)
    loss(torch.zeros(3, 1), torch.ones(3, 1))  # positives only
    loss(torch.zeros(1, 1), torch.zeros(1, 1))
    assert loss.gammas.tolist() == [2.0]


def test_equalized_mean_is_over_the_positives():
    z, y = torch.randn(5, 3, generator=torch.Generator().manual_seed(0)), torch.zeros(5, 3)
    y[0, 0] = y[3, 2] = 1
    total = EqualizedFocalLoss(3, reduction="sum")(z, y)
    torch.testing.assert_close(EqualizedFocalLoss(3)(z, y), total / 2)
    none = EqualizedFocalLoss(3, reduction="sum")(z, 0 * y)
    torch.testing.assert_close(EqualizedFocalLoss(3)(z, 0 * y), none)


def test_equalized_training_starts_at_the_prior():
    loss = EqualizedFocalLoss(3)
    loss.positive.copy_(torch.tensor([1.0, 0.5, 0.01]))
    loss.negative.fill_(1.0)
    layer, prior = nn.Linear(2, 3), torch.tensor([0.2, 0.05, 0.001])
    loss.init_bias(layer, prior)
    torch.testing.assert_close(loss.posterior(layer(torch.zeros(1, 2)))[0], prior, rtol=1e-4, atol=0.0)
    loss.init_bias(layer, 0.01)
    torch.testing.assert_close(
        loss.posterior(layer(torch.zeros(1, 2)))[0], torch.full((3,), 0.01), rtol=1e-4, atol=0
    )


# Deferred re-weighting


@pytest.mark.parametrize(("epochs", "start"), [(10, 8), (200, 160), (3, 2), (7, 6)])
def test_deferred_weights_begin_with_the_last_fifth(epochs, start):
    assert DeferredReweighting(CrossEntropyLoss(), epochs, [9, 1]).start == start


def test_deferred_training_starts_at_the_prior():
    loss, layer = DeferredReweighting(CrossEntropyLoss(), 5, [90, 10]), nn.Linear(2, 2)
    loss.init_bias(layer, [0.9, 0.1])
    torch.testing.assert_close(loss.posterior(layer(torch.zeros(1, 2)))[0], torch.tensor([0.9, 0.1]))
    assert torch.equal(loss.base_score([0.9, 0.1]), layer.bias)


def test_deferred_stages_are_the_loss_without_and_with_weights():
    z, y = torch.randn(8, 2, generator=torch.Generator().manual_seed(3)), torch.tensor([0] * 6 + [1] * 2)
    loss = DeferredReweighting(CrossEntropyLoss(), 5, torch.tensor([6, 2]), class_weight="balanced")
    loss.step(3)
    torch.testing.assert_close(loss(z, y), cross_entropy(z, y))
    torch.testing.assert_close(loss.posterior(z), torch.softmax(z, dim=1))
    loss.step(4)
    weighted = WeightedCrossEntropyLoss(class_weight="balanced", class_counts=[6, 2])
    torch.testing.assert_close(loss(z, y), weighted(z, y))
    torch.testing.assert_close(loss.posterior(z), weighted.posterior(z))
    loss.step(0)
    torch.testing.assert_close(loss(z, y), cross_entropy(z, y))


def test_deferred_weights_of_labels_and_by_numbers():
    loss = DeferredReweighting(
        SigmoidCrossEntropyLoss(reduction="sum"), 5, [[6, 2], [4, 4]], class_weight="balanced"
    )
    loss.step(4)
    torch.testing.assert_close(loss.loss.class_weight, torch.tensor([[2 / 3, 2.0], [1.0, 1.0]]).double())
    value = loss(torch.zeros(1, 2), torch.tensor([[1, 0]]))
    assert value.item() == pytest.approx(3.0 * math.log(2))
    loss = DeferredReweighting(CrossEntropyLoss(), 5, [6, 2], class_weight=[1.0, 7.0], start=0)
    assert loss.loss.class_weight.tolist() == [1.0, 7.0]


def test_deferred_state_says_which_stage_it_is():
    saved = DeferredReweighting(CrossEntropyLoss(), 5, [6, 2])
    saved.step(4)
    fresh = DeferredReweighting(CrossEntropyLoss(), 5, [6, 2])
    fresh.load_state_dict(saved.state_dict())
    assert fresh.epoch.item() == 4
    torch.testing.assert_close(fresh.loss.class_weight, saved.weights)


# Errors


def error_of(call):
    with pytest.raises(ScarceError) as caught:
        call()
    return caught.value.two_lines()


def test_soft_targets_are_refused():
    soft = torch.tensor([[0.5, 0.5]])
    expected = (
        "error[E585]: the target of shape (1, 2) is soft, and this loss looks up one class a row\n"
        "hint: pass class indices, or targets that are 0 and 1 only"
    )
    for loss in (FLSD53Loss(), SeesawLoss(2), GHMCLoss(), EqualizedFocalLoss(2)):
        assert error_of(lambda loss=loss: loss(torch.zeros(1, 2), soft)) == expected
    twice = torch.ones(1, 2)
    assert "E585" in error_of(lambda: FLSD53Loss()(torch.zeros(1, 2), twice))


def test_deferred_refuses_what_it_cannot_weigh():
    hint = "hint: pass a module such as scarce.torch.CrossEntropyLoss() without class_weight"
    assert error_of(lambda: DeferredReweighting(nn.CrossEntropyLoss(), 5, [1, 1])) == (
        "error[E584]: DeferredReweighting cannot take the CrossEntropyLoss: it is no loss of scarce.torch\n"
        f"{hint}"
    )
    weighted = CrossEntropyLoss(class_weight=[1.0, 2.0])
    assert error_of(lambda: DeferredReweighting(weighted, 5, [1, 1])) == (
        "error[E584]: DeferredReweighting cannot take the SoftmaxCrossEntropyLoss: "
        "it has class weights already\n"
        f"{hint}"
    )
    assert "E527" in error_of(
        lambda: DeferredReweighting(CrossEntropyLoss(), 5, [1, 1], class_weight=[1.0] * 3)
    )


def test_an_update_needs_rows():
    assert error_of(lambda: AdaFocalLoss().update(torch.zeros(1, 2), torch.tensor([-100]))) == (
        "error[E586]: AdaFocalLoss.update() was given no row that counts\n"
        "hint: pass the logits and labels of the validation rows"
    )


def test_what_has_no_posterior_says_so():
    assert error_of(lambda: GHMCLoss().posterior(torch.zeros(1, 2))) == (
        "error[E513]: GHMCLoss has no posterior: its weights change with every batch\n"
        "hint: calibrate on rows the network was not fitted to: scarce.calibration.fit_calibration"
    )
    assert error_of(lambda: SeesawLoss(2).posterior(torch.zeros(1, 2))) == (
        "error[E513]: SeesawLoss has no posterior: its shifts depend on the label and on the scores\n"
        "hint: calibrate on rows the network was not fitted to, each class against the others"
    )


def test_the_snippets_of_the_page_run():
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted >= 20
    assert result.failed == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: FLSD53Loss(low_gamma=-1.0),
        lambda: FLSD53Loss(threshold=0.0),
        lambda: FLSD53Loss(reduction="average"),
        lambda: AutomatedFocalLoss(momentum=1.0),
        lambda: AdaFocalLoss(bins=0),
        lambda: AdaFocalLoss(lowest=-3.6),
        lambda: AdaFocalLoss(lowest=1.0, highest=0.5),
        lambda: GHMCLoss(bins=2.5),
        lambda: GHMCLoss(reduction="mean_positive"),
        lambda: SeesawLoss(1),
        lambda: SeesawLoss(3, floor=0.0),
        lambda: EqualizedFocalLoss(3, gamma=0.0),
        lambda: EqualizedFocalLoss(3, alpha=1.0),
        lambda: DeferredReweighting(CrossEntropyLoss(), 0, [1, 1]),
        lambda: DeferredReweighting(CrossEntropyLoss(), 5, [1, 1]).step(-1),
    ],
)
def test_a_setting_outside_its_domain_is_refused(make):
    assert error_of(make).startswith("error[E501]: ")


@pytest.mark.parametrize("loss", [SeesawLoss(3), EqualizedFocalLoss(3)], ids=lambda loss: type(loss).__name__)
def test_another_number_of_classes_is_refused(loss):
    assert "E527" in error_of(lambda: loss(torch.zeros(1, 2), torch.tensor([[1, 0]])))


def test_the_settings_are_shown():
    assert repr(SeesawLoss(3)) == "SeesawLoss(3, mitigation=0.8, compensation=2.0, reduction='mean')"
    assert repr(AutomatedFocalLoss(reduction="sum")) == "AutomatedFocalLoss(momentum=0.95, reduction='sum')"
    assert "start=4" in repr(DeferredReweighting(CrossEntropyLoss(), 5, [1, 1]))
