"""Modulations: how a loss depends on the probability of the target's class.

A modulation holds its parameters and names its four formulas (`scarce.losses.formulas`); the losses, the
kernels and the framework faces do the rest. To add one, write the formulas and a class like `Focal`.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import MISSING, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, cast

import numpy as np

from scarce.errors import ScarceError, ScarceWarning
from scarce.losses import definitions, domains
from scarce.losses import formulas as f
from scarce.losses.formulas import Formulas, harmonic_number

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray

Kind: TypeAlias = Literal["sigmoid", "softmax"]
"""Whether one logit decides, or one a class."""

PerClass = tuple[float, ...]
"""A parameter's values: one, for every class, or one a class."""


MODULATIONS: dict[str, type[Modulation]] = {}
"""Every modulation of this package by its name: what a loss in a file may name."""


@dataclass(frozen=True)
class Modulation(domains.Checked):
    """What every modulation is: a frozen dataclass whose fields are its parameters, and its four formulas.

    A subclass names its `formulas`; they take the fields as they stand, in their order. The rest are traits
    with defaults that are right for any modulation: it is then slower or more careful, never wrong.

    Raises
    ------
    ScarceError
        E501 if a parameter lies outside its domain; E534 or E535 if the class is not written as one.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Halved(Modulation):
    ...     gamma: float = domains.parameter(2.0, domains.at_least_zero, "How fast easy examples fade.")
    ...     formulas = Focal.formulas
    >>> Halved(1.0).name, Halved(1.0).parameters()
    ('halved', ((1.0,),))
    """

    name: ClassVar[str]
    formulas: ClassVar[Formulas]
    kinds: ClassVar[tuple[Kind, ...]] = ("sigmoid", "softmax")
    over_all_classes: ClassVar[bool] = False
    """Whether over a softmax the loss looks at every class, so that it is no function of the target's."""

    def __init_subclass__(cls) -> None:
        if "name" not in vars(cls):
            cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        definitions.check_name(cls, MODULATIONS)
        if definitions.is_ours(cls) and hasattr(cls, "formulas"):
            MODULATIONS[cls.name] = cls

    def __new__(cls, *_: object, **__: object) -> Self:  # noqa: D102
        definitions.check_class(cls)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        super().__post_init__()
        definitions.check_arguments(self)

    def parameters(self) -> tuple[PerClass, ...]:
        """Return what the formulas take after the point, each for all classes or one a class."""
        given = (getattr(self, item.name) for item in fields(self))
        return tuple(cast("PerClass", row if isinstance(row, tuple) else (row,)) for row in given)

    def resolve(self, class_counts: NDArray[np.float64]) -> Modulation:
        """Return the modulation with everything that depends on the class counts filled in."""
        return self

    def check_posterior(self) -> None:
        """Refuse, or warn, where the outputs of a trained model do not determine the posterior."""

    @property
    def is_convex(self) -> bool:
        """Whether the loss is convex in the margin, so that its curvature is never negative."""
        return False

    @property
    def slope_bound(self) -> float:
        """What the slope never exceeds; by default a sum that holds for the catalogue."""
        return 1.0 + sum(max(map(abs, row)) for row in self.parameters())

    @property
    def newton_factor(self) -> float | None:
        """The factor f with which ``f p slope`` serves as a Hessian; None to take the expected one."""
        return None


GAMMA = "At least 0; the larger, the less easy examples count, and 0 is without it."
EPSILON = "Above -1; how much of 1 - p is added."
Q = "In (0, 1]; towards 0 it is log-loss, and at 1 it is 1 - p and has no posterior."


@dataclass(frozen=True)
class CrossEntropy(Modulation):
    """The log-loss, ``-log p``."""

    formulas = Formulas(
        f.cross_entropy_phi, f.cross_entropy_slope, f.cross_entropy_curvature, f.cross_entropy_log_a
    )

    @property
    def is_convex(self) -> bool:
        """Always."""
        return True


