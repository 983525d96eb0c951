"""``scarce.compare``: scores made elsewhere come back as a trial does, without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import scarce
from scarce.cli.app import execute

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)
FRAUD = np.arange(1500) % 15 == 0
ROWS = pd.DataFrame(
    {"old": RNG.normal(1.0 * FRAUD), "new": RNG.normal(2.5 * FRAUD), "Fraud": FRAUD.astype(int)}
)
OPTIONS: dict[str, Any] = {"scores_are": "score", "replicates": 50, "seed": 1}


@pytest.fixture(scope="module")
def judged() -> scarce.Trial:
    return scarce.compare(ROWS, "Fraud", ["old", "new"], **OPTIONS)


def test_the_better_score_is_called_so(judged: scarce.Trial) -> None:
    assert judged.outcomes == {"new": "better"}
    shown = judged.table()
    assert list(shown["arm"]) == ["old", "new"]
    assert shown["learner"].isna().all()
    assert shown.loc[1, "low"] > 0.0
    assert list(judged.scores().columns) == ["target", "fold", "old", "new"]


def test_labels_may_stand_apart(judged: scarce.Trial) -> None:
    apart = scarce.compare((ROWS[["old", "new"]], ROWS["Fraud"]), scores=["old", "new"], **OPTIONS)
    assert str(apart.verdict) == str(judged.verdict)


def test_the_command_line_says_the_same(
    judged: scarce.Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ROWS.to_csv("scores.csv", index=False)
    words = "compare scores.csv --target Fraud --scores old,new --scores-are score --seed 1"
    assert execute(words.split()) == 0
    assert judged.verdict.winner in capsys.readouterr().out
    said = scarce.compare("scores.csv", "Fraud", ["old", "new"], **OPTIONS | {"replicates": 500})
    assert said.verdict.headline == judged.verdict.headline


def test_there_is_no_model_and_saving_says_why(judged: scarce.Trial, tmp_path: Path) -> None:
    assert judged.model is None
    with pytest.raises(scarce.ScarceError) as caught:
        judged.save(tmp_path / "model.scarce")
    assert caught.value.code == "E231"
    assert judged.report(tmp_path / "report.html").stat().st_size > 10_000


def test_it_prints_and_draws_as_a_trial_does(judged: scarce.Trial) -> None:
    assert "minus the first" in " ".join(repr(judged).split())
    assert judged.verdict.headline in judged._repr_html_()
    assert "minus the first" in judged._repr_html_()
    again = eval(judged.result.command, {"scarce": scarce, "data": ROWS})
    assert str(again.verdict) == str(judged.verdict)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "E230"),
        ({"scores": ["old", "newer"]}, "E101"),
        ({"scores": ["old", "old"]}, "E137"),
        ({"scores": {"old", "new"}}, "E230"),
        ({"scores": ["old", "new"], "scores_are": "odds"}, "E204"),
    ],
)
def test_what_does_not_fit_is_said_in_two_lines(given: dict[str, Any], code: str) -> None:
    with pytest.raises(scarce.ScarceError) as caught:
        scarce.compare(ROWS, "Fraud", **given)
    assert (caught.value.code, caught.value.two_lines().count("\n")) == (code, 1)
