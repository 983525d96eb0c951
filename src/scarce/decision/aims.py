"""Fit a rule to an aim over every cut that the scores allow: exact, O(n log n), equal scores never split.

A fitted cut is optimistic on the rows it was fitted on: quote it on others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import as_scores, as_target, as_weight, both_classes
from scarce.decision.capacity import CapacityRule, check_share
from scarce.decision.cuts import Steps, cut_after
from scarce.decision.rules import CutRule
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.decision.arrays import FloatArray, Numbers

_SAME = 1e-12
_MOST_BETA = 1e100  # recall alone counts long before, and its square is still a number


def fit_f_beta(
    log_odds: Numbers,
    target: Numbers,
    weight: Numbers | None = None,
    *,
    beta: float = 1.0,
    note: str = "",
) -> CutRule:
    """Choose the cut with the highest F-beta; of equals the one that flags fewest.

    ``F = (1 + beta^2) TP / ((1 + beta^2) TP + beta^2 FN + FP)``

    Parameters
    ----------
    log_odds : array-like of float, shape (n_rows,)
    target : array-like of 0/1, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional
    beta : float
        Above 0; recall counts beta times as much as precision.
    note : str
        Added to the rule's description, such as ``"no costs given"``.

    Returns
    -------
    CutRule

    Raises
    ------
    ScarceError
        E255 for beta, E351 without both classes.

    Examples
    --------
    >>> fit_f_beta([3.0, 1.0, 0.0], [1, 1, 0]).cut
    0.5
    """
    if not (math.isfinite(beta) and beta > 0.0):
        raise ScarceError("E255", name="beta", allowed="above 0", value=beta)
    cuts = _Cuts.of(log_odds, target, weight, "fit an F-beta cut")
    square = min(beta, _MOST_BETA) ** 2
    hits = (1.0 + square) * cuts.tp
    value = hits / np.maximum(hits + square * (cuts.positives - cuts.tp) + cuts.fp, np.finfo(float).tiny)
    aim = f"best F{beta:g}" + (f", {note}" if note else "")
    return cuts.rule(_first_best(value), aim)


def fit_precision_at_least(
    log_odds: Numbers, target: Numbers, precision: float, weight: Numbers | None = None
) -> CutRule:
    """Choose the cut with the highest recall among those whose precision is at least `precision`.

    Parameters
    ----------
    log_odds : array-like of float, shape (n_rows,)
    target : array-like of 0/1, shape (n_rows,)
    precision : float
        In (0, 1].
    weight : array-like of float, shape (n_rows,), optional

    Returns
    -------
    CutRule

    Raises
    ------
    ScarceError
        E253 with the best attainable precision, E255, E351.

    Examples
    --------
    >>> fit_precision_at_least([3.0, 2.0, 1.0, 0.0], [1, 0, 1, 0], 0.6).cut
    0.5
    """
    _check_level("precision", precision)
    cuts = _Cuts.of(log_odds, target, weight, "fit a precision constraint")
    reached = cuts.precision()
    allowed = (reached >= precision - _SAME) & (cuts.tp > 0.0)
    if not allowed.any():
        raise _unmet(f"precision of at least {precision:g}", cuts, float(reached.max()), math.floor)
    return cuts.rule(_first_best(np.where(allowed, cuts.tp, -1.0)), f"precision at least {precision:g}")


def fit_recall_at_least(
    log_odds: Numbers, target: Numbers, recall: float, weight: Numbers | None = None
) -> CutRule:
    """Choose the cut with the highest precision among those whose recall is at least `recall`.

    Parameters
    ----------
    log_odds : array-like of float, shape (n_rows,)
    target : array-like of 0/1, shape (n_rows,)
    recall : float
        In (0, 1].
    weight : array-like of float, shape (n_rows,), optional

    Returns
    -------
    CutRule

    Raises
    ------
    ScarceError
        E253 with the best attainable recall (positives at -inf cannot be flagged), E255, E351.

    Examples
    --------
    >>> fit_recall_at_least([3.0, 2.0, 1.0, 0.0], [1, 0, 1, 0], 0.5).cut
    2.5
    """
    _check_level("recall", recall)
    cuts = _Cuts.of(log_odds, target, weight, "fit a recall constraint")
    reached = cuts.tp / cuts.positives
    allowed = reached >= recall - _SAME
    if not allowed.any():
        raise _unmet(f"recall of at least {recall:g}", cuts, float(reached.max()), math.floor)
    return cuts.rule(_first_best(np.where(allowed, cuts.precision(), -1.0)), f"recall at least {recall:g}")


def fit_false_positive_rate_at_most(
    log_odds: Numbers, target: Numbers, rate: float, weight: Numbers | None = None
) -> CutRule:
    """Choose the cut with the highest recall among those whose false-positive rate is at most `rate`.

    Parameters
    ----------
    log_odds : array-like of float, shape (n_rows,)
    target : array-like of 0/1, shape (n_rows,)
    rate : float
        In (0, 1].
    weight : array-like of float, shape (n_rows,), optional

    Returns
    -------
    CutRule

    Raises
    ------
    ScarceError
        E253 when no such cut flags a positive, E255, E351.

    Notes
    -----
    The rate holds on these rows, not on the next ones; for a guarantee use `fit_neyman_pearson`.

    Examples
    --------
    >>> fit_false_positive_rate_at_most([3.0, 2.0, 1.0, 0.0], [1, 0, 1, 0], 0.5).cut
    0.5
    """
    _check_level("rate", rate)
    cuts = _Cuts.of(log_odds, target, weight, "fit a false-positive-rate constraint")
    reached = cuts.fp / cuts.negatives
    useful = cuts.tp > 0.0
    allowed = useful & (reached <= rate + _SAME)
    if not allowed.any():
        best = float(reached[useful].min()) if useful.any() else 1.0
        raise _unmet(f"false-positive rate of at most {rate:g}", cuts, best, math.ceil)
    aim = f"false-positive rate at most {rate:g}"
    return cuts.rule(_first_best(np.where(allowed, cuts.tp, -1.0)), aim)


def fit_capacity(
    log_odds: Numbers, target: Numbers, share: float, weight: Numbers | None = None
) -> CapacityRule:
    """Choose the lowest cut that flags at most this share of the (weighted) rows.

    Parameters
    ----------
    log_odds : array-like of float, shape (n_rows,)
    target : array-like of 0/1, shape (n_rows,)
        Only counted, to say how many positives stand behind the rule.
    share : float
        In (0, 1]; k in n rows is ``k / n``.
    weight : array-like of float, shape (n_rows,), optional

    Returns
    -------
    CapacityRule

    Raises
    ------
    ScarceError
        E253 when the top group of equal scores alone exceeds the share, E255 for the share.

    Examples
    --------
    >>> fit_capacity([3.0, 2.0, 1.0, 0.0], [1, 0, 1, 0], 0.5).cut
    1.5
    """
    check_share(share)
    cuts = _Cuts.of(log_odds, target, weight)
    flagged = (cuts.tp + cuts.fp) / (cuts.positives + cuts.negatives)
    allowed = np.flatnonzero((flagged > 0.0) & (flagged <= share + _SAME))
    if allowed.size == 0:
        positive_shares = flagged[flagged > 0.0]
        best = float(positive_shares[0]) if positive_shares.size else 0.0
        raise _unmet(f"a flagged share of at most {share:g}", cuts, best, math.ceil)
    return CapacityRule(cut_after(cuts.score, int(allowed[-1])), share, cuts.positive_rows)


@dataclass(frozen=True, eq=False)
class _Cuts:
    """Every cut between finite scores; rows at +inf are always flagged, rows at -inf never."""

    score: FloatArray
    tp: FloatArray
    fp: FloatArray
    positives: float
    negatives: float
    rows: int
    positive_rows: int

    @classmethod
    def of(cls, log_odds: Numbers, target: Numbers, weight: Numbers | None, purpose: str = "") -> _Cuts:
        scores = as_scores(log_odds)
        positive = as_target(target, scores.size)
        if purpose:
            weights = as_weight(weight, scores.size)
            both_classes(positive[weights > 0.0], purpose)
        steps = Steps.of(positive, scores, weight)
        tp, fp = steps.flagged()
        finite = np.flatnonzero(np.isfinite(steps.score))
        first = int(np.count_nonzero(steps.score == np.inf))
        kept = slice(first, first + finite.size + 1)
        return cls(
            steps.score[finite],
            tp[kept],
            fp[kept],
            float(tp[-1]),
            float(fp[-1]),
            scores.size,
            int(np.count_nonzero(positive)),
        )

    def precision(self) -> FloatArray:
        """Precision of each cut, 0 where nothing is flagged."""
        flagged = self.tp + self.fp
        return np.divide(self.tp, flagged, out=np.zeros_like(flagged), where=flagged > 0.0)

    def rule(self, count: int, aim: str) -> CutRule:
        return CutRule(cut_after(self.score, count), aim, self.positive_rows)


def within_reach(best: float, towards: Callable[[float], int]) -> str:
    """Write the best that can be had in four digits that can still be had.

    Parameters
    ----------
    best : float
    towards : callable
        `math.floor` where more is stricter, `math.ceil` where less is.

    Examples
    --------
    >>> within_reach(2 / 3, math.floor), within_reach(1 / 3, math.ceil)
    ('0.6666', '0.3334')
    """
    unit = 10.0 ** (3 - math.floor(math.log10(best))) if best > 0.0 else 1.0
    return f"{towards(best * unit) / unit:.4g}"


def _unmet(constraint: str, cuts: _Cuts, best: float, towards: Callable[[float], int]) -> ScarceError:
    ask = within_reach(best, towards)
    return ScarceError("E253", constraint=constraint, rows=cuts.rows, best=best, ask=ask)


def _first_best(value: FloatArray) -> int:
    """Return the first of the best, and of those that differ from it by rounding only."""
    best = float(value.max())
    return int(np.argmax(value >= best - _SAME * max(abs(best), 1.0)))


def _check_level(name: str, level: float) -> None:
    if not 0.0 < level <= 1.0:
        raise ScarceError("E255", name=name, allowed="above 0 and at most 1", value=level)
