"""The control: the strongest plain model that can be found on these rows, chosen once for a trial.

Every candidate is judged on all out-of-fold rows by the log-loss of its recovered log-odds, calibrated on the
other folds. The first in the order given, simplest first, that is within one standard error of the best is
taken: the standard error is that of the paired difference, over rows or what is drawn with them. A choice on
the rows it is judged on flatters; by how much is bootstrapped and said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scarce.calibration.logistic import SPREAD
from scarce.trial.arm_result import Candidate
from scarce.trial.blend import Weighed, blended
from scarce.trial.losses import losses_of
from scarce.trial.methods import BLEND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scarce.trial.arms import Arm
    from scarce.trial.design import Design
    from scarce.trial.out_of_fold import OutOfFold


@dataclass(frozen=True)
class Choice:
    """Which plain model the treatments must beat.

    Attributes
    ----------
    scores : OutOfFold
        What it says.
    members : tuple of Weighed
        Of what it is made: one learner, or several that are blended.
    candidates : tuple of Candidate
        All that were tried, in the stated order.
    optimism : float
        By how much the choice flatters the log-loss of the one chosen, relative to it.
    ranked : tuple of Arm
        The learners, the lowest log-loss first.
    out_of_time : tuple of str
        Candidates that there was no time for.
    """

    scores: OutOfFold
    members: tuple[Weighed, ...]
    candidates: tuple[Candidate, ...]
    optimism: float
    ranked: tuple[Arm, ...]
    out_of_time: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The candidate that was chosen."""
        return next(one.name for one in self.candidates if one.chosen)

    @property
    def spread(self) -> tuple[float, float]:
        """How far its calibration line may go: a blend adds up calibrated log-odds."""
        return self.members[0].arm.spread if len(self.members) == 1 else SPREAD

    @property
    def summary(self) -> str:
        """What it is, in a line."""
        if len(self.members) == 1:
            return self.members[0].arm.summary
        parts = " + ".join(f"{member.weight:.2f} {member.arm.name}" for member in self.members)
        return f"log-odds of several plain learners, weighed: {parts}"

    @property
    def sentence(self) -> str:
        """How it was chosen; nothing where there was no choice."""
        if len(self.candidates) == 1:
            return ""
        tried = [one for one in self.candidates if not math.isnan(one.log_loss)]
        alone = sorted((one for one in tried if one.name != BLEND), key=lambda one: one.log_loss)
        chosen = next(one for one in tried if one.chosen)
        shown = ", ".join(f"{one.name} {one.log_loss:.4g}" for one in alone)
        untried = [one.name for one in self.candidates if math.isnan(one.log_loss)]
        left = [name for name in untried if name not in self.out_of_time]
        behind = f" Clearly behind on some of the rows, and left out: {', '.join(left)}." if left else ""
        flattered = f"{100 * max(self.optimism, 0.0):.2g} %"
        return (
            f"The control is {self.name}, chosen once on all out-of-fold rows (log-loss "
            f"{chosen.log_loss:.4g}; alone: {shown}), which flatters it by about {flattered}.{behind}"
        )


def choose(
    design: Design,
    arms: Sequence[Arm],
    scores: Mapping[str, OutOfFold],
    out_of_time: Sequence[str] = (),
) -> Choice:
    """Choose the control.

    Parameters
    ----------
    design : Design
    arms : sequence of Arm
        The candidates that were trained, simplest first; those of the design that are not among them were
        given up after the race.
    scores : mapping of str to OutOfFold
        What each says, by its name.
    out_of_time : sequence of str
        Candidates that there was no time for.
    """
    said = {arm.name: scores[arm.name] for arm in arms}
    members = {arm.name: (Weighed(arm, scores[arm.name]),) for arm in arms}
    summaries = {arm.name: arm.summary for arm in arms}
    spreads = {BLEND: SPREAD, **{arm.name: arm.spread for arm in arms}}
    if len(arms) > 1:
        blend, weighed = blended(arms, list(said.values()), design.judged)
        said, members = {BLEND: blend, **said}, {BLEND: weighed, **members}
        summaries[BLEND] = "the log-odds of the learners below, weighed"
    names = list(said)
    losses = losses_of(design, [said[name].recovered for name in names], [spreads[name] for name in names])
    chosen = names[losses.first_near_the_least]
    figures = zip(names, losses.means, losses.differences, losses.errors, strict=True)
    candidates = [
        Candidate(name, summaries[name], *map(float, of_losses), said[name].seconds, name == chosen)
        for name, *of_losses in figures
    ]
    candidates += [
        Candidate(arm.name, arm.summary, math.nan, math.nan, math.nan, math.nan)
        for arm in design.candidates
        if arm.name not in said
    ]
    means = dict(zip(names, losses.means, strict=True))
    return Choice(
        said[chosen],
        members[chosen],
        tuple(candidates),
        losses.optimism(design.config.seed),
        tuple(sorted(arms, key=lambda arm: means[arm.name])),
        tuple(out_of_time),
    )
