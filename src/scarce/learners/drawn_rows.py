"""What one treatment trains on: a fold's rows after its sampling, with its loss resolved to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scarce.boosting.objective import class_counts
from scarce.learners.base import PLAIN
from scarce.losses.modulation import Focal
from scarce.losses.sigmoid import SigmoidLoss

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.learners.base import FloatArray, IndexArray, TrainingRows, Treatment


@dataclass(frozen=True)
class DrawnRows:
    """The rows that a treatment trains on.

    Attributes
    ----------
    rows : ndarray of int64 or None
        Positions among the rows to fit on; None where they are all of them, or made up.
    features : ndarray or None
        The rows themselves where they are made up, else None.
    target : ndarray of uint8
        Their labels.
    weight : ndarray of float64 or None
        Row weights with mean 1: their unit must not decide how strong a penalty is.
    loss : SigmoidLoss
        Resolved to their class counts.
    prior : float
        Their share of positives, by weight.
    offset : float
        Added to log-odds learnt from them.
    """

    rows: IndexArray | None
    features: FloatArray | None
    target: npt.NDArray[np.uint8]
    weight: FloatArray | None
    loss: SigmoidLoss
    prior: float
    offset: float

    @property
    def are_all(self) -> bool:
        """Whether they are the rows of the fold as they stand."""
        return self.rows is None and self.features is None

    def taken(self, rows: TrainingRows) -> FloatArray:
        """Return the features of the rows to train on, out of those of the fold that may be."""
        if self.features is not None:
            return self.features
        return rows.features[rows.fit if self.rows is None else rows.fit[self.rows]]

    def case_weight(self) -> FloatArray | None:
        """Return row weights times class weights, for a learner whose only loss is cross-entropy."""
        if self.loss.class_weight is None:
            return self.weight
        by_class = np.asarray(self.loss.class_weight, dtype=np.float64)[self.target]
        return by_class if self.weight is None else by_class * self.weight


def drawn_rows(rows: TrainingRows, treatment: Treatment = PLAIN) -> DrawnRows:
    """Draw what a treatment trains on from the rows of a fold.

    Parameters
    ----------
    rows : TrainingRows
    treatment : Treatment

    Returns
    -------
    DrawnRows
        Made-up rows count 1 each: no row weight is known of them.
    """
    target = rows.target[rows.fit]
    weight = None if rows.training_weight is None else rows.training_weight[rows.fit]
    positions, features, offset = None, None, rows.offset
    if treatment.sampling is not None:
        sampled = treatment.sampling.draw(rows.features[rows.fit], target, rows.categorical, rows.seed)
        positions, features, target = sampled.rows, sampled.features, sampled.target
        weight = None if weight is None or positions is None else weight[positions]
        offset += sampled.offset
    if weight is not None:
        weight = weight / weight.mean()
    negatives, positives = class_counts(target.astype(np.float32), weight)
    given = treatment.loss.class_counts
    loss = treatment.loss.resolve((negatives, positives) if given is None else given)
    return DrawnRows(positions, features, target, weight, loss, positives / (negatives + positives), offset)


def only_weighs(loss: SigmoidLoss) -> bool:
    """Whether a loss is cross-entropy with class weights at most, which row weights can stand for.

    Examples
    --------
    >>> only_weighs(SigmoidLoss(class_weight="balanced")), only_weighs(SigmoidLoss(Focal(2.0)))
    (True, False)
    """
    plain = replace(loss, class_weight=None, class_counts=None, classes=None)
    return plain in (SigmoidLoss(), SigmoidLoss(Focal(0.0))) and np.ndim(loss.class_weight) <= 1


def keeps_classes(treatment: Treatment) -> bool:
    """Whether a treatment neither draws rows nor weighs the classes."""
    return treatment.sampling is None and treatment.loss.class_weight is None


def is_plain(treatment: Treatment) -> bool:
    """Whether a treatment does nothing about the imbalance, so that there is nothing to undo."""
    return keeps_classes(treatment) and only_weighs(treatment.loss)
