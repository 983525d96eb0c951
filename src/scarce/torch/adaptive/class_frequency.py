"""Losses by the frequency of classes: seesaw, by the rows seen so far, and class weights from an epoch on."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, MISSING, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from scarce.errors import ScarceError
from scarce.losses import domains
from scarce.losses.weighting import checked_counts, frozen_numbers, normalised_weight
from scarce.torch import functional
from scarce.torch.adaptive.adaptive_loss import AdaptiveLoss
from scarce.torch.distributed import summed
from scarce.torch.loss_module import LossModule, OfLoss, buffer_of

if TYPE_CHECKING:
    from torch import Tensor, nn

    from scarce.torch.adaptive.adaptive_loss import Batch


@dataclass(eq=False, repr=False)
class SeesawLoss(AdaptiveLoss):
    """Softmax cross-entropy after ``log S_yj`` is added to the logits of the other classes j.

    ``S_yj = M_yj C_yj``, with mitigation ``M_yj = min(1, N_j / N_y)^p`` by the numbers N of rows seen so far,
    this batch's included and at least 1, and compensation ``C_yj = max(1, s_j / max(s_y, floor))^q`` by the
    softmax s. S is held constant in the gradient.

    Parameters
    ----------
    n_classes : int
        At least 2.
    mitigation, compensation : float, default 0.8 and 2.0
        The paper's p and q; 0 turns either off.
    floor : float, default 0.01
        The least s_y to divide by, in (0, 1].
    reduction, ignore_index, ranks : as in `AdaptiveLoss`

    Attributes
    ----------
    counts : Tensor, shape (n_classes,)
        Training rows seen of each class, each once whatever its weight. Evaluation adds none.

    Notes
    -----
    The detector's objectness branch of the paper is another loss beside it. Checked against the authors' code
    (open-mmlab/mmdetection, mmdet/models/losses/seesaw_loss.py). There is no `posterior` in closed form, as S
    depends on the label and on the scores: calibrate on rows the network was not fitted to.

    Examples
    --------
    >>> loss = SeesawLoss(2, compensation=0.0)
    >>> _ = loss(torch.zeros(10, 2), torch.tensor([0] * 8 + [1] * 2))
    >>> loss.counts.tolist()
    [8.0, 2.0]
    >>> round(loss.log_factors(torch.zeros(1, 2), torch.tensor([0]))[0, 1].item(), 4)    # .8 log(2/8)
    -1.109

    References
    ----------
    Wang et al., "Seesaw loss for long-tailed instance segmentation", CVPR 2021, equations 4 to 6.
    """

    n_classes: int = domains.setting(MISSING, partial(domains.whole, least=2))
    mitigation: float = domains.setting(0.8, domains.at_least_zero)
    compensation: float = domains.setting(2.0, domains.at_least_zero)
    _: KW_ONLY
    floor: float = domains.setting(0.01, domains.above_zero_up_to_one)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.register_buffer("counts", buffer_of([0.0] * self.n_classes))

    @torch.no_grad()
    def log_factors(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return ``log S`` of rows by classes, which is 0 at each row's label."""
        own = labels[:, None]
        seen = torch.log(torch.clamp(self.counts, min=1.0)).to(logits.dtype)
        log_s = torch.log_softmax(logits, dim=-1)
        fewer = torch.clamp(seen - seen[own], max=0.0)
        over = torch.clamp(log_s - torch.clamp(log_s.gather(-1, own), min=math.log(self.floor)), min=0.0)
        return (self.mitigation * fewer + self.compensation * over).scatter(-1, own, 0.0)

    def _losses(self, batch: Batch) -> Tensor:
        if self.training:
            now = torch.bincount(batch.target[batch.valid], minlength=self.n_classes)
            self.counts += summed(now, self.ranks)
        shifted = batch.logits + self.log_factors(batch.logits, batch.target)
        return functional.softmax_cross_entropy(
            shifted, batch.target, sample_weight=batch.weight, reduction="none"
        )

    def _posterior(self, logits: Tensor) -> Tensor:
        reason = "its shifts depend on the label and on the scores"
        suggestion = "calibrate on rows the network was not fitted to, each class against the others"
        raise ScarceError("E513", loss=type(self).__name__, reason=reason, suggestion=suggestion)


class DeferredReweighting(OfLoss):
    """A loss whose class weights are 1 until the epoch ``start``, and then as they are given.

    Parameters
    ----------
    loss : LossModule
        A loss of `scarce.torch` without class weights, which this module takes in and sets.
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
    the effective number with beta .9999 from epoch 160 of 200 on, as is the default here. Its weights sum to
    the number of classes, ``class_weight=EffectiveNumber(normalize="classes")`` of `scarce.losses.weighting`;
    here the weighted rows are as many as the rows, so that the step size does not jump.

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
        is_loss = isinstance(loss, LossModule)
        if not is_loss or loss.class_weight is not None:
            reason = "has class weights already" if is_loss else "is no loss of scarce.torch"
            raise ScarceError("E584", given=type(loss).__name__, reason=reason)
        self.epochs = domains.whole("epochs", epochs, least=1)
        last_fifth = self.epochs - max(1, self.epochs // 5)
        self.start = last_fifth if start is None else domains.whole("start", start, least=0)
        self.loss = loss
        self.register_buffer("weights", buffer_of(_weights(class_weight, class_counts)))
        self.register_buffer("epoch", buffer_of(0, dtype=torch.int64))
        self.step(0)

    def step(self, epoch: int) -> None:
        """Say which epoch begins, counted from 0."""
        domains.whole("epoch", epoch, least=0)
        self.epoch.fill_(epoch)
        is_weighted = epoch >= self.start
        self.loss.class_weight = self.weights.clone() if is_weighted else torch.ones_like(self.weights)

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002
        """Return the loss with the weights of this epoch; as the loss's own ``forward``."""
        return self.loss(input, target, sample_weight=sample_weight)

    def posterior(self, logits: Tensor) -> Tensor:
        """Return the loss's posterior with the weights of this epoch."""
        return self.loss.posterior(logits)

    def init_bias(self, layer: nn.Module, prior: Any) -> None:
        """Set the bias of a network's last layer so that training starts at the prior."""
        self.loss.init_bias(layer, prior)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"epochs={self.epochs}, start={self.start}"


def _weights(class_weight: Any, class_counts: Any) -> np.ndarray:
    counts = checked_counts(class_counts.tolist() if hasattr(class_counts, "tolist") else class_counts)
    weight = normalised_weight(class_weight, None)
    given = np.asarray(weight) if isinstance(weight, tuple) else weight.weights(counts)
    if given.shape != counts.shape:
        raise ScarceError("E527", what="class_weight", given=given.shape[-1], n_classes=counts.shape[-1])
    return np.asarray(frozen_numbers("class_weight", given, lowest=0.0))
