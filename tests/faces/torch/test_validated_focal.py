"""Focal loss that its validation rows move: one-line training, what is in force, checkpoints, histories."""

from __future__ import annotations

import copy
import io

import numpy as np
import pytest
import torch
from torch import nn

from scarce.errors import ScarceError
from scarce.torch import FocalLoss, SigmoidFocalLoss
from scarce.torch.adaptive import (
    AdaFocalLoss,
    AutomatedFocalLoss,
    SigmoidValidatedFocalLoss,
    ValidatedFocalLoss,
)

KINDS = {"softmax": ValidatedFocalLoss, "sigmoid": SigmoidValidatedFocalLoss}
each = pytest.mark.parametrize("kind", KINDS)


def rows(seed, n=120):
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 3, generator=draw)
    y = (torch.rand(n, generator=draw) < torch.sigmoid(2.0 * x[:, 0] - 1.5)).long()
    return x, y


class Training:
    """A network, its step and its loss: a plain loop over whole batches."""

    def __init__(self, loss, outputs):
        torch.manual_seed(1)
        self.network = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, outputs))
        self.step = torch.optim.Adam(self.network.parameters(), lr=0.02)
        self.loss = loss
        self.outputs = outputs

    def logits(self, x):
        z = self.network(x)
        return z if self.outputs > 1 else z[:, 0]

    def epoch(self):
        x, y = rows(2)
        for part in torch.arange(len(x)).split(40):
            self.step.zero_grad()
            self.loss(self.logits(x[part]), y[part]).backward()
            self.step.step()
        valid, labels = rows(3)
        with torch.no_grad():
            self.loss.update(self.logits(valid), labels)

    def state(self):
        parts = {"network": self.network, "step": self.step, "loss": self.loss}
        return {name: part.state_dict() for name, part in parts.items()}


def training_of(kind, **settings):
    return Training(KINDS[kind]((90, 30), **settings), 2 if kind == "softmax" else 1)


@each
def test_a_plain_loop_trains(kind):
    training = training_of(kind)
    for _ in range(13):
        training.epoch()
    history = training.loss.history
    assert [one["epoch"] for one in history] == list(range(13))
    assert [one["gamma"] for one in history[:7]] == [0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0]
    assert [one["power"] for one in history[7:]] == [0.0, 0.0, 0.25, 0.25, 0.0, 0.0]
    assert history[-1]["validation_loss"] < history[0]["validation_loss"]
    x, y = rows(4)
    p = training.loss.posterior(training.logits(x))
    p = p if kind == "sigmoid" else p[:, 1]
    assert ((p > 0.5).long() == y).float().mean() > 0.7


@each
def test_what_update_decides_is_in_force_from_the_next_training_batch_on(kind):
    training = training_of(kind)
    for _ in range(3):
        training.epoch()  # the fourth epoch tries .5
    loss, z = training.loss, training.logits(rows(3)[0])
    before = loss.posterior(z)
    loss.eval()(z, rows(3)[1])
    assert loss.gamma.item() == 0.0
    assert torch.equal(loss.posterior(z), before)
    loss.train()(z, rows(3)[1])
    assert loss.gamma.item() == 0.5
    assert not torch.equal(loss.posterior(z), before)


