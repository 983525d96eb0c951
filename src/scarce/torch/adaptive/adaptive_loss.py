"""What the adaptive losses share: settings that stay, batches in rows, and statistics over all ranks."""

from __future__ import annotations

import dataclasses
import functools
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import torch
import torch.distributed as dist

from scarce.errors import ScarceError
from scarce.losses import SigmoidLoss, SoftmaxLoss, domains
from scarce.losses.column_loss import WHOLE_OR_NONE
from scarce.losses.inputs import ROUNDING
from scarce.losses.settings_text import brief
from scarce.torch.closed_forms import guarded
from scarce.torch.distributed import group_of, summed
from scarce.torch.loss_module import PreciseModule
from scarce.torch.tensors import (
    NO_NUMBERS,
    Call,
    check_recording,
    check_shapes,
    check_values,
    class_axis,
    compute_dtype,
    hard_target,
    readable,
    spread,
)

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.torch.distributed import Ranks

OPEN = ("reduction", "ignore_index", "ranks")  # settings that no memory has grown under
KINDS = {
    "softmax": functools.lru_cache(functools.partial(SoftmaxLoss, axis=1)),
    "sigmoid": functools.lru_cache(SigmoidLoss),
}
"""Any loss of a kind: checks look at no more of it than what it ignores."""


class Batch(NamedTuple):
    """Logits in rows by classes, with a label a row, or 0 and 1 for each logit, and a weight for each target.

    Where a target is ignored it is not valid, and logits, target and weight are 0.
    """

    logits: Tensor
    target: Tensor
    valid: Tensor
    weight: Tensor


def in_rows(kind: str, logits: Tensor, target: Tensor, weight: Tensor | None, ignored: int | None) -> Batch:
    """Check and lay out a call whose targets have to be labels, or 0 and 1."""
    call = Call(KINDS[kind](ignore_index=ignored), NO_NUMBERS, logits, target, weight)
    check_shapes(call)
    call, dtype, axis = readable(call), compute_dtype(logits), class_axis(logits)
    target, ignored = call.target, call.loss.ignore_index
    if target.is_floating_point():
        ends = torch.clamp(target, 0.0, 1.0).round()
        target = torch.where((target - ends).abs() <= ROUNDING, ends, target)
    if kind == "softmax" and target.dim() == logits.dim():
        target = hard_target(target, axis)
    if target is None or not check_values(call._replace(target=target)):
        raise ScarceError("E585", shape=tuple(call.target.shape))
    weight = spread(target.new_ones((), dtype=dtype) if weight is None else weight.to(dtype), target.shape)
    valid = torch.ones_like(target, dtype=torch.bool) if ignored is None else target != ignored
    given = (torch.where(valid, target, 0), valid, torch.where(valid, weight, 0.0))
    by_label = target.dim() < logits.dim()
    target, valid, weight = (x.reshape(-1) if by_label else rows_of(x, axis) for x in given)
    counts, target = (valid[:, None], target.to(torch.int64)) if by_label else (valid, target.to(dtype))
    return Batch(torch.where(counts, rows_of(logits.to(dtype), axis), 0.0), target, valid, weight)


def rows_of(values: Tensor, axis: int) -> Tensor:
    """Return values with the classes on an axis as rows by classes."""
    return torch.atleast_2d(values.movedim(axis, -1)).flatten(0, -2)


def from_rows(values: Tensor, like: Tensor) -> Tensor:
    """Return one value a row, or one a row and class, in the shape of the logits."""
    axis = class_axis(like)
    shape = like.movedim(axis, -1).shape
    return values.reshape(shape[:-1]) if values.dim() == 1 else values.reshape(shape).movedim(-1, axis)


