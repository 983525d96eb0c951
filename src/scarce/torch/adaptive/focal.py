"""Focal losses whose gamma follows the probability (FLSD-53), or its running mean (automated focal loss)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from scarce.losses.domains import above_zero_up_to_one, at_least_zero, from_zero_below_one
from scarce.torch.adaptive.focused import FocusedLoss
from scarce.torch.adaptive.ranks import summed
from scarce.torch.precise import buffer_of

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.torch.distributed import Ranks


class FLSD53Loss(FocusedLoss):
    """Focal loss with gamma 5 where the target's probability is below .2, and 3 elsewhere.

    ``-(1 - p)^gamma(p) log p``. The rule has no state; it is here as a baseline beside those that have.

    Parameters
    ----------
    low_gamma : float, default 5.0
        Below the threshold.
    high_gamma : float, default 3.0
        From the threshold on.
    threshold : float, default 0.2
        In (0, 1].
    reduction, ignore_index, ranks
        As in `FocusedLoss`.

    Notes
    -----
    The loss is not continuous at the threshold, and its outputs are far from probabilities: use
    `posterior`. Checked against the authors' code (torrvision/focal_calibration,
    Losses/focal_loss_adaptive_gamma.py with ``--gamma 3.0``), which sums over rows.

    Examples
    --------
    >>> loss = FLSD53Loss()
    >>> loss.gamma_of(torch.tensor([0.1, 0.2, 0.9])).tolist()
    [5.0, 3.0, 3.0]

    References
    ----------
    Mukhoti et al., "Calibrating deep neural networks using focal loss", NeurIPS 2020, section 5.
    """

    def __init__(
        self,
        low_gamma: float = 5.0,
        high_gamma: float = 3.0,
        threshold: float = 0.2,
        *,
        reduction: str = "mean",
        ignore_index: int = -100,
        ranks: Ranks = None,
    ) -> None:
        super().__init__(reduction=reduction, ignore_index=ignore_index, ranks=ranks)
        self.low_gamma = at_least_zero("low_gamma", low_gamma)
        self.high_gamma = at_least_zero("high_gamma", high_gamma)
        self.threshold = above_zero_up_to_one("threshold", threshold)

    def gamma_of(self, p: Tensor) -> Tensor:
        """Return ``low_gamma`` below the threshold and ``high_gamma`` from it on."""
        return torch.where(p < self.threshold, p.new_tensor(self.low_gamma), p.new_tensor(self.high_gamma))

    def _settings(self) -> dict[str, Any]:
        own = {
            "low_gamma": self.low_gamma,
            "high_gamma": self.high_gamma,
            "threshold": self.threshold,
        }
        return own | super()._settings()


class AutomatedFocalLoss(FocusedLoss):
    """Focal loss with ``gamma = -log`` of the running mean of the target's probability.

    Gamma falls from about ``log K`` towards 0 as the network learns. In each training batch the mean is
    updated first, ``mean <- momentum * mean + (1 - momentum) * batch mean``, and then used; the first batch
    sets it. Evaluation leaves it alone.

    Parameters
    ----------
    momentum : float, default 0.95
        In [0, 1).
    reduction, ignore_index, ranks
        As in `FocusedLoss`.

    Attributes
    ----------
    mean : Tensor
        The running mean; 1, so that gamma is 0, before the first batch.
    batches : Tensor
        How many batches it has seen.

    Notes
    -----
    From the paper, as two independent implementations of it read it: the rule for gamma, and a running mean
    with momentum .95. The authors published no code that we know of. Choices made here: the softmax's
    probability of the target; one mean over all rows; the first batch sets the mean, where a start at 0 would
    make gamma large for some fifty batches; and gamma is that of the batch it is used on.

    Examples
    --------
    >>> loss = AutomatedFocalLoss()
    >>> value = loss(torch.zeros(4, 2), torch.tensor([0, 0, 1, 0]))
    >>> round(loss.gamma.item(), 4)
    0.6931

    References
    ----------
    Weber et al., "Automated focal loss for image based object detection", IV 2020.
    """

    mean: Tensor
    batches: Tensor

    def __init__(
        self,
        momentum: float = 0.95,
        *,
        reduction: str = "mean",
        ignore_index: int = -100,
        ranks: Ranks = None,
    ) -> None:
        super().__init__(reduction=reduction, ignore_index=ignore_index, ranks=ranks)
        self.momentum = from_zero_below_one("momentum", momentum)
        self.register_buffer("mean", buffer_of(1.0))
        self.register_buffer("batches", buffer_of(0, dtype=torch.int64))

    @property
    def gamma(self) -> Tensor:
        """Return the gamma that the running mean stands for."""
        return -torch.log(torch.clamp(self.mean, min=torch.finfo(torch.float32).tiny))

    def observe(self, p: Tensor, weight: Tensor) -> None:
        """Update the running mean, if the batch has a row that counts."""
        kept = weight.to(torch.float64)
        # an ignored row may hold anything: only what has weight may enter
        sums = torch.stack([(kept * p.to(torch.float64)).sum(), kept.sum()])
        total, counted = summed(sums, self.ranks)
        fresh = total / counted
        if not torch.isfinite(fresh):  # no row counts, or a step overflowed: it would be kept for ever
            return
        momentum = self.momentum if self.batches > 0 else 0.0
        self.mean.copy_(momentum * self.mean + (1.0 - momentum) * fresh)
        self.batches += 1

    def gamma_of(self, p: Tensor) -> Tensor:
        """Return the one gamma, in the probabilities' shape."""
        return self.gamma.to(p.dtype).expand_as(p)

    def _settings(self) -> dict[str, Any]:
        return {"momentum": self.momentum} | super()._settings()
