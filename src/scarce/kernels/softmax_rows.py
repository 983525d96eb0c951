"""The kernel of the softmax losses for rows whose classes lie side by side.

Some rows at a time: what a row has one of, such as its margin, is computed for all of them together
(`scarce.kernels.softmax_columns`). The margin of the label is against the *other* classes, so that nothing
cancels. A row's gradient is written after all of its logits were read, so that it may lie over them.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import float32, int32

from scarce.kernels.blocks import as_single, entry, part, stored
from scarce.kernels.cpu_arithmetic import bits, maximum, number, where, whole
from scarce.kernels.cpu_compiler import kernel, loop, summing_loop, word
from scarce.kernels.cpu_words import exp
from scarce.kernels.softmax_columns import (
    INFINITY,
    SKIPPED,
    at_labels,
    bring_near,
    read_labels,
)

if TYPE_CHECKING:
    from scarce.losses.modulation import Formulas

SPACE = 8_192  # numbers of some rows: they fit the first-level cache
ROWS = 64  # at most so many at a time
LEAST_ORDERED = int32(-2139095041)  # -infinity as `ordered` has it


@functools.cache
def rows_at_once(n_classes: int) -> int:
    """Return how many rows of so many classes are taken at a time."""
    return max(1, min(ROWS, SPACE // n_classes))


def every_row(xp: Any, formulas: Formulas, n_parameters: int) -> Any:
    """Return the kernel that goes through rows, at most `height` of them at a time."""
    at_each = at_labels(xp, formulas, n_parameters)

    def row_kernel(logits, labels, weight, settings, height, value, gradient, faults, start, stop):
        table, _, shift, scale, ignore, _, _, _ = settings
        n_classes = logits.shape[1]
        height = min(height, stop - start)
        space, numbers = np.empty((height, n_classes), float32), np.empty((4, height), float32)
        parameters, safe = np.empty((table.shape[0], height), float32), np.empty(height, np.int32)
        alike = (table == table[:, :1]).all()
        parameters[:] = table[:, :1]
        for first in range(start, stop, height):
            n = min(height, stop - first)
            own, top, rest, steep = numbers[0, :n], numbers[1, :n], numbers[2, :n], numbers[3, :n]
            y, u = safe[:n], space[:n]
            _, fault = read_labels(labels[first : first + n], ignore, n_classes, y)
            faults[first : first + n] = first + fault if fault >= 0 else -1
            read_rows(logits, first, y, u, top)
            if shift is not None or scale is not None:
                adjust(u, y, shift, scale, top)
            keep(u, y, own)
            bring_near(top)
            exponentials(u, y, top, rest)
            weights = part(weight, first, first + n)
            at_each(y, weights, settings, alike, parameters, own, top, rest, steep)
            value[first : first + n] = own
            if gradient is not None:
                finish(u, y, rest, steep, scale, gradient, first)

    return kernel(row_kernel)


# Loops over rows take whole arrays, as every view of one counts references, which empties a core's queues.


@loop
def read_rows(logits, first, y, u, top):
    """Write some rows of any type, 0 where a row does not count, and the largest entry but the label's."""
    for s in range(y.size):
        most, label = LEAST_ORDERED, y[s]  # a whole number, as the largest of floats does not vectorise
        if label == SKIPPED:  # selected before any arithmetic: its logits may be NaN
            for k in range(u.shape[1]):
                u[s, k] = 0.0
            most = ordered(bits(0.0))
        else:
            for k in range(u.shape[1]):
                z = as_single(logits[first + s, k])
                u[s, k] = z
                most = max(most, where(int32(k) == label, LEAST_ORDERED, ordered(bits(z))))
        top[s] = number(ordered(most))


@loop
def adjust(u, y, shift, scale, top):
    """Turn logits into ``scale u + shift``, and find the largest entries anew."""
    for s in range(y.size):
        label = y[s]
        # the largest goes off first: differences of large logits stay exact
        off = maximum(top[s], u[s, maximum(label, int32(0))]) if scale is None else 0.0
        for k in range(u.shape[1]):
            u[s, k] = (u[s, k] - off) * entry(scale, k, 1.0) + entry(shift, k, 0.0)
        most = LEAST_ORDERED
        for k in range(u.shape[1]):
            most = max(most, where(int32(k) == label, LEAST_ORDERED, ordered(bits(u[s, k]))))
        top[s] = number(ordered(most))


@loop
def largest(z):
    """Return the largest entry of a row of any type, or -infinity."""
    top = ordered(bits(-INFINITY))
    for k in range(z.size):
        top = max(top, ordered(bits(as_single(z[k]))))
    return number(ordered(top))


@word
def ordered(pattern):
    """Return a whole number in the order of the floats, given a float's bits; or those bits again."""
    return whole(pattern ^ whole(whole(pattern >> int32(31)) & int32(0x7FFFFFFF)))


@loop
def keep(u, y, own):
    """Keep the logit of the label."""
    for s in range(y.size):
        own[s] = u[s, maximum(y[s], int32(0))]


@summing_loop
def exponentials(u, y, top, rest):
    """Turn logits into exponentials, 0 for the label's, and sum them."""
    for s in range(y.size):
        result, label, off = 0.0, y[s], top[s]
        for k in range(u.shape[1]):
            e = where(int32(k) == label, 0.0, exp(u[s, k] - off))
            u[s, k] = e
            result += e
        rest[s] = result


@loop
def finish(e, y, factor, steep, scale, gradient, first):
    """Write the gradient of some rows."""
    for s in range(y.size):
        label, times, own = y[s], factor[s], -steep[s]
        for k in range(e.shape[1]):
            g = where(int32(k) == label, own, e[s, k] * times) * entry(scale, k, 1.0)
            gradient[first + s, k] = stored(g, gradient)
