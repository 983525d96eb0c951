"""The rule that a run is asked for, and that of a comparison: aims out of reach, and reviews."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from scarce.trial.wording import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended

    Scarce = Callable[..., Ended]

QUICK = ("--target", "fraud", "--folds", "2", "--learners", "linear", "--methods", "focal:gamma=1")


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """Return a table whose likeliest rows are no more often positive than others."""
    rng = np.random.default_rng(1)
    made = {f"x{i}": rng.normal(size=400).round(3) for i in range(2)}
    path = tmp_path / "noise.csv"
    csv.write_csv(pa.table(made | {"fraud": rng.permutation(np.arange(400) % 10 == 0).astype(int)}), path)
    return path


def test_an_aim_out_of_reach_loses_no_training(scarce: Scarce, noise: Path) -> None:
    refused = scarce("run", noise, *QUICK, "--precision", "0.99")
    assert refused.code == 2
    assert [path.name for path in (noise.parent / "scarce-run").iterdir()] == [".journal"]
    what, hint = refused.error[-2:]
    assert what.startswith("error[E382]: no cut gives precision of at least 0.99; the best that the winner's")
    assert hint.startswith("hint: all folds' training is kept in scarce-run/.journal: the same command with")
    within = hint.split("--precision ")[1].split(" ")[0]
    ended = scarce("run", noise, *QUICK, "--precision", within)
    assert ended.code == 0, ended.err
    assert f"precision at least {float(within):g}" in ended.out
    assert "reused  4 of 4 fits" in ended.out


def test_what_reviews_cost_stands_in_the_terminal_the_record_and_the_report(
    scarce: Scarce, small: Path
) -> None:
    ended = scarce("run", small, *QUICK, "--drop", "customer", "--cost", "fn=100,fp=50", "--review", "4")
    assert ended.code == 0, ended.err
    found = json.loads(Path("scarce-run/run.json").read_text())["reviews"]
    assert found["price"] == 4.0
    assert found["cost"] == pytest.approx(found["without"] + found["difference"]["value"])
    (line,) = (line for line in ended.out.splitlines() if line.startswith("reviews"))
    page = Path("scarce-run/report.html").read_text()
    spent, without, looked = f"{found['cost']:,.0f}", f"{found['without']:,.0f}", plain(found["reviewed"])
    assert (
        line
        == f"reviews {spent} per 10,000 rows with {looked} reviews per 10,000 rows; {without} without any"
    )
    for text in (" ".join(ended.out.split()), page):
        assert f"With reviews at 4 each, {looked} of 10,000 rows are looked at" in text
        assert f"that costs {spent} per 10,000 rows, reviews included, and without reviews {without}" in text
        assert f"on rows that did not choose it {looked} reviews and" in text
    assert f"With reviews at 4 each, {looked}" in page[: page.index('id="explorer"')]


def test_scores_made_elsewhere_are_cut_by_the_same_options(scarce: Scarce, small: Path) -> None:
    words = (
        "--target",
        "fraud",
        "--scores",
        "amount",
        "--scores-are",
        "score",
        "--cost",
        "fn=100..400,fp=50",
    )
    ended = scarce("compare", small, *words, "--review", "4")
    assert ended.code == 0, ended.err
    assert "over fn=100..400" in ended.out
    assert "With reviews at 4 each" in " ".join(ended.out.split())
    command = json.loads(Path("scarce-compare/run.json").read_text())["command"]
    assert "--cost fn=100..400,fp=50" in command
    assert command.endswith("--review 4")
