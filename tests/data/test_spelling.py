"""Codes that another tool has written anew are refused; those of training never are."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarce.data.encoding import Encoder
from scarce.data.schema import Column
from scarce.errors import ScarceError

ZIPS = ["00202", "10115", "01067"] * 20
BIG = ["18446744073709551616", "1", "2"] * 20
WORDS = ["07", "007", "7", "7.0", "0", "00", "12", "12.0", "1e1", "1.2e1", "x", "", "202", "00202"]


def fitted(trained: list[str]) -> Encoder:
    encoder = Encoder.fit(pa.table({"c": trained}))
    return Encoder.from_dict(json.loads(json.dumps(encoder.to_dict())))


def refusal(trained: list[str], later: pa.Array | list[str]) -> str:
    with pytest.raises(ScarceError) as caught:
        fitted(trained).encode(pa.table({"c": later}))
    return caught.value.two_lines()


@pytest.mark.parametrize(
    ("later", "row", "value", "before"),
    [
        (["202", "10115"], 1, "202", "00202"),
        (["10115", " 1067 "], 2, "1067", "01067"),
        (["00202", "10115", "1067"], 3, "1067", "01067"),
        (["09999", "202.0"], 2, "202.0", "00202"),
        (pa.array([80331, None, 202]), 3, "202", "00202"),
        (pa.array([10115.0, np.nan, 202.0]), 3, "202", "00202"),
        (["10115.0", "202.0"], 2, "202.0", "00202"),
    ],
    ids=str,
)
def test_codes_that_have_lost_their_leading_zeros_are_refused(
    later: pa.Array | list[str], row: int, value: str, before: str
) -> None:
    assert refusal(ZIPS, later) == (
        f"error[E444]: column 'c' was written with leading zeros at training ('{before}') and is not now: "
        f"row {row} of the data holds '{value}'\n"
        "hint: write the codes as they were: a tool that took them for numbers has dropped the zeros"
    )


def test_a_code_of_nothing_but_zeros_has_lost_them_too() -> None:
    assert "('000') and is not now: row 1 of the data holds '0'" in refusal(["000", "x"] * 10, ["0", "x"])


@pytest.mark.parametrize(
    ("later", "value"),
    [
        (["1", "1.8446744073709552e+19"], "1.8446744073709552e+19"),
        (["1", "1.8446744073709552E19"], "1.8446744073709552E19"),
        (pa.array([1.0, 18446744073709551616.0]), "1.8446744073709552e+19"),
    ],
    ids=str,
)
def test_whole_codes_that_have_become_rounded_numbers_are_refused(
    later: pa.Array | list[str], value: str
) -> None:
    assert refusal(BIG, later) == (
        "error[E446]: column 'c' held whole numbers as codes at training, and row 2 of the data holds "
        f"'{value}' now\n"
        "hint: write all digits, as they were: a tool that took the codes for numbers has rounded them"
    )


@pytest.mark.parametrize(
    ("trained", "later", "codes"),
    [
        (ZIPS, ["10115", "80331"], [3.0, 0.0]),
        (ZIPS, pa.array([10115, None]), [3.0, np.nan]),
        (["007", "7", "x"] * 10, ["7", "8"], [2.0, 0.0]),
        (["07", "12"] * 10 + ["7"], ["7", "12"], [0.0, 2.0]),
        (["07", "12"] * 10 + ["7.0"], ["7.0"], [0.0]),
        (["1", "2"] * 10 + ["3e5"], ["1", "4e5"], [1.0, 0.0]),
        (["1", "1e5", "x"] * 10, ["2e5"], [0.0]),
        (["a", "b"] * 10, ["1e5"], [0.0]),
        (["1"] * 5, ["1e5", "1"], [0.0, 0.0]),
    ],
    ids=str,
)
def test_codes_that_may_be_as_they_were_are_encoded(
    trained: list[str], later: pa.Array | list[str], codes: list[float]
) -> None:
    np.testing.assert_array_equal(fitted(trained).encode(pa.table({"c": later}))[:, 0], codes)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WORDS), st.integers(1, 12)), min_size=1, max_size=8))
def test_no_row_of_the_training_is_refused(counts: list[tuple[str, int]]) -> None:
    trained = [word for word, count in counts for _ in range(count)]
    encoder = fitted(trained)
    for word in set(trained):
        encoder.encode(pa.table({"c": [word]}))


def test_a_model_file_from_before_spellings_were_kept_is_read() -> None:
    stored = {"name": "c", "kind": "category", "categories": ["007"], "missing": []}
    assert Column.from_dict(stored).met == ()
    assert Column.from_dict(stored).to_dict() == stored  # a model must be as it would be written


def test_stored_spellings_must_be_words() -> None:
    with pytest.raises(ScarceError) as caught:
        Column.from_dict({"name": "c", "kind": "category", "met": [7]})
    assert caught.value.message.endswith("the met of column 'c' are not words")
