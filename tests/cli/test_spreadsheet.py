"""Predictions that a spreadsheet opens: no text is a formula, no number touched, no character lost."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scarce.bundle.serialization import load, save
from scarce.cli import spreadsheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished

FORMULAS = [
    "=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "+1+1", "-1+1", "-", "+", "--", "-a",
    "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "\uff1d1+1", "\uff0b1", "\uff0da", "\uff20SUM", "-1,5",
    "-0x10", "=", "-1\n=2",
]  # fmt: skip
NUMBERS = ["-1", "+5.0", "-.5", "-1e-5", "+1E+9", "-007", "+1 ", "12"]
TEXTS = [
    "a=b",
    " =1",
    "fraud",
    "",
    "'=1",
    '"',
    'a "quoted" word',
    "a,b",
    "two\nlines",
    "two\r\nlines",
    "x\ry",
    "ü",
]


def as_csv(table: pa.Table) -> list[list[str]]:
    """Return what another reader of CSV sees."""
    stream = io.BytesIO()
    spreadsheet.write_csv(table, stream)
    return list(csv.reader(io.StringIO(stream.getvalue().decode(), newline="")))


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()], ids=str)
def test_formulas_get_an_apostrophe_and_nothing_else_does(kind: pa.DataType) -> None:
    words = [*FORMULAS, *NUMBERS, *TEXTS, None]
    table, found = spreadsheet.defused(pa.table({"label": pa.array(words, kind)}))
    assert found == FORMULAS
    assert table.column("label").to_pylist() == [f"'{word}" for word in FORMULAS] + [*NUMBERS, *TEXTS, None]


def test_numbers_and_truth_values_are_never_touched() -> None:
    table = pa.table({"log_odds": [-1.5, 2.0, float("-inf")], "flag": [True, False, None], "n": [-1, -2, 3]})
    defused, found = spreadsheet.defused(table)
    assert (defused, found) == (table, [])
    assert as_csv(defused)[1] == ["-1.5", "true", "-1"]


def test_names_of_columns_are_cells_too() -> None:
    table, found = spreadsheet.defused(pa.table({"=A1": [1], "-1": [2], 'a,"b"': [3]}))
    assert found == ["=A1"]
    assert as_csv(table) == [["'=A1", "-1", 'a,"b"'], ["1", "2", "3"]]


@pytest.mark.parametrize("word", [*FORMULAS, *NUMBERS, *TEXTS], ids=repr)
def test_another_reader_sees_the_same_characters(word: str) -> None:
    table, _ = spreadsheet.defused(pa.table({"label": [word, "x"], "p": [-0.25, 1.0]}))
    defused = f"'{word}" if word in FORMULAS else word
    assert as_csv(table) == [["label", "p"], [defused, "-0.25"], ["x", "1"]]


def relabelled(finished: Finished, folder: Path, label: str) -> Path:
    """Return the finished model with another positive label, as a stranger may name it."""
    model = load(finished.folder / "model.scarce")
    object.__setattr__(model, "labels", ("no", label))
    save(model, folder / "m.scarce")
    return folder / "m.scarce"


def test_predict_says_that_it_defused_a_label_and_leaves_parquet_alone(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path
) -> None:
    model = relabelled(finished, tmp_path, "=1+1")
    said = "written with an apostrophe before it, as a spreadsheet would compute it: '=1+1'"
    printed = scarce("predict", model, finished.data)
    assert said in printed.error
    assert {row["label"] for row in csv.DictReader(io.StringIO(printed.out))} == {"no", "'=1+1"}
    into_file = scarce("predict", model, finished.data, "-o", "p.csv")
    assert into_file.err.count(said) == 1
    assert (tmp_path / "p.csv").read_text() == printed.out
    parquet = scarce("predict", model, finished.data, "-o", "p.parquet")
    assert said not in parquet.err
    assert set(pq.read_table(tmp_path / "p.parquet")["label"].to_pylist()) == {"no", "=1+1"}


def test_predict_says_nothing_of_a_label_that_is_a_number(
    scarce: Callable[..., Ended], finished: Finished, tmp_path: Path
) -> None:
    ended = scarce("predict", relabelled(finished, tmp_path, "-1"), finished.data)
    assert "apostrophe" not in ended.err
    assert {row["label"] for row in csv.DictReader(io.StringIO(ended.out))} == {"no", "-1"}
