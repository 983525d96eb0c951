"""Overlap losses for segmentation: Dice, Jaccard, (focal) Tversky and MCC, over a sigmoid or a softmax.

An index (`scarce.losses.overlap_index`) says what the loss of one class is, given its soft counts; the losses
here count, over all classes' softmax or each label's sigmoid, and average over the classes that have a
foreground. Value and gradient are closed forms.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, cast, get_args

import numpy as np

from scarce.errors import ScarceError
from scarce.losses import domains, inputs
from scarce.losses.class_forms import classes_of
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
from scarce.losses.domains import refuse_setting
from scarce.losses.formulas import point
from scarce.losses.inputs import by_rows, read_rows
from scarce.losses.namespace import NUMPY
from scarce.losses.overlap_index import MCC, Counts, Dice, FocalTversky, Jaccard, OverlapIndex, Tversky
from scarce.losses.overlap_pixels import check_labels, gradient_of, of_shares, slopes_of_sides, tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from scarce.losses.inputs import Floats
    from scarce.losses.overlap_pixels import Pixels
    from scarce.losses.weighting import ClassWeight

__all__ = [
    "MCC",
    "Dice",
    "FocalTversky",
    "Jaccard",
    "OverlapLoss",
    "SigmoidOverlap",
    "SoftmaxOverlap",
    "Tversky",
]

Average: TypeAlias = Literal["macro", "micro"]


@dataclass(frozen=True)
class OverlapLoss(ColumnLoss):
    """What both overlap losses share.

    Parameters
    ----------
    index : OverlapIndex, default Dice()
        `Dice`, `Jaccard`, `Tversky`, `FocalTversky` or `MCC`.
    class_weight : sequence of float or dict, optional
        How much each class, or label, counts in the mean; a dict goes by label and needs ``classes``.
    smooth : float, default 0.0
        Added to true positives and denominator, in pixels.
    empty : {"skip", "count"}, default "skip"
        What becomes of a class without foreground in the target: it does not count, or, which needs
        ``smooth`` above 0, counts with ``a FP / (a FP + smooth)``.
    over : {"batch", "image"}, default "batch"
        Whether soft counts are summed over the whole batch, or over each image (an entry of axis 0), so that
        the mean is over images and classes.
    average : {"macro", "micro"}, default "macro"
        Whether every class has an index of its own, or the counts of all classes but the background are added
        up first, so that large classes count for more. Then ``empty`` speaks of batches, or images, in which
        none of them has a foreground, and there are no class weights.
    squared : bool, default False
        Whether errors are squared: ``FP = sum w (p - t)^2`` above the target, ``FN`` below it, and
        ``TP = sum w p t``. Dice is then ``1 - 2 sum p t / (sum p^2 + sum t^2)``.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean over the classes that count, weighted by ``class_weight``; the weighted sum; or the weighted
        loss of every class, 0 for those that do not count.
    ignore_index : int, optional
        Targets with this value count for nothing, whatever their logits.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    axis : int, default -1
        The axis of the classes or labels in the logits.
    """

    index: OverlapIndex = field(default_factory=Dice)
    class_weight: ClassWeight = None
    smooth: float = domains.setting(0.0, domains.at_least_zero)
    empty: Empty = domains.setting("skip", EMPTY)
    over: Over = domains.setting("batch", OVER)
    average: Average = domains.setting("macro", domains.choice(*get_args(Average)))
    squared: bool = domains.setting(False, domains.choice(False, True))
    reduction: Literal["mean", "sum", "none"] = domains.setting("mean", domains.choice("mean", "sum", "none"))
    ignore_index: int | None = domains.setting(None, WHOLE_OR_NONE)
    classes: tuple[str, ...] | None = domains.setting(None, LABELS_OR_NONE)
    axis: int = domains.setting(-1, domains.whole)

    @property
    def has_negatives(self) -> bool:
        """Whether true negatives are counted."""
        return self.kind == "sigmoid" or self.index.needs_background

    def _check(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name in self.index.refused and value != item.default:
                reason = f"{self.index.name} is a correlation of plain soft counts"
                refuse_setting(item.name, value, reason, "leave it out, or choose another index")
        if self.average == "micro" and self.class_weight is not None:
            reason = "average='micro' adds up the classes' counts before the index"
            suggestion = "leave it out, or choose average='macro'"
            refuse_setting("class_weight", self.class_weight, reason, suggestion)
        if self.empty == "count" and self.smooth == 0.0:
            raise ScarceError("E591")

    @abstractmethod
    def pixels(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None = None) -> Pixels:
        """Check and lay out one call's inputs, which are those of `value`."""

    def _value(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None) -> Floats:
        counts = self._counted(self.pixels(logits, target, sample_weight))
        return np.asarray(self.of_counts(counts)[0], dtype=inputs.compute_dtype(np.asarray(logits)))

    def _gradient(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None) -> Floats:
        pixels = self.pixels(logits, target, sample_weight)
        _, of_counts = self.of_counts(self._counted(pixels))
        slopes = slopes_of_sides(np, of_counts, self, pixels.p.dtype)
        slopes = [slope.astype(pixels.p.dtype) for slope in slopes]
        gradient = gradient_of(np, pixels, self, slopes)
        shape = np.moveaxis(np.asarray(logits), self.axis, -1).shape
        restored = np.moveaxis(gradient.swapaxes(1, 2).reshape(shape), -1, self.axis)
        return restored.astype(inputs.gradient_dtype(logits), copy=False)

    def _counted(self, pixels: Pixels) -> Counts:
        counts = tally(np, pixels, self, np.float64)
        return Counts.of(np, counts if self.over == "image" else counts.sum(axis=1, keepdims=True))

    def _laid_out(self, n_images: int, *rows: Floats) -> Pixels:
        """Return rows of p, q, share and weight, shape (n_pixels, n_columns), by image."""
        # squares of single precision would underflow
        dtype = np.float64 if self.squared else rows[0].dtype
        per_image = len(rows[0]) // max(n_images, 1)
        by_image = (x.astype(dtype, copy=False).reshape(n_images, per_image, x.shape[1]) for x in rows)
        return of_shares(np, *(x.swapaxes(1, 2) for x in by_image))

    def of_counts(
        self, counts: Counts, class_weight: Any = None, everywhere: Callable[[float], float] = float
    ) -> tuple[Any, Counts]:
        """Return the reduced loss of soft counts, and its slopes in them; unreduced, those of the sum.

        Parameters
        ----------
        counts : Counts
            Of NumPy's arrays.
        class_weight : sequence of float, optional
            In place of the loss's own.
        everywhere : callable
            What makes of the sum of the weights the one that a mean divides by.
        """
        weight = self.class_weight if class_weight is None else class_weight
        pooled, weights = self.weighed(np, counts, weight)
        total = everywhere(np.sum(weights)) if self.reduction == "mean" else 1.0
        value = self.reduced(np, weights * self.index.loss(np, pooled, self.smooth), np.float64(total))
        factor, columns = weights / (total if total > 0.0 else 1.0), self._taking_part(np, counts.tp)
        factor = factor if columns is None else np.where(columns, factor, 0.0)
        return value, Counts(*np.multiply(factor, self.index.slopes(pooled, self.smooth)))

    def weighed(self, xp: Any, counts: Counts, class_weight: Any) -> tuple[Counts, Any]:
        """Return the counts, added up where all classes share one index, and what each loss counts for."""
        weights = xp.ones_like(counts.tp)
        if class_weight is not None:
            if len(class_weight) != weights.shape[-1]:
                given, n_classes = len(class_weight), weights.shape[-1]
                raise ScarceError("E527", what="class_weight", given=given, n_classes=n_classes)
            weights = weights * xp.asarray(class_weight, dtype=weights.dtype, device=weights.device)
        columns = self._taking_part(xp, counts.tp)
        weights = weights if columns is None else xp.where(columns, weights, 0.0)
        if self.average == "micro":
            counts = Counts(*(xp.where(weights > 0.0, x, 0.0).sum(axis=-1, keepdims=True) for x in counts))
            weights = xp.ones_like(counts.tp)
        if self.empty == "skip":
            weights = xp.where(counts.foreground > 0.0, weights, 0.0)
        if self.index.needs_background:
            weights = xp.where(counts.background > 0.0, weights, 0.0)
        return counts, weights

    def reduced(self, xp: Any, losses: Any, total: Any) -> Any:
        """Return weighted losses reduced, given the sum of their weights."""
        if self.reduction == "none":
            losses = losses if self.average == "macro" else losses[..., 0]
            return losses[0] if self.over == "batch" else losses
        return losses.sum() / xp.where(total > 0.0, total, 1.0) if self.reduction == "mean" else losses.sum()

    def _taking_part(self, xp: Any, like: Any) -> Any:
        """Return which columns the mean is over; None for all."""
        return None


