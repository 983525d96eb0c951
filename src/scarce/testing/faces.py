"""Where a loss is computed beside NumPy, as far as it is installed."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from scarce.losses import Loss

    Computed = tuple[NDArray[Any], NDArray[Any]]

SETTINGS = ("class_weight", "logit_shift", "logit_scale", "label_smoothing")


def installed() -> list[str]:
    """Return the names of the faces whose libraries are there."""
    return [name for name, (needs, _) in FACES.items() if importlib.util.find_spec(needs) is not None]


def computed(face: str, loss: Loss, logits: NDArray[np.float32], target: NDArray[Any]) -> Computed | None:
    """Return losses and the gradient of their sum; None where the face has no such loss."""
    return FACES[face][1](loss, logits, target)


def _kernels(loss: Any, logits: NDArray[np.float32], target: NDArray[Any]) -> Computed | None:
    from scarce.kernels.binary_pass import BinaryPass

    if loss.kind != "sigmoid":
        return None
    value, gradient = np.empty_like(logits), np.empty_like(logits)
    BinaryPass(loss).run(logits, target.astype(np.float32), value=value, gradient=gradient)
    return value, gradient


def _torch(loss: Loss, logits: NDArray[np.float32], target: NDArray[Any]) -> Computed:
    import torch

    import scarce.torch as losses

    make: Any = losses.SigmoidLoss if loss.kind == "sigmoid" else losses.SoftmaxLoss
    module = make(loss.modulation, reduction="none", **{name: getattr(loss, name) for name in SETTINGS})
    z = torch.tensor(logits, requires_grad=True)
    value = module(z, torch.as_tensor(target))
    (gradient,) = torch.autograd.grad(value.sum(), z)
    return value.detach().numpy(), gradient.numpy()


def _jax(loss: Loss, logits: NDArray[np.float32], target: NDArray[Any]) -> Computed:
    import jax

    import scarce.jax as losses

    gradient = jax.grad(lambda z: losses.value(loss, z, target).sum())(logits)
    return np.asarray(losses.value(loss, logits, target)), np.asarray(gradient)


FACES: dict[str, tuple[str, Callable[[Any, Any, Any], Computed | None]]] = {
    "kernels": ("numba", _kernels),
    "torch": ("torch", _torch),
    "jax": ("jax", _jax),
}
"""By name, the library that a face needs, and how it computes."""
