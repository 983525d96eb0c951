"""Fit the cut with the least total cost, over every cut that the scores allow.

A fitted cut is optimistic on the rows it was fitted on: quote it on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import BoolArray, FloatArray, Numbers, as_scores, as_target, as_weight
from scarce.decision.cost_rule import CostRule
from scarce.decision.cuts import cut_after, cut_range, falling_groups
from scarce.decision.enough_positives import TO_TUNE_A_CUT

if TYPE_CHECKING:
    from scarce.decision.costs import Costs

_SAME = 1e-12


def fit_cost_rule(
    log_odds: Numbers,
    target: Numbers,
    costs: Costs,
    weight: Numbers | None = None,
    *,
    few_positives: int = TO_TUNE_A_CUT,
) -> CostRule:
    """Choose the cut on the cost score with the least total cost.

    Minimises ``sum weight * cost(target, flagged)`` over every cut. Of cuts that cost the same, the
    interval nearest to the Bayes cut 0 is taken: 0 itself when it lies inside, else the midpoint.

    Parameters
    ----------
    log_odds : array-like of float, shape (n_rows,)
        Calibrated log posterior odds of rows the model was not fitted to.
    target : array-like of 0/1, shape (n_rows,)
    costs : Costs
    weight : array-like of float, shape (n_rows,), optional
        Rows of the population that each row stands for.
    few_positives : int
        With fewer positive rows the Bayes cut is kept: a tuned one would mostly follow chance.

    Returns
    -------
    CostRule

    Raises
    ------
    ScarceError
        E258, E259, E350, E352 for malformed arrays.

    Examples
    --------
    >>> from scarce.decision import Costs
    >>> rule = fit_cost_rule([2.0, -1.0, -5.0], [1, 1, 0], Costs(fn=10.0, fp=1.0), few_positives=1)
    >>> rule.cut, rule.tuned_on
    (0.0, 2)
    """
    scores = costs.score(as_scores(log_odds))
    positive = as_target(target, scores.size)
    weights = as_weight(weight, scores.size)
    positives = int(np.count_nonzero(positive))
    if positives < max(few_positives, 1):
        return CostRule(0.0, costs.spec, 0)
    change = weights * _change_when_flagged(costs, positive)
    cut = _cheapest_cut(scores, change)
    return CostRule(cut, costs.spec, positives)


def _change_when_flagged(costs: Costs, positive: BoolArray) -> FloatArray:
    everything = np.ones_like(positive)
    return costs.of_rows(positive, everything) - costs.of_rows(positive, ~everything)


def _cheapest_cut(scores: FloatArray, change: FloatArray) -> float:
    finite = np.isfinite(scores)
    order, starts = falling_groups(scores[finite])
    if starts.size == 0:
        return 0.0
    moved = change[finite][order]
    total = np.concatenate(([0.0], np.cumsum(np.add.reduceat(moved, starts))))
    distinct = scores[finite][order][starts]
    slack = _SAME * float(np.abs(moved).sum())
    cheapest = np.flatnonzero(total <= total.min() + slack)
    count = min((int(index) for index in cheapest), key=lambda index: _distance(distinct, index))
    low, high = cut_range(distinct, count)
    return 0.0 if low <= 0.0 < high else cut_after(distinct, count)


def _distance(score: FloatArray, count: int) -> float:
    """Return how far the cuts that flag `count` steps are from the Bayes cut 0."""
    low, high = cut_range(score, count)
    return max(low, -high, 0.0)
