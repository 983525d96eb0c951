"""Replicates of a ranking: how much of either class lies at each step when units are drawn with replacement.

A step holds the rows between two neighbouring positives, which are alike to a ranking metric, so that a
replicate needs one count for each kind of unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from scarce.decision.cuts import falling_groups
from scarce.evaluation.drawn_units import units_of, weighted_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from scarce.decision.arrays import BoolArray, FloatArray, IntArray

StepsMetric: TypeAlias = "Callable[[FloatArray, FloatArray], FloatArray]"

_BLOCK = 2_000_000  # numbers held at once


@dataclass(frozen=True, eq=False)
class StepsPlan:
    """Kinds of unit (those with the same content are one kind) and what each adds to which step."""

    kinds: FloatArray  # how many units there are of each kind
    stratum: BoolArray  # whether the kind holds a positive
    entry_kind: IntArray  # entries sorted by step
    entry_positive: FloatArray
    entry_negative: FloatArray
    step_starts: IntArray

    @property
    def smaller(self) -> int:
        """Number of units in the smaller stratum; there is only one when every unit holds a positive."""
        sizes = [int(self.kinds[self.stratum == stratum].sum()) for stratum in (True, False)]
        return min(size for size in sizes if size)

    def once(self) -> tuple[FloatArray, FloatArray]:
        """Return positives and negatives at each step, every unit drawn once."""
        return self._steps(self.kinds)

    def replicates(self, count: int, rng: np.random.Generator) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Return blocks of replicates: positives and negatives at each step, a replicate a row."""
        block = max(1, min(count, _BLOCK // max(self.entry_kind.size, self.kinds.size, 1)))
        for start in range(0, count, block):
            yield self._steps(self._counts(min(block, count - start), rng))

    def _counts(self, count: int, rng: np.random.Generator) -> FloatArray:
        counts = np.zeros((count, self.kinds.size))
        for stratum in (True, False):
            members = np.flatnonzero(self.stratum == stratum)
            if members.size:
                counts[:, members] = _draw_kinds(self.kinds[members], count, rng)
        return counts

    def _steps(self, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
        times = counts[..., self.entry_kind]
        positive = np.add.reduceat(times * self.entry_positive, self.step_starts, axis=-1)
        negative = np.add.reduceat(times * self.entry_negative, self.step_starts, axis=-1)
        return positive, negative


def steps_plan(
    step: IntArray,
    positive: BoolArray,
    weight: FloatArray,
    unit: npt.NDArray[np.generic] | None,
) -> StepsPlan:
    """Return what each kind of unit adds to which step; without units each row is one."""
    member, has_positive = units_of(positive, unit)
    width = int(step.max(initial=0)) + 1
    pair, entry = np.unique(member * width + step, return_inverse=True)
    gain = np.where(positive, weight, 0.0)
    entry_positive = weighted_count(entry, gain, pair.size)
    entry_negative = weighted_count(entry, weight - gain, pair.size)
    owner, entry_step = pair // width, pair % width
    kind = _kind_of_unit(owner, entry_step, entry_positive, entry_negative, has_positive.size)
    kinds, representative, inverse = np.unique(kind, return_index=True, return_inverse=True)
    chosen = np.zeros(has_positive.size, dtype=np.bool_)
    chosen[representative] = True
    kept = np.flatnonzero(chosen[owner])
    kept = kept[np.argsort(entry_step[kept], kind="stable")]
    steps = entry_step[kept]
    starts = np.flatnonzero(np.concatenate(([True], steps[1:] != steps[:-1])))
    return StepsPlan(
        np.bincount(inverse, minlength=kinds.size).astype(np.float64),
        has_positive[representative],
        inverse[owner[kept]].astype(np.int64),
        entry_positive[kept],
        entry_negative[kept],
        starts.astype(np.int64),
    )


def steps_between_positives(score: FloatArray, positive: BoolArray) -> IntArray:
    """Return each row's step from the top; the scores between two positives' scores are one step."""
    order, starts = falling_groups(score)
    if starts.size == 0:
        return np.zeros(0, dtype=np.int64)
    holds = np.logical_or.reduceat(positive[order], starts)
    new = holds | np.concatenate(([True], holds[:-1]))
    merged = np.cumsum(new) - 1
    sizes = np.diff(np.append(starts, score.size))
    step = np.empty(score.size, dtype=np.int64)
    step[order] = np.repeat(merged, sizes)
    return step


def mean_of_parts(
    metrics: list[StepsMetric], bounds: list[int], positive: FloatArray, negative: FloatArray
) -> FloatArray:
    """Return the mean of the parts' metrics that are defined, the steps of each between bounds; or NaN."""
    pairs = zip(np.split(positive, bounds, axis=-1), np.split(negative, bounds, axis=-1), strict=True)
    values = np.stack([metric(*pair) for metric, pair in zip(metrics, pairs, strict=True)])
    defined = ~np.isnan(values)
    count = defined.sum(axis=0)
    total = np.where(defined, values, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def gain_of_steps(
    metric: StepsMetric, steps: tuple[IntArray, IntArray], positive: FloatArray, negative: FloatArray
) -> FloatArray:
    """Return the metric of one score less that of another, where a column is a step of each."""
    first, second = (metric(_sum_by_step(positive, step), _sum_by_step(negative, step)) for step in steps)
    return first - second


def _sum_by_step(columns: FloatArray, step: IntArray) -> FloatArray:
    order = np.argsort(step, kind="stable")
    starts = np.unique(step[order], return_index=True)[1]
    return np.add.reduceat(columns[..., order], starts, axis=-1)


def _kind_of_unit(
    owner: IntArray, step: IntArray, positive: FloatArray, negative: FloatArray, n_units: int
) -> IntArray:
    """Give units of one entry and the same content the same number; every other unit its own."""
    alone = np.bincount(owner, minlength=n_units)[owner] == 1
    contents = [np.unique(values, return_inverse=True) for values in (positive, negative)]
    key = step
    for distinct, code in contents:
        key = key * distinct.size + code
    kind = np.empty(n_units, dtype=np.int64)
    kind[owner[alone]] = key[alone]
    shared = owner[~alone]
    kind[shared] = -1 - shared
    return kind


def _draw_kinds(kinds: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    n = int(kinds.sum())
    if kinds.size * 8 < n:
        return rng.multinomial(n, kinds / n, size=count).astype(np.float64)
    # almost every unit is its own kind: drawing units and counting is cheaper than one binomial a kind
    kind = np.repeat(np.arange(kinds.size), kinds.astype(np.int64))
    picks = kind[rng.integers(0, n, (count, n), dtype=np.int32)]
    return np.stack([np.bincount(row, minlength=kinds.size) for row in picks]).astype(np.float64)
