"""Bad files: each gives its code, the place and what to type, and nothing is read by guess."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scarce.data.files.reading import from_dataframe, read
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from pathlib import Path

NAME_IT = "name how it is written: --encoding NAME"
LETTER = f"{NAME_IT} (cp874 reads '\u0e49', cp1255 reads '\u05d9', cp1250 reads 'é')"
RAGGED = (
    "correct that line, or remove it if it is no row; a field that holds the delimiter needs double quotes "
    "around it"
)
QUOTE = "close the quote, and write a quote inside a quoted field twice"
LONG = "a,b\n" + "1,2\n" * 60_000

BAD_TEXT = {
    "empty file": (
        b"",
        "E103",
        "a.csv holds no rows",
        "give a file with a header and at least one line below it",
    ),
    "blank file": (
        b"\n\n \n",
        "E103",
        "a.csv holds no rows",
        "give a file with a header and at least one line below it",
    ),
    "header only": (
        b"a,b\n",
        "E103",
        "a.csv holds no rows",
        "give a file with a header and at least one line below it",
    ),
    "a letter of many alphabets in the head": (
        "a,b\n1,x\n2,é\n".encode("latin-1"),
        "E105",
        "a.csv is not UTF-8: byte 0xe9 in line 3",
        LETTER,
    ),
    "a letter of many alphabets far down": (
        LONG.encode() * 6 + "2,é\n".encode("latin-1"),
        "E105",
        f"a.csv is not UTF-8: byte 0xe9 in line {6 * 60_001 + 1}",
        LETTER,
    ),
    "UTF-8 with a damaged letter": (
        "a,b\n1,é\n2,ü\n".encode() + b"3,\xc3\n",
        "E105",
        "a.csv is not UTF-8: byte 0xc3 in line 4",
        "correct that line, or export the file again",
    ),
    "NUL in the head": (
        b"a,b\n1,\0\n",
        "E106",
        "a.csv holds a NUL byte in line 2",
        "the file is damaged or not text: export it again as UTF-8",
    ),
    "NUL far down": (
        LONG.encode() * 6 + b"3,\0\n",
        "E106",
        f"a.csv holds a NUL byte in line {6 * 60_001 + 1}",
        "the file is damaged or not text: export it again as UTF-8",
    ),
    "a field too few": (
        b"a,b,c\n1,2,3\n4,5\n",
        "E107",
        "line 3 of a.csv has 2 fields, the header has 3",
        RAGGED,
    ),
    "a field too many": (
        b"a,b\n1,2\n3,4,5\n",
        "E107",
        "line 3 of a.csv has 3 fields, the header has 2",
        RAGGED,
    ),
    "an empty field too many": (
        b"a,b\n1,2\n3,4,\n",
        "E107",
        "line 3 of a.csv has 3 fields, the header has 2",
        RAGGED,
    ),
    "ragged far down": (
        LONG.encode() + b"3\n",
        "E107",
        "line 60002 of a.csv has 1 field, the header has 2",
        RAGGED,
    ),
    "an empty field too many far down": (
        LONG.encode() + b"3,4,\n1,2\n",
        "E107",
        "line 60002 of a.csv has 3 fields, the header has 2",
        RAGGED,
    ),
    "ragged below quoted line breaks": (
        b'a,b\n"x\n\ny",2\n"p,q",4\n5\n',
        "E107",
        "line 6 of a.csv has 1 field, the header has 2",
        RAGGED,
    ),
    "ragged below quoted line breaks, Windows ends": (
        b'a,b\r\n"x\r\n\r\ny",2\r\n5\r\n',
        "E107",
        "line 5 of a.csv has 1 field, the header has 2",
        RAGGED,
    ),
    "ragged in the old Macintosh way": (
        b"a,b\r1,2\r3\r",
        "E107",
        "line 3 of a.csv has 1 field, the header has 2",
        RAGGED,
    ),
    "a quote never closed": (
        b'a,b\n1,2\n"x,4\n5,6\n',
        "E108",
        "line 3 of a.csv has a quote that is not closed as it should be",
        QUOTE,
    ),
    "text behind a quote": (
        b'a,b\n"x"y,2\n',
        "E108",
        "line 2 of a.csv has a quote that is not closed as it should be",
        QUOTE,
    ),
    "a quote never closed far down": (
        LONG.encode() + b'"x,4\n5,6\n',
        "E108",
        "line 60002 of a.csv has a quote that is not closed as it should be",
        QUOTE,
    ),
    "a name twice": (
        b"a,b,a\n1,2,3\n",
        "E109",
        "a.csv has columns of the same name: 'a'",
        "rename them so that each name occurs once",
    ),
    "an empty name": (
        b",a\n0.5,1\n",
        "E110",
        "column 1 of a.csv has no name",
        "name it in the header, or leave it out (pandas: to_csv(..., index=False))",
    ),
    "no header": (
        b"5.1,3.5,yes\n4.9,3.0,no\n",
        "E111",
        "a.csv has no header: its first line holds '5.1'",
        "name the columns, which says that there is no header: --names c1,c2,c3",
    ),
    "no header, spaces between": (
        b"0.73 0 1\n0.24 0 2\n",
        "E111",
        "a.csv has no header: its first line holds '0.73'",
        "name the columns, which says that there is no header: --names c1,c2,c3",
    ),
    "a title above the header": (
        b"Report of May\na,b,c\n1,2,3\n4,5,6\n",
        "E112",
        "line 1 of a.csv is not the header: it has 1 field, most lines below have 3",
        "make line 1 the header, a name for each column; if it is a title, remove it",
    ),
    "an empty line above the header": (
        b"\na,b\n1,2\n",
        "E112",
        "line 1 of a.csv is not the header: it is empty",
        "make line 1 the header, a name for each column; if it is a title, remove it",
    ),
    "an archive": (
        b"PK\x03\x04...",
        "E114",
        "a.csv is a zip archive or an Excel workbook",
        "unpack it, or export the workbook as CSV",
    ),
}


def refused(call: object, code: str, message: str, hint: str) -> None:
    with pytest.raises(ScarceError) as caught:
        call()
    assert caught.value.two_lines() == f"error[{code}]: {message}\nhint: {hint}"


@pytest.mark.parametrize("case", BAD_TEXT, ids=str)
def test_a_bad_text_file_is_refused(case: str, tmp_path: Path) -> None:
    content, code, message, hint = BAD_TEXT[case]
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    refused(lambda: read(file), code, message, hint)


@pytest.mark.parametrize(
    "case", ["ragged far down", "NUL far down", "a letter of many alphabets far down", "a name twice"]
)
def test_a_packed_file_is_refused_alike(case: str, tmp_path: Path) -> None:
    content, code, message, hint = BAD_TEXT[case]
    file = tmp_path / "a.csv"
    file.write_bytes(gzip.compress(content))
    refused(lambda: read(file), code, message, hint)


def test_the_good_twins_of_the_bad_files_are_read(tmp_path: Path) -> None:
    for content in (
        b"a,b\n1,2\n",
        b"\xef\xbb\xbfa,b\n1,2",
        b'a,b\r\n"x\r\n,y",2\r\n',
        b"a,b\r1,2\r",
        b"a,b\n1,2\n\n\n",
    ):
        file = tmp_path / "a.csv"
        file.write_bytes(content)
        table = read(file)
        assert table.names == ["a", "b"]
        assert table.n_rows == 1


JSON = "the file is damaged or of another kind: export it again"
BAD_JSON = {
    "not JSON": (
        b'{"a":1}\nnope\n',
        "E118",
        "a.jsonl cannot be read: line 2, column 1: Expecting value",
        JSON,
    ),
    "a name twice": (
        b'{"a":1}\n{"a":1,"a":2}\n',
        "E118",
        "a.jsonl cannot be read: line 2: the name 'a' occurs twice",
        JSON,
    ),
    "a list among objects": (
        b'{"a":1}\n[1,2]\n',
        "E120",
        "line 2 of a.jsonl is a JSON list, not an object",
        'write one object a line, such as {"amount": 5, "fraud": 0}',
    ),
    "numbers only": (
        b"1\n2\n",
        "E120",
        "line 1 of a.jsonl is a JSON int, not an object",
        'write one object a line, such as {"amount": 5, "fraud": 0}',
    ),
    "an array of numbers": (
        b"[1,2]",
        "E120",
        "row 1 of a.jsonl is a JSON int, not an object",
        'write one object a line, such as {"amount": 5, "fraud": 0}',
    ),
    "an empty name": (
        b'{"a":"","":1}\n',
        "E110",
        "column 2 of a.jsonl has no name",
        "name it in the header, or leave it out (pandas: to_csv(..., index=False))",
    ),
    "Latin-1": (
        '{"a":"é"}\n'.encode("latin-1"),
        "E105",
        "a.jsonl is not UTF-8: byte 0xe9 in line 1",
        f"{NAME_IT} (cp1255 reads 'י', cp1250 reads 'é', cp1251 reads 'й')",
    ),
    "nested": (
        b'{"a":{"b":1}}\n',
        "E119",
        "column 'a' of a.jsonl holds a JSON object in line 1, not single values",
        "write its parts as columns of their own, or leave it out of the file",
    ),
    "half a pair of surrogates": (
        b'{"a":"x"}\n{"a":"\\ud800"}\n',
        "E126",
        "line 2 of a.jsonl holds \\ud800 in column 'a', which is no character of a text",
        "the file is damaged: export it again as UTF-8",
    ),
    "NUL in a name": (
        b'{"a\\u0000":1}\n',
        "E126",
        "line 1 of a.jsonl holds \\u0000 in column 'a\\x00', which is no character of a text",
        "the file is damaged: export it again as UTF-8",
    ),
    "nested without end": (
        b'{"a":1}\n{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
        "E127",
        "line 2 of a.jsonl is nested too deep to be read",
        'write one object without others inside a line, such as {"amount": 5, "fraud": 0}',
    ),
    "an array nested without end": (
        b"[" * 100_000 + b"]" * 100_000,
        "E127",
        "row 1 of a.jsonl is nested too deep to be read",
        'write one object without others inside a line, such as {"amount": 5, "fraud": 0}',
    ),
    "a colon forgotten at the end of a line": (
        b'{"a":1}\n{"a":2}\n{"a":3}\n  {"a"\n{"a":5}\n',
        "E118",
        "a.jsonl cannot be read: line 4, column 7: Expecting ':' delimiter",
        JSON,
    ),
    "a string that does not end": (
        b'{"a":"x}\n',
        "E118",
        "a.jsonl cannot be read: line 1, column 6: Unterminated string starting",
        JSON,
    ),
    "a comma too many in an array": (
        b'[{"a":1},\n {"a":2},\n]',
        "E118",
        "a.jsonl cannot be read: line 3, column 1: Expecting value",
        JSON,
    ),
    "a name twice in an array": (
        b'[{"a":1},\n\n{"a":1,"a":2}]',
        "E118",
        "a.jsonl cannot be read: row 2: the name 'a' occurs twice",
        JSON,
    ),
    "a list in an array": (
        b'[{"a":1},\n\n{"a":[2]}]',
        "E119",
        "column 'a' of a.jsonl holds a JSON list in row 2, not single values",
        "write its parts as columns of their own, or leave it out of the file",
    ),
    "two objects in a line": (
        b'{"a":1}\r{"a":2}{"a":3}\r',
        "E118",
        "a.jsonl cannot be read: line 2, column 8: Extra data",
        JSON,
    ),
    "an array that is not closed": (
        b'[{"a":1},\n{"a":2}',
        "E118",
        "a.jsonl cannot be read: line 2, column 8: Expecting ',' delimiter",
        JSON,
    ),
    "empty": (
        b"\n",
        "E103",
        "a.jsonl holds no rows",
        "give a file with a header and at least one line below it",
    ),
}


@pytest.mark.parametrize("case", BAD_JSON, ids=str)
def test_bad_json_lines_are_refused(case: str, tmp_path: Path) -> None:
    content, code, message, hint = BAD_JSON[case]
    file = tmp_path / "a.jsonl"
    file.write_bytes(content)
    refused(lambda: read(file), code, message, hint)


PLAIN = b"a,b\n1,2\n"
UNPACK = "unpack it first; only text packed with gzip is read as it is"
PACKED = {
    "bzip2": (bz2.compress(PLAIN), "packed with bzip2", UNPACK),
    "xz": (lzma.compress(PLAIN), "packed with xz", UNPACK),
    "zstd": (b"\x28\xb5\x2f\xfd....", "packed with zstd", UNPACK),
    "gzip twice": (gzip.compress(gzip.compress(PLAIN)), "packed with gzip twice", UNPACK),
    "Parquet in gzip": (gzip.compress(b"PAR1...."), "a Parquet file packed with gzip", UNPACK),
    "zip in gzip": (
        gzip.compress(b"PK\x03\x04...."),
        "a zip archive or an Excel workbook",
        "unpack it, or export the workbook as CSV",
    ),
    "an image": (
        b"\x89PNG....",
        "an image",
        "give a CSV, TSV, Parquet, JSON-lines, ARFF or Excel file",
    ),
}


@pytest.mark.parametrize("case", PACKED, ids=str)
@pytest.mark.parametrize("name", ["a.csv.gz", "a.parquet.gz", "a"])
def test_a_file_packed_otherwise_is_told_to_be_unpacked(case: str, name: str, tmp_path: Path) -> None:
    content, what, hint = PACKED[case]
    (tmp_path / name).write_bytes(content)
    refused(lambda: read(tmp_path / name), "E114", f"{name} is {what}", hint)


def test_no_name_at_all_is_no_folder() -> None:
    with pytest.raises(ScarceError) as caught:
        read("")
    assert caught.value.message == "there is no file ''"


def test_a_link_that_leads_nowhere_is_no_near_name(tmp_path: Path) -> None:
    link = tmp_path / "d.csv"
    link.symlink_to("gone.csv")
    hint = "it is a link to 'gone.csv', which is not there: name the file that is meant"
    refused(lambda: read(link), "E102", f"there is no file {link}", hint)


def test_a_missing_file_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "creditcard.csv").write_text("a,b\n1,2\n")
    path = str(tmp_path / "credticard.csv")
    refused(lambda: read(path), "E102", f"there is no file {path}", "did you mean 'creditcard.csv'?")


def test_a_missing_file_in_a_missing_folder_says_where_we_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    hint = f"give the path from here, or a full one; here is {tmp_path}"
    refused(lambda: read("nowhere/x.csv"), "E102", "there is no file nowhere/x.csv", hint)


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    hint = "give a CSV, TSV, Parquet, JSON-lines, ARFF or Excel file"
    refused(lambda: read(tmp_path), "E114", f"{tmp_path} is a folder", hint)


@pytest.mark.parametrize(
    "address", ["https://example.org/a.csv", "s3://bucket/a.parquet", "file:///tmp/a.csv"]
)
def test_an_address_is_never_fetched(address: str) -> None:
    message = f"{address} is an address, and scarce reads local files only"
    refused(lambda: read(address), "E115", message, "download it, then name the file")


def test_a_pattern_without_files(tmp_path: Path) -> None:
    pattern = str(tmp_path / "*.csv")
    refused(
        lambda: read(pattern), "E116", f"no file matches {pattern}", "check the pattern, and put it in quotes"
    )


def test_files_of_a_pattern_must_have_the_same_columns(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "2.csv").write_text("a,c\n1,2\n")
    refused(
        lambda: read(tmp_path / "*.csv"),
        "E117",
        "2.csv has not the columns of 1.csv: it lacks 'b' and adds 'c'",
        "read files together only if their names and types agree",
    )


def test_files_of_a_pattern_must_have_the_same_types(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1], "b": [2]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"a": [1], "b": ["x"]}), tmp_path / "2.parquet")
    refused(
        lambda: read(tmp_path / "*.parquet"),
        "E117",
        "2.parquet has not the columns of 1.parquet: it holds string in 'b', not int64",
        "read files together only if their names and types agree",
    )


def test_a_truncated_parquet_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": list(range(1000))}), file)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(ScarceError) as caught:
        read(file)
    first, second = caught.value.two_lines().split("\n")
    assert first.startswith("error[E118]: a.parquet cannot be read: ")
    assert second == "hint: the file is damaged or of another kind: export it again"


def test_a_text_file_called_parquet_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    file.write_text("a,b\n1,2\n")
    refused(
        lambda: read(file),
        "E118",
        "a.parquet cannot be read: it does not begin as a Parquet file does",
        "the file is damaged or of another kind: export it again",
    )


@pytest.mark.parametrize(
    ("values", "kind"),
    [([[1, 2]], "list<.*: int64>"), ([{"x": 1}], "struct<x: int64>"), ([b"\xff"], "binary")],
    ids=["list", "struct", "bytes"],
)
def test_a_nested_parquet_column_is_named(values: list[object], kind: str, tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"ok": [1], "deep": values}), file)
    with pytest.raises(ScarceError) as caught:
        read(file)
    assert caught.value.code == "E119"
    assert re.fullmatch(f"column 'deep' of a.parquet holds {kind}, not single values", caught.value.message)


def test_a_parquet_file_with_a_name_twice_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), tmp_path / "a.parquet")
    refused(
        lambda: read(tmp_path / "a.parquet"),
        "E109",
        "a.parquet has columns of the same name: 'a'",
        "rename them so that each name occurs once",
    )


def test_something_that_is_no_dataframe() -> None:
    with pytest.raises(ScarceError) as caught:
        from_dataframe([1, 2, 3])
    assert caught.value.two_lines().startswith("error[E121]: cannot take a table from list: ")
    assert caught.value.hint == "pass a pandas, polars or pyarrow table"
