"""What a loss does to one example, and which share of the whole falls on the easy ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.losses.sigmoid import SigmoidLoss

    FloatArray = npt.NDArray[np.float64]


class Curve(NamedTuple):
    """The loss of one positive example, and how hard it pulls at its logit, by its probability.

    Attributes
    ----------
    p, loss, gradient : ndarray, shape (n_points,)
        The probability that the model gives the example's own class; the loss; the size of its gradient.
    """

    p: FloatArray
    loss: FloatArray
    gradient: FloatArray


class Shares(NamedTuple):
    """Which share of a total falls on some rows, in [0, 1]; NaN where the total is 0."""

    loss: float
    gradient: float


def curve(loss: SigmoidLoss, p: npt.ArrayLike) -> Curve:
    """Return loss and gradient over the probability of the example's own class, ``z = log(p / (1 - p))``.

    Parameters
    ----------
    loss : SigmoidLoss
        Resolved, where its weights depend on class counts. Of losses that are the same for both classes but
        for a weight, a negative example has this curve times its weight over the positive one.
    p : array_like
        Above 0 and below 1.

    Examples
    --------
    >>> from scarce.losses import get
    >>> seen = curve(get("focal", gamma=2.0), [0.1, 0.9])
    >>> seen.loss.round(5), seen.gradient.round(5)
    (array([1.86509e+00, 1.05000e-03]), array([1.10202, 0.0029 ]))
    """
    probability = np.asarray(p, dtype=np.float64)
    logits = np.log(probability) - np.log1p(-probability)
    target = np.ones(logits.shape)
    return Curve(probability, loss.value(logits, target), np.abs(loss.gradient(logits, target)))


def shares(
    loss: SigmoidLoss,
    logits: npt.ArrayLike,
    target: npt.ArrayLike,
    rows: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
) -> Shares:
    """Return which share of the loss, and of the sizes of its gradients, falls on some rows.

    Parameters
    ----------
    loss : SigmoidLoss
        Resolved, where its weights depend on class counts.
    logits, target : array_like, shape (n_rows,)
    rows : array_like of bool, shape (n_rows,)
        Which rows are asked about, such as easy negatives.
    weight : array_like, shape (n_rows,), optional

    Examples
    --------
    Ninety-nine negatives at .01 beside one positive at .3: focal loss takes their share of the loss away.

    >>> from scarce.losses import get
    >>> p = np.array([0.01] * 99 + [0.3])
    >>> logits, negative = np.log(p / (1.0 - p)), p < 0.1
    >>> [round(shares(get("focal", gamma=g), logits, ~negative, negative).loss, 5) for g in (0.0, 2.0)]
    [0.45248, 0.00017]
    """
    each = (loss.value(logits, target, weight), np.abs(loss.gradient(logits, target, weight)))
    asked = np.asarray(rows, dtype=bool)
    with np.errstate(invalid="ignore"):
        return Shares(*(float(one[asked].sum() / one.sum()) for one in each))
