"""Deferred re-weighting: no class weights at first, and then some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from scarce.errors import ScarceError
from scarce.losses.domains import whole
from scarce.losses.weighting import checked_counts, frozen_numbers, normalised_weight
from scarce.torch.base import LossModule
from scarce.torch.precise import OfLoss, buffer_of

if TYPE_CHECKING:
    from torch import Tensor


class DeferredReweighting(OfLoss):
    """A loss whose class weights are 1 until the epoch ``start``, and then as they are given.

    Parameters
    ----------
    loss : LossModule
        A loss of `scarce.torch`, without class weights; it becomes part of this module, which sets its
        ``class_weight``.
    epochs : int
        How many epochs the training has.
    class_counts : sequence
        The number of rows of each class; for a sigmoid ``(negatives, positives)``, or one such pair a label.
    class_weight : str or sequence, default "effective"
        "balanced", "effective" or "inverse_sqrt", or numbers.
    start : int, optional
        The first epoch with weights, counted from 0; by default that which begins the last fifth.

    Attributes
    ----------
    epoch : Tensor
        The epoch that `step` was last told; in the ``state_dict``.

    Notes
    -----
    Call ``step(epoch)`` at the beginning of each epoch. `posterior` follows the stage: a network that was
    trained through both belongs to the last. The authors' code (kaidic/LDAM-DRW, cifar_train.py) weighs by
    the effective number with beta .9999 from epoch 160 of 200 on, as is the default here, and scales the
    weights to sum to the number of classes. Here named weights are scaled so that the weighted rows are as
    many as the rows, so that the step size does not jump; theirs is
    ``class_weight=EffectiveNumber(normalize="classes")`` of `scarce.losses.weighting`.

    Examples
    --------
    >>> from scarce.torch import CrossEntropyLoss
    >>> loss = DeferredReweighting(CrossEntropyLoss(), 10, [90, 10], class_weight="balanced")
    >>> for epoch in range(10):
    ...     loss.step(epoch)
    ...     if epoch in (7, 8):
    ...         print(epoch, [round(w, 3) for w in loss.loss.class_weight.tolist()])
    7 [1.0, 1.0]
    8 [0.556, 5.0]

    References
    ----------
    Cao et al., "Learning imbalanced datasets with label-distribution-aware margin loss", NeurIPS 2019,
    section 3.3 and algorithm 1.
    """

    epoch: Tensor
    weights: Tensor

    def __init__(
        self,
        loss: LossModule,
        epochs: int,
        class_counts: Any,
        *,
        class_weight: Any = "effective",
        start: int | None = None,
    ) -> None:
        super().__init__()
        _check_loss(loss)
        self.epochs = whole("epochs", epochs, least=1)
        last_fifth = self.epochs - max(1, self.epochs // 5)
        self.start = last_fifth if start is None else whole("start", start, least=0)
        self.loss = loss
        self.register_buffer("weights", buffer_of(_weights(class_weight, class_counts)))
        self.register_buffer("epoch", buffer_of(0, dtype=torch.int64))
        self.step(0)

    def step(self, epoch: int) -> None:
        """Say which epoch begins.

        Parameters
        ----------
        epoch : int
            Counted from 0.
        """
        whole("epoch", epoch, least=0)
        self.epoch.fill_(epoch)
        self.loss.class_weight = (
            self.weights.clone() if epoch >= self.start else torch.ones_like(self.weights)
        )

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002
        """Return the loss with the weights of this epoch; as the loss's own ``forward``."""
        return self.loss(input, target, sample_weight=sample_weight)

    def posterior(self, logits: Tensor) -> Tensor:
        """Return the loss's posterior with the weights of this epoch."""
        return self.loss.posterior(logits)

    def base_score(self, prior: Any) -> Tensor:
        """Return the constant logits whose posterior is the prior, with the weights of this epoch."""
        return self.loss.base_score(prior)

    def init_bias(self, layer: nn.Module, prior: Any) -> None:
        """Set the bias of a network's last layer so that training starts at the prior."""
        self.loss.init_bias(layer, prior)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"epochs={self.epochs}, start={self.start}"


def _check_loss(loss: Any) -> None:
    if not isinstance(loss, LossModule):
        raise ScarceError("E584", given=type(loss).__name__, reason="is no loss of scarce.torch")
    if loss.class_weight is not None:
        raise ScarceError("E584", given=type(loss).__name__, reason="has class weights already")


def _weights(class_weight: Any, class_counts: Any) -> np.ndarray:
    counts = checked_counts(class_counts.tolist() if hasattr(class_counts, "tolist") else class_counts)
    weight = normalised_weight(class_weight, None)
    given = np.asarray(weight) if isinstance(weight, tuple) else weight.weights(counts)
    if given.shape != counts.shape:
        raise ScarceError("E527", what="class_weight", given=given.shape[-1], n_classes=counts.shape[-1])
    return np.asarray(frozen_numbers("class_weight", given, lowest=0.0))
