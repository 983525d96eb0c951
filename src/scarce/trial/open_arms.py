"""Arms with open numbers, such as ``focal:gamma=auto``: for each fold they are chosen on the others.

So the arm's out-of-fold rows are judged by numbers that these rows did not choose, as its rounds are. What is
kept in the end is what all folds choose; they may also choose a number between those that single folds choose
among. The fits are those of ordinary arms, found again in the journal.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.cost_rule import CostRule
from scarce.evaluation.comparison import simultaneous
from scarce.progress import SILENT, piece
from scarce.trial.comparison import differences, figures_of
from scarce.trial.crossfit import at_chosen_steps, taken_down, trained_pairs
from scarce.trial.journal import Journal
from scarce.trial.losses import calibrated
from scarce.trial.methods import PLAIN, read, simplest
from scarce.trial.out_of_fold import OutOfFold
from scarce.trial.paths import chosen_step
from scarce.tuning.search import LEVEL, Judgement, coarse_search, search

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from scarce.data.folds.splitting import Split
    from scarce.progress import Progress
    from scarce.trial.arms import Arm
    from scarce.trial.comparison import Figures
    from scarce.trial.crossfit import Place as FitPlace
    from scarce.trial.design import Design
    from scarce.trial.fold_trace import FoldTrace
    from scarce.trial.metric import Metric
    from scarce.tuning.grid import Place
    from scarce.tuning.search import Folds

    FloatArray = npt.NDArray[np.float64]

_DEALT = {"open": "yes"}  # entries of their own: those of other arms end up with the outputs of one step


@dataclass(frozen=True)
class Chosen:
    """What became of an open arm.

    Attributes
    ----------
    arm : Arm
        With the numbers that all folds choose, under the open name.
    scores : OutOfFold
        Each fold's by the numbers that the other folds choose.
    """

    arm: Arm
    scores: OutOfFold


def choose_numbers(
    design: Design, arm: Arm, plain: OutOfFold, journal: Journal, progress: Progress, jobs: int
) -> Chosen:
    """Choose an open arm's numbers.

    Parameters
    ----------
    design : Design
    arm : Arm
        On its learner.
    plain : OutOfFold
        What the same learner says without a treatment.
    journal : Journal
    progress : Progress
        Hears of every fit.
    jobs : int
        Fits at a time.
    """
    fits = _Fits(design, arm, plain, journal, progress, jobs)
    most = most_fits(design, arm)
    with piece(progress, most, f"choosing {arm.name}"):
        fits.begin()
        places = [fits.search_for(split) for split in design.splits]
        chosen = fits.chosen(places, fits.search_for_all())
        progress.advance(max(0, most - fits.made), note=arm.name)
    return chosen


def most_fits(design: Design, arm: Arm) -> int:
    """Return how many fits an arm takes at most, those of its learner's plain arm aside.

    Of an open arm all first places are trained on all splits at most, and one place between them: with gamma
    alone four times the fits of another arm.
    """
    if arm.open is None:
        return len(design.splits)
    plain_place = read(arm.open.at(arm.open.grid.plain, (9.0, 1.0))).treatment
    own = simplest(plain_place) != PLAIN  # as of undersample+focal:gamma=auto
    return (len(arm.open.grid.coarse) + 1 + own) * len(design.splits)


@dataclass
class _Fits:
    """All fits of an open arm that were asked for, by the arm's name with its numbers, repeat and fold."""

    design: Design
    arm: Arm
    plain: OutOfFold
    journal: Journal
    progress: Progress
    jobs: int
    traces: dict[FitPlace, FoldTrace] = field(default_factory=dict)
    made: int = 0
    _arms: dict[Place, Arm] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.arm.open is not None
        self.method, self.grid = self.arm.open, self.arm.open.grid
        self.counts = self.design.population.training_counts(self.design.dataset.target)
        if self.is_plain(self.grid.plain):  # what the trial has trained
            name = self.at(self.grid.plain).name
            of_splits = zip(self.design.splits, self.plain.traces, strict=True)
            self.traces = {(name, one.repeat, one.fold): trace for one, trace in of_splits if trace.is_whole}
        self._of_the_trial = frozenset(self.traces)

    @property
    def metric(self) -> Metric:
        """By what the numbers are chosen."""
        return next(one for one in self.design.metrics if one.name == self.design.config.tune_by)

    def at(self, place: Place) -> Arm:
        """Return the arm with the numbers of a place, under the name that says them."""
        if place not in self._arms:
            method = read(self.method.at(place, self.counts))
            treatment = simplest(method.treatment)
            self._arms[place] = replace(self.arm, name=method.name, treatment=treatment, open=None)
        return self._arms[place]

    def is_plain(self, place: Place) -> bool:
        """Whether a place is the learner's own plain arm."""
        return self.at(place).treatment == PLAIN

    def begin(self) -> None:
        """Train at once what every search begins with."""
        first = {fold for split in self.design.splits for look in self.looks(split)[:2] for fold in look}
        splits = [split for split in self.design.splits if split.fold in first]
        self.train([(place, split) for split in splits for place in (self.grid.plain, *self.grid.coarse)])

    def search_for(self, split: Split) -> Place:
        """Return what the folds choose that may speak for a split."""
        looks = self.looks(split)
        return self.grid.plain if len(looks) < 2 else coarse_search(self.grid, looks, _JudgeOf(self, split))

    def search_for_all(self) -> Place:
        """Return what all folds choose."""
        return search(self.grid, self.looks(None), _JudgeOf(self, None))

    def looks(self, split: Split | None) -> list[Folds]:
        """Return the folds that may speak for a split, or all: one by one, or in time period by period."""
        judged = self.design.judged
        folds = sorted({one.fold for one in self.design.splits})
        speaking = [fold for fold in folds if split is None or judged.speaks(fold, split.fold)]
        if not judged.ordered:
            return [(fold,) for fold in speaking]
        periods = sorted({fold // judged.halves for fold in speaking})
        return [tuple(fold for fold in speaking if fold // judged.halves == one) for one in periods]

    def train(self, pairs: Sequence[tuple[Place, Split]]) -> None:
        """Make the fits among some that were not made yet."""
        named = {(self.at(place).name, split.repeat, split.fold): (place, split) for place, split in pairs}
        missing = [(self.at(place), one) for key, (place, one) in named.items() if key not in self.traces]
        self.made += sum(arm.treatment != PLAIN for arm, _ in missing)  # a journal may have dropped these
        self.traces |= trained_pairs(
            self.design, missing, self.journal, self.progress, jobs=self.jobs, **_DEALT
        )

    def recovered(self, place: Place, splits: Sequence[Split], repeats: Sequence[int]) -> FloatArray:
        """Return what a place says, each fit at about the step that the others of these splits choose."""
        found = np.full((len(repeats), self.design.dataset.n_rows), np.nan)
        arm, speaks = self.at(place), self.design.judged.speaks
        for split in splits:
            others = [
                self.traces[arm.name, one.repeat, one.fold].losses
                for one in splits
                if one.repeat == split.repeat and speaks(one.fold, split.fold)
            ]
            whole = self._whole(arm, split)
            step = chosen_step(arm.learner.steps, others or [whole.losses])
            found[repeats.index(split.repeat), split.test] = whole.nearest(step)
        return found

    def chosen(self, places: Sequence[Place], last: Place) -> Chosen:
        """Return the arm as all folds choose it, and its outputs, each split's by a place of its own."""
        splits = self.design.splits
        own = [pair for pair in zip(places, splits, strict=True) if not self.is_plain(pair[0])]
        self.train(own)
        pairs = [(self.at(place), split) for place, split in own]
        traces = at_chosen_steps(self.design, pairs, self.traces, self.journal, jobs=self.jobs, **_DEALT)
        of_splits = dict(zip((split for _, split in own), traces, strict=True))
        raw, recovered, steps = self.plain.raw.copy(), self.plain.recovered.copy(), list(self.plain.steps)
        for number, split in enumerate(splits):
            if split in of_splits:
                trace, rows = of_splits[split], (split.repeat, split.test)
                raw[rows], recovered[rows] = trace.logits[0], trace.log_odds[0]
                steps[number] = float(trace.kept[0])
        seconds = sum(trace.seconds for trace in self.traces.values())
        scores = OutOfFold(raw, recovered, tuple(steps), self._step(last), seconds)
        names = tuple(self.at(place).name for place in (last, *places))
        return Chosen(replace(self.at(last), name=self.arm.name, chosen=names, tried=self.made), scores)

    def _whole(self, arm: Arm, split: Split) -> FoldTrace:
        """Return a fit's trace with its outputs."""
        key = (arm.name, split.repeat, split.fold)
        dealt = {} if key in self._of_the_trial else _DEALT
        found = taken_down(self.traces[key], arm, split, self.journal, **dealt)
        if found is None:  # somebody emptied the folder
            again = trained_pairs(self.design, [(arm, split)], Journal(None, {}), SILENT, jobs=self.jobs)
            (found,) = again.values()
        return found

    def _step(self, place: Place) -> float:
        """Return where all folds end the training of a place."""
        if self.is_plain(place):
            return self.plain.step
        arm = self.at(place)
        losses = [trace.losses for (name, *_), trace in self.traces.items() if name == arm.name]
        return chosen_step(arm.learner.steps, losses)


@dataclass(frozen=True)
class _JudgeOf:
    """Compares places on folds that may speak for one split, or on all.

    Attributes
    ----------
    fits : _Fits
    split : Split or None
        That the numbers are chosen for.
    """

    fits: _Fits
    split: Split | None

    def __call__(self, places: Sequence[Place], folds: Sequence[Folds]) -> Judgement:
        """Return what some folds say, by the calibrated outputs of fits on them."""
        splits, plain = self._splits(folds), self.fits.grid.plain
        self.fits.train([(place, split) for split in splits for place in (plain, *places)])
        part = _of_splits(self.fits.design, splits, self.split)
        figures = [self._figures(part, place, splits) for place in (plain, *places)]
        lower = -1.0 if self.fits.metric.higher_is_better else 1.0
        values, influences = differences(part, figures, self.fits.metric)
        n_train, n_test = part.rows_a_fold()
        gains = simultaneous(
            lower * values,
            lower * influences,
            few=part.scored_positive_units,
            n_train=n_train,
            n_test=n_test,
            scale=abs(float(figures[0].values.mean())),
            level=LEVEL,
        )
        means = {
            place: lower * float(one.values.mean())
            for place, one in zip((plain, *places), figures, strict=True)
        }
        better = [place for place, gain in zip(places, gains, strict=True) if gain.high < 0.0]
        return Judgement(means, frozenset(better))

    def _splits(self, folds: Sequence[Folds]) -> list[Split]:
        numbers = {number for look in folds for number in look}
        return [
            one
            for one in self.fits.design.splits
            if one.fold in numbers and (self.split is None or one.repeat == self.split.repeat)
        ]

    def _figures(self, part: Design, place: Place, splits: Sequence[Split]) -> Figures:
        repeats = sorted({split.repeat for split in splits})
        recovered = self.fits.recovered(place, splits, repeats)
        log_odds = calibrated(recovered, self.fits.at(place).spread, part)
        flagged = np.zeros(log_odds.shape, dtype=bool)
        if part.judged.costs is not None:
            rule = CostRule(0.0, part.judged.costs.spec)
            for of_repeat, said in zip(flagged, log_odds, strict=True):
                rows = np.flatnonzero(~np.isnan(said))
                of_repeat[rows] = rule.flag(said[rows], part.judged.costs.take(rows))
        return figures_of(part, log_odds, flagged, self.fits.metric)


def _of_splits(design: Design, splits: Sequence[Split], split: Split | None) -> Design:
    """Return a design of some of its splits alone, with their folds counted anew.

    Rows whose labels are not known in time for the split that they are to speak for are left out.
    """
    judged = design.judged
    repeats, folds = sorted({one.repeat for one in splits}), sorted({one.fold for one in splits})
    dealt = judged.fold_of[repeats]
    kept = np.where(np.isin(dealt, folds), dealt, -1)
    if split is not None and judged.known_by is not None:
        kept = np.where(judged.known_by <= split.fold // judged.halves, kept, -1)
    if not judged.ordered:  # in time a fold's number says when it is
        kept = np.where(kept < 0, -1, np.searchsorted(folds, kept))
    return replace(design, splits=tuple(splits), judged=replace(judged, fold_of=kept))
