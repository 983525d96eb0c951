"""The control: the strongest plain model that can be found on these rows, chosen once for a trial.

Every candidate is judged on all out-of-fold rows by the log-loss of its recovered log-odds, calibrated on the
other folds. The first in the order given, simplest first, that is within one standard error of the best is
taken: the standard error is that of the paired difference, over rows or what is drawn with them. A choice on
the rows it is judged on flatters; by how much is bootstrapped and said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.calibration.logistic import PenalisedLogistic
from scarce.evaluation.probability import log_loss_of_rows
from scarce.trial.blend import Weighed, blended
from scarce.trial.result import Candidate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from scarce.trial.arms import Arm
    from scarce.trial.design import Design
    from scarce.trial.out_of_fold import OutOfFold

    FloatArray = npt.NDArray[np.float64]

BLEND = "blend"
_FEWEST, _REPLICATES = 40, 200
_NUMBERS = 100_000_000  # losses drawn in all
_STREAM = 8  # of random numbers


@dataclass(frozen=True)
class Choice:
    """Which plain model the treatments must beat.

    Attributes
    ----------
    scores : OutOfFold
        What it says.
    members : tuple of Weighed
        Of what it is made: one learner, or several that are blended.
    candidates : tuple of Candidate
        All that were tried, in the stated order.
    optimism : float
        By how much the choice flatters the log-loss of the one chosen, relative to it.
    ranked : tuple of Arm
        The learners, the lowest log-loss first.
    """

    scores: OutOfFold
    members: tuple[Weighed, ...]
    candidates: tuple[Candidate, ...]
    optimism: float
    ranked: tuple[Arm, ...]

    @property
    def name(self) -> str:
        """The candidate that was chosen."""
        return next(one.name for one in self.candidates if one.chosen)

    @property
    def summary(self) -> str:
        """What it is, in a line."""
        if len(self.members) == 1:
            return self.members[0].arm.summary
        parts = ", ".join(f"{member.weight:.2f} {member.arm.name}" for member in self.members)
        return f"weighed log-odds of several learners: {parts}"


def choose(design: Design, arms: Sequence[Arm], scores: Mapping[str, OutOfFold]) -> Choice:
    """Choose the control.

    Parameters
    ----------
    design : Design
    arms : sequence of Arm
        The candidates without a treatment, simplest first.
    scores : mapping of str to OutOfFold
        What each says, by its name.
    """
    said = {arm.name: scores[arm.name] for arm in arms}
    members = {arm.name: (Weighed(arm, scores[arm.name]),) for arm in arms}
    if len(arms) > 1:
        said[BLEND], members[BLEND] = blended(arms, list(said.values()), design.judged)
    names = list(said)
    sums, total = _loss_of_units(design, [said[name].recovered for name in names])
    losses = sums.sum(axis=1) / total
    best = int(losses.argmin())
    errors = _standard_errors(sums - sums[best]) / total
    chosen = _first_near(losses, errors)
    candidates = tuple(
        Candidate(
            name=name,
            summary=members[name][0].arm.summary if name != BLEND else "their log-odds, weighed",
            log_loss=float(losses[place]),
            difference=float(losses[place] - losses[best]),
            standard_error=float(errors[place]),
            seconds=said[name].seconds,
            chosen=place == chosen,
        )
        for place, name in enumerate(names)
    )
    ranked = sorted(range(len(arms)), key=lambda place: losses[place])
    return Choice(
        said[names[chosen]],
        members[names[chosen]],
        candidates,
        _optimism(sums, design.config.seed),
        tuple(arms[place] for place in ranked),
    )


def calibrated(recovered: FloatArray, design: Design) -> FloatArray:
    """Return log-odds of every scored row, by a line fitted on the other folds; NaN elsewhere."""
    judged = design.judged
    found = np.full(recovered.shape, np.nan)
    for repeat, fold in judged.scored_folds:
        others, rows = judged.others(repeat, fold), judged.rows(repeat, fold)
        weight = None if judged.weight is None else judged.weight[others]
        line = PenalisedLogistic.fit(recovered[repeat, others], judged.target[others], weight)
        found[repeat, rows] = line.log_odds(recovered[repeat, rows])
    return found


def _loss_of_units(design: Design, recovered: Sequence[FloatArray]) -> tuple[FloatArray, float]:
    """Return each candidate's summed log-loss of what is drawn together, and the weight of it all."""
    judged = design.judged
    log_odds = np.stack([calibrated(one, design) for one in recovered])
    scored = ~np.isnan(log_odds[0]).all(axis=0)
    weight = np.ones(scored.size) if judged.weight is None else judged.weight
    losses = np.nanmean(
        log_loss_of_rows(
            np.broadcast_to(judged.target == 1, log_odds.shape)[..., scored], log_odds[..., scored]
        ),
        axis=1,
    )
    losses *= weight[scored]
    units = np.arange(scored.sum()) if design.units is None else design.units[scored]
    _, place = np.unique(units, return_inverse=True)
    return np.stack([np.bincount(place, weights=one) for one in losses]), float(weight[scored].sum())


def _standard_errors(differences: FloatArray) -> FloatArray:
    """Return the standard error of summed differences over units, shape (n_candidates,)."""
    n_units = differences.shape[1]
    return np.sqrt(n_units * differences.var(axis=1, ddof=1)) if n_units > 1 else np.zeros(len(differences))


def _first_near(losses: FloatArray, errors: FloatArray) -> int:
    """Return the first candidate within a standard error of the best.

    Examples
    --------
    >>> _first_near(np.array([3.0, 1.2, 1.0]), np.array([1.0, 0.3, 0.0]))
    1
    """
    return int(np.flatnonzero(losses - losses.min() <= errors)[0])


def _optimism(sums: FloatArray, seed: int) -> float:
    """Return the mean excess of the chosen one's loss over what the rows that chose it show, relative to it.

    Units are drawn with replacement, the choice is made again on them, and what it costs on all units is
    compared with what it seemed to cost.
    """
    if len(sums) == 1:
        return 0.0
    rng = np.random.default_rng([seed, _STREAM])
    n_units = sums.shape[1]
    whole = sums.sum(axis=1)
    chosen = _first_near(whole, _standard_errors(sums - sums[int(whole.argmin())]))
    excess = []
    for _ in range(max(_FEWEST, min(_REPLICATES, _NUMBERS // sums.size))):
        drawn = sums * rng.poisson(1.0, n_units)
        seen = drawn.sum(axis=1)
        again = _first_near(seen, _standard_errors(drawn - drawn[int(seen.argmin())]))
        flattered = whole - seen
        excess.append(flattered[again] - flattered[chosen])  # the draw itself takes nothing off on average
    return float(np.mean(excess) / whole[chosen])
