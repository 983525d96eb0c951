"""What a user's training returned, as recovered scores of validation rows, calibrated on other rows.

A score is the log-odds of two classes, or for more the log-probability of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.calibration.logistic import LEAST_SLOPE, SPREAD, PenalisedLogistic
from scarce.errors import ScarceError
from scarce.losses import Loss, SigmoidLoss

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scarce.decision.arrays import BoolArray, FloatArray, IntArray

PARTS = 5
"""Into which the validation rows are dealt: each is calibrated, and chosen for, by the others."""

LEAST_ROWS = 3  # outside the largest class: one is left when two parts are left out
_LEAST_SHARE = np.finfo(np.float64).tiny
_LARGEST_SLOPE = 20.0
_STEPS, _NEAR = 50, 1e-9


@dataclass(frozen=True)
class Rows:
    """The validation rows.

    Attributes
    ----------
    target : ndarray of int64, shape (n_rows,)
    weight : ndarray of float64, shape (n_rows,)
    part : ndarray of int64, shape (n_rows,)
        -1 for rows of weight 0, which count for nothing.
    """

    target: IntArray
    weight: FloatArray
    part: IntArray

    @classmethod
    def dealt(cls, target: IntArray, weight: FloatArray) -> Rows:
        """Deal the rows of each class evenly into parts, the same every time."""
        part, dealt = np.full(target.size, -1), 0
        draw = np.random.default_rng(0)
        for label in np.unique(target):
            rows = draw.permutation(np.flatnonzero((target == label) & (weight > 0.0)))
            part[rows] = (dealt + np.arange(rows.size)) % PARTS
            dealt += rows.size
        return cls(target, weight, part)

    def few(self, parts: Sequence[int]) -> int:
        """Return how many rows of some parts are outside their largest class."""
        counts = np.bincount(self.target[np.isin(self.part, parts)], minlength=2)
        return int(counts.sum() - counts.max())

    def positives(self, parts: Sequence[int]) -> tuple[BoolArray, float]:
        """Return which rows of some parts are positive, and the mean share of one of them in the weights."""
        kept = np.isin(self.part, parts)
        positive, weight = self.target[kept] == 1, self.weight[kept]
        return positive, float(weight[positive].mean() / weight.sum()) if positive.any() else 0.0

    def calibrated(self, scores: FloatArray, parts: Sequence[int]) -> FloatArray:
        """Return scores calibrated on some parts, those of each of them on the rest of them."""
        said, speaking = np.empty_like(scores), np.isin(self.part, parts)
        for own in [*(self.part == part for part in parts), ~speaking]:
            others = speaking & ~own
            fit = _line if scores.ndim == 1 else _temperature
            said[own] = fit(scores[others], self.target[others], self.weight[others], scores[own])
        return said


def definition_of(loss: object, name: str) -> Loss:
    """Return the definition behind a loss of PyTorch or Keras, or of NumPy and JAX itself.

    Raises
    ------
    ScarceError
        E912 if it is no loss with a posterior that is known here.
    """
    as_numpy = getattr(loss, "as_numpy", None)
    found = getattr(loss, "loss", loss) if as_numpy is None else as_numpy()
    if not isinstance(found, Loss):
        raise ScarceError("E912", loss=name, kind=type(loss).__name__)
    return found


def read(returned: Any, loss: object, name: str) -> tuple[Rows, FloatArray]:
    """Return the rows and recovered scores of what a training with a loss returned.

    Parameters
    ----------
    returned : tuple
        Logits, targets, and sample weights or nothing; arrays of any library.
    loss : object
        That the training was given.
    name : str
        What errors call whoever made the loss.

    Raises
    ------
    ScarceError
        E910 if it is anything else; E513 if the loss has no posterior.
    """
    if not isinstance(returned, tuple | list) or len(returned) not in (2, 3):
        raise returned_wrongly(type(returned).__name__, "let it end with: return logits, target")
    given = zip(("logits", "targets", "sample weights"), returned, strict=False)
    logits, target, *rest = (_numbers(part, what) for what, part in given)
    definition = definition_of(loss, name)
    if definition is not loss and getattr(loss, "from_logits", True) is False:
        logits = _numbers(loss.logits(returned[0]), "logits")  # pyright: ignore[reportAttributeAccessIssue] # Keras's
    logits, target = _shaped(definition, logits, target)
    [weight] = rest or [np.ones(target.size)]
    if weight.size != target.size or not (weight >= 0.0).all():
        what = f"sample weights of shape {weight.shape} beside {target.size:,} targets, or some below 0"
        raise returned_wrongly(what, "return one weight a row, at least 0")
    rows = Rows.dealt(target, weight.reshape(-1))
    if rows.few(range(PARTS)) < LEAST_ROWS:
        what = f"{target.size:,} targets, of which all or nearly all are of one class"
        raise returned_wrongly(what, f"validate on {LEAST_ROWS} rows of another class at least, better 50")
    return rows, _recovered(definition, logits)


def returned_wrongly(what: str, suggestion: str, function: str = "train") -> ScarceError:
    """Return the error of a user's function that returned something else."""
    return ScarceError("E910", function=function, what=what, suggestion=suggestion)


