"""Focal losses whose gamma and class weights follow the recovered validation loss."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch

from scarce.calibration.validated_schedule import ValidatedSchedule
from scarce.errors import ScarceError
from scarce.losses import domains
from scarce.losses.column_loss import WHOLE_OR_NONE
from scarce.losses.weighting import checked_counts
from scarce.torch.adaptive import adaptive_loss as shared
from scarce.torch.adaptive.sample_difficulty import FocusedLoss
from scarce.torch.loss_module import buffer_of

if TYPE_CHECKING:
    from torch import Tensor


def _counts(name: str, given: Any) -> tuple[float, ...] | None:
    """Return class counts as plain numbers, or None."""
    if given is None:
        return None
    return tuple(checked_counts(given.tolist() if hasattr(given, "tolist") else given).tolist())


@dataclass(eq=False, repr=False)
class ValidatedFocalLoss(FocusedLoss):
    """Focal loss whose gamma `update` moves by the recovered and calibrated validation loss.

    It starts as cross-entropy. `update` is given the validation rows after each epoch: they are read by the
    posterior of the gamma that the epoch was trained with, and calibrated on other rows, so that losses of
    different gamma are on one scale. Gamma is tried a step above and a step below its centre in turn; the
    centre moves up only where the rows above improved clearly more, and else falls back.

    Parameters
    ----------
    class_counts : sequence, optional
        The number of training rows of each class. With it the class weights move, too, as
        ``(n / n_k) ** power``; without, there are none.
    start : float, default 0.0
        The first centre of gamma.
    step : float, default 0.5
        Above 0.
    highest : float, default 5.0
        The largest gamma; the least is 0.
    reduction, ignore_index, ranks
        As in `AdaptiveLoss`; `update` takes the validation rows of all ranks together. Class weights have a
        mean of 1 over the training rows, and a mean divides by the sample weights alone.

    Attributes
    ----------
    gamma, class_weight : Tensor
        Those in force; what `update` decides takes effect with the next training batch, so that the
        `posterior` belongs to what the network was trained with.
    history : list of dict
        For each epoch ``epoch``, ``gamma``, ``power`` (None without class counts), ``validation_loss``, and
        the ``centre`` and ``power_centre`` that it was tried around.

    Notes
    -----
    A round takes six epochs: train for 1, 7, 13 ... of them, so that the last were not a step above. The
    validation rows choose gamma, so judge the network on others. The rule is that of
    `scarce.calibration.validated_schedule`, which says what its standard error leaves out. Expect no gain: we
    know of no data on which a larger gamma clearly helps the recovered loss, and there it stays near 0.

    Examples
    --------
    >>> loss = ValidatedFocalLoss()
    >>> logits = torch.tensor([[2.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 2.0]])
    >>> target = torch.tensor([0, 1, 0, 1])
    >>> for epoch in range(4):
    ...     value = loss(logits, target)  # and so on, over the training batches
    ...     loss.update(logits, target)
    >>> [one["gamma"] for one in loss.history]
    [0.0, 0.0, 0.0, 0.5]
    """

    class_counts: Any = domains.setting(None, _counts)
    _: KW_ONLY
    start: float = domains.setting(0.0, domains.at_least_zero)
    step: float = domains.setting(0.5, domains.above_zero)
    highest: float = domains.setting(5.0, domains.at_least_zero)

    def __post_init__(self) -> None:
        super().__post_init__()
        limits = {"step": self.step, "highest": self.highest}
        schedule = ValidatedSchedule(self.kind, class_counts=self.class_counts, gamma=self.start, **limits)
        weight = schedule.class_weight
        for prefix in ("", "next_"):
            is_kept = not prefix  # the next ones follow from the schedule
            self.register_buffer(f"{prefix}gamma", buffer_of(schedule.gamma), persistent=is_kept)
            numbers = buffer_of(None if weight is None else weight.tolist())
            self.register_buffer(f"{prefix}class_weight", numbers, persistent=is_kept)
        self.schedule = schedule

    @property
    def n_classes(self) -> int | None:
        """How many classes there have to be; None without class counts."""
        return None if self.class_counts is None or self.kind == "sigmoid" else len(self.class_counts)

    @property
    def history(self) -> list[dict[str, Any]]:
        """What each epoch was trained with, and the loss after it."""
        return self.schedule.history

    def observe(self, p: Tensor, weight: Tensor) -> None:
        """Put into force what `update` decided."""
        self.gamma.copy_(self.next_gamma)
        if self.class_weight is not None:
            self.class_weight.copy_(self.next_class_weight)

    def gamma_of(self, p: Tensor) -> Tensor:
        """Return the one gamma, in the probabilities' shape."""
        return self.gamma.to(p.dtype).expand_as(p)

    @torch.no_grad()
    def update(self, logits: Tensor, target: Tensor) -> None:
        """Move gamma, or the class weights, by rows that the network was not fitted to.

        Parameters
        ----------
        logits, target : Tensor
            Of the whole validation set (of this rank), as in `forward`: the same rows in the same order after
            every epoch.

        Raises
        ------
        ScarceError
            E586 if no row counts; E915 if the rows are others than before.
        """
        batch = self._laid_out(logits, target, None)
        z = batch.logits if self.kind == "softmax" else batch.logits[..., None]
        seen = torch.cat([z, batch.target[..., None].to(z.dtype)], dim=-1)
        seen = shared.gathered(seen[batch.valid], self.ranks)
        seen = seen[~seen.isnan().any(dim=-1)].cpu().double().numpy()
        if len(seen) == 0:
            raise ScarceError("E586", loss=type(self).__name__)
        self.schedule.observe(seen[:, 0] if self.kind == "sigmoid" else seen[:, :-1], seen[:, -1])
        self._plan()

    def get_extra_state(self) -> Tensor:
        """Return all that was learned, for the ``state_dict``."""
        return torch.from_numpy(self.schedule.packed())

    def set_extra_state(self, state: Tensor) -> None:
        """Take what was learned from a ``state_dict``."""
        self.schedule.unpack(state.cpu().numpy())
        self._plan()

    def _plan(self) -> None:
        """Keep what the next training batch puts into force."""
        self.next_gamma.fill_(self.schedule.gamma)
        weight = self.schedule.class_weight
        if weight is not None:
            self.next_class_weight.copy_(torch.from_numpy(weight))


@dataclass(eq=False, repr=False)
class SigmoidValidatedFocalLoss(ValidatedFocalLoss):
    """`ValidatedFocalLoss` of one logit that decides between 0 and 1; several labels move one gamma together.

    Parameters
    ----------
    class_counts : (float, float), optional
        The number of negatives and of positives among the training rows.
    start, step, highest, reduction, ranks
        As in `ValidatedFocalLoss`.
    ignore_index : int or None, default None
        The target that counts for nothing.

    Examples
    --------
    >>> loss = SigmoidValidatedFocalLoss((900, 100))
    >>> logits, target = torch.tensor([-2.0, -1.0, 1.0, 2.0]), torch.tensor([0.0, 1.0, 0.0, 1.0])
    >>> for epoch in range(10):
    ...     value = loss(logits, target)
    ...     loss.update(logits, target)
    >>> [(one["gamma"], one["power"]) for one in loss.history][4:]
    [(0.5, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.25)]
    >>> loss.class_weight.round(decimals=3).tolist()
    [0.932, 1.614]
    """

    kind: ClassVar[str] = "sigmoid"

    _: KW_ONLY
    ignore_index: int | None = domains.setting(None, WHOLE_OR_NONE)
