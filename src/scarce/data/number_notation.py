"""Numbers written for people: with a decimal comma, thousands apart, a currency, a percent sign, brackets.

How a column is written is decided over all of its values: each way of writing is tried, and one is taken only
if it reads every value and no other way reads one of them differently.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.number_columns import as_floats, as_integers, matches

if TYPE_CHECKING:
    import numpy.typing as npt

DECIMALS = (".", ",")
_THOUSANDS = ("", ",", ".", " ", "'")
_CODES = (
    "AED AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KES KRW KWD MAD MXN "
    "MYR NGN NOK NZD PEN PHP PKR PLN RMB RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD VND ZAR"
)
_CURRENCY = rf"(?:[A-Z]{{0,3}}\p{{Sc}}|{'|'.join(_CODES.split())}|kr\.?|zł|Rs\.?|Fr\.|元)"
_UNIT = rf"^(?:{_CURRENCY}|%)$"
_BLANK = "[ \u00a0\u2009\u202f]"
_PARTS = (
    rf"^(?P<open>\()?(?P<sign>[+-])?(?:{_BLANK}?(?P<before>{_CURRENCY}){_BLANK}?)?(?P<within>\()?(?P<minus>[+-])?"
    rf"(?P<digits>[0-9.,](?:[0-9.,'’]|{_BLANK}[0-9])*)(?P<exponent>[eE][+-]?[0-9]+)?"
    rf"(?P<close>\))?(?:{_BLANK}?(?P<after>{_CURRENCY}|%))?(?P<end>\))?$"
)
_HEAD = 1000
_SURE = (
    66  # numbers of which a decimal mark leaves three digits in .9 each do so all together once in a thousand
)


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
        return _Parts.of(text).read(self)

    def to_dict(self) -> dict[str, str | bool]:
        """Return what the constructor takes."""
        return asdict(self)

    def is_known(self) -> bool:
        """Whether this is a way of writing that `find` may find; a file may hold anything."""
        return (
            (self.decimal in DECIMALS and self.thousands in _THOUSANDS and self.decimal != self.thousands)
            and type(self.brackets) is bool
            and type(self.unit) is str
            and (self.unit == "" or bool(matches(pa.array([self.unit]), _UNIT).all()))
        )


PLAIN = NumberNotation()


@dataclass(frozen=True)
class Doubt:
    """Why a column is not read as numbers although it looks like them.

    Attributes
    ----------
    kind : str
        ``"comma"`` where a mark may be that of decimals or of thousands, ``"units"`` for several of them, or
        ``"mixed"`` where something else stands among the numbers.
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
    parts = _Parts.of(text)
    if parts.digits.null_count == len(text):
        return None
    viable, wrong = _viable(parts)
    if not viable:
        return Doubt("mixed", wrong)
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
    values, wrong = parts.read(notation)
    return Doubt("mixed", wrong) if wrong.any() else (notation, values)


def _viable(parts: _Parts) -> tuple[list[tuple[str, str]], npt.NDArray[np.bool_]]:
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


_WAYS = ((".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"), (".", ""), (",", ""))
"""Decimal mark and mark of thousands, in the order in which equal readings are preferred."""


def _grammar(decimal: str, thousands: str) -> str:
    point, mark = (f"[{character}]" if character else "" for character in (decimal, thousands))
    whole = "0|[1-9][0-9]*"
    if mark:
        whole += rf"|[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+"
    if thousands == ",":  # lakhs: 12,34,567
        whole += r"|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"
    return rf"^(?:(?:{whole})(?:{point}[0-9]+)?|{point}[0-9]+)$"


def _chosen(parts: _Parts, viable: list[tuple[str, str]], decimal: str | None) -> tuple[str, str] | Doubt:
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


