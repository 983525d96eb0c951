"""Rare positives in skorch: a loss as the criterion, its posterior behind `predict_proba`.

pip install 'scarce[torch,trainers]' && python examples/with_skorch.py
"""

from __future__ import annotations

import numpy as np
import torch
from skorch import NeuralNetClassifier
from torch import nn

from scarce.torch import FocalLoss


class Network(nn.Module):
    """A small network with one logit a class."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 16)
        self.output = nn.Linear(16, 2)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return the logits."""
        return self.output(torch.relu(self.hidden(features)))


class RareClassifier(NeuralNetClassifier):
    """A skorch classifier whose network ends in logits and whose criterion is one of scarce's losses."""

    def get_loss(self, y_pred, y_true, *args, **kwargs) -> torch.Tensor:
        """Return the criterion of the logits; skorch's own takes a logarithm first for one criterion."""
        return self.criterion_(y_pred, y_true)

    def predict_proba(self, X) -> np.ndarray:
        """Return true probabilities, in scikit-learn's layout."""
        return self.criterion_.posterior(self.forward(X)).numpy()


def start_at_prior(net: NeuralNetClassifier, X: np.ndarray, y: np.ndarray) -> None:
    """Set the last bias so that training starts at the class frequencies."""
    net.initialize()
    net.criterion_.init_bias(net.module_.output, np.bincount(y) / len(y))


def make_data(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features and labels, about one in forty of them positive."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, 4)).astype(np.float32)
    chance = 1.0 / (1.0 + np.exp(5.0 - 1.5 * features[:, 0] - features[:, 1]))
    return features, (rng.random(rows) < chance).astype(np.int64)


def main() -> None:
    """Train, and compare the mean probability on new rows with their prevalence."""
    torch.manual_seed(0)
    features, target = make_data(20_000, seed=1)
    held_out, truth = make_data(20_000, seed=2)

    net = RareClassifier(
        Network,
        criterion=FocalLoss,
        criterion__gamma=2.0,
        optimizer=torch.optim.Adam,
        lr=0.01,
        max_epochs=5,
        batch_size=512,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )
    start_at_prior(net, features, target)
    net.partial_fit(features, target)  # `fit` would draw the network's weights anew, bias and all

    print(f"prevalence               {truth.mean():.4f}")
    print(f"mean probability         {net.predict_proba(held_out)[:, 1].mean():.4f}")


if __name__ == "__main__":
    main()
