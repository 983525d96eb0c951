"""What text means by the documented grammar, in plain Python: the reference that reading is held to."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MISSING = {
    "",
    "na",
    "n/a",
    "#n/a",
    "nan",
    "-nan",
    "null",
    "none",
    "nil",
    "?",
    "-",
    "--",
    ".",
    "missing",
    "\\n",
}
DIGITS = set("0123456789")


def number(word: str) -> float | None:
    """Return the number a word is: sign, digits with at most one point, exponent; or infinity."""
    rest = word[1:] if word[:1] in ("+", "-") else word
    if rest.lower() in ("inf", "infinity"):
        return float(word)
    head, mark, exponent = rest.replace("E", "e").partition("e")
    exponent = exponent[1:] if exponent[:1] in ("+", "-") else exponent
    if mark and not is_digits(exponent):
        return None
    whole, _, fraction = head.partition(".")
    return float(word) if is_digits(whole + fraction) else None


def is_digits(word: str) -> bool:
    return bool(word) and set(word) <= DIGITS


def is_integer(word: str) -> bool:
    return is_digits(word[1:] if word[:1] in ("+", "-") else word)


def is_code(word: str) -> bool:
    """Whether a whole number would not be what was written: a leading zero, or beyond 64 bits."""
    digits = word.lstrip("+-")
    return (len(digits) > 1 and digits[0] == "0") or len(digits) > 19 or not -(2**63) <= int(word) < 2**63


DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)([T ](\d\d)(:(\d\d)(:(\d\d)(\.(\d{1,6}))?)?)?)?", re.ASCII)
ZONE = re.compile(r"Z|([+-])(\d\d)(:?(\d\d))?", re.ASCII)


def date(word: str) -> tuple[datetime, bool] | None:
    """Return the moment that an ISO date names, and whether it names a zone."""
    start = DATE.match(word)
    if not start:
        return None
    year, month, day, clock, hour, _, minute, _, second, _, fraction = start.groups()
    rest = word[start.end() :]
    zone = ZONE.fullmatch(rest)
    if rest and not (zone and clock):
        return None
    micro = int((fraction or "0").ljust(6, "0"))
    try:
        parts = (int(part or 0) for part in (year, month, day, hour, minute, second))
        moment = datetime(*parts, micro)
        away = timedelta(0)
        if zone and zone[1]:
            datetime(2000, 1, 1, int(zone[2]), int(zone[4] or 0))
            away = timedelta(hours=int(zone[2]), minutes=int(zone[4] or 0))
        return (moment + away if zone and zone[1] == "-" else moment - away), bool(rest)
    except ValueError:
        return None


NUMERIC_DATE = re.compile(
    r"(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})(?:(?:T|,? )(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?", re.A
)
ORDERS = {"YMD": (0, 1, 2), "DMY": (2, 1, 0), "MDY": (2, 0, 1)}


def ordered_date(word: str, order: str) -> datetime | None:
    """Return the moment of a date whose parts stand in some order."""
    match = NUMERIC_DATE.fullmatch(word)
    if not match:
        return None
    first, _, second, third, hour, minute, seconds, fraction = match.groups()
    year, month, day = ([first, second, third][place] for place in ORDERS[order])
    if len(year) != 4 or len(month) > 2 or len(day) > 2:
        return None
    clock = (int(part or 0) for part in (hour, minute, seconds))
    try:
        return datetime(int(year), int(month), int(day), *clock, int((fraction or "0").ljust(6, "0")))
    except ValueError:
        return None


def order_of(present: list[str]) -> str | None:
    """Return the one order in which all are dates, the day first where points leave it open."""
    if len({"".join(c for c in word[:10] if c in "/.-")[:1] for word in present}) > 1:
        return None
    fits = [order for order in ORDERS if all(ordered_date(word, order) for word in present)]
    if len(fits) > 1 and "." in present[0].split(" ")[0][:5]:
        return "DMY"
    return fits[0] if len(fits) == 1 else None


def locale_number(word: str, point: str, mark: str, unit: str) -> int | float | None:
    """Return the number that a word is where thousands stand apart, by the lengths of what lies between."""
    sign = word[:1] if word[:1] in ("+", "-") else ""
    rest = word.removeprefix(sign)
    if unit and unit != "%":
        rest = rest.removeprefix(unit)
    elif unit:
        rest = rest.removesuffix(unit)
        if rest == word.removeprefix(sign):
            return None
    head, exponent_mark, exponent = rest.replace("E", "e").partition("e")
    whole, decimal, fraction = head.partition(point)
    groups = whole.split(mark) if mark else [whole]
    lakhs = (
        mark == ","
        and len(groups) > 2
        and all(len(group) == 2 for group in groups[1:-1])
        and len(groups[0]) < 3
    )
    grouped = len(groups) == 1 or (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]))
    digits = "".join(groups)
    sound = (
        (grouped or (lakhs and len(groups[-1]) == 3))
        and (is_digits(digits) or (not digits and fraction))
        and (is_digits(fraction) or not decimal)
        and (digits in ("", "0") or not digits.startswith("0"))
        and (
            (is_digits(exponent.lstrip("+-")) and len(exponent) - len(exponent.lstrip("+-")) < 2)
            or not exponent_mark
        )
        and not (exponent_mark and unit == "%")
    )
    if not sound:
        return None
    text = f"{sign}{digits}{decimal and '.'}{fraction}{exponent_mark}{exponent}"
    if unit == "%":
        return float(text + "e-2")
    return int(text) if is_integer(text) and not is_code(text) else float(text)


def locale_of(present: list[str]) -> Callable[[str], int | float] | None:
    """Return how to read the words, if every way of writing numbers that reads them all reads them alike."""
    unit = next((unit for unit in "$%" if any(unit in word for word in present)), "")
    if unit == "%" and any("%" not in word and set(word) & set("123456789") for word in present):
        return None
    plain = [word.replace("$", "").replace("%", "") for word in present]
    if any(len(word) - len(other) > 1 for word, other in zip(present, plain, strict=True)):
        return None
    if (
        not unit
        and not any(set(word) & set(", '") for word in present)
        and not any(word.count(".") > 1 for word in present)
    ):
        return None
    found = []
    for point in ".,":
        for mark in ("", ",", ".", " ", "'"):
            if mark != point:
                read = [locale_number(word, point, mark, unit) for word in present]
                found += [(point, mark)] if None not in read else []
    readings = {tuple(float(locale_number(word, *way, unit)) for word in present) for way in found}
    if len(readings) != 1:
        return None
    return lambda word: locale_number(word, *found[0], unit)


def column(values: list[str | None]) -> tuple[str, list[object]]:
    """Return the kind and the values of a column of text."""
    words = [(value or "").strip() for value in values]
    present = [word for word in words if word.lower() not in MISSING]

    def of(means: object) -> list[object]:
        return [None if word.lower() in MISSING else means(word) for word in words]

    if not present:
        return "double", [None] * len(words)
    if all(number(word) is not None for word in present):
        if not all(is_integer(word) for word in present):
            return "double", of(number)
        if not any(is_code(word) for word in present):
            return "int64", of(int)
    elif {word.lower() for word in present} <= {"true", "false"}:
        return "bool", of(lambda word: word.lower() == "true")
    else:
        found = [date(word) for word in present]
        if all(found) and len({zoned for _, zoned in found}) == 1:
            return "timestamp[us]", of(lambda word: date(word)[0])
        order = order_of(present)
        if order is not None:
            return "timestamp[us]", of(lambda word: ordered_date(word, order))
        read = locale_of(present)
        if read is not None:
            whole = all(type(read(word)) is int for word in present)
            return ("int64" if whole else "double"), of(
                lambda word: read(word) if whole else float(read(word))
            )
    return "string", [word or None for word in words]
