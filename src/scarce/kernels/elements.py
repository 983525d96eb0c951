"""Sigmoid losses of a whole tensor in one pass: value and gradient together, in float32, on its own memory.

Beside the passes for boosters (`scarce.kernels.cpu`) these read targets of any type, skip ignored ones, find
soft targets by themselves, keep only sums of the value where it is reduced, and check the targets on the way.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy import float32

from scarce.kernels import cpu, rows
from scarce.kernels.exponents import words_for
from scarce.kernels.rows import BLOCK, ONE, ZERO, part, total
from scarce.kernels.threads import share_rows
from scarce.kernels.vocabulary import VOCABULARY, WHOLE, maximum, numba

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from scarce.losses.modulation import Formulas

NOTHING = -(2**63)  # an ignore_index that no target has

# The free names: the loops over a block whose targets are 0 or 1, and over one with probabilities.
hard = soft = None


class Elements(NamedTuple):
    """A sigmoid loss in numbers: what a pass needs to know of it."""

    formulas: Formulas
    negative: tuple[float, ...]
    positive: tuple[float, ...]
    class_weight: tuple[float, float] = (1.0, 1.0)
    scale: float = 1.0
    shift: float = 0.0
    label_smoothing: float = 0.0
    ignore_index: int | None = None


def fused(
    loss: Elements,
    logits: NDArray[np.float32],
    target: NDArray[Any],
    weight: NDArray[np.float32] | None,
    divisor: float,
    value: NDArray[np.float32] | None,
    gradient: NDArray[np.float32] | None,
    threads: int = 0,
) -> tuple[float, int]:
    """Write the value and the gradient of every element; return the sum of the values, and a fault's place.

    Parameters
    ----------
    loss : Elements
        The loss.
    logits, target : array, shape (n,)
        Contiguous; targets are 0 and 1 or probabilities, of any type.
    weight : array of float32, shape (n,), optional
        Sample weights.
    divisor : float
        What value, sum and gradient are divided by.
    value, gradient : array of float32, shape (n,), optional
        Where to write.
    threads : int
        As in `share_rows`.

    Returns
    -------
    tuple of float and int
        The sum of the values, and the first block with a target outside [0, 1], or -1.
    """
    words = words_for(loss.formulas, loss.negative, loss.positive)
    loop = _loop(loss.formulas, len(loss.negative), words is WHOLE)
    one_over = 1.0 / divisor
    numbers = tuple(
        float32(x)
        for x in (
            loss.class_weight[0] * one_over,
            loss.class_weight[1] * one_over,
            loss.scale,
            0.0,
            0.0,
            0.0,
            loss.label_smoothing,
        )
    )
    n_blocks = -(-logits.size // BLOCK)
    sums = np.zeros(n_blocks)
    faults = np.zeros(n_blocks, np.bool_)
    weighted = weight is not None or loss.ignore_index is not None
    work = functools.partial(
        loop,
        logits,
        target,
        weight,
        True if weighted else None,
        NOTHING if loss.ignore_index is None else loss.ignore_index,
        (float32(loss.scale), float32(loss.shift)),
        numbers,
        tuple(float32(x) for x in loss.negative),
        tuple(float32(x) for x in loss.positive),
        value,
        gradient,
        sums,
        faults,
    )
    share_rows(work, logits.size, BLOCK, threads)
    fault = int(faults.argmax()) if faults.any() else -1
    return float(sums.sum()), fault


def every_element(
    logits,
    target,
    weight,
    weighted,
    ignore,
    affine,
    numbers,
    negative,
    positive,
    value,
    gradient,
    sums,
    faults,
    start,
    stop,
):
    """Go through elements start to stop a block at a time: read and check, the formulas, the sum."""
    logit_block = np.empty(BLOCK, float32)
    target_block = np.empty(BLOCK, float32)
    weight_block = np.empty(BLOCK, float32)
    value_block = np.empty(BLOCK, float32)
    for first in range(start, stop, BLOCK):
        last = min(first + BLOCK, stop)
        u = logit_block[: last - first]
        w = shares(weight_block[: last - first], weighted)
        read(logits[first:last], affine, u)
        t = read_target(target[first:last], target_block[: last - first])
        if w is not None:
            read_weight(part(weight, first, last), w)
            skip(target[first:last], ignore, u, t, w)
        mixed, outside = mixture(t)
        faults[first // BLOCK] = outside != ZERO
        v = chosen(value, value_block, first, last)
        if mixed == ZERO and numbers[6] == ZERO:
            hard(u, t, w, numbers, negative, positive, v, part(gradient, first, last), None)
        else:
            soft(u, t, w, numbers, negative, positive, v, part(gradient, first, last), None)
        sums[first // BLOCK] = total(v)


@numba.njit(inline="always")
def shares(block, weighted):
    """Return the block for the weights, or None where there are none: decided when it is compiled."""
    if weighted is None:
        return None
    return block


@numba.njit(inline="always")
def chosen(value, block, first, last):
    """Return where a block's values go."""
    if value is None:
        return block[: last - first]
    return value[first:last]


@numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})
def read(logits, affine, u):
    """Write the adjusted logits."""
    for k in range(u.size):
        u[k] = float32(logits[k]) * affine[0] + affine[1]


@numba.njit(nogil=True, error_model="numpy")
def read_target(target, t):
    """Write the targets as float32."""
    for k in range(t.size):
        t[k] = float32(target[k])
    return t


@numba.njit(nogil=True, error_model="numpy")
def read_weight(weight, w):
    """Write the sample weights, or ones."""
    for k in range(w.size):
        w[k] = ONE if weight is None else weight[k]


@numba.njit(nogil=True, error_model="numpy")
def skip(target, ignore, u, t, w):
    """Select before any arithmetic: an ignored element counts for nothing, even if its logit is NaN."""
    for k in range(t.size):
        if target[k] == ignore:
            u[k] = ZERO
            t[k] = ZERO
            w[k] = ZERO


@numba.njit(nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})
def mixture(t):
    """Return how far targets are from whole, and how far outside [0, 1]: 0 and 0 for labels."""
    mixed, outside = ZERO, ZERO
    for k in range(t.size):
        x = t[k] * (ONE - t[k])
        mixed += abs(x)
        outside += maximum(-x, ZERO)
    return mixed, outside


@functools.cache
def _loop(formulas: Formulas, n_parameters: int, whole: bool) -> Callable[..., None]:
    words = cpu._words(formulas, n_parameters, WHOLE if whole else VOCABULARY)
    convex = cpu._with(rows.exact, words)
    loops = {
        name: cpu._with(loop, {**words, "convex": convex}, cache=True)
        for name, loop in (("hard", rows.hard_rows), ("soft", rows.soft_rows))
    }
    return cpu._with(every_element, loops, cache=True)


@numba.njit(nogil=True, error_model="numpy", fastmath={"contract", "reassoc"}, cache=True)
def _counted(target, weight, ignore, mass):
    """Return the sum of the weights of what is not ignored, each times its target if `mass`."""
    counted = 0.0
    for k in range(target.size):
        share = 1.0 if weight is None else float(weight[k])
        if mass:
            share *= float(target[k])
        counted += 0.0 if target[k] == ignore else share
    return counted


def counted(
    target: NDArray[Any], weight: NDArray[np.float32] | None, ignore_index: int | None, *, positives: bool
) -> float:
    """Return the sum of the weights of the elements that count, or of their mass on the positive class."""
    if weight is None and ignore_index is None and not positives:
        return float(target.size)
    return float(_counted(target, weight, NOTHING if ignore_index is None else ignore_index, positives))
