"""How many rows of a table a model was trained on, told from the smallest hashes of its training rows."""

from __future__ import annotations

import numpy as np
import pytest

from scarce.bundle.row_sketch import SIZE, RowSketch
from scarce.data.row_hashes import row_hashes
from scarce.errors.refusal import RefusalError

TRAINED = np.random.default_rng(7).normal(size=(60_000, 3))
TRAINED[::9, 1] = np.nan
SKETCH = RowSketch.of(TRAINED)
FEW = RowSketch.of(TRAINED[:900])


def of_few_kinds(rng: np.random.Generator, rows: int) -> np.ndarray:
    """Make rows of which many repeat: four categories, some of their values frequent."""
    return rng.geometric(0.25, size=(rows, 4)).astype(np.float64)


@pytest.mark.parametrize("known", [0, 300, 30_000, 60_000])
def test_the_share_of_a_table_is_found_within_its_interval(known: int) -> None:
    rng = np.random.default_rng(known)
    table = np.concatenate([TRAINED[:known], rng.normal(size=(30_000, 3))])
    found = SKETCH.share(rng.permutation(table))
    truth = known / len(table)
    assert found.low <= truth <= found.high
    assert found.high - found.low < 0.02


@pytest.mark.parametrize("rows", [20, 400])
def test_a_share_is_exact_where_every_hash_is_kept(rows: int) -> None:
    table = np.concatenate([TRAINED[900 - rows // 4 : 900], TRAINED[900 : 900 + 3 * rows // 4]])
    found = FEW.share(table)
    assert (found.value, found.low, found.high) == (0.25, 0.25, 0.25)


def test_intervals_cover_the_share_as_often_as_they_say() -> None:
    covered = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        train, new = rng.random((30_000, 1)), rng.random((2_000, 1))
        found = RowSketch.of(train).share(np.concatenate([train[:500], new]))
        covered.append(found.low <= 0.2 <= found.high)
    assert 0.9 <= np.mean(covered) <= 0.99


@pytest.mark.parametrize(("rows", "known"), [(3_000, 0.0), (3_000, 0.5), (40_000, 0.0), (40_000, 1.0)])
def test_rows_that_repeat_anyway_are_not_taken_for_known_ones(rows: int, known: float) -> None:
    rng = np.random.default_rng(rows)
    train = of_few_kinds(rng, rows)
    sketch = RowSketch.of(train)
    assert sketch.by_chance > 0.2
    kept = int(known * 2_000)
    found = sketch.share(np.concatenate([train[:kept], of_few_kinds(rng, 2_000 - kept)]))
    assert found.low - 0.02 <= known <= found.high + 0.02


def test_of_rows_without_any_that_is_alone_nothing_is_said() -> None:
    found = RowSketch.of(np.tile([[1.0], [2.0]], (50, 1))).share(np.array([[1.0], [3.0]]))
    assert np.isnan(found.value)
    assert (found.low, found.high) == (0.0, 1.0)


def test_a_table_too_small_to_meet_the_sketch_says_nothing() -> None:
    above = TRAINED[row_hashes(TRAINED) > SKETCH.hashes[-1]][:5]
    assert np.isnan(SKETCH.share(above).value)


def test_the_sketch_holds_the_smallest_hashes_and_nothing_depends_on_the_order() -> None:
    assert SKETCH.hashes.size == SIZE
    assert np.array_equal(SKETCH.hashes, np.sort(row_hashes(TRAINED))[:SIZE])
    again = RowSketch.of(TRAINED[::-1])
    assert np.array_equal(again.hashes, SKETCH.hashes)
    assert again.to_dict() == SKETCH.to_dict()


def test_hashes_are_spread_evenly_however_alike_the_rows_are() -> None:
    share = np.sort(row_hashes(np.arange(20_000.0)[:, None])) / 2.0**64
    assert np.abs(share - (np.arange(20_000) + 0.5) / 20_000).max() < 0.015  # Kolmogorov, at 1e-3: .0138


def test_every_column_and_its_place_count() -> None:
    rows = np.array([[1.0, 2.0], [2.0, 1.0], [1.0, np.nan], [np.nan, 1.0], [1.0, 0.0]])
    assert np.unique(row_hashes(rows)).size == len(rows)


FACTS = {"rows": 900, "single": 900}


@pytest.mark.parametrize(
    ("facts", "hashes"),
    [
        (FACTS, None),
        (FACTS, FEW.hashes[::-1]),
        (FACTS, np.repeat(FEW.hashes[:5], 2)),
        (FACTS, FEW.hashes[:0]),
        (FACTS, FEW.hashes.astype(np.float64)),
        (FACTS, np.arange(SIZE + 1, dtype=np.uint64)),
        (FACTS | {"rows": 899}, FEW.hashes),
        (FACTS | {"rows": 900.0}, FEW.hashes),
        (FACTS | {"rows": True}, FEW.hashes),
        (FACTS | {"single": -1}, FEW.hashes),
        (FACTS | {"single": 901, "rows": 2_000}, FEW.hashes),
        (FACTS | {"rows": 2**60}, FEW.hashes),
        ({"rows": 900}, FEW.hashes),
        (FACTS | {"more": 1}, FEW.hashes),
    ],
)
def test_what_no_training_gives_is_refused(facts: dict[str, object], hashes: np.ndarray | None) -> None:
    assert RowSketch.from_parts(FACTS, FEW.hashes).to_dict() == FACTS
    with pytest.raises(RefusalError):
        RowSketch.from_parts(facts, hashes)
