"""Dates that are not written the ISO way: day, month and year in another order, or the month as a word.

Which order it is is decided over all the values of a column: a 13 or more can be no month.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scarce.data.cells.number_columns import matches
from scarce.data.cells.number_notation import Doubt

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

_ORDERS = ("YYYY{0}MM{0}DD", "DD{0}MM{0}YYYY", "MM{0}DD{0}YYYY")
_SHORT = ("DD{0}MM{0}YY", "MM{0}DD{0}YY")
NUMERIC = tuple(order.format(mark) for mark in "/-." for order in _ORDERS)
NAMED = ("DD Mon YYYY", "Mon DD, YYYY")
SHORT = tuple(order.format(mark) for mark in "/-." for order in _SHORT)
FORMATS = (*NUMERIC, *NAMED, *SHORT)
"""What a date may look like; a short year is read only where it is asked for."""

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(?P<word>(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?))\.?"
)
_DAY, _YEAR = r"(?P<day>[0-9]{1,2})", r"(?P<year>[0-9]{4})"
_PIECES = {
    "YYYY": _YEAR,
    "YY": r"(?P<year>[0-9]{2})",
    "MM": r"(?P<month>[0-9]{1,2})",
    "DD": _DAY,
}
_WORDED = {
    "DD Mon YYYY": rf"{_DAY}(?:st|nd|rd|th)?[ /-]{_MONTH},?[ /-]{_YEAR}",
    "Mon DD, YYYY": rf"{_MONTH} {_DAY}(?:st|nd|rd|th)?,? {_YEAR}",
}
_TIME = (
    r"(?:(?:T|,? )(?P<hour>[0-9]{1,2}):(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9])"
    r"(?:\.(?P<fraction>[0-9]{1,6}))?)?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
_DAY_US, _SECOND_US = 86_400_000_000, 1_000_000
_HEAD = 1000
_CENTURY = 69  # as POSIX has it: 69 is 1969, 68 is 2068


@dataclass(frozen=True)
class DateNotation:
    """How the dates of a column are written, each with or without a time after it.

    Attributes
    ----------
    format : str
        One of `FORMATS`.

    Examples
    --------
    >>> DateNotation("DD.MM.YYYY").read(pa.array(["31.1.2024 14:05", "30.02.2024"]))[0].to_pylist()
    [datetime.datetime(2024, 1, 31, 14, 5), None]
    """

    format: str

    @property
    def example(self) -> str:
        """The notation as a message shows it."""
        return self.format

    def read(self, text: pa.Array) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
        """Return text as timestamp[us], null where it is no such date, and which values are none."""
        found = pc.extract_regex(text, _pattern(self.format))
        names = [field.name for field in found.type]
        part = {name: _whole(pc.struct_field(found, name)) for name in names if name not in ("word", "half")}
        if "word" in names:
            word = pc.utf8_slice_codeunits(pc.utf8_lower(pc.struct_field(found, "word")), 0, 3)
            part["month"] = (
                pc.index_in(word, pa.array(_MONTHS)).fill_null(0).to_numpy(zero_copy_only=False) + 1
            )
        fraction = pc.utf8_rpad(pc.struct_field(found, "fraction"), 6, "0")
        half = pc.utf8_lower(pc.struct_field(found, "half"))
        year, month, day, hour = (part[name].astype(np.int64) for name in ("year", "month", "day", "hour"))
        if self.format in SHORT:
            year = year + np.where(year < _CENTURY, 2000, 1900)
        start = ((year - 1970) * 12 + month - 1).astype("M8[M]")
        days = start.astype("M8[D]") + (day - 1)
        halved = pc.is_in(half, pa.array(["a", "p"])).to_numpy(zero_copy_only=False)
        late = pc.equal(half, "p").fill_null(False).to_numpy(zero_copy_only=False)
        sound = found.is_valid().to_numpy(zero_copy_only=False) & (month >= 1) & (month <= 12) & (day >= 1)
        sound &= days.astype("M8[M]") == start
        sound &= np.where(halved, (hour >= 1) & (hour <= 12), hour < 24)
        hour = np.where(halved, hour % 12 + 12 * late, hour)
        seconds = hour * 3600 + part["minute"] * 60 + part["second"]
        micro = days.astype(np.int64) * _DAY_US + seconds * _SECOND_US + _whole(fraction)
        wrong = text.is_valid().to_numpy(zero_copy_only=False) & ~sound
        return pa.array(micro, mask=~sound).cast(pa.timestamp("us")), wrong

    def to_dict(self) -> dict[str, str]:
        """Return what the constructor takes."""
        return {"format": self.format}

    def is_known(self) -> bool:
        """Whether this is a way of writing dates; a file may hold anything."""
        return self.format in FORMATS


def find(text: pa.Array, asked: str | None = None) -> tuple[DateNotation, pa.Array] | Doubt | None:
    """Find out how dates are written, and read them.

    Parameters
    ----------
    text : pyarrow.Array of string
        Different values, without blanks around them; nulls are missing.
    asked : str, optional
        The format, one of `FORMATS`, where the values leave it open, and for short years.

    Returns
    -------
    (DateNotation, pyarrow.Array), Doubt or None
        A `Doubt` is of kind ``"dates"`` where day and month cannot be told apart, and of kind ``"orders"``
        where some values fit only the one order and some only the other; None where there are no dates.

    Examples
    --------
    >>> find(pa.array(["01/02/2024", "12/25/2024"]))[0].format
    'MM/DD/YYYY'
    >>> find(pa.array(["01/02/2024", "03/04/2024"])).kind
    'dates'
    """
    near = _near(text, dict.fromkeys(form for form in (asked, *NUMERIC, *NAMED) if form))
    near = near or _near(text, SHORT)
    hopeful = [form for form in near if not DateNotation(form).read(text[:_HEAD])[1].any()]
    read = {form: DateNotation(form).read(text) for form in hopeful}
    viable = [form for form in hopeful if not read[form][1].any()]
    if asked in viable:
        viable = [asked]
    if len(viable) == 2 and "." in viable[0]:  # nobody writes the month first with points
        viable = viable[:1]
    if len(viable) == 1 and (viable[0] not in SHORT or viable[0] == asked):
        return DateNotation(viable[0]), read[viable[0]][0]
    torn = viable or [form for form in near if not form.startswith("Y")]
    if viable:
        return Doubt("dates", text.is_valid().to_numpy(zero_copy_only=False), _told(text, viable))
    if len(torn) != 2:
        return None
    wrong = [DateNotation(form).read(text)[1] for form in torn]
    return Doubt("orders", wrong[0]) if not (wrong[0] & wrong[1]).any() else None


def strays(text: pa.Array, most: float) -> npt.NDArray[np.bool_] | None:
    """Return which values are no dates, where at least a share of the first ones look like dates of one form.

    Examples
    --------
    >>> text = pa.array(["2024-05-01", "2024-05-02", "0000-00-00", "2024-05-04"])
    >>> strays(text, 0.75)
    array([False, False,  True, False])
    >>> strays(pa.array(["a", "b"]), 0.75) is None
    True
    """
    head = text.drop_null()[:_HEAD]
    likely = [form for form in (*NUMERIC, *NAMED) if matches(head, _pattern(form)).mean() >= most]
    return min((DateNotation(form).read(text)[1] for form in likely), key=np.count_nonzero, default=None)


def _near(text: pa.Array, formats: Iterable[str]) -> list[str]:
    """Return the formats that the first values look like, be they days that exist or not."""
    head = text.drop_null()[:_HEAD]
    return [form for form in formats if matches(head, _pattern(form)).all()]


def _told(text: pa.Array, formats: list[str]) -> str:
    """Say what each format makes of the first value that they read differently."""
    days = [DateNotation(form).read(text)[0] for form in formats]
    differ = pc.not_equal(days[0], days[-1]).fill_null(False)
    row = pc.index(differ, True).as_py()
    row = row if row >= 0 else pc.index(text.is_valid(), True).as_py()
    return ", ".join(
        f"--date-format {form} reads {text[row]} as {values[row].as_py():%d %b %Y}"
        for form, values in zip(formats, days, strict=True)
    )


def _pattern(form: str) -> str:
    if form in _WORDED:
        return f"^{_WORDED[form]}{_TIME}$"
    return "^" + re.sub("YYYY|YY|MM|DD|[.]", lambda piece: _PIECES.get(piece[0], "[.]"), form) + _TIME + "$"


def _whole(digits: pa.Array) -> npt.NDArray[np.int64]:
    """Return digits as whole numbers, 0 where there are none."""
    filled = pc.if_else(pc.equal(digits, ""), "0", digits).fill_null("0")
    return filled.cast(pa.int64()).to_numpy(zero_copy_only=False)
