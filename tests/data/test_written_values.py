"""Numbers and dates as people write them: what each is read as, what is refused, and what settles it."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scarce.data.cells.date_notation import FORMATS, NAMED, NUMERIC, SHORT, DateNotation
from scarce.data.cells.notations import Cells
from scarce.data.cells.number_notation import NumberNotation
from scarce.data.dataset import Dataset
from scarce.data.encoding import Encoder
from scarce.data.files.reading import from_dataframe
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from scarce.data.table import Table


def table(words: list[str | None], cells: Cells | None = None, **others: list[object]) -> Table:
    columns = {"x": pa.array(words, pa.string()), **others}
    return from_dataframe(pa.table(columns), "t.csv", cells=cells or Cells())


def values(*words: str | None, cells: Cells | None = None) -> list[object]:
    return table(list(words), cells).data.column("x").to_pylist()


def kind_of_quirk(*words: str) -> str | None:
    found = table(list(words))
    assert pa.types.is_string(found.data.column("x").type)
    return found.quirks["x"].kind if "x" in found.quirks else None


def refusal(words: list[str], cells: Cells | None = None, **roles: object) -> ScarceError:
    y = [int(row == 0) for row in range(len(words))]
    given_table = table(words, cells, z=[row / 7 for row in range(len(words))], y=y)
    with pytest.raises(ScarceError) as caught:
        Dataset.prepare(given_table, "y", positive="1", **roles)
    return caught.value


READ = {
    "dollars": (["$71.06", "$1,234.50", "$5"], [71.06, 1234.5, 5.0]),
    "euros": (["71,06 EUR", "EUR 1.200,50", "3 EUR"], [71.06, 1200.5, 3.0]),
    "a sign of its own": (["€ 1.200,50", "€ 3,1"], [1200.5, 3.1]),
    "yen": (["¥1,234,567", "¥5"], [1234567, 5]),
    "reais": (["R$ 1.234,50", "R$ 7,00"], [1234.5, 7.0]),
    "per cent": (["3%", "12.5%", "0"], [0.03, 0.125, 0.0]),
    "per cent, comma, blank": (["3 %", "12,5 %"], [0.03, 0.125]),
    "a decimal comma": (["12,5", "3", "-0,25"], [12.5, 3.0, -0.25]),
    "thousands by commas": (["1,234,567", "89", "-1,000"], [1234567, 89, -1000]),
    "thousands by points": (["1.234.567", "89"], [1234567, 89]),
    "thousands by blanks": (["1 234 567,5", "89"], [1234567.5, 89.0]),
    "thousands by narrow blanks": (["1\u202f234", "1\u00a0234\u00a0567"], [1234, 1234567]),
    "thousands by apostrophes": (["1'234.50", "1\u2019234\u2019567"], [1234.5, 1234567.0]),
    "lakhs": (["12,34,567.50", "1,00,000"], [1234567.5, 100000.0]),
    "brackets": (["(12.50)", "3.10"], [-12.5, 3.1]),
    "brackets and a currency": (["$(12.50)", "($3.10)", "$ (1.00)", "$4"], [-12.5, -3.1, -1.0, 4.0]),
    "signs around a currency": (["-$5.25", "$-6.25", "+$7.25"], [-5.25, -6.25, 7.25]),
    "an exponent": (["1,5e3", "2,25"], [1500.0, 2.25]),
    "gaps": (["$5.50", "N/A", None, "-"], [5.5, None, None, None]),
    "one comma that only parts decimals": (["1,234", "12,5"], [1.234, 12.5]),
    "four digits before the comma": (["1234,567", "1,500"], [1234.567, 1.5]),
    "a zero before the comma": (["0,123", "4,567"], [0.123, 4.567]),
}


@pytest.mark.parametrize("case", READ)
def test_numbers_are_read_as_written(case: str) -> None:
    words, wanted = READ[case]
    for order in itertools.islice(itertools.permutations(range(len(words))), 6):
        assert values(*(words[i] for i in order)) == [wanted[i] for i in order]


WORDS = {
    "brackets around all": ["(1)", "(2)"],
    "brackets beside a minus": ["(12.50)", "-3.10"],
    "groups of other lengths": ["1,23", "1.2.3"],
    "a leading zero": ["01,50", "1,25"],
    "two signs": ["--5,1", "2,5"],
    "half a bracket": ["($5", "$6"],
    "an address": ["192.168.1.1", "10.0.0.1"],
    "a blank after a minus": ["- 5", "6,5"],
    "a word of three letters": ["5 MIN", "6 MIN"],
}


@pytest.mark.parametrize("case", WORDS)
def test_what_is_no_number_however_written_stays_text(case: str) -> None:
    words = WORDS[case]
    assert values(*words) == words


WAYS = [
    NumberNotation(decimal, thousands, unit, brackets)
    for decimal in ".,"
    for thousands in ("", ",", ".", " ", "'")
    if decimal != thousands
    for unit in ("", "$", "EUR", "kr", "%")
    for brackets in (False, True)
    if not (unit == "%" and thousands)
]


def written(number: float, way: NumberNotation) -> str:
    """Write a number of two decimals in some way, by Python's own grouping."""
    text = f"{abs(number):{',' if way.thousands else ''}.2f}"
    text = text.replace(",", "T").replace(".", way.decimal).replace("T", way.thousands)
    if way.unit == "%":
        text += way.unit
    elif way.unit:
        text = f"{way.unit}{text}" if len(way.unit) == 1 else f"{text} {way.unit}"
    minus = number < 0
    return f"({text})" if minus and way.brackets else f"{'-' * minus}{text}"


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.lists(st.integers(-(10**9), 10**9), min_size=4, max_size=8),
    way=st.sampled_from(WAYS),
)
def test_numbers_written_in_any_way_are_read_back_equal(numbers: list[int], way: NumberNotation) -> None:
    numbers = [*numbers, 5, 123456789, -250]
    words = [written(number / 100, way) for number in numbers]
    scale = 10_000 if way.unit == "%" else 100
    assert values(*words) == [number / scale for number in numbers]
    again = NumberNotation(**way.to_dict()).read(pa.array(words))
    assert again[0].to_pylist() == [number / scale for number in numbers]
    assert not again[1].any()


