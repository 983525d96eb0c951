"""What every loss is: a modulation, class weights, adjusted logits, and five faces.

`SigmoidLoss` and `SoftmaxLoss` are two names, never a guess from a shape.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, cast

import numpy as np

from scarce.errors import ScarceError
from scarce.losses import domains
from scarce.losses.adjustment import CountScale, LogPrior
from scarce.losses.modulation import CrossEntropy, Modulation
from scarce.losses.numbers import Numbers
from scarce.losses.spelling import brief, plain, words
from scarce.losses.weighting import NamedWeight, checked_counts, frozen_numbers, normalised_weight

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import ArrayLike, NDArray

    from scarce.losses.adjustment import LogitScale, LogitShift
    from scarce.losses.inputs import Floats
    from scarce.losses.weighting import ClassWeight

Reduction: TypeAlias = Literal["none", "sum", "mean", "mean_positive"]
Curvature: TypeAlias = Literal["exact", "expected"]

REDUCTIONS = ("none", "sum", "mean", "mean_positive")
CURVATURES = ("exact", "expected")


@dataclass(frozen=True, repr=False)
class Loss(ABC):
    """The settings that both losses share, and the faces that each of them writes.

    Parameters
    ----------
    modulation : Modulation, default CrossEntropy()
        How the loss depends on the probability of the target's class.
    class_weight : {None, "balanced", "effective", "inverse_sqrt"}, NamedWeight, array or dict, optional
        A named weighting needs ``class_counts``; a dict goes by label and needs ``classes``.
    logit_shift, logit_scale : float, array, LogPrior or CountScale, optional
        The adjusted logits are ``u = logit_scale * z + logit_shift``.
    label_smoothing : float, default 0.0
        In [0, 1): this much of each target is spread evenly over the classes, as an expectation.
    reduction : {"none", "sum", "mean", "mean_positive"}, default "none"
        How `value` adds up; `gradient` and `hessian` are those of the reduced value.
    ignore_index : int, optional
        Targets with this value count for nothing, whatever their logits.
    class_counts : array, optional
        The number of rows of each class, or the sum of their weights.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    """

    kind: ClassVar[str]

    modulation: Modulation = field(default_factory=CrossEntropy)
    class_weight: ClassWeight = None
    logit_shift: LogitShift = None
    logit_scale: LogitScale = None
    label_smoothing: float = 0.0
    reduction: Reduction = "none"
    ignore_index: int | None = None
    class_counts: ArrayLike | None = None
    classes: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.classes, str | int | float):
            allowed = "a sequence of labels"
            raise ScarceError("E501", parameter="classes", value=brief(self.classes), allowed=allowed)
        classes = None if self.classes is None else tuple(self.classes)
        smoothing = domains.from_zero_below_one("label_smoothing", self.label_smoothing)
        if self.reduction not in REDUCTIONS:
            allowed = "one of " + ", ".join(REDUCTIONS)
            raise ScarceError("E501", parameter="reduction", value=repr(self.reduction), allowed=allowed)
        normal: dict[str, object] = {
            "classes": classes,
            "label_smoothing": smoothing,
            "class_weight": normalised_weight(self.class_weight, classes),
            "logit_shift": _normal_numbers("logit_shift", self.logit_shift, (LogPrior,)),
            "logit_scale": _normal_numbers("logit_scale", self.logit_scale, (CountScale,)),
        }
        _check_positive("logit_scale", normal["logit_scale"])
        if self.ignore_index is not None:
            normal["ignore_index"] = domains.whole("ignore_index", self.ignore_index)
        if self.class_counts is not None:
            normal["class_counts"] = frozen_numbers("class_counts", checked_counts(self.class_counts))
        for name, value in normal.items():
            object.__setattr__(self, name, value)
        self._check()

    def __repr__(self) -> str:
        inner = ", ".join(f"{item.name}={brief(getattr(self, item.name))}" for item in fields(self))
        return f"{type(self).__name__}({inner})"

    @abstractmethod
    def _check(self) -> None:
        """Refuse settings that this loss has no meaning for."""

    @abstractmethod
    def _shift_from_classes(self, per_class: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn a shift of each class's logit into the one that this loss applies."""

    @abstractmethod
    def _scale_from_classes(self, per_class: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn a scale of each class's logit into the one that this loss applies."""

    @abstractmethod
    def value(self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None = None) -> Floats:
        """Return the loss, reduced as ``reduction`` says."""

    @abstractmethod
    def gradient(
        self, logits: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Floats:
        """Return the gradient of the reduced loss in the logits, in their shape and type."""

    @abstractmethod
    def hessian(
        self,
        logits: ArrayLike,
        target: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        kind: Curvature = "exact",
    ) -> Floats:
        """Return the diagonal of the Hessian of the reduced loss in the logits, in their shape.

        ``kind="expected"`` averages over the label, distributed as the posterior: positive, and the same
        whatever the target.
        """

    @abstractmethod
    def hessian_product(
        self,
        logits: ArrayLike,
        target: ArrayLike,
        vector: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Floats:
        """Return the exact Hessian times a vector of the logits' shape."""

    @abstractmethod
    def posterior(self, logits: ArrayLike) -> Floats:
        """Return the class probabilities that raw outputs of a trained model stand for."""

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
            logit_shift=(
                self._shift_from_classes(shift.per_class(counts)) if isinstance(shift, LogPrior) else shift
            ),
            logit_scale=(
                self._scale_from_classes(scale.per_class(counts)) if isinstance(scale, CountScale) else scale
            ),
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
        return Numbers(
            _as_array(ready.class_weight), _as_array(ready.logit_shift), _as_array(ready.logit_scale)
        )

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


def check_curvature(kind: str) -> None:
    """Refuse a kind of Hessian that does not exist."""
    if kind not in CURVATURES:
        raise ScarceError("E501", parameter="kind", value=repr(kind), allowed="'exact' or 'expected'")


def shape_of(setting: object) -> tuple[int, ...]:
    """Return the shape of a setting's numbers; () for one number, a name or nothing."""
    return np.shape(cast("tuple[float, ...]", setting)) if isinstance(setting, tuple) else ()


def _normal_numbers(name: str, given: object, derived: tuple[type, ...]) -> object:
    """Return a setting as None, a derived adjustment, a float or nested tuples of floats."""
    if given is None or isinstance(given, derived):
        return given
    if np.ndim(given) == 0:  # pyright: ignore[reportArgumentType]
        return domains.finite(name, given)  # pyright: ignore[reportArgumentType]
    return frozen_numbers(name, given)


def _check_positive(name: str, setting: object) -> None:
    if isinstance(setting, float):
        domains.above_zero(name, setting)
    elif isinstance(setting, tuple):
        numbers = np.asarray(setting, dtype=np.float64)
        place = np.argwhere(numbers <= 0.0)
        if len(place):
            value = f"{numbers[tuple(place[0])]:g}"
            where = ",".join(str(index) for index in place[0])
            raise ScarceError("E510", name=name, place=where, value=value, allowed="above 0")


def _as_array(setting: object) -> NDArray[np.float64] | None:
    return None if setting is None else np.asarray(setting, dtype=np.float64)
