"""The trial from a prepared data set to its result and its model."""

from __future__ import annotations

import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.data.checks import run_checks
from scarce.data.splitting import split_notes, splits
from scarce.errors import CATALOGUE, ScarceError
from scarce.evaluation.intervals import Bootstrap
from scarce.progress import SILENT
from scarce.trial.arms import Arm, parse_arms
from scarce.trial.comparison import compare
from scarce.trial.crossfit import OutOfFold, crossfit
from scarce.trial.deciding import Judged, decide
from scarce.trial.details import details_of
from scarce.trial.journal import Journal
from scarce.trial.population import Population
from scarce.trial.refit import refit
from scarce.trial.result import ArmResult, TrialResult
from scarce.trial.scoring import Rows, average, metrics_of
from scarce.trial.verdict import FEW_POSITIVES, Evidence, conclude

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scarce.bundle.model import Model
    from scarce.data.dataset import Dataset
    from scarce.data.finding import Finding
    from scarce.data.splitting import Split
    from scarce.progress import Progress
    from scarce.trial.config import TrialConfig


def run_trial(
    dataset: Dataset,
    config: TrialConfig,
    *,
    progress: Progress = SILENT,
    journal: Path | None = None,
    command: str = "",
) -> tuple[TrialResult, Model]:
    """Try every treatment against the control, decide, and refit the arm that is kept.

    Parameters
    ----------
    dataset : Dataset
    config : TrialConfig
    progress : Progress
        Hears of every fit.
    journal : Path, optional
        Folder of finished folds, for trials that may be interrupted.
    command : str
        What the report says to type to repeat the trial.

    Returns
    -------
    result : TrialResult
    model : Model

    Raises
    ------
    ScarceError
        ``E301``, ``E302`` for options, ``E311`` to ``E313`` for too few positives, ``E5..`` for a method.

    Notes
    -----
    Same data, options, versions and machine type give the same result and the same model, byte for byte, at
    any thread count; only `TrialResult.timings` and the arms' seconds differ.
    """
    clock = _Clock()
    population = Population.of(dataset.target, dataset.row_weight, config.prior)
    arms = parse_arms(config.methods, population.prevalence(dataset.target))
    folds = _folds(dataset, config)
    clock.tick("splits")
    findings = run_checks(dataset)
    _refuse_errors(findings, dataset.name)
    clock.tick("checks")
    remembered = Journal(journal, _context(dataset, config))
    scores = crossfit(dataset, population, arms, folds, config, remembered, progress)
    clock.tick("training")
    judged = Judged(
        target=dataset.target,
        weight=population.weight,
        costs=dataset.costs,
        fold_of=_fold_of(folds, dataset.n_rows),
        ordered=dataset.time is not None,
    )
    results = tuple(_score(arm, scores[arm.name], judged, dataset, config) for arm in arms)
    clock.tick("scores")
    metrics = metrics_of(dataset.costs)
    n_train, n_test = (float(np.mean([getattr(f, side).size for f in folds])) for side in ("train", "test"))
    few = dataset.n_positive < FEW_POSITIVES
    differences = compare(results, metrics[0], n_train=n_train, n_test=n_test, may_decide=not few)
    evidence = Evidence(
        metric=metrics[0],
        arms=results,
        differences=differences,
        n_positive=dataset.n_positive,
        n_rows=dataset.n_rows,
        n_folds=sum(repeat == 0 for repeat, _ in judged.scored_folds),
        n_repeats=len(judged.fold_of),
        prevalence=population.prevalence(dataset.target),
        order=_order(dataset),
    )
    verdict = conclude(evidence, _warnings(dataset))
    kept = next(arm for arm in arms if arm.name == verdict.winner)
    card = _card(dataset, config, kept, verdict.headline)
    model = refit(dataset, population, kept, scores[kept.name], judged, config, card)
    clock.tick("refit")
    result = TrialResult(
        name=dataset.name,
        fingerprint=dataset.fingerprint,
        labels=dataset.labels,
        target=dataset.target,
        weight=population.weight,
        costs=dataset.costs,
        cost_text=_cost_text(dataset),
        fold_of=judged.fold_of,
        units=_units(dataset),
        prevalence=evidence.prevalence,
        findings=findings,
        metrics=metrics,
        arms=results,
        differences=differences,
        verdict=verdict,
        rule_text=model.rule.describe(),
        rule_cut=model.rule.cut,
        config={**config.to_dict(), **_versions()},
        command=command,
        notes=tuple(
            note for note in (*dataset.notes, population.note, *_split_notes(dataset, config)) if note
        ),
        timings=clock.seconds,
    )
    return result, model


