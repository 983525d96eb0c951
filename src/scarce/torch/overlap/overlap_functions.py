"""The overlap losses as functions: `softmax_dice(input, target, ...)` and one for each loss and kind.

The short name, such as `dice`, is the softmax one. Settings are those of the modules.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import torch

from scarce.losses.overlap_catalog import OVERLAP_LOSSES, OverlapEntry
from scarce.torch.overlap.overlap_dispatch import LOSSES, evaluate, evaluate_unified, key_of
from scarce.torch.overlap.overlap_modules import loss_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


def _function(entry: OverlapEntry, kind: str) -> Callable[..., Tensor]:
    compute, name = evaluate if entry.index is not None else evaluate_unified, entry.name

    def loss(
        input: Tensor,  # noqa: A002 - PyTorch's name
        target: Tensor,
        *,
        sample_weight: Tensor | None = None,
        ranks: Any = None,
        **settings: Any,
    ) -> Tensor:
        if torch.compiler.is_compiling():
            known = LOSSES[_key(name, kind, settings)]
        else:
            known, _ = loss_of(entry, kind, (), settings)
        return compute(input, target, sample_weight, None, known, ranks)

    loss.__name__ = loss.__qualname__ = f"{kind}_{name}"
    loss.__doc__ = f"""Return the {name.replace("_", " ")} loss over a {kind}.

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
    both, by_name = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    first = [inspect.Parameter(name, both) for name in ("input", "target")]
    own = [item.replace(kind=by_name) for item in entry.signature(kind).parameters.values()]
    weight, ranks = (inspect.Parameter(name, by_name, default=None) for name in ("sample_weight", "ranks"))
    loss.__signature__ = inspect.Signature([*first, weight, *own, ranks])
    return loss


@torch.compiler.assume_constant_result
def _key(name: str, kind: str, settings: dict[str, Any]) -> str:
    return key_of(loss_of(OVERLAP_LOSSES[name], kind, (), settings)[0])


TARGETS = {
    "sigmoid": "0 and 1, or shares, in the input's shape.",
    "softmax": "Class indices in the input's shape without axis 1, or shares (one-hot, soft) in its shape.",
}

__all__ = []
for _name, _entry in OVERLAP_LOSSES.items():
    for _kind in ("sigmoid", "softmax"):
        globals()[f"{_kind}_{_name}"] = _function(_entry, _kind)
        __all__.append(f"{_kind}_{_name}")
    globals()[_name] = globals()[f"softmax_{_name}"]
    __all__.append(_name)
