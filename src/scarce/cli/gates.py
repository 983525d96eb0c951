"""Gates: a score and a bound it must keep, for scripts that act on an exit code."""

from __future__ import annotations

import difflib
import math
import operator
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scarce.cli import console
from scarce.errors import ScarceError
from scarce.number_grammar import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scarce.trial.metric import Metric

_TEXT = re.compile(r"\s*([^<>]*[^<>\s])\s*(<=|>=|<|>)\s*(\S+)\s*")
_IN_BRACKETS = re.compile(r"\(.*\)")
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
EXAMPLE = "average_precision<0.8"


@dataclass(frozen=True)
class Gate:
    """``average_precision<0.8``: the command fails where that holds."""

    text: str
    score: str
    comparison: str
    bound: float

    @classmethod
    def parse(cls, text: str) -> Gate:
        """Read one gate.

        Raises
        ------
        ScarceError
            E209 for a text that is no gate.

        Examples
        --------
        >>> Gate.parse("average_precision<0.8").fails({"average_precision": 0.7})
        True
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ScarceError("E209", text=text, reason="no score, sign and number in it", example=EXAMPLE)
        bound = number(match[3])
        if bound is None or math.isinf(bound):
            what = "not a number" if bound is None else "not finite"
            raise ScarceError("E209", text=text, reason=f"{match[3]} is {what}", example=EXAMPLE)
        return cls(text.strip(), match[1], match[2], bound)

    @classmethod
    def parse_all(cls, texts: list[str] | None) -> tuple[Gate, ...]:
        """Read every gate of a command line."""
        return tuple(cls.parse(text) for text in texts or [])

    def named(self, spellings: Mapping[str, str]) -> Gate:
        """Return the gate with the score's own name in place of the one that was written.

        Raises
        ------
        ScarceError
            E209, with the names that look like it.
        """
        score = spellings.get(as_words(self.score))
        if score is not None:
            return replace(self, score=score)
        near = difflib.get_close_matches(as_words(self.score), spellings, n=3, cutoff=0.4)
        nearest = dict.fromkeys(spellings[spelling] for spelling in near)
        example = " or ".join(self.text.replace(self.score, name) for name in nearest) or EXAMPLE
        raise ScarceError("E209", text=self.text, reason=f"there is no score {self.score}", example=example)

    def fails(self, values: Mapping[str, float]) -> bool:
        """Return whether the score is beyond the bound; a score that is not a number fails every gate."""
        value = values[self.score]
        return math.isnan(value) or bool(_COMPARE[self.comparison](value, self.bound))


def spellings_of(metrics: Iterable[Metric]) -> dict[str, str]:
    """Return every way in which a score may be written, plainly, with the score's name.

    They are its name, and what the tables of `scarce run` and `scarce evaluate` call it.

    Examples
    --------
    >>> from scarce.trial.scoring import RANKED
    >>> spellings_of([RANKED])
    {'average precision': 'average_precision', 'ap': 'average_precision'}
    """
    from scarce.report.text_tables import heading

    return {
        as_words(written): metric.name
        for metric in metrics
        for text in (metric.name, metric.label, heading(metric))
        for written in (text, _IN_BRACKETS.sub("", text))
    }


def as_words(text: str) -> str:
    """Return words without capitals and signs: AP, ``log-loss`` and ``log_loss`` are read however written."""
    return " ".join(re.findall(r"\w+", text.casefold().replace("_", " ")))


def judge(gates: Sequence[Gate], values: Mapping[str, float], spellings: Mapping[str, str]) -> int:
    """Say which gates fail, and return the exit code: 1 if any does."""
    failed = [gate for gate in (gate.named(spellings) for gate in gates) if gate.fails(values)]
    for gate in failed:
        value = values[gate.score]
        what = "has no value on these rows" if math.isnan(value) else f"is {value:.6g}"
        console.note(f"gate failed: {gate.text} ({gate.score} {what})")
    return 1 if failed else 0
