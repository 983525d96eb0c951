"""What every overlap loss is and does as a module and as a function; and sums of losses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import torch
from torch import nn

from scarce.errors import ScarceError
from scarce.losses.column_loss import refuse_posterior
from scarce.losses.domains import at_least_zero
from scarce.losses.overlap_catalog import OVERLAP_LOSSES, key_of
from scarce.losses.settings_text import brief
from scarce.torch.loss_module import SettledModule, buffer_of
from scarce.torch.overlap.overlap_dispatch import evaluate
from scarce.torch.settings import as_numbers, refuse_names

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    loss: OverlapLoss | UnifiedFocal
    class_weight: Tensor | None

    def __init__(self, *, ranks: Ranks = None, **settings: Any) -> None:
        super().__init__()
        self.ranks = ranks
        self._settle({name: as_numbers(name, value) for name, value in settings.items()})

    def _settle(self, settings: dict[str, Any], changed: str | None = None) -> None:
        loss = _loss(self.name, self.kind, settings)
        if changed is None or changed in ("class_weight", "classes"):
            self.register_buffer("class_weight", buffer_of(loss.class_weight, self._where()))
        self.loss, self.key, self.settings = loss, key_of(loss), settings

    @property
    def reduction(self) -> str:
        """How losses are reduced; unified focal loss has a mean, always."""
        return self.loss.reduction

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
        loss = self.key if torch.compiler.is_compiling() else self.loss
        return evaluate(input, target, sample_weight, self._buffers["class_weight"], loss, self.ranks)

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
        expected = OVERLAP_LOSSES[self.name].signature(self.kind).parameters
        words = [
            f"{name}={brief(value)}"
            for name, value in self.settings.items()
            if expected[name].kind is expected[name].POSITIONAL_OR_KEYWORD or value != expected[name].default
        ]
        return ", ".join(words if self.ranks is None else [*words, f"ranks={self.ranks!r}"])


def overlap_of_name(
    name: str,
    kind: str,
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    ranks: Ranks,
    **settings: Any,
) -> Tensor:
    """Return an overlap loss by its name and settings: what every function of them does."""
    compiles = torch.compiler.is_compiling()
    loss = _key(name, kind, settings) if compiles else _loss(name, kind, settings)
    return evaluate(logits, target, sample_weight, None, loss, ranks)


def _loss(name: str, kind: str, settings: dict[str, Any]) -> Any:
    refuse_names(f"{kind}_{name}", settings, OVERLAP_LOSSES[name].signature(kind).parameters)
    return OVERLAP_LOSSES[name].loss(kind, **{key: as_numbers(key, x) for key, x in settings.items()})


@torch.compiler.assume_constant_result
def _key(name: str, kind: str, settings: dict[str, Any]) -> str:
    return key_of(_loss(name, kind, settings))


class CombinedLoss(nn.Module):
    """``weight_1 loss_1 + weight_2 loss_2 + ...``, each called with the same input and target.

    Parameters
    ----------
    parts : sequence of (float, nn.Module)
        Weights, at least 0, and losses of this package; or any others that are called with input and target.

    Raises
    ------
    ScarceError
        E501 if a weight lies outside its domain; E594 if a part is not a module, or is not reduced.

    Notes
    -----
    An overlap loss alone gives confidently wrong pixels hardly any gradient, and classes without foreground
    none; a pointwise loss alone looks mostly at the background. Beside each other each mends the other.

    Examples
    --------
    >>> from scarce.torch import CombinedLoss, DiceLoss, FocalLoss
    >>> loss = CombinedLoss([(1.0, DiceLoss()), (0.5, FocalLoss())])
    >>> loss
    CombinedLoss(1 * SoftmaxDiceLoss() + 0.5 * SoftmaxFocalLoss(gamma=2.0))
    >>> logits, target = torch.zeros(1, 2, 4, requires_grad=True), torch.tensor([[0, 0, 0, 1]])
    >>> dice, focal = loss.values(logits, target)                # what to log
    >>> round(dice.item(), 4), round(focal.item(), 4)
    (0.5333, 0.1733)
    >>> torch.equal(loss.total((dice, focal)), loss(logits, target))
    True
    """

    def __init__(self, parts: Sequence[tuple[float, nn.Module]]) -> None:
        super().__init__()
        if not parts:
            suggestion = "pass pairs such as (0.5, FocalLoss())"
            raise ScarceError("E594", what="nothing", reason="a sum has parts", suggestion=suggestion)
        for _, part in parts:
            _check_part(part)
        self.weights = tuple(at_least_zero("weight", weight) for weight, _ in parts)
        self.parts = nn.ModuleList(part for _, part in parts)

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002
        """Return the weighted sum.

        Parameters
        ----------
        input, target, sample_weight : Tensor
            What every part is called with.
        """
        return self.total(self.values(input, target, sample_weight=sample_weight))

    def values(
        self,
        input: Tensor,  # noqa: A002 - PyTorch's name
        target: Tensor,
        *,
        sample_weight: Tensor | None = None,
    ) -> tuple[Tensor, ...]:
        """Return the value of each part, without its weight: to log them, and then to take the `total`.

        Parameters
        ----------
        input, target, sample_weight : Tensor
            What every part is called with.
        """
        weight = {} if sample_weight is None else {"sample_weight": sample_weight}
        return tuple(part(input, target, **weight) for part in self.parts)

    def total(self, values: Sequence[Tensor]) -> Tensor:
        """Return the weighted sum of the values of the parts.

        Parameters
        ----------
        values : sequence of Tensor
            As `values` gave them.
        """
        for part, value in zip(self.parts, values, strict=True):
            if value.dim() > 0:  # its reduction was changed since
                _refuse_unreduced(part)
        pairs = zip(self.weights, values, strict=True)
        return torch.stack([weight * value for weight, value in pairs]).sum()

    def posterior(self, logits: Tensor) -> NoReturn:
        """Refuse: what one part says is bent by the others.

        Raises
        ------
        ScarceError
            E513, always.
        """
        refuse_posterior(type(self).__name__)

    def __repr__(self) -> str:
        """Return the sum as it is written."""
        pairs = zip(self.weights, self.parts, strict=True)
        return f"{type(self).__name__}({' + '.join(f'{weight:g} * {part!r}' for weight, part in pairs)})"


def _check_part(part: object) -> None:
    if not isinstance(part, nn.Module):
        suggestion = "pass pairs such as (0.5, FocalLoss())"
        raise ScarceError("E594", what=repr(part), reason="it is not a module", suggestion=suggestion)
    if getattr(part, "reduction", None) == "none":
        _refuse_unreduced(part)


def _refuse_unreduced(part: nn.Module) -> NoReturn:
    reason, suggestion = "it is not reduced to one number", "give it reduction='mean' or 'sum'"
    raise ScarceError("E594", what=type(part).__name__, reason=reason, suggestion=suggestion)
