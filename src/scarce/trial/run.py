"""The trial from a prepared data set to its result and its model."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.data.checks import run_checks
from scarce.errors import ScarceError
from scarce.evaluation.intervals import Bootstrap
from scarce.progress import SILENT
from scarce.trial.arms import CONTROL
from scarce.trial.comparison import compare
from scarce.trial.crossfit import OutOfFold, crossfit
from scarce.trial.deciding import decide
from scarce.trial.design import Design
from scarce.trial.details import details_of
from scarce.trial.journal import Journal, refuse_link
from scarce.trial.lock import locked
from scarce.trial.other_folds import too_easy
from scarce.trial.refit import refit
from scarce.trial.result import ArmResult, Difference, Metric, TrialResult, Verdict, idle_cost
from scarce.trial.scoring import Rows, average
from scarce.trial.too_good import cap_note, leak_warning
from scarce.trial.verdict import Evidence, conclude
from scarce.trial.versions import versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from scarce.bundle.model import Model
    from scarce.data.dataset import Dataset
    from scarce.data.finding import Finding
    from scarce.progress import Progress
    from scarce.trial.arms import Arm
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
        Folder of finished fits, for trials that may be interrupted; those of other data, folds or seeds are
        dropped from it at the end.
    command : str
        What the report says to type to repeat the trial.

    Returns
    -------
    result : TrialResult
    model : Model

    Raises
    ------
    ScarceError
        ``E301``, ``E302`` for options, ``E311`` to ``E314`` for too few positives, ``E5..`` for a method,
        ``E207`` where the journal cannot be written, ``E212`` where another trial is at work in it,
        ``E213`` where it is a symbolic link.

    Warns
    -----
    ScarceWarning
        ``W303`` where kept fits were damaged or another's, and were computed again.

    Notes
    -----
    Same data, options, versions and machine type give the same result and the same model, byte for byte, at
    any thread count; only `TrialResult.timings` and the arms' seconds differ.
    """
    refuse_link(journal)  # before a lock is put where it points
    with locked(journal):
        return _trial(dataset, config, progress, journal, command)


