"""A folder holds the results of one table and one target; others take their place only when told to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import csv
from tests.cli.conftest import QUICK, payments

from scarce.cli import outputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished

SET = ("model.scarce", "report.html", "run.json")


def write(path: Path, data: pa.Table) -> None:
    csv.write_csv(data, path)


@pytest.fixture
def held(finished: Finished, tmp_path: Path) -> dict[str, bytes]:
    """Return the files of a finished run on small.csv, copied to where a run would write."""
    folder = tmp_path / "scarce-run"
    folder.mkdir()
    for name in SET:
        (folder / name).write_bytes((finished.folder / name).read_bytes())
    return {name: (folder / name).read_bytes() for name in SET}


OTHERS = {
    "another file": ("other.csv", payments(seed=1), "fraud", "not of other.csv"),
    "a file changed since": ("small.csv", payments(seed=1), "fraud", "not of small.csv, whose content is"),
    "another target": ("small.csv", payments(), "channel", "not of 'channel'"),
}


@pytest.mark.parametrize(("name", "data", "target", "said"), OTHERS.values(), ids=OTHERS)
def test_another_table_or_target_is_refused_and_nothing_is_lost(
    scarce: Callable[..., Ended],
    held: dict[str, bytes],
    tmp_path: Path,
    name: str,
    data: pa.Table,
    target: str,
    said: str,
) -> None:
    write(tmp_path / name, data)
    ended = scarce("run", name, "--target", target, *QUICK)
    assert (ended.code, ended.out, len(ended.error)) == (2, "", 2), ended.err
    assert ended.error[0].startswith(
        "error[E380]: scarce-run holds the results of small.csv with the target 'fraud', "
    )
    assert said in ended.error[0]
    assert "--overwrite" in ended.error[1]
    folder = tmp_path / "scarce-run"
    assert {name: (folder / name).read_bytes() for name in SET} == held
    assert not (folder / outputs.JOURNAL).exists()


def test_a_comparison_is_refused_too(
    scarce: Callable[..., Ended], held: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "scarce-run" / "model.scarce").unlink()
    write(tmp_path / "scores.csv", payments(seed=2))
    folder = ("--out", "scarce-run")
    words = (
        "compare",
        "scores.csv",
        *folder,
        "--target",
        "fraud",
        "--scores",
        "amount",
        "--scores-are",
        "score",
    )
    assert "error[E380]" in scarce(*words).err
    assert scarce(*words, "--overwrite").code == 0
    assert json.loads((tmp_path / "scarce-run" / "run.json").read_bytes())["data"]["name"] == "scores.csv"


def test_overwriting_replaces_them_and_the_same_table_needs_no_leave(
    scarce: Callable[..., Ended], held: dict[str, bytes], tmp_path: Path
) -> None:
    write(tmp_path / "other.csv", payments(seed=1))
    words = ("run", "other.csv", "--target", "fraud", *QUICK)
    assert scarce(*words, "--overwrite").code == 0
    record = json.loads((tmp_path / "scarce-run" / "run.json").read_bytes())
    assert (record["data"]["name"], record["data"]["target"]) == ("other.csv", "fraud")
    with_costs = scarce(*words, "--cost", "fn=100,fp=5")
    assert with_costs.code == 0, with_costs.err
    (line,) = (line for line in with_costs.out.splitlines() if line.startswith("reused"))
    assert line == "reused  4 of 4 fits"


@pytest.mark.parametrize(
    "content",
    [
        {"made_by": "scarce"},
        {"made_by": "scarce", "data": "gone"},
        {"made_by": "scarce", "data": {"name": "x"}},
    ],
    ids=["unfinished", "no facts", "of an older version"],
)
def test_a_record_that_names_no_table_bars_nobody(tmp_path: Path, content: dict[str, object]) -> None:
    (tmp_path / "run.json").write_bytes(outputs.as_json(content))
    outputs.check_same_table(tmp_path, "other.csv", "digest", "fraud")
    outputs.check_same_table(tmp_path / "empty", "other.csv", "digest", "fraud")
