"""The rule that is kept: fitted on all out-of-fold rows, a tuned factor only where it pays on other rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scarce.calibration.labelled_share import scale_note
from scarce.calibration.logistic import SPREAD
from scarce.decision.cost_fitting import fit_cost_rule
from scarce.decision.cost_rule import CostRule
from scarce.decision.cut_interval import cut_interval, fit_with_interval
from scarce.decision.enough_positives import TO_TUNE_A_CUT
from scarce.decision.rule_choice import alike
from scarce.evaluation.decisions import PER_ROWS
from scarce.trial.deciding import met
from scarce.trial.wording import in_digits, plain

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.calibration import Calibration
    from scarce.decision.rules import Rule
    from scarce.trial.deciding import Judged

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    BoolArray = npt.NDArray[np.bool_]

POOLED = (
    "a guarantee for one fixed scorer, which the folds' models together are not: scarce threshold on fresh "
    "rows gives the model its own"
)
FIXED = "a guarantee if this is the score of one model that has not seen these rows"
"""What is said of a false-positive rate that was fitted to scores made elsewhere."""


@dataclass(frozen=True)
class Gain:
    """What tuning the factor saves on rows that did not choose it, per 10,000 rows.

    Attributes
    ----------
    value, error : float
        The mean and its standard error, from rows or from units that are drawn together.
    """

    value: float
    error: float

    @property
    def counts(self) -> bool:
        """Whether the gain exceeds its standard error."""
        return self.value > self.error

    def __str__(self) -> str:
        """Say what a tuned cut costs beside the costs' own."""
        more = "less" if self.value >= 0.0 else "more"
        size = f"{in_digits(abs(self.value), 2)} ± {in_digits(self.error, 2)} {more}"
        return f"{size} per {PER_ROWS:,.0f} rows that did not choose it"


