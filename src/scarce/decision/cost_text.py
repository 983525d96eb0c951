"""How costs are written: ``fn=100,fp=Amount``."""

from __future__ import annotations

import difflib
import re

from scarce.errors import ScarceError
from scarce.number_grammar import number

PART = re.compile(r"""\s*(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^,"']+?))\s*(?:,|$)""")
"""A key with its value; a column name with a comma goes in quotes."""


def number_or_name(text: str) -> float | str:
    """Return a number where the text is one, else the text, or raise E365 for a range of numbers."""
    value = number(text)
    if value is None and all(number(end) is not None for end in text.split("..", 1)):
        raise ScarceError("E365", text=text, reason="one number is asked for here")
    return text if value is None else value


def written(value: float | str) -> str:
    """Return a number or the name of a column as `PART` reads it."""
    if isinstance(value, str):
        if '"' in value:
            return f"'{value}'"
        return f'"{value}"' if "," in value or "'" in value or number(value) is not None else value
    return f"{value:.15g}"


def suggestion(name: str, columns: list[str]) -> str:
    """Say which column may be meant."""
    close = difflib.get_close_matches(name, columns, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return "name a column of the data, or give a number"
