"""The formulas of the modulations, each over the words of an array library.

A formula is given the words of a library, then the *point* ``(lp, lq, p, q)`` and the parameters for
the class of the target: ``p`` is that class's probability, ``q = 1 - p``, ``lp = log p`` and
``lq = log(1 - p)``, each computed from the margin m by `point`: nothing cancels and nothing saturates.
Four formulas make a modulation, with ``a(p) = -p phi'(p)`` and ``b(p) = a - (1-p) a'``:

========== ============================ ===============================================
name       what it is                   in the margin m, where p = sigmoid(m)
========== ============================ ===============================================
phi        the loss                     phi
slope      ``q a``                      ``-d phi / d m``: never negative
curvature  ``p q b``                    ``d2 phi / d m2``: may be negative
log_a      ``log a``                    what the posterior needs; ``a`` itself underflows
========== ============================ ===============================================

So the binary gradient is ``-slope`` and the binary Hessian is ``curvature``. The softmax loss is the same
formulas at the margin ``m = u_y - logsumexp of the other u``.

How to write one: arrays or numbers in, the same out; it calls `Words` and other formulas only; ``where`` in
place of ``if``; float literals (``2.0``, never ``2``), which a kernel takes for single precision.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.namespace import Words

Point: TypeAlias = tuple[Any, Any, Any, Any]
"""``(log p, log(1-p), p, 1-p)``: arrays, tensors or, inside a kernel, numbers."""

TINY = 1e-30  # far below the rounding of any type, far above its smallest number
FAR = 1e36  # logarithms end there, where an infinite logit would turn 0 times infinity into NaN
INFINITE = 1e18  # beyond, a loss comes from such a logit, whatever weight or share it was multiplied by
INFINITY = float("inf")
LOG_2 = 0.6931471805599453


class Formulas(NamedTuple):
    """The four formulas of a modulation; each is called with words, the point and then the parameters."""

    phi: Callable[..., Any]
    slope: Callable[..., Any]
    curvature: Callable[..., Any]
    log_a: Callable[..., Any]

    def over(self, xp: Words) -> Formulas:
        """Return the formulas in the words of one library, called with the point and the parameters."""
        return Formulas(*(partial(formula, xp) for formula in self))


def point(xp: Words, m: Any) -> Point:
    """Return ``(log p, log(1-p), p, 1-p)`` for ``p = sigmoid(m)``, each to full relative precision."""
    t = decay(xp, m)
    return point_of(xp, m, t, tail_of(xp, t))


def decay(xp: Words, m: Any) -> Any:
    """Return ``exp(-|m|)``, the same for both classes: the first step to a point."""
    return xp.exp(-xp.absolute(m))


def tail_of(xp: Words, t: Any) -> Any:
    """Return ``log(1 + t)``, the second step."""
    return xp.log1p(t)


def point_of(xp: Words, m: Any, t: Any, tail: Any) -> Point:
    """Return the point at m of ``t = decay(m)`` and ``tail_of(t)``; its logarithms are finite everywhere."""
    near = 1.0 / (1.0 + t)
    far = t * near
    positive = m >= 0.0
    return (
        xp.maximum(xp.minimum(m, 0.0), -FAR) - tail,
        xp.maximum(xp.minimum(-m, 0.0), -FAR) - tail,
        xp.where(positive, near, far),
        xp.where(positive, far, near),
    )


def unbounded(xp: Words, loss: Any) -> Any:
    """Return a weighted loss, infinite where it comes from an infinite logit; it keeps its derivative."""
    return loss + xp.where(loss > INFINITE, INFINITY, 0.0 * loss)  # a 0 of the loss's own type


def softplus(xp: Words, x: Any) -> Any:
    """Return ``log(1 + exp(x))``."""
    return xp.maximum(x, 0.0) + xp.log1p(xp.exp(-xp.absolute(x)))


def p_log_ratio(xp: Words, lp: Any, p: Any, q: Any) -> Any:
    """Return ``v = p L`` with ``L = -log p / (1-p)``, which tends to 1 as p does."""
    return p * xp.where(q > TINY, -lp / xp.maximum(q, TINY), 1.0)


# Cross-entropy: phi = -log p, a = 1, b = 1.


def cross_entropy_phi(xp: Words, lp: Any, lq: Any, p: Any, q: Any) -> Any:
    """Return ``-log p``."""
    return -lp


def cross_entropy_slope(xp: Words, lp: Any, lq: Any, p: Any, q: Any) -> Any:
    """Return ``q``."""
    return q


def cross_entropy_curvature(xp: Words, lp: Any, lq: Any, p: Any, q: Any) -> Any:
    """Return ``p q``."""
    return p * q


def cross_entropy_log_a(xp: Words, lp: Any, lq: Any, p: Any, q: Any) -> Any:
    """Return 0."""
    return 0.0 * p


# Focal: phi = -q^g log p, a = q^g (1 + g v), b = q^g (1 + 2g + g log p + g^2 v).


def focal_phi(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any) -> Any:
    """Return ``-q^g log p``."""
    return -xp.power(q, lq, g) * lp


def focal_slope(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any) -> Any:
    """Return ``q^(g+1) (1 + g v)``."""
    return xp.power(q, lq, g + 1.0) * (1.0 + g * p_log_ratio(xp, lp, p, q))


def focal_curvature(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any) -> Any:
    """Return ``p q^(g+1) (1 + 2g + g log p + g^2 v)``."""
    half = xp.exp(0.5 * lp)  # p = half^2: p may be subnormal, and so imprecise, where the result is not
    v = p_log_ratio(xp, lp, p, q)
    return xp.power(q, lq, g + 1.0) * (half * (1.0 + 2.0 * g + g * lp + g * g * v)) * half


def focal_log_a(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any) -> Any:
    """Return ``g log q + log(1 + g v)``."""
    return g * lq + xp.log1p(g * p_log_ratio(xp, lp, p, q))


# Detached focal: the gradient of focal with its weight held constant, and that gradient's potential:
# phi = integral from p to 1 of (1-u)^g / u, a = q^g, b = (1+g) q^g. Here h = digamma(g+1) + Euler's constant.


def detached_phi(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, h: Any) -> Any:
    """Return the potential, the incomplete beta function ``B(q; g+1, 0)``."""
    # the fraction up to q = 7/8, where 51 levels leave 1e-16; beyond, the sum in p loses at most a digit
    far = -lp - h - binomial_sum(xp, p, g)
    return xp.where(q <= 0.875, xp.power(q, lq, g + 1.0) / beta_fraction(xp, q, g + 1.0), far)


def harmonic_number(g: float) -> float:
    """Return ``digamma(g+1) + Euler's constant``, which is ``1 + 1/2 + ... + 1/g`` for whole g.

    Examples
    --------
    >>> round(harmonic_number(2.0), 15)
    1.5
    """
    shift = 12
    x = g + 1.0 + shift
    asymptotic = math.log(x) - 1.0 / (2.0 * x)
    for k, coefficient in enumerate((1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760), start=1):
        asymptotic -= coefficient / x ** (2 * k)
    descended = math.fsum([asymptotic, np.euler_gamma, *(-1.0 / (g + k) for k in range(1, shift + 1))])
    return 0.0 if g == 0.0 else descended


def beta_fraction(xp: Words, x: Any, shape: Any) -> Any:
    """Return ``x^shape / B(x; shape, 0)`` by Gauss's continued fraction, from the inside out."""
    level = 25.0
    tail = 1.0 + 0.0 * x
    for _ in range(25):
        odd = (shape + level) * (shape + level) / ((shape + 2.0 * level) * (shape + 2.0 * level + 1.0))
        even = level * level / ((shape + 2.0 * level - 1.0) * (shape + 2.0 * level))
        tail = 1.0 - even * x / (1.0 - odd * x / tail)
        level = level - 1.0
    return shape * (1.0 - shape / (shape + 1.0) * x / tail)


