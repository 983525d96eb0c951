"""A sampler that repeats the rows of rare classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from scarce.losses.domains import above_zero_up_to_one
from scarce.torch.samplers.base import EpochSampler, rounded
from scarce.torch.samplers.labels import memberships

if TYPE_CHECKING:
    from torch import Tensor


class RepeatFactorSampler(EpochSampler):
    """Draw every row, and those with rare classes several times.

    A class of which a fraction f of the rows has any is repeated ``r = max(1, sqrt(threshold / f))`` times;
    a row as often as the most repeated of its classes. Fractions are rounded at random, anew each epoch, so
    that each row is drawn ``r`` times in expectation.

    Parameters
    ----------
    labels : array-like, shape (n_rows,) or (n_rows, n_classes)
        Class indices, or 0 and 1 where a row may have several classes or none.
    threshold : float, default 0.001
        In (0, 1]: from this frequency on a class is not repeated.
    seed, rank, num_replicas
        As in `ClassBalancedSampler`.

    Attributes
    ----------
    repeats : Tensor, shape (n_rows,)
        ``r`` of each row.

    Notes
    -----
    The shares of the ranks are made equal by drawing at most ``num_replicas`` rows of the epoch once more.
    With one class a row, `undo` is exact up to that. With several, `log_shift` is that of each label's
    log-odds, and near: how often a row is drawn also depends on its other labels.

    Examples
    --------
    >>> labels = torch.tensor([[1, 0], [1, 1], [1, 0], [1, 0]])     # the second class is in one row of four
    >>> sampler = RepeatFactorSampler(labels, threshold=1.0)
    >>> sampler.repeats.tolist()
    [1.0, 2.0, 1.0, 1.0]
    >>> sorted(sampler)
    [0, 1, 1, 2, 3]

    References
    ----------
    Gupta, Dollár and Girshick, "LVIS: a dataset for large vocabulary instance segmentation", CVPR 2019,
    appendix B.2.
    """

    def __init__(
        self,
        labels: Any,
        threshold: float = 0.001,
        *,
        seed: int = 0,
        rank: int | None = None,
        num_replicas: int | None = None,
    ) -> None:
        super().__init__(seed, rank, num_replicas)
        self.threshold = above_zero_up_to_one("threshold", threshold)
        self._several, self._has = memberships(labels)
        each = torch.sqrt(self.threshold / self.true_prior).clamp(min=1.0)
        self.repeats = torch.where(self._has, each, 1.0).amax(dim=1)
        self._length = -(-int(torch.ceil(self.repeats.sum()).item()) // self.num_replicas)

    @property
    def true_prior(self) -> Tensor:
        """Return the fraction of the rows that have each class."""
        return self._has.to(torch.float64).mean(dim=0)

    @property
    def prior(self) -> Tensor:
        """Return the expected fraction of the rows drawn that have each class."""
        return (self._has * self.repeats[:, None]).sum(dim=0) / self.repeats.sum()

    @property
    def log_shift(self) -> Tensor:
        """Return what sampling adds to each class's log-probability, or to each label's log-odds."""
        if self._several:
            shift = torch.logit(self.prior) - torch.logit(self.true_prior)
            # a label that every row has stays one that every row has
            return torch.where(self.true_prior < 1.0, shift, 0.0)
        return torch.log(self.prior / self.true_prior)

    def __len__(self) -> int:
        """Return how many rows this rank draws in an epoch."""
        return self._length

    def order(self, epoch: int) -> Tensor:
        """Return the rows of an epoch, of all ranks, in order."""
        generator = self._generator(epoch)
        shuffled = torch.randperm(len(self.repeats), generator=generator, device="cpu")
        drawn = rounded(self.repeats[shuffled], generator)
        rows = shuffled.repeat_interleave(drawn)
        rows = rows[torch.randperm(len(rows), generator=generator, device="cpu")]
        return rows[torch.arange(self._length * self.num_replicas, device="cpu") % len(rows)]
