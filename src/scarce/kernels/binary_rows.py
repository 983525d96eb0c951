"""The loops over a block of rows of a binary loss: functions that take formulas and return a loop over them.

A point is (lp, lq, p, q); that of the other class at the same logit is (lq, lp, q, p).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import float32, float64

from scarce.kernels import cpu_words
from scarce.kernels.blocks import part
from scarce.kernels.cpu_arithmetic import maximum, minimum, where
from scarce.kernels.cpu_compiler import kernel, summing_loop
from scarce.kernels.cpu_words import exp, log, log1p
from scarce.losses.formulas import decay, point, point_of, tail_of, unbounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.losses.modulation import Formulas

BLOCK = 512  # rows whose logits stay in the first-level cache between the cast and the formulas
LEAST_LOSS, MOST_LOSS = 1e-15, 34.538776  # of a posterior clipped at 1e-15


def curvatures(xp: Any, formulas: Formulas) -> dict[str, Callable[..., Any]]:
    """Return what computes a second derivative, by its kind (`scarce.kernels.binary_pass.Curvature`)."""
    _, slope, curvature, log_a = formulas

    def exact(lp, lq, p, q, own, other, own_weight, other_weight, least, factor):
        return own_weight * curvature(xp, lp, lq, p, q, *own)

    def floored(lp, lq, p, q, own, other, own_weight, other_weight, least, factor):
        steepness = slope(xp, lp, lq, p, q, *own)
        return own_weight * maximum(curvature(xp, lp, lq, p, q, *own), least * steepness)

    def bounded(lp, lq, p, q, own, other, own_weight, other_weight, least, factor):
        return own_weight * (factor * p) * slope(xp, lp, lq, p, q, *own)

    def expected(lp, lq, p, q, own, other, own_weight, other_weight, least, factor):
        own_odds = lp - log_a(xp, lp, lq, p, q, *own)
        other_odds = lq - log_a(xp, lq, lp, q, p, *other)
        belief = point(xp, own_odds - other_odds)
        # the posterior divides by the class weight, and the curvature is multiplied by it
        own_share = belief[2] / own_weight
        other_share = belief[3] / other_weight
        mean = curvature(xp, lp, lq, p, q, *own) * belief[2] + curvature(xp, lq, lp, q, p, *other) * belief[3]
        floor = least * own_weight * slope(xp, lp, lq, p, q, *own)
        return maximum(mean / (own_share + other_share), floor)

    return {"exact": exact, "floored": floored, "bounded": bounded, "expected": expected}


def approach(u, decays, tails):
    """Write the first steps to the points of a block of rows.

    In loops of their own: in one loop, what waits for an exponential, its logarithm and a quotient fills a
    core's queues before the next rows can start, which costs half again the time.
    """
    for k in range(u.size):
        decays[k] = decay(cpu_words, u[k])
    for k in range(u.size):
        tails[k] = tail_of(cpu_words, decays[k])


def hard_rows(xp: Any, formulas: Formulas, choose: Any, convex: Any) -> Callable[..., None]:
    """Return the loop over rows whose labels are 0 or 1."""
    phi, slope = formulas.phi, formulas.slope

    def hard(u, decays, tails, target, weight, numbers, negative, positive, value, gradient, hessian):
        for k in range(u.size):
            label = target[k] > 0.5
            lp, lq, p, q = point_of(xp, where(label, u[k], -u[k]), decays[k], tails[k])
            own = choose(label, positive, negative)
            share = 1.0 if weight is None else weight[k]
            own_weight = where(label, numbers[1], numbers[0])
            if value is not None:
                value[k] = unbounded(xp, share * own_weight * phi(xp, lp, lq, p, q, *own))
            if gradient is not None:
                steepness = share * own_weight * numbers[2] * slope(xp, lp, lq, p, q, *own)
                gradient[k] = where(label, -steepness, steepness)
            if hessian is not None:
                other = choose(label, negative, positive)
                other_weight = where(label, numbers[0], numbers[1])
                bend = convex(lp, lq, p, q, own, other, own_weight, other_weight, numbers[4], numbers[5])
                hessian[k] = share * numbers[3] * bend

    return hard


def soft_rows(xp: Any, formulas: Formulas, choose: Any, convex: Any) -> Callable[..., None]:
    """Return the loop over rows whose targets are probabilities: the expectation over both classes."""
    phi, slope = formulas.phi, formulas.slope

    def soft(u, decays, tails, target, weight, numbers, negative, positive, value, gradient, hessian):
        for k in range(u.size):
            lp, lq, p, q = point_of(xp, u[k], decays[k], tails[k])
            share = 1.0 if weight is None else weight[k]
            stated = minimum(maximum(target[k], 0.0), 1.0)  # rounding may have led it past an end
            t = stated + numbers[6] * (0.5 - stated)
            yes, no = share * t, share * (1.0 - t)
            w0, w1 = numbers[0], numbers[1]
            if value is not None:
                of_yes, of_no = phi(xp, lp, lq, p, q, *positive), phi(xp, lq, lp, q, p, *negative)
                value[k] = unbounded(xp, yes * w1 * of_yes + no * w0 * of_no)
            if gradient is not None:
                up = no * w0 * slope(xp, lq, lp, q, p, *negative)
                gradient[k] = numbers[2] * (up - yes * w1 * slope(xp, lp, lq, p, q, *positive))
            if hessian is not None:
                bend = yes * convex(lp, lq, p, q, positive, negative, w1, w0, numbers[4], numbers[5])
                bend += no * convex(lq, lp, q, p, negative, positive, w0, w1, numbers[4], numbers[5])
                hessian[k] = numbers[3] * bend

    return soft


def log_loss_rows(xp: Any, formulas: Formulas, *, smoothed: bool) -> Callable[..., None]:
    """Return the loop that leaves the clipped log-loss of the recovered posterior where the logits were."""
    log_a = formulas.log_a
    unsmoothed = without_smoothing if smoothed else as_stated

    def log_loss(u, decays, tails, target, weight, numbers, negative, positive, value, gradient, hessian):
        for k in range(u.size):
            lp, lq, p, q = point_of(xp, u[k], decays[k], tails[k])
            no, yes = lq - log_a(xp, lq, lp, q, p, *negative), lp - log_a(xp, lp, lq, p, q, *positive)
            odds = unsmoothed(yes - no - numbers[7], numbers[6] * 0.5) + numbers[8]
            against = where(target[k] > 0.5, -odds, odds)
            loss = maximum(against, 0.0) + log1p(exp(-abs(against)))
            share = 1.0 if weight is None else weight[k]
            u[k] = share * minimum(maximum(loss, LEAST_LOSS), MOST_LOSS)

    return log_loss


def as_stated(odds, spread):
    """Return the log-odds themselves: the targets were not smoothed."""
    return odds


def without_smoothing(odds, spread):
    """Return the log-odds before each class was given `spread` of the other's mass, at most about 87."""
    belief = point(cpu_words, odds)
    return log(maximum(belief[2] - spread, 0.0)) - log(maximum(belief[3] - spread, 0.0))


