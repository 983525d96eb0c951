"""A false-positive rate that holds on the next rows too, with a stated confidence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import FloatArray, Numbers, as_scores, as_target
from scarce.decision.rules import CutRule
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from scarce.decision.arrays import IntArray

CONFIDENCE = 0.95
"""With which a false-positive rate is guaranteed unless another is asked for."""


def fit_neyman_pearson(
    log_odds: Numbers, target: Numbers, rate: float, *, confidence: float = CONFIDENCE
) -> CutRule:
    """Choose the lowest cut whose true false-positive rate exceeds `rate` with chance 1 - confidence at most.

    The cut is the k-th smallest score of the n negatives, with the smallest k such that
    ``P(Binomial(n, 1 - rate) >= k) <= 1 - confidence`` (the umbrella algorithm of Tong, Feng and Li).

    Parameters
    ----------
    log_odds : array-like of float, shape (n_rows,)
        Of rows that neither the model nor its calibration saw.
    target : array-like of 0/1, shape (n_rows,)
    rate : float
        Between 0 and 1.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    CutRule

    Raises
    ------
    ScarceError
        E254 with fewer than ``log(1 - confidence) / log(1 - rate)`` negatives (59 for .05 at .95, 299 for
        .01), E255 for a level outside its domain or a cut at infinity.

    Notes
    -----
    The guarantee is for independent rows drawn like the future's, each counted once: there are no row
    weights, and duplicates or groups weaken it.

    References
    ----------
    Tong, Feng and Li (2018), Neyman-Pearson classification algorithms and NP receiver operating
    characteristics, Science Advances 4(2), Proposition 1.

    Examples
    --------
    >>> rule = fit_neyman_pearson(np.arange(100.0), np.zeros(100), rate=0.05)
    >>> rule.cut
    98.0
    """
    for name, level in (("rate", rate), ("confidence", confidence)):
        if not 0.0 < level < 1.0:
            raise ScarceError("E255", name=name, allowed="between 0 and 1", value=level)
    scores = as_scores(log_odds)
    positive = as_target(target, scores.size)
    negatives = np.sort(scores[~positive])
    check_negatives(negatives.size, rate, confidence)
    tail = _upper_tail(negatives.size, 1.0 - rate)
    place = int(np.argmax(tail <= 1.0 - confidence))
    aim = f"false-positive rate at most {rate:g} with confidence {confidence:g}"
    return CutRule(float(negatives[place - 1]), aim, int(np.count_nonzero(positive)))


def negatives_needed(rate: float, confidence: float) -> int:
    """Return how many negatives the guarantee takes, ``log(1 - confidence) / log(1 - rate)`` rounded up.

    Parameters
    ----------
    rate, confidence : float

    Returns
    -------
    int

    Examples
    --------
    >>> negatives_needed(0.05, 0.95), negatives_needed(0.01, 0.95)
    (59, 299)
    """
    return math.ceil(math.log1p(-confidence) / math.log1p(-rate))


def check_negatives(negatives: int, rate: float, confidence: float) -> None:
    """Raise E254 where so few negatives cannot bear the guarantee.

    Parameters
    ----------
    negatives : int
    rate, confidence : float
    """
    needed = negatives_needed(rate, confidence)
    if negatives < needed:
        raise ScarceError("E254", negatives=negatives, rate=rate, confidence=confidence, needed=needed)


def _upper_tail(n: int, p: float) -> FloatArray:
    """Return P(Binomial(n, p) >= k) for k = 0 ... n, added up from the small end."""
    k: IntArray = np.arange(n + 1)
    log_factorial = np.concatenate(([0.0], np.cumsum(np.log(k[1:]))))
    log_term = (
        log_factorial[n] - log_factorial - log_factorial[::-1] + k * math.log(p) + (n - k) * math.log1p(-p)
    )
    return np.cumsum(np.exp(log_term)[::-1])[::-1]
