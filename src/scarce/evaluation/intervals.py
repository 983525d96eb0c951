"""Bootstrap intervals: stratified by class, over rows or over groups of rows, and fast.

Rows (or whole units: a customer, a set of duplicates) are drawn with replacement from either class.
Nothing is sorted twice: a replicate is a vector of counts.

* For a ranking metric as many units with positives and as many without are drawn as there are. The rows
  between two neighbouring positives are alike, so a replicate needs one multinomial count per gap: the cost
  grows with the positives, not with the rows.
* Everything that is a function of sums over rows is computed from the same draws in one pass. The sums of a
  class are as large as a random number of its units makes them, since a ratio of predicted to observed
  positives, or a cost, is no surer than the number of positives. In a large stratum the rows that matter
  most are drawn one by one and the sum of the many others is drawn from its normal limit
  (`sums.drawn_sums`).

Intervals are percentile intervals with two repairs for few positives: bias-corrected (Efron 1987), and
expanded by Student's t on the units of the smaller class (Hesterberg 2015). In simulations of average
precision the nominal 95 % hold in 90 % of cases with 10 positives, 91 to 93 % with 20 and 93 to 94 %
from 50; plain percentiles in 81 to 90 % with 10.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from statistics import NormalDist
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from scarce.decision.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    Numbers,
    as_scores,
    as_target,
    as_weight,
)
from scarce.decision.cuts import falling_groups
from scarce.errors import ScarceError
from scarce.evaluation.sums import drawn_sums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy.typing as npt

StepsMetric: TypeAlias = "Callable[[FloatArray, FloatArray], FloatArray]"
SumsStatistic: TypeAlias = "Callable[[FloatArray], FloatArray]"

_MOST_BIAS = 0.5  # beyond that, replicates say that the figure itself is not one to resample
_ROUNDING = 1e-12  # sums that are equal but for the order of their terms
_BLOCK = 2_000_000  # numbers held at once


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval.

    Parameters
    ----------
    value : float
        On the rows as they are; NaN where the figure is undefined.
    low, high : float
        NaN when no replicate defines the figure.
    level : float
        Nominal coverage.

    Examples
    --------
    >>> str(Estimate(0.845, 0.81, 0.88))
    '0.845 [0.81, 0.88]'
    """

    value: float
    low: float
    high: float
    level: float = 0.95

    def __str__(self) -> str:
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"

    def to_dict(self) -> dict[str, float | None]:
        """Return value, low, high and level, with None for NaN: JSON has none."""
        items = {"value": self.value, "low": self.low, "high": self.high, "level": self.level}
        return {name: item if np.isfinite(item) else None for name, item in items.items()}


