"""Where the gains of focal and weighted losses in boosters come from, that are reported at a cut of .5.

The protocol of Luo et al. (Neurocomputing 2025, arXiv 2407.14381; their published code), on our tables:
boosting from a raw score of 0 with a loss of one's own, up to 1,000 rounds and ended by the ROC AUC of
validation rows, the loss's number chosen by the same, F1 of the sigmoid of raw scores cut at .5. The same raw
scores are read in two more ways: as recovered probabilities cut at .5, and cut where F1 is best on the
validation rows.
Here trees have fixed settings, where the authors search them too, for every loss alike.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np
from joblib import Parallel, delayed

from benchmarks.control.tables import sources
from scarce.boosting.lightgbm import objective
from scarce.data.encoding import Encoder
from scarce.data.folds.splitting import splits
from scarce.decision.aims import fit_f_beta
from scarce.evaluation.ranking import roc_auc
from scarce.losses import catalog

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]

LOSSES = {
    "plain": ("cross_entropy",),
    "weighted": tuple(f"cross_entropy:class_weight=1;{weight}" for weight in (2, 5, 10, 20)),
    "balanced": ("weighted_cross_entropy",),
    "focal": tuple(f"focal:gamma={gamma}" for gamma in (0.5, 1, 2, 3)),
    "asymmetric": tuple(
        f"asymmetric:gamma_negative={gamma},gamma_positive={gamma},clip=0.05" for gamma in (0, 1, 2)
    ),
}
READINGS = ("sigmoid at .5", "recovered at .5", "best cut of F1")
ROUNDS, PATIENCE = 1_000, 50
DRAWS = 1_000
SETTINGS = {"num_leaves": 31, "learning_rate": 0.05, "lambda_l2": 1.0, "verbosity": -1, "num_threads": 1}


def protocol(table: str, folder: Path, jobs: int) -> dict[str, Any]:
    """Return F1 by loss and reading, with the difference to the plain loss; kept in the folder."""
    path = folder / f"{table}-plain-sigmoid.json"
    if not path.exists():
        path.write_text(json.dumps(_protocol(table, jobs), indent=1))
    return json.loads(path.read_text())


def _protocol(table: str, jobs: int) -> dict[str, Any]:
    dataset = sources()[table].load()
    target = dataset.target.astype(np.float64)
    work = [(loss, split) for split in splits(dataset, 5, 1, 0) for loss in LOSSES]
    fitted = Parallel(n_jobs=jobs)(
        delayed(_flags)(table, loss, split.train, split.test) for loss, split in work
    )
    flagged = {loss: np.zeros((len(READINGS), target.size), dtype=bool) for loss in LOSSES}
    for (loss, split), flags in zip(work, fitted, strict=True):
        flagged[loss][:, split.test] = flags
    rng = np.random.default_rng(0)
    # models of other rows differ too: the folds' variance is taken larger by 1 + n_test / n_train
    counts = [(1.0 + (rng.poisson(1.0, target.size) - 1.0) * np.sqrt(1.25)) for _ in range(DRAWS)]
    found: dict[str, Any] = {}
    for reading, name in enumerate(READINGS):
        found[name] = {}
        plain = _f1(target, flagged["plain"][reading])
        drawn = {
            loss: np.array([_f1(target, flagged[loss][reading], of) for of in counts]) for loss in LOSSES
        }
        for loss in LOSSES:
            value = _f1(target, flagged[loss][reading])
            difference = drawn[loss] - drawn["plain"]
            low, high = np.quantile(difference, [0.025, 0.975])
            found[name][loss] = [value, value - plain, float(low), float(high)]
    return found


def _flags(table: str, name: str, train: npt.NDArray[np.int64], test: npt.NDArray[np.int64]) -> BoolArray:
    """Return what a loss flags of a fold, one row a reading; its number is chosen by validation rows."""
    dataset = sources()[table].load()
    encoder = Encoder.fit(dataset.features, missing_tokens=dataset.missing_tokens, rows=train)
    features, target = encoder.encode(dataset.features), dataset.target
    validation = _fifth(target[train])
    learnt, held = train[~validation], train[validation]
    best: tuple[float, Any, Any] | None = None
    for text in LOSSES[name]:
        booster, loss = _booster(features, target, learnt, held, text)
        auc = float(roc_auc(target[held], booster.predict(features[held], raw_score=True)))
        if best is None or auc > best[0]:
            best = auc, booster, loss
    assert best is not None
    _, booster, loss = best
    raw, raw_held = (booster.predict(features[rows], raw_score=True) for rows in (test, held))
    rule = fit_f_beta(loss.log_odds(raw_held), target[held], None, note="")
    log_odds = loss.log_odds(raw)
    return np.stack([raw >= 0.0, log_odds >= 0.0, rule.flag(log_odds, None)])


def _booster(features: FloatArray, target: Any, learnt: Any, held: Any, text: str) -> tuple[Any, Any]:
    """Train from a raw score of 0, as custom objectives start, until the ROC AUC stands still."""
    counts = np.bincount(target[learnt], minlength=2).tolist()
    loss = catalog.parse(text).resolve(counts)
    rows = lightgbm.Dataset(features[learnt], target[learnt].astype(np.float32))
    validation = rows.create_valid(features[held], target[held].astype(np.float32))

    def auc(raw: FloatArray, _: Any) -> tuple[str, float, bool]:
        return "auc", float(roc_auc(target[held], raw)), True

    settings = {**SETTINGS, "objective": objective(loss, threads=1), "metric": "none"}
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    return lightgbm.train(settings, rows, ROUNDS, [validation], feval=auc, callbacks=[stop]), loss


def _fifth(target: npt.NDArray[np.uint8]) -> BoolArray:
    """Return a fifth of either class, drawn once."""
    rng, found = np.random.default_rng(42), np.zeros(target.size, dtype=bool)
    for label in (0, 1):
        rows = rng.permutation(np.flatnonzero(target == label))
        found[rows[: max(1, rows.size // 5)]] = True
    return found


def _f1(target: FloatArray, flagged: BoolArray, count: FloatArray | float = 1.0) -> float:
    caught = float(np.sum(target * flagged * count))
    return 2.0 * caught / max(float(np.sum(target * count) + np.sum(flagged * count)), 1e-12)
