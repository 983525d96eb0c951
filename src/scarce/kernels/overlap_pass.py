"""Soft counts of images, and the gradient of anything made of them, in float32 on the tensors' own memory.

Two passes over the logits: one adds up (`counts`); the other, given the loss's slope in every count, writes
the gradient (`gradient`).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import float32, int32

from scarce.kernels.blocks import NOTHING
from scarce.kernels.cpu_arithmetic import where
from scarce.kernels.cpu_compiler import kernel, loop, summing_loop, word
from scarce.kernels.cpu_words import exp
from scarce.kernels.sigmoid_elements import mixture
from scarce.kernels.softmax_columns import INFINITY, SKIPPED, raise_to, read_labels
from scarce.kernels.threads import ROWS_WORTH_A_THREAD, share_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

COLUMNS = 1024  # pixels whose probabilities stay in the first-level cache
SEGMENT = 32 * COLUMNS  # pixels that are one thread's at a time


def counts(
    kind: str,
    logits: NDArray[np.float32],
    target: NDArray[Any],
    weight: NDArray[np.float32] | None,
    ignore_index: int | None,
    threads: int = 0,
) -> tuple[NDArray[np.float64], bool]:
    """Return the soft counts of every image, and whether a target is not what it should be.

    Parameters
    ----------
    kind : {"softmax", "sigmoid"}
        Whether a pixel is of one class, or a row is a label that pixels have or not.
    logits : array of float32, shape (n_images, n_classes, n_pixels) or (n_rows, 1, n_pixels)
        Contiguous.
    target : array, shape (n_images, n_pixels)
        Class indices in int64, or 0 and 1 of any type.
    weight : array of float32, shape (n_images, n_pixels), optional
        Sample weights.
    ignore_index : int, optional
        The target that counts for nothing.
    threads : int
        As in `share_rows`.

    Returns
    -------
    tuple of array and bool
        True positives, false positives and false negatives, and for "sigmoid" true negatives, of shape
        (3 or 4, n_images, n_classes). Added up by segments, so that they do not depend on the threads.
    """
    count, _ = KERNELS[kind]
    n_counts = 3 if kind == "softmax" else 4
    sums = np.zeros((len(logits), -(-logits.shape[2] // SEGMENT), n_counts, logits.shape[1]))
    faults = np.zeros(sums.shape[:2], np.bool_)
    _shared(count, (logits, target, weight, ignore_index), (sums, faults), threads)
    return np.moveaxis(sums.sum(axis=1), 1, 0), bool(faults.any())


def gradient(
    kind: str,
    logits: NDArray[np.float32],
    target: NDArray[Any],
    weight: NDArray[np.float32] | None,
    ignore_index: int | None,
    slopes: tuple[NDArray[np.float32], NDArray[np.float32]],
    out: NDArray[np.float32],
    threads: int = 0,
) -> None:
    """Write the gradient, given the slopes in a probability below its target and above.

    Parameters
    ----------
    kind, logits, target, weight, ignore_index, threads : object
        As in `counts`.
    slopes : pair of arrays of float32, shape (n_images, n_classes)
        Below, where a pixel is of the class, and above.
    out : array of float32, in the logits' shape
        Where to write.
    """
    _, write = KERNELS[kind]
    _shared(write, (logits, target, weight, ignore_index), (*slopes, out), threads)


def _shared(
    loop: Callable[..., None], given: tuple[Any, ...], outputs: tuple[Any, ...], threads: int
) -> None:
    logits, target, weight, ignore_index = given
    ignore = NOTHING if ignore_index is None else ignore_index
    work = functools.partial(loop, logits, target, weight, ignore, *outputs)
    worth = max(1, ROWS_WORTH_A_THREAD // max(1, logits[:1, ..., :SEGMENT].size))
    share_rows(work, len(logits) * -(-logits.shape[2] // SEGMENT), 1, threads, worth)


@kernel
def count_classes(logits, labels, weight, ignore, sums, faults, start, stop):
    """Add up segments start to stop."""
    n_classes, n_pixels, n_segments = logits.shape[1], logits.shape[2], sums.shape[1]
    space, numbers, names = room(n_classes)
    for unit in range(start, stop):
        i, segment = unit // n_segments, unit % n_segments
        own = sums[i, segment]
        for first in range(segment * SEGMENT, min((segment + 1) * SEGMENT, n_pixels), COLUMNS):
            n = min(COLUMNS, n_pixels - first)
            top, share, rest, w, y = numbers[0, :n], numbers[1, :n], numbers[2, :n], numbers[3, :n], names[:n]
            _, fault = read_labels(labels[i, first : first + n], ignore, n_classes, y)
            faults[i, segment] |= fault >= 0
            read_weight(None if weight is None else weight[i, first : first + n], y, w)
            top[:] = -INFINITY
            for k in range(n_classes):
                read_class(logits[i, k, first : first + n], y, space[k, :n])
                raise_to(space[k, :n], top)
            share[:], rest[:] = 0.0, 0.0
            for k in range(n_classes):
                exponentials(space[k, :n], top, share)
                add_others(space[k, :n], y, int32(k), rest)
            weigh(w, share, rest)
            for k in range(n_classes):
                hit, wrong, miss = tally(space[k, :n], y, int32(k), share, rest)
                own[0, k] += hit
                own[1, k] += wrong
                own[2, k] += miss


@kernel
def write_classes(logits, labels, weight, ignore, below, above, gradient, start, stop):
    """Write segments start to stop of the gradient."""
    n_classes, n_pixels = logits.shape[1], logits.shape[2]
    n_segments = (n_pixels + SEGMENT - 1) // SEGMENT
    space, numbers, names = room(n_classes)
    for unit in range(start, stop):
        i, segment = unit // n_segments, unit % n_segments
        for first in range(segment * SEGMENT, min((segment + 1) * SEGMENT, n_pixels), COLUMNS):
            n = min(COLUMNS, n_pixels - first)
            top, share, mean, w, y = numbers[0, :n], numbers[1, :n], numbers[2, :n], numbers[3, :n], names[:n]
            likeliest = numbers[4, :n]
            read_labels(labels[i, first : first + n], ignore, n_classes, y)
            read_weight(None if weight is None else weight[i, first : first + n], y, w)
            for k in range(n_classes):
                read_class(logits[i, k, first : first + n], y, space[k, :n])
                find(space[k, :n], y, int32(k), below[i, k], above[i, k], top, likeliest)
            share[:], mean[:] = 0.0, 0.0
            for k in range(n_classes):
                exponentials(space[k, :n], top, share)
                average(space[k, :n], y, int32(k), below[i, k], above[i, k], likeliest, mean)
            normalise(w, share, mean)
            for k in range(n_classes):
                out = gradient[i, k, first : first + n]
                finish(space[k, :n], y, int32(k), below[i, k], above[i, k], likeliest, mean, share, out)


# Loops below have few arrays each on purpose: with more than eight pairs that might overlap, LLVM stops
# checking at run time and does not vectorise. Nor does it where an index might be negative: all start at 0.


@loop
def room(n_classes):
    """Return memory for the classes of some pixels, for numbers of the pixels, and for their labels."""
    return np.empty((n_classes, COLUMNS), float32), np.empty((5, COLUMNS), float32), np.empty(COLUMNS, int32)


@loop
def read_weight(weight, y, w):
    """Write the weights, 0 where a pixel does not count."""
    for s in range(w.size):
        w[s] = where(y[s] == SKIPPED, 0.0, 1.0 if weight is None else weight[s])


@loop
def read_class(z, y, u):
    """Select before any arithmetic: a pixel that does not count has logits 0, even if they were NaN."""
    for s in range(u.size):
        u[s] = where(y[s] == SKIPPED, 0.0, z[s])


@loop
def find(u, y, k, below, above, top, likeliest):
    """Raise the largest entries so far to a class's logits; keep that class's slope."""
    for s in range(u.size):
        larger = (u[s] > top[s]) | (k == 0)
        top[s] = where(larger, u[s], top[s])
        likeliest[s] = where(larger, where(y[s] == k, below, above), likeliest[s])


@loop
def exponentials(u, top, total):
    """Turn a class's logits into exponentials, and add them up."""
    for s in range(u.size):
        e = exp(u[s] - top[s])
        u[s] = e
        total[s] += e


