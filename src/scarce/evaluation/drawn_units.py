"""Rows that are drawn together: which unit each is of, and sums over units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.errors import ScarceError

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.decision.arrays import BoolArray, FloatArray, IntArray


def units_of(positive: BoolArray, unit: npt.NDArray[np.generic] | None) -> tuple[IntArray, BoolArray]:
    """Return each row's unit number and whether each unit holds a positive."""
    if unit is None:
        return np.arange(positive.size, dtype=np.int64), positive
    ids = np.asarray(unit)
    if ids.shape != positive.shape:
        raise ScarceError("E258", name="unit", got=f"shape {ids.shape}", expected=f"shape {positive.shape}")
    distinct, member = np.unique(ids, return_inverse=True)
    return member.astype(np.int64), np.bincount(member, positive, distinct.size) > 0.0


def lie_in_several(unit: npt.NDArray[np.generic], parts: npt.NDArray[np.integer]) -> bool:
    """Whether some unit has rows in more than one part."""
    distinct, member = np.unique(unit, return_inverse=True)
    part_of = np.zeros(distinct.size, dtype=parts.dtype)
    part_of[member] = parts
    return bool((part_of[member] != parts).any())


def class_counts(sizes: list[int], count: int, rng: np.random.Generator) -> list[FloatArray]:
    """Return by how much each stratum is larger or smaller in other rows of the population, shape (count, 1).

    A figure of both classes together, such as the predicted over the observed positives, is no better known
    than how many positives there are.
    """
    total = sum(sizes)
    drawn = rng.binomial(total, sizes[0] / max(total, 1), size=(count, 1))
    drawn = drawn.clip(min(sizes[0], 1), total - min(sizes[1], 1))  # no figure is defined without one of each
    found = (drawn, total - drawn)
    return [many / max(size, 1) for many, size in zip(found, sizes, strict=True)]


def sum_by(member: IntArray, columns: FloatArray, n_units: int) -> FloatArray:
    """Return the sums of columns over the rows of each unit."""
    totals = np.empty((n_units, columns.shape[1]))
    for place, column in enumerate(columns.T):
        totals[:, place] = weighted_count(member, column, n_units)
    return totals


def weighted_count(index: npt.NDArray[np.integer], weight: FloatArray, size: int) -> FloatArray:
    """Return the sum of the weights at each index."""
    return np.bincount(index, weight, size).astype(np.float64, copy=False)
