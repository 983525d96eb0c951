"""The kernel of the softmax losses for classes that lie one below the other, as PyTorch lays out images.

Rows of few classes are taken so too: such a row is too short to fill a vector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import float32, int32

from scarce.kernels import blocks, cpu_words
from scarce.kernels.binary_rows import ONE, ZERO
from scarce.kernels.blocks import as_single, entry
from scarce.kernels.cpu_arithmetic import maximum, where
from scarce.kernels.cpu_compiler import kernel, loop, word
from scarce.kernels.cpu_words import exp, log
from scarce.kernels.parameters import take
from scarce.kernels.polynomials import LEAST
from scarce.kernels.softmax_rows import FAR, INFINITY, NAN
from scarce.losses.formulas import point, unbounded

if TYPE_CHECKING:
    from scarce.losses.modulation import Formulas

COLUMNS = 256  # columns whose sums stay in the first-level cache
SKIPPED = int32(-1)  # the label of a row that does not count


def blocks_of(n_columns, width):
    """Return into how many blocks a row's columns fall."""
    return (n_columns + width - 1) // width


def every_column(xp: Any, formulas: Formulas, n_parameters: int) -> Any:
    """Return the kernel that goes through blocks of columns, `blocks_of` them in every row."""
    phi, slope = formulas.phi, formulas.slope
    taken = take(n_parameters)

    @kernel
    def values(m, y, w, table, out):
        for s in range(m.size):
            out[s] = unbounded(xp, w[s] * phi(xp, *point(cpu_words, m[s]), *taken(table, y[s])))

    @kernel
    def slopes(m, y, w, table, out):
        for s in range(m.size):
            out[s] = w[s] * slope(xp, *point(cpu_words, m[s]), *taken(table, y[s]))

    def column_kernel(
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
        smoothing,
        value,
        gradient,
        faults,
        start,
        stop,
    ):
        n_classes, n_columns = logits.shape[1:]
        space = np.empty((n_classes, COLUMNS), float32)
        tops, owns = np.empty(COLUMNS, float32), np.empty(COLUMNS, float32)
        rests, steeps = np.empty(COLUMNS, float32), np.empty(COLUMNS, float32)
        safe, counts = np.empty(COLUMNS, np.int32), np.empty(COLUMNS, float32)
        gradients = np.empty(COLUMNS, float32)
        per_row = blocks_of(n_columns, COLUMNS)
        for block in range(start, stop):
            i, first = block // per_row, block % per_row * COLUMNS
            faults[block] = -1
            n = min(COLUMNS, n_columns - first)
            top, own, rest, steep, y = tops[:n], owns[:n], rests[:n], steeps[:n], safe[:n]
            skipped = False
            for s in range(n):
                label = labels[i, first + s]
                valid = 0 <= label < n_classes and label != ignore
                if not valid and label != ignore:
                    faults[block] = i * n_columns + first + s
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

    return kernel(column_kernel)


@loop
def raise_to(z, top):
    """Raise the largest entries so far to a class's logits."""
    for s in range(z.size):
        top[s] = maximum(top[s], as_single(z[s]))


@loop
def moved(z, off, shift, scale, u):
    """Write a class's adjusted logits."""
    for s in range(u.size):
        u[s] = (as_single(z[s]) - off[s]) * scale + shift


@loop
def blank(u, y):
    """Select before any arithmetic: a column that does not count has logits 0, even if they were NaN."""
    for s in range(u.size):
        u[s] = where(y[s] == SKIPPED, ZERO, u[s])


@loop
def raise_others(u, y, k, top):
    """Raise the largest entries so far to a class's logits where it is not the label."""
    for s in range(u.size):
        top[s] = where(y[s] == k, top[s], maximum(top[s], u[s]))


# Loops below have few arrays each on purpose: with more than eight pairs that might overlap, LLVM stops
# checking at run time and does not vectorise.


@loop
def keep(u, y, k, own):
    """Keep the adjusted logit where the class is the label."""
    for s in range(u.size):
        own[s] = where(y[s] == k, u[s], own[s])


@loop
def gather(u, y, k, top, rest):
    """Turn a class's logits into exponentials that add to the rest, but for the label's."""
    for s in range(u.size):
        e = where(y[s] == k, ZERO, exp(u[s] - top[s]))
        rest[s] += e
        u[s] = e


@loop
def multiply_by_class(w, class_weight, y):
    """Multiply the weights by those of the classes."""
    for s in range(w.size):
        w[s] *= class_weight[y[s]]


@loop
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
