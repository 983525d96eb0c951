"""How far a fitted cut moves when other rows are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.decision.arrays import FloatArray, IntArray

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
    [-0.1, 0.0]
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
