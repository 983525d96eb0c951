"""What a user's training returned, as recovered scores of validation rows, calibrated on other rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.calibration.recovered_scores import calibrated, recovered
from scarce.errors import ScarceError
from scarce.losses import Loss, SigmoidLoss

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scarce.decision.arrays import FloatArray, IntArray

PARTS = 5
"""Into which the validation rows are dealt: each is calibrated, and chosen for, by the others."""

LEAST_ROWS = 3  # outside the largest class: one is left when two parts are left out


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

    def calibrated(self, scores: FloatArray, parts: Sequence[int]) -> FloatArray:
        """Return scores calibrated on some parts, those of each of them on the rest of them."""
        said, speaking = np.empty_like(scores), np.isin(self.part, parts)
        for own in [*(self.part == part for part in parts), ~speaking]:
            others = speaking & ~own
            said[own] = calibrated(scores[others], self.target[others], self.weight[others], scores[own])
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
    return rows, recovered(definition, logits)


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
