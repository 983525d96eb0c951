"""The losses as functions: `softmax_focal(input, target, gamma=2.0, ...)` and one for each loss and kind.

The short name, such as `focal`, is the softmax one. Settings are those of the modules; a class weight, shift
or scale may also be a tensor, which is then used as it is. Settings given as numbers are worked out once and
remembered.
"""

from __future__ import annotations

import inspect
import textwrap
from typing import TYPE_CHECKING, Any

import torch

from scarce.losses import CATALOG
from scarce.losses.numbers import Numbers
from scarce.torch.documentation import call_example, own_parameters
from scarce.torch.autograd import evaluate
from scarce.torch.overlap.functions import *  # noqa: F403 - the overlap losses, listed there
from scarce.torch.overlap.functions import __all__ as _overlap
from scarce.torch.settings import NUMBERS, resolve, signature, tensor_of
from scarce.torch.tensors import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


def _function(name: str, kind: str) -> Callable[..., Tensor]:
    def loss(
        input: Tensor,  # noqa: A002 - PyTorch's name
        target: Tensor,
        *,
        sample_weight: Tensor | None = None,
        ranks: Any = None,
        **settings: Any,
    ) -> Tensor:
        numbers = {key: settings.pop(key) for key in NUMBERS if isinstance(settings.get(key), torch.Tensor)}
        known = resolve(name, kind, settings)
        tensors = (tensor_of(key, numbers.get(key, getattr(known, key)), input) for key in NUMBERS)
        return evaluate(Call(known.loss, Numbers(*tensors), input, target, sample_weight), ranks)

    loss.__name__ = loss.__qualname__ = f"{kind}_{name}"
    loss.__doc__ = _text(name, kind)
    first = [
        inspect.Parameter("input", inspect.Parameter.POSITIONAL_OR_KEYWORD),
        inspect.Parameter("target", inspect.Parameter.POSITIONAL_OR_KEYWORD),
        inspect.Parameter("sample_weight", inspect.Parameter.KEYWORD_ONLY, default=None),
    ]
    own = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in signature(name, kind).parameters.values()]
    ranks = inspect.Parameter("ranks", inspect.Parameter.KEYWORD_ONLY, default=None)
    loss.__signature__ = inspect.Signature([*first, *own, ranks])
    return loss


def _text(name: str, kind: str) -> str:
    shape = (
        "0 and 1, or probabilities, in the input's shape."
        if kind == "sigmoid"
        else "Class indices in the input's shape without axis 1, or one-hot or soft targets in its shape."
    )
    return f"""Return the loss: {CATALOG[name].summary}; over a {kind}.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        {shape}
    sample_weight : Tensor, optional
        One weight an element, or one a row.
{textwrap.indent(own_parameters(name, kind), "    ")}
    **settings : object
        As in the module, by keyword.

    Returns
    -------
    Tensor
        In float32 at least, reduced as ``reduction`` says: the mean by default.

{textwrap.indent(call_example(f"{kind}_{name}", name, kind), "    ")}
    """


__all__ = [*_overlap]
for _name, _entry in CATALOG.items():
    for _kind in _entry.kinds:
        globals()[f"{_kind}_{_name}"] = _function(_name, _kind)
        __all__.append(f"{_kind}_{_name}")
    globals()[_name] = globals()[f"{_entry.kinds[-1]}_{_name}"]
    __all__.append(_name)
