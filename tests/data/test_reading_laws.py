"""Laws of reading, over random files: read back as written, as the plain reader reads it, or refused."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.campaign import share

from scarce.data.files.dialect import records
from scarce.data.files.reading import read
from scarce.data.files.sniffing import sniff
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXAMPLES = share(3_000)

# Any text but NUL, surrogates and what makes a header or a field mean something else when read back.
FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=6)
NAMES = st.lists(st.text("abcdefXY,;|\t\"' é\n", min_size=1, max_size=5), min_size=2, max_size=4, unique=True)


@pytest.mark.campaign
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_csv_writes_is_read_back(
    data: st.DataObject, tmp_path: Path, tally: Callable[[str, int], None]
) -> None:
    tally("files", 1)
    names = data.draw(
        NAMES.filter(lambda names: all(name.strip() for name in names) and names[0].split("\n")[0].strip())
    )
    rows = data.draw(
        st.lists(st.lists(FIELD, min_size=len(names), max_size=len(names)), min_size=1, max_size=8)
    )
    delimiter = data.draw(st.sampled_from(",\t;|"))
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    file = tmp_path / "a.csv"
    file.write_bytes(written([names, *rows], delimiter, csv.QUOTE_ALL, end).encode())
    table = read(file, text=names)
    assert table.names == names
    found = [[value or "" for value in row] for row in zip(*table.data.to_pydict().values(), strict=True)]
    assert found == [[field.strip() for field in row] for row in rows]


@pytest.mark.campaign
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    columns=st.integers(2, 4),
    rows=st.lists(
        st.tuples(st.sampled_from(["1", "x", '"q,q"', '"a\nb"', "", '"d""d"']), st.integers(-2, 2)),
        min_size=1,
        max_size=30,
    ),
    end=st.sampled_from(["\n", "\r\n"]),
    final=st.booleans(),
)
@example(columns=2, rows=[("1", 0), ("1", 1)], end="\n", final=True)
def test_a_file_is_read_whole_or_refused_at_the_right_line(
    columns: int,
    rows: list[tuple[str, int]],
    end: str,
    final: bool,
    tmp_path: Path,
    tally: Callable[[str, int], None],
) -> None:
    """Records with too few or too many fields among good ones: the first bad one decides."""
    tally("files", 1)
    records_ = [",".join([field] * max(columns + change, 1)) for field, change in rows]
    text = end.join([",".join("abcd"[:columns]), *records_]) + (end if final else "")
    text = text.replace("a\nb", f"a{end}b")
    file = tmp_path / "a.csv"
    file.write_bytes(text.encode())
    line, bad = 2, None
    for (field, change), record in zip(rows, records_, strict=True):
        fields = max(columns + change, 1)
        if fields != columns and record and bad is None:
            bad = (line, fields)
        line += 1 + (fields if "\n" in field else 0)
    filled = [record for record in records_ if record]
    ends_in_delimiter = all(
        change == 1 and not field for field, change in rows if field or columns + change > 1
    )
    if filled and (bad is None or ends_in_delimiter):
        assert read(file).n_rows == len(filled)
    else:
        with pytest.raises(ScarceError) as caught:
            read(file)
        assert caught.value.code in ({"E107", "E112"} if bad else {"E103"})
        if caught.value.code == "E107":
            assert caught.value.message.startswith(f"line {bad[0]} of a.csv has {bad[1]} field")


FIELDS = (
    "a",
    "1",
    "",
    " ",
    '"q"',
    '"q,r"',
    '"a\nb"',
    '"a\r\nb"',
    '""',
    ' "z"',
    'x"y',
    '"d""d"',
    '"open',
    "é",
    "\t",
)
RECORDS = st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3).map(",".join)
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\n\n"])


@pytest.mark.campaign
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.tuples(RECORDS, ENDS), max_size=6), end=ENDS)
@example(pieces=[('"a\nb",1', "\r\n")], end="\n")
def test_odd_files_are_read_as_the_plain_reader_reads_them_or_refused(
    pieces: list[tuple[str, str]], end: str, tmp_path: Path, tally: Callable[[str, int], None]
) -> None:
    tally("files", 1)
    file = tmp_path / "a.csv"
    file.write_bytes(("x,y" + end + "".join(record + end for record, end in pieces)).encode())
    try:
        table = read(file, text={"x", "y"})
    except ScarceError as error:
        assert error.code.startswith("E1")  # noqa: PT017 - which files are refused is other tests' matter
    else:
        width = table.data.num_columns  # without an empty field that ends each record
        plain = [record[:width] for _, record in records(file, sniff(file, "a.csv"), "a.csv") if record]
        found = [[value or "" for value in row] for row in zip(*table.data.to_pydict().values(), strict=True)]
        assert found == [[field.strip() for field in record] for record in plain]


def written(rows: list[list[str]], delimiter: str, quoting: int, end: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    return text.getvalue()
