"""Which rule a user asks for, before any score is seen: an aim and its level."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision import aims
from scarce.decision.arrays import as_target, as_weight
from scarce.decision.cost_rule import CostRule, check_price
from scarce.decision.neyman_pearson import CONFIDENCE, check_negatives, fit_neyman_pearson
from scarce.errors import ScarceError
from scarce.number_grammar import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.decision.arrays import Numbers
    from scarce.decision.costs import Costs
    from scarce.decision.rules import Rule


def _f_beta(log_odds: Numbers, target: Numbers, level: float, weight: Numbers | None = None) -> Rule:
    return aims.fit_f_beta(log_odds, target, weight, beta=level)


AIMS: dict[str, Callable[..., Rule]] = {
    "f_beta": _f_beta,
    "precision_at_least": aims.fit_precision_at_least,
    "recall_at_least": aims.fit_recall_at_least,
    "false_positive_rate_at_most": aims.fit_false_positive_rate_at_most,
    "capacity": aims.fit_capacity,
}
"""Fits a rule to scores, target, level and weight."""

OPTIONS = {
    "capacity": "capacity",
    "precision": "precision_at_least",
    "recall": "recall_at_least",
    "false_positive_rate": "false_positive_rate_at_most",
    "fbeta": "f_beta",
    "review": "review",
}
"""What a user writes, and the aim that it stands for."""


@dataclass(frozen=True)
class RuleChoice:
    """An aim and its level, checked; fitted to scores later.

    Parameters
    ----------
    option : str
        A key of `OPTIONS`.
    level : float
        The precision, recall, rate, beta, price, or capacity.
    counted : bool
        Whether a capacity counts rows; else it is a share of them.
    words : str
        How a capacity was asked for, once it has become a share.

    Examples
    --------
    >>> RuleChoice.of(capacity="0.5%")
    RuleChoice(option='capacity', level=0.005, counted=False, words='')
    >>> RuleChoice.of(precision=0.5).fit([3.0, 2.0, 1.0], [1, 0, 0]).cut
    2.5
    """

    option: str
    level: float
    counted: bool = False
    words: str = ""

    @classmethod
    def of(cls, **given: float | str | None) -> RuleChoice | None:
        """Return the one rule that is asked for, None where none is.

        Parameters
        ----------
        **given : float, str or None
            Levels by the names in `OPTIONS`; a capacity may be text, such as ``"0.5%"``.

        Raises
        ------
        ScarceError
            E360 for two rules, E301 for a level outside its domain.
        """
        asked = {name: value for name, value in given.items() if value is not None}
        if not asked:
            return None
        if len(asked) > 1:
            raise ScarceError("E360", rules=" and ".join(asked).replace("_", "-"))
        ((name, value),) = asked.items()
        percent = name == "capacity" and isinstance(value, str) and value.strip().endswith("%")
        level = _level(value.strip().removesuffix("%") if percent and isinstance(value, str) else value)
        counted = name == "capacity" and level is not None and level >= 1.0 and not percent
        if level is not None and percent:
            level /= 100.0
        if level is None or not _allowed(name, level, counted):
            option = name.replace("_", "-")
            raise ScarceError("E301", option=option, value=value, allowed=_DOMAINS.get(name, _SHARE))
        return cls(name, level, counted)

    @property
    def aim(self) -> str:
        """The aim that the option stands for."""
        return OPTIONS[self.option]

    def written(self) -> str:
        """Return the level as a user writes it."""
        share_of_all = self.option == "capacity" and not self.counted and self.level == 1.0
        return "100%" if share_of_all else f"{self.level:.15g}"  # 1 alone is one row

    def for_rows(self, rows: float, days: int | None = None) -> RuleChoice:
        """Turn a counted capacity into a share of the rows; all else stays as it is.

        Parameters
        ----------
        rows : float
            How many rows there are, or stand behind them where they are weighted.
        days : int, optional
            The number of days with rows: the capacity is then that of a day.

        Raises
        ------
        ScarceError
            E363 where more than all rows could be looked at.
        """
        if not self.counted:
            return self
        room = rows / (days or 1)
        per = " a day" if days else ""
        if self.level > room:
            raise ScarceError("E363", capacity=f"{self.level:,g}", rows=f"{room:,.6g}", per=per)
        words = f"{self.level:,g}{per} of {room:,.6g} rows"
        return replace(self, level=self.level / room, counted=False, words=words)

    def check(self, target: Numbers, weight: Numbers | None = None, costs: Costs | None = None) -> None:
        """Refuse a rule that no scores of these rows could give, before there are any.

        Parameters
        ----------
        target : array-like of 0/1, shape (n_rows,)
            Of the rows that the rule will be fitted on.
        weight : array-like of float, shape (n_rows,), optional
        costs : Costs, optional

        Raises
        ------
        ScarceError
            E254 with too few negatives for a guarantee, E361 for a review without costs, E362 for a review
            that never pays, E369 for a share that is less than a row.

        Examples
        --------
        >>> try:
        ...     RuleChoice.of(capacity="0.1%").check([1, 0, 0])
        ... except ScarceError as error:
        ...     print(error.two_lines())
        error[E369]: a capacity of 0.001 is less than one of the 3 rows that the rule is fitted on
        hint: give a share of at least 0.3334, or a number of rows to look at
        """
        if self.option == "review":
            if costs is None:
                raise ScarceError("E361")
            check_price(self.level, costs)
        elif self.option == "false_positive_rate" and alike(target, weight):
            check_negatives(int(np.count_nonzero(np.asarray(target) == 0)), self.level, CONFIDENCE)
        elif self.option == "capacity" and not self.counted:
            weights = as_weight(weight, np.asarray(target).size)
            least = float(weights[weights > 0.0].min() / weights.sum())
            if self.level < least * (1.0 - _SAME):
                share, rows = f"{self.level:.3g}", f"{weights.size:,}"
                raise ScarceError("E369", share=share, rows=rows, least=aims.within_reach(least, math.ceil))

    def fit(
        self,
        log_odds: Numbers,
        target: Numbers,
        weight: Numbers | None = None,
        costs: Costs | None = None,
    ) -> Rule:
        """Fit the rule over every cut that the scores allow.

        Parameters
        ----------
        log_odds : array-like of float, shape (n_rows,)
            Of rows that the model was not fitted to.
        target : array-like of 0/1, shape (n_rows,)
        weight : array-like of float, shape (n_rows,), optional
        costs : Costs, optional
            Needed for a review.

        Returns
        -------
        CostRule, CutRule or CapacityRule

        Raises
        ------
        ScarceError
            E253 where no cut meets the aim, E254 with too few negatives for a guarantee, E351 without both
            classes, E361 for a review without costs, E362 for a review that never pays.

        Notes
        -----
        A false-positive rate is guaranteed only where all negatives weigh the same, and only for rows that
        one scorer scored: pooled scores of several folds' models are no such rows.
        """
        if self.option == "review":
            if costs is None:
                raise ScarceError("E361")
            return CostRule(0.0, costs.spec, review=self.level)
        if self.option == "false_positive_rate" and alike(target, weight):
            return fit_neyman_pearson(log_odds, target, self.level)
        rule = AIMS[self.aim](log_odds, target, self.level, weight)
        return replace(rule, words=self.words) if self.words else rule


_SAME = 1e-9
_SHARE = "a number above 0 and at most 1"
_DOMAINS = {
    "capacity": "a whole number of rows, or a share such as 0.5% or 0.005",
    "false_positive_rate": "a number between 0 and 1",
    "fbeta": "a number above 0",
    "review": "a price above 0",
}


def _level(value: object) -> float | None:
    """Return a number, None for what is none."""
    if isinstance(value, str):
        return number(value.strip())
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    return float(value)


def _allowed(name: str, level: float, counted: bool) -> bool:
    if not (math.isfinite(level) and level > 0.0):
        return False
    if name in ("fbeta", "review"):
        return True
    if name == "false_positive_rate":
        return level < 1.0
    return level.is_integer() if counted else level <= 1.0


def alike(target: Numbers, weight: Numbers | None) -> bool:
    """Return whether all negatives weigh the same, as a guarantee asks: it knows no weights.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), or None

    Examples
    --------
    >>> alike([1, 0, 0], [9.0, 2.0, 2.0]), alike([1, 0, 0], [9.0, 2.0, 1.0])
    (True, False)
    """
    size = np.asarray(target).size
    weights = as_weight(weight, size)[~as_target(target, size)]
    return weights.size == 0 or bool(np.ptp(weights) <= _SAME * weights.max())
