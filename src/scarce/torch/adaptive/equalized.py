"""Equalized focal loss: a class whose positives have had little gradient is focused and weighted more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from scarce.errors import ScarceError
from scarce.losses import get
from scarce.losses.domains import above_zero, at_least_zero, whole
from scarce.torch.adaptive.inputs import binary, ignored_of, reduction_of
from scarce.torch.adaptive.margins import FOCAL, modulated, point
from scarce.torch.adaptive.memory import Remembering
from scarce.torch.adaptive.ranks import divided, divisor, summed
from scarce.torch.base import set_bias
from scarce.torch.checks import check_recording
from scarce.torch.plan import class_axis, compute_dtype
from scarce.torch.precise import buffer_of
from scarce.torch.words import unbounded

if TYPE_CHECKING:
    from torch import Tensor, nn

    from scarce.torch.adaptive.inputs import Binary
    from scarce.torch.distributed import Ranks

TINY = 1e-10  # the authors' guard against a class without negatives


class EqualizedFocalLoss(Remembering):
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
    ignore_index : int, optional
        The target that counts for nothing; none by default.
    ranks : process group or "world", optional
        Over whose rows gradients are added up and means taken; this rank's own by default.

    Attributes
    ----------
    positive, negative : Tensor, shape (n_classes,)
        The sums of gradient sizes so far. Evaluation adds nothing.

    Notes
    -----
    The authors' code (ModelTC/United-Perception, up/tasks/det/plugins/efl/models/losses/efl.py, against
    which the rule was checked) reads the gradients in a hook behind the network's last layer. Here they come
    from the closed form in the forward pass, of the loss as it is reduced: the same numbers without a hook,
    and without the factor of a gradient scaler.

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

    positive: Tensor
    negative: Tensor

    def __init__(
        self,
        n_classes: int,
        gamma: float = 2.0,
        scale: float = 8.0,
        *,
        alpha: float | None = 0.25,
        reduction: str = "mean_positive",
        ignore_index: int | None = None,
        ranks: Ranks = None,
    ) -> None:
        super().__init__()
        self.n_classes = whole("n_classes", n_classes, least=1)
        self.gamma = above_zero("gamma", gamma)
        self.scale = at_least_zero("scale", scale)
        self.alpha = _checked_alpha(alpha)
        self.reduction = reduction_of(reduction, "mean_positive", "mean", "sum", "none")
        self.ignore_index = ignored_of(ignore_index)
        self.ranks = ranks
        for name in ("positive", "negative"):
            self.register_buffer(name, buffer_of([0.0] * self.n_classes))

    @property
    def gammas(self) -> Tensor:
        """Return each class's gamma as it is now."""
        balance = torch.clamp(self.positive / (self.negative + TINY), min=0.0, max=1.0)
        balance = torch.where(self.positive + self.negative > 0.0, balance, 1.0)
        return self.gamma + self.scale * (1.0 - balance)

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002
        """Return the loss, in float32 at least.

        Parameters
        ----------
        input : Tensor
            Logits, of any shape, with the labels on axis 1.
        target : Tensor
            0 and 1, in the input's shape.
        sample_weight : Tensor, optional
            One weight an element, or one a row.

        Raises
        ------
        ScarceError
            E504, E505, E515, E521, E527, E562, E563 or E585 if an input lies outside its domain.
        """
        given = binary(input, target, sample_weight, self.ignore_index)
        self._check_classes(input)
        gammas = self._along_axis(self.gammas, given.logits)
        margin = torch.where(given.target > 0.5, given.logits, -given.logits)
        weight = given.weight * (gammas / self.gamma) * self._sides(given.target)
        values = unbounded(weight * modulated(margin, gammas, FOCAL))
        counted = given.weight * given.target if self.reduction == "mean_positive" else given.weight
        if self.training:
            self._collect(
                given, margin.detach(), gammas, weight / divisor(counted, self.reduction, self.ranks)
            )
        if self.reduction == "none":
            return values
        return divided(values.sum(), counted, self.reduction, self.ranks)

    def posterior(self, logits: Tensor) -> Tensor:
        """Return the probabilities at which the expected gradient of this loss, as it is now, is 0.

        Parameters
        ----------
        logits : Tensor
            Raw outputs, with the labels on axis 1.

        Returns
        -------
        Tensor
            In the logits' shape, of each label. The class's weight cancels; alpha and gamma are undone.
        """
        check_recording()
        self._check_classes(logits)
        z = logits.to(compute_dtype(logits))
        gammas = self._along_axis(self.gammas, z)
        at, other = point(z), point(-z)
        odds = (at[0] - FOCAL.log_a(*at, gammas)) - (other[0] - FOCAL.log_a(*other, gammas))
        sides = self._sides(z.new_tensor([1.0, 0.0])).log()
        return torch.sigmoid(odds - sides[0] + sides[1])

    def base_score(self, prior: Any) -> Tensor:
        """Return the constant logits whose posterior is the prior, with the gammas as they are now.

        Parameters
        ----------
        prior : float or sequence
            The frequency of the positives, one for all labels or one a label.

        Returns
        -------
        Tensor, shape (n_classes,)
        """
        frequency, device = prior, "cpu"
        if isinstance(prior, torch.Tensor):
            frequency, device = prior.tolist(), prior.device
        weight = None if self.alpha is None else (1.0 - self.alpha, self.alpha)
        given = np.broadcast_to(frequency, self.n_classes).tolist()
        pairs = zip(self.gammas.tolist(), given, strict=True)
        starts = [get("focal", gamma=g, class_weight=weight).base_score(p) for g, p in pairs]
        return torch.tensor(starts, dtype=torch.get_default_dtype(), device=device)

    def init_bias(self, layer: nn.Module, prior: Any) -> None:
        """Set the bias of a network's last layer so that training starts at the prior.

        Parameters
        ----------
        layer : nn.Module
            The layer that makes the logits, with a ``bias`` a label.
        prior : float or sequence
            As in `base_score`.
        """
        set_bias(layer, self.base_score(prior))

    @torch.no_grad()
    def _collect(self, given: Binary, margin: Tensor, gammas: Tensor, weight: Tensor) -> None:
        """Add the sizes of the gradients in the logits to their classes' sums."""
        size = (weight * FOCAL.slope(*point(margin), gammas)).to(torch.float64)
        size = torch.where(size.isfinite(), size, 0.0)  # or a step that overflowed would stay for ever
        axis = class_axis(size)
        others = [a for a in range(size.dim()) if a != axis]
        for sums, side in ((self.positive, given.target), (self.negative, 1.0 - given.target)):
            here = size * side
            sums += summed(here.sum(dim=others) if others else here, self.ranks)

    def _sides(self, target: Tensor) -> Tensor:
        if self.alpha is None:
            return torch.ones_like(target)
        return self.alpha * target + (1.0 - self.alpha) * (1.0 - target)

    def _along_axis(self, of_classes: Tensor, like: Tensor) -> Tensor:
        trailing = like.dim() - 1 - class_axis(like)
        return of_classes.to(like.dtype).reshape(-1, *(1,) * trailing)

    def _check_classes(self, logits: Tensor) -> None:
        n = logits.shape[class_axis(logits)] if logits.dim() else 1
        if n != self.n_classes:
            raise ScarceError("E527", what="the loss's state", given=self.n_classes, n_classes=n)

    def extra_repr(self) -> str:
        """Return the settings."""
        words = [f"{self.n_classes}", f"gamma={self.gamma}", f"scale={self.scale}", f"alpha={self.alpha}"]
        words += [f"reduction={self.reduction!r}"]
        words += [] if self.ignore_index is None else [f"ignore_index={self.ignore_index}"]
        return ", ".join(words if self.ranks is None else [*words, f"ranks={self.ranks!r}"])


def _checked_alpha(alpha: float | None) -> float | None:
    if alpha is None:
        return None
    number = above_zero("alpha", alpha)
    if number >= 1.0:
        raise ScarceError(
            "E501", parameter="alpha", value=f"{number:g}", allowed="above 0 and below 1, or None"
        )
    return number
