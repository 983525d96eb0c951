"""Scores that are too good to go without a word, and training that ended before it was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scarce.data.suggestion import drop_option, listed
from scarce.errors import remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scarce.data.checks.finding import Finding
    from scarce.trial.arm_result import ArmResult
    from scarce.trial.arms import Arm
    from scarce.trial.out_of_fold import OutOfFold

_ALMOST = 0.01
_LEAKS = ("D001", "D002", "D013")


def is_too_good(average_precision: float, prevalence: float) -> bool:
    """Whether an average precision is nearly perfect, and chance's is not.

    Examples
    --------
    >>> is_too_good(0.995, 0.01), is_too_good(0.98, 0.01), is_too_good(0.995, 0.99)
    (True, False, False)
    """
    return 1.0 - average_precision <= _ALMOST * min(1.0, 2.0 * (1.0 - prevalence))


def leak_suspects(findings: Iterable[Finding]) -> str:
    """Return what the data's findings say of the columns that may leak, as the end of a sentence.

    Examples
    --------
    >>> leak_suspects([])
    'no column was found that gives the target away alone'
    """
    names = [name for finding in findings if finding.code in _LEAKS for name in finding.columns]
    if not names:
        return "no column was found that gives the target away alone"
    options = " ".join(drop_option(name) for name in dict.fromkeys(names[:3]))
    return f"suspected: {listed(list(dict.fromkeys(names)))} (try again with {options})"


def leak_warning(arm: ArmResult, prevalence: float, suspects: str) -> list[str]:
    """Return W304 where an arm is nearly perfect on rows that it should not have seen."""
    found = arm.estimates["average_precision"].value
    if not is_too_good(found, prevalence):
        return []
    return [remark("W304", score=f"{found:.3f}", suspects=suspects)]


def cap_note(arms: Sequence[Arm], scores: Mapping[str, OutOfFold]) -> list[str]:
    """Return W305 where training ended at the cap on rounds before the log-loss could.

    Parameters
    ----------
    arms : sequence of Arm
    scores : mapping
        Each arm's out-of-fold outputs.
    """
    ends = {arm.name: arm.learner.steps[-1] for arm in arms if arm.learner.capped}
    capped = {name: sum(step == end for step in scores[name].steps) for name, end in ends.items()}
    names = [name for name, folds in capped.items() if folds]
    if not names:
        return []
    folds, fits = sum(capped.values()), sum(len(scores[name].steps) for name in capped)
    return [remark("W305", folds=folds, fits=fits, arms=listed(names))]
