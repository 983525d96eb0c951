"""Unified focal loss on tensors: the focal loss of the pixels, and the soft counts of the classes."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
import torch.distributed as dist

from scarce.losses.asymmetric import Asymmetric
from scarce.losses.sigmoid import SigmoidLoss
from scarce.losses.softmax import SoftmaxLoss
from scarce.losses.unified_focal import (
    ClassFocal,
    SigmoidUnifiedFocal,
    SoftmaxUnifiedFocal,
    UnifiedFocal,
    by_side,
)
from scarce.torch.distributed import group_of
from scarce.torch.face import evaluate as evaluate_pixels
from scarce.torch.overlap.base import HIDDEN, RegionLoss, parameters_of
from scarce.torch.overlap.call import Plan, background_of, checked_call, n_labels_of
from scarce.torch.overlap.call import evaluate as evaluate_region
from scarce.torch.overlap.counts import key_for, widest
from scarce.torch.overlap.region import Ratio, Region
from scarce.torch.plan import Call, key_of, readable
from scarce.torch.plan import plan_of as loss_of
from scarce.torch.sigmoid import guarded

if TYPE_CHECKING:
    from torch import Tensor

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


class UnifiedPlan(NamedTuple):
    """A unified focal loss in plain values; pairs are for the background and for a foreground."""

    exponents: tuple[float, float]
    gammas: tuple[float, float]
    weights: tuple[float, float]
    focal_share: float
    plan: Plan


def plan_of(loss: UnifiedFocal) -> UnifiedPlan:
    """Return the plan of a unified focal loss, whose number of classes is not known yet."""
    exponents, gammas, weights = by_side(loss)
    ratio = Ratio(1.0 - loss.delta, loss.delta, 1.0)
    region = Region(ratio, loss.smooth, loss.empty == "skip", None, False, "mean")
    two_sided, per_image = loss.kind == "sigmoid", loss.over == "image"
    counted = (loss.kind, loss.ignore_index, per_image, False, two_sided)
    plan = Plan(*counted, n_labels_of(loss), background_of(loss), two_sided, region)
    return UnifiedPlan(exponents, gammas, weights, loss.focal_share, plan)


@torch.compiler.assume_constant_result
def pixel_key(kind: str, gammas: tuple[float, ...], ignore_index: int | None) -> str:
    """Return the key of the pixels' part, given its gammas for negative and positive, or for each class."""
    return _pixel_key(kind, tuple(gammas), ignore_index)


@functools.lru_cache(maxsize=256)
def _pixel_key(kind: str, gammas: tuple[float, ...], ignore_index: int | None) -> str:
    if kind == "sigmoid":
        return key_of(SigmoidLoss(Asymmetric(*gammas, clip=0.0), reduction="mean", ignore_index=ignore_index))
    return key_of(SoftmaxLoss(ClassFocal(gammas), reduction="mean", ignore_index=ignore_index, axis=1))


def evaluate(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    given: UnifiedPlan,
    ranks: Ranks = None,
) -> Tensor:
    """Return unified focal loss, as `scarce.torch.overlap.call.evaluate` does an overlap loss.

    Raises
    ------
    ScarceError
        E504, E505, E515, E521, E527, E561 to E563 or E592 if an input lies outside its domain.
    """
    plan = given.plan
    if not torch.compiler.is_compiling():
        place = (plan.n_labels, plan.background)
        checked_call(logits, target, sample_weight, plan.kind, plan.ignore_index, *place)
    n_columns = logits.shape[1 if logits.dim() > 1 else 0]
    if plan.two_sided:
        sides, pixel_sides = (0,) * n_columns + (1,) * n_columns, (0, 1)
        class_weight = None if class_weight is None else torch.cat((class_weight, class_weight))
    else:
        sides = pixel_sides = tuple(0 if k == plan.background else 1 for k in range(n_columns))
    exponents = tuple(given.exponents[side] for side in sides)
    # by place: `torch.compile` does not see through `_replace`
    region = Region(Ratio(*plan.region.ratio[:2], exponents), *plan.region[1:])
    known = Plan(*plan[:-1], region)
    of_classes = evaluate_region(logits, target, sample_weight, class_weight, known, ranks)
    key = pixel_key(plan.kind, tuple(given.gammas[side] for side in pixel_sides), plan.ignore_index)
    numbers = [given.weights[side] for side in pixel_sides]
    weight = torch.tensor(numbers, dtype=of_classes.dtype, device=logits.device)
    divisor = _divisor(logits, target, sample_weight, plan.kind, plan.ignore_index, ranks)
    numbers = (weight, None, None, divisor.to(of_classes.dtype))
    of_pixels = evaluate_pixels(Call(logits, target, sample_weight, *numbers, key))
    return given.focal_share * of_pixels + (1.0 - given.focal_share) * of_classes


@torch.compiler.allow_in_graph
@torch.no_grad()
def _divisor(
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    kind: str,
    ignore_index: int | None,
    ranks: Any,
) -> Tensor:
    """Return the sum of the weights of pixels (and labels), over all ranks by their number."""
    numbers = (None, None, None, None)
    call = readable(Call(logits, target, sample_weight, *numbers, key_for(kind, ignore_index)))
    target, loss = call.target, loss_of(call.key)
    by_pixel = target.dim() < logits.dim() or loss.kind == "sigmoid"
    shape = target.shape if by_pixel else logits[:, 0].shape
    weight = torch.ones((), device=logits.device) if sample_weight is None else sample_weight
    weight = weight.reshape(weight.shape + (1,) * (len(shape) - weight.dim())).expand(shape)
    if loss.ignore_index is not None:
        weight = torch.where(target != loss.ignore_index, weight, 0.0)
    total = weight.sum(dtype=widest(logits))
    share = 1.0
    if ranks is not None:
        group = group_of(ranks)
        dist.all_reduce(total, group=group)
        share = 1.0 / dist.get_world_size(group)
    return guarded("mean", total) * share


class UnifiedFocalModule(RegionLoss):
    """Unified focal loss as a module: ``module(input, target, *, sample_weight=None)``.

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

    @property
    def reduction(self) -> str:
        """How both parts are reduced: "mean", always."""
        return "mean"

    def _made(self, settings: dict[str, Any]) -> tuple[UnifiedFocal, UnifiedPlan]:
        loss = KINDS[self.kind](axis=1, **settings)
        return loss, plan_of(loss)

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002
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
        return evaluate(input, target, sample_weight, self.class_weight, self.plan, self.ranks)
