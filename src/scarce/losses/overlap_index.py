"""How much a prediction and the truth overlap: indices of one class, and their slopes.

All but one are a ratio of sums over pixels. With ``TP = sum w min(p, t)``, ``FP = sum w max(p - t, 0)`` and
``FN = sum w max(t - p, 0)``, which for targets of 0 and 1 are the usual soft counts,

    loss = 1 - T = (a FP + b FN) / (TP + a FP + b FN + s)

is written as the errors' share and never as ``1 - T``, so that nothing cancels close to perfection. The other
is a correlation, which looks at ``TN = sum w min(1 - p, 1 - t)``, too, and cancels as little.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from scarce.errors import ScarceError
from scarce.losses import domains

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Terms(NamedTuple):
    """What an index is made of: the weights of both errors, and the power of ``1 - T``, or one a column."""

    fp_weight: float
    fn_weight: float
    exponent: float | tuple[float, ...]


class Counts(NamedTuple):
    """Soft counts in double precision, shape (n_groups, n_columns), or a loss's derivatives in them.

    A column is a class or a label. The arrays are NumPy's or PyTorch's.
    """

    tp: Any
    fp: Any
    fn: Any
    tn: Any

    @classmethod
    def of(cls, xp: Any, counts: Any) -> Counts:
        """Return three or four counts; where true negatives are not counted they are 0."""
        tp, fp, fn, *tn = counts
        return cls(tp, fp, fn, tn[0] if tn else xp.zeros_like(tp))

    @property
    def foreground(self) -> Any:
        """The target's mass."""
        return self.tp + self.fn

    @property
    def background(self) -> Any:
        """The mass that the target leaves."""
        return self.tn + self.fp


@dataclass(frozen=True)
class OverlapIndex(domains.Checked, ABC):
    """What every index offers; the leaves are frozen dataclasses whose fields are its parameters."""

    name: ClassVar[str]
    needs_background: ClassVar[bool] = False
    """Whether it looks at true negatives, and a class counts only if the target has a background, too."""

    refused: ClassVar[tuple[str, ...]] = ()
    """The settings of `OverlapLoss` that have no meaning for this index."""

    @abstractmethod
    def loss(self, xp: Any, counts: Counts, smooth: float) -> Any:
        """Return the loss of every group and column, with the words of the arrays' own library."""

    @abstractmethod
    def slopes(self, counts: Counts, smooth: float) -> Counts:
        """Return the derivatives of `loss` in the counts."""


class RatioIndex(OverlapIndex):
    """An index that is a ratio of counts: the power of the errors' share."""

    def __post_init__(self) -> None:
        super().__post_init__()
        a, b, _ = self.terms()
        if a == b == 0.0:
            allowed = "above 0 where fp_weight is 0"
            raise ScarceError("E501", parameter="fn_weight", value="0", allowed=allowed)

    def terms(self) -> Terms:
        """Return the weights of false positives and false negatives, and the exponent."""
        given: Any = self  # a leaf has each, as a parameter or as a number of its own
        return Terms(given.fp_weight, given.fn_weight, given.exponent)

    def loss(self, xp: Any, counts: Counts, smooth: float) -> Any:
        """Return ``(1 - T)^exponent``; 0 where there is nothing at all.

        Examples
        --------
        >>> counts = Counts(*(np.array([x]) for x in (6.0, 2.0, 2.0, 6.0)))
        >>> Dice().loss(np, counts, 0.0), Jaccard().loss(np, counts, 0.0)
        (array([0.25]), array([0.4]))
        """
        share = self._share(xp, counts, smooth)
        exponent: Any = self.terms().exponent
        if isinstance(exponent, tuple):
            exponent = xp.asarray(exponent, dtype=share.dtype, device=share.device)
        elif exponent == 1.0:
            return share
        none = share == 0.0  # the slope of the power is infinite there, that of the loss in the logits is not
        return xp.where(none, 0.0, xp.where(none, 1.0, share) ** exponent)

    def slopes(self, counts: Counts, smooth: float) -> Counts:
        """Return its derivatives.

        With D the denominator and l the share of the errors: ``-l / D`` in TP, and ``a (1 - l) / D`` and
        ``b (1 - l) / D`` in FP and FN, each times ``e l^(e-1)``; 0 where l is 0.
        """
        a, b, exponent = self.terms()
        share, power = self._share(np, counts, smooth), np.asarray(exponent)
        whole = _guarded(counts.tp + a * counts.fp + b * counts.fn + smooth)
        chain = np.where(share > 0.0, power * np.where(share > 0.0, share, 1.0) ** (power - 1.0), 0.0)
        of_errors = chain * ((counts.tp + smooth) / whole) / whole
        return Counts(-chain * share / whole, a * of_errors, b * of_errors, np.zeros_like(share))

    def _share(self, xp: Any, counts: Counts, smooth: float) -> Any:
        """Return the errors' share, so that neither it nor its derivatives by autograd cancel.

        It is made of the errors over what was hit, or the other way round, whichever is at most 1.
        """
        a, b, _ = self.terms()
        hits, errors = counts.tp + smooth, a * counts.fp + b * counts.fn
        easy = errors <= hits
        larger = xp.where(easy, hits, errors)
        smaller = xp.where(easy, errors, hits) / xp.where(larger == 0.0, 1.0, larger)
        return xp.where(easy, smaller, 1.0) / (1.0 + smaller)


