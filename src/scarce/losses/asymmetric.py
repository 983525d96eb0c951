"""Asymmetric losses: negatives are focused and clipped in their own way. For a sigmoid only."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from scarce.errors import ScarceWarning
from scarce.losses import domains, formulas
from scarce.losses.modulation import Formulas, Modulation, harmonic_number

if TYPE_CHECKING:
    from scarce.losses.modulation import Kind, PerClass

NEGATIVES = "At least 0; how much easy negatives are discounted."
POSITIVES = "At least 0; how much easy positives are discounted."
CLIP = "In [0, 1); negatives whose probability is below it count for nothing."


@dataclass(frozen=True)
class _BySide(Modulation):
    """Parameters of losses that treat negatives in their own way."""

    gamma_negative: float = domains.parameter(4.0, domains.at_least_zero, NEGATIVES)
    gamma_positive: float = domains.parameter(1.0, domains.at_least_zero, POSITIVES)
    clip: float = domains.parameter(0.05, domains.from_zero_below_one, CLIP)

    kinds: ClassVar[tuple[Kind, ...]] = ("sigmoid",)

    def check_posterior(self) -> None:
        """Warn where positives are not focal."""
        if self.gamma_positive == 0.0 and self.gamma_negative > 0.0:
            warnings.warn(ScarceWarning("W052", loss=self.name), stacklevel=4)


@dataclass(frozen=True)
class Asymmetric(_BySide):
    """Asymmetric loss (ASL): focal for positives; ``-r^g log(1-r)``, ``r = max(p - clip, 0)``, for negatives.

    For a sigmoid only: one binary decision, or one a label.

    Parameters
    ----------
    gamma_negative : float, default 4.0
        The focusing exponent of negatives, at least 0.
    gamma_positive : float, default 1.0
        The focusing exponent of positives, at least 0. At 0 the posterior saturates (a warning, W052).
    clip : float, default 0.05
        In [0, 1). A negative whose positive probability is at most clip costs nothing.

    Notes
    -----
    The paper's code has two classes under one name; this is the one that differentiates the weight.
    `AsymmetricDetached` is the other: a different loss.

    References
    ----------
    Ridnik et al., "Asymmetric loss for multi-label classification", ICCV 2021, equation 7.
    """

    formulas: ClassVar[Formulas] = Formulas(
        formulas.asymmetric_phi,
        formulas.asymmetric_slope,
        formulas.asymmetric_curvature,
        formulas.asymmetric_log_a,
    )

    def parameters(self) -> tuple[PerClass, ...]:
        """Return gamma and clip, each for negatives and for positives."""
        return ((self.gamma_negative, self.gamma_positive), (self.clip, 0.0))


@dataclass(frozen=True)
class AsymmetricDetached(_BySide):
    """Asymmetric loss with its weights held constant when it is differentiated; see `Asymmetric`.

    Its value is the potential of that gradient, as in `DetachedFocal`.

    Parameters
    ----------
    gamma_negative, gamma_positive, clip : float
        As in `Asymmetric`.
    """

    formulas: ClassVar[Formulas] = Formulas(
        formulas.asymmetric_detached_phi,
        formulas.asymmetric_detached_slope,
        formulas.asymmetric_detached_curvature,
        formulas.asymmetric_detached_log_a,
    )

    def parameters(self) -> tuple[PerClass, ...]:
        """Return gamma, clip and the harmonic number of gamma, each for negatives and for positives."""
        gammas = (self.gamma_negative, self.gamma_positive)
        return (gammas, (self.clip, 0.0), tuple(harmonic_number(gamma) for gamma in gammas))