@pytest.mark.parametrize("way", WAYS, ids=repr)
def test_a_way_of_writing_reads_no_number_with_its_marks_exchanged(way: NumberNotation) -> None:
    other = NumberNotation("," if way.decimal == "." else ".", way.thousands, way.unit)
    if other.decimal == other.thousands:
        other = NumberNotation(other.decimal, way.decimal, way.unit)
    read, wrong = way.read(pa.array([written(12345.25, other)]))
    assert wrong.tolist() == [True]
    assert read.to_pylist() == [None]


def test_a_comma_that_may_be_either_is_refused_with_what_each_would_do() -> None:
    error = refusal(["1,234", "5,678", "9"])
    assert error.two_lines() == (
        "error[E113]: column 'x' holds numbers such as '1,234' in row 1 of t.csv, whose mark may be that of "
        "decimals or of thousands\n"
        "hint: --decimal , reads it as 1.234, --decimal . reads it as 1234; --drop x leaves the column out"
    )
    assert values("1,234", "5,678", "9", cells=Cells.of(",")) == [1.234, 5.678, 9.0]
    assert values("1,234", "5,678", "9", cells=Cells.of(".")) == [1234, 5678, 9]


def test_what_the_values_say_counts_more_than_the_option() -> None:
    assert values("1,5", "2,25", cells=Cells.of(".")) == [1.5, 2.25]
    assert values("1.5", "2.25", cells=Cells.of(",")) == [1.5, 2.25]
    assert values("1.234", "22.345", cells=Cells.of(",")) == [1234, 22345]
    assert values("1.234", "22.345") == [1.234, 22.345]


def test_many_numbers_of_which_only_the_large_ones_have_a_comma_are_thousands() -> None:
    numbers = [*range(1, 900, 9), *range(1000, 900_000, 9_001)]
    assert values(*(f"{number:,}" for number in numbers)) == numbers
    assert kind_of_quirk(*(f"{number:,}" for number in numbers if number >= 1000)) == "comma"
    assert kind_of_quirk(*(f"{number:,}" for number in numbers[:120])) == "comma"  # 20 with a comma: too few


def test_points_that_may_part_thousands_are_told() -> None:
    told = [note for note in table(["1.234", "56", "22.345"]).notes if note.startswith("W152")]
    assert told == [
        "W152: column 'x': 1.234 is read with a decimal point, though three digits follow every point; "
        "where the point parts thousands, say --decimal ,"
    ]
    for words in (["1.234", "5.6"], ["1.234", "5678"], ["0.123", "5"], ["1.234", "5.678"], ["1", "2"]):
        assert not table(words).notes


def test_points_before_three_digits_are_told_where_another_column_has_decimal_commas() -> None:
    """Where one column says 1.234,50, the 2.768 of another are hardly two and three quarters."""
    words = [f"{number}.{number + 100}" for number in range(1, 60)]
    assert not any("W152" in note for note in table(words, z=words).notes)
    prices = pa.array([f"{number},50" for number in range(1, 60)])
    assert any(note.startswith("W152: column 'x': 1.101 is") for note in table(words, z=prices).notes)


