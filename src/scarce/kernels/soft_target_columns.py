"""The kernel of the softmax losses whose targets spread over classes: soft ones, and smoothed labels.

The loss is the expectation over the target, so that every class has a margin against all others, a value and
a pull. Classes lie one below the other, as in `scarce.kernels.softmax_columns`; a loop does one class at a
time. Sums over classes are kept in double precision, as there may be many.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import float32, float64, int32

from scarce.kernels import blocks, cpu_words
from scarce.kernels.binary_rows import approach
from scarce.kernels.blocks import as_single, entry
from scarce.kernels.class_parameters import take
from scarce.kernels.cpu_arithmetic import maximum, where
from scarce.kernels.cpu_compiler import kernel, loop
from scarce.kernels.cpu_words import exp, log, log1p
from scarce.kernels.softmax_columns import (
    FAR,
    INFINITY,
    NAN,
    SKIPPED,
    blank,
    moved,
    raise_to,
    read_labels,
)
from scarce.losses.formulas import point_of, unbounded

if TYPE_CHECKING:
    from scarce.losses.modulation import Formulas

COLUMNS = 256
SPACE = 262_144  # numbers a thread keeps of each kind: three of them fit the second-level cache
LEAST_Q, LOG_LEAST_Q = 1e-30, -69.07755


@functools.cache
def columns_at_once(n_classes: int) -> int:
    """Return how many columns of so many classes are taken at a time."""
    return max(16, min(COLUMNS, SPACE // n_classes))


def every_mass_column(xp: Any, formulas: Formulas, n_parameters: int) -> Any:
    """Return the kernel that goes through blocks of columns, each at most `width` wide."""
    phi, slope = formulas.phi, formulas.slope
    taken = take(n_parameters)

    @kernel
    def of_class(margin, mass, k, table, p_of, pull, push):
        """Write a class's probability, pull and push, and its value where the margin was."""
        parameters = taken(table, k)
        approach(margin, p_of, pull)
        for s in range(margin.size):
            lp, lq, p, q = point_of(cpu_words, margin[s], p_of[s], pull[s])
            margin[s] = mass[s] * phi(xp, lp, lq, p, q, *parameters)
            # slope = q a; what a certain class pulls at meets other classes' p below LEAST_Q
            least = maximum(q, LEAST_Q)
            pulled = mass[s] * slope(xp, lp, maximum(lq, LOG_LEAST_Q), p, least, *parameters) / least
            pull[s] = pulled
            push[s] = pulled * q
            p_of[s] = p

    def mass_kernel(logits, labels, masses, weight, settings, width, value, gradient, faults, start, stop):
        table, class_weight, shift, scale, ignore, factor, times, smoothing = settings
        n_classes, n_columns = logits.shape[1:]
        most = min(width, n_columns)
        space = np.empty((3, n_classes, most), float32)
        room, sums = np.empty((7, most), float32), np.empty((3, most), np.float64)
        classes, tops = np.empty(most, np.int32), np.empty(most, np.int32)
        even = smoothing / float32(n_classes)
        per_row = (n_columns + width - 1) // width
        for block in range(start, stop):
            i, first = block // per_row, block % per_row * width
            last = min(first + width, n_columns)
            n = last - first
            y, which = classes[:n], tops[:n]
            top, second, rest, everything = room[0, :n], room[1, :n], room[2, :n], room[3, :n]
            margin, mass, w = room[4, :n], room[5, :n], room[6, :n]
            rests, others, loss = sums[0, :n], sums[1, :n], sums[2, :n]
            y[:], fault = 0, -1
            if labels is not None:
                _, fault = read_labels(labels[i, first:last], ignore, n_classes, y)
            faults[block] = i * n_columns + first + fault if fault >= 0 else -1
            for s in range(n):
                skipped = y[s] == SKIPPED
                w[s] = where(skipped, 0.0, factor if weight is None else factor * weight[i, first + s])
                top[s], second[s], which[s] = -INFINITY, -INFINITY, int32(0)
                rests[s], others[s], loss[s], margin[s] = 0.0, 0.0, 0.0, 0.0
            if shift is not None and scale is None:  # the largest goes off first: large logits stay exact
                for k in range(n_classes):
                    raise_to(logits[i, k, first:last], top)
                for s in range(n):
                    margin[s], top[s] = top[s], -INFINITY
            for k in range(n_classes):
                u = space[0, k, :n]
                moved(logits[i, k, first:last], margin, entry(shift, k, 0.0), entry(scale, k, 1.0), u)
                blank(u, y)
                rank(u, int32(k), top, second, which)
            for s in range(n):
                second[s] = where(second[s] == -INFINITY, FAR, second[s])  # all but one are masked
            for k in range(n_classes):
                exponentials(space[0, k, :n], int32(k), which, second, rest)
                add(rest, rests)
            whole(top, second, rests, rest, everything)
            for k in range(n_classes):
                u, pull, push = space[0, k, :n], space[1, k, :n], space[2, k, :n]
                of_k = entry(class_weight, k, 1.0)
                if labels is not None:
                    smoothed(y, int32(k), smoothing, even, of_k, mass)
                if masses is not None:
                    read_mass(masses[i, k, first:last], smoothing, even, of_k, mass)
                margins(u, int32(k), which, top, rest, everything, margin)
                of_class(margin, mass, int32(k), table, u, pull, push)
                add(margin, loss)
                add(pull, others)
            for s in range(n):
                value[i, first + s] = unbounded(cpu_words, w[s] * float32(loss[s]))
                second[s] = float32(others[s])
            if gradient is not None:
                for s in range(n):
                    w[s] *= times
                for k in range(n_classes):
                    out = gradient[i, k, first:last]
                    g = blocks.room(out, margin)
                    p, pull, push = space[0, k, :n], space[1, k, :n], space[2, k, :n]
                    balance(p, pull, push, second, w, entry(scale, k, 1.0), g)
                    blocks.put(g, out)

    return kernel(mass_kernel)


