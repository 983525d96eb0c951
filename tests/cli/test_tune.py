"""``scarce tune``: what it prints and writes, that it goes on where it stopped, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from scarce.trial import open_arms

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

TUNE = (
    "tune",
    "small.csv",
    "--target",
    "fraud",
    "--drop",
    "customer",
    "--learners",
    "linear",
    "--folds",
    "3",
)
ONE = ("--methods", "focal:gamma=auto")


def test_it_says_what_was_chosen_what_it_gains_and_what_to_do(
    scarce: Callable[..., Ended], small: Path
) -> None:
    ended = scarce(*TUNE, *ONE)
    assert ended.code == 0, ended.err
    assert "focal:gamma=auto" in ended.out
    assert "3 x gamma=0" in ended.out
    assert "Keep the plain loss" in ended.out
    folder = small.parent / "scarce-tune"
    said = json.loads((folder / "tune.json").read_text())
    (gain,) = said["gains"]
    assert (gain["chosen"], gain["chosen_in_folds"]) == ("focal:gamma=0", {"focal:gamma=0": 3})
    assert (gain["difference"], gain["interval"], gain["outcome"]) == (0.0, [0.0, 0.0], "equivalent")
    assert (gain["plain_fits"], gain["plain_models"]) == (3, 1)
    assert 3 < gain["fits"] <= 12
    assert list((folder / ".journal").glob("*.fit"))


def test_the_plain_loss_has_as_many_fits_and_the_best_of_them_is_said(
    scarce: Callable[..., Ended], small: Path
) -> None:
    boosted = ("lightgbm" if one == "linear" else one for one in TUNE)
    ended = scarce(*boosted, *ONE)
    assert ended.code == 0, ended.err
    (gain,) = json.loads((small.parent / "scarce-tune" / "tune.json").read_text())["gains"]
    assert (gain["plain_models"], gain["plain_fits"]) == (4, 12)
    assert gain["fits"] <= gain["plain_fits"]
    assert f"Fits: 12 for 4 plain models ({gain['learner']} is the best" in ended.out
    assert f"of plain {gain['learner']} " in ended.out.splitlines()[0]


def test_the_map_is_drawn_beside_the_choice(scarce: Callable[..., Ended], small: Path) -> None:
    ended = scarce(*TUNE, *ONE, "--map")
    assert ended.code == 0, ended.err
    folder = small.parent / "scarce-tune"
    assert (folder / "map.svg").read_text().startswith("<svg")
    assert "gamma" in (folder / "map.html").read_text()
    assert (folder / "tune.json").exists()


def test_the_same_command_says_the_same_and_json_is_what_is_written(
    scarce: Callable[..., Ended], small: Path
) -> None:
    first, again = (json.loads(scarce(*TUNE, *ONE, "--json").out) for _ in range(2))
    written = json.loads((small.parent / "scarce-tune" / "tune.json").read_text())
    assert written == again
    del first["seconds"], again["seconds"]
    assert first == again


def test_where_another_loss_is_better_the_command_for_it_is_ready(
    scarce: Callable[..., Ended], small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scarce.trial import gains

    monkeypatch.setattr(open_arms, "LEVEL", 1.0)  # any gain counts
    called = gains.compare

    def better(*args):
        import dataclasses

        return tuple(dataclasses.replace(one, outcome="better") for one in called(*args))

    monkeypatch.setattr(gains, "compare", better)
    said = json.loads(scarce(*TUNE, *ONE, "--json").out)
    (gain,) = said["gains"]
    command = said["command"].split()
    assert command[:3] == ["scarce", "run", "small.csv"]
    assert command[command.index("--methods") + 1] == gain["chosen"]
    assert command[command.index("--learners") + 1] == "linear"
    assert "--tune-by" not in command
    assert scarce(*command[1:]).code == 0


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--tune-by", "expected_cost"), "E301"),
        (("--tune-by", "mcc"), "E301"),
        (("--methods", "class_balanced:beta=auto"), "E538"),
    ],
)
def test_what_cannot_be_chosen_or_chosen_by_is_refused_and_nothing_is_written(
    scarce: Callable[..., Ended], small: Path, more: tuple[str, ...], code: str
) -> None:
    for command in (TUNE, ("run", *TUNE[1:])):
        ended = scarce(*command, *more)
        assert (ended.code, ended.out, len(ended.error)) == (2, "", 2)
        assert ended.error[0].startswith(f"error[{code}]: ")
        assert [path.name for path in small.parent.iterdir()] == [small.name]


def test_a_file_of_somebody_else_is_left_alone(scarce: Callable[..., Ended], small: Path) -> None:
    (small.parent / "scarce-tune").mkdir()
    other = small.parent / "scarce-tune" / "tune.json"
    other.write_text("{}")
    ended = scarce(*TUNE, *ONE)
    assert ended.error[0].startswith("error[E208]: ")
    assert other.read_text() == "{}"
