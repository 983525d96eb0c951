"""What the control is worth without the columns that may give the target away, on the same folds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scarce.data.suggestion import listed, typed_name
from scarce.errors import ScarceError, remark
from scarce.progress import piece
from scarce.trial.blend import blended
from scarce.trial.crossfit import crossfit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scarce.data.checks.finding import Finding
    from scarce.progress import Progress
    from scarce.trial.arm_result import ArmResult
    from scarce.trial.design import Design
    from scarce.trial.journal import Journal
    from scarce.trial.judging import Entry
    from scarce.trial.lineup import Standing
    from scarce.trial.metric import Metric

_HEADING = ("D001", "D002", "D017")  # told by one column alone, or an id; D013 may be honest
_NAMED = 3


def suspected(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the columns that alone say much of the target, or number the rows.

    Examples
    --------
    >>> from scarce.data.checks.finding import Finding
    >>> suspected([Finding("D002", "warning", "", "", ("refund",)), Finding("D005", "note", "", "", ("a",))])
    ('refund',)
    """
    names = [name for finding in findings if finding.code in _HEADING for name in finding.columns]
    return tuple(dict.fromkeys(names))


def without_suspects(
    design: Design,
    control: Standing,
    columns: Sequence[str],
    journal: Journal,
    progress: Progress,
    jobs: int,
) -> Entry | None:
    """Return the control trained once more without some columns, its blend weighed anew.

    Parameters
    ----------
    design : Design
    control : Standing
    columns : sequence of str
    journal : Journal
    progress : Progress
    jobs : int
        Fits at a time.

    Returns
    -------
    Entry or None
        None where there is no such column or no other, and where an estimator given from outside asks for
        one of them.
    """
    features = design.dataset.features
    if not columns or set(columns) == set(features.column_names):
        return None
    other = replace(design, dataset=replace(design.dataset, features=features.drop_columns(list(columns))))
    arms = [member.arm for member in control.members]
    try:
        with piece(progress, len(arms) * len(design.splits), "training without suspects"):
            scores = crossfit(other, arms, journal, progress, jobs=jobs, without=repr(sorted(columns)))
    except ScarceError:
        if control.entry.storable:
            raise
        return None
    said = list(scores.values())
    mixed = said[0] if len(arms) == 1 else blended(arms, said, design.judged)[0]
    return replace(
        control.entry,
        name=_name(columns),
        summary="the control without the columns that may give the target away",
        scores=mixed,
        details={"without": list(columns)},
    )


def suspects_warning(
    columns: Sequence[str], control: ArmResult, without: ArmResult | None, metric: Metric
) -> list[str]:
    """Return W309, which heads the verdict where columns are suspected.

    Parameters
    ----------
    columns : sequence of str
    control : ArmResult
        With them.
    without : ArmResult or None
    metric : Metric
        The primary one.
    """
    if not columns:
        return []
    lost = "it cannot be trained without" if without is None else f"{_told(without, metric)} without"
    drop = f"--drop {typed_name(*columns)}"
    said = f"{metric.label} is {_told(control, metric)}, {lost}"
    return [remark("W309", columns=listed(columns), said=said, drop=drop)]


def _name(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - _NAMED} more" if len(columns) > _NAMED else ""
    return f"without {', '.join(columns[:_NAMED])}{more}"


def _told(arm: ArmResult, metric: Metric) -> str:
    estimate = arm.estimates[metric.name]
    write = metric.at(estimate.value).write
    return f"{write(estimate.value)} ({write(estimate.low)} to {write(estimate.high)})"
