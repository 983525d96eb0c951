"""Sigmoid losses of a whole tensor in one pass on a GPU: the kernel, and how many of its programs run.

What is ignored is never computed with, soft targets are found a block at a time, and a target outside [0, 1]
or a weight that is none makes its loss and gradient NaN: to raise an error the processor would have to wait
for the device.
"""

from __future__ import annotations

import functools
import math

from scarce.kernels.gpu_compiler import constant, device, tl, triton
from scarce.kernels.gpu_words import chosen, maximum, minimum, taken
from scarce.losses.inputs import ROUNDING as OF_HALF_PRECISION

BLOCK = 1024
"""Elements of one program: eight a thread, which is two loads of sixteen bytes in single precision."""

WARPS = 4
LABELS, EITHER, MASSES = 0, 1, 2  # what `SOFT` says of targets: 0 and 1, to be looked at, probabilities

INFINITY = constant(math.inf)
ROUNDING = constant(OF_HALF_PRECISION)


@functools.partial(triton.jit, do_not_specialize=["ignore"])
def every_element(
    logits,
    target,
    weight,
    class_weight,
    shift,
    scale,
    divisor,
    table,
    value,
    gradient,
    sums,
    n,
    per_weight,
    per_label,
    n_labels,
    ignore,
    factor,
    smoothing,
    LOSS: tl.constexpr,
    TYPE: tl.constexpr,
    IGNORES: tl.constexpr,
    BY_LABEL: tl.constexpr,
    SOFT: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Go through one block: read, the formulas, and what was asked for of values, their sum and gradients."""
    program = tl.program_id(0)
    start = program.to(tl.int64) * BLOCK
    place = tl.arange(0, BLOCK)
    inside = place < n - start
    z = tl.load(logits + start + place, mask=inside, other=0.0).to(tl.float32)
    given = tl.load(target + start + place, mask=inside, other=0).to(TYPE)
    counts = inside
    if IGNORES:
        counts = inside & (given != ignore)
        z = tl.where(counts, z, 0.0)
    t = tl.where(counts, given.to(tl.float32), 0.0)
    by = factor + 0.0 * smoothing  # a number of the device's, as the arguments may be Python's
    if divisor is not None:
        by = by / tl.load(divisor)
    share = tl.where(counts, by, 0.0)
    if weight is not None:
        row = (start // per_weight) + ((start % per_weight).to(tl.int32) + place) // per_weight
        share = share * weight_of(tl.load(weight + row, mask=counts, other=0.0).to(tl.float32))
    label = 0
    if BY_LABEL:  # labels lie on axis 1, with per_label elements behind each
        label = ((start // per_label) % n_labels).to(tl.int32)
        label = (label + ((start % per_label).to(tl.int32) + place) // per_label) % n_labels
    u = z
    steep = 1.0
    if scale is not None:
        steep = tl.load(scale + label)
        u = u * steep
    if shift is not None:
        u = u + tl.load(shift + label)
    no_weight = 1.0
    yes_weight = 1.0
    if class_weight is not None:
        no_weight = tl.load(class_weight + 2 * label)
        yes_weight = tl.load(class_weight + 2 * label + 1)
    negative = taken(LOSS, table, 0, 2)
    positive = taken(LOSS, table, 1, 2)
    between = t * (1.0 - t)
    if SOFT == 2:
        t = probability_of(t)
        v, g = soft(LOSS, u, t + smoothing * (0.5 - t), share, no_weight, yes_weight, negative, positive)
    elif SOFT == 0:
        share = tl.where(between == 0.0, share, float("nan"))
        v, g = hard(LOSS, u, t, share, no_weight, yes_weight, negative, positive)
    elif tl.sum((between != 0.0).to(tl.int32), axis=0) == 0:
        v, g = hard(LOSS, u, t, share, no_weight, yes_weight, negative, positive)
    else:
        v, g = soft(LOSS, u, probability_of(t), share, no_weight, yes_weight, negative, positive)
    v = LOSS.unbounded(LOSS.xp, v)
    if gradient is not None:
        tl.store(gradient + start + place, g * steep, mask=inside)
    if value is not None:
        tl.store(value + start + place, v, mask=inside)
    if sums is not None:
        tl.store(sums + program, tl.sum(v, axis=0))


@device
def hard(LOSS: tl.constexpr, u, t, share, no_weight, yes_weight, negative, positive):
    """Return values and gradients in the adjusted logits where targets are 0 or 1."""
    label = t > 0.5
    lp, lq, p, q = LOSS.point(LOSS.xp, tl.where(label, u, -u))
    own = positive  # what is the same for all is then computed once
    if not LOSS.alike:
        own = chosen(label, positive, negative)
    w = share * tl.where(label, yes_weight, no_weight)
    steepness = w * LOSS.slope(LOSS.xp, lp, lq, p, q, *own)
    return w * LOSS.phi(LOSS.xp, lp, lq, p, q, *own), tl.where(label, -steepness, steepness)


@device
def soft(LOSS: tl.constexpr, u, t, share, no_weight, yes_weight, negative, positive):
    """Return the same where targets are probabilities: the expectation over both classes."""
    lp, lq, p, q = LOSS.point(LOSS.xp, u)
    yes = share * t * yes_weight
    no = share * (1.0 - t) * no_weight
    v = yes * LOSS.phi(LOSS.xp, lp, lq, p, q, *positive) + no * LOSS.phi(LOSS.xp, lq, lp, q, p, *negative)
    up = no * LOSS.slope(LOSS.xp, lq, lp, q, p, *negative)
    return v, up - yes * LOSS.slope(LOSS.xp, lp, lq, p, q, *positive)


@device
def probability_of(target):
    """Return a target that rounding took outside [0, 1] at its end, and one farther outside as NaN."""
    clipped = minimum(maximum(target, 0.0), 1.0)
    return tl.where(tl.abs(target - clipped) <= ROUNDING, clipped, float("nan"))


@device
def weight_of(given):
    """Return a sample weight, and NaN for what is none: negative or not finite."""
    return tl.where((given >= 0.0) & (given < INFINITY), given, float("nan"))


@functools.partial(triton.jit, do_not_specialize=["ignore", "background"])
def counted_targets(
    target,
    weight,
    class_weight,
    sums,
    n,
    per_weight,
    n_classes,
    ignore,
    background,
    TYPE: tl.constexpr,
    IGNORES: tl.constexpr,
    FOREGROUND: tl.constexpr,
    MASS: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Sum the weights of one block's targets that count.

    With `MASS` each is taken times the target; with `FOREGROUND` those of the background are left out.
    """
    program = tl.program_id(0)
    start = program.to(tl.int64) * BLOCK
    place = tl.arange(0, BLOCK)
    counts = place < n - start
    share = tl.where(counts, 1.0, 0.0)
    given = tl.load(target + start + place, mask=counts, other=0).to(TYPE)
    if IGNORES:
        counts = counts & (given != ignore)
    if FOREGROUND:
        counts = counts & (given != background)
    if weight is not None:
        row = (start // per_weight) + ((start % per_weight).to(tl.int32) + place) // per_weight
        share = weight_of(tl.load(weight + row, mask=counts, other=0.0).to(tl.float32))
    if class_weight is not None:
        good = counts & (given >= 0) & (given < n_classes)
        share = share * tl.load(class_weight + given, mask=good, other=0.0).to(tl.float32)
    if MASS:
        share = share * probability_of(given.to(tl.float32))
    tl.store(sums + program, tl.sum(tl.where(counts, share, 0.0), axis=0))


@triton.jit
def scaled_elements(numbers, factor, result, n, IN_PLACE: tl.constexpr, BLOCK: tl.constexpr):
    """Multiply one block by a number on the device; in place and by 1 nothing is read and nothing written."""
    by = tl.load(factor).to(tl.float32)
    if (by != 1.0) or (not IN_PLACE):
        start = tl.program_id(0).to(tl.int64) * BLOCK
        place = tl.arange(0, BLOCK)
        inside = place < n - start
        x = tl.load(numbers + start + place, mask=inside, other=0.0).to(tl.float32)
        tl.store(result + start + place, x * by, mask=inside)
