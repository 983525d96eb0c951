"""One score made elsewhere: what its numbers are, and the log-odds that they come to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scarce.data.suggestion import counted
from scarce.decision.arrays import log_odds_of
from scarce.errors import ScarceError
from scarce.evaluation.probability import LOG_ODDS_CLIP, clipped_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]

PROBABILITY, LOG_ODDS, SCORE = "probability", "log-odds", "score"
KINDS = (PROBABILITY, LOG_ODDS, SCORE)
_SUMMARIES = {
    PROBABILITY: "read as a probability",
    LOG_ODDS: "read as log-odds",
    SCORE: "a plain score: larger means more likely positive, and nothing else is taken from it",
}


def kinds_of(scores: Collection[str], kinds: Sequence[str]) -> list[str | None]:
    """Return what each score is said to be; None where nothing is.

    Raises
    ------
    ScarceError
        ``E204`` for a word that is none of `KINDS`, ``E221`` where they are not as many as the scores.

    Examples
    --------
    >>> kinds_of(["old", "new"], ["score"]), kinds_of(["old"], [])
    (['score', 'score'], [None])
    """
    for kind in kinds:
        if kind not in KINDS:
            known = ", ".join(KINDS)
            raise ScarceError(
                "E204",
                option="--scores-are",
                value=kind,
                reason="scores are nothing of that name",
                suggestion=f"say one of {known} (in Python: scores_are=)",
            )
    if not kinds:
        return [None] * len(scores)
    if len(kinds) not in (1, len(scores)):
        said, named = counted(len(kinds), "word is", "words are"), counted(len(scores), "is", "are")
        raise ScarceError("E221", words=said, scores=named)
    return [*kinds] if len(kinds) == len(scores) else [*kinds] * len(scores)


@dataclass(frozen=True)
class ScoreColumn:
    """A score with its reading.

    Attributes
    ----------
    name : str
    kind : str
        One of `KINDS`.
    values : ndarray of float64, shape (n_rows,)
        As they came.
    raw : ndarray of float64, shape (n_rows,)
        The log-odds that it says, clipped; NaN for a plain score, which says none.
    log_odds : ndarray of float64, shape (n_rows,)
        What is calibrated: the same for its population, or a plain score standardised.
    clipped : int
        Rows that said 0 or 1, or next to it.
    """

    name: str
    kind: str
    values: FloatArray
    raw: FloatArray
    log_odds: FloatArray
    clipped: int = 0

    @classmethod
    def read(
        cls,
        name: str,
        values: FloatArray,
        kind: str | None,
        counts: BoolArray,
        source: str,
        where: Callable[[int], str],
    ) -> ScoreColumn:
        """Check a score and read it.

        Parameters
        ----------
        name : str
        values : ndarray of float64, shape (n_rows,)
        kind : str or None
            One of `KINDS`; None takes values in [0, 1] for probabilities, and asks about others.
        counts : ndarray of bool, shape (n_rows,)
            Rows of some weight.
        source : str
            What errors call the data.
        where : callable
            Names the place of a row.

        Raises
        ------
        ScarceError
            ``E216`` for a gap, ``E217`` for a plain score that is not finite, ``E218`` for a probability
            outside [0, 1], ``E219`` where nobody says what it is, ``E220`` where all rows have one value.
        """
        place = {"column": name, "source": source}
        gap = np.isnan(values)
        if gap.any():
            rows = counted(int(gap.sum()), "row", "rows")
            raise ScarceError("E216", **place, rows=rows, where=where(int(gap.argmax())))
        low, high = float(values[counts].min()), float(values[counts].max())
        if low == high:
            raise ScarceError("E220", **place, value=f"{low:g}")
        outside = (values < 0.0) | (values > 1.0)
        if kind is None and outside.any():
            raise ScarceError("E219", **place, low=f"{values.min():g}", high=f"{values.max():g}")
        kind = kind or PROBABILITY
        wrong, code = {
            PROBABILITY: (outside, "E218"),
            LOG_ODDS: (gap, ""),
            SCORE: (np.isinf(values), "E217"),
        }[kind]
        if wrong.any():
            row = int(wrong.argmax())
            raise ScarceError(code, **place, value=f"{values[row]:g}", where=where(row))
        if kind == SCORE:
            return cls(name, kind, values, np.full(values.size, np.nan), _standardised(values, counts))
        log_odds = log_odds_of(values) if kind == PROBABILITY else values
        clipped = np.clip(log_odds, -LOG_ODDS_CLIP, LOG_ODDS_CLIP)
        return cls(name, kind, values, clipped, clipped, clipped_rows(log_odds))

    def moved(self, shift: float, prevalence: float) -> ScoreColumn:
        """Return the score for its population.

        Parameters
        ----------
        shift : float
            What another prior adds to log-odds.
        prevalence : float
            Where a plain score, which says nothing of it, is centred.
        """
        by = float(log_odds_of([prevalence])[0]) if self.kind == SCORE else shift
        return replace(self, log_odds=self.log_odds + by)

    @property
    def summary(self) -> str:
        """One line for the report."""
        return _SUMMARIES[self.kind]

    @property
    def note(self) -> str:
        """How many rows were clipped; empty where none was."""
        if not self.clipped:
            return ""
        rows = counted(self.clipped, "row", "rows")
        return f"{self.name!r} says 0 or 1, or next to it, in {rows}: taken as 1e-15 and 1 - 1e-15"

    def in_its_own_unit(self, flagged: BoolArray) -> str:
        """Return where the flags begin on the score as it came; empty where that is not one number.

        Examples
        --------
        >>> column = ScoreColumn("old", SCORE, np.array([1.0, 2.0, 3.5]), np.zeros(3), np.zeros(3))
        >>> column.in_its_own_unit(np.array([False, False, True]))
        '; that is: old above 3'
        """
        if not flagged.any() or flagged.all():
            return ""
        below, above = float(self.values[~flagged].max()), float(self.values[flagged].min())
        if below >= above:
            return ""
        middle = below + (above - below) / 2.0
        written = (f"{middle:.{digits}g}" for digits in range(1, 18))
        cut = next((text for text in written if below <= float(text) < above), f"{below:.17g}")
        return f"; that is: {self.name} above {cut}"


def _standardised(values: FloatArray, counts: BoolArray) -> FloatArray:
    """Return a score with mean 0 and standard deviation 1 over the rows that count."""
    inside = values / np.abs(values).max()  # or the squares of huge scores would be infinite
    return (inside - inside[counts].mean()) / inside[counts].std()
