"""A binary loss as gradient boosting wants it: gradient, positive curvature, base score, posterior, metric.

Whatever the library, an objective must give the second derivative a sign, tell the library where to start,
and turn its raw scores back into probabilities. None of the libraries does any of the three for a custom
objective.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from scarce.errors import ScarceError
from scarce.kernels.binary_pass import BinaryPass, Curvature
from scarce.losses import catalog
from scarce.losses.domains import refuse_setting
from scarce.losses.inputs import checked_sample_weight
from scarce.losses.modulation import CrossEntropy, Focal
from scarce.losses.sigmoid import SigmoidLoss

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Hessian = Literal["auto", "expected", "exact"]
"""How an objective keeps its second derivative positive: see `BinaryObjective`."""

LEAST_CURVATURE = 1e-6
"""The floor of a row's Hessian, relative to its gradient: below it curvature is rounding, or negative."""

STEP_CAP = 2.0
"""The longest step of a leaf, in adjusted logits, for any loss but cross-entropy."""


@dataclass(frozen=True)
class BinaryObjective:
    """The five faces of a binary loss over raw scores; those that every round needs are fused, in float32.

    Parameters
    ----------
    loss : SigmoidLoss
        Resolved: all its parameters are numbers.
    hessian : {"auto", "expected", "exact"}, default "auto"
        Where the loss is convex in the logit (cross-entropy, detached focal, LDAM, Poly up to epsilon 1) the
        second derivative itself whatever is asked. Elsewhere "auto" is ``(1 + gamma) p_t |gradient|`` for
        focal loss and "expected" for the others; "expected" is the mean of both classes' second derivatives
        at the posterior; "exact" is the second derivative itself. All are floored at
        ``LEAST_CURVATURE * |gradient|``.
    threads : int, default 0
        At most this many; 0 means as many as there are cores. The numbers do not depend on it.

    Raises
    ------
    ScarceError
        E601 if the loss is not a binary one, E529 if it reduces or ignores, E608 if `hessian` is none of the
        three, E513 if the loss has no posterior.

    Notes
    -----
    Exact curvature of focal loss is negative for hard positives, where a tree would then step the wrong way.
    """

    loss: SigmoidLoss
    hessian: Hessian = "auto"
    threads: int = 0

    def __post_init__(self) -> None:
        check_usable(self.loss)
        if self.hessian not in ("auto", "expected", "exact"):
            raise ScarceError("E608", given=repr(self.hessian))
        self.loss.modulation.check_posterior()

    @property
    def is_convex(self) -> bool:
        """Whether the loss is convex in the logit, so that its exact curvature serves."""
        return self.loss.modulation.is_convex

    @property
    def step_cap(self) -> float:
        """The ``max_delta_step`` this objective asks for, in raw scores; 0 is none.

        Newton's step follows a parabola, and only cross-entropy stays near its own.
        """
        modulation = self.loss.modulation
        if isinstance(modulation, CrossEntropy) or modulation == Focal(0.0):
            return 0.0
        return STEP_CAP / (self.loss.logit_scale or 1.0)

    def gradient_hessian(
        self,
        raw: NDArray[np.float64],
        target: NDArray[np.float32],
        weight: NDArray[np.float32] | None = None,
        out: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return gradient and positive Hessian in the raw score, row by row.

        Parameters
        ----------
        raw : array of float64, shape (n_rows,)
            Raw scores, base score included.
        target : array of float32, shape (n_rows,)
            0 or 1.
        weight : array of float32, shape (n_rows,), optional
            Sample weights.
        out : pair of float32 arrays, shape (n_rows,), optional
            Where to write; new arrays unless given.

        Returns
        -------
        gradient, hessian : arrays of float32, shape (n_rows,)

        Examples
        --------
        >>> focal = BinaryObjective(catalog.get("focal", gamma=2.0))
        >>> zero, labels = np.zeros(2), np.array([0, 1], np.float32)
        >>> focal.gradient_hessian(zero, labels)[0].round(4)
        array([ 0.2983, -0.2983], dtype=float32)
        """
        gradient, hessian = out or (np.empty(raw.size, np.float32), np.empty(raw.size, np.float32))
        self._pass.run(raw, target, weight, gradient=gradient, hessian=hessian)
        return gradient, hessian

    def log_loss(
        self, raw: NDArray[np.float64], target: NDArray[np.float32], weight: NDArray[np.float32] | None = None
    ) -> float:
        """Return the mean log-loss of the recovered posterior, clipped at 1e-15; rows count by their weight.

        Parameters
        ----------
        raw, target, weight : arrays
            As in `gradient_hessian`.
        """
        total = float(raw.size) if weight is None else float(weight.sum(dtype=np.float64))
        return self._pass.log_loss(raw, target, weight) / total

    def base_score(self, prior: float) -> float:
        """Return the raw score at which the posterior is `prior`: where boosting should start."""
        return float(self.loss.base_score(prior))

    def posterior(self, raw: ArrayLike) -> NDArray[np.floating[Any]]:
        """Return the probability of the positive class; `raw` includes the base score."""
        return self.loss.posterior(raw)

    def log_odds(self, raw: ArrayLike) -> NDArray[np.floating[Any]]:
        """Return the posterior's log-odds, which do not saturate; `raw` includes the base score."""
        return self.loss.log_odds(raw)

    @functools.cached_property
    def _pass(self) -> BinaryPass:
        return BinaryPass(self.loss, self._curvature, self.threads)

    @property
    def _curvature(self) -> Curvature:
        if self.is_convex:
            return Curvature("floored", least=LEAST_CURVATURE)
        if self.hessian == "auto" and self.loss.modulation.newton_factor is not None:
            return Curvature("bounded", factor=self.loss.modulation.newton_factor)
        kind = "floored" if self.hessian == "exact" else "expected"
        return Curvature(kind, least=LEAST_CURVATURE)


def check_usable(loss: object) -> None:
    """Refuse a loss that a binary objective cannot use, or of which a setting would do nothing there.

    Raises
    ------
    ScarceError
        E601 if the loss is not a binary one, E529 if it has a reduction or an ignored label.
    """
    if not isinstance(loss, SigmoidLoss):
        raise ScarceError("E601", given=type(loss).__name__)
    if np.ndim(loss.class_weight) > 1 or np.ndim(loss.logit_shift) or np.ndim(loss.logit_scale):
        raise ScarceError("E601", given="a loss over several labels")
    if loss.reduction != "none":
        reason = "boosting takes the gradient of each row"
        suggestion = "leave it out: rows count by their weights, and trees by the learning rate"
        refuse_setting("reduction", loss.reduction, reason, suggestion)
    if loss.ignore_index is not None:
        reason = "boosting trains on every row, and its labels are 0 and 1"
        suggestion = "leave it out, and leave out the rows, or give them weight 0"
        refuse_setting("ignore_index", loss.ignore_index, reason, suggestion)


def resolved(
    loss: SigmoidLoss | str, target: NDArray[np.float32] | None, weight: NDArray[np.float32] | None
) -> SigmoidLoss:
    """Return the loss, by name or ready made, with what depends on the class counts worked in.

    Parameters
    ----------
    loss : SigmoidLoss or str
        Such as ``"focal:gamma=2,class_weight=balanced"``.
    target : array of float32, shape (n_rows,), optional
        0 or 1. Counts that the loss brings itself come first.
    weight : array of float32, shape (n_rows,), optional
        Sample weights: the counts are their sums.
    """
    loss = catalog.parse(loss) if isinstance(loss, str) else loss
    check_usable(loss)
    if loss.class_counts is not None:
        return loss.resolve(loss.class_counts)
    return loss if target is None else loss.resolve(class_counts(target, weight))


def class_counts(target: NDArray[np.float32], weight: NDArray[np.float32] | None) -> tuple[float, float]:
    """Return the sums of the weights of negatives and positives.

    Raises
    ------
    ScarceError
        E602 if a label is neither 0 nor 1, E605 if only one of them occurs, E515 if a weight is negative or
        not finite, or there is not one a row.
    """
    checked_sample_weight(weight, target.shape, np.dtype(np.float32))
    positive = target == 1.0
    odd = np.flatnonzero(~(positive | (target == 0.0)))
    if odd.size:
        raise ScarceError("E602", value=f"{target[odd[0]]:g}", row=int(odd[0]))
    counts = np.bincount(positive, weight, minlength=2)
    if not counts.all():
        raise ScarceError("E605", label=int(counts[1] > 0.0))
    return float(counts[0]), float(counts[1])
