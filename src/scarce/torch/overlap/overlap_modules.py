"""A module and a function for each overlap loss, over classes (a softmax) and over labels (a sigmoid).

The short name, such as `DiceLoss` or `dice`, is the softmax one.
"""

from __future__ import annotations

import inspect
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import torch

from scarce.losses.overlap_catalog import OVERLAP_LOSSES, OverlapEntry
from scarce.losses.settings_text import brief
from scarce.torch.loss_module import SettledModule, buffer_of
from scarce.torch.overlap.overlap_dispatch import LOSSES, evaluate, key_of
from scarce.torch.settings import as_numbers, refuse_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from scarce.losses.overlap import OverlapLoss
    from scarce.losses.unified_focal import UnifiedFocal
    from scarce.torch.distributed import Ranks


class OverlapModule(SettledModule):
    """An overlap loss as a module: ``module(input, target, *, sample_weight=None)``.

    The modules made of it say what they take. Settings can be read and changed as attributes; the class
    weights are a buffer.
    """

    name: ClassVar[str]
    kind: ClassVar[str]
    expected: ClassVar[inspect.Signature]

    loss: OverlapLoss | UnifiedFocal
    class_weight: Tensor | None

    def __init__(self, *arguments: Any, ranks: Ranks = None, **settings: Any) -> None:
        super().__init__()
        self.ranks = ranks
        self._settle(_bound(OVERLAP_LOSSES[self.name], self.kind, arguments, settings))

    def _settle(self, settings: dict[str, Any], changed: str | None = None) -> None:
        loss = OVERLAP_LOSSES[self.name].loss(self.kind, **settings)
        if changed is None or changed in ("class_weight", "classes"):
            self.register_buffer("class_weight", buffer_of(loss.class_weight, self._where()))
        self.loss, self.settings = loss, settings

    @property
    def reduction(self) -> str:
        """How losses are reduced; unified focal loss has a mean, always."""
        return self.settings.get("reduction", "mean")

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
        return evaluate(input, target, sample_weight, self.class_weight, self.loss, self.ranks)

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


def _bound(
    entry: OverlapEntry, kind: str, arguments: tuple[Any, ...], settings: dict[str, Any]
) -> dict[str, Any]:
    """Return every setting by name, as plain numbers that pickle and print, or refuse it."""
    expected = entry.signature(kind)
    refuse_names(f"{kind}_{entry.name}", settings, expected.parameters)
    given = expected.bind(*arguments, **settings)
    given.apply_defaults()
    return {name: as_numbers(name, value) for name, value in given.arguments.items()}


def _documented(entry: OverlapEntry, kind: str, before: str = "") -> str:
    """Return the docstring of a module or a function."""
    parameters, lines = entry.signature(kind).parameters, [before] if before else []
    for name, (typed, meaning) in entry.meanings(kind).items():
        default = parameters[name].default
        lines.append(f"{name} : {typed}" if default is None else f"{name} : {typed}, default {default!r}")
        lines.append(textwrap.indent(textwrap.fill(meaning, 100), "    "))
    return "\n".join([f"{entry.summary}; over a {kind}.", "", "Parameters", "----------", *lines, OF_RANKS])


OF_RANKS = """ranks : process group or "world", optional
    Over whose images soft counts are summed, or the mean is taken; this rank's own by default."""
RANKS = inspect.Parameter("ranks", inspect.Parameter.KEYWORD_ONLY, default=None)


def _module(entry: OverlapEntry, kind: str) -> type[OverlapModule]:
    expected = entry.signature(kind)
    members = {
        "name": entry.name,
        "kind": kind,
        "expected": expected,
        "__module__": __name__,
        "__doc__": _documented(entry, kind),
        "__signature__": expected.replace(parameters=[*expected.parameters.values(), RANKS]),
    }
    return type(f"{kind.capitalize()}{entry.title}Loss", (OverlapModule,), members)


CALL = """input : Tensor
    Logits: images on axis 0, classes or labels on axis 1, any axes of pixels.
target : Tensor
    As in the module's `forward`.
sample_weight : Tensor, optional
    One weight a pixel, or one an image."""


def _function(entry: OverlapEntry, kind: str) -> Callable[..., Tensor]:
    name = entry.name

    def loss(
        input: Tensor,  # noqa: A002 - PyTorch's name
        target: Tensor,
        *,
        sample_weight: Tensor | None = None,
        ranks: Any = None,
        **settings: Any,
    ) -> Tensor:
        if torch.compiler.is_compiling():
            known = LOSSES[_key(name, kind, settings)]
        else:
            known = entry.loss(kind, **_bound(entry, kind, (), settings))
        return evaluate(input, target, sample_weight, None, known, ranks)

    loss.__name__ = loss.__qualname__ = f"{kind}_{name}"
    loss.__doc__ = _documented(entry, kind, CALL)
    first = list(inspect.signature(loss).parameters.values())[:3]
    own = [item.replace(kind=RANKS.kind) for item in entry.signature(kind).parameters.values()]
    loss.__signature__ = inspect.Signature([*first, *own, RANKS])
    return loss


@torch.compiler.assume_constant_result
def _key(name: str, kind: str, settings: dict[str, Any]) -> str:
    entry = OVERLAP_LOSSES[name]
    return key_of(entry.loss(kind, **_bound(entry, kind, (), settings)))


FUNCTIONS: dict[str, Callable[..., Tensor]] = {}
"""The functions by name."""

__all__ = NAMES = []
for _entry in OVERLAP_LOSSES.values():
    for _kind in ("sigmoid", "softmax"):
        _made = globals()[f"{_kind.capitalize()}{_entry.title}Loss"] = _module(_entry, _kind)
        FUNCTIONS[f"{_kind}_{_entry.name}"] = FUNCTIONS[_entry.name] = _function(_entry, _kind)
        NAMES.append(_made.__name__)
    globals()[f"{_entry.title}Loss"] = _made
    NAMES.append(f"{_entry.title}Loss")
