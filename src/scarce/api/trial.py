"""What `scarce.run` and `scarce.compare` return: verdict, tables, model and report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce import bundle
from scarce.api.frames import frame_of
from scarce.errors import ScarceError, reason
from scarce.report import notebook, page, printed
from scarce.trial.result import UNDECIDED

if TYPE_CHECKING:
    import os

    from narwhals import Implementation

    from scarce.bundle.model import Model
    from scarce.trial.arm_result import ArmResult
    from scarce.trial.result import Difference, TrialResult, Verdict

_SHORT = {"expected_cost": "cost"}
_MORE = "more  .verdict  .outcomes  .table()  .scores()  .importance()  .model  .report(path)  .save(path)"


@dataclass(frozen=True, eq=False, repr=False)
class Trial:
    """A trial that was run: printed, it says what the model is worth, the verdict, and how the arms compare.

    Attributes
    ----------
    result : TrialResult
        Every number that was found.
    model : Model or None
        Refitted on all rows, with its calibration and its rule; None where scores made elsewhere
        were judged, and where a scikit-learn estimator won, which no model file can hold.
    library : narwhals.Implementation
        The dataframe library of `table` and `scores`: that of the data, else pandas where it is installed,
        else Arrow.
    """

    result: TrialResult
    model: Model | None
    library: Implementation

    @property
    def verdict(self) -> Verdict:
        """The answer in words: `headline`, `sentences`, coded `warnings`, and the `winner` that is kept."""
        return self.result.verdict

    @property
    def outcomes(self) -> dict[str, str]:
        """What the comparison with the control says of each arm, in one word, by the primary score."""
        found = {name: difference.outcome for name, difference in self._differences().items()}
        return found | {one.name: UNDECIDED for one in self.result.stopped}

    def table(self) -> Any:
        """Return how the arms did.

        Returns
        -------
        DataFrame
            A row an arm, the control first: ``arm``, ``learner``, ``treatment`` (neither for scores made
            elsewhere, no treatment for a plain arm), ``outcome``; ``difference``, ``low`` and ``high``, the
            arm minus the control in the primary score with its 95 % interval; and a column for each score,
            such as ``average_precision``, ``log_loss`` or ``cost`` per 10,000 rows.
        """
        arms, differences = self.result.arms, self._differences()
        columns: dict[str, list[Any]] = {
            "arm": [arm.name for arm in arms],
            "learner": [arm.learner or None for arm in arms],
            "treatment": [arm.treatment or None for arm in arms],
            "outcome": [self.outcomes.get(arm.name) for arm in arms],
        }
        for name, bound in (("difference", "value"), ("low", "low"), ("high", "high")):
            columns[name] = [float(getattr(differences.get(arm.name), bound, np.nan)) for arm in arms]
        for metric in self.result.metrics:
            columns[_SHORT.get(metric.name, metric.name)] = [_value(arm, metric.name) for arm in arms]
        return frame_of(columns, self.library)

    def scores(self, repeat: int = 0) -> Any:
        """Return what every arm said of every row that it was not trained on.

        Parameters
        ----------
        repeat : int
            Which repeat of the cross-validation.

        Returns
        -------
        DataFrame
            A row a row of the data, in its order: ``target``, 1 where positive; ``fold``, the fold that
            tested the row, -1 where none did; and the calibrated log-odds of each arm under its name.

        Raises
        ------
        ScarceError
            E301 for a repeat that there is not.
        """
        repeats = len(self.result.fold_of)
        if isinstance(repeat, bool) or not isinstance(repeat, int | np.integer) or not 0 <= repeat < repeats:
            allowed = f"a whole number from 0 to {repeats - 1}"
            raise ScarceError("E301", option="repeat", value=repr(repeat), allowed=allowed)
        columns = {"target": self.result.target.astype(np.int64), "fold": self.result.fold_of[repeat]}
        for arm in self.result.arms:
            name = arm.name if arm.name not in columns else f"log-odds of {arm.name}"
            columns[name] = arm.log_odds[repeat]
        return frame_of(columns, self.library)

    def importance(self) -> Any:
        """Return how much each column matters to the arm that is kept, the most first.

        A column's values are exchanged for those of other rows, on rows that the model had not seen: what the
        primary score loses is what the column is worth to it, beside the others. Columns that say nearly the
        same, by their rank correlation, are exchanged together.

        Returns
        -------
        DataFrame
            A row a column, or a group of them: ``columns``, their names; ``importance``, by how much the
            primary score is worse without; ``low`` and ``high``, its 95 % interval.

        Raises
        ------
        ScarceError
            E327 for scores that were made elsewhere, and where positives are too few to tell.
        """
        found = self.result.importance
        if not found:
            few = f"{self.result.scored_positives} positives are too few"
            reason = few if self.result.trained else "these scores were made elsewhere"
            raise ScarceError("E327", reason=reason)
        columns: dict[str, list[Any]] = {"columns": [", ".join(one.columns) for one in found]}
        for name, figure in (("importance", "value"), ("low", "low"), ("high", "high")):
            columns[name] = [getattr(one, figure) for one in found]
        return frame_of(columns, self.library)

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write the report: one HTML file that needs no network and holds no row of the data.

        Parameters
        ----------
        path : path-like
            Replaced if it is there.

        Returns
        -------
        Path

        Raises
        ------
        ScarceError
            E207 where it cannot be written.
        """
        try:
            page.write(self.result, path)
        except OSError as error:
            raise ScarceError("E207", path=path, reason=reason(error), option="report(path)") from error
        return Path(path)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the model into one file, which `scarce.load` and ``scarce predict`` read.

        Parameters
        ----------
        path : path-like
            Such as ``"model.scarce"``; replaced if it is there.

        Returns
        -------
        Path

        Raises
        ------
        ScarceError
            E231 where there is no model, E427 where the file cannot be written.
        """
        if self.model is None:
            elsewhere = "these scores were made elsewhere and nothing was trained"
            theirs = (
                f"no model file can hold {self.verdict.winner}, which is made of another library's objects"
            )
            raise ScarceError("E231", reason=theirs if self.result.trained else elsewhere)
        bundle.save(self.model, path)
        return Path(path)

    def __repr__(self) -> str:
        """Say what the model is worth, the verdict, and how the arms compare."""
        return f"{printed.as_text(self.result)}\n{_MORE}"

    def _repr_html_(self) -> str:
        """Show the same in a notebook, with the differences drawn."""
        return notebook.render(self.result)

    def _differences(self) -> dict[str, Difference]:
        primary = self.result.primary.name
        return {found.arm: found for found in self.result.differences if found.metric == primary}


def _value(arm: ArmResult, metric: str) -> float:
    estimate = arm.estimates.get(metric)
    return float("nan") if estimate is None else float(estimate.value)
