"""Focal loss whose gamma may be negative: the formulas, each over the words of an array library.

Focal loss of a negative gamma would not be bounded as p tends to 1; inverse focal loss, ``-(1+p)^g log p`` at
``g = -gamma``, takes its place. With ``h = p log p / (1+p)``: ``a = (1+p)^g (1 + g h)`` and
``a' = g (1+p)^(g-1) (2 + g h + log p / (1+p))``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scarce.losses.formulas import Formulas
from scarce.losses.modulation import Focal

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.namespace import Words

STEEPEST = -3.5
"""Gamma is above: from -3.59 on inverse focal loss has a place where it rises with p."""


def inverse_phi(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any) -> Any:
    """Return ``-(1+p)^g log p``."""
    return -xp.exp(g * xp.log1p(p)) * lp


def inverse_slope(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any) -> Any:
    """Return ``q (1+p)^g (1 + g h)``."""
    return q * xp.exp(g * xp.log1p(p)) * (1.0 + g * (p * lp / (1.0 + p)))


def inverse_curvature(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any) -> Any:
    """Return ``p q (a - q a')``."""
    h = p * lp / (1.0 + p)
    rise = g / (1.0 + p) * (2.0 + g * h + lp / (1.0 + p))
    return p * q * xp.exp(g * xp.log1p(p)) * (1.0 + g * h - q * rise)


def inverse_log_a(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any) -> Any:
    """Return ``g log(1+p) + log(1 + g h)``."""
    return g * xp.log1p(p) + xp.log1p(g * (p * lp / (1.0 + p)))


def _signed(inverse: Callable[..., Any], focal: Callable[..., Any]) -> Callable[..., Any]:
    def formula(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any) -> Any:
        below = inverse(xp, lp, lq, p, q, xp.maximum(-g, 0.0))
        return xp.where(g < 0.0, below, focal(xp, lp, lq, p, q, xp.maximum(g, 0.0)))

    return formula


INVERSE = Formulas(inverse_phi, inverse_slope, inverse_curvature, inverse_log_a)
SIGNED = Formulas(*map(_signed, INVERSE, Focal.formulas))
"""Focal loss where gamma >= 0, inverse focal loss below: gamma is an array beside the point's."""
