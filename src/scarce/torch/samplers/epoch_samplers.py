"""Samplers that draw each class at a given frequency, or repeat the rows of rare classes."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import KW_ONLY, InitVar, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
import torch.distributed as dist
from torch.utils.data import Sampler

from scarce.errors import ScarceError
from scarce.losses.domains import above_zero_up_to_one, whole
from scarce.torch.tensors import class_axis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor


@dataclass(eq=False, repr=False, kw_only=True)
class EpochSampler(Sampler[int]):
    """What the samplers share: seed, epoch, ranks, and the undo.

    Parameters
    ----------
    seed : int, default 0
        The same on every rank.
    rank, num_replicas : int, optional
        By default those of ``torch.distributed`` where it runs, and one rank elsewhere.

    Attributes
    ----------
    true_prior, prior : Tensor, shape (n_classes,)
        How frequent each class is in the data, and is expected to be in what is drawn in this epoch.
    """

    seed: int = 0
    rank: int | None = None
    num_replicas: int | None = None

    is_by_label = False  # whether a row may have several classes

    def __post_init__(self) -> None:
        runs = dist.is_available() and dist.is_initialized()
        self.seed = whole("seed", self.seed)
        self.epoch = 0
        own, world = (dist.get_rank(), dist.get_world_size()) if runs else (0, 1)
        self.rank = own if self.rank is None else whole("rank", self.rank)
        replicas = self.num_replicas
        self.num_replicas = world if replicas is None else whole("num_replicas", replicas)
        if not 0 <= self.rank < self.num_replicas:
            raise ScarceError("E583", rank=self.rank, replicas=self.num_replicas)

    @abstractmethod
    def order(self, epoch: int) -> Tensor:
        """Return the rows of an epoch, of all ranks, in order."""

    @property
    def log_shift(self) -> Tensor:
        """Return what sampling adds to each class's log-probability, or to each label's log-odds."""
        if not self.is_by_label:
            return torch.log(self.prior / self.true_prior)
        shift = torch.logit(self.prior) - torch.logit(self.true_prior)
        return torch.where(self.true_prior < 1.0, shift, 0.0)  # a label of every row stays one

    def __len__(self) -> int:
        """Return how many rows this rank draws in an epoch."""
        return -(-self.rows // self.num_replicas)

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes next, counted from 0; without it every epoch is the same."""
        self.epoch = whole("epoch", epoch, least=0)

    def undo(self, logits: Tensor) -> Tensor:
        """Return log-probabilities, or cross-entropy logits, at the prior of the data.

        Parameters
        ----------
        logits : Tensor
            Of a network trained on what was drawn, with the classes on axis 1 or on the only axis: raw
            logits of cross-entropy, or ``loss.posterior(logits).log()`` of any other loss. What comes back
            is put through a softmax; for labels of their own (`RepeatFactorSampler`), through a sigmoid.
        """
        given, shift = logits.shape[class_axis(logits)] if logits.dim() else 1, self.log_shift
        if given != len(shift):
            raise ScarceError("E527", what="the sampler", given=len(shift), n_classes=given)
        if not logits.is_floating_point():
            suggestion = "pass the network's raw outputs"
            raise ScarceError("E563", what="logits", dtype=logits.dtype, suggestion=suggestion)
        trailing = (1,) * max(logits.dim() - 2, 0)
        return logits - shift.to(logits).reshape(-1, *trailing)

    def __iter__(self) -> Iterator[int]:
        return iter(self.order(self.epoch)[self.rank :: self.num_replicas].tolist())

    def __repr__(self) -> str:
        """Return what is drawn from, and by which rank."""
        what = f"{len(self.true_prior)} classes, {len(self)} rows an epoch, seed={self.seed}"
        where = "" if self.num_replicas == 1 else f", rank={self.rank}, num_replicas={self.num_replicas}"
        return f"{type(self).__name__}({what}{where})"

    def _generator(self, epoch: int) -> torch.Generator:
        # mixed, so that epoch 1 of seed 0 is not epoch 0 of seed 1
        return torch.Generator("cpu").manual_seed((self.seed * 0x9E3779B97F4A7C15 + epoch) % 2**63)


