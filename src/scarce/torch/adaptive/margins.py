"""Focal loss of a margin, with a gamma for each element that may be negative, and its closed derivatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from scarce.arrays.torch_derivatives import differentiable
from scarce.losses import signed_focal
from scarce.losses.class_forms import LOWEST, classes_of
from scarce.losses.formulas import FAR, point, unbounded
from scarce.losses.modulation import Focal
from scarce.losses.rules import Rule
from scarce.torch.closed_forms import TORCH

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses.formulas import Formulas


FOCAL = Focal.formulas.over(TORCH)
SIGNED = signed_focal.SIGNED.over(TORCH)


class _OfMargin(Rule):
    """A focal loss of a margin m, where p = sigmoid(m), and of a gamma that is held constant."""

    def __init__(self, formulas: Formulas) -> None:
        self._formulas = formulas

    def both(self, u: Tensor, *given: Tensor) -> tuple[Tensor, Tensor]:
        at = *point(TORCH, u), *given
        return self._formulas.phi(*at), -self._formulas.slope(*at)

    def product(self, v: Tensor, u: Tensor, *given: Tensor) -> Tensor:
        return self._formulas.curvature(*point(TORCH, u), *given) * v


def modulated(margin: Tensor, gamma: Any, formulas: Formulas, weight: Any = 1.0) -> Tensor:
    """Return the weighted loss of each margin m, where p = sigmoid(m); gamma is held constant."""
    gamma = torch.as_tensor(gamma, dtype=margin.dtype, device=margin.device).detach()
    loss = differentiable(_OfMargin(formulas))(margin, gamma.expand_as(margin))
    return unbounded(TORCH, weight * loss)


def evidence(margin: Tensor, gamma: Tensor, formulas: Formulas) -> Tensor:
    """Return the logarithm of ``p / a(p)``, which a posterior is proportional to."""
    at = point(TORCH, margin)
    return at[0] - formulas.log_a(*at, gamma)


def target_margins(kind: str, logits: Tensor, target: Tensor) -> Tensor:
    """Return the margin of each target: of rows by classes, or of a logit that decides between 0 and 1."""
    return label_margins(logits, target) if kind == "softmax" else torch.where(target > 0.5, logits, -logits)


def margins_of_all(kind: str, logits: Tensor) -> Tensor:
    """Return the margin of every class, last; a logit has two."""
    return class_margins(logits) if kind == "softmax" else torch.stack([-logits, logits], dim=-1)


def label_margins(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the margin of each row's label, ``u_y - logsumexp of the other u``."""
    own = labels[:, None]
    others = torch.clamp(logits.scatter(-1, own, -torch.inf), min=LOWEST)  # all of them may be masked
    margin = logits.gather(-1, own)[:, 0] - torch.logsumexp(others, dim=-1)
    top = torch.amax(logits.detach(), dim=-1)
    return margin + (top - top)  # NaN beside a logit of infinity, and where all classes are masked


def class_margins(logits: Tensor) -> Tensor:
    """Return the margin of every class."""
    z = torch.clamp(logits, max=FAR)
    classes = classes_of(TORCH, z - torch.amax(z, -1, keepdim=True))
    return classes.u - classes.rest
