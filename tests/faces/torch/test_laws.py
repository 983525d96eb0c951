"""The laws of the losses, over PyTorch: the closed forms in double, the kernels in single precision."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.faces.torch.face import TorchFace, array, computed, logits_of, module_of
from tests.laws import checks
from tests.laws.cases import CASES, CLASS_LOSSES, LOSSES, SOFTMAX_CASES, has_posterior

from scarce.losses.modulation import Brier

FACE = TorchFace()
RNG = np.random.default_rng(11)
Z = RNG.normal(-1.0, 3.0, 2 * 1024 + 40)
LABELS = (RNG.random(Z.size) < 0.3).astype(np.int64)
SOFT = RNG.random(Z.size)
WEIGHT = RNG.uniform(0.1, 3.0, Z.size)
TYPES = {"float64": torch.float64, "float32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


# A kernel is compiled anew for every modulation and type, kind of target, weights or none, numbers of a loss
# or none, and of labels for a sum. Every modulation meets each of these, every loss some of them; a few
# losses, and all closed forms, meet all of their combinations.
CALLS = {"labels": (0, False), "weighted labels": (0, True), "soft": (1, False), "weighted soft": (1, True)}
IN_FULL = ("focal(gamma=0.5)", "focal(gamma=2)", "focal(gamma=2) shift+scale+weights")
BY_REDUCTION = {
    "none": ("labels",),
    "sum": ("weighted soft",),
    "mean": ("weighted soft",),
    "mean_positive": ("weighted soft",),
}
WITH_NUMBERS = {
    "weighted_cross_entropy": "labels",
    "cross_entropy weights": "weighted soft",
    "balanced_softmax": "labels",
    "logit_adjusted": "weighted soft",
    "vs_loss": "weighted soft",
    "cdt": "labels",
    "ldam": "weighted soft",
    "cross_entropy shift+scale+weights": "weighted labels",
    "cross_entropy smoothed": "labels",
    "class_balanced": "labels",
    "focal(gamma=2) weights": "weighted soft",
    "focal(gamma=2) smoothed": "weighted soft",
    "detached_focal(gamma=0.5) weights": "labels",
    "detached_focal(gamma=0.5) shift+scale+weights": "weighted soft",
    "detached_focal(gamma=0.5) smoothed": "weighted labels",
}
HALVES = {
    "cross_entropy": {"bf16": "labels"},
    "focal": {"bf16": "labels", "fp16": "weighted soft"},
    "detached_focal": {"fp16": "labels"},
    "poly": {"bf16": "weighted soft"},
    "poly_focal": {"fp16": "weighted soft"},
    "generalized_cross_entropy": {"bf16": "labels"},
    "brier": {"bf16": "weighted soft", "fp16": "labels"},
    "ldam": {"fp16": "labels"},
    "asymmetric": {"fp16": "labels"},
    "asymmetric_detached": {"bf16": "labels"},
}


def test_numbers_of_a_loss_meet_every_kind_of_call():
    assert set(WITH_NUMBERS) <= set(CLASS_LOSSES[5])
    assert {*WITH_NUMBERS.values(), "soft"} == set(CALLS)  # soft and unweighted: in full


def calls_of(name, dtype):
    """Return how a softmax loss is called in a type."""
    if dtype == "float64" or (dtype == "float32" and name in IN_FULL):
        return (*CALLS,)
    if dtype == "float32":
        return (WITH_NUMBERS[name],) if name in WITH_NUMBERS else ("labels", "weighted soft")
    return (HALVES[CLASS_LOSSES[5][name].modulation.name][dtype],)


def in_every_type(losses):
    """Return names and types: in half precision one loss of each modulation, as each is compiled anew."""
    pairs = [(name, dtype) for name in losses for dtype in ("float64", "float32")]
    first = {loss.modulation.name: name for name, loss in reversed(losses.items())}
    return pairs + [(name, dtype) for modulation, name in first.items() for dtype in HALVES[modulation]]


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["closed form", "kernel"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_sigmoid_losses_are_those_of_fifty_digits(case, dtype):
    checks.check_against_truth(case, FACE, dtype)


class Products(TorchFace):
    """PyTorch, but with NumPy's diagonal: products are judged further down."""

    def hessian(self, loss, logits, target, sample_weight=None):
        return loss.hessian(logits, target, sample_weight)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["closed form", "kernel"])