def _numbers(given: Any, what: str) -> FloatArray:
    """Return an array or tensor of any library as doubles, none of which is NaN."""
    if hasattr(given, "detach"):  # PyTorch's: it may want a gradient, lie on a GPU or be in half precision
        given = given.detach().cpu().double()
    try:
        found = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        found = np.full(1, np.nan)
    missing = int(np.isnan(found).sum())
    if missing:
        suggestion = "look at the training: it may have diverged (a smaller step), or returned no numbers"
        raise returned_wrongly(f"{what} of which {missing:,} are NaN or no numbers", suggestion)
    return found


def _shaped(definition: Loss, logits: FloatArray, target: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return logits with one row, or one number, a target, which is a class index."""
    shapes = f"logits of shape {logits.shape} and targets of shape {target.shape}"
    if isinstance(definition, SigmoidLoss):
        n_classes, fits = 2, logits.size == target.size == len(logits) if logits.ndim else False
        logits, suggestion = logits.reshape(-1), "return one logit and one target a row"
    else:
        n_classes = logits.shape[-1]
        fits = logits.ndim == 2 and n_classes > 1 and target.shape[:1] == logits.shape[:1]
        suggestion = "return one logit a class, and one class index a row"
        if fits and target.shape == logits.shape and ((target == 1.0).sum(axis=1) == 1).all():
            target = target.argmax(axis=1)  # one-hot
    labels = target.reshape(-1)
    if not fits or labels.size != len(logits):
        raise returned_wrongly(shapes, suggestion)
    if not np.isin(labels, np.arange(n_classes)).all():
        wrong = labels[~np.isin(labels, np.arange(n_classes))][0]
        suggestion = f"return class indices, 0 to {n_classes - 1}, and leave rows without a label out"
        raise returned_wrongly(f"the target {wrong:g}", suggestion)
    return logits, labels.astype(np.int64)


def _recovered(definition: Loss, logits: FloatArray) -> FloatArray:
    if isinstance(definition, SigmoidLoss):
        return definition.log_odds(logits)
    said = np.log(np.maximum(definition.posterior(logits), _LEAST_SHARE))
    return said[:, 1] - said[:, 0] if said.shape[1] == 2 else said


def _line(scores: FloatArray, target: IntArray, weight: FloatArray, new: FloatArray) -> FloatArray:
    return PenalisedLogistic.fit(scores, target, weight).log_odds(new)


def _temperature(scores: FloatArray, target: IntArray, weight: FloatArray, new: FloatArray) -> FloatArray:
    """Return new log-probabilities times the slope at which those of some rows are likeliest.

    The slope is shrunk to 1 as that of a line is. The likelihood is convex in it: Newton's method between
    bounds that close in.
    """
    weight = weight * (weight.sum() / (weight @ weight))  # rows of evidence
    own = scores[np.arange(target.size), target]
    low, slope, high = LEAST_SLOPE, 1.0, _LARGEST_SLOPE
    for _ in range(_STEPS):
        chance = np.exp(normalised(slope * scores))
        mean = (chance * scores).sum(axis=1)
        rises = weight @ (mean - own) + (slope - 1.0) / SPREAD[1] ** 2
        curve = weight @ ((chance * scores**2).sum(axis=1) - mean**2) + SPREAD[1] ** -2.0
        low, high = (slope, high) if rises < 0.0 else (low, slope)
        last, slope = slope, slope - rises / curve
        if not low < slope < high:
            slope = 0.5 * (low + high)
        if abs(slope - last) < _NEAR:
            break
    return normalised(slope * new)


def normalised(scores: FloatArray) -> FloatArray:
    """Return log-probabilities of which each row's add up to a probability of 1.

    Examples
    --------
    >>> normalised(np.array([[0.0, 0.0]])).round(4)
    array([[-0.6931, -0.6931]])
    """
    scores = scores - scores.max(axis=1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
