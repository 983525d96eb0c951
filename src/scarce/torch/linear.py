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
from scarce.torch import linear_operator, losses
from scarce.torch.autograd import can_fuse, loss_of
from scarce.torch.closed_forms import guarded
from scarce.torch.distributed import over_ranks
from scarce.torch.loss_module import LossModule, OfLoss
from scarce.torch.settings import resolve, resolve_beside
from scarce.torch.tensors import Call, check_shapes, readable, spread

if TYPE_CHECKING:
    from torch import Tensor, nn

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
    known, numbers = resolve_beside(loss, "softmax", settings, features)
    return _loss_of_layer(
        features, weight, bias, target, sample_weight, *numbers, known.key, rows_a_chunk, ranks
    )


class LinearLoss(OfLoss):
    """A linear layer and a softmax loss in one, which never holds all the logits.

    Parameters
    ----------
    layer : nn.Linear
        The last layer, new or the network's own; its parameters are this module's.
    loss : str or LossModule, default "focal"
        A softmax loss: a name of the catalogue, or a module such as ``FocalLoss(gamma=3.0)``.
    rows_a_chunk : int, optional
        As in `linear_loss`.
    **settings : object
        The loss's own, where it is given by name: those of its module.

    Raises
    ------
    ScarceError
        E565 for a loss that keeps every row, E567 for a module that is no softmax loss of the catalogue;
        otherwise as the loss.

    Notes
    -----
    Call the module to train and `posterior` to predict. The softmax of `logits` is not the probability of the
    classes, unless the loss is cross-entropy without weights.

    Examples
    --------
    >>> import torch
    >>> head = LinearLoss(torch.nn.Linear(16, 1000), "logit_adjusted", class_counts=range(1000, 0, -1))
    >>> features, target = torch.randn(8, 16), torch.arange(8)
    >>> head(features, target).backward()
    >>> head.posterior(features).shape
    torch.Size([8, 1000])
    """

    def __init__(
        self,
        layer: nn.Linear,
        loss: str | LossModule = "focal",
        *,
        rows_a_chunk: int | None = None,
        **settings: Any,
    ) -> None:
        super().__init__()
        self.layer = layer
        self.loss = _module(loss, settings)
        self.rows_a_chunk = rows_a_chunk

    def forward(self, features: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:
        """Return the loss of a target, as `linear_loss` with this layer."""
        layer, loss = self.layer, self.loss
        rest = (*loss.numbers, loss.key, self.rows_a_chunk, loss.ranks)
        return _loss_of_layer(features, layer.weight, layer.bias, target, sample_weight, *rest)

    def logits(self, features: Tensor) -> Tensor:
        """Return the layer's raw outputs, all of them: shape (..., n_classes)."""
        return self.layer(features)

    def posterior(self, features: Tensor) -> Tensor:
        """Return the class probabilities that the raw outputs stand for, shape (..., n_classes).

        Raises
        ------
        ScarceError
            E513 if the loss has no posterior.
        """
        logits = self.layer(features)
        return self.loss.posterior(logits.reshape(-1, logits.shape[-1])).reshape(logits.shape)

    def init_bias(self, prior: Any) -> None:
        """Set the layer's bias so that training starts at the prior, as `LossModule.init_bias`."""
        self.loss.init_bias(self.layer, prior)

    def extra_repr(self) -> str:
        """Return the size of a chunk, if one was chosen."""
        return "" if self.rows_a_chunk is None else f"rows_a_chunk={self.rows_a_chunk}"


def _module(loss: str | LossModule, settings: dict[str, Any]) -> LossModule:
    if isinstance(loss, str):
        resolve(loss, "softmax", settings)  # says what there is instead
        modules = map(vars(losses).get, losses.__all__)
        loss = next(m for m in modules if (m.name, m.kind) == (loss, "softmax"))(**settings)
    elif settings:
        suggestion = f"it is made already: give {type(loss).__name__} its settings"
        raise ScarceError("E523", loss="LinearLoss", name=next(iter(settings)), suggestion=suggestion)
    if not isinstance(loss, LossModule) or loss.kind != "softmax":
        raise ScarceError("E567", loss=type(loss).__name__)
    _refuse_every_row(loss.key)
    return loss


def _refuse_every_row(key: str) -> None:
    """Refuse a reduction that keeps every row: a row's gradients in the weight are as large as the weight."""
    if loss_of(key).reduction == "none":
        raise ScarceError("E565", reduction="none")


def _loss_of_layer(
    features: Tensor, weight: Tensor, bias: Tensor | None, target: Tensor, *rest: Any
) -> Tensor:
    """Return the loss of a layer's outputs, where the settings are known by their key."""
    for name, given in (("features", features), ("weight", weight), ("target", target)):
        if not isinstance(given, torch.Tensor):
            raise ScarceError("E560", name=name, given=type(given).__name__)
    return _evaluate(features, weight, bias, _working_dtype(features), target, *rest)


def _working_dtype(features: Tensor) -> torch.dtype | None:
    """Return the type that autocast gives a linear layer, or None outside of it."""
    device = features.device.type
    if features.dtype == torch.float64 or not torch.amp.is_autocast_available(device):
        return None
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else None


@torch.compiler.allow_in_graph
def _evaluate(
    features: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    working: torch.dtype | None,
    target: Tensor,
    sample_weight: Tensor | None,
    *rest: Any,
) -> Tensor:
    *numbers, key, rows_a_chunk, ranks = rest
    _refuse_every_row(key)
    if rows_a_chunk is not None:
        whole("rows_a_chunk", rows_a_chunk, least=1)
    _check_layer(features, weight, bias, working)
    logits, loss = linear_operator.logits_like(features, weight), loss_of(key)
    _check_rows(logits, target, sample_weight)
    lead = logits.shape[:-1]
    target, logits = target.reshape(-1, *target.shape[len(lead) :]), logits.reshape(-1, weight.shape[0])
    if isinstance(sample_weight, torch.Tensor):
        sample_weight = spread(sample_weight, lead).reshape(-1)
    call = Call(loss, Numbers(*numbers), logits, target, sample_weight)
    check_shapes(call)
    call = readable(call)
    if rows_a_chunk is None:
        at_once = LOGITS_A_CHUNK if can_fuse(call) else LOGITS_A_CHUNK // OPERATIONS
        rows_a_chunk = max(1, at_once // weight.shape[0])
    layer = features.reshape(-1, features.shape[-1]), weight, bias
    total, counted, *_ = linear_operator.sum_and_gradients(
        layer, call, rows_a_chunk, working or features.dtype
    )
    if loss.reduction == "sum":
        return total
    if ranks is not None:
        return total / over_ranks(counted, loss.reduction, ranks)
    return total / guarded(loss.reduction, counted)


def _check_layer(features: Tensor, weight: Tensor, bias: Tensor | None, working: torch.dtype | None) -> None:
    fits = features.dim() > 0 and weight.dim() == 2 and weight.shape[1] == features.shape[-1]
    if not fits or (bias is not None and bias.shape != weight.shape[:1]):
        shapes = {"features": features, "weight": weight, "bias": bias}
        raise ScarceError("E566", **{name: x if x is None else tuple(x.shape) for name, x in shapes.items()})
    for name, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None and tensor.dtype != features.dtype and working is None:
            suggestion = f"the features are {features.dtype}: convert one of them, or use torch.autocast"
            raise ScarceError("E563", what=name, dtype=tensor.dtype, suggestion=suggestion)


def _check_rows(logits: Tensor, target: Tensor, sample_weight: Any) -> None:
    """Refuse shapes by what they were given as, before all rows come to lie on one axis."""
    shape, lead, given = tuple(logits.shape), tuple(logits.shape[:-1]), tuple(target.shape)
    if given not in (lead, shape):
        suggestion = f"pass one class index a row, in shape {lead}, or a probability a logit"
        raise ScarceError("E505", logits=shape, target=given, suggestion=suggestion)
    given = tuple(sample_weight.shape) if isinstance(sample_weight, torch.Tensor) else ()
    if given != lead[: len(given)]:
        raise ScarceError("E515", what=f"sample_weight has shape {given} and the target {lead}")
