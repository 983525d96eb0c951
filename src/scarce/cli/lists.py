"""Options that hold several values: names of columns and learners, and methods with their parameters."""

from __future__ import annotations

import re

from scarce.errors import ScarceError

_NAME = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))(?:,|\Z)')


def names(texts: list[str] | None) -> tuple[str, ...]:
    """Split comma-separated names; a name with a comma or with blanks at its ends stands in double quotes.

    Inside them a double quote is written twice. Line breaks need none.

    Examples
    --------
    >>> names(["id,when", '"city, state"'])
    ('id', 'when', 'city, state')
    """
    found: list[str] = []
    for text in texts or []:
        for quoted, plain in _NAME.findall(text):
            found.append(quoted.replace('""', '"') or plain.strip())
    return tuple(filter(None, found))


def methods(texts: list[str] | None) -> tuple[str, ...]:
    """Split a list of methods at the commas that start a method, not at those between its parameters.

    A part with ``=`` and no ``:`` before it is one more parameter of the method on its left.

    Raises
    ------
    ScarceError
        ``E204`` where a parameter stands before any method.

    Examples
    --------
    >>> methods(["focal:gamma=3,poly_focal:gamma=2,epsilon=1", "brier"])
    ('focal:gamma=3', 'poly_focal:gamma=2,epsilon=1', 'brier')
    """
    found: list[str] = []
    for text in texts or []:
        for part in filter(None, (part.strip() for part in text.split(","))):
            if not _is_parameter(part):
                found.append(part)
            elif found and ":" in found[-1]:
                found[-1] += f",{part}"
            else:
                raise _no_method(text, part)
    return tuple(found)


def _is_parameter(part: str) -> bool:
    return "=" in part and ":" not in part.partition("=")[0]


def _no_method(text: str, part: str) -> ScarceError:
    return ScarceError(
        "E204",
        option="--methods",
        value=text,
        reason=f"{part} belongs to no method",
        suggestion="write the method and a colon before its parameters: focal:gamma=2",
    )
