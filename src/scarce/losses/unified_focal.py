"""Unified focal loss: a focal loss of the pixels beside a focal Tversky loss of the classes."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeAlias, cast, get_args

import numpy as np

from scarce.errors import ScarceError
from scarce.losses import domains
from scarce.losses.asymmetric import Asymmetric
from scarce.losses.column_loss import (
    EMPTY,
    LABELS_OR_NONE,
    OVER,
    WHOLE_OR_NONE,
    ColumnLoss,
    Empty,
    Over,
    refuse_lone_weight,
)
from scarce.losses.modulation import ClassFocal
from scarce.losses.overlap import OverlapLoss, SigmoidOverlap, SoftmaxOverlap
from scarce.losses.overlap_index import Counts, RatioIndex
from scarce.losses.sigmoid import SigmoidLoss
from scarce.losses.softmax import SoftmaxLoss

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from scarce.losses.inputs import Floats
    from scarce.losses.loss import Loss
    from scarce.losses.modulation import PerClass
    from scarce.losses.weighting import ClassWeight

Variant: TypeAlias = Literal["asymmetric", "symmetric"]


@dataclass(frozen=True)
class ClassFocalTversky(RatioIndex):
    """Focal Tversky loss whose exponent depends on the class: the region part of unified focal loss."""

    fp_weight: float
    fn_weight: float
    exponent: PerClass

    name: ClassVar[str] = "class_focal_tversky"


class Parts(NamedTuple):
    """A unified focal loss for a known number of classes: its two parts, the pixels' as a sum."""

    focal: Loss
    region: OverlapLoss


@dataclass(frozen=True)
class UnifiedFocal(ColumnLoss):
    """What both unified focal losses share.

    ``focal_share * F + (1 - focal_share) * R``. F is the mean over pixels of
    ``w_y (1 - p_y)^g_y (-log p_y)``, with weight delta for a foreground and 1 - delta for the background. R
    is the mean over classes, the background among them, of ``(1 - T)^e``, with delta for false negatives
    and 1 - delta for false positives.

    ============ ================== ============== ================== ==============
    variant      g, background      g, foreground  e, background      e, foreground
    ============ ================== ============== ================== ==============
    asymmetric   gamma              0              1                  1 - gamma
    symmetric    gamma              gamma          1 - gamma          1 - gamma
    ============ ================== ============== ================== ==============

    Parameters
    ----------
    delta : float, default 0.6
        The price of a foreground pixel that is missed; in [0, 1].
    gamma : float, default 0.5
        In [0, 1): how much the background is suppressed in F, and rare foreground enhanced in R.
    focal_share : float, default 0.5
        The paper's lambda; in [0, 1].
    variant : {"asymmetric", "symmetric"}, default "asymmetric"
        Whether foreground pixels keep their whole loss in F, and the background in R.
    class_weight : sequence of float or dict, optional
        One weight a class (or label) in the mean R.
    smooth, empty, over, ignore_index, classes, axis : object
        As in `OverlapLoss`.
    """

    name: ClassVar[str] = "unified_focal"
    reduction: ClassVar[str] = "mean"

    delta: float = domains.setting(0.6, domains.from_zero_to_one)
    gamma: float = domains.setting(0.5, domains.from_zero_below_one)
    focal_share: float = domains.setting(0.5, domains.from_zero_to_one)
    variant: Variant = domains.setting("asymmetric", domains.choice(*get_args(Variant)))
    class_weight: ClassWeight = None
    smooth: float = domains.setting(0.0, domains.at_least_zero)
    empty: Empty = domains.setting("skip", EMPTY)
    over: Over = domains.setting("batch", OVER)
    ignore_index: int | None = domains.setting(None, WHOLE_OR_NONE)
    classes: tuple[str, ...] | None = domains.setting(None, LABELS_OR_NONE)
    axis: int = domains.setting(-1, domains.whole)

    @abstractmethod
    def _n_columns(self, shape: tuple[int, ...]) -> int:
        """Return how many classes or labels logits of this shape have."""

    @abstractmethod
    def parts(self, n_columns: int) -> Parts:
        """Return F, as a sum over pixels, and R, for a known number of classes or labels."""

    def _value(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None) -> Floats:
        return self._mixed("value", logits, target, sample_weight)

    def _gradient(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None) -> Floats:
        return self._mixed("gradient", logits, target, sample_weight)

    def _mixed(self, face: str, *given: Any) -> Floats:
        parts = self.parts(self._n_columns(np.shape(given[0])))
        pixels = float(np.sum(parts.region.pixels(*given).weight, dtype=np.float64)) or 1.0
        focal, region = (getattr(part, face)(*given) for part in parts)
        mixed = self.focal_share * focal / pixels + (1.0 - self.focal_share) * region
        return np.asarray(mixed, dtype=region.dtype)

    def _region(self, kind: type[OverlapLoss], exponents: tuple[float, ...], **own: Any) -> OverlapLoss:
        """Return R, with the settings that this loss has in common with it."""
        names = {item.name for item in fields(self)} & {item.name for item in fields(OverlapLoss)}
        shared: dict[str, Any] = {name: getattr(self, name) for name in names}
        return kind(ClassFocalTversky(1.0 - self.delta, self.delta, exponents), **shared, **own)


