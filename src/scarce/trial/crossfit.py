"""Every arm on every fold, side by side: encode, fit, recover; finished folds come back from the journal."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from scarce.learners.base import PLAIN
from scarce.progress import SILENT
from scarce.trial.fold_work import FoldWork, LastEncoded
from scarce.trial.journal import Journal
from scarce.trial.out_of_fold import OutOfFold
from scarce.trial.paths import chosen_step
from scarce.trial.side_by_side import side_by_side, workers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
    def place(self) -> Place:
        """What it is called among the fits of a trial."""
        return self.arm.name, self.split.repeat, self.split.fold

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
    pairs = [(arm, split) for split in splits for arm in arms]
    return trained_pairs(design, pairs, journal, progress, jobs=jobs, **dealt)


def trained_pairs(
    design: Design,
    pairs: Sequence[tuple[Arm, Split]],
    journal: Journal,
    progress: Progress,
    *,
    jobs: int = 0,
    **dealt: str,
) -> dict[Place, FoldTrace]:
    """Return the same of some arms, each on a split of its own."""
    fits = [_Fit(arm, split) for arm, split in pairs]
    traces = _traced(design, fits, journal, progress, jobs, dealt)
    journal.wanted += len(fits)
    return {fit.place: trace for fit, trace in zip(fits, traces, strict=True)}


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
    scores = {}
    pairs = [(arm, split) for arm in arms for split in design.splits]
    finals = at_chosen_steps(design, pairs, of, journal, jobs=jobs, **dealt)
    for arm in arms:
        traces = list(itertools.islice(finals, len(design.splits)))
        wholes = tuple(of[_Fit(arm, split).place] for split in design.splits)
        step = chosen_step(arm.learner.steps, [trace.losses for trace in traces])
        scores[arm.name] = assembled(design, traces, step)
        if _is_looked_into(design, arm, dealt):
            scores[arm.name] = replace(scores[arm.name], traces=wholes)
            continue
        for split, trace, whole in zip(design.splits, traces, wholes, strict=True):
            if whole.kept.size > 1:  # from now on the outputs at that step are enough
                _keep(journal, trace, _Fit(arm, split), dealt)
    return scores


def at_chosen_steps(
    design: Design,
    pairs: Sequence[tuple[Arm, Split]],
    of: Mapping[Place, FoldTrace],
    journal: Journal,
    *,
    jobs: int = 0,
    **dealt: str,
) -> Iterator[FoldTrace]:
    """Yield each trace with its outputs at one step, where the other folds end the training."""
    fits = [_Fit(arm, split, _step(design, arm, split, of)) for arm, split in pairs]
    traces = [of[fit.place] for fit in fits]
    again = [fit for fit, trace in zip(fits, traces, strict=True) if fit.step not in trace.kept]
    once_more = _traced(design, again, Journal(None, {}), SILENT, jobs, dealt)
    at_step = {fit.place: trace for fit, trace in zip(again, once_more, strict=True)}
    for fit, trace in zip(fits, traces, strict=True):
        other = at_step.get(fit.place)
        whole = trace if other is not None else taken_down(trace, fit.arm, fit.split, journal, **dealt)
        if whole is None:
            (other,), whole = _traced(design, [fit], Journal(None, {}), SILENT, jobs, dealt), trace
        yield whole.at(fit.step, other)


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


def _is_looked_into(design: Design, arm: Arm, dealt: Mapping[str, str]) -> bool:
    """Whether open arms are held against an arm on some of its folds, which end its training elsewhere."""
    return not dealt and arm.treatment == PLAIN and any(one.open is not None for one in design.treatments)


def _step(design: Design, arm: Arm, split: Split, of: Mapping[Place, FoldTrace]) -> float:
    """Return where a split's training ends: where the other folds that may speak for it say."""
    others = [
        of[other].losses
        for other in (_Fit(arm, one).place for one in design.splits if _speaks(design, one, split))
        if other in of
    ]
    return chosen_step(arm.learner.steps, others or [of[_Fit(arm, split).place].losses])


def _speaks(design: Design, other: Split, split: Split) -> bool:
    return other.repeat == split.repeat and design.judged.speaks(other.fold, split.fold)


def assembled(design: Design, traces: Sequence[FoldTrace], step: float) -> OutOfFold:
    """Return what the test rows of all splits are told, each by its own fit.

    Parameters
    ----------
    design : Design
    traces : sequence of FoldTrace
        One a split, with the outputs at one step.
    step : float
        Where all folds together would end it.
    """
    n_repeats = 1 + max(split.repeat for split in design.splits)
    raw = np.full((n_repeats, design.dataset.n_rows), np.nan)
    recovered = raw.copy()
    for trace, split in zip(traces, design.splits, strict=True):
        raw[split.repeat, split.test] = trace.logits[0]
        recovered[split.repeat, split.test] = trace.log_odds[0]
    steps = tuple(float(trace.kept[0]) for trace in traces)
    return OutOfFold(raw, recovered, steps, step, sum(trace.seconds for trace in traces))