def test_amounts_in_two_currencies_are_refused() -> None:
    assert refusal(["$5", "€7"]).two_lines() == (
        "error[E149]: column 'x' holds numbers in several units ($ and €), as '€7' in row 2 of t.csv\n"
        "hint: bring them to one unit; --keep x takes the column as categories, --drop x leaves it out"
    )
    assert refusal(["3%", "0.03"]).code == "E149"
    assert values("3%", "0") == [0.03, 0.0]


def test_what_was_read_is_told_with_its_columns_and_counts() -> None:
    found = from_dataframe(
        pa.table({"a": ["$1.50", "$2", None], "b": ["3%", "4%", "5%"], "c": ["31.12.2024", "1.2.2024", None]})
    )
    assert found.notes == (
        "W150: read as numbers: 'a' as $1,234.50 (2 values), 'b' as 12.5% (3 values); 3% is .03, (5) is -5; "
        "later data must be written alike",
        "W151: read as dates: 'c' as DD.MM.YYYY (2 values); later data must be written alike",
    )


DAYS = [date(2023, 1, 1) + timedelta(days=17 * step) for step in range(60)]
SPELLED = {
    "YYYY": "%Y",
    "YY": "%y",
    "MM": "%m",
    "DD": "%d",
    "Mon": "%b",
}


def as_written(day: date, form: str) -> str:
    for piece, code in SPELLED.items():
        form = form.replace(piece, code)
    return day.strftime(form)


@pytest.mark.parametrize("clock", ["", " %H:%M", " %H:%M:%S", "T%H:%M", " %I:%M %p"])
@pytest.mark.parametrize("form", FORMATS)
def test_dates_written_in_any_order_are_read_back_equal(form: str, clock: str) -> None:
    moments = [datetime(*day.timetuple()[:3], step % 24 * bool(clock)) for step, day in enumerate(DAYS)]
    words = [as_written(moment, form) + moment.strftime(clock) for moment in moments]
    cells = Cells.of(date_format=form if form in SHORT else None)
    found = table(words, cells)
    assert found.data.column("x").to_pylist() == moments
    iso = form == "YYYY-MM-DD" and "%p" not in clock
    assert found.cells.columns == ({} if iso else {"x": DateNotation(form)})


def test_more_ways_to_write_a_month_as_a_word() -> None:
    assert values("5 Jan 2024", "12 March 2024") == [datetime(2024, 1, 5), datetime(2024, 3, 12)]
    assert values("5-JAN-2024", "1st Sept 2024") == [datetime(2024, 1, 5), datetime(2024, 9, 1)]
    assert values("Jan 5, 2024", "December 31 2024") == [datetime(2024, 1, 5), datetime(2024, 12, 31)]


@pytest.mark.parametrize("mark", "/-.")
def test_a_day_past_the_twelfth_decides_the_order(mark: str) -> None:
    first, second = (f"01{mark}02{mark}2024", f"25{mark}12{mark}2024")
    assert values(first, second) == [datetime(2024, 2, 1), datetime(2024, 12, 25)]
    assert values(f"12{mark}25{mark}2024", first) == [datetime(2024, 12, 25), datetime(2024, 1, 2)]


def test_dates_whose_order_nothing_tells_are_refused_with_what_each_would_do() -> None:
    assert refusal(["01/02/2024", "03/04/2024"]).two_lines() == (
        "error[E148]: column 'x' holds dates such as '01/02/2024' in row 1 of t.csv, whose day and month "
        "cannot be told apart\n"
        "hint: --date-format DD/MM/YYYY reads 01/02/2024 as 01 Feb 2024, --date-format MM/DD/YYYY reads "
        "01/02/2024 as 02 Jan 2024; --keep x takes the column as categories, --drop x leaves it out"
    )
    assert refusal(["01/02/2024", "03/04/2024"], time="x").code == "E148"
    assert refusal(["1/2/24", "13/12/24"]).code == "E148"
    for form, first in (("DD/MM/YYYY", datetime(2024, 2, 1)), ("MM/DD/YYYY", datetime(2024, 1, 2))):
        assert values("01/02/2024", "03/04/2024", cells=Cells.of(date_format=form))[0] == first
    assert values("01.02.2024") == [datetime(2024, 2, 1)]  # nobody writes the month first with points


def test_dates_in_both_orders_are_refused_at_the_first_that_does_not_fit() -> None:
    assert refusal(["25/12/2024", "12/25/2024"]).two_lines() == (
        "error[E151]: column 'x' holds dates with the day first and others with the month first: row 2 of "
        "t.csv holds '12/25/2024'\n"
        "hint: write all of them in one order; --keep x takes the column as categories, --drop x leaves "
        "it out"
    )


