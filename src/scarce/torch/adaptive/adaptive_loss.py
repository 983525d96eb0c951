"""What the adaptive losses share: settings that stay, batches in rows, and statistics over all ranks."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import torch
import torch.distributed as dist

from scarce.errors import ScarceError
from scarce.losses import SigmoidLoss, SoftmaxLoss
from scarce.losses.domains import refuse_setting, whole
from scarce.losses.inputs import ROUNDING
from scarce.losses.settings_text import brief
from scarce.torch.closed_forms import guarded
from scarce.torch.distributed import group_of
from scarce.torch.loss_module import PreciseModule
from scarce.torch.tensors import (
    NO_NUMBERS,
    Call,
    check_recording,
    check_shapes,
    check_weight,
    class_axis,
    compute_dtype,
    hard_target,
    held_index,
    refuse_labels,
    refuse_targets,
    widened,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from scarce.torch.distributed import Ranks

CHECKED_AS = {"softmax": SoftmaxLoss(axis=1), "sigmoid": SigmoidLoss()}
OPEN = ("reduction", "ignore_index", "ranks")  # settings that no memory has grown under


def setting(check: Callable[..., Any], default: Any = dataclasses.MISSING, **options: Any) -> Any:
    """Return a field of a loss for values that the check, given name and value, lets through."""
    return dataclasses.field(default=default, metadata={"check": check}, **options)


def optional(check: Callable[..., Any]) -> Callable[..., Any]:
    """Return a check that lets None through too."""
    return lambda name, value: None if value is None else check(name, value)


def one_of(name: str, value: str, *, allowed: tuple[str, ...]) -> str:
    """Return the value if it is one of the names that are allowed."""
    if value not in allowed:
        names = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
        raise ScarceError("E501", parameter=name, value=repr(value), allowed=names)
    return value


class Batch(NamedTuple):
    """Logits in rows by classes, with a label a row, or 0 and 1 for each logit, and a weight for each target.

    Where a target is ignored it is not valid, and logits, target and weight are 0.
    """

    logits: Tensor
    target: Tensor
    valid: Tensor
    weight: Tensor


def labelled_rows(logits: Tensor, target: Tensor, weight: Tensor | None, ignored: int | None) -> Batch:
    """Check and lay out a call of a softmax loss."""
    target, ignored = _checked("softmax", logits, target, weight, ignored)
    axis = class_axis(logits)
    if target.dim() == logits.dim():
        labels = hard_target(target, axis)
        if labels is None:
            raise ScarceError("E585", shape=tuple(target.shape))
        target, ignored = labels, None  # only class indices are ignored
    refuse_labels(target, ignored, logits.shape[axis])
    return _batch(logits, target.to(torch.int64), weight, ignored)


def binary_rows(logits: Tensor, target: Tensor, weight: Tensor | None, ignored: int | None) -> Batch:
    """Check and lay out a call of a sigmoid loss."""
    target, ignored = _checked("sigmoid", logits, target, weight, ignored)
    refuse_targets(target, ignored)
    batch = _batch(logits, target, weight, ignored)
    if bool(((batch.target != 0) & (batch.target != 1)).any()):
        raise ScarceError("E585", shape=tuple(target.shape))
    return batch._replace(target=batch.target.to(batch.logits.dtype))


def by_rows(values: Tensor, axis: int) -> Tensor:
    """Return values with the classes on an axis as rows by classes."""
    return torch.atleast_2d(values.movedim(axis, -1)).flatten(0, -2)


def from_rows(values: Tensor, like: Tensor) -> Tensor:
    """Return one value a row, or one a row and class, in the shape of the logits."""
    axis = class_axis(like)
    shape = like.movedim(axis, -1).shape
    return values.reshape(shape[:-1]) if values.dim() == 1 else values.reshape(shape).movedim(-1, axis)


def _checked(
    kind: str, logits: Tensor, target: Tensor, weight: Tensor | None, ignored: int | None
) -> tuple[Tensor, int | None]:
    """Return a target free of rounding in a type that PyTorch computes with, and what in it is ignored."""
    check_shapes(Call(CHECKED_AS[kind], NO_NUMBERS, logits, target, weight))
    ignored, target = held_index(ignored, target.dtype), widened(target)
    if target.is_floating_point():
        ends = torch.clamp(target, 0.0, 1.0)
        target = torch.where((target - ends).abs() <= ROUNDING, ends, target)
    return target, ignored


def _batch(logits: Tensor, target: Tensor, weight: Tensor | None, ignored: int | None) -> Batch:
    dtype, axis, has_labels = compute_dtype(logits), class_axis(logits), target.dim() < logits.dim()
    if weight is None:
        weight = torch.ones((), dtype=dtype, device=logits.device)
    check_weight(weight)
    trailing = (1,) * (target.dim() - weight.dim())
    weight = weight.to(dtype).reshape(weight.shape + trailing).expand(target.shape)
    valid = torch.ones_like(target, dtype=torch.bool) if ignored is None else target != ignored
    given = (torch.where(valid, target, 0), valid, torch.where(valid, weight, 0.0))
    target, valid, weight = (x.reshape(-1) if has_labels else by_rows(x, axis) for x in given)
    counts = valid[:, None] if has_labels else valid
    return Batch(torch.where(counts, by_rows(logits.to(dtype), axis), 0.0), target, valid, weight)


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

    reduction: str = setting(partial(one_of, allowed=("mean", "sum", "none")), "mean")
    ignore_index: int | None = setting(optional(whole), -100)
    ranks: Ranks = None

    in_rows: ClassVar[Callable[..., Batch]] = staticmethod(labelled_rows)
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
        rows = by_rows(logits.to(compute_dtype(logits)), class_axis(logits))
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
            refuse_setting(name, value, made, f"make a new one with {name}={brief(value)}")
        check = None if field is None else field.metadata.get("check")
        super().__setattr__(name, value if check is None else check(name, value))

    def _laid_out(self, logits: Tensor, target: Tensor, sample_weight: Tensor | None) -> Batch:
        batch = self.in_rows(logits, target, sample_weight, self.ignore_index)
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


def summed(tensor: Tensor, ranks: Ranks) -> Tensor:
    """Return the sum of a tensor over the ranks, without a gradient."""
    total = tensor.detach().clone()
    if ranks is not None:
        dist.all_reduce(total, group=group_of(ranks))
    return total


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
