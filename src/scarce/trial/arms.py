"""Arms: a learner with one treatment of the imbalance, named as the catalogues name it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scarce.boosting.objective import BinaryObjective
from scarce.calibration.logistic import SPREAD, UNSHRUNK
from scarce.errors import ScarceError
from scarce.learners.stored.posterior_table import storable
from scarce.losses.definitions import digest, is_ours
from scarce.trial.methods import PLAIN, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scarce.learners.base import Learner, Treatment
    from scarce.trial.methods import Method
    from scarce.tuning.grid import OpenMethod

_PROBES = np.array([-1.0, 0.0, 1.0])  # raw scores, from the start


@dataclass(frozen=True)
class Arm:
    """A learner with one treatment.

    Attributes
    ----------
    name : str
        ``"control"``, or a sampling and a loss with their parameters, such as
        ``"undersample:ratio=10+focal:gamma=1"``.
    summary : str
        One line for the report.
    treatment : Treatment
        Its loss is not yet resolved to a data set's class counts.
    learner : Learner or None
        None until it is known which learner the treatment runs on.
    open : OpenMethod or None
        What is still to be chosen; the treatment is then one of those that are tried.
    chosen : tuple of str
        What was chosen of an open method: by all folds, and for each split by the others.
    tried : int
        How many fits it took to choose.
    """

    name: str
    summary: str
    treatment: Treatment
    learner: Learner | None = None
    open: OpenMethod | None = None
    chosen: tuple[str, ...] = ()
    tried: int = 0

    @property
    def key(self) -> dict[str, str]:
        """What the journal calls it: not by its name, for the control's depends on the others."""
        key = {"learner": repr(self.learner), "treatment": repr(self.treatment)}
        modulation = self.treatment.loss.modulation
        return key if is_ours(type(modulation)) else key | {"formulas": digest(modulation)}

    @property
    def is_nameable(self) -> bool:
        """Whether the key tells what is fitted: of an object that only shows its address it does not."""
        return " at 0x" not in repr(self.key)

    @property
    def spread(self) -> tuple[float, float]:
        """How far a calibration line may go: anywhere where the learner gives plain scores, no log-odds."""
        if not self.learner.undoes(PLAIN):
            return UNSHRUNK
        return SPREAD if self.learner.undoes(self.treatment) else (UNSHRUNK[0], SPREAD[1])


def plain(learner: Learner) -> Arm:
    """Return a learner without a treatment."""
    return Arm(learner.name, learner.summary, PLAIN, learner)


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
        f"undersample:ratio={ratio}",
    )


def parse_arms(methods: Sequence[Method], prevalence: float) -> tuple[Arm, ...]:
    """Return an arm for each named method, in that order, each once; none for what is no treatment.

    Parameters
    ----------
    methods : sequence of str, SigmoidLoss, Sampling or Treatment
        ``"focal:gamma=3"`` and the like; empty for `default_methods`. Equal treatments are one arm, under the
        name that comes first.
    prevalence : float
        Share of positives, which only the default undersampling looks at.

    Raises
    ------
    ScarceError
        As `scarce.trial.methods.read`; E323 too for two treatments of one name.
    """
    arms: list[Arm] = []
    for method in methods or default_methods(prevalence):
        name, summary, treatment, is_open = read(method)
        arm = Arm(name, summary, treatment, open=is_open)
        if any(
            (treatment, is_open) == known for known in ((PLAIN, None), *((a.treatment, a.open) for a in arms))
        ):
            continue
        if any(arm.name == other.name for other in arms):
            raise ScarceError(
                "E323",
                method=arm.name,
                reason="another treatment has the same name",
                suggestion="leave one of the two out",
            )
        arms.append(arm)
    return tuple(arms)


def check_trainable(arm: Arm, class_counts: tuple[float, float], *, weighted: bool = False) -> None:
    """Refuse a method that is flat near its start, or whose gradients or log-odds there are no numbers.

    Parameters
    ----------
    arm : Arm
    class_counts : (float, float)
        Negatives and positives that it trains on, by weight.
    weighted : bool
        Whether the weights vary within a class.

    Raises
    ------
    ScarceError
        ``E317`` for such a method, and where no constant can start at these counts; ``E537`` for a user's own
        loss that no model file can hold; ``E326`` for a sampling that looks at the features of rows, and not
        at their weights.
    """
    if arm.open is not None:
        for place in arm.open.grid.coarse:
            tried = read(arm.open.at(place, class_counts)).treatment
            check_trainable(replace(arm, treatment=tried, open=None), class_counts, weighted=weighted)
        return
    treatment = arm.treatment
    if weighted and treatment.sampling is not None and not treatment.sampling.exact:
        raise ScarceError("E326", method=arm.name)
    with np.errstate(all="ignore"):
        loss = treatment.loss.resolve(treatment.loss.class_counts or class_counts)
        goal = BinaryObjective(loss)
        storable(loss)
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
