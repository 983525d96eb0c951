"""What the control is worth where folds go by a feature that may tie the rows of random folds together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scarce.data.splitting import splits
from scarce.data.suspects import suspects
from scarce.errors import ScarceError, remark
from scarce.evaluation.intervals import Bootstrap
from scarce.evaluation.ranking import average_precision_of_steps
from scarce.trial.crossfit import crossfit

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from scarce.data.splitting import Split
    from scarce.data.suspects import Suspect
    from scarce.evaluation.intervals import Estimate
    from scarce.progress import Progress
    from scarce.trial.crossfit import OutOfFold
    from scarce.trial.design import Design
    from scarce.trial.journal import Journal

_CODES = {"time": "W306", "group": "W307"}
_PERIODS = 5
_LATEST = 2  # the last two of five learn from about as many rows as a random fold does


def too_easy(design: Design, control: OutOfFold, journal: Journal, progress: Progress) -> Iterator[str]:
    """Yield a coded remark for each suspect by which the control is worse than on random folds.

    The control is trained once more, on folds by the suspect, which stays a feature. Both scores are of the
    same rows, those of the last two of five periods where the suspect is a time. A remark is made only where
    the two 95 % intervals do not meet.

    Parameters
    ----------
    design : Design
    control : OutOfFold
        Of the trial's own folds.
    journal : Journal
    progress : Progress
    """
    if not design.may_decide:
        return
    for suspect in suspects(design.dataset):
        other = _dealt_by(suspect, design)
        if other is None:
            continue
        key = {"dealt": suspect.option}
        (again,) = crossfit(other, journal, progress, label="training on other folds", **key).values()
        part = _periods(other) if suspect.role == "time" else np.zeros(design.dataset.n_rows, dtype=np.int64)
        scored = np.flatnonzero(~np.isnan(again.recovered[0]))
        first, second = (
            _average_precision(other, recovered[0], scored, part)
            for recovered in (control.recovered, again.recovered)
        )
        if second.high < first.low:
            named = {"column": suspect.column, "option": suspect.option}
            yield remark(_CODES[suspect.role], **named, random=_told(first), other=_told(second))


def _dealt_by(suspect: Suspect, design: Design) -> Design | None:
    """Return the control alone on folds by a suspect; None where it allows too few."""
    dataset = replace(design.dataset, **{suspect.role: suspect.values})
    timed = suspect.role == "time"
    try:
        found: list[Split] = splits(
            dataset, _PERIODS if timed else design.config.folds, 1, design.config.seed
        )
    except ScarceError:  # the suspect holds nearly all positives together: no one would split by it
        return None
    if timed:
        if len(found) < _PERIODS:
            return None
        found = found[-_LATEST:]
    return replace(design, dataset=dataset, arms=design.arms[:1], splits=tuple(found))


def _periods(design: Design) -> npt.NDArray[np.int64]:
    period = np.zeros(design.dataset.n_rows, dtype=np.int64)
    for split in design.splits:
        period[split.test] = split.fold
    return period


def _average_precision(
    design: Design,
    recovered: npt.NDArray[np.float64],
    rows: npt.NDArray[np.int64],
    part: npt.NDArray[np.int64],
) -> Estimate:
    weight, units = design.population.weight, design.units
    bootstrap = Bootstrap(design.config.replicates, seed=design.config.seed)
    found = bootstrap.ranking(
        design.dataset.target[rows],
        recovered[rows],
        {"": average_precision_of_steps},
        None if weight is None else weight[rows],
        None if units is None else units[rows],
        part[rows],
    )
    return found[""]


def _told(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
