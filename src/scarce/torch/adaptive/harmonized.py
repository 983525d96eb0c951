"""GHM-C: cross-entropy weighted by how rare an element's gradient norm is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from scarce.errors import ScarceError
from scarce.losses.domains import from_zero_below_one, whole
from scarce.torch import functional
from scarce.torch.adaptive.inputs import binary, ignored_of, reduction_of
from scarce.torch.adaptive.margins import point
from scarce.torch.adaptive.memory import Remembering
from scarce.torch.adaptive.ranks import divided, divisor, summed
from scarce.torch.precise import buffer_of

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.torch.adaptive.inputs import Binary
    from scarce.torch.distributed import Ranks


class GHMCLoss(Remembering):
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
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean divides by N.
    ignore_index : int, optional
        The target that counts for nothing; none by default.
    ranks : process group or "world", optional
        Over whose elements R_b and N are counted; this rank's own by default.

    Attributes
    ----------
    counts : Tensor, shape (bins,)
        The running counts; they stay 0 without momentum, and in evaluation.

    Notes
    -----
    With momentum the running counts start at 0, as in the authors' code (open-mmlab/mmdetection,
    mmdet/models/losses/ghm_loss.py, against which the rule was checked), so that the first batches weigh up
    to ``1 / (1 - momentum)`` times as much: warm the learning rate up. With sample weights, counts are sums
    of weights. There is no `posterior` in closed form: calibrate on rows the network was not fitted to.

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

    counts: Tensor

    def __init__(
        self,
        bins: int = 10,
        momentum: float = 0.0,
        *,
        reduction: str = "mean",
        ignore_index: int | None = None,
        ranks: Ranks = None,
    ) -> None:
        super().__init__()
        self.bins = whole("bins", bins, least=1)
        self.momentum = from_zero_below_one("momentum", momentum)
        self.reduction = reduction_of(reduction, "mean", "sum", "none")
        self.ignore_index = ignored_of(ignore_index)
        self.ranks = ranks
        self.register_buffer("counts", buffer_of([0.0] * self.bins))

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002
        """Return the loss, in float32 at least.

        Parameters
        ----------
        input : Tensor
            Logits, of any shape.
        target : Tensor
            0 and 1, in the input's shape.
        sample_weight : Tensor, optional
            One weight an element, or one a row.

        Raises
        ------
        ScarceError
            E504, E505, E515, E521, E562, E563 or E585 if an input lies outside its domain.
        """
        given = binary(input, target, sample_weight, self.ignore_index)
        bin_of, counts = self._counted(given)
        if self.training and self.momentum > 0.0:
            self.counts.copy_(counts)
        weight = given.weight * self._weights(given, bin_of, counts)
        values = functional.sigmoid_cross_entropy(
            given.logits, given.target, sample_weight=weight, reduction="none"
        )
        if self.reduction == "none":
            return values
        return divided(values.sum(), given.weight, self.reduction, self.ranks)

    @torch.no_grad()
    def weights_of(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002
        """Return each element's weight, as the next call of the loss would have it.

        Parameters
        ----------
        input, target, sample_weight : Tensor
            As in `forward`.

        Returns
        -------
        Tensor
            In the input's shape, without the sample weights.
        """
        given = binary(input, target, sample_weight, self.ignore_index)
        return self._weights(given, *self._counted(given))

    def posterior(self, logits: Tensor) -> Tensor:
        """Refuse: what the outputs stand for depends on the batches the weights were counted in.

        Raises
        ------
        ScarceError
            E513, always.
        """
        raise ScarceError(
            "E513",
            loss=type(self).__name__,
            reason="its weights change with every batch",
            suggestion="calibrate on rows the network was not fitted to: scarce.calibration.fit_calibration",
        )

    @torch.no_grad()
    def _counted(self, given: Binary) -> tuple[Tensor, Tensor]:
        """Return each element's bin and the bins' counts, this batch's included."""
        norm = point(torch.where(given.target > 0.5, given.logits, -given.logits))[3].to(torch.float64)
        edges = torch.arange(1, self.bins, dtype=torch.float64, device=norm.device) / self.bins
        bin_of = torch.bucketize(norm.contiguous(), edges, right=True)
        weight = torch.where(norm.isnan(), 0.0, given.weight.to(torch.float64))
        now = torch.stack([torch.where(bin_of == b, weight, 0.0).sum() for b in range(self.bins)])
        now = summed(now, self.ranks)
        running = self.momentum * self.counts + (1.0 - self.momentum) * now
        return bin_of, torch.where(now > 0.0, running, self.counts if self.momentum > 0.0 else now)

    @torch.no_grad()
    def _weights(self, given: Binary, bin_of: Tensor, counts: Tensor) -> Tensor:
        weight = given.weight
        held = torch.stack([((bin_of == b) & (weight > 0.0)).any() for b in range(self.bins)])
        filled = torch.clamp((summed(held.to(torch.int64), self.ranks) > 0).sum(), min=1)
        total = divisor(weight.to(torch.float64), "mean", self.ranks)
        share_of_bin = torch.where(counts > 0.0, total / (counts * filled), 0.0)
        return share_of_bin[bin_of].to(weight.dtype)

    def extra_repr(self) -> str:
        """Return the settings."""
        words = [f"bins={self.bins}", f"momentum={self.momentum}", f"reduction={self.reduction!r}"]
        words += [] if self.ignore_index is None else [f"ignore_index={self.ignore_index}"]
        return ", ".join(words if self.ranks is None else [*words, f"ranks={self.ranks!r}"])