@dataclass(frozen=True)
class Bootstrap:
    """How to resample.

    Parameters
    ----------
    replicates : int
        At least 20.
    level : float
        Nominal coverage in (0, 1).
    seed : int
        Same seed, same intervals.

    Raises
    ------
    ScarceError
        E255 for a value outside its domain.

    Examples
    --------
    >>> from scarce.evaluation.ranking import average_precision_of_steps
    >>> target, score = [1, 1, 1, 0, 0, 0, 0, 0], [9.0, 6.0, 2.0, 7.0, 3.0, 1.0, 0.0, -1.0]
    >>> ap = Bootstrap(200).ranking(target, score, {"ap": average_precision_of_steps})["ap"]
    >>> ap.low < ap.value < ap.high
    True
    """

    replicates: int = 500
    level: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        if self.replicates < 20:
            raise ScarceError("E255", name="replicates", allowed="at least 20", value=self.replicates)
        if not 0.0 < self.level < 1.0:
            raise ScarceError("E255", name="level", allowed="between 0 and 1", value=self.level)

    def ranking(
        self,
        target: Numbers,
        score: Numbers,
        metrics: Mapping[str, StepsMetric],
        weight: Numbers | None = None,
        unit: npt.NDArray[np.generic] | None = None,
        part: npt.NDArray[np.integer] | None = None,
    ) -> dict[str, Estimate]:
        """Return ranking metrics with their intervals.

        Parameters
        ----------
        target : array-like of 0/1, shape (n_rows,)
        score : array-like of float, shape (n_rows,)
        metrics : mapping of str to callable
            Functions of the class weights at each step, as in `scarce.evaluation.ranking`.
        weight : array-like of float, shape (n_rows,), optional
        unit : array, shape (n_rows,), optional
            Rows with the same value are drawn together.
        part : array of int, shape (n_rows,), optional
            Rows of different parts, such as folds scored by different models, are ranked apart; the figure
            is the mean over the parts that define it. Parts are drawn apart, unless units lie in several of
            them: then units are drawn from all rows, each into all its parts.

        Returns
        -------
        dict of str to Estimate
        """
        scores = as_scores(score)
        positive = as_target(target, scores.size)
        weights = as_weight(weight, scores.size)
        if scores.size == 0:
            return {name: self.estimate(float("nan"), np.zeros(0), 0) for name in metrics}
        parts = np.zeros(scores.size, dtype=np.int64) if part is None else np.asarray(part)
        rng = np.random.default_rng(self.seed)
        if unit is not None and _lie_in_several(unit, parts):
            places = [np.flatnonzero(parts == label) for label in np.unique(parts)]
            steps = [_steps_between_positives(scores[rows], positive[rows]) for rows in places]
            of_parts = {name: [metric] * len(places) for name, metric in metrics.items()}
            return self._drawn_into_parts(positive, weights, unit, places, steps, of_parts)
        found: list[dict[str, tuple[float, FloatArray]]] = []
        units = 0
        for rows in (np.flatnonzero(parts == label) for label in np.unique(parts)):
            step = _steps_between_positives(scores[rows], positive[rows])
            own = None if unit is None else unit[rows]
            plan = _steps_plan(step, positive[rows], weights[rows], own)
            units += plan.smaller
            found.append(self._replicated(plan, metrics, rng))
        return {name: self._mean_over_parts([one[name] for one in found], units) for name in metrics}

    def _drawn_into_parts(
        self,
        positive: BoolArray,
        weight: FloatArray,
        unit: npt.NDArray[np.generic],
        parts: list[IntArray],
        steps: list[IntArray],
        metrics: Mapping[str, list[StepsMetric]],
    ) -> dict[str, Estimate]:
        """Return metrics of parts that share units: the steps of all parts stand side by side.

        Parts are given by their rows, with the step of each and the metric of each part.
        """
        step, starts = np.zeros(positive.size, dtype=np.int64), [0]
        for rows, own in zip(parts, steps, strict=True):
            step[rows] = starts[-1] + own
            starts.append(int(step[rows].max()) + 1)
        plan = _steps_plan(step, positive, weight, unit)
        of_parts = {name: partial(_mean_of_parts, of, starts[1:-1]) for name, of in metrics.items()}
        found = self._replicated(plan, of_parts, np.random.default_rng(self.seed))
        return {name: self.estimate(value, draws, plan.smaller) for name, (value, draws) in found.items()}

    def ranking_difference(
        self,
        target: Numbers,
        first: Numbers,
        second: Numbers,
        metric: StepsMetric,
        weight: Numbers | None = None,
        unit: npt.NDArray[np.generic] | None = None,
        part: npt.NDArray[np.integer] | None = None,
    ) -> Estimate:
        """Return how much better the first score ranks than the second, both by the same draws of rows.

        Parameters
        ----------
        target : array-like of 0/1, shape (n_rows,)
        first, second : array-like of float, shape (n_rows,)
        metric : callable
        weight, unit, part : array, shape (n_rows,), optional
            As in `ranking`.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> from scarce.evaluation.ranking import average_precision_of_steps as metric
        >>> first, second = [3.0, 2.0, 1.0, 0.0], [2.0, 1.0, 3.0, 0.0]
        >>> Bootstrap().ranking_difference([1, 1, 0, 0], first, second, metric).value.__round__(3)
        0.417
        """
        scores = (as_scores(first), as_scores(second))
        positive = as_target(target, scores[0].size)
        weights = as_weight(weight, positive.size)
        parts = np.zeros(positive.size, dtype=np.int64) if part is None else np.asarray(part)
        places = [np.flatnonzero(parts == label) for label in np.unique(parts)]
        steps: list[IntArray] = []
        gains: list[StepsMetric] = []
        for rows in places:
            step, other = (_steps_between_positives(score[rows], positive[rows]) for score in scores)
            width = int(other.max(initial=0)) + 1
            pairs, pair = np.unique(step * width + other, return_inverse=True)
            steps.append(pair.astype(np.int64))
            gains.append(partial(_gain, metric, np.divmod(pairs, width)))
        if unit is not None and _lie_in_several(unit, parts):
            return self._drawn_into_parts(positive, weights, unit, places, steps, {"": gains})[""]
        rng = np.random.default_rng(self.seed)
        found: list[tuple[float, FloatArray]] = []
        units = 0
        for rows, step, gain in zip(places, steps, gains, strict=True):
            own = None if unit is None else unit[rows]
            plan = _steps_plan(step, positive[rows], weights[rows], own)
            units += plan.smaller
            found.append(self._replicated(plan, {"": gain}, rng)[""])
        return self._mean_over_parts(found, units)

    def _replicated(
        self, plan: _StepsPlan, metrics: Mapping[str, StepsMetric], rng: np.random.Generator
    ) -> dict[str, tuple[float, FloatArray]]:
        """Return each metric's value and replicates on one part."""
        draws: dict[str, list[FloatArray]] = {name: [] for name in metrics}
        for above, below in plan.replicates(self.replicates, rng):
            for name, metric in metrics.items():
                draws[name].append(metric(above, below))
        value = plan.once()
        return {name: (float(of(*value)), np.concatenate(draws[name])) for name, of in metrics.items()}

    def _mean_over_parts(self, found: list[tuple[float, FloatArray]], units: int) -> Estimate:
        defined = [(value, draws) for value, draws in found if not np.isnan(value)]
        if not defined:
            return self.estimate(float("nan"), np.zeros(0), units)
        value = float(np.mean([value for value, _ in defined]))
        return self.estimate(value, np.mean([draws for _, draws in defined], axis=0), units)

    def sums(
        self,
        target: Numbers,
        columns: FloatArray,
        statistics: Mapping[str, SumsStatistic],
        unit: npt.NDArray[np.generic] | None = None,
    ) -> dict[str, Estimate]:
        """Return functions of column sums with their intervals, all from the same draws.

        Parameters
        ----------
        target : array-like of 0/1, shape (n_rows,)
            Gives the strata.
        columns : ndarray of float64, shape (n_rows, n_columns)
            What is summed over rows, already multiplied by the row weight.
        statistics : mapping of str to callable
            Each maps sums of shape (..., n_columns) to shape (...).
        unit : array, shape (n_rows,), optional
            Rows with the same value are drawn together.

        Returns
        -------
        dict of str to Estimate
        """
        positive = as_target(target, columns.shape[0])
        member, first = _units(positive, unit)
        totals = columns if unit is None else _sum_by(member, columns, first.size)
        rng = np.random.default_rng(self.seed)
        strata = [np.flatnonzero(first == stratum) for stratum in (True, False)]
        sizes = [stratum.size for stratum in strata]
        drawn = np.zeros((self.replicates, columns.shape[1]))
        shares = _class_counts(sizes, self.replicates, rng)
        for stratum, share in zip(strata, shares, strict=True):
            drawn += share * drawn_sums(totals, self.replicates, rng, stratum)
        value = columns.sum(axis=0)
        units = min((size for size in sizes if size), default=0)
        return {name: self.estimate(float(of(value)), of(drawn), units) for name, of in statistics.items()}

    def estimate(self, value: float, draws: FloatArray, units: int) -> Estimate:
        """Return the bias-corrected, expanded percentile interval of replicates.

        Parameters
        ----------
        value : float
        draws : ndarray of float64, shape (replicates,)
            Those that are NaN are left out.
        units : int
            Units in the smaller stratum.

        Returns
        -------
        Estimate
            NaN ends when the value or every replicate is NaN, or with fewer than two units.
        """
        kept = draws[~np.isnan(draws)]
        if kept.size == 0 or np.isnan(value) or units < 2:
            return Estimate(value, float("nan"), float("nan"), self.level)
        low, high = (float(edge) for edge in np.quantile(kept, self._tails(value, kept, units)))
        return Estimate(value, min(low, value), max(high, value), self.level)

    def _tails(self, value: float, draws: FloatArray, units: int) -> tuple[float, float]:
        from scipy.special import stdtrit  # pyright: ignore[reportMissingTypeStubs] # 0.2 s, only here

        same = np.isclose(draws, value, rtol=_ROUNDING, atol=0.0)
        below = (np.count_nonzero(~same & (draws < value)) + 0.5 * np.count_nonzero(same)) / draws.size
        normal = NormalDist()
        bias = min(max(normal.inv_cdf(min(max(below, 1e-3), 1.0 - 1e-3)), -_MOST_BIAS), _MOST_BIAS)
        quantile = float(stdtrit(units - 1, 0.5 + 0.5 * self.level))
        spread = quantile * math.sqrt(units / (units - 1))
        return normal.cdf(2.0 * bias - spread), normal.cdf(2.0 * bias + spread)