def _trial(
    dataset: Dataset, config: TrialConfig, progress: Progress, journal: Path | None, command: str
) -> tuple[TrialResult, Model]:
    """Run the trial while nobody else works on its journal."""
    clock = _Clock()
    design = Design.of(dataset, config)
    clock.tick("splits")
    findings = _checked(dataset)
    clock.tick("checks")
    kept_fits = Journal(journal, design.context())
    scores = crossfit(design, kept_fits, progress)
    kept_fits.tell()
    clock.tick("training")
    remarks = [*design.warnings, *too_easy(design, scores[CONTROL], kept_fits, progress)]
    clock.tick("other folds")
    arms = tuple(_scored(design, scores, progress))
    clock.tick("scores")
    control = arms[0].estimates
    metrics = tuple(metric.at(control[metric.name].value) for metric in design.metrics)
    too_good = leak_warning(arms[0], design.prevalence, findings)
    remarks += too_good
    differences, verdict = _judge(design, arms, metrics[0], remarks)
    kept = next(arm for arm in design.arms if arm.name == verdict.winner)
    model = refit(design, kept, scores[kept.name], _card(design, kept, verdict.headline))
    kept_fits.prune()
    clock.tick("refit")
    result = TrialResult(
        name=dataset.name,
        fingerprint=dataset.fingerprint,
        labels=dataset.labels,
        target=dataset.target,
        weight=design.population.weight,
        costs=dataset.costs,
        cost_text=_cost_text(dataset),
        fold_of=design.judged.fold_of,
        units=design.units,
        prevalence=design.prevalence,
        findings=findings,
        metrics=metrics,
        arms=arms,
        differences=differences,
        verdict=verdict,
        rule_text=model.rule.describe(),
        rule_cut=model.rule.cut,
        config={**config.to_dict(), **versions()},
        command=command,
        notes=(*design.notes, *([] if too_good else cap_note(arms, config.max_rounds, config.patience))),
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


def _checked(dataset: Dataset) -> list[Finding]:
    """Return the findings; stop before training at one that would make every figure meaningless."""
    findings = run_checks(dataset)
    for finding in findings:
        if finding.severity == "error":
            found = f"{finding.message} ({finding.code})"
            raise ScarceError("E304", source=dataset.name, finding=found, hint=finding.hint)
    return findings


def _scored(design: Design, scores: dict[str, OutOfFold], progress: Progress) -> Iterator[ArmResult]:
    progress.start(len(design.arms), "scoring")
    try:
        for arm in design.arms:
            yield _score(design, arm, scores[arm.name])
            progress.advance(note=arm.name)
    finally:
        progress.finish()


def _score(design: Design, arm: Arm, scores: OutOfFold) -> ArmResult:
    """Decide the arm's rows by the other folds' rows, and score them."""
    judged, units = design.judged, design.units
    log_odds, flagged = decide(scores.recovered, judged)
    repeats = [
        Rows(judged.target, log_odds[r], flagged[r], judged.weight, judged.costs, units, judged.fold_of[r])
        for r in range(len(log_odds))
    ]
    by_fold = [repeats[r].take(judged.rows(r, k)).values() for r, k in judged.scored_folds]
    bootstrap = Bootstrap(design.config.replicates, seed=design.config.seed)
    scored = [np.flatnonzero(~np.isnan(rows.log_odds)) for rows in repeats]
    return ArmResult(
        name=arm.name,
        summary=arm.summary,
        raw=scores.raw,
        recovered=scores.recovered,
        log_odds=log_odds,
        flagged=flagged,
        estimates=average(
            [r.take(kept).estimates(bootstrap) for r, kept in zip(repeats, scored, strict=True)]
        ),
        fold_scores={name: np.array([fold[name] for fold in by_fold]) for name in by_fold[0]},
        iterations=scores.iterations,
        seconds=scores.seconds,
        details=details_of(arm, design.dataset, design.population),
    )


def _judge(
    design: Design, arms: Sequence[ArmResult], primary: Metric, warnings: Sequence[str]
) -> tuple[tuple[Difference, ...], Verdict]:
    """Compare every arm with the control in the primary metric, and say what follows."""
    n_train, n_test = design.rows_a_fold()
    differences = compare(arms, primary, n_train=n_train, n_test=n_test, may_decide=design.may_decide)
    scored = (~np.isnan(arms[0].log_odds)).any(axis=0)
    evidence = Evidence(
        metric=primary,
        arms=arms,
        differences=differences,
        n_positive=design.scored_positives,
        n_rows=int(scored.sum()),
        n_folds=sum(repeat == 0 for repeat, _ in design.judged.scored_folds),
        n_repeats=len(design.judged.fold_of),
        prevalence=design.prevalence,
        weighted=design.population.weight is not None,
        order=design.order,
        may_repeat=not design.judged.ordered,
        idle_cost=idle_cost(design.dataset.target, design.dataset.costs, design.population.weight, scored),
    )
    return differences, conclude(evidence, warnings)


def _card(design: Design, arm: Arm, headline: str) -> dict[str, Any]:
    """Return what the model file says of its making."""
    dataset = design.dataset
    return {
        "data": {
            "name": dataset.name,
            "sha256": dataset.source_fingerprint,
            "target": dataset.target_name,
            "weight": dataset.weight_name,
        },
        "rows": dataset.n_rows,
        "positives": dataset.n_positive,
        "arm": arm.name,
        "verdict": headline,
        "config": design.config.to_dict(),
        "versions": versions(),
    }


def _cost_text(dataset: Dataset) -> str:
    spec = getattr(dataset.costs, "spec", None)
    return "" if spec is None else spec.describe()