@loop
def smoothed(y, k, smoothing, even, of_class, mass):
    """Write what smoothed labels put on a class, times its weight."""
    for s in range(mass.size):
        mass[s] = of_class * (even + where(y[s] == k, 1.0 - smoothing, 0.0))


@loop
def read_mass(given, smoothing, even, of_class, mass):
    """Write what smoothed targets put on a class, times its weight."""
    for s in range(mass.size):
        mass[s] = of_class * (even + (1.0 - smoothing) * maximum(as_single(given[s]), 0.0))


# Loops of their own, for the same reason as in `softmax_columns`: few arrays each.


@loop
def rank(u, k, top, second, which):
    """Take a class into the largest and the second largest so far."""
    for s in range(u.size):
        ahead = u[s] > top[s]
        second[s] = where(ahead, top[s], maximum(second[s], u[s]))
        which[s] = where(ahead, k, which[s])
        top[s] = where(ahead, u[s], top[s])


@loop
def exponentials(u, k, which, second, e):
    """Write a class's exponentials, 0 where it is the largest."""
    for s in range(u.size):
        e[s] = where(which[s] == k, 0.0, exp(u[s] - second[s]))


@loop
def add(x, total):
    """Add to the totals; in a loop of its own, as float64 would halve the width of the rest."""
    for s in range(x.size):
        total[s] += x[s]


@loop
def whole(top, second, rests, rest, everything):
    """Write the logarithms of sums, relative to the largest: of the others, and of everything."""
    for s in range(top.size):
        rest[s] = float32(rests[s])
    for s in range(top.size):
        of_others = where(abs(top[s]) == INFINITY, NAN, second[s] - top[s] + log(rest[s]))
        rest[s] = of_others
        everything[s] = maximum(of_others, 0.0) + log1p(exp(-abs(of_others)))


@loop
def margins(u, k, which, top, rest, everything, margin):
    """Write a class's margins against all others; one that is not the largest has p <= 1/2."""
    for s in range(u.size):
        log_share = u[s] - top[s] - everything[s]
        below = log_share - log1p(-exp(log_share))
        margin[s] = where(which[s] == k, -rest[s], below)


@loop
def balance(p, pull, push, others, w, scale, g):
    """Write a class's gradient: what the other classes pull, less its own push."""
    for s in range(g.size):
        g[s] = w[s] * scale * (p[s] * (others[s] - pull[s]) - push[s])


@kernel
def count_mass(target, weight, class_weight, of_class):
    """Return the sum over rows of weight times mass: over all classes, or of one."""
    counted = float64(0.0)
    for i in range(target.shape[0]):
        for k in range(target.shape[1]):
            if of_class in (k, -1):
                share = entry(class_weight, k, 1.0)
                for s in range(target.shape[2]):
                    mass = float64(maximum(as_single(target[i, k, s]), 0.0)) * share
                    counted += mass if weight is None else mass * weight[i, s]
    return counted
