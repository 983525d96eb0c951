"""What every overlap loss is as a module, and what its settings are."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from scarce.losses.overlap import (
    MCC,
    Dice,
    FocalTversky,
    Jaccard,
    OverlapLoss,
    SigmoidOverlap,
    SoftmaxOverlap,
    Tversky,
)
from scarce.losses.spelling import brief
from scarce.torch.overlap.call import Plan, evaluate, plan_of
from scarce.torch.precise import SettledModule, as_numbers, buffer_of
from scarce.torch.settings import refuse_names

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses.overlap_index import OverlapIndex
    from scarce.torch.distributed import Ranks

INDICES: dict[str, type[OverlapIndex]] = {
    index.name: index for index in (Tversky, Dice, Jaccard, FocalTversky, MCC)
}
"""The overlap losses by the names of their functions."""

KINDS: dict[str, type[OverlapLoss]] = {loss.kind: loss for loss in (SigmoidOverlap, SoftmaxOverlap)}

HIDDEN = ("index", "axis")  # the module says the index, and the classes lie on axis 1


def signature(name: str, kind: str) -> inspect.Signature:
    """Return what an overlap loss takes: the index's own parameters, then by keyword what all share."""
    own = parameters_of(INDICES[name], inspect.Parameter.POSITIONAL_OR_KEYWORD)
    shared = parameters_of(KINDS[kind], inspect.Parameter.KEYWORD_ONLY)
    return inspect.Signature([*own, *(item for item in shared if item.name not in HIDDEN)])


def parameters_of(of: type[Any], kind: Any) -> list[inspect.Parameter]:
    """Return a dataclass's fields as parameters."""
    return [inspect.Parameter(item.name, kind, default=item.default) for item in fields(of)]


def bound(
    expected: inspect.Signature, what: str, arguments: tuple[Any, ...], settings: dict[str, Any]
) -> dict[str, Any]:
    """Return every setting by name, as plain numbers that pickle and print.

    Raises
    ------
    ScarceError
        E523 if there is no such setting; E562 if one wants a gradient, which it cannot have.
    """
    refuse_names(what, settings, expected)
    given = expected.bind(*arguments, **settings)
    given.apply_defaults()
    return {name: as_numbers(name, value) for name, value in given.arguments.items()}


def overlap_loss(name: str, kind: str, settings: dict[str, Any]) -> OverlapLoss:
    """Return the loss that settings mean, with the classes on axis 1."""
    own = {item.name for item in fields(INDICES[name])}
    index = INDICES[name](**{key: value for key, value in settings.items() if key in own})
    shared = {key: value for key, value in settings.items() if key not in own}
    return KINDS[kind](index, axis=1, **shared)


class RegionLoss(SettledModule):
    """What every module here has: settings by name, class weights as a buffer, and no posterior."""

    name: ClassVar[str]
    kind: ClassVar[str]
    expected: ClassVar[inspect.Signature]

    class_weight: Tensor | None

    def __init__(self, *arguments: Any, ranks: Ranks = None, **settings: Any) -> None:
        super().__init__()
        self.ranks = ranks
        self._settle(bound(self.expected, f"{self.kind}_{self.name}", arguments, settings))

    def _settle(self, settings: dict[str, Any], changed: str | None = None) -> None:
        loss, self.plan = self._made(settings)
        if changed is None or changed in ("class_weight", "classes"):
            self.register_buffer("class_weight", buffer_of(loss.class_weight, self._where()))
        self.loss, self.settings = loss, settings

    @abstractmethod
    def _made(self, settings: dict[str, Any]) -> tuple[Any, Any]:
        """Return the loss in NumPy that settings mean, and its plan."""

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

    def _made(self, settings: dict[str, Any]) -> tuple[OverlapLoss, Plan]:
        loss = overlap_loss(self.name, self.kind, settings)
        return loss, plan_of(loss)

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
        return evaluate(input, target, sample_weight, self.class_weight, self.plan, self.ranks)
