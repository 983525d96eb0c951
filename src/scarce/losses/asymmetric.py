"""Asymmetric losses: negatives are focused and clipped in their own way. For a sigmoid only."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from scarce.errors import ScarceWarning
from scarce.losses import domains
from scarce.losses import formulas as f
from scarce.losses.formulas import INFINITY, TINY, Formulas, harmonic_number
from scarce.losses.modulation import Modulation

if TYPE_CHECKING:
    from scarce.losses.modulation import Kind, PerClass
    from scarce.losses.namespace import Words

# Asymmetric: with r = max(q - clip, 0), phi = -r^g log(1-r); focal where clip = 0. With M = -log(1-r)/r,
# D = r^g (1/(1-r) + g M): slope = p q D and curvature = p q ((p-q) D + p q D').


def rest_of(xp: Words, p: Any, clip: Any) -> Any:
    """Return ``1 - r = min(p + clip, 1)``, without cancellation; 1 where nothing is clipped."""
    return xp.minimum(p + xp.where(clip > 0.0, clip, 1.0), 1.0)


def log_rest(xp: Words, p: Any, r: Any, clip: Any) -> Any:
    """Return ``log(1-r)``, from r where r is small and from ``p + clip`` where it is not."""
    return xp.where(r < 0.5, xp.log1p(-xp.minimum(r, 0.5)), xp.log(rest_of(xp, p, clip)))


def mean_log(xp: Words, p: Any, r: Any, clip: Any) -> Any:
    """Return ``M``, which tends to 1 as r does to 0."""
    return xp.where(r > TINY, -log_rest(xp, p, r, clip) / xp.maximum(r, TINY), 1.0)


def power_of(xp: Words, r: Any, g: Any) -> Any:
    """Return ``r^g``."""
    return xp.power(r, xp.log(xp.maximum(r, TINY)), g)


def clipped_derivative(xp: Words, p: Any, r: Any, g: Any, clip: Any) -> Any:
    """Return ``D``, the derivative of the clipped loss in r."""
    whole = power_of(xp, r, g) * (1.0 / rest_of(xp, p, clip) + g * mean_log(xp, p, r, clip))
    return xp.where(r > 0.0, whole, 0.0)


def asymmetric_phi(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, clip: Any) -> Any:
    """Return ``-r^g log(1-r)``."""
    r = xp.maximum(q - clip, 0.0)
    clipped = -power_of(xp, r, g) * log_rest(xp, p, r, clip)
    return xp.where(clip > 0.0, clipped, f.focal_phi(xp, lp, lq, p, q, g))


def asymmetric_slope(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, clip: Any) -> Any:
    """Return ``p q D``."""
    clipped = p * q * clipped_derivative(xp, p, xp.maximum(q - clip, 0.0), g, clip)
    return xp.where(clip > 0.0, clipped, f.focal_slope(xp, lp, lq, p, q, g))


def asymmetric_curvature(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, clip: Any) -> Any:
    """Return ``p q ((p-q) D + p q D')``; 0 where the loss is clipped."""
    r = xp.maximum(q - clip, 0.0)
    rest = rest_of(xp, p, clip)
    second = g * (g - 1.0) * mean_log(xp, p, r, clip) + 2.0 * g / rest + r / rest / rest
    second = xp.where(r > 0.0, power_of(xp, r, g - 1.0) * second, 0.0)
    clipped = p * q * ((p - q) * clipped_derivative(xp, p, r, g, clip) + p * q * second)
    return xp.where(clip > 0.0, clipped, f.focal_curvature(xp, lp, lq, p, q, g))


def asymmetric_log_a(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, clip: Any) -> Any:
    """Return ``log(p D)``; minus infinity where the loss is clipped."""
    r = xp.maximum(q - clip, 0.0)
    rest = xp.log(1.0 / rest_of(xp, p, clip) + g * mean_log(xp, p, r, clip))
    clipped = xp.where(r > 0.0, lp + g * xp.log(xp.maximum(r, TINY)) + rest, -INFINITY)
    return xp.where(clip > 0.0, clipped, f.focal_log_a(xp, lp, lq, p, q, g))


# Asymmetric, detached: the weight r^g is held constant; D = r^g / (1-r).


def asymmetric_detached_phi(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, clip: Any, h: Any) -> Any:
    """Return the potential of detached focal at r in place of q."""
    r = xp.maximum(q - clip, 0.0)
    log_r, rest = xp.log(xp.maximum(r, TINY)), rest_of(xp, p, clip)
    clipped = f.detached_phi(xp, log_rest(xp, p, r, clip), log_r, rest, r, g, h)
    return xp.where(clip > 0.0, xp.where(r > 0.0, clipped, 0.0), f.detached_phi(xp, lp, lq, p, q, g, h))


def asymmetric_detached_slope(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, clip: Any, h: Any) -> Any:
    """Return ``p q r^g / (1-r)``."""
    r = xp.maximum(q - clip, 0.0)
    clipped = xp.where(r > 0.0, p * q * power_of(xp, r, g) / rest_of(xp, p, clip), 0.0)
    return xp.where(clip > 0.0, clipped, f.detached_slope(xp, lp, lq, p, q, g, h))


def asymmetric_detached_curvature(
    xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, clip: Any, h: Any
) -> Any:
    """Return ``p q ((p-q) D + p q D')`` with ``D' = r^(g-1) (g/(1-r) + r/(1-r)^2)``."""
    r = xp.maximum(q - clip, 0.0)
    rest = rest_of(xp, p, clip)
    first, second = power_of(xp, r, g) / rest, power_of(xp, r, g - 1.0) * (g / rest + r / rest / rest)
    clipped = xp.where(r > 0.0, p * q * ((p - q) * first + p * q * second), 0.0)
    return xp.where(clip > 0.0, clipped, f.detached_curvature(xp, lp, lq, p, q, g, h))


def asymmetric_detached_log_a(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, clip: Any, h: Any) -> Any:
    """Return ``log p + g log r - log(1-r)``; minus infinity where the loss is clipped."""
    r = xp.maximum(q - clip, 0.0)
    whole = lp + g * xp.log(xp.maximum(r, TINY)) - log_rest(xp, p, r, clip)
    clipped = xp.where(r > 0.0, whole, -INFINITY)
    return xp.where(clip > 0.0, clipped, f.detached_log_a(xp, lp, lq, p, q, g, h))


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

    formulas = Formulas(asymmetric_phi, asymmetric_slope, asymmetric_curvature, asymmetric_log_a)

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

    formulas = Formulas(
        asymmetric_detached_phi,
        asymmetric_detached_slope,
        asymmetric_detached_curvature,
        asymmetric_detached_log_a,
    )

    def parameters(self) -> tuple[PerClass, ...]:
        """Return gamma, clip and the harmonic number of gamma, each for negatives and for positives."""
        gammas = (self.gamma_negative, self.gamma_positive)
        return (gammas, (self.clip, 0.0), tuple(harmonic_number(gamma) for gamma in gammas))
