"""How a score is named, read and printed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Metric:
    """How a score is named, read and printed."""

    name: str  # "average_precision"
    label: str  # "average precision"
    higher_is_better: bool
    style: str = "{:.3f}"  # how one value is printed

    def write(self, value: float) -> str:
        """Return a value as the metric prints it; a dash where the rows do not define one."""
        return "–" if math.isnan(value) else self.style.format(value)

    def signed(self, difference: float) -> str:
        """Return a difference with its sign, and without one where the digits printed are all 0.

        Examples
        --------
        >>> cost = Metric("expected_cost", "expected cost", False, "{:,.0f}")
        >>> cost.signed(1234.0), cost.signed(-0.2)
        ('+1,234', '0')
        """
        if math.isnan(difference):
            return "?"
        text = self.style.format(abs(difference))
        if not any(digit in text for digit in "123456789"):
            return text
        return ("\u2212" if difference < 0 else "+") + text

    def at(self, value: float) -> Metric:
        """Return the metric as it is printed where its values are about this large."""
        if self.style != "{:,.1f}" or 0.1 <= abs(value) < 100.0 or value == 0.0:
            return self
        return replace(self, style="{:,.0f}" if 100.0 <= abs(value) < 1e15 else "{:.4g}")
