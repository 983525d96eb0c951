"""Softmax losses of whole tensors in one pass: value and gradient together, in float32, on their own memory.

A row's classes lie side by side (`every_row`), or in columns as PyTorch lays out images (`every_column`).
The margin of the label is computed against the *other* classes, so that nothing cancels; their exponentials
are written where the gradient goes, and then only scaled.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy import float32, int32

from scarce.kernels import cpu
from scarce.kernels.rows import ONE, ZERO, total  # noqa: F401 - the sum of the values, beside what writes them
from scarce.kernels.threads import ROWS_WORTH_A_THREAD, share_rows
from scarce.kernels.vocabulary import VOCABULARY, WHOLE, exp, log, maximum, numba, where, word

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from scarce.losses.modulation import Formulas

FEW = 64  # up to how many classes rows are better taken across
COLUMNS = 256  # columns whose sums stay in the first-level cache
FAR = float32(-3.0e38)
NOTHING = -(2**63)
SKIPPED = int32(-1)  # the label of a row that does not count

REDUCE = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "reassoc", "nnan", "nsz"}}
"""How sums and largest entries are compiled, which otherwise keep their order and do not vectorise."""

# The free names: the formulas of a modulation, how to take its parameters of a class, loops over columns.
point = phi = slope = taken = faces = values = slopes = None


class Classes(NamedTuple):
    """A softmax loss in numbers: what a pass needs to know of it; None where there is nothing to apply.

    ``whole`` says that it raises to whole powers only (`scarce.kernels.exponents`).
    """

    formulas: Formulas
    table: NDArray[np.float32]
    class_weight: NDArray[np.float32] | None = None
    shift: NDArray[np.float32] | None = None
    scale: NDArray[np.float32] | None = None
    ignore_index: int | None = None
    whole: bool = False


def fused(
    loss: Classes,
    logits: NDArray[np.float32],
    labels: NDArray[np.int64],
    weight: NDArray[np.float32] | None,
    divisor: float,
    value: NDArray[np.float32],
    gradient: NDArray[np.float32] | None,
    threads: int = 0,
) -> int:
    """Write every row's value and gradient; return the first row whose label is not a class, or -1.

    Parameters
    ----------
    loss : Classes
        The loss; its table of parameters has shape (n_parameters, n_classes).
    logits : array of float32, shape (n_rows, n_classes, n_columns)
        Contiguous.
    labels : array of int64, shape (n_rows, n_columns)
        Class indices, or the ignored index.
    weight : array of float32, shape (n_rows, n_columns), optional
        Sample weights.
    divisor : float
        What value and gradient are divided by.
    value : array of float32, shape (n_rows, n_columns)
        Where to write.
    gradient : array of float32, in the logits' shape, optional
        Where to write.
    threads : int
        As in `share_rows`.
    """
    n_rows, n_classes, n_columns = logits.shape
    ignore = NOTHING if loss.ignore_index is None else loss.ignore_index
    faults = np.full(n_rows, -1, np.int64)
    if n_columns == 1 and n_classes <= FEW:
        return _across_rows(loss, logits, labels, weight, divisor, value, gradient, threads)
    loop = _loop(loss.formulas, loss.table.shape[0], n_columns == 1, loss.whole)
    if n_columns == 1:
        logits, value = logits.reshape(n_rows, n_classes), value.reshape(n_rows)
        labels = labels.reshape(n_rows)
        weight = None if weight is None else weight.reshape(n_rows)
        gradient = None if gradient is None else gradient.reshape(n_rows, n_classes)
    numbers = (loss.table, loss.class_weight, loss.shift, loss.scale, ignore, float32(1.0 / divisor))
    work = functools.partial(loop, logits, labels, weight, *numbers, value, gradient, faults)
    worth = max(1, ROWS_WORTH_A_THREAD // max(1, n_classes * n_columns))
    share_rows(work, n_rows, 1, threads, worth)
    bad = np.flatnonzero(faults >= 0)
    return int(bad[0]) * n_columns + int(faults[bad[0]]) if bad.size else -1


def _across_rows(
    loss: Classes,
    logits: NDArray[np.float32],
    labels: NDArray[np.int64],
    weight: NDArray[np.float32] | None,
    divisor: float,
    value: NDArray[np.float32],
    gradient: NDArray[np.float32] | None,
    threads: int,
) -> int:
    """Do the same for few classes: rows become columns, as a row is too short to fill a vector."""
    loop = _loop(loss.formulas, loss.table.shape[0], False, loss.whole)
    ignore = NOTHING if loss.ignore_index is None else loss.ignore_index
    numbers = (loss.table, loss.class_weight, loss.shift, loss.scale, ignore, float32(1.0 / divisor))
    found = []

    def work(start: int, stop: int) -> None:
        fault = np.full(1, -1, np.int64)
        z, y, w, v, g = (
            None if array is None else array[start:stop].T
            for array in (logits, labels, weight, value, gradient)
        )
        loop(z, y, w, *numbers, v, g, fault, 0, 1)
        if fault[0] >= 0:
            found.append(start + int(fault[0]))

    share_rows(work, len(logits), COLUMNS, threads, max(1, ROWS_WORTH_A_THREAD // logits.shape[1]))
    return min(found, default=-1)


def every_row(
    logits,
    labels,
    weight,
    table,
    class_weight,
    shift,
    scale,
    ignore,
    factor,
    value,
    gradient,
    faults,
    start,
    stop,
):
    """Go through rows start to stop whose classes lie side by side."""
    space, moved_to = np.empty(logits.shape[1], float32), np.empty(logits.shape[1], float32)
    for i in range(start, stop):
        y = labels[i]
        if y == ignore or y < 0 or y >= logits.shape[1]:
            faults[i] = -1 if y == ignore else 0
            value[i] = ZERO
            if gradient is not None:
                gradient[i] = ZERO
            continue
        z = adjusted(logits[i], shift, scale, moved_to)
        top = maximum(largest(z[:y], FAR), largest(z[y + 1 :], FAR))
        own = z[y]
        rest = exponentials(z[:y], top, space[:y]) + exponentials(z[y + 1 :], top, space[y + 1 :])
        share = factor if weight is None else factor * weight[i]
        if class_weight is not None:
            share = share * class_weight[y]
        loss, steepness = faces(own - top - log(rest), y, share, table)
        value[i] = loss
        if gradient is not None:
            row = gradient[i]  # nothing of this row is read any more, so it may lie over the logits
            spread(space, steepness / rest, row)
            row[y] = -steepness
            if scale is not None:
                rescale(row, scale)


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
                top[s] = FAR
            if shift is not None and scale is None:
                for k in range(n_classes):
                    raise_to(logits[i, k, first : first + n], top)
                for s in range(n):
                    own[s] = top[s]  # what goes off first, so that large logits stay exact
                    top[s] = FAR
            else:
                own[:] = ZERO
            for k in range(n_classes):
                u = space[k, :n]
                moved(logits[i, k, first : first + n], own, entry(shift, k, ZERO), entry(scale, k, ONE), u)
                if skipped:
                    blank(u, y)
                raise_others(u, y, int32(k), top)
            rest[:] = ZERO
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
            margins(own, top, rest, w)
            values(own, y, w, table, value[i, first : first + n])
            slopes(own, y, w, table, steep)
            for s in range(n):
                rest[s] = steep[s] / rest[s]
            if gradient is not None:
                for k in range(n_classes):
                    out = gradient[i, k, first : first + n]
                    finish(space[k, :n], y, int32(k), rest, steep, entry(scale, k, ONE), out)


@word
def entry(numbers, k, otherwise):
    """Return a class's number, or what stands for an absent array."""
    if numbers is None:
        return otherwise
    return numbers[k]


