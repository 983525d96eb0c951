"""The header of a table of text: whether it is one, and how its names and the fields below go together."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from scarce.data.suggestion import listed, typed_name
from scarce.errors import ScarceError
from scarce.number_grammar import number

if TYPE_CHECKING:
    from collections.abc import Sequence

_MANY = 10
"""Rows in which words of the first line come back often enough to show that it is one of them."""

_COUNTED = 3
"""Names that are numbers, each one more than the last, that no row is likely to begin a file with."""

_SHOWN = 20


def fitted_names(header: list[str], below: list[list[str]]) -> list[str] | None:
    """Return a name for each field of the rows, empty where the header has none; None for ragged rows.

    Rows may have one field more: an empty one at their end, or row names in front that count from 0 or 1.
    They may have one fewer where the header ends in a delimiter, or begins with ``#`` and a blank.

    Examples
    --------
    >>> fitted_names(["a", "b"], [["1", "2", ""], ["3", "4", ""]])
    ['a', 'b', '']
    >>> fitted_names(["a", "b"], [["1", "x", "2"], ["2", "y", "4"]])
    ['', 'a', 'b']
    >>> fitted_names(["a", "b"], [["1", "2"], ["3"]]) is None
    True
    """
    widths = {len(record) for record in below}
    if widths <= {len(header)}:
        return header
    width = widths.pop()
    if widths:
        return None
    if width == len(header) - 1:
        return header[1:] if header[0] == "#" else None if header[-1].strip() else header[:-1]
    if width != len(header) + 1 or len(header) == 1:
        return None
    if not any(record[-1].strip() for record in below):
        return [*header, ""]
    counted = [record[0] for record in below]
    counts = any(counted == [str(i + start) for i in range(len(below))] for start in (0, 1))
    return ["", *header] if len(below) > 1 and counts else None


def is_header(first: list[str], below: list[list[str]]) -> bool:
    """Whether a line without numbers stands above a column of numbers."""
    if any(number(name) is not None for name in first):
        return False
    return any(all(number(value) is not None for value in column) for column in zip(*below, strict=False))


def check_header(first: list[str], below: list[list[str]], source: str) -> None:
    """Raise for a first line that is no header, or has repeated names.

    Raises
    ------
    ScarceError
        E111, E109.
    """
    numeric = [] if _counts_columns(first) else [name for name in first if number(name) is not None]
    if len(numeric) * 2 > len(first):
        raise _no_header(first, numeric[0], source)
    if len(first) == 1 and len([word for word in first[0].split() if number(word) is not None]) > 1:
        raise _no_header(first[0].split(), first[0].split()[0], source)
    others = [record for record in below if record != first]
    columns = list(zip(*others, strict=False))
    words = [(name, column) for name, column in zip(first, columns, strict=False) if _is_word(name)]
    met = [name for name, column in words if name in column]
    stands_above_numbers = any(sum(map(_is_word, column)) * 2 < len(column) for _, column in words)
    enough = len(others) >= _MANY and (len(met) + len(numeric)) * 2 >= len(first)
    if met and enough and not stands_above_numbers:
        raise _no_header(first, met[0], source)
    repeated = [name for name, times in Counter(filter(str.strip, first)).items() if times > 1]
    among = set().union(*columns)
    if repeated and sum(name in among for name in first) * 2 >= len(first):
        raise _no_header(first, repeated[0], source)
    if repeated:
        raise ScarceError("E109", source=source, names=listed(repeated))


def _is_word(text: str) -> bool:
    """Whether a field is neither a number nor empty."""
    return bool(text.strip()) and number(text) is None


def _counts_columns(first: list[str]) -> bool:
    """Whether numbers among names count columns from 0 on, or are years and the like beside words."""
    named = [name.strip() for name in first if name.strip()]
    numbers = [value for name in named if (value := number(name)) is not None]
    if named[: len(numbers)] == [str(i) for i in range(len(numbers))]:
        return True
    steps = {after - before for before, after in pairwise(numbers)}
    return len(named) > len(numbers) >= _COUNTED and steps == {1.0}


def check_given(given: Sequence[str], rows: list[list[str]], source: str) -> None:
    """Raise E155 where the first line holds the names that were given for a file without header."""
    if rows and [name.strip() for name in rows[0][: len(given)]] == list(given):
        raise ScarceError("E155", option="--names", source=source, reason="its first line holds these names")


def _no_header(first: Sequence[str], value: str, source: str) -> ScarceError:
    names = [f"c{i + 1}" for i in range(len(first))]
    typed = typed_name(*names)
    if len(names) > _SHOWN:
        typed = f"{names[0]},{names[1]},...,{names[-1]}"
    return ScarceError("E111", source=source, value=value, typed=typed)
