"""What the primary score loses where a column has other rows' values, from what a model then says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from scarce.evaluation.comparison import simultaneous
from scarce.evaluation.decisions import PER_ROWS
from scarce.evaluation.episodes import after_catch
from scarce.evaluation.estimate import Estimate
from scarce.evaluation.influence import influence_on_mean
from scarce.evaluation.intervals import Bootstrap
from scarce.evaluation.one_more_miss import one_miss, with_one_more_either_way
from scarce.evaluation.ranking_of_steps import average_precision_of_steps

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.trial.design import Design

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

REPEATS = 3
"""How often other rows' values are drawn."""

_REPLICATES = 100


@dataclass(frozen=True)
class Answered:
    """What was said of all rows asked about: as they are first, then draw by draw of each group.

    Attributes
    ----------
    design : Design
    rows, part : ndarray of int, shape (n_rows,)
        Row numbers, and their folds.
    log_odds, flagged : ndarray, shape (1 + n_groups * REPEATS, n_rows)
    n_groups : int
    """

    design: Design
    rows: IntArray
    part: IntArray
    log_odds: FloatArray
    flagged: npt.NDArray[np.bool_]
    n_groups: int

    def losses(self) -> list[Estimate]:
        """Return how much worse the primary score is for each group."""
        loss = self._dearer if self.design.dataset.costs is not None else self._ranked_worse
        return [loss(1 + group * REPEATS) for group in range(self.n_groups)]

    def _ranked_worse(self, first: int) -> Estimate:
        drawn_rows = {"weight": self._weight, "unit": self._unit, "part": self.part}
        found = [
            self._bootstrap.ranking_difference(
                self._target, self.log_odds[0], other, average_precision_of_steps, **drawn_rows
            )
            for other in self.log_odds[first : first + REPEATS]
        ]
        return Estimate(*np.mean([(one.value, one.low, one.high) for one in found], axis=0).tolist())

    def _dearer(self, first: int) -> Estimate:
        """Return the mean extra cost, with the interval that arms are compared by; the model stands fixed."""
        costs, positive = self.design.dataset.costs.take(self.rows), self._target == 1
        spent = [
            np.where(self._spared(at, positive), 0.0, costs.of_rows(positive, self.flagged[at]))
            for at in (0, *range(first, first + REPEATS))
        ]
        more = PER_ROWS * (np.mean(spent[1:], axis=0) - spent[0])
        influence, few = influence_on_mean(more, self._weight), int(positive.sum())
        if self._unit is not None:
            influence = np.bincount(np.unique(self._unit, return_inverse=True)[1], weights=influence)
            few = np.unique(self._unit[positive]).size
        mean = np.array([[np.average(more, weights=self._weight)]])
        missed, caught = (costs.of_rows(positive, flagged) for flagged in (~positive, positive))
        held, miss = one_miss(missed - caught, positive, self._weight, self._unit)
        influences = with_one_more_either_way(influence[None], held, PER_ROWS * miss)
        found = simultaneous(mean, influences, few=few, n_train=math.inf, n_test=1.0)[0]
        return Estimate(found.value, found.low, found.high)

    def _spared(self, at: int, positive: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return which rows come after their entity was caught; none without entities."""
        entity, time = self.design.dataset.entity, self.design.dataset.time
        if entity is None or time is None:
            return np.zeros(positive.size, dtype=bool)
        return after_catch(entity[self.rows], time[self.rows], positive, self.flagged[at])

    @property
    def _bootstrap(self) -> Bootstrap:
        return Bootstrap(_REPLICATES, seed=self.design.config.seed)

    @property
    def _target(self) -> npt.NDArray[np.uint8]:
        return self.design.dataset.target[self.rows]

    @property
    def _unit(self) -> IntArray | None:
        return None if self.design.units is None else self.design.units[self.rows]

    @cached_property
    def _weight(self) -> FloatArray:
        """Population weights by which the rows drawn of each class speak for all tested ones."""
        design, weight = self.design, self.design.population.weight
        whole = np.ones(design.dataset.n_rows) if weight is None else weight
        tested = np.isin(design.judged.fold_of[0], self.part)
        of_all = np.bincount(design.dataset.target[tested], whole[tested], 2)
        share = of_all / np.bincount(self._target, whole[self.rows], 2)
        return whole[self.rows] * share[self._target]
