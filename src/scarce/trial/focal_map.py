"""The map: what gamma and the weight of the positives do on one table, an arm for each pair of them.

Every arm is cross-fitted on the trial's folds and judged as a trial judges it, so that its figures are those
of a trial with the same method. The rows called easy are the same in every arm: the negatives to which the
plain arm, calibrated, gives less than a limit.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from scarce.decision.arrays import expit
from scarce.errors import ScarceError
from scarce.evaluation.probability import log_loss
from scarce.progress import SILENT, piece
from scarce.trial.comparison import compare
from scarce.trial.crossfit import crossfit
from scarce.trial.design import Design
from scarce.trial.journal import Journal, refuse_link
from scarce.trial.judging import Entry, score_all
from scarce.trial.lock import locked
from scarce.trial.methods import CONTROL, PLAIN, read, simplest
from scarce.trial.population import Population
from scarce.trial.scoring import RANKED
from scarce.tuning.curves import Shares, shares
from scarce.tuning.grid import Axis, Grid, OpenMethod

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from scarce.data.dataset import Dataset
    from scarce.evaluation.estimate import Estimate
    from scarce.learners.base import Treatment
    from scarce.losses.sigmoid import SigmoidLoss
    from scarce.progress import Progress
    from scarce.trial.arm_result import ArmResult
    from scarce.trial.arms import Arm
    from scarce.trial.config import TrialConfig
    from scarce.trial.result import Difference

    FloatArray = npt.NDArray[np.float64]

GAMMAS = (0.0, 0.5, 1.0, 2.0, 4.0)
POWERS = (0.0, 0.5, 1.0)
"""Of the inverse class counts: equal weights, their square root, and weights that balance the classes."""

LEARNER = "lightgbm"
_AXES = (Axis("gamma", GAMMAS), Axis("class_weight", POWERS))
_UNWEIGHTED = OpenMethod("focal:gamma=auto", Grid(_AXES[:1]))
_WEIGHTED = OpenMethod("focal:gamma=auto,class_weight=auto", Grid(_AXES))


@dataclass(frozen=True)
class Stages:
    """A figure of the output as it comes, read through a sigmoid; recovered; and calibrated."""

    raw: float
    recovered: float
    calibrated: float


@dataclass(frozen=True)
class Cell:
    """What became of one gamma with one weight.

    Attributes
    ----------
    gamma, power : float
        The power is that of the inverse class counts.
    weight : float
        Of a positive, as a multiple of a negative's.
    alpha : float
        The same as a share of both, as papers write it; .5 is no weighting.
    method : str
        What ``--methods`` takes for it; ``"control"`` for the plain loss.
    average_precision, recall : Estimate
        With 95 % intervals; the recall is that at precision .5.
    difference : Difference or None
        In average precision, to the plain loss, whose own is None; all cells' intervals hold at once.
    log_loss, ratio : Stages
        The ratio is the mean probability over the prevalence: 1 is right.
    at_plain, at_own : Shares
        Of the training loss, and of its gradients, on the easy negatives: at the plain arm's probabilities,
        and at the outputs that this arm was trained to.
    """

    gamma: float
    power: float
    weight: float
    alpha: float
    method: str
    average_precision: Estimate
    recall: Estimate
    difference: Difference | None
    log_loss: Stages
    ratio: Stages
    at_plain: Shares
    at_own: Shares

    @property
    def outcome(self) -> str:
        """What the average precision is beside the plain loss, in one word; nothing for that itself."""
        return "" if self.difference is None else self.difference.outcome

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able values."""
        found = {name: getattr(self, name) for name in ("gamma", "power", "weight", "alpha", "method")}
        found |= {name: getattr(self, name).to_dict() for name in ("average_precision", "recall")}
        named = ("value", "low", "high", "outcome")
        own = self.difference
        found["difference"] = None if own is None else {name: getattr(own, name) for name in named}
        found |= {name: asdict(getattr(self, name)) for name in ("log_loss", "ratio")}
        return found | {name: getattr(self, name)._asdict() for name in ("at_plain", "at_own")}


