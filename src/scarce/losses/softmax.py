"""`SoftmaxLoss`: one class out of two or more, one logit a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

import numpy as np

from scarce.errors import ScarceError
from scarce.losses import domains, inputs
from scarce.losses.class_algebra import adjusted, posterior, shown_posterior, smoothed
from scarce.losses.class_forms import ClassForm, form_of
from scarce.losses.class_rows import ClassRows, by_rows, read_logits, read_rows
from scarce.losses.formulas import unbounded
from scarce.losses.loss import Curvature, Loss, check_curvature, shape_of
from scarce.losses.namespace import NUMPY
from scarce.losses.spelling import brief
from scarce.losses.start import log_p_of_evidence

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from scarce.losses.inputs import Floats
    from scarce.losses.numbers import Numbers


class Rows(NamedTuple):
    """Adjusted logits, and each row's target: its label where ``mass`` is None, or weighted masses.

    ``factor`` is the weight of a row whose target is its label.
    """

    u: Floats
    labels: NDArray[np.intp]
    mass: Floats | None
    factor: Floats
    scale: Floats
    numbers: Numbers
    given: ClassRows

    def weighted(self, mass: Floats) -> Floats:
        """Return masses times their classes' weights."""
        return mass if self.numbers.class_weight is None else mass * self.numbers.class_weight


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

    ignore_index: int | None = -100
    axis: int = -1
    background: int = 0

    def _check(self) -> None:
        for name in ("axis", "background"):
            object.__setattr__(self, name, domains.whole(name, getattr(self, name)))
        if "softmax" not in self.modulation.kinds:
            raise ScarceError("E526", modulation=self.modulation.name)
        for name in ("class_weight", "logit_shift", "logit_scale", "class_counts"):
            shape = shape_of(getattr(self, name))
            if len(shape) > 1:
                raise ScarceError("E509", name=name, shape=shape)

    def _shift_from_classes(self, per_class: NDArray[np.float64]) -> NDArray[np.float64]:
        return per_class

    def _scale_from_classes(self, per_class: NDArray[np.float64]) -> NDArray[np.float64]:
        return per_class

    def value(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None = None) -> Floats:
        """Return the loss, reduced as ``reduction`` says.

        Parameters
        ----------
        logits : array_like
            Finite, classes on ``axis``.
        target : array_like
            Class indices in the logits' shape without the class axis, or probabilities in their shape.
        sample_weight : array_like, optional
            One weight a row, not negative.

        Returns
        -------
        ndarray
            In the logits' shape without the class axis for ``reduction="none"``, else of shape ().

        Raises
        ------
        ScarceError
            E503 to E505, E515, E516 or E521 if an input lies outside its domain.

        Examples
        --------
        >>> SoftmaxLoss(reduction="mean").value([[0.0, 0.0], [0.0, 0.0]], [0, -100]) == np.log(2)
        np.True_
        """
        rows = self._rows(logits, target, sample_weight)
        losses = cast("Floats", unbounded(NUMPY, self._both(rows)[0]))  # as in every face
        if self.reduction == "none":
            return losses.reshape(rows.given.shape[:-1])
        return np.asarray(np.sum(losses, dtype=np.float64) / self._normaliser(rows), dtype=losses.dtype)

    def gradient(
        self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Floats:
        """Return the gradient of the reduced loss in the logits, ``scale_k w a(p_y) (p_k - [k=y])``.

        Parameters
        ----------
        logits, target, sample_weight : array_like
            As in `value`.

        Returns
        -------
        ndarray
            In the logits' shape and type. Without a scale, rows sum to 0.

        Examples
        --------
        >>> SoftmaxLoss().gradient([[0.0, 0.0]], [1])
        array([[ 0.5, -0.5]])
        """
        rows = self._rows(logits, target, sample_weight)
        gradient = self._finished(self._both(rows)[1] * rows.scale, rows)
        return gradient.astype(inputs.gradient_dtype(logits), copy=False)

    def hessian(
        self,
        logits: ArrayLike,
        target: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        kind: Curvature = "exact",
    ) -> Floats:
        """Return the diagonal of the Hessian of the reduced loss in the logits.

        Parameters
        ----------
        logits, target, sample_weight : array_like
            As in `value`.
        kind : {"exact", "expected"}, default "exact"
            "expected" averages over the label, distributed as the posterior: the same whatever the target.

        Returns
        -------
        ndarray
            In the logits' shape.

        Examples
        --------
        >>> SoftmaxLoss().hessian([[0.0, 0.0]], [1])
        array([[0.25, 0.25]])
        """
        check_curvature(kind)
        rows = self._rows(logits, target, sample_weight)
        form, mass = self._form(rows.u), rows.mass
        classes = form.points(rows.u)
        if kind == "expected":
            self.check_posterior()
            mass = rows.weighted(shown_posterior(NUMPY, self, rows.numbers, classes))
        if mass is None:
            curvatures = form.hessian(classes, rows.labels) * rows.factor[:, None]
        else:
            curvatures = np.zeros_like(rows.u)
            for label in range(mass.shape[-1]):
                labels = np.full(len(mass), label, dtype=np.intp)
                curvatures += mass[:, label, None] * form.hessian(classes, labels)
            curvatures *= rows.given.row_weight[:, None]
        return self._finished(curvatures * rows.scale**2, rows)

    def hessian_product(
        self,
        logits: ArrayLike,
        target: ArrayLike,
        vector: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Floats:
        """Return the exact Hessian of the reduced loss times a vector of the logits' shape.

        Examples
        --------
        >>> SoftmaxLoss().hessian_product([[0.0, 0.0]], [1], [[1.0, 0.0]])
        array([[ 0.25, -0.25]])
        """
        rows = self._rows(logits, target, sample_weight)
        if np.shape(vector) != np.shape(logits):
            raise ScarceError(
                "E505",
                logits=np.shape(logits),
                target=np.shape(vector),
                suggestion="pass the vector in the shape of the logits",
            )
        v = by_rows(np.asarray(vector, dtype=rows.u.dtype), self.axis) * rows.scale
        form = self._form(rows.u)
        classes = form.points(rows.u)
        if rows.mass is None:
            products = form.product(classes, rows.labels, v) * rows.factor[:, None]
        else:
            products = form.product_of_mass(classes, rows.mass, v) * rows.given.row_weight[:, None]
        return self._finished(products * rows.scale, rows)

    def posterior(self, logits: ArrayLike) -> Floats:
        """Return the class probabilities, proportional to ``p_k / (w_k a(p_k))``.

        Parameters
        ----------
        logits : array_like
            Raw outputs of a trained model, classes on ``axis``; one that is minus infinity is impossible.

        Returns
        -------
        ndarray
            In the logits' shape; sums to 1 over the classes.

        Raises
        ------
        ScarceError
            E503 for logits that are NaN; E513 if the loss has no posterior.

        References
        ----------
        Charoenphakdee et al., "On focal loss for class-posterior probability estimation", CVPR 2021,
        equation 10.
        """
        self.check_posterior()
        z = by_rows(read_logits(logits, self.axis, infinite=True), self.axis)
        probability = posterior(NUMPY, self, self.numbers.beside(NUMPY, z), z)
        return self._restored(probability, np.moveaxis(np.asarray(logits), self.axis, -1).shape)

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
        log_p = log_p_of_evidence(self._form(log_goal), log_goal)
        start = log_p if shift is None else log_p - shift
        return start if scale is None else start / scale

    def _rows(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None) -> Rows:
        given = read_rows(logits, target, sample_weight, self.axis, self.ignore_index)
        numbers = self.numbers.beside(NUMPY, given.z)
        u = adjusted(NUMPY, numbers, given.z)
        mass, weight, factor = given.mass, numbers.class_weight, given.row_weight
        if self.label_smoothing > 0.0:
            mass = smoothed(self, given.whole_mass())
        if weight is not None:
            mass, factor = None if mass is None else mass * weight, factor * weight[given.labels]
        scale = np.ones((), u.dtype) if numbers.scale is None else numbers.scale
        return Rows(u, given.labels, mass, factor, scale, numbers, given)

    def _both(self, rows: Rows) -> tuple[Floats, Floats]:
        """Return each row's weighted loss and its gradient in the adjusted logits."""
        form = self._form(rows.u)
        if rows.mass is None:
            value, gradient = form.both(rows.u, rows.labels)
            return value * rows.factor, gradient * rows.factor[:, None]
        classes, weight = form.points(rows.u), rows.given.row_weight
        value = form.value_of_mass(classes, rows.mass)
        return value * weight, form.gradient_of_mass(classes, rows.mass) * weight[:, None]

    def _form(self, like: Floats) -> ClassForm:
        return form_of(NUMPY, self.resolved.modulation, like.shape[-1])

    def _normaliser(self, rows: Rows) -> float:
        """Return what the sum is divided by: 1 unless the reduction is a mean."""
        if self.reduction in ("none", "sum"):
            return 1.0
        if self.reduction == "mean_positive":
            self._check_background(rows.u.shape[-1])
            foreground = 1.0 - rows.given.whole_mass()[:, self.background]
            return max(1.0, float(np.sum(rows.given.row_weight * foreground, dtype=np.float64)))
        counted = rows.factor
        if rows.mass is not None:
            counted = np.sum(rows.mass, axis=-1) * rows.given.row_weight
        total = float(np.sum(counted, dtype=np.float64))
        return total if total > 0.0 else 1.0

    def _check_background(self, n_classes: int) -> None:
        if self.background not in range(n_classes):
            allowed = f"one of the classes 0 to {n_classes - 1}"
            raise ScarceError("E501", parameter="background", value=self.background, allowed=allowed)

    def _finished(self, by_rows: Floats, rows: Rows) -> Floats:
        return self._restored(by_rows / self._normaliser(rows), rows.given.shape)

    def _restored(self, by_rows: Floats, shape: tuple[int, ...]) -> Floats:
        return np.moveaxis(by_rows.reshape(shape), -1, self.axis)
