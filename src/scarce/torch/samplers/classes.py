"""Samplers that draw each class at a given frequency."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import torch

from scarce.losses.domains import whole
from scarce.torch.samplers.base import EpochSampler, in_turns, rounded
from scarce.torch.samplers.labels import class_indices

if TYPE_CHECKING:
    from torch import Tensor


class _ClassSampler(EpochSampler):
    """Draws each class as often as `prior` says, to within a row; within a class, every row equally often."""

    def __init__(
        self,
        labels: Any,
        *,
        num_samples: int | None = None,
        seed: int = 0,
        rank: int | None = None,
        num_replicas: int | None = None,
    ) -> None:
        super().__init__(seed, rank, num_replicas)
        self._labels = class_indices(labels)
        self._counts = torch.bincount(self._labels)
        wanted = len(self._labels) if num_samples is None else whole("num_samples", num_samples, least=1)
        self._length = -(-wanted // self.num_replicas)

    @property
    def true_prior(self) -> Tensor:
        return self._counts / self._counts.sum().to(torch.float64)

    @property
    def prior(self) -> Tensor:
        return self._prior(self.epoch)

    @property
    def log_shift(self) -> Tensor:
        return torch.log(self.prior / self.true_prior)

    def __len__(self) -> int:
        """Return how many rows this rank draws in an epoch."""
        return self._length

    def order(self, epoch: int) -> Tensor:
        generator = self._generator(epoch)
        total = self._length * self.num_replicas
        drawn = rounded(self._prior(epoch) * total, generator)
        by_class = torch.argsort(self._labels, stable=True).split(self._counts.tolist())
        parts = [in_turns(rows, int(n), generator) for rows, n in zip(by_class, drawn.tolist(), strict=True)]
        rows = torch.cat(parts)
        return rows[torch.randperm(len(rows), generator=generator, device="cpu")]

    @abstractmethod
    def _prior(self, epoch: int) -> Tensor:
        """Return the expected class frequencies of an epoch."""


class ClassBalancedSampler(_ClassSampler):
    """Draw every class equally often: ``prior = 1 / K``.

    Parameters
    ----------
    labels : array-like of int, shape (n_rows,)
        The class of each row of the dataset; every class from 0 on has rows.
    num_samples : int, optional
        Rows an epoch, all ranks together, rounded up to a multiple of ``num_replicas``; by default as many
        as there are.
    seed : int, default 0
        The same on every rank.
    rank, num_replicas : int, optional
        By default those of ``torch.distributed`` where it runs, and one rank elsewhere.

    Notes
    -----
    A class of 10 rows in 10,000 is seen 500 times an epoch, each row 500 times: it is learned by heart.
    Frequencies hold to within one row an epoch. The network learns the sampled prior: see `undo`.

    Examples
    --------
    >>> sampler = ClassBalancedSampler([0] * 8 + [1] * 2, seed=3)
    >>> sum(row >= 8 for row in sampler)
    5
    >>> sampler.log_shift.round(decimals=3).tolist()
    [-0.47, 0.916]

    References
    ----------
    Kang et al., "Decoupling representation and classifier for long-tailed recognition", ICLR 2020,
    section 3, with q = 0.
    """

    def _prior(self, epoch: int) -> Tensor:
        return torch.full_like(self.true_prior, 1.0 / len(self._counts))


class SquareRootSampler(_ClassSampler):
    """Draw a class in proportion to the square root of its number of rows.

    Parameters
    ----------
    labels, num_samples, seed, rank, num_replicas
        As in `ClassBalancedSampler`.

    Examples
    --------
    >>> SquareRootSampler([0] * 90 + [1] * 10).prior.tolist()
    [0.75, 0.25]

    References
    ----------
    Kang et al., ICLR 2020, section 3, with q = 1/2.
    """

    def _prior(self, epoch: int) -> Tensor:
        roots = torch.sqrt(self._counts.to(torch.float64))
        return roots / roots.sum()


class ProgressivelyBalancedSampler(_ClassSampler):
    """Draw as the data are at first, and more and more as `ClassBalancedSampler` does.

    In epoch t of T, counted from 0: ``prior = (1 - t/T) true_prior + (t/T) / K``.

    Parameters
    ----------
    labels : array-like of int, shape (n_rows,)
        As in `ClassBalancedSampler`.
    epochs : int
        T; from then on classes are balanced.
    num_samples, seed, rank, num_replicas
        As in `ClassBalancedSampler`.

    Notes
    -----
    `prior`, `log_shift` and `undo` are those of the epoch last set. A trained network has seen all of them;
    it fits the last ones best, so that the undo is near, not exact: calibrate afterwards.

    Examples
    --------
    >>> sampler = ProgressivelyBalancedSampler([0] * 90 + [1] * 10, epochs=4)
    >>> for epoch in (0, 2, 4):
    ...     sampler.set_epoch(epoch)
    ...     print([round(p, 2) for p in sampler.prior.tolist()])
    [0.9, 0.1]
    [0.7, 0.3]
    [0.5, 0.5]

    References
    ----------
    Kang et al., ICLR 2020, equation 2.
    """

    def __init__(
        self,
        labels: Any,
        epochs: int,
        *,
        num_samples: int | None = None,
        seed: int = 0,
        rank: int | None = None,
        num_replicas: int | None = None,
    ) -> None:
        super().__init__(labels, num_samples=num_samples, seed=seed, rank=rank, num_replicas=num_replicas)
        self.epochs = whole("epochs", epochs, least=1)

    def _prior(self, epoch: int) -> Tensor:
        along = min(epoch / self.epochs, 1.0)
        return (1.0 - along) * self.true_prior + along / len(self._counts)
