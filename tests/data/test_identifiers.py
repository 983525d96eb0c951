"""Ids of many kinds are seen and left out; measurements of many kinds are not taken for ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from scarce.data.checks.every_check import run_checks
from scarce.data.dataset import Dataset
from scarce.data.files.reading import read
from scarce.data.identifiers import is_identifier
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Maker = Callable[[np.random.Generator, int], Any]


def with_repeats(values: np.ndarray, count: int) -> np.ndarray:
    values = values.copy()
    values[10 : 10 + count] = values[100 : 100 + count]
    return values


IDS: dict[str, Maker] = {
    "1 to n": lambda rng, n: np.arange(1, n + 1),
    "1 to n, shuffled": lambda rng, n: rng.permutation(n) + 1,
    "1 to n, with three repeats": lambda rng, n: with_repeats(np.arange(1, n + 1), 3),
    "shuffled, with three repeats": lambda rng, n: with_repeats(rng.permutation(n), 3),
    "1 to n, of which a fifteenth repeats": lambda rng, n: with_repeats(np.arange(1, n + 1), n // 15),
    "downwards": lambda rng, n: np.arange(n)[::-1],
    "as floats": lambda rng, n: np.arange(n, dtype=float),
    "with a few gaps": lambda rng, n: pa.array(np.arange(n), mask=rng.random(n) < 0.01),
    "with 6 % gaps": lambda rng, n: pa.array(np.arange(n), mask=rng.random(n) < 0.06),
    "negative": lambda rng, n: -np.arange(n),
    "every other number": lambda rng, n: 2 * rng.permutation(n),
    "rising with gaps": lambda rng, n: np.cumsum(rng.integers(1, 500, n)),
    "ten digits": lambda rng, n: rng.choice(10**6, n, replace=False) + 2_000_000_000,
    "beyond 2^53": lambda rng, n: np.int64(2**61) + rng.choice(10**6, n, replace=False),
}
DRAWN: dict[str, Maker] = {
    "five digits": lambda rng, n: rng.choice(90_000, n, replace=False) + 10_000,
    "six digits": lambda rng, n: rng.choice(900_000, n, replace=False) + 100_000,
    "eight digits": lambda rng, n: rng.integers(10_000_000, 100_000_000, n),
}
MEASUREMENTS: dict[str, Maker] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "amounts": lambda rng, n: np.round(rng.lognormal(4.0, 1.5, n), 2),
    "amounts in cents": lambda rng, n: np.round(100 * rng.lognormal(4.0, 1.5, n)).astype(int),
    "incomes": lambda rng, n: np.round(rng.lognormal(10.5, 0.6, n)).astype(int),
    "prices of houses": lambda rng, n: np.round(rng.lognormal(12.6, 0.4, n)).astype(int),
    "weights in grams": lambda rng, n: np.round(rng.normal(70_000, 9_000, n)).astype(int),
    "counts": lambda rng, n: rng.poisson(5, n),
    "large counts": lambda rng, n: rng.poisson(1_000_000, n),
    "years": lambda rng, n: rng.integers(1930, 2010, n),
    "seconds of two days": lambda rng, n: np.sort(rng.integers(0, n // 2, n)),
    "even over few": lambda rng, n: rng.integers(0, n, n),
    "even over many": lambda rng, n: rng.integers(0, 20 * n, n),
    "microseconds": lambda rng, n: np.round(1e6 * rng.exponential(size=n)).astype(int),
    "populations": lambda rng, n: np.round(rng.lognormal(15, 2, n)).astype(int),
    "a share in percent": lambda rng, n: rng.integers(0, 101, n),
    "huge floats": lambda rng, n: 1e300 * rng.random(n),
    "yes or no": lambda rng, n: rng.random(n) < 0.5,
    "a constant": lambda rng, n: np.full(n, 7),
    "nothing": lambda rng, n: pa.nulls(n),
    "infinite": lambda rng, n: np.full(n, np.inf),
    "incomes, sorted": lambda rng, n: np.sort(rng.lognormal(10.5, 0.6, n).astype(int)),
    "weights in grams, sorted": lambda rng, n: np.sort(rng.normal(70_000, 9_000, n).astype(int)),
    "degrees times ten million": lambda rng, n: (52.0e7 + 2e6 * rng.normal(size=n)).astype(int),
    "nanoseconds over a second": lambda rng, n: (1e9 * (1.0 + rng.gamma(2.0, 1.0, n))).astype(int),
    "revenue in cents": lambda rng, n: rng.lognormal(21.5, 0.2, n).astype(int),
    "ticks, sorted": lambda rng, n: np.sort((1e6 * rng.exponential(size=n)).astype(int)),
    "codes": lambda rng, n: rng.choice([10115, 20095, 80331, 50667], n),
}
SIZES = [300, 4003]
CASES = [
    *[pytest.param(IDS[name], n, id=f"{name}, {n}") for name in IDS for n in SIZES],
    *[pytest.param(DRAWN[name], n, id=f"{name}, {n}") for name in DRAWN for n in (1003, 4003)],
]


@pytest.mark.parametrize(("maker", "n"), CASES)
def test_an_id_is_seen(maker: Maker, n: int) -> None:
    # by chance alone one of a hundred draws of random digits is not spread evenly
    seen = [is_identifier(pa.chunked_array([maker(np.random.default_rng(s), n)])) for s in range(20)]
    assert sum(seen) >= 18


def test_a_few_hundred_even_numbers_of_one_length_are_prices_as_well_as_ids() -> None:
    prices = [np.random.default_rng(s).integers(100_000, 1_000_000, 300) for s in range(20)]
    assert not any(is_identifier(pa.chunked_array([values])) for values in prices)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", MEASUREMENTS, ids=str)
def test_a_measurement_is_no_id(name: str, n: int) -> None:
    taken = [
        is_identifier(pa.chunked_array([MEASUREMENTS[name](np.random.default_rng(s), n)])) for s in range(20)
    ]
    assert not any(taken)


def frauds_in_runs(**columns: Any) -> pa.Table:
    n = 2000
    x = np.random.default_rng(0).normal(size=n)
    return pa.table({**columns, "x": x, "y": (np.arange(n) % 400 < 30).astype(int)})


def test_an_id_is_left_out_and_named() -> None:
    dataset = Dataset.prepare(frauds_in_runs(policy=with_repeats(np.arange(2000), 3)), "y")
    assert dataset.features.column_names == ["x"]
    [finding] = [finding for finding in run_checks(dataset) if finding.code == "D010"]
    assert (finding.severity, finding.columns) == ("note", ("policy",))
    assert "--keep policy" in finding.hint


def test_an_id_that_is_kept_is_a_feature_with_a_warning() -> None:
    dataset = Dataset.prepare(frauds_in_runs(policy=np.arange(2000)), "y", keep=["policy"])
    assert dataset.features.column_names == ["policy", "x"]
    assert ("D017", "warning") in {(finding.code, finding.severity) for finding in run_checks(dataset)}


@pytest.mark.parametrize("role", ["time", "group"])
def test_an_id_that_has_a_role_keeps_it(role: str) -> None:
    dataset = Dataset.prepare(frauds_in_runs(number=np.arange(2000)), "y", **{role: "number"})
    assert getattr(dataset, role) is not None
    assert dataset.identifiers == ()


@pytest.mark.parametrize("keep", [[], ["number"]], ids=["left out", "kept"])
@pytest.mark.parametrize("name", IDS | DRAWN, ids=str)
def test_an_id_hides_no_copies(name: str, keep: list[str]) -> None:
    numbers = (IDS | DRAWN)[name](np.random.default_rng(0), 1200)
    x = np.random.default_rng(1).normal(size=600)
    table = pa.table({"number": numbers, "x": np.tile(x, 2), "y": [0, 0, 0, 1] * 300})
    dataset = Dataset.prepare(table, "y", keep=keep)
    assert (dataset.duplicates[:600] == dataset.duplicates[600:]).all()


def test_text_ids_are_left_out_as_text_and_hide_no_copies() -> None:
    x = np.tile(np.random.default_rng(1).normal(size=200), 2)
    for names in (
        [f"POL-{i:06d}" for i in range(400)],
        [f"{hash((i, 7)) & (2**64 - 1):016x}" for i in range(400)],
    ):
        dataset = Dataset.prepare(pa.table({"policy": names, "x": x, "y": [0, 0, 0, 1] * 100}), "y")
        assert dataset.features.column_names == ["x"]
        assert dataset.said[0].columns == ("policy",)
        assert (dataset.duplicates[:200] == dataset.duplicates[200:]).all()


def test_a_table_of_ids_alone_is_refused_unless_they_are_kept() -> None:
    table = pa.table({"no": np.arange(200), "of, all": np.arange(200)[::-1], "y": [0, 0, 0, 1] * 50})
    with pytest.raises(ScarceError) as caught:
        Dataset.prepare(table, "y")
    assert caught.value.two_lines() == (
        "error[E147]: the dataframe has no feature left but ids, which tell only the order of the rows: "
        "'no', 'of, all'\n"
        "hint: add columns that say something of a row; of these keep what is a measurement: "
        "--keep 'no,\"of, all\"'"
    )
    assert Dataset.prepare(table, "y", keep=["no"]).features.column_names == ["no"]


def test_no_honest_column_of_the_real_tables_is_taken_for_an_id(shared_data: Path) -> None:
    taken = {
        name: Dataset.prepare(read(shared_data / name), target).identifiers
        for name, target in (
            ("ai4i2020.tsv", "Machine failure"),
            ("uci_credit_default.csv", "Y"),
            ("creditcard.parquet", "Class"),
        )
    }
    assert taken == {"ai4i2020.tsv": ("UDI",), "uci_credit_default.csv": ("ID",), "creditcard.parquet": ()}


def test_a_column_of_costs_is_a_feature_although_it_looks_like_an_id() -> None:
    dataset = Dataset.prepare(frauds_in_runs(amount=np.arange(2000)), "y", cost="fn=amount,fp=5")
    assert dataset.features.column_names == ["amount", "x"]
    without = Dataset.prepare(frauds_in_runs(amount=np.arange(2000)), "y")
    assert without.training_fingerprint != dataset.training_fingerprint
