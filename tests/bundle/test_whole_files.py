"""Drafts that killed writers left are removed, and nothing foreign is, whatever its name."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from scarce.bundle import whole_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MARKER = whole_files._MARKER
NAME = f"{whole_files.PREFIX}abcdefgh"


def leave(folder: Path) -> Path:
    """Put there what a writer leaves that is killed before it moves its file."""
    with whole_files.drafts(folder) as drafts:
        (drafts / "part").write_text("half")
        shutil.copytree(drafts, folder / NAME)
    return folder / NAME


def age(folder: Path) -> None:
    """Let all that is in a folder be as old as can be."""
    for path in sorted(folder.rglob("*"), reverse=True):
        os.utime(path, (0, 0), follow_symlinks=False)


def cut_to(length: int) -> Callable[[Path], object]:
    """Leave it as a writer does that is killed when it has written so much of its mark."""

    def cut(left: Path) -> None:
        (left / "part").unlink()
        (left / MARKER).write_bytes((left / MARKER).read_bytes()[:length])

    return cut


def without_mark(left: Path) -> None:
    """Leave it as a writer does that is killed as soon as it has made its folder."""
    (left / "part").unlink()
    (left / MARKER).unlink()


OURS = {
    "half a file": lambda left: None,
    "no file yet": lambda left: (left / "part").unlink(),
    "a link to be put back": lambda left: (left / "old").symlink_to("nowhere"),
    "an empty mark": cut_to(0),
    "half a mark": cut_to(9),
    "no mark yet": without_mark,
}


@pytest.mark.parametrize("change", OURS.values(), ids=OURS)
def test_what_a_killed_writer_left_is_removed(tmp_path: Path, change: Callable[[Path], object]) -> None:
    change(leave(tmp_path))
    age(tmp_path)
    whole_files.remove_drafts(tmp_path)
    assert list(tmp_path.iterdir()) == []


def folder_within(left: Path) -> None:
    (left / "deeper").mkdir()
    (left / "deeper" / "fresh.txt").write_text("mine")


def linked(left: Path) -> None:
    left.symlink_to(left.rename(left.with_name("elsewhere")), target_is_directory=True)


def linked_mark(left: Path) -> None:
    (left / MARKER).rename(left.with_name("mark"))
    (left / MARKER).symlink_to(left.with_name("mark"))


def file_instead(left: Path) -> None:
    shutil.rmtree(left)
    left.write_text("mine")


FOREIGN = {
    "without our mark": lambda left: (left / MARKER).unlink(),
    "with another mark": lambda left: (left / MARKER).write_text("mine"),
    "with an empty mark beside a file": lambda left: (left / MARKER).write_bytes(b""),
    "with more than our mark": lambda left: (left / MARKER).write_bytes(whole_files._MARK + b"mine"),
    "with a folder in it": folder_within,
    "with a pipe in it": lambda left: os.mkfifo(left / "pipe"),
    "a link": linked,
    "with a link for a mark": linked_mark,
    "a file": file_instead,
    "of a shorter name": lambda left: left.rename(left.with_name(NAME[:-1])),
    "of a longer name": lambda left: left.rename(left.with_name(NAME + "s")),
    "of other letters": lambda left: left.rename(left.with_name(NAME[:-1] + "H")),
}


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")
@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
def test_what_is_not_ours_stays_whatever_its_name(tmp_path: Path, change: Callable[[Path], object]) -> None:
    change(leave(tmp_path))
    age(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    whole_files.remove_drafts(tmp_path, older_than=0.0)
    assert sorted(tmp_path.rglob("*")) == before


def test_drafts_of_another_user_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = leave(tmp_path)
    monkeypatch.setattr(whole_files, "_USER", whole_files._USER + 1)
    whole_files.remove_drafts(tmp_path, older_than=0.0)
    assert left.exists()


def test_what_may_still_be_written_to_stays(tmp_path: Path) -> None:
    left = leave(tmp_path)
    age(tmp_path)
    os.utime(left / "part")
    whole_files.remove_drafts(tmp_path)
    assert left.exists()
    whole_files.remove_drafts(tmp_path, older_than=0.0)
    assert not left.exists()


def test_drafts_go_with_whatever_stops_their_writer(tmp_path: Path) -> None:
    def stopped(draft: Path) -> None:
        draft.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        whole_files.write_by(stopped, tmp_path / "m.scarce")
    assert list(tmp_path.iterdir()) == []
