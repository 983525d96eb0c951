"""A linear layer and a softmax loss in one, in chunks of rows: for label sets too large for all the logits.

For each chunk the logits, their loss and their gradient are computed and used up at once - the gradient is
turned into those of the features, the weight and the bias - so that a chunk's are all there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from scarce.errors import ScarceError
from scarce.losses.domains import whole
from scarce.losses.numbers import Numbers
from scarce.torch import chunked
from scarce.torch.autograd import can_fuse, is_transformed
from scarce.torch.closed_forms import guarded
from scarce.torch.distributed import over_ranks
from scarce.torch.operators import key_of, loss_of
from scarce.torch.settings import NUMBERS, resolve, tensor_of
from scarce.torch.tensor_checks import check_shapes
from scarce.torch.tensors import Call, readable

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.torch.distributed import Ranks

LOGITS_A_CHUNK = 2**24
"""How many logits there are at a time, unless the caller says otherwise: 64 MB in single precision."""

OPERATIONS = 4
"""By how much fewer they are where no kernel writes over them, but PyTorch's operations hold copies."""


def linear_loss(
    features: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    target: Tensor,
    *,
    sample_weight: Tensor | None = None,
    loss: str = "focal",
    rows_a_chunk: int | None = None,
    ranks: Ranks = None,
    **settings: Any,
) -> Tensor:
    """Return a softmax loss of ``features @ weight.T + bias`` without ever holding all the logits.

    Parameters
    ----------
    features : Tensor, shape (..., n_features)
        What the last layer sees.
    weight : Tensor, shape (n_classes, n_features)
        That layer's weight.
    bias : Tensor, shape (n_classes,), optional
        Its bias.
    target : Tensor, shape (...) or (..., n_classes)
        Class indices; or one-hot or soft targets.
    sample_weight : Tensor, shape (...), optional
        One weight a row; or one for each entry of the first axes.
    loss : str, default "focal"
        A softmax loss of the catalogue.
    rows_a_chunk : int, optional
        How many rows go through at a time; by default as many as make 16 million logits, or 4 million where
        no kernel computes the loss (the Brier score, float64, some on other devices).
    ranks : process group or "world", optional
        Whose rows a mean is over in distributed training; this rank's own by default.
    **settings : object
        As in `scarce.torch.functional`; the reduction is "mean" (the default), "sum" or "mean_positive".

    Returns
    -------
    Tensor, shape ()
        In float32 at least.

    Raises
    ------
    ScarceError
        E565 for a reduction that keeps every row, E566 for shapes that do not fit, E568 from a second
        derivative, E501 for a chunk of no rows; otherwise as the loss.

    Notes
    -----
    The gradients are computed on the way forward and kept; ignored rows are left out and cost nothing. Under
    `torch.autocast` the layer is computed in its type, as `torch.nn.functional.linear` is. In bfloat16 and
    float16 the gradients are added up in float32.

    Examples
    --------
    >>> x, w, y = torch.eye(3), torch.eye(3), torch.tensor([0, 1, 2])
    >>> round(linear_loss(x, w, None, y, loss="cross_entropy").item(), 4)
    0.5514
    """
    numbers = {key: settings.pop(key) for key in NUMBERS if isinstance(settings.get(key), torch.Tensor)}
    known = resolve(loss, "softmax", settings)
    tensors = tuple(tensor_of(key, numbers.get(key, getattr(known, key)), features) for key in NUMBERS)
    return loss_of_layer(
        features, weight, bias, target, sample_weight, tensors, known.key, rows_a_chunk, ranks
    )


def loss_of_layer(
    features: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    target: Tensor,
    sample_weight: Tensor | None,
    numbers: tuple[Tensor | None, ...],
    key: str,
    rows_a_chunk: int | None,
    ranks: Ranks,
) -> Tensor:
    """Return the loss of a layer's outputs, where the settings are known by their key."""
    for name, given in (("features", features), ("weight", weight), ("target", target)):
        if not isinstance(given, torch.Tensor):
            raise ScarceError("E560", name=name, given=type(given).__name__)
    working = _working_dtype(features)
    evaluate = _in_graph if torch.compiler.is_compiling() else _evaluate
    return evaluate(
        features, weight, bias, target, sample_weight, *numbers, key, rows_a_chunk, ranks, working
    )


