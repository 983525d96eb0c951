"""The formulas of every modulation, each over the vocabulary of `scarce.losses.primitives`.

A formula is given the *point* ``(lp, lq, p, q)`` and the modulation's parameters for the target's class:
``p`` is the probability of the target's class, ``q = 1 - p``, ``lp = log p`` and ``lq = log(1 - p)``, each
computed from the margin m by `point`, so that nothing cancels and nothing saturates. Four formulas make
a modulation, with ``a(p) = -p phi'(p)`` and ``b(p) = a - (1-p) a'``:

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
"""

from __future__ import annotations

from scarce.losses.primitives import (
    Values,
    absolute,
    exp,
    expm1,
    log,
    log1p,
    maximum,
    minimum,
    power,
    where,
)

TINY = 1e-30  # far below the rounding of any type, far above its smallest number
FAR = 1e36  # logarithms end there, where an infinite logit would turn 0 times infinity into NaN
INFINITE = 1e18  # beyond, a loss comes from such a logit, whatever weight or share it was multiplied by
INFINITY = float("inf")
LOG_2 = 0.6931471805599453
MINUS_INFINITY = float("-inf")


def point(m: Values) -> tuple[Values, Values, Values, Values]:
    """Return ``(log p, log(1-p), p, 1-p)`` for ``p = sigmoid(m)``, each to full relative precision."""
    t = decay(m)
    return point_of(m, t, tail_of(t))


def decay(m: Values) -> Values:
    """Return ``exp(-|m|)``, the same for both classes: the first step to a point."""
    return exp(-absolute(m))


def tail_of(t: Values) -> Values:
    """Return ``log(1 + t)``, the second step."""
    return log1p(t)


def point_of(m: Values, t: Values, tail: Values) -> tuple[Values, Values, Values, Values]:
    """Return the point at m, given ``t = decay(m)`` and ``tail_of(t)``: the last step.

    At an infinite m both logarithms stay finite, and so does what the formulas make of them; `unbounded`
    turns a loss from there into what it is.
    """
    near = 1.0 / (1.0 + t)
    far = t * near
    positive = m >= 0.0
    return (
        maximum(minimum(m, 0.0), -FAR) - tail,
        maximum(minimum(-m, 0.0), -FAR) - tail,
        where(positive, near, far),
        where(positive, far, near),
    )


def unbounded(loss: Values) -> Values:
    """Return a weighted loss, infinite where it comes from an infinite logit; it keeps its derivative."""
    return loss + where(loss > INFINITE, INFINITY, 0.0 * loss)  # a 0 of the loss's own type


def softplus(x: Values) -> Values:
    """Return ``log(1 + exp(x))``."""
    return maximum(x, 0.0) + log1p(exp(-absolute(x)))


def p_log_ratio(lp: Values, p: Values, q: Values) -> Values:
    """Return ``v = p L`` with ``L = -log p / (1-p)``, which tends to 1 as p does."""
    return p * where(q > TINY, -lp / maximum(q, TINY), 1.0)


# Cross-entropy: phi = -log p, a = 1, b = 1.


def cross_entropy_phi(lp: Values, lq: Values, p: Values, q: Values) -> Values:
    """Return ``-log p``."""
    return -lp


def cross_entropy_slope(lp: Values, lq: Values, p: Values, q: Values) -> Values:
    """Return ``q``."""
    return q


def cross_entropy_curvature(lp: Values, lq: Values, p: Values, q: Values) -> Values:
    """Return ``p q``."""
    return p * q


def cross_entropy_log_a(lp: Values, lq: Values, p: Values, q: Values) -> Values:
    """Return 0."""
    return 0.0 * p


# Focal: phi = -q^g log p, a = q^g (1 + g v), b = q^g (1 + 2g + g log p + g^2 v).


def focal_phi(lp: Values, lq: Values, p: Values, q: Values, g: Values) -> Values:
    """Return ``-q^g log p``."""
    return -power(q, lq, g) * lp


def focal_slope(lp: Values, lq: Values, p: Values, q: Values, g: Values) -> Values:
    """Return ``q^(g+1) (1 + g v)``."""
    return power(q, lq, g + 1.0) * (1.0 + g * p_log_ratio(lp, p, q))


def focal_curvature(lp: Values, lq: Values, p: Values, q: Values, g: Values) -> Values:
    """Return ``p q^(g+1) (1 + 2g + g log p + g^2 v)``."""
    half = exp(0.5 * lp)  # p = half^2: p may be subnormal, and so imprecise, where the result is not
    v = p_log_ratio(lp, p, q)
    return power(q, lq, g + 1.0) * (half * (1.0 + 2.0 * g + g * lp + g * g * v)) * half


