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
from scarce.kernels.class_parameters import take
from scarce.kernels.cpu_arithmetic import maximum, where
from scarce.kernels.cpu_compiler import kernel, loop, word
from scarce.kernels.cpu_words import exp, log
from scarce.kernels.polynomials import LEAST
from scarce.losses import formulas
from scarce.losses.formulas import point, unbounded

if TYPE_CHECKING:
    from scarce.losses.modulation import Formulas

FAR = float32(-formulas.FAR)
INFINITY, NAN = float32(np.inf), float32(np.nan)
COLUMNS = 2048  # at most so many at a time: shorter stretches of each class are slow to read and write
SPACE = 32_768  # numbers a thread keeps: they fit the second-level cache
STEP = 64  # rows of the space start alike, as vectors across two cache lines take twice the time
SKIPPED = int32(-1)  # the label of a row that does not count


def columns_at_once(n_classes):
    """Return how many columns of so many classes are taken at a time."""
    return min(COLUMNS, max(STEP, SPACE // n_classes // STEP * STEP))


def blocks_of(n_columns, width):
    """Return into how many blocks a row's columns fall."""
    return (n_columns + width - 1) // width


def at_margins(xp: Any, formulas: Formulas, n_parameters: int) -> Any:
    """Return the loop that turns margins into weighted values, and weights into weighted slopes."""
    phi, slope = formulas.phi, formulas.slope
    taken = take(n_parameters)

    @kernel
    def at(m, w, chosen):
        for s in range(m.size):
            lp, lq, p, q = point(cpu_words, m[s])
            own = taken(chosen, s)
            value = unbounded(xp, w[s] * phi(xp, lp, lq, p, q, *own))
            w[s] *= slope(xp, lp, lq, p, q, *own)
            m[s] = value

    return at


def every_column(xp: Any, formulas: Formulas, n_parameters: int) -> Any:
    """Return the kernel that goes through blocks of columns, `blocks_of` them in every row."""
    at_each = at_margins(xp, formulas, n_parameters)

    def column_kernel(logits, labels, weight, settings, value, gradient, faults, start, stop):
        table, class_weight, shift, scale, ignore, factor, times, _ = settings
        n_classes, n_columns = logits.shape[1:]
        width = min(columns_at_once(n_classes), n_columns)
        space, parameters = np.empty((n_classes, width), float32), np.empty((table.shape[0], width), float32)
        tops, owns = np.empty(width, float32), np.empty(width, float32)
        rests, steeps = np.empty(width, float32), np.empty(width, float32)
        safe, gradients = np.empty(width, np.int32), np.empty(width, float32)
        alike = all_alike(table)
        choose(table, np.zeros(width, np.int32), parameters)
        per_row = blocks_of(n_columns, width)
        for block in range(start, stop):
            i, first = block // per_row, block % per_row * width
            faults[block] = -1
            n = min(width, n_columns - first)
            top, own, rest, steep, y = tops[:n], owns[:n], rests[:n], steeps[:n], safe[:n]
            skipped, wrong = read_labels(labels[i, first : first + n], ignore, n_classes, y)
            if wrong:
                place = place_of_fault(labels[i, first : first + n], ignore, n_classes)
                faults[block] = i * n_columns + first + place
            top[:] = -INFINITY
            rest[:], own[:] = ZERO, ZERO
            if shift is not None and scale is None:  # the largest goes off first: large logits stay exact
                for k in range(n_classes):
                    raise_to(logits[i, k, first : first + n], top)
                rest[:], top[:] = top, -INFINITY
            for k in range(n_classes):
                u = space[k, :n]
                moved(logits[i, k, first : first + n], rest, entry(shift, k, ZERO), entry(scale, k, ONE), u)
                if skipped:
                    blank(u, y)
                sort_out(u, y, int32(k), top, own)
            bring_near(top)
            rest[:] = ZERO
            for k in range(n_classes):
                gather(space[k, :n], y, int32(k), top, rest)
            if weight is None:
                weigh(None, factor, y, steep)
            else:
                weigh(weight[i, first : first + n], factor, y, steep)
            if class_weight is not None:
                multiply_by_class(steep, class_weight, y)
            if not alike:
                choose(table, y, parameters)
            margins(own, top, rest)
            at_each(own, steep, parameters)
            value[i, first : first + n] = own
            divide(steep, times, rest)
            if gradient is not None:
                for k in range(n_classes):
                    out = gradient[i, k, first : first + n]
                    g = blocks.room(out, gradients)
                    finish(space[k, :n], y, int32(k), rest, steep, entry(scale, k, ONE), g)
                    blocks.put(g, out)

    return kernel(column_kernel)


@loop
def read_labels(labels, ignore, n_classes, y):
    """Write the labels that count, `SKIPPED` for others; return how many do not, and are no class at all."""
    skipped, wrong = 0, 0
    for s in range(y.size):
        a_class = (labels[s] >= 0) & (labels[s] < n_classes)
        counts = a_class & (labels[s] != ignore)
        y[s] = where(counts, int32(labels[s]), SKIPPED)
        skipped += where(counts, 0, 1)
        wrong += where(a_class | (labels[s] == ignore), 0, 1)
    return skipped, wrong


@loop
def place_of_fault(labels, ignore, n_classes):
    """Return the first label that is no class."""
    for s in range(labels.size):
        if (labels[s] < 0 or labels[s] >= n_classes) and labels[s] != ignore:
            return s
    return -1


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
        top[s] = near(top[s])


@word
def near(top):
    """Return a largest logit, a finite one where all are masked."""
    return where(top == -INFINITY, FAR, top)


@loop
def gather(u, y, k, top, rest):
    """Turn a class's logits into exponentials that add to the rest, but for the label's."""
    for s in range(u.size):
        e = where(y[s] == k, ZERO, exp(u[s] - top[s]))
        rest[s] += e
        u[s] = e


@loop
def weigh(weight, factor, y, w):
    """Write the weights, 0 where a column does not count, whose label becomes 0."""
    for s in range(w.size):
        w[s] = where(y[s] == SKIPPED, ZERO, factor if weight is None else factor * weight[s])
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
def all_alike(table):
    """Return whether the parameters of all classes are the same."""
    for j in range(table.shape[0]):
        for k in range(table.shape[1]):
            if table[j, k] != table[j, 0]:
                return False
    return True


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
