"""How frequent positives are among rows without labels, and whether these rows look like that at all."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from scarce.calibration.logistic import LEAST_SLOPE, SPREAD, PenalisedLogistic
from scarce.calibration.prior import PriorEstimate, estimate_prior
from scarce.decision.enough_positives import TO_ESTIMATE_A_PREVALENCE
from scarce.evaluation.recalibration import fit_line
from scarce.monitoring.drift import SMALL_OF_SCORES, Drift, Part, drift
from scarce.monitoring.looks import over_looks

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.bundle.training_summary import Scored, TrainingSummary

    FloatArray = npt.NDArray[np.float64]

_LEAST_ALLOWANCE = 0.05
_OF_THE_DISTANCE = 2.0 / 7.0
"""With a quarter, 3 of 16 boosters did not fit 50,000 rows with three times the positives; with this 1."""

REPLICATES = 100
_SHARE = 0.5
"""Of the training's rows, how many are drawn for a replicate: the same rows made the model, whose own error
is about as large. With all of them the interval held the truth in 16 of 20 trials of 3,000 rows, with half in
20."""


class Prevalence(NamedTuple):
    """The estimate, and how well its assumption fits.

    Parameters
    ----------
    estimate : PriorEstimate
    fit : Drift
        Of the scores from any mixture of the training's positives and negatives.
    positives : float
        How many positives the training had; rows of evidence where they had weights.
    p_value : float
        Of no change since the training, whose prevalence is known from so many positives itself; it allows
        for the looks before.
    """

    estimate: PriorEstimate
    fit: Drift
    positives: float
    p_value: float

    @property
    def enough(self) -> bool:
        """Whether there were positives enough for the estimate to say anything."""
        return self.positives >= TO_ESTIMATE_A_PREVALENCE


def prevalence(
    log_odds: FloatArray, old: float, summary: TrainingSummary, level: float, look: int = 0
) -> Prevalence:
    """Estimate the prevalence under label shift.

    Parameters
    ----------
    log_odds : ndarray of float64, shape (n_rows,)
    old : float
        The prevalence they speak of.
    summary : TrainingSummary
    level : float
        The interval holds the truth but in this share of cases.
    look : int
        Of many, as in `over_looks`; the interval is that of these rows alone.
    """
    redrawn = redrawn_calibrations(summary, old, REPLICATES)
    estimate = estimate_prior(log_odds, old, redrawn=redrawn, level=level)
    fit = score_drift(log_odds, estimate.prior, summary, free=True)
    known = summary.positives.rows
    p_value = _p_value_of_change(estimate, known, level)
    return Prevalence(estimate, fit, known, over_looks(p_value, look))


def _p_value_of_change(estimate: PriorEstimate, known: float, level: float) -> float:
    """Return the p-value of a change, from the end of the interval that lies towards the old prevalence.

    By the normal law of the roots, as of counts: what is estimated of rare positives is skewed.
    """
    normal = NormalDist()
    prior, old = math.sqrt(estimate.prior), math.sqrt(estimate.old)
    end = math.sqrt(estimate.low if prior > old else estimate.high)
    error = abs(prior - end) / normal.inv_cdf(1.0 - 0.5 * level)
    return 2.0 * normal.cdf(-abs(prior - old) / math.hypot(error, 0.5 * old / math.sqrt(known)))


def score_drift(log_odds: FloatArray, prior: float, summary: TrainingSummary, *, free: bool) -> Drift:
    """Test whether scores are a mixture of the training's two classes, at this prevalence or at any.

    At any, what is let pass is as small as this model allows: nothing else warns of a wrong estimate.
    """
    weighed = zip((1.0 - prior, prior), (summary.own_negatives, summary.positives), strict=True)
    parts = [Part(weight, np.array(one.histogram.shares), one.rows) for weight, one in weighed]
    counts = summary.negatives.histogram.counts(log_odds)
    return drift(counts, parts, free=free, small=_allowance(summary) if free else SMALL_OF_SCORES)


def _allowance(summary: TrainingSummary) -> float:
    """Return the difference from every mixture that is let pass: more for a model that knows rows by heart.

    How differently the model itself and those that had not seen the rows judge negatives tells that.
    """
    own, unseen = (np.array(one.histogram.shares) for one in (summary.own_negatives, summary.negatives))
    both = np.maximum(0.5 * (own + unseen), np.finfo(float).tiny)
    apart = math.sqrt(float(((own - unseen) ** 2 / both).sum()))
    return min(max(_OF_THE_DISTANCE * apart, _LEAST_ALLOWANCE), SMALL_OF_SCORES)


def redrawn_calibrations(summary: TrainingSummary, prior: float, count: int) -> list[PenalisedLogistic]:
    """Return what other rows like those of the training would have made of the calibration.

    Rows are drawn within each class from its shares, and the line is fitted anew, shrunk as the calibration
    is; what the coarse bins themselves do to the line is taken out.
    """
    rng = np.random.default_rng(0)
    levels, classes = np.array(summary.levels), (summary.positives, summary.negatives)
    shares = [_known(one.histogram.shares) for one in classes]
    as_it_is = _line(levels, shares, summary.positives.rows, prior)
    found: list[PenalisedLogistic] = []
    for _ in range(count):
        line = _line(levels, [_redrawn(one, rng) for one in classes], summary.positives.rows, prior)
        slope = line.slope / as_it_is.slope
        found.append(PenalisedLogistic(line.intercept - slope * as_it_is.intercept, slope))
    return found


def _redrawn(scored: Scored, rng: np.random.Generator) -> FloatArray:
    rows = max(round(_SHARE * scored.rows), 1)
    return rng.multinomial(rows, _known(scored.histogram.shares)) / rows


def _known(shares: tuple[float, ...]) -> FloatArray:
    """Return the shares of the bins of numbers, which add up to 1."""
    known = np.array(shares[:-1])
    return known / known.sum()


def _line(levels: FloatArray, shares: list[FloatArray], positives: float, prior: float) -> PenalisedLogistic:
    """Fit the line to bins of positives and of negatives, with as much evidence as there are positives."""
    target = np.repeat([1.0, 0.0], levels.size)
    weight = positives * np.concatenate([shares[0], (1.0 - prior) / prior * shares[1]])
    line = fit_line(np.tile(levels, 2), target, weight, SPREAD)
    return PenalisedLogistic(line.intercept, max(line.slope, LEAST_SLOPE))
