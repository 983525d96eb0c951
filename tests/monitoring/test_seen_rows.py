"""Rows are known again by a few thousand hashes; those that repeat by nature are not taken for old ones."""

from __future__ import annotations

import numpy as np
import pytest

from scarce.data.row_hashes import row_hashes
from scarce.errors import ScarceError
from scarce.errors.refusal import RefusalError
from scarce.monitoring.seen_rows import KEPT, SeenRows

SIZE = 20_000


def rows(seed: int, size: int = SIZE) -> np.ndarray:
    return row_hashes(np.random.default_rng(seed).normal(size=(size, 3)))


def code(seen: SeenRows, hashes: np.ndarray) -> str:
    try:
        seen.check(hashes, "x.csv")
    except ScarceError as error:
        return error.code
    return ""


SEEN = SeenRows().after(rows(0)).after(rows(1))


def test_a_batch_that_was_counted_is_refused_in_any_order() -> None:
    assert code(SEEN, rows(0)) == code(SEEN, rows(1)[::-1]) == "E903"


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_a_part_of_one_is_refused_with_the_share(share: float) -> None:
    old = rows(0)[: int(share * SIZE) - 1]
    with pytest.raises(ScarceError) as caught:
        SEEN.check(np.concatenate([old, rows(2, SIZE - old.size)]), "x.csv")
    assert caught.value.code == "E904"
    assert abs(float(caught.value.values["share"].split()[0]) - 100.0 * share) < 12.0


def test_new_rows_are_not_refused() -> None:
    assert [code(SEEN, rows(seed)) for seed in range(2, 12)] == [""] * 10


def test_rows_that_repeat_by_nature_are_not_taken_for_old_ones() -> None:
    rng = np.random.default_rng(3)
    seen = SeenRows()
    for _ in range(5):
        batch = row_hashes(rng.integers(0, 12, size=(2_000, 3)).astype(float))
        assert code(seen, batch) == ""
        seen = seen.after(batch)
    assert code(seen, batch[::-1]) == "E903"


def test_the_sketch_stays_small() -> None:
    assert len(SEEN.sketch) == KEPT
    assert list(SEEN.sketch) == sorted({*rows(0).tolist(), *rows(1).tolist()})[:KEPT]


def test_equal_rows_have_equal_numbers_in_any_table() -> None:
    first = np.array([[1.0, np.nan], [0.0, 2.0], [3.0, 4.0]])
    again = np.array([[-0.0, 2.0], [1.0, np.nan]])
    assert set(row_hashes(again)) < set(row_hashes(first))


def test_what_is_stored_comes_back() -> None:
    assert SeenRows.from_dict(SEEN.to_dict()) == SEEN


@pytest.mark.parametrize(
    "changed",
    [
        {"batches": None},
        {"batches": [-1]},
        {"batches": [1.5]},
        {"sketch": [2, 1]},
        {"sketch": [1, 1]},
        {"sketch": [2**64]},
        {"sketch": list(range(KEPT + 1))},
        {"rows": 1},
        {"rows": True},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_are_no_rows_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(RefusalError):
        SeenRows.from_dict(SEEN.to_dict() | changed)
