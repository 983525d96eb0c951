"""Samplers for a ``DataLoader`` that draw rare classes more often, and say how to undo what that does.

    sampler = ClassBalancedSampler(labels, seed=1)
    loader = DataLoader(dataset, batch_size=64, sampler=sampler)
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        ...
    torch.softmax(sampler.undo(logits), dim=1)         # at the prior of the data again

An epoch follows from ``(seed, epoch)`` alone, on every rank the same; a rank takes every ``num_replicas``-th
place of it. So all ranks have equally many rows, and no place of the epoch is on two of them.
"""

from scarce.torch.samplers.base import EpochSampler
from scarce.torch.samplers.classes import (
    ClassBalancedSampler,
    ProgressivelyBalancedSampler,
    SquareRootSampler,
)
from scarce.torch.samplers.repeats import RepeatFactorSampler

__all__ = [
    "ClassBalancedSampler",
    "EpochSampler",
    "ProgressivelyBalancedSampler",
    "RepeatFactorSampler",
    "SquareRootSampler",
]
