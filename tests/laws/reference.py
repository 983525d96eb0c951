"""Every modulation from its definition, in 50 digits; nothing here calls the package.

A definition is phi, its derivative in p and its second derivative in the margin, by hand, each given
``(lp, lq, p, q, y)`` as mpmath numbers: log p_t, log(1-p_t), p_t, 1-p_t and the label.
`test_reference.py` differentiates every phi numerically.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import mpmath as mp

if TYPE_CHECKING:
    from collections.abc import Callable

DIGITS = 50
DIGITS_OF_SCORES = 700  # the Brier score is 2 less something that may be e^-500


@dataclass(frozen=True)
class Definition:
    """A loss, d phi / d p, d2 phi / d m2, and the absolute terms of the last where those can cancel."""

    phi: Callable[..., Any]
    rate: Callable[..., Any]
    curve: Callable[..., Any]
    terms: Callable[..., Any] | None = None


class Truth(NamedTuple):
    """A loss at one margin: value, first and second derivative, and the scale of the second."""

    value: Any
    first: Any
    second: Any
    scale: Any


class RowTruth(NamedTuple):
    """A softmax loss at one row of logits; the scales are what errors are relative to."""

    value: Any
    gradient: list[Any]
    gradient_scale: list[Any]
    diagonal: list[Any]
    diagonal_scale: list[Any]


def point(m: Any) -> tuple[Any, Any, Any, Any]:
    far = mp.exp(-abs(m))
    near = 1 / (1 + far)
    tail = mp.log1p(far)
    if m >= 0:
        return -tail, -m - tail, near, far * near
    return m - tail, -tail, far * near, near


def cross_entropy() -> Definition:
    return Definition(
        lambda lp, lq, p, q, y: -lp, lambda lp, lq, p, q, y: -1 / p, lambda lp, lq, p, q, y: p * q
    )


def focal(gamma: float) -> Definition:
    g = mp.mpf(gamma)

    def terms(lp: Any, lq: Any, p: Any, q: Any, y: int) -> Any:
        v = -p * lp / q
        return p * q ** (g + 1) * (1 + 2 * g + g * abs(lp) + g * g * v)

    return Definition(
        lambda lp, lq, p, q, y: -(q**g) * lp,
        lambda lp, lq, p, q, y: g * q ** (g - 1) * lp - q**g / p,
        lambda lp, lq, p, q, y: p * q ** (g + 1) * (1 + 2 * g + g * lp + g * g * (-p * lp / q)),
        terms,
    )


def detached_focal(gamma: float) -> Definition:
    g = mp.mpf(gamma)
    return Definition(
        lambda lp, lq, p, q, y: potential(g, lp, p, q),
        lambda lp, lq, p, q, y: -(q**g) / p,
        lambda lp, lq, p, q, y: (1 + g) * p * q ** (g + 1),
    )


def potential(g: Any, lp: Any, p: Any, q: Any) -> Any:
    """The integral from p to 1 of (1-u)^g / u: term by term in q, or in p with the constant it then needs."""
    if q <= 0.5:
        return q ** (g + 1) * mp.fsum(q**k / (g + 1 + k) for k in range(180))
    coefficient, terms = mp.mpf(1), []
    for k in range(1, 180):
        coefficient *= (g - k + 1) / k
        terms.append(coefficient * (-p) ** k / k)
    return -lp - mp.digamma(g + 1) - mp.euler - mp.fsum(terms)


def poly(epsilon: float) -> Definition:
    e = mp.mpf(epsilon)
    return Definition(
        lambda lp, lq, p, q, y: -lp + e * q,
        lambda lp, lq, p, q, y: -1 / p - e,
        lambda lp, lq, p, q, y: p * q * (1 - e + 2 * e * p),
        lambda lp, lq, p, q, y: p * q * (1 + abs(e) + 2 * abs(e) * p),
    )


def poly_focal(gamma: float, epsilon: float) -> Definition:
    g, e = mp.mpf(gamma), mp.mpf(epsilon)
    plain = focal(gamma)

    def terms(lp: Any, lq: Any, p: Any, q: Any, y: int) -> Any:
        extra = abs(e) * (g + 1) * p * q ** (g + 1) * ((g + 1) * p + q)
        return plain.terms(lp, lq, p, q, y) + extra

    return Definition(
        lambda lp, lq, p, q, y: plain.phi(lp, lq, p, q, y) + e * q ** (g + 1),
        lambda lp, lq, p, q, y: plain.rate(lp, lq, p, q, y) - e * (g + 1) * q**g,
        lambda lp, lq, p, q, y: (
            plain.curve(lp, lq, p, q, y) + e * (g + 1) * p * q ** (g + 1) * ((g + 2) * p - 1)
        ),
        terms,
    )


def generalized_cross_entropy(exponent: float) -> Definition:
    s = mp.mpf(exponent)
    return Definition(
        lambda lp, lq, p, q, y: -mp.expm1(s * lp) / s,
        lambda lp, lq, p, q, y: -(p ** (s - 1)),
        lambda lp, lq, p, q, y: q * p**s * ((1 + s) * p - s),
        lambda lp, lq, p, q, y: q * p**s * (p + s * q),
    )


def brier() -> Definition:
    return Definition(
        lambda lp, lq, p, q, y: q * q,
        lambda lp, lq, p, q, y: -2 * q,
        lambda lp, lq, p, q, y: 2 * p * q * q * (3 * p - 1),
        lambda lp, lq, p, q, y: 2 * p * q * q * (2 * p + q),
    )


def ldam(margins: tuple[float, ...]) -> Definition:
    """-log of the softmax with the target's logit lowered by its margin: log(1 + exp(margin) q / p)."""

    def rate(lp: Any, lq: Any, p: Any, q: Any, y: int) -> Any:
        c = mp.exp(margins[y])
        return -c / (p * (p + c * q))

    def curve(lp: Any, lq: Any, p: Any, q: Any, y: int) -> Any:
        share = mp.exp(-margins[y])
        return p * q * share / (q + share * p) ** 2

    return Definition(lambda lp, lq, p, q, y: mp.log1p(mp.exp(margins[y]) * q / p), rate, curve)


