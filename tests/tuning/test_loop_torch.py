"""`scarce.tune` with a plain loop in PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

import scarce
from scarce.decision.arrays import expit
from scarce.evaluation import log_loss

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'scarce[torch]'")

import scarce.torch  # noqa: E402


def data(rows, seed):
    draw = np.random.default_rng(seed)
    features = draw.normal(size=(rows, 3)).astype(np.float32)
    chance = expit(1.5 * features[:, 0] + features[:, 1] - 3.0)
    return torch.from_numpy(features), torch.from_numpy((draw.random(rows) < chance).astype(np.int64))


FEATURES, TARGET = data(3_000, 0)
HELD_OUT, TRUTH = data(2_000, 1)
OF_A_CONSTANT = log_loss(TRUTH.numpy(), np.full(2_000, np.log(np.divide(*np.bincount(TRUTH)[::-1]))))


def trained(loss, outputs=1, dtype=torch.float32):
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Linear(8, outputs))
    descent = torch.optim.Adam(network.parameters(), 0.02)
    target = TARGET if outputs > 1 else TARGET[:, None].float()
    for _ in range(60):
        descent.zero_grad()
        loss(network(FEATURES), target).backward()
        descent.step()
    return network(HELD_OUT).to(dtype), TRUTH  # with its gradient, as a careless loop returns it


@pytest.mark.parametrize(("name", "outputs"), [("SigmoidFocalLoss", 1), ("FocalLoss", 2)])
def test_a_plain_loop_gets_a_module_that_is_ready_to_use(name, outputs):
    make = getattr(scarce.torch, name)
    counts = np.bincount(TARGET)
    found = scarce.tune(
        lambda loss: trained(loss, outputs), make, gamma="auto", class_weight="auto", class_counts=counts
    )
    assert type(found.loss) is make
    assert found.loss.gamma == found.settings["gamma"]
    assert found.loss.class_weight.tolist() == pytest.approx(found.settings["class_weight"])
    assert len(found.table) == 13
    assert found.table[0].settings == {"gamma": 0.0, "class_weight": [1.0, 1.0]}
    figures = [one.figure for one in found.table]
    assert max(figures) < 0.85 * OF_A_CONSTANT
    logits, _ = trained(found.loss, outputs)
    mean = found.loss.posterior(logits)[:, -1].mean().item()
    assert mean == pytest.approx(TRUTH.double().mean().item(), rel=0.2)


def test_the_plain_loss_of_the_grid_trains_as_cross_entropy_does():
    seen = []

    def train(loss):
        seen.append(trained(loss)[0].detach())
        return seen[-1], TRUTH

    scarce.tune(train, scarce.torch.SigmoidFocalLoss, gamma="auto")
    plain, _ = trained(torch.nn.BCEWithLogitsLoss())
    assert torch.allclose(seen[0], plain, atol=1e-4)


def test_half_precision_is_read():
    found = scarce.tune(
        lambda loss: trained(loss, dtype=torch.bfloat16), scarce.torch.SigmoidFocalLoss, gamma="auto"
    )
    assert found.table[0].figure < 0.85 * OF_A_CONSTANT


def test_another_librarys_loss_is_refused():
    with pytest.raises(scarce.ScarceError) as caught:
        scarce.tune(trained, lambda gamma: torch.nn.CrossEntropyLoss(), gamma="auto")
    assert caught.value.code == "E912"
