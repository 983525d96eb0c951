"""``scarce monitor``: what it prints, the state it keeps, and gates that scripts act on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pyarrow import csv
from tests.cli.conftest import payments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished

    Scarce = Callable[..., Ended]


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    path = tmp_path / "new.csv"
    csv.write_csv(payments(400, seed=5), path)
    return path


def test_it_says_what_it_found(finished: Finished, scarce: Scarce, batch: Path) -> None:
    ended = scarce("monitor", finished.folder / "model.scarce", batch, "--labels", "fraud")
    assert (ended.code, ended.err) == (0, "")
    names = [line.split()[0] for line in ended.out.splitlines() if not line.startswith(" ")]
    assert names == ["rows", "alarms", "inputs", "scores", "prevalence", "labels", "calibration", "money"]
    assert max(map(len, ended.out.splitlines())) <= 80


def test_programs_get_every_number(finished: Finished, scarce: Scarce, batch: Path) -> None:
    ended = scarce("monitor", finished.folder / "model.scarce", batch, "--labels", "fraud", "--json")
    told = json.loads(ended.out)
    assert told["values"]["alarms"] == len(told["alarms"])
    assert {one["column"] for one in told["inputs"]} == {"amount", "hour", "channel"}
    assert told["counted"] == {"rows": 400, "positives": 40, "young": 0, "late": 0}


def test_the_state_goes_on_and_refuses_the_same_rows(
    finished: Finished, scarce: Scarce, batch: Path, tmp_path: Path
) -> None:
    typed = ["monitor", finished.folder / "model.scarce", batch, "--labels", "fraud", "--state", "watch.json"]
    ended = scarce(*typed)
    assert (ended.code, ended.error) == (0, ["the evidence is kept in watch.json"])
    kept = (tmp_path / "watch.json").read_bytes()
    again = scarce(*typed)
    assert (again.code, again.out) == (2, "")
    assert again.error[0].startswith(f"error[E903]: the rows of {batch.name} were counted before")
    assert (tmp_path / "watch.json").read_bytes() == kept
    csv.write_csv(payments(400, seed=6), batch)
    assert "of 800 rows in 2 batches" in " ".join(scarce(*typed).out.split())


def test_a_gate_that_fails_ends_with_1(finished: Finished, scarce: Scarce, batch: Path) -> None:
    typed = ["monitor", finished.folder / "model.scarce", batch, "--labels", "fraud", "--fail-if"]
    failed = scarce(*typed, "prevalence>0.001")
    assert failed.code == 1
    assert failed.error[0].startswith("gate failed: prevalence>0.001 (prevalence is ")
    assert scarce(*typed, "calibration_evidence>=1e9").code == 0
    assert scarce(*typed, "average_precision<0.8").error[0].startswith("error[E209]")


def test_a_figure_that_is_not_there_fails_every_gate(finished: Finished, scarce: Scarce, batch: Path) -> None:
    ended = scarce(
        "monitor", finished.folder / "model.scarce", batch, "--fail-if", "calibration_evidence>=20"
    )
    assert ended.code == 1
    assert "has no value on these rows" in ended.err


def test_the_state_may_not_be_the_data(finished: Finished, scarce: Scarce, batch: Path) -> None:
    typed = ["monitor", finished.folder / "model.scarce", batch, "--labels", "fraud", "--state"]
    assert scarce(*typed, batch).error[0].startswith("error[E207]")
    assert scarce(*typed, "nowhere/watch.json").error[0].startswith("error[E207]")
    assert scarce(*typed[:3], "--time", "day").error[0].startswith("error[E908]")


def test_looks_without_labels_are_counted_too(
    finished: Finished, scarce: Scarce, batch: Path, tmp_path: Path
) -> None:
    typed = ["monitor", finished.folder / "model.scarce", batch, "--state", "watch.json"]
    for look in (1, 2):
        ended = scarce(*typed)
        assert (ended.code, ended.error) == (0, ["the evidence is kept in watch.json"])
        assert f"(level 0.05 over all looks; this is look {look})" in " ".join(ended.out.split())
    assert json.loads((tmp_path / "watch.json").read_bytes())["looks"] == 2
