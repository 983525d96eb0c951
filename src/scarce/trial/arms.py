"""Arms: a learner with one treatment of the imbalance, named as the catalogue names it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from scarce.boosting.objective import BinaryObjective, check_usable
from scarce.errors import ScarceError
from scarce.learners.base import Sampled, Treatment
from scarce.learners.lightgbm import LightGBM
from scarce.losses import catalog
from scarce.number_grammar import number
from scarce.resampling import UnderSampler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scarce.learners.base import Learner
    from scarce.losses.sigmoid import SigmoidLoss

CONTROL = "control"
_UNDERSAMPLE = "undersample"
_PROBES = np.array([-1.0, 0.0, 1.0])  # raw scores, from the start


@dataclass(frozen=True)
class Arm:
    """One treatment: the loss it trains with, and how many negatives it keeps for each positive.

    Attributes
    ----------
    name : str
        ``"control"``, a catalogue name with its parameters, or ``"undersample:ratio=R"``.
    summary : str
        One line for the report.
    loss : SigmoidLoss
        Not yet resolved to a data set's class counts.
    negatives_per_positive : float or None
        Negatives that undersampling keeps for each positive; None keeps all.
    """

    name: str
    summary: str
    loss: SigmoidLoss
    negatives_per_positive: float | None = None
    learner: Learner = field(default_factory=LightGBM)

    @property
    def treatment(self) -> Treatment:
        """What the learner is asked to train with."""
        ratio = self.negatives_per_positive
        return Treatment(self.loss, None if ratio is None else _Under(ratio))

    @property
    def key(self) -> str:
        """What the journal calls it."""
        return f"{self.learner.name} {self.name}"


@dataclass(frozen=True)
class _Under:
    ratio: float
    exact: bool = True

    def draw(self, features, target, categorical, seed):  # type: ignore[no-untyped-def]
        sample = UnderSampler(ratio=self.ratio).sample(target, rng=np.random.default_rng(seed))
        rows = np.sort(sample.rows)
        return Sampled(rows, None, target[rows], float(sample.undo(np.zeros(1))[0]))


def default_methods(prevalence: float) -> tuple[str, ...]:
    """Return the treatments tried when none are named.

    Undersampling keeps ten negatives a positive; where positives are not that rare, one.
    """
    ratio = 10 if prevalence < 0.05 else 1
    return (
        "weighted_cross_entropy",
        "class_balanced",
        "focal:gamma=1",
        "focal:gamma=2",
        "logit_adjusted",
        f"{_UNDERSAMPLE}:ratio={ratio}",
    )


def parse_arms(methods: Sequence[str], prevalence: float) -> tuple[Arm, ...]:
    """Return the control and one arm for each named method, in that order, each once.

    Parameters
    ----------
    methods : sequence of str
        ``"focal:gamma=3"`` and the like; empty for `default_methods`.
    prevalence : float
        Share of positives, which only the default undersampling looks at.

    Raises
    ------
    ScarceError
        ``E5..`` for a name or a parameter that the catalogue does not have; ``E302`` for a bad ratio.
    """
    control = Arm(
        CONTROL,
        "plain cross-entropy, regularised; the arm to beat",
        catalog.parse("cross_entropy"),
    )
    arms = {CONTROL: control}
    for method in methods or default_methods(prevalence):
        arm = _parse(method.strip())
        if arm.name not in (CONTROL, "cross_entropy"):  # cross-entropy without weights is the control
            arms.setdefault(arm.name, arm)
    return tuple(arms.values())


def check_trainable(arm: Arm, class_counts: tuple[float, float]) -> None:
    """Refuse a method that is flat near its start, or whose gradients or log-odds there are no numbers.

    Parameters
    ----------
    arm : Arm
    class_counts : (float, float)
        Negatives and positives that it trains on, by weight.

    Raises
    ------
    ScarceError
        ``E317`` for such a method, and where no constant can start at these counts.
    """
    with np.errstate(all="ignore"):
        loss = arm.loss.resolve(arm.loss.class_counts or class_counts)
        goal = BinaryObjective(loss)
        try:
            start = goal.base_score(class_counts[1] / sum(class_counts))
        except ScarceError:  # no constant is that rare, in words of the loss and not of the method
            raise ScarceError("E317", method=arm.name) from None
        raw = np.repeat(start + _PROBES, 2)
        target = np.tile(np.array([0.0, 1.0], dtype=np.float32), _PROBES.size)
        gradient, hessian = goal.gradient_hessian(raw, target)
        numbers = (gradient, hessian, np.tanh(loss.log_odds(raw)))  # log-odds may be infinite
        if not np.isfinite(numbers).all() or not gradient.any():
            raise ScarceError("E317", method=arm.name)


def _parse(method: str) -> Arm:
    name, _, rest = method.partition(":")
    if method == CONTROL:
        return Arm(CONTROL, "", catalog.parse("cross_entropy"))
    if name == _UNDERSAMPLE:
        return _undersample(method, rest)
    loss = catalog.parse(method)
    check_usable(loss)
    return Arm(method, catalog.find(name).summary, loss)


def _undersample(method: str, rest: str) -> Arm:
    key, _, text = (rest or "ratio=10").partition("=")
    ratio = number(text)
    if key != "ratio" or ratio is None or not 0.0 < ratio < math.inf:
        raise ScarceError("E302", method=method)
    plain = catalog.parse("cross_entropy")
    summary = f"keeps {ratio:g} random negatives for each positive; the sampling is undone exactly"
    return Arm(f"{_UNDERSAMPLE}:ratio={ratio:g}", summary, plain, ratio)
