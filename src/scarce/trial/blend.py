"""Several learners' calibrated log-odds, weighed: the strongest plain model is often none of them alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.calibration.logistic import IDENTITY, PenalisedLogistic, of_copies
from scarce.decision.arrays import expit
from scarce.evaluation.recalibration import evidence_scale
from scarce.trial.out_of_fold import OutOfFold

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from scarce.calibration import Calibration
    from scarce.trial.arms import Arm
    from scarce.trial.deciding import Judged

    FloatArray = npt.NDArray[np.float64]

SPREAD = 0.25
"""Standard deviation of a weight about the equal one before any row was seen."""

_LEAST = 0.01  # a weight below it is none


@dataclass(frozen=True)
class Weighed:
    """An arm that is kept, alone or as one of several.

    Attributes
    ----------
    arm : Arm
    scores : OutOfFold
        Its out-of-fold outputs.
    calibration : Calibration
        Applied before it is weighed; the identity where it is alone.
    weight : float
    """

    arm: Arm
    scores: OutOfFold
    calibration: Calibration = IDENTITY
    weight: float = 1.0


def blended(
    arms: Sequence[Arm], scores: Sequence[OutOfFold], judged: Judged
) -> tuple[OutOfFold, tuple[Weighed, ...]]:
    """Return what a blend says of every fold, learnt on the other folds, and its members by all of them.

    Parameters
    ----------
    arms : sequence of Arm
    scores : sequence of OutOfFold
        One for each.
    judged : Judged
        Which rows speak for which.
    """
    said = np.stack([one.recovered for one in scores])
    mixed = np.full(said.shape[1:], np.nan)
    for fold in range(judged.first_scored):  # nothing comes before: its rows only calibrate later ones
        first = judged.rows(0, fold)
        mixed[0, first] = said[:, 0, first].mean(axis=0)
    for repeat, fold in judged.scored_folds:
        others, rows = judged.others(repeat, fold), judged.rows(repeat, fold)
        lines, weights = weighed(arms, said[:, [repeat]][..., others], judged, others)
        mixed[repeat, rows] = weights @ calibrated(lines, said[:, repeat, rows])
    tested = np.flatnonzero((judged.fold_of >= 0).all(axis=0))
    lines, weights = weighed(arms, said[..., tested], judged, tested)
    members = tuple(
        Weighed(arm, one, line, float(weight))
        for arm, one, line, weight in zip(arms, scores, lines, weights, strict=True)
        if weight > 0.0
    )
    return OutOfFold(mixed, mixed, (), 0.0, sum(one.seconds for one in scores)), members


def weights_of(
    log_odds: FloatArray, target: FloatArray, weight: FloatArray, spread: float = SPREAD
) -> FloatArray:
    """Return the non-negative weights with the least log-loss, shrunk to equal ones while positives are few.

    Parameters
    ----------
    log_odds : ndarray of float64, shape (n_members, n_rows)
        Calibrated.
    target : ndarray of float64, shape (n_rows,)
    weight : ndarray of float64, shape (n_rows,)
        Rows of evidence.
    spread : float
        Larger trusts the data more.

    Returns
    -------
    ndarray of float64, shape (n_members,)

    Examples
    --------
    >>> target = np.tile([0.0, 0.0, 0.0, 1.0], 500)
    >>> good, none = 4.0 * target - 3.0, np.full(2000, -1.1)
    >>> weights_of(np.stack([good, none]), target, np.ones(2000)).argmax().__int__()
    0
    """
    from scipy.optimize import minimize

    equal = 1.0 / len(log_odds)

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        z = weights @ log_odds
        value = weight @ (np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z))) - target * z)
        away = (weights - equal) / spread
        gradient = log_odds @ (weight * (expit(z) - target)) + away / spread
        return float(value + 0.5 * away @ away), gradient

    start = np.full(len(log_odds), equal)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * start.size).x
    kept = np.where(found < _LEAST, 0.0, found)
    return kept if kept.any() else start


def weighed(
    arms: Sequence[Arm], said: FloatArray, judged: Judged, rows: npt.NDArray[np.int64]
) -> tuple[list[PenalisedLogistic], FloatArray]:
    """Return each arm's line and the weights, learnt on what some repeats say of some rows.

    Parameters
    ----------
    arms : sequence of Arm
    said : ndarray of float64, shape (n_arms, n_repeats, n_rows)
        Recovered log-odds.
    judged : Judged
    rows : ndarray of int64, shape (n_rows,)
    """
    n_members, copies, _ = said.shape
    said, rows = said.reshape(n_members, -1), np.tile(rows, copies)
    target = judged.target[rows].astype(np.float64)
    weight = np.ones(rows.size) if judged.weight is None else judged.weight[rows]
    lines = [
        PenalisedLogistic.fit(one, target, weight, spread=of_copies(arm.spread, copies))
        for arm, one in zip(arms, said, strict=True)
    ]
    evidence = weight * evidence_scale(weight[target > 0.0])
    return lines, weights_of(calibrated(lines, said), target, evidence / copies)


def calibrated(lines: Sequence[Calibration], said: FloatArray) -> FloatArray:
    """Return what several arms say, each after its own line."""
    return np.stack([line.log_odds(one) for line, one in zip(lines, said, strict=True)])
