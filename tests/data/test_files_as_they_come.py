"""One table, written in the ways in which people's files come, is read as the same table."""

from __future__ import annotations

import gzip
import io
from datetime import datetime
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest

from scarce.data.files.dialect import records
from scarce.data.files.reading import read
from scarce.data.files.sniffing import sniff
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pd.DataFrame(
    {"amount": [1.5, -2.25, 7.0, 3.0], "kind": ["web", "shop", "web", "shop"], "y": [0, 1, 0, 0]}
)
WANTED = {"amount": [1.5, -2.25, 7.0, 3.0], "kind": ["web", "shop", "web", "shop"], "y": [0, 1, 0, 0]}
NAMES = ["amount", "kind", "y"]
LINES = FRAME.to_csv(index=False).splitlines()
BARE = "\n".join(LINES[1:]) + "\n"


def lines(change: str, header: str | None = None) -> str:
    """Return the lines with a change to each, and to the header."""
    return "".join(
        (header or change).format(line) + "\n" if i == 0 else change.format(line) + "\n"
        for i, line in enumerate(LINES)
    )


COMMENTED = "\n".join(["# made by hand, on a Monday", "#", *LINES[:3], "# checked so far", *LINES[3:]])
ROW_NAMES = "\n".join([LINES[0], *(f'"{i}",{line}' for i, line in enumerate(LINES[1:], start=1))])
ALIGNED = "\n".join("  ".join(f"{field:<8}" for field in line.split(",")) for line in LINES)
AS_IT_COMES = {
    "a delimiter at every end": (lines("{},"), ["W156"]),
    "a delimiter at the end of rows": (lines("{},", "{}"), ["W156"]),
    "a delimiter at the end of the header": (lines("{}", "{},"), []),
    "empty columns that a spreadsheet adds": (lines("{},,"), ["W156"]),
    "a line that names the separator": ("sep=;\n" + FRAME.to_csv(index=False, sep=";"), []),
    "a separator of its own": ("sep=~\n" + FRAME.to_csv(index=False, sep="~"), []),
    "comments": (COMMENTED, ["W155"]),
    "comments in the middle alone": (COMMENTED.split("#\n")[1], ["W155"]),
    "the sign of comments before the header": ("# " + ALIGNED, []),
    "an index of pandas": (FRAME.to_csv(), ["W157"]),
    "an index of a part": (FRAME.iloc[::-1].set_axis([9, 4, 2, 7]).iloc[::-1].to_csv(), ["W157"]),
    "row names of R": (ROW_NAMES, ["W157"]),
    "blanks": (FRAME.to_csv(index=False, sep=" "), []),
    "aligned by blanks": (ALIGNED, []),
    "UTF-16 as Excel writes it": (FRAME.to_csv(index=False, sep="\t").encode("utf-16"), []),
    "UTF-16 without mark": (FRAME.to_csv(index=False).encode("utf-16-be"), []),
}


def codes(notes: tuple[str, ...]) -> list[str]:
    return [note.partition(":")[0] for note in notes]


def written(content: str | bytes, file: Path) -> Path:
    data = content if isinstance(content, bytes) else content.encode()
    file.write_bytes(gzip.compress(data) if file.suffix == ".gz" else data)
    return file


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
@pytest.mark.parametrize("case", AS_IT_COMES)
def test_a_table_is_the_same_however_its_file_comes(case: str, name: str, tmp_path: Path) -> None:
    content, noted = AS_IT_COMES[case]
    table = read(written(content, tmp_path / name))
    assert table.data.to_pydict() == WANTED
    assert codes(table.notes) == noted


