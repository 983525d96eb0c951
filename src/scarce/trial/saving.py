"""What an arm's decisions save against the cheaper of flagging nothing and flagging everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.evaluation.comparison import Interval, simultaneous
from scarce.evaluation.decisions import PER_ROWS
from scarce.evaluation.influence import influence_on_mean
from scarce.evaluation.one_more_miss import with_one_more_either_way

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.trial.arm_result import ArmResult
    from scarce.trial.design import Design
    from scarce.trial.scoring import Rows

    FloatArray = npt.NDArray[np.float64]

NOTHING, EVERYTHING = "flagging nothing", "flagging everything"


@dataclass(frozen=True)
class Saving:
    """An arm beside the better of the two decisions that need no model.

    Attributes
    ----------
    against : str
        `NOTHING` or `EVERYTHING`, whichever costs less.
    reference : float
        What that costs, per 10,000 rows.
    interval : Interval
        Of what the arm saves of it.
    """

    against: str
    reference: float
    interval: Interval


def saving(design: Design, arm: ArmResult) -> Saving | None:
    """Return what an arm saves; None without costs.

    Parameters
    ----------
    design : Design
        Its arms are not looked at.
    arm : ArmResult
    """
    judged = design.judged
    if judged.costs is None:
        return None
    constant = [
        design.scored_rows(arm.log_odds[0], np.full(judged.target.size, flag), 0) for flag in (False, True)
    ]
    part = constant[0].weight
    means = [PER_ROWS * float(np.average(rows.cost_of_rows(), weights=part)) for rows in constant]
    cheaper = int(means[1] < means[0])
    spent = [
        design.scored_rows(log_odds, flagged, repeat).cost_of_rows()
        for repeat, (log_odds, flagged) in enumerate(zip(arm.log_odds, arm.flagged, strict=True))
    ]
    saved = PER_ROWS * (constant[cheaper].cost_of_rows() - np.mean(spent, axis=0))
    interval = interval_of_mean(design, constant[0], saved, means[cheaper])
    return Saving((NOTHING, EVERYTHING)[cheaper], means[cheaper], interval)


def interval_of_mean(design: Design, rows: Rows, values: FloatArray, scale: float) -> Interval:
    """Return the weighted mean of differences in cost of rows, with the interval that arms are compared by.

    Parameters
    ----------
    design : Design
    rows : Rows
        Which rows they are of.
    values : ndarray, shape (n_rows,)
        The mean over repeats of each.
    scale : float
        A figure of the same unit, beside which rounding is measured.
    """
    influence = np.zeros(design.scored.size)
    influence[design.scored] = influence_on_mean(values, rows.weight)
    held, miss = design.one_miss()
    n_train, n_test = design.rows_a_fold()
    return simultaneous(
        np.array([[np.average(values, weights=rows.weight)]]),
        with_one_more_either_way(design.of_units(influence)[None], held, PER_ROWS * miss),
        few=design.scored_positive_units,
        n_train=n_train,
        n_test=n_test,
        scale=scale,
    )[0]