@each
def test_value_and_posterior_are_those_of_focal_loss_with_these_numbers(kind):
    loss = KINDS[kind]((90, 30), start=1.5, reduction="none")
    loss.set_extra_state(torch.tensor([0.0, 0.0, 1.5, 0.5]))
    z = torch.randn(40, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    z = z if kind == "softmax" else z[:, 0]
    y = torch.arange(40) % 2
    value = loss(z, y)
    weight = np.array([4 / 3, 4.0]) ** 0.5
    weight /= weight @ [0.75, 0.25]
    same = {"softmax": FocalLoss, "sigmoid": SigmoidFocalLoss}[kind](
        gamma=1.5,
        class_weight=weight.tolist(),
        reduction="none",
        **({} if kind == "softmax" else {"alpha": None}),
    )
    torch.testing.assert_close(value, same(z, y if kind == "softmax" else y.double()))
    torch.testing.assert_close(loss.posterior(z), same.posterior(z))


@each
@pytest.mark.parametrize("epochs", [1, 4, 8])
def test_a_checkpoint_goes_on_as_if_nothing_had_happened(kind, epochs):
    training = training_of(kind)
    for _ in range(epochs):
        training.epoch()
    file = io.BytesIO()
    torch.save(training.state(), file)
    file.seek(0)
    twin = training_of(kind)
    for name, state in torch.load(file, weights_only=True).items():
        getattr(twin, name).load_state_dict(state)
    x = rows(3)[0]
    assert torch.equal(twin.loss.posterior(twin.logits(x)), training.loss.posterior(training.logits(x)))
    for _ in range(4):
        training.epoch()
        twin.epoch()
    assert twin.loss.history == training.loss.history
    for name, part in training.network.state_dict().items():
        assert torch.equal(twin.network.state_dict()[name], part)


def test_without_counts_there_are_no_weights_and_any_number_of_classes():
    loss = ValidatedFocalLoss()
    loss.update(torch.randn(12, 4), torch.arange(12) % 4)
    assert loss.weight is None
    assert loss.history[0]["power"] is None
    with pytest.raises(ScarceError) as caught:
        ValidatedFocalLoss([5, 5])(torch.zeros(1, 3), torch.tensor([0]))
    assert caught.value.code == "E527"


def test_ignored_rows_and_several_labels_are_laid_out():
    one, other = ValidatedFocalLoss(), ValidatedFocalLoss()
    z, y = torch.randn(9, 3), torch.arange(9) % 3
    one.update(torch.cat([z, z[:2]]), torch.cat([y, torch.tensor([-100, -100])]))
    other.update(z, y)
    assert one.history == other.history
    labels, flat = SigmoidValidatedFocalLoss(), SigmoidValidatedFocalLoss()
    z, y = torch.randn(6, 2), torch.tensor([[0, 1]] * 3 + [[1, 0]] * 3)
    labels.update(z, y)
    flat.update(z.reshape(-1), y.reshape(-1))
    assert labels.history == flat.history


@each
def test_an_update_needs_rows(kind):
    z = torch.zeros(1, 2) if kind == "softmax" else torch.zeros(1)
    with pytest.raises(ScarceError) as caught:
        KINDS[kind](ignore_index=-100).update(z, torch.tensor([-100]))
    assert caught.value.code == "E586"


def test_settings_are_shown_and_refused():
    assert repr(ValidatedFocalLoss([2, 1])) == "ValidatedFocalLoss(class_counts=(2.0, 1.0), reduction='mean')"
    for settings in ({"start": -1.0}, {"step": 0.0}, {"highest": 1.0, "start": 2.0}, {"reduction": "median"}):
        with pytest.raises(ScarceError) as caught:
            ValidatedFocalLoss(**settings)
        assert caught.value.code == "E501"


# What the other losses with a gamma that moves remember of it


def test_adafocal_remembers_what_each_epoch_was_trained_with():
    loss, z, y = AdaFocalLoss(bins=2), torch.randn(20, 3), torch.arange(20) % 3
    assert loss.history == []
    loss.update(z, y)
    first = loss.gammas.tolist()
    loss.update(z, y)
    assert [one["gamma"] for one in loss.history] == [[1.0, 1.0], first]
    assert [one["epoch"] for one in loss.history] == [0, 1]
    assert (
        {one["power"] for one in loss.history} == {one["validation_loss"] for one in loss.history} == {None}
    )


def test_automated_focal_loss_records_its_gamma():
    loss = AutomatedFocalLoss()
    loss(torch.zeros(4, 2), torch.tensor([0, 1, 0, 1]))
    loss.record()
    assert [one["gamma"] for one in loss.history] == pytest.approx([np.log(2.0)])


@pytest.mark.parametrize(
    "make", [lambda: AdaFocalLoss(bins=3), AutomatedFocalLoss], ids=["adafocal", "automated"]
)
@pytest.mark.parametrize("epochs", [0, 2])
def test_histories_are_in_the_state_dict(make, epochs):
    loss = make()
    for _ in range(epochs):
        loss(torch.randn(8, 3), torch.arange(8) % 3)
        loss.update(torch.randn(8, 3), torch.arange(8) % 3) if hasattr(loss, "update") else loss.record()
    twin = make()
    twin.load_state_dict(copy.deepcopy(loss.state_dict()))
    assert twin.history == loss.history
    assert len(twin.history) == epochs
