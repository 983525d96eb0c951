"""Penalised linear models as learners, under any binary loss."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from scarce.boosting.objective import check_usable
from scarce.learners.base import Fitted
from scarce.learners.drawn_rows import drawn_rows
from scarce.learners.elastic_net import ElasticNet
from scarce.learners.linear_columns import RAMPS, linear_columns
from scarce.learners.stored.linear import LinearModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scarce.learners.base import TrainingRows, Treatment, Watch
    from scarce.learners.drawn_rows import DrawnRows
    from scarce.learners.stored.linear import Matrix


LEAST_PENALTY = 0.5
"""Times one over the rows: where a path ends, at the latest. At it a coefficient is as if it had a standard
deviation of 2 before any row was seen, which many rows outweigh; but of separated classes it would grow until
a new row on the wrong side costs ten nats and more."""


@dataclass(frozen=True)
class Linear:
    """A linear model of standardised numbers and one-hot categories with an elastic-net penalty.

    The path leads from the strongest useful penalty of the rows to a ten-thousandth of it, or of few rows
    less far (`LEAST_PENALTY`). Its steps are shares of that penalty, so that one step means the same on every
    fold.

    Parameters
    ----------
    splines : bool, default False
        Whether each number enters by its piecewise linear parts between quantiles instead.
    l1_ratio : float, default 0.5
        From 0, ridge, to 1, lasso.

    Attributes
    ----------
    name : str
        ``"linear"`` or ``"linear:splines"``.

    Examples
    --------
    >>> Linear().name, Linear(splines=True).name
    ('linear', 'linear:splines')
    """

    splines: bool = False
    l1_ratio: float = 0.5

    steps: ClassVar[tuple[float, ...]] = tuple(10.0 ** (-third / 3) for third in range(13))
    storable: ClassVar[bool] = True
    capped: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """As in ``--learners``."""
        return "linear:splines" if self.splines else "linear"

    @property
    def summary(self) -> str:
        """One line for the report."""
        return "a linear model of piecewise linear parts" if self.splines else "a penalised linear model"

    def takes(self, treatment: Treatment) -> bool:
        """Return True: every binary loss has slopes, and every sampling rows."""
        return True

    def undoes(self, treatment: Treatment) -> bool:
        """Whether the closed form holds: a loss's does, and so does that of rows drawn by their label."""
        return treatment.sampling is None or treatment.sampling.exact

    def grown(self, step: float, factor: float) -> float:
        """Return the share that leaves the whole penalty, beside a sum over more rows, as it is."""
        return step / factor

    def prepare(self, rows: TrainingRows) -> LinearFold:
        """Learn the columns from a fold's rows."""
        return LinearFold(self, rows)


class LinearFold:
    """One fold's rows as the columns of a linear model.

    Parameters
    ----------
    learner : Linear
    rows : TrainingRows
    """

    def __init__(self, learner: Linear, rows: TrainingRows) -> None:
        self._learner, self._rows = learner, rows
        features = rows.features[rows.fit]
        weight = None if rows.training_weight is None else rows.training_weight[rows.fit]
        ramps = RAMPS if learner.splines else 0
        self._columns = linear_columns(features, rows.categorical, weight, ramps=ramps)
        self._fit = self._columns.matrix(features)

    @cached_property
    def _held(self) -> Matrix:
        return self._columns.matrix(self._rows.features[self._rows.held])

    def follow(self, treatment: Treatment, watch: Watch) -> None:
        """Weaken the penalty step by step and show the held rows' outputs at each."""
        drawn = self._drawn(treatment)
        net = self._net(treatment, drawn)
        unit = net.largest_penalty * drawn.target.size
        first, *others = self._learner.steps
        steps = [first, *(step for step in others if step * unit >= LEAST_PENALTY)]
        for step, fitted in zip(steps, self._path(net, drawn, steps), strict=True):
            model = fitted.stored
            logits = fitted.base_score + (model.intercept + self._held @ model.coefficient)
            if not watch(step, logits, fitted.log_odds(logits)):
                return

    def fit(self, treatment: Treatment, step: float) -> Fitted:
        """Weaken the penalty down to a step."""
        stronger = [share for share in self._learner.steps if share > step]
        drawn = self._drawn(treatment)
        *_, fitted = self._path(self._net(treatment, drawn), drawn, [*stronger, step])
        return fitted

    def _drawn(self, treatment: Treatment) -> DrawnRows:
        check_usable(treatment.loss)
        drawn = drawn_rows(self._rows, treatment)
        drawn.loss.modulation.check_posterior()
        return drawn

    def _net(self, treatment: Treatment, drawn: DrawnRows) -> ElasticNet:
        matrix = self._fit
        if treatment.sampling is not None:
            made_up = drawn.features is not None
            matrix = self._columns.matrix(drawn.features) if made_up else matrix[drawn.rows]
        base_score = float(drawn.loss.base_score(drawn.prior))
        weight = None if drawn.weight is None else drawn.weight.astype(np.float32)
        target = drawn.target.astype(np.float32)
        return ElasticNet(
            matrix, target, weight, drawn.loss, base_score, self._learner.l1_ratio, self._rows.threads
        )

    def _path(self, net: ElasticNet, drawn: DrawnRows, steps: Iterable[float]) -> Iterator[Fitted]:
        for intercept, slopes in net.path(steps):
            model = LinearModel(self._columns, slopes, intercept)
            yield Fitted(model, drawn.loss, net.base_score, drawn.offset)
