"""Softmax losses of whole tensors in one pass: value and gradient together, in float32, on their own memory.

A row's classes lie side by side (`scarce.kernels.class_rows`), or in columns as PyTorch lays out images
(`class_columns`); targets that spread over classes take `class_mass_rows` and `class_masses`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy import float32

from scarce.kernels import class_columns, class_mass_rows, class_masses, class_rows, cpu, parameters
from scarce.kernels.class_columns import COLUMNS
from scarce.kernels.threads import ROWS_WORTH_A_THREAD, share_rows
from scarce.kernels.vocabulary import VOCABULARY, WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from scarce.losses.modulation import Formulas

FEW = 64  # up to how many classes rows are better taken across
NOTHING = -(2**63)


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
    spread = target.ndim == 3 or loss.label_smoothing > 0.0
    by_row = n_columns == 1 and n_classes > FEW
    ignore = NOTHING if loss.ignore_index is None else loss.ignore_index
    numbers: tuple[Any, ...] = (loss.table, loss.class_weight, loss.shift, loss.scale, ignore)
    numbers = (*numbers, float32(1.0 / divisor), float32(times))
    if spread:
        numbers = (*numbers, float32(loss.label_smoothing))
        loop = _mass_loop(loss.formulas, loss.table.shape[0], by_row, loss.whole)
    else:
        loop = _loop(loss.formulas, loss.table.shape[0], by_row, loss.whole)
    arrays = (logits, target, weight, value, gradient)
    if n_columns == 1 and not by_row:
        return _across_rows(loop, numbers, arrays, threads)
    if by_row:
        arrays = tuple(None if array is None else array[..., 0] for array in arrays)
    faults = np.full(n_rows, -1, np.int64)
    z, t, w, v, g = arrays
    work = functools.partial(loop, z, t, w, *numbers, v, g, faults)
    share_rows(work, n_rows, 1, threads, max(1, ROWS_WORTH_A_THREAD // max(1, n_classes * n_columns)))
    bad = np.flatnonzero(faults >= 0)
    return int(bad[0]) * n_columns + int(faults[bad[0]]) if bad.size else -1


def _across_rows(
    loop: Callable[..., None], numbers: tuple[Any, ...], arrays: tuple[Any, ...], threads: int
) -> int:
    """Go through rows as if they were columns: a row is too short, or every class has a loop."""
    found = []
    logits = arrays[0]

    def work(start: int, stop: int) -> None:
        fault = np.full(1, -1, np.int64)
        z, t, w, v, g = (None if array is None else array[start:stop].T for array in arrays)
        loop(z, t, w, *numbers, v, g, fault, 0, 1)
        if fault[0] >= 0:
            found.append(start + int(fault[0]))

    share_rows(work, len(logits), COLUMNS, threads, max(1, ROWS_WORTH_A_THREAD // max(1, logits.shape[1])))
    return min(found, default=-1)


@functools.cache
def _loop(formulas: Formulas, n_parameters: int, by_row: bool, whole: bool) -> Callable[..., None]:
    named = _named(formulas, n_parameters, whole, ("point", "unbounded", "phi", "slope"))
    faces = cpu._with(class_columns.faces_of_margins, named, cache=True)
    template = class_rows.every_row if by_row else class_columns.every_column
    return cpu._with(template, {"faces": faces}, cache=True)


@functools.cache
def _mass_loop(formulas: Formulas, n_parameters: int, by_row: bool, whole: bool) -> Callable[..., None]:
    if by_row:
        named = _named(formulas, n_parameters, whole, ("point", "unbounded", "phi", "slope"))
        loops = {
            "unbounded": named["unbounded"],
            "faces_of_row": cpu._with(class_mass_rows.loop_of_row, named, cache=True),
            "faces_of_top": cpu._with(class_mass_rows.faces_of_largest, named, cache=True),
        }
        return cpu._with(class_mass_rows.every_mass_row, loops, cache=True)
    names = ("decay", "tail_of", "point_of", "unbounded", "phi", "slope")
    named = _named(formulas, n_parameters, whole, names)
    of_class = cpu._with(class_masses.loop_of_class, named, cache=True)
    loops = {"faces_of_class": of_class, "unbounded": named["unbounded"]}
    return cpu._with(class_masses.every_mass, loops, cache=True)


def _named(formulas: Formulas, n_parameters: int, whole: bool, names: tuple[str, ...]) -> dict[str, Any]:
    words = cpu._words(formulas, n_parameters, WHOLE if whole else VOCABULARY)
    return {name: words[name] for name in names} | {"taken": parameters.take(n_parameters)}


def count(labels, weight, class_weight, ignore, background):
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


@functools.cache
def _count() -> Callable[..., float]:
    return cpu._with(count, {}, cache=True)


def counted(
    labels: NDArray[np.int64],
    weight: NDArray[np.float32] | None,
    class_weight: NDArray[np.float32] | None,
    ignore_index: int | None,
    background: int = NOTHING,
) -> float:
    """Return the sum of the weights, sample times class, of the rows that count."""
    ignore = NOTHING if ignore_index is None else ignore_index
    return float(_count()(labels, weight, class_weight, ignore, background))


@functools.cache
def _count_mass() -> Callable[..., float]:
    return cpu._with(class_masses.count_mass, {}, cache=True)


@functools.cache
def _count_mass_of_rows() -> Callable[..., float]:
    return cpu._with(class_mass_rows.count_mass_of_rows, {}, cache=True)


def counted_mass(
    mass: NDArray[Any],
    weight: NDArray[np.float32] | None,
    class_weight: NDArray[np.float32] | None,
    of_class: int | None = None,
) -> float:
    """Return the sum of sample weight times class weight times mass, over all classes or of one."""
    if mass.shape[2] == 1 and of_class is None:
        return float(_count_mass_of_rows()(mass[..., 0], weight, class_weight))
    return float(_count_mass()(mass, weight, class_weight, -1 if of_class is None else of_class))
