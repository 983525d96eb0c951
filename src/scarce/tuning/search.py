"""Which numbers a loss is given: halving over folds, a refinement, the plain loss unless another is better.

What is chosen for a fold is chosen on the other folds. The plain loss stays unless another one's gain is more
than chance would have it: the intervals of all gains are to let one search of twenty through where nothing
helps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scarce.tuning.grid import Grid, Place

    Folds = tuple[int, ...]

LEVEL = 0.05
"""Two-sided, of the intervals of all gains together. A gain is one side of them, but what halving gave up is
not counted: at .1 another gamma was chosen on 10 of 142 tables on which none helps."""

FIRST_FOLDS = 2  # that are looked at before anything is given up
LEAST_LEFT = 2


@dataclass(frozen=True)
class Judgement:
    """What some folds say of some places, the plain one among them.

    Attributes
    ----------
    figures : mapping of tuple to float
        Lower is better.
    better : frozenset of tuple
        The places whose gain over the plain one is surely above 0.
    """

    figures: Mapping[Place, float]
    better: frozenset[Place]

    @property
    def choice(self) -> Place:
        """The best of the places that are surely better, or the plain one."""
        plain = (0,) * len(next(iter(self.figures)))
        return min(self.better, key=lambda place: (self.figures[place], place), default=plain)


class Judge(Protocol):
    """Whoever trains what is asked for, and compares it."""

    def __call__(self, places: Sequence[Place], folds: Sequence[Folds]) -> Judgement:
        """Return what some folds say of some places and of the plain one."""
        ...


def coarse_search(grid: Grid, folds: Sequence[Folds], judge: Judge) -> Place:
    """Return the place that some folds choose among the first ones of a grid.

    Half of the places go on after each fold from the second on, two at least.

    Parameters
    ----------
    grid : Grid
    folds : sequence of tuple of int
        In the order in which they are looked at, those of one look together.
    judge : Judge

    Returns
    -------
    tuple of int
        The plain place where nothing is surely better.
    """
    return judge(_halved(grid, folds, judge), folds).choice


def search(grid: Grid, folds: Sequence[Folds], judge: Judge) -> Place:
    """Return the same, with the place between the best one and its better neighbour tried too.

    That is done where anything is surely better than the plain place: else this one stays, whatever lies
    between the others. Parameters are those of `coarse_search`.
    """
    going = _halved(grid, folds, judge)
    found = judge(going, folds)
    between = grid.refined(found.figures)
    if not found.better or between in found.figures:
        return found.choice
    return judge([*going, between], folds).choice


def _halved(grid: Grid, folds: Sequence[Folds], judge: Judge) -> list[Place]:
    """Return the places that are still going when the last fold comes."""
    going = grid.coarse
    for looked_at in range(FIRST_FOLDS, len(folds)):
        figures = judge(going, folds[:looked_at]).figures
        left = max(LEAST_LEFT, -(-len(going) // 2))
        going = sorted(sorted(going, key=lambda place: (figures[place], place))[:left])
    return going