def binomial_sum(xp: Words, p: Any, g: Any) -> Any:
    """Return ``sum over k >= 1 of binom(g, k) (-p)^k / k`` for p <= 1/8."""
    small = xp.minimum(p, 0.125)
    term = 1.0 + 0.0 * small
    total = 0.0 * small
    k = 1.0
    for _ in range(30):
        term = -term * small * (g - k + 1.0) / k
        total = total + term / k
        k = k + 1.0
    return total


def detached_slope(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, h: Any) -> Any:
    """Return ``q^(g+1)``."""
    return xp.power(q, lq, g + 1.0)


def detached_curvature(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, h: Any) -> Any:
    """Return ``(1+g) p q^(g+1)``."""
    return (1.0 + g) * p * xp.power(q, lq, g + 1.0)


def detached_log_a(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, h: Any) -> Any:
    """Return ``g log q``."""
    return g * lq


# Poly-1: phi = -log p + e q, a = 1 + e p = q + (1+e) p, b = 1 - e + 2 e p = (1-e) q + (1+e) p.


def poly_phi(xp: Words, lp: Any, lq: Any, p: Any, q: Any, e: Any) -> Any:
    """Return ``-log p + e q``."""
    return e * q - lp


def poly_slope(xp: Words, lp: Any, lq: Any, p: Any, q: Any, e: Any) -> Any:
    """Return ``q (q + (1+e) p)``."""
    return q * (q + (1.0 + e) * p)


