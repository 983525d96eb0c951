"""Whether a search keeps the plain loss where nothing helps: ``python -m benchmarks.tuning --runs 100``.

Tables are drawn whose truth is known, the numbers of a loss are chosen on each as in a trial, and what was
chosen is judged on fresh rows by their true probabilities. Finished tables are kept in a folder: the same
command goes on from them, and with more runs adds to them.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from sklearn.base import clone

from scarce.calibration.logistic import PenalisedLogistic
from scarce.data.dataset import Dataset
from scarce.decision.arrays import expit
from scarce.estimators import FocalClassifier
from scarce.learners.base import TrainingRows
from scarce.progress import SILENT
from scarce.trial.config import TrialConfig
from scarce.trial.design import Design
from scarce.trial.journal import Journal
from scarce.trial.methods import PLAIN, read, simplest
from scarce.trial.training import Unhurried, train

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scarce.trial.arms import Arm
    from scarce.trial.out_of_fold import OutOfFold

    FloatArray = np.ndarray[Any, np.dtype[np.float64]]

METHODS = ("focal:gamma=auto", "cross_entropy:class_weight=auto", "focal:gamma=auto,class_weight=auto")
CLASSIFIER = "FocalClassifier"
FRESH = 40_000
_COLUMNS = 4
_ROUNDS = 100  # of boosting: few positives want no more, and many tables are drawn
_TREES = 30
_QUICK = 2


@dataclass(frozen=True)
class Cell:
    """One kind of table, and what is chosen on it.

    Attributes
    ----------
    name : str
    learner : str
        Or `CLASSIFIER`.
    truth : callable
        Takes features and draws; returns features as they are seen, and true log-odds.
    positives, rows : int
    cost : float or None
        Of a missed positive, where a false alarm costs 1 and numbers are chosen by cost; None is log-loss.
    """

    name: str
    learner: str
    truth: Callable[[FloatArray, np.random.Generator], tuple[FloatArray, FloatArray]]
    positives: int
    rows: int
    cost: float | None = None


def _line(x: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    return x, -3.7 + 1.0 * x[:, 0] + 0.7 * x[:, 1]


def _smooth(x: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    return x, -3.9 + 1.2 * np.sin(1.5 * x[:, 0]) + 0.7 * x[:, 1] * x[:, 2] + 0.5 * x[:, 1]


def _kink(x: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Where it matters another column decides than elsewhere, which one line cannot say."""
    return x, -5.0 + 2.0 * x[:, 0] + 4.0 * np.maximum(x[:, 1], 0.0)


