"""A weighted sum of losses: an overlap loss beside a pointwise one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import torch
from torch import nn

from scarce.errors import ScarceError
from scarce.losses.column_loss import refuse_posterior
from scarce.losses.domains import at_least_zero

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


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