def every_row(rows: Callable[..., None]) -> Any:
    """Return the kernel that goes through rows a block at a time: the cast to float32, then `rows`.

    Where sums are asked for, they are of what `rows` leaves in place of the logits.
    """

    def row_kernel(raw, target, weight, settings, value, gradient, hessian, sums, start, stop):
        affine, numbers, negative, positive = settings
        space = np.empty((3, BLOCK), float32)
        for first in range(start, stop, BLOCK):
            last = min(first + BLOCK, stop)
            n = last - first
            u, decays, tails = space[0, :n], space[1, :n], space[2, :n]
            adjust(raw[first:last], affine[0], affine[1], u)
            approach(u, decays, tails)
            t, w, v = target[first:last], part(weight, first, last), part(value, first, last)
            g, h = part(gradient, first, last), part(hessian, first, last)
            rows(u, decays, tails, t, w, numbers, negative, positive, v, g, h)
            if sums is not None:
                sums[first // BLOCK] = total(u)

    return kernel(row_kernel)


def adjust(raw, scale, shift, u):
    """Write the adjusted logits; in a loop of its own, as float64 would halve the width of the rest."""
    for k in range(raw.size):
        u[k] = float32(scale * raw[k] + shift)


@summing_loop
def total(values):
    """Return the sum, in float64."""
    result = float64(0.0)
    for k in range(values.size):
        result += values[k]
    return result