@dataclass(frozen=True)
class SoftmaxUnifiedFocal(UnifiedFocal):
    """Unified focal loss over classes.

    Parameters
    ----------
    delta, gamma, focal_share, variant, class_weight, smooth, empty, over, classes : object
        As in `UnifiedFocal`.
    ignore_index : int, default -100
        Pixels whose class index has this value count for nothing.
    axis : int, default -1
        The class axis of the logits.
    background : int, default 0
        The class that is not rare.

    Notes
    -----
    In the authors' code ``weight`` is the share of the region part, ``1 - focal_share``, and soft counts are
    per image: ``over="image"``.

    Examples
    --------
    >>> loss = SoftmaxUnifiedFocal()
    >>> print(loss.value([[[0.0, 0.0], [0.0, 0.0]]], [[0, 1]]).round(4))
    0.4548

    References
    ----------
    Yeung et al., "Unified focal loss: generalising Dice and cross entropy-based losses to handle class
    imbalanced medical image segmentation", Computerized Medical Imaging and Graphics 95, 2022.
    """

    kind: ClassVar[str] = "softmax"

    ignore_index: int | None = domains.setting(-100, WHOLE_OR_NONE)
    background: int = domains.setting(0, partial(domains.whole, least=0))

    def _check(self) -> None:
        self.parts(max(2, self.background + 1))

    def _n_columns(self, shape: tuple[int, ...]) -> int:
        inside = -len(shape) <= self.axis < len(shape)
        return shape[self.axis] if inside else self.background + 1

    def parts(self, n_columns: int) -> Parts:
        """Return F, as a sum over pixels, and R, for a known number of classes."""
        domains.check_background(self.background, n_columns)
        exponents, gammas, weights = by_side(self)
        sides = [int(k != self.background) for k in range(n_columns)]
        focal = SoftmaxLoss(
            ClassFocal(tuple(gammas[side] for side in sides)),
            class_weight=tuple(weights[side] for side in sides),
            reduction="sum",
            ignore_index=self.ignore_index,
            axis=self.axis,
        )
        return Parts(focal, self._region(SoftmaxOverlap, tuple(exponents[side] for side in sides)))


@dataclass(frozen=True)
class SigmoidUnifiedFocal(UnifiedFocal):
    """Unified focal loss over labels, each with a foreground and a background.

    For one label it is `SoftmaxUnifiedFocal` of the logits 0 and z.

    Parameters
    ----------
    delta, gamma, focal_share, variant, class_weight, smooth, empty, over, ignore_index, classes : object
        As in `UnifiedFocal`; ``class_weight`` has one weight a label.
    axis : int, default -1
        The axis of the labels.
    n_labels : int, default 1
        How many labels there are.

    Examples
    --------
    >>> loss = SigmoidUnifiedFocal()
    >>> print(loss.value([[[0.0], [0.0]]], [[[0], [1]]]).round(4))
    0.4548

    References
    ----------
    As in `SoftmaxUnifiedFocal`.
    """

    kind: ClassVar[str] = "sigmoid"

    n_labels: int = domains.setting(1, partial(domains.whole, least=1))

    def _check(self) -> None:
        refuse_lone_weight(self.class_weight, self.n_labels)
        self.parts(self.n_labels)

    def _n_columns(self, shape: tuple[int, ...]) -> int:
        return self.n_labels

    def parts(self, n_columns: int) -> Parts:
        """Return F, as a sum over pixels and labels, and R, for a known number of labels."""
        exponents, gammas, weights = by_side(self)
        focal = SigmoidLoss(
            Asymmetric(gamma_negative=gammas[0], gamma_positive=gammas[1], clip=0.0),
            class_weight=weights,
            reduction="sum",
            ignore_index=self.ignore_index,
        )
        weight = cast("tuple[float, ...] | None", self.class_weight)
        if weight is not None and len(weight) != n_columns:
            raise ScarceError("E527", what="class_weight", given=len(weight), n_classes=n_columns)
        by_column = (exponents[0],) * n_columns + (exponents[1],) * n_columns
        return Parts(focal, self._region(BothSides, by_column, n_labels=n_columns))


@dataclass(frozen=True)
class BothSides(SigmoidOverlap):
    """An overlap loss over labels that counts every label's background, then every label's foreground."""

    def _check(self) -> None:
        """Accept: a lone label's weight is that of two columns, and says nothing, but does no harm."""

    def weighed(self, xp: Any, counts: Counts, class_weight: Any) -> tuple[Counts, Any]:
        """Return the counts of backgrounds, then of foregrounds, and what each side of a label counts for."""
        if class_weight is not None:
            like = counts.tp
            weight = xp.asarray(class_weight, dtype=like.dtype, device=like.device)
            class_weight = xp.concatenate((weight, weight))
        pairs = zip(reversed(counts), counts, strict=True)  # a background's are a foreground's, turned round
        both = Counts(*(xp.concatenate(pair, axis=-1) for pair in pairs))
        return super().weighed(xp, both, class_weight)

    def of_counts(
        self, counts: Counts, class_weight: Any = None, everywhere: Callable[[float], float] = float
    ) -> tuple[Any, Counts]:
        """Return the reduced loss of the labels' counts, and the slopes in them, which have two sides."""
        value, slopes = super().of_counts(counts, class_weight, everywhere)
        back, front = zip(*(np.split(slope, 2, axis=-1) for slope in slopes), strict=True)
        return value, Counts(*(one + other for one, other in zip(front, reversed(back), strict=True)))


def by_side(loss: UnifiedFocal) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
    """Return R's exponent, F's gamma and F's weight, each for the background and for a foreground."""
    weights = (1.0 - loss.delta, loss.delta)
    if loss.variant == "symmetric":
        return (1.0 - loss.gamma, 1.0 - loss.gamma), (loss.gamma, loss.gamma), weights
    return (1.0, 1.0 - loss.gamma), (loss.gamma, 0.0), weights
