"""Calibrate and decide each fold's rows by what the other folds' rows say."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scarce.calibration.fitting import fit_calibration
from scarce.calibration.logistic import SPREAD
from scarce.decision.aims import fit_f_beta
from scarce.decision.cost_rule import CostRule
from scarce.decision.rules import CutRule
from scarce.errors import ScarceError

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.calibration import Calibration
    from scarce.decision.costs import Costs
    from scarce.decision.rule_choice import RuleChoice
    from scarce.decision.rules import Rule

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """Rows that calibration and rule are learnt from, and how they are weighed.

    Attributes
    ----------
    target : ndarray of uint8, shape (n_rows,)
    weight : ndarray or None
        Population weights.
    costs : Costs or None
        None means that no costs were given: the rule is then the exact F1 cut.
    fold_of : ndarray of int, shape (n_repeats, n_rows)
        The fold that tests each row; -1 where none does.
    ordered : bool
        Whether folds follow one another in time. Only earlier folds then speak for a fold, and the first one,
        for which none speaks, is not scored.
    copies : int
        How often each row is among these: positives are counted once.
    choice : RuleChoice or None
        The rule that the user asks for; None takes that of the costs, or the best F1.
    halves : int
        Folds that test one period together, where folds are ordered.
    labelled : float
        Share of the positives that carry their label; 1 where all do.
    known_by : ndarray of int, shape (n_rows,), or None
        The first period, counted from 0, that begins after the row and with its label known.
    """

    target: npt.NDArray[np.uint8]
    weight: FloatArray | None
    costs: Costs | None
    fold_of: npt.NDArray[np.int64]
    ordered: bool
    copies: int = 1
    choice: RuleChoice | None = None
    halves: int = 1
    known_by: npt.NDArray[np.int64] | None = None
    labelled: float = 1.0

    @property
    def first_scored(self) -> int:
        """The first fold that is scored: those of the first period only calibrate."""
        return self.halves if self.ordered else 0

    @property
    def scored_folds(self) -> list[tuple[int, int]]:
        """Return (repeat, fold) of every fold that is scored."""
        first = self.first_scored
        return [(r, k) for r, folds in enumerate(self.fold_of) for k in range(first, int(folds.max()) + 1)]

    def rows(self, repeat: int, fold: int) -> npt.NDArray[np.int64]:
        """Return the rows a fold tests."""
        return np.flatnonzero(self.fold_of[repeat] == fold)

    def speaks(self, other: int, fold: int) -> bool:
        """Whether what is learnt on one fold may be used for another."""
        return other // self.halves < fold // self.halves if self.ordered else other != fold

    def others(self, repeat: int, fold: int) -> npt.NDArray[np.int64]:
        """Return the rows that speak for a fold."""
        of = self.fold_of[repeat]
        if not self.ordered:
            return np.flatnonzero((of >= 0) & (of != fold))
        period = fold // self.halves
        earlier = (of >= 0) & (of // self.halves < period)
        return np.flatnonzero(earlier if self.known_by is None else earlier & (self.known_by <= period))

    def known_in_time(self, fold: int, rows: npt.NDArray[np.int64]) -> BoolArray:
        """Whether the labels of a fold's rows are known when the next period begins."""
        if self.known_by is None:
            return np.ones(rows.size, dtype=bool)
        return self.known_by[rows] <= fold // self.halves + 1

    def fit(
        self, recovered: FloatArray, rows: npt.NDArray[np.int64], spread: tuple[float, float] = SPREAD
    ) -> tuple[Calibration, Rule]:
        """Fit calibration on some rows' recovered log-odds, and the rule that arms are compared by.

        Where there are costs the rule is their own, at factor 1: a cut tuned on a few dear rows would decide
        which arm looks cheaper. Else it is the rule that was asked for, or the best F1, on these rows.

        Parameters
        ----------
        recovered : ndarray, shape (rows.size,)
        rows : ndarray of int
        spread : (float, float)
            As of `PenalisedLogistic.fit`.
        """
        target = self.target[rows]
        weight = None if self.weight is None else self.weight[rows]
        calibration = fit_calibration(recovered, target, weight, spread=spread, copies=self.copies)
        return calibration, self._rule(calibration.log_odds(recovered), target, weight)

    def _rule(
        self,
        log_odds: FloatArray,
        target: npt.NDArray[np.uint8],
        weight: FloatArray | None,
    ) -> Rule:
        if self.costs is not None:
            return CostRule(0.0, self.costs.spec)
        if self.choice is not None:
            rule = met(self.choice, log_odds, target, weight)
        elif self.labelled == 1.0:
            rule = fit_f_beta(log_odds, target, weight, note="no costs given")
        else:  # 2 TP / (all positives + flags), where TP and all positives are the labelled over the share
            note = f"which is F1 among all positives, of which {self.labelled:g} are labelled; no costs given"
            rule = fit_f_beta(log_odds, target, weight, beta=self.labelled**-0.5, note=note)
        return replace(rule, tuned_on=rule.tuned_on // self.copies)

    def all_at_once(self) -> tuple[Judged, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return all tested rows as one fold, repeats weighing one in all, and each one's repeat and row."""
        repeat, row = np.nonzero(self.fold_of >= 0)
        whole = Judged(
            self.target[row],
            np.full(row.size, 1.0 / len(self.fold_of)) * (1.0 if self.weight is None else self.weight[row]),
            None if self.costs is None else self.costs.take(row),
            np.zeros((1, row.size), dtype=np.int64),
            ordered=False,
            copies=len(self.fold_of),
            choice=self.choice,
            labelled=self.labelled,
        )
        return whole, repeat, row


def met(
    choice: RuleChoice,
    log_odds: FloatArray,
    target: npt.NDArray[np.uint8],
    weight: FloatArray | None,
    costs: Costs | None = None,
) -> Rule:
    """Return the rule that was asked for, or one that flags nothing where no cut on these rows meets it."""
    try:
        return choice.fit(log_odds, target, weight, costs)
    except ScarceError as error:
        if error.code not in ("E253", "E254"):
            raise
        return CutRule(sys.float_info.max, "no cut meets the aim on these rows")


def decide(
    recovered: FloatArray, judged: Judged, spread: tuple[float, float] = SPREAD
) -> tuple[FloatArray, BoolArray]:
    """Return calibrated log-odds and decisions of every scored row, shape (n_repeats, n_rows).

    Rows that are not scored have NaN log-odds and are not flagged. The calibration's line may go from the
    identity as far as `spread` says.
    """
    log_odds = np.full(recovered.shape, np.nan)
    flagged = np.zeros(recovered.shape, dtype=bool)
    for repeat, fold in judged.scored_folds:
        others, rows = judged.others(repeat, fold), judged.rows(repeat, fold)
        calibration, rule = judged.fit(recovered[repeat, others], others, spread)
        log_odds[repeat, rows] = calibration.log_odds(recovered[repeat, rows])
        costs = None if judged.costs is None else judged.costs.take(rows)
        flagged[repeat, rows] = rule.flag(log_odds[repeat, rows], costs)
    return log_odds, flagged
