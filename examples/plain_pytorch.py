"""Rare positives in plain PyTorch: start at the prior, train with focal loss, read off true probabilities.

pip install 'scarce[torch]' && python examples/plain_pytorch.py
"""

from __future__ import annotations

import torch
from torch import nn

from scarce.torch import SigmoidFocalLoss


def make_data(rows: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return features and labels, about one in forty of them positive."""
    draw = torch.Generator().manual_seed(seed)
    features = torch.randn(rows, 4, generator=draw)
    log_odds = 1.5 * features[:, 0] + features[:, 1] - 5.0
    target = torch.rand(rows, generator=draw) < torch.sigmoid(log_odds)
    return features, target.float()


def main() -> None:
    """Train, and compare the mean probability on new rows with their prevalence."""
    torch.manual_seed(0)
    features, target = make_data(20_000, seed=1)
    held_out, truth = make_data(20_000, seed=2)

    network = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
    loss = SigmoidFocalLoss(gamma=2.0)
    loss.init_bias(network[-1], target.mean().item())
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)

    for _ in range(5):
        for rows in torch.randperm(len(target)).split(512):
            optimizer.zero_grad()
            loss(network(features[rows]).squeeze(1), target[rows]).backward()
            optimizer.step()

    with torch.inference_mode():
        logits = network(held_out).squeeze(1)
        probability = loss.posterior(logits)
    print(f"prevalence               {truth.mean():.4f}")
    print(f"mean sigmoid of logits   {torch.sigmoid(logits).mean():.4f}")
    print(f"mean probability         {probability.mean():.4f}")


if __name__ == "__main__":
    main()
