"""The last layer of a network with the loss it is trained by, as one module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scarce.errors import ScarceError
from scarce.torch import losses
from scarce.torch.base import LossModule
from scarce.torch.linear import loss_of_layer, refuse_every_row
from scarce.torch.precise import OfLoss
from scarce.torch.settings import resolve

if TYPE_CHECKING:
    from torch import Tensor, nn

SOFTMAX = {
    module.name: module for module in map(vars(losses).get, losses.__all__) if module.kind == "softmax"
}
"""The module of every softmax loss, by its name in the catalogue."""


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
        """Return the loss, in float32 at least.

        Parameters
        ----------
        features : Tensor, shape (..., n_features)
            What the layer sees.
        target : Tensor, shape (...) or (..., n_classes)
            Class indices, or one-hot or soft targets.
        sample_weight : Tensor, shape (...), optional
            One weight a row; or one for each entry of the first axes.

        Raises
        ------
        ScarceError
            As `linear_loss`.
        """
        return loss_of_layer(
            features,
            self.layer.weight,
            self.layer.bias,
            target,
            sample_weight,
            self.loss.numbers,
            self.loss.key,
            self.rows_a_chunk,
            self.loss.ranks,
        )

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

    def base_score(self, prior: Any) -> Tensor:
        """Return the constant logits whose posterior is the prior, as `LossModule.base_score`."""
        return self.loss.base_score(prior)

    def init_bias(self, prior: Any) -> None:
        """Set the layer's bias so that training starts at the prior, as `LossModule.init_bias`."""
        self.loss.init_bias(self.layer, prior)

    def extra_repr(self) -> str:
        """Return the size of a chunk, if one was chosen."""
        return "" if self.rows_a_chunk is None else f"rows_a_chunk={self.rows_a_chunk}"


def _module(loss: str | LossModule, settings: dict[str, Any]) -> LossModule:
    if isinstance(loss, str):
        resolve(loss, "softmax", settings)  # says what there is instead
        loss = SOFTMAX[loss](**settings)
    elif settings:
        suggestion = f"it is made already: give {type(loss).__name__} its settings"
        raise ScarceError("E523", loss="LinearLoss", name=next(iter(settings)), suggestion=suggestion)
    if not isinstance(loss, LossModule) or loss.kind != "softmax":
        raise ScarceError("E567", loss=type(loss).__name__)
    refuse_every_row(loss.key)
    return loss
