"""What every function of `scarce.torch.functional` does: a loss by its name and the settings of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from scarce.losses.numbers import Numbers
from scarce.torch.autograd import evaluate
from scarce.torch.settings import NUMBERS, resolve, tensor_of
from scarce.torch.tensors import Call

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.torch.distributed import Ranks


def loss_of_name(
    name: str,
    kind: str,
    logits: Tensor,
    target: Tensor,
    sample_weight: Tensor | None,
    ranks: Ranks,
    **settings: Any,
) -> Tensor:
    """Return the loss; a class weight, shift or scale that is a tensor is used as it is."""
    numbers = {key: settings.pop(key) for key in NUMBERS if isinstance(settings.get(key), torch.Tensor)}
    known = resolve(name, kind, settings)
    tensors = (tensor_of(key, numbers.get(key, getattr(known, key)), logits) for key in NUMBERS)
    loss = known.key if torch.compiler.is_compiling() else known.loss  # a graph holds strings only
    return evaluate(Call(loss, Numbers(*tensors), logits, target, sample_weight), ranks)
