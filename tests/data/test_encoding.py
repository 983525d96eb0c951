"""Encoding: the same matrix at training and at prediction, or an error that names the column."""

from __future__ import annotations

import json
import warnings
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarce.data.encoding import RARE, Encoder
from scarce.data.files.reading import read
from scarce.data.schema import MAX_CATEGORIES, Column
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from pathlib import Path

WORDS = pa.array(["red"] * 12 + ["blue"] * 11 + ["green"] * 3 + [None])


def test_frequent_categories_have_codes_and_rare_and_unseen_share_one() -> None:
    encoder = Encoder.fit(pa.table({"color": WORDS}))
    assert encoder.columns[0].categories == ("blue", "red")
    new = pa.table({"color": ["red", "blue", "green", "violet", None]})
    np.testing.assert_array_equal(encoder.encode(new)[:, 0], [2.0, 1.0, RARE, RARE, np.nan])
    assert encoder.categorical == (0,)


def test_the_count_a_category_needs_is_inclusive() -> None:
    table = pa.table({"color": WORDS})
    assert Encoder.fit(table, min_count=12).columns[0].categories == ("red",)
    assert Encoder.fit(table, min_count=3).columns[0].categories == ("blue", "green", "red")


def test_at_most_250_categories_have_codes_the_most_frequent() -> None:
    words = [f"w{i:03d}" for i in range(300) for _ in range(10 + (i % 2))]
    categories = Encoder.fit(pa.table({"w": words})).columns[0].categories
    assert len(categories) == MAX_CATEGORIES
    assert {f"w{i:03d}" for i in range(1, 300, 2)} <= set(categories)


def test_numbers_truth_values_and_dates() -> None:
    table = pa.table(
        {
            "n": [1, None, 3],
            "x": [0.5, np.inf, -np.inf],
            "t": [True, False, None],
            "when": pa.array(
                [datetime(2024, 1, 1, 13, 30), datetime(1969, 12, 31, 23), None], pa.timestamp("us")
            ),
        }
    )
    encoder = Encoder.fit(table)
    assert encoder.feature_names == ("n", "x", "t", "when.seconds", "when.hour", "when.weekday")
    assert encoder.n_features == 6
    assert encoder.categorical == ()
    nan = np.nan
    wanted = [
        [
            1.0,
            0.5,
            1.0,
            datetime(2024, 1, 1, 13, 30).timestamp() - datetime(1970, 1, 1).timestamp(),
            13.0,
            0.0,
        ],
        [nan, nan, 0.0, -3600.0, 23.0, 2.0],
        [3.0, nan, nan, nan, nan, nan],
    ]
    matrix = encoder.encode(table)
    np.testing.assert_array_equal(matrix, wanted)
    assert matrix.flags.c_contiguous
    assert matrix.dtype == np.float64


def test_columns_are_found_by_name_and_others_ignored() -> None:
    encoder = Encoder.fit(pa.table({"a": [1.0], "b": [2.0]}))
    new = pa.table({"id": ["x"], "b": [20.0], "a": [10.0]})
    np.testing.assert_array_equal(encoder.encode(new), [[10.0, 20.0]])
    assert encoder.ignored(new.column_names) == ["id"]


@pytest.mark.parametrize(
    ("column", "again"),
    [
        (pa.array([1, 2, None]), pa.array([1.0, 2.0, np.nan])),
        (pa.array([1, 2, None]), pa.array(["1", "2", "?"])),
        (pa.array([1, 2, None]), pa.array([" 1", "2.0", "N/A"])),
        (pa.array([1.5, 2.0]), pa.array([1.5, 2.0], pa.float32())),
        (pa.array([True, False]), pa.array([1, 0])),
        (pa.array([True, False]), pa.array(["true", "FALSE"])),
        (pa.array(["7", "8"] * 10), pa.array([7, 8] * 10)),
        (pa.array(["7", "8"] * 10), pa.array([7.0, 8.0] * 10)),
        (pa.array(["7", "8"] * 10), pa.array(["7", "8"] * 10).dictionary_encode()),
        (pa.array([datetime(2024, 1, 1)]), pa.array(["2024-01-01"])),
        (pa.array([datetime(2024, 1, 1)]), pa.array([datetime(2024, 1, 1).date()])),
    ],
    ids=lambda array: str(array.type),
)
def test_the_same_values_in_another_type_encode_alike(column: pa.Array, again: pa.Array) -> None:
    encoder = Encoder.fit(pa.table({"c": column}))
    np.testing.assert_array_equal(
        encoder.encode(pa.table({"c": again})), encoder.encode(pa.table({"c": column}))
    )


@pytest.mark.parametrize(
    "column",
    [pa.array([1.5]), pa.array([True]), pa.array(["x"] * 10), pa.array([datetime(2024, 1, 1)])],
    ids=str,
)
def test_a_column_without_a_value_fits_every_kind(column: pa.Array) -> None:
    encoder = Encoder.fit(pa.table({"c": column}))
    for empty in (pa.nulls(3), pa.nulls(3, pa.string()), pa.nulls(3, pa.float64())):
        assert np.isnan(encoder.encode(pa.table({"c": empty}))).all()


