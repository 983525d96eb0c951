"""The kernel of the softmax losses for rows whose classes lie side by side.

The margin of the label is computed against the *other* classes, so that nothing cancels. A row's gradient is
written after all of its logits were read, so that it may lie over them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import float32, int32

from scarce.kernels import blocks, cpu_words
from scarce.kernels.binary_rows import ONE, ZERO
from scarce.kernels.blocks import as_single, entry, line
from scarce.kernels.cpu_arithmetic import bits, maximum, number, where, whole
from scarce.kernels.cpu_compiler import kernel, loop, summing_loop, word
from scarce.kernels.cpu_words import exp, log
from scarce.kernels.parameters import take
from scarce.kernels.polynomials import LEAST
from scarce.losses import formulas
from scarce.losses.formulas import point, unbounded

if TYPE_CHECKING:
    from scarce.losses.modulation import Formulas

FAR = float32(-formulas.FAR)
INFINITY, NAN = float32(np.inf), float32(np.nan)


def every_row(xp: Any, formulas: Formulas, n_parameters: int) -> Any:
    """Return the kernel that goes through rows."""
    phi, slope = formulas.phi, formulas.slope
    taken = take(n_parameters)

    @kernel
    def at_label(m, y, share, table):
        lp, lq, p, q = point(cpu_words, m)
        parameters = taken(table, y)
        steepness = share * slope(xp, lp, lq, p, q, *parameters)
        return unbounded(xp, share * phi(xp, lp, lq, p, q, *parameters)), steepness

    def row_kernel(
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
        spaces = np.empty((3, logits.shape[1]), float32)
        e = spaces[0]
        for i in range(start, stop):
            faults[i] = -1
            y = labels[i]
            out = line(gradient, i)
            row = blocks.workspace(out, spaces[1])
            if y == ignore or y < 0 or y >= logits.shape[1]:
                if y != ignore:
                    faults[i] = i
                value[i] = ZERO
                row[:] = ZERO
                blocks.put(row, out)
                continue
            z = adjusted(blocks.as_numbers(logits[i], spaces[1], None), shift, scale, spaces[2])
            top = maximum(largest(z[:y], -INFINITY), largest(z[y + 1 :], -INFINITY))
            # beside an infinite logit no other means anything, nor does any where all are masked
            own = where(z[y] == INFINITY or (z[y] == -INFINITY and top == -INFINITY), NAN, z[y])
            top = where(top == -INFINITY, FAR, top)
            rest = exponentials(z[:y], top, e[:y]) + exponentials(z[y + 1 :], top, e[y + 1 :])
            rest = maximum(rest, LEAST)  # all others may be masked by -inf
            share = factor if weight is None else factor * weight[i]
            if class_weight is not None:
                share = share * class_weight[y]
            loss, steepness = at_label(own - top - log(rest), y, share, table)
            value[i] = loss
            if gradient is not None:
                steepness = steepness * times
                spread(e, steepness / rest, row)  # nothing of this row is read any more
                row[y] = -steepness
                if scale is not None:
                    rescale(row, scale)
                blocks.put(row, out)

    return kernel(row_kernel)


@word
def adjusted(z, shift, scale, row):
    """Return ``scale z + shift``, written into the row; the logits themselves where neither is given.

    The largest logit goes off first where nothing is scaled: differences of large logits stay exact.
    """
    if shift is None and scale is None:
        return z
    top = largest(z, -INFINITY) if scale is None else ZERO
    for k in range(z.size):
        row[k] = (z[k] - top) * entry(scale, k, ONE) + entry(shift, k, ZERO)
    return row


@loop
def largest(z, least):
    """Return the largest entry of a row of any type, and at least `least`.

    Found among whole numbers of the same order, as the largest of floats does not vectorise.
    """
    top = ordered(bits(least))
    for k in range(z.size):
        top = max(top, ordered(bits(as_single(z[k]))))
    return number(ordered(top))


@word
def ordered(pattern):
    """Return a whole number in the order of the floats, given a float's bits; or those bits again."""
    return whole(pattern ^ whole(whole(pattern >> int32(31)) & int32(0x7FFFFFFF)))


@summing_loop
def exponentials(z, top, row):
    """Write ``exp(z - top)``; return the sum."""
    result = ZERO
    for k in range(z.size):
        e = exp(z[k] - top)
        row[k] = e
        result += e
    return result


@loop
def spread(e, factor, row):
    """Write exponentials times one number."""
    for k in range(row.size):
        row[k] = e[k] * factor


@loop
def rescale(row, scale):
    """Multiply a row by one number a class."""
    for k in range(row.size):
        row[k] = row[k] * scale[k]
