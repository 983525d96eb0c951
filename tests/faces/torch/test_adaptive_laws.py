"""What holds for every loss with memory: gradients, extremes, ignored and empty rows, state, posteriors."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch

from scarce.torch import CrossEntropyLoss
from scarce.torch.adaptive import (
    AdaFocalLoss,
    AutomatedFocalLoss,
    DeferredReweighting,
    EqualizedFocalLoss,
    FLSD53Loss,
    GHMCLoss,
    SeesawLoss,
    SigmoidValidatedFocalLoss,
    ValidatedFocalLoss,
)

K = 3


def adafocal(**settings):
    loss = AdaFocalLoss(bins=3, **settings)
    loss.edges.copy_(torch.tensor([0.3, 0.6]))
    loss.gammas.copy_(torch.tensor([1.5, -0.8, 0.4]))
    return loss


def automated(**settings):
    loss = AutomatedFocalLoss(**settings)
    loss.mean.fill_(0.4)
    loss.batches.fill_(3)
    return loss


def harmonized(**settings):
    loss = GHMCLoss(bins=5, momentum=0.5, **settings)
    loss.counts.copy_(torch.tensor([9.0, 5.0, 4.0, 3.0, 2.0]))
    return loss


def seesaw(**settings):
    loss = SeesawLoss(K, **settings)
    loss.counts.copy_(torch.tensor([50.0, 20.0, 5.0]))
    return loss


def equalized(**settings):
    loss = EqualizedFocalLoss(K, **settings)
    loss.positive.copy_(torch.tensor([2.0, 1.0, 0.1]))
    loss.negative.fill_(2.0)
    return loss


def deferred(**settings):
    loss = DeferredReweighting(CrossEntropyLoss(**settings), 5, [50, 20, 5])
    loss.step(4)
    return loss


def moved(loss):
    """Return a loss that its validation rows have moved to gamma 1.5 and weights of the power .5."""
    loss.set_extra_state(torch.tensor([0.0, 0.0, 1.5, 0.5]))
    loss.gamma.copy_(loss.next_gamma)
    loss.class_weight.copy_(loss.next_class_weight)
    return loss


def validated(**settings):
    return moved(ValidatedFocalLoss([50, 20, 5], **settings))


def validated_labels(**settings):
    return moved(SigmoidValidatedFocalLoss([50, 5], **settings))


SOFTMAX = {
    "adafocal": adafocal,
    "flsd53": FLSD53Loss,
    "automated": automated,
    "seesaw": seesaw,
    "validated": validated,
}
SIGMOID = {"ghm": harmonized, "equalized": equalized, "validated labels": validated_labels}
ALL = SOFTMAX | SIGMOID
EVERY = ALL | {"deferred": deferred}

each = pytest.mark.parametrize("name", EVERY)


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def batch(name, rows=7, dtype=torch.float64, trailing=()):
    generator = torch.Generator().manual_seed(5)
    z = 2.0 * torch.randn(rows, K, *trailing, generator=generator, dtype=torch.float64)
    y = torch.randint(0, K, (rows, *trailing), generator=generator)
    if name in SIGMOID:
        y = torch.nn.functional.one_hot(y, K).movedim(-1, 1)
    return z.to(dtype), y


def ignored(name, y, index):
    y = y.clone()
    y[index] = -100
    return y


def make(name, **settings):
    if name in SIGMOID:
        settings.setdefault("ignore_index", -100)
    return EVERY[name](**settings)


@pytest.mark.parametrize("name", [name for name in EVERY if name != "seesaw"])
def test_gradients_are_those_with_the_weights_held_constant(name):
    # weights are piecewise constant, so that finite differences hold them constant too; seesaw's are not
    z, y = batch(name)
    loss = make(name).eval()
    assert torch.autograd.gradcheck(lambda x: loss(x, y), (z.requires_grad_(),))
    assert torch.autograd.gradgradcheck(lambda x: loss(x, y), (z,))


@each
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16], ids=str)
def test_nothing_overflows(name, reduction, dtype):
    z = torch.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4], [-1e4, -1e4, -1e4], [0.0, 1e4, -1e4]]).to(dtype)
    y = torch.tensor([1, 0, 2, 1])
    y = torch.nn.functional.one_hot(y, K) if name in SIGMOID else y
    z.requires_grad_()
    loss = make(name, reduction=reduction)
    for _ in range(3):
        value = loss(z, y).sum()
        (gradient,) = torch.autograd.grad(value, z)
        assert gradient.dtype == dtype
        assert value.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
        assert torch.isfinite(value)
        assert torch.isfinite(gradient).all()
    assert all(torch.isfinite(state).all() for state in loss.state_dict().values())


@each
def test_an_ignored_row_is_no_row(name):
    z, y = batch(name)
    z[2] = torch.nan if name != "deferred" else 3.0
    kept = [0, 1, 3, 4, 5, 6]
    one, other = make(name), make(name)
    x, rest = z.clone().requires_grad_(), z[kept].clone().requires_grad_()
    value = one(x, ignored(name, y, 2))
    right = other(rest, y[kept])
    torch.testing.assert_close(value, right)
    value.backward()
    right.backward()
    assert (x.grad[2] == 0).all()
    torch.testing.assert_close(x.grad[kept], rest.grad)
    for key, state in one.state_dict().items():
        torch.testing.assert_close(state, other.state_dict()[key])


@each
@pytest.mark.parametrize("rows", [0, 2], ids=["empty", "all ignored"])
def test_a_batch_without_rows_is_worth_nothing_and_is_not_remembered(name, rows):
    z, y = batch(name, rows)
    y = ignored(name, y, slice(None))
    loss = make(name)
    before = copy.deepcopy(loss.state_dict())
    z.requires_grad_()
    value = loss(z, y)
    value.backward()
    assert value.item() == 0.0
    assert (z.grad == 0).all()
    assert z.grad.shape == z.shape
    for key, state in loss.state_dict().items():
        torch.testing.assert_close(state, before[key])


@each
def test_evaluation_remembers_nothing(name):
    loss = make(name).eval()
    before = copy.deepcopy(loss.state_dict())
    loss(*batch(name))
    for key, state in loss.state_dict().items():
        assert torch.equal(state, before[key])


@pytest.mark.parametrize("name", ["automated", "ghm", "seesaw", "equalized"])
def test_training_remembers(name):
    loss = make(name)
    before = copy.deepcopy(loss.state_dict())
    loss(*batch(name))
    assert any(not torch.equal(state, before[key]) for key, state in loss.state_dict().items())


@each
@pytest.mark.parametrize("way", ["state_dict", "pickle", "deepcopy"])
def test_memory_survives_a_round_trip(name, way):
    z, y = batch(name)
    loss = make(name)
    loss(z, y)
    if way == "state_dict":
        twin = {"adafocal": lambda **s: AdaFocalLoss(bins=3, **s)}.get(name, EVERY[name])()
        if name in SIGMOID:
            twin.ignore_index = -100
        twin.load_state_dict(loss.state_dict())
    else:
        twin = pickle.loads(pickle.dumps(loss)) if way == "pickle" else copy.deepcopy(loss)
    assert torch.equal(twin(z, y), loss(z, y))
    for key, state in loss.state_dict().items():
        assert torch.equal(state, twin.state_dict()[key])


@pytest.mark.parametrize("name", ALL)
def test_a_weight_of_two_is_the_row_twice(name):
    z, y = batch(name)
    weight = torch.ones(7)
    weight[3] = 2.0
    rows = [0, 1, 2, 3, 3, 4, 5, 6]
    one, other = make(name).eval(), make(name).eval()
    torch.testing.assert_close(one(z, y, sample_weight=weight), other(z[rows], y[rows]))


@each
def test_pixels_are_rows(name):
    z, y = batch(name, 2, trailing=(2, 3))
    flat_z = z.movedim(1, -1).reshape(-1, K)
    flat_y = y.movedim(1, -1).reshape(-1, K) if name in SIGMOID else y.reshape(-1)
    one, other = make(name), make(name)
    torch.testing.assert_close(one(z, y), other(flat_z, flat_y))
    none = make(name, reduction="none").eval()(z, y)
    assert none.shape == y.shape
    for key, state in one.state_dict().items():
        torch.testing.assert_close(state, other.state_dict()[key])


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float32], ids=str)
def test_memory_keeps_its_precision_where_a_network_loses_its(name, kind):
    z, y = batch(name)
    loss, converted = make(name), make(name).to(kind)
    for _ in range(3):
        assert torch.equal(converted(z, y), loss(z, y))
    for key, state in loss.state_dict().items():
        assert torch.equal(converted.state_dict()[key], state)


@pytest.mark.parametrize("name", SOFTMAX)
def test_one_hot_targets_are_labels(name):
    z, y = batch(name)
    assert torch.equal(make(name)(z, torch.nn.functional.one_hot(y, K)), make(name)(z, y))


@pytest.mark.parametrize("name", [*SOFTMAX, "ghm", "validated labels"])
def test_the_mean_is_the_sum_by_the_weights(name):
    z, y = batch(name)
    weight = torch.linspace(0.5, 2.0, 7)
    each_one = make(name, reduction="none").eval()(z, y, sample_weight=weight)
    count = weight.sum() * (K if name in SIGMOID else 1)
    torch.testing.assert_close(make(name, reduction="sum").eval()(z, y, sample_weight=weight), each_one.sum())
    torch.testing.assert_close(make(name).eval()(z, y, sample_weight=weight), each_one.sum() / count)


@pytest.mark.parametrize("name", ["adafocal", "flsd53", "automated", "validated", "deferred"])
def test_at_the_posterior_the_expected_gradient_of_a_softmax_loss_is_0(name):
    z, _ = batch(name)
    loss = make(name, reduction="sum").eval()
    eta = loss.posterior(z)
    torch.testing.assert_close(eta.sum(dim=1), torch.ones(7, dtype=torch.float64))
    expected = torch.zeros_like(z)
    for k in range(K):
        x = z.clone().requires_grad_()
        loss(x, torch.full((7,), k)).backward()
        expected += eta[:, k : k + 1] * x.grad
    torch.testing.assert_close(expected, torch.zeros_like(z), atol=1e-7, rtol=0)


@pytest.mark.parametrize("name", ["equalized", "validated labels"])
def test_at_the_posterior_the_expected_gradient_of_a_sigmoid_loss_is_0(name):
    z, _ = batch(name)
    loss = make(name, reduction="sum").eval()
    eta, expected = loss.posterior(z), torch.zeros_like(z)
    for label, share in ((1, eta), (0, 1.0 - eta)):
        x = z.clone().requires_grad_()
        loss(x, torch.full((7, K), label)).backward()
        expected += share * x.grad
    torch.testing.assert_close(expected, torch.zeros_like(z), atol=1e-10, rtol=0)


@pytest.mark.parametrize(
    "name", ["adafocal", "flsd53", "automated", "equalized", "validated", "validated labels"]
)
def test_a_posterior_keeps_shape_and_type_and_does_not_overflow(name):
    z = torch.tensor([[1e4, -1e4, 0.0], [3.0, 1.0, -1e4]]).reshape(2, 3, 1, 1)
    posterior = make(name).posterior(z)
    assert posterior.shape == z.shape
    assert torch.isfinite(posterior).all()


@pytest.mark.parametrize(
    ("name", "bad"), [*((name, float("nan")) for name in ALL), *((name, float("inf")) for name in SOFTMAX)]
)
def test_a_step_that_overflowed_is_not_remembered(name, bad):
    z, y = batch(name)
    loss, other = make(name), make(name)
    loss(torch.full_like(z, bad), y)
    if name == "seesaw":
        other.counts.copy_(loss.counts)  # labels are counted whatever the logits
    assert torch.equal(loss(z, y), other(z, y))
    for state in loss.state_dict().values():
        assert state.isfinite().all()


def test_validation_rows_that_overflowed_do_not_move_gamma():
    loss, other = AdaFocalLoss(bins=2), AdaFocalLoss(bins=2)
    z, y = torch.randn(8, 3), torch.arange(8) % 3
    loss.update(torch.cat([z, torch.full((2, 3), float("nan"))]), torch.cat([y, y[:2]]))
    other.update(z, y)
    assert torch.equal(loss.gammas, other.gammas)


@pytest.mark.parametrize("name", [name for name in SOFTMAX if name != "deferred"])
def test_impossible_classes_are_those_of_any_softmax(name):
    infinity = float("inf")
    z = torch.zeros(4, K)
    z[0, 0] = z[1, 0] = -infinity
    z[2, 1:] = -infinity
    z[3, 0] = infinity
    z.requires_grad_()
    loss = make(name, reduction="none").eval()
    value = loss(z, torch.tensor([0, 1, 0, 1]))
    assert value[0] == infinity
    assert value[1].isfinite()
    assert value[2] == 0.0
    assert value[3].isnan()
    (gradient,) = torch.autograd.grad(value[:3].sum(), z)
    assert gradient[:3].isfinite().all()
    weight = 1.0 if loss.weight is None else loss.weight[0].item()
    assert gradient[0, 0].item() == pytest.approx(-weight)
    assert gradient[1, 0] == 0.0