@pytest.mark.parametrize(
    "word", ["30/02/2024", "31/04/2024", "00/01/2024", "29/02/2023", "1/1/2024 24:00", "1/1/2024 13:00 PM"]
)
def test_a_day_that_does_not_exist_is_no_date(word: str) -> None:
    assert values(word, "25/12/2024") == [word, "25/12/2024"]


def test_words_for_missing_are_missing_in_every_column() -> None:
    frame = pa.table(
        {
            "state": ["unknown", "NY", "-"],
            "age": ["31", "Unknown", "-999"],
            "typed": [1, -999, 3],
            "share": [-999.0, 0.5, 1.0],
        }
    )
    found = from_dataframe(frame, cells=Cells.of(missing="unknown,-,-999"))
    assert found.data.to_pydict() == {
        "state": [None, "NY", None],
        "age": [31, None, None],
        "typed": [1, None, 3],
        "share": [None, 0.5, 1.0],
    }
    assert set(found.missing_tokens) == {"state", "age", "typed", "share"}
    assert from_dataframe(frame, cells=Cells.of(missing=["unknown", "-", -999])).data.equals(found.data)
    assert not any(note.startswith("W153") for note in found.notes)


@pytest.mark.parametrize(
    ("cells", "option"),
    [
        (Cells.of(missing="unknwn"), "--missing unknwn"),
        (Cells.of(","), "--decimal ,"),
        (Cells.of(date_format="DD/MM/YYYY"), "--date-format DD/MM/YYYY"),
    ],
    ids=["missing", "decimal", "date_format"],
)
def test_what_changes_nothing_is_told(cells: Cells, option: str) -> None:
    told = [note for note in table(["1.5", "unknown"], cells).notes if note.startswith("W153")]
    assert told == [
        f"W153: {option} changes nothing in this table; leave it out, or look how the table is written"
    ]


@pytest.mark.parametrize("said", [{"decimal": ";"}, {"date_format": "%d/%m/%Y"}], ids=str)
def test_what_no_cell_can_be_written_like_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(ScarceError) as caught:
        Cells.of(**said)
    assert caught.value.code == "E204"
    assert "--" + next(iter(said)).replace("_", "-") in caught.value.message


@pytest.mark.parametrize(
    "form", ["{year}-{month:02}-{day:02}", "{day}.{month}.{year}", "{month}/{day}/{year} 08:15"]
)
@pytest.mark.parametrize("stray", ["0000-00-00", "open", "00/00/0000"])
def test_dates_with_a_stray_word_are_refused_however_written(form: str, stray: str) -> None:
    values = [form.format(year=2024, month=1 + n % 12, day=1 + n % 28) for n in range(99)]
    error = refusal([*values, stray])
    assert error.code == "E122"
    assert f"is a date in 99 % of its rows, but row 100 of t.csv holds '{stray}'" in error.message
    assert f"; --missing {stray} says that it means missing" in error.hint
    read = table([*values, stray], Cells.of(missing=(stray,))).data.column(0)
    assert (pa.types.is_timestamp(read.type), read.null_count) == (True, 1)


def test_numbers_with_a_stray_word_are_refused_however_written() -> None:
    error = refusal([f"${number}.50" for number in range(99)] + ["call us"])
    assert error.code == "E122"
    assert "99 % of its rows, but row 100 of t.csv holds 'call us'" in error.message
    assert "; --missing 'call us' says that it means missing" in error.hint


def test_numbers_with_two_marks_of_decimals_are_refused_and_not_left_out_as_text() -> None:
    """Two files of two countries, say: no single way of writing reads both."""
    error = refusal([f"{number},5" for number in range(60)] + [f"{number}.25" for number in range(40)])
    assert error.code == "E167"
    assert "'0,5', but '0.25' in row 61 of t.csv" in error.message


@pytest.mark.parametrize("words", [("1,965e+02", "2,5"), ("1,965e+02", "1,234")])
def test_a_comma_before_an_exponent_parts_no_thousands(words: tuple[str, ...]) -> None:
    assert values(*words)[0] == 196.5


@pytest.mark.parametrize("word", ["#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#N/A"])
def test_what_a_spreadsheet_could_not_compute_is_missing(word: str) -> None:
    assert values("1.5", word, "3") == [1.5, None, 3.0]


