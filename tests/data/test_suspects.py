"""Which features may tie the rows of random folds together, and which may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from tests.campaign import share

from scarce.data.checks.suspects import suspects
from scarce.data.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

N = 1200
ROWS = np.arange(N)
WHO = np.random.default_rng(0).permutation(ROWS // 10)  # 120 of ten rows each
Y = np.where(WHO % 8 == 0, ROWS % 2, 0)
SECONDS = 1_700_000_000 + np.random.default_rng(1).permutation(N) // 2 * 3600  # in pairs: no id
DATES = (SECONDS * 1_000_000).astype("datetime64[us]")


DAYS = np.datetime_as_string(DATES, unit="D")
TIMES = {
    "dates": DATES,
    "seconds": SECONDS,
    "seconds that hardly repeat, left out as ids": SECONDS + ROWS % 2,
    "milliseconds": SECONDS * 1000,
    "days as numbers": np.array([int(day.replace("-", "")) for day in DAYS]),
    "months as numbers": 200001 + ROWS % 30 // 12 * 100 + ROWS % 30 % 12,
    "days that rise": ROWS // 3,
    "days that fall": -(ROWS // 3),
    "a number that rises": np.sort(np.random.default_rng(3).random(N)),
    "dates with gaps": pa.array(DATES, mask=ROWS % 9 == 0),
    "days with gaps that rise": pa.array(ROWS // 3, mask=ROWS % 9 == 0),
}


def options(column: Any, **roles: Any) -> list[str]:
    table = pa.table({"it": column, "x": np.random.default_rng(2).normal(size=N), "y": Y})
    return [suspect.option for suspect in suspects(Dataset.prepare(table, "y", **roles))]


@pytest.mark.parametrize(
    "column",
    TIMES.values(),
    ids=TIMES,
)
def test_times_are_seen(column: Any) -> None:
    assert options(column) == ["--time it"]
    if not pa.array(column).null_count:
        assert options(column, time="it") == []


THINGS = {
    "numbers": WHO + 7000,
    "words": [f"P{who}" for who in WHO],
    "numbers with a gap": pa.array(WHO, mask=ROWS == 9),
    "words with a gap": pa.array([f"P{who}" for who in WHO], mask=ROWS == 9),
    "machines": [f"M{who % 24 // 2}" for who in WHO],
    "words left out as text": [f"P{rank // 4}" for rank in np.argsort(np.argsort(Y, kind="stable"))],
}


@pytest.mark.parametrize("column", THINGS.values(), ids=THINGS)
def test_repeated_things_are_seen(column: Any) -> None:
    assert options(column) == ["--group it"]
    if not pa.array(column).null_count:
        assert options(column, group="it") == []


@pytest.mark.parametrize("column", [DATES, WHO], ids=["a time", "a group"])
def test_a_role_that_leaves_the_features_as_they_are_keeps_its_column(column: Any) -> None:
    table = pa.table({"it": column, "x": np.random.default_rng(2).normal(size=N), "y": Y})
    (suspect,) = suspects(Dataset.prepare(table, "y"))
    assert suspect.option_as_tried == f"{suspect.option} --keep it"


def test_a_column_that_is_no_feature_needs_not_be_kept() -> None:
    table = pa.table({"it": THINGS["words left out as text"], "x": ROWS % 7 / 3.0, "y": Y})
    (suspect,) = suspects(Dataset.prepare(table, "y"))
    assert suspect.option_as_tried == suspect.option == "--group it"


def test_gaps_come_before_every_time_and_are_groups_of_one_row() -> None:
    gap = ROWS % 9 == 0
    columns = {"t": pa.array(DATES, mask=gap), "g": pa.array(WHO, mask=gap), "x": ROWS % 7 / 3.0, "y": Y}
    time, group = suspects(Dataset.prepare(pa.table(columns), "y"))
    assert time.values[gap].max() < time.values[~gap].min()
    assert (np.bincount(group.values)[group.values[gap]] == 1).all()
    assert len(np.unique(group.values)) == gap.sum() + len(np.unique(WHO[~gap]))


def test_a_row_number_that_was_left_out_is_no_time() -> None:
    assert options(ROWS + 1) == []


@pytest.mark.parametrize(
    "column",
    [
        np.random.default_rng(4).permutation(WHO),
        WHO / 7.0 + np.random.default_rng(5).random(N),
        WHO % 15,
        pa.array(DATES, mask=ROWS % 5 > 1),
        pa.array(WHO, mask=ROWS % 5 > 1),
        [f"M{who % 9}" for who in WHO],
    ],
    ids=["told nothing", "a measurement", "few values", "mostly gaps in a date", "mostly gaps", "few words"],
)
def test_others_are_not(column: Any) -> None:
    assert options(column) == []


def test_a_name_with_a_blank_is_quoted() -> None:
    table = pa.table({"seen on": DATES, "x": ROWS % 7 / 3.0, "y": Y})
    assert [suspect.option for suspect in suspects(Dataset.prepare(table, "y"))] == ["--time 'seen on'"]


def test_two_of_a_kind_are_enough() -> None:
    shifted = {f"g{i}": WHO // 8 * 8 + (WHO + ROWS % 2 * i) % 8 for i in range(4)}
    columns = {f"t{i}": DATES for i in range(4)} | shifted
    found = suspects(Dataset.prepare(pa.table(columns | {"y": Y}), "y"))
    assert [suspect.role for suspect in found] == ["time", "time", "group", "group"]


def test_what_is_the_same_for_all_rows_of_a_patient_is_not_told_beside_the_patient() -> None:
    weight = np.random.default_rng(5).integers(2000, 4500, N // 10)[WHO]
    (suspect,) = suspects(Dataset.prepare(pa.table({"weight": weight, "patient": WHO, "y": Y}), "y"))
    assert suspect.column == "patient"


@pytest.mark.campaign
def test_groups_that_tell_nothing_are_rarely_suspects(tally: Callable[[str, int], None]) -> None:
    tables = share(5000)
    alarms = 0
    for seed in range(tables):
        rng = np.random.default_rng(seed)
        n, rate = int(rng.integers(200, 3000)), rng.uniform(0.01, 0.3)
        columns = {"who": rng.integers(0, max(20, n // int(rng.integers(3, 60))), n), "x": rng.normal(size=n)}
        target = rng.random(n) < rate
        if not 2 <= target.sum() <= n - 2:
            continue
        dataset = Dataset.prepare(pa.table(columns | {"y": target.astype(int)}), "y", positive="1")
        alarms += bool(suspects(dataset))
    assert alarms <= max(1, 0.01 * tables)
    tally("noise", tables)
