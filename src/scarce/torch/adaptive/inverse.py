"""Focal loss that turns into inverse focal loss where its parameter is negative.

Focal loss of a negative gamma would not be bounded as p tends to 1; AdaFocal's is ``-(1+p)^|gamma| log p``.
With ``h = p log p / (1+p)``: ``a = (1+p)^g (1 + g h)`` and
``a' = g (1+p)^(g-1) (2 + g h + log p / (1+p))``. The formulas are those of `scarce.losses.formulas` in form.
"""

from __future__ import annotations

from scarce.losses.formulas import focal_curvature, focal_log_a, focal_phi, focal_slope
from scarce.losses.modulation import Formulas
from scarce.losses.primitives import Values, log1p, maximum, power, where
from scarce.torch.words import bound


def inverse_phi(lp: Values, lq: Values, p: Values, q: Values, g: Values) -> Values:
    """Return ``-(1+p)^g log p``."""
    return -power(1.0 + p, log1p(p), g) * lp


def inverse_slope(lp: Values, lq: Values, p: Values, q: Values, g: Values) -> Values:
    """Return ``q (1+p)^g (1 + g h)``."""
    return q * power(1.0 + p, log1p(p), g) * (1.0 + g * (p * lp / (1.0 + p)))


def inverse_curvature(lp: Values, lq: Values, p: Values, q: Values, g: Values) -> Values:
    """Return ``p q (a - q a')``."""
    h = p * lp / (1.0 + p)
    rise = g / (1.0 + p) * (2.0 + g * h + lp / (1.0 + p))
    return p * q * power(1.0 + p, log1p(p), g) * (1.0 + g * h - q * rise)


def inverse_log_a(lp: Values, lq: Values, p: Values, q: Values, g: Values) -> Values:
    """Return ``g log(1+p) + log(1 + g h)``."""
    return g * log1p(p) + log1p(g * (p * lp / (1.0 + p)))


def signed_phi(lp: Values, lq: Values, p: Values, q: Values, g: Values) -> Values:
    """Return the focal loss where g >= 0 and the inverse focal one of -g elsewhere."""
    inverse = inverse_phi(lp, lq, p, q, maximum(-g, 0.0))
    return where(g < 0.0, inverse, focal_phi(lp, lq, p, q, maximum(g, 0.0)))


def signed_slope(lp: Values, lq: Values, p: Values, q: Values, g: Values) -> Values:
    """Return ``q a`` of `signed_phi`."""
    inverse = inverse_slope(lp, lq, p, q, maximum(-g, 0.0))
    return where(g < 0.0, inverse, focal_slope(lp, lq, p, q, maximum(g, 0.0)))


def signed_curvature(lp: Values, lq: Values, p: Values, q: Values, g: Values) -> Values:
    """Return ``p q b`` of `signed_phi`."""
    inverse = inverse_curvature(lp, lq, p, q, maximum(-g, 0.0))
    return where(g < 0.0, inverse, focal_curvature(lp, lq, p, q, maximum(g, 0.0)))


def signed_log_a(lp: Values, lq: Values, p: Values, q: Values, g: Values) -> Values:
    """Return ``log a`` of `signed_phi`."""
    inverse = inverse_log_a(lp, lq, p, q, maximum(-g, 0.0))
    return where(g < 0.0, inverse, focal_log_a(lp, lq, p, q, maximum(g, 0.0)))


SIGNED = bound(Formulas(signed_phi, signed_slope, signed_curvature, signed_log_a))
"""The formulas of the signed focal loss, on tensors."""