ROWS = [f"{row % 28 + 1:02}.{row % 12 + 1:02}.2024 {row % 24}:30" for row in range(60)]
TRAINED = pa.table(
    {
        "amount": [f"{row},50 EUR" for row in range(60)],
        "rate": [f"{row}%" for row in range(60)],
        "when": ROWS,
        "plain": [str(row / 4) for row in range(60)],
        "state": ["NY", "unknown"] * 30,
    }
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    learnt = Encoder.fit(from_dataframe(TRAINED, cells=Cells.of(missing="unknown")))
    return Encoder.from_dict(learnt.to_dict())


def later(encoder: Encoder, **changed: str) -> list[pa.Table | Table]:
    """Return a row as a raw table, and as it is read for a model."""
    row = {
        name: column[20].as_py() for name, column in zip(TRAINED.column_names, TRAINED.columns, strict=True)
    }
    raw = pa.table({name: [changed.get(name, value)] for name, value in row.items()})
    return [raw, from_dataframe(raw, "new.csv", encoder.text_columns, encoder.cells_of_later_data)]


def test_a_single_row_means_later_what_it_meant_at_training(encoder: Encoder) -> None:
    wanted = encoder.encode(from_dataframe(TRAINED, cells=Cells.of(missing="unknown")))
    for form in later(encoder):
        np.testing.assert_array_equal(encoder.encode(form), wanted[20:21])
    for form in later(encoder, amount="1.234 EUR", when="01.02.2024", state="unknown"):
        found = dict(zip(encoder.feature_names, encoder.encode(form)[0], strict=True))
        assert found["amount"] == 1234.0
        assert found["when.seconds"] == datetime(2024, 2, 1).timestamp() - datetime(1970, 1, 1).timestamp()
        assert np.isnan(found["state"])


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("amount", "71.06 EUR", "E150"),
        ("amount", "$71", "E150"),
        ("amount", "soon", "E150"),
        ("rate", "5", "E150"),
        ("when", "12/25/2024", "E150"),
        ("when", "2024-12-25", "E150"),
        ("plain", "1,234", "E442"),
        ("plain", "$5", "E442"),
        ("plain", "3%", "E442"),
    ],
)
def test_what_is_written_otherwise_later_is_refused(
    encoder: Encoder, column: str, value: str, code: str
) -> None:
    for form in later(encoder, **{column: value}):
        with pytest.raises(ScarceError) as caught:
            encoder.encode(form)
        assert caught.value.code == code
        assert f"holds {value!r}" in caught.value.message


def test_a_table_read_without_the_model_is_refused_where_its_unit_is_another(encoder: Encoder) -> None:
    for column, words in (("amount", ["$5.50"] * 60), ("plain", ["3%"] * 60)):
        other = TRAINED.set_column(TRAINED.column_names.index(column), column, pa.array(words))
        with pytest.raises(ScarceError) as caught:
            encoder.encode(from_dataframe(other, "new.csv"))
        assert caught.value.code == "E150"


def test_a_refusal_counts_the_rows(encoder: Encoder) -> None:
    words = ["71.06 EUR", "3,5 EUR", "$5", None] * 15
    other = TRAINED.set_column(0, "amount", pa.array(words))
    with pytest.raises(ScarceError) as caught:
        encoder.encode(from_dataframe(other, "new.csv", encoder.text_columns, encoder.cells_of_later_data))
    assert caught.value.two_lines() == (
        "error[E150]: column 'amount' was written as 1.234,50 EUR when the model was made, and row 1 of "
        "new.csv holds '71.06 EUR' (30 rows in all)\n"
        "hint: write it as it was, or train again; an empty field is missing"
    )


def test_roles_take_written_numbers_and_dates() -> None:
    frame = {
        "x": ["$1,234.50", "$5", "$6.25", "$7"],
        "w": ["1,5", "2,5", "1", "1"],
        "t": ["25/12/2024", "1/2/2024", "2/2/2024", "3/2/2024"],
        "z": [1.5, 2.5, 3.5, 4.5],
        "y": ["100%", "0%", "0%", "0%"],
    }
    dataset = Dataset.prepare(pa.table(frame), "y", positive="100%", cost="fn=x,fp=1", weight="w", time="t")
    assert dataset.costs.fn.tolist() == [1234.5, 5.0, 6.25, 7.0]
    assert dataset.row_weight.tolist() == [1.5, 2.5, 1.0, 1.0]
    assert dataset.days == 4
    assert (dataset.labels[1], dataset.target.tolist()) == ("1", [1, 0, 0, 0])
    assert set(dataset.cells.columns) == {"x", "w", "t", "y"}


def test_every_order_and_word_is_covered() -> None:
    assert set(FORMATS) == {*NUMERIC, *NAMED, *SHORT}
