"""What counts as positive: one of two labels, a label against all others, or numbers on one side of a limit.

A model file keeps the two labels and nothing else, so the labels themselves say which of the three they are:
``("no", "yes")``, ``("not 2", "2")`` and ``("<100", ">=100")``.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scarce.number_grammar import number

if TYPE_CHECKING:
    from collections.abc import Callable

_LIMIT = re.compile(r"\s*(>=|<=|>|<)\s*(\S+)\s*")
_SIDES: dict[str, tuple[Callable[[float, float], bool], str]] = {
    ">=": (operator.ge, "<"),
    ">": (operator.gt, "<="),
    "<=": (operator.le, ">"),
    "<": (operator.lt, ">="),
}


def rest_of(label: str) -> str:
    """Return what all labels but one are called.

    Examples
    --------
    >>> rest_of("2")
    'not 2'
    """
    return f"not {label}"


def sign_of(text: str) -> tuple[str, str]:
    """Return the sign that a limit begins with, if any, and the rest.

    Examples
    --------
    >>> sign_of(">= 300 EUR"), sign_of("300")
    (('>=', '300 EUR'), ('', '300'))
    """
    found = re.match(r"\s*(>=|<=|>|<|)\s*(.*?)\s*$", text, re.DOTALL)
    return found[1], found[2]


@dataclass(frozen=True)
class Limit:
    """The numbers that count as positive, such as those from 100 on.

    Attributes
    ----------
    sign : str
        One of ``>=``, ``>``, ``<=`` and ``<``.
    value : float
    written : str
        The value as the user wrote it.

    Examples
    --------
    >>> limit = Limit.of(">= 100")
    >>> limit.labels, limit.holds(100.0), limit.holds(99.5)
    (('<100', '>=100'), True, False)
    """

    sign: str
    value: float
    written: str

    @classmethod
    def of(cls, text: str) -> Limit | None:
        """Read a limit; None for what is none, such as a label."""
        found = _LIMIT.fullmatch(text)
        value = None if found is None else number(found[2])
        return None if found is None or value is None else cls(found[1], value, found[2])

    @property
    def labels(self) -> tuple[str, str]:
        """The negative and the positive label."""
        return _SIDES[self.sign][1] + self.written, self.sign + self.written

    def holds(self, other: float) -> bool:
        """Whether a number is positive."""
        return _SIDES[self.sign][0](other, self.value)


def meaning(word: str, labels: tuple[str, str]) -> int:
    """Return 1 for a word that is positive, 0 for a negative one, -1 for one that is neither.

    Parameters
    ----------
    word : str
        A label as the data holds it.
    labels : (str, str)
        The negative and the positive one, as a model knows them.

    Examples
    --------
    >>> meaning("2.0", ("1", "2")), meaning("3", ("1", "2"))
    (1, -1)
    >>> meaning("3", ("not 2", "2")), meaning("120", ("<100", ">=100"))
    (0, 1)
    """
    for same in (str, number):
        found = [same(label) for label in labels]
        if same(word) is not None and same(word) in found:
            return found.index(same(word))
    if labels[0] == rest_of(labels[1]):
        return 0
    limit, value = Limit.of(labels[1]), number(word)
    if limit is None or value is None or labels != limit.labels:
        return -1
    return int(limit.holds(value))
