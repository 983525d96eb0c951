"""On a large table the candidates race on some of its rows first: what is clearly behind goes no further."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scarce.trial.crossfit import crossfit
from scarce.trial.folds import fold_of
from scarce.trial.losses import losses_of
from scarce.trial.population import Population

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from scarce.progress import Progress
    from scarce.trial.arms import Arm
    from scarce.trial.design import Design
    from scarce.trial.journal import Journal
    from scarce.trial.losses import Losses

LARGE = 60_000
"""Rows of a table above which there is a race."""

ROWS, POSITIVES = 10_000, 2_500
"""Rows that the race is run on, and the rows of the scarcer class that may be among them."""

_BEHIND = 3.0  # standard errors of the paired difference to the first
_STREAM = 9  # of random numbers


def ranking(
    design: Design,
    arms: Sequence[Arm],
    journal: Journal,
    progress: Progress,
    jobs: int,
    folds: int | None = None,
) -> list[tuple[Arm, float]]:
    """Return the candidates that are not clearly behind, and a host for every treatment, the best first.

    Parameters
    ----------
    design : Design
    arms : sequence of Arm
        The candidates.
    journal : Journal
    progress : Progress
        Hears of every fit.
    jobs : int
        Fits at a time.
    folds : int, optional
        How many of the first repeat's are raced on; all unless it is said.

    Returns
    -------
    list of (Arm, float)
        Each with the seconds that one fit on these few rows took.
    """
    track = _track(design)
    track = track if folds is None else first_folds(track, folds)
    scores = crossfit(track, arms, journal, progress, jobs=jobs, race="yes")
    found = losses_of(track, [scores[arm.name].recovered for arm in arms], [arm.spread for arm in arms])
    order = sorted(range(len(arms)), key=lambda place: found.means[place])
    behind = clearly_behind(found)
    kept = {place for place in order if not behind[place]}
    wanted = [arm.treatment for arm in design.treatments]
    for some in [wanted, *[[one] for one in wanted]]:  # one that takes all, or one for each
        hosts = [place for place in order if all(arms[place].learner.takes(one) for one in some)]
        kept.update(hosts[:1])
    seconds = [scores[arm.name].seconds / len(track.splits) for arm in arms]
    return [(arms[place], seconds[place]) for place in order if place in kept]


def first_folds(design: Design, done: int) -> Design:
    """Return a design of its first folds alone."""
    splits = design.splits[:done]
    judged = replace(design.judged, fold_of=fold_of(splits, design.dataset.n_rows))
    return replace(design, splits=splits, judged=judged)


def clearly_behind(losses: Losses) -> npt.NDArray[np.bool_]:
    """Whether each is behind the least by more than chance would have it."""
    return losses.differences > _BEHIND * losses.errors


def _track(design: Design) -> Design:
    """Return some of the rows with the folds of the first repeat, weighed to speak for all of them."""
    dataset = design.dataset
    rows = drawn(dataset.target, [design.config.seed, _STREAM], ROWS, POSITIVES)
    part = dataset.take(rows)
    whole = np.ones(dataset.n_rows) if dataset.row_weight is None else dataset.row_weight
    share = np.bincount(dataset.target, whole, 2) / np.bincount(part.target, whole[rows], 2)
    part = replace(part, row_weight=whole[rows] * share[part.target])
    population = Population.of(part.target, part.row_weight, design.config.prior)
    splits = tuple(
        replace(
            split,
            train=np.flatnonzero(np.isin(rows, split.train)),
            test=np.flatnonzero(np.isin(rows, split.test)),
        )
        for split in design.splits
        if split.repeat == 0
    )
    judged = replace(
        design.judged,
        target=part.target,
        weight=population.weight,
        costs=part.costs,
        fold_of=design.judged.fold_of[:1, rows],
        known_by=None if design.judged.known_by is None else design.judged.known_by[rows],
    )
    return replace(design, dataset=part, population=population, splits=splits, judged=judged)


def drawn(
    target: npt.NDArray[np.uint8], seed: Sequence[int], rows: int, positives: int
) -> npt.NDArray[np.int64]:
    """Return row numbers, ascending: of the scarcer class what there may be, and others to fill up.

    Parameters
    ----------
    target : ndarray of uint8
    seed : sequence of int
    rows, positives : int
        How many there may be in all, and of the scarcer class.
    """
    rng = np.random.default_rng(seed)
    scarce = int(target.mean() <= 0.5)
    few, many = np.flatnonzero(target == scarce), np.flatnonzero(target != scarce)
    few = rng.permutation(few)[:positives]
    return np.sort(np.concatenate([few, rng.permutation(many)[: rows - few.size]]))
