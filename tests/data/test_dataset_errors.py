"""Roles of columns that cannot be: each is refused with its place and what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from scarce.data.cells import Cells
from scarce.data.dataset import Dataset
from scarce.data.reading import read
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
        "the target 'fraud' of sales.csv is missing in 1 row, first in line 5",
        "label these rows, or leave them out: --unlabelled drop",
    )


def test_words_for_missing_labels_are_missing_labels(file: Path) -> None:
    file.write_text(BASE.replace(",no\n", ",N/A\n", 4))
    refused(
        lambda: Dataset.prepare(read(file), "fraud"),
        "E132",
        "the target 'fraud' of sales.csv is missing in 4 rows, first in line 3, line 4, line 5",
        "label these rows, or leave them out: --unlabelled drop",
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
        "say which one counts as positive, against all others: --positive maybe",
    )


def test_many_labels_are_not_all_shown(file: Path) -> None:
    refused(
        lambda: Dataset.prepare(read(file), "shop"),
        "E134",
        "the target 'shop' of sales.csv has 7 labels, not two: '0' (6), '1' (6), '2' (6), '3' (6) and 3 more",
        "say which one counts as positive, against all others: --positive 6",
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


@pytest.mark.parametrize(("value", "shown"), [("-3", "-3"), ("", "missing"), ("inf", "inf")])
def test_a_bad_cost_is_named_by_its_line(value: str, shown: str, file: Path) -> None:
    edited(file, 6, 0, value)
    refused(
        lambda: Dataset.prepare(read(file), "fraud", cost="fn=amount,fp=5"),
        "E251",
        f"the cost column 'amount' is {shown} in line 6 of sales.csv",
        "costs must be finite and not negative: correct it, or drop its row",
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


def test_a_time_that_is_no_date_says_how_to_write_one(file: Path) -> None:
    refused(
        lambda: Dataset.prepare(read(file), "fraud", time="kind"),
        "E142",
        "the times in 'kind' must be dates or numbers, but line 2 of sales.csv holds 'x'",
        "write dates as 2024-01-31, with a time as 2024-01-31 14:05:00",
    )


@pytest.mark.parametrize(
    ("days", "row", "value"),
    [
        (["2024-01-01", "2024-01-02", "2024-01-08 10:00:00Z"], 3, "2024-01-08 10:00:00Z"),
        (["2024-01-08T10Z", "2024-01-08T10+02", "2024-01-01"], 3, "2024-01-01"),
    ],
    ids=str,
)
def test_times_of_which_some_name_a_zone_are_told_so(days: list[str], row: int, value: str) -> None:
    table = pa.table({"x": [1.5, 2.5, 3.5], "day": days, "y": [0, 0, 1]})
    refused(
        lambda: Dataset.prepare(table, "y", time="day"),
        "E129",
        f"column 'day' names a time zone in some dates and none in others: row {row} of the dataframe holds "
        f"'{value}'",
        "write the zone, such as Z or +02:00, on all values or on none",
    )


@pytest.mark.parametrize(
    "days", [["1", "2", "2024-01-01"], ["2024-01-01", "soon", "2024-01-01T10Z"]], ids=str
)
def test_a_date_among_other_things_is_no_question_of_zones(days: list[str]) -> None:
    table = pa.table({"x": [1.5, 2.5, 3.5], "day": days, "y": [0, 0, 1]})
    with pytest.raises(ScarceError) as caught:
        Dataset.prepare(table, "y", time="day")
    assert caught.value.code == "E142"


def test_costs_whose_comma_may_part_thousands_say_what_each_reading_is(tmp_path: Path) -> None:
    file = tmp_path / "semi.csv"
    file.write_text("amount;fraud\n" + "".join(f"{i + 1},500;{int(i < 3)}\n" for i in range(9)))
    refused(
        lambda: Dataset.prepare(read(file), "fraud", cost="fn=amount,fp=5"),
        "E113",
        "column 'amount' holds numbers such as '1,500' in line 2 of semi.csv, whose mark may be that of "
        "decimals or of thousands",
        "--decimal , reads it as 1.500, --decimal . reads it as 1500; --drop amount leaves the column out",
    )
    for decimal, first in ((",", 1.5), (".", 1500.0)):
        table = read(file, cells=Cells.of(decimal))
        assert Dataset.prepare(table, "fraud", cost="fn=amount,fp=5").costs.fn[0] == first


@pytest.mark.parametrize("role", ["weight", "cost"])
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
        "leave the field empty where a value is missing, or say --missing WORD; or name the column: --keep "
        "amount takes it as categories, --drop amount leaves it out",
    )
    assert "amount" not in Dataset.prepare(table, "fraud", drop=["amount"]).features.column_names
    assert "amount" in Dataset.prepare(table, "fraud", keep=["amount"]).features.column_names


@pytest.mark.parametrize(
    ("times", "more"), [(2, "(and 1 more row like it)"), (3, "(and 2 more rows like it)")]
)
def test_stray_words_are_counted_in_the_right_words(times: int, more: str, file: Path) -> None:
    mixed(file, "abc")
    file.write_text(file.read_text() + "abc,x,1,1,1,no\n" * (times - 1))
    with pytest.raises(ScarceError) as caught:
        Dataset.prepare(read(file), "fraud")
    assert caught.value.message.endswith(f"holds 'abc' {more}")


def test_a_word_for_missing_in_a_column_of_numbers(file: Path) -> None:
    mixed(file, "N/A")
    dataset = Dataset.prepare(read(file), "fraud")
    assert dataset.missing_tokens == {"amount": ("N/A",)}
    assert dataset.features.column("amount").null_count == 1


def test_numbers_with_a_decimal_comma(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("net amount;y\n1;0\n12,512;1\n3;0\n")
    refused(
        lambda: Dataset.prepare(read(file), "y"),
        "E113",
        "column 'net amount' holds numbers such as '12,512' in line 3 of a.csv, whose mark may be that of "
        "decimals or of thousands",
        "--decimal , reads it as 12.512, --decimal . reads it as 12512; --drop 'net amount' leaves the "
        "column out",
    )
    assert Dataset.prepare(read(file), "y", keep=["net amount"]).features.num_columns == 1


def test_a_message_holds_the_ends_of_a_value_however_long_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"x,y\n1,{'a' * 100_000}\n2,b\n3,{'c' * 100_000}\n")
    with pytest.raises(ScarceError) as caught:
        Dataset.prepare(read(file), "y")
    assert caught.value.code == "E134"
    assert len(caught.value.two_lines()) < 2000
