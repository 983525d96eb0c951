"""The trial from a prepared data set to its result and its model."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from scarce.data.checks import run_checks
from scarce.errors import ScarceError
from scarce.progress import SILENT
from scarce.trial.arms import CONTROL
from scarce.trial.crossfit import crossfit
from scarce.trial.design import Design
from scarce.trial.details import details_of
from scarce.trial.journal import Journal, refuse_link
from scarce.trial.judging import Entry, judge, score_all
from scarce.trial.lock import locked
from scarce.trial.other_folds import too_easy
from scarce.trial.refit import refit
from scarce.trial.too_good import cap_note, leak_suspects, leak_warning
from scarce.trial.versions import versions

if TYPE_CHECKING:
    from pathlib import Path

    from scarce.bundle.model import Model
    from scarce.data.dataset import Dataset
    from scarce.data.finding import Finding
    from scarce.progress import Progress
    from scarce.trial.arms import Arm
    from scarce.trial.config import TrialConfig
    from scarce.trial.result import TrialResult


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
    entries = [
        Entry(arm.name, arm.summary, scores[arm.name], details_of(arm, dataset, design.population))
        for arm in design.arms
    ]
    arms = score_all(design, entries, progress)
    clock.tick("scores")
    too_good = leak_warning(arms[0], design.prevalence, leak_suspects(findings))
    judgement = judge(design, arms, [*remarks, *too_good])
    verdict = judgement.verdict
    kept = next(arm for arm in design.arms if arm.name == verdict.winner)
    model = refit(design, kept, scores[kept.name], _card(design, kept, verdict.headline))
    kept_fits.prune()
    clock.tick("refit")
    capped = [] if too_good else cap_note(arms, config.max_rounds, config.patience)
    result = judgement.result(
        design,
        model.rule,
        findings=findings,
        notes=(*design.notes, *capped),
        command=command,
        timings=clock.seconds,
        config={**config.to_dict(), **versions()},
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
