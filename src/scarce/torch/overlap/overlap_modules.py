"""A module for each overlap loss: `Softmax...Loss` over classes, `Sigmoid...Loss` over labels.

The short name, such as `DiceLoss`, is the softmax one.
"""

from __future__ import annotations

import inspect
from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from scarce.losses.overlap_catalog import OVERLAP_LOSSES, OverlapEntry
from scarce.losses.spelling import brief
from scarce.torch.overlap.overlap_dispatch import evaluate, evaluate_unified
from scarce.torch.precise import SettledModule, as_numbers, buffer_of
from scarce.torch.settings import refuse_names

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses.overlap import OverlapLoss
    from scarce.losses.unified_focal import UnifiedFocal
    from scarce.torch.distributed import Ranks


def loss_of(entry: OverlapEntry, kind: str, arguments: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """Return the loss that settings mean, with the classes on axis 1, and every setting by name.

    Raises
    ------
    ScarceError
        E523 if there is no such setting; E562 if one wants a gradient, which it cannot have.
    """
    expected = entry.signature(kind)
    refuse_names(f"{kind}_{entry.name}", settings, expected)
    given = expected.bind(*arguments, **settings)
    given.apply_defaults()
    numbers = {name: as_numbers(name, value) for name, value in given.arguments.items()}
    return entry.loss(kind, **numbers), numbers


class RegionLoss(SettledModule):
    """What every module here has: settings by name, class weights as a buffer, and no posterior."""

    name: ClassVar[str]
    kind: ClassVar[str]
    expected: ClassVar[inspect.Signature]

    class_weight: Tensor | None

    def __init__(self, *arguments: Any, ranks: Ranks = None, **settings: Any) -> None:
        super().__init__()
        self.ranks = ranks
        self._take(*loss_of(OVERLAP_LOSSES[self.name], self.kind, arguments, settings))

    def _settle(self, settings: dict[str, Any], changed: str | None = None) -> None:
        self._take(OVERLAP_LOSSES[self.name].loss(self.kind, **settings), settings, changed)

    def _take(self, loss: Any, settings: dict[str, Any], changed: str | None = None) -> None:
        if changed is None or changed in ("class_weight", "classes"):
            self.register_buffer("class_weight", buffer_of(loss.class_weight, self._where()))
        self.loss, self.settings = loss, settings

    @abstractmethod
    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002
        """Return the loss, in float32 at least.

        Parameters
        ----------
        input : Tensor
            Logits: images on axis 0, classes or labels on axis 1, any axes of pixels.
        target : Tensor
            For a sigmoid 0 and 1 or shares, in the input's shape. For a softmax class indices in the input's
            shape without axis 1, or one-hot targets or shares in the input's shape.
        sample_weight : Tensor, optional
            One weight a pixel, or one an image.

        Raises
        ------
        ScarceError
            E504, E505, E515, E521, E527, E561 to E563 or E592 if an input lies outside its domain.
        """

    def posterior(self, logits: Tensor) -> NoReturn:
        """Refuse: an overlap loss is not proper, so that outputs do not determine a probability.

        Raises
        ------
        ScarceError
            E513, always.
        """
        self.loss.posterior(logits)

    def as_numpy(self) -> Any:
        """Return the same loss in NumPy, with the class weights of the buffer."""
        weight = None if self.class_weight is None else self.class_weight.tolist()
        return replace(self.loss, class_weight=weight)

    def extra_repr(self) -> str:
        """Return the loss's own parameters, and the settings that differ from the defaults."""
        parameters = self.expected.parameters
        words = [
            f"{name}={brief(value)}"
            for name, value in self.settings.items()
            if parameters[name].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
            or value != parameters[name].default
        ]
        return ", ".join(words if self.ranks is None else [*words, f"ranks={self.ranks!r}"])


class OverlapModule(RegionLoss):
    """An overlap loss as a module: ``module(input, target, *, sample_weight=None)``.

    Parameters
    ----------
    class_weight : sequence, Tensor or dict, optional
        How much each class (or label) counts in the mean; a dict goes by label and needs ``classes``.
    smooth : float, default 0.0
        Added to true positives and denominator, in pixels.
    empty : {"skip", "count"}, default "skip"
        A class without foreground in the target does not count; or, with ``smooth`` above 0, it does.
    over : {"batch", "image"}, default "batch"
        Whether soft counts are those of the batch, or of each image.
    average : {"macro", "micro"}, default "macro"
        Whether each class has an index of its own, or all but the background have one of their summed counts.
    squared : bool, default False
        Whether errors are squared, as in the denominator of V-Net's Dice.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over the classes that count (and images); "none" gives every class's loss, 0 for those that do not.
    ignore_index : int, optional
        Targets that count for nothing: -100 for a softmax, none for a sigmoid by default.
    classes : sequence of str, optional
        The labels, in the order of the class indices.
    background : int, optional
        For a softmax: a class that the mean leaves out. It stays in the softmax.
    n_labels : int, default 1
        For a sigmoid: how many labels axis 1 has.
    ranks : process group or "world", optional
        Over whose images soft counts are summed, or the mean is taken; this rank's own by default.
    """

    loss: OverlapLoss

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002 - as in RegionLoss
        return evaluate(input, target, sample_weight, self.class_weight, self.loss, self.ranks)


class UnifiedFocalModule(RegionLoss):
    """Unified focal loss as a module: ``module(input, target, *, sample_weight=None)``.

    Parameters
    ----------
    delta : float, default 0.6
        The price of a foreground pixel that is missed; in [0, 1].
    gamma : float, default 0.5
        In [0, 1): how much the background is suppressed, and rare foreground enhanced.
    focal_share : float, default 0.5
        The share of the pixels' part, the paper's lambda; the rest is the classes'.
    variant : {"asymmetric", "symmetric"}, default "asymmetric"
        See `scarce.losses.unified_focal.UnifiedFocal`.
    class_weight : sequence, Tensor or dict, optional
        How much each class (or label) counts in the classes' part.
    smooth, empty, over, ignore_index, classes, n_labels, ranks : object
        As in `OverlapModule`.
    background : int, default 0
        For a softmax: the class that is not rare.
    """

    loss: UnifiedFocal

    @property
    def reduction(self) -> str:
        """How both parts are reduced: "mean", always."""
        return "mean"

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002 - as in RegionLoss
        return evaluate_unified(input, target, sample_weight, self.class_weight, self.loss, self.ranks)


def _module(entry: OverlapEntry, kind: str) -> type[RegionLoss]:
    """Return the module of an overlap loss, under the name it is pickled by."""
    base = OverlapModule if entry.index is not None else UnifiedFocalModule
    expected = entry.signature(kind)
    ranks = inspect.Parameter("ranks", inspect.Parameter.KEYWORD_ONLY, default=None)
    members = {
        "name": entry.name,
        "kind": kind,
        "expected": expected,
        "__module__": __name__,
        "__doc__": f"{entry.summary}; over a {kind}.\n\n{inspect.getdoc(base)}",
        "__signature__": expected.replace(parameters=[*expected.parameters.values(), ranks]),
    }
    return type(f"{kind.capitalize()}{entry.title}Loss", (base,), members)


__all__ = []
for _entry in OVERLAP_LOSSES.values():
    for _kind in ("sigmoid", "softmax"):
        _made = globals()[f"{_kind.capitalize()}{_entry.title}Loss"] = _module(_entry, _kind)
        __all__.append(_made.__name__)
    globals()[f"{_entry.title}Loss"] = _made
    __all__.append(f"{_entry.title}Loss")
NAMES = __all__
"""Every public name of this module."""
