"""The modules and functions a user meets: every loss of the catalogue, its shapes, its state, its errors."""

from __future__ import annotations

import copy
import inspect
import pickle
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

import scarce.torch as losses
from scarce.errors import ScarceError
from scarce.losses import CATALOG, get
from scarce.losses.overlap_catalog import OVERLAP_LOSSES
from scarce.torch import functional
from scarce.torch import losses as modules

NAMES = modules.__all__
COUNTS = {"softmax": (700.0, 200.0, 100.0), "sigmoid": (900.0, 100.0)}
MODULES = sorted({getattr(losses, name) for name in NAMES}, key=lambda module: module.__name__)
PAIRS = [(name, kind) for name, entry in CATALOG.items() for kind in entry.kinds]


def counts_of(name, kind):
    return {"class_counts": COUNTS[kind]} if CATALOG[name].needs_counts else {}


def made(module, **settings):
    return module(**counts_of(module.name, module.kind), **settings)


def batch(kind, dtype=torch.float32):
    generator = torch.Generator().manual_seed(5)
    z = (2.0 * torch.randn(30, 3, generator=generator)).to(dtype).requires_grad_()
    if kind == "softmax":
        return z, torch.randint(0, 3, (30,), generator=generator)
    return z, torch.randint(0, 2, (30, 3), generator=generator)


def test_every_loss_of_the_catalogue_has_a_module_and_a_function_of_each_kind():
    assert sorted((module.name, module.kind) for module in MODULES) == sorted(PAIRS)
    names = [f"{kind}_{name}" for name, kind in PAIRS] + list(CATALOG)
    overlaps = [f"{prefix}{name}" for name in OVERLAP_LOSSES for prefix in ("", "sigmoid_", "softmax_")]
    assert sorted(functional.__all__) == sorted([*names, *overlaps])


def test_short_names_are_the_softmax():
    assert losses.FocalLoss is losses.SoftmaxFocalLoss
    assert functional.focal is functional.softmax_focal
    assert losses.AsymmetricLoss is losses.SigmoidAsymmetricLoss
    for name in NAMES:
        if not name.startswith(("Sigmoid", "Softmax", "Asymmetric")):
            assert getattr(losses, name).kind == "softmax"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_the_function_agrees_with_numpy(name, kind, dtype):
    z, t = batch(kind, dtype)
    reduction = {"axis": 1} if kind == "softmax" else {}
    true = get(name, kind=kind, reduction="mean", **reduction, **counts_of(name, kind))
    value = getattr(functional, f"{kind}_{name}")(z, t, **counts_of(name, kind))
    (gradient,) = torch.autograd.grad(value, z)
    relative = 1e-12 if dtype == torch.float64 else 1e-5
    x, y = z.detach().numpy(), t.numpy()
    np.testing.assert_allclose(value.item(), true.value(x, y), rtol=relative)
    expected = true.gradient(x, y)
    np.testing.assert_allclose(
        gradient.numpy(), expected, rtol=relative, atol=relative * np.abs(expected).max()
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_module_is_the_function(module):
    z, t = batch(module.kind)
    value = made(module)(z, t)
    function = getattr(functional, f"{module.kind}_{module.name}")
    torch.testing.assert_close(
        value, function(z, t, **counts_of(module.name, module.kind)), rtol=1e-6, atol=0.0
    )


@pytest.mark.filterwarnings("ignore:.*ldam with a margin")
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_posterior_of_the_base_score_is_the_prior(module):
    loss = made(module)
    if module.kind == "sigmoid":
        start = loss.base_score(0.08)
        assert loss.posterior(start).item() == pytest.approx(0.08, rel=1e-4)
    else:
        prior = torch.tensor([0.7, 0.2, 0.1])
        torch.testing.assert_close(
            loss.posterior(loss.base_score(prior)[None])[0], prior, rtol=1e-4, atol=1e-6
        )


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_pickles_copies_and_moves(module):
    loss = made(module)
    z, t = batch(module.kind)
    for twin in (pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss)):
        assert torch.equal(twin(z, t), loss(z, t))
        assert repr(twin) == repr(loss)
    double = copy.deepcopy(loss).to(torch.float64)
    assert all(buffer.dtype == torch.float64 for buffer in double.buffers())
    torch.testing.assert_close(double(z.double(), t).float(), loss(z, t), rtol=1e-5, atol=1e-7)