def focal_log_a(lp: Values, lq: Values, p: Values, q: Values, g: Values) -> Values:
    """Return ``g log q + log(1 + g v)``."""
    return g * lq + log1p(g * p_log_ratio(lp, p, q))


# Detached focal: the gradient of focal with its weight held constant, and that gradient's potential:
# phi = integral from p to 1 of (1-u)^g / u, a = q^g, b = (1+g) q^g.


def detached_phi(lp: Values, lq: Values, p: Values, q: Values, g: Values, harmonic: Values) -> Values:
    """Return the potential; ``harmonic`` is ``digamma(g+1) + Euler's constant``.

    It is the incomplete beta function ``B(q; g+1, 0)``: Gauss's continued fraction up to q = 7/8, where 51
    levels leave 1e-16; beyond, the expansion in p, which loses at most a digit there.
    """
    far = -lp - harmonic - binomial_sum(p, g)
    return where(q <= 0.875, power(q, lq, g + 1.0) / beta_fraction(q, g + 1.0), far)


def beta_fraction(x: Values, shape: Values) -> Values:
    """Return ``x^shape / B(x; shape, 0)`` by Gauss's continued fraction, from the inside out."""
    level = 25.0
    tail = 1.0 + 0.0 * x
    for _ in range(25):
        odd = (shape + level) * (shape + level) / ((shape + 2.0 * level) * (shape + 2.0 * level + 1.0))
        even = level * level / ((shape + 2.0 * level - 1.0) * (shape + 2.0 * level))
        tail = 1.0 - even * x / (1.0 - odd * x / tail)
        level = level - 1.0
    return shape * (1.0 - shape / (shape + 1.0) * x / tail)


def binomial_sum(p: Values, g: Values) -> Values:
    """Return ``sum over k >= 1 of binom(g, k) (-p)^k / k`` for p <= 1/8."""
    small = minimum(p, 0.125)
    term = 1.0 + 0.0 * small
    total = 0.0 * small
    k = 1.0
    for _ in range(30):
        term = -term * small * (g - k + 1.0) / k
        total = total + term / k
        k = k + 1.0
    return total


def detached_slope(lp: Values, lq: Values, p: Values, q: Values, g: Values, harmonic: Values) -> Values:
    """Return ``q^(g+1)``."""
    return power(q, lq, g + 1.0)


def detached_curvature(lp: Values, lq: Values, p: Values, q: Values, g: Values, harmonic: Values) -> Values:
    """Return ``(1+g) p q^(g+1)``."""
    return (1.0 + g) * p * power(q, lq, g + 1.0)


def detached_log_a(lp: Values, lq: Values, p: Values, q: Values, g: Values, harmonic: Values) -> Values:
    """Return ``g log q``."""
    return g * lq


# Poly-1: phi = -log p + e q, a = 1 + e p = q + (1+e) p, b = 1 - e + 2 e p = (1-e) q + (1+e) p.


def poly_phi(lp: Values, lq: Values, p: Values, q: Values, e: Values) -> Values:
    """Return ``-log p + e q``."""
    return e * q - lp


def poly_slope(lp: Values, lq: Values, p: Values, q: Values, e: Values) -> Values:
    """Return ``q (q + (1+e) p)``."""
    return q * (q + (1.0 + e) * p)


def poly_curvature(lp: Values, lq: Values, p: Values, q: Values, e: Values) -> Values:
    """Return ``p q ((1-e) q + (1+e) p)``."""
    return p * q * ((1.0 - e) * q + (1.0 + e) * p)


def poly_log_a(lp: Values, lq: Values, p: Values, q: Values, e: Values) -> Values:
    """Return ``log(q + (1+e) p)``."""
    return log(q + (1.0 + e) * p)


# Poly-focal: focal plus e q^(g+1).


def poly_focal_phi(lp: Values, lq: Values, p: Values, q: Values, g: Values, e: Values) -> Values:
    """Return ``q^g (e q - log p)``."""
    return power(q, lq, g) * (e * q - lp)


def poly_focal_slope(lp: Values, lq: Values, p: Values, q: Values, g: Values, e: Values) -> Values:
    """Return ``q^(g+1) (1 + g v + e (g+1) p)``."""
    return power(q, lq, g + 1.0) * (1.0 + g * p_log_ratio(lp, p, q) + e * (g + 1.0) * p)


