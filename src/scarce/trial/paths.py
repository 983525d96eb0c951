"""Where along its path a fold's training ends, chosen by rows that its scores are not judged on.

A fold is trained on all its training rows, and its held rows look on: the log-loss after the shrunk
calibration line is noted at every step. The step of a fold is where the *other* folds' summed losses are
least, so that no positive is held back from the training and no row chooses the step of its own scores.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from scarce.calibration.logistic import SPREAD
from scarce.evaluation.probability import LOG_ODDS_CLIP, log_loss_of_rows
from scarce.evaluation.recalibration import evidence_scale, fit_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

PATIENCE = 3
"""Steps without a lower loss that end a path."""

LEAST_STEPS = 10
"""Of a path: its first steps lie close together, and their losses rise and fall by chance."""

_NUMBERS_KEPT = 250_000
_STEPS_KEPT = 9  # a step that the other folds choose is often four away: fewer, and a fold is trained again


@dataclass
class Trace:
    """What one fold's held rows saw of a training: a `scarce.learners.base.Watch`.

    Attributes
    ----------
    target, weight : ndarray of float64, shape (n_held,)
        Their labels and population weights.
    halted : callable
        Whether the training is to end at once.
    spread : (float, float)
        How far the line may go from the identity.
    steps : list of float
        Steps gone through.
    losses : list of float
        The summed log-loss of the held rows at each, after the shrunk line that fits them best.
    logits, log_odds : dict
        The outputs at some of the steps, those next to the best.
    """

    target: FloatArray
    weight: FloatArray
    halted: Callable[[], bool] = bool
    spread: tuple[float, float] = SPREAD
    steps: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    logits: dict[float, FloatArray] = field(default_factory=dict)
    log_odds: dict[float, FloatArray] = field(default_factory=dict)

    def __call__(self, step: float, logits: FloatArray, log_odds: FloatArray) -> bool:
        """Note a step, and say whether to go on."""
        self.steps.append(step)
        self.losses.append(shrunk_log_loss(log_odds, self.target, self.weight, self.spread))
        self.logits[step], self.log_odds[step] = logits.copy(), log_odds.copy()
        best = int(np.argmin(self.losses))
        self._forget(best)
        gone = len(self.losses)
        return (gone < LEAST_STEPS or gone - 1 - best < PATIENCE) and not self.halted()

    def _forget(self, best: int) -> None:
        """Drop the outputs furthest from the best step, where there are too many."""
        while len(self.logits) * self.target.size > most_numbers(self.target.size):
            kept = [self.steps.index(step) for step in self.logits]
            furthest = self.steps[max(kept, key=lambda place: abs(place - best))]
            del self.logits[furthest], self.log_odds[furthest]


def most_numbers(rows: int) -> int:
    """Return how many logits of so many rows are kept, all steps together.

    Examples
    --------
    >>> most_numbers(100), most_numbers(100_000)
    (250000, 900000)
    """
    return max(_STEPS_KEPT * rows, _NUMBERS_KEPT)


def shrunk_log_loss(
    log_odds: FloatArray, target: FloatArray, weight: FloatArray, spread: tuple[float, float] = SPREAD
) -> float:
    """Return the summed log-loss after the shrunk calibration line that fits these rows best.

    Parameters
    ----------
    log_odds, target, weight : ndarray of float64, shape (n_rows,)
    spread : (float, float)
        How far the line may go from the identity.
    """
    if not weight.any():
        return 0.0
    scores = np.clip(log_odds, -LOG_ODDS_CLIP, LOG_ODDS_CLIP)
    positive = target > 0.0
    counted = weight[positive & (weight > 0.0)]
    evidence = weight * evidence_scale(counted) if counted.size else weight
    line = fit_line(scores, target, evidence, spread)
    calibrated = line.intercept + line.slope * scores
    return float(weight @ log_loss_of_rows(positive, calibrated))


def chosen_step(steps: Sequence[float], losses: Sequence[Sequence[float]]) -> float:
    """Return the step at which several folds' losses sum to least; the first of equals.

    Parameters
    ----------
    steps : sequence of float
        The whole path.
    losses : sequence of sequences
        Of each fold, as far as it went; its last loss stands for what lies beyond.

    Examples
    --------
    >>> chosen_step((10.0, 20.0, 40.0), [[3.0, 2.0, 2.5], [3.0, 2.5]])
    20.0
    """
    longest = max(map(len, losses))
    summed = np.sum([[*fold, *[fold[-1]] * (longest - len(fold))] for fold in losses], axis=0)
    return steps[int(np.argmin(summed))]
