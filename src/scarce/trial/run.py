"""The trial from a prepared data set to its result and its model."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scarce.data.checks.every_check import run_checks
from scarce.errors import ScarceError, ScarceWarning
from scarce.progress import SILENT
from scarce.trial.cost_range import range_notes
from scarce.trial.deadline import Deadline, written
from scarce.trial.design import Design
from scarce.trial.hurried import Hurried, budget_notes
from scarce.trial.importance import importances
from scarce.trial.journal import Journal, refuse_link
from scarce.trial.judging import judge, score_all
from scarce.trial.lineup import beside_plain, lineup
from scarce.trial.lock import locked
from scarce.trial.other_folds import too_easy
from scarce.trial.refit import refit
from scarce.trial.too_good import cap_note, leak_suspects, leak_warning
from scarce.trial.training import Unhurried, train
from scarce.trial.without_suspects import suspected, suspects_warning, without_suspects

if TYPE_CHECKING:
    from pathlib import Path

    from scarce.bundle.model import Model
    from scarce.data.checks.finding import Finding
    from scarce.data.dataset import Dataset
    from scarce.decision.rule_choice import RuleChoice
    from scarce.progress import Progress
    from scarce.trial.config import TrialConfig
    from scarce.trial.judging import Entry, Judgement
    from scarce.trial.result import TrialResult

_LATE = 0.1  # of the budget


def run_trial(
    dataset: Dataset,
    config: TrialConfig,
    *,
    progress: Progress = SILENT,
    journal: Path | None = None,
    command: str = "",
    jobs: int = 0,
    deadline: Deadline | None = None,
) -> tuple[TrialResult, Model | None]:
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
    jobs : int
        Fits at a time, at most; 0 means as many as there are cores. The result does not depend on it.
    deadline : Deadline, optional
        Of a trial with a budget: when it has to be done. By default the time runs from here.

    Returns
    -------
    result : TrialResult
    model : Model or None
        None where the winner is a scikit-learn estimator, which no model file can hold.

    Raises
    ------
    ScarceError
        ``E301``, ``E302`` for options, ``E311`` to ``E314`` for too few positives, ``E5..`` for a method,
        ``E254``, ``E361`` to ``E364`` and ``E369`` for a rule that cannot be, ``E207`` where the journal
        cannot be written, ``E212`` where another trial is at work in it, ``E213`` where it is a symbolic
        link; after the training ``E382`` for an aim that no cut meets, with all fits in the journal.

    Warns
    -----
    ScarceWarning
        ``W303`` where kept fits were damaged or another's, and were computed again; ``W317`` where the budget
        was too short for any answer.

    Notes
    -----
    Same data, options, versions and machine type give the same result and the same model, byte for byte, at
    any thread count; only `TrialResult.timings` and the arms' seconds differ. Under a budget what is stopped
    depends on the machine's speed; the journal keeps it, so that a second trial says the same.
    """
    refuse_link(journal)  # before a lock is put where it points
    if config.budget is not None and deadline is None:
        deadline = Deadline(config.budget, time.perf_counter())
    with locked(journal):
        found = _trial(dataset, config, progress, journal, command, jobs, deadline)
    if deadline is not None and deadline.left < -_LATE * deadline.seconds:
        took = f"{deadline.seconds - deadline.left:.0f} s"
        warnings.warn(ScarceWarning("W317", budget=written(deadline.seconds), took=took), stacklevel=2)
    return found


