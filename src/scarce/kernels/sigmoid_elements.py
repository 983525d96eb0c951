"""Sigmoid losses of a whole tensor in one pass: value and gradient together, in float32, on its own memory.

Beside the passes for boosters (`scarce.kernels.binary_pass`) these read targets of any type, skip ignored
ones, find soft targets by themselves, keep only sums of the value where it is reduced, and check the targets
on the way.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy import float32, float64

from scarce.kernels import blocks, cpu_words, cpu_words_of_whole_powers
from scarce.kernels.binary_rows import approach, curvatures, hard_rows, soft_rows, total
from scarce.kernels.blocks import IDENTITY, NOTHING, as_single, part
from scarce.kernels.class_parameters import choose, choose_either
from scarce.kernels.cpu_arithmetic import maximum, minimum
from scarce.kernels.cpu_compiler import kernel, loop, numba, summing_kernel, summing_loop
from scarce.kernels.polynomials import LEAST
from scarce.kernels.threads import share_rows
from scarce.kernels.whole_powers import in_whole_powers
from scarce.losses.inputs import ROUNDING

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from scarce.losses.modulation import Formulas

BLOCK = 1024  # elements between two checks: more fill the first-level cache, fewer pay more for each
SLACK = float(ROUNDING)  # t (t - 1) is about t - 1 at 1


class Elements(NamedTuple):
    """A sigmoid loss in numbers: what a pass needs to know of it.

    ``labels`` has a column a label, where labels have numbers of their own: scale, shift, and the weights of
    negatives and positives, in place of those for all. A label's elements come ``columns`` at a time.
    """

    formulas: Formulas
    negative: tuple[float, ...]
    positive: tuple[float, ...]
    class_weight: tuple[float, float] = (1.0, 1.0)
    scale: float = 1.0
    shift: float = 0.0
    label_smoothing: float = 0.0
    ignore_index: int | None = None
    labels: NDArray[np.float32] | None = None
    columns: int = 1


def fused(
    loss: Elements,
    logits: NDArray[Any],
    target: NDArray[Any],
    weight: NDArray[np.float32] | None,
    divisor: float,
    value: NDArray[np.float32] | None,
    gradient: NDArray[Any] | None,
    threads: int = 0,
    times: float = 1.0,
) -> tuple[float, int]:
    """Write the value and the gradient of every element; return the sum of the values, and a fault's place.

    Parameters
    ----------
    loss : Elements
        The loss.
    logits, target : array, shape (n,)
        Contiguous; targets are 0 and 1 or probabilities, of any type.
    weight, divisor, value, gradient, threads, times : object
        As in `scarce.kernels.softmax_pass.fused`, of shape (n,); the sum is divided too.

    Returns
    -------
    tuple of float and int
        The sum of the values, and the first block with a target outside [0, 1], or -1.
    """
    of_labels = loss.labels is not None
    bare = loss._replace(labels=None) if of_labels else loss
    compiled, settings = _settings(bare, 1.0 / divisor, times, of_labels)
    n_blocks = -(-logits.size // BLOCK)
    sums, faults = np.zeros(n_blocks), np.zeros(n_blocks, np.bool_)
    weighted = True if weight is not None or loss.ignore_index is not None or of_labels else None
    arguments = (logits, target, weight, weighted, settings, loss.labels, value, gradient, sums, faults)
    share_rows(functools.partial(compiled, *arguments), logits.size, BLOCK, threads)
    fault = int(faults.argmax()) if faults.any() else -1
    return float(sums.sum()), fault


@functools.lru_cache(maxsize=256)
def _settings(loss: Elements, factor: float, times: float, of_labels: bool) -> tuple[Any, ...]:
    """Return the kernel of a loss and its numbers in single precision: a small batch feels them."""
    whole = in_whole_powers(loss.formulas, loss.negative, loss.positive)
    compiled = _element_kernel(loss.formulas, len(loss.negative), whole, loss.negative == loss.positive)
    weights, scale, smoothing = loss.class_weight, loss.scale, loss.label_smoothing
    if of_labels:  # whose own numbers are in the weights and the targets, smoothing included
        weights, scale, smoothing = (1.0, 1.0), 1.0, 0.0
    numbers = (weights[0] * factor, weights[1] * factor, scale * times, 0.0, 0.0, 0.0, smoothing)
    singles = ((loss.scale, loss.shift), numbers, loss.negative, loss.positive)
    ignore = NOTHING if loss.ignore_index is None else loss.ignore_index
    of_loss = (tuple(map(float32, group)) for group in singles)
    return compiled, (ignore, loss.columns, float32(loss.label_smoothing), *of_loss)


@functools.cache
def _element_kernel(formulas: Formulas, n_parameters: int, whole: bool, alike: bool) -> Callable[..., None]:
    """Return the kernel that goes through blocks of elements: read and check, the formulas, the sum."""
    xp = cpu_words_of_whole_powers if whole else cpu_words
    choice = choose_either if alike else choose(n_parameters)
    exact = curvatures(xp, formulas)["exact"]
    hard, soft = (kernel(rows(xp, formulas, choice, exact)) for rows in (hard_rows, soft_rows))
    steps = kernel(approach)

    def element_kernel(
        logits, target, weight, weighted, settings, labels, value, gradient, sums, faults, start, stop
    ):
        ignore, columns, smoothing, affine, numbers, negative, positive = settings
        space, label_block = np.empty((7, BLOCK), float32), np.empty(BLOCK, np.int32)
        for first in range(start, stop, BLOCK):
            last = min(first + BLOCK, stop)
            n = last - first
            d, tail, label = space[0, :n], space[1, :n], label_block[:n]
            w = shares(space[2, :n], weighted)
            u = blocks.adjusted(logits[first:last], affine, space[3, :n], w)
            t = blocks.adjusted(target[first:last], IDENTITY, space[4, :n], w)
            if w is not None:
                read_weight(part(weight, first, last), w)
                skip(t, float32(ignore), u, w)
            mixed, outside = mixture(t)
            faults[first // BLOCK] = outside != 0.0
            if labels is not None:
                find_labels(labels, columns, first, label)
                move_and_weigh(labels, smoothing, label, u, t, w)
            out = part(gradient, first, last)
            v = space[5, :n] if value is None else value[first:last]
            g = blocks.room(out, space[6])
            steps(u, d, tail)
            if mixed == 0.0 and smoothing == 0.0:
                hard(u, d, tail, t, w, numbers, negative, positive, v, g, None)
            else:
                soft(u, d, tail, t, w, numbers, negative, positive, v, g, None)
            if labels is not None and gradient is not None:
                rescale(labels, label, g)
            blocks.put(g, out)
            sums[first // BLOCK] = total(v)

    return kernel(element_kernel)


@numba.njit(inline="always")
def shares(block, weighted):
    """Return the block for the weights, or None where there are none: decided when it is compiled."""
    if weighted is None:
        return None
    return block


@loop
def read_weight(weight, w):
    """Write the sample weights, or ones."""
    for k in range(w.size):
        w[k] = 1.0 if weight is None else weight[k]


@loop
def skip(t, ignore, u, w):
    """Select before any arithmetic: an ignored element counts for nothing, even if its logit is NaN."""
    for k in range(t.size):
        if t[k] == ignore:
            u[k] = 0.0
            t[k] = 0.0
            w[k] = 0.0


@summing_loop
def mixture(t):
    """Return how far targets are from whole, and outside [0, 1] by more than rounding: 0 and 0 for labels."""
    mixed, outside = 0.0, 0.0
    for k in range(t.size):
        x = t[k] * (1.0 - t[k])
        mixed += abs(x)
        outside += maximum(-x - SLACK, 0.0)
    return mixed, outside


@loop
def find_labels(of_labels, columns, first, label):
    """Write which label each element of a block has."""
    place = first // columns
    left = columns - (first - place * columns)
    y = place % of_labels.shape[1]
    for k in range(label.size):
        label[k] = y
        left -= 1
        if left == 0:
            left = columns
            y = y + 1 if y + 1 < of_labels.shape[1] else 0


@loop
def move_and_weigh(of_labels, smoothing, label, u, t, w):
    """Adjust logits by their labels' scale and shift, and draw their class weights into weight and target."""
    for k in range(u.size):
        y = label[k]
        u[k] = u[k] * of_labels[0, y] + of_labels[1, y]
        stated = minimum(maximum(t[k], 0.0), 1.0)
        smooth = stated + smoothing * (0.5 - stated)
        yes, no = of_labels[3, y] * smooth, of_labels[2, y] * (1.0 - smooth)
        w[k] *= yes + no
        t[k] = yes / maximum(yes + no, LEAST)


@loop
def rescale(of_labels, label, g):
    """Multiply a block's gradient by its labels' scales."""
    for k in range(g.size):
        g[k] *= of_labels[0, label[k]]


@summing_kernel
def _counted(target, weight, ignore, mass):
    """Return the sum of the weights of what is not ignored, each times its target if `mass`."""
    counted = float64(0.0)
    for k in range(target.size):
        share = float64(1.0) if weight is None else float64(weight[k])
        if mass:
            share *= minimum(maximum(as_single(target[k]), 0.0), 1.0)
        counted += float64(0.0) if as_single(target[k]) == ignore else share
    return counted


def counted(
    target: NDArray[Any], weight: NDArray[np.float32] | None, ignore_index: int | None, *, positives: bool
) -> float:
    """Return the sum of the weights of the elements that count, or of their mass on the positive class."""
    if weight is None and ignore_index is None and not positives:
        return float(target.size)
    return _counted(target, weight, NOTHING if ignore_index is None else ignore_index, positives)
