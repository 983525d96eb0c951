"""Move posteriors to another prevalence, given or estimated from unlabelled rows.

Both assume *label shift*: positives look as they did, there are just more or fewer of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import FloatArray, Numbers, as_scores, as_weight
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scarce.calibration.fitting import Calibration

_STEP = 0.05  # in log-odds: rows so near to one another are drawn together


def shift_prior(log_odds: Numbers, old: float, new: float) -> FloatArray:
    """Return log-odds at another prevalence, ``log_odds + logit(new) - logit(old)``.

    Parameters
    ----------
    log_odds : array-like of float, shape (n_rows,)
        Calibrated at prevalence `old`.
    old, new : float
        Between 0 and 1.

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Raises
    ------
    ScarceError
        E255 for a prevalence outside (0, 1).

    Examples
    --------
    >>> shift_prior([0.0], old=0.5, new=0.001).round(3)
    array([-6.907])
    """
    return as_scores(log_odds) + (_logit("new prior", new) - _logit("old prior", old))


@dataclass(frozen=True)
class PriorEstimate:
    """A prevalence estimated from unlabelled rows, under label shift.

    Parameters
    ----------
    prior : float
        Maximum likelihood.
    low, high : float
        The interval, of the confidence that was asked for; it holds only if label shift does.
    old : float
        The prevalence the posteriors were calibrated at.
    log_likelihood_ratio : float
        How much better `prior` explains the scores than `old`, in nats.

    Examples
    --------
    >>> PriorEstimate(0.02, 0.01, 0.03, 0.001, 12.0).moved
    True
    """

    prior: float
    low: float
    high: float
    old: float
    log_likelihood_ratio: float

    @property
    def moved(self) -> bool:
        """Whether the old prevalence lies outside the interval."""
        return not self.low <= self.old <= self.high

    def describe(self) -> str:
        """Return the estimate and its assumption in one line."""
        change = "differs from" if self.moved else "is compatible with"
        return (
            f"prevalence {self.prior:.4g} [{self.low:.4g}, {self.high:.4g}] {change} {self.old:.4g}, "
            "assuming that positives still look the same"
        )


def estimate_prior(
    log_odds: Numbers,
    old: float,
    weight: Numbers | None = None,
    *,
    redrawn: Sequence[Calibration] = (),
    level: float = 0.05,
    seed: int = 0,
) -> PriorEstimate:
    """Estimate the prevalence of unlabelled rows (Saerens, Latinne and Decaestecker 2002).

    Maximises ``sum w log(1 + pi (r - 1))``, where ``r = (1 - old)/old * p/(1 - p)`` is the likelihood
    ratio of a row over that of a negative. It is concave in `pi`; the maximum is where their EM
    iteration converges to, found here by bisection.

    Parameters
    ----------
    log_odds : array-like of float, shape (n_rows,)
        Calibrated at prevalence `old`, of rows the model was not fitted to.
    old : float
        Between 0 and 1.
    weight : array-like of float, shape (n_rows,), optional
    redrawn : sequence of calibrations
        What other rows would have made of the calibration, as maps of `log_odds`. Each stands for a
        replicate of the bootstrap, in which the rows are drawn anew too.
    level : float
        Of intervals one minus this is meant to hold the truth.
    seed : int
        Of the rows that are drawn.

    Returns
    -------
    PriorEstimate
        Its interval is that of the profile likelihood, which takes the calibration for granted; with
        `redrawn` each end is the farther one of that and the bootstrap's, which knows no prevalence near 0.

    Raises
    ------
    ScarceError
        E255 for a prevalence or a level outside (0, 1) or when there are no rows.

    Notes
    -----
    Where positives have changed, or the model is not calibrated and `redrawn` does not say by how much, the
    answer is wrong and its interval does not show it. Treat it as an assumption to check with labels.

    Examples
    --------
    >>> calibrated = np.repeat([-3.0, 3.0], [900, 100])
    >>> round(estimate_prior(calibrated, old=0.5).prior, 3)
    0.058
    """
    scores = as_scores(log_odds)
    weights = as_weight(weight, scores.size)
    if not weights.sum() > 0.0:
        raise ScarceError("E255", name="total weight of the rows", allowed="above 0", value=0.0)
    ratio = scores - _logit("old prior", old)
    _logit("level", level)
    best = _most_likely(ratio, weights)
    peak = _log_likelihood(ratio, weights, best)
    half_chi_square = 0.5 * NormalDist().inv_cdf(1.0 - 0.5 * level) ** 2

    def drop(prior: float) -> float:
        return _log_likelihood(ratio, weights, prior) - (peak - half_chi_square)

    low = 0.0 if drop(0.0) >= 0.0 else _root(lambda prior: -drop(prior), 0.0, best)
    high = 1.0 if drop(1.0) >= 0.0 else _root(drop, best, 1.0)
    if redrawn:
        drawn = _bootstrap(scores, weights, old, redrawn, seed)
        ends = np.quantile(drawn, [0.5 * level, 1.0 - 0.5 * level])
        low, high = min(low, float(ends[0])), max(high, float(ends[1]))
    return PriorEstimate(best, low, high, old, peak - _log_likelihood(ratio, weights, old))


def _most_likely(ratio: FloatArray, weight: FloatArray) -> float:
    return _root(lambda prior: _slope(ratio, weight, prior), 0.0, 1.0)


def _bootstrap(
    scores: FloatArray, weight: FloatArray, old: float, redrawn: Sequence[Calibration], seed: int
) -> list[float]:
    """Return the estimate of each replicate: rows drawn anew, under a calibration that was drawn anew."""
    rng = np.random.default_rng(seed)
    bins, place = np.unique(np.round(scores / _STEP), return_inverse=True)
    share = np.bincount(place, weight, bins.size) / weight.sum()
    n_rows = round(float(weight.sum() ** 2 / (weight**2).sum()))
    found: list[float] = []
    for calibration in redrawn:
        ratio = calibration.log_odds(bins * _STEP) - _logit("old prior", old)
        found.append(_most_likely(ratio, rng.multinomial(n_rows, share).astype(np.float64)))
    return found


def _log_likelihood(ratio: FloatArray, weight: FloatArray, prior: float) -> float:
    """Return sum w log((1 - prior) + prior r), with r in logs."""
    with np.errstate(divide="ignore"):
        terms = np.logaddexp(np.log1p(-prior), np.log(prior) + ratio)
    used = weight > 0.0
    return float((weight[used] * terms[used]).sum())


def _slope(ratio: FloatArray, weight: FloatArray, prior: float) -> float:
    """Return the derivative in the prior, (r - 1) / (1 + prior (r - 1)), r large or small alike."""
    small = np.exp(-np.abs(ratio))
    above = (1.0 - small) / (prior + (1.0 - prior) * small)
    below = (small - 1.0) / ((1.0 - prior) + prior * small)
    return float((weight * np.where(ratio > 0.0, above, below)).sum())


def _root(falling: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function falls through 0, by bisection; an end when it does not."""
    for _ in range(200):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        if falling(middle) > 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _logit(name: str, prior: float) -> float:
    if not 0.0 < prior < 1.0:
        raise ScarceError("E255", name=name, allowed="between 0 and 1", value=prior)
    return math.log(prior) - math.log1p(-prior)
