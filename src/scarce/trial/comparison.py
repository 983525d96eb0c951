"""Every arm against the control on the same rows, in the primary metric alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.enough_positives import TO_CALL_BETTER
from scarce.evaluation import average_precision
from scarce.evaluation.comparison import simultaneous, times_best
from scarce.evaluation.decisions import PER_ROWS
from scarce.evaluation.influence import influence_on_average_precision, influence_on_mean
from scarce.evaluation.one_more_miss import with_one_more_either_way
from scarce.evaluation.outcome import outcome_of, positives_needed
from scarce.evaluation.probability import log_loss_of_rows
from scarce.trial.result import Difference
from scarce.trial.scoring import COST, RANKED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from scarce.trial.arm_result import ArmResult
    from scarce.trial.deciding import Judged
    from scarce.trial.design import Design
    from scarce.trial.metric import Metric

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]

RESAMPLES = 2_000
"""Joint resamples of the rows, in which the best arm is counted."""


@dataclass(frozen=True)
class Figures:
    """An arm's figure in each repeat, and the influence of each row, or of a whole unit, on their mean."""

    values: FloatArray
    influence: FloatArray


def compare(design: Design, arms: Sequence[ArmResult], metric: Metric) -> tuple[Difference, ...]:
    """Return each arm minus the first, with one simultaneous interval each.

    Parameters
    ----------
    design : Design
        Its arms are not looked at. Where it has too few positives for anything to be called better or worse,
        every arm is undecided that does not say what the control says.
    arms : sequence of ArmResult
        The control first.
    metric : Metric
        The primary one.
    """
    control, *others = arms
    if not others:
        return ()
    figures = [figures_of(design, arm.log_odds, arm.flagged, metric) for arm in arms]
    values, influences = differences(design, figures, metric, [same_outputs(control, arm) for arm in others])
    n_train, n_test = design.rows_a_fold()
    positives = design.scored_positives
    level = float(figures[0].values.mean())
    margin = design.margin.of(level)
    intervals = simultaneous(
        values, influences, few=design.scored_positive_units, n_train=n_train, n_test=n_test, scale=abs(level)
    )
    lower = not metric.higher_is_better
    best = times_best(values.mean(axis=1), influences, RESAMPLES, design.config.seed, lower_is_better=lower)
    found = []
    for arm, interval, often in zip(others, intervals, best[1:], strict=True):
        differing = _differing_positives(design.judged, control, arm)
        same = same_outputs(control, arm) or (
            metric.name != COST.name and _same_order(design.judged, control, arm)
        )
        outcome = outcome_of(interval, margin, lower_is_better=lower, differing=differing, same_outputs=same)
        if not design.may_decide and not same:
            outcome = "undecided"
        difference = Difference(
            arm=arm.name,
            metric=metric.name,
            value=interval.value,
            low=interval.low,
            high=interval.high,
            outcome=outcome,
            margin=margin,
            positives_needed=max(positives_needed(interval, margin, positives), TO_CALL_BETTER),
            split_share=interval.split_share,
            times_best=int(often),
        )
        found.append(difference)
    return tuple(found)


def figures_of(design: Design, log_odds: FloatArray, flagged: BoolArray, metric: Metric) -> Figures:
    """Return the expected cost, the log-loss or the average precision of calibrated log-odds.

    Parameters
    ----------
    design : Design
    log_odds : ndarray, shape (n_repeats, n_rows)
        NaN where a row is not scored.
    flagged : ndarray of bool, shape (n_repeats, n_rows)
    metric : Metric
    """
    values, influences = [], np.zeros(design.judged.target.size)
    for repeat, said in enumerate(zip(log_odds, flagged, strict=True)):
        rows, kept = design.scored_rows(*said, repeat), ~np.isnan(said[0])
        if metric.name == RANKED.name:
            ranking = (rows.target, rows.log_odds, rows.weight, rows.part)
            values.append(average_precision(*ranking))
            influences[kept] += influence_on_average_precision(*ranking)
            continue
        is_cost = metric.name == COST.name
        each = (
            PER_ROWS * rows.cost_of_rows() if is_cost else log_loss_of_rows(rows.target == 1, rows.log_odds)
        )
        values.append(float(np.average(each, weights=rows.weight)))
        influences[kept] += influence_on_mean(each, rows.weight)
    return Figures(np.array(values), design.of_units(influences / len(values)))


def differences(
    design: Design, figures: Sequence[Figures], metric: Metric, same: Sequence[bool] = ()
) -> tuple[FloatArray, FloatArray]:
    """Return the difference of each figure to the first in every repeat, and what units do to its mean.

    Parameters
    ----------
    design : Design
    figures : sequence of Figures
    metric : Metric
        Of expected cost two more units are returned: positives that are decided otherwise, if few are.
    same : sequence of bool, optional
        Which of the others say of every row what the first says, so that no row is decided otherwise.
    """
    values = np.stack([one.values - figures[0].values for one in figures[1:]])
    influences = np.stack([one.influence - figures[0].influence for one in figures[1:]])
    if metric.name != COST.name:
        return values, influences
    held, miss = design.one_miss()
    influences = with_one_more_either_way(influences, held, PER_ROWS * miss)
    influences[np.flatnonzero(same), -2:] = 0.0
    return values, influences


def same_outputs(control: ArmResult, arm: ArmResult) -> bool:
    """Whether an arm says of every row what the control says, but for rounding."""
    return np.allclose(arm.recovered, control.recovered, rtol=1e-9, atol=1e-9, equal_nan=True)


def _same_order(judged: Judged, control: ArmResult, arm: ArmResult) -> bool:
    """Whether an arm ranks the rows of every fold as the control does: all that a ranking metric can see."""
    return all(
        np.array_equal(*(_places(one.recovered[repeat, judged.rows(repeat, fold)]) for one in (control, arm)))
        for repeat, fold in judged.scored_folds
    )


def _places(score: FloatArray) -> npt.NDArray[np.int64]:
    return np.unique(score, return_inverse=True)[1]


def _differing_positives(judged: Judged, control: ArmResult, arm: ArmResult) -> int:
    """Return on how many positives two arms decide otherwise, the mean over repeats."""
    differ = (control.flagged != arm.flagged) & (judged.target == 1)
    return round(float(differ.sum(axis=1).mean()))
