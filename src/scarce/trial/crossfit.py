"""Every arm on every fold, side by side: encode, fit, recover; finished folds come back from the journal."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from scarce.progress import SILENT
from scarce.trial.fold_work import FoldWork, LastEncoded
from scarce.trial.journal import Journal
from scarce.trial.out_of_fold import OutOfFold
from scarce.trial.paths import chosen_step
from scarce.trial.side_by_side import side_by_side, workers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from scarce.data.folds.splitting import Split
    from scarce.progress import Progress
    from scarce.trial.arms import Arm
    from scarce.trial.design import Design
    from scarce.trial.fold_trace import FoldTrace

    FloatArray = npt.NDArray[np.float64]
    Place = tuple[str, int, int]

_MANY = 1 << 20  # bytes of a fit's logits, which are then not held beside those on disk
_COPIES = 3  # of the encoded rows that a fold holds at a time: all of them, and what engines make of them


class _Fit(NamedTuple):
    """One fit to be made or found: an arm on a split, along its path or to a step."""

    arm: Arm
    split: Split
    step: float | None = None

    @property
    def key(self) -> dict[str, object]:
        """What the journal calls it."""
        return {**self.arm.key, "repeat": self.split.repeat, "fold": self.split.fold}

    @property
    def note(self) -> str:
        """What the progress bar calls it."""
        return f"{self.arm.name}, fold {self.split.fold + 1}"


def crossfit(
    design: Design,
    arms: Sequence[Arm],
    journal: Journal,
    progress: Progress,
    *,
    jobs: int = 0,
    **dealt: str,
) -> dict[str, OutOfFold]:
    """Return each arm's out-of-fold outputs, by name.

    Parameters
    ----------
    design : Design
    arms : sequence of Arm
    journal : Journal
    progress : Progress
        Hears of every arm's every fold once.
    jobs : int
        Fits at a time, at most; 0 means as many as there are cores.
    **dealt : str
        Tells the journal's entries of other folds than the trial's own apart.
    """
    traces = trained(design, arms, design.splits, journal, progress, jobs=jobs, **dealt)
    return gathered(design, arms, traces, journal, jobs=jobs, **dealt)


def trained(
    design: Design,
    arms: Sequence[Arm],
    splits: Sequence[Split],
    journal: Journal,
    progress: Progress,
    *,
    jobs: int = 0,
    **dealt: str,
) -> dict[Place, FoldTrace]:
    """Return what the test rows of some splits saw of each arm's training, by arm, repeat and fold."""
    fits = [_Fit(arm, split) for split in splits for arm in arms]
    traces = _traced(design, fits, journal, progress, jobs, dealt)
    journal.wanted += len(fits)
    return {
        (fit.arm.name, fit.split.repeat, fit.split.fold): trace
        for fit, trace in zip(fits, traces, strict=True)
    }


def gathered(
    design: Design,
    arms: Sequence[Arm],
    of: Mapping[Place, FoldTrace],
    journal: Journal,
    *,
    jobs: int = 0,
    **dealt: str,
) -> dict[str, OutOfFold]:
    """Return each arm's out-of-fold outputs, at the steps that the other folds choose."""
    found = {arm.name: [of[arm.name, split.repeat, split.fold] for split in design.splits] for arm in arms}
    steps = {arm.name: _steps(design, arm, found[arm.name]) for arm in arms}
    again = [
        _Fit(arm, split, step)
        for arm in arms
        for split, step, trace in zip(design.splits, steps[arm.name], found[arm.name], strict=True)
        if step not in trace.kept
    ]
    once_more = _traced(design, again, Journal(None, {}), SILENT, jobs, dealt)
    at_step = {(fit.arm.name, fit.split): trace for fit, trace in zip(again, once_more, strict=True)}
    scores = {}
    for arm in arms:
        finals = []
        for split, step, trace in zip(design.splits, steps[arm.name], found[arm.name], strict=True):
            other = at_step.get((arm.name, split))
            whole = trace if other is not None else taken_down(trace, arm, split, journal, **dealt)
            if whole is None:
                fit = _Fit(arm, split, step)
                (other,), whole = _traced(design, [fit], Journal(None, {}), SILENT, jobs, dealt), trace
            finals.append(whole.at(step, other))
            if finals[-1] is not whole:
                _keep(journal, finals[-1], _Fit(arm, split), dealt)
        scores[arm.name] = _gathered(design, arm, finals, steps[arm.name])
    return scores


