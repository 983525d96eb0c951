"""All fits of a trial: the race of the candidates, the control, and the treatments on their learners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from scarce.progress import piece
from scarce.trial.arm_result import Stopped
from scarce.trial.control import choose
from scarce.trial.crossfit import crossfit
from scarce.trial.lineup import hosted
from scarce.trial.open_arms import choose_numbers
from scarce.trial.race import LARGE, ranking

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scarce.progress import Progress
    from scarce.trial.arms import Arm
    from scarce.trial.control import Choice
    from scarce.trial.design import Design
    from scarce.trial.journal import Journal
    from scarce.trial.out_of_fold import OutOfFold

    Fitted = tuple[dict[str, OutOfFold], dict[str, int]]


class Pace(Protocol):
    """Who says how much of a trial is trained.

    Both trainings return what arms say by name, and after how many folds the others were stopped.
    """

    race_above: int
    """Rows of a table above which the candidates race on some of them."""

    race_folds: int | None
    """Folds that they race on; None is all of a repeat."""

    def entered(self, ranked: Sequence[tuple[Arm, float]]) -> Sequence[str]:
        """Return the candidates to be trained, of those that the race left, with a fit's seconds in it."""
        ...

    def candidates(self, arms: Sequence[Arm]) -> Fitted:
        """Train the candidates."""
        ...

    def treatments(self, arms: Sequence[Arm], plain: Mapping[str, OutOfFold], control: Choice) -> Fitted:
        """Train the treatments."""
        ...

    def affords(self, arm: Arm, plain: Mapping[str, OutOfFold]) -> bool:
        """Whether there is time to choose an open arm's numbers."""
        ...


@dataclass(frozen=True)
class Unhurried:
    """The pace of a trial without a budget: everything is trained.

    Attributes
    ----------
    design : Design
    journal : Journal
    progress : Progress
    jobs : int
    """

    design: Design
    journal: Journal
    progress: Progress
    jobs: int

    race_above, race_folds = LARGE, None

    def entered(self, ranked: Sequence[tuple[Arm, float]]) -> Sequence[str]:
        """Return all."""
        return [arm.name for arm, _ in ranked]

    def candidates(self, arms: Sequence[Arm]) -> Fitted:
        """Train all of them."""
        return crossfit(self.design, arms, self.journal, self.progress, jobs=self.jobs), {}

    def treatments(self, arms: Sequence[Arm], plain: Mapping[str, OutOfFold], control: Choice) -> Fitted:
        """Train all of them."""
        return self.candidates(arms)

    def affords(self, arm: Arm, plain: Mapping[str, OutOfFold]) -> bool:
        """Return that there is."""
        return True


@dataclass(frozen=True)
class Trained:
    """What the fits of a trial say.

    Attributes
    ----------
    choice : Choice
        Of the control.
    plain, treated : tuple of Arm
        The candidates and the treatments that were trained on every fold.
    scores : dict
        What each of them says, by name.
    out_of_time : tuple of str
        Candidates that there was no time for.
    stopped : tuple of Stopped
        Treatments that there was no time for.
    """

    choice: Choice
    plain: tuple[Arm, ...]
    treated: tuple[Arm, ...]
    scores: dict[str, OutOfFold]
    out_of_time: tuple[str, ...]
    stopped: tuple[Stopped, ...]


def train(
    design: Design,
    pace: Pace,
    journal: Journal,
    progress: Progress,
    jobs: int,
    tick: Callable[[str], None],
) -> Trained:
    """Train what a trial compares.

    Parameters
    ----------
    design : Design
    pace : Pace
    journal : Journal
    progress : Progress
    jobs : int
        Fits at a time.
    tick : callable
        Told the name of each stage at its end.
    """
    plain, out_of_time = design.candidates, []
    if len(plain) > 1 and design.dataset.n_rows > pace.race_above:
        with piece(progress, len(plain) * (pace.race_folds or design.config.folds), "racing"):
            ranked = ranking(design, plain, journal, progress, jobs, pace.race_folds)
        entered = pace.entered(ranked)
        out_of_time = [arm.name for arm, _ in ranked if arm.name not in entered]
        plain = tuple(arm for arm in plain if arm.name in entered)
        tick("race")
    n_closed = sum(arm.open is None for arm in design.treatments)
    with piece(progress, (len(plain) + n_closed) * len(design.splits), "training"):
        scores, left_out = pace.candidates(plain)
        plain = tuple(arm for arm in plain if arm.name in scores)
        out_of_time = (*out_of_time, *left_out)
        choice = choose(design, plain, scores, out_of_time)
        tick("control")
        arms = hosted(design.treatments, choice)
        treated, ended = pace.treatments([arm for arm in arms if arm.open is None], scores, choice)
    for arm in [arm for arm in arms if arm.open is not None]:
        if not pace.affords(arm, scores):
            ended[arm.name] = 0
            continue
        found = choose_numbers(design, arm, scores[arm.learner.name], journal, progress, jobs)
        treated[arm.name] = found.scores
        arms[arms.index(arm)] = found.arm
    tick("training")
    stopped = [Stopped(arm.name, ended[arm.name], len(design.splits)) for arm in arms if arm.name in ended]
    done = tuple(arm for arm in arms if arm.name in treated)
    return Trained(choice, plain, done, scores | treated, out_of_time, tuple(stopped))
