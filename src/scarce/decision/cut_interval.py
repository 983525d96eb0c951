"""How far a fitted cut moves when other rows are drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.rule_choice import RuleChoice, alike
from scarce.decision.rules import CapacityRule, CutRule
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.decision.arrays import FloatArray, IntArray, Numbers
    from scarce.decision.rules import Rule

_MANY = 200_000
"""Rows from which on half as many draws are made: each is a pass over them."""


def cut_interval(
    fit: Callable[[IntArray, FloatArray], float],
    score: FloatArray,
    units: IntArray,
    *,
    draws: int = 200,
    seed: int = 0,
) -> tuple[float, float] | None:
    """Return the interval that holds the cut of 95 % of resamples.

    Parameters
    ----------
    fit : callable
        Given rows and how often each is drawn, returns the cut. Rows come in the order of falling scores.
    score : ndarray of float64, shape (n_rows,)
        What is cut.
    units : ndarray of int, shape (n_rows,)
        Rows of one unit are drawn together.
    draws, seed : int

    Returns
    -------
    (float, float) or None
        None where more than half of the resamples allow no such cut.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> score = rng.normal(size=1000)
    >>> median = lambda rows, times: float(np.median(np.repeat(score[rows], times.astype(int))))
    >>> np.round(cut_interval(median, score, np.arange(1000)), 1).tolist()
    [-0.2, -0.0]
    """
    order = np.argsort(-score, kind="stable").astype(np.int64)
    names, unit = np.unique(units[order], return_inverse=True)
    rng, cuts = np.random.default_rng(seed), list[float]()
    tries = draws // 2 if score.size > _MANY else draws
    for _ in range(tries):
        times = np.bincount(rng.integers(names.size, size=names.size), minlength=names.size)[unit]
        drawn = np.flatnonzero(times)
        try:
            cuts.append(fit(order[drawn], times[drawn].astype(np.float64)))
        except ScarceError:  # this resample has too few rows of a class, or no such cut
            continue
    if len(cuts) < tries / 2:
        return None
    low, high = np.quantile(cuts, (0.025, 0.975))
    return float(low), float(high)


def fit_with_interval(
    choice: RuleChoice,
    log_odds: FloatArray,
    target: Numbers,
    weight: FloatArray | None = None,
    units: IntArray | None = None,
) -> Rule:
    """Fit a rule that is a cut on the log-odds, with the interval of the cut in its note.

    Parameters
    ----------
    choice : RuleChoice
        Any but a review.
    log_odds : ndarray of float64, shape (n_rows,)
    target : array-like of 0/1, shape (n_rows,)
    weight : ndarray of float64, shape (n_rows,), optional
    units : ndarray of int, shape (n_rows,), optional
        Rows of one unit are drawn together.

    Returns
    -------
    CutRule or CapacityRule

    Raises
    ------
    ScarceError
        As `RuleChoice.fit`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> log_odds = rng.normal(-3.0, 2.0, 2000)
    >>> target = rng.random(2000) < 1.0 / (1.0 + np.exp(-log_odds))
    >>> fit_with_interval(RuleChoice("recall", 0.8), log_odds, target).note
    'p > 0.107 to 0.165 in 95 % of resamples'
    """
    positive = np.asarray(target)
    unweighted = choice.option == "false_positive_rate" and alike(positive, weight)

    def fit(rows: IntArray, times: FloatArray) -> Rule:
        if unweighted:  # a guarantee counts each row once and knows no weights
            rows = np.repeat(rows, times.astype(np.int64))
            return choice.fit(log_odds[rows], positive[rows])
        drawn = times if weight is None else times * weight[rows]
        return choice.fit(log_odds[rows], positive[rows], drawn)

    apart = np.arange(log_odds.size)
    rule = fit(apart, np.ones(apart.size))
    found = cut_interval(
        lambda rows, times: fit(rows, times).cut, log_odds, apart if units is None else units
    )
    if found is None or not isinstance(rule, CutRule | CapacityRule):
        return rule
    low, high = (CutRule(cut).threshold() for cut in found)
    return replace(rule, note=f"p > {low:.3g} to {high:.3g} in 95 % of resamples")
