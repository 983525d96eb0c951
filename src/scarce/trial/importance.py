"""How much each column matters: how much worse unseen rows score with other rows' values in it.

The arm that is kept is trained again on some of the folds, to the steps it was trained to, and asked about
their test rows with the values of one column after another taken from other test rows. Columns that say
nearly the same are taken together: alone, each would seem to be worth nothing beside the others.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from scarce.data.encoding import Encoder
from scarce.progress import piece
from scarce.trial.blend import calibrated, weighed
from scarce.trial.column_losses import REPEATS, Answered
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
    from scarce.trial.journal import Journal
    from scarce.trial.lineup import Standing

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

_ROWS, _POSITIVES = 5_000, 1_000  # asked about, and the rows of the scarcer class that may be among them
_ANSWERS = 1_500_000  # of one member, all columns and draws together: on wide tables fewer rows are asked
_LEAST_ROWS = 500
_SHARE = 0.1  # of the trial's fits, at most, unless that is no fold at all
_STREAM = 11  # of random numbers
_COPIES = 3  # of the encoded rows, held by a fit


def importances(
    design: Design, kept: Standing, fits: int, journal: Journal, progress: Progress, jobs: int = 0
) -> tuple[Importance, ...]:
    """Return how much worse the primary score gets without each group of columns, the largest loss first.

    Parameters
    ----------
    design : Design
    kept : Standing
        The arm that is kept.
    fits : int
        That the trial made: under a budget fewer than were planned.
    journal : Journal
        Keeps what its members answer.
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
    asked = _Asked.of(design, kept, fits)
    told = asked.decided(kept, _said(asked, kept, journal, progress, jobs))
    names = design.dataset.features.column_names
    found = [
        Importance(tuple(names[column] for column in group), loss.value, loss.low, loss.high)
        for group, loss in zip(asked.groups, told.losses(), strict=True)
        if np.isfinite([loss.value, loss.low, loss.high]).all()
    ]
    return tuple(sorted(found, key=lambda one: -one.value))


def _said(asked: _Asked, kept: Standing, journal: Journal, progress: Progress, jobs: int) -> list[FloatArray]:
    """Return every member's answers, fold by fold, from the journal or asked for now."""
    dataset, members = asked.design.dataset, kept.members
    pairs = [(fold, member) for fold in range(len(asked.places)) for member in members]
    found: list[FloatArray | None] = [
        journal.find_answers(asked.shape(fold), **asked.key(fold, member)) if member.arm.is_nameable else None
        for fold, member in pairs
    ]
    missing = [at for at, answers in enumerate(found) if answers is None]
    tasks = [partial(asked.answers, *pairs[at]) for at in missing]
    bytes_a_fit = 8 * _COPIES * dataset.n_rows * dataset.features.num_columns
    with piece(progress, len(pairs), "importance"):
        progress.advance(len(pairs) - len(missing), note=kept.entry.name)
        for place, answers in side_by_side(tasks, workers(jobs, bytes_a_fit)):
            fold, member = pairs[missing[place]]
            found[missing[place]] = answers
            asked.works[fold].used()
            if member.arm.is_nameable:
                journal.keep_answers(answers, **asked.key(fold, member))
            progress.advance(note=kept.entry.name)
    return [np.stack(found[at : at + len(members)]) for at in range(0, len(found), len(members))]


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
    def of(cls, design: Design, kept: Standing, fits: int) -> _Asked:
        """Choose the latest folds whose fits are at most a tenth of those made, at least one."""
        dataset, members = design.dataset, len(kept.members)
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

    def shape(self, fold: int) -> tuple[int, int]:
        """Return how many answers there are of a fold, and of how many rows each is."""
        return 1 + REPEATS * len(self.groups), self.rows[fold].size

    def key(self, fold: int, member: Weighed) -> dict[str, object]:
        """Return what the journal calls a member's answers."""
        asked = {"place": fold, "rows": self.rows[fold].tolist(), "groups": self.groups}
        return {
            **member.arm.key,
            "fold": self.works[fold].split.fold,
            "step": member.scores.steps[self.places[fold]],
            "asked": hashlib.sha256(json.dumps(asked).encode()).hexdigest(),
        }

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

    def decided(self, kept: Standing, said: Sequence[FloatArray]) -> Answered:
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
        return Answered(
            self.design,
            rows,
            np.concatenate(parts),
            np.hstack(log_odds),
            np.hstack(flagged),
            len(self.groups),
        )
