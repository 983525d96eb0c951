"""Focal losses whose gamma follows how difficult a row is: FLSD-53, automated focal loss and AdaFocal."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import torch

from scarce.errors import ScarceError
from scarce.losses import domains
from scarce.losses.adaptive_gamma import adafocal, check_clip
from scarce.losses.formulas import point
from scarce.torch.adaptive import adaptive_loss as shared
from scarce.torch.adaptive import margins
from scarce.torch.adaptive.adaptive_loss import AdaptiveLoss
from scarce.torch.adaptive.margins import FOCAL, SIGNED
from scarce.torch.closed_forms import TORCH
from scarce.torch.distributed import summed
from scarce.torch.loss_module import buffer_of

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses.modulation import Formulas
    from scarce.torch.adaptive.adaptive_loss import Batch


@dataclass(eq=False, repr=False)
class FocusedLoss(AdaptiveLoss):
    """A focal loss over a softmax whose gamma depends on the probability of the target's class.

    Gamma is held constant in the gradient, as in the papers. A leaf says what gamma is, and may look at a
    training batch before. The settings are those of `AdaptiveLoss`.
    """

    formulas: ClassVar[Formulas] = FOCAL

    @abstractmethod
    def gamma_of(self, p: Tensor) -> Tensor:
        """Return gamma at each probability of a target's class, whatever their shape."""

    def observe(self, p: Tensor, weight: Tensor) -> None:
        """Look at the targets' probabilities in a training batch, and their weights, before its loss."""

    def _losses(self, batch: Batch) -> Tensor:
        margin = margins.target_margins(self.kind, batch.logits, batch.target)
        p = point(TORCH, margin.detach())[2]
        if self.training:
            self.observe(p, batch.weight)
        weight, each = batch.weight, self.weight
        if each is not None:
            weight = weight * each.to(weight.dtype)[batch.target.to(torch.int64)]
        return margins.modulated(margin, self.gamma_of(p), self.formulas, weight)

    def _posterior(self, logits: Tensor) -> Tensor:
        own, each = margins.margins_of_all(self.kind, logits), self.weight
        gamma = self.gamma_of(point(TORCH, own)[2]).to(own.dtype)
        evidence = margins.evidence(own, gamma, self.formulas)
        if each is not None:
            evidence = evidence - torch.log(each).to(evidence.dtype)
        share = torch.softmax(evidence, dim=-1)
        return share if self.kind == "softmax" else share[..., 1]


