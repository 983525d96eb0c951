"""Costs as a user writes them, each a number or the name of a column."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, cast

from scarce.decision.cost_checks import KEYS, PAIRS, check_order, checked_cost, counted
from scarce.errors import ScarceError
from scarce.number_grammar import number

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from scarce.decision.cost_checks import Cost
    from scarce.decision.costs import Costs

_PART = re.compile(r"""\s*(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^,"']+?))\s*(?:,|$)""")


@dataclass(frozen=True)
class CostSpec:
    """Costs as the user wrote them: each a number or the name of a column.

    Parameters
    ----------
    fn, fp : float or str
        A missed positive and a false alarm.
    tn, tp : float or str
        What the right decisions cost, 0 unless given.

    Examples
    --------
    >>> CostSpec.parse("fn=Amount, fp=5")
    CostSpec(fn='Amount', fp=5.0, tn=0.0, tp=0.0)
    >>> CostSpec.parse("fn=Amount,fp=5").resolve({"Amount": [20.0, 0.0]}).fn
    array([20.,  0.])
    """

    fn: float | str
    fp: float | str
    tn: float | str = 0.0
    tp: float | str = 0.0

    @classmethod
    def parse(cls, text: str) -> CostSpec:
        """Read ``fn=100,fp=Amount``; a column name with a comma goes in quotes.

        Parameters
        ----------
        text : str

        Returns
        -------
        CostSpec

        Raises
        ------
        ScarceError
            E250 for text that cannot be read, an unknown or repeated key, or fn or fp missing; E251, E252,
            E260 for numbers that are no costs.
        """
        found: dict[str, float | str] = {}
        position = 0
        while position < len(text):
            match = _PART.match(text, position)
            if match is None:
                raise ScarceError("E250", text=text, reason=f"not a list of key=value at {text[position:]!r}")
            key = match[1].lower()
            if key not in KEYS:
                raise ScarceError("E250", text=text, reason=f"{match[1]!r} is none of fn, fp, tn, tp")
            if key in found:
                raise ScarceError("E250", text=text, reason=f"{key} is given twice")
            quoted = match[2] if match[2] is not None else match[3]
            found[key] = _number_or_name(match[4]) if quoted is None else quoted
            position = match.end()
        return cls._checked(found, text)

    @classmethod
    def of(cls, costs: object) -> CostSpec:
        """Take costs in any form in which they may be written.

        Parameters
        ----------
        costs : str, mapping or CostSpec
            Text as `parse` reads it, or a number or the name of a column for ``fn`` and ``fp``, and for
            ``tn`` and ``tp`` where they are not 0.

        Returns
        -------
        CostSpec

        Raises
        ------
        ScarceError
            E250 to E252 and E260, as `parse`.

        Examples
        --------
        >>> CostSpec.of({"fn": "Amount", "fp": 5}) == CostSpec.of("fn=Amount,fp=5")
        True
        """
        if isinstance(costs, CostSpec):
            return costs
        if isinstance(costs, str):
            return cls.parse(costs)
        if not isinstance(costs, Mapping):
            kind = type(costs).__name__
            raise ScarceError("E250", text=kind, reason="costs are written as text or as a dict")
        given = cast("Mapping[object, object]", costs)
        found: dict[str, float | str] = {}
        for key, value in given.items():
            if not isinstance(key, str) or key not in KEYS:
                raise ScarceError("E250", text=str(given), reason=f"{key!r} is none of fn, fp, tn, tp")
            if isinstance(value, bool) or not isinstance(value, Real | str):
                reason = f"{key} is neither a number nor the name of a column"
                raise ScarceError("E250", text=str(given), reason=reason)
            found[key] = value if isinstance(value, str) else float(value)
        return cls._checked(found, str(given))

    @classmethod
    def _checked(cls, found: dict[str, float | str], text: str) -> CostSpec:
        for key in ("fn", "fp"):
            if key not in found:
                raise ScarceError("E250", text=text, reason=f"{key} is missing")
        spec = cls(**found)
        _check_numbers(spec)
        return spec

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that hold costs, each once."""
        values = (self.fn, self.fp, self.tn, self.tp)
        return tuple(dict.fromkeys(value for value in values if isinstance(value, str)))

    def resolve(
        self,
        columns: Mapping[str, npt.ArrayLike],
        source: str = "the data",
        where: Callable[[int], str] | None = None,
    ) -> Costs:
        """Look the columns up.

        Parameters
        ----------
        columns : mapping of str to array-like of float, shape (n_rows,)
        source : str
            What the error calls the data.
        where : callable, optional
            Names the place of a row, such as ``"line 17"``; unless given, rows are counted from 0.

        Returns
        -------
        Costs

        Raises
        ------
        ScarceError
            E101 for a column that is not there; E251, E252 and E260 as `Costs`.
        """
        from scarce.decision.costs import Costs  # which know how they were written, and so come later

        def place(row: int) -> str:
            return counted(row) if where is None else f"{where(row)} of {source}"

        values: dict[str, Cost] = {}
        for key in KEYS:
            value: float | str = getattr(self, key)
            if isinstance(value, float | int):
                values[key] = float(value)
                continue
            if value not in columns:
                raise ScarceError(
                    "E101", column=value, source=source, suggestion=_suggestion(value, list(columns))
                )
            values[key] = checked_cost(f"column {value!r}", columns[value], place)
        for wrong, right in PAIRS:
            check_order(wrong, values[wrong], right, values[right], place)
        return Costs(*(values[key] for key in KEYS), spec=self)

    def describe(self) -> str:
        """Return the costs as they are written on the command line."""
        parts = [f"{key}={_written(getattr(self, key))}" for key in KEYS if getattr(self, key) != 0.0]
        return ",".join(parts)

    def to_dict(self) -> dict[str, float | str]:
        """Return what `from_dict` reads."""
        return {key: getattr(self, key) for key in KEYS}

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> CostSpec:
        """Read what `to_dict` wrote.

        Parameters
        ----------
        stored : mapping

        Returns
        -------
        CostSpec

        Raises
        ------
        ScarceError
            E256 for a missing key or a value that is neither a number nor a name.
        """
        values: dict[str, float | str] = {}
        for key in KEYS:
            value = stored.get(key)
            if isinstance(value, bool) or not isinstance(value, int | float | str):
                raise ScarceError("E256", what="cost", reason=f"{key} is {value!r}")
            values[key] = value if isinstance(value, str) else float(value)
        spec = cls(**values)
        _check_numbers(spec)
        return spec


def _number_or_name(text: str) -> float | str:
    value = number(text)
    if value is None and all(number(end) is not None for end in text.split("..", 1)):
        raise ScarceError("E365", text=text, reason="one number is asked for here")
    return text if value is None else value


def _written(value: float | str) -> str:
    if isinstance(value, str):
        if '"' in value:
            return f"'{value}'"
        return f'"{value}"' if "," in value or "'" in value or number(value) is not None else value
    return f"{value:.15g}"


def _suggestion(name: str, columns: list[str]) -> str:
    close = difflib.get_close_matches(name, columns, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return "name a column of the data, or give a number"


def _check_numbers(spec: CostSpec) -> None:
    """Check the numbers of a spec now; its columns are checked when they are known."""
    numbers = {key: value for key in KEYS if isinstance(value := getattr(spec, key), float)}
    for key, value in numbers.items():
        checked_cost(key, value)
    for wrong, right in PAIRS:
        if wrong in numbers and right in numbers:
            check_order(wrong, numbers[wrong], right, numbers[right])
