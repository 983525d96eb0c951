"""Class weights: named ones, which follow from the class counts, and those given as numbers.

Every named weighting is scaled so that ``sum over classes of n_c w_c`` is the number of rows: the weights
then move mass between the classes and leave the learning rate alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

import numpy as np

from scarce.errors import ScarceError
from scarce.losses import domains
from scarce.losses.settings_text import brief, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

NORMALIZE = 'Named weights keep the number of rows ("rows"), or sum to that of classes ("classes").'
NORMALISATION = domains.choice("rows", "classes")
BETA = "In [0, 1): 0 gives equal weights, towards 1 they become those of balanced classes."


@dataclass(frozen=True)
class NamedWeight(domains.Checked, ABC):
    """A weighting that follows from the class counts."""

    name: ClassVar[str]

    @abstractmethod
    def _unscaled(self, class_counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weights up to a factor."""

    def weights(self, class_counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weights, classes on the last axis as in the counts."""
        given: Any = self
        weights = self._unscaled(class_counts)
        if given.normalize == "classes":
            return weights * (weights.shape[-1] / weights.sum(axis=-1, keepdims=True))
        rows = class_counts.sum(axis=-1, keepdims=True)
        return weights * (rows / (class_counts * weights).sum(axis=-1, keepdims=True))


@dataclass(frozen=True)
class Balanced(NamedWeight):
    """Weight a class by the inverse of its count, ``n / (K n_c)``.

    Parameters
    ----------
    normalize : {"rows", "classes"}, default "rows"
        Scale so that ``sum n_c w_c = n``, or so that ``sum w_c = K``.

    Examples
    --------
    >>> Balanced().weights(np.array([90.0, 10.0]))
    array([0.55555556, 5.        ])
    """

    normalize: str = domains.parameter("rows", NORMALISATION, NORMALIZE)
    name = "balanced"

    def _unscaled(self, class_counts: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1.0 / class_counts


@dataclass(frozen=True)
class EffectiveNumber(NamedWeight):
    """Weight a class by the inverse of its effective number of rows, ``(1-beta) / (1 - beta^n_c)``.

    Parameters
    ----------
    beta : float, default 0.9999
        In [0, 1): 0 gives equal weights, and towards 1 they become those of `Balanced`.
    normalize : {"rows", "classes"}, default "rows"
        As in `Balanced`; the paper's is "classes".

    References
    ----------
    Cui et al., "Class-balanced loss based on effective number of samples", CVPR 2019, equation 8.
    """

    beta: float = domains.parameter(0.9999, domains.from_zero_below_one, BETA)
    normalize: str = domains.parameter("rows", NORMALISATION, NORMALIZE)
    name = "effective"

    def _unscaled(self, class_counts: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.beta == 0.0:
            return np.ones_like(class_counts)
        # 1 - beta^n, where beta may be within rounding of 1
        return (1.0 - self.beta) / -np.expm1(class_counts * np.log1p(-(1.0 - self.beta)))


@dataclass(frozen=True)
class InverseSqrt(NamedWeight):
    """Weight a class by the inverse square root of its count.

    Parameters
    ----------
    normalize : {"rows", "classes"}, default "rows"
        As in `Balanced`.
    """

    normalize: str = domains.parameter("rows", NORMALISATION, NORMALIZE)
    name = "inverse_sqrt"

    def _unscaled(self, class_counts: NDArray[np.float64]) -> NDArray[np.float64]:
        return class_counts**-0.5


Nested: TypeAlias = "tuple[float, ...] | tuple[tuple[float, ...], ...]"
"""Numbers that a frozen loss can hold: one a class, or one a label and class."""

ClassWeight: TypeAlias = "str | NamedWeight | Mapping[str, float] | ArrayLike | None"
"""What a caller may pass as ``class_weight``."""

NAMED_WEIGHTS: dict[str, type[NamedWeight]] = {
    kind.name: kind for kind in (Balanced, EffectiveNumber, InverseSqrt)
}


def normalised_weight(given: object, classes: Sequence[str] | None) -> NamedWeight | Nested | None:
    """Turn whatever was given as ``class_weight`` into a named weighting, plain numbers or None."""
    if given is None or isinstance(given, NamedWeight):
        return given
    if isinstance(given, str):
        domains.refuse_open("class_weight", given)
        if given not in NAMED_WEIGHTS:
            suggestion = nearest(given, NAMED_WEIGHTS, "the names are " + ", ".join(NAMED_WEIGHTS))
            raise ScarceError("E511", name=given, suggestion=suggestion)
        return NAMED_WEIGHTS[given]()
    if isinstance(given, Mapping):
        by_label = cast("Mapping[str, float]", given)
        labels = brief(sorted(by_label, key=str))
        if classes is None:
            raise ScarceError("E512", labels=labels)
        if set(by_label) != set(classes):
            raise ScarceError("E514", labels=labels, classes=brief(list(classes)))
        given = [by_label[label] for label in classes]
    return frozen_numbers("class_weight", given, lowest=0.0)


def frozen_numbers(name: str, given: object, *, lowest: float = -np.inf) -> Nested:
    """Return one- or two-dimensional numbers as nested tuples, each finite and at least ``lowest``."""
    domains.refuse_gradient(name, given)
    numbers = _numbers(name, given)
    allowed = "finite" if lowest == -np.inf else f"finite and at least {lowest:g}"
    if numbers.ndim not in (1, 2) or numbers.size == 0:
        raise ScarceError("E509", name=name, shape=numbers.shape)
    refuse_numbers(name, numbers, np.isfinite(numbers) & (numbers >= lowest), allowed)
    return tuple(numbers.tolist()) if numbers.ndim == 1 else tuple(map(tuple, numbers.tolist()))


def refuse_numbers(name: str, numbers: NDArray[np.float64], good: NDArray[np.bool_], allowed: str) -> None:
    """Refuse a setting of which some numbers are not good, telling the first of them."""
    if bad := domains.first_bad(numbers, good):
        raise ScarceError("E510", name=name, allowed=allowed, **bad)


def _numbers(name: str, given: object) -> NDArray[np.float64]:
    try:
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise ScarceError("E508", name=name, given=brief(given)) from None


def checked_counts(given: ArrayLike) -> NDArray[np.float64]:
    """Return class counts, which may be sums of row weights, if every class has some.

    Raises E506 if one is not a finite number above 0, E508 if they are no numbers, E509 if not one a class.
    """
    counts = _numbers("class_counts", given)
    if counts.ndim not in (1, 2) or counts.shape[-1] < 2:
        raise ScarceError("E509", name="class_counts", shape=counts.shape)
    if bad := domains.first_bad(counts, np.isfinite(counts) & (counts > 0.0)):
        raise ScarceError("E506", **bad)
    return counts
