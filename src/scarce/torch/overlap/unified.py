"""Unified focal loss on tensors: the focal loss of the pixels, and the soft counts of the classes."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.distributed as dist

from scarce.losses.unified_focal import SigmoidUnifiedFocal, SoftmaxUnifiedFocal, UnifiedFocal
from scarce.torch.face import evaluate as evaluate_pixels
from scarce.torch.overlap.base import HIDDEN, RegionLoss, parameters_of
from scarce.torch.overlap.call import check_call, evaluate
from scarce.torch.plan import Call, key_of
from scarce.torch.sigmoid import guarded

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses.overlap import OverlapLoss
    from scarce.torch.distributed import Ranks

KINDS: dict[str, type[UnifiedFocal]] = {
    loss.kind: loss for loss in (SigmoidUnifiedFocal, SoftmaxUnifiedFocal)
}

OWN = ("delta", "gamma", "focal_share")


def unified_signature(kind: str) -> inspect.Signature:
    """Return what unified focal loss takes: its three numbers by position, the rest by keyword."""
    everything = parameters_of(KINDS[kind], inspect.Parameter.KEYWORD_ONLY)
    own = [
        item.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD) for item in everything if item.name in OWN
    ]
    return inspect.Signature([*own, *(item for item in everything if item.name not in (*OWN, *HIDDEN))])


class Parts(NamedTuple):
    """A unified focal loss for a known number of classes: what its two parts are called with."""

    key: str
    pixel_weight: tuple[float, float] | tuple[float, ...]
    region: OverlapLoss


@functools.lru_cache(maxsize=256)
def parts_of(loss: UnifiedFocal, n_columns: int) -> Parts:
    """Return the parts for a number of classes or labels."""
    focal, region = loss.parts(n_columns)
    return Parts(key_of(focal), focal.class_weight, region)


def unified_focal(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    loss: UnifiedFocal,
    ranks: Ranks = None,
) -> Tensor:
    """Return unified focal loss, as `evaluate` does an overlap loss.

    Raises
    ------
    ScarceError
        E504, E505, E515, E521, E527, E561 to E563 or E592 if an input lies outside its domain.
    """
    check_call(logits, target, sample_weight, loss)
    parts = parts_of(loss, logits.shape[1 if logits.dim() > 1 else 0])
    if class_weight is not None and loss.kind == "sigmoid":
        class_weight = torch.cat((class_weight, class_weight))
    region = evaluate(logits, target, sample_weight, class_weight, parts.region, ranks)
    weight = torch.tensor(parts.pixel_weight, dtype=region.dtype, device=logits.device)
    divisor = _divisor(logits, target, sample_weight, loss, ranks).to(region.dtype)
    pixels = Call(logits, target, sample_weight, weight, None, None, divisor, parts.key)
    return loss.focal_share * evaluate_pixels(pixels) + (1.0 - loss.focal_share) * region


@torch.no_grad()
def _divisor(
    logits: Tensor, target: Tensor, sample_weight: Tensor | None, loss: UnifiedFocal, ranks: Ranks
) -> Tensor:
    """Return the sum of the weights of pixels (and labels), over all ranks by their number."""
    by_index = target.dim() < logits.dim()
    shape = target.shape if by_index or loss.kind == "sigmoid" else logits[:, 0].shape
    weight = torch.ones((), device=logits.device) if sample_weight is None else sample_weight
    weight = weight.reshape(weight.shape + (1,) * (len(shape) - weight.dim())).expand(shape)
    if loss.ignore_index is not None and (by_index or loss.kind == "sigmoid"):
        weight = torch.where(target != loss.ignore_index, weight, 0.0)
    total = weight.sum(dtype=torch.float32 if logits.device.type == "mps" else torch.float64)
    share = 1.0
    if ranks is not None:
        group = None if ranks == "world" else ranks
        dist.all_reduce(total, group=group)
        share = 1.0 / dist.get_world_size(group)
    return guarded("mean", total) * share


class UnifiedFocalModule(RegionLoss):
    """Unified focal loss as a module: ``module(input, target, sample_weight=None)``.

    Parameters
    ----------
    delta : float, default 0.6
        The price of a foreground pixel that is missed; in [0, 1].
    gamma : float, default 0.5
        In [0, 1): how much the background is suppressed, and rare foreground enhanced.
    focal_share : float, default 0.5
        The share of the pixels' part, the paper's lambda; the rest is the classes'.
    variant : {"asymmetric", "symmetric"}, default "asymmetric"
        See `scarce.losses.unified_focal.UnifiedFocal`.
    class_weight : sequence, Tensor or dict, optional
        How much each class (or label) counts in the classes' part.
    smooth, empty, over, ignore_index, classes, n_labels, ranks : object
        As in `OverlapModule`.
    background : int, default 0
        For a softmax: the class that is not rare.
    """

    def _loss(self) -> UnifiedFocal:
        return KINDS[self.kind](axis=1, **self.settings)

    def forward(self, input: Tensor, target: Tensor, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002
        """Return the loss, in float32 at least.

        Parameters
        ----------
        input, target, sample_weight : Tensor
            As in `OverlapModule.forward`.

        Raises
        ------
        ScarceError
            E504, E505, E515, E521, E527, E561 to E563 or E592 if an input lies outside its domain.
        """
        return unified_focal(input, target, sample_weight, self.class_weight, self.loss, self.ranks)
