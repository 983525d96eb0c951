"""One split's rows, encoded and prepared once for all fits on it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from scarce.data.encoding import Encoder
from scarce.learners.base import TrainingRows
from scarce.trial.fold_trace import FoldTrace
from scarce.trial.paths import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    import pyarrow as pa

    from scarce.data.folds.splitting import Split
    from scarce.learners.base import Fitted, Learner, Prepared
    from scarce.trial.arms import Arm
    from scarce.trial.design import Design

    FloatArray = npt.NDArray[np.float64]


class LastEncoded:
    """The features as the last encoder made them: without categories all splits have the same.

    Parameters
    ----------
    table : pyarrow.Table

    Attributes
    ----------
    lock : RLock
        Held by the split whose rows an engine takes in: it copies them, which two need not do at a time.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table, self.lock = table, threading.RLock()
        self._last: tuple[Encoder, FloatArray] | None = None

    def by(self, encoder: Encoder) -> FloatArray:
        """Return the features of all rows."""
        with self.lock:
            if self._last is None or self._last[0] != encoder:
                self._last = None  # or both would be held for a moment
                self._last = encoder, encoder.encode(self._table)
            return self._last[1]


@dataclass
class FoldWork:
    """What all fits of one split share: encoded when the first needs it, forgotten when the last is done."""

    design: Design
    split: Split
    uses: int
    encoded: LastEncoded
    _rows: TrainingRows | None = None
    _prepared: dict[str, Prepared] = field(default_factory=dict)

    def prepared(self, learner: Learner) -> Prepared:
        """Return the training rows as a learner has taken them in."""
        with self.encoded.lock:
            if self._rows is None:
                self._rows = self._encoded()
            if learner.name not in self._prepared:
                self._prepared[learner.name] = learner.prepare(self._rows)
            return self._prepared[learner.name]

    def _encoded(self) -> TrainingRows:
        dataset, population = self.design.dataset, self.design.population
        tokens = dataset.missing_tokens
        encoder = Encoder.fit(dataset.features, missing_tokens=tokens, rows=self.split.train)
        return TrainingRows(
            features=self.encoded.by(encoder),
            names=encoder.feature_names,
            categorical=encoder.categorical,
            target=dataset.target,
            training_weight=population.training_weight,
            offset=population.offset,
            fit=self.split.train,
            held=self.split.test,
            seed=self.design.training_seed(self.split.repeat),
        )

    def trace(self, arm: Arm, step: float | None, halted: Callable[[], bool]) -> FoldTrace:
        """Train an arm along its path, or to one step, and return what the test rows saw."""
        prepared = self.prepared(arm.learner)
        test, weight = self.split.test, self.design.population.weight
        known = self.design.judged.known_in_time(self.split.fold, test)  # others speak for later folds
        seen = Trace(
            self.design.dataset.target[test].astype(np.float64),
            known * (1.0 if weight is None else weight[test]),
            halted,
            arm.spread,
        )
        start = time.perf_counter()
        if step is None:
            prepared.follow(arm.treatment, seen)
        else:
            fitted, features = self.fitted(arm, step)
            logits = fitted.logits(features[test])
            seen(step, logits, fitted.log_odds(logits))
        return FoldTrace.of(seen, time.perf_counter() - start)

    def fitted(self, arm: Arm, step: float) -> tuple[Fitted, FloatArray]:
        """Train an arm to a step; return it with all rows as it takes them."""
        prepared = self.prepared(arm.learner)
        assert self._rows is not None
        return prepared.fit(arm.treatment, step), self._rows.features

    def used(self) -> None:
        """Forget everything after the last use."""
        self.uses -= 1
        if self.uses == 0:
            self._rows = None
            self._prepared.clear()
