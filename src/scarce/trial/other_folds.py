"""What the control is worth where folds go by a feature that may tie the rows of random folds together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scarce.data.checks.suspects import suspects
from scarce.data.folds.splitting import splits
from scarce.errors import ScarceError, remark
from scarce.evaluation.intervals import Bootstrap
from scarce.evaluation.ranking_of_steps import average_precision_of_steps
from scarce.progress import piece
from scarce.trial.crossfit import crossfit

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from scarce.data.checks.suspects import Suspect
    from scarce.data.folds.splitting import Split
    from scarce.evaluation.estimate import Estimate
    from scarce.progress import Progress
    from scarce.trial.design import Design
    from scarce.trial.journal import Journal
    from scarce.trial.lineup import Standing

_CODES = {"time": "W306", "group": "W307"}
_PERIODS = 5
_LEVEL = 0.99  # not .95: models that learnt from other rows differ by more than the rows scored tell
_NOTABLE = 0.05  # of the first figure: less may be the fewer rows that earlier periods have
_LATEST = 2  # the last two of five learn from about as many rows as a random fold does


def too_easy(
    design: Design, control: Standing, journal: Journal, progress: Progress, jobs: int
) -> Iterator[str]:
    """Yield a coded remark for each suspect by which the control is worse than on random folds.

    The control, or what weighs most in it, is trained once more, on folds by the suspect, from the same
    features. Both scores are of the same rows, those of the last two of five periods where the suspect is a
    time. A remark is made only where the difference, by the same draws of rows for both, is beyond chance and
    5 % of the first.

    Parameters
    ----------
    design : Design
    control : Standing
        With what it says of the trial's own folds.
    journal : Journal
    progress : Progress
    jobs : int
        Fits at a time.
    """
    if not design.may_decide:
        return
    member = max(control.members, key=lambda one: one.weight)
    for suspect in suspects(design.dataset):
        other = _dealt_by(suspect, design)
        if other is None:
            continue
        key = {"dealt": suspect.option}
        with piece(progress, len(other.splits), "training on other folds"):
            (again,) = crossfit(other, [member.arm], journal, progress, jobs=jobs, **key).values()
        part = _periods(other) if suspect.role == "time" else np.zeros(design.dataset.n_rows, dtype=np.int64)
        scored = np.flatnonzero(~np.isnan(again.recovered[0]))
        compared = _Compared(design, scored, part[scored])
        scores = (member.scores.recovered[0, scored], again.recovered[0, scored])
        first = compared.score(scores[0])
        if compared.gain(*scores).low > _NOTABLE * first.value:
            named = {"column": suspect.column, "option": suspect.option_as_tried}
            other = _told(compared.score(scores[1]))
            yield remark(_CODES[suspect.role], **named, random=_told(first), other=other)


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
    return replace(design, dataset=dataset, splits=tuple(found))


def _periods(design: Design) -> npt.NDArray[np.int64]:
    period = np.zeros(design.dataset.n_rows, dtype=np.int64)
    for split in design.splits:
        period[split.test] = split.fold
    return period


@dataclass(frozen=True)
class _Compared:
    """The rows that both ways of dealing score, and the part of them that one model does.

    Rows are drawn as in the trial itself, not by the suspect: were it to tell nothing, they would be as
    independent as they are taken for; and a dozen machines are too few to draw from.
    """

    design: Design
    rows: npt.NDArray[np.int64]
    part: npt.NDArray[np.int64]

    def score(self, scores: npt.NDArray[np.float64]) -> Estimate:
        """Return the average precision."""
        metrics = {"": average_precision_of_steps}
        return self._bootstrap(0.95).ranking(self._target, scores, metrics, **self._drawn)[""]

    def gain(self, first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> Estimate:
        """Return by how much the average precision of the first is higher."""
        metric = average_precision_of_steps
        return self._bootstrap(_LEVEL).ranking_difference(self._target, first, second, metric, **self._drawn)

    def _bootstrap(self, level: float) -> Bootstrap:
        return Bootstrap(self.design.config.replicates, level, self.design.config.seed)

    @property
    def _target(self) -> npt.NDArray[np.uint8]:
        return self.design.dataset.target[self.rows]

    @property
    def _drawn(self) -> dict[str, npt.NDArray[np.generic] | None]:
        weight, units = self.design.population.weight, self.design.units
        return {
            "weight": None if weight is None else weight[self.rows],
            "unit": None if units is None else units[self.rows],
            "part": self.part,
        }


def _told(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
