"""``scarce evaluate`` on next to nothing: what the rows do not define is a dash, and null for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished

EXPLAINED = "A dash: these rows do not define it. An interval takes two positives and two negatives"


def some(finished: Finished, path: Path, positives: int, negatives: int, amount: str = "") -> None:
    """Write the first rows of either label, with another amount if one is given."""
    header, *rows = finished.data.read_text().splitlines()
    yes = [row for row in rows if "yes" in row]
    no = [row for row in rows if "yes" not in row]
    kept = [*yes[:positives], *no[:negatives]]
    if amount:
        kept = [",".join([amount, *row.split(",")[1:]]) for row in kept]
    path.write_text("\n".join([header, *kept]) + "\n")


@pytest.mark.parametrize(("positives", "negatives"), [(1, 30), (30, 1), (1, 1)])
def test_one_row_of_a_label_has_figures_and_no_interval(
    positives: int, negatives: int, finished: Finished, scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    some(finished, tmp_path / "few.csv", positives, negatives)
    ended = scarce("evaluate", finished.folder / "model.scarce", "few.csv")
    assert ended.code == 0, ended.err
    assert "nan" not in ended.out
    (line,) = [line for line in ended.out.splitlines() if line.startswith("average precision")]
    assert line.split()[-2:] == ["–", "–"]
    assert EXPLAINED in ended.out


def test_two_rows_of_each_label_have_intervals_and_no_dash(
    finished: Finished, scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    some(finished, tmp_path / "few.csv", 20, 60)
    ended = scarce("evaluate", finished.folder / "model.scarce", "few.csv")
    assert "–" not in ended.out
    assert EXPLAINED not in ended.out


@pytest.mark.parametrize(("positives", "negatives"), [(1, 30), (30, 1), (1, 1), (3, 3)])
def test_json_has_null_where_there_is_no_figure(
    positives: int, negatives: int, finished: Finished, scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    some(finished, tmp_path / "few.csv", positives, negatives)
    ended = scarce("evaluate", finished.folder / "model.scarce", "few.csv", "--json")

    def refuse(word: str) -> float:
        raise AssertionError(word)

    scores = json.loads(ended.out, parse_constant=refuse)["scores"]
    assert scores["average_precision"]["value"] is not None
    assert (scores["average_precision"]["low"] is None) == (min(positives, negatives) < 2)


@pytest.mark.parametrize(
    ("positives", "negatives", "message"),
    [
        (0, 30, "error[E133]: the target 'fraud' of few.csv is 'no' in all 30 rows"),
        (30, 0, "error[E133]: the target 'fraud' of few.csv is 'yes' in all 30 rows"),
        (1, 0, "error[E133]: the target 'fraud' of few.csv is 'yes' in all 1 rows"),
        (0, 0, "error[E103]: few.csv holds no rows"),
    ],
)
def test_rows_of_one_label_cannot_be_evaluated(
    positives: int,
    negatives: int,
    message: str,
    finished: Finished,
    scarce: Callable[..., Ended],
    tmp_path: Path,
) -> None:
    some(finished, tmp_path / "few.csv", positives, negatives)
    ended = scarce("evaluate", finished.folder / "model.scarce", "few.csv")
    assert (ended.code, ended.out, ended.error[0]) == (2, "", message)


def test_a_gate_on_a_score_without_a_value_fails_and_says_so(
    finished: Finished, scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    some(finished, tmp_path / "few.csv", 2, 30, amount="0.01")  # too little to flag
    gate = ("--fail-if", "precision<0.1")
    ended = scarce("evaluate", finished.folder / "model.scarce", "few.csv", *gate)
    assert ended.code == 1, ended.err
    assert ended.error[-1] == "gate failed: precision<0.1 (precision has no value on these rows)"
