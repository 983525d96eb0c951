"""The kernel of the softmax losses whose targets spread over many classes that lie side by side.

As in `scarce.kernels.soft_target_columns`, but a point is made from the class's probability: all classes but
the largest have p <= 1/2, where ``1 - p`` and its logarithm lose nothing, so that one exponential and one
logarithm a class do. The largest is taken out of the loops, and its margin is computed against the others. A
row's gradient is written after all of its logits were read, so that it may lie over them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import float32, float64, int32

from scarce.kernels import blocks, cpu_words
from scarce.kernels.binary_rows import total
from scarce.kernels.blocks import as_single, entry
from scarce.kernels.class_parameters import take
from scarce.kernels.cpu_arithmetic import maximum, where
from scarce.kernels.cpu_compiler import kernel, loop, summing_loop
from scarce.kernels.cpu_words import exp, log, log1p
from scarce.kernels.soft_target_columns import LEAST_Q, LOG_LEAST_Q, read_mass
from scarce.kernels.softmax_columns import FAR, INFINITY, NAN
from scarce.kernels.softmax_rows import largest
from scarce.losses.formulas import point, unbounded

if TYPE_CHECKING:
    from scarce.losses.modulation import Formulas

LOWEST = float(np.finfo(float32).min)


def every_mass_row(xp: Any, formulas: Formulas, n_parameters: int) -> Any:
    """Return the kernel that goes through rows."""
    phi, slope = formulas.phi, formulas.slope
    taken = take(n_parameters)

    @kernel
    def of_others(u, e, mass, table, top, everything, share):
        """Write values where the logits were, and pulls where the masses were, of classes with p <= 1/2."""
        for k in range(u.size):
            parameters = taken(table, k)
            p = e[k] * share
            q = 1.0 - p
            lp, lq = maximum((u[k] - top) - everything, FAR), log1p(-p)
            u[k] = mass[k] * phi(xp, lp, lq, p, q, *parameters)
            mass[k] = mass[k] * slope(xp, lp, lq, p, q, *parameters) / q  # slope = q a

    @kernel
    def of_largest(margin, mass, k, table):
        """Return the value and the pull of the largest class, its p and 1 - p."""
        parameters = taken(table, k)
        lp, lq, p, q = point(cpu_words, margin)
        least = maximum(q, LEAST_Q)  # what a certain class pulls at meets other classes' p below it
        pull = mass * slope(xp, lp, maximum(lq, LOG_LEAST_Q), p, least, *parameters) / least
        return mass * phi(xp, lp, lq, p, q, *parameters), pull, p, q

    def mass_kernel(logits, labels, masses, weight, settings, _, value, gradient, faults, start, stop):
        table, class_weight, shift, scale, ignore, factor, times, smoothing = settings
        n_classes = logits.shape[1]
        space = np.empty((3, n_classes), float32)
        u, e, mass = space[0], space[1], space[2]
        even = smoothing / float32(n_classes)
        for i in range(start, stop):
            faults[i] = -1
            if labels is not None:
                y = labels[i]
                if y == ignore or y < 0 or y >= n_classes:
                    if y != ignore:
                        faults[i] = i
                    value[i] = 0.0
                    if gradient is not None:
                        gradient[i, :] = 0
                    continue
                mass[:] = even
                mass[y] += 1.0 - smoothing
            if masses is not None:
                read_mass(masses[i], smoothing, even, 1.0, mass)
            rescale(mass, class_weight)
            # the largest goes off first: differences of large logits stay exact
            off = largest(logits[i]) if shift is not None and scale is None else 0.0
            move(logits[i], off, shift, scale, u)
            top = largest(u)
            top = where(abs(top) == INFINITY, NAN, top)  # no logit means anything then
            which = place(u, top)
            of_top = mass[which]
            u[which] = -INFINITY
            second = maximum(largest(u), LOWEST)
            exponentials(u, second, e)
            rest = total(e)
            u[which], mass[which] = top, 0.0
            # p of another class is e times `share`
            drop = exp(second - top)
            sum_of_others = drop * float32(rest)
            share, everything = drop / (1.0 + sum_of_others), log1p(sum_of_others)
            of_others(u, e, mass, table, top, everything, share)
            others = float32(total(mass))
            loss, pull, p, q = of_largest(top - second - log(float32(rest)), of_top, which, table)
            w = factor if weight is None else factor * weight[i]
            value[i] = unbounded(cpu_words, w * float32(total(u) + loss))
            if gradient is not None:
                w *= times
                out = gradient[i]
                row = blocks.room(out, u)
                balance(e, mass, w, share * (others + pull), row)
                row[which] = w * (p * others - pull * q)
                rescale(row, scale)
                blocks.put(row, out)

    return kernel(mass_kernel)


# Loops of their own, for the same reason as in `softmax_columns`: few arrays each.


@loop
def move(z, off, shift, scale, u):
    """Write the adjusted logits."""
    for k in range(u.size):
        u[k] = (as_single(z[k]) - off) * entry(scale, k, 1.0) + entry(shift, k, 0.0)


@loop
def place(u, top):
    """Return where an entry is, the last if there are several and the first of all if there is none."""
    which = int32(0)
    for k in range(u.size):
        which = max(which, where(u[k] == top, int32(k), int32(0)))
    return which


@loop
def exponentials(u, second, e):
    """Write the exponentials relative to the largest of the others."""
    for k in range(u.size):
        e[k] = exp(u[k] - second)


@loop
def balance(e, pull, w, factor, row):
    """Write what all classes pull at each, less its own pull."""
    for k in range(row.size):
        row[k] = w * (e[k] * factor - pull[k])


@summing_loop
def mass_of_row(given, class_weight):
    """Return a row's mass, in float64."""
    result = float64(0.0)
    for k in range(given.size):
        result += float64(maximum(as_single(given[k]), 0.0)) * entry(class_weight, k, 1.0)
    return result


@kernel
def count_mass_of_rows(target, weight, class_weight):
    """Return the sum over rows of weight times mass, as `soft_target_columns.count_mass` does."""
    counted = float64(0.0)
    for i in range(target.shape[0]):
        mass = mass_of_row(target[i], class_weight)
        counted += mass if weight is None else mass * weight[i, 0]
    return counted


@loop
def rescale(row, scale):
    """Multiply a row by one number a class, where there are any."""
    if scale is not None:
        for k in range(row.size):
            row[k] = row[k] * scale[k]