def refuse_every_row(key: str) -> None:
    """Refuse a reduction that keeps every row: a row's gradients in the weight are as large as the weight."""
    if loss_of(key).reduction == "none":
        raise ScarceError("E565", reduction="none")


def _working_dtype(features: Tensor) -> torch.dtype | None:
    """Return the type that autocast gives a linear layer, or None outside of it."""
    device = features.device.type
    if features.dtype == torch.float64 or not torch.amp.is_autocast_available(device):
        return None
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else None


def _evaluate(
    features: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    target: Tensor,
    sample_weight: Tensor | None,
    class_weight: Tensor | None,
    logit_shift: Tensor | None,
    logit_scale: Tensor | None,
    key: str,
    rows_a_chunk: int | None,
    ranks: Any,
    working: torch.dtype | None,
) -> Tensor:
    refuse_every_row(key)
    plan, n_classes = loss_of(key), weight.shape[0]
    if rows_a_chunk is not None:
        whole("rows_a_chunk", rows_a_chunk, least=1)
    _check_layer(features, weight, bias, working)
    lead = features.shape[:-1]
    logits = features.new_empty(()).expand(*lead, n_classes)  # what they would be, for the checks
    _check_target(logits, target)
    if sample_weight is not None:
        sample_weight = _by_row(sample_weight, lead)
    target = target.reshape(-1, *target.shape[len(lead) :])
    rows = features.reshape(-1, features.shape[-1])
    numbers = Numbers(class_weight, logit_shift, logit_scale)
    call = Call(plan, numbers, logits.reshape(-1, n_classes), target, sample_weight)
    check_shapes(call)
    call = readable(call)
    wanted = [_wants_gradient(tensor) for tensor in (rows, weight, bias)]
    total, counted, *_ = chunked.sum_and_gradients(
        rows,
        weight,
        bias,
        call.target,
        sample_weight,
        *numbers,
        key_of(call.loss),
        rows_a_chunk or _rows_a_chunk(call, n_classes),
        working or features.dtype,
        *wanted,
    )
    if plan.reduction == "sum":
        return total
    if ranks is not None:
        return total / over_ranks(counted, plan.reduction, ranks)
    return total / guarded(plan.reduction, counted)


_in_graph = torch.compiler.allow_in_graph(_evaluate)


def _rows_a_chunk(call: Call, n_classes: int) -> int:
    logits = LOGITS_A_CHUNK if can_fuse(call) else LOGITS_A_CHUNK // OPERATIONS
    return max(1, logits // n_classes)


def _wants_gradient(tensor: Tensor | None) -> bool:
    if tensor is None:
        return False
    return (torch.is_grad_enabled() and tensor.requires_grad) or is_transformed()


def _check_layer(features: Tensor, weight: Tensor, bias: Tensor | None, working: torch.dtype | None) -> None:
    fits = features.dim() > 0 and weight.dim() == 2 and weight.shape[1] == features.shape[-1]
    if not fits or (bias is not None and bias.shape != weight.shape[:1]):
        raise ScarceError(
            "E566",
            features=tuple(features.shape),
            weight=tuple(weight.shape),
            bias=None if bias is None else tuple(bias.shape),
        )
    for name, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None and tensor.dtype != features.dtype and working is None:
            suggestion = f"the features are {features.dtype}: convert one of them, or use torch.autocast"
            raise ScarceError("E563", what=name, dtype=tensor.dtype, suggestion=suggestion)


def _check_target(logits: Tensor, target: Tensor) -> None:
    lead = logits.shape[:-1]
    if target.shape not in (lead, logits.shape):
        suggestion = f"pass one class index a row, in shape {tuple(lead)}, or a probability a logit"
        raise ScarceError(
            "E505", logits=tuple(logits.shape), target=tuple(target.shape), suggestion=suggestion
        )


def _by_row(sample_weight: Tensor, lead: torch.Size) -> Tensor:
    if not isinstance(sample_weight, torch.Tensor):
        raise ScarceError("E560", name="sample_weight", given=type(sample_weight).__name__)
    given = sample_weight.shape
    if sample_weight.dim() > len(lead) or given != lead[: sample_weight.dim()]:
        what = f"sample_weight has shape {tuple(given)} and the target {tuple(lead)}"
        raise ScarceError("E515", what=what)
    spread = sample_weight.reshape(given + (1,) * (len(lead) - len(given)))
    return spread.expand(lead).reshape(-1)
