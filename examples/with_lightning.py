"""Rare classes in Lightning: the loss is a part of the module, so it is saved and moved with it.

pip install 'scarce[torch,trainers]' && python examples/with_lightning.py
"""

from __future__ import annotations

import logging

import lightning
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from scarce.torch import FocalLoss

PREVALENCE = torch.tensor([0.90, 0.08, 0.02])


def make_data(rows: int, seed: int) -> TensorDataset:
    """Return features and labels of three classes, two of them rare."""
    draw = torch.Generator().manual_seed(seed)
    target = torch.multinomial(PREVALENCE, rows, replacement=True, generator=draw)
    features = torch.randn(rows, 4, generator=draw)
    features[:, :3] += 1.5 * nn.functional.one_hot(target, 3)
    return TensorDataset(features, target)


class Classifier(lightning.LightningModule):
    """A small network with weighted focal loss."""

    def __init__(self, class_counts: list[int]) -> None:
        super().__init__()
        self.network = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
        self.loss = FocalLoss(gamma=2.0, class_weight="inverse_sqrt", class_counts=class_counts)
        self.loss.init_bias(self.network[-1], [count / sum(class_counts) for count in class_counts])

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> torch.Tensor:
        """Return the loss of a batch."""
        features, target = batch
        return self.loss(self.network(features), target)

    def predict_step(self, batch: tuple[torch.Tensor, ...], _: int) -> torch.Tensor:
        """Return probabilities: gamma and the weights are undone."""
        return self.loss.posterior(self.network(batch[0]))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return the optimizer."""
        return torch.optim.Adam(self.parameters(), lr=0.01)


def main() -> None:
    """Train, and compare the mean probabilities on new rows with the prevalences."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    lightning.seed_everything(0, verbose=False)
    data, held_out = make_data(16_000, seed=1), make_data(16_000, seed=2)
    counts = torch.bincount(data.tensors[1]).tolist()

    model = Classifier(counts)
    trainer = lightning.Trainer(
        max_epochs=4,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(model, DataLoader(data, batch_size=512, shuffle=True))
    probability = torch.cat(trainer.predict(model, DataLoader(held_out, batch_size=4096)))

    truth = torch.bincount(held_out.tensors[1]) / len(held_out)
    print("prevalence        ", *(f"{share:.4f}" for share in truth))
    print("mean probability  ", *(f"{share:.4f}" for share in probability.mean(dim=0)))


if __name__ == "__main__":
    main()
