"""What the demo sample can stand for, measured against the full card-fraud table.

(i) A fixed model, scored on all held-out rows and on weighted one-in-ten samples of them: do the sample's
intervals cover the figures of all rows? (ii) How far is a model trained on the sample, its rate undone
exactly, behind one trained on all rows?

Needs ``creditcard.parquet``, which is not in the repository: name it as the argument or in SCARCE_CREDITCARD.
"""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from scarce.data.dataset import Dataset
from scarce.data.embedded import COST, KEPT_ONE_IN, TARGET
from scarce.data.embedded.build import kept_rows
from scarce.data.encoding import Encoder
from scarce.data.files.reading import read
from scarce.data.folds.splitting import splits
from scarce.evaluation.intervals import Bootstrap
from scarce.kernels.threads import available_threads
from scarce.learners.base import PLAIN, TrainingRows
from scarce.learners.lightgbm import LightGBM
from scarce.trial.scoring import Rows

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.data.folds.splitting import Split

    IntArray = npt.NDArray[np.int64]
    FloatArray = npt.NDArray[np.float64]

DRAWS = 20
ROUNDS = 100  # about as many as a trial of the sample chooses
SHOWN = {
    "average_precision": "{:.4f}",
    "log_loss": "{:.5f}",
    "calibration_ratio": "{:.3f}",
    "recall": "{:.4f}",
    "expected_cost": "{:.1f}",
}


def find() -> Path | None:
    """Return the full table: as named, or beside the checkout."""
    named = sys.argv[1:2] if __name__ == "__main__" else []
    for name in (*named, os.environ.get("SCARCE_CREDITCARD", "")):
        if name:
            return Path(name)
    beside = Path(__file__).parents[2] / "shared" / "data" / "creditcard.parquet"
    return beside if beside.exists() else None


@dataclass(frozen=True)
class Study:
    """The full table, encoded once, and its folds with duplicates on one side."""

    dataset: Dataset
    features: FloatArray
    names: tuple[str, ...]
    folds: list[Split]

    @classmethod
    def of(cls, path: Path) -> Study:
        dataset = Dataset.prepare(read(path), target=TARGET, cost=COST)
        encoder = Encoder.fit(dataset.features)
        features = encoder.encode(dataset.features)
        return cls(
            dataset, features, tuple(encoder.feature_names), splits(dataset, folds=5, repeats=1, seed=0)
        )

    def train(self, rows: IntArray, offset: float) -> Scorer:
        """Return plain LightGBM trained on some rows; `offset` speaks of the full table."""
        prepared = LightGBM().prepare(
            TrainingRows(
                features=self.features,
                names=self.names,
                categorical=(),
                target=self.dataset.target,
                training_weight=None,
                offset=offset,
                fit=rows,
                held=rows[:0],
                seed=0,
                threads=available_threads(),
            )
        )
        fitted = prepared.fit(PLAIN, ROUNDS)
        return lambda test: fitted.log_odds(fitted.logits(self.features[test]))

    def rows(self, rows: IntArray, log_odds: FloatArray, weight: FloatArray | None) -> Rows:
        """Return scored rows, flagged where the costs say so."""
        costs = self.dataset.costs.take(rows)
        return Rows(
            target=self.dataset.target[rows],
            log_odds=log_odds,
            flagged=costs.score(log_odds) > 0.0,
            weight=weight,
            costs=costs,
            unit=self.dataset.duplicates[rows],
        )


if TYPE_CHECKING:
    from collections.abc import Callable

    Scorer = Callable[[IntArray], FloatArray]


def fixed_model(study: Study) -> None:
    """Print (i)."""
    fold = study.folds[0]
    log_odds = study.train(fold.train, offset=0.0)(fold.test)
    everything = study.rows(fold.test, log_odds, None).values()
    positive = study.dataset.target[fold.test] == 1
    found: dict[str, list[float]] = {name: [] for name in SHOWN}
    covered = dict.fromkeys(SHOWN, 0)
    for draw in range(DRAWS):
        kept = kept_rows(positive, seed=draw)
        weight = np.where(positive[kept], 1.0, float(KEPT_ONE_IN))
        estimates = study.rows(fold.test[kept], log_odds[kept], weight).estimates(Bootstrap(seed=draw))
        for name in SHOWN:
            estimate = estimates[name]
            found[name].append(estimate.value)
            covered[name] += estimate.low <= everything[name] <= estimate.high
    held_out = f"{fold.test.size:,} held-out rows ({positive.sum()} frauds)"
    print(f"\n(i) one model on {held_out}, and on {DRAWS} weighted samples of them")
    print(f"  {'score':<18} {'all rows':>10} {'mean':>10} {'deviation':>10} {'in the interval':>16}")
    for name, style in SHOWN.items():
        mean, deviation = np.mean(found[name]), np.std(found[name], ddof=1)
        cells = (style.format(x) for x in (everything[name], mean, deviation))
        print(f"  {name:<18} {' '.join(f'{cell:>10}' for cell in cells)} {covered[name]:>10} of {DRAWS}")


def trained_models(study: Study) -> None:
    """Print (ii)."""
    log_odds = {"all rows": np.full(study.dataset.n_rows, np.nan)}
    log_odds["demo sample"] = log_odds["all rows"].copy()
    for fold in study.folds:
        log_odds["all rows"][fold.test] = study.train(fold.train, 0.0)(fold.test)
        sample = fold.train[kept_rows(study.dataset.target[fold.train] == 1, seed=fold.fold)]
        scorer = study.train(sample, -math.log(KEPT_ONE_IN))
        log_odds["demo sample"][fold.test] = scorer(fold.test)
    everyone = np.arange(study.dataset.n_rows)
    print(
        "\n(ii) trained on all rows or on the sample, scored on all held-out rows of 5 folds (95 % intervals)"
    )
    for trained, scores in log_odds.items():
        print(f"  trained on {trained}")
        estimates = study.rows(everyone, scores, None).estimates(Bootstrap())
        for name, style in SHOWN.items():
            e = estimates[name]
            value, low, high = (style.format(x) for x in (e.value, e.low, e.high))
            print(f"    {name:<18} {value:>10}   {low} to {high}")
        folds = [study.rows(f.test, scores[f.test], None).values()["average_precision"] for f in study.folds]
        print(f"    mean AP of folds   {np.mean(folds):>10.4f}   deviation {np.std(folds, ddof=1):.4f}")


def main() -> None:
    path = find()
    if path is None or not path.exists():
        print("not run: name creditcard.parquet as the argument or in SCARCE_CREDITCARD")
        return
    study = Study.of(path)
    fixed_model(study)
    trained_models(study)


if __name__ == "__main__":
    main()
