"""The rows of the explorer that are looked at before they are decided, wherever the cut is put."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.cost_rule import CostRule

if TYPE_CHECKING:
    from scarce.report.scored import BoolArray, Scored


@dataclass(frozen=True)
class Reviewed:
    """Rows that are looked at before they are decided.

    Attributes
    ----------
    price : float
        Of one review.
    rows : ndarray of bool
        Which of the scored rows they are.
    mass, cost : (float, float)
        Of the positives and of the negatives among them: their weight, and what they cost.
    """

    price: float
    rows: BoolArray
    mass: tuple[float, float]
    cost: tuple[float, float]

    @classmethod
    def of(cls, rows: Scored, price: float) -> Reviewed:
        """Find the rows that a review at this price pays for."""
        assert rows.costs is not None
        looked = CostRule(0.0, rows.costs.spec, review=price).reviewed(rows.log_odds, rows.costs)
        spent = rows.costs.with_reviews(looked, price).of_rows(rows.target, np.zeros_like(looked))
        spent = spent if rows.weight is None else spent * rows.weight
        found, cleared = looked & rows.target, looked & ~rows.target
        cost = (float(spent[found].sum()), float(spent[cleared].sum()))
        return cls(price, looked, (rows.total(found), rows.total(cleared)), cost)
