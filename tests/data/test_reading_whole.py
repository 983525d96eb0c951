"""Rows out are the records that went in, however long the lines and whatever ends them, or it is an error."""

from __future__ import annotations

import random
import re
from itertools import product
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from tests.campaign import share

from scarce.data.files import delimited
from scarce.data.files.reading import read
from scarce.data.files.sniffing import sniff
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LONG = 33 << 20  # more than the largest line that DuckDB keeps in one buffer
SHORT = b"1,x\n2,y\n"
LETTERS = b"z" * LONG


def lengths(file: Path) -> list[int]:
    """Return the lengths of the second column's values."""
    return [len(value) for value in read(file, text={"a", "b"}).data.column("b").to_pylist()]


@pytest.mark.parametrize(("before", "end"), [(b"", b""), (SHORT, b"\n")], ids=["only", "last"])
def test_a_long_line_without_a_delimiter_is_refused(before: bytes, end: bytes, tmp_path: Path) -> None:
    """Such a line has no delimiter that could be missed, and the parser drops it without a word."""
    file = tmp_path / "a.csv"
    file.write_bytes(b"a,b\n" + before + LETTERS + end)
    with pytest.raises(ScarceError) as caught:
        read(file)
    assert caught.value.message == f"line {2 + before.count(10)} of a.csv has 1 field, the header has 2"


@pytest.mark.parametrize(
    ("quotes", "after"),
    [((b"", b""), b""), ((b'"', b'\nz"'), b"\n4,w")],
    ids=["plain, last", "quoted, between"],
)
def test_a_long_line_is_read_whole(quotes: tuple[bytes, bytes], after: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"a,b\n" + SHORT + b"3," + quotes[0] + LETTERS + quotes[1] + after)
    whole = LONG + (2 if quotes[0] else 0)
    assert lengths(file) == [1, 1, whole, *([1] if after else [])]


ENDS = (b"\n", b"\r\n", b"\r")
FIELDS = ("x", "12", '"q\r\nr"', '"d""d"', "", "e e", '"\n\n"', ' "s"')


@pytest.mark.parametrize("final", [True, False], ids=["final end", "no final end"])
@pytest.mark.parametrize("ends", list(product(ENDS, repeat=3)), ids=repr)
def test_every_value_is_whole_where_line_ends_differ(
    ends: tuple[bytes, ...], final: bool, tmp_path: Path
) -> None:
    """Early releases of DuckDB 1.2 lose the first letter of the line after an end unlike those before it."""
    records = [b"name,word"] + [b"n%d,w%d" % (i, i) for i in range(30)]
    used = [ends[0], *(ends[1 + i % 2] for i in range(len(records) - 1))]
    text = b"".join(record + end for record, end in zip(records, used, strict=True))
    file = tmp_path / "a.csv"
    file.write_bytes(text if final else text.rstrip(b"\r\n"))
    assert read(file).data.to_pydict() == {
        "name": [f"n{i}" for i in range(30)],
        "word": [f"w{i}" for i in range(30)],
    }


@pytest.mark.campaign
def test_line_ends_may_change_at_any_line(tmp_path: Path, tally: Callable[[str, int], None]) -> None:
    draw = random.Random(0)
    file = tmp_path / "a.csv"
    for _ in range(share(1_000)):
        fields = draw.choices(
            ["x", "12", '"q\r\nr"', '"d""d"', "", "e e", '"\n\n"', ' "s"'], k=draw.randint(1, 40)
        )
        ends = [draw.choice(ENDS) for _ in fields]
        rows = [
            b"%d,%s%s" % (i, field.encode(), end)
            for i, (field, end) in enumerate(zip(fields, ends, strict=True))
        ]
        file.write_bytes(b"n,word" + draw.choice(ENDS) + b"".join(rows))
        wanted = [re.sub('^ ?"|"$', "", field).replace('""', '"').strip() or None for field in fields]
        assert read(file, text={"n", "word"}).data.column("word").to_pylist() == wanted
        tally("files", 1)


def lost(data: pa.Table, change: str) -> pa.Table:
    """Return what a faulty parser might make of the table."""
    rows = data.to_pylist()
    if change == "a row":
        rows.pop(1)
    elif change == "the last row":
        rows.pop()
    elif change == "a letter":
        rows[1]["b"] = rows[1]["b"][1:]
    elif change == "a line break":
        rows[2]["b"] = rows[2]["b"].replace("\n", "")
    elif change == "a delimiter":
        rows[3]["b"] = rows[3]["b"].replace(",", "")
    return pa.Table.from_pylist(rows, data.schema)


@pytest.mark.parametrize(
    "change",
    ["nothing", "a row", "the last row", "a letter", "a line break", "a delimiter"],
)
def test_what_a_parser_loses_is_missed(change: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b'\xef\xbb\xbfa,b\n1,one\n2,two\n3,"thr\n\nee"\n4,"fo,u""r"\n\n5, "five"\n6,six six')
    dialect = sniff(file, "a.csv")
    data = delimited._by_csv(file, dialect, "a.csv")
    assert data.num_rows == 6
    complete = delimited._complete(lost(data, change), dialect, delimited._census(file, dialect, "a.csv"))
    assert complete == (change == "nothing")
