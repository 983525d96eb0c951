"""Losses that balance gradients: of every size (GHM-C), or of positives and negatives (equalized focal)."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, MISSING, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from scarce.errors import ScarceError
from scarce.losses import domains, get
from scarce.losses.formulas import point
from scarce.torch import functional
from scarce.torch.adaptive import adaptive_loss as shared
from scarce.torch.adaptive.adaptive_loss import AdaptiveLoss
from scarce.torch.adaptive.margins import FOCAL, evidence, modulated
from scarce.torch.closed_forms import TORCH
from scarce.torch.distributed import summed
from scarce.torch.loss_module import buffer_of, set_bias

if TYPE_CHECKING:
    from torch import Tensor, nn

    from scarce.torch.adaptive.adaptive_loss import Batch

TINY = 1e-10  # the authors' guard against a class without negatives
REDUCTIONS = ("mean_positive", "mean", "sum", "none")


@dataclass(eq=False, repr=False)
class GHMCLoss(AdaptiveLoss):
    """Sigmoid cross-entropy in which every bin of gradient norm weighs the same.

    The gradient norm of an element is ``g = |sigmoid(z) - y|``. With N elements, of which R_b lie in bin b,
    and M bins that hold any, an element of bin b weighs ``N / (R_b M)``, held constant in the gradient.

    Parameters
    ----------
    bins : int, default 10
        Of equal width over [0, 1].
    momentum : float, default 0.0
        In [0, 1). Above 0, R_b is a running count: ``R_b <- momentum R_b + (1 - momentum) R_b now``, for the
        bins that hold any element now.
    reduction, ignore_index, ranks : as in `AdaptiveLoss`

    Attributes
    ----------
    counts : Tensor, shape (bins,)
        The running counts; they stay 0 without momentum, and in evaluation.

    Notes
    -----
    With momentum the running counts start at 0, as in the authors' code (open-mmlab/mmdetection,
    mmdet/models/losses/ghm_loss.py, against which the rule was checked), so that the first batches weigh up
    to ``1 / (1 - momentum)`` times as much: warm the learning rate up. Counts are sums of sample weights.
    There is no `posterior` in closed form: calibrate on rows the network was not fitted to.

    Examples
    --------
    >>> loss = GHMCLoss()
    >>> z = torch.tensor([-2.0, -2.0, -2.0, 2.0])                  # three easy negatives, one hard
    >>> loss.weights_of(z, torch.zeros(4)).tolist()
    [0.6666666865348816, 0.6666666865348816, 0.6666666865348816, 2.0]

    References
    ----------
    Li, Liu and Wang, "Gradient harmonized single-stage detector", AAAI 2019, equations 8 and 9.
    """

    bins: int = domains.setting(10, partial(domains.whole, least=1))
    momentum: float = domains.setting(0.0, domains.from_zero_below_one)
    _: KW_ONLY
    ignore_index: int | None = domains.setting(None, domains.optional(domains.whole))

    kind = "sigmoid"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.register_buffer("counts", buffer_of([0.0] * self.bins))

    def weights_of(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002
        """Return each element's weight, as a call with these inputs would multiply its sample weight by."""
        return shared.from_rows(self._weighed(self._laid_out(input, target, sample_weight))[0], input)

    def _losses(self, batch: Batch) -> Tensor:
        weight, counts = self._weighed(batch)
        if self.training and self.momentum > 0.0:
            self.counts.copy_(counts)
        return functional.sigmoid_cross_entropy(
            batch.logits, batch.target, sample_weight=batch.weight * weight, reduction="none"
        )

    @torch.no_grad()
    def _weighed(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return each element's weight, and the bins' running counts with this batch's."""
        margin = torch.where(batch.target > 0.5, batch.logits, -batch.logits)
        norm = point(TORCH, margin)[3].to(torch.float64)
        edges = torch.arange(1, self.bins, dtype=torch.float64, device=norm.device) / self.bins
        bin_of = torch.bucketize(norm.contiguous(), edges, right=True)
        counted = torch.where(norm.isnan(), 0.0, batch.weight.to(torch.float64))
        now = summed(shared.bin_sums(bin_of, counted, self.bins), self.ranks)
        running = self.momentum * self.counts + (1.0 - self.momentum) * now
        running = torch.where(now > 0.0, running, self.counts)
        share = torch.where(now > 0.0, now.sum() / (running * (now > 0.0).sum()), 0.0)
        return share[bin_of].to(batch.weight.dtype), running

    def _posterior(self, logits: Tensor) -> Tensor:
        reason = "its weights change with every batch"
        suggestion = "calibrate on rows the network was not fitted to: scarce.calibration.fit_calibration"
        raise ScarceError("E513", loss=type(self).__name__, reason=reason, suggestion=suggestion)


@dataclass(eq=False, repr=False)
class EqualizedFocalLoss(AdaptiveLoss):
    """Sigmoid focal loss with a gamma and a weight a class, by the gradients its positives have had.

    With ``r_j`` the sum of the gradient sizes of class j's positives over that of its negatives, in all
    training batches before, clipped to [0, 1]: ``gamma_j = gamma + scale (1 - r_j)``, and the loss of class
    j is weighted by ``gamma_j / gamma``, and by alpha or 1 - alpha as in focal loss. Both are held
    constant in the gradient.

    Parameters
    ----------
    n_classes : int
        How many labels there are, on axis 1, the background not among them.
    gamma : float, default 2.0
        Of a class in balance; above 0.
    scale : float, default 8.0
        How much it grows for the rarest.
    alpha : float or None, default 0.25
        The positives' weight, in (0, 1); None for none.
    reduction : {"mean_positive", "mean", "sum", "none"}, default "mean_positive"
        "mean_positive" divides by the sum of the positives' sample weights, at least 1.
    ignore_index, ranks : as in `AdaptiveLoss`

    Attributes
    ----------
    positive, negative : Tensor, shape (n_classes,)
        The sums of gradient sizes so far. Evaluation adds nothing.

    Notes
    -----
    The authors' code (ModelTC/United-Perception, up/tasks/det/plugins/efl/models/losses/efl.py, against
    which the rule was checked) reads the gradients in a hook behind the network's last layer. Here they come
    from the closed form in the forward pass, of the loss as it is reduced: the same numbers without a hook
    or a gradient scaler's factor. `posterior` undoes alpha and gamma; the class's weight cancels there.

    Examples
    --------
    >>> loss = EqualizedFocalLoss(2)
    >>> loss.gammas.tolist()
    [2.0, 2.0]
    >>> target = torch.tensor([[1, 0], [1, 0], [0, 0]])
    >>> _ = loss(torch.zeros(3, 2), target)                    # the second class has had negatives only
    >>> [round(gamma, 3) for gamma in loss.gammas.tolist()]
    [4.667, 10.0]

    References
    ----------
    Li et al., "Equalized focal loss for dense long-tailed object detection", CVPR 2022, equations 4 and 5.
    """

    n_classes: int = domains.setting(MISSING, partial(domains.whole, least=1))
    gamma: float = domains.setting(2.0, domains.above_zero)
    scale: float = domains.setting(8.0, domains.at_least_zero)
    _: KW_ONLY
    alpha: float | None = domains.setting(0.25, domains.optional(domains.above_zero))
    reduction: str = domains.setting("mean_positive", domains.choice(*REDUCTIONS))
    ignore_index: int | None = domains.setting(None, domains.optional(domains.whole))

    kind = "sigmoid"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.alpha is not None and self.alpha >= 1.0:
            allowed = "above 0 and below 1, or None"
            raise ScarceError("E501", parameter="alpha", value=f"{self.alpha:g}", allowed=allowed)
        for name in ("positive", "negative"):
            self.register_buffer(name, buffer_of([0.0] * self.n_classes))

    @property
    def gammas(self) -> Tensor:
        """Return each class's gamma as it is now."""
        balance = torch.clamp(self.positive / (self.negative + TINY), min=0.0, max=1.0)
        balance = torch.where(self.positive + self.negative > 0.0, balance, 1.0)
        return self.gamma + self.scale * (1.0 - balance)

    def base_score(self, prior: Any) -> Tensor:
        """Return the constant logits whose posterior is the prior, with the gammas as they are now.

        Parameters
        ----------
        prior : float or sequence
            The frequency of the positives, one for all labels or one a label.
        """
        device = prior.device if isinstance(prior, torch.Tensor) else "cpu"
        frequency = prior.tolist() if isinstance(prior, torch.Tensor) else prior
        weight = None if self.alpha is None else (1.0 - self.alpha, self.alpha)
        pairs = zip(self.gammas.tolist(), np.broadcast_to(frequency, self.n_classes).tolist(), strict=True)
        scores = [get("focal", gamma=g, class_weight=weight).base_score(p) for g, p in pairs]
        return torch.tensor(scores, dtype=torch.get_default_dtype(), device=device)

    def init_bias(self, layer: nn.Module, prior: Any) -> None:
        """Set the bias of a network's last layer, one a label, so that training starts at the prior."""
        set_bias(layer, self.base_score(prior))

    def _losses(self, batch: Batch) -> Tensor:
        gammas = self.gammas.to(batch.logits.dtype)
        margin = torch.where(batch.target > 0.5, batch.logits, -batch.logits)
        weight = batch.weight * (gammas / self.gamma)
        if self.alpha is not None:
            weight = weight * (self.alpha * batch.target + (1.0 - self.alpha) * (1.0 - batch.target))
        if self.training:
            size = weight / self._divisor(batch) * FOCAL.slope(*point(TORCH, margin.detach()), gammas)
            size = torch.where(size.isfinite(), size, 0.0)  # or a step that overflowed would stay for ever
            self.positive += summed((size * batch.target).to(torch.float64).sum(dim=0), self.ranks)
            self.negative += summed((size * (1.0 - batch.target)).to(torch.float64).sum(dim=0), self.ranks)
        return modulated(margin, gammas, FOCAL, weight)

    def _posterior(self, logits: Tensor) -> Tensor:
        gammas = self.gammas.to(logits.dtype)
        odds = evidence(logits, gammas, FOCAL) - evidence(-logits, gammas, FOCAL)
        return torch.sigmoid(odds if self.alpha is None else odds - math.log(self.alpha / (1.0 - self.alpha)))
