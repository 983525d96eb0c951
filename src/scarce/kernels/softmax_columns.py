"""The templates of the softmax losses for classes that lie one below the other, as PyTorch lays out images.

Rows of few classes are taken so too: such a row is too short to fill a vector.
"""

from __future__ import annotations

import numpy as np
from numpy import float32, int32

from scarce.kernels import blocks
from scarce.kernels.blocks import as_single, entry
from scarce.kernels.class_rows import FAR, INFINITY, NAN
from scarce.kernels.rows import ONE, ZERO
from scarce.kernels.vocabulary import LEAST, exp, log, maximum, numba, where, word

COLUMNS = 256  # columns whose sums stay in the first-level cache
SKIPPED = int32(-1)  # the label of a row that does not count

# The free names: the formulas of a modulation, how to take its parameters of a class, loops over columns.
point = unbounded = phi = slope = taken = values = slopes = None


def every_column(
    logits,
    labels,
    weight,
    table,
    class_weight,
    shift,
    scale,
    ignore,
    factor,
    times,
    value,
    gradient,
    faults,
    start,
    stop,
):
    """Go through rows start to stop whose classes lie one below the other, some columns at a time."""
    n_classes, n_columns = logits.shape[1:]
    space = np.empty((n_classes, COLUMNS), float32)
    tops, owns = np.empty(COLUMNS, float32), np.empty(COLUMNS, float32)
    rests, steeps = np.empty(COLUMNS, float32), np.empty(COLUMNS, float32)
    safe, counts = np.empty(COLUMNS, np.int32), np.empty(COLUMNS, float32)
    gradients = np.empty(COLUMNS, float32)
    for i in range(start, stop):
        for first in range(0, n_columns, COLUMNS):
            n = min(COLUMNS, n_columns - first)
            top, own, rest, steep, y = tops[:n], owns[:n], rests[:n], steeps[:n], safe[:n]
            skipped = False
            for s in range(n):
                label = labels[i, first + s]
                valid = 0 <= label < n_classes and label != ignore
                if not valid and label != ignore:
                    faults[i] = first + s
                y[s] = int32(label) if valid else SKIPPED
                skipped |= not valid
                top[s] = -INFINITY
            if shift is not None and scale is None:
                for k in range(n_classes):
                    raise_to(logits[i, k, first : first + n], top)
                for s in range(n):
                    own[s] = top[s]  # what goes off first, so that large logits stay exact
                    top[s] = -INFINITY
            else:
                own[:] = ZERO
            for k in range(n_classes):
                u = space[k, :n]
                moved(logits[i, k, first : first + n], own, entry(shift, k, ZERO), entry(scale, k, ONE), u)
                if skipped:
                    blank(u, y)
                raise_others(u, y, int32(k), top)
            for s in range(n):
                rest[s] = ZERO
                top[s] = where(top[s] == -INFINITY, FAR, top[s])  # all others are masked
                own[s] = ZERO
            for k in range(n_classes):
                keep(space[k, :n], y, int32(k), own)
                gather(space[k, :n], y, int32(k), top, rest)
            w = counts[:n]
            for s in range(n):
                w[s] = where(
                    y[s] == SKIPPED, ZERO, factor if weight is None else factor * weight[i, first + s]
                )
                y[s] = where(y[s] == SKIPPED, int32(0), y[s])
            if class_weight is not None:
                multiply_by_class(w, class_weight, y)
            margins(own, top, rest)
            values(own, y, w, table, value[i, first : first + n])
            slopes(own, y, w, table, steep)
            for s in range(n):
                steep[s] *= times
                rest[s] = steep[s] / maximum(rest[s], LEAST)  # all others may be masked by -inf
            if gradient is not None:
                for k in range(n_classes):
                    out = gradient[i, k, first : first + n]
                    g = blocks.room(out, gradients)
                    finish(space[k, :n], y, int32(k), rest, steep, entry(scale, k, ONE), g)
                    blocks.put(g, out)


@numba.njit(nogil=True, error_model="numpy")
def raise_to(z, top):
    """Raise the largest entries so far to a class's logits."""
    for s in range(z.size):
        top[s] = maximum(top[s], as_single(z[s]))


@numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})
def moved(z, off, shift, scale, u):
    """Write a class's adjusted logits."""
    for s in range(u.size):
        u[s] = (as_single(z[s]) - off[s]) * scale + shift


@numba.njit(nogil=True, error_model="numpy")
def blank(u, y):
    """Select before any arithmetic: a column that does not count has logits 0, even if they were NaN."""
    for s in range(u.size):
        u[s] = where(y[s] == SKIPPED, ZERO, u[s])


@numba.njit(nogil=True, error_model="numpy")
def raise_others(u, y, k, top):
    """Raise the largest entries so far to a class's logits where it is not the label."""
    for s in range(u.size):
        top[s] = where(y[s] == k, top[s], maximum(top[s], u[s]))


# Loops below have few arrays each on purpose: with more than eight pairs that might overlap, LLVM stops
# checking at run time and does not vectorise.


@numba.njit(nogil=True, error_model="numpy")
def keep(u, y, k, own):
    """Keep the adjusted logit where the class is the label."""
    for s in range(u.size):
        own[s] = where(y[s] == k, u[s], own[s])


@numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})
def gather(u, y, k, top, rest):
    """Turn a class's logits into exponentials that add to the rest, but for the label's."""
    for s in range(u.size):
        e = where(y[s] == k, ZERO, exp(u[s] - top[s]))
        rest[s] += e
        u[s] = e


@numba.njit(nogil=True, error_model="numpy")
def multiply_by_class(w, class_weight, y):
    """Multiply the weights by those of the classes."""
    for s in range(w.size):
        w[s] *= class_weight[y[s]]


@numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})
def margins(own, top, rest):
    """Turn the labels' logits into their margins, NaN at infinity and where all classes are masked."""
    for s in range(own.size):
        undefined = own[s] == INFINITY or (own[s] == -INFINITY and top[s] == FAR)
        own[s] = where(undefined, NAN, own[s] - top[s] - log(rest[s]))


@word
def finish(e, y, k, factor, steep, scale, out):
    """Write a class's gradient."""
    for s in range(e.size):
        out[s] = where(y[s] == k, -steep[s], e[s] * factor[s]) * scale


def value_loop(m, y, w, table, out):
    """Write the weighted values of some margins."""
    for s in range(m.size):
        out[s] = unbounded(w[s] * phi(*point(m[s]), *taken(table, y[s])))


def slope_loop(m, y, w, table, out):
    """Write the weighted slopes of some margins."""
    for s in range(m.size):
        out[s] = w[s] * slope(*point(m[s]), *taken(table, y[s]))
