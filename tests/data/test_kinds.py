"""Columns that are categories, or numbers, by the user's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from scarce.data.checks.every_check import run_checks
from scarce.data.dataset import Dataset
from scarce.data.encoding import Encoder
from scarce.data.files.reading import read
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from pathlib import Path

N = 400
CALLS = np.random.default_rng(0).integers(0, 30, N)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = (
        f"{calls:02d},{i % 4}.0,{1000 + i},{'yes' if i % 9 == 0 else 'no'}" for i, calls in enumerate(CALLS)
    )
    path = tmp_path / "d.csv"
    path.write_text("calls,branch,policy,y\n" + "\n".join(rows) + "\n")
    return path


def test_counts_that_are_kept_as_codes_are_said_with_the_switch_that_makes_them_numbers(file: Path) -> None:
    dataset = Dataset.prepare(read(file), "y")
    [said] = [found for found in run_checks(dataset) if found.code == "D023"]
    assert said.is_said
    assert "--numeric calls" in said.hint
    switched = Dataset.prepare(read(file), "y", numeric=["calls"])
    np.testing.assert_array_equal(switched.features.column("calls").to_numpy(), CALLS)
    assert "D023" not in {found.code for found in run_checks(switched)}
    assert switched.fingerprint != dataset.fingerprint


def test_lost_zeros_are_said_with_the_switch_that_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("code,y\n" + "".join(f"0{i % 5},{i % 3 // 2}\n1.5,0\n" for i in range(60)))
    [said] = [found for found in run_checks(Dataset.prepare(read(path), "y")) if found.code == "D023"]
    assert "--categorical code" in said.hint
    kept = Dataset.prepare(read(path, text=["code"]), "y", categorical=["code"])
    assert set(kept.features.column("code").to_pylist()) == {"00", "01", "02", "03", "04", "1.5"}


def test_categories_of_a_file_are_as_written_and_meet_later_data_so(file: Path) -> None:
    dataset = Dataset.prepare(read(file, text=["branch"]), "y", categorical=["branch"])
    encoder = Encoder.fit(dataset.features)
    [branch] = [column for column in encoder.columns if column.name == "branch"]
    assert branch.categories == ("0.0", "1.0", "2.0", "3.0")
    later = encoder.encode(read(file, text=encoder.text_columns))
    np.testing.assert_array_equal(later[:, encoder.feature_names.index("branch")], np.arange(N) % 4 + 1)


def test_numbers_of_a_dataframe_become_categories_and_meet_later_numbers() -> None:
    table = pa.table({"branch": np.arange(N) % 4, "x": CALLS, "y": np.arange(N) % 9 == 0})
    dataset = Dataset.prepare(table, "y", categorical=["branch"])
    encoder = Encoder.fit(dataset.features)
    assert encoder.categorical == (0,)
    np.testing.assert_array_equal(encoder.encode(table)[:, 0], np.arange(N) % 4 + 1)


def test_an_id_that_is_said_to_be_a_category_or_a_number_is_a_feature(file: Path) -> None:
    assert "policy" not in Dataset.prepare(read(file), "y").features.column_names
    for options in ({"categorical": ["policy"]}, {"numeric": ["policy"]}):
        assert "policy" in Dataset.prepare(read(file), "y", **options).features.column_names


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"numeric": ["word"]}, "E131"),
        ({"categorical": ["day"]}, "E166"),
        ({"categorical": ["x"], "numeric": ["x"]}, "E137"),
        ({"categorical": ["y"]}, "E137"),
        ({"numeric": ["x"], "drop": ["x"]}, "E137"),
        ({"categorical": ["z"]}, "E101"),
    ],
)
def test_what_a_column_cannot_be_is_refused(options: dict[str, list[str]], code: str) -> None:
    days = pa.array(np.arange(40) * 86_400_000_000).cast(pa.timestamp("us"))
    table = pa.table(
        {"x": np.arange(40.0) % 7, "word": ["1", "two"] * 20, "day": days, "y": [0, 0, 0, 1] * 10}
    )
    with pytest.raises(ScarceError) as caught:
        Dataset.prepare(table, "y", **options)
    assert caught.value.code == code