def poly_focal_curvature(lp: Values, lq: Values, p: Values, q: Values, g: Values, e: Values) -> Values:
    """Return ``p q^(g+1) (1 + 2g + g log p + g^2 v + e (g+1) ((g+2) p - 1))``."""
    half = exp(0.5 * lp)  # as in focal_curvature
    focal = 1.0 + 2.0 * g + g * lp + g * g * p_log_ratio(lp, p, q)
    poly = e * (g + 1.0) * ((g + 1.0) * p - q)
    return power(q, lq, g + 1.0) * (half * (focal + poly)) * half


def poly_focal_log_a(lp: Values, lq: Values, p: Values, q: Values, g: Values, e: Values) -> Values:
    """Return ``g log q + log(1 + g v + e (g+1) p)``."""
    return g * lq + log(1.0 + g * p_log_ratio(lp, p, q) + e * (g + 1.0) * p)


# Generalised cross-entropy with exponent s: phi = (1 - p^s) / s, a = p^s, p b = p^s (p - s q).


def generalized_phi(lp: Values, lq: Values, p: Values, q: Values, s: Values) -> Values:
    """Return ``(1 - p^s) / s``."""
    return -expm1(s * lp) / s


def generalized_slope(lp: Values, lq: Values, p: Values, q: Values, s: Values) -> Values:
    """Return ``q p^s``."""
    return q * power(p, lp, s)


def generalized_curvature(lp: Values, lq: Values, p: Values, q: Values, s: Values) -> Values:
    """Return ``q p^s (p - s q)``."""
    return q * power(p, lp, s) * (p - s * q)


def generalized_log_a(lp: Values, lq: Values, p: Values, q: Values, s: Values) -> Values:
    """Return ``s log p``."""
    return s * lp


# Binary Brier: phi = q^2, a = 2 p q, b = 2 q (3p - 1).


def brier_phi(lp: Values, lq: Values, p: Values, q: Values) -> Values:
    """Return ``q^2``."""
    return q * q


def brier_slope(lp: Values, lq: Values, p: Values, q: Values) -> Values:
    """Return ``2 p q^2``."""
    return 2.0 * p * (q * q)


def brier_curvature(lp: Values, lq: Values, p: Values, q: Values) -> Values:
    """Return ``2 p q^2 (2p - q)``."""
    return 2.0 * p * (q * q) * (2.0 * p - q)


def brier_log_a(lp: Values, lq: Values, p: Values, q: Values) -> Values:
    """Return ``log(2 p q)``."""
    return LOG_2 + lp + lq


# LDAM: cross-entropy at the margin less log c: phi = log(1 + c q/p), a = 1 / (q + p/c).


def ldam_phi(lp: Values, lq: Values, p: Values, q: Values, log_c: Values) -> Values:
    """Return ``softplus(log c + log q - log p)``."""
    return softplus(log_c + lq - lp)


def ldam_slope(lp: Values, lq: Values, p: Values, q: Values, log_c: Values) -> Values:
    """Return ``sigmoid(log c - m)``."""
    return point(log_c + lq - lp)[2]


def ldam_curvature(lp: Values, lq: Values, p: Values, q: Values, log_c: Values) -> Values:
    """Return ``sigmoid(log c - m) sigmoid(m - log c)``."""
    shifted = point(log_c + lq - lp)
    return shifted[2] * shifted[3]


def ldam_log_a(lp: Values, lq: Values, p: Values, q: Values, log_c: Values) -> Values:
    """Return ``-log(q + p/c)``."""
    return -log(q + p * exp(-log_c))


# Asymmetric: with r = max(q - clip, 0), phi = -r^g log(1-r); focal where clip = 0. With M = -log(1-r)/r,
# D = r^g (1/(1-r) + g M): slope = p q D and curvature = p q ((p-q) D + p q D').


def rest_of(p: Values, clip: Values) -> Values:
    """Return ``1 - r = min(p + clip, 1)``, without cancellation; 1 where nothing is clipped."""
    return minimum(p + where(clip > 0.0, clip, 1.0), 1.0)


def log_rest(p: Values, r: Values, clip: Values) -> Values:
    """Return ``log(1-r)``, from r where r is small and from ``p + clip`` where it is not."""
    return where(r < 0.5, log1p(-minimum(r, 0.5)), log(rest_of(p, clip)))


def asymmetric_phi(lp: Values, lq: Values, p: Values, q: Values, g: Values, clip: Values) -> Values:
    """Return ``-r^g log(1-r)``."""
    r = maximum(q - clip, 0.0)
    clipped = -power(r, log(maximum(r, TINY)), g) * log_rest(p, r, clip)
    return where(clip > 0.0, clipped, focal_phi(lp, lq, p, q, g))


