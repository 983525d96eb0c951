"""Balanced bagging: several balanced draws, a model on each, and the mean of their outputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from scarce.errors import ScarceError
from scarce.learners.base import Fitted, Sampled, Stored, Treatment
from scarce.learners.drawn_rows import drawn_rows
from scarce.resampling.by_label import UnderSampler

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from scarce.learners.base import FloatArray, Learner, Prepared, TrainingRows, Watch
    from scarce.losses.sigmoid import SigmoidLoss


@dataclass(frozen=True)
class Bag:
    """One of several balanced draws: all positives, and as many random negatives.

    Parameters
    ----------
    number : int
        Which one; each draws other negatives.
    """

    number: int = 0

    exact: ClassVar[bool] = True

    def draw(
        self,
        features: FloatArray,
        target: npt.NDArray[np.uint8],
        categorical: tuple[int, ...],
        seed: int,
    ) -> Sampled:
        """Draw from the rows of a fold, as a `scarce.learners.base.Sampling` does: by the target alone."""
        return UnderSampler(ratio=1.0).sample(target, np.random.default_rng([seed, self.number])).of(target)


@dataclass(frozen=True)
class BalancedBagging:
    """Train on several balanced undersamples, and take the mean of the models' raw outputs.

    Parameters
    ----------
    n : int
        How many, at least 2.

    Raises
    ------
    ScarceError
        E354 for fewer than 2.

    Notes
    -----
    Undersampling once throws most negatives away; several draws see more of them. Each draw changes the prior
    alike, so that one offset undoes them all.

    Examples
    --------
    >>> BalancedBagging(5).method
    'balanced_bagging:n=5'
    """

    n: int = 10

    exact: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.n < 2:
            raise ScarceError("E354", reason=f"n is {self.n!r}", suggestion="choose at least 2 draws")

    @property
    def method(self) -> str:
        """What it is called among the methods of a trial."""
        return f"balanced_bagging:n={self.n}"

    @property
    def summary(self) -> str:
        """One line for the report."""
        return f"the mean of {self.n} models, each of all positives and as many random negatives"

    def draw(
        self,
        features: FloatArray,
        target: npt.NDArray[np.uint8],
        categorical: tuple[int, ...],
        seed: int,
    ) -> Sampled:
        """Refuse: one draw of several is not the treatment that was asked for."""
        raise TypeError("balanced bagging draws several times: prepare the fold with Bagged(learner)")

    @property
    def bags(self) -> tuple[Bag, ...]:
        """The draws, each a `scarce.learners.base.Sampling`."""
        return tuple(Bag(number) for number in range(self.n))


class Averaged(Stored, Protocol):
    """A stored model whose kind has a mean."""

    @classmethod
    def mean(cls, members: Sequence[Averaged]) -> Averaged:
        """Return the model whose logits are the mean of the members'."""
        ...


@dataclass(frozen=True)
class Bagged:
    """A learner that takes `BalancedBagging` too; all else it leaves to the learner that it is made of.

    Parameters
    ----------
    learner : Learner
        Its stored models must have a `mean`.
    """

    learner: Learner

    @property
    def name(self) -> str:
        """That of the learner."""
        return self.learner.name

    @property
    def summary(self) -> str:
        """That of the learner."""
        return self.learner.summary

    @property
    def steps(self) -> tuple[float, ...]:
        """Those of the learner."""
        return self.learner.steps

    @property
    def storable(self) -> bool:
        """That of the learner."""
        return self.learner.storable

    @property
    def capped(self) -> bool:
        """That of the learner."""
        return self.learner.capped

    def takes(self, treatment: Treatment) -> bool:
        """Whether the learner takes the treatment, or one draw of several and has a path.

        A forest has none, and its votes have another mean than log-odds do.
        """
        member = _member(treatment)
        return self.learner.takes(member) and (member is treatment or len(self.learner.steps) > 1)

    def undoes(self, treatment: Treatment) -> bool:
        """Whether the learner undoes the treatment, or one draw of it."""
        return self.learner.undoes(_member(treatment))

    def grown(self, step: float, factor: float) -> float:
        """Return the step for `factor` times as many rows."""
        return self.learner.grown(step, factor)

    def prepare(self, rows: TrainingRows) -> BaggedFold:
        """Take in the rows of a fold, once for all draws."""
        return BaggedFold(rows, self.learner.prepare(rows))


@dataclass(frozen=True)
class BaggedFold:
    """One fold, ready for treatments that draw once or several times."""

    rows: TrainingRows
    prepared: Prepared

    def follow(self, treatment: Treatment, watch: Watch) -> None:
        """Train along the path and show the mean of the draws' outputs, once the last draw gets there."""
        if not isinstance(treatment.sampling, BalancedBagging):
            self.prepared.follow(treatment, watch)
            return
        loss, offset = self._resolved(treatment)
        *others, last = _members(loss, treatment.sampling)
        sums: dict[float, FloatArray] = {}

        def add(step: float, logits: FloatArray, log_odds: FloatArray) -> bool:
            sums[step] = sums.get(step, 0.0) + logits
            return True

        def show(step: float, logits: FloatArray, log_odds: FloatArray) -> bool:
            mean = (sums[step] + logits) / (len(others) + 1)
            return watch(step, mean, loss.log_odds(mean) + offset)

        for member in others:
            self.prepared.follow(member, add)
        self.prepared.follow(last, show)

    def fit(self, treatment: Treatment, step: float) -> Fitted:
        """Train to a step; what is stored is one model, the mean of all."""
        if not isinstance(treatment.sampling, BalancedBagging):
            return self.prepared.fit(treatment, step)
        loss, offset = self._resolved(treatment)
        fitted = [self.prepared.fit(member, step) for member in _members(loss, treatment.sampling)]
        kind: type[Averaged] = type(fitted[0].stored)
        base_score = float(np.mean([member.base_score for member in fitted]))
        return Fitted(kind.mean([member.stored for member in fitted]), fitted[0].loss, base_score, offset)

    def _resolved(self, treatment: Treatment) -> tuple[SigmoidLoss, float]:
        """Return the loss, the same for every draw, and what undoes the draws: a mean needs one of each."""
        drawn = drawn_rows(self.rows, _member(treatment))
        return drawn.loss, drawn.offset


def _members(loss: SigmoidLoss, sampling: BalancedBagging) -> list[Treatment]:
    return [Treatment(loss, bag) for bag in sampling.bags]


def _member(treatment: Treatment) -> Treatment:
    several = isinstance(treatment.sampling, BalancedBagging)
    return replace(treatment, sampling=Bag()) if several else treatment
