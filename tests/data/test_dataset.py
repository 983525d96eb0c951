"""Roles of columns: what is settled by itself, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from scarce.data.dataset import Dataset
from scarce.data.reading import from_dataframe, read
from scarce.decision.costs import Costs, CostSpec
from scarce.errors import ScarceError

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


def refused(call: object, code: str, message: str, hint: str) -> None:
    with pytest.raises(ScarceError) as caught:
        call()
    assert caught.value.two_lines() == f"error[{code}]: {message}\nhint: {hint}"


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
    assert dataset.notes[0] == "left out column 'text': text with 30 different values in 30 rows"


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
        "rows agree in every feature because the features are coarse (2 different rows of 100): "
        "equal rows are not kept on one side of the splits"
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


def edited(file: Path, line: int, column: int, value: str) -> None:
    lines = [text.split(",") for text in BASE.splitlines()]
    lines[line - 1][column] = value
    file.write_text("\n".join(",".join(fields) for fields in lines) + "\n")


def test_a_missing_target_is_named_with_the_nearest_column(file: Path) -> None:
    refused(
        lambda: Dataset.prepare(read(file), "frued"),
        "E101",
        "no column 'frued' in sales.csv",
        "did you mean 'fraud'?",
    )


def test_a_target_far_from_every_column_gets_the_list(file: Path) -> None:
    hint = "the columns are 'amount', 'kind', 'day', 'shop', 'weight', 'fraud'"
    refused(lambda: Dataset.prepare(read(file), "Q"), "E101", "no column 'Q' in sales.csv", hint)


@pytest.mark.parametrize("role", ["time", "group", "weight", "drop", "keep", "cost"])
def test_every_column_option_is_checked(role: str, file: Path) -> None:
    value = {"drop": ["amuont"], "keep": ["amuont"], "cost": "fn=amuont,fp=1"}.get(role, "amuont")
    refused(
        lambda: Dataset.prepare(read(file), "fraud", **{role: value}),
        "E101",
        "no column 'amuont' in sales.csv",
        "did you mean 'amount'?",
    )


def test_missing_labels_are_counted_and_placed(file: Path) -> None:
    edited(file, 5, 5, "")
    refused(
        lambda: Dataset.prepare(read(file), "fraud"),
        "E132",
        "the target 'fraud' of sales.csv is missing in 1 rows, first in line 5",
        "label these rows, or leave them out of the file",
    )


def test_words_for_missing_labels_are_missing_labels(file: Path) -> None:
    file.write_text(BASE.replace(",no\n", ",N/A\n", 4))
    refused(
        lambda: Dataset.prepare(read(file), "fraud"),
        "E132",
        "the target 'fraud' of sales.csv is missing in 4 rows, first in line 3, line 4, line 5",
        "label these rows, or leave them out of the file",
    )


def test_one_class_only(file: Path) -> None:
    file.write_text(BASE.replace("yes", "no"))
    refused(
        lambda: Dataset.prepare(read(file), "fraud"),
        "E133",
        "the target 'fraud' of sales.csv is 'no' in all 40 rows",
        "a trial needs rows of two classes: add the others, or name another target",
    )


def test_a_third_label(file: Path) -> None:
    edited(file, 7, 5, "maybe")
    refused(
        lambda: Dataset.prepare(read(file), "fraud"),
        "E134",
        "the target 'fraud' of sales.csv has 3 labels, not two: 'no' (35), 'yes' (4), 'maybe' (1)",
        "make a column that is 1 for 'maybe' and 0 for the others and name it as the target, or leave out "
        "the rows of all but two labels",
    )


def test_many_labels_are_not_all_shown(file: Path) -> None:
    refused(
        lambda: Dataset.prepare(read(file), "shop", positive="2"),
        "E134",
        "the target 'shop' of sales.csv has 7 labels, not two: '0' (6), '1' (6), '2' (6), '3' (6) and 3 more",
        "make a column that is 1 for '2' and 0 for the others and name it as the target, or leave out "
        "the rows of all but two labels",
    )


def test_a_tie_needs_a_positive_label() -> None:
    table = pa.table({"x": [1.0, 2.0], "y": ["a", "b"]})
    refused(
        lambda: Dataset.prepare(table, "y"),
        "E135",
        "the labels 'a', 'b' of target 'y' are equally frequent (1 each)",
        "say which one counts as positive: --positive LABEL",
    )
    assert Dataset.prepare(table, "y", positive="a").labels == ("b", "a")


def test_a_positive_label_that_does_not_occur(file: Path) -> None:
    refused(
        lambda: Dataset.prepare(read(file), "fraud", positive="fraud"),
        "E136",
        "the target 'fraud' has no label 'fraud'",
        "its labels are 'yes', 'no'",
    )


@pytest.mark.parametrize(
    ("options", "column", "roles"),
    [
        ({"time": "fraud"}, "fraud", "the target and the time column"),
        ({"weight": "fraud"}, "fraud", "the target and the weight column"),
        ({"drop": ["fraud"]}, "fraud", "the target and dropped"),
        ({"keep": ["fraud"]}, "fraud", "the target and kept as a feature"),
        ({"drop": ["day"], "keep": ["day"], "time": "day"}, "day", "dropped and kept"),
        ({"cost": "fn=fraud,fp=1"}, "fraud", "the target and a cost"),
    ],
    ids=str,
)
def test_a_column_with_two_roles(options: dict[str, object], column: str, roles: str, file: Path) -> None:
    message = f"column '{column}' cannot be {roles}"
    refused(lambda: Dataset.prepare(read(file), "fraud", **options), "E137", message, "name it once")


@pytest.mark.parametrize(("value", "shown"), [("-3", "-3"), ("", "nothing"), ("inf", "inf")])
def test_a_bad_cost_is_named_by_its_line(value: str, shown: str, file: Path) -> None:
    edited(file, 6, 0, value)
    refused(
        lambda: Dataset.prepare(read(file), "fraud", cost="fn=amount,fp=5"),
        "E141",
        f"the cost column 'amount' holds {shown} in line 6 of sales.csv (1 such rows in all)",
        "a cost must be a number from 0 up: correct these rows or leave them out",
    )


@pytest.mark.parametrize(
    ("value", "shown"), [("-3", "-3 in line 6"), ("", "nothing in line 6"), ("inf", "inf in line 6")]
)
def test_a_bad_weight_is_named_by_its_line(value: str, shown: str, file: Path) -> None:
    edited(file, 6, 4, value)
    refused(
        lambda: Dataset.prepare(read(file), "fraud", weight="weight"),
        "E138",
        f"the weight column 'weight' of sales.csv holds {shown}",
        "weights count the rows a row stands for: finite, not negative, not 0 throughout a class",
    )


def test_weights_of_nothing_but_zero_for_a_class() -> None:
    hint = "weights count the rows a row stands for: finite, not negative, not 0 throughout a class"
    message = "the weight column 'w' of the dataframe holds nothing but 0 for label '{}'"
    table = {"x": [1.0, 2.0, 3.0], "y": [0, 0, 1]}
    refused(
        lambda: Dataset.prepare(pa.table(table | {"w": [0, 1, 0]}), "y", weight="w"),
        "E138",
        message.format(1),
        hint,
    )
    refused(
        lambda: Dataset.prepare(pa.table(table | {"w": [0, 0, 1]}), "y", "1", weight="w"),
        "E138",
        message.format(0),
        hint,
    )


@pytest.mark.parametrize("role", ["weight", "time", "cost"])
def test_words_where_numbers_must_be(role: str, file: Path) -> None:
    value = "fn=kind,fp=5" if role == "cost" else "kind"
    refused(
        lambda: Dataset.prepare(read(file), "fraud", **{role: value}),
        "E131",
        "column 'kind' must hold numbers, but line 2 of sales.csv holds 'x'",
        "correct that value, or name another column",
    )


@pytest.mark.parametrize(("role", "column"), [("time", 2), ("group", 3)])
def test_gaps_in_times_and_groups(role: str, column: int, file: Path) -> None:
    edited(file, 8, column, "")
    name = BASE.split("\n")[0].split(",")[column]
    refused(
        lambda: Dataset.prepare(read(file), "fraud", **{role: name}),
        "E139",
        f"column '{name}' of sales.csv has a gap in line 8 (1 in all)",
        "a time or group column needs a value in every row: fill it, or leave these rows out",
    )


def test_dates_are_times(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("when,x,y\n2024-01-02,1,0\n2024-01-01,2,0\n2024-01-01T12:00:00,3,1\n")
    time = Dataset.prepare(read(file), "y", time="when").time
    assert (time - time.min()).tolist() == [86_400e6, 0.0, 43_200e6]


def test_nothing_left_to_learn_from(file: Path) -> None:
    refused(
        lambda: Dataset.prepare(read(file), "fraud", drop=["amount", "kind", "day", "shop", "weight"]),
        "E140",
        "sales.csv has no feature left",
        "drop fewer columns, or add some that repeat or are numbers",
    )


def mixed(file: Path, value: str) -> None:
    edited(file, 9, 0, value)
    file.write_text(file.read_text() + "".join(f"{i}.25,x,{i},1,1,no\n" for i in range(60)))


def test_a_stray_word_in_a_column_of_numbers(file: Path) -> None:
    mixed(file, "abc")
    table = read(file)
    refused(
        lambda: Dataset.prepare(table, "fraud"),
        "E122",
        "column 'amount' is a number in 99 % of its rows, but line 9 of sales.csv holds 'abc'",
        "leave the field empty where a value is missing, or name the column: --keep amount takes it as "
        "categories, --drop amount leaves it out",
    )
    assert "amount" not in Dataset.prepare(table, "fraud", drop=["amount"]).features.column_names
    kept = Dataset.prepare(table, "fraud", keep=["amount"])
    assert kept.notes == ["left out column 'amount': text with 100 different values in 100 rows"]


def test_a_word_for_missing_in_a_column_of_numbers(file: Path) -> None:
    mixed(file, "N/A")
    dataset = Dataset.prepare(read(file), "fraud")
    assert dataset.missing_tokens == {"amount": ("N/A",)}
    assert dataset.features.column("amount").null_count == 1


def test_numbers_with_a_decimal_comma(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("net amount;y\n1;0\n12,5;1\n3;0\n")
    refused(
        lambda: Dataset.prepare(read(file), "y"),
        "E113",
        "column 'net amount' holds numbers with a comma, such as '12,5' in line 3 of a.csv",
        "write 1234.5 with a point and no separators, or leave the column out: --drop 'net amount'",
    )
    assert Dataset.prepare(read(file), "y", keep=["net amount"]).features.num_columns == 1


def test_the_card_fraud_table(shared_data: Path) -> None:
    dataset = Dataset.prepare(read(shared_data / "creditcard.parquet"), "Class", cost="fn=Amount,fp=5")
    assert (dataset.n_rows, dataset.n_positive, dataset.features.num_columns) == (284_807, 492, 30)
    assert dataset.n_rows - len(np.unique(dataset.duplicates)) == 1_081
