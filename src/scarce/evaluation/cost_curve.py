"""Expected cost against the cut, of rows or of episodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import as_scores, as_target, as_weight
from scarce.evaluation.decisions import PER_ROWS
from scarce.evaluation.every_cut import every_cut
from scarce.evaluation.thinning import MOST_POINTS, corners

if TYPE_CHECKING:
    from scarce.decision.arrays import BoolArray, FloatArray, Numbers
    from scarce.decision.costs import Costs
    from scarce.evaluation.episodes import Episodes


@dataclass(frozen=True, eq=False)
class CostCurve:
    """Expected cost against the cut, per 10,000 rows.

    Parameters
    ----------
    cut, cost : ndarray of float64, shape (n_points,)
        Cuts on the cost score, falling; 0 is the Bayes cut.
    flagged_share : ndarray of float64, shape (n_points,)
    nothing, everything, bayes, best : float
        Cost of flagging nothing, everything, by the Bayes cut, and by the best of all cuts.

    Examples
    --------
    >>> from scarce.decision import Costs
    >>> curve = cost_curve([1, 0], [1.0, -9.0], costs=Costs(fn=100.0, fp=5.0))
    >>> curve.nothing, curve.bayes, curve.everything
    (500000.0, 0.0, 25000.0)
    """

    cut: FloatArray
    cost: FloatArray
    flagged_share: FloatArray
    nothing: float
    everything: float
    bayes: float
    best: float


def cost_curve(
    target: Numbers,
    log_odds: Numbers,
    weight: Numbers | None = None,
    *,
    costs: Costs,
    episodes: Episodes | None = None,
    most: int = MOST_POINTS,
) -> CostCurve:
    """Return the cost of every cut, thinned for a picture.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    log_odds : array-like of float, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional
    costs : Costs
    episodes : Episodes, optional
        Nothing then costs after the first flagged positive row of an entity.
    most : int

    Returns
    -------
    CostCurve

    Notes
    -----
    `best` was chosen on these very rows: it is a bound, not a promise.

    Examples
    --------
    >>> from scarce.decision import Costs
    >>> cost_curve([1, 0], [1.0, -9.0], costs=Costs(fn=100.0, fp=5.0)).best
    0.0
    """
    scores = costs.score(as_scores(log_odds))
    positive, weights = as_target(target, scores.size), as_weight(weight, scores.size)

    def paid(flags: BoolArray) -> float:
        each = costs.of_rows(positive, flags)
        if episodes is not None:
            each = np.where(episodes.after_catch(positive, flags), 0.0, each)
        return PER_ROWS * float(np.average(each, weights=weights))

    every, _ = every_cut(target, log_odds, weight, costs, episodes)
    cost = every.cost
    kept = corners(every.cut, np.log10(np.maximum(cost, 1e-12)), most)
    return CostCurve(
        every.cut[kept],
        cost[kept],
        (every.flagged / every.total)[kept],
        nothing=paid(np.zeros_like(positive)),
        everything=paid(np.ones_like(positive)),
        bayes=paid(scores > 0.0),
        best=float(cost.min()),
    )
