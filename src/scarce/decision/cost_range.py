"""Costs that are known only between two ends, such as ``fn=100..400``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, cast

from scarce.decision.costs import CostSpec
from scarce.errors import ScarceError
from scarce.number_grammar import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scarce.decision.costs import Costs

_PART = re.compile(r"(?P<key>\w+)\s*=\s*(?P<low>[\d.eE+-]*?\d)\.\.(?P<high>[\d.eE+-]+)")


@dataclass(frozen=True)
class CostRange:
    """The ends of ``fn`` and ``fp``; what is no range has two equal ends.

    Parameters
    ----------
    text : str
        The ranges as written.
    low, high : CostSpec
        The ends at which flagging pays least and most: the least ``fn`` with the most ``fp``, and the other
        way round.

    Examples
    --------
    >>> found = CostRange.of("fn=100..400,fp=5")
    >>> found.middle.describe(), found.text
    ('fn=200,fp=5', 'fn=100..400')
    >>> CostRange.of("fn=100,fp=5") is None
    True
    """

    text: str
    low: CostSpec
    high: CostSpec

    @classmethod
    def of(cls, cost: object) -> CostRange | None:
        """Read costs of which some are ranges; None where none is.

        Parameters
        ----------
        cost : str, mapping or object
            Costs in any form.

        Raises
        ------
        ScarceError
            E365 for a range that cannot be read, E250 to E252 and E260 as `CostSpec.of`.
        """
        if isinstance(cost, Mapping):
            given = cast("Mapping[object, object]", cost)
            ranged = [value for value in given.values() if isinstance(value, str) and ".." in value]
            text = ",".join(f"{key}={value}" for key, value in given.items()) if ranged else ""
        else:
            text = cost if isinstance(cost, str) else ""
        found = list(_PART.finditer(text))
        if not found:
            return None
        for match in found:
            _check_ends(match)
        try:
            low, high = (CostSpec.parse(_PART.sub(partial(_at, most), text)) for most in ("fp", "fn"))
        except ScarceError as error:  # which quotes what was typed, not one end of it
            given = {**error.values, "text": text} if "text" in error.values else error.values
            raise ScarceError(error.code, **given) from None
        return cls(",".join(match[0] for match in found), low, high)

    @property
    def middle(self) -> CostSpec:
        """The costs halfway between the ends, on the scale of ratios, in four digits."""
        spec = self._between(0.5)
        rounded = {
            key: float(f"{value:.4g}")
            for key in ("fn", "fp")
            if isinstance(value := getattr(spec, key), float) and value != getattr(self.low, key)
        }
        return replace(spec, **rounded)

    def steps(self, costs: Costs, count: int = 17) -> Iterator[Costs]:
        """Yield the rows' costs at equal ratios from the low end to the high one.

        Parameters
        ----------
        costs : Costs
            Of the rows, at the middle.
        count : int
        """
        for step in range(count):
            spec = self._between(step / (count - 1))
            numbers = {key: value for key in ("fn", "fp") if isinstance(value := getattr(spec, key), float)}
            yield replace(costs, **numbers, spec=spec)

    def _between(self, share: float) -> CostSpec:
        def value(key: str) -> float | str:
            low, high = getattr(self.low, key), getattr(self.high, key)
            if low == high:
                return low
            return low ** (1.0 - share) * high**share

        return replace(self.low, fn=value("fn"), fp=value("fp"))


def _check_ends(match: re.Match[str]) -> None:
    low, high = number(match["low"]), number(match["high"])
    if match["key"].lower() not in ("fn", "fp"):
        raise ScarceError("E365", text=match[0], reason="only fn and fp may be ranges")
    if low is None or high is None:
        raise ScarceError("E365", text=match[0], reason="an end is no number")
    if not 0.0 < low < high:
        raise ScarceError("E365", text=match[0], reason="it must go up, from above 0")


def _at(most: str, match: re.Match[str]) -> str:
    """Return a range's upper end where its key is to be the dearest, else the lower, as it was typed."""
    key = match["key"].lower()
    return f"{key}={match['high' if key == most else 'low']}"