@dataclass(frozen=True)
class Tversky(RatioIndex):
    """The Tversky loss, ``(a FP + b FN) / (TP + a FP + b FN)``.

    Parameters
    ----------
    fp_weight, fn_weight : float, default 0.5
        ``a`` and ``b``, the prices of a false positive and of a false negative: at least 0, not both 0. A
        rare foreground that must not be missed wants ``fn_weight`` above ``fp_weight``.

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

    fp_weight: float = domains.setting(0.5, domains.at_least_zero)
    fn_weight: float = domains.setting(0.5, domains.at_least_zero)

    name: ClassVar[str] = "tversky"
    exponent: ClassVar[float] = 1.0


@dataclass(frozen=True)
class Dice(RatioIndex):
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
    fp_weight: ClassVar[float] = 0.5
    fn_weight: ClassVar[float] = 0.5
    exponent: ClassVar[float] = 1.0


@dataclass(frozen=True)
class Jaccard(RatioIndex):
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
    fp_weight: ClassVar[float] = 1.0
    fn_weight: ClassVar[float] = 1.0
    exponent: ClassVar[float] = 1.0


@dataclass(frozen=True)
class FocalTversky(RatioIndex):
    """The focal Tversky loss, ``(1 - T)^exponent``.

    Parameters
    ----------
    fp_weight, fn_weight : float, default 0.3 and 0.7
        As in `Tversky`.
    exponent : float, default 0.75
        Above 0. Below 1 the slope grows as a class gets better, so that small structures are finished; above
        1 it favours classes that are far off.

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

    fp_weight: float = domains.setting(0.3, domains.at_least_zero)
    fn_weight: float = domains.setting(0.7, domains.at_least_zero)
    exponent: float = domains.setting(0.75, domains.above_zero)

    name: ClassVar[str] = "focal_tversky"


@dataclass(frozen=True)
class MCC(OverlapIndex):
    """The MCC loss, ``1 - (TP TN - FP FN) / sqrt((TP+FP) (TP+FN) (TN+FP) (TN+FN))``.

    One less the Matthews correlation of prediction and truth: 0 if they agree, 1 if they have nothing to do
    with each other, 2 if one is the other's opposite. It counts what is rightly left out, too.

    Notes
    -----
    A class counts only where the target has both a foreground and a background. A prediction that is the same
    everywhere, to the last bit, has loss 1.

    Examples
    --------
    >>> counts = Counts(*(np.array([x]) for x in (6.0, 2.0, 2.0, 6.0)))
    >>> MCC().loss(np, counts, 0.0)
    array([0.5])

    References
    ----------
    Abhishek and Hamarneh, "Matthews correlation coefficient loss for deep convolutional networks: application
    to skin lesion segmentation", ISBI 2021.
    """

    name: ClassVar[str] = "mcc"
    needs_background: ClassVar[bool] = True
    refused: ClassVar[tuple[str, ...]] = ("smooth", "empty", "squared")

    def loss(self, xp: Any, counts: Counts, smooth: float) -> Any:
        """Return ``1 - N / R``, with N = TP TN - FP FN and R the root of the product of the margins.

        As shares of the total, ``R^2 - N^2 = TP TN (FP + FN) + FP FN (TP + TN)``, of which nothing is
        subtracted: over ``R (R + N)`` it is the loss where N is not negative. ``smooth`` is 0.
        """
        tp, fp, fn, tn, constant = _shares(xp, counts)
        root = _root(tp, fp, fn, tn)
        agreement = tp * tn - fp * fn
        ahead = agreement >= 0.0
        gap = tp * tn * (fp + fn) + fp * fn * (tp + tn)
        small = gap / (root * (root + xp.where(ahead, agreement, 0.0)))
        return xp.where(constant, 1.0, xp.where(ahead, small, 1.0 - agreement / root))

    def slopes(self, counts: Counts, smooth: float) -> Counts:
        """Return its derivatives: sums of terms of one sign, so that nothing cancels."""
        tp, fp, fn, tn, constant = _shares(np, counts)
        total = _guarded(counts.foreground + counts.background)
        wrong, right = fp + fn, tp + tn
        hit, false = tp / (tp + fp), fp / (tp + fp)  # shares of what is predicted, next to nothing perhaps
        rest, missed = tn / (tn + fn), fn / (tn + fn)
        twice = 2.0 * _root(tp, fp, fn, tn) * total
        foreground, background = twice * (tp + fn), twice * (tn + fp)
        slopes = (
            -(hit * tn * wrong + false * fn * (2.0 * right + wrong)) / foreground,
            (hit * tn * (right + 2.0 * wrong) + false * fn * right) / background,
            (rest * tp * (right + 2.0 * wrong) + missed * fp * right) / foreground,
            -(rest * tp * wrong + missed * fp * (2.0 * right + wrong)) / background,
        )
        return Counts(*(np.where(constant, 0.0, slope) for slope in slopes))


def _root(tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
    return (tp + fp) ** 0.5 * (tp + fn) ** 0.5 * (tn + fp) ** 0.5 * (tn + fn) ** 0.5


def _shares(xp: Any, counts: Counts) -> tuple[Any, Any, Any, Any, Any]:
    """Return counts over their total, and where prediction or truth is constant; there all are 1."""
    total = counts[0] + counts[1] + counts[2] + counts[3]
    tp, fp, fn, tn = (count / xp.where(total == 0.0, 1.0, total) for count in counts)
    constant = (tp + fp <= NOTHING) | (tp + fn <= NOTHING) | (tn + fp <= NOTHING) | (tn + fn <= NOTHING)
    shares = (xp.where(constant, 1.0, share) for share in (tp, fp, fn, tn))
    return (*shares, constant)


NOTHING = 1e-300
"""A share below which products underflow."""


def _guarded(whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(whole > 0.0, whole, 1.0)