@pytest.mark.parametrize("case", AS_IT_COMES)
def test_the_line_of_a_row_is_that_of_the_file(case: str, tmp_path: Path) -> None:
    content, _ = AS_IT_COMES[case]
    file = written(content, tmp_path / "a.csv")
    encoding = "utf-8" if isinstance(content, str) else "utf-16" if content[:1] == b"\xff" else "utf-16-be"
    there = [line for line in file.read_bytes().decode(encoding).splitlines() if "7.0" in line]
    number = read(file).where(2)
    assert file.read_bytes().decode(encoding).splitlines()[int(number.split()[1]) - 1] == there[0]


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    notes = [
        read(written(AS_IT_COMES[case][0], tmp_path / "a.csv")).notes[0]
        for case in ("comments", "an index of a part")
    ]
    assert notes[0].startswith("W155: left out of a.csv: 3 lines that begin with #, as comments")
    assert notes[1].startswith(
        "W157: left out of a.csv: its first column, nameless and only telling rows apart (7 to 9)"
    )


@pytest.mark.parametrize("ending", [",", ""], ids=["a last delimiter", "plain"])
@pytest.mark.parametrize("mark", [",", " ", ";"])
def test_names_say_that_there_is_no_header(mark: str, ending: str, tmp_path: Path) -> None:
    if mark == " " and ending:
        ending = " "
    text = BARE.replace(",", mark).replace("\n", ending.replace(",", mark) + "\n")
    table = read(written(text, tmp_path / "a.csv"), names=NAMES)
    assert table.data.to_pydict() == WANTED
    assert table.where(0) == "line 1"


@pytest.mark.parametrize(
    ("names", "code", "message"),
    [
        (["a", "b"], "E154", "a.csv has 3 fields a row, and --names holds 2"),
        (["a", "b", "a"], "E109", "a.csv has columns of the same name: 'a'"),
        (["a", " ", "c"], "E110", "column 2 of a.csv has no name"),
        (["1.5", "web", "0"], "E155", "--names does not go with a.csv: its first line holds these names"),
    ],
    ids=["too few", "one twice", "an empty one", "those of the header"],
)
def test_names_that_do_not_fit(names: list[str], code: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ScarceError) as caught:
        read(written(BARE, tmp_path / "a.csv"), names=names)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_one_row_and_a_number_may_have_no_header(tmp_path: Path) -> None:
    assert read(written("1.5\n2.5\n", tmp_path / "a.csv"), names=["x"]).data.to_pydict() == {"x": [1.5, 2.5]}


HEADERLESS = {
    "letters that repeat": "t,b,t\nb,t,b\nt,t,b\n",
    "words of which most come back": "sunny,hot,weak,no\n" + "rain,mild,weak,yes\nsunny,hot,strong,no\n" * 6,
    "a label and a text": "ham\tgo on, crazy\n" + "spam\tfree entry\nham\tu dun say\n" * 6,
    "words and numbers": "39,private,single,77516\n"
    + "50,private,single,83311\n38,state,married,21564\n" * 6,
    "blanks between": "A11 6 A34 1169 1\n" + "A12 48 A32 5951 2\nA11 12 A34 2096 1\n" * 6,
}


@pytest.mark.parametrize("case", HEADERLESS)
def test_a_first_line_like_the_others_is_no_header_and_the_hint_names_the_switch(
    case: str, tmp_path: Path
) -> None:
    file = written(HEADERLESS[case], tmp_path / "a.csv")
    with pytest.raises(ScarceError) as caught:
        read(file)
    assert caught.value.code == "E111"
    names = caught.value.hint.partition("--names ")[2].split(",")
    assert read(file, names=names).n_rows == HEADERLESS[case].count("\n")


def test_a_header_that_comes_again_between_rows_is_a_header(tmp_path: Path) -> None:
    file = written("\n".join([*LINES, *LINES * 9]) + "\n", tmp_path / "a.csv")
    assert read(file).names == NAMES


def test_the_hint_for_many_columns_is_short(tmp_path: Path) -> None:
    file = written((",".join(["0.5"] * 61) + "\n") * 3, tmp_path / "a.csv")
    with pytest.raises(ScarceError) as caught:
        read(file)
    assert caught.value.hint.endswith("--names c1,c2,...,c61")


