"""The overlap losses as functions: `softmax_dice(input, target, ...)` and one for each loss and kind.

The short name, such as `dice`, is the softmax one. Settings are those of the modules.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import torch

from scarce.torch.overlap.base import INDICES, bound, overlap_loss, signature
from scarce.torch.overlap.call import evaluate
from scarce.torch.overlap.unified import KINDS, unified_focal, unified_signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


def _function(name: str, kind: str) -> Callable[..., Tensor]:
    expected = unified_signature(kind) if name == "unified_focal" else signature(name, kind)
    compute = unified_focal if name == "unified_focal" else evaluate

    def loss(
        input: Tensor,  # noqa: A002 - PyTorch's name
        target: Tensor,
        sample_weight: Tensor | None = None,
        *,
        ranks: Any = None,
        **settings: Any,
    ) -> Tensor:
        known = _loss(name, kind, bound(expected, f"{kind}_{name}", (), settings))
        weight = known.class_weight
        if weight is not None:
            weight = torch.tensor(weight, device=input.device)
        return compute(input, target, sample_weight, weight, known, ranks)

    loss.__name__ = loss.__qualname__ = f"{kind}_{name}"
    loss.__doc__ = _text(name, kind)
    both = inspect.Parameter.POSITIONAL_OR_KEYWORD
    first = [inspect.Parameter(name, both) for name in ("input", "target")]
    first.append(inspect.Parameter("sample_weight", both, default=None))
    own = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in expected.parameters.values()]
    ranks = inspect.Parameter("ranks", inspect.Parameter.KEYWORD_ONLY, default=None)
    loss.__signature__ = inspect.Signature([*first, *own, ranks])
    return loss


def _loss(name: str, kind: str, settings: dict[str, Any]) -> Any:
    return KINDS[kind](axis=1, **settings) if name == "unified_focal" else overlap_loss(name, kind, settings)


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
