"""Under a budget: which learners and treatments there is time for, fold by fold.

While the time that is left suffices for all that is to come, every arm goes on. Where it does not, those stop
first that are clearly behind on the folds so far, then those that are only behind, until the rest fits. What
is stopped was not beaten: nothing is known of it. Each choice is kept in the journal, so that the same trial
started again makes the same ones, however fast its kept fits come back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from scarce.data.checks.suspects import suspects
from scarce.errors import remark
from scarce.trial.crossfit import at_a_time, gathered, taken_down, trained
from scarce.trial.deadline import written
from scarce.trial.losses import losses_of
from scarce.trial.open_arms import most_fits
from scarce.trial.race import ROWS, clearly_behind, first_folds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scarce.progress import Progress
    from scarce.trial.arms import Arm
    from scarce.trial.control import Choice
    from scarce.trial.crossfit import Place
    from scarce.trial.deadline import Deadline
    from scarce.trial.design import Design
    from scarce.trial.fold_trace import FoldTrace
    from scarce.trial.journal import Journal
    from scarce.trial.losses import Losses
    from scarce.trial.out_of_fold import OutOfFold
    from scarce.trial.training import Trained

_SCORING = 6e-6
"""Seconds that all after the fits takes for each row and arm: 12 s for card fraud's seven arms."""

_LEAST_AFTER = 3.0
_GROWN = 1.25  # a refit to a fit: more rows, more rounds
_ASKED = 1.0  # fold by which it is told what each column matters, where there is time for few arms
_FOLDS_OF_A_SUSPECT = 5
_FIRST_FOLDS = 2  # that a standing needs: each one's line is learnt on the other


