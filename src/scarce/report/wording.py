"""What the page calls things: those of a trial, or of a comparison of scores made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarce.trial.result import TrialResult


@dataclass(frozen=True)
class Wording:
    """The page's words, of a trial by default.

    Attributes
    ----------
    work : str
        What was done on the data.
    arm, other : str
        A thing compared, and one that is held against the control; ``s`` makes them many.
    control : str
        The control inside a sentence.
    kept : str
        What the chosen arm is called.
    alone : str
        What is said where there is nothing but the control.
    readings : str
        What the panels of reliability are.
    unseen : str
        Which rows the figures are of.
    details : str
        Heading of the section on the single arms.
    """

    work: str = "trial"
    arm: str = "arm"
    other: str = "treatment"
    control: str = "the control"
    kept: str = "saved model"
    alone: str = "The control stood alone: no treatment was asked for."
    readings: str = (
        "In turn: the raw output read as a probability, the closed-form recovery, and the calibration fitted "
        "on other folds."
    )
    unseen: str = "rows that the model was not fitted to"
    details: str = "What each treatment did"

    @classmethod
    def of(cls, result: TrialResult) -> Wording:
        """Return the words for a result."""
        if result.trained:
            return cls()
        return cls(
            work="comparison",
            arm="score",
            other="other score",
            control=result.control.name,
            kept="chosen score",
            alone="No other score was named.",
            readings="First the score as it came, where it is a probability; then calibrated on other folds.",
            unseen="rows that calibration and cut were not fitted to",
            details="What the scores say",
        )


def kept(result: TrialResult) -> str:
    """Return what the arm that is kept is called inside a sentence."""
    return Wording.of(result).control if result.winner is result.control else result.winner.name