RETYPED = {
    "words for numbers": (pa.array([1, 2]), pa.array(["1", "many"]), "number", "category", "row 2", "many"),
    "dates for numbers": (
        pa.array([1, 2]),
        pa.array([None, datetime(2024, 1, 1)], pa.timestamp("us")),
        "number",
        "datetime",
        "row 2",
        "2024-01-01",
    ),
    "truth for numbers": (pa.array([1, 2]), pa.array([True, False]), "number", "boolean", "row 1", "true"),
    "numbers for truth": (pa.array([True, False]), pa.array([1, 2]), "boolean", "number", "row 2", "2"),
    "words for truth": (
        pa.array([True, False]),
        pa.array(["true", "yes"]),
        "boolean",
        "category",
        "row 2",
        "yes",
    ),
    "numbers for words": (
        pa.array(["x", "y"] * 10),
        pa.array([1.5, 2.5]),
        "category",
        "number",
        "row 1",
        "1.5",
    ),
    "dates for words": (
        pa.array(["x", "y"] * 10),
        pa.array([datetime(2024, 1, 1)]),
        "category",
        "datetime",
        "row 1",
        "2024-01-01",
    ),
    "words for dates": (
        pa.array([datetime(2024, 1, 1)]),
        pa.array(["2024-01-01", "soon"]),
        "datetime",
        "category",
        "row 2",
        "soon",
    ),
}


@pytest.mark.parametrize("case", RETYPED, ids=str)
def test_a_retyped_column_is_refused(case: str) -> None:
    trained, found, was, now, where, value = RETYPED[case]
    encoder = Encoder.fit(pa.table({"c": trained}))
    with pytest.raises(ScarceError) as caught:
        encoder.encode(pa.table({"c": found}))
    assert caught.value.two_lines() == (
        f"error[E442]: column 'c' was a {was} when the model was made and is a {now} now: "
        f"{where} of the data holds '{value}'\n"
        "hint: give the column as it was at training, or train again"
    )


def test_a_missing_column_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    encoder = Encoder.fit(pa.table({"amount": [1.0], "b": [2.0], "c": [3.0]}))
    file = tmp_path / "new.csv"
    file.write_text("amuont,b\n1,2\n")
    with pytest.raises(ScarceError) as caught:
        encoder.encode(read(file))
    assert caught.value.two_lines() == (
        "error[E441]: new.csv lacks columns that the model needs: 'amount', 'c'\n"
        "hint: did you mean 'amuont' for 'amount'?"
    )


def test_a_missing_column_far_from_all_others_gets_every_name_of_the_file() -> None:
    encoder = Encoder.fit(pa.table({"amount": [1.0], "b": [2.0]}))
    with pytest.raises(ScarceError) as caught:
        encoder.encode(pa.table({"b": [2.0], "y": [1]}))
    assert caught.value.hint == "its columns are 'b', 'y'"


def test_a_missing_column_without_a_near_one(tmp_path: Path) -> None:
    encoder = Encoder.fit(pa.table({"amount": [1.0], "b": [2.0]}))
    with pytest.raises(ScarceError) as caught:
        encoder.encode(pa.table({"b": [2.0]}))
    assert caught.value.two_lines() == (
        "error[E441]: the data lacks columns that the model needs: 'amount'\nhint: its columns are 'b'"
    )


def test_a_bad_value_is_named_by_its_line(tmp_path: Path) -> None:
    encoder = Encoder.fit(pa.table({"x": [1.0], "y": [1.0]}))
    file = tmp_path / "new.csv"
    file.write_text("x,y\n1,2\n?,3\nabc,4\n")
    with pytest.raises(ScarceError, match=r"line 4 of new[.]csv holds 'abc'"):
        encoder.encode(read(file))


def test_dates_of_which_one_names_a_zone_are_told_so() -> None:
    encoder = Encoder.fit(pa.table({"c": pa.array([datetime(2024, 1, 1)])}))
    with pytest.raises(ScarceError) as caught:
        encoder.encode(pa.table({"c": ["2024-01-01", "2024-01-02 10:00Z"]}))
    assert caught.value.two_lines() == (
        "error[E129]: column 'c' names a time zone in some dates and none in others: row 2 of the data holds "
        "'2024-01-02 10:00Z'\n"
        "hint: write the zone, such as Z or +02:00, on all values or on none"
    )


def test_codes_survive_a_file_in_which_they_look_like_numbers(tmp_path: Path) -> None:
    train, new = tmp_path / "train.csv", tmp_path / "new.csv"
    train.write_text("code,n\n" + "01.50,1\nA7,2\n" * 10)
    new.write_text("code,n\n01.50,1\n")
    encoder = Encoder.fit(read(train))
    assert encoder.text_columns == {"code"}
    assert encoder.encode(read(new, text=encoder.text_columns))[0, 0] == 1.0


