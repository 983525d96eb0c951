"""Calibration: make recovered log-odds true on rows the model did not see.

>>> from scarce.calibration import fit_calibration
>>> calibration = fit_calibration([2.0, 1.0, -1.0, -2.0], [1, 0, 1, 0])
>>> calibration.log_odds([0.0]).round(2)
array([0.])
"""

from __future__ import annotations

from scarce.calibration.beta import PenalisedBeta
from scarce.calibration.fitting import (
    Calibration,
    calibration_from_dict,
    fit_calibration,
)
from scarce.calibration.logistic import IDENTITY, PenalisedLogistic
from scarce.calibration.prior import PriorEstimate, estimate_prior, shift_prior

__all__ = [
    "IDENTITY",
    "Calibration",
    "PenalisedBeta",
    "PenalisedLogistic",
    "PriorEstimate",
    "calibration_from_dict",
    "estimate_prior",
    "fit_calibration",
    "shift_prior",
]