def fit_saved_rule(
    judged: Judged,
    recovered: FloatArray,
    spread: tuple[float, float] = SPREAD,
    units: IntArray | None = None,
    *,
    by_episode: bool = False,
    scorer: str = POOLED,
) -> tuple[Calibration, Rule]:
    """Fit the calibration and the rule that go with the model.

    The costs give a cut of their own, at factor 1. A tuned factor takes its place only where its gain on rows
    that did not choose it exceeds its standard error; what was decided stands in the rule's text.

    Parameters
    ----------
    judged : Judged
    recovered : ndarray, shape (n_repeats, n_rows)
    spread : (float, float)
        As of `PenalisedLogistic.fit`.
    units : ndarray of int, shape (n_rows,), optional
        Rows of one unit are drawn together.
    by_episode : bool
        Whether what a row costs depends on the entity's rows before it; no factor is tuned then.
    scorer : str
        What is said of the guarantee of a false-positive rate.
    """
    whole, repeat, row = judged.all_at_once()
    outputs = recovered[repeat, row]
    calibration, own = whole.fit(outputs, np.arange(row.size), spread)
    log_odds = calibration.log_odds(outputs)
    apart = row if units is None else units[row]
    if whole.choice is not None:
        rule = _chosen(whole, log_odds, repeat == 0, apart, scorer)
        return calibration, _said(rule, _figures(judged, recovered, spread))
    if whole.costs is None:
        return calibration, _said(own, _scale(judged))
    if whole.labelled < 1.0:
        return calibration, _said(own, "as labels do not tell which alarms are false, and none was tuned")
    if by_episode:
        return calibration, _said(own, "as episodes are what counts, and none was tuned row by row")
    few = TO_TUNE_A_CUT * whole.copies
    tuned = fit_cost_rule(log_odds, whole.target, whole.costs, whole.weight, few_positives=few)
    tuned = replace(tuned, tuned_on=tuned.tuned_on // whole.copies)
    if not tuned.tuned_on:
        note = f"as with under {TO_TUNE_A_CUT} positives a tuned one follows chance"
        return calibration, replace(tuned, note=note)
    choosing = max(judged.target[judged.others(*fold)].sum() for fold in judged.scored_folds)
    if choosing < TO_TUNE_A_CUT:
        note = f"as with under {TO_TUNE_A_CUT} positives outside each fold none says what a tuned one gains"
        return calibration, replace(tuned, cut=0.0, tuned_on=0, note=note)
    rule = _preferred(tuned, gain_of_tuning(judged, recovered, spread, units))
    return calibration, _said(rule, _factors(whole, log_odds, apart)) if rule.tuned_on else rule


def _chosen(whole: Judged, log_odds: FloatArray, first: BoolArray, units: IntArray, scorer: str) -> Rule:
    """Fit the rule that was asked for, with the interval of its cut and the costs' own cut in its note."""
    choice = whole.choice
    assert choice is not None
    if choice.option == "review":
        return choice.fit(log_odds, whole.target, whole.weight, whole.costs)
    rated = choice.option == "false_positive_rate"
    once = np.flatnonzero(first) if rated else np.arange(log_odds.size)  # a guarantee counts each row once
    weight = None if whole.weight is None else whole.weight[once]
    rule = fit_with_interval(choice, log_odds[once], whole.target[once], weight, units[once])
    rule = replace(rule, tuned_on=rule.tuned_on // (1 if rated else whole.copies))
    said = [_scale(whole)]
    said += [scorer] if rated and alike(whole.target[once], weight) else []
    if whole.costs is not None and not whole.costs.per_row:
        own = CostRule(0.0, whole.costs.spec).threshold()
        said.append(f"where the costs' own cut is p > {own:.4g}")
    return _said(rule, *said)


def _scale(judged: Judged) -> str:
    """Say what a cut's probability is of, where a part of the positives carries no label."""
    return "" if judged.labelled == 1.0 else scale_note(judged.labelled)


def _factors(whole: Judged, log_odds: FloatArray, units: IntArray) -> str:
    """Say how far the tuned factor moves when other rows are drawn."""
    costs = whole.costs
    assert costs is not None
    weight = np.ones(log_odds.size) if whole.weight is None else whole.weight

    def fit(rows: IntArray, times: FloatArray) -> float:
        drawn = times * weight[rows]
        of = costs.take(rows)
        return fit_cost_rule(log_odds[rows], whole.target[rows], of, drawn, few_positives=1).cut

    found = cut_interval(fit, costs.score(log_odds), units)
    if found is None:
        return ""
    low, high = np.exp(np.clip(found, -700.0, 700.0))
    return f"{low:.3g} to {high:.3g} times the costs' own in 95 % of resamples"


def _said(rule: Rule, *words: str) -> Rule:
    """Return the rule with more in its note."""
    return replace(rule, note="; ".join(filter(None, (rule.note, *words))))


def _figures(judged: Judged, recovered: FloatArray, spread: tuple[float, float]) -> str:
    """Say what the rule that was asked for does on each fold when the other folds choose its cut."""
    choice, weight = judged.choice, judged.weight
    assert choice is not None
    weight = np.ones(judged.target.size) if weight is None else weight
    flags = caught = reviews = positives = total = 0.0
    for repeat, fold in judged.scored_folds:
        others, rows = judged.others(repeat, fold), judged.rows(repeat, fold)
        calibration, _ = judged.fit(recovered[repeat, others], others, spread)
        costs = [None if judged.costs is None else judged.costs.take(of) for of in (others, rows)]
        known, new = (calibration.log_odds(recovered[repeat, of]) for of in (others, rows))
        rule = met(choice, known, judged.target[others], weight[others], costs[0])
        flagged, mass, positive = rule.flag(new, costs[1]), weight[rows], judged.target[rows] == 1
        total += mass.sum()
        positives += mass[positive].sum()
        flags += mass[flagged].sum()
        caught += mass[flagged & positive].sum()
        if isinstance(rule, CostRule):
            reviews += mass[rule.reviewed(new, costs[1])].sum()
    # some of the flags without a label are right
    right = f"{100 * min(caught / judged.labelled / flags, 1):.0f} % of them right, " if flags > 0.0 else ""
    looked = f"{plain(PER_ROWS * reviews / total)} reviews and " if choice.option == "review" else ""
    return (
        f"on rows that did not choose it {looked}{plain(PER_ROWS * flags / total)} flags per "
        f"{PER_ROWS:,.0f} rows, {right}{100 * caught / positives:.0f} % of the positives flagged"
    )


def _preferred(tuned: CostRule, gain: Gain) -> CostRule:
    """Return the tuned rule where its gain counts, else the costs' own; either says why."""
    if gain.counts:
        return replace(tuned, note=f"which costs {gain} than the costs' own")
    unmoved = gain.value == gain.error == 0.0
    found = "which tuning leaves where it is" if unmoved else f"as a tuned one costs {gain}"
    return replace(tuned, cut=0.0, tuned_on=0, note=found)


def gain_of_tuning(
    judged: Judged, recovered: FloatArray, spread: tuple[float, float], units: IntArray | None = None
) -> Gain:
    """Return what a factor tuned on the other folds' rows saves on each fold, against factor 1.

    Parameters
    ----------
    judged : Judged
        With costs.
    recovered : ndarray, shape (n_repeats, n_rows)
    spread : (float, float)
    units : ndarray of int, shape (n_rows,), optional
    """
    costs = judged.costs
    assert costs is not None
    weight = np.ones(judged.target.size) if judged.weight is None else judged.weight
    saved, scored = np.zeros(judged.target.size), np.zeros(judged.target.size, dtype=bool)
    for repeat, fold in judged.scored_folds:
        others, rows = judged.others(repeat, fold), judged.rows(repeat, fold)
        calibration, own = judged.fit(recovered[repeat, others], others, spread)
        known = calibration.log_odds(recovered[repeat, others])
        tuned = fit_cost_rule(known, judged.target[others], costs.take(others), weight[others])
        new, positive, of = (
            calibration.log_odds(recovered[repeat, rows]),
            judged.target[rows] == 1,
            costs.take(rows),
        )
        saved[rows] += of.of_rows(positive, own.flag(new, of)) - of.of_rows(positive, tuned.flag(new, of))
        scored[rows] = True
    return _mean(
        saved[scored] / len(judged.fold_of), weight[scored], None if units is None else units[scored]
    )


def _mean(values: FloatArray, weight: FloatArray, units: IntArray | None) -> Gain:
    """Return the weighted mean and its standard error over units, a ratio of two sums."""
    mean = float(np.average(values, weights=weight))
    parts = weight * (values - mean)
    if units is not None:
        parts = np.bincount(np.unique(units, return_inverse=True)[1], weights=parts)
    n = parts.size
    error = float(np.sqrt(np.square(parts).sum() * n / max(n - 1, 1))) / float(weight.sum())
    return Gain(PER_ROWS * mean, PER_ROWS * error)
