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


def train(loss: nn.Module, draw: int = 0) -> float:
    """Train a small network, show the loss the validation rows after each epoch, and judge it on new rows."""
    torch.manual_seed(draw)
    network = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 2))
    step = torch.optim.Adam(network.parameters(), lr=0.003)
    (x, y), (x_valid, y_valid), (x_new, y_new) = (rows(10 * draw + part) for part in (1, 2, 3))
    for _ in range(EPOCHS):
        for batch in torch.randperm(ROWS).split(BATCH):
            step.zero_grad()
            loss(network(x[batch]), y[batch]).backward()
            step.step()
        with torch.no_grad():
            loss.update(network(x_valid), y_valid)
    with torch.no_grad():
        p = loss.posterior(network(x_new))
    return -torch.log(p.gather(1, y_new[:, None])).mean().item()


def main() -> None:
    """Read the command line, train with two losses, and write a picture of each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=0, help="how often to compare with gamma held at 0")
    chosen = parser.parse_args()
    counts = torch.bincount(rows(1)[1])
    for name, loss in {"validated": ValidatedFocalLoss(counts), "adafocal": AdaFocalLoss()}.items():
        train(loss)
        plot = scarce.gamma_plot(loss)
        plot.write(chosen.folder / f"gamma-{name}.svg")
        print(name, plot, sep="\n")
    for draw in range(chosen.draws):
        losses = (ValidatedFocalLoss(), ValidatedFocalLoss(highest=0.0))
        moved, held = (train(loss, draw) for loss in losses)
        print(f"recovered loss on new rows, moved and held at 0: {moved:.4f} {held:.4f}")


if __name__ == "__main__":
    main()
