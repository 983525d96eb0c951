"""Flag as many rows as can be worked through."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from scarce.decision.arrays import BoolArray, Numbers, as_scores, expit
from scarce.decision.cuts import falling_groups
from scarce.decision.stored import optional_text, stored_count, stored_number, stored_words
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scarce.decision.costs import Costs


@dataclass(frozen=True)
class CapacityRule:
    """Flag as many rows as can be worked through, the likeliest first.

    Parameters
    ----------
    cut : float
        Log-odds above which that share of the rows lay when the rule was fitted.
    share : float
        Share of the rows that can be flagged, in (0, 1].
    tuned_on : int
        Number of positive rows among those it was fitted on.
    words : str
        The capacity as it was asked for, such as ``"200 a day of 5,695 rows"``.
    note : str
        What else there is to say of the cut.

    Notes
    -----
    `flag` keeps the share on average, not in every batch. Where a day must not exceed its capacity, use
    `flag_batch`, whose answer about a row depends on the other rows of that day.

    Examples
    --------
    >>> rule = CapacityRule(cut=1.5, share=0.25)
    >>> rule.flag([2.0, 1.0, 3.0, 0.0]), rule.flag_batch([2.0, 1.0, 3.0, 0.0])
    (array([ True, False,  True, False]), array([False, False,  True, False]))
    """

    kind: ClassVar[str] = "capacity"
    cut: float
    share: float
    tuned_on: int = 0
    words: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        check_finite(self.cut)
        check_share(self.share)

    def flag(self, log_odds: Numbers, costs: Costs | None = None) -> BoolArray:
        """Decide about each row on its own; costs change nothing.

        Parameters
        ----------
        log_odds : array-like of float, shape (n_rows,)
        costs : Costs, optional
            Accepted so that all rules are called alike.

        Returns
        -------
        ndarray of bool, shape (n_rows,)
        """
        del costs
        return as_scores(log_odds) > self.cut

    def flag_batch(self, log_odds: Numbers) -> BoolArray:
        """Flag at most this share of the given rows; equal scores are never split.

        Parameters
        ----------
        log_odds : array-like of float, shape (n_rows,)

        Returns
        -------
        ndarray of bool, shape (n_rows,)
        """
        scores = as_scores(log_odds)
        room = math.floor(self.share * scores.size + 1e-9)
        order, starts = falling_groups(scores)
        ends = np.append(starts[1:], scores.size)
        fitting = ends[ends <= room]
        flags = np.zeros(scores.size, dtype=np.bool_)
        flags[order[: int(fitting[-1]) if fitting.size else 0]] = True
        return flags

    def threshold(self) -> float:
        """Return the cut as a probability."""
        return float(expit(np.array([self.cut]))[0])

    def describe(self, unit: str = "") -> str:
        """Return the rule in one line.

        Parameters
        ----------
        unit : str
            Not used: no money here.

        Returns
        -------
        str
        """
        del unit
        many = self.words or f"{float(f'{self.share * 10_000:.4g}'):,.10g} in 10,000 rows"
        note = f", {self.note}" if self.note else ""
        return f"flag the likeliest {many} (p > {self.threshold():.4g}{note})"

    def to_dict(self) -> dict[str, object]:
        """Return what `rule_from_dict` reads; JSON keeps every digit."""
        stored: dict[str, object] = {"kind": self.kind, "cut": self.cut, "share": self.share}
        return stored | {"tuned_on": self.tuned_on} | stored_words(words=self.words, note=self.note)

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> CapacityRule:
        """Read what `to_dict` wrote.

        Parameters
        ----------
        stored : mapping

        Returns
        -------
        CapacityRule

        Raises
        ------
        ScarceError
            E256 for a value that is missing or of another type, E255 for a share outside (0, 1].
        """
        return cls(
            stored_number(stored, "cut"),
            stored_number(stored, "share"),
            stored_count(stored, "tuned_on"),
            optional_text(stored, "words"),
            optional_text(stored, "note"),
        )


def check_share(share: float) -> None:
    """Raise E255 unless the share lies in (0, 1].

    Parameters
    ----------
    share : float

    Raises
    ------
    ScarceError
        E255.

    Examples
    --------
    >>> check_share(0.01)
    """
    if not 0.0 < share <= 1.0:
        raise ScarceError("E255", name="share", allowed="above 0 and at most 1", value=share)


def check_finite(cut: float) -> None:
    """Raise E255 unless the cut is finite: JSON has no infinity.

    Parameters
    ----------
    cut : float

    Raises
    ------
    ScarceError
        E255.

    Examples
    --------
    >>> check_finite(-3.0)
    """
    if not math.isfinite(cut):
        raise ScarceError("E255", name="cut", allowed="finite", value=cut)