@dataclass(eq=False, repr=False)
class _ClassSampler(EpochSampler):
    """Draws each class as often as `prior` says, to within a row; within a class, every row equally often."""

    labels: InitVar[Any]
    _: KW_ONLY
    num_samples: InitVar[int | None] = None

    powers: ClassVar[tuple[float, float]]  # of the numbers of rows that a class is drawn by, first and last
    epochs = 1  # from first to last

    def __post_init__(self, labels: Any, num_samples: int | None) -> None:
        super().__post_init__()
        self._labels = class_indices(labels)
        self._counts = torch.bincount(self._labels)
        self.true_prior = self._share(1.0)
        # in an epoch of all ranks, before it is rounded up to equal shares
        self.rows = len(self._labels) if num_samples is None else whole("num_samples", num_samples, least=1)

    @property
    def prior(self) -> Tensor:
        return self._prior(self.epoch)

    def order(self, epoch: int) -> Tensor:
        generator = self._generator(epoch)
        drawn = rounded(self._prior(epoch) * (len(self) * self.num_replicas), generator)
        by_class = torch.argsort(self._labels, stable=True).split(self._counts.tolist())
        pairs = zip(by_class, drawn.tolist(), strict=True)
        rows = torch.cat([_in_turns(rows, n, generator) for rows, n in pairs])
        return rows[torch.randperm(len(rows), generator=generator, device="cpu")]

    def _prior(self, epoch: int) -> Tensor:
        """Return the expected class frequencies of an epoch."""
        along, (first, last) = min(epoch / self.epochs, 1.0), self.powers
        return (1.0 - along) * self._share(first) + along * self._share(last)

    def _share(self, power: float) -> Tensor:
        """Return class frequencies in proportion to a power of the numbers of rows."""
        powers = self._counts.to(torch.float64) ** power
        return powers / powers.sum()


