"""The overlap losses by name: what each is, and what it takes over labels (a sigmoid) and over classes.

The one list of them: a face makes its modules, functions and their signatures from it.
"""

from __future__ import annotations

import functools
import inspect
import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from scarce.losses.overlap import SigmoidOverlap, SoftmaxOverlap
from scarce.losses.overlap_index import MCC, Dice, FocalTversky, Jaccard, Tversky
from scarce.losses.unified_focal import SigmoidUnifiedFocal, SoftmaxUnifiedFocal

if TYPE_CHECKING:
    from collections.abc import Mapping


HIDDEN = ("index", "axis")  # the name says the index, and a face where its classes lie
OWN = ("delta", "gamma", "focal_share")  # what unified focal loss takes by position


@dataclass(frozen=True)
class OverlapEntry:
    """One overlap loss.

    Parameters
    ----------
    name, title : str
        Its name in functions, and in classes.
    kinds : mapping of str to type
        The loss in NumPy over a "sigmoid" and over a "softmax".
    index : type, optional
        The index that those losses take; unified focal loss has none.
    """

    name: str
    title: str
    kinds: Mapping[str, type[Any]]
    index: type[Any] | None = None

    def signature(self, kind: str) -> inspect.Signature:
        """Return what a face takes: the loss's own parameters, then by keyword what all share."""
        of_loss = fields(self.kinds[kind])
        own = [item for item in of_loss if item.name in OWN] if self.index is None else fields(self.index)
        shared = [item for item in of_loss if item.name not in HIDDEN and item not in own]
        kinds = ((inspect.Parameter.POSITIONAL_OR_KEYWORD, own), (inspect.Parameter.KEYWORD_ONLY, shared))
        return inspect.Signature(
            [inspect.Parameter(x.name, kind, default=x.default) for kind, items in kinds for x in items]
        )

    def loss(self, kind: str, *, axis: int = 1, **settings: Any) -> Any:
        """Return the loss that settings mean."""
        made: Any = self.kinds[kind]
        if self.index is None:
            return made(axis=axis, **settings)
        own = {item.name: settings.pop(item.name) for item in fields(self.index) if item.name in settings}
        return made(index=self.index(**own), axis=axis, **settings)


def key_of(loss: Any) -> str:
    """Return a loss of the list as a string, which a compiled graph can hold."""
    named = getattr(loss, "index", loss)
    settings = {
        item.name: getattr(part, item.name)
        for part in {loss, named}
        for item in fields(part)
        if item.name != "index"
    }
    return json.dumps([named.name, loss.kind, settings], sort_keys=True)


@functools.lru_cache(maxsize=256)
def loss_of(key: str) -> Any:
    """Return the loss that a string stands for."""
    name, kind, settings = json.loads(key)
    return OVERLAP_LOSSES[name].loss(kind, **settings)


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
