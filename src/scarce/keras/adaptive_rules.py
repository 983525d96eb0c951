"""The rules by which `AdaptiveFocal` moves the numbers of its loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from scarce.calibration.validated_schedule import ValidatedSchedule
from scarce.losses import domains
from scarce.losses.adaptive_gamma import adafocal, check_clip

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Labels = NDArray[np.int64]


class AdaptiveRule(ABC):
    """What sets the numbers of an `AdaptiveFocalLoss`, by the names of its arguments."""

    needs_rows: ClassVar[bool] = False
    """Whether validation rows move the numbers after each epoch."""

    @abstractmethod
    def start(self) -> dict[str, Any]:
        """Return the numbers of the first epoch."""

    def moved(self, gammas: Floats, logits: Floats, labels: Labels) -> dict[str, Any]:
        """Look at validation rows after an epoch with these gammas; return the numbers of the next."""
        return {}

    def written(self) -> dict[str, Any]:
        """Return what is known of the last epoch beside its gamma and its loss."""
        return {}


@dataclass(frozen=True)
class FLSD53(domains.Checked, AdaptiveRule):
    """Two bins; nothing moves."""

    low_gamma: float = domains.setting(5.0, domains.at_least_zero)
    high_gamma: float = domains.setting(3.0, domains.at_least_zero)
    threshold: float = domains.setting(0.2, domains.above_zero_up_to_one)

    def start(self) -> dict[str, Any]:
        """Return a gamma on either side of the threshold."""
        return {"gammas": (self.low_gamma, self.high_gamma), "edges": (self.threshold,)}


@dataclass(frozen=True)
class AutomatedFocal(domains.Checked, AdaptiveRule):
    """One gamma, which the loss itself moves in each batch."""

    momentum: float = domains.setting(0.95, domains.from_zero_below_one)

    def start(self) -> dict[str, Any]:
        """Return gamma 0, which stands for no batch yet."""
        return {"gammas": (0.0,), "momentum": self.momentum}


@dataclass(frozen=True)
class AdaFocal(domains.Checked, AdaptiveRule):
    """A gamma for each bin of confidence, moved by how far the bin's rows are right."""

    gamma: float = domains.setting(1.0, domains.finite)
    rate: float = domains.setting(1.0, domains.above_zero)
    bins: int = domains.setting(15, partial(domains.whole, least=1))
    switch: float = domains.setting(0.2, domains.above_zero)
    lowest: float = domains.setting(-2.0, domains.finite)
    highest: float = domains.setting(20.0, domains.finite)

    needs_rows: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_clip(self.gamma, self.lowest, self.highest)

    def start(self) -> dict[str, Any]:
        """Return equal gammas, in bins of equal width."""
        return {
            "gammas": (self.gamma,) * self.bins,
            "edges": tuple(k / self.bins for k in range(1, self.bins)),
        }

    def moved(self, gammas: Floats, logits: Floats, labels: Labels) -> dict[str, Any]:
        """Return new bins and their gammas; none if the network diverged."""
        with np.errstate(invalid="ignore"):
            confidence = 1.0 / np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1)
        there = np.isfinite(confidence)
        if not there.any():
            return {}
        is_right = (logits.argmax(axis=1) == labels)[there].astype(np.float64)
        limits = {"switch": self.switch, "lowest": self.lowest, "highest": self.highest}
        moved, edges = adafocal(gammas, confidence[there], is_right, rate=self.rate, **limits)
        return {"gammas": moved, "edges": edges}


class Validated(AdaptiveRule):
    """One gamma, and the power of the class weights, moved by `ValidatedSchedule`."""

    needs_rows: ClassVar[bool] = True

    def __init__(
        self,
        class_counts: ArrayLike | None = None,
        start: float = 0.0,
        step: float = 0.5,
        highest: float = 5.0,
    ) -> None:
        given = {"class_counts": class_counts, "gamma": start, "step": step, "highest": highest}
        self.schedule = ValidatedSchedule("softmax", **given)  # two logits for two classes, of every kind

    def start(self) -> dict[str, Any]:
        """Return the schedule's first gamma and class weights."""
        return {"gammas": (self.schedule.gamma,), "class_weight": self.schedule.class_weight}

    def moved(self, gammas: Floats, logits: Floats, labels: Labels) -> dict[str, Any]:
        """Return its next gamma and class weights."""
        self.schedule.observe(logits, labels)
        return self.start()

    def written(self) -> dict[str, Any]:
        """Return the schedule's own line."""
        return self.schedule.history[-1]


RULES: dict[str, type[AdaptiveRule]] = {
    "adafocal": AdaFocal,
    "flsd53": FLSD53,
    "automated": AutomatedFocal,
    "validated": Validated,
}