LEFT_ALONE = {
    "ids that begin with the sign of comments": ("id,x\n#1,2\n#3,4\n", {"id": ["#1", "#3"], "x": [2, 4]}),
    "a header that begins with it": ("#id,word\na,b\nc,d\n", {"#id": ["a", "c"], "word": ["b", "d"]}),
    "the same below a comment": ("# made\n#id,x\n1,2\n", {"#id": [1], "x": [2]}),
    "columns that are counted, behind an index": (",0,1\n0,5,6\n1,7,8\n", {"0": [5, 7], "1": [6, 8]}),
    "columns that are counted, above their numbers": (
        "0,1,y\n" + "0,1,a\n" * 10,
        {"0": [0] * 10, "1": [1] * 10, "y": ["a"] * 10},
    ),
    "years": ("land,1990,1991,1992\nA,1,2,3\n", {"land": ["A"], "1990": [1], "1991": [2], "1992": [3]}),
    "phrases in one column": ("name\nJohn Smith\nJane Doe\n", {"name": ["John Smith", "Jane Doe"]}),
    "commas for points": ("a;b\n1,5;2,5\n2,5;3,5\n", {"a": ["1,5", "2,5"], "b": ["2,5", "3,5"]}),
}


@pytest.mark.parametrize("case", LEFT_ALONE)
def test_what_only_looks_like_it_is_left_alone(case: str, tmp_path: Path) -> None:
    content, wanted = LEFT_ALONE[case]
    assert (
        read(written(content, tmp_path / "a.csv"), text={"a", "b"} & set(wanted)).data.to_pydict() == wanted
    )


