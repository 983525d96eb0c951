"""Softmax losses of whole tensors in one pass: value and gradient together, in float32, on their own memory.

A row's classes lie side by side (`scarce.kernels.softmax_rows`), or in columns as PyTorch lays out images
(`softmax_columns`); targets that spread over classes take `soft_target_rows` and `soft_target_columns`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy import float32, float64

from scarce.kernels import cpu_words, cpu_words_of_whole_powers, soft_target_columns, softmax_columns
from scarce.kernels.blocks import NOTHING
from scarce.kernels.cpu_compiler import summing_kernel
from scarce.kernels.soft_target_rows import count_mass_of_rows, every_mass_row
from scarce.kernels.softmax_rows import every_row, rows_at_once
from scarce.kernels.threads import ROWS_WORTH_A_THREAD, share_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scarce.losses.modulation import Formulas

FEW = 64  # up to how many classes rows are better taken across


class Classes(NamedTuple):
    """A softmax loss in numbers: what a pass needs to know of it; None where there is nothing to apply.

    ``whole`` says that it raises to whole powers only (`scarce.kernels.whole_powers`).
    """

    formulas: Formulas
    table: NDArray[np.float32]
    class_weight: NDArray[np.float32] | None = None
    shift: NDArray[np.float32] | None = None
    scale: NDArray[np.float32] | None = None
    ignore_index: int | None = None
    whole: bool = False
    label_smoothing: float = 0.0


def fused(
    loss: Classes,
    logits: NDArray[Any],
    target: NDArray[Any],
    weight: NDArray[np.float32] | None,
    divisor: float,
    value: NDArray[np.float32],
    gradient: NDArray[Any] | None,
    threads: int = 0,
    times: float = 1.0,
) -> int:
    """Write every row's value and gradient; return the first row whose label is not a class, or -1.

    Parameters
    ----------
    loss : Classes
        The loss; its table of parameters has shape (n_parameters, n_classes).
    logits : array, shape (n_rows, n_classes, n_columns)
        Contiguous; half precision comes as its bits (`scarce.kernels.blocks`).
    target : array, shape (n_rows, n_columns) of int64, or the logits' shape
        Class indices, or the ignored index; or the mass on every class, of any type.
    weight : array of float32, shape (n_rows, n_columns), optional
        Sample weights.
    divisor : float
        What value and gradient are divided by.
    value : array of float32, shape (n_rows, n_columns)
        Where to write.
    gradient : array, in the logits' shape, optional
        Where to write, in single precision or as half precision's bits.
    threads : int
        As in `share_rows`.
    times : float
        What the gradient is multiplied by, before it is rounded to its type.
    """
    n_rows, n_classes, n_columns = logits.shape
    soft = target.ndim == 3
    spread = soft or loss.label_smoothing > 0.0
    by_row = n_columns == 1 and n_classes > FEW
    if by_row:
        logits, target, value = logits[..., 0], target[..., 0], value[..., 0]
        weight = None if weight is None else weight[..., 0]
        gradient = None if gradient is None else gradient[..., 0]
        at_once = rows_at_once(n_classes)
        n_blocks, size = n_rows, n_classes
    else:
        if n_columns == 1:  # a row is too short, or every class has a loop: go through rows as columns
            logits, target, value = logits.T, target.T, value.T
            weight = None if weight is None else weight.T
            gradient = None if gradient is None else gradient.T
            n_rows, n_columns = 1, n_rows
        at_once = (soft_target_columns if spread else softmax_columns).columns_at_once(n_classes)
        n_blocks, size = n_rows * -(-n_columns // at_once), n_classes * min(at_once, n_columns)
    faults = np.empty(n_blocks, np.int64)
    ignore = NOTHING if loss.ignore_index is None else loss.ignore_index
    numbers = (float32(1.0 / divisor), float32(times), float32(loss.label_smoothing))
    settings = (loss.table, loss.class_weight, loss.shift, loss.scale, ignore, *numbers)
    compiled = _kernel(loss.formulas, len(loss.table), loss.whole, by_row, spread)
    targets = ((None, target) if soft else (target, None)) if spread else (target,)
    work = functools.partial(compiled, logits, *targets, weight, settings, at_once, value, gradient, faults)
    share_rows(work, n_blocks, 1, threads, max(1, ROWS_WORTH_A_THREAD // max(1, size)))
    if n_blocks == 0 or faults.max() < 0:
        return -1
    return int(faults[faults >= 0][0])


@functools.cache
def _kernel(formulas: Formulas, n_parameters: int, whole: bool, by_row: bool, spread: bool) -> Any:
    xp = cpu_words_of_whole_powers if whole else cpu_words
    if spread:
        factory = every_mass_row if by_row else soft_target_columns.every_mass_column
    else:
        factory = every_row if by_row else softmax_columns.every_column
    return factory(xp, formulas, n_parameters)


@summing_kernel
def counted(labels, weight, class_weight, ignore, background):
    """Return the weighted number of labels that are neither ignored nor the background."""
    counted = float64(0.0)
    for k in range(labels.size):
        y = labels[k]
        counts = (y != ignore) & (y != background)
        share = float64(1.0) if weight is None else float64(weight[k])
        if class_weight is not None:
            known = (y >= 0) & (y < class_weight.size)
            counts &= known
            share *= float64(class_weight[y if known else 0])
        counted += share if counts else float64(0.0)
    return counted


@summing_kernel
def summed(values):
    """Return the sum of a line of numbers, in double precision."""
    result = float64(0.0)
    for k in range(values.size):
        result += values[k]
    return result


def counted_mass(
    mass: NDArray[Any],
    weight: NDArray[np.float32] | None,
    class_weight: NDArray[np.float32] | None,
    of_class: int | None = None,
) -> float:
    """Return the sum of sample weight times class weight times mass, over all classes or of one."""
    if mass.shape[2] == 1 and of_class is None:
        return count_mass_of_rows(mass[..., 0], weight, class_weight)
    return soft_target_columns.count_mass(mass, weight, class_weight, -1 if of_class is None else of_class)