def taken_down(trace: FoldTrace, arm: Arm, split: Split, journal: Journal, **dealt: str) -> FoldTrace | None:
    """Return a trace with its outputs, from the journal where they were shelved; None if they are lost."""
    if len(trace.logits):
        return trace
    return journal.find(split.test.size, **_Fit(arm, split).key, **dealt)


def _traced(
    design: Design,
    fits: Sequence[_Fit],
    journal: Journal,
    progress: Progress,
    jobs: int,
    dealt: dict[str, str],
) -> list[FoldTrace]:
    """Return the trace of every fit, from the journal or made now."""
    found: list[FoldTrace | None] = []
    for fit in fits:
        found.append(journal.find(fit.split.test.size, **fit.key, **dealt) if fit.arm.is_nameable else None)
        if found[-1] is not None:
            found[-1] = _shelved(found[-1], fit, journal)
            progress.advance(note=fit.note)
    missing = [place for place, trace in enumerate(found) if trace is None]
    journal.reused += len(fits) - len(missing)
    encoded = LastEncoded(design.dataset.features)
    works = {
        split: FoldWork(design, split, sum(fits[place].split is split for place in missing), encoded)
        for split in design.splits
    }
    tasks = [partial(works[fits[place].split].trace, fits[place].arm, fits[place].step) for place in missing]
    for at, trace in side_by_side(tasks, at_a_time(design, jobs)):
        fit = fits[missing[at]]
        works[fit.split].used()
        _keep(journal, trace, fit, dealt)
        found[missing[at]] = _shelved(trace, fit, journal)
        progress.advance(note=fit.note)
    return [trace for trace in found if trace is not None]


def at_a_time(design: Design, jobs: int) -> int:
    """Return how many fits run side by side."""
    return workers(jobs, 8 * _COPIES * design.dataset.n_rows * design.dataset.features.num_columns)


def _shelved(trace: FoldTrace, fit: _Fit, journal: Journal) -> FoldTrace:
    """Return a trace without its outputs where they are many, and the journal holds them."""
    is_kept = journal.is_kept and fit.arm.is_nameable
    return trace.without_outputs() if is_kept and trace.logits.nbytes > _MANY else trace


def _keep(journal: Journal, trace: FoldTrace, fit: _Fit, dealt: dict[str, str]) -> None:
    if fit.arm.is_nameable:
        journal.keep(trace, **fit.key, **dealt)


def _steps(design: Design, arm: Arm, traces: Sequence[FoldTrace]) -> list[float]:
    """Return where each split's training ends: where the other folds that may speak for it say."""
    chosen = []
    for own, split in zip(traces, design.splits, strict=True):
        others = [
            trace.losses
            for trace, other in zip(traces, design.splits, strict=True)
            if other.repeat == split.repeat and design.judged.speaks(other.fold, split.fold)
        ]
        chosen.append(chosen_step(arm.learner.steps, others or [own.losses]))
    return chosen


def _gathered(design: Design, arm: Arm, traces: Sequence[FoldTrace], steps: Sequence[float]) -> OutOfFold:
    n_repeats = 1 + max(split.repeat for split in design.splits)
    raw = np.full((n_repeats, design.dataset.n_rows), np.nan)
    recovered = raw.copy()
    for trace, split in zip(traces, design.splits, strict=True):
        raw[split.repeat, split.test] = trace.logits[0]
        recovered[split.repeat, split.test] = trace.log_odds[0]
    return OutOfFold(
        raw,
        recovered,
        tuple(steps),
        chosen_step(arm.learner.steps, [trace.losses for trace in traces]),
        sum(trace.seconds for trace in traces),
    )