# Each compiles a kernel, so these stand for all: no numbers, weights, a shift and a scale, margins.
@pytest.mark.parametrize("name", ["Focal", "WeightedCrossEntropy", "VS", "LDAM"])
@pytest.mark.parametrize("kind", ["Softmax", "Sigmoid"])
def test_a_module_in_half_precision_computes_in_single(kind, name):
    loss = made(getattr(modules, f"{kind}{name}Loss"))
    z, t = batch(loss.kind)
    half = copy.deepcopy(loss).half()
    value = half(z.half(), t)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, loss(z, t), rtol=2e-3, atol=1e-7)


def test_state_dict_carries_the_numbers():
    loss = losses.VSLoss(class_counts=[90, 9, 1])
    assert sorted(loss.state_dict()) == ["logit_scale", "logit_shift"]
    weighted = losses.FocalLoss(class_weight=[1.0, 2.0, 3.0])
    assert weighted.state_dict()["class_weight"].tolist() == [1.0, 2.0, 3.0]
    z, t = batch("softmax")
    other = losses.FocalLoss(class_weight=[1.0, 1.0, 1.0])
    other.load_state_dict(weighted.state_dict())
    assert torch.equal(other(z, t), weighted(z, t))
    torch.testing.assert_close(other.posterior(z), weighted.posterior(z))
    np.testing.assert_array_equal(other.base_score([0.5, 0.3, 0.2]), weighted.base_score([0.5, 0.3, 0.2]))


def test_repr_says_what_was_asked_for():
    assert repr(losses.FocalLoss()) == "SoftmaxFocalLoss(gamma=2.0)"
    loss = losses.SigmoidFocalLoss(3.0, alpha=0.25, reduction="sum")
    assert repr(loss) == "SigmoidFocalLoss(gamma=3.0, alpha=0.25, reduction='sum')"
    weighted = losses.CrossEntropyLoss(class_weight=torch.tensor([1.0, 4.0]), label_smoothing=0.1)
    assert repr(weighted) == "SoftmaxCrossEntropyLoss(class_weight=[1.0, 4.0], label_smoothing=0.1)"


def test_signature_and_docstring_are_there_to_be_read():
    assert list(inspect.signature(losses.SigmoidFocalLoss).parameters)[:3] == [
        "gamma",
        "alpha",
        "class_weight",
    ]
    assert "alpha" not in inspect.signature(losses.FocalLoss).parameters
    assert list(inspect.signature(functional.sigmoid_focal).parameters)[:4] == [
        "input",
        "target",
        "sample_weight",
        "gamma",
    ]
    for module in MODULES:
        for name in inspect.signature(module).parameters.keys() - {"unknown"}:
            assert re.search(rf"^(\w+, )?{name}(, \w+)? : ", inspect.getdoc(module), re.MULTILINE), name
        assert "Parameters\n----------" in inspect.getdoc(module)
        assert "Parameters\n----------" in inspect.getdoc(getattr(functional, f"{module.kind}_{module.name}"))


