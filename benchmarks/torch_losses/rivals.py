"""What a rival and a table are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# What a mean divides the sum by; the gradients are compared after that.
DIVISORS = ("elements", "rows", "weights", "positives", "three quarters")


@dataclass(frozen=True)
class Rival:
    """A loss to be timed.

    ``make()`` imports what it needs and returns a function of the inputs, which returns the work: for
    PyTorch the forward pass, for the others forward and backward in one.
    """

    name: str
    make: Callable[[], Callable[[Any], Callable[[], Any]]]
    divisor: str = "elements"
    weighted: bool = True
    another: bool = False  # not the loss of this table: a yardstick that is not compared
    copy: bool = False
    one_hot: bool = False  # takes only one-hot targets, which are built before the clock starts
    note: str = ""
    framework: str = "torch"


@dataclass(frozen=True)
class Table:
    """Rivals over the same inputs, the first of them ours."""

    name: str
    title: str
    kind: str  # sigmoid, softmax, dice, tversky
    shape: tuple[int, ...]
    rivals: tuple[Rival, ...]
    weights: bool = False  # of the classes
    micro: bool = False  # microseconds, and the difference to the baseline
    baseline: str = ""
    device: str = "cpu"
    dtype: str = "float32"  # of the logits, in PyTorch
    channels_last: bool = False
    rounds: int = 3
    repeats: int = 12
    seconds: float = 0.8  # a round's repeats stop after that