@word
def adjusted(z, shift, scale, row):
    """Return ``scale z + shift``, written into the row; the logits themselves where neither is given.

    The largest logit goes off first where nothing is scaled: differences of large logits stay exact.
    """
    if shift is None and scale is None:
        return z
    top = largest(z, FAR) if scale is None else ZERO
    for k in range(z.size):
        row[k] = (z[k] - top) * entry(scale, k, ONE) + entry(shift, k, ZERO)
    return row


@numba.njit(**REDUCE)
def largest(z, least):
    """Return the largest entry, and at least `least`."""
    top = least
    for k in range(z.size):
        top = maximum(top, z[k])
    return top


@numba.njit(nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})
def exponentials(z, top, row):
    """Write ``exp(z - top)``; return the sum."""
    result = ZERO
    for k in range(z.size):
        e = exp(z[k] - top)
        row[k] = e
        result += e
    return result


@numba.njit(nogil=True, error_model="numpy")
def spread(e, factor, row):
    """Write exponentials times one number."""
    for k in range(row.size):
        row[k] = e[k] * factor


@numba.njit(nogil=True, error_model="numpy")
def rescale(row, scale):
    """Multiply a row by one number a class."""
    for k in range(row.size):
        row[k] = row[k] * scale[k]


@numba.njit(nogil=True, error_model="numpy")
def raise_to(z, top):
    """Raise the largest entries so far to a class's logits."""
    for s in range(z.size):
        top[s] = maximum(top[s], z[s])


@numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})
def moved(z, off, shift, scale, u):
    """Write a class's adjusted logits."""
    for s in range(u.size):
        u[s] = (z[s] - off[s]) * scale + shift


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
def margins(own, top, rest, w):
    """Turn the labels' logits into their margins, 0 where a column does not count."""
    for s in range(own.size):
        own[s] = where(w[s] == ZERO, ZERO, own[s] - top[s] - log(rest[s]))


@word
def finish(e, y, k, factor, steep, scale, out):
    """Write a class's gradient."""
    for s in range(e.size):
        out[s] = where(y[s] == k, -steep[s], e[s] * factor[s]) * scale


def faces_of_row(m, y, share, table):
    """Return the weighted value and slope of a margin."""
    at = point(m)
    parameters = taken(table, y)
    return share * phi(*at, *parameters), share * slope(*at, *parameters)


def value_loop(m, y, w, table, out):
    """Write the weighted values of some margins."""
    for s in range(m.size):
        out[s] = where(w[s] == ZERO, ZERO, w[s] * phi(*point(m[s]), *taken(table, y[s])))


def slope_loop(m, y, w, table, out):
    """Write the weighted slopes of some margins."""
    for s in range(m.size):
        out[s] = where(w[s] == ZERO, ZERO, w[s] * slope(*point(m[s]), *taken(table, y[s])))


@word
def take_none(table, label):
    """Take no parameters."""
    return ()


@word
def take_one(table, label):
    """Take one parameter of a class."""
    return (table[0, label],)


@word
def take_two(table, label):
    """Take two parameters of a class."""
    return (table[0, label], table[1, label])


TAKE = (take_none, take_one, take_two)
"""How to take a class's parameters, by their number."""


@functools.cache
def _loop(formulas: Formulas, n_parameters: int, by_row: bool, whole: bool) -> Callable[..., None]:
    words = cpu._words(formulas, n_parameters, WHOLE if whole else VOCABULARY)
    named = {name: words[name] for name in ("point", "phi", "slope")} | {"taken": TAKE[n_parameters]}
    if by_row:
        return cpu._with(every_row, {"faces": cpu._with(faces_of_row, named, cache=True)}, cache=True)
    loops = {
        "values": cpu._with(value_loop, named, cache=True),
        "slopes": cpu._with(slope_loop, named, cache=True),
    }
    return cpu._with(every_column, loops, cache=True)


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _counted(labels, weight, class_weight, ignore, background):
    """Return the weighted number of labels that are neither ignored nor the background."""
    counted = 0.0
    for k in range(labels.size):
        y = labels[k]
        if y in (ignore, background) or (class_weight is not None and (y < 0 or y >= class_weight.size)):
            continue
        share = 1.0 if weight is None else float(weight[k])
        if class_weight is not None:
            share *= float(class_weight[y])
        counted += share
    return counted


def counted(
    labels: NDArray[np.int64],
    weight: NDArray[np.float32] | None,
    class_weight: NDArray[np.float32] | None,
    ignore_index: int | None,
    background: int = NOTHING,
) -> float:
    """Return the sum of the weights, sample times class, of the rows that count."""
    ignore = NOTHING if ignore_index is None else ignore_index
    return float(_counted(labels, weight, class_weight, ignore, background))


def shape_of(logits: NDArray[Any]) -> tuple[int, int, int]:
    """Return logits' shape with everything behind the class axis in one."""
    columns = int(np.prod(logits.shape[2:], dtype=np.int64))
    return logits.shape[0], logits.shape[1], columns
