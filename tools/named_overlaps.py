"""The overlap losses over each of their links: names in Python, formulas and parameters."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from python_text import Parameter, filled, literal

from scarce.losses.overlap import OverlapLoss
from scarce.losses.overlap_catalog import OVERLAP_LOSSES
from scarce.losses.overlap_index import Tversky
from scarce.losses.unified_focal import UnifiedFocal

if TYPE_CHECKING:
    from scarce.losses.overlap_catalog import OverlapEntry

PARAMETER = r"(?m)^(\w[\w, ]*) : (.*)\n((?:    .*\n)+)"  # of numpydoc
ANNOTATIONS = {
    "Empty": 'Literal["skip", "count"]',
    "Over": 'Literal["batch", "image"]',
    "Average": 'Literal["macro", "micro"]',
    "Variant": 'Literal["asymmetric", "symmetric"]',
    "tuple[str, ...] | None": "Sequence[str] | None",
}
"""How a signature writes the types of fields that have a name of their own."""
WORDS = {
    "tversky": "Tversky",
    "dice": "Dice",
    "jaccard": "Jaccard",
    "focal_tversky": "focal Tversky",
    "mcc": "MCC",
    "unified_focal": "unified focal",
}


@dataclass(frozen=True)
class Overlap:
    """An overlap loss over a link."""

    entry: OverlapEntry
    link: str

    @property
    def function(self) -> str:
        """Its name as a function."""
        return f"{self.link}_{self.entry.name}"

    @property
    def class_name(self) -> str:
        """Its name as a class."""
        return f"{self.link.title()}{self.entry.title}Loss"

    @property
    def formula(self) -> str:
        """The first formula of its docstring."""
        return re.search("``(.*?)``", self._text(self.entry.index or UnifiedFocal), re.DOTALL).group(1)

    @property
    def title(self) -> str:
        """Its name in words."""
        return f"{WORDS[self.entry.name]} loss over {'labels' if self.link == 'sigmoid' else 'classes'}"

    @property
    def about(self) -> str:
        """Its formula, and what the letters mean."""
        return filled(f"``{self.formula}``, {MEANING.get(self.entry.name, OF_COUNTS)}")

    @property
    def parameters(self) -> tuple[list[Parameter], list[Parameter]]:
        """The loss's own parameters, and the settings that it shares with others."""
        expected, meanings = self.entry.signature(self.link).parameters.values(), self._meanings()
        made = [self.entry.kinds[self.link], self.entry.index or Tversky]
        types = {item.name: item.type for of in made for item in fields(of)}
        own, shared = [], []
        for item in expected:
            form, meaning = meanings[item.name]
            default = literal(item.default)
            form = f"{form}, default {default}" if item.default is not None else form
            annotation = ANNOTATIONS.get(types[item.name], types[item.name]).replace("'", '"')
            parameter = Parameter(item.name, annotation, form, meaning, default)
            (own if item.kind is item.POSITIONAL_OR_KEYWORD else shared).append(parameter)
        return own, shared

    def _meanings(self) -> dict[str, tuple[str, str]]:
        """Return the type and the meaning of every parameter, which the losses' docstrings say."""
        found: dict[str, tuple[str, str]] = {}
        kind = self.entry.kinds[self.link]
        for of in (Tversky, OverlapLoss, *reversed(kind.__mro__), self.entry.index or object):
            _, _, section = self._text(of).partition("Parameters\n----------\n")
            for names, typed, text in re.findall(PARAMETER, section.split("\n\n")[0] + "\n"):
                if not text.lstrip().startswith("As in"):
                    meaning = typed.partition(", default")[0], " ".join(text.split())
                    found |= dict.fromkeys(names.split(", "), meaning)
        return found

    @staticmethod
    def _text(of: type) -> str:
        return inspect.cleandoc(of.__doc__ or "")


OF_COUNTS = (
    "of the sums of true positives, false positives and false negatives that a class's probabilities make."
)
MEANING = {
    "focal_tversky": "where T is the Tversky index, 1 less the Tversky loss.",
    "unified_focal": "where F is a focal loss of the pixels and R a focal Tversky loss of the classes.",
}


def overlaps() -> list[Overlap]:
    """Return every overlap loss over each of its links."""
    return [Overlap(entry, link) for entry in OVERLAP_LOSSES.values() for link in ("softmax", "sigmoid")]