@dataclass(frozen=True)
class Focal(Modulation):
    """Focal loss, ``-(1-p)^gamma log p``.

    Parameters
    ----------
    gamma : float, default 2.0
        How fast an example counts less as its class becomes likely; at least 0, and 0 is cross-entropy.

    Notes
    -----
    The outputs are not probabilities, not even after training to the optimum: take the posterior.

    Examples
    --------
    >>> Focal(gamma=-1.0)
    Traceback (most recent call last):
    ...
    scarce.errors.ScarceError: gamma=-1 is outside its domain; gamma must be a finite number, at least 0

    References
    ----------
    Lin et al., "Focal loss for dense object detection", ICCV 2017, equation 4.
    """

    gamma: float = domains.parameter(2.0, domains.at_least_zero, GAMMA)

    formulas = Formulas(f.focal_phi, f.focal_slope, f.focal_curvature, f.focal_log_a)

    @property
    def is_convex(self) -> bool:
        """At gamma 0, where it is cross-entropy."""
        return self.gamma == 0.0

    @property
    def newton_factor(self) -> float:
        """``1 + gamma``: the expected curvature up to a bounded factor, and it does not vanish."""
        return 1.0 + self.gamma


@dataclass(frozen=True)
class ClassFocal(Modulation):
    """Focal loss whose gamma depends on the class.

    Parameters
    ----------
    gammas : tuple of float
        One a class, each at least 0.
    """

    gammas: PerClass = domains.parameter(MISSING, domains.each_at_least_zero, "One a class, each at least 0.")

    formulas = Focal.formulas


@dataclass(frozen=True)
class DetachedFocal(Modulation):
    """Focal loss whose weight ``(1-p)^gamma`` is held constant when it is differentiated.

    Its value is the potential of that gradient, ``integral from p to 1 of (1-u)^gamma / u``, not the focal
    value, so that the value falls exactly when the training progresses. Convex in the margin.

    Parameters
    ----------
    gamma : float, default 2.0
        As in `Focal`.
    """

    gamma: float = domains.parameter(2.0, domains.at_least_zero, GAMMA)

    formulas = Formulas(f.detached_phi, f.detached_slope, f.detached_curvature, f.detached_log_a)

    def parameters(self) -> tuple[PerClass, ...]:
        """Return gamma and ``digamma(gamma+1) + Euler's constant``."""
        return ((self.gamma,), (harmonic_number(self.gamma),))

    @property
    def is_convex(self) -> bool:
        """Always."""
        return True


@dataclass(frozen=True)
class Poly(Modulation):
    """Poly-1 loss, ``-log p + epsilon (1-p)``.

    Parameters
    ----------
    epsilon : float, default 1.0
        Above -1, as a right answer would else cost more than a wrong one; convex in the margin up to 1.

    References
    ----------
    Leng et al., "PolyLoss", ICLR 2022, equation 6.
    """

    epsilon: float = domains.parameter(1.0, domains.above_minus_one, EPSILON)

    formulas = Formulas(f.poly_phi, f.poly_slope, f.poly_curvature, f.poly_log_a)

    @property
    def is_convex(self) -> bool:
        """Up to epsilon 1."""
        return self.epsilon <= 1.0


@dataclass(frozen=True)
class PolyFocal(Modulation):
    """Poly-1 on top of focal, ``-(1-p)^gamma log p + epsilon (1-p)^(gamma+1)``.

    Parameters
    ----------
    gamma, epsilon : float
        As in `Focal` and `Poly`.

    References
    ----------
    Leng et al., "PolyLoss", ICLR 2022, section 4.4.
    """

    gamma: float = domains.parameter(2.0, domains.at_least_zero, GAMMA)
    epsilon: float = domains.parameter(1.0, domains.above_minus_one, EPSILON)

    formulas = Formulas(f.poly_focal_phi, f.poly_focal_slope, f.poly_focal_curvature, f.poly_focal_log_a)


@dataclass(frozen=True)
class GeneralizedCrossEntropy(Modulation):
    """Generalised cross-entropy, ``(1 - p^q) / q``: between cross-entropy (q to 0) and 1-p (q = 1).

    Parameters
    ----------
    q : float, default 0.7
        In (0, 1]. At q = 1 the minimiser is all or nothing, so that there is no posterior.

    References
    ----------
    Zhang and Sabuncu, "Generalized cross entropy loss", NeurIPS 2018, equation 6.
    """

    q: float = domains.parameter(0.7, domains.above_zero_up_to_one, Q)

    formulas = Formulas(f.generalized_phi, f.generalized_slope, f.generalized_curvature, f.generalized_log_a)

    def check_posterior(self) -> None:
        """Refuse q = 1."""
        if self.q == 1.0:
            raise ScarceError(
                "E513",
                loss="generalized_cross_entropy with q=1",
                reason="its minimiser is all or nothing",
                suggestion="choose q below 1",
            )