@pytest.mark.parametrize("case", SOFTMAX_CASES, ids=lambda case: case.id)
def test_softmax_losses_are_those_of_fifty_digits(case, dtype):
    definition = None if isinstance(case.loss.modulation, Brier) else case.definition
    if "ldam" in case.id:
        from tests.laws import reference
        from tests.laws.cases import margins

        definition = reference.ldam(margins(3))
    checks.check_rows_against_truth(case.id, case.over(3), definition, 3, Products(), dtype)


@pytest.mark.parametrize("reduction", BY_REDUCTION)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", LOSSES)
def test_sigmoid_losses_agree_with_numpy(name, dtype, reduction):
    loss, z = checks_ready(LOSSES[name], reduction), Z.astype(dtype)
    calls = CALLS if dtype == "float64" or name in IN_FULL else BY_REDUCTION[reduction]
    assert_agreement(loss, z, (LABELS, SOFT), WEIGHT, calls)


@pytest.mark.parametrize("reduction", BY_REDUCTION)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CLASS_LOSSES[5])
def test_softmax_losses_agree_with_numpy(name, dtype, reduction):
    loss = checks_ready(CLASS_LOSSES[5][name], reduction)
    rng = np.random.default_rng(5)
    z = rng.normal(0.0, 3.0, (57, 5)).astype(dtype)
    labels = rng.integers(0, 5, 57)
    labels[::9] = -100
    calls = calls_of(name, dtype)
    assert_agreement(loss, z, (labels, rng.dirichlet(np.ones(5), 57)), WEIGHT[:57], calls)


def assert_agreement(loss, z, targets, weights, calls):
    for name in calls:
        kind, weighted = CALLS[name]
        given = z, targets[kind], weights.astype(z.dtype) if weighted else None
        true = loss.value(*given), loss.gradient(*given)
        assert_close((FACE.value(loss, *given), FACE.gradient(loss, *given)), true, z.dtype)


def checks_ready(loss, reduction):
    from dataclasses import replace

    ready = loss if loss.class_counts is None else loss.resolve(loss.class_counts)
    return replace(ready, reduction=reduction)


def assert_close(got, true, dtype):
    bound = 1e-12 if dtype == np.float64 else 2e-5
    for one, other in zip(got, true, strict=True):
        scale = max(float(np.abs(other).max()), 1e-300)
        assert one.shape == other.shape
        assert np.abs(one - other).max() <= bound * scale


@pytest.mark.parametrize(("name", "dtype"), in_every_type(LOSSES))
def test_sigmoid_losses_are_finite_everywhere(name, dtype):
    checks.check_finite_everywhere(LOSSES[name], np.float32, TorchFace(TYPES[dtype]))


@pytest.mark.parametrize(("name", "dtype"), in_every_type(CLASS_LOSSES[5]))
def test_softmax_losses_are_finite_everywhere(name, dtype):
    loss, face = CLASS_LOSSES[5][name], TorchFace(TYPES[dtype])
    z = checks.rows(5, np.float64, 1e4)
    targets, weight = (np.full(len(z), 1), np.full((len(z), 5), 0.2)), np.linspace(0.5, 2.0, len(z))
    for call in calls_of(name, dtype):
        kind, weighted = CALLS[call]
        given = targets[kind], weight if weighted else None
        for result in (
            face.value(loss, z, *given),
            face.gradient(loss, z, *given),
            face.hessian(loss, z, *given),
        ):
            assert np.isfinite(result).all()


@pytest.mark.parametrize("dtype", ["bf16", "fp16"])
def test_half_precision_computes_in_single_and_returns_its_own_gradient(dtype):
    loss = CLASS_LOSSES[5]["focal(gamma=2) weights"]
    z = torch.tensor(checks.rows(5, np.float64, 50.0), dtype=TYPES[dtype], requires_grad=True)
    target = np.arange(len(z)) % 5
    value = computed(loss, z, target)
    (gradient,) = torch.autograd.grad(value.sum(), z)
    true = loss.gradient(z.detach().double().numpy(), target)
    assert value.dtype == torch.float32
    np.testing.assert_allclose(
        value.detach().numpy(), loss.value(z.detach().double().numpy(), target), rtol=1e-5
    )
    np.testing.assert_allclose(array(gradient), true, rtol=2.0**-7, atol=1e-7)


def test_a_scaled_half_precision_gradient_does_not_underflow():
    z = torch.zeros(100_000, dtype=torch.float16, requires_grad=True)
    loss = checks_ready(LOSSES["focal(gamma=2)"], "mean")
    value = computed(loss, z, torch.ones(100_000))
    (gradient,) = torch.autograd.grad(value * 65536.0, z)
    true = loss.gradient(np.zeros(100_000), np.ones(100_000)) * 65536.0
    np.testing.assert_allclose(gradient.numpy(), true, rtol=1e-3)


