"""The loops over a block of rows, as templates: plain functions with free names that each modulation fills.

`scarce.kernels.cpu` makes the copies in which the free names are one modulation's formulas.
"""

from __future__ import annotations

import numpy as np
from numpy import float32

from scarce.kernels.blocks import part
from scarce.kernels.vocabulary import exp, log, log1p, maximum, minimum, numba, where, word

BLOCK = 512  # rows whose logits stay in the first-level cache between the cast and the formulas
HALF, ONE, ZERO = float32(0.5), float32(1.0), float32(0.0)
LEAST_LOSS, MOST_LOSS = float32(1e-15), float32(34.538776)  # of a posterior clipped at 1e-15

# The free names: the steps to a point, the formulas of a modulation, how to choose between its classes'
# parameters, a curvature, loops. What they stand for is in the copies.
point = point_of = decay = tail_of = unbounded = phi = slope = curvature = log_a = None
choose = convex = unsmoothed = rows = None


# A point is (lp, lq, p, q); that of the other class at the same logit is (lq, lp, q, p).


def exact(lp, lq, p, q, own, other, own_weight, other_weight, least, factor):
    """Return the second derivative, whatever its sign."""
    return own_weight * curvature(lp, lq, p, q, *own)


def floored(lp, lq, p, q, own, other, own_weight, other_weight, least, factor):
    """Return the second derivative, and at least `least` times the slope."""
    steepness = slope(lp, lq, p, q, *own)
    return own_weight * maximum(curvature(lp, lq, p, q, *own), least * steepness)


def bounded(lp, lq, p, q, own, other, own_weight, other_weight, least, factor):
    """Return `factor` p times the slope: for focal the expected curvature up to a bounded factor."""
    return own_weight * (factor * p) * slope(lp, lq, p, q, *own)


def expected(lp, lq, p, q, own, other, own_weight, other_weight, least, factor):
    """Return the mean of both classes' curvatures at the posterior, and at least `least` times the slope."""
    own_odds = lp - log_a(lp, lq, p, q, *own)
    other_odds = lq - log_a(lq, lp, q, p, *other)
    belief = point(own_odds - other_odds)
    # the posterior divides by the class weight, and the curvature is multiplied by it
    own_share = belief[2] / own_weight
    other_share = belief[3] / other_weight
    bend = curvature(lp, lq, p, q, *own) * belief[2] + curvature(lq, lp, q, p, *other) * belief[3]
    floor = least * own_weight * slope(lp, lq, p, q, *own)
    return maximum(bend / (own_share + other_share), floor)


def approach(u, decays, tails):
    """Write the first steps to the points of a block of rows.

    In loops of their own: in one loop, what waits for an exponential, its logarithm and a quotient fills a
    core's queues before the next rows can start, which costs half again the time.
    """
    for k in range(u.size):
        decays[k] = decay(u[k])
    for k in range(u.size):
        tails[k] = tail_of(decays[k])


def hard_rows(u, decays, tails, target, weight, numbers, negative, positive, value, gradient, hessian):
    """Write a block of rows whose labels are 0 or 1."""
    for k in range(u.size):
        label = target[k] > HALF
        lp, lq, p, q = point_of(where(label, u[k], -u[k]), decays[k], tails[k])
        own = choose(label, positive, negative)
        share = ONE if weight is None else weight[k]
        own_weight = where(label, numbers[1], numbers[0])
        if value is not None:
            value[k] = unbounded(share * own_weight * phi(lp, lq, p, q, *own))
        if gradient is not None:
            steepness = share * own_weight * numbers[2] * slope(lp, lq, p, q, *own)
            gradient[k] = where(label, -steepness, steepness)
        if hessian is not None:
            other = choose(label, negative, positive)
            other_weight = where(label, numbers[0], numbers[1])
            bend = convex(lp, lq, p, q, own, other, own_weight, other_weight, numbers[4], numbers[5])
            hessian[k] = share * numbers[3] * bend


