"""Runs that are killed, or refused by the system, at each change they make in their folder."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from pyarrow import csv
from tests import campaign
from tests.cli.conftest import QUICK, payments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Warm
    from tests.cli.forked import Forked

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a POSIX system"),
]
SITUATIONS = ("new folder", "folder of other data", "folder of the same run")
SET = ("model.scarce", "report.html")
REFUSALS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EDQUOT, errno.EMFILE)
HINTS = ["hint: choose another place with --out" + more for more in ("", " (in Python: journal=)")]
AT_LEAST = 30  # moments in any situation


@dataclass(frozen=True)
class Scene:
    """A folder in which a run is about to be disturbed, and what it has come to where nothing disturbs it."""

    warm: Warm
    place: Path
    whole: Path
    other: Path

    @classmethod
    def of(cls, warm: Warm, place: Path) -> Scene:
        """Do the run once for itself, and once another in its place."""
        whole, other = place / "whole", place / "other"
        for folder, seed in ((whole, 1), (other, 2)):
            folder.mkdir()
            csv.write_csv(payments(150, seed), folder / "d.csv")
        scene = cls(warm, place, whole, other)
        for folder in (whole, other):
            assert scene.run(folder).code == 0
        return scene

    def run(self, folder: Path, **task: object) -> Forked:
        """Run the command in a folder, whose data is its own."""
        argv = ["run", "d.csv", "--target", "fraud", *QUICK, "--out", "out", "--overwrite"]
        return self.warm.forks.run(folder, *argv, under=str(folder / "out"), **task)

    def set(self, situation: str) -> Path:
        """Return a folder as the situation has it before the run."""
        folder = self.place / "now"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copy(self.whole / "d.csv", folder)
        if situation != "new folder":
            before = self.whole if "same" in situation else self.other
            shutil.copytree(before / "out", folder / "out")
            (folder / "out" / "notes.txt").write_text("mine")
        return folder

    def moments(self, situation: str) -> list[int]:
        """Return the moments to try: all in a campaign, one in the slice."""
        if not campaign.FULL:
            return [random.Random(situation).randint(1, AT_LEAST)]
        undisturbed = self.run(self.set(situation), at=0)
        assert undisturbed.code == 0, undisturbed
        assert undisturbed.events >= AT_LEAST
        return list(range(1, undisturbed.events + 1))


@pytest.fixture(scope="module")
def scene(warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene.of(warm, tmp_path_factory.mktemp("scene"))


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files that a user sees in an output folder."""
    if not folder.exists():
        return {}
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name[0] != "."
    }


def names(folder: Path) -> set[str]:
    """Return the names of all that a run leaves but its finished fits, which have a law of their own."""
    own = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    return {
        name for name in own if not name.startswith(".journal/") or ".scarce" in name or ".lock" in name
    } - {"notes.txt"}


def finished(found: dict[str, bytes]) -> bool:
    """Return whether the record speaks of a complete set."""
    return "run.json" in found and "unfinished" not in json.loads(found["run.json"])


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_run_killed_at_any_moment_is_completed_by_the_same_command(
    scene: Scene, situation: str, tally: Callable[[str, int], None]
) -> None:
    whole = contents(scene.whole / "out")
    other = contents(scene.other / "out")
    moments = scene.moments(situation)
    for moment in moments:
        folder = scene.set(situation)
        assert scene.run(folder, at=moment).code == -9
        found = contents(folder / "out")
        sides = {name: [found.get(name) == side[name] for side in (whole, other)] for name in SET}
        for first, second in zip(*sides.values(), strict=True):
            # a model and a report that both are there are of one run
            assert first == second or not all(name in found for name in SET), (moment, sides)
        assert not finished(found) or all(name in found for name in SET), moment
        again = scene.run(folder)
        assert again.code == 0, (moment, again.err)
        after = contents(folder / "out")
        assert all(after[name] == whole[name] for name in SET), moment
        assert finished(after), moment
        assert names(folder / "out") == names(scene.whole / "out"), moment
        assert situation == "new folder" or after["notes.txt"] == b"mine"
    tally("kills", len(moments))


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_run_that_the_system_refuses_leaves_what_was_there(
    scene: Scene, situation: str, tally: Callable[[str, int], None]
) -> None:
    moments = scene.moments(situation)
    for index, moment in enumerate(moments):
        error = REFUSALS[index % len(REFUSALS)]
        folder = scene.set(situation)
        before = contents(folder / "out")
        ended = scene.run(folder, at=moment, error=error)
        what = (moment, errno.errorcode[error], ended)
        assert ended.raised == "", what
        if ended.code == 0:  # it was about to remove something, which can wait
            assert finished(contents(folder / "out")), what
        else:
            assert ended.code == 2, what
            message, hint = ended.err.splitlines()[-2:]
            assert message.startswith("error[E207]: cannot write "), what
            assert message.endswith(os.strerror(error)), what
            assert ".scarce-unfinished" not in message, what
            assert hint in HINTS, what
            assert contents(folder / "out") == before, what
        assert scene.run(folder).code == 0, what
        assert names(folder / "out") == names(scene.whole / "out"), what
    tally("faults", len(moments))


def test_predictions_killed_at_any_moment_are_the_old_file_or_the_new_one(
    scene: Scene, tally: Callable[[str, int], None]
) -> None:
    folder = scene.set("folder of the same run")
    before = sorted(folder.rglob("*"))

    def predict(at: int) -> Forked:
        (folder / "o.csv").write_text("old")
        argv = ("predict", "out/model.scarce", "d.csv", "-o", "o.csv")
        return scene.warm.forks.run(folder, *argv, under=str(folder), at=at)

    undisturbed = predict(0)
    assert undisturbed.code == 0, undisturbed
    new = (folder / "o.csv").read_text()
    moments = range(1, undisturbed.events + 1)
    for moment in moments if campaign.FULL else (random.Random(0).choice(moments),):
        assert predict(moment).code == -9
        assert (folder / "o.csv").read_text() in {"old", new}, moment
        for left in folder.glob(".scarce-unfinished-*"):
            for path in (*left.iterdir(), left):
                os.utime(path, (0, 0))
        assert predict(0).code == 0
        assert (folder / "o.csv").read_text() == new
        assert sorted(folder.rglob("*")) == sorted([*before, folder / "o.csv"]), moment
    tally("kills", len(moments) if campaign.FULL else 1)


@pytest.mark.parametrize("largest", [100, 3_000, 20_000] if campaign.FULL else [3_000])
def test_a_full_disk_leaves_what_was_there(
    scene: Scene, largest: int, tally: Callable[[str, int], None]
) -> None:
    folder = scene.set("folder of other data")
    before = contents(folder / "out")
    ended = scene.run(folder, largest=largest)
    # nothing is said of the words: they go to files here, which are as bounded as all others
    assert ended.code == 2, ended
    assert contents(folder / "out") == before
    tally("faults", 1)