@dataclass(frozen=True)
class SoftmaxOverlap(OverlapLoss):
    """An overlap loss over classes: one class a pixel, one logit a class.

    *Domain*: as in `OverlapLoss.value`. *Link*: softmax, always over all classes.

    Parameters
    ----------
    index, class_weight, smooth, empty, over, average, squared, reduction, classes : object
        As in `OverlapLoss`.
    ignore_index : int, default -100
        Pixels whose class index has this value count for nothing. Where targets are shares, a pixel is
        ignored by a weight of 0.
    axis : int, default -1
        The class axis of the logits; 1 for images as PyTorch lays them out.
    background : int, optional
        A class that the mean leaves out. It stays in the softmax, so that its logit is trained.

    Raises
    ------
    ScarceError
        E501, E508 to E510, E512, E514, E527, E529, E591 or E593 if a setting lies outside its domain.

    Notes
    -----
    The gradient in a pixel's logits is at most the slope times p (1-p): a pixel that is confidently wrong
    hardly has any. Train with a pointwise loss beside it.

    Examples
    --------
    >>> loss = SoftmaxOverlap(Dice())
    >>> print(loss.value([[[2.0, 0.0], [0.0, 2.0]]], [[0, 1]]).round(4))     # one image of two pixels
    0.1192
    >>> loss.gradient([[[2.0, 0.0], [0.0, 2.0]]], [[0, 1]]).round(4)
    array([[[-0.0525,  0.0525],
            [ 0.0525, -0.0525]]])
    """

    kind: ClassVar[str] = "softmax"

    ignore_index: int | None = domains.setting(-100, WHOLE_OR_NONE)
    background: int | None = domains.setting(None, domains.optional(partial(domains.whole, least=0)))

    def pixels(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None = None) -> Pixels:
        """Check and lay out one call's inputs, which are those of `value`."""
        rows = read_rows(logits, target, sample_weight, self.axis, self.ignore_index)
        weight = rows.row_weight[:, None]
        if len(rows.z) == 0:
            return self._laid_out(0, rows.z, rows.z, rows.z, weight)
        classes = classes_of(NUMPY, rows.z - np.max(rows.z, axis=-1, keepdims=True))
        n_images = rows.shape[0] if len(rows.shape) > 1 else 1
        return self._laid_out(n_images, classes.p, classes.q, rows.whole_mass(), weight)

    def _taking_part(self, xp: Any, like: Any) -> Any:
        if self.background is None:
            return None
        domains.check_background(self.background, like.shape[-1])
        return xp.arange(like.shape[-1], device=like.device) != self.background


