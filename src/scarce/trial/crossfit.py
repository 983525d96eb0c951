"""Every arm on every fold: encode, fit, recover; finished folds come back from the journal."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from scarce.data.encoding import Encoder
from scarce.data.splitting import inner_split
from scarce.learners.old_base import Budget, TrainingRows
from scarce.learners.boosted import BoostedFold
from scarce.trial.journal import FoldScores, Journal
from scarce.trial.out_of_fold import OutOfFold

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from scarce.data.dataset import Dataset
    from scarce.data.splitting import Split
    from scarce.progress import Progress
    from scarce.trial.arms import Arm
    from scarce.trial.design import Design
    from scarce.trial.population import Population

    FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FoldWork:
    """What all arms of one split share; encoded and binned when the first of them needs it."""

    dataset: Dataset
    population: Population
    split: Split
    seed: int

    @cached_property
    def encoder(self) -> Encoder:
        """What the training rows know of the columns."""
        training = self.dataset.features.take(self.split.train)
        return Encoder.fit(training, missing_tokens=self.dataset.missing_tokens)

    @cached_property
    def features(self) -> FloatArray:
        """All rows, encoded."""
        return self.encoder.encode(self.dataset.features)

    @cached_property
    def prepared(self) -> BoostedFold:
        """The training rows, binned."""
        fit, valid = inner_split(self.dataset, self.split.train, seed=self.seed)
        return BoostedFold(
            TrainingRows(
                features=self.features,
                names=self.encoder.feature_names,
                categorical=self.encoder.categorical,
                target=self.dataset.target,
                training_weight=self.population.training_weight,
                weight=self.population.weight,
                offset=self.population.offset,
                fit=fit,
                valid=valid,
                seed=self.seed,
            )
        )

    def score(self, arm: Arm, budget: Budget) -> FoldScores:
        """Fit one arm and score the fold's test rows."""
        prepared = self.prepared
        start = time.perf_counter()
        fitted = prepared.fit(arm.loss, arm.negatives_per_positive, budget)
        seconds = time.perf_counter() - start
        raw = fitted.raw(self.features[self.split.test])
        return FoldScores(raw, fitted.recover(raw), fitted.iterations, seconds)


def crossfit(
    design: Design, journal: Journal, progress: Progress, *, label: str = "training", **dealt: str
) -> dict[str, OutOfFold]:
    """Return each arm's out-of-fold outputs, by name.

    Folds run one after another, and all arms of a fold on the same encoded rows and the same bins. `dealt`
    tells the journal's entries of other folds than the trial's own apart.
    """
    config, arms, splits = design.config, design.arms, design.splits
    budget = Budget(config.max_rounds, config.patience)
    found: dict[tuple[str, int, int], FoldScores] = {}
    progress.start(len(arms) * len(splits), label)
    try:
        for split in splits:
            work = FoldWork(design.dataset, design.population, split, config.seed + split.repeat)
            for arm in arms:
                key = {"arm": arm.name, "repeat": split.repeat, "fold": split.fold, **dealt}
                scores = journal.find(split.test.size, **key)
                if scores is None:
                    scores = work.score(arm, budget)
                    journal.keep(scores, **key)
                found[arm.name, split.repeat, split.fold] = scores
                progress.advance(note=f"{arm.name}, fold {split.fold + 1}")
    finally:
        progress.finish()
    return {arm.name: _gather(arm.name, splits, found, design.dataset.n_rows) for arm in arms}


def _gather(
    name: str, splits: Sequence[Split], found: dict[tuple[str, int, int], FoldScores], n_rows: int
) -> OutOfFold:
    n_repeats = 1 + max(split.repeat for split in splits)
    raw = np.full((n_repeats, n_rows), np.nan)
    recovered = raw.copy()
    iterations, seconds = [], 0.0
    for split in splits:
        scores = found[name, split.repeat, split.fold]
        raw[split.repeat, split.test] = scores.raw
        recovered[split.repeat, split.test] = scores.recovered
        iterations.append(scores.iterations)
        seconds += scores.seconds
    return OutOfFold(raw, recovered, tuple(iterations), seconds)