def soft_rows(u, decays, tails, target, weight, numbers, negative, positive, value, gradient, hessian):
    """Write a block of rows whose targets are probabilities: the expectation over both classes."""
    for k in range(u.size):
        lp, lq, p, q = point_of(u[k], decays[k], tails[k])
        share = ONE if weight is None else weight[k]
        stated = minimum(maximum(target[k], ZERO), ONE)  # rounding may have led it past an end
        t = stated + numbers[6] * (HALF - stated)
        yes, no = share * t, share * (ONE - t)
        w0, w1 = numbers[0], numbers[1]
        if value is not None:
            expected = yes * w1 * phi(lp, lq, p, q, *positive) + no * w0 * phi(lq, lp, q, p, *negative)
            value[k] = unbounded(expected)
        if gradient is not None:
            up = no * w0 * slope(lq, lp, q, p, *negative)
            gradient[k] = numbers[2] * (up - yes * w1 * slope(lp, lq, p, q, *positive))
        if hessian is not None:
            bend = yes * convex(lp, lq, p, q, positive, negative, w1, w0, numbers[4], numbers[5])
            bend += no * convex(lq, lp, q, p, negative, positive, w0, w1, numbers[4], numbers[5])
            hessian[k] = numbers[3] * bend


def log_loss_rows(u, decays, tails, target, weight, numbers, negative, positive, value, gradient, hessian):
    """Write a block of rows' log-loss of the recovered posterior, clipped at 1e-15."""
    for k in range(u.size):
        lp, lq, p, q = point_of(u[k], decays[k], tails[k])
        odds = (lp - log_a(lp, lq, p, q, *positive)) - (lq - log_a(lq, lp, q, p, *negative)) - numbers[7]
        odds = unsmoothed(odds, numbers[6] * HALF) + numbers[8]
        against = where(target[k] > HALF, -odds, odds)
        loss = maximum(against, ZERO) + log1p(exp(-abs(against)))
        share = ONE if weight is None else weight[k]
        value[k] = share * minimum(maximum(loss, LEAST_LOSS), MOST_LOSS)


def as_stated(odds, spread):
    """Return the log-odds themselves: the targets were not smoothed."""
    return odds


def without_smoothing(odds, spread):
    """Return the log-odds before each class was given `spread` of the other's mass, at most about 87."""
    belief = point(odds)
    return log(maximum(belief[2] - spread, ZERO)) - log(maximum(belief[3] - spread, ZERO))


def every_row(
    raw, target, weight, affine, numbers, negative, positive, value, gradient, hessian, start, stop
):
    """Go through rows start to stop a block at a time: first the cast to float32, then the formulas."""
    logits, decays, tails = np.empty(BLOCK, float32), np.empty(BLOCK, float32), np.empty(BLOCK, float32)
    for first in range(start, stop, BLOCK):
        last = min(first + BLOCK, stop)
        u, t, tail = logits[: last - first], decays[: last - first], tails[: last - first]
        adjust(raw[first:last], affine[0], affine[1], u)
        approach(u, t, tail)
        rows(
            u,
            t,
            tail,
            target[first:last],
            part(weight, first, last),
            numbers,
            negative,
            positive,
            part(value, first, last),
            part(gradient, first, last),
            part(hessian, first, last),
        )


def every_sum(raw, target, weight, affine, numbers, negative, positive, sums, start, stop):
    """As `every_row`, but keep only each block's sum of the value."""
    logits, decays, tails = np.empty(BLOCK, float32), np.empty(BLOCK, float32), np.empty(BLOCK, float32)
    values = np.empty(BLOCK, float32)
    for first in range(start, stop, BLOCK):
        last = min(first + BLOCK, stop)
        u, t, tail = logits[: last - first], decays[: last - first], tails[: last - first]
        v = values[: last - first]
        adjust(raw[first:last], affine[0], affine[1], u)
        approach(u, t, tail)
        w = part(weight, first, last)
        rows(u, t, tail, target[first:last], w, numbers, negative, positive, v, None, None)
        sums[first // BLOCK] = total(v)


@word
def adjust(raw, scale, shift, u):
    """Write the adjusted logits; in a loop of its own, as float64 would halve the width of the rest."""
    for k in range(raw.size):
        u[k] = float32(scale * raw[k] + shift)


@numba.njit(nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})
def total(values):
    """Return the sum, in float64."""
    result = 0.0
    for k in range(values.size):
        result += values[k]
    return result


@word
def choose_either(condition, first, second):
    """Choose between tuples that are alike: what is the same for every row then leaves the loop."""
    return first
