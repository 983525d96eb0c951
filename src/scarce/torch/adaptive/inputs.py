"""What a loss with memory is given: checked, and laid out in rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from scarce.errors import ScarceError
from scarce.losses.domains import whole
from scarce.losses.inputs import ROUNDING
from scarce.torch.adaptive.margins import by_rows
from scarce.torch.checks import check_shapes, check_weight, refuse_labels, refuse_targets
from scarce.torch.plan import Call, class_axis, compute_dtype, held_index, widened
from scarce.torch.settings import resolve
from scarce.torch.softmax import hard_target

if TYPE_CHECKING:
    from torch import Tensor

SOFTMAX_KEY = resolve("cross_entropy", "softmax", {}).key
SIGMOID_KEY = resolve("cross_entropy", "sigmoid", {}).key


class Labelled(NamedTuple):
    """Rows by classes, a label and a weight a row; the weight of an ignored row is 0.

    ``shape`` is that of the loss before it is reduced.
    """

    logits: Tensor
    labels: Tensor
    valid: Tensor
    weight: Tensor
    shape: torch.Size


class Binary(NamedTuple):
    """Logits in their own shape; where an element is ignored its weight is 0 and its target 0."""

    logits: Tensor
    target: Tensor
    valid: Tensor
    weight: Tensor


def labelled(logits: Tensor, target: Tensor, sample_weight: Tensor | None, ignore_index: int) -> Labelled:
    """Check and lay out a call of a softmax loss.

    Raises
    ------
    ScarceError
        E504, E505, E515, E561, E562 or E563 if an input lies outside its domain, E585 if a target is soft.
    """
    check_shapes(Call(logits, target, sample_weight, None, None, None, None, SOFTMAX_KEY))
    axis, target = class_axis(logits), widened(target)
    if target.dim() == logits.dim():
        hard = hard_target(_inside(target), axis)
        if hard is None:
            raise ScarceError("E585", shape=tuple(target.shape))
        target, ignored = hard, None  # only class indices are ignored
    else:
        ignored = held_index(ignore_index, target.dtype)
    refuse_labels(target, ignored, logits.shape[axis])
    labels = target.reshape(-1).to(torch.int64)
    valid = torch.ones_like(labels, dtype=torch.bool) if ignored is None else labels != ignored
    rows = torch.where(valid[:, None], by_rows(logits), 0.0)
    weight = _weight(sample_weight, target.shape, rows).reshape(-1)
    return Labelled(rows, torch.where(valid, labels, 0), valid, torch.where(valid, weight, 0.0), target.shape)


def binary(logits: Tensor, target: Tensor, sample_weight: Tensor | None, ignore_index: int | None) -> Binary:
    """Check and lay out a call of a sigmoid loss.

    Raises
    ------
    ScarceError
        E504, E505, E515, E521, E562 or E563 if an input lies outside its domain, E585 if a target is soft.
    """
    check_shapes(Call(logits, target, sample_weight, None, None, None, None, SIGMOID_KEY))
    ignore_index, target = held_index(ignore_index, target.dtype), widened(target)
    refuse_targets(target, ignore_index)
    z = logits.to(compute_dtype(logits))
    valid = torch.ones_like(target, dtype=torch.bool)
    if ignore_index is not None:
        valid = target != ignore_index
    truth = torch.where(valid, _inside(target), 0).to(z.dtype)
    if bool(((truth != 0.0) & (truth != 1.0)).any()):
        raise ScarceError("E585", shape=tuple(target.shape))
    weight = torch.where(valid, _weight(sample_weight, target.shape, z), 0.0)
    return Binary(torch.where(valid, z, 0.0), truth, valid, weight)


def _inside(target: Tensor) -> Tensor:
    """Return targets, and the ends of their domain where rounding led past one; further out as they are."""
    if not target.is_floating_point():
        return target
    ends = torch.clamp(target, 0.0, 1.0)
    return torch.where((target - ends).abs() <= ROUNDING, ends, target)


def _weight(given: Tensor | None, shape: torch.Size, like: Tensor) -> Tensor:
    if given is None:
        return like.new_ones(shape)
    check_weight(given)
    return given.to(like.dtype).reshape(given.shape + (1,) * (len(shape) - given.dim())).expand(shape)


def ignored_of(given: int | None) -> int | None:
    """Return the target that counts for nothing, if it is a whole number."""
    return None if given is None else whole("ignore_index", given)


def reduction_of(given: str, *allowed: str) -> str:
    """Return the name of a reduction, if there is one of that name."""
    if given not in allowed:
        names = ", ".join(allowed[:-1]) + f" or {allowed[-1]}"
        raise ScarceError("E501", parameter="reduction", value=repr(given), allowed=names)
    return given
