"""Focal loss of a margin, with a gamma for each element that may be negative, and derivatives in closed form.

Focal loss of a negative gamma would not be bounded as p tends to 1; inverse focal loss, ``-(1+p)^g log p`` at
``g = -gamma``, takes its place. With ``h = p log p / (1+p)``: ``a = (1+p)^g (1 + g h)`` and
``a' = g (1+p)^(g-1) (2 + g h + log p / (1+p))``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from scarce.arrays.torch_derivatives import differentiable
from scarce.losses.class_forms import LOWEST, classes_of
from scarce.losses.formulas import FAR, point, unbounded
from scarce.losses.modulation import Focal, Formulas
from scarce.losses.rules import Rule
from scarce.torch.closed_forms import TORCH

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


def inverse_phi(lp: Tensor, lq: Tensor, p: Tensor, q: Tensor, g: Tensor) -> Tensor:
    """Return ``-(1+p)^g log p``."""
    return -torch.exp(g * torch.log1p(p)) * lp


def inverse_slope(lp: Tensor, lq: Tensor, p: Tensor, q: Tensor, g: Tensor) -> Tensor:
    """Return ``q (1+p)^g (1 + g h)``."""
    return q * torch.exp(g * torch.log1p(p)) * (1.0 + g * (p * lp / (1.0 + p)))


def inverse_curvature(lp: Tensor, lq: Tensor, p: Tensor, q: Tensor, g: Tensor) -> Tensor:
    """Return ``p q (a - q a')``."""
    h = p * lp / (1.0 + p)
    rise = g / (1.0 + p) * (2.0 + g * h + lp / (1.0 + p))
    return p * q * torch.exp(g * torch.log1p(p)) * (1.0 + g * h - q * rise)


def inverse_log_a(lp: Tensor, lq: Tensor, p: Tensor, q: Tensor, g: Tensor) -> Tensor:
    """Return ``g log(1+p) + log(1 + g h)``."""
    return g * torch.log1p(p) + torch.log1p(g * (p * lp / (1.0 + p)))


def _signed(inverse: Callable[..., Tensor], focal: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def formula(lp: Tensor, lq: Tensor, p: Tensor, q: Tensor, g: Tensor) -> Tensor:
        below = inverse(lp, lq, p, q, torch.clamp(-g, min=0.0))
        return torch.where(g < 0.0, below, focal(lp, lq, p, q, torch.clamp(g, min=0.0)))

    return formula


FOCAL = Focal.formulas.over(TORCH)
INVERSE = Formulas(inverse_phi, inverse_slope, inverse_curvature, inverse_log_a)
SIGNED = Formulas(*map(_signed, INVERSE, FOCAL))


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