class _Clock:
    """Seconds by stage, for run.json."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def tick(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._last, 3)
        self._last = now


def _folds(dataset: Dataset, config: TrialConfig) -> list[Split]:
    """Return the splits; by time one more than asked, as the first only serves to calibrate the second."""
    if dataset.time is None:
        return splits(dataset, config.folds, config.repeats, config.seed)
    folds = splits(dataset, config.folds + 1, 1, config.seed)
    if len(folds) < 3:
        raise ScarceError("E303", source=dataset.name, folds=len(folds))
    return folds


def _split_notes(dataset: Dataset, config: TrialConfig) -> list[str]:
    folds = config.folds + (dataset.time is not None)
    return split_notes(dataset, folds, config.repeats)


def _fold_of(folds: Sequence[Split], n_rows: int) -> np.ndarray:
    found = np.full((1 + max(split.repeat for split in folds), n_rows), -1, dtype=np.int64)
    for split in folds:
        found[split.repeat, split.test] = split.fold
    return found


def _score(arm: Arm, scores: OutOfFold, judged: Judged, dataset: Dataset, config: TrialConfig) -> ArmResult:
    log_odds, flagged = decide(scores.recovered, judged)
    bootstrap = Bootstrap(config.replicates, seed=config.seed)
    unit = _units(dataset)
    repeats = [
        Rows(judged.target, log_odds[r], flagged[r], judged.weight, judged.costs, unit, judged.fold_of[r])
        for r in range(len(log_odds))
    ]
    by_fold = [repeats[r].take(judged.rows(r, k)).values() for r, k in judged.scored_folds]
    return ArmResult(
        name=arm.name,
        summary=arm.summary,
        raw=scores.raw,
        recovered=scores.recovered,
        log_odds=log_odds,
        flagged=flagged,
        estimates=average([rows.take(_scored(rows.log_odds)).estimates(bootstrap) for rows in repeats]),
        fold_scores={name: np.array([fold[name] for fold in by_fold]) for name in by_fold[0]},
        iterations=scores.iterations,
        seconds=scores.seconds,
        details=details_of(arm, dataset, Population.of(dataset.target, dataset.row_weight, config.prior)),
    )


def _units(dataset: Dataset) -> np.ndarray | None:
    return dataset.units if np.unique(dataset.units).size < dataset.n_rows else None


def _scored(log_odds: np.ndarray) -> np.ndarray:
    return np.flatnonzero(~np.isnan(log_odds))


def _refuse_errors(findings: Sequence[Finding], source: str) -> None:
    """Stop before training where a check found what would make every figure meaningless."""
    for finding in findings:
        if finding.severity == "error":
            raise ScarceError(
                "E304", source=source, finding=f"{finding.message} ({finding.code})", hint=finding.hint
            )


def _order(dataset: Dataset) -> str:
    if dataset.time is not None:
        return ", each later than the rows it learns from"
    return "" if dataset.group is None else ", groups on one side"


def _warnings(dataset: Dataset) -> list[str]:
    code = "W301" if dataset.n_positive < FEW_POSITIVES else "W302" if dataset.n_positive < 50 else ""
    if not code:
        return []
    return [f"{code}: " + CATALOGUE[code].message.format(positives=dataset.n_positive)]


def _context(dataset: Dataset, config: TrialConfig) -> dict[str, Any]:
    """Return all that decides what a fold's fit says, beside the arm: what the journal is keyed by."""
    shaping = {
        name: getattr(config, name)
        for name in ("folds", "repeats", "seed", "prior", "max_rounds", "patience")
    }
    return {"data": dataset.fingerprint, "options": shaping, "versions": _versions()}


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("scarce", "lightgbm", "numpy", "numba")}


def _card(dataset: Dataset, config: TrialConfig, arm: Arm, headline: str) -> dict[str, Any]:
    return {
        "data": {"name": dataset.name, "sha256": dataset.fingerprint, "target": dataset.target_name},
        "rows": dataset.n_rows,
        "positives": dataset.n_positive,
        "arm": arm.name,
        "verdict": headline,
        "config": config.to_dict(),
        "versions": _versions(),
    }


def _cost_text(dataset: Dataset) -> str:
    spec = getattr(dataset.costs, "spec", None)
    return "" if spec is None else spec.describe()
