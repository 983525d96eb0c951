"""A fold of boosted trees, whatever the engine: binned once, and every treatment trains on the bins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from scarce.learners.base import Fitted
from scarce.learners.drawn_rows import drawn_rows

if TYPE_CHECKING:
    from scarce.boosting.booster import RareBooster
    from scarce.learners.base import FloatArray, TrainingRows, Treatment, Watch
    from scarce.learners.drawn_rows import DrawnRows
    from scarce.learners.stored.trees import Trees
    from scarce.losses.sigmoid import SigmoidLoss


class Engine(Protocol):
    """What a fold asks of an engine's learner."""

    most_rounds: int
    steps: tuple[float, ...]

    def bins(self, rows: TrainingRows, drawn: DrawnRows, like: Any = None) -> Any:
        """Return a dataset of rows to train on, with the bins of another where the engine can share them."""
        ...

    def held(self, rows: TrainingRows, like: Any) -> Any:
        """Return a dataset of the held rows."""
        ...

    def train(
        self, rows: TrainingRows, bins: Any, loss: SigmoidLoss, rounds: int, **looking: Any
    ) -> RareBooster:
        """Train by the engine's room of `scarce.boosting`."""
        ...

    def trees(self, model: RareBooster) -> Trees:
        """Return the trees of a training."""
        ...


class BoostedFold:
    """One fold's rows, binned once; several threads may train on it, for a training leaves nothing behind.

    Parameters
    ----------
    engine : Engine
    rows : TrainingRows
    """

    def __init__(self, engine: Engine, rows: TrainingRows) -> None:
        self._engine, self._rows = engine, rows
        self._bins = engine.bins(rows, drawn_rows(rows))
        self._held = engine.held(rows, self._bins) if rows.held.size else None

    def follow(self, treatment: Treatment, watch: Watch) -> None:
        """Train round by round and show the held rows' outputs at each step."""
        drawn, shown = drawn_rows(self._rows, treatment), frozenset(self._engine.steps)

        def look(rounds: int, raw: FloatArray) -> bool:
            return rounds not in shown or watch(float(rounds), raw, drawn.loss.log_odds(raw) + drawn.offset)

        self._train(drawn, self._engine.most_rounds, valid_sets=[self._held], watch=look)

    def fit(self, treatment: Treatment, step: float) -> Fitted:
        """Train a number of rounds."""
        drawn = drawn_rows(self._rows, treatment)
        model = self._train(drawn, int(step))
        trees = self._engine.trees(model)
        return Fitted(trees, model.objective.rows.loss, model.base_score, drawn.offset)

    def _train(self, drawn: DrawnRows, rounds: int, **looking: Any) -> RareBooster:
        bins = self._bins if drawn.are_all else self._engine.bins(self._rows, drawn, self._bins)
        return self._engine.train(self._rows, bins, drawn.loss, rounds, **looking)
