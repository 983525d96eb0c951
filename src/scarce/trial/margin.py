"""The difference that would matter to the user."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scarce.errors import ScarceError
from scarce.number_grammar import number

if TYPE_CHECKING:
    from scarce.trial.metric import Metric

_OF_COST, _OF_RANKING = "5%", 0.01


@dataclass(frozen=True)
class Margin:
    """A difference in the primary metric below which two arms are as good as each other.

    Parameters
    ----------
    amount : float
        In the metric's unit, or a share of the control's figure.
    relative : bool
        Whether it is such a share.

    Examples
    --------
    >>> Margin.parse("5%").of(400.0)
    20.0
    >>> Margin.parse(12).of(400.0)
    12.0
    """

    amount: float
    relative: bool

    @classmethod
    def parse(cls, given: Any) -> Margin:
        """Read ``"5%"``, a share of the control's figure, or an amount such as ``12.5`` in the metric's unit.

        Raises
        ------
        ScarceError
            E328 for anything else.
        """
        text = str(given).strip()
        relative = text.endswith("%")
        amount = number(text.removesuffix("%"))
        if isinstance(given, bool) or amount is None or not 0.0 < amount < math.inf:
            raise ScarceError("E328", margin=given)
        return cls(amount / 100.0 if relative else amount, relative)

    @classmethod
    def default(cls, metric: Metric) -> Margin:
        """Return 5 % of a cost, and .01 of an average precision."""
        return cls.parse(_OF_RANKING if metric.higher_is_better else _OF_COST)

    def of(self, figure: float) -> float:
        """Return the margin in the metric's unit, around a control of that figure."""
        return self.amount * abs(figure) if self.relative else self.amount
