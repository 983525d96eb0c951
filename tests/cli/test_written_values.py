"""A file as people write it, from a run to its model: each command reads its cells as training did."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.cli.conftest import payments

from scarce.bundle.serialization import load
from scarce.data.cells.number_notation import NumberNotation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa
    from tests.cli.conftest import Ended

QUICK = ("--folds", "2", "--learners", "lightgbm", "--methods", "focal:gamma=1", "--cost", "fn=amount,fp=5")
START = datetime(2024, 1, 1)


def plainly(table: pa.Table) -> list[list[str]]:
    """Return rows with a date and gaps, as a program writes them."""
    names = [name for name in table.column_names if name != "customer"]
    rows = [
        [*(str(row[name]) for name in names), (START + timedelta(days=number % 300)).strftime("%Y-%m-%d")]
        for number, row in enumerate(table.to_pylist())
    ]
    for row in rows[::7]:
        row[names.index("channel")] = ""
    return [[*names, "booked"], *rows]


def for_people(rows: list[list[str]]) -> list[list[str]]:
    """Write the same rows with a currency, a decimal comma, the day first and a word for missing."""
    written = [rows[0]]
    for amount, hour, channel, fraud, booked in rows[1:]:
        euros = f"{float(amount):,.2f} EUR".replace(",", "T").replace(".", ",").replace("T", ".")
        day = datetime.fromisoformat(booked).strftime("%d/%m/%Y")
        written.append([euros, hour.replace(".", ","), channel or "unknown", fraud, day])
    return written


def write(rows: list[list[str]], path: Path) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the same tables written plainly and for people, the first rows apart."""
    monkeypatch.chdir(tmp_path)
    rows = plainly(payments())
    for name, form in (("plain", rows), ("written", for_people(rows))):
        write(form, tmp_path / f"{name}.csv")
        write(form[:12], tmp_path / f"{name}-later.csv")  # no day past the twelfth, no amount over a thousand
    return tmp_path


def test_a_table_written_for_people_gives_the_model_of_the_plain_one(
    scarce: Callable[..., Ended], folder: Path
) -> None:
    run = ("--target", "fraud", *QUICK)
    assert scarce("run", "plain.csv", *run, "--out", "a").code == 0
    ended = scarce("run", "written.csv", *run, "--missing", "unknown", "--out", "b")
    assert ended.code == 0, ended.err
    cells = load("b/model.scarce").encoder.cells
    assert cells.columns["amount"] == NumberNotation(",", ".", "EUR")
    command = json.loads((folder / "b" / "run.json").read_text())["command"]
    assert "--missing unknown" in command
    for later in ("", "-later"):
        plain = scarce("predict", "a/model.scarce", f"plain{later}.csv", "--no-columns")
        written = scarce("predict", "b/model.scarce", f"written{later}.csv", "--no-columns")
        assert plain.code == written.code == 0, written.err
        assert plain.out == written.out
    for words in (
        ("evaluate", "--json"),
        ("threshold", "--recall", "0.9"),
        ("monitor", "--labels", "fraud", "--json", "--time", "booked"),
    ):
        told = []
        for model, data in (("a", "plain.csv"), ("b", "written.csv")):
            ended = scarce(words[0], f"{model}/model.scarce", data, *words[1:])
            assert ended.code == 0, ended.err
            told.append(ended.out.replace("plain.csv", "written.csv").splitlines())
        assert told[0] == told[1]


def test_a_later_file_written_otherwise_is_refused_and_labels_may_stand_apart(
    scarce: Callable[..., Ended], folder: Path
) -> None:
    import pandas as pd

    import scarce as package

    assert scarce("run", "written.csv", "--target", "fraud", *QUICK, "--missing", "unknown").code == 0
    for command in ("predict", "evaluate", "monitor"):
        ended = scarce(command, "scarce-run/model.scarce", "plain.csv")
        assert ended.code == 2
        assert ended.error[0].startswith(
            "error[E150]: column 'amount' was written as 1.234,50 EUR when the model was made, and line 2 of"
        ), command
    frame = pd.read_csv("written.csv", sep=";", dtype="str", keep_default_na=False)
    beside = package.monitor("scarce-run/model.scarce", frame, "fraud")
    apart = package.monitor("scarce-run/model.scarce", frame.drop(columns="fraud"), frame["fraud"])
    assert beside.values == apart.values


def test_check_tells_what_was_read_and_what_to_type(scarce: Callable[..., Ended], folder: Path) -> None:
    ended = scarce("check", "written.csv", "--target", "fraud", "--missing", "unknown")
    told = " ".join(ended.out.split())
    assert (
        "W150: read as numbers: 'amount' as 1.234,50 EUR (600 values), 'hour' as 1.234,50 (600 values)"
        in told
    )
    assert "W151: read as dates: 'booked' as DD/MM/YYYY (600 values)" in told
    ended = scarce("check", "written-later.csv", "--target", "fraud")
    assert ended.code == 2
    assert ended.error[0].startswith("error[E148]: column 'booked' holds dates such as '01/01/2024'")
    for form in ("DD/MM/YYYY", "MM/DD/YYYY"):
        assert f"--date-format {form}" in ended.err
        ended_again = scarce("check", "written-later.csv", "--target", "fraud", "--date-format", form)
        assert ended_again.code == 0, ended_again.err


@pytest.mark.parametrize(
    ("option", "value"), [("--decimal", ";"), ("--date-format", "dd.mm"), ("--decimal", "comma")]
)
def test_a_way_of_writing_that_no_cell_has_is_refused(
    scarce: Callable[..., Ended], folder: Path, option: str, value: str
) -> None:
    ended = scarce("run", "plain.csv", "--target", "fraud", option, value)
    assert ended.code == 2
    assert ended.error[0].startswith(f"error[E204]: {option} cannot be {value!r}")


def test_from_python_the_same_is_said_by_arguments(folder: Path) -> None:
    import pandas as pd

    import scarce

    frame = pd.read_csv("written.csv", sep=";", dtype="str", keep_default_na=False)
    trial = scarce.run(
        frame,
        "fraud",
        missing="unknown",
        cost="fn=amount,fp=5",
        learners=["lightgbm"],
        methods=["focal:gamma=1"],
        folds=2,
    )
    later = pd.read_csv("written-later.csv", sep=";", dtype="str", keep_default_na=False)
    whole = trial.model.log_odds(frame)
    np.testing.assert_array_equal(trial.model.log_odds(later), whole[: len(later)])
    assert not np.isnan(whole).any()
    assert "missing='unknown'" in trial.result.command