@dataclass(frozen=True)
class _Parts:
    """Text taken apart; where it is no number however written, the digits are null."""

    text: pa.Array
    digits: pa.Array
    exponent: pa.Array
    unit: pa.Array
    negative: npt.NDArray[np.bool_]
    signed: npt.NDArray[np.bool_]
    bracketed: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, text: pa.Array) -> _Parts:
        found = pc.extract_regex(text, _PARTS)
        part = {name: pc.struct_field(found, name) for name in _NAMES}
        has = {name: _filled(values) for name, values in part.items()}
        opened = has["open"].astype(int) + has["within"]
        closed = has["close"].astype(int) + has["end"]
        signs = has["sign"].astype(int) + has["minus"]
        sound = (
            (opened == closed)
            & (opened + signs <= 1)
            & ~(has["before"] & has["after"])
            & ~(has["open"] & has["close"] & has["after"])
            & ~(has["within"] & ~has["before"])
        )
        minus = _equal(part["sign"], "-") | _equal(part["minus"], "-")
        digits = pc.replace_substring_regex(part["digits"], _BLANK, " ")
        digits = pc.replace_substring(digits, "’", "'")
        digits = pc.if_else(pa.array(sound & has["digits"]), digits, None)
        unit = pc.if_else(pa.array(has["before"]), part["before"], part["after"])
        return cls(
            text, digits, part["exponent"], unit, minus | (opened == 1), signs == 1, (opened == 1) & sound
        )

    def head(self, rows: int) -> _Parts:
        return type(self)(*(getattr(self, part.name)[:rows] for part in fields(self)))

    def match(self, decimal: str, thousands: str) -> npt.NDArray[np.bool_]:
        """Return which values are no numbers in this way of writing."""
        present = self.text.is_valid().to_numpy(zero_copy_only=False)
        return present & ~matches(self.digits, _grammar(decimal, thousands))

    def plain(self, decimal: str, thousands: str) -> pa.Array:
        """Return the digits with a point for decimals and nothing between thousands."""
        digits = pc.replace_substring(self.digits, thousands, "") if thousands else self.digits
        return pc.replace_substring(digits, decimal, ".") if decimal != "." else digits

    def units(self) -> tuple[list[str], npt.NDArray[np.bool_]]:
        """Return the units that occur, and which numbers other than 0 have none."""
        found = sorted(set(self.unit.unique().to_pylist()) - {None, ""})
        bare = ~_filled(self.unit) & matches(self.digits, "[1-9]")
        return found, bare

    def other_than(self, unit: str) -> npt.NDArray[np.bool_]:
        return ~_equal(self.unit, unit) & matches(self.digits, "[1-9]")

    def accounting(self, has_unit: bool) -> bool:
        """Whether brackets can only mean a minus: nothing else does, and they do not stand around all."""
        some_without = (~self.bracketed & _filled(self.digits)).any()
        return not self.signed.any() and (has_unit or bool(some_without))

    def surely_grouped(self, mark: str) -> bool:
        """Whether a mark parts thousands: three digits always follow, and shorter numbers have none."""
        if not mark:
            return False
        marked = matches(self.digits, f"[{mark}]")
        bare = _filled(self.digits) & ~marked
        short = matches(self.digits, "^[0-9]{1,3}$")
        return marked.sum() >= _SURE and bool(bare.any()) and bool(short[bare].all())

    def read(self, notation: NumberNotation) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
        wrong = self.match(notation.decimal, notation.thousands)
        bare, own = ~_filled(self.unit), _equal(self.unit, notation.unit)
        if notation.unit == "%":
            zero = _filled(self.digits) & ~matches(self.digits, "[1-9]")
            wrong |= self.text.is_valid().to_numpy(zero_copy_only=False) & ~own & ~(bare & zero)
            wrong |= _filled(self.exponent)
        else:
            wrong |= ~own & ~bare
        if not (notation.brackets or notation.unit):
            wrong |= self.bracketed
        good = pa.array(~wrong)
        digits = pc.if_else(good, self.plain(notation.decimal, notation.thousands), None)
        exponent = "e-2" if notation.unit == "%" else pc.coalesce(self.exponent, pa.scalar(""))
        sign = pc.if_else(pa.array(self.negative), "-", "")
        number = pc.binary_join_element_wise(sign, digits, exponent, "")
        whole = as_integers(number) if not matches(number, "[.eE]").any() else None
        return (as_floats(number) if whole is None else whole), wrong


_NAMES = ("open", "sign", "before", "within", "minus", "digits", "exponent", "close", "after", "end")


def _filled(values: pa.Array) -> npt.NDArray[np.bool_]:
    return pc.greater(pc.binary_length(values), 0).fill_null(False).to_numpy(zero_copy_only=False)


def _equal(values: pa.Array, word: str) -> npt.NDArray[np.bool_]:
    return pc.equal(values, word).fill_null(False).to_numpy(zero_copy_only=False)
