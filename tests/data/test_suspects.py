"""Which features may tie the rows of random folds together, and which may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from tests.campaign import share

from scarce.data.dataset import Dataset
from scarce.data.suspects import suspects

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

N = 1200
ROWS = np.arange(N)
WHO = np.random.default_rng(0).permutation(ROWS // 10)  # 120 of ten rows each
Y = np.where(WHO % 8 == 0, ROWS % 2, 0)
SECONDS = 1_700_000_000 + np.random.default_rng(1).permutation(N) // 2 * 3600  # in pairs: no id
DATES = (SECONDS * 1_000_000).astype("datetime64[us]")


def options(column: Any, **roles: Any) -> list[str]:
    table = pa.table({"it": column, "x": np.random.default_rng(2).normal(size=N), "y": Y})
    return [suspect.option for suspect in suspects(Dataset.prepare(table, "y", **roles))]


@pytest.mark.parametrize(
    "column",
    [DATES, SECONDS, SECONDS * 1000, ROWS // 3, -(ROWS // 3), np.sort(np.random.default_rng(3).random(N))],
    ids=["dates", "seconds", "milliseconds", "days that rise", "days that fall", "a number that rises"],
)
def test_times_are_seen(column: np.ndarray) -> None:
    assert options(column) == ["--time it"]
    assert options(column, time="it") == []


@pytest.mark.parametrize("column", [WHO + 7000, [f"P{who}" for who in WHO]], ids=["numbers", "words"])
def test_repeated_things_are_seen(column: Any) -> None:
    assert options(column) == ["--group it"]
    assert options(column, group="it") == []


@pytest.mark.parametrize(
    "column",
    [
        np.random.default_rng(4).permutation(WHO),
        WHO / 7.0 + np.random.default_rng(5).random(N),
        WHO % 15,
        pa.array(DATES, mask=ROWS == 9),
        pa.array(WHO, mask=ROWS == 9),
    ],
    ids=["told nothing", "a measurement", "few values", "a gap in a date", "a gap in a number"],
)
def test_others_are_not(column: Any) -> None:
    assert options(column) == []


def test_a_name_with_a_blank_is_quoted() -> None:
    table = pa.table({"seen on": DATES, "x": ROWS % 7 / 3.0, "y": Y})
    assert [suspect.option for suspect in suspects(Dataset.prepare(table, "y"))] == ["--time 'seen on'"]


def test_two_of_a_kind_are_enough() -> None:
    columns = {f"t{i}": DATES for i in range(4)} | {f"g{i}": WHO for i in range(4)}
    found = suspects(Dataset.prepare(pa.table(columns | {"y": Y}), "y"))
    assert [suspect.option for suspect in found] == ["--time t0", "--time t1", "--group g0", "--group g1"]


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