@dataclass(frozen=True)
class Brier(Modulation):
    """The Brier score, or mean squared error of the probability: ``(1-p)^2`` for two classes by a sigmoid.

    Over several classes by a softmax it is the full score, ``sum over k of (p_k - [k=y])^2``, which for two
    classes is twice the sigmoid's, as in Brier's paper.

    References
    ----------
    Brier, "Verification of forecasts expressed in terms of probability", 1950, equation 2.
    """

    over_all_classes: ClassVar[bool] = True
    formulas = Formulas(f.brier_phi, f.brier_slope, f.brier_curvature, f.brier_log_a)


ILL_CONDITIONED_MARGIN = 10.0  # beyond, the posterior rests on differences of 1e-5 in the outputs


@dataclass(frozen=True)
class LDAM(Modulation):
    """Label-distribution-aware margin: cross-entropy after the target's logit is lowered by its margin.

    Parameters
    ----------
    largest : float, default 15.0
        The rarest class's margin, in units of the adjusted logits: the paper's ``s * max_m`` = 30 * 0.5.
    margins : sequence of float, optional
        One margin a class, in the same units. None until the class counts are known, which make it
        ``largest * (n_min / n_c) ** 0.25``; before, the loss cannot be used (E507).

    Notes
    -----
    With the paper's margins the loss is hinge-like: what the model says beyond the margin carries hardly
    any information, and the posterior is ill-conditioned (a warning, W051).

    References
    ----------
    Cao et al., "Learning imbalanced datasets with label-distribution-aware margin loss", NeurIPS 2019,
    equations 13 and 14.
    """

    largest: float = domains.parameter(
        15.0, domains.at_least_zero, "At least 0; the margin of the rarest class."
    )
    margins: PerClass | None = domains.parameter(
        None, domains.each_at_least_zero, "One margin a class; by default from the counts."
    )

    formulas = Formulas(f.ldam_phi, f.ldam_slope, f.ldam_curvature, f.ldam_log_a)

    def parameters(self) -> tuple[PerClass, ...]:
        """Return the margins, which are the logarithms of the paper's ``exp(s m)``."""
        if self.margins is None:
            raise ScarceError("E507", what="ldam")
        return (self.margins,)

    def resolve(self, class_counts: NDArray[np.float64]) -> Modulation:
        """Return the modulation with one margin a class."""
        if self.margins is not None:
            return self
        if class_counts.ndim != 1:
            raise ScarceError("E519", shape=class_counts.shape)
        margins = self.largest * (class_counts.min() / class_counts) ** 0.25
        return replace(self, margins=tuple(margins.tolist()))

    def check_posterior(self) -> None:
        """Warn where the margins leave the posterior ill-conditioned."""
        margin = max(self.parameters()[0])
        if margin > ILL_CONDITIONED_MARGIN:
            warnings.warn(ScarceWarning("W051", margin=f"{margin:g}"), stacklevel=4)

    @property
    def is_convex(self) -> bool:
        """Always."""
        return True


def _checked_parameters(modulation: Modulation, n_classes: int) -> tuple[PerClass, ...]:
    """Return the formulas' parameters, each for all classes or one a class."""
    rows = modulation.parameters()
    for row in rows:
        if len(row) not in (1, n_classes):
            raise ScarceError("E520", modulation=modulation.name, given=len(row), n_classes=n_classes)
    return rows


def parameter_table(modulation: Modulation, n_classes: int) -> NDArray[np.float64]:
    """Return the formulas' parameters, one row a parameter and one column a class; E520 if of other classes.

    Examples
    --------
    >>> parameter_table(PolyFocal(2.0, 1.0), 3)
    array([[2., 2., 2.],
           [1., 1., 1.]])
    """
    rows = _checked_parameters(modulation, n_classes)
    return np.array([np.broadcast_to(row, n_classes) for row in rows]).reshape(len(rows), n_classes)


def shared_parameters(modulation: Modulation, n_classes: int) -> tuple[Any, ...]:
    """Return each parameter as one number, where classes share it, or as a tuple with one a class."""
    rows = _checked_parameters(modulation, n_classes)
    return tuple(row[0] if len(row) == 1 or min(row) == max(row) else row for row in rows)


def parameters_of_class(modulation: Modulation, k: int, n_classes: int = 2) -> tuple[Any, ...]:
    """Return the parameters of one class."""
    return tuple(row[k if len(row) > 1 else 0] for row in _checked_parameters(modulation, n_classes))