@dataclass(eq=False, repr=False)
class RecordedFocalLoss(FocusedLoss):
    """A focal loss that keeps what its gamma was in each epoch, in the ``state_dict`` too.

    The settings are those of `AdaptiveLoss`.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self._past: list[Tensor] = []

    @property
    def history(self) -> list[dict[str, Any]]:
        """What gamma was in each epoch: ``epoch`` and ``gamma``, and None for what other losses know."""
        unknown = {"power": None, "validation_loss": None}
        return [{"epoch": n, "gamma": gamma.tolist(), **unknown} for n, gamma in enumerate(self._past)]

    def get_extra_state(self) -> Tensor:
        """Return the history as numbers, for the ``state_dict``."""
        return torch.stack(self._past) if self._past else torch.empty(0)

    def set_extra_state(self, state: Tensor) -> None:
        """Take the history of a ``state_dict``."""
        self._past = list(state.cpu())

    def _record(self, gamma: Tensor) -> None:
        self._past.append(gamma.detach().cpu().clone())


@dataclass(eq=False, repr=False)
class FLSD53Loss(FocusedLoss):
    """Focal loss with gamma 5 where the target's probability is below .2, and 3 elsewhere.

    ``-(1 - p)^gamma(p) log p``. The rule has no state; it is here as a baseline beside those that have.

    Parameters
    ----------
    low_gamma, high_gamma : float, default 5.0 and 3.0
        Below the threshold, and from it on.
    threshold : float, default 0.2
        In (0, 1].
    reduction, ignore_index, ranks : as in `AdaptiveLoss`

    Notes
    -----
    It jumps at the threshold, and its outputs are far from probabilities: use `posterior`. Checked against
    the authors' code (torrvision/focal_calibration, Losses/focal_loss_adaptive_gamma.py, ``--gamma 3.0``).

    Examples
    --------
    >>> loss = FLSD53Loss()
    >>> loss.gamma_of(torch.tensor([0.1, 0.2, 0.9])).tolist()
    [5.0, 3.0, 3.0]

    References
    ----------
    Mukhoti et al., "Calibrating deep neural networks using focal loss", NeurIPS 2020, section 5.
    """

    low_gamma: float = domains.setting(5.0, domains.at_least_zero)
    high_gamma: float = domains.setting(3.0, domains.at_least_zero)
    threshold: float = domains.setting(0.2, domains.above_zero_up_to_one)

    def gamma_of(self, p: Tensor) -> Tensor:
        """Return ``low_gamma`` below the threshold and ``high_gamma`` from it on."""
        return torch.where(p < self.threshold, p.new_tensor(self.low_gamma), p.new_tensor(self.high_gamma))


@dataclass(eq=False, repr=False)
class AutomatedFocalLoss(RecordedFocalLoss):
    """Focal loss with ``gamma = -log`` of the running mean of the target's probability.

    Gamma falls from about ``log K`` towards 0 as the network learns. In each training batch the mean is
    updated first, ``mean <- momentum * mean + (1 - momentum) * batch mean``, and then used; the first batch
    sets it. Evaluation leaves it alone.

    Parameters
    ----------
    momentum : float, default 0.95
        In [0, 1).
    reduction, ignore_index, ranks : as in `AdaptiveLoss`

    Attributes
    ----------
    mean : Tensor
        The running mean; 1, so that gamma is 0, before the first batch.
    batches : Tensor
        How many batches it has seen.
    history : list of dict
        ``epoch`` and ``gamma`` of each epoch that `record` was called after, in the ``state_dict`` too.

    Notes
    -----
    The authors published no code that we know of: gamma and momentum are as two implementations read the
    paper. Choices made here: one mean over all rows, of the softmax's probability; the first batch sets it,
    where from 0 gamma would be large for some fifty batches; and it is updated before it is used.

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

    momentum: float = domains.setting(0.95, domains.from_zero_below_one)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.register_buffer("mean", buffer_of(1.0))
        self.register_buffer("batches", buffer_of(0, dtype=torch.int64))

    @property
    def gamma(self) -> Tensor:
        """Return the gamma that the running mean stands for."""
        return -torch.log(torch.clamp(self.mean, min=torch.finfo(torch.float32).tiny))

    def observe(self, p: Tensor, weight: Tensor) -> None:
        """Update the running mean, if the batch has a row that counts."""
        kept = weight.to(torch.float64)
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

    def record(self) -> None:
        """Keep gamma as it is now in the history: call it after each epoch, if you want to see it move."""
        self._record(self.gamma)


