"""What every loss is: a modulation, class weights, adjusted logits, and five faces.

`SigmoidLoss` and `SoftmaxLoss` are two names, never a guess from a shape.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, cast, get_args

import numpy as np

from scarce.errors import ScarceError
from scarce.losses import domains
from scarce.losses.adjustment import CountScale, LogPrior, adjustment_or_none
from scarce.losses.formulas import unbounded
from scarce.losses.inputs import gradient_dtype
from scarce.losses.modulation import CrossEntropy, Modulation
from scarce.losses.namespace import NUMPY
from scarce.losses.numbers import Numbers
from scarce.losses.settings_text import brief, plain, words
from scarce.losses.weighting import NamedWeight, checked_counts, frozen_numbers, normalised_weight

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import ArrayLike, NDArray

    from scarce.losses.adjustment import LogitScale, LogitShift
    from scarce.losses.inputs import Floats
    from scarce.losses.rules import Call
    from scarce.losses.weighting import ClassWeight

Reduction: TypeAlias = Literal["none", "sum", "mean", "mean_positive"]
Curvature: TypeAlias = Literal["exact", "expected"]


def _counts(name: str, given: ArrayLike) -> object:
    return frozen_numbers(name, checked_counts(given))


@dataclass(frozen=True, repr=False)
class Loss(domains.Checked, ABC):
    """The settings that both losses share, which `SigmoidLoss` and `SoftmaxLoss` describe, and the faces."""

    kind: ClassVar[str]

    modulation: Modulation = field(default_factory=CrossEntropy)
    class_weight: ClassWeight = None
    logit_shift: LogitShift = domains.setting(None, adjustment_or_none(LogPrior, domains.finite))
    logit_scale: LogitScale = domains.setting(None, adjustment_or_none(CountScale, domains.above_zero))
    label_smoothing: float = domains.setting(0.0, domains.from_zero_below_one)
    reduction: Reduction = domains.setting("none", domains.choice(*get_args(Reduction)))
    ignore_index: int | None = domains.setting(None, domains.optional(domains.whole))
    class_counts: ArrayLike | None = domains.setting(None, domains.optional(_counts))
    classes: tuple[str, ...] | None = domains.setting(None, domains.optional(domains.labels))

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "class_weight", normalised_weight(self.class_weight, self.classes))
        self._check()

    def __repr__(self) -> str:
        inner = ", ".join(f"{item.name}={brief(getattr(self, item.name))}" for item in fields(self))
        return f"{type(self).__name__}({inner})"

    @abstractmethod
    def _check(self) -> None:
        """Refuse settings that this loss has no meaning for."""

    @abstractmethod
    def _of_logits(self, setting: LogPrior | CountScale, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shift or the scale of each logit that follows from the class counts."""

    @abstractmethod
    def _call(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None) -> Call:
        """Check and lay out the inputs of one call."""

    @abstractmethod
    def _expected(self, call: Call) -> Floats:
        """Return second derivatives in the adjusted logits, as they are expected of the label."""

    @abstractmethod
    def _restored(self, values: Floats, weight: Floats, call: Call) -> Floats:
        """Return values in the shape of the adjusted logits, weighted, in that of the logits."""

    @abstractmethod
    def _counted(self, call: Call) -> Floats:
        """Return what each target counts for in the mean that is asked for."""

    def _divisor(self, call: Call) -> float:
        """Return what the sum is divided by: 1 unless the reduction is a mean."""
        if self.reduction in ("none", "sum"):
            return 1.0
        total = float(np.sum(self._counted(call), dtype=np.float64))
        if self.reduction == "mean_positive":
            return max(1.0, total)
        return total if total > 0.0 else 1.0

    def value(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None = None) -> Floats:
        """Return the loss, reduced as ``reduction`` says.

        Parameters
        ----------
        logits : array_like
            Finite. For a sigmoid of any shape; for a softmax with the classes on ``axis``.
        target : array_like
            For a sigmoid 0 and 1, or probabilities of the positive class, in the logits' shape; for a softmax
            class indices in the logits' shape without the class axis, or probabilities in their shape.
        sample_weight : array_like, optional
            One weight a row, or for a sigmoid one an element; not negative.

        Returns
        -------
        ndarray
            For ``reduction="none"`` in the logits' shape, for a softmax without the class axis; else of
            shape ().

        Raises
        ------
        ScarceError
            E503 to E505, E515, E516 or E521 if an input lies outside its domain.

        Examples
        --------
        >>> from scarce.losses import SigmoidLoss, SoftmaxLoss
        >>> SigmoidLoss(reduction="mean").value([0.0, 0.0], [0, 1]) == np.log(2)
        np.True_
        >>> SoftmaxLoss(reduction="mean").value([[0.0, 0.0], [0.0, 0.0]], [0, -100]) == np.log(2)
        np.True_
        """
        call = self._call(logits, target, sample_weight)
        weighted = (call.rule.value(call.u, *call.given) * call.factor).reshape(call.shape)
        losses = cast("Floats", unbounded(NUMPY, weighted))
        if self.reduction == "none":
            return losses
        return np.asarray(np.sum(losses, dtype=np.float64) / self._divisor(call), dtype=losses.dtype)

    def gradient(
        self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Floats:
        """Return the gradient of the reduced loss in the logits.

        It is ``-scale w q a`` for a positive of a sigmoid, and ``scale_k w a(p_y) (p_k - [k=y])`` for a
        softmax.

        Parameters
        ----------
        logits, target, sample_weight : array_like
            As in `value`.

        Returns
        -------
        ndarray
            In the logits' shape and type. Without a scale, the rows of a softmax sum to 0.

        Examples
        --------
        >>> from scarce.losses import SigmoidLoss, SoftmaxLoss
        >>> SigmoidLoss().gradient([0.0, 0.0], [0, 1])
        array([ 0.5, -0.5])
        >>> SoftmaxLoss().gradient([[0.0, 0.0]], [1])
        array([[ 0.5, -0.5]])
        """
        call = self._call(logits, target, sample_weight)
        slopes = call.rule.gradient(call.u, *call.given) * call.scale
        gradient = self._restored(slopes, call.factor, call) / self._divisor(call)
        return gradient.astype(gradient_dtype(logits), copy=False)

    def hessian(
        self,
        logits: ArrayLike,
        target: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        kind: Curvature = "exact",
    ) -> Floats:
        """Return the diagonal of the Hessian of the reduced loss in the logits, ``scale^2 w p q b``.

        Parameters
        ----------
        logits, target, sample_weight : array_like
            As in `value`.
        kind : {"exact", "expected"}, default "exact"
            "expected" averages over the label, distributed as the posterior: never negative for a sigmoid,
            and the same whatever the target.

        Returns
        -------
        ndarray
            In the logits' shape.

        Notes
        -----
        The exact one is negative for hard positives of focal loss, where a Newton step runs the wrong way.

        Examples
        --------
        >>> from scarce.losses import SigmoidLoss, SoftmaxLoss
        >>> from scarce.losses.modulation import Focal
        >>> loss = SigmoidLoss(Focal(2.0))
        >>> loss.hessian([-4.0], [1]).round(4), loss.hessian([-4.0], [1], kind="expected").round(4)
        (array([-0.0467]), array([0.0001]))
        >>> SoftmaxLoss().hessian([[0.0, 0.0]], [1])
        array([[0.25, 0.25]])
        """
        domains.choice(*get_args(Curvature))("kind", kind)
        call = self._call(logits, target, sample_weight)
        if kind == "expected":
            self.check_posterior()
            curvatures, weight = self._expected(call), call.row_weight
        else:
            curvatures, weight = call.rule.diagonal(call.u, *call.given), call.factor
        return self._restored(curvatures * call.scale**2, weight, call) / self._divisor(call)

    @abstractmethod
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
        >>> from scarce.losses import SoftmaxLoss
        >>> SoftmaxLoss().hessian_product([[0.0, 0.0]], [1], [[1.0, 0.0]])
        array([[ 0.25, -0.25]])
        """

    def posterior(self, logits: ArrayLike) -> Floats:
        """Return the probabilities that raw outputs stand for, proportional to ``p_k / (w_k a(p_k))``.

        Parameters
        ----------
        logits : array_like
            Raw outputs of a trained model: for a sigmoid of any shape, for a softmax with the classes on
            ``axis``; one that is minus infinity is impossible.

        Returns
        -------
        ndarray
            In the logits' shape: for a sigmoid the probability of the positive class, for a softmax those of
            all classes, which sum to 1.

        Raises
        ------
        ScarceError
            E503 for logits that are NaN; E513 if the loss has no posterior.

        Notes
        -----
        Exact at the minimum over a population; what a finite model says still wants calibration on rows it
        was not fitted to.

        Examples
        --------
        >>> from scarce.losses import SigmoidLoss
        >>> from scarce.losses.modulation import Focal
        >>> SigmoidLoss(Focal(2.0)).posterior([-2.545]).round(4)
        array([0.001])

        References
        ----------
        Charoenphakdee et al., "On focal loss for class-posterior probability estimation", CVPR 2021,
        equation 10.
        """
        self.check_posterior()
        return self._posterior(logits)

    @abstractmethod
    def _posterior(self, logits: ArrayLike) -> Floats:
        """Return the posterior of a loss that has one."""

    @abstractmethod
    def base_score(self, prior: ArrayLike) -> Floats:
        """Return the constant logits whose posterior is the prior."""

    def resolve(self, class_counts: ArrayLike) -> Self:
        """Return the loss with all that depends on the class counts turned into numbers.

        Parameters
        ----------
        class_counts : array_like of float
            The number of rows of each class, or the sum of their weights, in the order of the classes; for
            a sigmoid ``(negatives, positives)``, or one such row a label.

        Raises
        ------
        ScarceError
            E506 if a class has no rows.
        """
        counts = checked_counts(class_counts)
        weight, shift, scale = self.class_weight, self.logit_shift, self.logit_scale
        return replace(
            self,
            modulation=self.modulation.resolve(counts),
            class_weight=weight.weights(counts) if isinstance(weight, NamedWeight) else weight,
            logit_shift=self._of_logits(shift, counts) if isinstance(shift, LogPrior) else shift,
            logit_scale=self._of_logits(scale, counts) if isinstance(scale, CountScale) else scale,
            class_counts=counts,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the loss as a dict that JSON can hold; `scarce.losses.from_dict` reads it.

        Examples
        --------
        >>> from scarce.losses import SigmoidLoss
        >>> SigmoidLoss(class_weight=[1.0, 9.0]).to_dict()  # doctest: +NORMALIZE_WHITESPACE
        {'kind': 'sigmoid', 'modulation': {'name': 'cross_entropy'}, 'class_weight': [1.0, 9.0],
         'logit_shift': None, 'logit_scale': None, 'label_smoothing': 0.0, 'reduction': 'none',
         'ignore_index': None, 'class_counts': None, 'classes': None}
        """
        return {"kind": self.kind} | {item.name: plain(getattr(self, item.name)) for item in fields(self)}

    def describe(self) -> str:
        """Return the loss in one line, for tables and logs.

        Examples
        --------
        >>> from scarce.losses import get
        >>> get("focal", class_weight="balanced").describe()
        'sigmoid focal(gamma=2), class_weight=balanced(normalize=rows)'
        """
        defaults = {item.name: item.default for item in fields(self) if item.name != "modulation"}
        changed = {name: getattr(self, name) for name in defaults if getattr(self, name) != defaults[name]}
        head = f"{self.kind} {words(plain(self.modulation))}"
        return ", ".join([head, *(f"{name}={words(plain(value))}" for name, value in changed.items())])

    @cached_property
    def resolved(self) -> Self:
        """The loss with its own class counts, if it was given any, worked in."""
        return self if self.class_counts is None else self.resolve(self.class_counts)

    @cached_property
    def memory(self) -> dict[Any, Any]:
        """What a face has worked out of this loss, to be kept as long as the loss is."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "memory"}

    @cached_property
    def numbers(self) -> Numbers:
        """Class weight, logit shift and logit scale as arrays, or None where there is none.

        Raises
        ------
        ScarceError
            E507 while one of them waits for the class counts.
        """
        ready = self.resolved
        for name in ("class_weight", "logit_shift", "logit_scale"):
            waiting = getattr(ready, name)
            if isinstance(waiting, NamedWeight | LogPrior | CountScale):
                raise ScarceError("E507", what=f"{name}={waiting.name!r}")
        settings = (ready.class_weight, ready.logit_shift, ready.logit_scale)
        return Numbers(*(None if x is None else np.asarray(x, dtype=np.float64) for x in settings))

    def check_posterior(self) -> None:
        """Refuse, or warn, where the outputs do not determine the posterior.

        Raises
        ------
        ScarceError
            E513 if they do not.
        """
        self.resolved.modulation.check_posterior()
        weight = self.numbers.class_weight
        if weight is not None and (weight == 0.0).any():
            raise ScarceError(
                "E513",
                loss=self.resolved.modulation.name,
                reason="a class has weight 0 and was never seen",
                suggestion="give every class a weight above 0",
            )


def shape_of(setting: object) -> tuple[int, ...]:
    """Return the shape of a setting's numbers; () for one number, a name or nothing."""
    return np.shape(cast("tuple[float, ...]", setting)) if isinstance(setting, tuple) else ()
