"""The losses on tensors, as the laws see them: a NumPy loss in, arrays in and out."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from scarce.losses import SoftmaxLoss
from scarce.losses.numbers import Numbers
from scarce.torch.autograd import evaluate
from scarce.torch.settings import NUMBERS, tensor_of
from scarce.torch.tensors import Call, bare

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses import Loss


DEVICE = torch.device(os.environ.get("SCARCE_TEST_DEVICE", "cpu"))
"""Where the tests put their tensors."""


def call_of(loss: Loss, logits: Tensor, target: Any, sample_weight: Any = None) -> Call:
    """Return the call that computes a NumPy loss on tensors."""
    if loss.class_counts is not None:
        loss = loss.resolve(loss.class_counts)
    numbers = (tensor_of(name, getattr(loss, name), logits) for name in NUMBERS)
    at = logits.device
    weight = None if sample_weight is None else torch.as_tensor(sample_weight, device=at)
    return Call(bare(loss), Numbers(*numbers), logits, torch.as_tensor(target, device=at), weight)


def logits_of(z: Any, dtype: torch.dtype | None = None) -> Tensor:
    return torch.tensor(np.asarray(z), dtype=dtype, device=DEVICE).requires_grad_()


class TorchFace:
    """What PyTorch computes; in another type than the arrays' own where one is given."""

    def __init__(self, dtype: torch.dtype | None = None) -> None:
        self.dtype = dtype

    def value(self, loss, logits, target, sample_weight=None):
        z = logits_of(logits, self.dtype)
        return array(evaluate(call_of(loss, z, target, sample_weight)))

    def gradient(self, loss, logits, target, sample_weight=None):
        z = logits_of(logits, self.dtype)
        value = evaluate(call_of(loss, z, target, sample_weight))
        (gradient,) = torch.autograd.grad(value.sum(), z)
        assert gradient.dtype == z.dtype
        return array(gradient)

    def hessian(self, loss, logits, target, sample_weight=None):
        """Return the diagonal, by going backward twice."""
        z = logits_of(logits, self.dtype)
        value = evaluate(call_of(loss, z, target, sample_weight))
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


def reduced(loss: Loss, reduction: str) -> Loss:
    return replace(loss, reduction=reduction)