class ClassBalancedSampler(_ClassSampler):
    """Draw every class equally often: ``prior = 1 / K``.

    Parameters
    ----------
    labels : array-like of int, shape (n_rows,)
        The class of each row of the dataset; every class from 0 on has rows.
    num_samples : int, optional
        Rows an epoch of all ranks, rounded up to a multiple of them; by default as many as there are.
    seed, rank, num_replicas : as in `EpochSampler`

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

    powers = (0.0, 0.0)


class SquareRootSampler(_ClassSampler):
    """Draw a class in proportion to the square root of its number of rows (Kang et al., section 3).

    Parameters
    ----------
    labels, num_samples, seed, rank, num_replicas : as in `ClassBalancedSampler`

    Examples
    --------
    >>> SquareRootSampler([0] * 90 + [1] * 10).prior.tolist()
    [0.75, 0.25]
    """

    powers = (0.5, 0.5)


@dataclass(eq=False, repr=False)
class ProgressivelyBalancedSampler(_ClassSampler):
    """Draw as the data are at first, and more and more as `ClassBalancedSampler` does.

    In epoch t of T, counted from 0: ``prior = (1 - t/T) true_prior + (t/T) / K`` (Kang et al., equation 2).

    Parameters
    ----------
    epochs : int
        T; from then on classes are balanced.
    labels, num_samples, seed, rank, num_replicas : as in `ClassBalancedSampler`

    Notes
    -----
    `undo` is that of the epoch last set, and near, not exact, for a network that saw others: calibrate.

    Examples
    --------
    >>> sampler = ProgressivelyBalancedSampler([0] * 90 + [1] * 10, epochs=4)
    >>> for epoch in (0, 2, 4):
    ...     sampler.set_epoch(epoch)
    ...     print([round(p, 2) for p in sampler.prior.tolist()])
    [0.9, 0.1]
    [0.7, 0.3]
    [0.5, 0.5]
    """

    epochs: int = field()  # which has a default above, for the other samplers

    powers = (1.0, 0.0)

    def __post_init__(self, labels: Any, num_samples: int | None) -> None:
        super().__post_init__(labels, num_samples)
        self.epochs = whole("epochs", self.epochs, least=1)


@dataclass(eq=False, repr=False)
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
    seed, rank, num_replicas : as in `ClassBalancedSampler`

    Attributes
    ----------
    repeats : Tensor, shape (n_rows,)
        ``r`` of each row.

    Notes
    -----
    Up to ``num_replicas`` rows are drawn once more, so that ranks have equal shares; `undo` is exact up to
    that. With several classes a row it is each label's own, and near: a row's other labels matter too.

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

    labels: InitVar[Any]
    threshold: float = 0.001

    def __post_init__(self, labels: Any) -> None:
        super().__post_init__()
        self.threshold = above_zero_up_to_one("threshold", self.threshold)
        self.is_by_label, has = memberships(labels)
        self.true_prior = has.to(torch.float64).mean(dim=0)
        each = torch.sqrt(self.threshold / self.true_prior).clamp(min=1.0)
        self.repeats = torch.where(has, each, 1.0).amax(dim=1)
        self.prior = (has * self.repeats[:, None]).sum(dim=0) / self.repeats.sum()
        self.rows = math.ceil(self.repeats.sum())

    def order(self, epoch: int) -> Tensor:
        """Return the rows of an epoch, of all ranks, in order."""
        generator = self._generator(epoch)
        rows = torch.randperm(len(self.repeats), generator=generator, device="cpu")
        rows = rows.repeat_interleave(rounded(self.repeats[rows], generator))
        rows = rows[torch.randperm(len(rows), generator=generator, device="cpu")]
        return rows[torch.arange(len(self) * self.num_replicas, device="cpu") % len(rows)]


def class_indices(given: Any) -> Tensor:
    """Return one class index a row, every class with rows."""
    labels = _tensor(given)
    if labels.dim() != 1 or labels.numel() == 0 or labels.is_floating_point():
        raise _no_indices(labels)
    labels = labels.to(torch.int64)
    if int(labels.min()) < 0:
        suggestion = "leave such rows out of the dataset"
        raise ScarceError("E581", what=f"hold {int(labels.min())}", suggestion=suggestion)
    _check_rows(torch.bincount(labels) > 0)
    return labels


def memberships(given: Any) -> tuple[bool, Tensor]:
    """Return whether a row may have several classes, and which row has which."""
    labels = _tensor(given)
    if labels.dim() != 2:
        return False, torch.nn.functional.one_hot(class_indices(labels)).to(torch.bool)
    if labels.numel() == 0 or bool(((labels != 0) & (labels != 1)).any()):
        what = f"have shape {tuple(labels.shape)} and other entries than 0 and 1"
        suggestion = "give a row of 0 and 1 an example, 1 where it has a class"
        raise ScarceError("E581", what=what, suggestion=suggestion)
    has = labels.to(torch.bool)
    _check_rows(has.any(dim=0))
    return True, has


def _tensor(given: Any) -> Tensor:
    """Return labels from anything with numbers: a tensor, an array, a column of a table, a list."""
    if isinstance(given, torch.Tensor):
        return given.cpu()
    array = np.asarray(given)
    if array.dtype.kind not in "biuf":
        raise _no_indices(array)
    return torch.tensor(array, device="cpu")


def _no_indices(given: Any) -> ScarceError:
    what = f"have shape {tuple(given.shape)} and type {given.dtype}"
    return ScarceError("E581", what=what, suggestion="give one class index a row, as whole numbers")


def _check_rows(has_rows: Tensor) -> None:
    if not has_rows.all():
        raise ScarceError("E582", k=int(has_rows.int().argmin()), n_classes=int(has_rows.sum()))


def rounded(expected: Tensor, generator: torch.Generator) -> Tensor:
    """Return whole numbers next to those given, with them as expectations, and their sum next to the sum."""
    start = torch.rand((), generator=generator, dtype=torch.float64, device="cpu")
    upto = torch.floor(torch.cumsum(expected, dim=0) + start)
    if torch.isclose(expected.sum(), expected.sum().round(), rtol=1e-12, atol=1e-9):
        upto[-1] = expected.sum().round()  # which rounding must not move to the next whole number
    return torch.diff(upto, prepend=upto.new_zeros(1)).to(torch.int64)


def _in_turns(rows: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """Return n of the rows: each in its turn, in an order that is drawn anew for every turn."""
    turns = range(-(-n // len(rows)))
    order = [rows[torch.randperm(len(rows), generator=generator, device="cpu")] for _ in turns]
    return torch.cat(order)[:n] if order else rows[:0]