REFUSED = {
    "a field too many in one row": ("a,b\n1,2,\n3,4\n", "E107"),
    "a last field that is not always empty": ("a,b\n" + "1,2,\n" * 300 + "3,4,5\n", "E110"),
    "a nameless column that repeats": (",a\n1,x\n1,y\n", "E110"),
    "a nameless column in the middle": ("a,,b\n1,2,3\n", "E110"),
    "fields without names": ("a,b\n1,2,3,4\n5,6,7,8\n", "E112"),
    "a title that fills its line": ("Report of May,,\n,,\na,b,c\n1,2,3\n4,5,6\n", "E112"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_no_column_is_left_out_that_says_something(case: str, tmp_path: Path) -> None:
    content, code = REFUSED[case]
    with pytest.raises(ScarceError) as caught:
        read(written(content, tmp_path / "a.csv"))
    assert caught.value.code == code
    assert "remove the lines" not in caught.value.hint


def test_a_dialect_that_changes_in_the_middle_loses_no_row(tmp_path: Path) -> None:
    """DuckDB, left to itself, takes what stands before for a preamble and drops it (its issue 25827)."""
    table = read(written("c0\nv0\na;b\n", tmp_path / "a.csv"))
    assert table.data.to_pydict() == {"c0": ["v0", "a;b"]}
    for k in (1, 100, 2_046, 2_047, 3_000):
        file = written("a,b\n" + "1,2\n" * k + "1,2,3\n" * (5_000 - k), tmp_path / "a.csv")
        with pytest.raises(ScarceError) as caught:
            read(file)
        assert caught.value.code in {"E107", "E112"}
        if k >= 100:
            assert caught.value.message == f"line {k + 2} of a.csv has 3 fields, the header has 2"


def test_comments_and_rows_are_told_apart_by_the_sniffer_alone(tmp_path: Path) -> None:
    file = written(COMMENTED, tmp_path / "a.csv")
    dialect = sniff(file, "a.csv")
    assert [record for _, record in records(file, dialect, "a.csv")] == [
        line.split(",") for line in LINES[1:]
    ]
    assert [line for line, _ in records(file, dialect, "a.csv", comments=True)] == [6]


def workbook(rows: list[list[object]], *others: str) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name in others:
        book.create_sheet(name)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


CELLS = [[1.5, "web", 0], [-2.25, "shop", 1], [7, "web", 0], [3, "shop", 0]]
WORKBOOKS = {
    "plain": ([NAMES, *CELLS], (), None, []),
    "an index": ([["", *NAMES], *([i, *row] for i, row in enumerate(CELLS))], (), None, ["W157"]),
    "blank rows": ([[], NAMES, *CELLS[:2], [], *CELLS[2:]], (), None, []),
    "more sheets": ([NAMES, *CELLS], ("Notes", "Old"), None, ["W155"]),
    "no header": (CELLS, (), NAMES, []),
}


@pytest.mark.parametrize("case", WORKBOOKS)
def test_a_workbook_is_read_as_a_csv_file_of_its_first_sheet(case: str, tmp_path: Path) -> None:
    rows, others, names, noted = WORKBOOKS[case]
    table = read(written(workbook(rows, *others), tmp_path / "a.xlsx"), names=names)
    assert table.data.to_pydict() == WANTED
    assert codes(table.notes) == noted
    assert table.where(2) == f"row {rows.index(next(row for row in rows if 7 in row)) + 1}"


def test_cells_are_what_a_csv_file_would_hold(tmp_path: Path) -> None:
    dates = [datetime(2024, 1, 31), datetime(2024, 2, 1, 10, 30)]
    rows = [["when", "sure", "n"], [dates[0], True, 2**52], [dates[1], False, 1]]
    found = read(written(workbook(rows), tmp_path / "a.xlsx")).data.to_pydict()
    assert found == {"when": dates, "sure": [True, False], "n": [2**52, 1]}


@pytest.mark.parametrize(
    ("rows", "names", "code"),
    [
        (CELLS, None, "E111"),
        (CELLS, ["a"], "E154"),
        ([NAMES], None, "E103"),
        ([["a", "a"], [1, 2]], None, "E109"),
        ([["Report", None, None], NAMES, *CELLS], None, "E112"),
    ],
    ids=["no header", "too few names", "no rows", "a name twice", "a title"],
)
def test_a_workbook_is_refused_as_a_csv_file_is(
    rows: list[list[object]], names: list[str] | None, code: str, tmp_path: Path
) -> None:
    with pytest.raises(ScarceError) as caught:
        read(written(workbook(rows), tmp_path / "a.xlsx"), names=names)
    assert caught.value.code == code


def test_a_cover_sheet_before_the_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScarceError) as caught:
        read(written(workbook([["Our sales"]], "Sales", "Notes"), tmp_path / "a.xlsx"))
    assert caught.value.code == "E168"
    assert "'Sales', 'Notes'" in caught.value.hint


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    content = workbook([NAMES, *CELLS])
    place = content.index(b"xl/worksheets/sheet1.xml") + 40
    with pytest.raises(ScarceError) as caught:
        read(written(content[:place] + b"\0" * 60 + content[place + 60 :], tmp_path / "a.xlsx"))
    assert caught.value.code == "E118"
    with pytest.raises(ScarceError) as caught:
        read(written(b"\xd0\xcf\x11\xe0" + bytes(600), tmp_path / "a.xls"))
    assert caught.value.code == "E118"


ARFF = (
    """% a comment
@relation payments
@attribute amount numeric
@attribute kind {web, shop}
@attribute y {0, 1}
@data
"""
    + BARE
)


@pytest.mark.parametrize("content", [ARFF, ARFF.partition("\n")[2]], ids=["a comment first", "none"])
@pytest.mark.parametrize("name", ["a.arff", "a.arff.gz", "a"])
def test_arff_is_read(name: str, content: str, tmp_path: Path) -> None:
    assert read(written(content, tmp_path / name)).data.to_pydict() == WANTED
    gaps = read(written(content.replace("-2.25,shop", "?,?"), tmp_path / name)).data.to_pydict()
    assert [gaps["amount"][1], gaps["kind"][1]] == [None, None]


CREDIT = """@RELATION 'german credit'
@ATTRIBUTE 'status & sex' {'<0', '0<=X<200', 'no checking', größer} % of the account
@ATTRIBUTE seen date "yyyy-MM-dd"
@ATTRIBUTE job {skilled, 'high qualif/mgmt', 'it\\'s'}
@ATTRIBUTE months INTEGER [4, 72]
@inputs months
@outputs class
@ATTRIBUTE class {good, bad}
@DATA
größer, 2024-01-31, skilled, 6, good
'<0', ?, 'high qualif/mgmt', 12, bad
% a comment

'no checking',"2024-02-01",'it\\'s',?,good
"""


def test_arff_is_read_as_weka_and_keel_write_it(tmp_path: Path) -> None:
    """Quotes only where they are needed, blanks after commas, letters beyond ASCII, roles of columns."""
    assert read(written(CREDIT, tmp_path / "a.arff")).data.to_pydict() == {
        "status & sex": ["größer", "<0", "no checking"],
        "seen": [datetime(2024, 1, 31), None, datetime(2024, 2, 1)],
        "job": ["skilled", "high qualif/mgmt", "it's"],
        "months": [6, 12, None],
        "class": ["good", "bad", "good"],
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("-2.25,shop,1", "-2.25,shop,1,9"),
        ("kind {web, shop}", "kind string"),
        ("-2.25,shop,1", "-2.25,elsewhere,1"),
        ("-2.25,shop,1", "-2.25"),
        ("{0, 1}", "{0"),
    ],
    ids=["a long row", "text", "an unknown value", "a short row", "damage"],
)
def test_arff_that_cannot_be_read_is_refused(old: str, new: str, tmp_path: Path) -> None:
    with pytest.raises(ScarceError) as caught:
        read(written(ARFF.replace(old, new), tmp_path / "a.arff"))
    assert caught.value.code == "E158"
    assert caught.value.hint.startswith("export it as CSV")


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.parquet", None), ("a.jsonl", '{"a":1}\n'), ("a.arff", ARFF)],
    ids=["Parquet", "JSON", "ARFF"],
)
def test_names_for_a_file_that_has_its_own_are_refused(
    name: str, content: str | None, tmp_path: Path
) -> None:
    file = tmp_path / name
    FRAME.to_parquet(file) if content is None else written(content, file)
    with pytest.raises(ScarceError) as caught:
        read(file, names=["a"])
    assert caught.value.code == "E155"


