"""What the samplers share: seed, epoch, ranks, the undo, and numbers rounded at random."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist
from torch.utils.data import Sampler

from scarce.errors import ScarceError
from scarce.losses.domains import whole
from scarce.torch.plan import class_axis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor


class EpochSampler(Sampler[int]):
    """What the samplers share: seed, epoch, ranks, and the undo.

    Parameters
    ----------
    seed : int, default 0
        The same on every rank.
    rank, num_replicas : int, optional
        By default those of ``torch.distributed`` where it runs, and one rank elsewhere.
    """

    def __init__(self, seed: int = 0, rank: int | None = None, num_replicas: int | None = None) -> None:
        runs = dist.is_available() and dist.is_initialized()
        self.seed = whole("seed", seed)
        self.epoch = 0
        self.rank = (dist.get_rank() if runs else 0) if rank is None else whole("rank", rank)
        world = dist.get_world_size() if runs else 1
        self.num_replicas = world if num_replicas is None else whole("num_replicas", num_replicas)
        if not 0 <= self.rank < self.num_replicas:
            raise ScarceError("E583", rank=self.rank, replicas=self.num_replicas)

    @property
    @abstractmethod
    def true_prior(self) -> Tensor:
        """Return the frequency of each class in the data."""

    @property
    @abstractmethod
    def prior(self) -> Tensor:
        """Return the expected frequency of each class in what is drawn in this epoch."""

    @property
    @abstractmethod
    def log_shift(self) -> Tensor:
        """Return what sampling adds to each class's log-probability, up to a constant."""

    @abstractmethod
    def order(self, epoch: int) -> Tensor:
        """Return the rows of an epoch, of all ranks, in order.

        Parameters
        ----------
        epoch : int
            Counted from 0.
        """

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes next; without it every epoch is the same.

        Parameters
        ----------
        epoch : int
            Counted from 0.
        """
        self.epoch = whole("epoch", epoch, least=0)

    def __repr__(self) -> str:
        """Return what is drawn from, and by which rank."""
        what = f"{len(self.true_prior)} classes, {len(self)} rows an epoch, seed={self.seed}"
        where = "" if self.num_replicas == 1 else f", rank={self.rank}, num_replicas={self.num_replicas}"
        return f"{type(self).__name__}({what}{where})"

    @abstractmethod
    def __len__(self) -> int:
        """Return how many rows this rank draws in an epoch."""

    def undo(self, logits: Tensor) -> Tensor:
        """Return log-probabilities, or cross-entropy logits, at the prior of the data.

        Parameters
        ----------
        logits : Tensor
            Of a network trained on what was drawn, with the classes on axis 1 or on the only axis: raw
            logits of cross-entropy, or ``loss.posterior(logits).log()`` of any other loss.

        Returns
        -------
        Tensor
            To be put through a softmax; for labels of their own (`RepeatFactorSampler`), through a sigmoid.
        """
        given, n = logits.shape[class_axis(logits)] if logits.dim() else 1, len(self.log_shift)
        if given != n:
            raise ScarceError("E527", what="the sampler", given=n, n_classes=given)
        if not logits.is_floating_point():
            suggestion = "pass the network's raw outputs"
            raise ScarceError("E563", what="logits", dtype=logits.dtype, suggestion=suggestion)
        trailing = max(logits.dim() - 2, 0)
        shift = self.log_shift.to(device=logits.device, dtype=logits.dtype)
        return logits - shift.reshape(-1, *(1,) * trailing)

    def __iter__(self) -> Iterator[int]:
        return iter(self.order(self.epoch)[self.rank :: self.num_replicas].tolist())

    def _generator(self, epoch: int) -> torch.Generator:
        # mixed, so that epoch 1 of seed 0 is not epoch 0 of seed 1
        return torch.Generator("cpu").manual_seed((self.seed * 0x9E3779B97F4A7C15 + epoch) % 2**63)


def rounded(expected: Tensor, generator: torch.Generator) -> Tensor:
    """Return whole numbers next to those given, with them as expectations, and their sum next to the sum."""
    start = torch.rand((), generator=generator, dtype=torch.float64, device="cpu")
    upto = torch.floor(torch.cumsum(expected, dim=0) + start)
    if torch.isclose(expected.sum(), expected.sum().round(), rtol=1e-12, atol=1e-9):
        upto[-1] = expected.sum().round()  # which rounding must not move to the next whole number
    return torch.diff(upto, prepend=upto.new_zeros(1)).to(torch.int64)


def in_turns(rows: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """Return n of the rows: each in its turn, in an order that is drawn anew for every turn."""
    turns = -(-n // len(rows))
    order = [rows[torch.randperm(len(rows), generator=generator, device="cpu")] for _ in range(turns)]
    return torch.cat(order)[:n] if order else rows[:0]
