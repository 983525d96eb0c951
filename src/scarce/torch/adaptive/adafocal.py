"""AdaFocal: a gamma for every bin of confidence, moved by its over-confidence on validation rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import torch

from scarce.errors import ScarceError
from scarce.losses.domains import above_zero, finite, whole
from scarce.torch.adaptive.focused import FocusedLoss
from scarce.torch.adaptive.inputs import labelled
from scarce.torch.adaptive.inverse import SIGNED
from scarce.torch.adaptive.ranks import gathered
from scarce.torch.precise import buffer_of

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses.modulation import Formulas
    from scarce.torch.distributed import Ranks


class AdaFocalLoss(FocusedLoss):
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
        As in `FocusedLoss`; `update` takes the validation rows of all ranks together.

    Attributes
    ----------
    gammas : Tensor, shape (bins,)
        From the least confident bin to the most.
    edges : Tensor, shape (bins - 1,)
        Between the bins; a probability at an edge belongs to the bin above.

    Notes
    -----
    Bins are those of the *largest* probability on validation rows, and a training row is looked up by the
    probability of its *target*, as in the authors' code (3mcloud/adafocal, losses/adafocal.py, with the
    defaults of its main.py), against which rule, switch and clip were checked. It differs in two points: the
    authors measure a bin over (lower, upper], so that the least confident row of all is in none, and look up
    rows over [lower, upper), which here holds for both; and they sum over rows, where here the mean is the
    default. Without `update` this is focal loss.

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

    gammas: Tensor
    edges: Tensor

    def __init__(
        self,
        gamma: float = 1.0,
        rate: float = 1.0,
        *,
        bins: int = 15,
        switch: float = 0.2,
        lowest: float = -2.0,
        highest: float = 20.0,
        reduction: str = "mean",
        ignore_index: int = -100,
        ranks: Ranks = None,
    ) -> None:
        super().__init__(reduction=reduction, ignore_index=ignore_index, ranks=ranks)
        self.gamma = finite("gamma", gamma)
        self.rate = above_zero("rate", rate)
        self.bins = whole("bins", bins, least=1)
        self.switch = above_zero("switch", switch)
        self.lowest, self.highest = _clip(lowest, highest)
        if not self.lowest <= self.gamma <= self.highest:
            allowed = f"from lowest={self.lowest:g} to highest={self.highest:g}"
            raise ScarceError("E501", parameter="gamma", value=f"{self.gamma:g}", allowed=allowed)
        self.register_buffer("gammas", buffer_of([self.gamma] * self.bins))
        self.register_buffer("edges", buffer_of([k / self.bins for k in range(1, self.bins)]))

    def gamma_of(self, p: Tensor) -> Tensor:
        """Return the gamma of the bin that holds a probability."""
        return self.gammas[torch.bucketize(p.to(torch.float64).contiguous(), self.edges, right=True)].to(
            p.dtype
        )

    @torch.no_grad()
    def update(self, logits: Tensor, target: Tensor) -> None:
        """Draw the bins anew and move their gammas, by rows that the network was not fitted to.

        Parameters
        ----------
        logits : Tensor
            Of the whole validation set (of this rank), with the classes on axis 1.
        target : Tensor
            Class indices; ``ignore_index`` counts for nothing.

        Raises
        ------
        ScarceError
            E586 if no row counts; otherwise as in `forward`.
        """
        rows = labelled(logits, target, None, self.ignore_index)
        confidence, guess = torch.softmax(rows.logits.to(torch.float64), dim=-1).max(dim=-1)
        seen = torch.stack([confidence, (guess == rows.labels).to(torch.float64)], dim=-1)[rows.valid]
        seen = seen[seen.isfinite().all(dim=-1)]
        seen = gathered(seen, self.ranks)
        if len(seen) == 0:
            raise ScarceError("E586", loss=type(self).__name__)
        edges = _equal_mass_edges(seen[:, 0], self.bins)
        self.edges.copy_(edges)
        self.gammas.copy_(self._moved(_gaps(seen, edges, self.bins)))

    def _moved(self, gap: Tensor) -> Tensor:
        gamma = self.gammas
        moved = gamma * torch.exp(torch.where(gamma > 0.0, gap, -gap) * self.rate)
        crossed = torch.where(moved > 0.0, -1.0, 1.0).to(moved.dtype) * self.switch
        moved = torch.where(moved.abs() < self.switch, crossed, moved)
        return torch.clamp(moved, self.lowest, self.highest)

    def _settings(self) -> dict[str, Any]:
        return {"gamma": self.gamma, "rate": self.rate, "bins": self.bins} | super()._settings()


STEEPEST = -3.5  # beyond -3.59 the inverse focal loss has a place where it rises with p


def _clip(lowest: float, highest: float) -> tuple[float, float]:
    low, high = finite("lowest", lowest), finite("highest", highest)
    if not STEEPEST < low < high:
        allowed = f"above {STEEPEST} and below highest={high:g}"
        raise ScarceError("E501", parameter="lowest", value=f"{low:g}", allowed=allowed)
    return low, high


def _equal_mass_edges(confidence: Tensor, bins: int) -> Tensor:
    """Return the edges between bins of equal numbers of rows, between two rows by interpolation."""
    ranked = torch.sort(confidence).values
    n = len(ranked)
    place = torch.arange(1, bins, dtype=torch.float64, device=ranked.device) * n / bins
    below = torch.clamp(place.floor().to(torch.int64), max=n - 1)
    above = torch.clamp(below + 1, max=n - 1)
    return ranked[below] + (place - place.floor()) * (ranked[above] - ranked[below])


def _gaps(seen: Tensor, edges: Tensor, bins: int) -> Tensor:
    """Return mean confidence less accuracy of each bin; 0 where a bin is empty."""
    bin_of = torch.bucketize(seen[:, 0].contiguous(), edges, right=True)
    members = torch.nn.functional.one_hot(bin_of, bins).to(
        torch.float64
    )  # a bincount's order is open on GPUs
    excess = (seen[:, 0] - seen[:, 1]) @ members
    return excess / torch.clamp(members.sum(dim=0), min=1.0)