def clipped_derivative(p: Values, r: Values, g: Values, clip: Values) -> Values:
    """Return ``D``, the derivative of the clipped loss in r."""
    mean_log = where(r > TINY, -log_rest(p, r, clip) / maximum(r, TINY), 1.0)
    whole = power(r, log(maximum(r, TINY)), g) * (1.0 / rest_of(p, clip) + g * mean_log)
    return where(r > 0.0, whole, 0.0)


def asymmetric_slope(lp: Values, lq: Values, p: Values, q: Values, g: Values, clip: Values) -> Values:
    """Return ``p q D``."""
    clipped = p * q * clipped_derivative(p, maximum(q - clip, 0.0), g, clip)
    return where(clip > 0.0, clipped, focal_slope(lp, lq, p, q, g))


def asymmetric_curvature(lp: Values, lq: Values, p: Values, q: Values, g: Values, clip: Values) -> Values:
    """Return ``p q ((p-q) D + p q D')``; 0 where the loss is clipped."""
    r = maximum(q - clip, 0.0)
    safe = maximum(r, TINY)
    rest = rest_of(p, clip)
    mean_log = where(r > TINY, -log_rest(p, r, clip) / safe, 1.0)
    second = g * (g - 1.0) * mean_log + 2.0 * g / rest + r / rest / rest
    second = where(r > 0.0, power(r, log(safe), g - 1.0) * second, 0.0)
    clipped = p * q * ((p - q) * clipped_derivative(p, r, g, clip) + p * q * second)
    return where(clip > 0.0, clipped, focal_curvature(lp, lq, p, q, g))


def asymmetric_log_a(lp: Values, lq: Values, p: Values, q: Values, g: Values, clip: Values) -> Values:
    """Return ``log(p D)``; minus infinity where the loss is clipped."""
    r = maximum(q - clip, 0.0)
    safe = maximum(r, TINY)
    mean_log = where(r > TINY, -log_rest(p, r, clip) / safe, 1.0)
    whole = lp + g * log(safe) + log(1.0 / rest_of(p, clip) + g * mean_log)
    clipped = where(r > 0.0, whole, MINUS_INFINITY)
    return where(clip > 0.0, clipped, focal_log_a(lp, lq, p, q, g))


# Asymmetric, detached: the weight r^g is held constant; D = r^g / (1-r).


def asymmetric_detached_phi(
    lp: Values, lq: Values, p: Values, q: Values, g: Values, clip: Values, harmonic: Values
) -> Values:
    """Return the potential of detached focal at r in place of q."""
    r = maximum(q - clip, 0.0)
    rest = rest_of(p, clip)
    clipped = detached_phi(log_rest(p, r, clip), log(maximum(r, TINY)), rest, r, g, harmonic)
    return where(clip > 0.0, where(r > 0.0, clipped, 0.0), detached_phi(lp, lq, p, q, g, harmonic))


def asymmetric_detached_slope(
    lp: Values, lq: Values, p: Values, q: Values, g: Values, clip: Values, harmonic: Values
) -> Values:
    """Return ``p q r^g / (1-r)``."""
    r = maximum(q - clip, 0.0)
    clipped = p * q * power(r, log(maximum(r, TINY)), g) / rest_of(p, clip)
    return where(clip > 0.0, where(r > 0.0, clipped, 0.0), detached_slope(lp, lq, p, q, g, harmonic))


def asymmetric_detached_curvature(
    lp: Values, lq: Values, p: Values, q: Values, g: Values, clip: Values, harmonic: Values
) -> Values:
    """Return ``p q ((p-q) D + p q D')`` with ``D' = r^(g-1) (g/(1-r) + r/(1-r)^2)``."""
    r = maximum(q - clip, 0.0)
    rest = rest_of(p, clip)
    first = power(r, log(maximum(r, TINY)), g) / rest
    second = power(r, log(maximum(r, TINY)), g - 1.0) * (g / rest + r / rest / rest)
    clipped = where(r > 0.0, p * q * ((p - q) * first + p * q * second), 0.0)
    return where(clip > 0.0, clipped, detached_curvature(lp, lq, p, q, g, harmonic))


def asymmetric_detached_log_a(
    lp: Values, lq: Values, p: Values, q: Values, g: Values, clip: Values, harmonic: Values
) -> Values:
    """Return ``log p + g log r - log(1-r)``; minus infinity where the loss is clipped."""
    r = maximum(q - clip, 0.0)
    whole = lp + g * log(maximum(r, TINY)) - log_rest(p, r, clip)
    clipped = where(r > 0.0, whole, MINUS_INFINITY)
    return where(clip > 0.0, clipped, detached_log_a(lp, lq, p, q, g, harmonic))
