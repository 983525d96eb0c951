"""The same table is the same data, model and predictions, whatever the format it comes in."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.campaign import share
from tests.data import number_reference as reference

from scarce.bundle.serialization import to_bytes
from scarce.data.dataset import Dataset
from scarce.data.files.reading import from_dataframe, read
from scarce.errors import ScarceError
from scarce.trial.config import TrialConfig
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from scarce.data.table import Table

Rows = list[list[str]]

JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
THEMES = (
    (
        "1",
        "-2",
        "0.5",
        "1e5",
        "1.50",
        "1.0",
        "-0",
        "1e400",
        "9223372036854775808",
        "NA",
        "",
        "12345678901234567890",
    ),
    ("0xFF", "1_000", "nan", "1", "2", "+5", " 7 ", "nan(1)", ""),
    ("00202", "10115", "1", "007", "", "NA"),
    ("00.5", "1.5", "007", "?"),
    ("03-04-2015", "12-25-2015", "01-02-03", "2015-04-03", ""),
    ("2024-01-31", "2024-01-31 10:11:12", "2024-01-31T10:11Z", "10:30:00", "NA", "20240131"),
    ("10:30:00", "23:59:59", ""),
    ("true", "false", "TRUE", "NA", "", "yes"),
    ("red", "N/A", 'say "x"', "two\nlines", "a,b", "é", " blue", "\U0001f600", ""),
    ("12,5", "1,234.5", "3", "4"),
    ("1.5", "2.5", "abc", "3", "4", "5"),
)


def literal(word: str) -> str:
    """Write a word as JSON has it: numbers and truth values as such, an empty one as null."""
    if JSON_NUMBER.fullmatch(word) or word in ("true", "false"):
        return word
    return json.dumps(word) if word else "null"


def as_csv(names: list[str], rows: Rows, folder: Path) -> Path:
    return delimited(names, rows, folder / "a.csv", ",")


def as_tsv(names: list[str], rows: Rows, folder: Path) -> Path:
    return delimited(names, rows, folder / "a.tsv", "\t")


def delimited(names: list[str], rows: Rows, file: Path, delimiter: str) -> Path:
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([names, *rows])
    return file


def as_json_words(names: list[str], rows: Rows, folder: Path) -> Path:
    file = folder / "words.jsonl"
    lines = [json.dumps(dict(zip(names, row, strict=True))) for row in rows]
    file.write_text("\n".join(lines) + "\n")
    return file


def as_json_literals(names: list[str], rows: Rows, folder: Path) -> Path:
    file = folder / "literals.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join(objects(names, rows)).encode()))
    return file


def as_json_array(names: list[str], rows: Rows, folder: Path) -> Path:
    file = folder / "a.json"
    file.write_text("[\n" + " ,\n".join(objects(names, rows)) + "]\n", encoding="utf-8")
    return file


def objects(names: list[str], rows: Rows) -> list[str]:
    keys = [json.dumps(name) for name in names]
    return [
        "{" + ", ".join(f"{key}: {literal(word)}" for key, word in zip(keys, row, strict=True)) + "}"
        for row in rows
    ]


def columns_of(names: list[str], rows: Rows) -> dict[str, list[str | None]]:
    return {name: [row[i] or None for row in rows] for i, name in enumerate(names)}


def as_parquet(names: list[str], rows: Rows, folder: Path) -> Path:
    pq.write_table(as_arrow(names, rows, folder), folder / "a.parquet")
    return folder / "a.parquet"


def as_arrow(names: list[str], rows: Rows, folder: Path) -> pa.Table:
    return pa.table({name: pa.array(words, pa.string()) for name, words in columns_of(names, rows).items()})


def as_pandas(names: list[str], rows: Rows, folder: Path) -> pd.DataFrame:
    return pd.DataFrame(columns_of(names, rows), dtype="str")


def as_polars(names: list[str], rows: Rows, folder: Path) -> object:
    import polars as pl

    return pl.DataFrame(columns_of(names, rows), schema=dict.fromkeys(names, pl.String))


FORMATS = [as_tsv, as_json_words, as_json_literals, as_json_array, as_parquet, as_arrow, as_pandas]
if importlib.util.find_spec("polars"):
    FORMATS.append(as_polars)


def taken(made: object) -> Table:
    return read(made) if hasattr(made, "suffix") else from_dataframe(made)


@pytest.mark.campaign
@settings(max_examples=share(500), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_format_of_a_table_gives_the_same_columns(
    data: st.DataObject, tmp_path: Path, tally: Callable[[str, int], None]
) -> None:
    tally("files", len(FORMATS) + 1)
    themes = data.draw(st.lists(st.sampled_from(THEMES), min_size=2, max_size=3))
    row = st.tuples(*map(st.sampled_from, themes)).map(list)
    rows = data.draw(st.lists(row, min_size=1, max_size=6))
    names = [f"c{i}" for i in range(len(themes))]
    wanted = taken(as_csv(names, rows, tmp_path))
    for i, name in enumerate(names):
        kind, values = reference.column([row[i] for row in rows])
        assert str(wanted.data.column(name).type) == kind
        assert list(map(repr, wanted.data.column(name).to_pylist())) == list(map(repr, values))
    for write in FORMATS:
        table = taken(write(names, rows, tmp_path))
        assert table.data.equals(wanted.data), write.__name__
        assert table.missing_tokens == wanted.missing_tokens
        assert table.quirks == wanted.quirks
        assert table.fingerprint == wanted.fingerprint


def test_every_format_of_a_table_gives_the_same_model_and_predictions(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    n = 600
    y = rng.random(n) < 0.1
    columns = {
        "amount": rng.lognormal(3 + y).round(2),
        "day": np.datetime64("2024-01-01") + rng.integers(0, 300, n),
        "zip": np.char.zfill(rng.choice([202, 10115, 80331, 1067], n).astype(str), 5),
        "odd": rng.choice(["03-04-2015", "12-25-2015", "01-02-03"], n),
        "gap": np.where(rng.random(n) < 0.2, "NA", rng.integers(0, 9, n).astype(str)),
        "y": np.where(y, "1", "0"),
    }
    names, rows = list(columns), np.column_stack([values.astype(str) for values in columns.values()]).tolist()
    config = TrialConfig(
        methods=("focal:gamma=2",), learners=("lightgbm",), folds=2, max_rounds=10, replicates=50
    )
    made, predicted = set(), set()
    for write in (as_csv, as_json_literals, as_pandas):
        table = replace(taken(write(names, rows, tmp_path)), source="the table")
        _, model = run_trial(Dataset.prepare(table, "y"), config)
        made.add(to_bytes(model))
        predicted.add(model.log_odds(table).tobytes())
    assert len(made) == len(predicted) == 1


KEYS = st.sampled_from(["a", "b", "c", "é", "a b", "A", "\U0001f600", "x\u2028y", 'q"'])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**25), 10**25),
    st.floats(),
    st.sampled_from(["", "1", "10:30:00", "03-04-2015", "NA", "\t x"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4),
)
WILD = st.one_of(LEAVES, st.text(st.characters(), max_size=3), st.lists(LEAVES, max_size=2))
ROW = st.dictionaries(KEYS, LEAVES, max_size=4)
WILD_ROW = st.dictionaries(st.one_of(KEYS, st.text(st.characters(), max_size=3)), WILD, max_size=4)
MARKS = st.sampled_from([*'{}[]",:\\u0-1e.ntf \t\r\n', "\\ud800", "\\u0000", "\ufeff", "//", "NaN"])

REFUSED = {"E103", "E105", "E109", "E110", "E118", "E119", "E120", "E126"}


@pytest.mark.campaign
@settings(max_examples=share(5_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.one_of(st.lists(ROW, min_size=1, max_size=5), st.lists(WILD_ROW, min_size=1, max_size=4)),
    plain=st.booleans(),
    array=st.booleans(),
    edits=st.lists(st.tuples(st.integers(0, 400), MARKS, st.booleans()), max_size=2),
)
def test_json_is_read_as_python_reads_it_or_refused(
    rows: list[dict[str, object]],
    plain: bool,
    array: bool,
    edits: list[tuple[int, str, bool]],
    tmp_path: Path,
    tally: Callable[[str, int], None],
) -> None:
    tally("files", 1)
    texts = [json.dumps(row, ensure_ascii=plain) for row in rows]
    text = "[" + ",\n".join(texts) + "]" if array else "\n".join(texts) + "\n"
    for place, mark, replaced in edits:
        place %= len(text)
        text = text[:place] + mark + text[place + replaced :]
    file = tmp_path / ("a.json" if array else "a.jsonl")
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    wanted = by_python(text)
    if wanted is None:
        with pytest.raises(ScarceError) as caught:
            read(file)
        assert caught.value.code in REFUSED
        assert caught.value.two_lines().count("\n") == 1
    else:
        table = read(file)
        assert table.names == list(wanted)
        for name, words in wanted.items():
            kind, values = reference.column(words)
            assert str(table.data.column(name).type) == kind
            assert list(map(repr, table.data.column(name).to_pylist())) == list(map(repr, values))


def by_python(text: str) -> dict[str, list[str | None]] | None:
    """Return the columns of a JSON file as text, or None where it must be refused."""

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(found)) < len(found):
            raise ValueError
        return dict(found)

    def loads(part: str) -> object:
        return json.loads(part, object_pairs_hook=pairs, parse_int=str, parse_float=str, parse_constant=str)

    text = text.removeprefix("\ufeff")
    try:
        text.encode()
        if text.lstrip(" \t\r\n").startswith("["):
            rows = loads(text)
        else:
            rows = [loads(line.removeprefix("\ufeff")) for line in re.split("[\r\n]", text) if line.strip()]
    except ValueError:
        return None
    if not all(isinstance(row, dict) for row in rows):
        return None
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [value for row in rows for value in row.values()]
    words = [*names, *(cell for cell in cells if isinstance(cell, str))]
    if any(isinstance(cell, dict | list) for cell in cells) or not names:
        return None
    if any(re.search("[\0\ud800-\udfff]", word) for word in words) or not all(map(str.strip, names)):
        return None
    return {
        name: [
            {True: "true", False: "false"}[value] if isinstance(value, bool) else value
            for value in (row.get(name) for row in rows)
        ]
        for name in names
    }


def test_a_long_last_line_without_an_end_is_read(tmp_path: Path) -> None:
    long = "x" * 33_000_000
    (tmp_path / "a.jsonl").write_text(f'{{"a":1,"b":"y"}}\n{{"a":2,"b":"{long}"}}')
    assert read(tmp_path / "a.jsonl").data.column("b").to_pylist() == ["y", long]


def test_rows_of_json_lines_are_named_by_their_lines_past_blank_ones(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('\n{"a":1}\n\n \n{"a":2}\n')
    table = read(tmp_path / "a.jsonl")
    assert [table.where(0), table.where(1)] == ["line 2", "line 5"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=repr)
def test_lines_of_json_end_as_those_of_csv_may(end: str, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(end.join(['{"a":1}', "", '{"a":2, "b":"x\u2028y"}', ""]).encode())
    table = read(tmp_path / "a.jsonl")
    assert table.data.to_pydict() == {"a": [1, 2], "b": [None, "x\u2028y"]}
    assert [table.where(0), table.where(1)] == ["line 1", "line 3"]


def test_a_name_that_comes_late_is_a_column_with_gaps(tmp_path: Path) -> None:
    lines = ['{"a":1}'] * 1200 + ['{"b":"x","a":2}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    table = read(tmp_path / "a.jsonl")
    assert table.names == ["a", "b"]
    assert table.data.column("b").to_pylist() == [None] * 1200 + ["x"]
