"""Losses of a margin whose parameters differ from element to element, with derivatives by closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from scarce.losses.class_forms import LOWEST
from scarce.losses.formulas import FAR, focal_curvature, focal_log_a, focal_phi, focal_slope
from scarce.losses.modulation import Formulas
from scarce.torch.plan import class_axis, compute_dtype
from scarce.torch.words import bound, classes_of, point

if TYPE_CHECKING:
    from torch import Tensor

FOCAL = bound(Formulas(focal_phi, focal_slope, focal_curvature, focal_log_a))
"""Focal loss's formulas, whose gamma may be a tensor."""


class Modulated(torch.autograd.Function):
    """A modulation's loss at a margin; the parameter is held constant."""

    generate_vmap_rule = True

    @staticmethod
    def forward(margin: Tensor, parameter: Tensor, of: tuple[Any, ...]) -> Tensor:
        """Return ``phi``."""
        return of[0](*point(margin), parameter)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Keep the margin."""
        margin, parameter, ctx.of = inputs
        ctx.save_for_backward(margin, parameter)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None, None]:
        """Return ``-slope``, which can be differentiated once more."""
        return -upstream * _Slope.apply(*ctx.saved_tensors, ctx.of), None, None


class _Slope(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(margin: Tensor, parameter: Tensor, of: tuple[Any, ...]) -> Tensor:
        return of[1](*point(margin), parameter)

    setup_context = staticmethod(Modulated.setup_context)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None, None]:
        margin, parameter = ctx.saved_tensors
        return -upstream * ctx.of[2](*point(margin), parameter), None, None


def modulated(margin: Tensor, parameter: Any, of: Formulas) -> Tensor:
    """Return the loss of each margin.

    Parameters
    ----------
    margin : Tensor
        ``m``, where the target's probability is ``sigmoid(m)``.
    parameter : Tensor or float
        Of each element; it is not differentiated.
    of : Formulas
        Bound formulas of a modulation with one parameter.
    """
    parameter = torch.as_tensor(parameter, dtype=margin.dtype, device=margin.device).detach()
    return Modulated.apply(margin, parameter.expand_as(margin), tuple(of))


def label_margin(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the margin of each row's label, ``u_y - logsumexp of the other u``.

    Parameters
    ----------
    logits : Tensor
        Rows by classes.
    labels : Tensor of int64
        A class a row.
    """
    own = labels[:, None]
    others = torch.clamp(logits.scatter(-1, own, -torch.inf), min=LOWEST)  # all of them may be masked
    margin = logits.gather(-1, own)[:, 0] - torch.logsumexp(others, dim=-1)
    top = torch.amax(logits.detach(), dim=-1)
    return margin + (top - top)  # NaN beside a logit of infinity, and where all classes are masked


def class_margins(logits: Tensor) -> Tensor:
    """Return every class's margin, of logits in rows by classes."""
    z = torch.clamp(logits, max=FAR)
    u = z - torch.amax(z, -1, keepdim=True)
    classes = classes_of(u)
    return classes.u - classes.rest


def by_rows(logits: Tensor) -> Tensor:
    """Return logits as rows by classes, in the type that they are computed in."""
    moved = logits.to(compute_dtype(logits)).movedim(class_axis(logits), -1)
    return moved.reshape(moved.shape[:-1].numel(), moved.shape[-1])


def from_rows(rows: Tensor, like: Tensor) -> Tensor:
    """Return what was laid out as rows by classes in the shape of the logits."""
    axis = class_axis(like)
    return rows.reshape(like.movedim(axis, -1).shape).movedim(-1, axis)
