"""Two real processes over gloo: memory, step and update are those of one process on all rows."""

from __future__ import annotations

import pytest
import torch
from tests.faces.torch.processes import in_two_processes
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from scarce.torch import adaptive

# The ranks hold different numbers of rows; the second no row of class 2, and an ignored one.
X = torch.randn(11, 4, generator=torch.Generator().manual_seed(2))
Y = torch.tensor([2, 0, 1, -100, 0, 2, 0, 0, 0, -100, 0])
SHARES = (slice(0, 7), slice(7, 11))
KINDS = {
    "automated": ("AutomatedFocalLoss", (), {"momentum": 0.5}),
    "adafocal": ("AdaFocalLoss", (), {"bins": 3}),
    "validated": ("ValidatedFocalLoss", ([5, 3, 2],), {"start": 1.0}),
    "ghm": ("GHMCLoss", (), {"momentum": 0.5, "bins": 4, "ignore_index": -100}),
    "seesaw": ("SeesawLoss", (3,), {}),
    "equalized": ("EqualizedFocalLoss", (3,), {"ignore_index": -100}),
}


def target_of(name, y):
    if name not in ("GHMCLoss", "EqualizedFocalLoss"):
        return y
    return torch.where(y[:, None] == -100, -100, nn.functional.one_hot(y.clamp(min=0), 3))


def network():
    torch.manual_seed(0)
    return nn.Linear(4, 3)


def two_steps(kind, model, x, y, ranks):
    """Return the loss of the second step, its gradient in the weights, and the memory after it."""
    name, arguments, settings = KINDS[kind]
    loss = getattr(adaptive, name)(*arguments, ranks=ranks, **settings)
    loss(model(x), target_of(name, y)).backward()
    if name in ("AdaFocalLoss", "ValidatedFocalLoss"):
        loss.update(model(x), y)
    model.zero_grad()
    value = loss(model(x), target_of(name, y))
    value.backward()
    weight = getattr(model, "module", model).weight
    memory = {key: state.flatten().tolist() for key, state in loss.state_dict().items()}
    return value.item(), weight.grad.tolist(), memory


def work(rank):
    x, y = X[SHARES[rank]], Y[SHARES[rank]]
    return {kind: two_steps(kind, DistributedDataParallel(network()), x, y, "world") for kind in KINDS}


@pytest.fixture(scope="module")
def both():
    return in_two_processes(work)


@pytest.mark.parametrize("kind", KINDS)
def test_two_processes_remember_and_step_as_one(both, kind):
    value, gradient, memory = two_steps(kind, network(), X, Y, None)
    assert both[0][kind][1] == both[1][kind][1]
    torch.testing.assert_close(torch.tensor(both[0][kind][1]), torch.tensor(gradient), rtol=1e-5, atol=1e-7)
    assert (both[0][kind][0] + both[1][kind][0]) / 2 == pytest.approx(value, rel=1e-5)
    assert both[0][kind][2] == both[1][kind][2]
    for key, state in memory.items():
        assert both[0][kind][2][key] == pytest.approx(state, rel=1e-5), key