def test_words_read_as_missing_are_kept_with_the_column(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x,y\n1,2\n?,3\n")
    encoder = Encoder.fit(read(file))
    assert encoder.columns[0] == Column("x", "number", (), ("?",))


@settings(max_examples=40, deadline=None)
@given(
    words=st.lists(st.text(max_size=4), min_size=1, max_size=30),
    name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
    min_count=st.integers(1, 3),
)
def test_an_encoder_survives_json(words: list[str], name: str, min_count: int) -> None:
    table = pa.table({name: words, f"{name} 2": np.arange(len(words)) / 3})
    encoder = Encoder.fit(table, min_count=min_count)
    again = Encoder.from_dict(json.loads(json.dumps(encoder.to_dict())))
    assert again == encoder
    np.testing.assert_array_equal(again.encode(table), encoder.encode(table))


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        ({}, "it has no list of columns"),
        ({"columns": [1]}, "it has no list of columns"),
        ({"columns": [{"name": 3, "kind": "number"}]}, "a column is 3 of kind 'number'"),
        ({"columns": [{"name": "a", "kind": "code"}]}, "a column is 'a' of kind 'code'"),
        (
            {"columns": [{"name": "a", "kind": "category", "categories": [1]}]},
            "the categories of column 'a' are not words",
        ),
        (
            {"columns": [{"name": "a", "kind": "category", "categories": ["x", "x"]}]},
            "column 'a' has a category twice",
        ),
        ({"columns": [{"name": "a", "kind": "number"}] * 2}, "a column occurs twice"),
    ],
    ids=str,
)
def test_a_stored_encoder_is_checked(stored: dict[str, object], reason: str) -> None:
    with pytest.raises(ScarceError) as caught:
        Encoder.from_dict(stored)
    assert caught.value.two_lines() == (
        f"error[E443]: the model's list of columns cannot be used: {reason}\n"
        "hint: write the model anew with scarce run"
    )


def test_encoding_part_of_the_rows_is_part_of_the_encoding() -> None:
    rng = np.random.default_rng(0)
    table = pa.table({"x": rng.normal(size=200), "w": rng.choice(["a", "b", "c"], 200)})
    encoder = Encoder.fit(table)
    rows = rng.permutation(200)[:50]
    np.testing.assert_array_equal(encoder.encode(table.take(rows)), encoder.encode(table)[rows])


def warned(trained: list[str], later: list[str], **stored: object) -> list[str]:
    encoder = Encoder.fit(pa.table({"n": np.arange(float(len(trained))), "c": trained}))
    written = encoder.to_dict()
    written["columns"][1] |= stored
    encoder = Encoder.from_dict(json.loads(json.dumps(written)))
    table = pa.table({"n": np.zeros(len(later)), "c": later})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        encoder.warn_of_unseen(table, encoder.encode(table))
    return [str(warning.message) for warning in caught]


def test_a_column_written_another_way_is_warned_of() -> None:
    assert warned(["web", "shop"] * 50 + ["x"], ["web"] * 4 + ["WEB", "SHOP"] * 4) == [
        "[E445] column 'c': 67% of the rows hold values without a code of their own, as 'WEB' in row 5 of "
        "the data; at training it was 1.0%; is it written as it was at training? The model treats all these "
        "values alike"
    ]


@pytest.mark.parametrize(
    ("trained", "later", "stored"),
    [
        (["web", "shop"] * 50, ["WEB"] * 5 + ["web"] * 5, {}),
        (["web", "shop"] * 50, ["WEB"] * 9, {}),
        (["web", "shop"] * 50, ["WEB"] * 5 + [""] * 20, {}),
        (["web"] * 40 + [f"w{i}" for i in range(10)], ["WEB"] * 50, {}),
        (["web", "shop"] * 50, ["WEB"] * 50, {"rare": None}),
    ],
    ids=["half", "nine rows", "five rows and gaps", "many were rare at training", "an old model file"],
)
def test_few_unseen_values_or_rows_are_no_warning(
    trained: list[str], later: list[str], stored: dict[str, object]
) -> None:
    assert warned(trained, later, **stored) == []


@pytest.mark.parametrize("rare", [2.0, -0.1, "x", True, [0.5]], ids=str)
def test_a_stored_share_of_rare_values_is_checked(rare: object) -> None:
    with pytest.raises(ScarceError) as caught:
        Column.from_dict({"name": "a", "kind": "category", "rare": rare})
    assert caught.value.message.endswith("the share of rare values of column 'a' is no share")


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_text_of_any_arrow_type_is_encoded_alike(kind: pa.DataType) -> None:
    later = pa.table({"zip": pa.array([" 00202", "10115 "]).cast(kind)})
    encoder = Encoder.fit(pa.table({"zip": ["00202", "10115", "01067"] * 20}))
    np.testing.assert_array_equal(encoder.encode(later)[:, 0], [1.0, 3.0])
