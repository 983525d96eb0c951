"""Checks of features that may tie the rows of random folds together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scarce.data.checks.finding import Finding
from scarce.data.suggestion import listed

if TYPE_CHECKING:
    from scarce.data.checks.suspects import Suspect


@dataclass(frozen=True)
class TiedRows:
    """Features of one role that may make random folds too easy: a note names them and the option to try.

    Attributes
    ----------
    code : str
    role : str
        ``"time"`` or ``"group"``.
    looks : str
        What such a feature looks like.
    learns : str
        What a model learns on random folds.
    use : str
        When the option is right.
    """

    code: str
    role: str
    looks: str
    learns: str
    use: str

    def find(self, suspects: list[Suspect]) -> Finding | None:
        """Return a note that names the columns."""
        found = [suspect for suspect in suspects if suspect.role == self.role]
        if not found:
            return None
        names = tuple(suspect.column for suspect in found)
        message = f"{self.looks}: {listed(names)}; folds at random let a model learn from {self.learns}"
        hint = f"if the rows to be scored {self.use}: {found[0].option}"
        return Finding(self.code, "note", message, hint, names)


SUSPECT_CHECKS = (
    TiedRows(
        "D025",
        "time",
        "a time, or the rows happen to be sorted by it",
        "later rows",
        "come later, and it is a time",
    ),
    TiedRows(
        "D026",
        "group",
        "rows of one value have one label more often than chance gives it to them",
        "other rows of the same value",
        "have other values, as of new customers",
    ),
)