def _by_label(negative: Definition, positive: Definition) -> Definition:
    sides = (negative, positive)

    def terms(*at: Any) -> Any:
        side = sides[at[-1]]
        return mp.mpf(0) if side.terms is None else side.terms(*at)

    return Definition(
        lambda *at: sides[at[-1]].phi(*at),
        lambda *at: sides[at[-1]].rate(*at),
        lambda *at: sides[at[-1]].curve(*at),
        terms,
    )


def asymmetric(negative: float, positive: float, clip: float) -> Definition:
    focal_side = focal(positive)
    if clip == 0.0:
        return _by_label(focal(negative), focal_side)
    g, c = mp.mpf(negative), mp.mpf(clip)

    def phi(lp: Any, lq: Any, p: Any, q: Any, y: int) -> Any:
        if y == 1:
            return focal_side.phi(lp, lq, p, q, y)
        r = q - c
        return -(r**g) * mp.log(p + c) if r > 0 else mp.mpf(0)

    def rate(lp: Any, lq: Any, p: Any, q: Any, y: int) -> Any:
        if y == 1:
            return focal_side.rate(lp, lq, p, q, y)
        r = q - c
        return -(r**g) / (p + c) + g * r ** (g - 1) * mp.log(p + c) if r > 0 else mp.mpf(0)

    def curve(lp: Any, lq: Any, p: Any, q: Any, y: int) -> Any:
        if y == 1:
            return focal_side.curve(lp, lq, p, q, y)
        r, rest = q - c, p + c
        if r <= 0:
            return mp.mpf(0)
        mean = -mp.log(rest) / r
        first = r**g * (1 / rest + g * mean)
        second = r ** (g - 1) * (g * (g - 1) * mean + 2 * g / rest + r / rest**2)
        return p * q * ((p - q) * first + p * q * second)

    def terms(lp: Any, lq: Any, p: Any, q: Any, y: int) -> Any:
        if y == 1:
            return focal_side.terms(lp, lq, p, q, y)
        r, rest = q - c, p + c
        if r <= 0:
            return mp.mpf(0)
        mean = -mp.log(rest) / r
        first = r**g * (1 / rest + g * mean)
        second = r ** (g - 1) * (abs(g * (g - 1)) * mean + 2 * g / rest + r / rest**2)
        return p * q * ((p + q) * first + p * q * second)

    return Definition(phi, rate, curve, terms)


