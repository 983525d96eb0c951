"""Two real processes over gloo: a step of distributed training is the step of one process on all rows."""

from __future__ import annotations

import pytest
import torch
from tests.faces.torch.processes import in_two_processes
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import scarce.torch as losses

# The ranks hold different numbers of valid rows and of positives, the second no positive at all.
X = torch.randn(11, 4, generator=torch.Generator().manual_seed(2))
Y = torch.tensor([2, 0, 1, -100, 0, 2, 0, 0, 0, -100, 0])
SHARES = (slice(0, 7), slice(7, 11))
KINDS = {
    "softmax mean": ("FocalLoss", {"class_weight": [1.0, 2.0, 5.0]}),
    "softmax mean_positive": ("FocalLoss", {"reduction": "mean_positive"}),
    "smoothed": ("FocalLoss", {"label_smoothing": 0.1}),
    "sigmoid mean": ("SigmoidFocalLoss", {"ignore_index": -100}),
    "sigmoid mean_positive": ("SigmoidFocalLoss", {"reduction": "mean_positive", "ignore_index": -100}),
    "sum": ("FocalLoss", {"reduction": "sum"}),
}

LAYERS = {kind: KINDS[kind][1] for kind in ("softmax mean", "softmax mean_positive", "smoothed", "sum")}


def target_of(name, y):
    if name == "FocalLoss":
        return y
    many = nn.functional.one_hot(y.clamp(min=0), 3)
    return torch.where(y[:, None] == -100, -100, many)


def network():
    torch.manual_seed(0)
    return nn.Linear(4, 3)


def work(rank):
    x, y = X[SHARES[rank]], Y[SHARES[rank]]
    found = {"counts": losses.class_counts(y, 3, ranks="world").tolist()}
    for kind, (name, settings) in KINDS.items():
        model = DistributedDataParallel(network())
        loss = getattr(losses, name)(ranks="world", **settings)
        value = loss(model(x), target_of(name, y))
        value.backward()
        found[kind] = (value.item(), model.module.weight.grad.tolist())
    for kind, settings in LAYERS.items():
        head = losses.LinearLoss(network(), losses.FocalLoss(ranks="world", **settings), rows_a_chunk=3)
        model = DistributedDataParallel(head)
        value = model(x, y)
        value.backward()
        found[f"layer, {kind}"] = (value.item(), head.layer.weight.grad.tolist())
    return found


@pytest.fixture(scope="module")
def both():
    return in_two_processes(work)


def test_class_counts_are_those_of_all_ranks(both):
    assert both[0]["counts"] == both[1]["counts"] == losses.class_counts(Y, 3).tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_the_step_is_that_of_one_process(both, kind):
    name, settings = KINDS[kind]
    model = network()
    value = getattr(losses, name)(**settings)(model(X), target_of(name, Y))
    value.backward()
    share = 0.5 if settings.get("reduction") == "sum" else 1.0  # DDP averages, so a sum is halved
    torch.testing.assert_close(
        torch.tensor(both[0][kind][1]), share * model.weight.grad, rtol=1e-5, atol=1e-7
    )
    assert both[0][kind][1] == both[1][kind][1]
    mean_of_ranks = (both[0][kind][0] + both[1][kind][0]) / 2.0
    assert mean_of_ranks == pytest.approx(share * value.item(), rel=1e-5)


@pytest.mark.parametrize("kind", LAYERS)
def test_the_fused_layer_takes_the_same_step(both, kind):
    for index in range(2):
        value, gradient = both[index][f"layer, {kind}"]
        assert value == pytest.approx(both[index][kind][0], rel=1e-5)
        torch.testing.assert_close(
            torch.tensor(gradient), torch.tensor(both[index][kind][1]), rtol=1e-5, atol=1e-7
        )


def test_without_the_ranks_the_step_would_be_another(both):
    steps = []
    for index in range(2):
        model = network()
        losses.FocalLoss(class_weight=[1.0, 2.0, 5.0])(model(X[SHARES[index]]), Y[SHARES[index]]).backward()
        steps.append(model.weight.grad)
    assert not torch.allclose(
        (steps[0] + steps[1]) / 2.0, torch.tensor(both[0]["softmax mean"][1]), rtol=0.05
    )
