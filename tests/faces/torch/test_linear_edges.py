"""The fused linear layer under transforms, as a module, and what it refuses."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from torch import nn
from torch.autograd import forward_ad
from torch.nn import functional as F  # noqa: N812 - its usual name

import scarce.torch as losses
from scarce.errors import ScarceError
from scarce.torch import LinearLoss, functional, linear_loss

N, D, K = 12, 4, 5
G = torch.Generator().manual_seed(6)
X, W, B = (torch.randn(*shape, generator=G) for shape in ((N, D), (K, D), (K,)))
T = torch.arange(N) % K
COUNTS = (50, 40, 30, 20, 10)
FORWARD = pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")  # PyTorch's own use


def fused(x, w, b, t=T):
    return linear_loss(x, w, b, t, rows_a_chunk=5)


def apart(x, w, b, t=T):
    return functional.focal(F.linear(x, w, b), t)


def gradients(loss, *arguments):
    layer = [tensor.detach().clone().requires_grad_() for tensor in (X, W, B)]
    value = loss(*layer, *arguments)
    return value.detach(), *torch.autograd.grad(value, layer)


def test_func_grad_and_vmap():
    for i in range(3):
        torch.testing.assert_close(
            torch.func.grad(fused, argnums=i)(X, W, B), torch.func.grad(apart, argnums=i)(X, W, B)
        )
    many = torch.stack([W, 2.0 * W, -W])
    mapped = torch.func.vmap(fused, in_dims=(None, 0, None))(X, many, B)
    torch.testing.assert_close(mapped, torch.stack([apart(X, w, B) for w in many]))


def test_a_gradient_for_each_example():
    def of_each(loss):
        one = torch.func.grad(lambda w, x, t: loss(x[None], w, B, t[None]))
        return torch.func.vmap(one, in_dims=(None, 0, 0))(W, X, T)

    torch.testing.assert_close(of_each(fused), of_each(apart))


@FORWARD
def test_forward_mode():
    along = torch.randn(K, D, generator=torch.Generator().manual_seed(1))
    _, expected = torch.func.jvp(lambda w: apart(X, w, B), (W,), (along,))
    torch.testing.assert_close(torch.func.jvp(lambda w: fused(X, w, B), (W,), (along,))[1], expected)
    for loss in (fused, apart):  # dual tensors by hand, which no transform announces
        with forward_ad.dual_level():
            value = forward_ad.unpack_dual(loss(X, forward_ad.make_dual(W, along), B))
            torch.testing.assert_close(value.tangent, expected)


def by_penalty():
    w = W.clone().requires_grad_()
    value = fused(X, w, B)
    (gradient,) = torch.autograd.grad(value, w, create_graph=True)
    (value + gradient.square().sum()).backward()


SECOND = {
    "a penalty on the gradient": by_penalty,
    "func.hessian": lambda: torch.func.hessian(lambda b: fused(X, W, b))(B),
    "jacrev of jacrev": lambda: torch.func.jacrev(torch.func.jacrev(lambda b: fused(X, W, b)))(B),
    "jacrev of jacfwd": lambda: torch.func.jacrev(torch.func.jacfwd(lambda b: fused(X, W, b)))(B),
    "jacfwd of jacfwd": lambda: torch.func.jacfwd(torch.func.jacfwd(lambda b: fused(X, W, b)))(B),
    "autograd's hessian": lambda: torch.autograd.functional.hessian(lambda b: fused(X, W, b), B),
}


@FORWARD
@pytest.mark.parametrize("derivative", SECOND.values(), ids=SECOND)
def test_a_second_derivative_is_refused_and_never_zero(derivative):
    with pytest.raises(ScarceError) as caught:
        derivative()
    assert caught.value.two_lines() == (
        "error[E568]: linear_loss has no second derivative: it keeps no logits to compute one from\n"
        "hint: for a second derivative apply the loss of scarce.torch to the layer's outputs"
    )


@pytest.fixture
def compiled():
    torch._dynamo.reset()
    yield lambda function: torch.compile(function, fullgraph=True, backend="aot_eager")
    torch._dynamo.reset()


@pytest.mark.parametrize("how", ["", "autocast"])
def test_compiles_without_a_break(compiled, how):
    def loss(x, w, b):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=how == "autocast"):
            return linear_loss(x, w, b, T, loss="class_balanced", class_counts=COUNTS, rows_a_chunk=5)

    for one, other in zip(gradients(compiled(loss)), gradients(loss), strict=True):
        torch.testing.assert_close(one, other)


def test_the_module_compiles(compiled):
    head = LinearLoss(nn.Linear(D, K), losses.FocalLoss(gamma=3.0), rows_a_chunk=5)
    value = compiled(head)(X, T)
    value.backward()
    kept = head.layer.weight.grad.clone()
    head.zero_grad()
    head(X, T).backward()
    torch.testing.assert_close(value, head(X, T))
    torch.testing.assert_close(kept, head.layer.weight.grad)


def test_the_operator_keeps_pytorchs_rules():
    arguments = (X, W, B, T, None, None, None, None, losses.FocalLoss().key, 5, torch.float32)
    torch.library.opcheck(
        torch.ops.scarce.linear_loss.default,
        (*arguments, True, True, True),
        test_utils=("test_schema", "test_faketensor", "test_autograd_registration"),
    )


def test_on_the_meta_device_there_are_shapes():
    x, w, t = X.to("meta").requires_grad_(), W.to("meta"), T.to("meta")
    value = linear_loss(x, w, None, t)
    assert value.is_meta
    assert value.shape == ()


class TestTheModule:
    def test_is_the_layer_and_the_loss(self):
        layer = nn.Linear(D, K)
        head = LinearLoss(layer, "logit_adjusted", class_counts=COUNTS, rows_a_chunk=5)
        loss = losses.LogitAdjustedLoss(class_counts=COUNTS)
        features, target = X.reshape(3, 4, D), T.reshape(3, 4)
        torch.testing.assert_close(head(features, target), loss(layer(X), T))
        weights = torch.linspace(0.0, 1.0, N)
        torch.testing.assert_close(
            head(X, T, sample_weight=weights), loss(layer(X), T, sample_weight=weights)
        )
        assert torch.equal(head.logits(features), layer(features))
        assert torch.equal(head.posterior(features).reshape(N, K), loss.posterior(layer(X)))

    def test_starts_at_the_prior(self):
        head = LinearLoss(
            nn.Linear(D, K), losses.FocalLoss(gamma=2.0, class_weight=[1.0, 2.0, 3.0, 4.0, 5.0])
        )
        prior = torch.tensor([0.5, 0.2, 0.15, 0.1, 0.05])
        head.init_bias(prior)
        torch.testing.assert_close(head.layer.bias.detach(), head.base_score(prior))
        torch.testing.assert_close(head.posterior(torch.zeros(1, D))[0], prior)

    def test_is_saved_copied_and_printed(self):
        head = LinearLoss(nn.Linear(D, K, bias=False), "focal", gamma=3.0, class_weight=[2.0] * K)
        assert sorted(head.state_dict()) == ["layer.weight", "loss.class_weight"]
        for other in (copy.deepcopy(head), pickle.loads(pickle.dumps(head))):
            assert other(X, T) == head(X, T)
        assert repr(LinearLoss(nn.Linear(D, K), rows_a_chunk=3)) == (
            "LinearLoss(\n  rows_a_chunk=3\n"
            "  (layer): Linear(in_features=4, out_features=5, bias=True)\n"
            "  (loss): SoftmaxFocalLoss(gamma=2.0)\n)"
        )

    def test_shares_a_tied_weight(self):
        embedding = nn.Embedding(K, D)
        layer = nn.Linear(D, K, bias=False)
        layer.weight = embedding.weight
        head = LinearLoss(layer, "cross_entropy")
        head(embedding(T), T).backward()
        reference = embedding.weight.detach().clone().requires_grad_()
        F.cross_entropy(reference[T] @ reference.T, T).backward()
        torch.testing.assert_close(embedding.weight.grad, reference.grad)


REFUSED = {
    "every row apart": (
        lambda: linear_loss(X, W, B, T, reduction="none"),
        "error[E565]: linear_loss cannot keep every row apart: reduction='none'\n"
        "hint: use 'mean', 'sum' or 'mean_positive'",
    ),
    "every row apart, as a module": (
        lambda: LinearLoss(nn.Linear(D, K), losses.FocalLoss(reduction="none")),
        "error[E565]: linear_loss cannot keep every row apart: reduction='none'\n"
        "hint: use 'mean', 'sum' or 'mean_positive'",
    ),
    "a weight the other way round": (
        lambda: linear_loss(X, W.T, B, T),
        "error[E566]: the features have shape (12, 4), the weight (4, 5) and the bias (5,)\n"
        "hint: pass features (..., n_features), weight (n_classes, n_features) and bias (n_classes,)",
    ),
    "a bias of another size": (
        lambda: linear_loss(X, W, B[:-1], T),
        "error[E566]: the features have shape (12, 4), the weight (5, 4) and the bias (4,)\n"
        "hint: pass features (..., n_features), weight (n_classes, n_features) and bias (n_classes,)",
    ),
    "a sigmoid loss": (
        lambda: LinearLoss(nn.Linear(D, K), losses.SigmoidFocalLoss()),
        "error[E567]: SigmoidFocalLoss is no softmax loss of the catalogue, and a linear layer is fused with"
        " no other\nhint: use one such as FocalLoss or LogitAdjustedLoss, or its name, or apply"
        " SigmoidFocalLoss to the layer's outputs",
    ),
    "settings of a loss that is made": (
        lambda: LinearLoss(nn.Linear(D, K), losses.FocalLoss(), gamma=1.0),
        "error[E523]: LinearLoss has no parameter 'gamma'\n"
        "hint: it is made already: give SoftmaxFocalLoss its settings",
    ),
    "a loss that is not there": (
        lambda: LinearLoss(nn.Linear(D, K), "focl"),
        "error[E522]: there is no loss 'focl'\nhint: did you mean 'focal'?",
    ),
    "two types": (
        lambda: linear_loss(X.bfloat16(), W, B, T),
        "error[E563]: the weight is a tensor of torch.float32\n"
        "hint: the features are torch.bfloat16: convert one of them, or use torch.autocast",
    ),
    "a target of another shape": (
        lambda: linear_loss(X.reshape(3, 4, D), W, B, T),
        "error[E505]: the logits have shape (3, 4, 5) and the target (12,)\n"
        "hint: pass one class index a row, in shape (3, 4), or a probability a logit",
    ),
    "weights of another shape": (
        lambda: linear_loss(X, W, B, T, sample_weight=torch.ones(3)),
        "error[E515]: sample_weight has shape (3,) and the target (12,)\n"
        "hint: give one weight a row, finite and at least 0",
    ),
    "a label that is not a class": (
        lambda: linear_loss(X, W, B, T + 1),
        "error[E504]: target[4] is 5, not one of the classes 0 to 4\nhint: use ignore_index to skip rows",
    ),
    "soft targets that do not sum to 1": (
        lambda: linear_loss(X, W, B, torch.full((N, K), 0.3)),
        "error[E521]: target[0] is a row that sums to 1.5, not a probability\n",
    ),
    "a chunk of no rows": (
        lambda: linear_loss(X, W, B, T, rows_a_chunk=0),
        "error[E501]: rows_a_chunk=0 is outside its domain\n"
        "hint: rows_a_chunk must be a whole number, at least 1",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused(name):
    call, lines = REFUSED[name]
    with pytest.raises(ScarceError) as caught:
        call()
    assert caught.value.two_lines().startswith(lines)
    if not lines.endswith("\n"):
        assert caught.value.two_lines() == lines
