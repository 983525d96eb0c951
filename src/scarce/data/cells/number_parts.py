"""Text taken apart as people write numbers: signs, brackets, a unit, digits and what stands between them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.cells.number_columns import matches

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_CODES = (
    "AED AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KES KRW KWD MAD MXN "
    "MYR NGN NOK NZD PEN PHP PKR PLN RMB RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD VND ZAR"
)
_CURRENCY = rf"(?:[A-Z]{{0,3}}\p{{Sc}}|{'|'.join(_CODES.split())}|kr\.?|zł|Rs\.?|Fr\.|元)"
UNIT = rf"^(?:{_CURRENCY}|%)$"
_BLANK = "[ \u00a0\u2009\u202f]"
_PARTS = (
    rf"^(?P<open>\()?(?P<sign>[+-])?(?:{_BLANK}?(?P<before>{_CURRENCY}){_BLANK}?)?"
    rf"(?P<within>\()?(?P<minus>[+-])?(?P<digits>[0-9.,](?:[0-9.,'’]|{_BLANK}[0-9])*)"
    rf"(?P<exponent>[eE][+-]?[0-9]+)?(?P<close>\))?(?:{_BLANK}?(?P<after>{_CURRENCY}|%))?(?P<end>\))?$"
)
_SURE = 66
"""So many numbers that fill three places after a mark of decimals, each by a chance of .9 (the last digit is
no 0), do so together once in a thousand columns."""


@dataclass(frozen=True)
class NumberParts:
    """Text taken apart as numbers are written; where it is no number however written, the digits are null.

    Attributes
    ----------
    text : pyarrow.Array of string
    digits, exponent, unit : pyarrow.Array of string
        The digits with what stands between them: every blank is a plain one, every apostrophe a straight one.
    negative, signed, bracketed : ndarray of bool
        Whether there is a minus or a pair of brackets, a sign, a pair of brackets.
    """

    text: pa.Array
    digits: pa.Array
    exponent: pa.Array
    unit: pa.Array
    negative: npt.NDArray[np.bool_]
    signed: npt.NDArray[np.bool_]
    bracketed: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, text: pa.Array) -> NumberParts:
        """Take text apart."""
        found = pc.extract_regex(text, _PARTS)
        part = {name: pc.struct_field(found, name) for name in _NAMES}
        has = {name: filled(values) for name, values in part.items()}
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
        minus = equal(part["sign"], "-") | equal(part["minus"], "-")
        digits = pc.replace_substring_regex(part["digits"], _BLANK, " ")
        digits = pc.replace_substring(digits, "’", "'")
        digits = pc.if_else(pa.array(sound & has["digits"]), digits, None)
        unit = pc.if_else(pa.array(has["before"]), part["before"], part["after"])
        in_brackets = opened == 1
        return cls(text, digits, part["exponent"], unit, minus | in_brackets, signs == 1, in_brackets & sound)

    def head(self, rows: int) -> NumberParts:
        """Return the first of them."""
        return type(self)(*(getattr(self, part.name)[:rows] for part in fields(self)))

    def match(self, decimal: str, thousands: str) -> npt.NDArray[np.bool_]:
        """Return which values are no numbers in this way of writing."""
        present = self.text.is_valid().to_numpy(zero_copy_only=False)
        sound = matches(self.digits, _grammar(decimal, thousands))
        if thousands:  # nobody parts thousands before an exponent
            sound &= ~(filled(self.exponent) & matches(self.digits, f"[{thousands}]"))
        return present & ~sound

    def plain(self, decimal: str, thousands: str) -> pa.Array:
        """Return the digits with a point for decimals and nothing between thousands."""
        digits = pc.replace_substring(self.digits, thousands, "") if thousands else self.digits
        return pc.replace_substring(digits, decimal, ".") if decimal != "." else digits

    def units(self) -> tuple[list[str], npt.NDArray[np.bool_]]:
        """Return the units that occur, and which numbers other than 0 have none."""
        found = sorted(set(self.unit.unique().to_pylist()) - {None, ""})
        bare = ~filled(self.unit) & matches(self.digits, "[1-9]")
        return found, bare

    def other_than(self, unit: str) -> npt.NDArray[np.bool_]:
        """Return which numbers other than 0 have another unit, or none."""
        return ~equal(self.unit, unit) & matches(self.digits, "[1-9]")

    def accounting(self, has_unit: bool) -> bool:
        """Whether brackets can only mean a minus: nothing else does, and they do not stand around all."""
        some_without = (~self.bracketed & filled(self.digits)).any()
        return not self.signed.any() and (has_unit or bool(some_without))

    def surely_grouped(self, mark: str) -> bool:
        """Whether a mark parts thousands: three digits always follow, and shorter numbers have none."""
        if not mark:
            return False
        marked = matches(self.digits, f"[{mark}]")
        bare = filled(self.digits) & ~marked
        short = matches(self.digits, "^[0-9]{1,3}$")
        return marked.sum() >= _SURE and bool(bare.any()) and bool(short[bare].all())


_NAMES = ("open", "sign", "before", "within", "minus", "digits", "exponent", "close", "after", "end")


def filled(values: pa.Array) -> npt.NDArray[np.bool_]:
    """Return which values are texts of at least one character."""
    return pc.greater(pc.binary_length(values), 0).fill_null(False).to_numpy(zero_copy_only=False)


def equal(values: pa.Array, word: str) -> npt.NDArray[np.bool_]:
    """Return which values are a word."""
    return pc.equal(values, word).fill_null(False).to_numpy(zero_copy_only=False)


def _grammar(decimal: str, thousands: str) -> str:
    point, mark = (f"[{character}]" if character else "" for character in (decimal, thousands))
    whole = "0|[1-9][0-9]*"
    if mark:
        whole += rf"|[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+"
    if thousands == ",":  # lakhs: 12,34,567
        whole += r"|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"
    return rf"^(?:(?:{whole})(?:{point}[0-9]+)?|{point}[0-9]+)$"
