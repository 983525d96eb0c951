"""Open numbers in words: what is read, what is refused, what is tried, and how it is written again."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from scarce.errors import ScarceError
from scarce.losses import catalog
from scarce.trial.methods import PLAIN, read, simplest
from scarce.tuning.grid import MULTIPLES, POWERS, USUAL, WEIGHTS, Axis, Grid, OpenMethod, axis_of

COUNTS = (9_900.0, 100.0)
OPEN = {
    f"{entry.name}:{name}=auto": name
    for entry in catalog.CATALOG.values()
    for name in entry.parameters
    if name in (*USUAL, *WEIGHTS)
}
READ = {
    "focal:gamma=auto": ["gamma"],
    " focal : gamma = auto , class_weight = auto ": ["gamma", "class_weight"],
    "focal:class_weight=auto,gamma=auto": ["class_weight", "gamma"],
    "focal:gamma=auto,class_weight=1;9": ["gamma"],
    "undersample:ratio=10+focal:gamma=auto": ["gamma"],
    "focal:gamma=auto + undersample:ratio=1e+1": ["gamma"],
    "undersample + poly_focal:epsilon=auto,gamma=1": ["epsilon"],
    "smote:sampling_strategy=auto+focal:gamma=auto": ["gamma"],
    "cross_entropy:class_weight=auto": ["class_weight"],
    "vs_loss:tau=auto,gamma=auto": ["tau", "gamma"],
}


@pytest.mark.parametrize("text", OPEN)
def test_every_number_of_the_catalogue_that_can_be_open_is_read_and_written(text: str) -> None:
    method = OpenMethod.of(text)
    assert method is not None
    for place in (method.grid.plain, *method.grid.coarse):
        written = method.at(place, COUNTS)
        assert "auto" not in written
        loss = catalog.parse(written)
        assert loss.resolve(COUNTS).value(0.3, 1) > 0.0
    assert method.at(method.grid.plain, COUNTS) != method.at(method.grid.coarse[0], COUNTS)


@pytest.mark.parametrize(("text", "names"), READ.items(), ids=list(READ))
def test_open_numbers_are_found_wherever_they_stand(text: str, names: list[str]) -> None:
    method = OpenMethod.of(text)
    assert method is not None
    assert [axis.name for axis in method.grid.axes] == names
    of_loss = method.at(method.grid.coarse[-1], COUNTS).replace("sampling_strategy=auto", "")
    assert "auto" not in of_loss


def test_values_go_to_their_own_names_in_any_order() -> None:
    one = OpenMethod.of("focal:class_weight=auto,gamma=auto")
    assert one.at((4, 2), COUNTS) == "focal:class_weight=0.5051;50,gamma=1"
    two = OpenMethod.of("oversample+focal : gamma = auto , alpha = auto")
    assert two.at((4, 4), COUNTS) == "oversample+focal : gamma=2, alpha=0.99"


@pytest.mark.parametrize(
    "text",
    [
        "focal",
        "focal:gamma=2",
        "undersample:ratio=10",
        "focal:gamma=automatic",
        "smote:sampling_strategy=auto",
    ],
)
def test_a_method_without_open_numbers_is_not_open(text: str) -> None:
    assert OpenMethod.of(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("class_balanced:beta=auto", "beta"),
        ("brier:gamma=auto", "gamma"),
        ("asymmetric:clip=auto", "clip"),
        ("generalized_cross_entropy:q=auto", "q"),
        ("undersample+focal:gamma=2,reduction=auto", "reduction"),
        ("mymodule:MyLoss:gamma=auto", "gamma"),
        ("mymodule:MyLoss:class_weight=auto", "class_weight"),
    ],
)
def test_what_cannot_be_chosen_is_refused(text: str, name: str) -> None:
    with pytest.raises(ScarceError) as refused:
        OpenMethod.of(text)
    assert refused.value.code == "E538"
    assert str(refused.value).startswith(f"{name}=auto cannot be chosen")


def test_a_number_is_open_once() -> None:
    with pytest.raises(ScarceError, match="'gamma' is given twice") as refused:
        OpenMethod.of("focal:gamma=auto,gamma=auto")
    assert refused.value.code == "E524"


@pytest.mark.parametrize("text", ["focl:gamma=auto", "undersample:ratio=auto", "focal:gamma=auto+brier"])
def test_other_mistakes_are_told_as_without_open_numbers(text: str) -> None:
    with pytest.raises(ScarceError) as refused:
        read(text)
    with pytest.raises(ScarceError) as closed:
        read(text.replace("gamma=auto", "gamma=1"))
    assert refused.value.code == closed.value.code


@pytest.mark.parametrize(
    "text",
    [
        "focal:gamma=auto",
        "detached_focal:gamma=auto",
        "cross_entropy:class_weight=auto",
        "focal:gamma=auto,class_weight=auto",
        "focal:gamma=auto,alpha=auto",
        "logit_adjusted:tau=auto",
        "vs_loss:tau=auto,gamma=auto",
        "cdt:gamma=auto",
        "poly:epsilon=auto",
    ],
)
def test_the_first_place_is_the_plain_loss(text: str) -> None:
    method = OpenMethod.of(text)
    assert simplest(read(method.at(method.grid.plain, COUNTS)).treatment) == PLAIN
    for place in method.grid.coarse:
        assert simplest(read(method.at(place, COUNTS)).treatment) != PLAIN


@pytest.mark.parametrize("power", range(len(POWERS)))
def test_weights_keep_the_number_of_rows_and_are_powers_of_the_inverse_counts(power: int) -> None:
    negative, positive = Axis("class_weight", POWERS).setting(power, COUNTS)
    assert negative * COUNTS[0] + positive * COUNTS[1] == pytest.approx(sum(COUNTS), rel=1e-3)
    assert positive / negative == pytest.approx((COUNTS[0] / COUNTS[1]) ** POWERS[power], rel=1e-3)
    alpha = Axis("alpha", POWERS).setting(power, COUNTS)
    assert alpha / (1.0 - alpha) == pytest.approx(positive / negative, rel=0.02)


def test_the_usual_value_of_a_number_is_tried_and_what_a_loss_says_goes_before() -> None:
    for name, usual in USUAL.items():
        assert usual in axis_of(name).values[::2]
    assert 0.15 in axis_of("gamma", 0.15).values[::2]
    assert axis_of("beta", 0.5) is None


GRIDS = [
    Grid((Axis("gamma", MULTIPLES),)),
    Grid((Axis("class_weight", POWERS),)),
    Grid((Axis("gamma", MULTIPLES), Axis("class_weight", POWERS))),
]


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: "+".join(axis.name for axis in grid.axes))
@pytest.mark.parametrize("seed", range(20))
def test_the_refined_place_lies_between_the_best_and_its_better_neighbours(grid: Grid, seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = [grid.plain, *grid.coarse]
    figures = dict(zip(places, rng.normal(size=len(places)), strict=True))
    best = min(figures, key=figures.__getitem__)
    refined = grid.refined(figures)
    for number, axis in enumerate(grid.axes):
        last = len(axis.values) - 1
        beside = {}
        for way in (-2, 2):
            other = (*best[:number], best[number] + way, *best[number + 1 :])
            if other in figures:
                beside[best[number] + way // 2] = figures[other]
        if best[number] + 1 == last:
            assert refined[number] == last  # beyond what was tried nothing is known
        else:
            assert refined[number] == min(beside, key=beside.__getitem__)


def test_all_coarse_places_are_different_and_none_is_plain() -> None:
    for grid in GRIDS:
        assert len(set(grid.coarse)) == len(grid.coarse)
        assert grid.plain not in grid.coarse
        sizes = [len(axis.values[::2]) for axis in grid.axes]
        assert len(grid.coarse) == np.prod(sizes) - 1
        assert set(grid.coarse) | {grid.plain} == set(itertools.product(*(range(0, 2 * n, 2) for n in sizes)))