@dataclass(frozen=True)
class FocalMapResult:
    """Every number of a map.

    Attributes
    ----------
    name, learner : str
    rows, positives, folds : int
        Rows and positives that are scored; folds of the cross-validation.
    prevalence : float
        The population's.
    easy_below : float
        A negative is easy where the plain arm gives it less.
    easy_share : float
        Which share of the negatives is, by rows.
    cells : tuple of Cell
        By power, then by gamma; the first one is the plain loss.
    """

    name: str
    learner: str
    rows: int
    positives: int
    folds: int
    prevalence: float
    easy_below: float
    easy_share: float
    cells: tuple[Cell, ...]

    @property
    def by_weight(self) -> tuple[tuple[Cell, ...], ...]:
        """The cells of each weight, from equal to balanced."""
        return tuple(tuple(cell for cell in self.cells if cell.power == power) for power in POWERS)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able values."""
        names = ("name", "learner", "rows", "positives", "folds", "prevalence", "easy_below", "easy_share")
        found = {name: getattr(self, name) for name in names}
        return {**found, "cells": [cell.to_dict() for cell in self.cells]}


def find_map(
    dataset: Dataset,
    config: TrialConfig,
    *,
    learner: Any = LEARNER,
    easy_below: float | None = None,
    progress: Progress = SILENT,
    journal: Path | None = None,
    jobs: int = 0,
) -> FocalMapResult:
    """Train and judge a learner with every gamma and weight of the map.

    Parameters
    ----------
    dataset : Dataset
        Its costs are not looked at: arms are compared by average precision.
    config : TrialConfig
        Folds, repeats, seed, prior, rounds and replicates; its methods, learners and rule are not looked at.
    learner : str or (str, estimator)
        One that takes losses.
    easy_below : float, optional
        A negative is easy where the plain arm, calibrated, gives it less; the prevalence unless given.
    progress : Progress
    journal : Path, optional
        A folder of its own for finished fits: those of other trials are dropped from it at the end.
    jobs : int
        Fits at a time; 0 means as many as there are cores.

    Raises
    ------
    ScarceError
        E301 for a limit that is no share, E306 for a learner that takes no loss, and as `Design.of`.
    """
    if easy_below is not None and not 0.0 < easy_below < 1.0:
        raise ScarceError("E301", option="easy_below", value=easy_below, allowed="a number between 0 and 1")
    refuse_link(journal)
    dataset = replace(dataset, costs=None)
    counts = Population.of(dataset.target, dataset.row_weight, config.prior).training_counts(dataset.target)
    places = _places(counts)
    methods = tuple(place.method for place in places[1:])
    own = replace(config, methods=methods, learners=(learner,), margin=None, rule=None, cost_range=None)
    design = Design.of(dataset, own)
    (candidate,) = design.candidates
    arms: dict[Treatment, Arm] = {}  # fewer than places where the classes are equally large
    for place in places:
        arms.setdefault(place.treatment, replace(candidate, name=place.method, treatment=place.treatment))
    with locked(journal):
        found = _judged(design, list(arms.values()), Journal(journal, design.context()), progress, jobs)
    return _Reading(design, found, easy_below or design.prevalence).result(
        [(place, found[arms[place.treatment].name]) for place in places]
    )


class _Place(NamedTuple):
    """One gamma with one power of the inverse class counts."""

    gamma: float
    power: float
    method: str
    treatment: Treatment


def _places(counts: tuple[float, float]) -> list[_Place]:
    """Return what is tried, the plain loss first."""
    found = []
    for beside, power in enumerate(POWERS):
        for at, gamma in enumerate(GAMMAS):
            method = _WEIGHTED.at((at, beside), counts) if power else _UNWEIGHTED.at((at,), counts)
            treatment = read(method).treatment
            is_plain = simplest(treatment) == PLAIN
            found.append(_Place(gamma, power, *((CONTROL, PLAIN) if is_plain else (method, treatment))))
    return found


def _judged(
    design: Design, arms: Sequence[Arm], journal: Journal, progress: Progress, jobs: int
) -> dict[str, ArmResult]:
    """Return what became of each arm, by name, the plain one first."""
    with piece(progress, len(arms) * len(design.splits), "training"):
        scores = crossfit(design, arms, journal, progress, jobs=jobs)
    journal.tell()
    journal.prune()
    entries = [
        Entry(arm.name, arm.summary, scores[arm.name], {}, arm.spread, arm.learner.name, arm.name)
        for arm in arms
    ]
    return {result.name: result for result in score_all(design, entries, progress, jobs)}


class _Reading:
    """Reads the figures of a map off the arms' rows."""

    def __init__(self, design: Design, arms: Mapping[str, ArmResult], easy_below: float) -> None:
        self.design = design
        self.easy_below = easy_below
        plain = next(iter(arms.values()))
        self.scored = ~np.isnan(plain.log_odds)  # of each repeat
        self.target = self._of_rows(design.judged.target)
        self.weight = self._of_rows(design.population.weight)
        self.training_weight = self._of_rows(design.population.training_weight)
        self.plain_log_odds = plain.log_odds[self.scored]
        self.easy = (self.target == 0) & (expit(self.plain_log_odds) < easy_below)
        self.differences = {one.arm: one for one in compare(design, list(arms.values()), RANKED)}

    def result(self, arms: Sequence[tuple[_Place, ArmResult]]) -> FocalMapResult:
        """Return every number."""
        design = self.design
        return FocalMapResult(
            name=design.dataset.name,
            learner=design.candidates[0].name,
            rows=int(self.scored.any(axis=0).sum()),
            positives=design.scored_positives,
            folds=len({fold for _, fold in design.judged.scored_folds}),
            prevalence=design.prevalence,
            easy_below=self.easy_below,
            easy_share=float(np.average(self.easy[self.target == 0])),
            cells=tuple(self._cell(*one) for one in arms),
        )

    def _cell(self, place: _Place, arm: ArmResult) -> Cell:
        loss = place.treatment.loss
        negative, positive = (1.0, 1.0) if loss.class_weight is None else np.asarray(loss.class_weight)
        stages = [getattr(arm, stage)[self.scored] for stage in ("raw", "recovered", "log_odds")]
        truth = float(np.average(self.target, weights=self.weight))
        said = [float(np.average(expit(stage), weights=self.weight)) for stage in stages]
        # what the rows were weighed by in training is not in the logits, and then is no part of its loss
        as_trained = self.plain_log_odds - self.design.population.offset
        return Cell(
            gamma=place.gamma,
            power=place.power,
            weight=float(positive / negative),
            alpha=float(positive / (positive + negative)),
            method=place.method,
            average_precision=arm.estimates["average_precision"],
            recall=arm.estimates["recall_at_precision"],
            difference=self.differences.get(arm.name),
            log_loss=Stages(*(log_loss(self.target, stage, self.weight) for stage in stages)),
            ratio=Stages(*(one / truth for one in said)),
            at_plain=self._shares(loss, as_trained),
            at_own=self._shares(loss, stages[0]),
        )

    def _shares(self, loss: SigmoidLoss, logits: FloatArray) -> Shares:
        return shares(loss, logits, self.target, self.easy, self.training_weight)

    def _of_rows(self, values: npt.NDArray[Any] | None) -> npt.NDArray[Any] | None:
        """Return values of rows for each row that a repeat scores."""
        return None if values is None else np.broadcast_to(values, self.scored.shape)[self.scored]
