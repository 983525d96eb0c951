"""Two real processes over gloo: an overlap loss of all ranks' images is that of one process."""

from __future__ import annotations

import pytest
import torch
import torch.distributed as dist
from tests.faces.torch.processes import in_two_processes
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import scarce.torch as losses

# The ranks hold different numbers of images, and the second has no class 2.
X = torch.randn(5, 4, 6, generator=torch.Generator().manual_seed(2))
Y = torch.tensor(
    [
        [2, 0, 1, -100, 0, 2],
        [0, 0, 0, 0, 1, 1],
        [2, 2, 0, 1, 1, 1],
        [0, 1, 0, 0, 1, -100],
        [0, 0, 0, 0, 0, 1],
    ]
)
SHARES = (slice(0, 3), slice(3, 5))
KINDS = {
    "dice": ("DiceLoss", {}),
    "focal tversky": ("FocalTverskyLoss", {"class_weight": [1.0, 2.0, 5.0], "background": 0}),
    "sigmoid": ("SigmoidJaccardLoss", {"n_labels": 3, "ignore_index": -100}),
    "images": ("DiceLoss", {"over": "image"}),
    "micro": ("DiceLoss", {"average": "micro", "background": 0, "over": "image"}),
    "squared": ("JaccardLoss", {"squared": True}),
    "mcc": ("MCCLoss", {"class_weight": [1.0, 2.0, 5.0]}),
    "unified": ("UnifiedFocalLoss", {}),
    "unified images": ("SigmoidUnifiedFocalLoss", {"n_labels": 3, "ignore_index": -100, "over": "image"}),
}


COMPILED = ("dice", "images", "unified")  # sums, means, and pixels beside them


def target_of(name, y):
    if not name.startswith("Sigmoid"):
        return y
    many = nn.functional.one_hot(y.clamp(min=0), 3).movedim(-1, 1)
    return torch.where(y[:, None] == -100, -100, many)


def network():
    torch.manual_seed(0)
    return nn.Conv1d(4, 3, 1)


def work(rank):
    x, y = X[SHARES[rank]], Y[SHARES[rank]]
    found = {}
    for kind, (name, settings) in KINDS.items():
        loss = getattr(losses, name)(ranks="world", **settings)
        found[kind] = step(loss, x, target_of(name, y))
    for kind in COMPILED:
        name, settings = KINDS[kind]
        for ranks in ("world", dist.group.WORLD):
            loss = torch.compile(getattr(losses, name)(ranks=ranks, **settings), backend="aot_eager")
            found[f"compiled {kind}, {type(ranks).__name__}"] = step(loss, x, target_of(name, y))
    return found


def step(loss, x, y):
    model = DistributedDataParallel(network())
    value = loss(model(x), y)
    value.backward()
    return value.item(), model.module.weight.grad.tolist()


@pytest.fixture(scope="module")
def both():
    return in_two_processes(work)


@pytest.mark.parametrize("kind", KINDS)
def test_the_step_is_that_of_one_process(both, kind):
    name, settings = KINDS[kind]
    model = network()
    value = getattr(losses, name)(**settings)(model(X), target_of(name, Y))
    value.backward()
    torch.testing.assert_close(torch.tensor(both[0][kind][1]), model.weight.grad, rtol=1e-5, atol=1e-7)
    assert both[0][kind][1] == both[1][kind][1]
    mean_of_ranks = (both[0][kind][0] + both[1][kind][0]) / 2.0
    assert mean_of_ranks == pytest.approx(value.item(), rel=1e-5)


@pytest.mark.parametrize("ranks", ["str", "ProcessGroup"])
@pytest.mark.parametrize("kind", COMPILED)
def test_a_compiled_step_is_the_same(both, kind, ranks):
    for found in both.values():
        value, slope = found[f"compiled {kind}, {ranks}"]
        assert value == pytest.approx(found[kind][0], rel=1e-6)
        torch.testing.assert_close(torch.tensor(slope), torch.tensor(found[kind][1]), rtol=1e-5, atol=1e-7)


def test_without_the_ranks_the_step_would_be_another(both):
    steps = []
    for share in SHARES:
        model = network()
        losses.DiceLoss()(model(X[share]), Y[share]).backward()
        steps.append(model.weight.grad)
    assert not torch.allclose((steps[0] + steps[1]) / 2.0, torch.tensor(both[0]["dice"][1]), rtol=0.05)
