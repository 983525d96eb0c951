"""What text means by the documented grammar, in plain Python: the reference that reading is held to."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

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
    return "string", [word or None for word in words]
