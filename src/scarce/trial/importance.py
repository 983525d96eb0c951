"""How much each column matters: how much worse unseen rows score with other rows' values in it.

The arm that is kept is trained again on some of the folds, to the steps it was trained to, and asked about
their test rows with the values of one column after another taken from other test rows. Columns that say
nearly the same are taken together: alone, each would seem to be worth nothing beside the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from scarce.data.encoding import Encoder
from scarce.evaluation.comparison import simultaneous
from scarce.evaluation.decisions import PER_ROWS
from scarce.evaluation.episodes import after_catch
from scarce.evaluation.influence import influence_on_mean
from scarce.evaluation.intervals import Bootstrap, Estimate
from scarce.evaluation.ranking_of_steps import average_precision_of_steps
from scarce.progress import piece
from scarce.trial.blend import calibrated, weighed
from scarce.trial.correlated import correlated
from scarce.trial.fold_work import FoldWork, LastEncoded
from scarce.trial.race import drawn
from scarce.trial.result import Importance
from scarce.trial.side_by_side import side_by_side, workers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from scarce.progress import Progress
    from scarce.trial.blend import Weighed
    from scarce.trial.design import Design
    from scarce.trial.lineup import Standing

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

REPEATS = 3
"""How often other rows' values are drawn."""

_ROWS, _POSITIVES = 5_000, 1_000  # asked about, and the rows of the scarcer class that may be among them
_ANSWERS = 1_500_000  # of one member, all columns and draws together: on wide tables fewer rows are asked
_LEAST_ROWS = 500
_SHARE = 0.1  # of the trial's fits, at most, unless that is no fold at all
_REPLICATES = 100
_STREAM = 11  # of random numbers
_COPIES = 3  # of the encoded rows, held by a fit