@dataclass(frozen=True, eq=False)
class _StepsPlan:
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
        return self._steps(self.kinds)

    def replicates(self, count: int, rng: np.random.Generator) -> Iterator[tuple[FloatArray, FloatArray]]:
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


def _steps_plan(
    step: IntArray,
    positive: BoolArray,
    weight: FloatArray,
    unit: npt.NDArray[np.generic] | None,
) -> _StepsPlan:
    member, has_positive = _units(positive, unit)
    width = int(step.max(initial=0)) + 1
    pair, entry = np.unique(member * width + step, return_inverse=True)
    gain = np.where(positive, weight, 0.0)
    entry_positive = _weighted_count(entry, gain, pair.size)
    entry_negative = _weighted_count(entry, weight - gain, pair.size)
    owner, entry_step = pair // width, pair % width
    kind = _kind_of_unit(owner, entry_step, entry_positive, entry_negative, has_positive.size)
    kinds, representative, inverse = np.unique(kind, return_index=True, return_inverse=True)
    chosen = np.zeros(has_positive.size, dtype=np.bool_)
    chosen[representative] = True
    kept = np.flatnonzero(chosen[owner])
    kept = kept[np.argsort(entry_step[kept], kind="stable")]
    steps = entry_step[kept]
    starts = np.flatnonzero(np.concatenate(([True], steps[1:] != steps[:-1])))
    return _StepsPlan(
        np.bincount(inverse, minlength=kinds.size).astype(np.float64),
        has_positive[representative],
        inverse[owner[kept]].astype(np.int64),
        entry_positive[kept],
        entry_negative[kept],
        starts.astype(np.int64),
    )


