"""One learner of a model: what it was trained to, how it is calibrated, and how much it counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.calibration import IDENTITY, Calibration
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scarce.learners.base import Fitted

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Member:
    """``log_odds = calibration(loss.log_odds(base_score + stored(features)) + offset)``, and its weight.

    Parameters
    ----------
    fitted : Fitted
        A trained learner, with its loss, base score and offset.
    calibration : Calibration
        Fitted on rows the learner had not seen, before it was weighed beside others.
    weight : float
        What its log-odds are multiplied by in the sum; above 0.

    Raises
    ------
    ScarceError
        E255 for a weight that is not above 0.
    """

    fitted: Fitted
    calibration: Calibration = IDENTITY
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.weight) and self.weight > 0.0):
            raise ScarceError("E255", name="weight", allowed="above 0 and finite", value=self.weight)

    def log_odds(self, logits: FloatArray) -> FloatArray:
        """Return calibrated log-odds behind raw outputs.

        Raises
        ------
        ScarceError
            E429 where they are no numbers.
        """
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            if not np.isfinite(logits).all():
                raise ScarceError("E429")
            recovered = self.fitted.log_odds(logits)
            if np.isnan(recovered).any():
                raise ScarceError("E429")
            return self.calibration.log_odds(recovered)


def blended(members: tuple[Member, ...], logits: list[FloatArray]) -> FloatArray:
    """Return the weighted sum of the members' log-odds behind the raw outputs of each.

    Raises
    ------
    ScarceError
        E429 where they are no numbers.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        parts = zip(members, logits, strict=True)
        total = sum(member.weight * member.log_odds(raw) for member, raw in parts)
    if np.isnan(total).any():
        raise ScarceError("E429")
    return np.asarray(total)
