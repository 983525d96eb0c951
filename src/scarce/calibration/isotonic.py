"""A monotone curve on log-odds, for when there are positives enough to draw one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from scarce.calibration.logistic import PenalisedLogistic
from scarce.decision.arrays import FloatArray, IntArray, Numbers, as_scores, as_target, as_weight, expit
from scarce.decision.cuts import falling_groups
from scarce.decision.stored import stored_count, stored_numbers
from scarce.errors import ScarceError
from scarce.evaluation.probability import LOG_ODDS_CLIP
from scarce.evaluation.recalibration import evidence_scale

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEAST_SLOPE = 1e-3


@dataclass(frozen=True)
class Isotonic:
    """Isotonic regression, joined by straight lines that always rise.

    The blocks of isotonic regression become points (mean log-odds in, log-odds out); between them the
    map is linear and beyond them it has slope 1, so that no two scores become equal and no posterior
    becomes 0 or 1.

    Parameters
    ----------
    inputs, outputs : tuple of float
        At least two points, both strictly rising.
    positives : int
        Number of positive rows it was fitted on.

    Examples
    --------
    >>> curve = Isotonic((-4.0, 0.0), (-5.0, -1.0))
    >>> curve.log_odds([-6.0, -2.0, 3.0])
    array([-7., -3.,  2.])
    """

    kind: ClassVar[str] = "isotonic"
    inputs: tuple[float, ...]
    outputs: tuple[float, ...]
    positives: int = 0

    def __post_init__(self) -> None:
        rising = all((np.diff(points) > 0.0).all() for points in (self.inputs, self.outputs))
        if len(self.inputs) < 2 or len(self.inputs) != len(self.outputs) or not rising:
            raise ScarceError("E256", what="calibration", reason="its points do not rise")

    @classmethod
    def fit(cls, log_odds: Numbers, target: Numbers, weight: Numbers | None = None) -> Isotonic:
        """Fit by pooling adjacent violators, weighted, equal scores together.

        Each block's posterior is its share of positives with one more row at the posterior of
        `PenalisedLogistic`: that keeps blocks without positives off 0.

        Parameters
        ----------
        log_odds : array-like of float, shape (n_rows,)
            Recovered log-odds of rows that the model was not fitted to.
        target : array-like of 0/1, shape (n_rows,)
        weight : array-like of float, shape (n_rows,), optional

        Returns
        -------
        Isotonic

        Raises
        ------
        ScarceError
            As `PenalisedLogistic.fit`; E351 also when all scores are equal.

        Notes
        -----
        It follows chance while positives are few. `fit_calibration` does not use it under 1,000.
        """
        scores = np.clip(as_scores(log_odds), -LOG_ODDS_CLIP, LOG_ODDS_CLIP)
        positive = as_target(target, scores.size)
        weights = as_weight(weight, scores.size)
        line = PenalisedLogistic.fit(scores, positive, weights)
        weights = weights * evidence_scale(weights[positive])
        order, starts = falling_groups(-scores)
        mass = np.add.reduceat(weights[order], starts)
        found = np.add.reduceat(np.where(positive, weights, 0.0)[order], starts)
        kept = mass > 0.0
        points, mass, found = scores[order][starts][kept], mass[kept], found[kept]
        blocks = _blocks(found / mass, mass)
        sums = [np.add.reduceat(values, blocks) for values in (mass, found, mass * points)]
        centre = sums[2] / sums[0]
        prior = expit(line.log_odds(centre))
        level = np.log(sums[1] + prior) - np.log(sums[0] - sums[1] + (1.0 - prior))
        return cls(*_rising(centre, level, line), positives=int(np.count_nonzero(positive)))

    def log_odds(self, log_odds: Numbers) -> FloatArray:
        """Return calibrated log-odds.

        Parameters
        ----------
        log_odds : array-like of float, shape (n_rows,)

        Returns
        -------
        ndarray of float64, shape (n_rows,)
        """
        x = as_scores(log_odds)
        low, high = self.inputs[0], self.inputs[-1]
        inside = np.interp(x, self.inputs, self.outputs)
        return np.where(
            x < low, self.outputs[0] + (x - low), np.where(x > high, self.outputs[-1] + (x - high), inside)
        )

    def describe(self) -> str:
        """Return the correction in one line."""
        return f"isotonic curve of {len(self.inputs)} points (fitted on {self.positives:,} positives)"

    def to_dict(self) -> dict[str, object]:
        """Return what `calibration_from_dict` reads; JSON keeps every digit."""
        return {
            "kind": self.kind,
            "inputs": list(self.inputs),
            "outputs": list(self.outputs),
            "positives": self.positives,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> Isotonic:
        """Read what `to_dict` wrote.

        Parameters
        ----------
        stored : mapping

        Returns
        -------
        Isotonic

        Raises
        ------
        ScarceError
            E256 for a value that is missing or of another type, or points that do not rise.
        """
        return cls(
            tuple(stored_numbers(stored, "inputs", "calibration")),
            tuple(stored_numbers(stored, "outputs", "calibration")),
            stored_count(stored, "positives", "calibration"),
        )


def _blocks(share: FloatArray, mass: FloatArray) -> IntArray:
    """Return where each block of the isotonic fit starts."""
    from scipy.optimize import isotonic_regression  # half a second to import, and only needed here

    return np.asarray(isotonic_regression(share, weights=mass).blocks[:-1], dtype=np.int64)


def _rising(
    centre: FloatArray, level: FloatArray, line: PenalisedLogistic
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return points whose levels rise by at least a little of the step between their centres."""
    if centre.size == 1:
        # one block: no order was found among the scores, so keep the line's
        centre = np.array([centre[0] - 1.0, centre[0] + 1.0])
        level = line.log_odds(centre)
    base = _LEAST_SLOPE * centre
    level = np.maximum.accumulate(level - base) + base
    return tuple(float(x) for x in centre), tuple(float(y) for y in level)