@dataclass(eq=False, repr=False, kw_only=True)
class AdaptiveLoss(PreciseModule, ABC):
    """What every adaptive loss is; as its memory grows under its settings, most of them stay as they are.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean divides by the sum of the sample weights.
    ignore_index : int or None
        The target that counts for nothing: -100 over a softmax, none over a sigmoid by default.
    ranks : process group or "world", optional
        Over whose rows statistics and means are taken; this rank's own by default.
    """

    reduction: str = domains.setting("mean", domains.choice("mean", "sum", "none"))
    ignore_index: int | None = domains.setting(-100, WHOLE_OR_NONE)
    ranks: Ranks = None

    kind: ClassVar[str] = "softmax"
    n_classes: ClassVar[int | None] = None

    def __post_init__(self) -> None:
        super().__init__()  # PyTorch takes plain settings before it, but no buffer

    @abstractmethod
    def _losses(self, batch: Batch) -> Tensor:
        """Return the weighted loss of each target; in training, remember the batch."""

    @abstractmethod
    def _posterior(self, logits: Tensor) -> Tensor:
        """Return the probabilities of logits in rows by classes."""

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002
        """Return the loss, in float32 at least.

        Parameters
        ----------
        input : Tensor
            Logits, of any shape, with the classes or labels on axis 1.
        target : Tensor
            0 and 1 in the input's shape; over a softmax one-hot, or class indices in it without axis 1.
        sample_weight : Tensor, optional
            One weight an element, or one a row.

        Raises
        ------
        ScarceError
            E504, E505, E515, E521, E527, E561, E562, E563 or E585 if an input lies outside its domain.
        """
        batch = self._laid_out(input, target, sample_weight)
        values = self._losses(batch)
        if self.reduction == "none":
            return from_rows(values, input)
        if self.reduction == "sum":
            return values.sum()
        # the mean over the ranks of this, and of its gradient, is the mean over all their rows
        ranks = 1 if self.ranks is None else dist.get_world_size(group_of(self.ranks))
        return values.sum() / (self._divisor(batch) / ranks)

    def posterior(self, logits: Tensor) -> Tensor:
        """Return the probabilities at which the expected gradient of this loss, as it is now, is 0.

        Parameters
        ----------
        logits : Tensor
            Raw outputs, with the classes or labels on axis 1.

        Returns
        -------
        Tensor
            In the logits' shape, over the classes or of each label; by the gradient that training uses, with
            weights and gamma held constant. Where gamma jumps, so does this. E513 if it has no closed form.
        """
        check_recording()
        rows = rows_of(logits.to(compute_dtype(logits)), class_axis(logits))
        self._check_classes(rows)
        return from_rows(self._posterior(rows), logits)

    def extra_repr(self) -> str:
        """Return the leading settings, the reduction, and what else is not as by default."""
        words = []
        for field in sorted(dataclasses.fields(self), key=lambda field: field.kw_only):
            value = getattr(self, field.name)
            if not field.kw_only or field.name == "reduction" or value != field.default:
                words.append(f"{field.name}={value!r}")
        return ", ".join(words).removeprefix("n_classes=")

    def __setattr__(self, name: str, value: Any) -> None:
        field = self.__dataclass_fields__.get(name)
        if field is not None and name in self.__dict__ and name not in OPEN:
            made = f"this {type(self).__name__} was made, and has learned, with {brief(self.__dict__[name])}"
            domains.refuse_setting(name, value, made, f"make a new one with {name}={brief(value)}")
        check = None if field is None else field.metadata.get("domain")
        super().__setattr__(name, value if check is None else check(name, value))

    def _laid_out(self, logits: Tensor, target: Tensor, sample_weight: Tensor | None) -> Batch:
        batch = in_rows(self.kind, logits, target, sample_weight, self.ignore_index)
        self._check_classes(batch.logits)
        return batch

    def _check_classes(self, rows: Tensor) -> None:
        n = rows.shape[-1]
        if self.n_classes not in (None, n):
            raise ScarceError("E527", what="the loss's memory", given=self.n_classes, n_classes=n)

    def _divisor(self, batch: Batch) -> Tensor:
        """Return what the sum over all ranks is divided by: never 0, and for positives at least 1."""
        if self.reduction in ("sum", "none"):
            return batch.weight.new_ones(())
        counted = batch.weight * batch.target if self.reduction == "mean_positive" else batch.weight
        return guarded(self.reduction, summed(counted.sum(), self.ranks))


def gathered(rows: Tensor, ranks: Ranks) -> Tensor:
    """Return the rows of all ranks; a rank that has fewer than another adds rows of NaN."""
    if ranks is None:
        return rows
    group = group_of(ranks)
    longest = torch.tensor(len(rows), device=rows.device)
    dist.all_reduce(longest, dist.ReduceOp.MAX, group)
    padded = torch.nn.functional.pad(rows, (0, 0, 0, int(longest) - len(rows)), value=torch.nan)
    parts = [torch.empty_like(padded) for _ in range(dist.get_world_size(group))]
    dist.all_gather(parts, padded, group)
    return torch.cat(parts)


def bin_sums(bin_of: Tensor, values: Tensor, bins: int) -> Tensor:
    """Return the sum of the values in each bin, in the same order on every device."""
    return torch.stack([torch.where(bin_of == b, values, 0.0).sum() for b in range(bins)])
