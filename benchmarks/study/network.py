"""A small network with fixed and adaptive losses on a table's folds, against its own plain loss."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from joblib import Parallel, delayed

import scarce
from benchmarks.control.tables import sources
from benchmarks.study.judging import judged
from scarce.data.encoding import Encoder
from scarce.torch import ClassBalancedLoss, CrossEntropyLoss, FocalLoss, LogitAdjustedLoss
from scarce.torch.adaptive import AdaFocalLoss, AutomatedFocalLoss, FLSD53Loss, ValidatedFocalLoss
from scarce.trial.config import TrialConfig
from scarce.trial.design import Design
from scarce.trial.judging import Entry
from scarce.trial.methods import CONTROL
from scarce.trial.out_of_fold import OutOfFold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

TABLES = ("thyroid-1", "ai4i2020")
EPOCHS, PATIENCE, BATCH, WIDTH = 200, 15, 256, 64
REPEATS = 2
PLAIN, TUNED = "plain", "focal:gamma=auto"


@dataclass(frozen=True)
class Rows:
    """Features and labels of a part of a fold."""

    features: torch.Tensor
    target: torch.Tensor


@dataclass(frozen=True)
class Fold:
    """Rows to learn from and to validate by, and the features of those to judge."""

    learnt: Rows
    validation: Rows
    test: torch.Tensor


def losses(counts: list[int]) -> dict[str, Callable[[], Any]]:
    """Return what makes each loss of fixed or adaptive numbers, the plain one first."""
    return {
        PLAIN: CrossEntropyLoss,
        "weighted_cross_entropy": partial(CrossEntropyLoss, class_weight="balanced", class_counts=counts),
        "focal:gamma=2,alpha=0.25": partial(FocalLoss, 2.0, class_weight=[0.75, 0.25]),
        "focal:gamma=2": partial(FocalLoss, 2.0),
        "class_balanced": partial(ClassBalancedLoss, class_counts=counts),
        "logit_adjusted": partial(LogitAdjustedLoss, class_counts=counts),
        "FLSD-53": FLSD53Loss,
        "automated focal": AutomatedFocalLoss,
        "AdaFocal": AdaFocalLoss,
        "validated focal": ValidatedFocalLoss,
        "validated focal and weights": partial(ValidatedFocalLoss, counts),
    }


def network(table: str, folder: Path, jobs: int) -> dict[str, Any]:
    """Return what the losses score, from the folder where it is there."""
    path = folder / f"{table}-network.json"
    if not path.exists():
        path.write_text(json.dumps(_network(table, jobs), indent=1))
    return json.loads(path.read_text())


def _network(table: str, jobs: int) -> dict[str, Any]:
    dataset, begun = sources()[table].load(), time.perf_counter()
    design_of = partial(Design.of_scores, config=TrialConfig((CONTROL,), replicates=200, repeats=REPEATS))
    splits = design_of(dataset).splits
    names = [*losses([1, 1]), TUNED]
    work = [(name, number) for number in range(len(splits)) for name in names]
    trained = Parallel(n_jobs=jobs)(
        delayed(_fold)(table, name, splits[number].train, splits[number].test, number)
        for name, number in work
    )
    said = {name: np.full((2, REPEATS, dataset.n_rows), np.nan) for name in names}
    chosen: dict[str, list[str]] = {TUNED: []}
    for (name, number), (outputs, numbers) in zip(work, trained, strict=True):
        said[name][:, splits[number].repeat, splits[number].test] = outputs
        if name == TUNED:
            chosen[name].append(numbers)
    entries = [Entry(name, name, OutOfFold(*said[name], (), 0.0, 0.0), {}) for name in names]
    found = judged(dataset, design_of, entries, PLAIN, jobs)
    seconds = time.perf_counter() - begun
    return {
        "table": table,
        "learner": "a network",
        "seconds": seconds,
        "chosen": chosen,
        "model": PLAIN,
        **found,
    }


def _fold(
    table: str, name: str, train: npt.NDArray[np.int64], test: npt.NDArray[np.int64], seed: int
) -> tuple[FloatArray, str]:
    """Return raw and recovered log-odds of a fold's test rows, shape (2, n_test), and what was chosen."""
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
    rows = Fold(learnt, validation, scaled[test])
    if name != TUNED:
        return trained(losses(torch.bincount(learnt.target, minlength=2).tolist())[name](), rows, seed)[1], ""
    found = scarce.tune(partial(_validated, rows, seed, itertools.count()), FocalLoss, gamma="auto")
    return trained(found.loss, rows, seed)[1], f"gamma={found.settings['gamma']:g}"


def _validated(
    rows: Fold, seed: int, trainings: Iterator[int], loss: Any
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what a network says of the validation rows: each of its trainings has a seed of its own."""
    return trained(loss, rows, 1_000 * (1 + next(trainings)) + seed)[0], rows.validation.target


def trained(loss: Any, rows: Fold, seed: int) -> tuple[torch.Tensor, FloatArray]:
    """Train to the epoch with the least recovered validation loss.

    Returns
    -------
    logits : Tensor
        Of the validation rows there.
    outputs : ndarray
        Raw and recovered log-odds of the test rows there.
    """
    torch.manual_seed(seed)
    net = torch.nn.Sequential(
        torch.nn.Linear(rows.test.shape[1], WIDTH),
        torch.nn.ReLU(),
        torch.nn.Linear(WIDTH, WIDTH),
        torch.nn.ReLU(),
        torch.nn.Linear(WIDTH, 2),
    )
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3)
    learnt, validation = rows.learnt, rows.validation
    least, at, logits, best = np.inf, 0, torch.empty(0), np.zeros((2, len(rows.test)))
    for epoch in range(EPOCHS):
        if epoch - at > PATIENCE:
            break
        loss.train()
        for batch in torch.randperm(len(learnt.target)).split(BATCH):
            optimiser.zero_grad()
            loss(net(learnt.features[batch]), learnt.target[batch]).backward()
            optimiser.step()
        loss.eval()
        with torch.no_grad():
            outputs = net(validation.features)
            posterior = loss.posterior(outputs.double())
            at_target = posterior[torch.arange(len(outputs)), validation.target]
            found = float(-at_target.clamp_min(1e-12).log().mean())
            if found < least:
                least, at, logits, raw = found, epoch, outputs, net(rows.test).double()
                recovered = loss.posterior(raw).clamp(1e-12, 1.0).log()
                best = np.stack([(z[:, 1] - z[:, 0]).numpy() for z in (raw, recovered)])
            if hasattr(loss, "update"):
                loss.update(outputs, validation.target)
    return logits, best