def _lie_in_several(unit: npt.NDArray[np.generic], parts: npt.NDArray[np.integer]) -> bool:
    """Whether some unit has rows in more than one part."""
    distinct, member = np.unique(unit, return_inverse=True)
    part_of = np.zeros(distinct.size, dtype=parts.dtype)
    part_of[member] = parts
    return bool((part_of[member] != parts).any())


def _mean_of_parts(
    metrics: list[StepsMetric], bounds: list[int], positive: FloatArray, negative: FloatArray
) -> FloatArray:
    """Return the mean of the parts' metrics that are defined, the steps of each between bounds; or NaN."""
    pairs = zip(np.split(positive, bounds, axis=-1), np.split(negative, bounds, axis=-1), strict=True)
    values = np.stack([metric(*pair) for metric, pair in zip(metrics, pairs, strict=True)])
    defined = ~np.isnan(values)
    count = defined.sum(axis=0)
    total = np.where(defined, values, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _gain(
    metric: StepsMetric, steps: tuple[IntArray, IntArray], positive: FloatArray, negative: FloatArray
) -> FloatArray:
    """Return the metric of one score less that of another, where a column is a step of each."""
    first, second = (metric(_sum_by_step(positive, step), _sum_by_step(negative, step)) for step in steps)
    return first - second


def _sum_by_step(columns: FloatArray, step: IntArray) -> FloatArray:
    order = np.argsort(step, kind="stable")
    starts = np.unique(step[order], return_index=True)[1]
    return np.add.reduceat(columns[..., order], starts, axis=-1)


def _steps_between_positives(score: FloatArray, positive: BoolArray) -> IntArray:
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


def _class_counts(sizes: list[int], count: int, rng: np.random.Generator) -> list[FloatArray]:
    """Return by how much each stratum is larger or smaller in other rows of the population, shape (count, 1).

    A figure of both classes together, such as the predicted over the observed positives, is no better known
    than how many positives there are.
    """
    total = sum(sizes)
    drawn = rng.binomial(total, sizes[0] / max(total, 1), size=(count, 1))
    drawn = drawn.clip(min(sizes[0], 1), total - min(sizes[1], 1))  # no figure is defined without one of each
    found = (drawn, total - drawn)
    return [many / max(size, 1) for many, size in zip(found, sizes, strict=True)]


def _units(positive: BoolArray, unit: npt.NDArray[np.generic] | None) -> tuple[IntArray, BoolArray]:
    """Return each row's unit number and whether each unit holds a positive."""
    if unit is None:
        return np.arange(positive.size, dtype=np.int64), positive
    ids = np.asarray(unit)
    if ids.shape != positive.shape:
        raise ScarceError("E258", name="unit", got=f"shape {ids.shape}", expected=f"shape {positive.shape}")
    distinct, member = np.unique(ids, return_inverse=True)
    return member.astype(np.int64), np.bincount(member, positive, distinct.size) > 0.0


def _sum_by(member: IntArray, columns: FloatArray, n_units: int) -> FloatArray:
    totals = np.empty((n_units, columns.shape[1]))
    for place, column in enumerate(columns.T):
        totals[:, place] = _weighted_count(member, column, n_units)
    return totals


def _weighted_count(index: npt.NDArray[np.integer], weight: FloatArray, size: int) -> FloatArray:
    return np.bincount(index, weight, size).astype(np.float64, copy=False)


def _draw_kinds(kinds: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    n = int(kinds.sum())
    if kinds.size * 8 < n:
        return rng.multinomial(n, kinds / n, size=count).astype(np.float64)
    # almost every unit is its own kind: drawing units and counting is cheaper than one binomial a kind
    kind = np.repeat(np.arange(kinds.size), kinds.astype(np.int64))
    picks = kind[rng.integers(0, n, (count, n), dtype=np.int32)]
    return np.stack([np.bincount(row, minlength=kinds.size) for row in picks]).astype(np.float64)
