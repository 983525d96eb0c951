"""What is read is what was written, whatever the format, the dialect and the name of the file."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scarce.data.files.dialect import records
from scarce.data.files.reading import from_dataframe, read
from scarce.data.files.sniffing import sniff

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [["1", "x, y", "2.5"], ["2", 'he said "no"', ""], ["3", "two\nlines", "-1e-300"]]
HEADER = ["n", "word", "x"]
WANTED = {"n": [1, 2, 3], "word": ["x, y", 'he said "no"', "two\nlines"], "x": [2.5, None, -1e-300]}


def written(rows: list[list[str]], delimiter: str, quoting: int, end: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "macintosh"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_NONNUMERIC, csv.QUOTE_ALL], ids=["words", "all"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"], ids=["comma", "tab", "semicolon", "pipe"])
def test_every_dialect_reads_the_same(delimiter: str, quoting: int, end: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(written([HEADER, *ROWS], delimiter, quoting, end).encode())
    assert read(file).data.to_pydict() == WANTED


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.jsonl.gz", "a.json", "a.parquet"])
def test_every_format_reads_the_same_and_has_the_same_fingerprint(name: str, tmp_path: Path) -> None:
    frame = pd.DataFrame(WANTED)
    file = tmp_path / name
    if name.endswith("parquet"):
        frame.to_parquet(file)
    elif ".csv" in name:
        frame.to_csv(file, index=False)
    else:
        frame.to_json(file, orient="records", lines=".jsonl" in name, double_precision=15)
        text = (gzip.decompress(file.read_bytes()) if name.endswith("gz") else file.read_bytes()).decode()
        text = text.replace("-0.0", "-1e-300")  # pandas writes 15 decimals
        file.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    table = read(file)
    assert table.data.to_pydict() == WANTED
    assert table.fingerprint == from_dataframe(frame).fingerprint


def test_the_fingerprint_sees_values_names_and_order() -> None:
    def of(**columns: list[object]) -> str:
        return from_dataframe(pa.table(columns)).fingerprint

    same = of(a=[1, 2], b=["x", None])
    assert same == of(a=[1.0, 2.0], b=["x", None])
    others = [
        of(a=[2, 1], b=["x", None]),
        of(b=["x", None], a=[1, 2]),
        of(c=[1, 2], b=["x", None]),
        of(a=[1, 2], b=[None, "x"]),
        of(a=[1, 2], b=["x", "x"]),
        of(a=[1, None], b=["x", None]),
        of(a=[1], b=["x"]),
        of(a=[True, False], b=["x", None]),
    ]
    assert len({same, *others}) == len(others) + 1
    assert of(a=["ab", "c"]) != of(a=["a", "bc"])
    assert of(a=[2**53, 2**53 + 1]) != of(a=[2**53, 2**53])


def test_a_slice_has_the_fingerprint_of_its_rows() -> None:
    whole = pa.table({"a": ["x", None, "yy", "z"], "b": [1, 2, 3, 4]})
    assert from_dataframe(whole.slice(1, 2)).fingerprint == from_dataframe(whole.take([1, 2])).fingerprint


@pytest.mark.skipif(os.name == "nt", reason="Windows allows no such names")
@pytest.mark.parametrize(
    "name", ["a[1].csv", "a*.csv", "a?.csv", "it's.csv", 'say "a".csv', "a b;c.csv", "é.csv"]
)
def test_a_file_is_read_under_its_exact_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "a1.csv").write_text("wrong,one\n1,2\n")
    (tmp_path / "ax.csv").write_text("wrong,one\n1,2\n")
    (tmp_path / name).write_text("a,b\n1,2\n")
    assert read(tmp_path / name).names == ["a", "b"]


def test_a_pattern_reads_its_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "2.csv").write_text("b,a\n20,2\n")
    (tmp_path / "1.csv").write_text("a,b\n1,10\n?,11\n")
    table = read(tmp_path / "*.csv")
    assert table.data.to_pydict() == {"a": [1, None, 2], "b": [10, 11, 20]}
    assert table.where(2) == "line 2 of 2.csv"
    assert table.missing_tokens == {"a": ("?",)}


def test_names_that_differ_in_case_only_keep_their_columns(tmp_path: Path) -> None:
    columns = {"a": [1, 2], "A": [3, 4], "A_1": [5, 6]}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    (tmp_path / "a.csv").write_text("a,A,A_1\n1,3,5\n2,4,6\n")
    (tmp_path / "a.jsonl").write_text('{"a":1,"A":3,"A_1":5}\n{"a":2,"A":4,"A_1":6}\n')
    for name in ("a.parquet", "a.csv", "a.jsonl"):
        assert read(tmp_path / name).data.to_pydict() == columns


def test_quotes_in_a_tab_separated_file_may_be_plain_characters(tmp_path: Path) -> None:
    file = tmp_path / "a.tsv"
    file.write_text('label\ttext\nham\t"so what\nspam\ta "b" c\n')
    table = read(file)
    assert table.data.column("text").to_pylist() == ['"so what', 'a "b" c']
    assert table.notes == ("a.tsv: quotes are ordinary characters here",)
    file.write_text("label\ttext\n" + "ham\tx\n" * 300_000 + 'ham\t"so what\n')
    assert read(file).n_rows == 300_001


def test_mixed_line_ends_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b'a,b\r\n1,"x\ny"\n2,z\r\n')
    table = read(file)
    assert table.data.to_pydict() == {"a": [1, 2], "b": ["x\ny", "z"]}


def test_quotes_that_close_are_quotes_although_tabs_would_part_them(tmp_path: Path) -> None:
    file = tmp_path / "a.tsv"
    file.write_text('";"\t";;"\t";\t"\n""\t""\t"\t"\n')
    table = read(file)
    assert table.names == [";", ";;", ";\t"]
    assert table.n_rows == 1
    assert table.notes == ()


def test_quotes_around_every_field_are_quotes_whatever_they_hold(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('";\t","X\t"\n"\t","\t"\n')
    assert read(file).names == [";\t", "X\t"]


def test_a_header_may_hold_delimiters_quotes_and_line_breaks(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('"a,b","c\nd","e""f"\n1,2,3\n')
    assert read(file).data.to_pydict() == {"a,b": [1], "c\nd": [2], 'e"f': [3]}


def test_counted_columns_are_a_header(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("0,1,2,target\n5,6,7,yes\n")
    assert read(file).names == ["0", "1", "2", "target"]


def test_wide_and_long_fields_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    long = "x" * 3_000_000
    file.write_text(f"a,b\n1,{long}\n")
    assert read(file).data.column("b").to_pylist() == [long]
    names = [f"column {i}" for i in range(3000)]
    file.write_text(",".join(names) + "\n" + ",".join("1" * 3000) + "\n")
    assert read(file).names == names


def test_a_caller_s_variables_and_tables_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"a": [1]})
    with pytest.raises(ValueError, match="there is no file frame"):
        read("frame")
    assert len(frame) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_column_named_as_text_stays_text(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("code,n\n10,1\n20,2\n")
    assert read(file, text={"code"}).data.to_pydict() == {"code": ["10", "20"], "n": [1, 2]}


@pytest.mark.parametrize(
    ("values", "kind", "wanted"),
    [
        (["1", "2"], pa.int64(), [1, 2]),
        (["+1", "-2"], pa.int64(), [1, -2]),
        ([" 1", "2 "], pa.int64(), [1, 2]),
        (["1", "2.5"], pa.float64(), [1.0, 2.5]),
        (["1", "?"], pa.int64(), [1, None]),
        (["1.5", "N/A", "null", "NaN"], pa.float64(), [1.5, None, None, None]),
        (["1e3", ".5", "5."], pa.float64(), [1000.0, 0.5, 5.0]),
        (["inf", "-Infinity", "1"], pa.float64(), [np.inf, -np.inf, 1.0]),
        (["True", "false"], pa.bool_(), [True, False]),
        (["TRUE", "na"], pa.bool_(), [True, None]),
        (["yes", "no"], pa.string(), ["yes", "no"]),
        (["red", "N/A"], pa.string(), ["red", "N/A"]),
        (["red", " "], pa.string(), ["red", None]),
        (["007", "12"], pa.string(), ["007", "12"]),
        (["0", "10"], pa.int64(), [0, 10]),
        (["0.5", "00.5"], pa.float64(), [0.5, 0.5]),
        (["9223372036854775807", "1"], pa.int64(), [9223372036854775807, 1]),
        (["9223372036854775808", "1"], pa.string(), ["9223372036854775808", "1"]),
        (["12345678901234567890123", "2"], pa.string(), ["12345678901234567890123", "2"]),
        (["9007199254740993", "1"], pa.int64(), [9007199254740993, 1]),
        (["2024-02-29", "?"], pa.timestamp("us"), [datetime(2024, 2, 29), None]),
        (
            ["2024-02-29 10:11:12", "2023-01-01"],
            pa.timestamp("us"),
            [datetime(2024, 2, 29, 10, 11, 12), datetime(2023, 1, 1)],
        ),
        (["2024-02-29T10:00:00+02:00"], pa.timestamp("us"), [datetime(2024, 2, 29, 8)]),
        (["2023-02-29", "2024-02-29"], pa.string(), ["2023-02-29", "2024-02-29"]),
        (["0x10", "1_000"], pa.string(), ["0x10", "1_000"]),
        (["", ""], pa.float64(), [None, None]),
        (["NA", "?"], pa.float64(), [None, None]),
    ],
    ids=str,
)
def test_a_column_has_one_type_from_all_its_values(
    values: list[str], kind: pa.DataType, wanted: list[object], tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,x\n" + "".join(f"{i},{value}\n" for i, value in enumerate(values)))
    column = read(file).data.column("x")
    assert column.type == kind
    assert column.to_pylist() == wanted


def test_stray_words_among_numbers_are_put_on_record(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    lines = ['"line\nbreak",1.5', *(f"w,{i}.5" for i in range(98)), "w,abc"]
    file.write_text("w,x\n" + "\n".join(lines) + "\n")
    table = read(file)
    quirk = table.quirks["x"]
    assert (quirk.kind, quirk.value, quirk.count, quirk.share) == ("mixed", "abc", 1, 0.99)
    assert table.where(quirk.row) == "line 102"


def test_a_column_of_words_has_no_quirk(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("w,x\n" + "a,1\n" * 8 + "a,b\n" * 2)
    assert read(file).quirks == {}


@pytest.mark.parametrize("value", ["12,512", "1,234"])
def test_numbers_with_a_comma_are_put_on_record(value: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"w;x\na;7\na;{value}\n")
    quirk = read(file).quirks["x"]
    assert (quirk.kind, quirk.row, quirk.value) == ("comma", 1, value)


def test_parquet_types_become_the_five_of_a_table(tmp_path: Path) -> None:
    columns = {
        "small": pa.array([1, None], pa.int8()),
        "unsigned": pa.array([1, 2], pa.uint64()),
        "huge": pa.array([1, 2**63], pa.uint64()),
        "single": pa.array([0.5, 1.5], pa.float32()),
        "money": pa.array([1, 2]).cast(pa.decimal128(21, 2)),
        "category": pa.array(["x", "y"]).dictionary_encode(),
        "day": pa.array([datetime(2024, 1, 1).date(), None]),
        "moment": pa.array([datetime(2024, 1, 1, 12)] * 2, pa.timestamp("ns", "Europe/Berlin")),
        "nothing": pa.nulls(2),
        "digits": pa.array(["1", "2"]),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    kinds = {field.name: str(field.type) for field in read(tmp_path / "a.parquet").data.schema}
    assert kinds == {
        "small": "int64",
        "unsigned": "int64",
        "huge": "double",
        "single": "double",
        "money": "double",
        "category": "string",
        "day": "timestamp[us]",
        "moment": "timestamp[us]",
        "nothing": "double",
        "digits": "int64",
    }


def test_json_values_of_several_kinds_become_text(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"a":1,"b":true}\n{"a":"x","b":null}\n{"b":false}\n')
    table = read(file)
    assert table.data.to_pydict() == {"a": ["1", "x", None], "b": [True, None, False]}
    assert table.where(1) == "line 2"


def test_odd_but_legal_json_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    for content in ('\ufeff{"a":1}\n\n{"a":2}\n', '[{"a":1},{"a":2}]', '[\n {"a": 1},\n {"a": 2}\n]'):
        file.write_text(content, encoding="utf-8")
        assert read(file).data.to_pydict() == {"a": [1, 2]}


def test_a_dataframe_s_words_can_stay_words() -> None:
    frame = pd.DataFrame({"code": ["10", "20"], "n": ["1", "2"]})
    assert from_dataframe(frame, text={"code"}).data.to_pydict() == {"code": ["10", "20"], "n": [1, 2]}


def test_pandas_columns_of_any_kind_are_taken() -> None:
    frame = pd.DataFrame(
        {
            "category": pd.Categorical(["x", "y", None]),
            "nullable": pd.array([1, None, 3], dtype="Int64"),
            "truth": [True, False, True],
            "object": ["1", "2", "?"],
            "when": pd.to_datetime(["2024-01-01", None, "2024-01-03"]),
        },
        index=[7, 8, 9],
    )
    table = from_dataframe(frame)
    assert table.data.to_pydict() == {
        "category": ["x", "y", None],
        "nullable": [1, None, 3],
        "truth": [True, False, True],
        "object": [1, 2, None],
        "when": [datetime(2024, 1, 1), None, datetime(2024, 1, 3)],
    }


def test_the_slow_reader_agrees_with_the_fast_one(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    rng = np.random.default_rng(0)
    words = ["plain", 'a "quoted" one', "with, comma", "two\nlines", ""]
    rows = [[words[i] for i in rng.integers(0, 5, 3)] for _ in range(3000)]
    file.write_bytes(written([["a", "b", "c"], *rows], ",", csv.QUOTE_MINIMAL, "\n").encode())
    dialect = sniff(file, "a.csv")
    slow = [record for _, record in records(file, dialect, "a.csv") if record]
    fast = read(file, text={"a", "b", "c"}).data.to_pydict()
    assert [[value or "" for value in row] for row in zip(*fast.values(), strict=True)] == slow == rows


def test_where_names_the_first_line_of_a_record(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('a,b\n"x\ny",1\n\nz,2\n')
    table = read(file)
    assert [table.where(0), table.where(1)] == ["line 2", "line 5"]


def test_where_names_the_line_of_a_row_of_json_past_what_is_blank(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('\ufeff\n\u00a0\n{"a": 1}\n\n{"a": 2}\n', encoding="utf-8")
    assert [read(file).where(row) for row in (0, 1)] == ["line 3", "line 5"]


def test_json_lines_of_the_demo_keep_every_digit(tmp_path: Path) -> None:
    values = [0.1, 1 / 3, 1e-300, 123456789.123456789]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"x": value, "y": 1}) + "\n" for value in values))
    assert read(tmp_path / "a.jsonl").data.column("x").to_pylist() == values


@pytest.mark.parametrize("kind", [pa.null(), pa.int8(), pa.int64(), pa.uint64(), pa.float32()], ids=str)
def test_a_column_of_no_numbers_is_what_it_is_in_a_csv_file(tmp_path: Path, kind: pa.DataType) -> None:
    (tmp_path / "a.csv").write_text("empty,a\n,1\n,2\n")
    pq.write_table(pa.table({"empty": pa.nulls(2, kind), "a": [1, 2]}), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet").data == read(tmp_path / "a.csv").data
