"""What a trial found: plain frozen records of numbers, which the report draws and the console prints."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.evaluation.decisions import PER_ROWS

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.data.checks.every_check import Finding
    from scarce.decision.costs import Costs
    from scarce.evaluation.episodes import Episodes
    from scarce.trial.arm_result import ArmResult, Candidate, Stopped
    from scarce.trial.metric import Metric
    from scarce.trial.missed_positives import MissedPositives
    from scarce.trial.reviews import Reviews

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]

_NAMED = 3
_OF_LEAKS = ("W304", "W309")


UNDECIDED = "undecided"
"""The outcome of an arm of which too little is known."""


@dataclass(frozen=True)
class Difference:
    """An arm minus the control in one metric.

    Attributes
    ----------
    arm, metric : str
    value : float
    low, high : float
        Its interval, simultaneous over the arms: what the outcome was called with.
    outcome : str
        ``"better"``, ``"worse"``, ``"equivalent"`` or ``"undecided"``.
    margin : float
        The difference that would matter.
    positives_needed : float
        How many positives would show a difference as large as the margin, four times in five; NaN where the
        arms do not differ.
    split_share : float
        Part of the interval's variance that comes from how the rows were dealt to folds; 0 with one repeat.
    times_best : int
        In how many of the joint resamples of the rows the arm is the best of all.
    """

    arm: str
    metric: str
    value: float
    low: float
    high: float
    outcome: str
    margin: float
    positives_needed: float
    split_share: float = 0.0
    times_best: int = 0


@dataclass(frozen=True)
class Importance:
    """How much worse the primary score of unseen rows is with other rows' values in some columns.

    Attributes
    ----------
    columns : tuple of str
        One, or several that are so correlated that they are judged together.
    value, low, high : float
        The loss and its 95 % interval, in the metric's unit: above 0 the model is the worse without.
    """

    columns: tuple[str, ...]
    value: float
    low: float
    high: float

    @property
    def name(self) -> str:
        """The columns in short."""
        more = f" and {len(self.columns) - _NAMED} more" if len(self.columns) > _NAMED else ""
        return f"{', '.join(self.columns[:_NAMED])}{more}"


@dataclass(frozen=True)
class Verdict:
    """The answer in words: one headline, a few sentences, warnings with their codes first."""

    headline: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]  # "W301: only 12 positives ..."
    winner: str  # the arm that is kept; the control unless another is better
    useful: bool = True  # False where nothing shows that the winner beats deciding without a model

    @property
    def leaks(self) -> tuple[str, ...]:
        """The warnings that make every figure doubtful, which come before all of them."""
        return tuple(text for text in self.warnings if text.startswith(_OF_LEAKS))

    @property
    def other_warnings(self) -> tuple[str, ...]:
        """The warnings that leave the figures what they are."""
        return tuple(text for text in self.warnings if not text.startswith(_OF_LEAKS))

    def __str__(self) -> str:
        warnings = [f"warning {text}" for text in self.warnings]
        return "\n".join((*warnings, self.headline, *self.sentences))


@dataclass(frozen=True)
class TrialResult:
    """Everything a trial found.

    Attributes
    ----------
    name, fingerprint : str
        The data's file name and the digest of its content.
    labels : tuple of str
        (negative, positive).
    target : ndarray of uint8, shape (n_rows,)
        1 where positive.
    weight : ndarray or None
        Population weight of each row.
    costs : Costs or None
        Per-row or constant costs; None when none were given.
    cost_text : str
        The cost specification as the user wrote it, or "".
    fold_of : ndarray of int, shape (n_repeats, n_rows)
        ``fold_of[r, i]`` is the fold of repeat ``r`` that tested row ``i``; -1 where none did.
    units : ndarray of int, shape (n_rows,), or None
        Rows with the same number are copies or of one group: they share a fold and are resampled together.
        None where every row stands alone.
    prevalence : float
        Weighted share of positives (after ``--prior`` if given).
    findings : list of Finding
        Results of the data checks.
    metrics : tuple of Metric
        In the order of the report; the first is the primary one.
    arms : tuple of ArmResult
        The control first.
    differences : tuple of Difference
        Primary metric, every arm but the control.
    rule_in_words : str
        The final decision rule as a sentence.
    rule_text : str
        The same as a formula, in the user's units, with where its cut comes from.
    rule_cut : float
        Cut of the final rule on its own score (log-odds, plus the log cost ratio under costs).
    config : dict
        Every option that shapes the result, for "how to reproduce"; JSON-able.
    command : str
        The command line that repeats the trial.
    notes : tuple of str
        Remarks in words (reader, encoder, demo sample ...).
    timings : dict
        Seconds by stage; in run.json, never in the report or the model.
    candidates : tuple of Candidate
        The plain models that the control was chosen among, simplest first; one is chosen.
    optimism : float
        By how much the choice flatters the control's log-loss, relative to it.
    beside_plain : tuple of Difference
        Primary metric: every treatment minus the plain arm of its own learner, where that is not the control.
    without_suspects : ArmResult or None
        The control without the columns that may give the target away, which ``details["without"]`` names;
        no arm: it is compared with none, and never kept.
    importance : tuple of Importance
        Of the columns to the arm that is kept, the largest first.
    missed : MissedPositives or None
        What positives without a label make of the winner's figures, at the share that was named.
    reviews : Reviews or None
        What reviews cost and save, where they were asked for.
    stopped : tuple of Stopped
        Treatments that the budget left no time for; they are none of the arms.
    trained : bool
        Whether the arms were trained here; not where scores made elsewhere were compared.
    target_name, source_fingerprint : str
        The target's column, and the digest of the table whatever the roles of its columns.
    episodes : Episodes or None
        Of which entity each row is, and when; None where rows are judged one by one.
    fits : tuple of int
        How many fits the trial is made of, and how many of them a journal held already; in run.json, never
        in the report or the model.
    """

    name: str
    fingerprint: str
    labels: tuple[str, str]
    target: npt.NDArray[np.uint8]
    weight: FloatArray | None
    costs: Costs | None
    cost_text: str
    fold_of: npt.NDArray[np.int64]
    units: npt.NDArray[np.int64] | None
    prevalence: float
    findings: list[Finding]
    metrics: tuple[Metric, ...]
    arms: tuple[ArmResult, ...]
    differences: tuple[Difference, ...]
    verdict: Verdict
    rule_in_words: str
    rule_text: str
    rule_cut: float
    config: dict[str, Any]
    command: str
    notes: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()
    optimism: float = 0.0
    beside_plain: tuple[Difference, ...] = ()
    without_suspects: ArmResult | None = None
    importance: tuple[Importance, ...] = ()
    missed: MissedPositives | None = None
    reviews: Reviews | None = None
    stopped: tuple[Stopped, ...] = ()
    trained: bool = True
    target_name: str = ""
    source_fingerprint: str = ""
    episodes: Episodes | None = None
    fits: tuple[int, int] = (0, 0)

    @property
    def control(self) -> ArmResult:
        """The arm to beat."""
        return self.arms[0]

    @property
    def winner(self) -> ArmResult:
        """The arm that is kept: refitted and saved where arms are trained."""
        return next(arm for arm in self.arms if arm.name == self.verdict.winner)

    @property
    def scored(self) -> BoolArray:
        """Rows that the figures are of; not all of them where splits go by time."""
        return ~np.isnan(self.control.log_odds).all(axis=0)

    @property
    def scored_positives(self) -> int:
        """Number of positive rows behind every figure."""
        return int(self.target[self.scored].sum())

    @property
    def scored_prevalence(self) -> float:
        """Weighted share of positives among the scored rows: what flagging at random gives."""
        weight = None if self.weight is None else self.weight[self.scored]
        return float(np.average(self.target[self.scored], weights=weight))

    @property
    def idle_cost(self) -> float:
        """What 10,000 of the scored rows cost when nothing is ever flagged; NaN without costs."""
        return self._cost_of_flagging(False)

    @property
    def cost_of_everything(self) -> float:
        """What 10,000 of the scored rows cost when every row is flagged; NaN without costs."""
        return self._cost_of_flagging(True)

    def _cost_of_flagging(self, flag: bool) -> float:
        if self.costs is None:
            return math.nan
        rows = self.costs.of_rows(self.target == 1, np.full(self.target.size, flag))[self.scored]
        weight = None if self.weight is None else self.weight[self.scored]
        return PER_ROWS * float(np.average(rows, weights=weight))

    @property
    def rule_is_another(self) -> bool:
        """Whether there are costs and the final rule is not their own cut, at which arms are decided."""
        return self.costs is not None and (self.rule_cut != 0.0 or bool(self.config.get("rule")))

    @property
    def by_episode(self) -> bool:
        """Whether entities were followed over time: cost is then that until an entity is caught."""
        return self.episodes is not None

    @property
    def primary(self) -> Metric:
        """The one metric that the verdict is about."""
        return self.metrics[0]
