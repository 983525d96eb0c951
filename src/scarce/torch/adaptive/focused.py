"""Focal losses over a softmax whose gamma depends on the row: what they share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import torch

from scarce.torch.adaptive.inputs import ignored_of, labelled, reduction_of
from scarce.torch.adaptive.margins import (
    FOCAL,
    by_rows,
    class_margins,
    from_rows,
    label_margin,
    modulated,
    point,
)
from scarce.torch.adaptive.memory import Remembering
from scarce.torch.adaptive.ranks import divided
from scarce.torch.checks import check_recording
from scarce.torch.words import unbounded

if TYPE_CHECKING:
    from torch import Tensor

    from scarce.losses.modulation import Formulas
    from scarce.torch.adaptive.inputs import Labelled
    from scarce.torch.distributed import Ranks


class FocusedLoss(Remembering, ABC):
    """A focal loss over a softmax whose gamma depends on the probability of the target's class.

    Gamma is held constant in the gradient, as in the papers. A leaf says what gamma is, and may look at a
    training batch before.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean divides by the sum of the sample weights.
    ignore_index : int, default -100
        The label that counts for nothing.
    ranks : process group or "world", optional
        Over whose rows statistics and means are taken; this rank's own by default.
    """

    formulas: ClassVar[Formulas] = FOCAL

    def __init__(self, *, reduction: str = "mean", ignore_index: int = -100, ranks: Ranks = None) -> None:
        super().__init__()
        self.reduction = reduction_of(reduction, "mean", "sum", "none")
        self.ignore_index = ignored_of(ignore_index)
        self.ranks = ranks

    @abstractmethod
    def gamma_of(self, p: Tensor) -> Tensor:
        """Return gamma at a probability of the target's class.

        Parameters
        ----------
        p : Tensor
            Of any shape.
        """

    def observe(self, p: Tensor, weight: Tensor) -> None:
        """Look at the probabilities of a training batch's targets before its loss is computed.

        Parameters
        ----------
        p, weight : Tensor
            One a row; the weight of an ignored row is 0.
        """

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
            E504, E505, E515, E561, E562, E563 or E585 if an input lies outside its domain.
        """
        rows = labelled(input, target, sample_weight, self.ignore_index)
        margin = label_margin(rows.logits, rows.labels)
        p = point(margin.detach())[2]
        if self.training:
            self.observe(p, rows.weight)
        return self._reduced(modulated(margin, self.gamma_of(p), self.formulas), rows)

    def posterior(self, logits: Tensor) -> Tensor:
        """Return the probabilities at which the expected gradient of this loss, as it is now, is 0.

        Parameters
        ----------
        logits : Tensor
            Raw outputs.

        Returns
        -------
        Tensor
            In the logits' shape, over the classes. It follows the gradient that training uses, with gamma
            held constant. Where gamma jumps, so does this.
        """
        check_recording()
        margins = class_margins(by_rows(logits))
        at = point(margins)
        gamma = self.gamma_of(at[2]).to(margins.dtype)
        return from_rows(torch.softmax(at[0] - self.formulas.log_a(*at, gamma), dim=-1), logits)

    def _reduced(self, values: Tensor, rows: Labelled) -> Tensor:
        values = unbounded(values * rows.weight)
        if self.reduction == "none":
            return values.reshape(rows.shape)
        return divided(values.sum(), rows.weight, self.reduction, self.ranks)

    def extra_repr(self) -> str:
        """Return the settings."""
        return ", ".join(f"{name}={value!r}" for name, value in self._settings().items())

    def _settings(self) -> dict[str, Any]:
        shared = {"reduction": self.reduction, "ignore_index": self.ignore_index, "ranks": self.ranks}
        defaults = {"reduction": "mean", "ignore_index": -100, "ranks": None}
        return {name: value for name, value in shared.items() if value != defaults[name]}
