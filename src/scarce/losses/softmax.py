"""`SoftmaxLoss`: one class out of two or more, one logit a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from scarce.errors import ScarceError
from scarce.losses import domains
from scarce.losses.base_score import log_p_of_evidence
from scarce.losses.class_algebra import adjusted, posterior, shown_posterior, smoothed
from scarce.losses.class_forms import form_of
from scarce.losses.inputs import by_rows, read_logits, read_rows
from scarce.losses.loss import Loss, shape_of
from scarce.losses.namespace import NUMPY
from scarce.losses.rules import Call, LabelRule, MassRule
from scarce.losses.settings_text import brief

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from scarce.losses.adjustment import CountScale, LogPrior
    from scarce.losses.inputs import Floats


@dataclass(frozen=True, repr=False)
class SoftmaxLoss(Loss):
    """A loss on one logit a class, whose softmax is the probability of the classes.

    ``value = s w_y phi(p_y)`` with ``p = softmax(u)``, ``u_k = logit_scale_k z_k + logit_shift_k``.

    *Domain*: finite logits with the classes on one axis, any other axes beside it; targets are class
    indices in the logits' shape without that axis, or one-hot or soft targets in the logits' shape.
    *Link*: `posterior`, which is the softmax only for cross-entropy without weights.

    Parameters
    ----------
    modulation : Modulation, default CrossEntropy()
        How the loss depends on the probability of the target's class. `Brier` is the full score, over all
        classes. Asymmetric losses are for a sigmoid only.
    class_weight : {None, "balanced", "effective", "inverse_sqrt"}, NamedWeight, array or dict, optional
        One weight a class.
    logit_shift, logit_scale : float, array, LogPrior or CountScale, optional
        One number a class, or one for all.
    label_smoothing : float, default 0.0
        Targets become ``t (1-e) + e/K``, and the loss their expectation.
    reduction : {"none", "sum", "mean", "mean_positive"}, default "none"
        "mean" divides by the sum of row weight times class weight of the targets, so that integer and
        one-hot targets agree; "mean_positive" by the row-weighted mass that is not on ``background``
        (before smoothing, and at least by 1).
    ignore_index : int, default -100
        Rows whose integer target has this value count for nothing, whatever their logits. A soft target
        is ignored by a row weight of 0.
    class_counts : array, optional
        One count a class.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    axis : int, default -1
        The class axis of the logits; 1 for images as PyTorch lays them out.
    background : int, default 0
        The class that "mean_positive" does not count.

    Raises
    ------
    ScarceError
        E5xx if a setting lies outside its domain.

    Notes
    -----
    PyTorch's mean differs for soft targets with weights and for smoothing: it then divides by the number
    of rows.

    Examples
    --------
    >>> from scarce.losses.modulation import Focal
    >>> loss = SoftmaxLoss(Focal(gamma=2.0))
    >>> loss.value([[0.0, 0.0]], [1]) == 0.25 * np.log(2)
    array([ True])
    >>> loss.posterior([2.0, 0.0, 0.0]).round(4)
    array([0.973 , 0.0135, 0.0135])
    """

    kind: ClassVar[str] = "softmax"

    ignore_index: int | None = domains.setting(-100, domains.optional(domains.whole))
    axis: int = domains.setting(-1, domains.whole)
    background: int = domains.setting(0, domains.whole)

    def _check(self) -> None:
        if "softmax" not in self.modulation.kinds:
            raise ScarceError("E526", modulation=self.modulation.name)
        for name in ("class_weight", "logit_shift", "logit_scale", "class_counts"):
            shape = shape_of(getattr(self, name))
            if len(shape) > 1:
                raise ScarceError("E509", name=name, shape=shape)

    def _of_logits(self, setting: LogPrior | CountScale, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        return setting.per_class(counts)

    def hessian_product(
        self,
        logits: ArrayLike,
        target: ArrayLike,
        vector: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Floats:
        """Return the exact Hessian of the reduced loss times a vector of the logits' shape."""
        call = self._call(logits, target, sample_weight)
        if np.shape(vector) != np.shape(logits):
            suggestion = "pass the vector in the shape of the logits"
            raise ScarceError("E505", logits=np.shape(logits), target=np.shape(vector), suggestion=suggestion)
        v = by_rows(np.asarray(vector, dtype=call.u.dtype), self.axis) * call.scale
        products = call.rule.product(v, call.u, *call.given) * call.scale
        return self._restored(products, call.factor, call) / self._divisor(call)

    def base_score(self, prior: ArrayLike) -> Floats:
        """Return constant logits whose posterior is the prior: where training should start.

        Solves ``p_k / a(p_k) = lambda w_k prior_k`` with ``sum p = 1``: one root a class inside one for
        lambda.

        Parameters
        ----------
        prior : array_like, shape (n_classes,)
            The class frequencies, above 0, with sum 1.

        Returns
        -------
        ndarray, shape (n_classes,)

        Raises
        ------
        ScarceError
            E525 if the prior is not a distribution over the classes.

        Examples
        --------
        >>> from scarce.losses.modulation import Focal
        >>> loss = SoftmaxLoss(Focal(2.0))
        >>> start = loss.base_score([0.9, 0.09, 0.01])
        >>> loss.posterior(start).round(6)
        array([0.9 , 0.09, 0.01])
        """
        frequency = np.asarray(prior, dtype=np.float64)
        if frequency.ndim != 1 or len(frequency) < 2 or not (frequency > 0.0).all():
            raise ScarceError("E525", prior=brief(frequency), allowed="above 0, one a class")
        if abs(float(frequency.sum()) - 1.0) > 1e-6:
            raise ScarceError("E525", prior=brief(frequency), allowed="a share of 1: they sum to 1")
        self.check_posterior()
        weight, shift, scale = self.numbers
        seen = smoothed(self, frequency / frequency.sum())
        log_goal = np.log(seen if weight is None else seen * weight)
        form = form_of(NUMPY, self.resolved.modulation, len(log_goal))
        log_p = log_p_of_evidence(form, log_goal)
        start = log_p if shift is None else log_p - shift
        return start if scale is None else start / scale

    def _call(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None) -> Call:
        rows = read_rows(logits, target, sample_weight, self.axis, self.ignore_index)
        numbers = self.numbers.beside(NUMPY, rows.z)
        modulation, weight = self.resolved.modulation, numbers.class_weight
        u, n_classes, factor = adjusted(NUMPY, numbers, rows.z), rows.z.shape[-1], rows.row_weight
        target, scale = rows.labels, np.ones((), u.dtype) if numbers.scale is None else numbers.scale
        if rows.mass is None and self.label_smoothing == 0.0:
            rule, given = LabelRule(NUMPY, n_classes, modulation), target
            factor = factor if weight is None else factor * weight[target]
        else:
            target = rows.whole_mass()
            rule, given = MassRule(NUMPY, n_classes, modulation), self._weighted(smoothed(self, target))
        return Call(u, rule, (given,), factor, rows.row_weight, scale, target, rows.shape[:-1])

    def _weighted(self, mass: Floats) -> Floats:
        """Return masses times their classes' weights."""
        weight = self.numbers.beside(NUMPY, mass).class_weight
        return mass if weight is None else mass * weight

    def _expected(self, call: Call) -> Floats:
        numbers, modulation = self.numbers.beside(NUMPY, call.u), self.resolved.modulation
        shown = shown_posterior(NUMPY, self, numbers, call.u)
        return MassRule(NUMPY, call.u.shape[-1], modulation).diagonal(call.u, self._weighted(shown))

    def _restored(self, values: Floats, weight: Floats, call: Call) -> Floats:
        weighted = (values * weight[:, None]).reshape(*call.shape, values.shape[-1])
        return np.moveaxis(weighted, -1, self.axis)

    def _counted(self, call: Call) -> Floats:
        of_labels = call.target.ndim == 1
        if self.reduction == "mean_positive":
            domains.check_background(self.background, call.u.shape[-1])
            at = self.background
            return call.row_weight * (1.0 - (call.target == at if of_labels else call.target[:, at]))
        return call.factor if of_labels else np.sum(call.given[0], axis=-1) * call.row_weight

    def _posterior(self, logits: ArrayLike) -> Floats:
        z = by_rows(read_logits(logits, self.axis, infinite=True), self.axis)
        share = posterior(NUMPY, self, self.numbers.beside(NUMPY, z), z)
        moved = np.moveaxis(np.asarray(logits), self.axis, -1).shape
        return np.moveaxis(share.reshape(moved), -1, self.axis)