@pytest.mark.parametrize("shape", [(2, 4), (2, 4, 5), (2, 4, 3, 5), (2, 4, 3, 2, 2)], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("reduction", ["mean", "none", "sum", "mean_positive"])
def test_any_spatial_shape_is_its_rows(shape, dtype, reduction):
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()
    t = torch.randint(0, 4, (shape[0], *shape[2:]), generator=generator)
    t.view(-1)[0] = -100
    weight = torch.rand(t.shape, generator=generator).to(dtype)
    settings = {
        "class_weight": [1.0, 0.5, 2.0, 3.0],
        "logit_shift": [0.0, 1.0, -1.0, 0.5],
        "reduction": reduction,
    }
    flat = z.detach().movedim(1, -1).reshape(-1, 4).requires_grad_()
    rows = functional.focal(flat, t.reshape(-1), sample_weight=weight.reshape(-1), **settings)
    value = functional.focal(z, t, sample_weight=weight, **settings)
    torch.testing.assert_close(value.reshape(rows.shape), rows)
    (by_rows,) = torch.autograd.grad(rows.sum(), flat)
    (gradient,) = torch.autograd.grad(value.sum(), z)
    torch.testing.assert_close(gradient.movedim(1, -1).reshape(-1, 4), by_rows, rtol=1e-5, atol=1e-7)


def test_a_single_example_without_a_batch():
    z = torch.tensor([0.5, -1.0, 2.0])
    assert functional.focal(z, torch.tensor(2)) == functional.focal(z[None], torch.tensor([2]))


def test_columns_beyond_a_block_and_many_threads():
    z = torch.randn(3, 5, 700, requires_grad=True)
    t = torch.randint(0, 5, (3, 700))
    settings = {
        "reduction": "none",
        "class_weight": [1.0, 2.0, 3.0, 4.0, 5.0],
        "logit_scale": [1.0, 2.0, 1.0, 0.5, 1.0],
    }
    value = functional.focal(z, t, **settings)
    double = z.detach().double().requires_grad_()
    true = functional.focal(double, t, **settings)
    torch.testing.assert_close(value.double(), true, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(
        torch.autograd.grad(value.sum(), z)[0].double(),
        torch.autograd.grad(true.sum(), double)[0],
        rtol=1e-4,
        atol=1e-6,
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("reduction", ["mean", "none", "sum", "mean_positive"])
@pytest.mark.parametrize(
    "settings", [{}, {"class_weight": [0.5, 1.0, 4.0]}, {"label_smoothing": 0.1}], ids=str
)
def test_integer_one_hot_and_soft_targets_agree_to_the_last_bit(dtype, reduction, settings):
    z, t = batch("softmax", dtype)
    one_hot = F.one_hot(t, 3)
    results = []
    for target in (t, t.to(torch.int32), one_hot, one_hot.to(dtype), one_hot.bool()):
        value = functional.focal(z, target, reduction=reduction, **settings)
        results.append((value, torch.autograd.grad(value.sum(), z)[0]))
    for value, gradient in results[1:]:
        assert torch.equal(value, results[0][0])
        assert torch.equal(gradient, results[0][1])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_binary_targets_of_any_type_agree_to_the_last_bit(dtype):
    z, t = batch("sigmoid", dtype)
    results = [
        functional.sigmoid_focal(z, t.to(kind)) for kind in (torch.int64, torch.uint8, torch.bool, dtype)
    ]
    assert all(torch.equal(result, results[0]) for result in results)


def test_gamma_zero_is_pytorchs_cross_entropy():
    z, t = batch("softmax")
    weight = torch.tensor([1.0, 2.0, 3.0])
    for settings in ({}, {"reduction": "sum"}, {"reduction": "none"}):
        mine = functional.focal(z, t, gamma=0.0, class_weight=weight, **settings)
        torch.testing.assert_close(mine, F.cross_entropy(z, t, weight, **settings))
        own = torch.autograd.grad(mine.sum(), z)[0]
        torch.testing.assert_close(
            own, torch.autograd.grad(F.cross_entropy(z, t, weight, **settings).sum(), z)[0]
        )
    z, t = batch("sigmoid")
    binary = F.binary_cross_entropy_with_logits(z, t.float())
    torch.testing.assert_close(functional.sigmoid_focal(z, t, gamma=0.0), binary)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize(
    "name", ["cross_entropy", "focal", "detached_focal", "poly", "generalized_cross_entropy"]
)
def test_two_class_softmax_is_the_sigmoid(name, dtype):
    z = torch.linspace(-20.0, 20.0, 41, dtype=dtype)
    t = torch.arange(41) % 2
    softmax = getattr(functional, f"softmax_{name}")(
        torch.stack([torch.zeros_like(z), z], 1), t, reduction="none", class_weight=[0.5, 3.0]
    )
    sigmoid = getattr(functional, f"sigmoid_{name}")(z, t, reduction="none", class_weight=[0.5, 3.0])
    torch.testing.assert_close(softmax, sigmoid, rtol=2e-6 if dtype == torch.float32 else 1e-12, atol=1e-12)


def test_weight_two_is_the_row_twice():
    z, t = batch("softmax")
    weight = torch.ones(30)
    weight[:10] = 2.0
    twice = torch.cat([z, z[:10]]), torch.cat([t, t[:10]])
    torch.testing.assert_close(functional.focal(z, t, sample_weight=weight), functional.focal(*twice))


def test_a_weight_a_row_spreads_over_what_follows():
    z, t = batch("sigmoid")
    weight = torch.rand(30)
    spread = weight[:, None].expand(30, 3)
    assert torch.equal(
        functional.sigmoid_focal(z, t, sample_weight=weight),
        functional.sigmoid_focal(z, t, sample_weight=spread),
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_weights_a_label_lie_on_axis_one(dtype):
    pairs = [[1.0, 9.0], [2.0, 1.0], [1.0, 3.0]]
    z = torch.randn(4, 3, 5, dtype=dtype)
    t = torch.randint(0, 2, (4, 3, 5))
    value = functional.sigmoid_focal(z, t, class_weight=pairs, reduction="none")
    for label, pair in enumerate(pairs):
        alone = functional.sigmoid_focal(z[:, label], t[:, label], class_weight=pair, reduction="none")
        torch.testing.assert_close(value[:, label], alone)


def test_settings_may_be_tensors_and_are_used_as_they_are():
    z, t = batch("softmax")
    weight = torch.tensor([1.0, 2.0, 3.0])
    one = functional.focal(z, t, class_weight=weight)
    weight.mul_(torch.tensor([1.0, 1.0, 5.0]))
    assert functional.focal(z, t, class_weight=weight) != one
    assert functional.focal(z, t, class_weight=weight) == functional.focal(
        z, t, class_weight=[1.0, 2.0, 15.0]
    )


def test_class_weight_by_label():
    by_label = losses.FocalLoss(class_weight={"b": 2.0, "a": 1.0, "c": 3.0}, classes=("a", "b", "c"))
    assert by_label.class_weight.tolist() == [1.0, 2.0, 3.0]


def test_init_bias_starts_a_network_at_the_prior():
    layer, loss = nn.Linear(4, 3), losses.FocalLoss()
    loss.init_bias(layer, [0.7, 0.2, 0.1])
    posterior = loss.posterior(layer(torch.zeros(1, 4)))
    torch.testing.assert_close(posterior[0], torch.tensor([0.7, 0.2, 0.1]), rtol=1e-4, atol=1e-5)
    convolution = nn.Conv2d(3, 5, 1)
    losses.SigmoidFocalLoss().init_bias(convolution, 0.01)
    torch.testing.assert_close(convolution.bias, torch.full((5,), -1.7064), rtol=1e-4, atol=1e-4)


def two_lines(function, *arguments, **settings):
    with pytest.raises(ScarceError) as caught:
        function(*arguments, **settings)
    return caught.value.two_lines()


def test_a_single_logit_is_sent_to_the_sigmoid():
    expected = (
        "error[E561]: the logits have shape {}: one logit an example, and a softmax needs one a class\n"
        "hint: use SigmoidFocalLoss (or another Sigmoid... loss) for one logit an example or a label"
    )
    t = torch.zeros(8, dtype=torch.int64)
    assert two_lines(losses.FocalLoss(), torch.zeros(8), t) == expected.format("(8,)")
    assert two_lines(losses.FocalLoss(), torch.zeros(8, 1), t) == expected.format("(8, 1)")


def test_types_that_do_not_fit():
    z = torch.zeros(4, 3)
    assert two_lines(losses.FocalLoss(), z, torch.zeros(4)) == (
        "error[E563]: the target is a tensor of torch.float32\n"
        "hint: pass class indices as whole numbers: target.long()"
    )
    assert two_lines(losses.FocalLoss(), z.long(), torch.zeros(4)) == (
        "error[E563]: the logits is a tensor of torch.int64\nhint: pass the network's raw outputs"
    )


def test_layers_without_a_bias_that_fits():
    assert two_lines(losses.SigmoidFocalLoss().init_bias, nn.Linear(3, 1, bias=False), 0.1) == (
        "error[E564]: Linear has no bias and the loss starts at 1 logits\n"
        "hint: pass the layer that makes the logits"
    )
    assert two_lines(losses.FocalLoss().init_bias, nn.Linear(3, 4), [0.5, 0.5]) == (
        "error[E564]: Linear has 4 biases and the loss starts at 2 logits\n"
        "hint: pass the layer that makes the logits"
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["kernel", "closed form"])
@pytest.mark.parametrize(
    ("code", "kind", "target"),
    [
        ("E504", "softmax", torch.tensor([0, 3])),
        ("E504", "softmax", torch.tensor([0, -1])),
        ("E504", "sigmoid", torch.tensor([[0, 2, 1], [0, 0, 0]])),
        ("E505", "softmax", torch.tensor([0, 1, 2])),
        ("E505", "sigmoid", torch.tensor([0, 1])),
        ("E521", "sigmoid", torch.tensor([[0.0, 1.5, 0.0], [0.0, 0.0, 0.0]])),
        ("E521", "softmax", torch.tensor([[0.5, 0.6, 0.2], [0.2, 0.2, 0.6]])),
        ("E521", "softmax", torch.tensor([[-0.5, 0.9, 0.6], [0.2, 0.2, 0.6]])),
    ],
)
def test_targets_outside_their_domain(code, kind, target, dtype):
    with pytest.raises(ScarceError) as caught:
        getattr(functional, f"{kind}_focal")(torch.zeros(2, 3, dtype=dtype), target)
    assert caught.value.code == code


def test_columns_with_a_label_that_is_no_class():
    with pytest.raises(ScarceError) as caught:
        functional.focal(torch.zeros(2, 3, 4), torch.tensor([[0, 1, 2, 0], [0, 1, 7, 0]]))
    assert caught.value.two_lines().startswith(
        "error[E504]: target[1,2] is 7, not one of the classes 0 to 2\n"
    )


def test_settings_that_do_not_fit():
    cases = {
        "E507": lambda: losses.FocalLoss(class_weight="balanced"),
        "E523": lambda: losses.FocalLoss(gama=2.0),
        "E502": lambda: losses.FocalLoss(alpha=0.25),
        "E501": lambda: functional.focal(
            torch.zeros(2, 3), torch.zeros(2, dtype=torch.int64), reduction="avg"
        ),
        "E527": lambda: functional.focal(
            torch.zeros(2, 3), torch.zeros(2, dtype=torch.int64), class_weight=[1.0, 2.0]
        ),
        "E515": lambda: functional.focal(
            torch.zeros(2, 3), torch.zeros(2, dtype=torch.int64), sample_weight=torch.ones(3)
        ),
        "E513": lambda: losses.GeneralizedCrossEntropyLoss(q=1.0).posterior(torch.zeros(1, 3)),
    }
    for code, wrong in cases.items():
        with pytest.raises(ScarceError) as caught:
            wrong()
        assert caught.value.code == code


def test_class_counts_count():
    t = torch.tensor([[0, 2, 2], [-100, 1, 2]])
    assert losses.class_counts(t, 4).tolist() == [1.0, 1.0, 3.0, 0.0]
