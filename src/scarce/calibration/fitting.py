"""Choose and fit a calibration, and read a stored one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from scarce.calibration.isotonic import Isotonic
from scarce.calibration.logistic import SPREAD, PenalisedLogistic
from scarce.decision.arrays import BoolArray, FloatArray, Numbers, as_scores, as_target, as_weight
from scarce.decision.enough_positives import TO_DRAW_A_CURVE
from scarce.errors import ScarceError
from scarce.evaluation.probability import log_loss_of_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Calibration: TypeAlias = PenalisedLogistic | Isotonic


def fit_calibration(
    log_odds: Numbers,
    target: Numbers,
    weight: Numbers | None = None,
    *,
    many_positives: int = TO_DRAW_A_CURVE,
    spread: tuple[float, float] = SPREAD,
) -> Calibration:
    """Fit the calibration that these rows can support.

    Under 1,000 positives that is `PenalisedLogistic`. From there on `Isotonic` is taken if its log-loss
    is lower on rows it was not fitted to: each random half of the rows is calibrated by the other.

    Parameters
    ----------
    log_odds : array-like of float, shape (n_rows,)
        Recovered log-odds of rows that the model was not fitted to.
    target : array-like of 0/1, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional
        Rows of the population that each row stands for.
    many_positives : int
        From how many positive rows `Isotonic` is considered.
    spread : (float, float)
        How far `PenalisedLogistic` may go from the identity; `UNSHRUNK` for what are no log-odds yet.

    Returns
    -------
    PenalisedLogistic or Isotonic
        Both have ``log_odds``, ``describe`` and ``to_dict``.

    Raises
    ------
    ScarceError
        E351 without both classes; E258, E259, E350, E352 for malformed arrays.

    Notes
    -----
    Fitted on the rows the model was trained on it makes things worse: give it out-of-fold log-odds.

    Examples
    --------
    >>> fit_calibration([2.0, 1.0, -1.0, -2.0], [1, 0, 1, 0]).kind
    'logistic'
    """
    scores = as_scores(log_odds)
    positive = as_target(target, scores.size)
    weights = as_weight(weight, scores.size)
    fit_logistic = partial(PenalisedLogistic.fit, spread=spread)
    line = fit_logistic(scores, positive, weights)
    if line.positives < many_positives:
        return line
    losses = [_held_out_loss(fit, scores, positive, weights) for fit in (fit_logistic, Isotonic.fit)]
    return Isotonic.fit(scores, positive, weights) if losses[1] < losses[0] else line


def calibration_from_dict(stored: Mapping[str, object]) -> Calibration:
    """Read any calibration back.

    Parameters
    ----------
    stored : mapping
        What `to_dict` returned.

    Returns
    -------
    PenalisedLogistic or Isotonic

    Raises
    ------
    ScarceError
        E256 for an unknown kind or a malformed value.

    Examples
    --------
    >>> calibration_from_dict(PenalisedLogistic(0.1, 0.9, 20).to_dict())
    PenalisedLogistic(intercept=0.1, slope=0.9, positives=20)
    """
    readers: dict[str, Callable[[Mapping[str, object]], Calibration]] = {
        PenalisedLogistic.kind: PenalisedLogistic.from_dict,
        Isotonic.kind: Isotonic.from_dict,
    }
    kind = stored.get("kind")
    if not isinstance(kind, str) or kind not in readers:
        raise ScarceError("E256", what="calibration", reason=f"kind is {kind!r}")
    return readers[kind](stored)


def _held_out_loss(
    fit: Callable[[FloatArray, BoolArray, FloatArray], Calibration],
    log_odds: FloatArray,
    target: BoolArray,
    weight: FloatArray,
) -> float:
    half = np.empty(log_odds.size, dtype=np.bool_)
    rng = np.random.default_rng(0)
    for rows in (np.flatnonzero(target), np.flatnonzero(~target)):
        # by chance, not every other row: neighbours in score would share their noise between the halves;
        # sorted first, so that the order the rows came in means nothing
        order = rows[np.lexsort((weight[rows], log_odds[rows]))]
        half[rng.permutation(order)] = np.arange(order.size) % 2 == 0
    total = 0.0
    for held in (half, ~half):
        calibrated = fit(log_odds[~held], target[~held], weight[~held]).log_odds(log_odds[held])
        total += float((weight[held] * log_loss_of_rows(target[held], calibrated)).sum())
    return total