def _trial(
    dataset: Dataset,
    config: TrialConfig,
    progress: Progress,
    journal: Path | None,
    command: str,
    jobs: int,
    deadline: Deadline | None,
) -> tuple[TrialResult, Model | None]:
    """Run the trial while nobody else works on its journal."""
    clock = _Clock()
    design = Design.of(dataset, config)
    clock.tick("splits")
    findings = _checked(dataset)
    clock.tick("checks")
    kept_fits = Journal(journal, design.context())
    how = (design, kept_fits, progress, jobs)
    trained = train(
        design, Unhurried(*how) if deadline is None else Hurried(*how, deadline), *how[1:], clock.tick
    )
    choice = trained.choice
    standing = lineup(design, choice, trained.treated, trained.scores)
    remarks = [*design.warnings, *too_easy(design, standing[0], kept_fits, progress, jobs)]
    clock.tick("other folds")
    suspects = suspected(findings)
    without = without_suspects(design, standing[0], suspects, kept_fits, progress, jobs)
    clock.tick("suspects")
    entries = [*(one.entry for one in standing), *([] if without is None else [without])]
    scored = score_all(design, entries, progress, jobs)
    results, beside_control = scored[: len(standing)], next(iter(scored[len(standing) :]), None)
    clock.tick("scores")
    too_good = leak_warning(results[0], design.prevalence, leak_suspects(findings))
    if beside_control is not None or not too_good:  # else that says it
        remarks = [*suspects_warning(suspects, results[0], beside_control, design.metrics[0]), *remarks]
    beside = beside_plain(design, standing, results, design.metrics[0])
    judgement = judge(
        design,
        results,
        [*remarks, *too_good],
        chosen=choice.sentence,
        beside_plain=beside,
        stopped=trained.stopped,
    )
    verdict = judgement.verdict
    winner = next(one for one in standing if one.entry.name == verdict.winner)
    try:
        model, rule, size = refit(design, winner, _card(design, winner.entry, judgement), kept_fits)
    except ScarceError as error:
        raise _with_fits_kept(error, config.rule, journal) from error
    clock.tick("refit")
    fits = (len(trained.plain) + len(trained.treated)) * len(design.splits)
    importance = importances(design, winner, fits, kept_fits, progress, jobs)
    kept_fits.tell()
    kept_fits.prune()
    clock.tick("importance")
    ranged = range_notes(design, results, verdict.winner)
    capped = [] if too_good else cap_note([*trained.plain, *trained.treated], trained.scores)
    result = judgement.result(
        design,
        rule,
        findings=findings,
        notes=(*design.notes, *ranged, *capped, *budget_notes(design, trained), *([size] if size else [])),
        command=command,
        timings=clock.seconds,
        config={**config.to_dict(), **design.versions},
    )
    result = replace(
        result,
        candidates=choice.candidates,
        optimism=choice.optimism,
        beside_plain=beside,
        without_suspects=beside_control,
        importance=importance,
        stopped=trained.stopped,
        fits=(kept_fits.wanted, kept_fits.reused),
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


def _with_fits_kept(error: ScarceError, choice: RuleChoice | None, journal: Path | None) -> ScarceError:
    """Return what says of an aim out of reach that the training is kept; any other error as it is."""
    if error.code != "E253" or choice is None:
        return error
    aim = f"--{choice.option.replace('_', '-')} {error.values['ask']} or less strict"
    if journal is None:
        instead = f"ask for {aim}; with journal='FOLDER' another aim does not train the folds anew"
    else:
        instead = f"all folds' training is kept in {journal}: the same command with {aim} takes it from there"
    return ScarceError("E382", **error.values, instead=instead)


def _checked(dataset: Dataset) -> list[Finding]:
    """Return the findings; stop before training at one that would make every figure meaningless."""
    findings = run_checks(dataset)
    for finding in findings:
        if finding.severity == "error":
            found = f"{finding.message} ({finding.code})"
            raise ScarceError("E304", source=dataset.name, finding=found, hint=finding.hint)
    return findings


def _card(design: Design, entry: Entry, judgement: Judgement) -> dict[str, Any]:
    """Return what the model file says of its making."""
    dataset = design.dataset
    followed = {"time": dataset.time_name, "entity": dataset.entity_name}
    return {
        "data": {
            "name": dataset.name,
            "sha256": dataset.source_fingerprint,
            "target": dataset.target_name,
            "weight": dataset.weight_name,
            **{name: column for name, column in followed.items() if column is not None},
        },
        "rows": dataset.n_rows,
        "positives": dataset.n_positive,
        "arm": entry.name,
        "learner": entry.learner,
        "verdict": judgement.verdict.headline,
        **({} if judgement.missed is None else {"missed_positives": judgement.missed.to_dict()}),
        "config": design.config.to_dict(),
        "versions": design.versions,
    }
