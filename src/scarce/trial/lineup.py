"""Who runs where: each treatment on the best learner that takes it, beside that learner's own plain arm.

Held against the control alone, a treatment of boosting would seem to fail wherever a forest wins. Its
learner's plain arm stands beside it, so that what the treatment does and what the learner does stay apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scarce.trial.blend import Weighed
from scarce.trial.comparison import compare
from scarce.trial.details import details_of
from scarce.trial.judging import Entry
from scarce.trial.methods import CONTROL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scarce.trial.arm_result import ArmResult
    from scarce.trial.arms import Arm
    from scarce.trial.control import Choice
    from scarce.trial.design import Design
    from scarce.trial.metric import Metric
    from scarce.trial.out_of_fold import OutOfFold
    from scarce.trial.result import Difference


@dataclass(frozen=True)
class Standing:
    """An arm before the judge, and what is refitted where it wins.

    Attributes
    ----------
    entry : Entry
    members : tuple of Weighed
    plain : str
        The arm of the same learner without a treatment; ``""`` where it is that itself.
    """

    entry: Entry
    members: tuple[Weighed, ...]
    plain: str = ""


def hosted(treatments: Sequence[Arm], choice: Choice) -> list[Arm]:
    """Return each treatment on the best learner that takes all of them, or where there is none, takes it."""
    learners = [one.learner for one in choice.ranked]
    of_all = [one for one in learners if all(one.takes(arm.treatment) for arm in treatments)]
    return [
        replace(arm, learner=next(one for one in of_all or learners if one.takes(arm.treatment)))
        for arm in treatments
    ]


def lineup(
    design: Design, choice: Choice, arms: Sequence[Arm], scores: Mapping[str, OutOfFold]
) -> list[Standing]:
    """Return the control, the plain arms of other learners that treatments run on, and the treatments.

    Parameters
    ----------
    design : Design
    choice : Choice
        Of the control.
    arms : sequence of Arm
        The treatments, on their learners.
    scores : mapping of str to OutOfFold
        What every candidate and every treatment says, by name.
    """
    control = Entry(
        CONTROL,
        choice.summary,
        choice.scores,
        {}
        if len(choice.members) > 1
        else details_of(choice.members[0].arm, design.dataset, design.population),
        spread=choice.spread,
        learner=choice.name,
        storable=all(member.arm.learner.storable for member in choice.members),
    )
    standing = [Standing(control, choice.members)]
    hosts = [one for one in choice.ranked if any(arm.learner is one.learner for arm in arms)]
    plain = {one.name: CONTROL if one.name == choice.name else one.name for one in hosts}
    others = [one for one in hosts if plain[one.name] != CONTROL]
    for arm in (*others, *arms):
        entry = Entry(
            arm.name,
            arm.summary,
            scores[arm.name],
            details_of(arm, design.dataset, design.population),
            spread=arm.spread,
            learner=arm.learner.name,
            treatment="" if arm in others else arm.name,
            storable=arm.learner.storable,
        )
        beside = "" if arm in others else plain[arm.learner.name]
        standing.append(Standing(entry, (Weighed(arm, scores[arm.name]),), beside))
    return standing


def beside_plain(
    design: Design, standing: Sequence[Standing], results: Sequence[ArmResult], metric: Metric
) -> tuple[Difference, ...]:
    """Return each treatment minus the plain arm of its own learner, where that is not the control.

    Parameters
    ----------
    design : Design
    standing, results : sequence
        Arms, and what they came to, in the same order.
    metric : Metric
        The primary one.
    """
    found: list[Difference] = []
    of = {result.name: result for result in results}
    for base in dict.fromkeys(one.plain for one in standing if one.plain not in ("", CONTROL)):
        own = [of[one.entry.name] for one in standing if one.plain == base]
        found += compare(design, [of[base], *own], metric)
    return tuple(found)