def _outliers(x: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """In one row of a hundred the column that decides is a wrong reading, far out."""
    log_odds, wrong = -4.5 + 1.5 * x[:, 0] + x[:, 1], rng.random(len(x)) < 0.01
    seen = x.copy()
    seen[wrong, 0] = rng.normal(6.0, 1.0, int(wrong.sum()))
    return seen, np.where(wrong, -6.0, log_odds)


CELLS = (
    *(
        Cell(f"null-{learner}-{positives}", learner, truth, positives, 20 * positives)
        for positives in (20, 100)
        for learner, truth in (("linear", _line), ("lightgbm", _smooth), (CLASSIFIER, _smooth))
    ),
    Cell("kink-linear-400", "linear", _kink, 400, 2_400, cost=50.0),
    Cell("kink-linear-1600", "linear", _kink, 1_600, 9_600, cost=50.0),
    Cell("outliers-linear-100", "linear", _outliers, 100, 2_500, cost=20.0),
    Cell("outliers-linear-400", "linear", _outliers, 400, 10_000, cost=20.0),
)


def draw(cell: Cell, number: int) -> tuple[FloatArray, np.ndarray, FloatArray, FloatArray]:
    """Return a table with so many positives, and fresh features with their true log-odds."""
    rng = np.random.default_rng([number, *cell.name.encode()])

    def some(rows: int) -> tuple[FloatArray, FloatArray]:
        return cell.truth(rng.normal(size=(rows, _COLUMNS)), rng)

    seen, log_odds = some(40 * cell.rows)
    target = (rng.random(len(seen)) < expit(log_odds)).astype(np.uint8)
    wanted = ((1, cell.positives), (0, cell.rows - cell.positives))
    rows = np.sort(np.concatenate([np.flatnonzero(target == label)[:count] for label, count in wanted]))
    assert rows.size == cell.rows
    fresh, truth = some(FRESH)
    # so many positives in so many rows: the share of others that were drawn moves the intercept
    share = cell.positives / (cell.rows - cell.positives)
    moved = np.log(share) - np.log(target.mean() / (1.0 - target.mean()))
    return seen[rows], target[rows], fresh, truth + moved


def run(cell: Cell, number: int) -> dict[str, Any]:
    """Return for each method whether plain was kept, by how many folds, and the true relative gain."""
    seen, target, fresh, truth = draw(cell, number)
    if cell.learner == CLASSIFIER:
        return {method: _of_classifier(method, seen, target, fresh, truth, number) for method in METHODS}
    columns = {f"x{i}": column for i, column in enumerate(seen.T)}
    cost = None if cell.cost is None else f"fn={cell.cost:g},fp=1"
    dataset = Dataset.prepare(pa.table({**columns, "y": target}), "y", cost=cost)
    by = "log_loss" if cell.cost is None else "expected_cost"
    config = TrialConfig(METHODS, (cell.learner,), seed=number, max_rounds=_ROUNDS, tune_by=by)
    design = Design.of(dataset, config)
    journal = Journal(None, {})
    found = train(design, Unhurried(design, journal, SILENT, 1), journal, SILENT, 1, lambda _: None)
    models = _Models(design, seen, target, fresh)
    said = {}
    for arm in found.treated:
        last, *of_folds = (simplest(read(name).treatment) == PLAIN for name in arm.chosen)
        gain = 0.0
        if not last:
            plain = next(one for one in found.plain if one.learner is arm.learner)
            before = figure(models.log_odds(plain, found.scores[plain.name]), truth, cell.cost)
            gain = 1.0 - figure(models.log_odds(arm, found.scores[arm.name]), truth, cell.cost) / before
        said[arm.name] = {"plain": last, "folds": float(np.mean(of_folds)), "gain": gain}
    return said


@dataclass(frozen=True)
class _Models:
    """Trained on all rows to the step that all folds choose, calibrated on rows that were left out."""

    design: Design
    features: FloatArray
    target: np.ndarray
    fresh: FloatArray

    def log_odds(self, arm: Arm, scores: OutOfFold) -> FloatArray:
        rows, [split, *_] = np.arange(self.target.size), self.design.splits
        names = tuple(f"x{i}" for i in range(self.features.shape[1]))
        given = TrainingRows(
            self.features, names, (), self.target, None, 0.0, rows, rows[:0], self.design.training_seed()
        )
        step = arm.learner.grown(scores.step, self.target.size / split.train.size)
        fitted = arm.learner.prepare(given).fit(arm.treatment, step)
        line = PenalisedLogistic.fit(scores.recovered[0], self.target, spread=arm.spread)
        return line.log_odds(fitted.log_odds(fitted.logits(self.fresh)))


def _of_classifier(
    method: str, seen: FloatArray, target: np.ndarray, fresh: FloatArray, truth: FloatArray, seed: int
) -> dict[str, Any]:
    model = FocalClassifier(method, n_estimators=_TREES, positive=1, seed=seed).fit(seen, target)
    kept, gain = model.tuned_.is_plain, 0.0
    if not kept:
        plain = clone(model).set_params(loss="cross_entropy").fit(seen, target)
        before, after = (figure(one.decision_function(fresh), truth, None) for one in (plain, model))
        gain = 1.0 - after / before
    return {"plain": kept, "folds": float(kept), "gain": gain}


def figure(log_odds: FloatArray, truth: FloatArray, cost: float | None) -> float:
    """Return the expected log-loss of what is said, or the expected cost of the rule that the costs give."""
    chance = expit(truth)
    if cost is None:
        losses = chance * np.logaddexp(0.0, -log_odds) + (1.0 - chance) * np.logaddexp(0.0, log_odds)
    else:
        losses = np.where(log_odds > -np.log(cost), 1.0 - chance, cost * chance)
    return float(losses.mean())


def computed(cell: Cell, number: int, folder: Path) -> None:
    """Keep a run, unless it is there."""
    path = folder / cell.name / f"{number}.json"
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(run(cell, number)))
    unfinished.rename(path)


def page(cells: Sequence[Cell], folder: Path, runs: int) -> None:
    """Print a line for each cell and method: how often plain was kept, and what another choice gains."""
    print("| cell | method | tables | plain kept | single folds | true gain where not | over all |")
    print("|---|---|---|---|---|---|---|")
    for cell in cells:
        paths = [folder / cell.name / f"{number}.json" for number in range(runs)]
        said = [json.loads(path.read_text()) for path in paths if path.exists()]
        for method in METHODS if said else ():
            of = [one[method] for one in said]
            gains = [one["gain"] for one in of if not one["plain"]]
            shares = [100.0 * np.mean([one[name] for one in of]) for name in ("plain", "folds")]
            mean = (
                f"{100.0 * np.mean(gains):+.1f} % ({min(gains):+.1%} to {max(gains):+.1%})" if gains else ""
            )
            over_all = f"{100.0 * np.sum(gains) / len(of):+.2f} %"
            print(
                f"| {cell.name} | `{method}` | {len(of)} | {shares[0]:.0f} % | {shares[1]:.0f} % | {mean} "
                f"| {over_all} |"
            )


def main(
    cells: Sequence[str] = ("null-linear-20", "outliers-linear-100"),
    runs: int = _QUICK,
    folder: Path | None = None,
    *,
    compute: bool = True,
) -> None:
    """Draw the tables that are not in the folder, and print what there is."""
    wanted = [cell for cell in CELLS if any(fnmatch.fnmatch(cell.name, one) for one in cells)]
    with tempfile.TemporaryDirectory() as temporary:
        kept = folder or Path(temporary)
        for number in range(runs) if compute else ():
            for cell in wanted:  # every cell grows, wherever this is stopped
                computed(cell, number, kept)
        page(wanted, kept, runs)


def _from_the_command_line() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tuning", description=__doc__)
    parser.add_argument("--cells", nargs="*", default=["*"], help="names or patterns")
    parser.add_argument("--runs", type=int, default=100, help="tables of each cell")
    parser.add_argument("--folder", type=Path, default=Path("build/tuning"), help="of finished tables")
    parser.add_argument("--print-only", action="store_true", help="what is in the folder")
    given = parser.parse_args()
    main(given.cells, given.runs, given.folder, compute=not given.print_only)


if __name__ == "__main__":
    _from_the_command_line()
