"""What a verdict is drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from scarce.trial.comparison import RESAMPLES, same_outputs
from scarce.trial.wording import TRAINED, Wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scarce.trial.arm_result import ArmResult, Stopped
    from scarce.trial.metric import Metric
    from scarce.trial.result import Difference
    from scarce.trial.saving import Saving


@dataclass(frozen=True)
class Evidence:
    """What a verdict is drawn from.

    Attributes
    ----------
    metric : Metric
        The primary one.
    arms : sequence of ArmResult
        The control first.
    differences : sequence of Difference
        In the primary metric, one for every arm but the control.
    n_positive, n_rows, n_folds, n_repeats : int
        Rows, not weights. Folds are those that are scored.
    prevalence : float
        Weighted share of positives among the scored rows.
    weighted : bool
        Whether rows stand for different numbers of rows, so that the prevalence is not the share of rows.
    order : str
        What else there is to say of the folds, after a comma.
    may_repeat : bool
        Whether other splits of the same rows exist.
    savings : mapping of str to Saving
        What each arm saves against deciding without a model; empty without costs.
    chosen : str
        How the control was chosen; ``""`` where it was not.
    beside_plain : sequence of Difference
        Treatments minus the plain arm of their own learner, where that is not the control.
    stopped : sequence of Stopped
        Treatments that there was no time for.
    wording : Wording
        What the arms are called.
    resamples : int
        Joint resamples of the rows behind `Difference.times_best`.
    """

    metric: Metric
    arms: Sequence[ArmResult]
    differences: Sequence[Difference]
    n_positive: int
    n_rows: int
    n_folds: int
    n_repeats: int
    prevalence: float
    weighted: bool = False
    order: str = ""
    may_repeat: bool = True
    savings: Mapping[str, Saving] = field(default_factory=dict)
    chosen: str = ""
    beside_plain: Sequence[Difference] = ()
    stopped: Sequence[Stopped] = ()
    wording: Wording = TRAINED
    resamples: int = RESAMPLES

    @property
    def control(self) -> ArmResult:
        """The arm to beat."""
        return self.arms[0]

    @property
    def treated(self) -> list[Difference]:
        """The differences of the treatments: not of plain arms, which stand beside them."""
        plain = {arm.name for arm in self.arms if arm.learner and not arm.treatment}
        return [d for d in self.differences if d.arm not in plain]

    def arm(self, name: str) -> ArmResult:
        """Return an arm by its name."""
        return next(arm for arm in self.arms if arm.name == name)

    def is_the_control(self, name: str) -> bool:
        """Whether an arm says of every row what the control says, but for rounding."""
        return same_outputs(self.control, self.arm(name))

    def decides_as_the_control(self, name: str) -> bool:
        """Whether an arm decides every row as the control does."""
        return np.array_equal(self.arm(name).flagged, self.control.flagged)

    def with_outcome(self, outcome: str) -> list[Difference]:
        """Return the differences of one outcome, the largest gain first."""
        sign = -1.0 if self.metric.higher_is_better else 1.0
        chosen = [d for d in self.differences if d.outcome == outcome]
        return sorted(chosen, key=lambda d: sign * d.value)