@dataclass(frozen=True)
class SigmoidOverlap(OverlapLoss):
    """An overlap loss over labels: a mask of its own for each, one logit a pixel and label.

    *Domain*: as in `OverlapLoss.value`. *Link*: sigmoid.

    Parameters
    ----------
    index, class_weight, smooth, empty, over, average, squared, reduction, classes : object
        As in `OverlapLoss`; the mean is over the labels' foregrounds.
    ignore_index : int, optional
        Targets with this value count for nothing. None by default.
    axis : int, default -1
        The axis of the labels; 1 for images as PyTorch lays them out.
    n_labels : int, default 1
        How many labels there are, so that an axis of pixels is never taken for one of labels.

    Raises
    ------
    ScarceError
        E501, E508 to E510, E512, E514, E527, E529, E591 or E593 if a setting lies outside its domain.

    Notes
    -----
    The background has no overlap of its own here. A mask that is right and empty costs nothing, and one that
    should be empty costs nothing either unless ``empty="count"``: see `OverlapLoss`.

    Examples
    --------
    >>> loss = SigmoidOverlap(Jaccard())
    >>> logits = np.array([[[3.0], [-1.0], [-3.0]]])                    # one image, three pixels, one label
    >>> print(loss.value(logits, [[[1], [0], [0]]]).round(4))
    0.2764
    >>> print(loss.value(logits, [[[0], [0], [0]]]))                    # no foreground
    0.0
    """

    kind: ClassVar[str] = "sigmoid"

    n_labels: int = domains.setting(1, partial(domains.whole, least=1))

    def _check(self) -> None:
        super()._check()
        if self.reduction == "mean":
            refuse_lone_weight(self.class_weight, self.n_labels)

    def pixels(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None = None) -> Pixels:
        """Check and lay out one call's inputs, which are those of `value`."""
        shape = np.shape(logits)
        check_labels(shape, self.axis, self.n_labels)
        given = inputs.checked_binary_target(target, shape)
        valid = inputs.valid_rows(given, self.ignore_index)
        z = inputs.checked_logits(logits, valid)
        mass = inputs.binary_mass(given, valid, z.dtype)
        weight = inputs.checked_sample_weight(sample_weight, shape, z.dtype)
        counted = np.ones_like(z) if weight is None else weight
        if valid is not None:
            counted = np.where(valid, counted, counted.dtype.type(0.0))
        _, _, p, q = cast("tuple[Floats, Floats, Floats, Floats]", point(NUMPY, by_rows(z, self.axis)))
        return self._laid_out(shape[0], p, q, by_rows(mass, self.axis), by_rows(counted, self.axis))