@pytest.mark.parametrize("name", ["a.parquet", "a.xlsx"])
def test_an_encoding_for_a_file_that_says_its_own_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    FRAME.to_parquet(file) if name == "a.parquet" else written(workbook([NAMES, *CELLS]), file)
    with pytest.raises(ScarceError) as caught:
        read(file, encoding="gbk")
    assert caught.value.code == "E155"


def test_several_files_are_read_in_their_order(tmp_path: Path) -> None:
    FRAME[2:].to_csv(tmp_path / "1.csv", index=False)
    FRAME[:2][["y", "kind", "amount"]].to_csv(tmp_path / "2.csv", sep=";")
    table = read([tmp_path / "2.csv", str(tmp_path / "1.csv")])
    assert {name: table.data.to_pydict()[name] for name in NAMES} == WANTED
    assert table.source == "2.csv, 1.csv"
    assert table.where(3) == "line 3 of 1.csv"
    assert read(tmp_path / "[12].csv").n_rows == 4


def test_of_many_files_a_few_notes_are_told(tmp_path: Path) -> None:
    for i in range(9):
        FRAME.to_csv(tmp_path / f"{i}.csv")
    notes = read(tmp_path / "*.csv").notes
    assert notes[0] == "read 9 files that match *.csv"
    assert notes[-1] == "4 more notes of this kind on other files"
    assert len(notes) == 7


def test_a_file_that_differs_is_named_with_what_it_differs_in(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "1.csv", index=False)
    FRAME.rename(columns={"kind": "sort"}).to_csv(tmp_path / "2.csv", index=False)
    with pytest.raises(ScarceError) as caught:
        read([tmp_path / "1.csv", tmp_path / "2.csv"])
    assert caught.value.message == "2.csv has not the columns of 1.csv: it lacks 'kind' and adds 'sort'"


def test_a_file_named_twice_is_refused(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "1.csv", index=False)
    with pytest.raises(ScarceError) as caught:
        read([tmp_path / "1.csv", tmp_path / "*.csv"])
    assert caught.value.code == "E159"


def test_no_file_at_all_is_refused() -> None:
    with pytest.raises(ScarceError) as caught:
        read([])
    assert caught.value.code == "E102"
