"""``scarce inspect`` says what a model file is, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from scarce.bundle.serialization import load, save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished


def lines_of(ended: Ended) -> dict[str, str]:
    """Return each fact under its name, its lines joined."""
    facts: dict[str, str] = {}
    for line in ended.out.splitlines():
        name, text = line[:14].strip(), line[14:]
        if name:
            facts[name] = text
        else:
            facts[list(facts)[-1]] += " " + text
    return facts


def test_it_says_what_the_model_is(finished: Finished, scarce: Callable[..., Ended]) -> None:
    path = finished.folder / "model.scarce"
    ended = scarce("inspect", path)
    assert (ended.code, ended.err) == (0, "")
    model, facts = load(path), lines_of(ended)
    assert facts["predicts"] == "fraud is 'yes', against 'no'"
    assert facts["trained on"] == "small.csv: 600 rows, 60 positive"
    assert facts["prior"] == "10 % positive"
    assert facts["arm"] == model.card["arm"]
    assert facts["verdict"] == model.card["verdict"]
    trees = model.members[0].fitted.stored
    leaves = int(trees.num_leaves.sum())
    assert facts["learner"].startswith(f"{trees.n_trees:,} boosted trees, {leaves:,} leaves; loss: sigmoid ")
    assert facts["calibration"] == model.calibration.describe()
    assert facts["rule"] == model.rule.describe()
    assert (facts["2 numbers"], facts["1 category"]) == ("amount, hour", "channel (2)")
    assert facts["size"] == f"{path.stat().st_size / 1e6:.2f} MB"


def test_it_is_readable_at_80_columns(finished: Finished, scarce: Callable[..., Ended]) -> None:
    lines = scarce("inspect", finished.folder / "model.scarce").out.splitlines()
    assert max(map(len, lines)) <= 80


def test_programs_get_every_number(finished: Finished, scarce: Callable[..., Ended]) -> None:
    path = finished.folder / "model.scarce"
    told, model = json.loads(scarce("inspect", path, "--json").out), load(path)
    assert told["bytes"] == path.stat().st_size
    assert told["labels"] == {"negative": "no", "positive": "yes"}
    assert told["prior"] == model.prior
    assert told["features"] == ["amount", "hour", "channel"]
    assert told["columns"][2]["categories"] == ["phone", "web"]
    (learner,) = told["learners"]
    assert learner["base_score"] == model.members[0].fitted.base_score
    assert learner["loss"]["modulation"]["name"] in {"cross_entropy", "focal"}
    assert told["calibration"] == model.calibration.to_dict()
    assert told["rule"]["cut"] == model.rule.to_dict()["cut"]
    assert told["card"]["rows"] == 600


def test_a_blend_shows_each_learner_and_its_weight(
    finished: Finished, scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    from dataclasses import replace

    model = load(finished.folder / "model.scarce")
    one = model.members[0]
    few = replace(one.fitted, stored=one.fitted.stored.first(3))
    blend = replace(model, members=(replace(one, weight=0.75), replace(one, fitted=few, weight=0.25)))
    save(blend, tmp_path / "b.scarce")
    ended = scarce("inspect", tmp_path / "b.scarce")
    assert "blend of      0.750 x " in ended.out
    assert "              0.250 x 3 boosted trees, " in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" * 100], ids=["empty", "a zip file"])
def test_what_is_no_model_is_two_lines(content: bytes, scarce: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(content)
    ended = scarce("inspect", "m")
    assert (ended.code, ended.out, len(ended.error)) == (2, "", 2)
