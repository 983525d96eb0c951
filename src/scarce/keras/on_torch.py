"""PyTorch behind Keras: its own names, which keep doubles double, and a rule as PyTorch itself has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from scarce.arrays import torch_derivatives

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES: dict[str, Callable[..., Any]] = {
    **{name: getattr(torch, name) for name in ("exp", "expm1", "log", "log1p", "absolute", "where")},
    "minimum": lambda x, y: x.clamp(max=y) if isinstance(y, float) else torch.minimum(x, y),
    "maximum": lambda x, y: x.clamp(min=y) if isinstance(y, float) else torch.maximum(x, y),
}
outside_graphs = torch.compiler.disable  # its tracer cannot follow an autograd function of a rule
differentiable = torch_derivatives.differentiable
