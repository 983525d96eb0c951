"""Make the pictures of "Losses with memory": gamma over the epochs of two trainings, on made-up rows.

python docs/make_gamma_plot.py docs/pictures
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import nn

import scarce
from scarce.torch.adaptive import AdaFocalLoss, ValidatedFocalLoss

EPOCHS, ROWS, BATCH = 49, 6_000, 100


def rows(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return rows of which about one in twelve is positive, by a curved rule that is not sure."""
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(ROWS, 6, generator=draw)
    odds = 1.5 * x[:, 0] * x[:, 1] + x[:, 2] - 3.5
    return x, (torch.rand(ROWS, generator=draw) < torch.sigmoid(odds)).long()


def train(loss: nn.Module) -> None:
    """Train a small network, and show the loss the validation rows after each epoch."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 2))
    step = torch.optim.Adam(network.parameters(), lr=0.003)
    (x, y), (x_valid, y_valid) = rows(1), rows(2)
    for _ in range(EPOCHS):
        for batch in torch.randperm(ROWS).split(BATCH):
            step.zero_grad()
            loss(network(x[batch]), y[batch]).backward()
            step.step()
        with torch.no_grad():
            loss.update(network(x_valid), y_valid)


def main() -> None:
    """Read the command line, train with two losses, and write a picture of each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    counts = torch.bincount(rows(1)[1])
    for name, loss in {"validated": ValidatedFocalLoss(counts), "adafocal": AdaFocalLoss()}.items():
        train(loss)
        plot = scarce.gamma_plot(loss)
        plot.write(folder / f"gamma-{name}.svg")
        print(name, plot, sep="\n")


if __name__ == "__main__":
    main()
