"""One decision of what a number, a date and a truth value is, whatever stands beside it and whoever asks."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.campaign import share
from tests.data import number_reference as reference

from scarce.data.cells.number_columns import as_plain_numbers
from scarce.data.cells.text import numbers, timestamps, typed
from scarce.data.dataset import Dataset
from scarce.data.encoding import Encoder
from scarce.data.files.reading import from_dataframe
from scarce.errors import ScarceError
from scarce.number_grammar import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.data.table import Table

WORDS = """
0xFFFFFFFFFFFFFFFF 0x10 0XfF -0x1 nan(1) +nan nan -nan NaN inf +inf -Infinity INF infinit 1_000 0o17
0b101 １２ ٣ 1f 1d 1.5f 1e5 1E+5 1e-5 1e 1e+ e5 +5 -5 .5 5. 5.e3 . + - +. 1e999 -1e999 1e-999 -0 0
-0.0 007 +007 -00.5 00.5 1.2.3 1,5 1'000 1e5e5 --5 +-5 5+ 5- 1- ½ ² 1² $5 5% 0.1 9223372036854775807
9223372036854775808 -9223372036854775808 -9223372036854775809 1e1.5 1/2 18446744073709551615 Inf
infinity infinityx true NA ? null 2024
"""
NUMBERS = (
    *WORDS.split(),
    *(" 12 ", "\u00a07", "\t8", "1 2", "- 5", "1" * 400, "0" * 400 + "1", "0." + "3" * 400, "", "x"),
)
DATES = (
    "2024-01-31",
    "0001-01-01",
    "9999-12-31",
    "2024-02-29",
    "2023-02-29",
    "1900-02-29",
    "2000-02-29",
    "2024-04-31",
    "2024-13-01",
    "2024-00-10",
    "2024-01-00",
    "03-04-2015",
    "01-02-03",
    "12-25-2015",
    "2015-25-12",
    "20240131",
    "2024/01/31",
    "2024-1-5",
    "2024-01",
    "2024-W05-3",
    "2024-031",
    "+2024-01-31",
    "10:30:00",
    "2024-01-31 10",
    "2024-01-31T10:11",
    "2024-01-31t10:11",
    "2024-01-31 10:11:12",
    "2024-01-31 10:11:12.5",
    "2024-01-31 10:11:12.123456",
    "2024-01-31 10:11:12.1234567",
    "2024-01-31 10:11:12,5",
    "2024-01-31 24:00",
    "2024-01-31 23:60",
    "2024-01-31 23:59:60",
    "2024-01-31  10:11",
    "2024-01-31Z",
    "2024-01-31T10:11Z",
    "2024-01-31T10:11z",
    "2024-01-31T10:11+02",
    "2024-01-31T10:11-0230",
    "2024-01-31T10:11+02:00",
    "2024-01-31T10:11+24:00",
    "2024-01-31T10:11+02:60",
    "2024-01-31T10:11 +02:00",
    "2024-01-31T10:11 UTC",
    "２024-01-31",
)
CELLS = st.one_of(
    st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=3),
    st.lists(st.sampled_from(DATES), min_size=1, max_size=3),
    st.lists(st.sampled_from(("true", "False", "TRUE", " true", "yes", "1", "t")), min_size=1, max_size=3),
    st.lists(st.text("0123456789+-.eE", max_size=6), min_size=1, max_size=3),
    st.lists(st.text("0123456789+-.eExXnaifty_ :TZ", max_size=12), min_size=1, max_size=3),
)


def found(values: list[str | None]) -> tuple[str, list[object]]:
    column = typed(pa.chunked_array([pa.array(values, pa.string())])).values
    return str(column.type), column.to_pylist()


def assert_alike(ours: tuple[str, list[object]], wanted: tuple[str, list[object]]) -> None:
    assert ours[0] == wanted[0]
    assert list(map(repr, ours[1])) == list(map(repr, wanted[1]))  # -0.0 is not 0.0


@pytest.mark.campaign
@settings(
    max_examples=share(10_000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=CELLS, order=st.randoms(use_true_random=False), gap=st.sampled_from(["NA", "", None, "?"]))
@example(values=["0xFFFFFFFFFFFFFFFF"], order=None, gap="NA")
@example(values=["nan(1)", "1.5"], order=None, gap="NA")
def test_a_column_is_what_the_grammar_says_in_any_order_and_with_a_gap(
    values: list[str], order: object, gap: str | None, tally: Callable[[str, int], None]
) -> None:
    tally("files", 1)
    assert_alike(found(values), reference.column(values))
    mixed = [*values, gap]
    if order is not None:
        order.shuffle(mixed)
    assert_alike(found(mixed), reference.column(mixed))
    if any(value.strip().lower() not in reference.MISSING for value in values):
        assert found(mixed)[0] == found(values)[0]


@pytest.mark.parametrize("word", [*NUMBERS, *DATES], ids=lambda word: repr(word[:30]))
def test_each_word_alone_and_beside_others_is_what_the_grammar_says(word: str) -> None:
    for beside in ([], ["NA"], ["1"], ["1.5"], ["-2", "NA"], ["true"], ["2024-01-31"], ["2024-01-31T10:11Z"]):
        for values in itertools.permutations([word, *beside]):
            assert_alike(found(list(values)), reference.column(list(values)))


def test_the_quick_way_agrees_with_the_grammar_on_every_short_word() -> None:
    words = ["".join(letters) for n in range(1, 6) for letters in itertools.product("01+-.e", repeat=n)]
    for word in words:
        quick = as_plain_numbers(pa.chunked_array([pa.array([word])]))
        wanted = reference.number(word)
        assert number(word) == wanted
        if quick is not None:
            assert repr(float(quick[0].as_py())) == repr(
                wanted + 0.0 if reference.is_integer(word) else wanted
            )


def test_a_slice_with_gaps_is_read_as_its_rows() -> None:
    whole = pa.chunked_array([pa.array(["x", "1.5", None, "-2", "3", "y"]), pa.array(["z", "4"])])
    part = pa.chunked_array([whole.chunk(0).slice(1, 4), whole.chunk(1).slice(1)])
    assert typed(part).values.to_pylist() == [1.5, None, -2.0, 3.0, 4.0]
    assert typed(pa.chunked_array([pa.array(["x", "00.5"]).slice(1)])).quirk.kind == "zeros"


def number_or_gap(word: str) -> float | None:
    """Return what the reference reads in a word: a number, NaN for a gap, None for anything else."""
    plain = word.strip()
    return math.nan if plain.lower() in reference.MISSING else reference.number(plain)


def used_as_a_number(word: str) -> tuple[tuple[np.ndarray, np.ndarray], Encoder, Table]:
    """Return a word read among others, an encoder of numbers, and a table with the word and a number."""
    column = pa.chunked_array([pa.array([word, "stray"])]).slice(0, 1)
    encoder = Encoder.fit(pa.table({"x": [1.5, 2.5]}))
    return numbers(column), encoder, from_dataframe(pa.table({"x": [word, "1.5"], "y": ["a", "b"]}))


@pytest.mark.parametrize(
    "word", [word for word in NUMBERS if number_or_gap(word) is None], ids=lambda word: repr(word[:30])
)
def test_what_is_no_number_is_none_at_prediction_and_as_a_cost_a_weight_a_time_and_a_label(word: str) -> None:
    (_, wrong), encoder, table = used_as_a_number(word)
    assert wrong.tolist() == [0]
    kind, values = reference.column([word.strip(), "1.5"])
    for act in (lambda: encoder.encode(table), lambda: encoder.encode(pa.table({"x": [word]}))):
        with pytest.raises(ScarceError) as caught:
            act()
        assert caught.value.code in ("E442", "E150" if kind == "double" else "")
    if kind == "double":
        np.testing.assert_array_equal(table.numbers("x"), values)
    else:
        with pytest.raises(ScarceError) as caught:
            table.numbers("x")
        assert caught.value.code in ("E131", "E149" if "%" in word else "E113", "E167" if "," in word else "")


@pytest.mark.parametrize(
    "word", [word for word in NUMBERS if number_or_gap(word) is not None], ids=lambda word: repr(word[:30])
)
def test_a_number_is_the_same_at_prediction_and_as_a_cost_a_weight_a_time_and_a_label(word: str) -> None:
    """What trained as a number, and what must be one, is read by the same grammar."""
    wanted = number_or_gap(word)
    (values, wrong), encoder, table = used_as_a_number(word)
    assert wrong.tolist() == []
    seen = math.nan if math.isinf(wanted) else wanted
    np.testing.assert_array_equal(encoder.encode(table)[:, 0], [seen, 1.5])
    np.testing.assert_array_equal(encoder.encode(pa.table({"x": [word]}))[:, 0], [seen])
    np.testing.assert_array_equal(table.numbers("x"), [wanted, 1.5])
    np.testing.assert_array_equal(values.to_numpy(), [wanted])


@pytest.mark.parametrize("role", ["cost", "weight", "time"])
@pytest.mark.parametrize("word", ["0x10", "nan(1)", "1_0", "１２"])
def test_what_is_no_number_is_refused_in_every_role(role: str, word: str) -> None:
    table = pa.table({"a": [1.5, 2.5, 3.5, 4.5], "r": ["1", "2", word, "3"], "y": [0, 1, 0, 0]})
    roles = {"cost": {"cost": "fn=r,fp=1"}, "weight": {"weight": "r"}, "time": {"time": "r"}}[role]
    with pytest.raises(ScarceError) as caught:
        Dataset.prepare(table, "y", **roles)
    assert caught.value.code in ("E131", "E142")
    assert "row 3" in caught.value.message


@pytest.mark.parametrize("positive", ["1_0", "１０", "0xA", "nan"])
def test_a_positive_label_is_a_number_by_the_same_grammar(positive: str) -> None:
    table = pa.table({"a": [1.5, 2.5, 3.5, 4.5], "y": [10, 1, 10, 1]})
    assert Dataset.prepare(table, "y", positive="1e1").labels == ("1", "10")
    with pytest.raises(ScarceError) as caught:
        Dataset.prepare(table, "y", positive=positive)
    assert caught.value.code == "E136"


def test_labels_that_look_like_numbers_to_others_are_words() -> None:
    table = pa.table({"a": [1.5, 2.5, 3.5], "y": ["0x1", "0x01", "0x01"]})
    assert Dataset.prepare(table, "y").labels == ("0x01", "0x1")


def test_dates_at_prediction_name_the_first_that_does_not_fit() -> None:
    def bad(*values: str) -> list[int]:
        return timestamps(pa.chunked_array([pa.array(values)]))[1].tolist()

    assert bad("2024-01-31", "NA") == []
    assert bad("2024-01-31T10:00Z", "2024-01-31T10:00+02") == []
    assert bad("2024-01-31", "2023-02-29", "soon") == [1, 2]
    assert bad("?", "2024-01-31", "2024-01-31T10:00Z") == [2]
    assert bad("2024-01-31T10:00Z", "2024-01-31", "2024-01-31T10:00Z") == [1]


def test_a_date_beyond_the_years_of_python_can_be_shown() -> None:
    encoder = Encoder.fit(pa.table({"x": [1.5, 2.5]}))
    far = pa.array([2**62], pa.timestamp("us"))
    with pytest.raises(ScarceError) as caught:
        encoder.encode(pa.table({"x": far}))
    assert caught.value.code == "E442"
    with pytest.raises(ScarceError) as caught:
        from_dataframe(pa.table({"x": far})).numbers("x")
    assert caught.value.code == "E131"
    assert caught.value.values["value"] == "148108-07-06 14:00:27.387904"


@pytest.mark.parametrize("unit", ["s", "ms"])
@pytest.mark.parametrize("far", [2**60, -(2**60)], ids=str)
def test_a_date_that_no_microsecond_counts_is_refused(far: int, unit: str) -> None:
    with pytest.raises(ScarceError) as caught:
        from_dataframe(pa.table({"v": pa.array([far, None, 0], pa.timestamp(unit))}))
    assert caught.value.two_lines() == (
        "error[E128]: column 'v' of the dataframe holds a date too far out to be counted in microseconds\n"
        "hint: leave the field empty where there is no date, or write the year as a number"
    )


@pytest.mark.parametrize(
    "kind", [pa.date32(), pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("ns")], ids=str
)
def test_dates_of_any_unit_are_counted_in_microseconds(kind: pa.DataType) -> None:
    day = pa.array(["2024-01-31", None]).cast(pa.date32())
    column = from_dataframe(pa.table({"v": day.cast(pa.timestamp("us")).cast(kind)})).column("v")
    assert column.equals(pa.chunked_array([day.cast(pa.timestamp("us"))]))
    nanosecond = pa.table({"v": pa.array([1_999], pa.timestamp("ns"))})
    assert from_dataframe(nanosecond).column("v").cast(pa.int64()).to_pylist() == [1]


def test_a_day_far_out_is_refused_too() -> None:
    with pytest.raises(ScarceError) as caught:
        from_dataframe(pa.table({"v": pa.array([2**31 - 1], pa.date32())}))
    assert caught.value.code == "E128"


NESTED = {
    "intervals": pd.cut(range(60), 3),
    "intervals as such": pd.arrays.IntervalArray.from_breaks(range(61)),
    "lists": pd.Series([[1, 2]] * 60),
}


@pytest.mark.parametrize("case", NESTED, ids=str)
def test_a_dataframe_of_values_with_parts_is_refused(case: str) -> None:
    with pytest.raises(ScarceError) as caught:
        from_dataframe(pd.DataFrame({"v": NESTED[case]}))
    assert caught.value.code == "E119"


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), "dictionary"], ids=str)
@pytest.mark.parametrize("bad", [b"a\xff", b"\xc3", b"\xed\xa0\x80"], ids=repr)
def test_text_of_a_dataframe_that_is_not_utf8_is_named_by_its_row(
    kind: pa.DataType | str, bad: bytes
) -> None:
    text = pa.array([b"a", None, bad, bad], pa.binary()).view(pa.string())
    text = text.dictionary_encode() if kind == "dictionary" else text.cast(kind)
    with pytest.raises(ScarceError) as caught:
        from_dataframe(pa.table({"v": text}))
    assert caught.value.two_lines() == (
        f"error[E126]: row 3 of the dataframe holds {bad!r} in column 'v', which is no character of a text\n"
        "hint: the file is damaged: export it again as UTF-8"
    )
    with pytest.raises(ScarceError) as caught:
        Encoder.fit(pa.table({"v": ["a"] * 10})).encode(pa.table({"v": text}))
    assert caught.value.code == "E126"


FIRST_DAY = "2024-01-01"
DATES_WRITTEN = [
    "1899-12-31",
    "2024-01-01 10:00:00",
    "2024-01-01 00:00:00.500000",
    "0000-01-01",
]


@pytest.mark.parametrize("other", DATES_WRITTEN)
def test_labels_that_are_dates_are_shown_as_written(other: str) -> None:
    words = [FIRST_DAY] * 5 + [other]
    for column in (pa.array(words), pa.array(words).cast(pa.timestamp("us"))):
        dataset = Dataset.prepare(pa.table({"x": np.arange(6) / 7, "y": column}), "y")
        assert dataset.labels == (FIRST_DAY, other)


def test_a_label_may_be_a_date_beyond_the_years_of_others() -> None:
    far = pa.array([0] * 5 + [2**62], pa.timestamp("us"))
    dataset = Dataset.prepare(pa.table({"x": np.arange(6) / 7, "y": far}), "y")
    assert dataset.labels == ("1970-01-01", "148108-07-06 14:00:27.387904")


@pytest.mark.parametrize(
    ("words", "value"),
    [(["true", "false"], "true"), (["2024-01-01", "2024-01-02"], "2024-01-01"), (["1", "x"], "x")],
    ids=str,
)
def test_what_stands_among_numbers_is_shown_as_written(words: list[str], value: str) -> None:
    with pytest.raises(ScarceError) as caught:
        from_dataframe(pa.table({"c": words})).numbers("c")
    assert (caught.value.code, caught.value.values["value"]) == ("E131", value)
