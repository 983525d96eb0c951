"""Samplers for a ``DataLoader`` that draw rare classes more often, and say how to undo what that does.

An epoch follows from ``(seed, epoch)`` alone; a rank takes every ``num_replicas``-th place of it. So all
ranks have equally many rows, and no place of the epoch is on two of them.
"""

from scarce.torch.samplers.epoch_samplers import (
    ClassBalancedSampler,
    EpochSampler,
    ProgressivelyBalancedSampler,
    RepeatFactorSampler,
    SquareRootSampler,
)

__all__ = [
    "ClassBalancedSampler",
    "EpochSampler",
    "ProgressivelyBalancedSampler",
    "RepeatFactorSampler",
    "SquareRootSampler",
]