@loop
def add_others(e, y, k, rest):
    """Add up the exponentials of all classes but the label's."""
    for s in range(e.size):
        rest[s] += where(y[s] == k, 0.0, e[s])


@loop
def weigh(w, share, rest):
    """Turn the sum into weight over sum, and the rest into that of the weight."""
    for s in range(w.size):
        share[s] = w[s] / share[s]
        rest[s] *= share[s]


@summing_loop
def tally(e, y, k, share, rest):
    """Return a class's soft counts of some pixels."""
    hit, wrong, miss = 0.0, 0.0, 0.0
    for s in range(e.size):
        p = e[s] * share[s]
        hit += where(y[s] == k, p, 0.0)
        wrong += where(y[s] == k, 0.0, p)
        miss += where(y[s] == k, rest[s], 0.0)
    return hit, wrong, miss


@loop
def average(e, y, k, below, above, likeliest, mean):
    """Add a class's slope, less that of the likeliest class, to the sum over classes."""
    for s in range(e.size):
        mean[s] += e[s] * (where(y[s] == k, below, above) - likeliest[s])


@loop
def normalise(w, share, mean):
    """Turn the sum into weight over sum, and the other sum into a mean."""
    for s in range(w.size):
        mean[s] /= share[s]
        share[s] = w[s] / share[s]


