"""Choose and fit a calibration, and read a stored one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from scarce.calibration.beta import PenalisedBeta
from scarce.calibration.logistic import SPREAD, UNSHRUNK, PenalisedLogistic, of_copies
from scarce.decision.arrays import as_scores, as_target
from scarce.decision.enough_positives import TO_DRAW_A_CURVE
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scarce.decision.arrays import Numbers

Calibration: TypeAlias = PenalisedLogistic | PenalisedBeta


def fit_calibration(
    log_odds: Numbers,
    target: Numbers,
    weight: Numbers | None = None,
    *,
    many_positives: int = TO_DRAW_A_CURVE,
    spread: tuple[float, float] = SPREAD,
    copies: int = 1,
) -> Calibration:
    """Fit the calibration that these rows can support.

    Under 100 positives that is `PenalisedLogistic`, a line; from there on `PenalisedBeta`, which bends at
    even odds. Scores that are no log-odds yet (`UNSHRUNK`) have no even odds: theirs is a line.

    Parameters
    ----------
    log_odds : array-like of float, shape (n_rows,)
        Recovered log-odds of rows that the model was not fitted to.
    target : array-like of 0/1, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional
        Rows of the population that each row stands for.
    many_positives : int
        From how many positive rows `PenalisedBeta` is fitted.
    spread : (float, float)
        How far it may go from the identity; `UNSHRUNK` for what are no log-odds yet.
    copies : int
        How often each row is among these, as the rows of repeated folds are: it is counted once.

    Returns
    -------
    PenalisedLogistic or PenalisedBeta
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
    positives = int(as_target(target, as_scores(log_odds).size).sum()) // copies
    kind = PenalisedLogistic if positives < many_positives or spread == UNSHRUNK else PenalisedBeta
    fitted = kind.fit(log_odds, target, weight, spread=of_copies(spread, copies))
    return replace(fitted, positives=positives)


def calibration_from_dict(stored: Mapping[str, object]) -> Calibration:
    """Read any calibration back.

    Parameters
    ----------
    stored : mapping
        What `to_dict` returned.

    Returns
    -------
    PenalisedLogistic or PenalisedBeta

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
        PenalisedBeta.kind: PenalisedBeta.from_dict,
    }
    kind = stored.get("kind")
    if not isinstance(kind, str) or kind not in readers:
        raise ScarceError("E256", what="calibration", reason=f"kind is {kind!r}")
    return readers[kind](stored)
