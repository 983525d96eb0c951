"""The overlap losses by name: what each is, and what it takes over labels (a sigmoid) and over classes.

The one list of them: a face makes its modules, functions and their signatures from it.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import Field, dataclass, fields
from typing import TYPE_CHECKING, Any

from scarce.losses.overlap import OverlapLoss, SigmoidOverlap, SoftmaxOverlap
from scarce.losses.overlap_index import MCC, Dice, FocalTversky, Jaccard, Tversky
from scarce.losses.unified_focal import SigmoidUnifiedFocal, SoftmaxUnifiedFocal

if TYPE_CHECKING:
    from collections.abc import Mapping


HIDDEN = ("index", "axis")  # the name says the index, and a face where its classes lie
PARAMETER = r"(?m)^(\w[\w, ]*) : (.*)\n((?:    .*\n)+)"  # of numpydoc
OWN = ("delta", "gamma", "focal_share")  # what unified focal loss takes by position


@dataclass(frozen=True)
class OverlapEntry:
    """One overlap loss.

    Parameters
    ----------
    name, title : str
        Its name in functions, and in classes.
    kinds : mapping of str to type
        The loss in NumPy over a "sigmoid" and over a "softmax"; their docstrings say what the settings mean.
    index : type, optional
        The index that those losses take; unified focal loss has none.
    """

    name: str
    title: str
    kinds: Mapping[str, type[Any]]
    index: type[Any] | None = None

    @property
    def summary(self) -> str:
        """What it is, in one sentence without a full stop."""
        if self.index is None:
            return "Unified focal loss: a focal loss of the pixels beside a focal Tversky loss of the classes"
        return (inspect.getdoc(self.index) or "").split("\n")[0].rstrip(".")

    def own(self, kind: str) -> list[Field[Any]]:
        """Return the parameters of this loss alone."""
        if self.index is not None:
            return list(fields(self.index))
        return [item for item in fields(self.kinds[kind]) if item.name in OWN]

    def shared(self, kind: str) -> list[Field[Any]]:
        """Return the settings that it has in common with others of its kind."""
        names = {*HIDDEN, *(item.name for item in self.own(kind))}
        return [item for item in fields(self.kinds[kind]) if item.name not in names]

    def signature(self, kind: str) -> inspect.Signature:
        """Return what a face takes: the loss's own parameters, then by keyword what all share."""
        by_position, by_keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
        return inspect.Signature(
            [inspect.Parameter(x.name, by_position, default=x.default) for x in self.own(kind)]
            + [inspect.Parameter(x.name, by_keyword, default=x.default) for x in self.shared(kind)]
        )

    def meanings(self, kind: str) -> dict[str, tuple[str, str]]:
        """Return the type and the meaning of every parameter, which the losses' docstrings say."""
        found: dict[str, tuple[str, str]] = {}
        for of in (Tversky, OverlapLoss, *reversed(self.kinds[kind].__mro__), self.index or object):
            _, _, section = (inspect.cleandoc(of.__doc__ or "")).partition("Parameters\n----------\n")
            for names, typed, text in re.findall(PARAMETER, section.split("\n\n")[0] + "\n"):
                meaning = " ".join(text.split())
                if not meaning.startswith("As in"):
                    found |= dict.fromkeys(names.split(", "), (typed.partition(", default")[0], meaning))
        return {name: found[name] for name in self.signature(kind).parameters}

    def loss(self, kind: str, *, axis: int = 1, **settings: Any) -> Any:
        """Return the loss that settings mean."""
        made: Any = self.kinds[kind]
        if self.index is None:
            return made(axis=axis, **settings)
        own = {item.name: settings.pop(item.name) for item in self.own(kind) if item.name in settings}
        return made(index=self.index(**own), axis=axis, **settings)


_KINDS = {"sigmoid": SigmoidOverlap, "softmax": SoftmaxOverlap}

OVERLAP_LOSSES = {
    entry.name: entry
    for entry in (
        OverlapEntry("tversky", "Tversky", _KINDS, Tversky),
        OverlapEntry("dice", "Dice", _KINDS, Dice),
        OverlapEntry("jaccard", "Jaccard", _KINDS, Jaccard),
        OverlapEntry("focal_tversky", "FocalTversky", _KINDS, FocalTversky),
        OverlapEntry("mcc", "MCC", _KINDS, MCC),
        OverlapEntry(
            "unified_focal", "UnifiedFocal", {"sigmoid": SigmoidUnifiedFocal, "softmax": SoftmaxUnifiedFocal}
        ),
    )
}
"""Every overlap loss."""
