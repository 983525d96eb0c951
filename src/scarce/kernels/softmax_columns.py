"""The kernel of the softmax losses for classes that lie one below the other, as PyTorch lays out images.

Rows of few classes are taken so too: such a row is too short to fill a vector.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import float32, int32

from scarce.kernels import blocks, cpu_words
from scarce.kernels.blocks import as_single, entry
from scarce.kernels.class_parameters import take
from scarce.kernels.cpu_arithmetic import maximum, where
from scarce.kernels.cpu_compiler import kernel, loop, word
from scarce.kernels.cpu_words import exp, log
from scarce.kernels.polynomials import LEAST
from scarce.losses import formulas
from scarce.losses.formulas import point, unbounded

if TYPE_CHECKING:
    from scarce.losses.modulation import Formulas

FAR, INFINITY, NAN = -formulas.FAR, np.inf, np.nan
COLUMNS = 2048  # at most so many at a time: shorter stretches of each class are slow to read and write
SPACE = 32_768  # numbers a thread keeps: they fit the second-level cache
STEP = 64  # rows of the space start alike, as vectors across two cache lines take twice the time
SKIPPED = int32(-1)  # the label of a row that does not count


@functools.cache
def columns_at_once(n_classes: int) -> int:
    """Return how many columns of so many classes are taken at a time."""
    return min(COLUMNS, max(STEP, SPACE // n_classes // STEP * STEP))


def at_labels(xp: Any, formulas: Formulas, n_parameters: int) -> Any:
    """Return the kernel of the labels' part: their logits become values, the rests what exponentials take."""
    phi, slope = formulas.phi, formulas.slope
    taken = take(n_parameters)

    @kernel
    def at_margins(m, w, chosen):
        for s in range(m.size):
            lp, lq, p, q = point(cpu_words, m[s])
            own = taken(chosen, s)
            value = unbounded(xp, w[s] * phi(xp, lp, lq, p, q, *own))
            w[s] *= slope(xp, lp, lq, p, q, *own)
            m[s] = value

    @kernel
    def label_kernel(y, weight, settings, alike, chosen, own, top, rest, steep):
        table, class_weight, _, _, _, factor, times, _ = settings
        weigh(weight, factor, y, steep)
        multiply_by_class(steep, class_weight, y)
        if not alike:
            choose(table, y, chosen)
        margins(own, top, rest)
        at_margins(own, steep, chosen)
        divide(steep, times, rest)

    return label_kernel


def every_column(xp: Any, formulas: Formulas, n_parameters: int) -> Any:
    """Return the kernel that goes through blocks of at most `width` columns of a row."""
    at_each = at_labels(xp, formulas, n_parameters)

    def column_kernel(logits, labels, weight, settings, width, value, gradient, faults, start, stop):
        table, _, shift, scale, ignore, _, _, _ = settings
        n_classes, n_columns = logits.shape[1:]
        most = min(width, n_columns)
        space, numbers = np.empty((n_classes, most), float32), np.empty((5, most), float32)
        parameters, safe = np.empty((table.shape[0], most), float32), np.empty(most, np.int32)
        alike = (table == table[:, :1]).all()
        parameters[:] = table[:, :1]
        per_row = (n_columns + width - 1) // width
        for block in range(start, stop):
            i, first = block // per_row, block % per_row * width
            last = min(first + width, n_columns)
            n = last - first
            top, own, rest, steep = numbers[0, :n], numbers[1, :n], numbers[2, :n], numbers[3, :n]
            y = safe[:n]
            skipped, fault = read_labels(labels[i, first:last], ignore, n_classes, y)
            faults[block] = i * n_columns + first + fault if fault >= 0 else -1
            top[:] = -INFINITY
            rest[:], own[:] = 0.0, 0.0
            if shift is not None and scale is None:  # the largest goes off first: large logits stay exact
                for k in range(n_classes):
                    raise_to(logits[i, k, first:last], top)
                rest[:], top[:] = top, -INFINITY
            for k in range(n_classes):
                u = space[k, :n]
                moved(logits[i, k, first:last], rest, entry(shift, k, 0.0), entry(scale, k, 1.0), u)
                if skipped:
                    blank(u, y)
                sort_out(u, y, int32(k), top, own)
            bring_near(top)
            rest[:] = 0.0
            for k in range(n_classes):
                gather(space[k, :n], y, int32(k), top, rest)
            if weight is None:
                at_each(y, None, settings, alike, parameters, own, top, rest, steep)
            else:
                at_each(y, weight[i, first:last], settings, alike, parameters, own, top, rest, steep)
            value[i, first:last] = own
            if gradient is not None:
                for k in range(n_classes):
                    out = gradient[i, k, first:last]
                    g = blocks.room(out, numbers[4])
                    finish(space[k, :n], y, int32(k), rest, steep, entry(scale, k, 1.0), g)
                    blocks.put(g, out)

    return kernel(column_kernel)


@loop
def read_labels(labels, ignore, n_classes, y):
    """Write the labels, `SKIPPED` where none counts; return how many, and where one is no class."""
    skipped, place = 0, labels.size
    for s in range(y.size):
        a_class = (labels[s] >= 0) & (labels[s] < n_classes)
        counts = a_class & (labels[s] != ignore)
        y[s] = where(counts, int32(labels[s]), SKIPPED)
        skipped += where(counts, 0, 1)
        place = min(place, where(a_class | (labels[s] == ignore), labels.size, s))
    return skipped, place if place < labels.size else -1


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
        u[s] = where(y[s] == SKIPPED, 0.0, u[s])


# Loops below have few arrays each on purpose: with more than eight pairs that might overlap, LLVM stops
# checking at run time and does not vectorise.


@loop
def sort_out(u, y, k, top, own):
    """Keep a class's logits where it is the label, and raise the largest entries so far to them elsewhere."""
    for s in range(u.size):
        own[s] = where(y[s] == k, u[s], own[s])
        top[s] = where(y[s] == k, top[s], maximum(top[s], u[s]))


@loop
def bring_near(top):
    """Keep what is subtracted finite where all other classes are masked."""
    for s in range(top.size):
        top[s] = where(top[s] == -INFINITY, FAR, top[s])


@loop
def gather(u, y, k, top, rest):
    """Turn a class's logits into exponentials that add to the rest, but for the label's."""
    for s in range(u.size):
        e = where(y[s] == k, 0.0, exp(u[s] - top[s]))
        rest[s] += e
        u[s] = e


@loop
def weigh(weight, factor, y, w):
    """Write the weights, 0 where a column does not count, whose label becomes 0."""
    for s in range(w.size):
        w[s] = where(y[s] == SKIPPED, 0.0, factor if weight is None else factor * weight[s])
        y[s] = maximum(y[s], int32(0))


@loop
def multiply_by_class(w, class_weight, y):
    """Multiply the weights by those of the classes, where there are any."""
    if class_weight is not None:
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


@loop
def choose(table, y, chosen):
    """Write the labels' parameters: a formula's loop that fetched them would not vectorise."""
    for j in range(table.shape[0]):
        for s in range(y.size):
            chosen[j, s] = table[j, y[s]]


@loop
def divide(steep, times, rest):
    """Scale the slopes, and turn the rests into what exponentials are multiplied by."""
    for s in range(rest.size):
        steep[s] *= times
        rest[s] = steep[s] / maximum(rest[s], LEAST)  # all others may be masked by -inf