@loop
def finish(e, y, k, below, above, likeliest, mean, share, out):
    """Write a class's gradient; the large slopes go off each other first, as the mean may be tiny."""
    for s in range(e.size):
        out[s] = e[s] * share[s] * ((where(y[s] == k, below, above) - likeliest[s]) - mean[s])


@kernel
def count_labels(logits, target, weight, ignore, sums, faults, start, stop):
    """Add up segments start to stop."""
    n_pixels, n_segments = logits.shape[2], sums.shape[1]
    space = np.empty((3, COLUMNS), float32)
    for unit in range(start, stop):
        i, segment = unit // n_segments, unit % n_segments
        own = sums[i, segment]
        for first in range(segment * SEGMENT, min((segment + 1) * SEGMENT, n_pixels), COLUMNS):
            last = min(first + COLUMNS, n_pixels)
            u, y, w = space[0, : last - first], space[1, : last - first], space[2, : last - first]
            weights = None if weight is None else weight[i, first:last]
            read(logits[i, 0, first:last], target[i, first:last], weights, ignore, u, y, w)
            faults[i, segment] |= mixture(y)[0] != 0.0
            hit, wrong, miss, rest = tally_labels(u, y, w)
            own[0, 0] += hit
            own[1, 0] += wrong
            own[2, 0] += miss
            own[3, 0] += rest


@kernel
def write_labels(logits, target, weight, ignore, below, above, gradient, start, stop):
    """Write segments start to stop of the gradient."""
    n_pixels = logits.shape[2]
    n_segments = (n_pixels + SEGMENT - 1) // SEGMENT
    space = np.empty((3, COLUMNS), float32)
    for unit in range(start, stop):
        i, segment = unit // n_segments, unit % n_segments
        for first in range(segment * SEGMENT, min((segment + 1) * SEGMENT, n_pixels), COLUMNS):
            last = min(first + COLUMNS, n_pixels)
            u, y, w = space[0, : last - first], space[1, : last - first], space[2, : last - first]
            weights = None if weight is None else weight[i, first:last]
            read(logits[i, 0, first:last], target[i, first:last], weights, ignore, u, y, w)
            finish_labels(u, y, w, below[i, 0], above[i, 0], gradient[i, 0, first:last])


@loop
def read(logits, target, weight, ignore, u, y, w):
    """Write logits, targets and weights, all 0 where a pixel is to be ignored."""
    for s in range(u.size):
        u[s] = logits[s]
        y[s] = float32(target[s])
    for s in range(w.size):
        w[s] = 1.0 if weight is None else weight[s]
    if ignore != NOTHING:
        for s in range(u.size):
            ignored = target[s] == ignore
            u[s] = where(ignored, 0.0, u[s])
            y[s] = where(ignored, 0.0, y[s])
            w[s] = where(ignored, 0.0, w[s])


@word
def both(u):
    """Return ``(p, 1 - p)`` of a logit, each to full precision."""
    t = exp(-abs(u))
    near = 1.0 / (1.0 + t)
    far = t * near
    return where(u >= 0.0, near, far), where(u >= 0.0, far, near)


@summing_loop
def tally_labels(u, y, w):
    """Return the soft counts of some pixels."""
    hit, wrong, miss, rest = 0.0, 0.0, 0.0, 0.0
    for s in range(u.size):
        p, q = both(u[s])
        p *= w[s]
        q *= w[s]
        hit += where(y[s] > 0.5, p, 0.0)
        wrong += where(y[s] > 0.5, 0.0, p)
        miss += where(y[s] > 0.5, q, 0.0)
        rest += where(y[s] > 0.5, 0.0, q)
    return hit, wrong, miss, rest


@loop
def finish_labels(u, y, w, below, above, out):
    """Write the gradient of some pixels."""
    for s in range(u.size):
        p, q = both(u[s])
        out[s] = w[s] * where(y[s] > 0.5, below, above) * p * q


KERNELS = {"softmax": (count_classes, write_classes), "sigmoid": (count_labels, write_labels)}
"""What adds up, and what writes the gradient."""
