"""The search against judges that know the truth: who goes on, what is refined, and when plain stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from scarce.tuning.grid import MULTIPLES, POWERS, Axis, Grid
from scarce.tuning.search import Judgement, coarse_search, search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scarce.tuning.grid import Place
    from scarce.tuning.search import Folds

ONE = Grid((Axis("gamma", MULTIPLES),))
TWO = Grid((Axis("gamma", MULTIPLES), Axis("class_weight", POWERS)))
GRIDS = pytest.mark.parametrize("grid", [ONE, TWO], ids=["one", "two"])
FOLDS = [(0,), (1,), (2,), (3,), (4,)]


@dataclass
class Known:
    """A judge that looks figures up, and notes what it is asked."""

    figures: Mapping[Place, Sequence[float]]  # of each fold
    surely: float = 0.0
    asked: list[tuple[tuple[Place, ...], tuple[Folds, ...]]] = field(default_factory=list)

    def __call__(self, places: Sequence[Place], folds: Sequence[Folds]) -> Judgement:
        self.asked.append((tuple(places), tuple(folds)))
        seen = [number for look in folds for number in look]
        plain = (0,) * len(next(iter(self.figures)))
        means = {
            place: float(np.mean([self.figures[place][one] for one in seen])) for place in (plain, *places)
        }
        return Judgement(
            means, frozenset(place for place in places if means[place] < means[plain] - self.surely)
        )


def drawn(grid: Grid, seed: int, noise: float = 0.0) -> dict[Place, np.ndarray]:
    """Return a bowl of figures over a grid, the least of them anywhere."""
    rng = np.random.default_rng(seed)
    shape = [len(axis.values) for axis in grid.axes]
    least = [rng.uniform(0, n - 1) for n in shape]
    return {
        place: sum((at - here) ** 2 for at, here in zip(place, least, strict=True))
        + noise * rng.normal(size=len(FOLDS))
        for place in np.ndindex(*shape)
    }


@GRIDS
@pytest.mark.parametrize("seed", range(10))
def test_without_noise_the_best_of_the_first_places_is_found(grid: Grid, seed: int) -> None:
    figures = drawn(grid, seed)
    best = min((grid.plain, *grid.coarse), key=lambda place: figures[place][0])
    assert coarse_search(grid, FOLDS, Known(figures)) == best


@GRIDS
@pytest.mark.parametrize("seed", range(10))
def test_a_refined_search_ends_no_worse_and_next_to_the_best(grid: Grid, seed: int) -> None:
    figures = drawn(grid, seed)
    coarse, found = coarse_search(grid, FOLDS, Known(figures)), search(grid, FOLDS, Known(figures))
    assert figures[found][0] <= figures[coarse][0]
    assert max(abs(one - other) for one, other in zip(coarse, found, strict=True)) <= 1


@GRIDS
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_folds", [2, 3, 4, 5])
def test_the_better_half_goes_on_after_each_fold_from_the_second_two_at_least(
    grid: Grid, seed: int, n_folds: int
) -> None:
    judge = Known(drawn(grid, seed, noise=3.0), surely=1e9)
    coarse_search(grid, FOLDS[:n_folds], judge)
    assert [len(folds) for _, folds in judge.asked] == list(range(2, n_folds + 1))
    assert judge.asked[0][0] == tuple(grid.coarse)
    for (places, folds), (left, _) in zip(judge.asked, judge.asked[1:], strict=False):
        assert len(left) == max(2, (len(places) + 1) // 2)
        assert set(left) <= set(places)
        of = {place: np.mean([judge.figures[place][fold] for (fold,) in folds]) for place in places}
        assert max(of[place] for place in left) <= min(
            (of[place] for place in places if place not in left), default=np.inf
        )


def test_folds_are_looked_at_in_the_order_given_and_those_of_one_look_together() -> None:
    judge = Known(drawn(ONE, 0))
    looks = [(4, 0), (3,), (1, 2)]
    coarse_search(ONE, looks, judge)
    assert [folds for _, folds in judge.asked] == [((4, 0), (3,)), ((4, 0), (3,), (1, 2))]


@GRIDS
@pytest.mark.parametrize("seed", range(5))
def test_plain_stays_where_nothing_is_surely_better_and_nothing_more_is_trained(
    grid: Grid, seed: int
) -> None:
    judge = Known(drawn(grid, seed, noise=1.0), surely=1e9)
    assert search(grid, FOLDS, judge) == grid.plain
    assert {place for places, _ in judge.asked for place in places} == set(grid.coarse)


def test_what_is_best_is_not_taken_where_it_is_less_sure_than_another() -> None:
    figures = {(0,): 1.0, (2,): 0.9, (4,): 0.5}
    assert Judgement(figures, frozenset({(2,)})).choice == (2,)
    assert Judgement(figures, frozenset({(2,), (4,)})).choice == (4,)
    assert Judgement(figures, frozenset()).choice == (0,)


def test_of_equals_the_one_nearer_to_plain_is_taken() -> None:
    assert Judgement({(0,): 1.0, (4,): 0.5, (2,): 0.5}, frozenset({(2,), (4,)})).choice == (2,)


@GRIDS
@pytest.mark.parametrize("seed", range(10))
def test_one_place_between_is_trained_at_most(grid: Grid, seed: int) -> None:
    judge = Known(drawn(grid, seed, noise=2.0))
    search(grid, FOLDS, judge)
    asked = {place for places, _ in judge.asked for place in places}
    assert len(asked - set(grid.coarse)) <= 1
