"""A small network with fixed and adaptive losses on a table's folds, against its own plain loss."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from joblib import Parallel, delayed

from benchmarks.control.tables import sources
from benchmarks.study.trials import differences_of, figures_of_arm
from scarce.data.encoding import Encoder
from scarce.progress import SILENT
from scarce.torch import ClassBalancedLoss, CrossEntropyLoss, FocalLoss, LogitAdjustedLoss
from scarce.torch.adaptive import AdaFocalLoss, AutomatedFocalLoss, FLSD53Loss
from scarce.trial.config import TrialConfig
from scarce.trial.design import Design
from scarce.trial.judging import Entry, score_all
from scarce.trial.out_of_fold import OutOfFold
from scarce.trial.scoring import LOG_LOSS, RANKED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

TABLES = ("thyroid-1", "ai4i2020")
EPOCHS, PATIENCE, BATCH, WIDTH = 200, 15, 256, 64
REPEATS = 2


@dataclass(frozen=True)
class Rows:
    """Features and labels of a part of a fold."""

    features: torch.Tensor
    target: torch.Tensor


def losses(counts: list[int]) -> dict[str, Callable[[], Any]]:
    """Return what makes each loss, the plain one first."""
    return {
        "plain": CrossEntropyLoss,
        "weighted": partial(CrossEntropyLoss, class_weight="balanced", class_counts=counts),
        "focal:gamma=2,alpha=0.25": partial(FocalLoss, 2.0, class_weight=[0.75, 0.25]),
        "focal:gamma=2": partial(FocalLoss, 2.0),
        "class_balanced": partial(ClassBalancedLoss, class_counts=counts),
        "logit_adjusted": partial(LogitAdjustedLoss, class_counts=counts),
        "FLSD-53": FLSD53Loss,
        "automated focal": AutomatedFocalLoss,
        "AdaFocal": AdaFocalLoss,
    }


def network(table: str, folder: Path, jobs: int) -> dict[str, Any]:
    """Return what the losses score, from the folder where it is there."""
    path = folder / f"{table}-network.json"
    if not path.exists():
        path.write_text(json.dumps(_network(table, jobs), indent=1))
    return json.loads(path.read_text())


def _network(table: str, jobs: int) -> dict[str, Any]:
    dataset = sources()[table].load()
    design = Design.of_scores(dataset, TrialConfig(("control",), replicates=200, repeats=REPEATS))
    names = list(losses([1, 1]))
    work = [(name, number) for number in range(len(design.splits)) for name in names]
    trained = Parallel(n_jobs=jobs)(
        delayed(_fold)(table, name, design.splits[number].train, design.splits[number].test, number)
        for name, number in work
    )
    said = {name: np.full((2, REPEATS, dataset.n_rows), np.nan) for name in names}
    for (name, number), outputs in zip(work, trained, strict=True):
        split = design.splits[number]
        said[name][:, split.repeat, split.test] = outputs
    entries = [Entry(name, name, OutOfFold(*said[name], (), 0.0, 0.0), {}) for name in names]
    results = score_all(design, entries, SILENT, jobs)
    return {
        "table": table,
        "arms": {result.name: figures_of_arm(result) for result in results},
        "differences": {one.name: differences_of(design, results, one) for one in (RANKED, LOG_LOSS)},
    }


def _fold(
    table: str, name: str, train: npt.NDArray[np.int64], test: npt.NDArray[np.int64], seed: int
) -> FloatArray:
    """Return raw and recovered log-odds of a fold's test rows, shape (2, n_test)."""
    torch.set_num_threads(1)
    dataset = sources()[table].load()
    encoder = Encoder.fit(dataset.features, missing_tokens=dataset.missing_tokens, rows=train)
    features = np.nan_to_num(encoder.encode(dataset.features))
    mean, spread = features[train].mean(axis=0), features[train].std(axis=0)
    scaled = torch.tensor((features - mean) / np.where(spread > 0.0, spread, 1.0), dtype=torch.float32)
    target = torch.tensor(dataset.target, dtype=torch.int64)
    rng = np.random.default_rng(seed)
    held = np.zeros(train.size, dtype=bool)
    for label in (0, 1):
        rows = rng.permutation(np.flatnonzero(dataset.target[train] == label))
        held[rows[: rows.size // 5]] = True
    learnt, validation = (Rows(scaled[train[part]], target[train[part]]) for part in (~held, held))
    loss = losses(torch.bincount(learnt.target, minlength=2).tolist())[name]()
    return _trained(loss, learnt, validation, scaled[test], seed)


def _trained(loss: Any, learnt: Rows, validation: Rows, test: torch.Tensor, seed: int) -> FloatArray:
    """Train to the epoch with the least recovered validation loss, and return the outputs there."""
    torch.manual_seed(seed)
    net = torch.nn.Sequential(
        torch.nn.Linear(test.shape[1], WIDTH),
        torch.nn.ReLU(),
        torch.nn.Linear(WIDTH, WIDTH),
        torch.nn.ReLU(),
        torch.nn.Linear(WIDTH, 2),
    )
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3)
    least, at, best = np.inf, 0, np.zeros((2, len(test)))
    for epoch in range(EPOCHS):
        if epoch - at > PATIENCE:
            break
        loss.train()
        for rows in torch.randperm(len(learnt.target)).split(BATCH):
            optimiser.zero_grad()
            loss(net(learnt.features[rows]), learnt.target[rows]).backward()
            optimiser.step()
        loss.eval()
        with torch.no_grad():
            outputs = net(validation.features)
            if hasattr(loss, "update"):
                loss.update(outputs, validation.target)
            posterior = loss.posterior(outputs.double())
            at_target = posterior[torch.arange(len(outputs)), validation.target]
            found = float(-at_target.clamp_min(1e-12).log().mean())
            if found < least:
                least, at, raw = found, epoch, net(test).double()
                recovered = loss.posterior(raw).clamp(1e-12, 1.0).log()
                best = np.stack([(z[:, 1] - z[:, 0]).numpy() for z in (raw, recovered)])
    return best
