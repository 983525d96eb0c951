"""What is known of one arm: its scores out of fold, or how far it got."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from scarce.evaluation.estimate import Estimate

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ArmResult:
    """One arm (learner x treatment) over every repeat and fold.

    Attributes
    ----------
    name, summary : str
        ``"control"`` or a catalogue name with its parameters; one line of what it does.
    raw : ndarray, shape (n_repeats, n_rows)
        The learner's raw output in log-odds, as a reader would take it who recovers nothing. NaN where a row
        is in no test fold (splits by time), and throughout where it is a plain score made elsewhere.
    recovered : ndarray, shape (n_repeats, n_rows)
        Log-odds of the positive class after the closed-form recovery, out of fold.
    log_odds : ndarray, shape (n_repeats, n_rows)
        The same after calibration fitted on the other folds' rows.
    flagged : ndarray of bool, shape (n_repeats, n_rows)
        The decision: by the cut that the costs give, or without costs by one chosen on the other folds' rows.
    estimates : dict
        Metric name to value and 95 % interval, over the out-of-fold rows, averaged over repeats.
    steps : tuple of float
        Where on its path the training ended, one a fold: rounds, or a penalty; none for a score made
        elsewhere.
    seconds : float
        Time spent fitting, all folds.
    details : dict
        What the treatment resolved to: weights, shifts, base score (for "what each treatment did").
    learner, treatment : str
        Of which it is made; the treatment is ``""`` where there is none.
    storable : bool
        Whether a model file can hold it.
    """

    name: str
    summary: str
    raw: FloatArray
    recovered: FloatArray
    log_odds: FloatArray
    flagged: BoolArray
    estimates: dict[str, Estimate]
    steps: tuple[float, ...]
    seconds: float
    details: dict[str, Any] = field(default_factory=dict)
    learner: str = ""
    treatment: str = ""
    storable: bool = True


@dataclass(frozen=True)
class Candidate:
    """A plain model that might have been the control.

    Attributes
    ----------
    name, summary : str
    log_loss : float
        Of its recovered log-odds, calibrated across folds; NaN where it was given up after the race.
    difference, standard_error : float
        To the candidate with the least log-loss: paired, over rows or what is drawn with them.
    seconds : float
        Fitting time, all folds.
    chosen : bool
    """

    name: str
    summary: str
    log_loss: float
    difference: float
    standard_error: float
    seconds: float
    chosen: bool = False


@dataclass(frozen=True)
class Stopped:
    """A treatment that a budget left no time for: undecided."""

    name: str
    folds: int  # that it was trained on
    of: int
