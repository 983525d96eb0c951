"""Score the peers and our control on the same folds of a table; the peers' scores are kept in a folder."""

from __future__ import annotations

import hashlib
import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from benchmarks.control.ours import control
from benchmarks.control.peers import PEERS, Fold, Peer
from scarce.calibration.fitting import fit_calibration
from scarce.calibration.logistic import SPREAD, PenalisedLogistic
from scarce.data.encoding import Encoder
from scarce.data.folds.splitting import splits
from scarce.decision.enough_positives import TO_DRAW_A_CURVE
from scarce.evaluation.probability import log_loss_of_rows
from scarce.evaluation.ranking import average_precision

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from benchmarks.control.ours import Control
    from benchmarks.control.tables import Source
    from scarce.data.dataset import Dataset
    from scarce.data.folds.splitting import Split

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

OURS = "ours"
FOLDS = 5
UNSHRUNK = 10.0


@dataclass(frozen=True)
class Scored:
    """What every model scored on a table; a model's figures are one a fold, repeat by repeat.

    Attributes
    ----------
    rows, positives : int
    precision, loss : dict of str to ndarray
        Average precision and calibrated log-loss.
    ratio : dict of str to float
        Expected over found positives.
    chosen : str
        What our control is.
    seconds : float
        Of all its fits.
    """

    name: str
    rows: int
    positives: int
    precision: dict[str, FloatArray]
    loss: dict[str, FloatArray]
    ratio: dict[str, float]
    chosen: str
    seconds: float


def score(source: Source, repeats: int, folder: Path, jobs: int) -> Scored:
    """Return what ours and the peers score on a table."""
    dataset = source.load()
    folds = splits(dataset, FOLDS, repeats, 0)
    fold_of = np.full((repeats, dataset.n_rows), -1, dtype=np.int64)
    for split in folds:
        fold_of[split.repeat, split.test] = split.fold
    work = [(peer, repeat) for peer in PEERS.values() for repeat in range(repeats)]
    kept = {(peer.name, repeat): _path(folder, source, dataset, peer, repeat) for peer, repeat in work}
    Parallel(n_jobs=jobs)(
        delayed(_learn)(source, peer.name, [s for s in folds if s.repeat == repeat], kept[peer.name, repeat])
        for peer, repeat in work
        if not kept[peer.name, repeat].exists()
    )
    ours = control(dataset, FOLDS, repeats, folder / "journal" / source.name)
    if not np.array_equal(ours.fold_of, fold_of):
        raise RuntimeError("the trial has other folds than its peers")
    calibrated = {OURS: ours.log_odds}
    for peer in PEERS.values():
        recovered = np.stack([np.load(kept[peer.name, repeat]) for repeat in range(repeats)])
        calibrated[peer.name] = _calibrated(recovered, dataset.target, fold_of, balanced=peer.balanced)
    return _summed(source.name, dataset, fold_of, calibrated, ours)


def _path(folder: Path, source: Source, dataset: Dataset, peer: Peer, repeat: int) -> Path:
    """Return where a peer's scores are kept, by all that they depend on."""
    versions = [str(importlib.import_module(package).__version__) for package in peer.packages]
    key = hashlib.sha256("/".join([dataset.training_fingerprint, peer.name, *versions]).encode()).hexdigest()
    return folder / f"{source.name}-{peer.name.replace(' ', '')}-{repeat}-{key[:12]}.npy"


def _learn(source: Source, name: str, folds: list[Split], path: Path) -> None:
    """Keep a peer's log-odds of every row of a repeat."""
    dataset = source.load()
    log_odds = np.full(dataset.n_rows, np.nan)
    with threadpool_limits(1):
        for split in folds:
            encoder = Encoder.fit(dataset.features.take(split.train), missing_tokens=dataset.missing_tokens)
            features = encoder.encode(dataset.features)
            learnt, target = features[split.train], dataset.target[split.train]
            fold = Fold(learnt, target, features[split.test], tuple(encoder.categorical), split.repeat)
            log_odds[split.test] = PEERS[name].log_odds(fold)
    temporary = path.with_suffix(".part.npy")
    np.save(temporary, log_odds)
    temporary.replace(path)


def _calibrated(
    recovered: FloatArray, target: npt.NDArray[np.uint8], fold_of: IntArray, *, balanced: bool
) -> FloatArray:
    """Return log-odds calibrated on the other folds' rows, as the trial does it.

    A balanced model's prior is only about undone by its class weights, so that its shift is not shrunk.
    """
    calibrated = np.empty_like(recovered)
    for repeat, folds in enumerate(fold_of):
        for fold in np.unique(folds):
            rows, others = folds == fold, folds != fold
            given = recovered[repeat, others], target[others]
            if balanced:
                line = PenalisedLogistic.fit(*given, spread=(UNSHRUNK, SPREAD[1]))
            else:
                line = fit_calibration(*given, many_positives=TO_DRAW_A_CURVE)
            calibrated[repeat, rows] = line.log_odds(recovered[repeat, rows])
    return calibrated


def _summed(
    name: str, dataset: Dataset, fold_of: IntArray, calibrated: dict[str, FloatArray], ours: Control
) -> Scored:
    precision: dict[str, FloatArray] = {}
    loss: dict[str, FloatArray] = {}
    ratio: dict[str, float] = {}
    for model, log_odds in calibrated.items():
        found = []
        for repeat, folds in enumerate(fold_of):
            for fold in np.unique(folds):
                target, scored = dataset.target[folds == fold], log_odds[repeat, folds == fold]
                rows = log_loss_of_rows(target == 1, scored)
                found.append((average_precision(target, scored), rows.mean()))
        precision[model], loss[model] = np.array(found).T
        ratio[model] = float(np.mean(np.sum(1.0 / (1.0 + np.exp(-log_odds)), axis=1)) / dataset.n_positive)
    return Scored(name, dataset.n_rows, dataset.n_positive, precision, loss, ratio, ours.chosen, ours.seconds)
