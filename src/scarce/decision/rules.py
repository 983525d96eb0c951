"""Decision rules: from log-odds to a flag, in words and as plain JSON.

Every rule flags the rows whose score is *above* a finite cut, so a decision about one row never depends
on which other rows happen to be beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias

import numpy as np

from scarce.decision.arrays import BoolArray, Numbers, as_scores, expit
from scarce.decision.capacity import CapacityRule, check_finite
from scarce.decision.cost_rule import CostRule
from scarce.decision.stored import optional_text, stored_count, stored_number, stored_text, stored_words
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scarce.decision.costs import Costs

Stored: TypeAlias = "dict[str, object]"


@dataclass(frozen=True)
class CutRule:
    """Flag a row when its log-odds are above a cut.

    Parameters
    ----------
    cut : float
        Log-odds, finite.
    aim : str
        What the cut was chosen for, in words.
    tuned_on : int
        Number of positive rows the cut was fitted on; 0 when it was given.
    note : str
        What else there is to say of the cut.

    Examples
    --------
    >>> CutRule(0.0, "given by hand").describe()
    'flag when p > 0.5 (given by hand)'
    """

    kind: ClassVar[str] = "cut"
    cut: float
    aim: str = "given by hand"
    tuned_on: int = 0
    note: str = ""

    def __post_init__(self) -> None:
        check_finite(self.cut)

    def flag(self, log_odds: Numbers, costs: Costs | None = None) -> BoolArray:
        """Decide about each row; costs change nothing.

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
        tuned = f", tuned on {self.tuned_on:,} positives" if self.tuned_on else ""
        tuned += f", {self.note}" if self.note else ""
        return f"flag when p > {self.threshold():.4g} ({self.aim}{tuned})"

    def to_dict(self) -> Stored:
        """Return what `rule_from_dict` reads; JSON keeps every digit."""
        stored: Stored = {"kind": self.kind, "cut": self.cut, "aim": self.aim, "tuned_on": self.tuned_on}
        return stored | stored_words(note=self.note)

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> CutRule:
        """Read what `to_dict` wrote.

        Parameters
        ----------
        stored : mapping

        Returns
        -------
        CutRule

        Raises
        ------
        ScarceError
            E256 for a value that is missing or of another type.
        """
        aim, note = stored_text(stored, "aim"), optional_text(stored, "note")
        return cls(stored_number(stored, "cut"), aim, stored_count(stored, "tuned_on"), note)


Rule: TypeAlias = CostRule | CutRule | CapacityRule


def rule_from_dict(stored: Mapping[str, object]) -> Rule:
    """Read any rule back.

    Parameters
    ----------
    stored : mapping
        What a rule's `to_dict` returned.

    Returns
    -------
    CostRule, CutRule or CapacityRule

    Raises
    ------
    ScarceError
        E256 for an unknown kind or a malformed value.

    Examples
    --------
    >>> rule_from_dict(CutRule(-3.0, "F1").to_dict())
    CutRule(cut=-3.0, aim='F1', tuned_on=0, note='')
    """
    readers: dict[str, Callable[[Mapping[str, object]], Rule]] = {
        CostRule.kind: CostRule.from_dict,
        CutRule.kind: CutRule.from_dict,
        CapacityRule.kind: CapacityRule.from_dict,
    }
    kind = stored.get("kind")
    if not isinstance(kind, str) or kind not in readers:
        raise ScarceError("E256", what="rule", reason=f"kind is {kind!r}")
    return readers[kind](stored)
