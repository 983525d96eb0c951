"""The log-loss of candidates on rows they did not learn from, and how sure it is which one's is least."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.calibration.logistic import PenalisedLogistic
from scarce.evaluation.probability import log_loss_of_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from scarce.trial.design import Design

    FloatArray = npt.NDArray[np.float64]

_FEWEST, _REPLICATES = 40, 200
_NUMBERS = 100_000_000  # losses drawn in all
_STREAM = 8  # of random numbers


@dataclass(frozen=True)
class Losses:
    """Log-losses of several candidates on the same rows.

    Attributes
    ----------
    sums : ndarray, shape (n_candidates, n_units)
        Weighted, of what is drawn together: a row, or all rows of a unit.
    weight : float
        Of all rows.
    """

    sums: FloatArray
    weight: float

    @property
    def means(self) -> FloatArray:
        """The mean log-loss of each, shape (n_candidates,)."""
        return self.sums.sum(axis=1) / self.weight

    @property
    def differences(self) -> FloatArray:
        """By how much each is above the least."""
        return self.means - self.means.min()

    @property
    def errors(self) -> FloatArray:
        """The standard error of each one's paired difference to the least."""
        return _errors(self.sums) / self.weight

    @property
    def first_near_the_least(self) -> int:
        """The first candidate that is within one standard error of the least.

        Examples
        --------
        >>> Losses(np.array([[3.0, 3.0], [1.3, 0.9], [1.0, 1.0]]), 2.0).first_near_the_least
        1
        """
        return _first_near(self.sums)

    def optimism(self, seed: int) -> float:
        """Return by how much the choice flatters the loss of the one that is chosen, relative to it.

        Units are drawn with replacement, the choice is made again on them, and what the one chosen costs on
        all units is compared with what it seemed to cost. What the draw itself takes off or adds is the same
        for the one that was chosen on all, and is left out.
        """
        if len(self.sums) == 1:
            return 0.0
        rng = np.random.default_rng([seed, _STREAM])
        whole, chosen, excess = self.sums.sum(axis=1), self.first_near_the_least, []
        for _ in range(max(_FEWEST, min(_REPLICATES, _NUMBERS // self.sums.size))):
            drawn = self.sums * rng.poisson(1.0, self.sums.shape[1])
            flattered = whole - drawn.sum(axis=1)
            excess.append(flattered[_first_near(drawn)] - flattered[chosen])
        return float(np.mean(excess) / whole[chosen])


def losses_of(
    design: Design, recovered: Sequence[FloatArray], spreads: Sequence[tuple[float, float]]
) -> Losses:
    """Return the log-losses of recovered log-odds, each fold's calibrated by a line of the other folds.

    Parameters
    ----------
    design : Design
    recovered : sequence of ndarray, shape (n_repeats, n_rows)
        Of each candidate.
    spreads : sequence of (float, float)
        How far each one's line may go.
    """
    judged = design.judged
    log_odds = np.stack([calibrated(*one, design) for one in zip(recovered, spreads, strict=True)])
    scored = ~np.isnan(log_odds[0]).all(axis=0)
    weight = (np.ones(scored.size) if judged.weight is None else judged.weight)[scored]
    log_odds = log_odds[..., scored]
    positive = np.broadcast_to(judged.target[scored] == 1, log_odds.shape)
    losses = np.nanmean(log_loss_of_rows(positive, log_odds), axis=1) * weight
    units = np.arange(weight.size) if design.units is None else design.units[scored]
    _, place = np.unique(units, return_inverse=True)
    return Losses(np.stack([np.bincount(place, weights=one) for one in losses]), float(weight.sum()))


def calibrated(recovered: FloatArray, spread: tuple[float, float], design: Design) -> FloatArray:
    """Return log-odds, each fold's by a line of the other folds; NaN of what is not scored.

    Parameters
    ----------
    recovered : ndarray, shape (n_repeats, n_rows)
    spread : (float, float)
        How far the line may go.
    design : Design
    """
    judged = design.judged
    found = np.full(recovered.shape, np.nan)
    for repeat, fold in judged.scored_folds:
        others, rows = judged.others(repeat, fold), judged.rows(repeat, fold)
        weight = None if judged.weight is None else judged.weight[others]
        line = PenalisedLogistic.fit(recovered[repeat, others], judged.target[others], weight, spread=spread)
        found[repeat, rows] = line.log_odds(recovered[repeat, rows])
    return found


def _errors(sums: FloatArray) -> FloatArray:
    differences = sums - sums[int(sums.sum(axis=1).argmin())]
    n_units = sums.shape[1]
    return np.sqrt(n_units * differences.var(axis=1, ddof=1)) if n_units > 1 else np.zeros(len(sums))


def _first_near(sums: FloatArray) -> int:
    totals = sums.sum(axis=1)
    return int(np.flatnonzero(totals - totals.min() <= _errors(sums))[0])
