"""``scarce compare``: what it prints and leaves, what it refuses, and that it leaves nothing then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from scarce.cli import outputs
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished

COMPARE = ("compare", "scores.csv", "--target", "fraud")
BOTH = ("--scores", "old,new")


def scored(rows: int = 1500, seed: int = 0) -> pa.Table:
    """Return payments with two probabilities, the second from more of what decides, and scores of points."""
    rng = np.random.default_rng(seed)
    seen, unseen = rng.normal(size=(2, rows))
    log_odds = -3.0 + 1.2 * seen + 1.5 * unseen
    fraud = rng.random(rows) < 1.0 / (1.0 + np.exp(-log_odds))
    return pa.table(
        {
            "amount": rng.lognormal(3.0, 1.0, rows).round(2),
            "old": 1.0 / (1.0 + np.exp(2.4 - 1.2 * seen)),
            "new": 1.0 / (1.0 + np.exp(-log_odds)),
            "points": (500.0 + 40.0 * log_odds).round(),
            "fraud": np.where(fraud, "yes", "no"),
        }
    )


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    """Return the file of scores in the folder that commands are called in."""
    path = tmp_path / "scores.csv"
    csv.write_csv(scored(), path)
    return path


def test_it_says_what_beats_what_and_leaves_a_report_and_a_record(
    scarce: Callable[..., Ended], scores: Path
) -> None:
    ended = scarce(*COMPARE, *BOTH)
    assert ended.code == 0, ended.err
    assert "new beats old: average precision +0." in ended.out
    assert "Nothing was trained, so there is no model to save." in ended.out
    assert "that is: new above 0." in ended.out.replace("\n", " ")
    assert "scarce predict" not in ended.out
    folder = scores.parent / "scarce-compare"
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "run.json"]
    record = json.loads((folder / "run.json").read_text())
    assert record["winner"] == "new"
    assert set(record["scores"]) == {"old", "new"}
    assert record["config"]["scores_are"] == {"old": "probability", "new": "probability"}
    assert "rounds" not in record
    assert "lightgbm" not in record["versions"]
    assert record["command"] == "scarce compare scores.csv --target fraud --scores old,new"
    assert record["command"] in (folder / "report.html").read_text()


def test_the_printed_command_does_the_same_again(scarce: Callable[..., Ended], scores: Path) -> None:
    words = ("--scores", "points", "--scores", "old", "--scores-are", "score,probability")
    words += ("--cost", "fn=amount,fp=5", "--prior", "0.02", "--repeats", "2", "--seed", "3")
    assert scarce(*COMPARE, *words).code == 0
    report = scores.parent / "scarce-compare" / "report.html"
    first = report.read_bytes()
    command = json.loads((report.parent / "run.json").read_text())["command"].split()
    report.unlink()
    assert scarce(*command[1:]).code == 0
    assert report.read_bytes() == first


def test_a_gate_is_of_the_score_that_is_chosen(scarce: Callable[..., Ended], scores: Path) -> None:
    high = scarce(*COMPARE, *BOTH, "--fail-if", "average_precision<0.99")
    assert (high.code, high.error[-1][:30]) == (1, "gate failed: average_precision")
    assert scarce(*COMPARE, *BOTH, "--fail-if", "average_precision<0.01").code == 0
    without = scarce(*COMPARE, *BOTH, "--fail-if", "expected_cost>5")
    assert (without.code, without.error[0][:12]) == (2, "error[E209]:")


def test_time_group_and_weight_are_those_of_a_run(scarce: Callable[..., Ended], scores: Path) -> None:
    rows = scored()
    rows = rows.append_column("day", pa.array(np.arange(len(rows)) // 30))
    rows = rows.append_column("who", pa.array(np.arange(len(rows)) // 3))
    rows = rows.append_column("stands_for", pa.array(np.where(np.arange(len(rows)) % 2, 1.0, 3.0)))
    csv.write_csv(rows, scores)
    ended = scarce(*COMPARE, *BOTH, "--time", "day", "--group", "who", "--weight", "stands_for")
    assert ended.code == 0, ended.err
    assert "weighted prevalence" in ended.out
    assert "each later than the rows it learns from" in ended.out


REFUSED = {
    "no scores": (
        (),
        "error[E203]: scarce compare needs --scores",
        "hint: for example: scarce compare scores",
    ),
    "an empty name": (("--scores", ","), "error[E204]: --scores cannot be ','", "hint: name the columns"),
    "a column not there": (
        ("--scores", "old,neww"),
        "error[E101]: no column 'neww'",
        "hint: did you mean 'new'?",
    ),
    "the target": (
        ("--scores", "old,fraud"),
        "error[E137]: column 'fraud' cannot be a score and the target",
        "",
    ),
    "one twice": (
        ("--scores", "old,old"),
        "error[E137]: column 'old' cannot be a score and another score",
        "",
    ),
    "nobody says what": (
        ("--scores", "points"),
        "error[E219]: the score 'points' of scores.csv runs from ",
        "hint: say which: --scores-are log-odds, or --scores-are score",
    ),
    "no probability": (
        ("--scores", "points", "--scores-are", "probability"),
        "error[E218]: the score 'points' of scores.csv is ",
        "hint: say what it is",
    ),
    "an unknown kind": (
        (*BOTH, "--scores-are", "odds"),
        "error[E204]: --scores-are cannot be 'odds'",
        "hint: say one of probability, log-odds, score",
    ),
    "three kinds for two": (
        (*BOTH, "--scores-are", "score,score,score"),
        "error[E221]: 3 words are said of what the scores are, and 2 are named",
        "hint: say one word for all",
    ),
    "a treatment": ((*BOTH, "--methods", "brier"), "error[E201]: scarce compare has no option --methods", ""),
}


@pytest.mark.parametrize(("words", "error", "hint"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_compared_is_said_and_nothing_written(
    scarce: Callable[..., Ended], scores: Path, words: tuple[str, ...], error: str, hint: str
) -> None:
    ended = scarce(*COMPARE, *words)
    assert (ended.code, ended.out, len(ended.error)) == (2, "", 2)
    assert ended.error[0].startswith(error)
    assert ended.error[1].startswith(hint)
    assert list(scores.parent.iterdir()) == [scores]


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("", "error[E216]: the score 'old' of scores.csv is missing in 1 row, first in line 2"),
        ("high", "error[E131]: column 'old' must hold numbers, but line 2 of scores.csv holds 'high'"),
    ],
    ids=["a gap", "a word"],
)
def test_a_score_that_is_no_number_is_told_by_its_line(
    scarce: Callable[..., Ended], scores: Path, value: str, error: str
) -> None:
    lines = scores.read_text().splitlines()
    cells = lines[1].split(",")
    cells[1] = value
    scores.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n")
    ended = scarce(*COMPARE, *BOTH)
    assert (ended.code, ended.error[0]) == (2, error)
    assert list(scores.parent.iterdir()) == [scores]


def test_a_constant_score_is_refused(scarce: Callable[..., Ended], scores: Path) -> None:
    rows = scored()
    csv.write_csv(rows.set_column(1, "old", pa.array(np.full(len(rows), 0.5))), scores)
    ended = scarce(*COMPARE, *BOTH)
    assert (ended.code, ended.error[0][:50]) == (2, "error[E220]: the score 'old' of scores.csv is 0.5 ")


def test_a_folder_with_a_model_is_left_as_it_is(
    scarce: Callable[..., Ended], scores: Path, finished: Finished
) -> None:
    before = {path: path.read_bytes() for path in finished.folder.iterdir() if path.is_file()}
    ended = scarce(*COMPARE, *BOTH, "--out", finished.folder)
    assert (ended.code, ended.error[0][:12]) == (2, "error[E222]:")
    assert {path: path.read_bytes() for path in finished.folder.iterdir() if path.is_file()} == before


def test_a_model_that_arrives_meanwhile_is_not_left_beside_another_report(tmp_path: Path) -> None:
    (tmp_path / outputs.MODEL).write_bytes(b"a model")
    (tmp_path / outputs.RECORD).write_bytes(outputs.as_json({"made_by": outputs.MADE_BY}))
    with pytest.raises(ScarceError, match="holds the model of a run"):
        outputs.write_run(tmp_path, {outputs.REPORT: b"new", outputs.RECORD: b"new"})
    assert not (tmp_path / outputs.REPORT).exists()


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("scarce.trial.judging._score", "nothing was written"),
        ("scarce.cli.compare.write", "nothing was written"),
        ("scarce.cli.summary.show", "scarce-compare holds the report"),
    ],
    ids=["scoring", "writing", "printing"],
)
def test_ctrl_c_says_what_is_there(
    scarce: Callable[..., Ended], scores: Path, monkeypatch: pytest.MonkeyPatch, where: str, said: str
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(where, interrupted)
    ended = scarce(*COMPARE, *BOTH)
    assert (ended.code, ended.out, ended.error[-1]) == (130, "", f"interrupted; {said}")
    there = {path.name for path in scores.parent.iterdir()}
    assert there == ({"scores.csv", "scarce-compare"} if "holds" in said else {"scores.csv"})
