"""Two slopes on log-odds, one on each side of even odds, shrunk to the identity: beta calibration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from scarce.calibration.logistic import LEAST_SLOPE, SPREAD, evidence_of
from scarce.decision.arrays import FloatArray, Numbers, as_scores
from scarce.decision.stored import stored_count, stored_number
from scarce.errors import ScarceError
from scarce.evaluation.recalibration import fit_slopes

if TYPE_CHECKING:
    from collections.abc import Mapping

# Of .5, .75, 1 and 1.5, over the scores of benchmarks/calibration.py: more gains up to a third more where
# there is a bend, and costs twice as much or more where there is none.
BEND = 0.5


@dataclass(frozen=True)
class PenalisedBeta:
    """``log_odds -> intercept + slope_below * log p - slope_above * log(1 - p)``, p the sigmoid of log_odds.

    Both slopes are positive, so ranks stay as they are. Far below even odds it is a line of slope
    `slope_below`, far above one of `slope_above`; where both are equal it is `PenalisedLogistic`.

    Parameters
    ----------
    intercept : float
    slope_below, slope_above : float
        Above 0.
    positives : int
        Number of positive rows it was fitted on.

    References
    ----------
    Kull, Silva Filho and Flach 2017, "Beta calibration", equation 6.

    Examples
    --------
    >>> PenalisedBeta(0.0, 0.5, 2.0).log_odds([-20.0, 20.0]).round(6)
    array([-10.,  40.])
    """

    kind: ClassVar[str] = "beta"
    intercept: float = 0.0
    slope_below: float = 1.0
    slope_above: float = 1.0
    positives: int = 0

    def __post_init__(self) -> None:
        for name in ("slope_below", "slope_above"):
            slope = getattr(self, name)
            if not (math.isfinite(slope) and slope > 0.0):
                raise ScarceError("E255", name=name, allowed="above 0 and finite", value=slope)
        if not math.isfinite(self.intercept):
            raise ScarceError("E255", name="intercept", allowed="finite", value=self.intercept)

    @classmethod
    def fit(
        cls,
        log_odds: Numbers,
        target: Numbers,
        weight: Numbers | None = None,
        *,
        spread: tuple[float, float] = SPREAD,
        bend: float = BEND,
    ) -> PenalisedBeta:
        """Fit by penalised maximum likelihood.

        The prior is normal: the shift where the information is has standard deviation ``spread[0]``, the mean
        of the slopes about 1 has ``spread[1]``, as in `PenalisedLogistic.fit`, and their difference ``bend``
        times that, less where negatives stand for several rows each. Evidence counts as there.

        Parameters
        ----------
        log_odds : array-like of float, shape (n_rows,)
            Recovered log-odds of rows that the model was not fitted to.
        target : array-like of 0/1, shape (n_rows,)
        weight : array-like of float, shape (n_rows,), optional
            Rows of the population that each row stands for.
        spread : (float, float)
            Larger trusts the data more.
        bend : float
            Above 0; near 0 it is a line.

        Returns
        -------
        PenalisedBeta

        Raises
        ------
        ScarceError
            E351 without both classes; E258, E259, E350, E352 for malformed arrays.

        Notes
        -----
        No slope is under 0.05, whatever the rows say.

        Examples
        --------
        >>> scores = np.repeat([-4.0, -2.0, 2.0, 4.0], 8000)  # the truth is 1.8 %, 12.5 %, 75 % and 87.5 %
        >>> row = np.arange(8000)
        >>> target = np.concatenate([row % 55 == 0, row % 8 == 0, row % 4 > 0, row % 8 > 0])
        >>> beta = PenalisedBeta.fit(scores, target)
        >>> round(beta.slope_below, 1), round(beta.slope_above, 1)
        (1.1, 0.4)
        """
        scores, truth, evidence = evidence_of(log_odds, target, weight)
        negative = evidence[truth == 0.0]
        # the few negatives above even odds say where it bends; one that stands for ten is one all the same
        bend = bend / max(1.0, float((negative**2).sum() / negative.sum())) ** 0.5
        per_spread = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.0, -1.0, 1.0]])  # shift, mean, difference
        per_spread /= np.array([[spread[0]], [spread[1]], [bend * spread[1]]])
        penalty = per_spread.T @ per_spread
        intercept, (below, above) = fit_slopes(_sides, scores, truth, evidence, penalty, LEAST_SLOPE)
        return cls(intercept, float(below), float(above), int(np.count_nonzero(truth)))

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
        bend = (self.slope_above - self.slope_below) * np.log1p(np.exp(-np.abs(x)))
        return (
            self.intercept
            + self.slope_below * np.minimum(x, 0.0)
            + self.slope_above * np.maximum(x, 0.0)
            + bend
        )

    def describe(self) -> str:
        """Return the correction in one line."""
        return (
            f"{self.slope_below:.3f} log p - {self.slope_above:.3f} log(1 - p) {self.intercept:+.3f} "
            f"(fitted on {self.positives:,} positives)"
        )

    def to_dict(self) -> dict[str, object]:
        """Return what `calibration_from_dict` reads; JSON keeps every digit."""
        return {
            "kind": self.kind,
            "intercept": self.intercept,
            "slope_below": self.slope_below,
            "slope_above": self.slope_above,
            "positives": self.positives,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> PenalisedBeta:
        """Read what `to_dict` wrote.

        Parameters
        ----------
        stored : mapping

        Returns
        -------
        PenalisedBeta

        Raises
        ------
        ScarceError
            E256 for a value that is missing or of another type, E255 for a slope that is not above 0.
        """
        numbers = [
            stored_number(stored, key, "calibration") for key in ("intercept", "slope_below", "slope_above")
        ]
        return cls(*numbers, stored_count(stored, "positives", "calibration"))


def _sides(log_odds: FloatArray) -> FloatArray:
    """Return log p and -log(1 - p), which add up to the log-odds, as exact as they are."""
    rest = np.log1p(np.exp(-np.abs(log_odds)))
    return np.stack([np.minimum(log_odds, 0.0) - rest, np.maximum(log_odds, 0.0) + rest])
