"""What each cut flags, misses and costs: sums over rows, or over episodes, at all cuts at once."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    Numbers,
    as_scores,
    as_target,
    as_weight,
)
from scarce.decision.cuts import cuts_between, falling_groups
from scarce.evaluation.decisions import PER_ROWS
from scarce.evaluation.drawn_units import weighted_count
from scarce.evaluation.thinning import slider_positions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scarce.decision.costs import Costs
    from scarce.evaluation.episodes import Episodes

MOST_CUTS = 500

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class ExplorerTable:
    """What happens at each of a few hundred cuts, for a slider.

    Parameters
    ----------
    cut : ndarray of float64, shape (n_cuts,)
        Falling; a row is flagged when its score is above the cut. The first flags nothing, the last all
        but the rows whose miss costs nothing.
    flagged : ndarray of float64, shape (n_cuts,)
        Weight of all rows above the cut.
    tp, fp, fn, tn : ndarray of float64, shape (n_cuts,)
        Weighted counts; of episodes without the rows after a catch.
    cost_tp, cost_fp, cost_fn, cost_tn : ndarray of float64, shape (n_cuts,)
        Summed cost of those rows, in the unit of the costs; 0 without costs.
    caught : ndarray of float64, shape (n_cuts,)
        Weight of the entities of which a positive row is flagged; that of the flagged positive rows where
        there are no episodes.
    total : float
        Sum of the weights.
    to_catch : float
        What `caught` is at most: all entities with a positive row, or all positive rows.
    entities : float
        Weight of the entities, each as much as its rows on average; that of the rows where there are none.

    Examples
    --------
    >>> explorer_table([1, 0], [1.0, 0.0]).tp
    array([0., 1., 1.])
    """

    cut: FloatArray
    flagged: FloatArray
    tp: FloatArray
    fp: FloatArray
    fn: FloatArray
    tn: FloatArray
    cost_tp: FloatArray
    cost_fp: FloatArray
    cost_fn: FloatArray
    cost_tn: FloatArray
    caught: FloatArray
    total: float
    to_catch: float
    entities: float

    @property
    def cost(self) -> FloatArray:
        """Cost of each cut per 10,000 rows."""
        return (self.cost_tp + self.cost_fp + self.cost_fn + self.cost_tn) * (PER_ROWS / self.total)

    def take(self, lines: IntArray) -> ExplorerTable:
        """Return some lines of the table.

        Parameters
        ----------
        lines : ndarray of int64

        Returns
        -------
        ExplorerTable
        """
        columns = [column.name for column in fields(self) if column.type == "FloatArray"]
        return replace(self, **{name: getattr(self, name)[lines] for name in columns})


def explorer_table(
    target: Numbers,
    log_odds: Numbers,
    weight: Numbers | None = None,
    *,
    costs: Costs | None = None,
    episodes: Episodes | None = None,
    at: Sequence[float] = (),
    most: int = MOST_CUTS,
) -> ExplorerTable:
    """Return counts and costs at up to `most` cuts.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    log_odds : array-like of float, shape (n_rows,)
        Calibrated log posterior odds.
    weight : array-like of float, shape (n_rows,), optional
    costs : Costs, optional
        With costs the cuts are on the cost score, where 0 is Bayes; else on the log-odds.
    episodes : Episodes, optional
        Rows after the first flagged positive row of their entity then count nowhere.
    at : sequence of float
        Cuts that must be in the table, such as the rule's own.
    most : int
        Half of them lie evenly over the flagged share on a log scale, half over the recall.

    Returns
    -------
    ExplorerTable

    Examples
    --------
    >>> from scarce.decision import Costs
    >>> explorer_table([1, 0], [1.0, 0.0], costs=Costs(fn=100.0, fp=5.0)).cost_fn
    array([100.,   0.,   0.])
    """
    every, distinct = every_cut(target, log_odds, weight, costs, episodes)
    wanted = np.array([np.count_nonzero(distinct > cut) for cut in at], dtype=np.int64)
    every.cut[wanted] = at
    return every.take(slider_positions(every.caught, every.flagged, wanted, most))


def every_cut(
    target: Numbers,
    log_odds: Numbers,
    weight: Numbers | None,
    costs: Costs | None,
    episodes: Episodes | None,
) -> tuple[ExplorerTable, FloatArray]:
    """Return the table with a line for every cut between finite scores, and those scores."""
    scores = as_scores(log_odds)
    positive = as_target(target, scores.size)
    weights = as_weight(weight, scores.size)
    if costs is not None:
        scores = costs.score(scores)
    order, starts = falling_groups(scores)
    distinct = scores[order][starts]
    finite = distinct[np.isfinite(distinct)]
    first = int(np.count_nonzero(distinct == np.inf))
    lines = slice(first, first + finite.size + 1)
    group = np.empty(scores.size, dtype=np.int64)
    group[order] = np.repeat(np.arange(starts.size), np.diff(np.append(starts, scores.size)))

    def sums(columns: FloatArray, place: IntArray) -> FloatArray:
        return _running_sums(columns, place, starts.size)

    # the cuts from this group on spare the row
    spared = np.full(scores.size, starts.size)
    caught, entities = np.where(positive, weights, 0.0), float(weights.sum())
    if episodes is not None:
        before = episodes.highest_before(positive, -group.astype(np.float64))
        spared = np.where(np.isinf(before), starts.size, -before).astype(np.int64)
        caught, entities = _of_entities(episodes.entity, positive, group, weights)
    above, below = (_outcome_columns(positive, weights, costs, flags) for flags in (True, False))
    everything = sums(above, group)
    flagged = everything - sums(above, np.maximum(group, spared))
    unflagged = sums(below, np.minimum(group, spared))
    rest = below.sum(axis=1, keepdims=True) - unflagged
    # cumulative sums leave a rounding error where nothing is left
    flagged = np.where(flagged < _ROUNDING * np.abs(everything), 0.0, flagged)
    rest = np.where(rest < _ROUNDING * np.abs(unflagged[:, -1:]), 0.0, rest)
    tp, fp, cost_tp, cost_fp = flagged[:, lines]
    fn, tn, cost_fn, cost_tn = rest[:, lines]
    found = ExplorerTable(
        cut=cuts_between(finite),
        flagged=everything[:2, lines].sum(axis=0),
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        cost_tp=cost_tp,
        cost_fp=cost_fp,
        cost_fn=cost_fn,
        cost_tn=cost_tn,
        caught=sums(caught[np.newaxis], group)[0, lines],
        total=float(weights.sum()),
        to_catch=float(caught.sum()),
        entities=entities,
    )
    return found, finite


def _of_entities(
    entity: IntArray, positive: BoolArray, group: IntArray, weight: FloatArray
) -> tuple[FloatArray, float]:
    """Return the weight of each entity with a positive at the highest of its positive rows, and of all."""
    _, member = np.unique(entity, return_inverse=True)
    mean = np.bincount(member, weight) / np.maximum(np.bincount(member), 1)
    order = np.lexsort((group, ~positive, member))
    highest = order[np.unique(member[order], return_index=True)[1]]
    caught = np.zeros(weight.size)
    caught[highest] = np.where(positive[highest], mean, 0.0)
    return caught, float(mean.sum())


def _outcome_columns(
    positive: BoolArray, weight: FloatArray, costs: Costs | None, flagged: bool
) -> FloatArray:
    """Return weight and cost of each row, positives and negatives apart, if all are (not) flagged."""
    money = np.zeros_like(weight)
    if costs is not None:
        money = weight * costs.of_rows(positive, np.full_like(positive, flagged))
    columns = [np.where(rows, values, 0.0) for values in (weight, money) for rows in (positive, ~positive)]
    return np.stack(columns)


def _running_sums(columns: FloatArray, place: IntArray, groups: int) -> FloatArray:
    """Return the sums over the rows in the first 0, 1, ... groups; a place beyond them is in none."""
    counted = [weighted_count(place, column, groups + 1)[:groups] for column in columns]
    return np.concatenate([np.zeros((len(columns), 1)), np.cumsum(counted, axis=1)], axis=1)