def importances(design: Design, kept: Standing, progress: Progress, jobs: int = 0) -> tuple[Importance, ...]:
    """Return how much worse the primary score gets without each group of columns, the largest loss first.

    Parameters
    ----------
    design : Design
    kept : Standing
        The arm that is kept.
    progress : Progress
        Hears of every member on every fold.
    jobs : int
        Fits at a time, at most; 0 means as many as there are cores.

    Returns
    -------
    tuple of Importance
        Empty where there are too few positives to say anything.

    Notes
    -----
    Intervals draw rows, or what is drawn with them, and hold the models fixed.
    """
    if not design.may_decide:
        return ()
    asked = _Asked.of(design, kept)
    tasks = [
        partial(asked.answers, place, member) for place in range(len(asked.places)) for member in kept.members
    ]
    bytes_a_fit = 8 * _COPIES * design.dataset.n_rows * design.dataset.features.num_columns
    answers: dict[int, FloatArray] = {}
    with piece(progress, len(tasks), "importance"):
        for at, found in side_by_side(tasks, workers(jobs, bytes_a_fit)):
            answers[at] = found
            asked.works[at // len(kept.members)].used()
            progress.advance(note=kept.entry.name)
    of_folds = range(0, len(tasks), len(kept.members))
    said = [np.stack([answers[at + i] for i in range(len(kept.members))]) for at in of_folds]
    told = asked.decided(kept, said)
    names = design.dataset.features.column_names
    found = [
        Importance(tuple(names[column] for column in group), loss.value, loss.low, loss.high)
        for group, loss in zip(asked.groups, told.losses(), strict=True)
        if np.isfinite([loss.value, loss.low, loss.high]).all()
    ]
    return tuple(sorted(found, key=lambda one: -one.value))


@dataclass(frozen=True)
class _Asked:
    """The folds whose test rows are asked about, and which of their rows.

    Attributes
    ----------
    design : Design
    places : tuple of int
        Of the folds' splits among those of the design.
    works : tuple of FoldWork
    rows : tuple of ndarray
        Row numbers, fold by fold.
    column_of : ndarray of int
        The column that each feature is made of.
    groups : list of tuple of int
        Columns that are judged together.
    """

    design: Design
    places: tuple[int, ...]
    works: tuple[FoldWork, ...]
    rows: tuple[IntArray, ...]
    column_of: IntArray
    groups: list[tuple[int, ...]]

    @classmethod
    def of(cls, design: Design, kept: Standing) -> _Asked:
        """Choose the latest folds whose fits are at most a tenth of the trial's, at least one."""
        dataset, members = design.dataset, len(kept.members)
        fits = (len(design.candidates) + len(design.treatments)) * len(design.splits)
        folds = max(1, int(_SHARE * fits / members))
        chosen = [fold for repeat, fold in design.judged.scored_folds if repeat == 0][-folds:]
        places = [at for at, one in enumerate(design.splits) if one.repeat == 0 and one.fold in chosen]
        splits = [design.splits[at] for at in places]
        tested = np.sort(np.concatenate([split.test for split in splits]))
        most = int(np.clip(_ANSWERS // (REPEATS * dataset.features.num_columns), _LEAST_ROWS, _ROWS))
        seed = [design.config.seed, _STREAM]
        some = tested[drawn(dataset.target[tested], seed, most, _POSITIVES * most // _ROWS)]
        table = dataset.features.take(some)
        encoder, encoded = Encoder.fit(table), LastEncoded(dataset.features)
        return cls(
            design,
            tuple(places),
            tuple(FoldWork(design, split, members, encoded) for split in splits),
            tuple(split.test[np.isin(split.test, some)] for split in splits),
            np.array(encoder.column_of),
            correlated(encoder.encode(table), encoder.column_of),
        )

    def answers(self, fold: int, member: Weighed, halted: Callable[[], bool]) -> FloatArray:
        """Return a member's log-odds of a fold's rows: as they are, then of each group and draw."""
        rows, test = self.rows[fold], self.works[fold].split.test
        fitted, features = self.works[fold].fitted(member.arm, member.scores.steps[self.places[fold]])
        weight = self.design.population.weight
        chance = None if weight is None else weight[test] / weight[test].sum()
        rng = np.random.default_rng([self.design.config.seed, _STREAM, fold])
        donors = [rng.choice(test, rows.size, p=chance) for _ in range(REPEATS)]
        said = [fitted.log_odds(fitted.logits(features[rows]))]
        for group in self.groups:
            own = np.flatnonzero(np.isin(self.column_of, group))
            for others in donors:
                if halted():
                    break
                changed = features[rows]
                changed[:, own] = features[np.ix_(others, own)]
                said.append(fitted.log_odds(fitted.logits(changed)))
        return np.stack(said)

    def decided(self, kept: Standing, said: Sequence[FloatArray]) -> _Told:
        """Calibrate and decide by the other folds' rows, as the trial does.

        Parameters
        ----------
        kept : Standing
        said : sequence of ndarray, shape (n_members, n_answers, n_rows)
            Fold by fold.
        """
        judged, scores = self.design.judged, kept.entry.scores.recovered
        of_members = np.stack([member.scores.recovered for member in kept.members])
        log_odds, flagged, parts = [], [], []
        for work, rows, answers in zip(self.works, self.rows, said, strict=True):
            fold, costs = work.split.fold, self.design.dataset.costs
            others = judged.others(0, fold)
            flat = answers.reshape(len(answers), -1)
            recovered = flat[0]
            if len(kept.members) > 1:
                arms = [member.arm for member in kept.members]
                lines, weights = weighed(arms, of_members[:, [0]][..., others], judged, others)
                recovered = weights @ calibrated(lines, flat)
            calibration, rule = judged.fit(scores[0, others], others, kept.entry.spread)
            found = calibration.log_odds(recovered).reshape(answers.shape[1:])
            log_odds.append(found)
            own = None if costs is None else costs.take(rows)
            flagged.append(np.stack([rule.flag(one, own) for one in found]))
            parts.append(np.full(rows.size, fold))
        rows = np.concatenate(self.rows)
        return _Told(
            self.design,
            rows,
            np.concatenate(parts),
            np.hstack(log_odds),
            np.hstack(flagged),
            len(self.groups),
        )


@dataclass(frozen=True)
class _Told:
    """What was said of all rows asked about: as they are first, then draw by draw of each group.

    Attributes
    ----------
    design : Design
    rows, part : ndarray of int, shape (n_rows,)
        Row numbers, and their folds.
    log_odds, flagged : ndarray, shape (1 + n_groups * REPEATS, n_rows)
    n_groups : int
    """

    design: Design
    rows: IntArray
    part: IntArray
    log_odds: FloatArray
    flagged: npt.NDArray[np.bool_]
    n_groups: int

    def losses(self) -> list[Estimate]:
        """Return how much worse the primary score is for each group."""
        loss = self._dearer if self.design.dataset.costs is not None else self._ranked_worse
        return [loss(1 + group * REPEATS) for group in range(self.n_groups)]

    def _ranked_worse(self, first: int) -> Estimate:
        drawn_rows = {"weight": self._weight, "unit": self._unit, "part": self.part}
        found = [
            self._bootstrap.ranking_difference(
                self._target, self.log_odds[0], other, average_precision_of_steps, **drawn_rows
            )
            for other in self.log_odds[first : first + REPEATS]
        ]
        return Estimate(*np.mean([(one.value, one.low, one.high) for one in found], axis=0).tolist())

    def _dearer(self, first: int) -> Estimate:
        """Return the mean extra cost, with the interval that arms are compared by; the model stands fixed."""
        costs, positive = self.design.dataset.costs.take(self.rows), self._target == 1
        spent = [
            np.where(self._spared(at, positive), 0.0, costs.of_rows(positive, self.flagged[at]))
            for at in (0, *range(first, first + REPEATS))
        ]
        more = PER_ROWS * (np.mean(spent[1:], axis=0) - spent[0])
        influence, few = influence_on_mean(more, self._weight), int(positive.sum())
        if self._unit is not None:
            influence = np.bincount(np.unique(self._unit, return_inverse=True)[1], weights=influence)
            few = np.unique(self._unit[positive]).size
        mean = np.array([[np.average(more, weights=self._weight)]])
        found = simultaneous(mean, influence[None], few=few, n_train=math.inf, n_test=1.0)[0]
        return Estimate(found.value, found.low, found.high)

    def _spared(self, at: int, positive: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return which rows come after their entity was caught; none without entities."""
        entity, time = self.design.dataset.entity, self.design.dataset.time
        if entity is None or time is None:
            return np.zeros(positive.size, dtype=bool)
        return after_catch(entity[self.rows], time[self.rows], positive, self.flagged[at])

    @property
    def _bootstrap(self) -> Bootstrap:
        return Bootstrap(_REPLICATES, seed=self.design.config.seed)

    @property
    def _target(self) -> npt.NDArray[np.uint8]:
        return self.design.dataset.target[self.rows]

    @property
    def _unit(self) -> IntArray | None:
        return None if self.design.units is None else self.design.units[self.rows]

    @cached_property
    def _weight(self) -> FloatArray:
        """Population weights by which the rows drawn of each class speak for all tested ones."""
        design, weight = self.design, self.design.population.weight
        whole = np.ones(design.dataset.n_rows) if weight is None else weight
        tested = np.isin(design.judged.fold_of[0], self.part)
        of_all = np.bincount(design.dataset.target[tested], whole[tested], 2)
        share = of_all / np.bincount(self._target, whole[self.rows], 2)
        return whole[self.rows] * share[self._target]
