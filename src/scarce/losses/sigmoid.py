"""`SigmoidLoss`: one binary decision, or several labels of which each is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from scarce.errors import ScarceError
from scarce.losses import inputs
from scarce.losses.adjustment import LogPrior
from scarce.losses.base_score import solve_increasing
from scarce.losses.binary_algebra import (
    adjusted,
    log_odds,
    probability,
    shown_log_odds,
    weights_of_sides,
)
from scarce.losses.loss import Loss, shape_of
from scarce.losses.modulation import parameters_of_class
from scarce.losses.namespace import NUMPY
from scarce.losses.rules import Call, MarginRule, TargetRule
from scarce.losses.settings_text import brief

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from scarce.losses.adjustment import CountScale
    from scarce.losses.inputs import Floats, Mask


@dataclass(frozen=True, repr=False)
class SigmoidLoss(Loss):
    """A loss on one logit an element, whose sigmoid is the probability of the positive class.

    ``value = s w_y phi(p_y)`` with ``p_1 = sigmoid(u)``, ``u = logit_scale * z + logit_shift``.

    *Domain*: finite logits of any shape; targets 0 and 1, or probabilities, in the same shape; for several
    labels they lie on the last axis. *Link*: `posterior`, which is the sigmoid only for cross-entropy
    without weights.

    Parameters
    ----------
    modulation : Modulation, default CrossEntropy()
        How the loss depends on the probability of the target's class.
    class_weight : {None, "balanced", "effective", "inverse_sqrt"}, NamedWeight, array or dict, optional
        ``[negative, positive]``, or one such pair a label, shape (n_labels, 2).
    logit_shift : float, array or LogPrior, optional
        One number, or one a label. A `LogPrior` becomes ``tau (log prior_1 - log prior_0)``.
    logit_scale : float, array or CountScale, optional
        Positive; one number, or one a label. A `CountScale` becomes the positive class's scale, as the
        negative class's logit is 0.
    label_smoothing : float, default 0.0
        Targets become ``t (1-e) + e/2``.
    reduction : {"none", "sum", "mean", "mean_positive"}, default "none"
        "mean" divides by the sum of the row weights, "mean_positive" by that of the positives' (by their
        mass before smoothing, and at least by 1).
    ignore_index : int, optional
        Targets with this value count for nothing, whatever their logits. None by default.
    class_counts : array, optional
        ``(negatives, positives)``, or one such pair a label.
    classes : sequence of str, optional
        The two labels, negative first.

    Raises
    ------
    ScarceError
        E5xx if a setting lies outside its domain.

    Notes
    -----
    The sigmoid of the logits of a model trained with focal loss, with weights or with a shift is not the
    probability: focal with gamma = 2 says .073 where the truth is .001. Take `posterior`.

    Examples
    --------
    >>> from scarce.losses.modulation import Focal
    >>> loss = SigmoidLoss(Focal(gamma=2.0), class_weight=[0.75, 0.25])
    >>> loss.value([0.0, 0.0], [0, 1]).round(6)
    array([0.129965, 0.043322])
    >>> float(loss.base_score(0.01).round(3))
    -2.107
    >>> float(loss.posterior(loss.base_score(0.01)).round(6))
    0.01
    """

    kind: ClassVar[str] = "sigmoid"

    def _check(self) -> None:
        for name in ("class_counts", "class_weight"):
            shape = shape_of(getattr(self, name))
            if shape and shape[-1] != 2:
                raise ScarceError("E527", what=name, given=shape[-1], n_classes=2)

    def _of_logits(self, setting: LogPrior | CountScale, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        of_classes = setting.per_class(counts)
        if isinstance(setting, LogPrior):
            return of_classes[..., 1] - of_classes[..., 0]
        return of_classes[..., 1]  # the negative class's logit is 0, whatever its scale

    def hessian_product(
        self,
        logits: ArrayLike,
        target: ArrayLike,
        vector: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Floats:
        """Return the exact Hessian, which is diagonal, times a vector of the logits' shape."""
        return self.hessian(logits, target, sample_weight) * np.asarray(vector)

    def log_odds(self, logits: ArrayLike) -> Floats:
        """Return the log-odds of the posterior, ``log(eta / (1 - eta))``, which do not saturate.

        ``log odds = log(p/(1-p)) - log(w_1 a_1(p)) + log(w_0 a_0(1-p))``; for focal loss
        ``(1+g) u - log1p(g v(u)) + log1p(g v(-u)) - log(w_1/w_0)``. Label smoothing is undone.

        Parameters
        ----------
        logits : array_like
            Raw outputs of a trained model, any shape.

        Returns
        -------
        ndarray
            In the logits' shape. Infinite where the posterior is exactly 0 or 1: below an asymmetric loss's
            clip, and beyond the reach of smoothed targets.

        Raises
        ------
        ScarceError
            E503 for logits that are NaN; E513 if the loss has no posterior.

        Examples
        --------
        >>> from scarce.losses.modulation import Focal
        >>> SigmoidLoss(Focal(2.0)).log_odds([-2.545, 40.0]).round(2)
        array([ -6.91, 118.9 ])
        """
        self.check_posterior()
        return self._log_odds(inputs.checked_logits(logits, None, infinite=True))

    def base_score(self, prior: ArrayLike) -> Floats:
        """Return the constant logit whose posterior is the prior: where training should start.

        Parameters
        ----------
        prior : array_like
            The positive class's frequency, in (0, 1); one number, or one a label.

        Returns
        -------
        ndarray
            In the prior's shape (or one a label where the loss has a shift or weights a label).

        Raises
        ------
        ScarceError
            E525 if the prior lies outside (0, 1); E517 if no logit has that posterior.

        Examples
        --------
        >>> from scarce.losses.modulation import Focal
        >>> SigmoidLoss(Focal(2.0)).base_score([0.01, 0.001]).round(3)
        array([-1.706, -2.545])
        """
        frequency = np.asarray(prior, dtype=np.float64)
        if not ((frequency > 0.0) & (frequency < 1.0)).all():
            raise ScarceError("E525", prior=brief(frequency), allowed="above 0 and below 1")
        goal = np.log(frequency) - np.log1p(-frequency)
        weight, shift, scale = self.numbers
        labels = np.broadcast_shapes(*(np.shape(x) for x in (shift, scale) if x is not None), goal.shape)
        labels = labels if weight is None else np.broadcast_shapes(labels, weight.shape[:-1])
        self.check_posterior()
        return solve_increasing(self._log_odds, np.broadcast_to(goal, labels))

    def _call(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None) -> Call:
        checked = inputs.checked_binary_target(target, np.shape(logits))
        valid = inputs.valid_rows(checked, self.ignore_index)
        z = inputs.checked_logits(logits, valid)
        mass = inputs.binary_mass(checked, valid, z.dtype)
        row_weight = inputs.counted_weight(sample_weight, valid, z.shape, z.dtype)
        self._check_labels(z)
        numbers, modulation = self.numbers.beside(NUMPY, z), self.resolved.modulation
        scale = np.ones((), z.dtype) if numbers.scale is None else numbers.scale
        weights = weights_of_sides(numbers)
        positive, factor = mass == 1.0, row_weight
        if self.label_smoothing > 0.0 or not (positive | (mass == 0.0)).all():
            rule, given = TargetRule(NUMPY, weights, self.label_smoothing, modulation), (mass,)
        else:
            sides = zip(*(parameters_of_class(modulation, k) for k in (0, 1)), strict=True)
            own = tuple(one if one == zero else _either(positive, one, zero, z) for zero, one in sides)
            rule, given = MarginRule(NUMPY, modulation, own, _either(positive, 1.0, -1.0, z)), ()
            factor = _either(positive, weights[1], weights[0], z) * row_weight
        return Call(adjusted(numbers, z), rule, given, factor, row_weight, scale, mass, z.shape)

    def _restored(self, values: Floats, weight: Floats, call: Call) -> Floats:
        return values * weight

    def _posterior(self, logits: ArrayLike) -> Floats:
        return probability(NUMPY, self._log_odds(inputs.checked_logits(logits, None, infinite=True)))

    def _expected(self, call: Call) -> Floats:
        numbers, modulation = self.numbers.beside(NUMPY, call.u), self.resolved.modulation
        odds, total = shown_log_odds(NUMPY, self, numbers, call.u), np.zeros_like(call.u)
        for k, sign in enumerate((-1.0, 1.0)):
            rule = MarginRule(NUMPY, modulation, parameters_of_class(modulation, k), sign)
            share = probability(NUMPY, sign * odds)
            total += rule.product(weights_of_sides(numbers)[k] * share, call.u)
        return total

    def _counted(self, call: Call) -> Floats:
        return call.row_weight * call.target if self.reduction == "mean_positive" else call.row_weight

    def _check_labels(self, z: Floats) -> None:
        """Refuse settings that were given a label where the last axis has other labels."""
        weight, shift, scale = self.numbers
        settings = (None if weight is None else weight[..., 0], shift, scale)
        for name, setting in zip(("class_weight", "logit_shift", "logit_scale"), settings, strict=True):
            if setting is not None and setting.ndim == 1 and z.shape[-1:] != setting.shape:
                raise ScarceError("E528", what=name, given=len(setting), shape=z.shape, axis="the last axis")

    def _log_odds(self, z: Floats) -> Floats:
        self._check_labels(z)
        with np.errstate(divide="ignore"):  # a posterior of exactly 0 or 1 has infinite log-odds
            return log_odds(NUMPY, self, self.numbers.beside(NUMPY, z), z)


def _either(positive: Mask, one: Any, zero: Any, like: Floats) -> Floats:
    return cast("Floats", np.where(positive, one, zero)).astype(like.dtype)
