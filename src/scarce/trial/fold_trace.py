"""What one fold's test rows saw of one arm's training, as it is kept and found again."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scarce.errors.refusal import require

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.trial.paths import Trace


@dataclass(frozen=True)
class FoldTrace:
    """What one fold's test rows saw of one arm's training.

    Attributes
    ----------
    steps, losses : ndarray of float64, shape (n_steps,)
        Steps of the learner's path, rising or falling, and the test rows' log-loss after the shrunk line.
    kept : ndarray of float64, shape (n_kept,)
        The steps whose outputs are kept: those next to the best, and in the end the one that was chosen.
    logits, log_odds : ndarray of float64, shape (n_kept, n_test)
        Outputs before and after recovery.
    seconds : float
        Time of the fit.
    """

    steps: npt.NDArray[np.float64]
    losses: npt.NDArray[np.float64]
    kept: npt.NDArray[np.float64]
    logits: npt.NDArray[np.float64]
    log_odds: npt.NDArray[np.float64]
    seconds: float

    @classmethod
    def of(cls, seen: Trace, seconds: float) -> FoldTrace:
        """Return what a `Trace` holds in the end."""
        kept = list(seen.logits)
        return cls(
            np.array(seen.steps),
            np.array(seen.losses),
            np.array(kept),
            np.stack([seen.logits[step] for step in kept]),
            np.stack([seen.log_odds[step] for step in kept]),
            seconds,
        )

    @property
    def best(self) -> npt.NDArray[np.float64]:
        """The log-odds at the step whose loss is least, or the one next to it that is kept."""
        return self.nearest(self.steps[int(np.argmin(self.losses))])

    @property
    def is_whole(self) -> bool:
        """Whether there are outputs of more than the one step that was chosen."""
        return self.kept.size > 1 or self.steps.size == 1

    def nearest(self, step: float) -> npt.NDArray[np.float64]:
        """Return the log-odds at a step, or at the one next to it that is kept."""
        return self.log_odds[int(np.argmin(np.abs(self.kept - step)))]

    def without_outputs(self) -> FoldTrace:
        """Return the path alone, with the steps whose outputs there were."""
        return replace(self, logits=self.logits[:0].copy(), log_odds=self.log_odds[:0].copy())

    def at(self, step: float, other: FoldTrace | None = None) -> FoldTrace:
        """Return the same path with the outputs at one step alone.

        Parameters
        ----------
        step : float
        other : FoldTrace, optional
            A training to that step, where its outputs were not kept; its time is added.
        """
        if other is None and self.kept.size == 1:
            return self
        source = self if other is None else other
        place = np.flatnonzero(source.kept == step)
        seconds = self.seconds + (0.0 if other is None else other.seconds)
        outputs = {"logits": source.logits[place], "log_odds": source.log_odds[place]}
        return replace(self, kept=source.kept[place], seconds=seconds, **outputs)

    def check(self, rows: int) -> None:
        """Refuse what no fit gives.

        Raises
        ------
        RefusalError
            Unless there are steps with finite losses, and finite outputs of `rows` rows at some of them.
        """
        arrays = (self.steps, self.losses, self.kept, self.logits, self.log_odds)
        require(all(array.dtype == np.float64 for array in arrays), "its numbers are of another type")
        require(self.steps.ndim == 1 and self.steps.shape == self.losses.shape, "it has no path")
        require(self.kept.ndim == 1 and self.kept.size > 0, "it has no steps")
        shape = (self.kept.size, rows)
        require(self.logits.shape == shape and self.log_odds.shape == shape, "it is of other rows")
        require(all(np.isfinite(array).all() for array in arrays), "its numbers are not finite")
        require(
            type(self.seconds) is float and math.isfinite(self.seconds) and self.seconds >= 0.0,
            "it has no time",
        )
