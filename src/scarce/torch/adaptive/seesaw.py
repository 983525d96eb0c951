"""Seesaw loss: a frequent class's logit pushes a rarer class's down less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from scarce.errors import ScarceError
from scarce.losses.domains import above_zero_up_to_one, at_least_zero, whole
from scarce.torch import functional
from scarce.torch.adaptive.inputs import ignored_of, labelled, reduction_of
from scarce.torch.adaptive.memory import Remembering
from scarce.torch.adaptive.ranks import divided, summed
from scarce.torch.precise import buffer_of

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.torch.adaptive.inputs import Labelled
    from scarce.torch.distributed import Ranks


class SeesawLoss(Remembering):
    """Softmax cross-entropy after ``log S_yj`` is added to the logits of the other classes j.

    ``S_yj = M_yj C_yj``, with mitigation ``M_yj = min(1, N_j / N_y)^p`` by the numbers N of rows seen so far,
    this batch's included and at least 1, and compensation ``C_yj = max(1, s_j / max(s_y, floor))^q`` by the
    softmax s. S is held constant in the gradient.

    Parameters
    ----------
    n_classes : int
        At least 2.
    mitigation : float, default 0.8
        The paper's p; 0 turns it off.
    compensation : float, default 2.0
        The paper's q; 0 turns it off.
    floor : float, default 0.01
        The least s_y to divide by, in (0, 1].
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean divides by the sum of the sample weights.
    ignore_index : int, default -100
        The label that counts for nothing.
    ranks : process group or "world", optional
        Over whose rows the classes are counted and means taken; this rank's own by default.

    Attributes
    ----------
    counts : Tensor, shape (n_classes,)
        Training rows seen of each class, each once whatever its weight. Evaluation adds none.

    Notes
    -----
    This is the part over the classes; the detector's objectness branch of the paper is another loss beside
    it. Checked against the authors' code (open-mmlab/mmdetection, mmdet/models/losses/seesaw_loss.py).
    There is no `posterior` in closed form, as S depends on the label and on the scores: calibrate on rows
    the network was not fitted to.

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

    counts: Tensor

    def __init__(
        self,
        n_classes: int,
        mitigation: float = 0.8,
        compensation: float = 2.0,
        *,
        floor: float = 0.01,
        reduction: str = "mean",
        ignore_index: int = -100,
        ranks: Ranks = None,
    ) -> None:
        super().__init__()
        self.n_classes = whole("n_classes", n_classes, least=2)
        self.mitigation = at_least_zero("mitigation", mitigation)
        self.compensation = at_least_zero("compensation", compensation)
        self.floor = above_zero_up_to_one("floor", floor)
        self.reduction = reduction_of(reduction, "mean", "sum", "none")
        self.ignore_index = ignored_of(ignore_index)
        self.ranks = ranks
        self.register_buffer("counts", buffer_of([0.0] * self.n_classes))

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:  # noqa: A002
        """Return the loss, in float32 at least.

        Parameters
        ----------
        input : Tensor
            Logits, of any shape, with the classes on axis 1.
        target : Tensor
            Class indices in the input's shape without axis 1, or one-hot in its shape.
        sample_weight : Tensor, optional
            One weight an element, or one a row.

        Raises
        ------
        ScarceError
            E504, E505, E515, E527, E561, E562, E563 or E585 if an input lies outside its domain.
        """
        rows = labelled(input, target, sample_weight, self.ignore_index)
        self._check_classes(rows)
        if self.training:
            now = torch.nn.functional.one_hot(rows.labels[rows.valid], self.n_classes).sum(dim=0)
            self.counts += summed(now, self.ranks)
        shifted = rows.logits + self.log_factors(rows.logits, rows.labels)
        values = functional.softmax_cross_entropy(
            shifted, rows.labels, sample_weight=rows.weight, reduction="none"
        )
        if self.reduction == "none":
            return values.reshape(rows.shape)
        return divided(values.sum(), rows.weight, self.reduction, self.ranks)

    @torch.no_grad()
    def log_factors(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return ``log S``, which is 0 at the label.

        Parameters
        ----------
        logits : Tensor, shape (n_rows, n_classes)
            Raw outputs.
        labels : Tensor of int64, shape (n_rows,)
            Class indices.

        Returns
        -------
        Tensor, shape (n_rows, n_classes)
        """
        own = labels[:, None]
        seen = torch.log(torch.clamp(self.counts, min=1.0)).to(logits.dtype)
        log_s = torch.log_softmax(logits, dim=-1)
        least = torch.log(log_s.new_tensor(self.floor))
        fewer = torch.clamp(seen - seen[own], max=0.0)
        over = torch.clamp(log_s - torch.maximum(log_s.gather(-1, own), least), min=0.0)
        factors = self.mitigation * fewer + self.compensation * over
        return factors.scatter(-1, own, 0.0)

    def posterior(self, logits: Tensor) -> Tensor:
        """Refuse: the factors depend on the label and on the scores themselves.

        Raises
        ------
        ScarceError
            E513, always.
        """
        raise ScarceError(
            "E513",
            loss=type(self).__name__,
            reason="its shifts depend on the label and on the scores",
            suggestion="calibrate on rows the network was not fitted to, each class against the others",
        )

    def _check_classes(self, rows: Labelled) -> None:
        if rows.logits.shape[-1] != self.n_classes:
            raise ScarceError(
                "E527", what="the loss's count", given=self.n_classes, n_classes=rows.logits.shape[-1]
            )

    def extra_repr(self) -> str:
        """Return the settings."""
        words = [f"{self.n_classes}", f"mitigation={self.mitigation}", f"compensation={self.compensation}"]
        words += [f"reduction={self.reduction!r}"]
        return ", ".join(words if self.ranks is None else [*words, f"ranks={self.ranks!r}"])