@dataclass(eq=False, repr=False)
class AdaFocalLoss(RecordedFocalLoss):
    """Focal loss with one gamma a bin of confidence, which `update` moves by the bin's calibration.

    ``-(1 - p)^gamma log p`` where gamma >= 0, and ``-(1 + p)^-gamma log p`` (inverse focal) below. `update`
    is given validation rows after each epoch. With ``gap = mean confidence - accuracy`` of a bin,
    ``gamma <- gamma exp(rate gap)`` if gamma > 0, else ``gamma exp(-rate gap)``; a gamma of less than
    ``switch`` in size changes its sign at that size; then it is clipped. The bins hold equal numbers of
    validation rows and are drawn anew at each update.

    Parameters
    ----------
    gamma : float, default 1.0
        Of every bin at the start.
    rate : float, default 1.0
        The paper's lambda, above 0.
    bins : int, default 15
        At least 1.
    switch : float, default 0.2
        Above 0.
    lowest, highest : float, default -2.0 and 20.0
        The clip; ``lowest`` above -3.5, beyond which inverse focal loss rises with p.
    reduction, ignore_index, ranks
        As in `AdaptiveLoss`; `update` takes the validation rows of all ranks together.

    Attributes
    ----------
    gammas : Tensor, shape (bins,)
        From the least confident bin to the most.
    edges : Tensor, shape (bins - 1,)
        Between the bins; a probability at an edge belongs to the bin above.
    history : list of dict
        ``epoch`` and ``gamma`` (one a bin) of each epoch that `update` was called after: those that it was
        trained with. In the ``state_dict`` too.

    Notes
    -----
    Bins are those of the *largest* probability on validation rows, and a training row is looked up by the
    probability of its *target*, as in the authors' code (3mcloud/adafocal, losses/adafocal.py, with the
    defaults of its main.py), against which rule, switch and clip were checked. The authors measure a bin over
    (lower, upper], so that the least confident row of all is in none, and look rows up over [lower, upper),
    which here holds for both; and they sum over rows. Without `update` this is focal loss.

    Examples
    --------
    >>> loss = AdaFocalLoss(bins=1)
    >>> over_confident = torch.tensor([[2.0, 0.0], [2.0, 0.0]])
    >>> loss.update(over_confident, torch.tensor([0, 1]))          # sure at .88, right at .5
    >>> round(loss.gammas.item(), 3)
    1.463

    References
    ----------
    Ghosh, Schaaf and Gormley, "AdaFocal: calibration-aware adaptive focal loss", NeurIPS 2022, algorithm 1.
    """

    formulas: ClassVar[Formulas] = SIGNED

    gamma: float = domains.setting(1.0, domains.finite)
    rate: float = domains.setting(1.0, domains.above_zero)
    _: KW_ONLY
    bins: int = domains.setting(15, partial(domains.whole, least=1))
    switch: float = domains.setting(0.2, domains.above_zero)
    lowest: float = domains.setting(-2.0, domains.finite)
    highest: float = domains.setting(20.0, domains.finite)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_clip(self.gamma, self.lowest, self.highest)
        self.register_buffer("gammas", buffer_of([self.gamma] * self.bins))
        self.register_buffer("edges", buffer_of([k / self.bins for k in range(1, self.bins)]))

    def gamma_of(self, p: Tensor) -> Tensor:
        """Return the gamma of the bin that holds a probability."""
        return self.gammas[self._bin_of(p)].to(p.dtype)

    @torch.no_grad()
    def update(self, logits: Tensor, target: Tensor) -> None:
        """Draw the bins anew and move their gammas, by rows that the network was not fitted to.

        Parameters
        ----------
        logits, target : Tensor
            Of the whole validation set (of this rank), as in `forward`.

        Raises
        ------
        ScarceError
            E586 if no row counts.
        """
        batch = self._laid_out(logits, target, None)
        confidence, guess = torch.softmax(batch.logits.to(torch.float64), dim=-1).max(dim=-1)
        seen = torch.stack([confidence, (guess == batch.target).to(torch.float64)], dim=-1)
        seen = shared.gathered(seen[batch.valid], self.ranks)
        confidence, is_right = seen[seen.isfinite().all(dim=-1)].unbind(dim=-1)
        if len(confidence) == 0:
            raise ScarceError("E586", loss=type(self).__name__)
        self._record(self.gammas)
        given = (values.cpu().double().numpy() for values in (self.gammas, confidence, is_right))
        limits = {"switch": self.switch, "lowest": self.lowest, "highest": self.highest}
        gammas, edges = adafocal(*given, rate=self.rate, **limits)
        self.gammas.copy_(torch.from_numpy(gammas))
        self.edges.copy_(torch.from_numpy(edges))

    def _bin_of(self, p: Tensor) -> Tensor:
        return torch.bucketize(p.to(torch.float64).contiguous(), self.edges, right=True)
