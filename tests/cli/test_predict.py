"""The caller's columns beside the predictions: as they came, in every format, all or those asked for."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.cli.conftest import payments

from scarce.cli import predict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished

OURS = ["log_odds", "posterior", "flag", "label"]
ODD = [
    ["id", "amount", "hour", "channel", "remark"],
    ["007", "1.50", "09.0", "web", "a, b"],
    ["008", "2e1", "", "phone", 'say "hi"'],
    ["009", "3", "N/A", "web", "two\nlines"],
    ["010", "40", "8.250", "phone", "=1+1"],
    ["011", "1000000000000", "-0", "web", " blank "],
]


def odd_file(folder: Path) -> Path:
    """Write a table whose texts a reader would change: zeros, exponents, words for missing, quotes, lines."""
    with (folder / "odd.csv").open("w", newline="") as file:
        csv.writer(file).writerows(ODD)
    return folder / "odd.csv"


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_every_value_of_a_csv_file_comes_back_as_it_was_written(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path
) -> None:
    ended = scarce("predict", finished.folder / "model.scarce", odd_file(tmp_path), "-o", "out.csv")
    assert ended.code == 0, ended.err
    printed = scarce("predict", finished.folder / "model.scarce", "odd.csv").out
    for text in (printed, (tmp_path / "out.csv").read_bytes().decode()):
        rows = rows_of(text)
        assert rows[0][5:] == OURS
        assert [row[:5] for row in rows] == ODD


def test_predictions_do_not_depend_on_what_is_written_beside_them(
    scarce: Callable[..., Ended], finished: Finished
) -> None:
    asked = ([], ["--no-columns"], ["--columns", "customer"], ["--id", "customer,amount"])
    shown = [
        rows_of(scarce("predict", finished.folder / "model.scarce", finished.data, *more).out)
        for more in asked
    ]
    assert [row[-4:] for row in shown[0]] == shown[1]
    for rows in shown[2:]:
        assert [row[-4:] for row in rows] == shown[1]
    given = rows_of(finished.data.read_text())
    customer = [row[3] for row in given]
    assert [row[:-4] for row in shown[2]] == [[one] for one in customer]
    assert [row[:-4] for row in shown[3]] == [[row[3], row[0]] for row in given]


def test_every_format_holds_the_same(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path
) -> None:
    for name in ("o.csv", "o.parquet", "o.jsonl"):
        assert scarce("predict", finished.folder / "model.scarce", odd_file(tmp_path), "-o", name).code == 0
    whole = pq.read_table("o.parquet")
    objects = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert whole.column("id").to_pylist() == [one["id"] for one in objects] == [row[0] for row in ODD[1:]]
    assert [one["amount"] for one in objects] == [1.5, 20.0, 3, 40, 1000000000000]
    assert [one["hour"] for one in objects] == ["09.0", None, "N/A", 8.25, 0]
    for name in OURS:
        assert whole.column(name).to_pylist() == [one[name] for one in objects]


def test_parquet_keeps_the_types_it_came_with(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path
) -> None:
    day = pa.array([0, 1] * 300, pa.date32())
    small = payments().append_column("day", day).append_column("n", pa.array([1] * 600, pa.int8()))
    words = pa.array(["a, b", 'c "d"'] * 300).dictionary_encode()
    small = small.append_column("words", words).append_column("long", words.cast(pa.large_string()))
    pq.write_table(small, "new.parquet")
    assert scarce("predict", finished.folder / "model.scarce", "new.parquet", "-o", "out.parquet").code == 0
    whole = pq.read_table("out.parquet").select(small.column_names)
    assert whole.drop(["words", "long"]).equals(small.drop(["words", "long"]))
    rows = rows_of(scarce("predict", finished.folder / "model.scarce", "new.parquet").out)[1:]
    for name in ("words", "long"):  # DuckDB reads both as plain strings
        assert whole[name].to_pylist() == small[name].to_pylist()
        assert [row[small.column_names.index(name)] for row in rows] == small[name].to_pylist()


def test_several_files_are_carried_in_their_order(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path
) -> None:
    header, *lines = finished.data.read_text().splitlines()
    for name, part in (("p1.csv", lines[:250]), ("p2.csv", lines[250:])):
        (tmp_path / name).write_text("\n".join([header, *part, ""]))
    together = scarce("predict", finished.folder / "model.scarce", "p*.csv")
    assert together.out == scarce("predict", finished.folder / "model.scarce", finished.data).out


def test_a_column_called_like_ours_is_renamed_and_said_so(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path
) -> None:
    text = finished.data.read_text().replace('"', "").replace("customer,fraud", "flag,label", 1)
    (tmp_path / "new.csv").write_text(text)
    ended = scarce("predict", finished.folder / "model.scarce", "new.csv")
    rows = rows_of(ended.out)
    assert rows[0] == ["amount", "hour", "channel", "given_flag", "given_label", *OURS]
    assert [row[4] for row in rows[1:]] == [line.rpartition(",")[2] for line in text.splitlines()[1:]]
    assert (
        "'label' of new.csv is written as 'given_label', beside the 'label' of the predictions" in ended.error
    )


def test_a_name_that_cannot_be_changed_is_refused(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path
) -> None:
    text = finished.data.read_text().replace("customer", "label", 1).replace("fraud", "given_label", 1)
    (tmp_path / "new.csv").write_text(text)
    ended = scarce("predict", finished.folder / "model.scarce", "new.csv", "-o", "out.csv")
    assert ended.error == [
        "error[E236]: the column 'label' of new.csv is called as a column of the predictions, and so is "
        "'given_label'",
        "hint: rename one of them, or say which columns to carry: --columns A,B, or --no-columns",
    ]
    assert not (tmp_path / "out.csv").exists()
    assert scarce("predict", finished.folder / "model.scarce", "new.csv", "--columns", "hour").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--columns", "custumer"), "E101"), (("--columns", "hour", "--no-columns"), "E238")],
    ids=["no such column", "both"],
)
def test_what_cannot_be_carried_is_refused(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    ended = scarce("predict", finished.folder / "model.scarce", finished.data, "-o", "out.csv", *words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"error[{code}]: ")
    assert not (tmp_path / "out.csv").exists()


def test_a_terminal_is_shown_no_escape_out_of_the_data() -> None:
    table = pa.table({"na\x1b[31mme": ["\x1b[2J", None, "plain"], "n": [1, 2, 3]})
    shown = predict.seen(table, table.column_names)
    assert shown.to_pydict() == {r"na\x1b[31mme": [r"\x1b[2J", None, "plain"], "n": [1, 2, 3]}
