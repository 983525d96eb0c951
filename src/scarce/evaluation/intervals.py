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

from dataclasses import dataclass
from functools import partial
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
from scarce.errors import ScarceError
from scarce.evaluation.drawn_steps import (
    StepsMetric,
    StepsPlan,
    gain_of_steps,
    mean_of_parts,
    steps_between_positives,
    steps_plan,
)
from scarce.evaluation.drawn_units import class_counts, lie_in_several, sum_by, units_of
from scarce.evaluation.estimate import Estimate, tails
from scarce.evaluation.sums import drawn_sums

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

SumsStatistic: TypeAlias = "Callable[[FloatArray], FloatArray]"


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
    >>> from scarce.evaluation.ranking_of_steps import average_precision_of_steps
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
        if unit is not None and lie_in_several(unit, parts):
            places = [np.flatnonzero(parts == label) for label in np.unique(parts)]
            steps = [steps_between_positives(scores[rows], positive[rows]) for rows in places]
            of_parts = {name: [metric] * len(places) for name, metric in metrics.items()}
            return self._drawn_into_parts(positive, weights, unit, places, steps, of_parts)
        found: list[dict[str, tuple[float, FloatArray]]] = []
        units = 0
        for rows in (np.flatnonzero(parts == label) for label in np.unique(parts)):
            step = steps_between_positives(scores[rows], positive[rows])
            own = None if unit is None else unit[rows]
            plan = steps_plan(step, positive[rows], weights[rows], own)
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
        plan = steps_plan(step, positive, weight, unit)
        of_parts = {name: partial(mean_of_parts, of, starts[1:-1]) for name, of in metrics.items()}
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
        >>> from scarce.evaluation.ranking_of_steps import average_precision_of_steps as metric
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
            step, other = (steps_between_positives(score[rows], positive[rows]) for score in scores)
            width = int(other.max(initial=0)) + 1
            pairs, pair = np.unique(step * width + other, return_inverse=True)
            steps.append(pair.astype(np.int64))
            gains.append(partial(gain_of_steps, metric, np.divmod(pairs, width)))
        if unit is not None and lie_in_several(unit, parts):
            return self._drawn_into_parts(positive, weights, unit, places, steps, {"": gains})[""]
        rng = np.random.default_rng(self.seed)
        found: list[tuple[float, FloatArray]] = []
        units = 0
        for rows, step, gain in zip(places, steps, gains, strict=True):
            own = None if unit is None else unit[rows]
            plan = steps_plan(step, positive[rows], weights[rows], own)
            units += plan.smaller
            found.append(self._replicated(plan, {"": gain}, rng)[""])
        return self._mean_over_parts(found, units)

    def _replicated(
        self, plan: StepsPlan, metrics: Mapping[str, StepsMetric], rng: np.random.Generator
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
        member, first = units_of(positive, unit)
        totals = columns if unit is None else sum_by(member, columns, first.size)
        rng = np.random.default_rng(self.seed)
        strata = [np.flatnonzero(first == stratum) for stratum in (True, False)]
        sizes = [stratum.size for stratum in strata]
        drawn = np.zeros((self.replicates, columns.shape[1]))
        shares = class_counts(sizes, self.replicates, rng)
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
        low, high = (float(edge) for edge in np.quantile(kept, tails(value, kept, units, self.level)))
        return Estimate(value, min(low, value), max(high, value), self.level)
