"""Flag a row when flagging is expected to cost less than not flagging."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias

import numpy as np

from scarce.decision.arrays import BoolArray, Numbers, as_scores, expit
from scarce.decision.capacity import check_finite
from scarce.decision.costs import CostSpec
from scarce.decision.stored import optional_text, stored_count, stored_mapping, stored_number, stored_words
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scarce.decision.costs import Costs

Stored: TypeAlias = "dict[str, object]"


@dataclass(frozen=True)
class CostRule:
    """Flag a row when flagging is expected to cost less than not flagging.

    ``log_odds + log(fn - tp) - log(fp - tn) > cut``. At cut 0 this is Bayes' rule; a cut fitted by
    `fit_cost_rule` makes up for what calibration left over.

    Parameters
    ----------
    cut : float
        On the cost score, finite.
    spec : CostSpec, optional
        The costs as written; None when they were arrays without names.
    tuned_on : int
        Number of positive rows the cut was fitted on; 0 for the Bayes cut.
    note : str
        What else there is to say of where the cut comes from.
    review : float
        The price of a third action, to have a row looked at before it is decided; 0 where there is none.
        A row is reviewed, and not flagged, where both decisions are expected to cost more than that:
        ``min(p (fn - tp), (1 - p) (fp - tn)) > review``.

    Raises
    ------
    ScarceError
        E362 where costs that are numbers never make a review worth its price.

    Examples
    --------
    >>> rule = CostRule(0.0, CostSpec(fn=100.0, fp=5.0))
    >>> rule.flag([-2.0, -4.0])
    array([ True, False])
    >>> rule.describe()
    'flag when p > 0.04762 (fn=100,fp=5; the cut that the costs give)'
    """

    kind: ClassVar[str] = "cost"
    cut: float = 0.0
    spec: CostSpec | None = None
    tuned_on: int = 0
    note: str = ""
    review: float = 0.0

    def __post_init__(self) -> None:
        check_finite(self.cut)
        if self.review > 0.0 and self.spec is not None and not self.spec.columns:
            check_price(self.review, self.spec.resolve({}))

    def flag(self, log_odds: Numbers, costs: Costs | None = None) -> BoolArray:
        """Decide about each row.

        Parameters
        ----------
        log_odds : array-like of float, shape (n_rows,)
            Calibrated log posterior odds.
        costs : Costs, optional
            Needed when the costs differ from row to row.

        Returns
        -------
        ndarray of bool, shape (n_rows,)

        Raises
        ------
        ScarceError
            E257 when the costs of the rows are needed and not given.
        """
        used = self._fixed_costs() if costs is None else costs
        flagged = used.score(as_scores(log_odds)) > self.cut
        return flagged & ~self.reviewed(log_odds, used) if self.review > 0.0 else flagged

    def reviewed(self, log_odds: Numbers, costs: Costs | None = None) -> BoolArray:
        """Say which rows are to be looked at before anything is decided.

        Parameters
        ----------
        log_odds : array-like of float, shape (n_rows,)
        costs : Costs, optional
            As of `flag`.

        Returns
        -------
        ndarray of bool, shape (n_rows,)
            All False for a rule without reviews.

        Raises
        ------
        ScarceError
            E257 when the costs of the rows are needed and not given.

        Examples
        --------
        >>> rule = CostRule(spec=CostSpec(fn=100.0, fp=50.0), review=5.0)
        >>> rule.flag([-4.0, 0.0, 4.0]), rule.reviewed([-4.0, 0.0, 4.0])
        (array([False, False,  True]), array([False,  True, False]))
        """
        scores = as_scores(log_odds)
        if self.review <= 0.0:
            return np.zeros(scores.size, dtype=np.bool_)
        used = self._fixed_costs() if costs is None else costs
        used.check_rows(scores.size)
        low, high = used.cuts_of_review(self.review)
        return (scores > low) & (scores < high)

    def describe(self, unit: str = "") -> str:
        """Return the rule in one line.

        Parameters
        ----------
        unit : str
            Unit of the costs, such as ``"EUR"``.

        Returns
        -------
        str
        """
        origin = "the cut that the costs give" if self.cut == 0.0 else "a factor given by hand"
        origin = f"cut tuned on {self.tuned_on:,} positives" if self.tuned_on else origin
        origin += f", {self.note}" if self.note else ""
        if self.review > 0.0:
            return self._with_reviews(unit)
        if self.spec is None:
            return f"flag when p * fn > {_factor(self.cut)}(1 - p) * fp ({origin})"
        written = self.spec.describe() + (f" {unit}" if unit else "")
        if self.spec.columns:
            miss = _difference(self.spec.fn, self.spec.tp)
            alarm = _difference(self.spec.fp, self.spec.tn)
            return f"flag when p * {miss} > {_factor(self.cut)}(1 - p) * {alarm} ({written}; {origin})"
        return f"flag when p > {self.threshold():.4g} ({written}; {origin})"

    def _with_reviews(self, unit: str) -> str:
        written = "" if self.spec is None else self.spec.describe()
        said = f"{written}, a review costs {self.review:.15g}{f' {unit}' if unit else ''}"
        said += f"; {self.note}" if self.note else ""
        if self.spec is None or self.spec.columns:
            by = "by cost" if self.cut == 0.0 else f"when p * fn > {_factor(self.cut)}(1 - p) * fp"
            return f"review when min(p * fn, (1 - p) * fp) > {self.review:.15g}, else flag {by} ({said})"
        low, high = expit(np.array(self._fixed_costs().cuts_of_review(self.review), dtype=np.float64))
        rest = "flag above, let pass below"
        if not low <= self.threshold() <= high:
            rest = f"else flag when p > {self.threshold():.4g}"
        return f"review when {low:.4g} < p < {high:.4g}, {rest} ({said})"

    def threshold(self) -> float:
        """Return the cut as a probability, for costs that are numbers.

        Returns
        -------
        float

        Raises
        ------
        ScarceError
            E257 when the costs differ from row to row: there is no one threshold.
        """
        shift = float(self._fixed_costs().score(np.zeros(1))[0])
        return float(expit(np.array([self.cut - shift]))[0])

    def to_dict(self) -> Stored:
        """Return what `rule_from_dict` reads; JSON keeps every digit."""
        spec = None if self.spec is None else self.spec.to_dict()
        stored: Stored = {"kind": self.kind, "cut": self.cut, "costs": spec, "tuned_on": self.tuned_on}
        stored |= stored_words(note=self.note)
        return stored | ({"review": self.review} if self.review > 0.0 else {})

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> CostRule:
        """Read what `to_dict` wrote.

        Parameters
        ----------
        stored : mapping

        Returns
        -------
        CostRule

        Raises
        ------
        ScarceError
            E256 for a value that is missing or of another type.
        """
        costs = stored.get("costs")
        spec = None if costs is None else CostSpec.from_dict(stored_mapping(stored, "costs"))
        review = stored_number(stored, "review") if "review" in stored else 0.0
        note = optional_text(stored, "note")
        return cls(stored_number(stored, "cut"), spec, stored_count(stored, "tuned_on"), note, review)

    def _fixed_costs(self) -> Costs:
        if self.spec is None or self.spec.columns:
            columns = "" if self.spec is None else ", ".join(self.spec.columns)
            raise ScarceError("E257", columns=columns or "fn and fp")
        return self.spec.resolve({})


def check_price(price: float, costs: Costs) -> None:
    """Raise E362 where a review at this price pays for no row.

    Parameters
    ----------
    price : float
    costs : Costs
    """
    most = costs.dearest_review
    if price >= most:
        raise ScarceError("E362", price=f"{price:.15g}", most=f"{most:.4g}")


def factor_of(cut: float) -> float:
    """Return the factor on the cost of a false alarm that a cut on the cost score comes to.

    Parameters
    ----------
    cut : float

    Examples
    --------
    >>> factor_of(0.0)
    1.0
    """
    return math.exp(min(cut, 700.0))


def _factor(cut: float) -> str:
    return "" if cut == 0.0 else f"{factor_of(cut):.3g} * "


def _difference(wrong: float | str, right: float | str) -> str:
    mistake = wrong if isinstance(wrong, str) else f"{wrong:.15g}"
    if right == 0.0:
        return mistake
    return f"({mistake} - {right if isinstance(right, str) else format(right, '.15g')})"