@dataclass(frozen=True)
class Hurried:
    """The pace of a trial with a budget: as much is trained as there is time for.

    Attributes
    ----------
    design : Design
    journal : Journal
        Keeps the choices, and the fits.
    progress : Progress
        Hears of every fit that is made, found or given up.
    jobs : int
        Fits at a time.
    deadline : Deadline
    """

    design: Design
    journal: Journal
    progress: Progress
    jobs: int
    deadline: Deadline

    race_above, race_folds = ROWS, _FIRST_FOLDS

    def entered(self, ranked: Sequence[tuple[Arm, float]]) -> Sequence[str]:
        """Return the candidates that training begins with.

        Parameters
        ----------
        ranked : sequence of (Arm, float)
            The best first, with the seconds of a fit on the few rows of the race.
        """
        longer = max(1.0, self.design.dataset.n_rows / ROWS)
        seconds = {arm.name: longer * took for arm, took in ranked}
        arms = [arm for arm, _ in ranked]
        return self._decided("entered", arms, partial(self._candidates_that_fit, arms, seconds, 0))

    def candidates(self, arms: Sequence[Arm]) -> tuple[dict[str, OutOfFold], dict[str, int]]:
        """Return what the candidates say that there was time for, and after how many folds others stopped."""
        return self._run("candidates", arms, {}, None)

    def treatments(
        self, arms: Sequence[Arm], plain: Mapping[str, OutOfFold], control: Choice
    ) -> tuple[dict[str, OutOfFold], dict[str, int]]:
        """Return the same of treatments on their learners.

        Parameters
        ----------
        arms : sequence of Arm
        plain : mapping of str to OutOfFold
            The candidates, whose fits take about as long.
        control : Choice
            What they are held against.
        """
        of_a_fit = self._seconds_of_a_fit(plain)
        expected = {arm.name: of_a_fit[arm.learner.name] for arm in arms}
        return self._run("treatments", arms, expected, control, sum(of_a_fit.values()))

    def affords(self, arm: Arm, plain: Mapping[str, OutOfFold]) -> bool:
        """Whether all fits that an open arm may take fit into the time that is left.

        Parameters
        ----------
        arm : Arm
            On its learner.
        plain : mapping of str to OutOfFold
            The candidates, whose fits take about as long.
        """
        of_a_fit = self._seconds_of_a_fit(plain)
        takes = self._wall(most_fits(self.design, arm) * of_a_fit[arm.learner.name])
        choose = partial(self._there_is_time_for_all, arm, takes, sum(of_a_fit.values()))
        return bool(self._decided(f"choosing {arm.name}", [arm], choose))

    def _there_is_time_for_all(self, arm: Arm, takes: float, again: float) -> list[str]:
        return [arm.name] if takes <= self._left(again) else []

    def _seconds_of_a_fit(self, plain: Mapping[str, OutOfFold]) -> dict[str, float]:
        return {name: scores.seconds / len(self.design.splits) for name, scores in plain.items()}

    def _run(
        self,
        stage: str,
        arms: Sequence[Arm],
        expected: Mapping[str, float],
        control: Choice | None,
        again: float = 0.0,
    ) -> tuple[dict[str, OutOfFold], dict[str, int]]:
        going, traces, stopped = list(arms), {}, {}
        splits = self.design.splits
        for done, split in enumerate(splits):
            choose = partial(self._going, going, traces, expected, done, control, again)
            names = self._decided(f"{stage} {done}", going, choose)
            for arm in going:
                if arm.name not in names:
                    stopped[arm.name] = done
                    self.progress.advance(len(splits) - done, note=f"{arm.name} is stopped")
            going = [arm for arm in going if arm.name in names]
            traces |= trained(self.design, going, [split], self.journal, self.progress, jobs=self.jobs)
        return gathered(self.design, going, traces, self.journal, jobs=self.jobs), stopped

    def _decided(self, stage: str, arms: Sequence[Arm], choose: Callable[[], Sequence[str]]) -> list[str]:
        key = {"budget": self.deadline.seconds, "stage": stage, "arms": [arm.key for arm in arms]}
        return self.journal.decided(choose, **key)

    def _going(
        self,
        arms: Sequence[Arm],
        traces: Mapping[Place, FoldTrace],
        expected: Mapping[str, float],
        done: int,
        control: Choice | None,
        again: float,
    ) -> list[str]:
        """Return the arms that the next fold is trained for."""
        if done == 0 and not expected:  # nothing is known of them yet
            return [arm.name for arm in arms]
        seconds = {arm.name: _mean_seconds(arm, traces) or expected[arm.name] for arm in arms}
        ranked = list(arms)
        if done >= _FIRST_FOLDS and len(arms) + (control is not None) > 1:
            ranked = self._ranked(arms, traces, done, control)
        if control is not None:
            left = self._left(again)
            if self._may_race(seconds, done, left):
                return [arm.name for arm in arms]
            return self._there_is_time_for(ranked, seconds, done, left)
        return self._candidates_that_fit(ranked, seconds, done)

    def _candidates_that_fit(
        self, ranked: Sequence[Arm], seconds: Mapping[str, float], done: int
    ) -> list[str]:
        """Return a host for the treatments, and others while at least half of the time is left for these."""
        first, *others = self._hosts_first(ranked)
        left = self._left(seconds[first.name])
        fits = sum(most_fits(self.design, arm) for arm in self.design.treatments)
        treating = self._wall(fits * seconds[first.name])
        left = max(left / 2, left - treating) - self._rest(done) * seconds[first.name]
        return [first.name, *self._there_is_time_for(others, seconds, done, left)]

    def _may_race(self, seconds: Mapping[str, float], done: int, left: float) -> bool:
        """Whether the first folds of all arms, which tell them apart, leave the time to finish one."""
        first = _FIRST_FOLDS - done
        if first <= 0 or not seconds:
            return False
        others = max(0, len(self.design.splits) - _FIRST_FOLDS) * max(seconds.values())
        return self._wall(first * sum(seconds.values()) + others) <= left

    def _there_is_time_for(
        self, ranked: Sequence[Arm], seconds: Mapping[str, float], done: int, left: float
    ) -> list[str]:
        """Return the arms whose other folds fit into the time left, those that come first before others."""
        going = []
        for arm in ranked:
            takes = self._rest(done) * seconds[arm.name]
            if takes <= left:
                going.append(arm.name)
                left -= takes
        return going

    def _rest(self, done: int) -> float:
        return self._wall(len(self.design.splits) - done)

    def _wall(self, seconds: float) -> float:
        return seconds / at_a_time(self.design, self.jobs)

    def _left(self, again: float) -> float:
        """Return the seconds for training; what comes after it is set aside.

        Parameters
        ----------
        again : float
            Seconds of a fit of what the control is made of, which is trained once more.
        """
        arms = len(self.design.candidates) + 1 + len(self.design.treatments)
        scoring = _LEAST_AFTER + _SCORING * self.design.dataset.n_rows * arms
        times = _FOLDS_OF_A_SUSPECT * self._n_suspects + _GROWN + _ASKED
        return self.deadline.left - scoring - self._wall(times * again)

    @cached_property
    def _n_suspects(self) -> int:
        return len(suspects(self.design.dataset)) if self.design.may_decide else 0

    def _ranked(
        self,
        arms: Sequence[Arm],
        traces: Mapping[Place, FoldTrace],
        done: int,
        control: Choice | None,
    ) -> list[Arm]:
        """Return the arms by the log-loss on the folds so far, those that are clearly behind last."""
        part = first_folds(self.design, done)
        beside = [] if control is None else [control]
        said = [one.scores.recovered[: len(part.judged.fold_of)] for one in beside]
        for arm in arms:
            recovered = np.full(part.judged.fold_of.shape, np.nan)
            for split in part.splits:
                trace = traces[arm.name, split.repeat, split.fold]
                whole = taken_down(trace, arm, split, self.journal)
                recovered[split.repeat, split.test] = np.nan if whole is None else whole.best
            said.append(recovered)
        losses = losses_of(part, said, [one.spread for one in (*beside, *arms)])
        return [arms[place] for place in order_of(losses, len(beside))]

    def _hosts_first(self, arms: Sequence[Arm]) -> list[Arm]:
        """Return the arms with the first in front that takes every treatment."""
        wanted = [arm.treatment for arm in self.design.treatments]
        hosts = [arm for arm in arms if all(arm.learner.takes(one) for one in wanted)][:1]
        return [*hosts, *(arm for arm in arms if arm not in hosts)]


def order_of(losses: Losses, skip: int) -> list[int]:
    """Return places by their losses, those that are clearly behind last, the first `skip` left out."""
    behind = clearly_behind(losses)[skip:]
    return sorted(range(behind.size), key=lambda place: (behind[place], losses.means[skip + place]))


def _mean_seconds(arm: Arm, traces: Mapping[Place, FoldTrace]) -> float:
    own = [trace.seconds for (name, *_), trace in traces.items() if name == arm.name]
    return float(np.mean(own)) if own else 0.0


def budget_notes(design: Design, trained: Trained) -> list[str]:
    """Return coded remarks on what there was no time for."""
    notes = []
    if trained.stopped:
        said = ", ".join(f"{one.name} stopped after {one.folds} of {one.of} folds" for one in trained.stopped)
        notes.append(remark("W315", budget=written(design.config.budget), stopped=said))
    if trained.out_of_time:
        said = f"{', '.join(trained.out_of_time)} left out of the choice of the control"
        notes.append(remark("W316", budget=written(design.config.budget), stopped=said))
    return notes
