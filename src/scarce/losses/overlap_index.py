"""How much a prediction and the truth overlap: indices of one class, and their slopes.

All are one ratio of sums over pixels. With ``TP = sum w min(p, t)``, ``FP = sum w max(p - t, 0)`` and
``FN = sum w max(t - p, 0)``, which for targets of 0 and 1 are the usual soft counts,

    loss = 1 - T = (a FP + b FN) / (TP + a FP + b FN + s)

is written as the errors' share and never as ``1 - T``, so that nothing cancels close to perfection.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from scarce.errors import ScarceError
from scarce.losses import domains

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Terms(NamedTuple):
    """What an index is made of: the weights of both errors, and the power of ``1 - T``."""

    fp_weight: float
    fn_weight: float
    exponent: float | NDArray[np.float64]


class OverlapIndex(ABC):
    """What every index offers; the leaves are frozen dataclasses whose fields are its parameters."""

    name: ClassVar[str]

    @abstractmethod
    def terms(self) -> Terms:
        """Return the weights of false positives and false negatives, and the exponent."""


@dataclass(frozen=True)
class Tversky(OverlapIndex):
    """The Tversky loss, ``(a FP + b FN) / (TP + a FP + b FN)``.

    Parameters
    ----------
    fp_weight, fn_weight : float, default 0.5
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.

    Raises
    ------
    ScarceError
        E501 if a weight lies outside its domain.

    Notes
    -----
    The paper's alpha weighs false positives and its beta false negatives; other code has them the other way
    round. Hence the names.

    Examples
    --------
    >>> Tversky(fp_weight=0.3, fn_weight=0.7)
    Tversky(fp_weight=0.3, fn_weight=0.7)

    References
    ----------
    Salehi et al., "Tversky loss function for image segmentation using 3D fully convolutional deep networks",
    MLMI 2017.
    """

    fp_weight: float = 0.5
    fn_weight: float = 0.5

    name: ClassVar[str] = "tversky"

    def __post_init__(self) -> None:
        _check_weights(self)

    def terms(self) -> Terms:
        """Return the weights, and 1."""
        return Terms(self.fp_weight, self.fn_weight, 1.0)


@dataclass(frozen=True)
class Dice(OverlapIndex):
    """The Dice loss, ``(FP + FN) / (2 TP + FP + FN)``: `Tversky` with both weights 1/2.

    Examples
    --------
    >>> Dice().terms() == Tversky(0.5, 0.5).terms()
    True

    References
    ----------
    Milletari et al., "V-Net", 3DV 2016, whose denominator has squares instead.
    """

    name: ClassVar[str] = "dice"

    def terms(self) -> Terms:
        """Return the weights 1/2, and 1."""
        return Terms(0.5, 0.5, 1.0)


@dataclass(frozen=True)
class Jaccard(OverlapIndex):
    """The Jaccard loss, ``(FP + FN) / (TP + FP + FN)``: `Tversky` with both weights 1; soft IoU.

    Examples
    --------
    >>> Jaccard().terms() == Tversky(1.0, 1.0).terms()
    True

    References
    ----------
    Rahman and Wang, "Optimizing intersection-over-union in deep neural networks", ISVC 2016.
    """

    name: ClassVar[str] = "jaccard"

    def terms(self) -> Terms:
        """Return the weights 1, and 1."""
        return Terms(1.0, 1.0, 1.0)


@dataclass(frozen=True)
class FocalTversky(OverlapIndex):
    """The focal Tversky loss, ``(1 - T)^exponent``.

    Parameters
    ----------
    fp_weight, fn_weight : float, default 0.3 and 0.7
        As in `Tversky`.
    exponent : float, default 0.75
        Above 0. Below 1 the slope grows as a class gets better, so that small structures are finished; above
        1 it favours classes that are far off.

    Raises
    ------
    ScarceError
        E501 if a parameter lies outside its domain.

    Notes
    -----
    The paper writes ``(1 - T)^(1/gamma)`` with gamma 4/3, and much code ``(1 - T)^gamma`` with gamma 3/4:
    both are exponent 0.75. The slope in ``1 - T`` is infinite at a perfect prediction if the exponent is
    below 1, but the gradient in the logits is not: it goes to 0 with the loss, and is 0 where the loss is 0.

    References
    ----------
    Abraham and Khan, "A novel focal Tversky loss function with improved attention U-Net for lesion
    segmentation", ISBI 2019.
    """

    fp_weight: float = 0.3
    fn_weight: float = 0.7
    exponent: float = 0.75

    name: ClassVar[str] = "focal_tversky"

    def __post_init__(self) -> None:
        _check_weights(self)
        object.__setattr__(self, "exponent", domains.above_zero("exponent", self.exponent))

    def terms(self) -> Terms:
        """Return the weights and the exponent."""
        return Terms(self.fp_weight, self.fn_weight, self.exponent)


def _check_weights(index: Tversky | FocalTversky) -> None:
    for name in ("fp_weight", "fn_weight"):
        object.__setattr__(index, name, domains.at_least_zero(name, getattr(index, name)))
    if index.fp_weight == index.fn_weight == 0.0:
        allowed = "above 0 where fp_weight is 0"
        raise ScarceError("E501", parameter="fn_weight", value="0", allowed=allowed)


class Counts(NamedTuple):
    """Soft counts in double precision, shape (n_groups, n_columns): a column is a class or a label."""

    tp: NDArray[np.float64]
    fp: NDArray[np.float64]
    fn: NDArray[np.float64]

    @property
    def foreground(self) -> NDArray[np.float64]:
        """The target's mass."""
        return self.tp + self.fn


class Slopes(NamedTuple):
    """A loss's derivative in a pixel's probability, for unit pixel weight."""

    below: NDArray[np.float64]
    """Where the prediction is below the target: it is negative."""

    above: NDArray[np.float64]
    """Where it is above."""


def loss_of_counts(counts: Counts, terms: Terms, smooth: float) -> NDArray[np.float64]:
    """Return ``(1 - T)^exponent`` of every group and column; 0 where there is nothing at all.

    Examples
    --------
    >>> counts = Counts(*(np.array([x]) for x in (6.0, 2.0, 2.0)))
    >>> loss_of_counts(counts, Dice().terms(), 0.0), loss_of_counts(counts, Jaccard().terms(), 0.0)
    (array([0.25]), array([0.4]))
    """
    return _share(counts, terms, smooth) ** terms.exponent


def slopes_of_counts(counts: Counts, terms: Terms, smooth: float) -> Slopes:
    """Return the derivatives of `loss_of_counts`.

    With D the denominator and l the share of the errors: ``-(b + (1-b) l) / D`` below the target and
    ``a (TP + s) / D^2`` above it, each times ``e l^(e-1)``; 0 where l is 0.
    """
    share = _share(counts, terms, smooth)
    whole = _guarded(counts.tp + terms.fp_weight * counts.fp + terms.fn_weight * counts.fn + smooth)
    chain = np.where(
        share > 0.0, terms.exponent * np.where(share > 0.0, share, 1.0) ** (terms.exponent - 1.0), 0.0
    )
    b = terms.fn_weight
    return Slopes(
        -chain * (b + (1.0 - b) * share) / whole,
        chain * terms.fp_weight * ((counts.tp + smooth) / whole) / whole,
    )


def _share(counts: Counts, terms: Terms, smooth: float) -> NDArray[np.float64]:
    errors = terms.fp_weight * counts.fp + terms.fn_weight * counts.fn
    return errors / _guarded(counts.tp + errors + smooth)


def _guarded(whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(whole > 0.0, whole, 1.0)
