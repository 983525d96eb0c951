"""What the losses of one name share over kinds of targets: place in the catalogue, and arguments."""

from __future__ import annotations

from typing import Any, ClassVar

from scarce.keras.base import KerasLoss


class Focal(KerasLoss):
    """Focal loss of a softmax; the class beside it says of which targets."""

    catalogued: ClassVar[str | None] = "focal"

    def __init__(self, gamma: float = 2.0, **settings: Any) -> None:
        super().__init__("focal", gamma=gamma, **settings)


class Weighted(KerasLoss):
    """Cross-entropy with class weights; the class beside it says of which targets."""

    catalogued: ClassVar[str | None] = "cross_entropy"

    def __init__(self, class_weight: Any = None, **settings: Any) -> None:
        super().__init__("cross_entropy", class_weight=class_weight, **settings)


class LogitAdjusted(KerasLoss):
    """Cross-entropy of shifted logits; the class beside it says of which targets."""

    catalogued: ClassVar[str | None] = "logit_adjusted"

    def __init__(self, class_counts: Any, tau: float = 1.0, **settings: Any) -> None:
        super().__init__("logit_adjusted", tau=tau, class_counts=class_counts, **settings)