def poly_curvature(xp: Words, lp: Any, lq: Any, p: Any, q: Any, e: Any) -> Any:
    """Return ``p q ((1-e) q + (1+e) p)``."""
    return p * q * ((1.0 - e) * q + (1.0 + e) * p)


def poly_log_a(xp: Words, lp: Any, lq: Any, p: Any, q: Any, e: Any) -> Any:
    """Return ``log(q + (1+e) p)``."""
    return xp.log(q + (1.0 + e) * p)


# Poly-focal: focal plus e q^(g+1).


def poly_focal_phi(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, e: Any) -> Any:
    """Return ``q^g (e q - log p)``."""
    return xp.power(q, lq, g) * (e * q - lp)


def poly_focal_slope(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, e: Any) -> Any:
    """Return ``q^(g+1) (1 + g v + e (g+1) p)``."""
    return xp.power(q, lq, g + 1.0) * (1.0 + g * p_log_ratio(xp, lp, p, q) + e * (g + 1.0) * p)


def poly_focal_curvature(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, e: Any) -> Any:
    """Return ``p q^(g+1) (1 + 2g + g log p + g^2 v + e (g+1) ((g+2) p - 1))``."""
    half = xp.exp(0.5 * lp)  # as in focal_curvature
    focal = 1.0 + 2.0 * g + g * lp + g * g * p_log_ratio(xp, lp, p, q)
    poly = e * (g + 1.0) * ((g + 1.0) * p - q)
    return xp.power(q, lq, g + 1.0) * (half * (focal + poly)) * half


def poly_focal_log_a(xp: Words, lp: Any, lq: Any, p: Any, q: Any, g: Any, e: Any) -> Any:
    """Return ``g log q + log(1 + g v + e (g+1) p)``."""
    return g * lq + xp.log(1.0 + g * p_log_ratio(xp, lp, p, q) + e * (g + 1.0) * p)


# Generalised cross-entropy with exponent s: phi = (1 - p^s) / s, a = p^s, p b = p^s (p - s q).


def generalized_phi(xp: Words, lp: Any, lq: Any, p: Any, q: Any, s: Any) -> Any:
    """Return ``(1 - p^s) / s``."""
    return -xp.expm1(s * lp) / s


def generalized_slope(xp: Words, lp: Any, lq: Any, p: Any, q: Any, s: Any) -> Any:
    """Return ``q p^s``."""
    return q * xp.power(p, lp, s)


def generalized_curvature(xp: Words, lp: Any, lq: Any, p: Any, q: Any, s: Any) -> Any:
    """Return ``q p^s (p - s q)``."""
    return q * xp.power(p, lp, s) * (p - s * q)


def generalized_log_a(xp: Words, lp: Any, lq: Any, p: Any, q: Any, s: Any) -> Any:
    """Return ``s log p``."""
    return s * lp


# Binary Brier: phi = q^2, a = 2 p q, b = 2 q (3p - 1).


def brier_phi(xp: Words, lp: Any, lq: Any, p: Any, q: Any) -> Any:
    """Return ``q^2``."""
    return q * q


def brier_slope(xp: Words, lp: Any, lq: Any, p: Any, q: Any) -> Any:
    """Return ``2 p q^2``."""
    return 2.0 * p * (q * q)


def brier_curvature(xp: Words, lp: Any, lq: Any, p: Any, q: Any) -> Any:
    """Return ``2 p q^2 (2p - q)``."""
    return 2.0 * p * (q * q) * (2.0 * p - q)


def brier_log_a(xp: Words, lp: Any, lq: Any, p: Any, q: Any) -> Any:
    """Return ``log(2 p q)``."""
    return LOG_2 + lp + lq


# LDAM: cross-entropy at the margin less log c: phi = log(1 + c q/p), a = 1 / (q + p/c).


def ldam_phi(xp: Words, lp: Any, lq: Any, p: Any, q: Any, log_c: Any) -> Any:
    """Return ``softplus(log c + log q - log p)``."""
    return softplus(xp, log_c + lq - lp)


def ldam_slope(xp: Words, lp: Any, lq: Any, p: Any, q: Any, log_c: Any) -> Any:
    """Return ``sigmoid(log c - m)``."""
    return point(xp, log_c + lq - lp)[2]


def ldam_curvature(xp: Words, lp: Any, lq: Any, p: Any, q: Any, log_c: Any) -> Any:
    """Return ``sigmoid(log c - m) sigmoid(m - log c)``."""
    shifted = point(xp, log_c + lq - lp)
    return shifted[2] * shifted[3]


def ldam_log_a(xp: Words, lp: Any, lq: Any, p: Any, q: Any, log_c: Any) -> Any:
    """Return ``-log(q + p/c)``."""
    return -xp.log(q + p * xp.exp(-log_c))