@pytest.mark.parametrize("name", [name for name in LOSSES if has_posterior(name)])
def test_sigmoid_posterior_agrees_with_numpy(name):
    loss = LOSSES[name]
    z = np.linspace(-40.0, 40.0, 161)
    posterior = module_of(loss).posterior(torch.tensor(z))
    np.testing.assert_allclose(posterior.numpy(), loss.posterior(z), rtol=1e-11, atol=1e-300)


@pytest.mark.parametrize("name", [name for name in CLASS_LOSSES[5] if has_posterior(name)])
def test_softmax_posterior_agrees_with_numpy(name):
    loss, z = CLASS_LOSSES[5][name], checks.rows(5, np.float64, 50.0)
    posterior = module_of(loss).posterior(torch.tensor(z))
    np.testing.assert_allclose(posterior.numpy(), loss.posterior(z), rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("name", LOSSES)
def test_sigmoid_gradcheck_and_gradgradcheck(name):
    loss = LOSSES[name]
    z = torch.tensor([-2.3, -0.4, 0.7, 2.9], dtype=torch.float64, requires_grad=True)
    for target in (torch.tensor([0, 1, 0, 1]), torch.tensor([0.2, 0.9, 0.4, 0.0], dtype=torch.float64)):

        def values(logits, target=target):
            return computed(loss, logits, target, torch.tensor([1.0, 2.0, 0.5, 1.0]))

        assert torch.autograd.gradcheck(values, z)
        assert torch.autograd.gradgradcheck(values, z)


@pytest.mark.parametrize("name", CLASS_LOSSES[3])
def test_softmax_gradcheck_and_gradgradcheck(name):
    loss = CLASS_LOSSES[3][name]
    z = torch.tensor([[0.3, -1.2, 0.8], [1.5, 0.1, -0.6]], dtype=torch.float64, requires_grad=True)
    soft = torch.tensor([[0.2, 0.5, 0.3], [0.0, 0.9, 0.1]], dtype=torch.float64)
    for target in (torch.tensor([0, 2]), soft):

        def values(logits, target=target):
            return computed(loss, logits, target)

        assert torch.autograd.gradcheck(values, z)
        assert torch.autograd.gradgradcheck(values, z)


@pytest.mark.parametrize("name", ["focal(gamma=2)", "focal(gamma=0.5)", "brier shift+scale+weights"])
def test_hessian_of_the_kernels_path_is_that_of_the_closed_form(name):
    single, double = TorchFace(torch.float32), TorchFace(torch.float64)
    loss, z = CLASS_LOSSES[3][name], RNG.normal(0.0, 2.0, (20, 3))
    labels = np.arange(20) % 3
    np.testing.assert_allclose(
        single.hessian(loss, z, labels),
        double.hessian(loss, z.astype(np.float32), labels),
        rtol=1e-4,
        atol=1e-6,
    )


@pytest.mark.parametrize("name", CLASS_LOSSES[5])
def test_going_backward_twice_is_numpys_hessian_product(name):
    loss = CLASS_LOSSES[5][name]
    z = checks.rows(5, np.float64, 30.0)
    vector = RNG.normal(size=z.shape)
    for target in (np.arange(len(z)) % 5, RNG.dirichlet(np.ones(5), len(z))):
        logits = logits_of(z)
        value = computed(loss, logits, target)
        (gradient,) = torch.autograd.grad(value.sum(), logits, create_graph=True)
        (product,) = torch.autograd.grad((gradient * torch.tensor(vector)).sum(), logits)
        true = loss.hessian_product(z, target, vector)
        np.testing.assert_allclose(product.numpy(), true, rtol=1e-10, atol=1e-13 * np.abs(true).max())


def test_the_laws_can_fail_on_tensors():
    class Negated(TorchFace):
        def gradient(self, *arguments):
            return -super().gradient(*arguments)

    with pytest.raises(AssertionError, match="gradient"):
        checks.check_against_truth(CASES[3], Negated(), np.float64)


def test_logits_keep_their_own_memory():
    z = logits_of(np.zeros(4), torch.float32)
    before = z.detach().clone()
    computed(LOSSES["focal(gamma=2)"], z, torch.ones(4)).sum().backward()
    assert torch.equal(z.detach(), before)
