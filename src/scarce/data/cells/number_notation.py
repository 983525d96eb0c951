"""Numbers written for people: with a decimal comma, thousands apart, a currency, a percent sign, brackets.

How a column is written is decided over all of its values: each way of writing is tried, and one is taken only
if it reads every value and no other way reads one of them differently.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.cells.number_columns import as_floats, as_integers, matches
from scarce.data.cells.number_parts import UNIT, NumberParts, equal, filled

if TYPE_CHECKING:
    import numpy.typing as npt

DECIMALS = (".", ",")
_THOUSANDS = ("", ",", ".", " ", "'")
_HEAD = 1000


@dataclass(frozen=True)
class NumberNotation:
    """How the numbers of a column are written.

    Attributes
    ----------
    decimal : str
        ``"."`` or ``","``.
    thousands : str
        What may stand between thousands: ``","``, ``"."``, a blank, ``"'"``, or nothing.
    unit : str
        The currency that may stand at a number, or ``"%"``, which then stands at each; or nothing.
    brackets : bool
        Whether brackets mean a minus, as accountants write it.

    Examples
    --------
    >>> NumberNotation(",", ".", "EUR").read(pa.array(["EUR 1.200,50", "3"]))[0].to_pylist()
    [1200.5, 3.0]
    """

    decimal: str = "."
    thousands: str = ""
    unit: str = ""
    brackets: bool = False

    @property
    def example(self) -> str:
        """A number as it is written here."""
        number = f"1{self.thousands}234{self.decimal}50"
        if self.unit == "%":
            number = f"12{self.decimal}5%"
        elif self.unit:
            number = f"{self.unit}{number}" if len(self.unit) == 1 else f"{number} {self.unit}"
        return f"({number}) for a minus" if self.brackets else number

    def read(self, text: pa.Array) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
        """Return text as numbers, null where it is none, and which values are none; nulls stay.

        Whole numbers are int64 where all are; ``3%`` is .03.
        """
        return self.read_parts(NumberParts.of(text))

    def read_parts(self, parts: NumberParts) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
        """Return what `read` returns, of text that has been taken apart."""
        wrong = parts.match(self.decimal, self.thousands)
        bare, own = ~filled(parts.unit), equal(parts.unit, self.unit)
        if self.unit == "%":
            zero = filled(parts.digits) & ~matches(parts.digits, "[1-9]")
            wrong |= parts.text.is_valid().to_numpy(zero_copy_only=False) & ~own & ~(bare & zero)
            wrong |= filled(parts.exponent)
        else:
            wrong |= ~own & ~bare
        if not (self.brackets or self.unit):
            wrong |= parts.bracketed
        digits = pc.if_else(pa.array(~wrong), parts.plain(self.decimal, self.thousands), None)
        exponent = "e-2" if self.unit == "%" else pc.coalesce(parts.exponent, pa.scalar(""))
        sign = pc.if_else(pa.array(parts.negative), "-", "")
        number = pc.binary_join_element_wise(sign, digits, exponent, "")
        whole = as_integers(number) if not matches(number, "[.eE]").any() else None
        return (as_floats(number) if whole is None else whole), wrong

    def to_dict(self) -> dict[str, str | bool]:
        """Return what the constructor takes."""
        return asdict(self)

    def is_known(self) -> bool:
        """Whether this is a way of writing that `find` may find; a file may hold anything."""
        return (
            (self.decimal in DECIMALS and self.thousands in _THOUSANDS and self.decimal != self.thousands)
            and type(self.brackets) is bool
            and type(self.unit) is str
            and (self.unit == "" or bool(matches(pa.array([self.unit]), UNIT).all()))
        )


PLAIN = NumberNotation()


@dataclass(frozen=True)
class Doubt:
    """Why a column is not read as numbers although it looks like them.

    Attributes
    ----------
    kind : str
        ``"comma"`` where a mark may be that of decimals or of thousands, ``"units"`` for several of them,
        ``"ways"`` where no way of writing reads all of the numbers, or ``"mixed"`` where something else
        stands among them.
    odd : ndarray of bool
        The values that show it; of ``"mixed"``, those that are no numbers.
    told : str
        What the message says of it.
    """

    kind: str
    odd: npt.NDArray[np.bool_]
    told: str = ""


def find(text: pa.Array, decimal: str | None = None) -> tuple[NumberNotation, pa.Array] | Doubt | None:
    """Find out how numbers are written, and read them.

    Parameters
    ----------
    text : pyarrow.Array of string
        Different values, without blanks around them; nulls are missing.
    decimal : str, optional
        The mark of decimals, where the values leave it open.

    Returns
    -------
    (NumberNotation, pyarrow.Array), Doubt or None
        None where nothing is a number, and where brackets stand around all of them.

    Examples
    --------
    >>> find(pa.array(["1,234", "12,5"]))[1].to_pylist()
    [1.234, 12.5]
    >>> find(pa.array(["1,234", "5,678"])).kind
    'comma'
    """
    parts = NumberParts.of(text)
    if parts.digits.null_count == len(text):
        return None
    viable, wrong = _viable(parts)
    if not viable:
        return _two_ways(parts, wrong) or Doubt("mixed", wrong)
    units, bare = parts.units()
    if len(units) > 1 or (units == ["%"] and bare.any()):
        told = " and ".join(units) if len(units) > 1 else "% at some values and none at others"
        return Doubt("units", parts.other_than(units[0]), told)
    chosen = _chosen(parts, viable, decimal)
    if isinstance(chosen, Doubt):
        return chosen
    notation = NumberNotation(*chosen, "".join(units), bool(parts.bracketed.any()))
    if notation.brackets and not parts.accounting(bool(units)):
        return None
    values, wrong = notation.read_parts(parts)
    return Doubt("mixed", wrong) if wrong.any() else (notation, values)


def _viable(parts: NumberParts) -> tuple[list[tuple[str, str]], npt.NDArray[np.bool_]]:
    """Return the ways of writing that read all values; if none does, what the best of them does not read."""
    rare = [mark for mark in " '" if not matches(parts.digits, f"[{mark}]").any()]
    ways = [way for way in _WAYS if way[1] not in rare]
    head = parts.head(_HEAD)
    misses = {way: int(head.match(*way).sum()) for way in ways}
    read = {way: parts.match(*way) for way in ways if not misses[way]}
    viable = [way for way, wrong in read.items() if not wrong.any()]
    if viable:
        return viable, np.zeros(len(parts.text), dtype=bool)
    return [], parts.match(*min(ways, key=misses.__getitem__))


def _two_ways(parts: NumberParts, wrong: npt.NDArray[np.bool_]) -> Doubt | None:
    """Return a doubt where each value is a number in some way, and no way reads all of them."""
    if np.logical_and.reduce([parts.match(*way) for way in _WAYS]).any():
        return None
    usual = ~wrong & parts.text.is_valid().to_numpy(zero_copy_only=False)
    return Doubt("ways", wrong, repr(parts.text[int(usual.argmax())].as_py()))


_WAYS = ((".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"), (".", ""), (",", ""))
"""Decimal mark and mark of thousands, in the order in which equal readings are preferred."""


def _chosen(
    parts: NumberParts, viable: list[tuple[str, str]], decimal: str | None
) -> tuple[str, str] | Doubt:
    """Return the way that reads all values, if all others that do read them alike."""
    digits = parts.digits
    marked = matches(digits, "[.,]")
    if not matches(digits, r"[.,' ]").any():
        return (".", "")
    ways = [way for way in viable if way[0] == decimal] or viable
    readings = [(way, parts.plain(*way)) for way in ways]
    if all(reading.equals(readings[0][1]) for _, reading in readings[1:]):
        return readings[0][0]
    grouped = next((way for way in ways if way[1] in ("", ".", ",") and parts.surely_grouped(way[1])), None)
    if grouped is not None:
        return grouped
    row = int(marked.argmax())
    told = [
        f"--decimal {mark} reads it as {parts.plain(mark, next(t for d, t in ways if d == mark))[row]}"
        for mark in DECIMALS
        if any(way[0] == mark for way in ways)
    ]
    return Doubt("comma", marked, ", ".join(reversed(told)))
