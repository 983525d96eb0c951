"""Roles of columns: what is settled by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from scarce.data.dataset import Dataset
from scarce.data.files.reading import from_dataframe, read
from scarce.decision.costs import Costs, CostSpec

if TYPE_CHECKING:
    from pathlib import Path

BASE = "amount,kind,day,shop,weight,fraud\n" + "".join(
    f"{i}.5,{'xyz'[i % 3]},{i // 2},{i % 7},{1 + i % 2},{'yes' if i % 10 == 0 else 'no'}\n" for i in range(40)
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sales.csv"
    path.write_text(BASE)
    return path


def test_every_role_is_settled(file: Path) -> None:
    dataset = Dataset.prepare(
        read(file), target="fraud", cost="fn=amount,fp=5", time="day", group="shop", weight="weight"
    )
    assert dataset.features.column_names == ["amount", "kind"]
    assert dataset.labels == ("no", "yes")
    assert dataset.target.dtype == np.uint8
    assert dataset.n_positive == 4
    assert dataset.row_weight.tolist() == [1.0, 2.0] * 20
    assert dataset.time.tolist() == [i // 2 for i in range(40)]
    assert dataset.group.tolist() == [i % 7 for i in range(40)]
    assert dataset.costs.fn[3] == 3.5
    assert dataset.costs.fp == 5.0
    assert dataset.prevalence == pytest.approx(4 / 60)
    assert dataset.name == "sales.csv"
    assert dataset.notes == []


def test_kept_columns_with_a_role_are_features_and_dropped_ones_are_not(file: Path) -> None:
    dataset = Dataset.prepare(
        read(file),
        "fraud",
        time="day",
        group="shop",
        cost="fn=amount,fp=5",
        keep=["day"],
        drop=["kind", "amount"],
    )
    assert dataset.features.column_names == ["day", "weight"]
    assert dataset.costs.per_row


def test_a_dataframe_is_taken_directly() -> None:
    frame = pd.DataFrame({"x": range(10), "y": [True] + [False] * 9})
    dataset = Dataset.prepare(frame, "y")
    assert dataset.labels == ("false", "true")
    assert dataset.name == "the dataframe"


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 0, 1], ("0", "1")),
        ([0.0, 0.0, 1.0], ("0", "1")),
        ([1, 1, 0], ("1", "0")),
        ([-1, -1, 1], ("-1", "1")),
        ([False, True, False], ("false", "true")),
        (["b", "a ", " b"], ("b", "a")),
        (["none", "none", "fraud"], ("none", "fraud")),
        ([0.5, 0.5, 1.5], ("0.5", "1.5")),
    ],
    ids=str,
)
def test_the_rarer_label_is_positive(values: list[object], labels: tuple[str, str]) -> None:
    dataset = Dataset.prepare(pa.table({"x": [1.0, 2.0, 3.0], "y": values}), "y")
    assert dataset.labels == labels
    assert dataset.n_positive == 1


@pytest.mark.parametrize("positive", ["1", "1.0", " 1 "])
def test_the_positive_label_can_be_named_as_any_number_is_written(positive: str) -> None:
    dataset = Dataset.prepare(pa.table({"x": [1.0, 2.0, 3.0], "y": [1, 1, 0]}), "y", positive=positive)
    assert dataset.labels == ("0", "1")
    assert dataset.target.tolist() == [1, 1, 0]


def test_the_positive_label_can_be_named_in_any_case() -> None:
    dataset = Dataset.prepare(
        pa.table({"x": [1.0, 2.0, 3.0], "y": ["Yes", "Yes", "No"]}), "y", positive="yes"
    )
    assert dataset.labels == ("No", "Yes")


def test_rarer_is_by_weight() -> None:
    table = pa.table({"x": [1.0, 2.0, 3.0], "y": ["a", "b", "b"], "w": [5.0, 1.0, 1.0]})
    assert Dataset.prepare(table, "y", weight="w").labels == ("a", "b")


def test_costs_may_come_ready(file: Path) -> None:
    table = read(file)
    for cost in (CostSpec("amount", 5.0), Costs(fn=np.full(40, 2.0), fp=1.0), Costs(fn=3.0, fp=1.0)):
        assert Dataset.prepare(table, "fraud", cost=cost).costs is not None


def test_text_that_hardly_repeats_is_left_out_with_a_note() -> None:
    table = pa.table({"x": [1.0] * 30, "text": [f"t{i}" for i in range(30)], "y": [0] * 29 + [1]})
    dataset = Dataset.prepare(table, "y")
    assert dataset.features.column_names == ["x"]
    [said] = dataset.said
    assert (said.code, said.columns) == ("W159", ("text",))
    assert said.message == "1 column is left out: 'text', text that hardly repeats"
    assert "--keep text" in said.hint


def test_the_fingerprint_depends_on_content_and_roles(file: Path) -> None:
    table = read(file)
    same = Dataset.prepare(table, "fraud").fingerprint
    assert Dataset.prepare(read(file), "fraud").fingerprint == same
    others = [
        Dataset.prepare(table, "fraud", positive="no").fingerprint,
        Dataset.prepare(table, "fraud", drop=["kind"]).fingerprint,
        Dataset.prepare(table, "fraud", cost="fn=2,fp=1").fingerprint,
        Dataset.prepare(table, "fraud", time="day").fingerprint,
        Dataset.prepare(from_dataframe(table.data.slice(0, 39)), "fraud").fingerprint,
    ]
    assert len({same, *others}) == len(others) + 1


def test_copies_share_a_number_whatever_their_label() -> None:
    table = pa.table(
        {"x": [1.0, None, 1.0, 2.0, None, 0.0, -0.0], "w": ["a"] * 7, "y": [0, 0, 1, 0, 0, 0, 0]}
    )
    dataset = Dataset.prepare(table, "y")
    assert dataset.duplicates.tolist() == [0, 1, 0, 2, 1, 3, 3]


def test_copies_are_seen_past_a_row_number() -> None:
    x = np.repeat(np.arange(60) / 7, 2)
    table = pa.table({"id": np.arange(120), "x": x, "y": [0, 0, 1] * 40})
    assert Dataset.prepare(table, "y").duplicates.tolist() == np.repeat(np.arange(60), 2).tolist()


def test_coarse_features_are_not_copies() -> None:
    table = pa.table({"x": [0, 1] * 50, "y": [0, 0, 1, 0, 0] * 20})
    dataset = Dataset.prepare(table, "y")
    assert dataset.duplicates.tolist() == list(range(100))
    assert dataset.notes == [
        "100 rows agree in every feature with many others (2 kinds of row): new data will hold such rows "
        "too, so they are not kept on one side of the splits"
    ]


def test_units_join_groups_and_copies() -> None:
    table = pa.table({"x": [1.0, 1.0, 2.0, 3.0, 4.0], "g": ["a", "b", "b", "c", "d"], "y": [0, 1, 0, 0, 0]})
    dataset = Dataset.prepare(table, "y", group="g")
    assert dataset.units.tolist() == [0, 0, 0, 1, 2]


def test_part_of_a_dataset(file: Path) -> None:
    dataset = Dataset.prepare(
        read(file), target="fraud", cost="fn=amount,fp=5", time="day", group="shop", weight="weight"
    )
    rows = np.array([30, 3, 7])
    part = dataset.take(rows)
    assert part.features.to_pydict() == dataset.features.take(rows).to_pydict()
    assert part.target.tolist() == dataset.target[rows].tolist()
    assert part.costs.fn.tolist() == [30.5, 3.5, 7.5]
    assert part.time.tolist() == [15, 1, 3]
    assert part.group.tolist() == [1, 2, 0]
    assert part.row_weight.tolist() == [1.0, 2.0, 2.0]
    assert part.fingerprint != dataset.fingerprint
    assert part.fingerprint == dataset.take(rows).fingerprint


def test_the_card_fraud_table(shared_data: Path) -> None:
    dataset = Dataset.prepare(read(shared_data / "creditcard.parquet"), "Class", cost="fn=Amount,fp=5")
    assert (dataset.n_rows, dataset.n_positive, dataset.features.num_columns) == (284_807, 492, 30)
    assert dataset.n_rows - len(np.unique(dataset.duplicates)) == 1_081


def test_text_that_hardly_repeats_is_a_feature_where_it_is_kept() -> None:
    table = pa.table({"name": [f"n {i}" for i in range(40)], "x": list(range(40)), "y": [0, 0, 0, 1] * 10})
    assert "name" not in Dataset.prepare(table, "y").features.column_names
    assert "name" in Dataset.prepare(table, "y", keep=["name"]).features.column_names