def asymmetric_detached(negative: float, positive: float, clip: float) -> Definition:
    focal_side = detached_focal(positive)
    if clip == 0.0:
        return _by_label(detached_focal(negative), focal_side)
    g, c = mp.mpf(negative), mp.mpf(clip)

    def phi(lp: Any, lq: Any, p: Any, q: Any, y: int) -> Any:
        if y == 1:
            return focal_side.phi(lp, lq, p, q, y)
        r = q - c
        return potential(g, mp.log(p + c), p + c, r) if r > 0 else mp.mpf(0)

    def rate(lp: Any, lq: Any, p: Any, q: Any, y: int) -> Any:
        if y == 1:
            return focal_side.rate(lp, lq, p, q, y)
        r = q - c
        return -(r**g) / (p + c) if r > 0 else mp.mpf(0)

    def curve(lp: Any, lq: Any, p: Any, q: Any, y: int) -> Any:
        if y == 1:
            return focal_side.curve(lp, lq, p, q, y)
        r, rest = q - c, p + c
        if r <= 0:
            return mp.mpf(0)
        first = r**g / rest
        second = r ** (g - 1) * (g / rest + r / rest**2)
        return p * q * ((p - q) * first + p * q * second)

    def terms(lp: Any, lq: Any, p: Any, q: Any, y: int) -> Any:
        r, rest = q - c, p + c
        if y == 1 or r <= 0:
            return mp.mpf(0)
        first = r**g / rest
        second = r ** (g - 1) * (g / rest + r / rest**2)
        return p * q * ((p + q) * first + p * q * second)

    return Definition(phi, rate, curve, terms)


@cache
def truth(definition: Definition, m: float, y: int) -> Truth:
    """Return a loss at a margin given as a double."""
    with mp.workdps(DIGITS):
        return _truth(definition, mp.mpf(m), y)


def _truth(definition: Definition, m: Any, y: int) -> Truth:
    at = point(m)
    second = definition.curve(*at, y)
    scale = abs(second)
    if definition.terms is not None:
        scale = max(scale, definition.terms(*at, y))
    return Truth(definition.phi(*at, y), at[2] * at[3] * definition.rate(*at, y), second, scale)


def margin_of(u: list[Any], y: int) -> Any:
    """Return u_y less the logsumexp of the others."""
    others = [x for k, x in enumerate(u) if k != y]
    top = max(others)
    return u[y] - top - mp.log(mp.fsum(mp.exp(x - top) for x in others))


@cache
def row_truth(definition: Definition, z: tuple[float, ...], y: int) -> RowTruth:
    """Return a modulation of p_y at a row of logits."""
    with mp.workdps(DIGITS):
        u = [mp.mpf(x) for x in z]
        m = margin_of(u, y)
        own = _truth(definition, m, y)

        p, q = point(m)[2:]
        a = -own.first / q
        turn = p * a - own.second / q  # p q a'
        gradient, diagonal, scale = [], [], []
        for k in range(len(u)):
            if k == y:
                gradient.append(own.first)
                diagonal.append(own.second)
                scale.append(own.scale)
                continue
            p_k, q_k = point(margin_of(u, k))[2:]
            share = p_k / q
            gradient.append(a * p_k)
            diagonal.append(a * p_k * q_k - turn * p_k * share)
            scale.append(a * p_k * q_k + abs(turn) * p_k * share)
        return RowTruth(own.value, gradient, [abs(g) for g in gradient], diagonal, scale)


@cache
def brier_row_truth(z: tuple[float, ...], y: int) -> RowTruth:
    """Return the full Brier score at a row of logits, differentiated numerically."""
    with mp.workdps(DIGITS_OF_SCORES):
        u = [mp.mpf(x) for x in z]
        n = len(u)
        p = [point(margin_of(u, k))[2] for k in range(n)]

        powers = [mp.exp(x) for x in u]

        def score(x: Any, k: int) -> Any:
            e = [*powers[:k], mp.exp(x), *powers[k + 1 :]]
            total = mp.fsum(e)
            return mp.fsum((e[j] / total - (j == y)) ** 2 for j in range(n))

        faces: tuple[list[Any], ...] = ([], [], [], [])
        for k in range(n):
            value, first, second = mp.taylor(lambda x, k=k: score(x, k), u[k], 2, chop=False)
            squares = mp.fsum(p[j] ** 2 for j in range(n) if j != k)
            lead = p[k] * (1 - p[k]) + p[y] * (1 - p[y]) + squares
            spread = p[k] * (1 - p[k]) + 2 * p[k] * (p[k] * (1 - p[k]) + squares)
            spread += p[y] * (1 - p[y]) if k == y else p[k] * p[y]
            scale = 2 * p[k] * (1 - p[k]) * lead + 2 * p[k] * spread
            for face, entry in zip(faces, (first, 2 * p[k] * lead, 2 * second, scale), strict=True):
                face.append(entry)
        return RowTruth(value, *faces)
