"""The overlap losses as functions: `softmax_dice(input, target, ...)` and one for each loss and kind.

The short name, such as `dice`, is the softmax one. Settings are those of the modules.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import torch

from scarce.torch.overlap import unified
from scarce.torch.overlap.base import INDICES, bound, overlap_loss, signature
from scarce.torch.overlap.call import evaluate, plan_of
from scarce.torch.overlap.counts import widest

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


def _function(name: str, kind: str) -> Callable[..., Tensor]:
    expected = unified.unified_signature(kind) if name == "unified_focal" else signature(name, kind)
    compute = unified.evaluate if name == "unified_focal" else evaluate

    def loss(
        input: Tensor,  # noqa: A002 - PyTorch's name
        target: Tensor,
        *,
        sample_weight: Tensor | None = None,
        ranks: Any = None,
        **settings: Any,
    ) -> Tensor:
        plan, numbers = _known(name, kind, settings)
        if numbers is not None:
            numbers = torch.tensor(numbers, dtype=widest(input), device=input.device)
        return compute(input, target, sample_weight, numbers, plan, ranks)

    loss.__name__ = loss.__qualname__ = f"{kind}_{name}"
    loss.__doc__ = _text(name, kind)
    both, by_name = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    first = [inspect.Parameter(name, both) for name in ("input", "target")]
    own = [p.replace(kind=by_name) for p in expected.parameters.values()]
    weight, ranks = (inspect.Parameter(name, by_name, default=None) for name in ("sample_weight", "ranks"))
    loss.__signature__ = inspect.Signature([*first, weight, *own, ranks])
    return loss


@torch.compiler.assume_constant_result
def _known(name: str, kind: str, settings: dict[str, Any]) -> tuple[Any, Any]:
    """Return a loss's plan and its class weights."""
    if name == "unified_focal":
        known = bound(unified.unified_signature(kind), f"{kind}_{name}", (), settings)
        loss = unified.KINDS[kind](axis=1, **known)
        return unified.plan_of(loss), loss.class_weight
    known = bound(signature(name, kind), f"{kind}_{name}", (), settings)
    loss = overlap_loss(name, kind, known)
    return plan_of(loss), loss.class_weight


def _text(name: str, kind: str) -> str:
    what = name.replace("_", " ")
    return f"""Return the {what} loss over a {kind}.

    Parameters
    ----------
    input : Tensor
        Logits: images on axis 0, classes or labels on axis 1, any axes of pixels.
    target : Tensor
        {TARGETS[kind]}
    sample_weight : Tensor, optional
        One weight a pixel, or one an image.
    **settings : object
        As in the module, by keyword.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says: the mean over classes by default.
    """


TARGETS = {
    "sigmoid": "0 and 1, or shares, in the input's shape.",
    "softmax": "Class indices in the input's shape without axis 1, or shares (one-hot, soft) in its shape.",
}

__all__ = []
for _name in (*INDICES, "unified_focal"):
    for _kind in ("sigmoid", "softmax"):
        globals()[f"{_kind}_{_name}"] = _function(_name, _kind)
        __all__.append(f"{_kind}_{_name}")
    globals()[_name] = globals()[f"softmax_{_name}"]
    __all__.append(_name)
