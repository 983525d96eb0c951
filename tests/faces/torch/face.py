"""The losses on tensors, as the laws see them: a NumPy loss in, arrays in and out."""

from __future__ import annotations

import os
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import scarce.torch
from scarce.losses import SoftmaxLoss
from scarce.torch.autograd import can_fuse
from scarce.torch.tensors import Call

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses import Loss


DEVICE = torch.device(os.environ.get("SCARCE_TEST_DEVICE", "cpu"))
"""Where the tests put their tensors."""

MODULES = {
    (cls.kind, cls.name): cls
    for cls in vars(scarce.torch).values()
    if isinstance(cls, type)
    and issubclass(cls, scarce.torch.LossModule)
    and cls is not scarce.torch.LossModule
}
SETTINGS = ("class_weight", "logit_shift", "logit_scale", "label_smoothing", "reduction", "ignore_index")


@cache
def module_of(loss: Loss) -> scarce.torch.LossModule:
    """Return the module that is a NumPy loss."""
    if loss.class_counts is not None:
        loss = loss.resolve(loss.class_counts)
    modulation = loss.modulation
    settings = {name: getattr(loss, name) for name in SETTINGS}
    if loss.kind == "softmax":
        settings["background"] = loss.background
    if modulation.name != "ldam":
        return MODULES[loss.kind, modulation.name](**asdict(modulation), **settings).to(DEVICE)
    # Counts of these margins: each is the largest times the fourth root of the least count over its own.
    largest, scale = max(modulation.margins), settings.pop("logit_scale") or 1.0
    counts = [(largest / margin) ** 4 for margin in modulation.margins]
    settings |= {"max_margin": largest / scale, "scale": scale, "class_counts": counts}
    return MODULES[loss.kind, "ldam"](**settings).to(DEVICE)


def computed(loss: Loss, logits: Tensor, target: Any, sample_weight: Any = None) -> Tensor:
    """Return a NumPy loss on tensors."""
    target, weight = on(logits.device, target), on(logits.device, sample_weight)
    return module_of(loss)(logits, target, sample_weight=weight)


def on(device: torch.device, numbers: Any) -> Tensor | None:
    return None if numbers is None else torch.as_tensor(numbers, device=device)


def fuses(loss: Loss, logits: Tensor, target: Any, sample_weight: Any = None) -> bool:
    """Whether a kernel computes this: the one look of the laws behind the public names."""
    target, weight = on(logits.device, target), on(logits.device, sample_weight)
    module = module_of(loss)
    return can_fuse(Call(module.plain, module.numbers, logits, target, weight))


def logits_of(z: Any, dtype: torch.dtype | None = None) -> Tensor:
    return torch.tensor(np.asarray(z), dtype=dtype, device=DEVICE).requires_grad_()


class TorchFace:
    """What PyTorch computes; in another type than the arrays' own where one is given."""

    def __init__(self, dtype: torch.dtype | None = None) -> None:
        self.dtype = dtype

    def value(self, loss, logits, target, sample_weight=None):
        z = logits_of(logits, self.dtype)
        return array(computed(loss, z, target, sample_weight))

    def gradient(self, loss, logits, target, sample_weight=None):
        z = logits_of(logits, self.dtype)
        value = computed(loss, z, target, sample_weight)
        (gradient,) = torch.autograd.grad(value.sum(), z)
        assert gradient.dtype == z.dtype
        return array(gradient)

    def hessian(self, loss, logits, target, sample_weight=None):
        """Return the diagonal, by going backward twice."""
        z = logits_of(logits, self.dtype)
        value = computed(loss, z, target, sample_weight)
        (gradient,) = torch.autograd.grad(value.sum(), z, create_graph=True)
        if not isinstance(loss, SoftmaxLoss):
            (diagonal,) = torch.autograd.grad(gradient.sum(), z)
            return array(diagonal)
        columns = []
        for k in range(z.shape[-1]):
            (row,) = torch.autograd.grad(gradient[:, k].sum(), z, retain_graph=True)
            columns.append(row[:, k])
        return array(torch.stack(columns, dim=-1))


def array(tensor: Tensor) -> Any:
    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
