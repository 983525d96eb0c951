"""Entities, late labels and missed positives at the command line, from a run to its model."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pyarrow import csv
from tests.trial.test_episodes import cards, walked

from scarce.decision.costs import Costs
from scarce.trial.scoring import Rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

ROLES = ("--target", "fraud", "--cost", "fn=amount,fp=5", "--time", "day", "--entity", "card")
LATE = ("--label-delay", "15", "--labelled-share", ".8")
QUICK = ("--learners", "linear", "--methods", "focal:gamma=2", "--folds", "3")


@pytest.fixture
def used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "cards.csv"
    csv.write_csv(cards(n_rows=3600), path)
    return path


def test_a_run_follows_entities_and_what_comes_after_it_counts_the_missed(
    scarce: Callable[..., Ended], used: Path
) -> None:
    ended = scarce("run", used.name, *ROLES, *LATE, *QUICK, "--fail-if", "entities_caught>1")
    assert ended.code == 0, ended.err
    said = " ".join(ended.out.split())
    for words in (
        "by episode: cost counts until the first flagged positive row of an entity",
        "rows are younger than the label delay of 15 and left out",
        "expected cost per 10,000 rows, by episode",
        "80 % (70 to 90 %) of the positives are taken to carry their label",
    ):
        assert words in said, words
    assert max(map(len, ended.out.splitlines())) <= 100
    record = json.loads((used.parent / "scarce-run" / "run.json").read_text())
    assert record["command"] == (
        "scarce run cards.csv --target fraud --cost fn=amount,fp=5 --time day --entity card --label-delay 15"
        " --methods focal:gamma=2 --learners linear --folds 3 --labelled-share 0.8"
    )
    control = record["scores"]["control"]
    assert 0.0 < control["entities_caught"]["low"] < control["entities_caught"]["value"] <= 1.0
    assert control["alerts_per_entity"]["value"] > 0.0
    assert record["missed_positives"]["cost"]["value"] == pytest.approx(
        record["scores"][record["winner"]]["expected_cost"]["value"]
    )

    model = "scarce-run/model.scarce"
    predicted = scarce("predict", model, used.name, "-o", "scored.csv")
    assert predicted.code == 0
    assert "measured precision is about 0.8 of the true one" in predicted.err
    scored = csv.read_csv(used.parent / "scored.csv")
    low, p, high = (np.asarray(scored[name]) for name in ("posterior_low", "posterior", "posterior_high"))
    assert ((low <= p) & (p <= high)).all()
    assert (low < high).any()
    evaluated = scarce("evaluate", model, used.name, "--json")
    labels = np.asarray(csv.read_csv(used)["fraud"]) == "yes"  # which the probability of a label is held to
    ratio = json.loads(evaluated.out)["scores"]["calibration_ratio"]["value"]
    assert ratio == pytest.approx(np.minimum(0.8 * p, 0.8).mean() / labels.mean(), rel=0.02)
    assert "80 % (70 to 90 %) of the positives" in scarce("inspect", model).out
    refused = scarce("export", model, "--to", "onnx", "--out", "model.onnx")
    assert refused.code == 2
    assert refused.error[0].startswith(
        "error[E432]: this model cannot be exported to onnx: its probabilities"
    )
    assert not (used.parent / "model.onnx").exists()


def test_a_model_is_scored_by_the_episodes_it_was_trained_for(
    scarce: Callable[..., Ended], used: Path
) -> None:
    assert scarce("run", used.name, *ROLES, *QUICK[:4], "--folds", "2").code == 0
    model = "scarce-run/model.scarce"
    ended = scarce("evaluate", model, used.name, "--label-delay", "15", "--fail-if", "entities_caught>1")
    assert ended.code == 0, ended.err
    assert "rows are younger than the label delay of 15 and left out" in ended.out
    assert "240 entities, " in ended.out
    assert "expected cost per 10,000 rows, by episode" in ended.out
    told = json.loads(scarce("evaluate", model, used.name, "--label-delay", "15", "--json").out)
    data = csv.read_csv(used)
    day = np.asarray(data["day"], dtype=float)
    old = day <= day.max() - 15
    assert (told["rows"], told["trained_on"]["value"]) == (old.sum(), 1.0)
    scarce("predict", model, used.name, "-o", "scored.csv")
    rows = Rows(
        (np.asarray(data["fraud"])[old] == "yes").astype(np.uint8),
        np.zeros(old.sum()),
        np.asarray(csv.read_csv(used.parent / "scored.csv")["flag"])[old] == 1,
        None,
        Costs(fn=np.asarray(data["amount"])[old], fp=5.0),
        entity=np.unique(np.asarray(data["card"])[old], return_inverse=True)[1],
    )
    for name, value in walked(rows, day[old]).items():
        assert told["scores"][name]["value"] == pytest.approx(value, rel=1e-9), name

    csv.write_csv(data.drop_columns(["card"]), used.parent / "nameless.csv")
    alone = scarce("evaluate", model, "nameless.csv")
    assert alone.code == 0
    said = " ".join(alone.out.split())
    assert "by episode, of card: without that column and the time every row counts" in said
    assert "entities caught" not in said
    assert scarce("evaluate", model, used.name, "--entity", "nobody").error[0].startswith("error[E101]")
    csv.write_csv(data.drop_columns(["day"]), used.parent / "timeless.csv")
    assert scarce("evaluate", model, "timeless.csv", "--entity", "card").error[0].startswith("error[E370]")
    assert scarce("evaluate", model, "nameless.csv", "--time", "day").error == [
        "error[E384]: --time day has no effect: no score asks for an order",
        "hint: leave it out, or name what happens in it: --entity COLUMN, or --label-delay 60d",
    ]


def test_checks_count_entities_and_leave_out_rows_too_young(scarce: Callable[..., Ended], used: Path) -> None:
    data, roles = csv.read_csv(used), (*ROLES, "--label-delay", "15")
    old = np.asarray(data["day"]) <= np.asarray(data["day"]).max() - 15
    card, fraud = np.asarray(data["card"])[old], np.asarray(data["fraud"])[old] == "yes"
    ended = scarce("check", used.name, *roles)
    assert ended.code == 0, ended.err
    assert f"cards.csv: {old.sum():,} rows, " in ended.out
    assert f"{(~old).sum()} rows are younger than the label delay of 15" in ended.out
    assert f"{len(set(card)):,} entities, {len(set(card[fraud]))} with a positive row" in ended.out
    csv.write_csv(cards(n_cards=24), used)
    few = " ".join(scarce("check", used.name, *roles).out.split())
    assert re.search(r"D008 1\d entities have a row with the label 'yes': nothing can be called better", few)


def test_scores_are_compared_by_episode(scarce: Callable[..., Ended], used: Path) -> None:
    ended = scarce(
        "compare", used.name, "--scores", "z,x", "--scores-are", "score", *ROLES, *LATE, "--folds", "3"
    )
    assert ended.code == 0, ended.err
    assert "by episode" in ended.out
    assert "not tried" not in ended.out
    assert "of the positives are taken to carry" in " ".join(ended.out.split())


def test_a_plan_counts_entities_by_episode_and_without_rows_too_young(
    scarce: Callable[..., Ended], used: Path
) -> None:
    ended = scarce("plan", used.name, *ROLES, *LATE)
    assert ended.code == 0, ended.err
    said = " ".join(ended.out.split())
    assert "with so many entities" in said
    assert "expected cost per 10,000 rows, by episode" in said
    assert "rows are younger than the label delay of 15 and left out" in said
    assert max(map(len, ended.out.splitlines())) <= 80
    found = json.loads(scarce("plan", used.name, *ROLES, *LATE, "--json").out)
    assert found["units"] < found["positives"]
    seen = found["metrics"]["expected_cost"]["same_learner"]["visible"]
    assert [int(count) for count in seen] == [times * found["units"] for times in (1, 4, 16)]
    for option in (("--entity", "card"), ("--label-delay", "15"), ("--labelled-share", ".8")):
        refused = scarce("plan", "--rows", "9000", "--positives", "90", *option)
        assert refused.error[0].startswith("error[E386]: plan has no table, and ")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--entity", "card"), "E370"),
        (("--label-delay", "15"), "E371"),
        (("--time", "day", "--label-delay", "15d"), "E372"),
        (("--time", "day", "--label-delay", "999"), "E373"),
        (("--time", "day", "--label-delay", "150"), "E374"),
        (("--labelled-share", "80"), "E376"),
        (("--labelled-share", "0.02..0.1"), "E377"),
        (("--labelled-share", ".8", "--prior", ".01"), "E378"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    scarce: Callable[..., Ended], used: Path, options: tuple[str, ...], code: str
) -> None:
    for command in (("run", used.name), ("compare", used.name, "--scores", "x"), ("plan", used.name)):
        if command[0] == "plan" and "--prior" in options:
            continue
        ended = scarce(*command, "--target", "fraud", *options)
        assert ended.code == 2
        assert len(ended.error) == 2
        assert ended.error[0].startswith(f"error[{code}]")
        assert [path.name for path in used.parent.iterdir()] == ["cards.csv"]
